"""What happens and when: CAD's moments, each call as it stands at one, the faults of each aircraft. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from rtcc_core.domain.call import CallReport, CallStatus, Note, Place, PlaceKind
from rtcc_sitl.layout import Layout
from rtcc_sitl.scenario_tables import CallTable, FaultTable

FEED = "COUNTY"
"""Name of the simulated CAD's feed in the drill's agency.toml."""


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """At `at_s` drill seconds from the start CAD sends the state of `call`, or the frame `raw` as it is."""

    at_s: float
    call: CallTable | None = None
    raw: str | None = None


def moments(layout: Layout) -> list[Moment]:
    """Everything CAD sends, in the order of time."""
    found = [Moment(at_s=raw.at_s, raw=raw.text) for raw in layout.scenario.raw]
    for call in layout.scenario.call:
        later_s = {0.0, *(note.after_s for note in call.note)}
        if call.closes_after_s is not None:
            later_s.add(call.closes_after_s)
        found += [Moment(at_s=call.at_s + after_s, call=call) for after_s in later_s]
    return sorted(found, key=lambda moment: moment.at_s)


def troubles(layout: Layout) -> list[list[FaultTable]]:
    """Everything that goes wrong: for each aircraft its faults in the order of time."""
    by_drone: dict[str, list[FaultTable]] = {}
    for fault in sorted(layout.scenario.fault, key=lambda table: table.at_s):
        by_drone.setdefault(fault.drone, []).append(fault)
    return list(by_drone.values())


def report_at(layout: Layout, call: CallTable, at_s: float, started_at: datetime) -> CallReport:
    """The full state of a call as CAD has it `at_s` drill seconds after `started_at`."""
    since_s = at_s - call.at_s
    is_closed = call.closes_after_s is not None and since_s >= call.closes_after_s
    came_at = started_at + timedelta(seconds=call.at_s)
    return CallReport(
        feed=FEED,
        incident_uid=f"urn:emergency:uid:incidentid:{layout.scenario.name}-{call.number}:cad.invalid",
        number=call.number,
        type_code=call.type_code,
        type_text=call.type_text,
        priority=call.priority,
        status=CallStatus.CLOSED if is_closed else CallStatus.ACTIVE,
        place=Place(
            position=layout.place(call),
            uncertainty_m=call.uncertainty_m,
            address=call.address,
            kind=PlaceKind.CURRENT_INCIDENT,
        ),
        beat=call.beat,
        notes=tuple(
            Note(text=note.text, at=came_at + timedelta(seconds=note.after_s), author=note.author)
            for note in call.note
            if note.after_s <= since_s
        ),
        updated_at=started_at + timedelta(seconds=at_s),
    )
