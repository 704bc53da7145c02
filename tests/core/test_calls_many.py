"""Many calls at once, and over months: bounded, and the most urgent weighed first."""

from __future__ import annotations

from datetime import timedelta

from tests.flights import HOME, House, fleet
from tests.reports import report, tells

from rtcc_core.domain.call import (
    CallStatus,
    Place,
)


def test_the_house_keeps_a_bounded_number_of_ended_calls() -> None:
    house = House()
    for number in range(700):
        tells(
            house,
            report(str(number), place=Place(position=HOME)),
            report(str(number), minute=1, status=CallStatus.CLOSED),
        )
        house.at += timedelta(seconds=1)
    state = house.state
    assert len(state.calls) < 570
    assert set(state.call_by_uid.values()) == set(state.calls)
    assert set(state.advice) <= set(state.calls)
    assert "1041" in state.calls


def test_a_flood_is_taken_at_once_and_weighed_later_the_most_urgent_first() -> None:
    house = House()
    tells(house, *(report(str(number), priority=1 + number % 5) for number in range(2_000, 2_200)))
    weighed = set(house.state.advice)
    assert len(weighed) < 70
    house.look()
    new = [house.state.calls[call_id] for call_id in set(house.state.advice) - weighed]
    assert new
    assert {call.report.priority for call in new} == {1}


def test_with_a_large_fleet_the_record_keeps_the_nearest() -> None:
    house = House(drones=fleet(40))
    house.at += timedelta(seconds=5)
    tells(house, report())
    advice = house.state.advice["1042"]
    assert len(advice.candidates) + advice.left_out == 40
    assert len(advice.candidates) <= 8
    assert advice.recommended is not None
