"""The names of our incidents among other houses, and how one that another house passes back is known again.

Two houses that share everything with each other pass each other's calls back. Such a copy is a view of the
call that is here already: it may tell of units, and it opens nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import quote, unquote

from rtcc_core.domain.call import HOUSE_FEED, Call, CallReport, Place, call_key
from rtcc_core.domain.geo import distance_m
from rtcc_core.domain.state import State

_PREFIX = "urn:emergency:uid:incidentid:"

SAME_PLACE_M = 100.0
"""A copy says the same place; it may be one report behind."""


def own_uid(feed: str, incident_uid: str, element: str) -> str:
    """The name, for all the world, of an incident that its source gave none: `element` is this machine's."""
    return f"{_PREFIX}{quote(f'{feed}-{incident_uid}', safe='')}:{element}"


def known_again(state: State, report: CallReport) -> Call | None:
    """The call here that this report passes back, under the name that we gave it or its source's own."""
    if name := _source_name(state, report.incident_uid):
        keys = [
            call_key(feed, name[len(feed) + 1 :]) for feed in _feeds(state) if name.startswith(f"{feed}-")
        ]
        return next(_calls(state, keys), None)
    if not report.is_passed_on or report.incident_uid[:4].lower() == "urn:":
        return None
    keys = [call_key(feed, report.incident_uid) for feed in _feeds(state) if feed != report.feed]
    return next((call for call in _calls(state, keys) if _is_copy(report, call)), None)


def is_never_opened(state: State, report: CallReport) -> bool:
    """True for a name of our own making that comes from outside: the call is here, or is forgotten."""
    name = _source_name(state, report.incident_uid)
    return bool(name) and (report.is_passed_on or name.startswith(f"{HOUSE_FEED}-"))


def _source_name(state: State, uid: str) -> str:
    """`FEED-ID` of a name of our making; empty for any other."""
    element = state.programme.element if state.programme is not None else ""
    end = f":{element}"
    if not element or not uid.startswith(_PREFIX) or not uid.endswith(end):
        return ""
    return unquote(uid[len(_PREFIX) : -len(end)])


def _feeds(state: State) -> tuple[str, ...]:
    return (HOUSE_FEED, *state.feeds)


def _calls(state: State, keys: Sequence[str]) -> Iterator[Call]:
    found = (state.calls.get(state.call_by_uid.get(key, "")) for key in keys)
    return (call for call in found if call is not None)


def _is_copy(report: CallReport, call: Call) -> bool:
    """An id that is none for all the world is only the same incident where what it says is the same, too."""
    view = call.report
    is_same = (view.number, view.type_code) == (report.number, report.type_code)
    return is_same and _is_there(call.place, report.place)


def _is_there(one: Place, other: Place) -> bool:
    if one.position is None or other.position is None:
        return one.position is other.position and one.address == other.address
    return distance_m(one.position, other.position) <= SAME_PLACE_M
