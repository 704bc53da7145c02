"""State as the fold of events. Any sequence of events folds, however odd; what makes no sense is ignored."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from rtcc_core.domain import alarms
from rtcc_core.domain import events as ev
from rtcc_core.domain.call import Call
from rtcc_core.domain.events import Stored
from rtcc_core.domain.flight import ENDED, Flight, Order, Outcome, Phase, may_move
from rtcc_core.domain.state import Feed, LinkState, State, Weather

ORDERS_KEPT = 8
COMMANDS_KEPT = 512
ENDED_CALLS_KEPT = 500
ENDED_FLIGHTS_KEPT = 200


def evolve(state: State, stored: Stored) -> State:
    """The state after one more event; never raises, never changes what it was given."""
    event = stored.event
    before = state
    step = _STEPS.get(type(event))
    if step is not None:
        state = step(state, event, stored)
    state = replace(state, seq=stored.seq, alarms=alarms.follow(before.alarms, before, event, stored.at))
    if stored.cause and not stored.cause.startswith("#"):
        state = _remember_command(state, stored)
    return state


def call_key(feed: str, incident_uid: str) -> str:
    """How an incident of a feed is found again."""
    return f"{feed}|{incident_uid}"


def _remember_command(state: State, stored: Stored) -> State:
    done = {**state.done_commands, stored.cause: stored.seq}
    if len(done) > COMMANDS_KEPT:
        done.pop(next(iter(done)))
    return replace(state, done_commands=done)


# --- the house --------------------------------------------------------------------------------


def _core_started(state: State, event: ev.CoreStarted, stored: Stored) -> State:
    return replace(
        state,
        programme=event.programme,
        sites={site.name: site for site in event.sites},
        drones={drone.callsign: drone for drone in event.drones},
        people={person.account: person for person in event.people},
        consoles={},
        links={},
        feeds={
            name: replace(feed, is_up=False, since=stored.at, detail="the core restarted")
            for name, feed in state.feeds.items()
        },
    )


def _console_joined(state: State, event: ev.ConsoleJoined, stored: Stored) -> State:
    return replace(state, consoles={**state.consoles, event.console_id: event.account})


def _console_left(state: State, event: ev.ConsoleLeft, stored: Stored) -> State:
    return replace(state, consoles={k: v for k, v in state.consoles.items() if k != event.console_id})


# --- calls ------------------------------------------------------------------------------------


def _call_received(state: State, event: ev.CallReceived, stored: Stored) -> State:
    call = Call(call_id=event.call_id, report=event.report, received_at=stored.at, changed_at=stored.at)
    state = replace(
        state,
        calls=_pruned({**state.calls, event.call_id: call}),
        call_by_uid={
            **state.call_by_uid,
            call_key(event.report.feed, event.report.incident_uid): event.call_id,
        },
        call_count=state.call_count + 1,
    )
    return _count_tolerated(state, event.report.feed, bool(event.report.warnings))


def _call_updated(state: State, event: ev.CallUpdated, stored: Stored) -> State:
    def update(call: Call) -> Call:
        return replace(
            call,
            report=event.report,
            changed_at=stored.at,
            changes=event.changes,
            missing_since=None,
        )

    state = _with_call(state, event.call_id, update)
    return _count_tolerated(state, event.report.feed, bool(event.report.warnings))


def _call_missing(state: State, event: ev.CallMissing, stored: Stored) -> State:
    return _with_call(state, event.call_id, lambda call: replace(call, missing_since=stored.at))


def _call_taken(state: State, event: ev.CallTaken, stored: Stored) -> State:
    return _with_call(state, event.call_id, lambda call: replace(call, taken_by=event.account))


def _call_released(state: State, event: ev.CallReleased, stored: Stored) -> State:
    return _with_call(state, event.call_id, lambda call: replace(call, taken_by=None))


def _note_added(state: State, event: ev.NoteAdded, stored: Stored) -> State:
    return _with_call(
        state, event.call_id, lambda call: replace(call, house_notes=(*call.house_notes, event.note))
    )


def _advice_given(state: State, event: ev.AdviceGiven, stored: Stored) -> State:
    return replace(state, advice={**state.advice, event.advice.call_id: event.advice})


def _with_call(state: State, call_id: str, update: Callable[[Call], Call]) -> State:
    call = state.calls.get(call_id)
    if call is None:
        return state
    return replace(state, calls={**state.calls, call_id: update(call)})


def _pruned(calls: dict[str, Call]) -> dict[str, Call]:
    if len(calls) <= ENDED_CALLS_KEPT:
        return calls
    ended = [call_id for call_id, call in calls.items() if not call.is_open]
    dropped = set(ended[: max(0, len(ended) - ENDED_CALLS_KEPT)])
    return {call_id: call for call_id, call in calls.items() if call_id not in dropped}


# --- feeds and weather ------------------------------------------------------------------------


def _feed_up(state: State, event: ev.FeedUp, stored: Stored) -> State:
    feed = _feed(state, event.feed, stored)
    return _with_feed(state, replace(feed, is_up=True, since=stored.at, detail=event.detail))


def _feed_down(state: State, event: ev.FeedDown, stored: Stored) -> State:
    feed = _feed(state, event.feed, stored)
    return _with_feed(state, replace(feed, is_up=False, since=stored.at, detail=event.reason))


def _quarantined(state: State, event: ev.MessageQuarantined, stored: Stored) -> State:
    feed = _feed(state, event.feed, stored)
    state = replace(state, quarantine_count=state.quarantine_count + 1)
    return _with_feed(state, replace(feed, quarantined=feed.quarantined + 1))


def _feed(state: State, name: str, stored: Stored) -> Feed:
    return state.feeds.get(name) or Feed(name=name, since=stored.at)


def _with_feed(state: State, feed: Feed) -> State:
    return replace(state, feeds={**state.feeds, feed.name: feed})


def _count_tolerated(state: State, name: str, was_tolerated: bool) -> State:
    feed = state.feeds.get(name)
    if feed is None or not was_tolerated:
        return state
    return _with_feed(state, replace(feed, tolerated=feed.tolerated + 1))


def _weather_observed(state: State, event: ev.WeatherObserved, stored: Stored) -> State:
    return replace(
        state,
        weather=Weather(
            wind_speed_m_s=event.wind_speed_m_s,
            wind_from_deg=event.wind_from_deg,
            gust_m_s=event.gust_m_s,
            observed_at=event.observed_at,
            source=event.source,
        ),
    )


# --- flights and orders -----------------------------------------------------------------------


def _flight_opened(state: State, event: ev.FlightOpened, stored: Stored) -> State:
    if event.flight_id in state.flights:
        return state
    flight = Flight(
        flight_id=event.flight_id,
        drone=event.drone,
        call_id=event.call_id,
        operator=stored.operator,
        target=event.target,
        opened_at=stored.at,
        times={Phase.ASKED: stored.at},
        gates=event.gates,
        override_reason=event.override_reason,
        phase_since=stored.at,
    )
    flights = {**state.flights, event.flight_id: flight}
    if len(flights) > ENDED_FLIGHTS_KEPT:
        ended = [key for key, old in flights.items() if not old.is_open][: len(flights) - ENDED_FLIGHTS_KEPT]
        flights = {key: old for key, old in flights.items() if key not in ended}
    return replace(state, flights=flights, flight_count=state.flight_count + 1)


def _order_asked(state: State, event: ev.OrderAsked, stored: Stored) -> State:
    order = event.order
    kept = (*state.orders.get(order.drone, ()), order)[-ORDERS_KEPT:]
    return replace(state, orders={**state.orders, order.drone: kept}, order_count=state.order_count + 1)


def _order_sent(state: State, event: ev.OrderSent, stored: Stored) -> State:
    state = _with_order(
        state,
        event.drone,
        event.order_id,
        lambda order: (
            replace(order, outcome=Outcome.SENT, sent_at=stored.at)
            if order.outcome is Outcome.ASKED
            else order
        ),
    )
    flight = state.flight_of(event.drone)
    if flight is not None and flight.phase is Phase.ASKED:
        return _with_phase(state, flight, Phase.SENT, stored)
    return state


def _order_settled(
    state: State, event: ev.OrderAccepted | ev.OrderRefused | ev.OrderUnknown, stored: Stored
) -> State:
    outcome = _OUTCOMES[type(event)]
    reason = "" if isinstance(event, ev.OrderAccepted) else event.reason
    return _with_order(
        state,
        event.drone,
        event.order_id,
        lambda order: replace(order, outcome=outcome, settled_at=stored.at, reason=reason),
    )


def _order_observed(state: State, event: ev.OrderObserved, stored: Stored) -> State:
    return _with_order(
        state, event.drone, event.order_id, lambda order: replace(order, observed_at=stored.at)
    )


def _with_order(state: State, drone: str, order_id: str, update: Callable[[Order], Order]) -> State:
    orders = state.orders.get(drone, ())
    if not any(order.order_id == order_id for order in orders):
        return state
    changed = tuple(update(order) if order.order_id == order_id else order for order in orders)
    return replace(state, orders={**state.orders, drone: changed})


def _phase_observed(state: State, event: ev.PhaseObserved, stored: Stored) -> State:
    flight = state.flights.get(event.flight_id)
    if flight is None or not may_move(flight.phase, event.phase):
        return state
    return _with_phase(state, flight, event.phase, stored)


def _with_phase(state: State, flight: Flight, phase: Phase, stored: Stored) -> State:
    moved = replace(
        flight,
        phase=phase,
        phase_since=stored.at,
        times=flight.times if phase in flight.times else {**flight.times, phase: stored.at},
        ended_at=stored.at if phase in ENDED else None,
        overdue_phase=None,
    )
    return replace(state, flights={**state.flights, flight.flight_id: moved})


def _with_flight(state: State, flight_id: str, update: Callable[[Flight], Flight]) -> State:
    flight = state.flights.get(flight_id)
    if flight is None:
        return state
    return replace(state, flights={**state.flights, flight_id: update(flight)})


def _scene_cleared(state: State, event: ev.SceneCleared, stored: Stored) -> State:
    return _with_flight(
        state, event.flight_id, lambda flight: replace(flight, cleared_at=flight.cleared_at or stored.at)
    )


def _bingo_reached(state: State, event: ev.BingoReached, stored: Stored) -> State:
    return _with_flight(state, event.flight_id, lambda flight: replace(flight, bingo_at=stored.at))


def _phase_overdue(state: State, event: ev.PhaseOverdue, stored: Stored) -> State:
    return _with_flight(state, event.flight_id, lambda flight: replace(flight, overdue_phase=event.phase))


# --- links ------------------------------------------------------------------------------------


def _link_found(state: State, event: ev.LinkFound, stored: Stored) -> State:
    return _with_link(state, event.drone, LinkState(is_up=True, since=stored.at, detail=event.detail))


def _link_lost(state: State, event: ev.LinkLost, stored: Stored) -> State:
    return _with_link(state, event.drone, LinkState(is_up=False, since=stored.at, detail=event.failsafe))


def _link_troubled(state: State, event: ev.LinkTroubled, stored: Stored) -> State:
    link = state.links.get(event.drone) or LinkState(is_up=True, since=stored.at)
    return _with_link(state, event.drone, replace(link, trouble=event.trouble))


def _with_link(state: State, drone: str, link: LinkState) -> State:
    return replace(state, links={**state.links, drone: link})


_OUTCOMES: dict[type[ev.Event], Outcome] = {
    ev.OrderAccepted: Outcome.ACCEPTED,
    ev.OrderRefused: Outcome.REFUSED,
    ev.OrderUnknown: Outcome.UNKNOWN,
}

# The key is the event's own type, so each step gets just the event it names.
_STEPS: dict[type[ev.Event], Callable[[State, Any, Stored], State]] = {
    ev.CoreStarted: _core_started,
    ev.ConsoleJoined: _console_joined,
    ev.ConsoleLeft: _console_left,
    ev.CallReceived: _call_received,
    ev.CallUpdated: _call_updated,
    ev.CallMissing: _call_missing,
    ev.CallTaken: _call_taken,
    ev.CallReleased: _call_released,
    ev.NoteAdded: _note_added,
    ev.AdviceGiven: _advice_given,
    ev.FeedUp: _feed_up,
    ev.FeedDown: _feed_down,
    ev.MessageQuarantined: _quarantined,
    ev.WeatherObserved: _weather_observed,
    ev.FlightOpened: _flight_opened,
    ev.OrderAsked: _order_asked,
    ev.OrderSent: _order_sent,
    ev.OrderAccepted: _order_settled,
    ev.OrderRefused: _order_settled,
    ev.OrderUnknown: _order_settled,
    ev.OrderObserved: _order_observed,
    ev.PhaseObserved: _phase_observed,
    ev.SceneCleared: _scene_cleared,
    ev.BingoReached: _bingo_reached,
    ev.PhaseOverdue: _phase_overdue,
    ev.LinkFound: _link_found,
    ev.LinkLost: _link_lost,
    ev.LinkTroubled: _link_troubled,
}
