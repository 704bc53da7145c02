"""Two aircraft that may meet: one of ours in the air, a helicopter on its way to it."""

from __future__ import annotations

from hypothesis import strategies as st
from msgspec.structs import replace

from rtcc_core.domain.drone import Landed, Mode, Telemetry
from rtcc_core.domain.geo import LatLon, offset
from rtcc_core.domain.traffic import AltitudeBy, Intruder

HERE = LatLon(45.5231, -122.6765)
GROUND_M = 20.0

D1 = Telemetry(
    drone="D1",
    is_connected=True,
    position=HERE,
    position_age_s=0.0,
    altitude_amsl_m=GROUND_M + 60.0,
    height_m=60.0,
    ground_speed_m_s=0.0,
    climb_m_s=0.0,
    armed=True,
    mode=Mode.HOLD,
    landed=Landed.IN_AIR,
    home=offset(HERE, 180.0, 1_500.0),
    home_amsl_m=GROUND_M,
)


def spread(low: float, high: float) -> st.SearchStrategy[float]:
    """Evenly over the range: `floats` likes figures next to nothing too much to meet anybody with them."""
    return st.integers(0, 10_000).map(lambda share: low + (high - low) * share / 10_000.0)


bearings = spread(0.0, 359.9)


def helicopter(bearing: float, length_m: float, **changes: object) -> Intruder:
    """Flying level and straight at D1's place, 100 ft above it, heard just now."""
    seen = Intruder(
        id="a1b2c3",
        callsign="N123AB",
        position=offset(HERE, bearing, length_m),
        position_age_s=0.0,
        altitude_amsl_m=GROUND_M + 90.0,
        altitude_by=AltitudeBy.GEOMETRIC,
        track_deg=(bearing + 180.0) % 360.0,
        ground_speed_m_s=50.0,
        climb_m_s=0.0,
        category="A7",
        sources=("roof",),
    )
    return replace(seen, **changes)


def moved(seen: Intruder, seconds: float) -> Intruder:
    assert seen.track_deg is not None
    assert seen.ground_speed_m_s is not None
    assert seen.altitude_amsl_m is not None
    return replace(
        seen,
        position=offset(seen.position, seen.track_deg, seen.ground_speed_m_s * seconds),
        altitude_amsl_m=seen.altitude_amsl_m + (seen.climb_m_s or 0.0) * seconds,
    )


def flown(own: Telemetry, seconds: float) -> Telemetry:
    assert own.position is not None
    assert own.altitude_amsl_m is not None
    return replace(
        own,
        position=offset(own.position, own.track_deg or 0.0, (own.ground_speed_m_s or 0.0) * seconds),
        altitude_amsl_m=own.altitude_amsl_m + (own.climb_m_s or 0.0) * seconds,
    )
