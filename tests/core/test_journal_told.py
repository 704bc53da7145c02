"""The journal's lines as a dispatcher would say them."""

from __future__ import annotations

import pytest
from tests.flights import SCENE

from rtcc_core.domain import events as ev
from rtcc_core.domain.flight import Leg, Phase, Verb, Way
from rtcc_core.records import journal_told
from rtcc_core.records.journal_told import flight_of, told


@pytest.mark.parametrize(
    ("event", "words", "flight_id"),
    [
        (
            ev.PhaseObserved(flight_id="F2", drone="D3", phase=Phase.TRANSIT, evidence=""),
            "D3 on its way",
            "F2",
        ),
        (
            ev.PhaseObserved(flight_id="F2", drone="D3", phase=Phase.RELIEVED, evidence=""),
            "D3 relieved",
            "F2",
        ),
        (
            ev.WayChosen(
                flight_id="F2",
                drone="D3",
                way=Way(leg=Leg.HOME, points=(SCENE,), height_m=60.0, site="HQ", goes_around=("HOSPITAL",)),
            ),
            "D3 flies home to HQ, around HOSPITAL",
            "",
        ),
        (ev.OrderRefused(drone="D3", order_id="O7", reason="busy"), "D3 REFUSED: busy", ""),
        (ev.ConsoleLeft(console_id="c", account="root", reason="gone"), "console closed: gone", ""),
        (ev.BootClockNoted(drone="D3", booted_at_s=82.5), "", ""),
    ],
)
def test_what_is_said(event: ev.AnyEvent, words: str, flight_id: str) -> None:
    assert told(event) == words
    assert flight_of(event) == flight_id


def test_every_kind_that_is_kept_back_exists_and_every_verb_has_words() -> None:
    assert all(hasattr(ev, kind) for kind in journal_told.HOUSEKEEPING)
    assert set(journal_told._DOES) == set(Verb)
