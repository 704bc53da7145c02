"""What a typed line may refer to: names, places, heights, people, and what is on the screen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rtcc_core.domain.advice_values import Candidate
from rtcc_core.domain.geo import LatLon
from rtcc_core.domain.state import State
from rtcc_tui.action_values import Danger
from rtcc_tui.flying import crew_at_hand
from rtcc_tui.grammar_values import Around
from rtcc_tui.looking import View
from rtcc_tui.queueing import beats
from rtcc_tui.standing import why_none

if TYPE_CHECKING:
    from rtcc_tui.session import Session


@dataclass(frozen=True, slots=True)
class _Advised:
    """The recommendation for a call as of now, in the pieces that a line needs."""

    session: Session
    now: float

    def best(self, call_id: str) -> str | None:
        advice = self.session.advice(call_id, self.now)
        return advice.recommended.drone if advice and advice.recommended else None

    def candidates(self, call_id: str) -> tuple[Candidate, ...]:
        advice = self.session.advice(call_id, self.now)
        return tuple(advice.candidates) if advice else ()

    def why_none(self, call_id: str) -> str:
        advice = self.session.advice(call_id, self.now)
        return why_none(advice) if advice else "nothing is known yet: the core has not been heard"


def around(session: Session, now: float) -> Around:
    """Everything that may be left out of a line, or stands in it as a name."""
    model = session.model
    state = model.state
    advised = _Advised(session, now)
    calls = dict.fromkeys(call.call_id for call in model.queue(session.selected))
    shown = session.shown_suggestion
    return Around(
        drones=tuple(state.drones),
        calls=(*calls, *(call for call in state.calls if call not in calls)),
        selected_call=None if session.is_opening else session.selected,
        focus=next(iter(crew_at_hand(session, now)), None) if session.view is View.FLIGHT else None,
        alarms=session.alarms.painted.groups,
        shelved=session.alarms.standing(model, now).shelved,
        crews=_crews(state),
        places=_places(state) | session.gazetteer.places,
        labels=session.gazetteer.labels,
        matches=session.gazetteer.matches,
        unfound=session.gazetteer.unfound,
        opened_here=frozenset(call.call_id for call in state.calls.values() if call.is_provisional),
        alerts=_alerts(state),
        feeds=tuple(state.feeds),
        beats=beats(model),
        sites=tuple(state.sites),
        people={account: person.name for account, person in state.people.items()},
        heights_m=_heights(session, now),
        suggestions={each.suggestion_id: each.drone or each.call_id for each in model.suggestions()},
        suggestion_id=shown if shown in state.suggestions else None,
        registry=session.registry,
        best=advised.best,
        candidates=advised.candidates,
        why_none=advised.why_none,
        reliever=lambda drone: session.reliever(drone, now),
    )


def around_line(session: Session, line: str, now: float) -> Around:
    """What that line may refer to: in a replay what only looks means what is shown, not what is now."""
    first = line.split(maxsplit=1)[:1]
    meant = session.registry.meant(first[0]) if first else ()
    if not meant or any(each.danger is not Danger.LOOKS for each in meant):
        return around(session, now)
    with session.looking_back(now):
        return around(session, now)


def _alerts(state: State) -> tuple[str, ...]:
    """Those that wait first, of both the newest first: it is the newest that a person types."""
    newest = tuple(state.alerts.values())[::-1]
    waiting = tuple(alert.alert_id for alert in newest if alert.is_open)
    return (*waiting, *(alert.alert_id for alert in newest if not alert.is_open))


def _crews(state: State) -> dict[str, tuple[str, ...]]:
    crews: dict[str, tuple[str, ...]] = {}
    for flight in state.flights.values():
        if flight.is_open:
            crews[flight.call_id] = (*crews.get(flight.call_id, ()), flight.drone)
    return crews


def _places(state: State) -> dict[str, LatLon]:
    """Sites, and calls that have a position; where both have one name the call is meant."""
    places = {name: site.position for name, site in state.sites.items()}
    for call in state.calls.values():
        if call.place.position is not None:
            places[call.call_id] = call.place.position
    return places


def _heights(session: Session, now: float) -> dict[str, float]:
    """Heights that are young enough to add something to."""
    stale_s = session.model.programme.stale_after_s
    heights: dict[str, float] = {}
    for callsign in session.model.state.drones:
        seen = session.model.seen(callsign, now)
        if seen.height_m is not None and (seen.position_age_s or 0.0) <= stale_s:
            heights[callsign] = seen.height_m
    return heights
