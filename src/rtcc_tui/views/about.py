"""What stands above a call's story: where it is and how good that is, cautions, links, alerts.

What a person going there must know stands first and in words: a weapon, a place that is not sure, a merge.
"""

from __future__ import annotations

from collections.abc import Iterable

from rtcc_core.domain.call import DOUBTFUL, Call, CallReport, Detail, Place, PlaceKind
from rtcc_core.domain.calls import BY_HAND
from rtcc_tui.session import Session
from rtcc_tui.spans import Line, Tone, cut, row, wrap
from rtcc_tui.views.alerts import EXPIRED, RETRACTED, alert_words, standing
from rtcc_tui.words import height_words

CAUTION = "caution"

TWO_FROM = 4
"""Rows from which on a place that a person added to may have two."""

_PLAIN_SHAPES = frozenset({"", "point", "circle"})

_DOUBTS = {
    PlaceKind.ROUTING: "ROUTING LOCATION ONLY",
    PlaceKind.TOWER: "TOWER LOCATION ONLY",
}


def head_lines(session: Session, call: Call, now: float, width: int, most: int) -> list[Line]:
    """The place, then cautions, the call it became, its alerts and its links: at most so many rows."""
    lines = _place(session, call, width, rows=2 if call.placed is not None and most >= TWO_FROM else 1)
    for text, tone in _said(session, call, now):
        rows = wrap(text, width - 2)
        room = most - len(lines)
        if len(rows) > room and room > 0:
            rows = [*rows[: room - 1], cut(" ".join(rows[room - 1 :]), width - 2)]
        lines += [row(width, (f" {part}", tone)) for part in rows[: max(0, room)]]
    return lines[: max(0, most)]


def _said(session: Session, call: Call, now: float) -> list[tuple[str, Tone]]:
    said = [(" / ".join(words), Tone.ALARM)] if (words := cautions(call)) else []
    if call.merged_into is not None and not call.is_open:
        said.append((f"MERGED INTO {call.merged_into}: that one goes on", Tone.WARN))
    said += alerts_of(session, call, now)
    if call.linked:
        said.append((f"linked {', '.join(call.linked)}", Tone.NORMAL))
    if call.unlinked:
        said.append((f"NO LONGER WITH {', '.join(call.unlinked)}", Tone.WARN))
    return said


# --- where it is -----------------------------------------------------------------------------------


def _place(session: Session, call: Call, width: int, rows: int) -> list[Line]:
    place = call.place
    is_sure = place.position is not None and not place.needs_confirmation
    texts = wrap(place_words(session, call), width - 2) if rows > 1 else [place_words(session, call)]
    texts = [*texts[: rows - 1], " ".join(texts[rows - 1 :])] if len(texts) > rows else texts
    return [row(width, (f" {text}", Tone.NORMAL if is_sure else Tone.WARN)) for text in texts]


def place_words(session: Session, call: Call) -> str:
    """`Laguna Blvd  +-15 m  BY HAND A. REYES  beat 4  38.42 -121.42`; what is doubtful or missing first."""
    place = call.place
    parts = [call.address] if call.address else []
    if place.position is None:
        parts = [f"said: {call.address}"] if call.address else []
        link = f" (only a link: {place.by_reference})" if place.by_reference else ""
        parts.insert(0, f"NO POSITION{link}: type :place {call.call_id} ADDRESS, CROSSING or LAT,LON")
    else:
        is_told = place.uncertainty_m is not None and not call.is_only_near
        about = f"+-{height_words(place.uncertainty_m or 0.0)}" if is_told else ""
        source = by_hand_words(session, place) if call.is_only_near else source_words(session, place)
        beat = f"beat {call.report.beat}" if call.report.beat else ""
        parts += [about, source, beat, str(place.position)]
    if place.position is not None and place.needs_confirmation:
        doubt = _DOUBTS.get(place.kind, f"{place.found_by} ONLY")
        parts.insert(0, f"{doubt}, confirm {call.call_id}?")
    return "  ".join(part for part in parts if part)


def by_hand_words(session: Session, place: Place) -> str:
    """`PLACED BY HAND at crossing A. REYES`: near where it is, so no radius of that place counts."""
    at = f"at {place.found_by.casefold()}" if place.found_by not in ("", BY_HAND) else ""
    by = session.person(place.confirmed_by) if place.confirmed_by else ""
    return " ".join(part for part in ("PLACED BY HAND", at, by) if part)


def source_words(session: Session, place: Place) -> str:
    """How the position came to be: `BY HAND A. REYES`, `INTERPOLATED`, `from polygon`, `confirmed by …`."""
    by = session.person(place.confirmed_by) if place.confirmed_by else ""
    shape = f"from {place.shape}" if place.shape not in _PLAIN_SHAPES else ""
    was_doubtful = place.kind in _DOUBTS or place.found_by in DOUBTFUL or not place.found_by
    sure = f"confirmed by {by}" if by and was_doubtful else f"by {by}" if by else ""
    if place.found_by == BY_HAND and place.kind not in _DOUBTS:
        sure = by
    return " ".join(part for part in (place.found_by, shape, sure) if part)


# --- what it says ----------------------------------------------------------------------------------


def cautions(call: Call) -> list[str]:
    """What every view warns of, weapons first, then the worst; each once."""
    found = [detail for view in call.views for detail in view.details if detail.kind == CAUTION]
    found.sort(key=lambda detail: ("weapon" not in detail.text.casefold(), detail.severity or 9))
    return list(dict.fromkeys(f"! {detail_words(detail)}" for detail in found))


def detail_words(detail: Detail) -> str:
    """Its text, and its severity where one was told."""
    return detail.text if detail.severity is None else f"{detail.text} (severity {detail.severity} of 5)"


def alerts_of(session: Session, call: Call, now: float) -> list[tuple[str, Tone]]:
    """The alerts it rests on; one that was taken back or ran out says so first."""
    at, found = session.model.core_now(now), session.model.state.alerts
    texts: list[tuple[str, Tone]] = []
    for alert_id in call.alerts:
        if (alert := found.get(alert_id)) is not None:
            is_over = standing(alert, at) in (RETRACTED, EXPIRED)
            taken = f": {alert.report.retracted}" if alert.report.retracted else ""
            texts.append((f"alert {alert_words(alert, at)}{taken}", Tone.ALARM if is_over else Tone.NORMAL))
    return texts


def detail_texts(call: Call) -> list[str]:
    """Everything else that was told, each with its kind; cautions stand above."""
    return [
        f"{detail.kind}: {detail_words(detail)}" for detail in call.report.details if detail.kind != CAUTION
    ]


def view_texts(call: Call) -> list[str]:
    """What other agencies say of the same incident, and places that were not chosen."""
    texts = [f"{_who(view)} says: {_view(view)}" for view in call.other_views]
    places: Iterable[Place] = (
        call.report.other_places if call.placed is None else (call.told_place, *call.report.other_places)
    )
    told = call.report.agency or call.report.feed
    for place in places:
        if place.address or place.position is not None:
            spot = f" {place.position}" if place.position is not None else " NO POSITION"
            texts.append(
                f"{told} also has it at {place.address}{spot} ({place.kind.value})".replace("  ", " ")
            )
    return texts


def _who(view: CallReport) -> str:
    return f"{view.agency} ({view.feed})" if view.agency else view.feed


def _view(view: CallReport) -> str:
    rank = f"P{view.priority}" if view.priority is not None else "P?"
    place = view.place
    where = place.address or (str(place.position) if place.position else "no place")
    status = view.status.value + (f" {view.status_text}" if view.status_text else "")
    return f"{view.type_text or view.type_code or 'UNKNOWN TYPE'}, {rank}, {status}, {where}"
