"""What people say of calls: that there is one, where it is, that it is over.

A call that is opened here runs at once, with every clock, as one from CAD does; CAD's own may come later and
is then the same one when a person says so (`merging`).
"""

from __future__ import annotations

from rtcc_core.domain import commands as cmd
from rtcc_core.domain import events as ev
from rtcc_core.domain.call import DOUBTFUL, HOUSE_FEED, Call, CallReport, Note, Place, PlaceKind
from rtcc_core.domain.call_reports import short_id
from rtcc_core.domain.context import Context, Events, Refused
from rtcc_core.domain.control import name_of
from rtcc_core.domain.geo import LatLon, distance_m
from rtcc_core.domain.recommend import recommend
from rtcc_core.domain.state import State
from rtcc_core.domain.text import NOTE_MAX, clean

TITLE_MAX = 40
"""Characters of what was said that stand as the type, where none was given."""

FAR_M = 300_000.0
"""Further from the agency's centre than this is a typing error."""

BY_HAND = "BY HAND"


def no_such_call(call_id: str) -> Refused:
    return Refused((f"there is no call {clean(call_id)}",))


def over_words(call: Call) -> str:
    """Why nothing more is done for this call; empty where it is open."""
    if call.merged_into is not None and not call.is_open:
        return f"{call.call_id} was merged into {call.merged_into}: name that one"
    return "" if call.is_open else f"call {call.call_id} is {call.report.status.value}"


# --- opening ----------------------------------------------------------------------------------


def open_call(context: Context, asked: cmd.OpenCall) -> Events | Refused:
    """Before CAD has it: a provisional call, with advice, whose clocks run from now."""
    text, label = clean(asked.text, limit=NOTE_MAX), clean(asked.label)
    title = clean(asked.call_type) or clean(text, limit=TITLE_MAX)
    if not (title or label or asked.position):
        return Refused(("say what it is or where it is: new ADDRESS or CROSSING, WHAT",))
    if asked.priority is not None and not 1 <= asked.priority <= 5:
        return Refused(("a priority is 1 (highest) to 5 (lowest)",))
    trouble = trouble_with(context.state, asked.position, asked.uncertainty_m)
    if trouble:
        return Refused((trouble,))
    report = CallReport(
        feed=HOUSE_FEED,
        incident_uid=f"opened:{clean(asked.command_id)}",
        type_text=title,
        priority=asked.priority,
        place=_told_place(context, asked.position, label, asked.found_by, asked.uncertainty_m),
        notes=(Note(text=text, at=context.at, author=name_of(context.state, context.by)),) if text else (),
        started_at=context.at,
        updated_at=context.at,
    )
    return opened(context, report)


def opened(context: Context, report: CallReport) -> Events:
    """A call of ours, and what to send to it."""
    call_id = short_id(context.state, report)
    call = Call(
        call_id=call_id, report=report, received_at=context.at, changed_at=context.at, is_provisional=True
    )
    received = ev.CallReceived(call_id=call_id, report=report, is_provisional=True)
    return (received, *recommend(context, call))


def _told_place(
    context: Context, position: LatLon | None, label: str, found_by: str, uncertainty_m: float | None
) -> Place:
    """Where a person said that it is. What an address file was not sure of is still to be confirmed."""
    is_sure = position is not None and found_by not in DOUBTFUL
    return Place(
        position=position,
        uncertainty_m=uncertainty_m,
        address=label,
        kind=PlaceKind.CURRENT_INCIDENT,
        found_by=clean(found_by) or (BY_HAND if position is not None else ""),
        confirmed_by=context.by if is_sure else "",
    )


def trouble_with(state: State, position: LatLon | None, uncertainty_m: float | None = None) -> str:
    """Why this cannot be where a call of this agency is; empty where it can be, or none is told."""
    if uncertainty_m is not None and not 0.0 <= uncertainty_m <= FAR_M:
        return f"a place is good to a radius in metres, 0 to {FAR_M:,.0f}; {uncertainty_m:g} is none"
    if position is None:
        return ""
    if position.is_null_island:
        return "0, 0 is no place on land: give latitude and longitude"
    centre = state.programme.centre if state.programme else None
    if centre is not None and (away_m := distance_m(centre, position)) > FAR_M:
        return (
            f"{position} is {away_m / 1_000.0:,.0f} km from here: latitude comes first, west and south are "
            "negative"
        )
    return ""


# --- placing ----------------------------------------------------------------------------------


def place_call(context: Context, asked: cmd.PlaceCall) -> Events | Refused:
    """By hand, before whatever CAD says; an aircraft on its way is not turned by it."""
    call = context.state.calls.get(asked.call_id)
    if call is None:
        return no_such_call(asked.call_id)
    trouble = over_words(call) or trouble_with(context.state, asked.position, asked.uncertainty_m)
    if trouble:
        return Refused((trouble,))
    if asked.position is None:
        return () if call.placed is None else _placed(context, call, None)
    label = clean(asked.label) or call.place.address
    place = _told_place(context, asked.position, label, asked.found_by, asked.uncertainty_m)
    return () if place == call.placed else _placed(context, call, place)


def confirm_place(context: Context, asked: cmd.ConfirmPlace) -> Events | Refused:
    """Where its feed says, although it was only routed from there or found by a doubtful match."""
    call = context.state.calls.get(asked.call_id)
    if call is None:
        return no_such_call(asked.call_id)
    if words := over_words(call):
        return Refused((words,))
    if call.place.position is None:
        return Refused((f"{call.call_id} has no position to confirm: place {call.call_id} ADDRESS",))
    if call.place.confirmed_by:
        return ()
    if not call.place.needs_confirmation:
        return Refused((f"the place of {call.call_id} needs no confirmation",))
    return _placed(context, call, _confirmed(call.place, context.by))


def _confirmed(place: Place, account: str) -> Place:
    return Place(
        position=place.position,
        uncertainty_m=place.uncertainty_m,
        address=place.address,
        kind=place.kind,
        shape=place.shape,
        found_by=place.found_by,
        by_reference=place.by_reference,
        confirmed_by=account,
    )


def _placed(context: Context, call: Call, place: Place | None) -> Events:
    said = ev.CallPlaced(call_id=call.call_id, account=context.by, place=place)
    moved = Call(
        call_id=call.call_id,
        report=call.report,
        received_at=call.received_at,
        changed_at=call.changed_at,
        placed=place,
    )
    if context.state.flights_to(call.call_id) or moved.place == call.place:
        return (said,)
    return (said, *recommend(context, moved))


# --- closing ----------------------------------------------------------------------------------


def close_call(context: Context, asked: cmd.CloseCall) -> Events | Refused:
    """A call of ours, or one that its feed lists no longer; what CAD has open is closed there."""
    call, reason = context.state.calls.get(asked.call_id), clean(asked.reason, limit=NOTE_MAX)
    if call is None:
        return no_such_call(asked.call_id)
    if words := over_words(call):
        return Refused((words,))
    if not _is_ours_to_close(call):
        return Refused((f"{call.call_id} is open in {call.report.feed}: close it there",))
    if not reason:
        return Refused((f"say why: close {call.call_id} REASON",))
    return (ev.CallClosed(call_id=call.call_id, account=context.by, reason=reason),)


def _is_ours_to_close(call: Call) -> bool:
    return call.report.feed == HOUSE_FEED or call.missing_since is not None


def close_calls(context: Context, asked: cmd.CloseCalls) -> Events | Refused:
    """Everything that this feed lists no longer, at once."""
    reason = clean(asked.reason, limit=NOTE_MAX)
    missing = [
        call
        for call in context.state.calls.values()
        if call.is_open and call.report.feed == asked.feed and call.missing_since is not None
    ]
    if not missing:
        return Refused((f"{clean(asked.feed)} has no open call here that it no longer lists",))
    if not reason:
        return Refused((f"say why: close all {clean(asked.feed)} REASON",))
    return tuple(ev.CallClosed(call_id=call.call_id, account=context.by, reason=reason) for call in missing)
