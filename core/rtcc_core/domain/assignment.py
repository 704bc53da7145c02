"""Which aircraft for which call, solved for the whole fleet.

The calls that wait and the aircraft that could go are matched so that the priority-weighted seconds to
overhead are least: a second counts twice as much for every step of priority. For the calls that take part
the answer is exact (the Hungarian method); ties go to the older call and the lower callsign. Nothing is
taken from a call that is as urgent or more, and nothing is taken at all without a person (`divert`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime

import msgspec

from rtcc_core.domain.call import Call
from rtcc_core.domain.drain import learned, newest_flight
from rtcc_core.domain.drone import Drone, Sky, Telemetry
from rtcc_core.domain.energy import ARM_AND_TAKE_OFF_S, HOME_MARGIN, MIN_PROGRESS_M_S, TOLD_TO, Wind
from rtcc_core.domain.flight import AIRBORNE, Flight, Phase
from rtcc_core.domain.forecast import today_wind
from rtcc_core.domain.geo import LatLon
from rtcc_core.domain.instants import later
from rtcc_core.domain.plane import XY, Plane
from rtcc_core.domain.programme import Programme
from rtcc_core.domain.state import State

CALLS_MAX = 8
"""So many of the most urgent waiting calls take part: those after them keep no aircraft back."""

WAITS_S = 900.0
"""A call that came in longer ago than this, and got nobody, keeps no aircraft back any more."""

NEVER_S = 7_200.0
"""What a call that gets nobody counts, in seconds to overhead."""

SWITCH_S = 30.0
"""A divert must save at least so much: turning an aircraft round is not free."""

NO_PAIR = 1e12

UNURGENT = 5
"""A call without a priority counts as the least urgent (1 is the highest)."""


class Resource(msgspec.Struct, frozen=True, kw_only=True):
    """One aircraft that could go, reduced to what the time and the battery are told from."""

    drone: Drone
    at: XY
    home: XY
    height_m: float
    """0 on the ground."""
    transit_height_m: float
    to_use: float
    """Battery fraction above the reserve."""
    drain_per_s: float
    takes_from: str | None = None
    """Call that it would be taken from; None where it is free."""
    is_airborne: bool = False


class Ground(msgspec.Struct, frozen=True, kw_only=True):
    """What all pairs of one question share."""

    plane: Plane
    wind_x_m_s: float
    """Where the air moves to, east."""
    wind_y_m_s: float
    """Where the air moves to, north."""
    against_m_s: float = 0.0
    """A variable wind: taken as ahead on every leg, and not in the two above."""


def priority_of(call: Call) -> int:
    """1 (highest) … 5; a call without a priority, or with an odd one, is the least urgent."""
    priority = call.report.priority
    return priority if priority is not None and 1 <= priority <= UNURGENT else UNURGENT


def weight(call: Call) -> float:
    """How much one second counts for this call."""
    return float(2 ** (UNURGENT - priority_of(call)))


def priority_word(call: Call) -> str:
    """`1041 P3`; `1041` where it has no priority."""
    return f"{call.call_id} P{call.report.priority}" if call.report.priority is not None else call.call_id


def can_be_flown_to(call: Call) -> bool:
    if not call.is_open:
        return False
    place = call.place
    return place.position is not None and not place.position.is_null_island and not place.needs_confirmation


def waiting_calls(state: State, at: datetime, also: Call | None = None) -> list[Call]:
    """Open calls that nobody flies to, the most urgent and then the oldest first, at most `CALLS_MAX`.

    One whose aircraft is on its way home has nobody, as long as that one may still be in the air.
    """
    served = {f.call_id for f in state.flights.values() if f.is_open and not is_leaving(f)}
    since = later(at, -WAITS_S)
    waiting = [
        call
        for call in state.calls.values()
        if call.received_at >= since
        and can_be_flown_to(call)
        and call.call_id not in served
        and (also is None or call.call_id != also.call_id)
    ]
    waiting.sort(key=_urgency)
    if also is None or not can_be_flown_to(also):
        return waiting[:CALLS_MAX]
    return sorted([also, *waiting[: CALLS_MAX - 1]], key=_urgency)


def _urgency(call: Call) -> tuple[int, datetime, str]:
    return priority_of(call), call.received_at, call.call_id


# --- times --------------------------------------------------------------------------------------


def ground(state: State, origin: LatLon, at: datetime) -> Ground:
    """The plane around the agency's centre, or a point where it has none, and today's wind in it.

    One plane for all questions: ties are then broken alike whichever call is asked about.
    """
    programme = state.programme or Programme(agency="")
    wind: Wind = today_wind(state, programme, at)
    plane = Plane(programme.centre or origin)
    if wind.is_variable:
        return Ground(plane=plane, wind_x_m_s=0.0, wind_y_m_s=0.0, against_m_s=wind.speed_m_s)
    to_rad = math.radians(wind.from_deg)
    return Ground(
        plane=plane,
        wind_x_m_s=-wind.speed_m_s * math.sin(to_rad),
        wind_y_m_s=-wind.speed_m_s * math.cos(to_rad),
    )


def resource(
    state: State, drone: Drone, seen: Telemetry, on: Ground, *, takes_from: str | None = None
) -> Resource | None:
    """What one aircraft brings; None where it has not said where it is or how full."""
    site = state.sites.get(drone.site)
    position = seen.position or (site.position if site else None)
    if position is None or seen.battery_fraction is None:
        return None
    programme = state.programme or Programme(agency="")
    home = seen.home or (site.position if site else position)
    is_airborne = bool(seen.is_airborne)
    return Resource(
        drone=drone,
        at=on.plane.to_xy(position),
        home=on.plane.to_xy(home),
        height_m=max(0.0, seen.height_m or 0.0) if is_airborne else 0.0,
        transit_height_m=programme.transit_height_m,
        to_use=seen.battery_fraction - programme.battery_reserve - TOLD_TO,
        drain_per_s=learned(drone, newest_flight(state, drone.callsign)).worst_per_s,
        takes_from=takes_from,
        is_airborne=is_airborne,
    )


class Reach(msgspec.Struct, frozen=True):
    """What one aircraft can do for one place, seconds."""

    overhead_s: float
    on_scene_s: float
    """How long it can stay and still land with the reserve."""


def reach(one: Resource, target: XY, on: Ground) -> Reach | None:
    """None where it could not fly there, or not come home from there with the reserve."""
    speed = one.drone.cruise_speed_m_s
    out_m = math.dist(one.at, target)
    if out_m > one.drone.max_range_m:
        return None
    out_s = _leg_s(one.at, target, speed, on)
    back_s = _leg_s(target, one.home, speed, on)
    if out_s is None or back_s is None:
        return None
    start_s = 0.0 if one.is_airborne else ARM_AND_TAKE_OFF_S
    there_s = start_s + max(0.0, one.transit_height_m - one.height_m) / one.drone.climb_speed_m_s + out_s
    home_s = back_s + one.transit_height_m / one.drone.descent_speed_m_s
    stay_s = one.to_use / one.drain_per_s - there_s - HOME_MARGIN * home_s
    return Reach(there_s, stay_s) if stay_s >= 0.0 else None


def overhead_s(one: Resource, target: XY, on: Ground) -> float | None:
    """Seconds until it is overhead; None where it could not fly there and come home."""
    found = reach(one, target, on)
    return found.overhead_s if found else None


def _leg_s(a: XY, b: XY, speed_m_s: float, on: Ground) -> float | None:
    """As `energy.leg_s`, in the plane."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    length_m = math.hypot(dx, dy)
    if length_m < 1.0:
        return 0.0
    helps = (on.wind_x_m_s * dx + on.wind_y_m_s * dy) / length_m - on.against_m_s
    across2 = 0.0 if on.against_m_s else on.wind_x_m_s**2 + on.wind_y_m_s**2 - helps**2
    if across2 >= speed_m_s**2:
        return None
    progress = min(speed_m_s, math.sqrt(speed_m_s**2 - max(0.0, across2)) + helps)
    return None if progress < MIN_PROGRESS_M_S else length_m / progress


# --- the solution -------------------------------------------------------------------------------


class Fleet(msgspec.Struct, frozen=True, kw_only=True):
    """Who goes where, as solved for all of them."""

    by_call: dict[str, str]
    """Callsign by call id; a call that gets nobody is not in it."""
    overhead_s: dict[str, float]
    """Of the aircraft it gets, by call id."""

    def call_of(self, callsign: str) -> str | None:
        """The call that an aircraft is meant for."""
        return next((call_id for call_id, drone in self.by_call.items() if drone == callsign), None)


def solve_fleet(calls: Sequence[Call], resources: Sequence[Resource], on: Ground) -> Fleet:
    """The best matching of these calls and these aircraft."""
    ordered = sorted(resources, key=lambda one: one.drone.callsign)
    by_id = {call.call_id: call for call in calls}
    times = [[_pair_s(call, one, by_id, on) for one in ordered] for call in calls]
    costs = [
        [
            *(_cost(call, one, seconds) for one, seconds in zip(ordered, row, strict=True)),
            *[weight(call) * NEVER_S] * len(calls),
        ]
        for call, row in zip(calls, times, strict=True)
    ]
    by_call: dict[str, str] = {}
    overhead: dict[str, float] = {}
    for call, row, column in zip(calls, times, match(costs), strict=True):
        seconds = row[column] if column < len(ordered) else None
        if seconds is not None:
            by_call[call.call_id] = ordered[column].drone.callsign
            overhead[call.call_id] = seconds
    return Fleet(by_call=by_call, overhead_s=overhead)


def _pair_s(call: Call, one: Resource, calls: dict[str, Call], on: Ground) -> float | None:
    position = call.place.position
    if position is None:
        return None
    holder = calls.get(one.takes_from) if one.takes_from else None
    if one.takes_from == call.call_id:
        return overhead_s(one, on.plane.to_xy(position), on)
    if one.takes_from is not None and (holder is None or priority_of(call) >= priority_of(holder)):
        return None
    return overhead_s(one, on.plane.to_xy(position), on)


def _cost(call: Call, one: Resource, seconds: float | None) -> float:
    """Taking an aircraft that is in the air must be worth it; leaving it where it is costs nothing."""
    if seconds is None:
        return NO_PAIR
    is_moved = one.is_airborne and one.takes_from != call.call_id
    return weight(call) * (seconds + (SWITCH_S if is_moved else 0.0))


def match(costs: Sequence[Sequence[float]]) -> list[int]:
    """A column for every row, no column twice, at the least total cost (Kuhn 1955, with potentials).

    At least as many columns as rows. Rows x rows x columns steps.
    """
    rows, columns = len(costs), len(costs[0]) if costs else 0
    row_of = [-1] * (columns + 1)
    """By column, the row that has it; the last column is where a search starts."""
    u, v = [0.0] * rows, [0.0] * (columns + 1)
    for row in range(rows):
        row_of[columns] = row
        _augment(costs, row_of, u, v, columns)
    found = [0] * rows
    for column, row in enumerate(row_of[:columns]):
        if row >= 0:
            found[row] = column
    return found


def _augment(
    costs: Sequence[Sequence[float]], row_of: list[int], u: list[float], v: list[float], columns: int
) -> None:
    """Find a column for the row that waits at the start column, moving others where that is cheaper."""
    least, came_from = [math.inf] * columns, [columns] * columns
    done = [False] * (columns + 1)
    here = columns
    while row_of[here] >= 0:
        done[here] = True
        row, step, following = row_of[here], math.inf, -1
        cost_row, potential = costs[row], u[row]
        for column in range(columns):
            if done[column]:
                continue
            reduced = cost_row[column] - potential - v[column]
            if reduced < least[column]:
                least[column], came_from[column] = reduced, here
            if least[column] < step:
                step, following = least[column], column
        for column in range(columns + 1):
            if done[column]:
                u[row_of[column]] += step
                v[column] -= step
            elif column < columns:
                least[column] -= step
        here = following
    while here != columns:
        row_of[here] = row_of[came_from[here]]
        here = came_from[here]


# --- aircraft in the air ------------------------------------------------------------------------


def may_be_diverted(flight: Flight) -> bool:
    """In the air, at its height, and not coming down."""
    return flight.phase in AIRBORNE and flight.phase not in (Phase.CLIMBING, Phase.LANDING)


def held_call(state: State, flight: Flight) -> Call | None:
    """The call that would lose this aircraft; None where it has already left it, or the call is over."""
    call = state.calls.get(flight.call_id)
    return None if call is None or not call.is_open or is_leaving(flight) else call


def is_leaving(flight: Flight) -> bool:
    """It no longer serves its call: it was released, or is on its way home."""
    return flight.phase in (Phase.RELIEVED, Phase.RETURNING) or flight.cleared_at is not None


def free_resources(state: State, sky: Sky, on: Ground) -> list[Resource]:
    """Aircraft on the ground and on no flight, as far as they said where they are and how full."""
    busy = {flight.drone for flight in state.flights.values() if flight.is_open}
    found: list[Resource] = []
    for callsign, drone in state.drones.items():
        seen = sky.get(callsign)
        if callsign in busy or seen is None or not seen.is_connected or seen.is_airborne:
            continue
        one = resource(state, drone, seen, on)
        if one is not None:
            found.append(one)
    return found
