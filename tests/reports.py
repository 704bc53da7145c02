"""What a CAD feed reports, for tests that drive the house of `tests.flights`."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from msgspec.structs import replace
from tests.flights import NOON, SCENE, House

from rtcc_core.domain import events as ev
from rtcc_core.domain import facts
from rtcc_core.domain.call import (
    CallReport,
    Place,
    PlaceKind,
)


def report(number: str = "1042", minute: float = 0.0, **changed: Any) -> CallReport:
    base = CallReport(
        feed="COUNTY",
        incident_uid=f"uid-{number}",
        number=number,
        type_text="ROBBERY",
        priority=1,
        place=Place(position=SCENE, kind=PlaceKind.CURRENT_INCIDENT),
        updated_at=NOON + timedelta(minutes=minute),
    )
    return replace(base, **changed)


def tells(house: House, *reports: CallReport) -> list[ev.AnyEvent]:
    return [event for each in reports for event in house.tell(facts.CallReported(report=each))]
