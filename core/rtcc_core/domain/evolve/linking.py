"""How calls stand to each other, as their newest reports say: merged, linked, and no longer so.

Either of two incidents may name the other, and may do so before the other has come in.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from msgspec.structs import replace

from rtcc_core.domain.call import HOUSE_FEED, Call, LinkKind, call_key, named_incidents
from rtcc_core.domain.state import State


def named_by_call(call: Call) -> dict[str, LinkKind]:
    """The incidents that any view of this call names, by key."""
    if not call.other_views:
        return named_incidents(call.report)
    named: dict[str, LinkKind] = {}
    for view in call.views:
        named |= named_incidents(view)
    return named


def relate(state: State, before: Call | None, call: Call, at: datetime) -> State:
    """The state with the relations that follow from a call's newest reports; `before` is what it was."""
    old = named_by_call(before) if before is not None else {}
    new = named_by_call(call)
    keys = [call_key(view.feed, view.incident_uid) for view in call.views]
    if old == new and not (before is None and any(key in state.named_by for key in keys)):
        return state
    state = replace(state, named_by=_renamed(state.named_by, call.call_id, old, new))
    concerned = {call.call_id, *call.linked, *(before.linked if before else ())}
    concerned |= {state.call_by_uid[key] for key in new if key in state.call_by_uid}
    concerned |= {call_id for key in keys for call_id in state.named_by.get(key, ())}
    calls = {
        call_id: _related(state, state.calls[call_id], at) for call_id in concerned if call_id in state.calls
    }
    return replace(state, calls={**state.calls, **calls})


def _renamed(
    named_by: dict[str, tuple[str, ...]], call_id: str, old: Iterable[str], new: Iterable[str]
) -> dict[str, tuple[str, ...]]:
    changed = dict(named_by)
    for key in old:
        left = tuple(each for each in changed.get(key, ()) if each != call_id)
        changed[key] = left
        if not left:
            del changed[key]
    for key in new:
        changed[key] = (*(each for each in changed.get(key, ()) if each != call_id), call_id)
    return changed


def _related(state: State, call: Call, at: datetime) -> Call:
    keys = [call_key(view.feed, view.incident_uid) for view in call.views]
    named = {
        state.call_by_uid[key]: kind for key, kind in named_by_call(call).items() if key in state.call_by_uid
    }
    naming = {other for key in keys for other in state.named_by.get(key, ()) if other in state.calls}
    linked = tuple(sorted((named.keys() | naming) - {call.call_id}))
    merged_into = next((other for other, kind in named.items() if kind is LinkKind.REPLACED), None)
    if merged_into is None:
        merged_into = next(
            (other for other in sorted(naming) if _replaces(state.calls[other], keys)),
            call.merged_into if call.report.feed == HOUSE_FEED else None,
        )
    lost = set(call.linked) - set(linked)
    unlinked = tuple(sorted((set(call.unlinked) | lost) - set(linked)))
    return replace(
        call,
        linked=linked,
        merged_into=merged_into,
        unlinked=unlinked,
        unlinked_at=at if lost else call.unlinked_at,
    )


def _replaces(other: Call, keys: list[str]) -> bool:
    named = named_by_call(other)
    return any(named.get(key) is LinkKind.REPLACING for key in keys)
