"""Who comes too close, and when: closest approach in three dimensions, with constant velocities.

Well clear is 2,000 ft horizontally or 250 ft vertically (ASTM F3442); both lost at once is a conflict. What
is not known counts against us: no altitude is every altitude, no course is straight at us, no climb rate is
towards our height. An old position is carried on along its course, in a circle that grows as fast as the
aircraft could have turned away from it.

In a drill that runs faster than the world ages are real seconds while aircraft fly `pace` times as fast.
"""

from __future__ import annotations

import math

import msgspec

from rtcc_core.domain.drone import Mode, Telemetry
from rtcc_core.domain.geo import LatLon, bearing_deg, distance_m
from rtcc_core.domain.traffic import (
    ALWAYS_HIGH_AMSL_M,
    DROPPED_AFTER_S,
    STALE_AFTER_S,
    AltitudeBy,
    Intruder,
    name_of,
)

ASSUMED_SPEED_M_S = 60.0
"""An aircraft that does not say its speed: a light aircraft or a helicopter in cruise, 120 kt."""

ASSUMED_CLIMB_M_S = 5.0
"""One that does not say whether it climbs: 1,000 ft/min, towards our height."""

TURN_M_S2 = 3.0
"""What a standard turn (3 °/s) at 120 kt takes an aircraft off its course."""

OWN_SPEED_M_S = 20.0
"""No drone of ours is faster; how far one may have gone since it was last heard."""

CIRCLING_M = 100.0
"""A drone on an orbit, or of unknown course, stays within this of where it is."""

LOOSE_M = {AltitudeBy.GEOMETRIC: 50.0, AltitudeBy.PRESSURE: 150.0}
"""How far an altitude may be from ours in its own terms, added to the vertical limit.

Geometric: the geoid is up to 40 m off the ellipsoid in the contiguous United States, and some metres of
satellite error. Pressure: 18 hPa off the standard at 8.3 m each, which nine days in ten keep to.
"""

CORRECTED_M = 40.0
"""Pressure altitude corrected by today's pressure: encoding in 100 ft steps and the altimeter's own error."""

ABSURD = 100_000.0
"""Metres or metres per second that nothing in the air has; also not a number, and infinite."""

STANDARD_HPA = 1013.25
METRES_PER_DEGREE_MIN = 110_500.0
"""Of latitude, where a degree is shortest (WGS 84, at the equator)."""

METRES_PER_HPA = 8.3
"""Near the ground (ICAO standard atmosphere)."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What counts as too close, and how far ahead it is looked."""

    horizontal_m: float
    vertical_m: float
    horizon_s: float


WELL_CLEAR = Limits(horizontal_m=609.6, vertical_m=76.2, horizon_s=60.0)
"""2,000 ft and 250 ft (ASTM F3442)."""


class Conflict(msgspec.Struct, frozen=True, kw_only=True):
    """One aircraft of ours and one that is not will lose well clear, or have lost it."""

    drone: str
    intruder_id: str
    callsign: str = ""
    category: str = ""
    in_s: float
    """Until well clear is lost, in seconds of the world; 0 when it is lost now."""
    closest_in_s: float
    horizontal_m: float
    """Between the two at the closest; the two may be nearer still by what is not known for certain."""
    vertical_m: float | None
    """Height of the intruder above ours at the closest; negative below; None when that is not known."""
    distance_now_m: float
    is_now: bool
    bearing_deg: float
    """From ours to the intruder, now."""
    closest_bearing_deg: float
    """From ours to the intruder at the closest."""
    position_age_s: float
    altitude_by: AltitudeBy | None

    @property
    def is_stale(self) -> bool:
        return not self.position_age_s <= STALE_AFTER_S

    @property
    def name(self) -> str:
        """What a person calls the intruder."""
        return name_of(self.intruder_id, self.callsign, self.category)


class Volume(msgspec.Struct, frozen=True, kw_only=True):
    """The air that must stay clear: a point, how it moves, and how far it may be from there."""

    position: LatLon
    altitude_amsl_m: float | None
    east_m_s: float = 0.0
    north_m_s: float = 0.0
    up_m_s: float = 0.0
    levels_in_s: float = math.inf
    """When its climb or descent ends, in seconds of the world."""
    loose_m: float = 0.0
    loose_vertical_m: float = 0.0


class _Relative(msgspec.Struct, frozen=True):
    """The intruder seen from the volume: where it is now, how it moves, how far it may be from that."""

    east_m: float
    north_m: float
    up_m: float | None
    east_m_s: float
    north_m_s: float
    up_m_s: float
    loose_m: float
    loose_vertical_m: float
    is_climb_known: bool
    levels_in_s: float
    level_up_m_s: float
    """As `up_m_s`, once the volume has levelled off."""

    def levelled(self) -> _Relative:
        """The same from then on, told from now: as if it had always been level."""
        if self.up_m is None or math.isinf(self.levels_in_s):
            return self
        up_m = self.up_m + (self.up_m_s - self.level_up_m_s) * self.levels_in_s
        return msgspec.structs.replace(self, up_m=up_m, up_m_s=self.level_up_m_s, levels_in_s=math.inf)

    def height_m(self, in_s: float) -> float | None:
        """Above the volume; an assumed climb brings it to our height, and not through to the other side."""
        if self.up_m is None:
            return None
        if in_s > self.levels_in_s:
            return self.levelled().height_m(in_s)
        later_m = self.up_m + self.up_m_s * in_s
        return 0.0 if not self.is_climb_known and later_m * self.up_m < 0.0 else later_m

    def away_m(self, in_s: float) -> float:
        return math.hypot(self.east_m + self.east_m_s * in_s, self.north_m + self.north_m_s * in_s)

    def bearing(self, in_s: float) -> float:
        east, north = self.east_m + self.east_m_s * in_s, self.north_m + self.north_m_s * in_s
        return math.degrees(math.atan2(east, north)) % 360.0


def closest_approach(
    own: Telemetry,
    intruder: Intruder,
    *,
    limits: Limits = WELL_CLEAR,
    pace: float = 1.0,
    qnh_hpa: float | None = None,
    top_height_m: float | None = None,
) -> Conflict | None:
    """The conflict of the two within the horizon, or None when they stay well clear.

    None too where there is nothing to reckon with: the intruder is on the ground or its position is older
    than a minute, ours is on the ground or never said where it is. `qnh_hpa` is today's pressure at sea
    level, where known; `top_height_m` where a climb of ours will end, above its launch point.
    """
    volume = volume_of(own, pace=pace, top_height_m=top_height_m)
    if volume is None:
        return None
    return approach(own.drone, volume, intruder, limits=limits, pace=pace, qnh_hpa=qnh_hpa)


def approach(
    drone: str,
    volume: Volume,
    intruder: Intruder,
    *,
    limits: Limits = WELL_CLEAR,
    pace: float = 1.0,
    qnh_hpa: float | None = None,
) -> Conflict | None:
    """As `closest_approach`, for any volume of air."""
    if intruder.on_ground or not intruder.position_age_s <= DROPPED_AFTER_S:
        return None
    if _is_out_of_reach(volume, intruder, limits, pace):
        return None
    seen = _relative(volume, intruder, pace, qnh_hpa)
    window = _window(seen, limits)
    if window is None:
        return None
    closest_s = min(max(_closest_s(seen), window[0]), window[1])
    return Conflict(
        drone=drone,
        intruder_id=intruder.id,
        callsign=intruder.callsign,
        category=intruder.category,
        in_s=window[0],
        closest_in_s=closest_s,
        horizontal_m=seen.away_m(closest_s),
        vertical_m=seen.height_m(closest_s),
        distance_now_m=distance_m(volume.position, intruder.position),
        is_now=window[0] <= 0.0,
        bearing_deg=seen.bearing(0.0),
        closest_bearing_deg=seen.bearing(closest_s),
        position_age_s=intruder.position_age_s,
        altitude_by=intruder.altitude_by if seen.up_m is not None else None,
    )


def volume_of(own: Telemetry, *, pace: float = 1.0, top_height_m: float | None = None) -> Volume | None:
    """The air an aircraft of ours is in; None when it stands on the ground or never said where it is.

    A climb ends at `top_height_m` above the launch point, where that is known, and a descent on the ground.
    """
    if own.is_airborne is False or own.position is None:
        return None
    age_s = pace * min(DROPPED_AFTER_S, max(0.0, _finite(own.position_age_s) or 0.0))
    speed, track, climb = (_finite(v) for v in (own.ground_speed_m_s, own.track_deg, own.climb_m_s))
    east = north = 0.0
    if speed and track is not None and own.mode is not Mode.ORBIT:
        east, north = _vector(track, min(speed, 2 * OWN_SPEED_M_S))
        loose_m = 0.0
    else:
        loose_m = CIRCLING_M if speed is None else min(CIRCLING_M, speed * WELL_CLEAR.horizon_s)
    return Volume(
        position=own.position,
        altitude_amsl_m=own_altitude_amsl_m(own),
        east_m_s=east,
        north_m_s=north,
        up_m_s=0.0 if climb is None else max(-2 * ASSUMED_CLIMB_M_S, min(2 * ASSUMED_CLIMB_M_S, climb)),
        levels_in_s=_levels_in_s(_finite(own.height_m), climb, top_height_m),
        loose_m=loose_m + OWN_SPEED_M_S * age_s,
        loose_vertical_m=ASSUMED_CLIMB_M_S * age_s,
    )


def _levels_in_s(height_m: float | None, climb_m_s: float | None, top_height_m: float | None) -> float:
    """When it arrives at the height it is on its way to; never, where that is not known."""
    to_m = 0.0 if (climb_m_s or 0.0) < 0.0 else top_height_m
    if height_m is None or to_m is None or climb_m_s is None or abs(climb_m_s) < 0.1:
        return math.inf
    left_s = (to_m - height_m) / climb_m_s
    return left_s if left_s > 0.0 else math.inf


def own_altitude_amsl_m(own: Telemetry) -> float | None:
    """Where it says it is, else its launch point's altitude and its height above that."""
    said = _finite(own.altitude_amsl_m)
    if said is not None:
        return said
    home, height = _finite(own.home_amsl_m), _finite(own.height_m)
    return None if home is None or height is None else home + height


# --- the arithmetic ---------------------------------------------------------------------------------------


def _is_out_of_reach(volume: Volume, intruder: Intruder, limits: Limits, pace: float) -> bool:
    """Most of a thousand aircraft are out of reach; seeing that must cost next to nothing."""
    altitude, climb = _finite(intruder.altitude_amsl_m), _finite(intruder.climb_m_s)
    time_s = limits.horizon_s + 2.0 * pace * intruder.position_age_s
    if altitude is not None:
        if volume.altitude_amsl_m is None:
            return altitude > ALWAYS_HIGH_AMSL_M
        fastest = abs(climb or 0.0) + 4 * ASSUMED_CLIMB_M_S
        slack_m = limits.vertical_m + volume.loose_vertical_m + 2 * LOOSE_M[AltitudeBy.PRESSURE]
        if abs(altitude - volume.altitude_amsl_m) > slack_m + fastest * time_s:
            return True
    speed = _finite(intruder.ground_speed_m_s)
    fastest = (ASSUMED_SPEED_M_S if speed is None else speed) + 2 * OWN_SPEED_M_S
    reach_deg = (limits.horizontal_m + volume.loose_m + fastest * time_s) / METRES_PER_DEGREE_MIN
    here, there = volume.position, intruder.position
    if abs(there.latitude_deg - here.latitude_deg) > reach_deg:
        return True
    east_deg = abs(there.longitude_deg - here.longitude_deg)
    shrunk = math.cos(math.radians(min(89.0, abs(here.latitude_deg) + reach_deg)))
    return min(east_deg, 360.0 - east_deg) * shrunk > reach_deg


def _window(seen: _Relative, limits: Limits) -> tuple[float, float] | None:
    """From when to when, within the horizon, both distances are lost; the volume may level off meanwhile."""
    horizontal = _horizontal_window(seen, limits.horizontal_m + seen.loose_m)
    vertical_m = limits.vertical_m + seen.loose_vertical_m
    turn_s = min(seen.levels_in_s, limits.horizon_s)
    first = _intersection((0.0, turn_s), horizontal, _vertical_window(seen, vertical_m))
    if math.isinf(seen.levels_in_s):
        return first
    level = _vertical_window(seen.levelled(), vertical_m)
    second = _intersection((turn_s, limits.horizon_s), horizontal, level)
    if first is None or second is None:
        return first or second
    return first[0], second[1]


def _relative(volume: Volume, intruder: Intruder, pace: float, qnh_hpa: float | None) -> _Relative:
    bearing = bearing_deg(volume.position, intruder.position)
    east_m, north_m = _vector(bearing, distance_m(volume.position, intruder.position))
    age_s = pace * max(0.0, intruder.position_age_s)
    speed, track = _finite(intruder.ground_speed_m_s), _finite(intruder.track_deg)
    speed = ASSUMED_SPEED_M_S if speed is None else max(0.0, speed)
    if track is None:  # straight at us, whatever we do
        straight = speed + math.hypot(volume.east_m_s, volume.north_m_s)
        moved_m, relative, loose_m = (0.0, 0.0), _vector(bearing + 180.0, straight), speed * age_s
    else:
        east, north = _vector(track, speed)
        moved_m, relative = (east * age_s, north * age_s), (east - volume.east_m_s, north - volume.north_m_s)
        loose_m = min(0.5 * TURN_M_S2 * age_s**2, speed * age_s)
    up_m, loose_vertical_m = _height(volume, intruder, qnh_hpa)
    climb = _finite(intruder.climb_m_s)
    return _Relative(
        east_m=east_m + moved_m[0],
        north_m=north_m + moved_m[1],
        up_m=None if up_m is None else up_m + (climb or 0.0) * age_s,
        east_m_s=relative[0],
        north_m_s=relative[1],
        up_m_s=math.copysign(ASSUMED_CLIMB_M_S, -(up_m or 0.0)) if climb is None else climb - volume.up_m_s,
        loose_m=volume.loose_m + loose_m,
        loose_vertical_m=volume.loose_vertical_m + loose_vertical_m + ASSUMED_CLIMB_M_S * age_s,
        is_climb_known=climb is not None,
        levels_in_s=math.inf if climb is None else volume.levels_in_s,
        level_up_m_s=climb or 0.0,
    )


def _height(volume: Volume, intruder: Intruder, qnh_hpa: float | None) -> tuple[float | None, float]:
    """Height of the intruder above the volume when it was heard, and how far off that may be."""
    altitude, qnh = _finite(intruder.altitude_amsl_m), _finite(qnh_hpa)
    if altitude is None or volume.altitude_amsl_m is None:
        return None, 0.0
    loose_m = LOOSE_M[intruder.altitude_by or AltitudeBy.PRESSURE]
    if qnh is not None and intruder.altitude_by is AltitudeBy.PRESSURE:
        altitude += (qnh - STANDARD_HPA) * METRES_PER_HPA
        loose_m = CORRECTED_M
    return altitude - volume.altitude_amsl_m, loose_m


def _horizontal_window(seen: _Relative, radius_m: float) -> tuple[float, float] | None:
    """From when to when the two are within `radius_m` of each other, seen from above."""
    squared_speed = seen.east_m_s**2 + seen.north_m_s**2
    outside = seen.east_m**2 + seen.north_m**2 - radius_m**2
    if squared_speed < 1e-6:
        return (-math.inf, math.inf) if outside < 0.0 else None
    closing = seen.east_m * seen.east_m_s + seen.north_m * seen.north_m_s
    discriminant = closing**2 - squared_speed * outside
    if discriminant <= 0.0:
        return None
    root = math.sqrt(discriminant)
    return (-closing - root) / squared_speed, (-closing + root) / squared_speed


def _vertical_window(seen: _Relative, limit_m: float) -> tuple[float, float] | None:
    """From when to when they are within `limit_m` of each other's height; for ever where that is unknown."""
    if seen.up_m is None:
        return -math.inf, math.inf
    if abs(seen.up_m_s) < 1e-3:
        return (-math.inf, math.inf) if abs(seen.up_m) < limit_m else None
    ends = (-limit_m - seen.up_m) / seen.up_m_s, (limit_m - seen.up_m) / seen.up_m_s
    return min(ends), max(ends) if seen.is_climb_known else math.inf


def _closest_s(seen: _Relative) -> float:
    squared_speed = seen.east_m_s**2 + seen.north_m_s**2
    if squared_speed < 1e-6:
        return 0.0
    return -(seen.east_m * seen.east_m_s + seen.north_m * seen.north_m_s) / squared_speed


def _intersection(*windows: tuple[float, float] | None) -> tuple[float, float] | None:
    first, last = -math.inf, math.inf
    for window in windows:
        if window is None:
            return None
        first, last = max(first, window[0]), min(last, window[1])
    return (first, last) if first <= last else None


def _vector(bearing: float, length: float) -> tuple[float, float]:
    """East and north parts of a length along a bearing."""
    return length * math.sin(math.radians(bearing)), length * math.cos(math.radians(bearing))


def _finite(value: float | None) -> float | None:
    """A figure that something in the air may have; anything else is as if it had not been said."""
    return value if value is not None and abs(value) <= ABSURD else None
