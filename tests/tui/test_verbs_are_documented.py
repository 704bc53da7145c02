"""Every verb of the console stands in the pages that its users read, and every typed example there parses."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.tui.fakecore import HQ, NOON, SCENE

from rtcc_core.domain.alarm_groups import grouping
from rtcc_core.domain.state import Alarm, Severity
from rtcc_tui.actions import ACTIONS, REGISTRY
from rtcc_tui.grammar import parse
from rtcc_tui.grammar_values import Around, Mistake

DOCS = Path(__file__).parents[2] / "docs"
PAGES = [(DOCS / name).read_text("utf-8") for name in ("dispatcher.md", "pilot.md")]
TYPED = sorted({typed for page in PAGES for typed in re.findall(r"`([^`]+)`", page)})

LOST = Alarm(
    alarm_id="link:D3",
    severity=Severity.CRITICAL,
    text="D3 LINK LOST",
    raised_at=NOON,
    drone="D3",
    is_over=True,
)

AROUND = Around(
    drones=("D1", "D2", "D3"),
    calls=("1041", "C7"),
    opened_here=frozenset({"C7"}),
    alerts=("A3",),
    feeds=("COUNTY",),
    beats=("4",),
    selected_call="1041",
    alarms=grouping([LOST]),
    shelved=(LOST,),
    crews={"1041": ("D1",)},
    places={"1041": SCENE, "NORTH": HQ},
    sites=("NORTH",),
    people={"oyama": "K. OYAMA"},
    heights_m={"D1": 60.0},
    suggestions={"relief:F1": "D1", "same:C7:1041": "C7"},
    suggestion_id="relief:F1",
    best=lambda _: "D2",
    reliever=lambda _: "D3",
)


def test_every_verb_is_in_the_docs() -> None:
    words = {typed.split()[0] for typed in TYPED if typed.split()}
    assert [action.verb for action in ACTIONS if action.verb and not words & set(action.verbs)] == ["quit"]


@pytest.mark.parametrize(
    "line", [line for line in TYPED if REGISTRY.for_verb(line.split()[0]) and "…" not in line]
)
def test_every_example_is_understood(line: str) -> None:
    assert not isinstance(parse(line, AROUND), Mistake)
