"""The fleet strip and what stands round it: control, bingo, relief, camera, troubles, traffic, gates."""

from __future__ import annotations

import re
from datetime import timedelta

import msgspec
import pytest
from rich.cells import cell_len
from tests.tui.fakecore import HQ, NOON, SCENE, SOUTH, FakeCore, in_air, on_ground

from rtcc_core.domain import commands as cmd
from rtcc_core.domain import events as ev
from rtcc_core.domain.advice_values import Candidate
from rtcc_core.domain.air import Air
from rtcc_core.domain.flight import Phase
from rtcc_core.domain.geo import offset
from rtcc_core.domain.state import Grounding
from rtcc_core.domain.suggestions import SuggestionKind
from rtcc_core.domain.traffic import Intruder, TrafficSource
from rtcc_tui.confirmations import command_words
from rtcc_tui.looking import View
from rtcc_tui.screenful import boxes, draw, pane_lines
from rtcc_tui.session import Session
from rtcc_tui.spans import plain
from rtcc_tui.views.chosen import story as story_of
from rtcc_tui.views.craft import bingo_words
from rtcc_tui.views.sending import counted

NOW = 100.0
SIZES = [(80, 24), (120, 40), (160, 48)]


@pytest.fixture
def core() -> FakeCore:
    """D1 watches 1041 for A. REYES."""
    core = FakeCore()
    core.calm()
    core.call()
    core.tell(cmd.LaunchDrone(command_id="x", drone="D1", call_id="1041"), by="reyes")
    core.settle("D1")
    core.fly("D1")
    return core


def seen(core: FakeCore, view: View = View.ALL) -> Session:
    session = Session(send=lambda _: None, new_id=lambda: "id")
    session.received(core.welcome(), NOW)
    session.received(core.frame(), NOW)
    session.view = view
    return session


def text(session: Session, size: tuple[int, int] = (160, 48), now: float = NOW) -> str:
    return "\n".join(draw(session, now, *size))


def strip(session: Session, size: tuple[int, int] = (160, 48), drone: str = "D1") -> str:
    return next(line for line in draw(session, NOW, *size) if line.startswith(f" {drone} "))


def test_figures_that_are_told_from_no_wind_at_all_say_so(core: FakeCore) -> None:
    assert "calm assumed" not in text(seen(core)) + text(seen(core, View.FLIGHT))
    core.state = msgspec.structs.replace(core.state, weather=None)
    assert "calm assumed" in text(seen(core))
    assert "calm assumed" in text(seen(core, View.FLIGHT))


def test_a_wind_from_all_sides_is_variable_and_one_that_is_not_told_is_unknown(core: FakeCore) -> None:
    weather = core.state.weather
    assert weather is not None
    blows = msgspec.structs.replace(weather, wind_speed_m_s=2.0, wind_from_deg=0.0, is_variable=True)
    core.state = msgspec.structs.replace(core.state, weather=blows)
    assert "wind 4 kt VRB" in text(seen(core))
    assert "planned as ahead on every leg" in text(seen(core, View.AIR))
    core.state = msgspec.structs.replace(core.state, weather=msgspec.structs.replace(blows, has_wind=False))
    assert "wind UNKNOWN" in text(seen(core))


@pytest.mark.parametrize("size", SIZES)
def test_who_has_it_is_in_every_width(core: FakeCore, size: tuple[int, int]) -> None:
    assert " you" in strip(seen(core), size)
    core.tell(cmd.RequestControl(command_id="r", drone="D1"), by="oyama")
    assert "you asked!" in strip(seen(core), size)
    core.state = msgspec.structs.replace(core.state, control={})
    assert "NOBODY" in strip(seen(core), size)


def test_a_lease_runs_down_in_the_time_of_people(core: FakeCore) -> None:
    assert core.state.programme is not None
    core.happens(ev.LeaseBegan(drone="D1", account="reyes", until=core.at + timedelta(seconds=12)))
    assert "lease 0:12" in strip(seen(core))
    fast = msgspec.structs.replace(core.state.programme, drill_speed=4.0)
    core.state = msgspec.structs.replace(core.state, programme=fast)
    assert "lease 0:03" in strip(seen(core))
    core.happens(ev.LeaseEnded(drone="D1", account="reyes", is_back=False, action="hold"))
    assert "NO PILOT" in strip(seen(core))


def test_bingo_is_minutes_and_says_when_to_leave(core: FakeCore) -> None:
    session = seen(core)
    told = session.forecast("D1", NOW)
    assert told is not None
    assert told.bingo_in_s is not None
    assert f" {bingo_words(told.bingo_in_s)} " in strip(session)
    core.sees(in_air("D1", SCENE, 60.0, battery_fraction=0.2, ground_speed_m_s=4.0))
    assert "LEAVE" in strip(seen(core))
    assert " 22 min " in strip(seen(core), drone="D2")


def test_minutes_to_bingo_are_never_rounded_up() -> None:
    assert bingo_words(1_199.9) == "19 min"
    assert bingo_words(379.9) == "in 6:10"
    assert bingo_words(119.9) == "in 1:59"


def test_when_it_must_leave_is_counted_now_and_goes_with_it(core: FakeCore) -> None:
    """What is planned and suggested is stored once; its countdown runs, its moment has a Z."""
    flight = core.state.flight_of("D1")
    assert flight is not None
    planned = ev.ReliefPlanned(
        flight_id=flight.flight_id,
        drone="D1",
        by="D2",
        launch_at=core.at + timedelta(seconds=250),
        must_leave_at=core.at + timedelta(seconds=500),
        why="D2 can relieve D1 over 1041",
    )
    core.happens(planned)
    relief = cmd.RelieveDrone(command_id="", drone="D1", by="D2")
    text_of = "launch D2 to relieve D1 over 1041"
    key = core.suggests(relief, text_of, SuggestionKind.RELIEF, call_id="1041")
    session = seen(core)
    counted = r"D1 must leave \d\d:\d\d:\d0Z, in (\d+ min|\d:\d\d)"
    story = [entry.text for entry in story_of(session, session.model.state.calls["1041"], NOW)]
    accepted = command_words(session, cmd.AcceptSuggestion(command_id="", suggestion_id=key), NOW)
    stood = [each for each in story if each.startswith(("relief: ", "SUGGESTED relief"))]
    assert len(stood) == 2
    for told in (*stood, accepted):
        assert re.search(counted, told), told
    core.tell(cmd.ReturnDrone(command_id="y", drone="D1"), by="reyes")
    session = seen(core)
    story = [entry.text for entry in story_of(session, session.model.state.calls["1041"], NOW)]
    assert not any(each.startswith("relief: ") or "must leave" in each for each in story)


def test_relief_camera_and_own_height_stand_beside_or_below(core: FakeCore) -> None:
    flight = core.state.flight_of("D1")
    assert flight is not None
    core.happens(
        ev.ReliefPlanned(
            flight_id=flight.flight_id,
            drone="D1",
            by="D2",
            launch_at=core.at + timedelta(seconds=250),
            must_leave_at=core.at + timedelta(seconds=500),
            why="planned",
        )
    )
    core.happens(
        ev.GimbalObserved(
            flight_id=flight.flight_id, drone="D1", looks_down=True, pitch_deg=-70, is_allowed=True
        )
    )
    core.happens(ev.RecordingObserved(flight_id=flight.flight_id, drone="D1", is_recording=True))
    higher = msgspec.structs.replace(core.state.flights[flight.flight_id], transit_height_m=75.0)
    core.state = msgspec.structs.replace(core.state, flights={flight.flight_id: higher})
    words = "D2 to launch in 4:10; camera down, REC; own height 246 ft"
    assert words in text(seen(core), (200, 48))
    assert words in text(seen(core, View.FLEET), (80, 24))
    assert "relief: planned" in text(seen(core))


@pytest.mark.parametrize(("left_s", "words"), [(30, "NO RELIEF, leaves "), (3_000, "no relief yet, leaves ")])
def test_without_a_relief_it_says_when_it_leaves(core: FakeCore, left_s: int, words: str) -> None:
    flight = core.state.flight_of("D1")
    assert flight is not None
    leaves = core.at + timedelta(seconds=left_s)
    core.happens(
        ev.ReliefPlanned(
            flight_id=flight.flight_id, drone="D1", by=None, launch_at=None, must_leave_at=leaves, why="none"
        )
    )
    assert f"{words}{leaves:%H:%M}Z" in text(seen(core, View.FLIGHT))


def test_one_that_is_nearly_empty_is_not_just_ready(core: FakeCore) -> None:
    assert "D2    ready " in strip(seen(core), (80, 24), "D2")
    assert "LOW" not in strip(seen(core), (80, 24), "D2")
    core.sees(on_ground("D2", SOUTH, battery_fraction=0.24))
    assert "D2    ready LOW " in strip(seen(core), (80, 24), "D2")


def test_who_would_not_come_home_lands_with_no_figure(core: FakeCore) -> None:
    core.sees(on_ground("D2", SOUTH, battery_fraction=0.02))
    found = next(each for each in advice_of(core) if each.drone == "D2")
    assert found.land_with_fraction is not None
    assert found.land_with_fraction < 0.0
    assert (
        "-" not in next(line for line in text(seen(core)).splitlines() if "2 D2 " in line).split("battery")[0]
    )


def test_what_keeps_an_aircraft_from_flying_is_said(core: FakeCore) -> None:
    grounding = Grounding(account="oyama", reason="crack in arm 2", since=NOON)
    core.state = msgspec.structs.replace(
        core.state, grounded={"D2": grounding}, unwell={"D1": {"position": "no position fix"}}
    )
    screen = text(seen(core))
    assert "grounded by K. OYAMA: crack in arm 2" in screen
    assert "no position fix" in strip(seen(core))
    assert "D2    grounded" in text(seen(core), (80, 24))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("view", list(View))
def test_lines_are_as_wide_as_their_pane_with_suggestions_and_confirmations(
    core: FakeCore, size: tuple[int, int], view: View
) -> None:
    core.suggests(cmd.HoldDrone(command_id="", drone="D1"), "very long words " * 20, SuggestionKind.TRAFFIC)
    session = seen(core, view)
    for name, box in boxes(session, NOW, *size).items():
        for line in pane_lines(name, session, NOW, box):
            assert sum(cell_len(part) for part, _ in line) == box.width, (name, plain(line))
    if view is View.ALL:
        assert "y accepts" in text(session, size)


# --- traffic ---------------------------------------------------------------------------------------


def heard(core: FakeCore, *, is_up: bool = True, near: int = 1) -> None:
    intruders = tuple(
        Intruder(id=f"a{n}", position=offset(HQ, 90.0, 2_000.0 + n), position_age_s=1.0) for n in range(near)
    )
    core.air = Air(intruders=intruders, sources=(TrafficSource(name="roof", is_up=is_up),))


def test_the_top_line_says_who_else_flies_or_that_nobody_listens(core: FakeCore) -> None:
    assert "traffic" not in text(seen(core)).splitlines()[0].casefold()
    heard(core, near=2)
    assert "2 other near" in text(seen(core), (160, 48)).splitlines()[0]
    heard(core, near=0)
    assert "no traffic" in text(seen(core)).splitlines()[0]
    heard(core, is_up=False)
    assert "TRAFFIC NOT HEARD" in text(seen(core), (80, 24)).splitlines()[0]


# --- gates -----------------------------------------------------------------------------------------


def test_the_worst_gates_come_first_and_none_hides_in_what_is_cut(core: FakeCore) -> None:
    core.sees(on_ground("D2", battery_fraction=0.1, is_armable=None))
    screen = text(seen(core, View.FLEET), (160, 48))
    assert screen.index("BLOCK   battery") < screen.index("UNKNOWN ready")
    assert "not set up here, so nobody looks: recency" in screen
    gates = next(found for found in advice_of(core) if found.drone == "D2").gates
    assert counted(gates).startswith("1 BLOCK, 1 UNKNOWN")


def advice_of(core: FakeCore) -> tuple[Candidate, ...]:
    advice = seen(core).advice("1041", NOW)
    assert advice is not None
    return advice.candidates


def test_nothing_is_drawn_anew_while_nothing_changed_that_can_be_seen(core: FakeCore) -> None:
    session = seen(core)
    first = draw(session, NOW, 120, 40)
    for step in range(1, 4):
        jitter = {
            callsign: msgspec.structs.replace(each, link_age_s=0.1 * step, position_age_s=0.2)
            for callsign, each in core.sky.items()
        }
        core.sky = jitter
        session.received(core.frame(), NOW + step / 10)
        assert draw(session, NOW + step / 10, 120, 40) == first


def test_of_two_on_a_call_the_one_that_watches_is_meant(core: FakeCore) -> None:
    flight = core.state.flight_of("D1")
    assert flight is not None
    second = msgspec.structs.replace(flight, flight_id="F2", drone="D2", relieves=flight.flight_id)
    core.state = msgspec.structs.replace(core.state, flights={"F1": flight, "F2": second})
    assert "relieves D1" in strip(seen(core), drone="D2")
    home = msgspec.structs.replace(flight, phase=Phase.RETURNING)
    core.state = msgspec.structs.replace(core.state, flights={"F1": home, "F2": second})
    session = seen(core)
    assert [each.drone for each in session.model.crews("1041")] == ["D2", "D1"]
    assert "D2 on scene +1" in text(session)
    assert "relieves" not in strip(session, drone="D2")
