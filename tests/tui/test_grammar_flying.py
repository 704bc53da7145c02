"""The command line of flying, control and suggestions: any line parses or says why, whatever is in it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.tui.fakecore import HQ, SCENE, SOUTH

from rtcc_core.domain import commands as cmd
from rtcc_core.settings import RESERVED_CALLSIGNS
from rtcc_tui.actions import ACTIONS, REGISTRY
from rtcc_tui.completion import complete
from rtcc_tui.grammar import parse
from rtcc_tui.grammar_values import (
    Around,
    Local,
    Mistake,
    Nothing,
    Question,
    Understood,
    bearing,
    metres,
    metres_per_second,
    place,
)
from rtcc_tui.requests import is_confirmed, is_flight, said

AROUND = Around(
    drones=("D1", "D2", "Air One"),
    calls=("1041", "1040"),
    selected_call="1041",
    crews={"1041": ("D1",)},
    places={"1041": SCENE, "HQ": HQ, "South Yard": SOUTH},
    sites=("HQ", "South Yard"),
    people={"reyes": "A. REYES", "oyama": "K. OYAMA", "ives": "A. IVES"},
    heights_m={"D1": 60.4},
    suggestions={"traffic:D1": "D1", "relief:F1": "D1", "divert:1040": "D2"},
    suggestion_id="relief:F1",
    reliever=lambda drone: {"D1": "D2"}.get(drone),
)


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("relief", cmd.RelieveDrone(command_id="", drone="D1", by="D2")),
        ("relieve D1 with Air One", cmd.RelieveDrone(command_id="", drone="D1", by="Air One")),
        (
            "d1 relief d2 override wind is calm here",
            cmd.RelieveDrone(command_id="", drone="D1", by="D2", override_reason="wind is calm here"),
        ),
        ("divert 1040 D1", cmd.DivertDrone(command_id="", drone="D1", call_id="1040")),
        ("divert D1 to 1040", cmd.DivertDrone(command_id="", drone="D1", call_id="1040")),
        ("goto South Yard", cmd.GoTo(command_id="", drone="D1", target=SOUTH, label="South Yard")),
        ("rtl D1 to south yard", cmd.ReturnDrone(command_id="", drone="D1", site="South Yard")),
        ("height Air One 80 m", cmd.SetHeight(command_id="", drone="Air One", height_m=80.0)),
        ("raise 10", cmd.SetHeight(command_id="", drone="D1", height_m=70.0)),
        ("face 1041", cmd.FaceDrone(command_id="", drone="D1", target=SCENE)),
        ("face sw", cmd.FaceDrone(command_id="", drone="D1", heading_deg=225.0)),
        ("orbit ccw", cmd.OrbitScene(command_id="", drone="D1", is_clockwise=False)),
        ("orbit d1 speed 10kt", cmd.OrbitScene(command_id="", drone="D1", speed_m_s=5.1)),
        ("aim -45", cmd.AimCamera(command_id="", drone="D1", pitch_deg=-45.0)),
        ("record off", cmd.RecordVideo(command_id="", drone="D1", is_on=False)),
        ("give D1 oyama", cmd.HandOver(command_id="", drone="D1", to_account="oyama")),
        ("handover D1 to K. Oyama", cmd.HandOver(command_id="", drone="D1", to_account="oyama")),
        ("release D1", cmd.ReleaseControl(command_id="", drone="D1")),
        ("release", cmd.ReleaseCall(command_id="", call_id="1041")),
        ("shift", cmd.BeginShift(command_id="")),
        ("shift begin 10", cmd.BeginShift(command_id="", hours=10.0)),
        ("accept", cmd.AcceptSuggestion(command_id="", suggestion_id="relief:F1")),
        ("yes d1", cmd.AcceptSuggestion(command_id="", suggestion_id="relief:F1")),
        ("accept D2", cmd.AcceptSuggestion(command_id="", suggestion_id="divert:1040")),
        (
            "decline D2 they need it there",
            cmd.DeclineSuggestion(command_id="", suggestion_id="divert:1040", reason="they need it there"),
        ),
        ("down D1 seen to fall", cmd.DeclareDown(command_id="", drone="D1", reason="seen to fall")),
    ],
)
def test_understood(line: str, command: cmd.AnyCommand) -> None:
    assert parse(line, AROUND) == Understood(command)


def test_the_aircraft_in_focus_is_meant_unless_another_or_a_call_is_named() -> None:
    looking = replace(AROUND, focus="D2")
    assert parse("record on", looking) == parse("record D2 on", AROUND)
    assert parse("height 80", looking) == parse("height D2 80", AROUND)
    assert parse("record D1 on", looking) == parse("1041 record on", looking) == parse("record D1 on", AROUND)


def test_hold_and_return_typed_on_the_flight_screen_mean_what_their_keys_mean() -> None:
    looking = replace(AROUND, focus="D2")
    assert parse("hold", looking) == Understood(cmd.HoldDrone(command_id="", drone="D2"))
    assert parse("rtl", looking) == Understood(cmd.ReturnDrone(command_id="", drone="D2"))
    assert parse("hold D1", looking) == Understood(cmd.HoldDrone(command_id="", drone="D1"))
    assert isinstance(parse("land", looking), Question), "land wants its aircraft named"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("relief D2", "relieve D2 with which aircraft?"),
        ("relief D1 with 7", "7 is not an aircraft"),
        ("divert D1 D2 1040", "one aircraft at a time"),
        ("divert 1040", "divert which aircraft?"),
        ("move D1 50 up", "up is not a distance"),
        ("move D1 up 50", "up is not a direction"),
        ("goto Nowhere", "Nowhere is no call and no site: Enter looks in the street files"),
        ("goto 200,10", "no place known here"),
        ("height D1 high", "high is no height"),
        ("raise D2 10", "how high D2 is now is not known"),
        ("face D1 400", "400 is no place known here"),
        ("line D1 1041", "along which places?"),
        ("orbit radius", "radius is not a radius"),
        ("give D1 to A.", "give D1 to whom? A. REYES (reyes)"),
        ("takeover D1", "say why"),
        ("ground", "ground which aircraft?"),
        ("request", "request which aircraft?"),
        ("shift 100", "100 is not a number of hours"),
        ("release D1 1041", "one thing at a time"),
        ("take D1", "to get an aircraft: request D1"),
        ("rtl D1 to Nowhere", "to which site? HQ, South Yard"),
        ("accept Air One", "nothing is suggested for Air One now"),
        ("relief D1 override", "say why it may go all the same"),
        ("help frobnicate", "frobnicate is not a verb"),
    ],
)
def test_what_is_missing_or_wrong_is_said(line: str, words: str) -> None:
    parsed = parse(line, AROUND)
    assert isinstance(parsed, Mistake | Question)
    assert words in parsed.text


def test_nothing_is_suggested_where_nothing_is_on_the_screen() -> None:
    assert parse("accept", Around(drones=("D1",))) == Mistake("nothing is suggested now")


def test_local_words_name_their_page() -> None:
    for word in ("calls", "fleet", "alarms", "suggestions"):
        assert parse(word, AROUND) == Local(word)
    assert parse("help relief", AROUND) == Local("help", "relieve")
    assert parse("? relief", AROUND) == Local("help", "relieve")
    assert parse("help div", AROUND) == parse("help divert", AROUND)  # nothing flies from help


def test_lengths_directions_and_places() -> None:
    assert (metres("80"), metres("80m"), metres("inf"), metres("ft"), metres("1e999")) == (
        80,
        80,
        None,
        None,
        None,
    )
    assert round(metres("262ft") or 0) == 80
    assert (bearing("sw"), bearing("270°"), bearing("361"), bearing("-1")) == (225.0, 270.0, None, None)
    assert metres_per_second("nan") is None
    assert place("38.5,-121.5,9", AROUND) is None
    assert place("91,0", AROUND) is None


def test_completion_offers_what_fits() -> None:
    assert complete("relief ", AROUND)[0] == "relief D1 "
    assert "relief D1 D2 " in complete("relief D1 ", AROUND)
    assert complete("give D1 o", AROUND) == ["give D1 oyama "]
    assert "goto D1 HQ " in complete("goto D1 ", AROUND)
    assert complete("shift ", AROUND) == ["shift end "]


VERBS = sorted({verb for action in ACTIONS for verb in action.verbs})
WORDS = st.sampled_from(
    [*VERBS, "D1", "air", "one", "1041", "with", "to", "override", "-1", "1e308", "nan", "38,-121", "n", "ft",
     "\x1b[2J", "\u202e", "[red]", "\x00", "D1\u0301", "９", "²", "−5", "," * 40, "x" * 600]
)  # fmt: skip


@given(st.lists(st.one_of(WORDS, st.text(max_size=12)), max_size=8).map(" ".join))
@example("aim ²")
@example("move D1 n ９")
@example("height 1e308ft")
def test_any_line_parses_or_says_why(line: str) -> None:
    parsed = parse(line, AROUND)
    match parsed:
        case Understood(command=command):
            assert getattr(command, "drone", "D1") in AROUND.drones
            assert said(command)
        case Question(text=text) | Mistake(text=text):
            assert text
            assert "\x1b" not in text
            assert "\u202e" not in text
        case _:
            assert isinstance(parsed, Local | Nothing)
    for whole in complete(line, AROUND):
        parse(whole, AROUND)


def test_every_word_of_the_command_line_is_kept_from_callsigns() -> None:
    assert set(VERBS) <= RESERVED_CALLSIGNS


def test_whatever_flies_is_confirmed() -> None:
    for line in (
        "relief",
        "divert D1 1040",
        "orbit cw",
        "follow",
        "face n",
        "accept",
        "hold D1",
        "height D1 50",
    ):
        parsed = parse(line, AROUND)
        assert isinstance(parsed, Understood)
        assert is_flight(parsed.command)
        assert is_confirmed(parsed.command)
    assert REGISTRY.for_verb("camera") is REGISTRY.for_verb("aim")
