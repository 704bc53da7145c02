"""What happened in a drill, told from the journal's events alone: each call, its flights, their moments."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from rtcc_core.domain.advice_values import Advice
from rtcc_core.domain.events import (
    AdviceGiven,
    CallReceived,
    FlightOpened,
    MessageQuarantined,
    OrderAccepted,
    OrderAsked,
    OrderSent,
    PhaseObserved,
    SceneCleared,
    Stored,
)
from rtcc_core.domain.flight import Phase, Verb


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

    def reached(self, phase: Phase) -> datetime | None:
        return self.phases.get(phase)


class CallStory:
    """One call as it came in, the first advice on it, and the flights to it, oldest first."""

    def __init__(self, call_id: str, number: str, received_at: datetime) -> None:
        self.call_id = call_id
        self.number = number
        """CAD's own number; the house's where CAD gave none."""
        self.received_at = received_at
        self.advice: Advice | None = None
        self.advised_at: datetime | None = None
        self.flights: list[FlightStory] = []

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
        self._launches: dict[str, FlightStory] = {}
        for stored in events:
            self.add(stored)

    def call(self, number: str) -> CallStory | None:
        """The call that CAD knows by this number."""
        return next((call for call in self.calls.values() if call.number == number), None)

    def add(self, stored: Stored) -> None:
        """Take in the next event."""
        match stored.event:
            case CallReceived(call_id=call_id, report=report):
                self.calls[call_id] = CallStory(call_id, report.number or call_id, stored.at)
            case AdviceGiven(advice=advice) if (call := self.calls.get(advice.call_id)) is not None:
                if call.advice is None:
                    call.advice, call.advised_at = advice, stored.at
            case MessageQuarantined(reason=reason):
                self.quarantined.append(reason)
            case _:
                self._add_flight_event(stored)

    def _add_flight_event(self, stored: Stored) -> None:
        match stored.event:
            case FlightOpened() as opened:
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
                self.flights[flight_id].phases.setdefault(phase, stored.at)
            case SceneCleared(flight_id=flight_id) if flight_id in self.flights:
                self.flights[flight_id].cleared_at = stored.at
            case _:
                pass
