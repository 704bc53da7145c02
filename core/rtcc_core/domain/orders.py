"""Orders are numbered by the state they follow from, so a replay makes the same ones."""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from rtcc_core.domain.flight import Leg, Order, Outcome, Verb
from rtcc_core.domain.geo import LatLon
from rtcc_core.domain.state import State


def make_order(
    state: State,
    *,
    drone: str,
    verb: Verb,
    operator: str,
    at: datetime,
    flight_id: str | None = None,
    target: LatLon | None = None,
    height_m: float | None = None,
    radius_m: float | None = None,
    speed_m_s: float | None = None,
    is_clockwise: bool = True,
    heading_deg: float | None = None,
    pitch_deg: float | None = None,
    is_on: bool | None = None,
    leg: Leg | None = None,
    after: int = 0,
) -> Order:
    """The next order of this state, for one aircraft. Lengths in metres, heights above the launch point.

    Several orders of one decision are numbered from `state` in turn: `after` says how many came before it.
    """
    return Order(
        order_id=_order_id(state, drone, after),
        drone=drone,
        verb=verb,
        operator=operator,
        asked_at=at,
        flight_id=flight_id,
        target=target,
        height_m=height_m,
        radius_m=radius_m,
        speed_m_s=speed_m_s,
        is_clockwise=is_clockwise,
        heading_deg=heading_deg,
        pitch_deg=pitch_deg,
        is_on=is_on,
        leg=leg,
    )


def again(state: State, order: Order, at: datetime, *, after: int = 0) -> Order:
    """The same intention as a new order: for one whose end nobody knows, which stays as old as it is."""
    is_repeat = order.outcome is Outcome.UNKNOWN
    return replace(
        order,
        order_id=_order_id(state, order.drone, after),
        asked_at=at,
        outcome=Outcome.ASKED,
        sent_at=None,
        settled_at=None,
        reason="",
        observed_at=None,
        first_asked_at=(order.first_asked_at or order.asked_at) if is_repeat else None,
    )


def straight_home(order: Order) -> Order:
    """A leg of the way home as the autopilot's own return: for when nobody could order the next leg."""
    if order.verb is not Verb.TRANSIT or order.leg is not Leg.HOME:
        return order
    return replace(order, verb=Verb.RETURN, target=None, height_m=None, speed_m_s=None)


def _order_id(state: State, drone: str, after: int) -> str:
    return f"O{state.order_count + 1 + after}-{drone}"
