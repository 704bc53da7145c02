"""Exactly which request leaves the console for each verb and key of flying, control and suggestions."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import msgspec
import pytest
from tests.tui.fakecore import HQ, PEOPLE, SCENE, SOUTH, FakeCore, on_ground
from textual.events import Paste

from rtcc_core.domain import commands as cmd
from rtcc_core.domain.drone import Drone
from rtcc_core.domain.geo import LatLon
from rtcc_core.domain.streets import Lookup, Match, Quality
from rtcc_core.domain.suggestions import SuggestionKind
from rtcc_tui.session import Mode

Console = Callable[..., AbstractAsyncContextManager[Any]]


@pytest.fixture
def flying() -> FakeCore:
    """D1 watches 1041 for A. REYES, who sits here; D2 and D3 are ready; 1040 waits."""
    core = FakeCore()
    core.calm()
    third = Drone(callsign="D3", sysid=3, site="HQ")
    core.state = msgspec.structs.replace(core.state, drones={**core.state.drones, "D3": third})
    core.sees(on_ground("D3"))
    core.call()
    core.tell(cmd.LaunchDrone(command_id="x", drone="D1", call_id="1041"), by="reyes")
    core.settle("D1")
    core.fly("D1")
    core.call("1040", priority=3, type_text="SUSPICIOUS VEHICLE")
    return core


def allow_two(core: FakeCore) -> None:
    """Two aircraft in one person's hands."""
    assert core.state.programme is not None
    programme = msgspec.structs.replace(core.state.programme, aircraft_per_person=2)
    core.state = msgspec.structs.replace(core.state, programme=programme)


def bare(command: cmd.AnyCommand) -> cmd.AnyCommand:
    """Without what the console adds when it sends."""
    return msgspec.structs.replace(command, command_id="", seen_seq=0)


CONFIRMED: list[tuple[str, str, cmd.AnyCommand]] = [
    (
        "relief D1 with D2",
        "RELIEVE D1 (on scene, call 1041) with D2",
        cmd.RelieveDrone(command_id="", drone="D1", by="D2"),
    ),
    ("relief d1 d3", "D1 stays until then", cmd.RelieveDrone(command_id="", drone="D1", by="D3")),
    (
        "divert D1 1040",
        "DIVERT D1 from 1041 (P1) to 1040 (P3)",
        cmd.DivertDrone(command_id="", drone="D1", call_id="1040"),
    ),
    (
        "orbit radius 200ft cw",
        "ORBIT D1 (on scene, call 1041): radius 61 m (200 ft), clockwise",
        cmd.OrbitScene(command_id="", drone="D1", radius_m=61.0, is_clockwise=True),
    ),
    (
        "orbit D1 at South speed 6",
        "6 m/s",
        cmd.OrbitScene(command_id="", drone="D1", centre=SOUTH, speed_m_s=6.0),
    ),
    (
        "move d1 sw 50",
        "50 m (164 ft) towards 225",
        cmd.MoveDrone(command_id="", drone="D1", bearing_deg=225.0, length_m=50.0),
    ),
    ("goto D1 South", "GO TO South", cmd.GoTo(command_id="", drone="D1", target=SOUTH, label="South")),
    (
        "goto D1 38.42,-121.42",
        "with D1 (on scene",
        cmd.GoTo(command_id="", drone="D1", target=LatLon(38.42, -121.42), label="38.42,-121.42"),
    ),
    ("height D1 80", "HEIGHT D1 80 m (262 ft)", cmd.SetHeight(command_id="", drone="D1", height_m=80.0)),
    ("raise D1 10", "HEIGHT D1 70 m (230 ft)", cmd.SetHeight(command_id="", drone="D1", height_m=70.0)),
    ("lower D1 10m", "HEIGHT D1 50 m (164 ft)", cmd.SetHeight(command_id="", drone="D1", height_m=50.0)),
    ("face D1 ne", "FACE D1", cmd.FaceDrone(command_id="", drone="D1", heading_deg=45.0)),
    ("face D1 1040", "FACE D1", cmd.FaceDrone(command_id="", drone="D1", target=SCENE)),
    (
        "line D1 1041 South HQ",
        "along 3 points",
        cmd.FollowLine(command_id="", drone="D1", points=(SCENE, SOUTH, HQ)),
    ),
    ("follow D1", "goes to where the call is now", cmd.FollowCall(command_id="", drone="D1")),
    (
        "rtl D1 to south",
        "comes home and lands at South",
        cmd.ReturnDrone(command_id="", drone="D1", site="South"),
    ),
    ("give D1 to oyama", "GIVE D1 to K. OYAMA", cmd.HandOver(command_id="", drone="D1", to_account="oyama")),
    (
        "down D1 seen to fall",
        "GIVE UP D1 (on scene, call 1041) as DOWN: seen to fall",
        cmd.DeclareDown(command_id="", drone="D1", reason="seen to fall"),
    ),
]


async def test_what_is_weighty_stands_on_the_line_and_wants_enter(flying: FakeCore, console: Console) -> None:
    flying.is_stubborn = True
    async with console(flying, size=(160, 48)) as hand:
        for number, (line, words, command) in enumerate(CONFIRMED, 1):
            await hand.press("colon")
            hand.app.screen.post_message(Paste(line))
            await hand.until(lambda app, line=line: app.session.prompt.text == line)
            assert words in hand.screen(), (line, hand.screen())
            assert len(flying.asked) == number - 1
            await hand.decide()
            assert bare((await flying.commands(number))[-1]) == command, line


AT_ONCE: list[tuple[str, cmd.AnyCommand]] = [
    ("aim D1 down", cmd.AimCamera(command_id="", drone="D1", pitch_deg=-90.0)),
    ("aim", cmd.AimCamera(command_id="", drone="D1")),
    ("camera D1 South", cmd.AimCamera(command_id="", drone="D1", target=SOUTH)),
    ("record D1 on", cmd.RecordVideo(command_id="", drone="D1", is_on=True)),
    ("request D2", cmd.RequestControl(command_id="", drone="D2")),
    ("release D2", cmd.ReleaseControl(command_id="", drone="D2")),
    ("release 1041", cmd.ReleaseCall(command_id="", call_id="1041")),
    ("shift 8", cmd.BeginShift(command_id="", hours=8.0)),
    ("shift end", cmd.EndShift(command_id="")),
]


async def test_what_moves_nothing_goes_at_once(flying: FakeCore, console: Console) -> None:
    async with console(flying) as hand:
        for number, (line, command) in enumerate(AT_ONCE, 1):
            await hand.press("colon")
            hand.app.screen.post_message(Paste(line))
            await hand.until(lambda app, line=line: app.session.prompt.text == line)
            await hand.press("enter")
            assert bare((await flying.commands(number))[-1]) == command, line


async def test_a_supervisor_takes_over_and_grounds(flying: FakeCore, console: Console) -> None:
    sato = msgspec.structs.replace(PEOPLE[1], account="sato", name="B. SATO", role="supervisor", uid=1009)
    flying.state = msgspec.structs.replace(flying.state, people={**flying.state.people, "sato": sato})
    flying.person = sato
    lines = [
        ("takeover D1 pilot is ill", "TAKE OVER D1 from A. REYES: pilot is ill"),
        ("ground D2 crack in arm 2", "GROUND D2"),
        ("inservice D2 arm changed", "PUT D2 BACK IN SERVICE"),
    ]
    async with console(flying, size=(160, 48)) as hand:
        for number, (line, words) in enumerate(lines, 1):
            await hand.press("colon")
            hand.app.screen.post_message(Paste(line))
            await hand.until(lambda app, line=line: app.session.prompt.text == line)
            assert words in hand.screen()
            await hand.decide()
            await flying.commands(number)
        assert [bare(asked) for asked in flying.asked] == [
            cmd.TakeOver(command_id="", drone="D1", reason="pilot is ill"),
            cmd.GroundAircraft(command_id="", drone="D2", reason="crack in arm 2"),
            cmd.ReturnToService(command_id="", drone="D2", reason="arm changed"),
        ]


async def test_e_proposes_the_relief_and_a_number_another_aircraft(
    flying: FakeCore, console: Console
) -> None:
    allow_two(flying)
    async with console(flying) as hand:
        await hand.press("e")
        by = hand.app.session.proposal.command.by
        other = next(drone for drone in hand.app.session.proposal.choices if drone != by)
        assert f"RELIEVE D1 (on scene, call 1041) with {by}: overhead in" in hand.screen()
        await hand.press(str(hand.app.session.proposal.choices.index(other) + 1))
        assert f"with {other}" in hand.screen()
        await hand.decide()
        (asked,) = await flying.commands(1)
        assert bare(asked) == cmd.RelieveDrone(command_id="", drone="D1", by=other)
        await hand.until(lambda app: "ASKED: relieve D1" in app.session.echo.text)


async def test_a_person_with_all_they_may_have_is_told_before_enter(
    flying: FakeCore, console: Console
) -> None:
    async with console(flying) as hand:
        await hand.press("e")
        assert "you have D1; the limit is 1 at a time" in hand.screen()
        await hand.decide()
        assert "nothing was sent: you have D1" in hand.screen()
        assert flying.asked == []


async def test_an_aircraft_of_somebody_else_is_said_but_hold_always_goes(
    flying: FakeCore, console: Console
) -> None:
    flying.person = PEOPLE[1]
    async with console(flying) as hand:
        await hand.press("colon")
        hand.app.screen.post_message(Paste("height D1 80"))
        await hand.until(lambda app: app.session.proposal is not None)
        assert "D1 is flown by A. REYES; ask for it: request D1" in hand.screen()
        await hand.press("escape", "h")
        await hand.decide()
        assert isinstance((await flying.commands(1))[0], cmd.HoldDrone)


# --- places in the street files ----------------------------------------------------------------------


def crossing(label: str, **changed: Any) -> Match:
    found = Match(label=label, position=SCENE, quality=Quality.CROSSING, uncertainty_m=10.0)
    return msgspec.structs.replace(found, **changed)


async def test_a_crossing_is_asked_for_shown_and_flown_to(flying: FakeCore, console: Console) -> None:
    flying.streets["laguna / bruceville"] = Lookup(matches=(crossing("Laguna Blvd / Bruceville Rd"),))
    async with console(flying, size=(160, 48)) as hand:
        await hand.press("colon")
        hand.app.screen.post_message(Paste("goto D1 laguna / bruceville"))
        await hand.until(lambda app: app.session.prompt.text.endswith("bruceville"))
        assert "no call and no site: Enter looks in the street files" in hand.screen()
        await hand.press("enter")
        await hand.until(lambda app: app.session.proposal is not None)
        assert "GO TO Laguna Blvd / Bruceville Rd (38.42636 -121.41188) with D1" in hand.screen()
        assert flying.asked == []
        await hand.decide()
        (asked,) = await flying.commands(1)
        assert bare(asked) == cmd.GoTo(
            command_id="", drone="D1", target=SCENE, label="Laguna Blvd / Bruceville Rd"
        )


async def test_a_place_that_may_be_several_is_chosen_by_a_person(flying: FakeCore, console: Console) -> None:
    both = (crossing("Elk St / 1st St"), crossing("Elk Ave / 1st Ave", position=SOUTH))
    flying.streets["elk / first"] = Lookup(matches=both)
    async with console(flying, size=(160, 48)) as hand:
        await hand.write(":goto D1 elk ")
        hand.app.screen.post_message(Paste("/ first"))
        await hand.until(lambda app: app.session.prompt.text.endswith("first"))
        await hand.press("enter")
        await hand.until(lambda app: "which one?" in app.session.echo.text)
        assert hand.app.session.proposal is None
        assert "@2 " in hand.screen()
        await hand.press("escape", "colon")
        hand.app.screen.post_message(Paste("goto D1 @2"))
        await hand.until(lambda app: app.session.proposal is not None)
        await hand.decide()
        (asked,) = await flying.commands(1)
        assert bare(asked) == cmd.GoTo(command_id="", drone="D1", target=SOUTH, label="Elk Ave / 1st Ave")


async def test_a_place_that_is_nowhere_flies_nothing(flying: FakeCore, console: Console) -> None:
    async with console(flying, size=(160, 48)) as hand:
        await hand.write(":goto D1 nowhere")
        await hand.press("enter")
        await hand.until(lambda app: "no street is like nowhere" in app.session.echo.text)
        await hand.press("escape")
        assert flying.asked == []


# --- suggestions -----------------------------------------------------------------------------------

TEXT = "launch D3 to relieve D1 over 1041"


async def test_y_shows_the_whole_suggestion_and_enter_accepts_it(flying: FakeCore, console: Console) -> None:
    allow_two(flying)
    relief = cmd.RelieveDrone(command_id="", drone="D1", by="D3")
    key = flying.suggests(relief, TEXT, SuggestionKind.RELIEF, call_id="1041")
    async with console(flying, size=(80, 24)) as hand:
        await hand.until(lambda app: app.session.shown_suggestion == key)
        assert "SUGGESTED relief: launch D3 to relieve D1" in hand.screen()
        assert "y accepts" in hand.screen()
        await hand.press("y")
        shown = " ".join(hand.screen().split())
        assert "ACCEPT: relieve D1 with D3; because D1 must leave 12:" in shown
        assert flying.asked == []
        await hand.decide()
        (asked,) = await flying.commands(1)
        assert bare(asked) == cmd.AcceptSuggestion(command_id="", suggestion_id=key)
        await hand.until(lambda app: app.session.echo.text == "ASKED: accept: relieve D1 with D3")


async def test_the_suggestion_that_was_on_the_screen_is_the_one_that_is_meant(
    flying: FakeCore, console: Console
) -> None:
    moved = flying.suggests(
        cmd.FollowCall(command_id="", drone="D1"), "1041 moved 80 m", SuggestionKind.CALL_MOVED
    )
    async with console(flying) as hand:
        await hand.until(lambda app: app.session.shown_suggestion == moved)
        await hand.press("y")
        lower = cmd.SetHeight(command_id="", drone="D1", height_m=30.0)
        await flying.change(lambda c: c.suggests(lower, "descend to 30 m", SuggestionKind.TRAFFIC))
        await hand.until(lambda app: len(app.session.model.suggestions()) == 2)
        assert "ACCEPT: follow D1 → its call; because 1041 moved 80 m" in hand.screen()
        await hand.press("escape")
        await hand.until(lambda app: app.session.shown_suggestion == "traffic:D1")
        assert "SUGGESTED traffic: descend to 30 m" in hand.screen()
        await hand.write(":decline D1 not near")
        await hand.press("enter")
        (asked,) = await flying.commands(1)
        assert bare(asked) == cmd.DeclineSuggestion(
            command_id="", suggestion_id="traffic:D1", reason="not near"
        )


async def test_a_suggestion_that_went_away_is_not_accepted(flying: FakeCore, console: Console) -> None:
    lower = cmd.SetHeight(command_id="", drone="D1", height_m=30.0)
    key = flying.suggests(lower, "descend to 30 m", SuggestionKind.TRAFFIC)
    async with console(flying) as hand:
        await hand.until(lambda app: app.session.shown_suggestion == key)
        await hand.press("y")
        without = {each: kept for each, kept in flying.state.suggestions.items() if each != key}
        flying.state = msgspec.structs.replace(flying.state, suggestions=without)
        await flying.drop()
        await hand.until(lambda app: not app.session.model.suggestions())
        await hand.decide()
        assert "nothing was sent: that suggestion is gone" in hand.screen()
        await hand.press("y")
        assert hand.app.session.mode is Mode.LOOK
        assert "nothing is suggested now" in hand.screen()
        assert flying.asked == []


async def test_pages_open_by_verb_and_go_away(flying: FakeCore, console: Console) -> None:
    flying.suggests(cmd.FollowCall(command_id="", drone="D1"), "1041 moved 80 m", SuggestionKind.CALL_MOVED)
    async with console(flying, size=(80, 24)) as hand:
        for verb, words in (
            ("suggestions", "call moved: 1041 moved 80 m"),
            ("alarms", "Esc goes back"),
            ("fleet", "not set up here"),
            ("calls", "SEND TO 1041"),
        ):
            await hand.press("colon")
            hand.app.screen.post_message(Paste(verb))
            await hand.until(lambda app, verb=verb: app.session.prompt.text == verb)
            await hand.press("enter")
            await hand.until(lambda app: app.session.mode is Mode.LOOK)
            if verb != "fleet":
                assert words in hand.screen(), verb
        assert flying.asked == []
        await hand.press("question_mark", *["pagedown"] * 12)
        assert "moves an aircraft" in hand.screen()
        await hand.write(":help relief")
        assert "take over; the first stays until the second has the scene" in " ".join(hand.screen().split())
