"""What a newer report changed, in words for the screen: computed from everything that a report says."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec.structs import replace

from rtcc_core.domain.call import CallReport, CallStatus, Detail, LinkKind, Place
from rtcc_core.domain.geo import distance_m
from rtcc_core.domain.text import clean

CHANGES_MAX = 40
"""So many lines are told of one report; how many more there are is said."""

CHANGE_MAX = 80
"""Characters of what was said that one line quotes."""

STIRRED_M = 1.0
"""A position that moved less has not."""

_LINK_WORDS = {
    LinkKind.REPLACING: "takes the place of {}",
    LinkKind.REPLACED: "merged into {}",
    LinkKind.SPLIT: "split, also {}",
    LinkKind.PARENT: "part of {}",
    LinkKind.CHILD: "{} is part of it",
    LinkKind.RELATED: "linked with {}",
    LinkKind.UNLINK: "unlinked from {}",
}


def what_changed(
    old: CallReport, new: CallReport, named: Callable[[str], str | None] = lambda uid: None
) -> tuple[str, ...]:
    """One phrase for each change; none where only its time is newer.

    `named` turns another incident's uid into the id of its call here.
    """
    changes = [
        *_state(old, new),
        *_place(old.place, new.place),
        *_links(old, new, named),
        *_details(old, new),
        *_units(old, new),
        *_notes(old, new),
    ]
    if len(changes) > CHANGES_MAX:
        changes[CHANGES_MAX:] = [f"and {len(changes) - CHANGES_MAX} more changes"]
    if changes:
        return tuple(changes)
    is_same = replace(new, updated_at=old.updated_at, warnings=old.warnings) == old
    return () if is_same else ("details changed",)


def _state(old: CallReport, new: CallReport) -> Iterator[str]:
    if new.status is not old.status:
        is_back = new.status is CallStatus.ACTIVE
        yield "re-opened" if is_back else f"now {new.status.value}"
    elif new.status_text != old.status_text and new.status_text:
        yield f"status {new.status_text}"
    if new.priority != old.priority:
        yield f"priority {old.priority or '?'} → {new.priority or '?'}"
    if (new.type_code, new.type_text) != (old.type_code, old.type_text):
        yield f"type now {new.type_text or new.type_code or 'not told'}"
    if new.number != old.number and new.number:
        yield f"number now {new.number}"
    if new.beat != old.beat:
        yield f"beat {new.beat or 'no longer told'}"


def _place(old: Place, new: Place) -> Iterator[str]:
    if new.position is not None and old.position is not None:
        moved_m = distance_m(old.position, new.position)
        if moved_m >= STIRRED_M:
            yield f"position moved {_length(moved_m)}"
        elif new.uncertainty_m != old.uncertainty_m:
            yield "position now " + (
                f"good to {new.uncertainty_m:.0f} m"
                if new.uncertainty_m is not None
                else "of no told accuracy"
            )
    elif new.position is not None:
        yield "position now known"
    elif old.position is not None:
        yield "position no longer told"
    if new.address != old.address:
        yield "address changed" if new.address else "address no longer told"


def _length(metres: float) -> str:
    return f"{metres:.0f} m" if metres < 1_000.0 else f"{metres / 1_000.0:.1f} km"


def _links(old: CallReport, new: CallReport, named: Callable[[str], str | None]) -> Iterator[str]:
    before, after = _relations(old), _relations(new)
    for uid, kind in after.items():
        if before.get(uid) is not kind:
            yield _LINK_WORDS[kind].format(named(uid) or "an incident not known here")
    for uid, kind in before.items():
        if uid not in after and kind is not LinkKind.UNLINK:
            was = "no longer merged into" if kind is LinkKind.REPLACED else "no longer linked with"
            yield f"{was} {named(uid) or 'an incident not known here'}"


def _relations(report: CallReport) -> dict[str, LinkKind]:
    relations = {link.incident_uid: link.kind for link in report.links}
    if report.merged_into_uid:
        relations[report.merged_into_uid] = LinkKind.REPLACED
    return relations


def _details(old: CallReport, new: CallReport) -> Iterator[str]:
    """`weapon: yes (was no)`, `+ red pickup`, `no longer: …`; with their severity."""
    if new.details == old.details:
        return
    gone = [detail for detail in old.details if detail not in new.details]
    for detail in new.details:
        if detail in old.details:
            continue
        before = next((each for each in gone if _is_about_the_same(each, detail)), None)
        if before is None:
            yield f"+ {_words(detail)}"
            continue
        gone.remove(before)
        yield f"{_words(detail)} (was {_value(before)})"
    for detail in gone:
        yield f"no longer: {_words(detail)}"


def _is_about_the_same(one: Detail, other: Detail) -> bool:
    return one.kind == other.kind and _label(one) == _label(other)


def _label(detail: Detail) -> str:
    """`weapon` of `weapon: yes`; a text without a colon is only about itself."""
    label, colon, _ = detail.text.partition(": ")
    return label if colon else detail.text


def _value(detail: Detail) -> str:
    value = detail.text.partition(": ")[2] or detail.text
    severity = f", severity {detail.severity}" if detail.severity is not None else ""
    return clean(value, limit=CHANGE_MAX) + severity


def _words(detail: Detail) -> str:
    text = clean(detail.text, limit=CHANGE_MAX)
    return text if detail.severity is None else f"{text} (severity {detail.severity})"


def _units(old: CallReport, new: CallReport) -> Iterator[str]:
    if new.units == old.units:
        return
    before = {unit.callsign: unit.status for unit in old.units}
    after = {unit.callsign: unit.status for unit in new.units}
    for callsign, status in after.items():
        if before.get(callsign) != status:
            yield f"unit {callsign} {status}".rstrip()
    for callsign in before:
        if callsign not in after:
            yield f"unit {callsign} no longer on it"


def _notes(old: CallReport, new: CallReport) -> Iterator[str]:
    if new.notes == old.notes:
        return
    known = {note.text for note in old.notes}
    for note in new.notes:
        if note.text not in known:
            yield f"+ {clean(note.text, limit=CHANGE_MAX)}"
