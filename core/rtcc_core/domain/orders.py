"""Orders are numbered by the state they follow from, so a replay makes the same ones."""

from __future__ import annotations

from datetime import datetime

from rtcc_core.domain.flight import Leg, Order, Verb
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
        order_id=f"O{state.order_count + 1 + after}-{drone}",
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
