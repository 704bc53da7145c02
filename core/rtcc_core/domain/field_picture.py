"""What the field is shown of our work: which aircraft and calls, by uid, and where they are.

A pure function of the state and the sky; `adapters.tak` says it in Cursor-on-Target.
"""

from __future__ import annotations

import msgspec

from rtcc_core.domain.call import Call
from rtcc_core.domain.drone import Sky, Telemetry
from rtcc_core.domain.flight import Flight
from rtcc_core.domain.state import State


class ShownAircraft(msgspec.Struct, frozen=True, kw_only=True):
    """An aircraft of ours in the air, and the flight it is on."""

    seen: Telemetry
    flight: Flight | None


class FieldPicture(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the field is shown now."""

    aircraft: tuple[ShownAircraft, ...]
    calls: tuple[Call, ...]


def field_picture(state: State, sky: Sky) -> FieldPicture:
    """Aircraft that fly with a position that is fresh, and open calls that have a place."""
    stale_s = state.programme.stale_after_s if state.programme else 2.0
    aircraft = tuple(
        ShownAircraft(seen=seen, flight=state.flight_of(seen.drone))
        for seen in sky.values()
        if _is_shown(state, seen, stale_s)
    )
    calls = tuple(call for call in state.open_calls if call.place.position is not None)
    return FieldPicture(aircraft=aircraft, calls=calls)


def _is_shown(state: State, seen: Telemetry, stale_s: float) -> bool:
    if seen.position is None or seen.position_age_s is None or not seen.position_age_s <= stale_s:
        return False
    return bool(seen.is_airborne) or state.flight_of(seen.drone) is not None
