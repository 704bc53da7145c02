"""The phases of a flight as a table: what in the telemetry says so, how long it may last, and then what.

The first row whose condition the telemetry meets is the phase that is seen. Conditions read the newest order
that the aircraft took up: mode alone tells a climb from a transit on no autopilot.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import msgspec

from rtcc_core.domain.drone import Landed, Mode, Telemetry
from rtcc_core.domain.energy import home_s, way_s
from rtcc_core.domain.flight import (
    AIRBORNE,
    BEFORE_FLIGHT,
    PENDING,
    Flight,
    Leg,
    Order,
    Outcome,
    Phase,
    Verb,
)
from rtcc_core.domain.forecast import today_wind
from rtcc_core.domain.geo import LatLon, distance_m
from rtcc_core.domain.programme import Programme
from rtcc_core.domain.state import State

LIFTED_OFF_M = 1.5
"""Height above the launch point that counts as airborne where the aircraft does not say so itself."""

ARRIVED_M = 20.0
"""An aircraft this close to its stand-off point, or to the circle it should fly, has arrived."""

DRIFTED_M = 60.0
"""And this far outside the circle it has left the scene."""

IN_VIEW_M = 200.0
"""An aircraft that a person moved has the scene in view from so far; beyond it, nobody watches the scene."""

LATE_FACTOR = 2.0
LATE_AFTER_S = 60.0
"""A way takes at most so many times what today's wind predicts, and so much more for turns and settling."""

WAY_UNKNOWN_S = 900.0
"""For a way of which nothing can be predicted."""

MOVES = frozenset({Verb.MOVE, Verb.FACE, Verb.ORBIT})
"""Orders that a person gives on scene, or that keep it in view."""


class View(msgspec.Struct, frozen=True, kw_only=True):
    """What a condition may look at."""

    flight: Flight
    seen: Telemetry
    programme: Programme
    order: Order | None
    """The newest order of flight that the aircraft took up, or may have."""
    is_turning: bool
    """A newer one is on its way: what the older one meant is no longer what it does."""

    @property
    def is_up(self) -> bool:
        """Before a flight, what is not armed does not fly, whatever an older message of that second says."""
        return is_up(self.seen) and not (self.flight.phase in BEFORE_FLIGHT and self.seen.armed is False)

    @property
    def has_flown(self) -> bool:
        return not AIRBORNE.isdisjoint(self.flight.times)

    @property
    def verb(self) -> Verb:
        return self.order.verb if self.order else Verb.LAUNCH

    @property
    def leg(self) -> Leg | None:
        return self.order.leg if self.order else None

    @property
    def away_m(self) -> float | None:
        """From the scene, metres."""
        return None if self.seen.position is None else distance_m(self.seen.position, self.flight.target)

    @property
    def is_out_of_date(self) -> bool:
        """True where the order is older than the phase: it says nothing against a later event."""
        since, order = self.flight.phase_since, self.order
        told = self.flight.phase in (Phase.DIVERTED, Phase.RELIEVED)
        return told and order is not None and since is not None and order.asked_at < since


class PhaseRule(msgspec.Struct, frozen=True, kw_only=True):
    """One phase."""

    phase: Phase
    entered_when: str
    shows: Callable[[View], bool] | None = None
    """None: an event of ours says so, not telemetry."""
    limit_s: float | None = None
    """By the core's clock; None: as long as predicted for this flight, or without end."""
    is_predicted: bool = False
    then: str = ""
    """What a person should do when the time is over."""


def is_up(seen: Telemetry) -> bool:
    """In the air, by the aircraft's own word, else by its height."""
    if seen.is_airborne is not None:
        return seen.is_airborne
    return bool(seen.armed) and (seen.height_m or 0.0) > LIFTED_OFF_M


# --- conditions -------------------------------------------------------------------------------


def _landed(view: View) -> bool:
    # On the ground and disarmed is landed; on the ground and armed it may still be spinning down.
    return not view.is_up and view.has_flown and view.seen.armed is False


def _aborted(view: View) -> bool:
    was_armed = view.flight.phase in (Phase.ARMED, Phase.LOST)
    return not view.is_up and was_armed and not view.has_flown and view.seen.armed is False


def _armed(view: View) -> bool:
    return not view.is_up and view.flight.phase in BEFORE_FLIGHT and view.seen.armed is True


def _landing(view: View) -> bool:
    return view.is_up and (view.seen.mode is Mode.LAND or view.seen.landed is Landed.LANDING)


def _returning(view: View) -> bool:
    if not view.is_up:
        return False
    if view.seen.mode is Mode.RETURN:
        return True
    return not view.is_turning and view.verb is Verb.TRANSIT and view.leg is Leg.HOME


def _climbing(view: View) -> bool:
    return view.is_up and view.verb is Verb.LAUNCH and not (view.order and view.is_turning)


def _may_judge(view: View) -> bool:
    return view.is_up and not view.is_turning and not view.is_out_of_date


def _is_out(view: View) -> bool:
    return view.verb is Verb.TRANSIT and view.leg is not Leg.HOME


def _holding(view: View) -> bool:
    if not _may_judge(view):
        return False
    if view.verb is Verb.HOLD:
        return view.seen.mode in (Mode.HOLD, Mode.ORBIT)
    return view.verb in MOVES and view.away_m is not None and not _has_in_view(view, view.away_m)


def _on_scene(view: View) -> bool:
    away_m = view.away_m
    if not _may_judge(view) or away_m is None:
        return False
    if _is_out(view):
        return away_m <= view.programme.orbit_radius_m + ARRIVED_M
    return view.verb in MOVES and _has_in_view(view, away_m)


def _transit(view: View) -> bool:
    if not _may_judge(view) or view.away_m is None or not _is_out(view):
        return False
    if view.flight.phase is Phase.DIVERTED:
        return False  # it stays one until it is there
    is_far = view.away_m > view.programme.orbit_radius_m + DRIFTED_M
    return view.flight.phase is not Phase.ON_SCENE or is_far


def _has_in_view(view: View, away_m: float) -> bool:
    """Near the call, or on a circle round it that a person made wider."""
    circle = view.flight.overwatch
    reach_m = max(IN_VIEW_M, view.programme.orbit_radius_m + DRIFTED_M)
    if circle is not None and distance_m(circle.centre, view.flight.target) <= IN_VIEW_M:
        reach_m = max(reach_m, circle.radius_m + DRIFTED_M)
    return away_m <= reach_m


# --- the table --------------------------------------------------------------------------------

RULES: tuple[PhaseRule, ...] = (
    PhaseRule(phase=Phase.LANDED, entered_when="on the ground and disarmed after a flight", shows=_landed),
    PhaseRule(phase=Phase.ABORTED, entered_when="disarmed again before it lifted off", shows=_aborted),
    PhaseRule(
        phase=Phase.ARMED,
        entered_when="armed, on the ground",
        shows=_armed,
        limit_s=20.0,
        then="armed and not climbing: keep clear of it, order hold or land; disarm it from its own control",
    ),
    PhaseRule(
        phase=Phase.LANDING,
        entered_when="mode land, or it says that it is landing",
        shows=_landing,
        limit_s=180.0,
        then="look whether the pad is free; hold stops the descent",
    ),
    PhaseRule(
        phase=Phase.RETURNING,
        entered_when="mode return, or on a leg of the way home that it took up",
        shows=_returning,
        is_predicted=True,
        then="look where it is; order return again, or land it where it is safe",
    ),
    PhaseRule(
        phase=Phase.CLIMBING,
        entered_when="in the air, and the launch is the newest order it took up",
        shows=_climbing,
        limit_s=90.0,
        then="return it, or follow the call again",
    ),
    PhaseRule(
        phase=Phase.HOLDING,
        entered_when="hovers on a hold it took up, or was moved to where the scene is not in view",
        shows=_holding,
    ),
    PhaseRule(
        phase=Phase.ON_SCENE,
        entered_when="at the stand-off, or near enough to have the scene in view",
        shows=_on_scene,
    ),
    PhaseRule(
        phase=Phase.TRANSIT,
        entered_when="on a leg of the way out that it took up, not yet at the stand-off",
        shows=_transit,
        is_predicted=True,
        then="look at its ground speed and the wind; return it, or hold it",
    ),
    PhaseRule(
        phase=Phase.DIVERTED,
        entered_when="a person took it from its call and gave it to another",
        is_predicted=True,
        then="look at its ground speed and the wind; return it, or hold it",
    ),
    PhaseRule(
        phase=Phase.RELIEVED,
        entered_when="the relief has the scene in view",
        limit_s=90.0,
        then="the other aircraft has the scene: return it",
    ),
    PhaseRule(
        phase=Phase.ASKED,
        entered_when="a person asked for the launch and no gate stood against it",
        limit_s=10.0,
        then="it was never sent: look at the link, launch again",
    ),
    PhaseRule(
        phase=Phase.GATED,
        entered_when="every gate was asked, and a person answered for those that did not pass",
        limit_s=10.0,
        then="it was never sent: look at the link, launch again",
    ),
    PhaseRule(
        phase=Phase.SENT,
        entered_when="the launch order was handed to the aircraft's link",
        limit_s=20.0,
        then="it never armed: read what the aircraft says, launch again or send another",
    ),
    PhaseRule(phase=Phase.LOST, entered_when="its link was lost in flight"),
)

RULE_OF = {rule.phase: rule for rule in RULES}


def seen_phase(flight: Flight, state: State, seen: Telemetry, programme: Programme) -> Phase | None:
    """The phase this telemetry shows; None where it shows nothing that can be named."""
    newest = state.newest_order(flight.drone)
    view = View(
        flight=flight,
        seen=seen,
        programme=programme,
        order=flying_order(state, flight),
        is_turning=newest is not None
        and newest.flight_id == flight.flight_id
        and newest.verb is not Verb.LAUNCH
        and newest.outcome in PENDING,
    )
    return next((rule.phase for rule in RULES if rule.shows is not None and rule.shows(view)), None)


def flying_order(state: State, flight: Flight) -> Order | None:
    """The newest order of flight that the aircraft took up, or may have."""
    taken = [
        order
        for order in state.orders.get(flight.drone, ())
        if order.flight_id == flight.flight_id
        and order.is_of_flight
        and order.outcome in (Outcome.ACCEPTED, Outcome.UNKNOWN)
    ]
    return taken[-1] if taken else None


# --- deadlines --------------------------------------------------------------------------------


def limit_s(state: State, flight: Flight, seen: Telemetry, at: datetime) -> float | None:
    """How long the flight may stay in its phase, seconds of the core's clock; None: without end.

    On the scene and in a hold it is bingo that ends the stay.
    """
    rule = RULE_OF[flight.phase]
    if not rule.is_predicted:
        return rule.limit_s
    predicted_s = _predicted_s(state, flight, seen, at)
    return WAY_UNKNOWN_S if predicted_s is None else LATE_FACTOR * predicted_s + LATE_AFTER_S


def _predicted_s(state: State, flight: Flight, seen: Telemetry, at: datetime) -> float | None:
    """What the whole way takes in today's wind, from the launch point or back to it."""
    drone = state.drones.get(flight.drone)
    programme = state.programme or Programme(agency="")
    site = state.sites.get(drone.site) if drone else None
    home = seen.home or (site.position if site else None)
    if drone is None or home is None:
        return None
    wind = today_wind(state, programme, at, seen)
    way = flight.way
    if flight.phase is not Phase.RETURNING:
        end = way.points if way is not None and way.leg is Leg.OUT else (flight.target,)
        start = _farther(home, seen.position, flight.target) if flight.phase is Phase.DIVERTED else home
        return way_s((start, *end), drone.cruise_speed_m_s, wind)
    back = way.points if way is not None and way.leg is Leg.HOME else (home,)
    height_m = drone.max_height_m
    start = _farther(flight.target, seen.position, back[-1])
    return home_s(drone, (start, *back), height_m=height_m, way_height_m=height_m, wind=wind)


def _farther(one: LatLon, other: LatLon | None, goal: LatLon) -> LatLon:
    if other is None or distance_m(one, goal) >= distance_m(other, goal):
        return one
    return other
