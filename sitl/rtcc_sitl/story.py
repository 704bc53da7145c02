"""What happened in a drill, told from the journal's events alone: each call, its flights, their moments."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from rtcc_core.domain.advice_values import Advice
from rtcc_core.domain.call import CallStatus
from rtcc_core.domain.events import (
    AdviceGiven,
    AircraftDowned,
    AutopilotActed,
    CallReceived,
    CallUpdated,
    FlightOpened,
    MessageQuarantined,
    OrderAccepted,
    OrderAsked,
    OrderSent,
    PhaseObserved,
    SceneCleared,
    Stored,
)
from rtcc_core.domain.evolve import evolve
from rtcc_core.domain.flight import AIRBORNE, Order, Phase, Verb
from rtcc_core.domain.state import State

HOUSE_FEED = "house"

WATCHING = frozenset({Phase.ON_SCENE, Phase.RELIEVED})
"""Phases in which an aircraft has the scene in view."""


class FlightStory:
    """One flight's moments, by the drill's clock; what never happened is missing."""

    def __init__(self, flight_id: str, drone: str, call_id: str, asked_at: datetime) -> None:
        self.flight_id = flight_id
        self.drone = drone
        self.call_id = call_id
        self.asked_at = asked_at
        self.launch_order_id: str | None = None
        self.sent_at: datetime | None = None
        self.accepted_at: datetime | None = None
        self.cleared_at: datetime | None = None
        self.phases: dict[Phase, datetime] = {}
        """When each phase was first observed."""
        self.watched: list[tuple[datetime, datetime | None]] = []
        """From when until when it had the scene in view; None: still."""
        self.lost_at: datetime | None = None
        self.rejoined_at: datetime | None = None
        """When it was first seen in another phase after its link had been lost."""
        self.downed_at: datetime | None = None

    def reached(self, phase: Phase) -> datetime | None:
        return self.phases.get(phase)

    def enter(self, phase: Phase, at: datetime) -> None:
        """It was observed in this phase."""
        if phase is Phase.LOST:
            self.lost_at = self.lost_at or at
        elif self.lost_at is not None:
            self.rejoined_at = self.rejoined_at or at
        self.phases.setdefault(phase, at)
        is_open = bool(self.watched) and self.watched[-1][1] is None
        if phase in WATCHING and not is_open:
            self.watched.append((at, None))
        elif phase not in WATCHING and is_open:
            self.watched[-1] = (self.watched[-1][0], at)


class CallStory:
    """One call as it came in, the first advice on it, and the flights to it, oldest first."""

    def __init__(self, call_id: str, number: str, received_at: datetime, feed: str = "") -> None:
        self.call_id = call_id
        self.is_of_the_house = feed == HOUSE_FEED
        """Opened by the house itself: an aircraft is down."""
        self.number = number
        """CAD's own number; the house's where CAD gave none."""
        self.received_at = received_at
        self.advice: Advice | None = None
        self.advised_at: datetime | None = None
        self.flights: list[FlightStory] = []
        self.closed_at: datetime | None = None
        """When CAD closed or cancelled it."""

    def is_search_for(self, drone: str) -> bool:
        """True for the call that the house opened because this aircraft is down."""
        return self.is_of_the_house and self.number == f"DOWN-{drone}"

    def uncovered_s(self, until: datetime) -> float | None:
        """Seconds without anybody watching, from the first arrival to the close; None: nobody ever came."""
        spans = sorted((start, end or until) for flight in self.flights for start, end in flight.watched)
        if not spans:
            return None
        seen_until, gap_s = spans[0][0], 0.0
        last = min(until, self.closed_at) if self.closed_at else until
        for start, end in spans:
            gap_s += max(0.0, (min(start, last) - seen_until).total_seconds())
            seen_until = max(seen_until, end)
        return gap_s + max(0.0, (last - seen_until).total_seconds())

    @property
    def took_off_at(self) -> datetime | None:
        """When an aircraft was first seen in the air on its way to it."""
        seen = [at for flight in self.flights for phase, at in flight.phases.items() if phase in AIRBORNE]
        return min(seen, default=None)

    @property
    def main_flight(self) -> FlightStory | None:
        """The flight that got furthest: the first on scene, else the first one opened."""
        arrived = [flight for flight in self.flights if flight.reached(Phase.ON_SCENE)]
        return next(iter(arrived or self.flights), None)


class Story:
    """The fold of a drill's events; `add` them in order."""

    def __init__(self, events: Iterable[Stored] = ()) -> None:
        self.calls: dict[str, CallStory] = {}
        """By call id, in the order they came."""
        self.flights: dict[str, FlightStory] = {}
        """By flight id."""
        self.quarantined: list[str] = []
        """The reason of each message that could not be used."""
        self.alarms: dict[str, datetime] = {}
        """When each alarm was first raised, by its id."""
        self.acted: dict[str, list[str]] = {}
        """What each autopilot was seen to do by itself, by callsign."""
        self.unasked: list[str] = []
        """In words, every flight and every order that goes back to nobody."""
        self.last_at: datetime | None = None
        self._state = State()
        self._launches: dict[str, FlightStory] = {}
        for stored in events:
            self.add(stored)

    def call(self, number: str) -> CallStory | None:
        """The call that CAD knows by this number."""
        return next((call for call in self.calls.values() if call.number == number), None)

    def add(self, stored: Stored) -> None:
        """Take in the next event."""
        self.last_at = stored.at
        if isinstance(stored.event, OrderAsked) and self._is_astray(stored.event.order):
            order = stored.event.order
            self.unasked.append(f"{order.drone} was told to {order.verb.value} outside a flight of its own")
        self._state = evolve(self._state, stored)
        for alarm_id in self._state.alarms:
            self.alarms.setdefault(alarm_id, stored.at)
        match stored.event:
            case CallUpdated(call_id=call_id, report=report) if (call := self.calls.get(call_id)) is not None:
                if report.status is not CallStatus.ACTIVE:
                    call.closed_at = call.closed_at or stored.at
            case CallReceived(call_id=call_id, report=report):
                self.calls[call_id] = CallStory(call_id, report.number or call_id, stored.at, report.feed)
            case AdviceGiven(advice=advice) if (call := self.calls.get(advice.call_id)) is not None:
                if call.advice is None:
                    call.advice, call.advised_at = advice, stored.at
            case MessageQuarantined(reason=reason):
                self.quarantined.append(reason)
            case AutopilotActed(drone=drone, detail=detail):
                self.acted.setdefault(drone, []).append(detail)
            case _:
                self._add_flight_event(stored)

    def _is_astray(self, order: Order) -> bool:
        """True for a core's order without a flight of that aircraft, and for a launch that is nobody's."""
        flight = self.flights.get(order.flight_id or "")
        if flight is not None and flight.drone != order.drone:
            return True
        is_ours = order.operator not in self._state.people
        return is_ours and (flight is None or order.verb is Verb.LAUNCH)

    def _add_flight_event(self, stored: Stored) -> None:
        match stored.event:
            case FlightOpened() as opened:
                if stored.operator not in self._state.people:
                    self.unasked.append(f"{opened.flight_id} of {opened.drone} was opened by no person")
                flight = FlightStory(opened.flight_id, opened.drone, opened.call_id, stored.at)
                self.flights[flight.flight_id] = flight
                if (call := self.calls.get(flight.call_id)) is not None:
                    call.flights.append(flight)
            case OrderAsked(order=order) if order.verb is Verb.LAUNCH and order.flight_id in self.flights:
                flight = self.flights[order.flight_id]
                flight.launch_order_id = order.order_id
                self._launches[order.order_id] = flight
            case OrderSent(order_id=order_id) if order_id in self._launches:
                self._launches[order_id].sent_at = stored.at
            case OrderAccepted(order_id=order_id) if order_id in self._launches:
                self._launches[order_id].accepted_at = stored.at
            case PhaseObserved(flight_id=flight_id, phase=phase) if flight_id in self.flights:
                self.flights[flight_id].enter(phase, stored.at)
            case AircraftDowned(flight_id=flight_id) if flight_id in self.flights:
                self.flights[flight_id].downed_at = stored.at
            case SceneCleared(flight_id=flight_id) if flight_id in self.flights:
                self.flights[flight_id].cleared_at = stored.at
            case _:
                pass
