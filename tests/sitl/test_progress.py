"""What a headless drill says about what fails."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from rtcc_core.domain import events as ev
from rtcc_core.domain.commands import LandDrone
from rtcc_core.domain.suggestions import Suggestion, SuggestionKind
from rtcc_sitl.progress import words

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SUGGESTION = Suggestion(
    suggestion_id="health:D1:motors",
    kind=SuggestionKind.HEALTH,
    text="D1 says of itself: Motor failure: land it where it is?",
    command=LandDrone(command_id="", drone="D1"),
    raised_at=NOON,
)


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (
            ev.HealthChanged(drone="D1", what="wind", is_well=False, detail="is in wind of 14 m/s"),
            "D1 is in wind of 14 m/s",
        ),
        (ev.HealthChanged(drone="D1", what="wind", is_well=True, detail=""), "D1 wind well again"),
        (ev.FenceBreached(drone="D1", is_over=False, detail="is outside CITY"), "D1 is outside CITY"),
        (ev.AircraftRestarted(drone="D1", in_flight=True, booted_at_s=1.0), "D1 RESTARTED IN FLIGHT"),
        (ev.AircraftRestarted(drone="D1", in_flight=False, booted_at_s=1.0), None),
        (
            ev.StrangerHeard(sysid=60, detail="", missing=("D1",)),
            "somebody speaks as sysid 60; not heard: D1",
        ),
        (ev.LinkTroubled(drone="D1", trouble="two aircraft answer"), "D1 two aircraft answer"),
        (ev.LinkTroubled(drone="D1", trouble=""), "D1 answers alone again"),
        (
            ev.SuggestionMade(suggestion=SUGGESTION),
            "suggested: D1 says of itself: Motor failure: land it where it is?",
        ),
    ],
)
def test_a_failure_is_one_line(event: ev.AnyEvent, line: str | None) -> None:
    assert words(event) == line
