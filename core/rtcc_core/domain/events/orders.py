"""How far the orders to aircraft have come."""

from __future__ import annotations

from rtcc_core.domain.events.base import Event
from rtcc_core.domain.flight import Order


class OrderAsked(Event, frozen=True, kw_only=True):
    order: Order


class OrderSent(Event, frozen=True, kw_only=True):
    drone: str
    order_id: str


class OrderAccepted(Event, frozen=True, kw_only=True):
    drone: str
    order_id: str


class OrderRefused(Event, frozen=True, kw_only=True):
    drone: str
    order_id: str
    reason: str


class OrderUnknown(Event, frozen=True, kw_only=True):
    drone: str
    order_id: str
    reason: str


class OrderObserved(Event, frozen=True, kw_only=True):
    """Telemetry shows the aircraft doing what it was ordered to."""

    drone: str
    order_id: str
