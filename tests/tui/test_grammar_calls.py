"""The command line of calls and alerts: any line parses or says why, whatever is in it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.tui.fakecore import HQ, SCENE

from rtcc_core.domain import commands as cmd
from rtcc_core.domain.geo import LatLon
from rtcc_core.domain.streets import Match, Quality
from rtcc_core.wire.console import Located
from rtcc_tui.actions import ACTIONS
from rtcc_tui.completion import complete
from rtcc_tui.gazetteer import KEPT, Gazetteer
from rtcc_tui.grammar import parse
from rtcc_tui.grammar_values import Around, Local, Mistake, Nothing, Parsed, Question, Understood
from rtcc_tui.requests import is_confirmed, said

OAK = Match(label="1 Oak St", position=SCENE, quality=Quality.EXACT, uncertainty_m=5.0)
PART = Match(
    label="2 Oak St", position=SCENE, quality=Quality.EXACT, uncertainty_m=5.0, note="without FIGHT INSIDE"
)

AROUND = Around(
    drones=("D1",),
    calls=("1041", "1040", "C7"),
    selected_call="1041",
    places={"1041": SCENE, "HQ": HQ, "1 oak st, elk meadow": SCENE, "@1": SCENE},
    matches={"1 oak st, elk meadow": OAK, "1 oak st": OAK, "@1": OAK, "2 oak st fight inside": PART},
    unfound=frozenset({"the old barn"}),
    opened_here=frozenset({"C7"}),
    alerts=("A3", "A2"),
    feeds=("COUNTY",),
    sites=("HQ",),
)


def opened(**fields: Any) -> Understood:
    return Understood(cmd.OpenCall(command_id="", **fields))


FOUND: dict[str, Any] = {"position": SCENE, "label": "1 Oak St", "found_by": "EXACT", "uncertainty_m": 5.0}


@pytest.mark.parametrize(
    ("line", "parsed"),
    [
        ("new 1 oak st", opened(**FOUND)),
        ("open 1 OAK ST, fight, two men", opened(call_type="fight, two men", **FOUND)),
        ("new 1 oak st, elk meadow, P2 fight", opened(call_type="fight", priority=2, **FOUND)),
        ("new 1 oak st, fight p3", opened(call_type="fight", priority=3, **FOUND)),
        ("new @1, fight", opened(call_type="fight", **FOUND)),
        (
            "new 2 oak st fight inside",
            opened(
                position=SCENE,
                label="2 Oak St",
                found_by="EXACT",
                uncertainty_m=5.0,
                text="2 oak st fight inside",
            ),
        ),
        ("new 38.42,-121.42", opened(position=LatLon(38.42, -121.42))),
        (
            "new 38.42, -121.42, p1 shots",
            opened(position=LatLon(38.42, -121.42), call_type="shots", priority=1),
        ),
        ("new 38.42,-121.42 shots", opened(position=LatLon(38.42, -121.42), call_type="shots")),
        ("new HQ, alarm", opened(position=HQ, label="HQ", call_type="alarm")),
        ("new the old barn, fight", opened(label="the old barn", call_type="fight")),
        ("new the old barn", opened(label="the old barn", text="the old barn")),
        (
            "place C7 @1",
            Understood(
                cmd.PlaceCall(
                    command_id="",
                    call_id="C7",
                    position=SCENE,
                    label="1 Oak St",
                    found_by="EXACT",
                    uncertainty_m=5.0,
                )
            ),
        ),
        ("c7 place cad", Understood(cmd.PlaceCall(command_id="", call_id="C7", position=None))),
        ("confirm", Understood(cmd.ConfirmPlace(command_id="", call_id="1041"))),
        ("merge c7", Understood(cmd.MergeCalls(command_id="", call_id="C7", into="1041"))),
        ("merge 1040 into C7", Understood(cmd.MergeCalls(command_id="", call_id="C7", into="1040"))),
        ("merge 1040 1041", Understood(cmd.MergeCalls(command_id="", call_id="1040", into="1041"))),
        ("close C7 all quiet", Understood(cmd.CloseCall(command_id="", call_id="C7", reason="all quiet"))),
        ("call a3", Understood(cmd.MakeCall(command_id="", alert_id="A3"))),
        ("attach a2 to 1040", Understood(cmd.AttachAlert(command_id="", alert_id="A2", call_id="1040"))),
        ("near", Local("near")),
        ("near 1040", Local("near", "1040")),
        ("1040 cameras", Local("near", "1040")),
        ("alerts", Local("alerts")),
        ("feeds", Local("feeds")),
    ],
)
def test_understood(line: str, parsed: Parsed) -> None:
    assert parse(line, AROUND) == parsed


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("new", "where, and what?"),
        ("new 91,0, fight", "which place?"),
        ("new 12", "which place?"),
        ("new @9, fight", "new: which one? @1"),
        ("new laguna / bruceville, fight", "Enter looks in the street files"),
        ("place 9260 elk park dr", "place which call?"),
        ("place C7", "place C7 where?"),
        ("place C7 the old barn", "is not in the street files; say two streets that cross near it"),
        ("confirm 1099", "1099 is not a call here"),
        ("merge", "merge which call?"),
        ("merge C7 into 1099", "1099 is not a call here"),
        ("merge 1041", "merge 1041 into which call?"),
        ("split", "split CALL"),
        ("close C7", "say why: close C7 REASON"),
        ("close all FIRE x", "close all of which feed? COUNTY"),
        ("close all COUNTY", "say why: close all COUNTY REASON"),
        ("call", "call which alert? A3, A2"),
        ("call A9", "A9 is not an alert here"),
        ("call 1041", "1041 is not an alert here"),
        ("attach A3", "attach A3 to which call?"),
        ("attach A3 1099", "1099 is not a call here"),
        ("dismiss A3", "say why: dismiss A3 REASON"),
        ("near A3", "A3 is not a call here"),
    ],
)
def test_what_is_missing_or_wrong_is_said(line: str, words: str) -> None:
    parsed = parse(line, AROUND)
    assert isinstance(parsed, Mistake | Question)
    assert words in parsed.text


def test_only_the_place_is_looked_up() -> None:
    parsed = parse("new laguna / bruceville, p1 fight", AROUND)
    assert isinstance(parsed, Question)
    assert parsed.locate == "laguna / bruceville"


def test_completion_offers_what_fits() -> None:
    assert complete("call ", AROUND) == ["call A3 ", "call A2 "]
    assert complete("attach A3 ", AROUND)[0] == "attach A3 1041 "
    assert complete("merge C7 ", AROUND) == ["merge C7 1041 ", "merge C7 1040 ", "merge C7 into "]
    assert complete("dismiss A3 ", AROUND) == []
    assert complete("new ", AROUND) == []


VERBS = sorted({verb for action in ACTIONS for verb in action.verbs})
WORDS = st.sampled_from(
    [*VERBS, "A3", "a2", "C7", "1041", "COUNTY", "all", "cad", "at", "into", "p1", "P9", ",", "@1", "@", "@²",
     "38.4,-121.4", "1e308,1", "nan,nan", "９,９", "the", "old", "barn", "\x1b[2J", "\u202e", "[red]", "\x00",
     "," * 40, "x" * 600]
)  # fmt: skip


@given(st.lists(st.one_of(WORDS, st.text(max_size=12)), max_size=8).map(" ".join))
@example("new ９,９")
@example("new 38.4,-121.4,,,, p1")
@example("place C7 999,0")
def test_any_line_parses_or_says_why(line: str) -> None:
    parsed = parse(line, AROUND)
    match parsed:
        case Understood(command=command):
            words = said(command)
            assert words
            assert "\x1b" not in words
            assert getattr(command, "call_id", "1041") in AROUND.calls
            assert getattr(command, "alert_id", "A3") in AROUND.alerts
        case Question(text=text, locate=locate):
            assert text
            assert "\x1b" not in text + locate
            assert "\u202e" not in text + locate
        case Mistake(text=text):
            assert text
            assert "\x1b" not in text
        case _:
            assert isinstance(parsed, Local | Nothing)
    for whole in complete(line, AROUND):
        parse(whole, AROUND)


def test_none_of_it_moves_an_aircraft_and_none_wants_a_second_enter() -> None:
    for line in ("new @1", "place C7 @1", "confirm", "merge C7", "split C7", "close C7 x", "call A3",
                 "attach A3 1041", "dismiss A3 x"):  # fmt: skip
        parsed = parse(line, AROUND)
        assert isinstance(parsed, Understood), line
        assert not is_confirmed(parsed.command), line


def test_a_gazetteer_does_not_grow_without_end() -> None:
    gazetteer = Gazetteer()
    for number in range(KEPT * 2):
        gazetteer.asked("q", f"{number} oak st")
        assert gazetteer.answered(Located(query_id="q", matches=(OAK,)))
    assert len(gazetteer.matches) == KEPT + 1  # the newest is offered as @1, too
    gazetteer.asked("q", "nowhere")
    gazetteer.answered(Located(query_id="q", trouble="it is nowhere"))
    assert gazetteer.unfound == {"nowhere"}
