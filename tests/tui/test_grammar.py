"""The command line: what is understood, and exactly what is said where it is not."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.tui.fakecore import NOON

from rtcc_core.domain import commands as cmd
from rtcc_core.domain.alarm_groups import grouping
from rtcc_core.domain.programme import Units
from rtcc_core.domain.state import Alarm, Severity
from rtcc_tui.actions import ACTIONS, REGISTRY, Danger
from rtcc_tui.completion import complete
from rtcc_tui.grammar import parse
from rtcc_tui.grammar_values import Around, Local, Mistake, Nothing, Question, Understood
from rtcc_tui.words import use_units

LOST = Alarm(alarm_id="link:D3", severity=Severity.CRITICAL, text="D3 LINK LOST", raised_at=NOON, drone="D3")

AROUND = Around(
    drones=("D1", "D2", "D3"),
    calls=("1041", "1040", "1039"),
    selected_call="1041",
    alarms=grouping([LOST]),
    crews={"1039": ("D3",), "1041": ("D1",)},
    best=lambda call: {"1041": "D2", "1040": None}.get(call),
    why_none=lambda call: f"none may go to {call}",
)


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("launch d2 1041", cmd.LaunchDrone(command_id="", drone="D2", call_id="1041")),
        ("launch 1041 d2", cmd.LaunchDrone(command_id="", drone="D2", call_id="1041")),
        ("1041 launch d2", cmd.LaunchDrone(command_id="", drone="D2", call_id="1041")),
        ("D2 LAUNCH 1041", cmd.LaunchDrone(command_id="", drone="D2", call_id="1041")),
        ("launch", cmd.LaunchDrone(command_id="", drone="D2", call_id="1041")),
        ("send d3", cmd.LaunchDrone(command_id="", drone="D3", call_id="1041")),
        (
            "launch d1 1041 override Caller sees a Gun",
            cmd.LaunchDrone(command_id="", drone="D1", call_id="1041", override_reason="Caller sees a Gun"),
        ),
        ("hold D2", cmd.HoldDrone(command_id="", drone="D2")),
        ("hold", cmd.HoldDrone(command_id="", drone="D1")),
        ("rtl D1", cmd.ReturnDrone(command_id="", drone="D1")),
        ("return d1", cmd.ReturnDrone(command_id="", drone="D1")),
        ("d1 rtl", cmd.ReturnDrone(command_id="", drone="D1")),
        ("recall D3", cmd.ReturnDrone(command_id="", drone="D3")),
        ("rtl 1039", cmd.ReturnDrone(command_id="", drone="D3")),
        ("land D1", cmd.LandDrone(command_id="", drone="D1")),
        ("take 1040", cmd.TakeCall(command_id="", call_id="1040")),
        ("take", cmd.TakeCall(command_id="", call_id="1041")),
        ("1040 release", cmd.ReleaseCall(command_id="", call_id="1040")),
        (
            "note 1040 two people  running north",
            cmd.AddNote(command_id="", call_id="1040", text="two people running north"),
        ),
        ("note D2 sees them", cmd.AddNote(command_id="", call_id="1041", text="D2 sees them")),
        ("1039 note he is down", cmd.AddNote(command_id="", call_id="1039", text="he is down")),
        ("ack", cmd.AcknowledgeAlarm(command_id="", alarm_id="link:D3")),
        ("wind 5m/s 240", cmd.ReportWind(command_id="", wind_speed_m_s=5, wind_from_deg=240)),
        ("wind 5 m/s 360 9", cmd.ReportWind(command_id="", wind_speed_m_s=5, wind_from_deg=0, gust_m_s=9)),
    ],
)
def test_understood(line: str, command: cmd.AnyCommand) -> None:
    assert parse(line, AROUND) == Understood(command)


def test_knots_are_knots_and_a_gust_has_the_unit_of_the_wind() -> None:
    parsed = parse("wind 10kt 240 20", AROUND)
    assert isinstance(parsed, Understood)
    assert isinstance(parsed.command, cmd.ReportWind)
    assert parsed.command.wind_speed_m_s == pytest.approx(5.14, abs=0.01)
    assert parsed.command.gust_m_s == pytest.approx(10.29, abs=0.01)


def test_where_the_screen_tells_metres_a_wind_needs_no_unit() -> None:
    use_units(Units.METRIC)
    try:
        assert parse("wind 5 240", AROUND) == parse("wind 5m/s 240", AROUND)
    finally:
        use_units(Units.US)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("launch d9", "d9 is neither an aircraft nor a call; aircraft: D1, D2, D3"),
        ("launch d1 1099", "1099 is not a call here; calls: 1041, 1040, 1039"),
        ("launch d1 d2", "one aircraft at a time: D1 or D2"),
        ("launch 1040", "none may go to 1040"),
        ("lanch d1 1041", "did you mean: launch"),
        ("frobnicate", "help lists them all"),
        ("note 1099 he runs", "1099 is not a call here"),
        ("wind 240 5", "wind of 240 m/s cannot be; the speed comes first"),
        ("wind 5 400", "400 is not a direction"),
        ("wind five 240", "five is not a number"),
        ("wind nan 240", "nan is not a number"),
        ("wind 5 240 3", "a gust of 3 m/s with wind 5 cannot be"),
        ("ack D1", "no alarm of D1 is there; there are alarms of: D3"),
        ("quit D1", "to bring D1 home: rtl D1"),
        ("quit now", "takes nothing else: quit"),
        ("select 1041", "select is not a verb; a call is chosen with Up and Down"),
    ],
)
def test_mistakes_say_what_to_type(line: str, said: str) -> None:
    parsed = parse(line, AROUND)
    assert isinstance(parsed, Mistake)
    assert said in parsed.text


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("d1", "D1: and then?"),
        ("land", "land which aircraft? D3, D1"),
        ("launch d1 1041 override", "say why: launch D1 1041 override REASON"),
        ("note 1040", "note 1040: and what?"),
        ("wind", "wind how strong, from where?"),
        ("wind 5 240", "5 kt or 5 m/s? type: wind 5kt 240"),
    ],
)
def test_questions_ask_for_what_is_missing(line: str, said: str) -> None:
    parsed = parse(line, AROUND)
    assert isinstance(parsed, Question)
    assert said in parsed.text


def test_nothing_is_guessed_without_a_selected_call() -> None:
    empty = Around(drones=("D1",), calls=("1041",))
    assert isinstance(parse("launch", empty), Question)
    assert isinstance(parse("hold", empty), Question)
    assert isinstance(parse("take", empty), Question)
    assert isinstance(parse("ack", empty), Mistake)


def test_local_words() -> None:
    assert parse("help", AROUND) == Local("help")
    assert parse("EXIT", AROUND) == Local("quit")
    assert parse("   ", AROUND) == Nothing()


def test_callsigns_of_several_words_are_one_name() -> None:
    around = Around(drones=("Air One", "Air Two"), calls=("1041",))
    assert parse("launch air two 1041", around) == Understood(
        cmd.LaunchDrone(command_id="", drone="Air Two", call_id="1041")
    )


words = st.sampled_from(
    [
        *REGISTRY.verbs(),
        *["d1", "D2", "1041", "1040", "override", "5", "240", "-1", "nan"],
        "\x1b[A",
        "\u202e",
        "[red]",
    ]
)


@given(st.one_of(st.text(max_size=200), st.lists(words, max_size=6).map(" ".join)))
@example("note \x00")
def test_no_line_raises(line: str) -> None:
    parse(line, AROUND)
    for whole in complete(line, AROUND):
        parse(whole, AROUND)


def test_completion_knows_verbs_names_and_what_is_best() -> None:
    assert complete("la", AROUND) == ["launch ", "land "]
    assert complete("launch ", AROUND)[:2] == ["launch D2 ", "launch D1 "]
    assert complete("launch d1 10", AROUND) == ["launch d1 1041 ", "launch d1 1040 ", "launch d1 1039 "]
    assert complete("rtl ", AROUND)[0] in ("rtl D1 ", "rtl D3 ")
    assert complete("d", AROUND)[:3] == ["D1 ", "D2 ", "D3 "]
    assert complete("wind ", AROUND) == []


def test_the_registry_is_one_of_each() -> None:
    keys = [(action.view, key) for action in ACTIONS for key in action.keys]
    every_verb = [verb for action in ACTIONS for verb in action.verbs]
    assert len(set(keys)) == len(keys)
    assert len(set(every_verb)) == len(every_verb)
    assert all(action.help for action in ACTIONS)
    assert all(action.right is not None for action in ACTIONS if action.danger is not Danger.LOOKS)
    assert REGISTRY.for_verb("RTB") is REGISTRY.for_verb("rtl")
