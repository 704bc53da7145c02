"""A wide screen uses its width: places and reasons are read whole, the flight screen has its map."""

from __future__ import annotations

import pytest
from tests.tui.fakecore import SCENE, FakeCore
from tests.tui.test_covering import screen, seen, sent, two_calls

from rtcc_core.domain.call import Place
from rtcc_tui.looking import View

ADDRESS = "LAGUNA BLVD / BRUCEVILLE RD"


def test_an_address_is_read_whole_at_160() -> None:
    core = FakeCore()
    core.calm()
    core.call("1043", priority=2, place=Place(address=ADDRESS, position=SCENE, uncertainty_m=5.0))
    listed = [line.partition("\u2502")[0] for line in screen(seen(core, "1043"), (160, 48)).splitlines()]
    assert any(ADDRESS in line for line in listed)


def test_a_reason_is_read_whole_at_160() -> None:
    core = two_calls()
    sent(core, "1043")
    core.call("1050", priority=1)
    text = " ".join(screen(seen(core, "1050"), (160, 48)).split())
    assert "1043 uncovered" in text


@pytest.mark.parametrize("size", [(120, 40), (160, 48)])
def test_the_flight_screen_has_the_map_where_it_would_be_blank(size: tuple[int, int]) -> None:
    session = seen(two_calls())
    session.view = View.FLIGHT
    text = screen(session, size)
    assert " MAP " in text
    assert "\u25cf1041" in text


def test_a_small_flight_screen_is_for_the_figures() -> None:
    session = seen(two_calls())
    session.view = View.FLIGHT
    assert " MAP " not in screen(session, (80, 24))
