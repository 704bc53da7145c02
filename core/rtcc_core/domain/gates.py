"""May this flight go? Named checks, each PASS, WARN, BLOCK or UNKNOWN with its reason.

UNKNOWN is not PASS (law 6): where the fact behind a gate is missing or old, the gate says UNKNOWN and a
person with the right to override must say why it may go all the same.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime

import msgspec

from rtcc_core.domain.call import Place
from rtcc_core.domain.drone import Drone, Site, Telemetry
from rtcc_core.domain.energy import Plan, Wind, plan
from rtcc_core.domain.flight import GateResult, Verdict
from rtcc_core.domain.geo import LatLon, distance_m
from rtcc_core.domain.people import Person, Right
from rtcc_core.domain.programme import Programme
from rtcc_core.domain.state import State, Weather

WIDE_M = 100.0
"""A position known no better than this is said to be wide: the picture may miss the scene."""


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a gate may look at: one aircraft, one target, now."""

    drone: Drone
    site: Site | None
    programme: Programme
    telemetry: Telemetry
    place: Place
    """Where the call is, and how well that is known."""
    busy_with: str | None
    """What the aircraft is already doing, in words; None when it is free."""
    weather: Weather | None
    asked_by: Person | None
    """None while nobody has asked yet: advice leaves the operator out."""
    at: datetime

    @property
    def target(self) -> LatLon | None:
        """The point to fly to; None where the call has none."""
        return self.place.position

    @property
    def wind(self) -> Wind | None:
        """The wind to plan with, None when no observation is fresh enough."""
        if self.weather is None or not is_fresh(self.weather, self.programme, self.at):
            return None
        return Wind(self.weather.wind_speed_m_s, self.weather.wind_from_deg)

    @property
    def start(self) -> LatLon | None:
        """Where the flight would begin: where the aircraft is, else its site."""
        if self.telemetry.position is not None:
            return self.telemetry.position
        return self.site.position if self.site else None

    def plan(self) -> Plan | None:
        """The out-and-back in today's wind (calm where the wind is unknown); None when it cannot be told."""
        start, battery = self.start, self.telemetry.battery_fraction
        if start is None or self.target is None or battery is None:
            return None
        return plan(
            self.drone,
            start,
            self.telemetry.home or (self.site.position if self.site else start),
            self.target,
            height_m=self.programme.transit_height_m,
            start_height_m=max(0.0, self.telemetry.height_m or 0.0) if self.telemetry.is_airborne else 0.0,
            battery_fraction=battery,
            reserve=self.programme.battery_reserve,
            wind=self.wind or Wind(0.0, 0.0),
        )


def question(
    state: State,
    drone: Drone,
    place: Place,
    telemetry: Telemetry,
    at: datetime,
    asked_by: Person | None,
) -> Question:
    """Gather what the gates look at for one aircraft and one place."""
    flight = state.flight_of(drone.callsign)
    busy = f"already flying {flight.flight_id} to call {flight.call_id}" if flight else None
    if busy is None and telemetry.is_airborne:
        busy = "already in the air, on no flight of ours"
    return Question(
        drone=drone,
        site=state.sites.get(drone.site),
        programme=state.programme or Programme(agency=""),
        telemetry=telemetry,
        place=place,
        busy_with=busy,
        weather=state.weather,
        asked_by=asked_by,
        at=at,
    )


def is_fresh(weather: Weather, programme: Programme, at: datetime) -> bool:
    """True for an observation that is not older than the programme allows, nor from the future."""
    age_s = (at - weather.observed_at).total_seconds()
    return -300.0 <= age_s <= programme.weather_valid_min * 60.0


def run_gates(asked: Question) -> tuple[GateResult, ...]:
    """Every gate's answer, in the order a pilot would read them."""
    return tuple(gate(asked) for gate in GATES)


def refusals(results: tuple[GateResult, ...]) -> tuple[str, ...]:
    """The reasons of every gate that is not passed, worst first."""
    order = (Verdict.BLOCK, Verdict.UNKNOWN)
    return tuple(f"{r.gate}: {r.reason}" for verdict in order for r in results if r.verdict is verdict)


# --- the gates --------------------------------------------------------------------------------


def operator_gate(asked: Question) -> GateResult:
    """The person asking must hold a role that launches. Nobody has asked yet while advice is given."""
    if asked.asked_by is None:
        return _pass("operator", "checked when a person asks")
    if not asked.asked_by.may(Right.LAUNCH):
        return _block(
            "operator", f"{asked.asked_by.name} is {asked.asked_by.role.value}, which does not launch"
        )
    return _pass("operator", f"{asked.asked_by.name}, {asked.asked_by.role.value}")


def link_gate(asked: Question) -> GateResult:
    """The aircraft must be heard now, and be the only one that answers to its number."""
    seen = asked.telemetry
    if seen.trouble:
        return _block("link", seen.trouble)
    if not seen.is_connected or seen.link_age_s is None:
        return _block("link", "no link")
    if seen.link_age_s > asked.programme.stale_after_s:
        return _block("link", f"not heard for {seen.link_age_s:.0f} s")
    return _pass("link", f"heard {seen.link_age_s:.1f} s ago")


def position_gate(asked: Question) -> GateResult:
    """A position to fly on (14 CFR 107.49(a)(3): all control links and systems working)."""
    seen = asked.telemetry
    if seen.has_fix is False:
        return _block("position", "no position fix")
    if seen.has_fix is None or seen.position is None or seen.position_age_s is None:
        return _unknown("position", "the aircraft has not said where it is")
    if seen.position_age_s > asked.programme.stale_after_s:
        return _unknown("position", f"position is {seen.position_age_s:.0f} s old")
    return _pass("position", "fix" + (f", {seen.satellites} satellites" if seen.satellites else ""))


def ready_gate(asked: Question) -> GateResult:
    """The autopilot's own pre-arm checks."""
    seen = asked.telemetry
    if seen.is_armable is False:
        return _block("ready", seen.health or "its own checks keep it from arming")
    if seen.is_armable is None:
        return _unknown("ready", "the aircraft has not said whether it may arm")
    return _pass("ready", "its own checks pass")


def free_gate(asked: Question) -> GateResult:
    """One flight at a time."""
    if asked.busy_with:
        return _block("free", asked.busy_with)
    if asked.telemetry.is_airborne is None:
        return _unknown("free", "the aircraft has not said whether it is on the ground")
    return _pass("free", "on the ground, no flight")


def target_gate(asked: Question) -> GateResult:
    """A place to fly to: no position is ever invented."""
    if asked.target is None:
        return _block("target", "the call has no position")
    if asked.target.is_null_island:
        return _block("target", "the call's position is 0, 0: a failed address look-up")
    if asked.place.needs_confirmation:
        return _unknown("target", "this is where the call was routed from, not where it happens")
    radius_m = asked.place.uncertainty_m
    if radius_m is not None and radius_m > WIDE_M:
        return _warn("target", f"{asked.target}, only known to {radius_m:.0f} m")
    return _pass("target", str(asked.target))


def range_gate(asked: Question) -> GateResult:
    """Within the distance this aircraft may go from its site."""
    start = asked.start
    if start is None or asked.target is None:
        return _unknown("range", "the distance cannot be told")
    away_m = distance_m(start, asked.target)
    if not math.isfinite(away_m) or away_m > asked.drone.max_range_m:
        return _block("range", f"{away_m / 1000:.1f} km away, limit {asked.drone.max_range_m / 1000:.1f} km")
    return _pass("range", f"{away_m / 1000:.1f} km away")


def wind_gate(asked: Question) -> GateResult:
    """Wind and gust within the aircraft's limit, from an observation that is still valid."""
    weather = asked.weather
    if weather is None:
        return _unknown("wind", "no wind observation")
    if not is_fresh(weather, asked.programme, asked.at):
        age_min = (asked.at - weather.observed_at).total_seconds() / 60
        return _unknown("wind", f"the wind observation is {age_min:.0f} min old")
    strongest = max(weather.wind_speed_m_s, weather.gust_m_s or 0.0)
    limit = asked.drone.max_wind_m_s
    if not math.isfinite(strongest):
        return _unknown("wind", "the wind observation is not a number")
    reason = f"{strongest:.0f} m/s of {limit:.0f} m/s"
    if strongest > limit:
        return _block("wind", reason)
    if strongest > 0.8 * limit:
        return _warn("wind", reason)
    return _pass("wind", reason)


def battery_gate(asked: Question) -> GateResult:
    """Enough to go, come back and land with the reserve, in today's wind."""
    seen = asked.telemetry
    if seen.battery_fraction is None:
        return _unknown("battery", "the aircraft has not said how full it is")
    stale_s = max(asked.programme.stale_after_s, 10.0)
    if seen.battery_age_s is None or seen.battery_age_s > stale_s:
        return _unknown("battery", "the battery value is old")
    trip = asked.plan()
    if trip is None:
        if asked.target is None or asked.start is None:
            return _unknown("battery", f"{seen.battery_fraction:.0%}, the way is not known")
        return _block("battery", "the wind is too strong for the way out and back")
    have, need = seen.battery_fraction, trip.needed_fraction
    if have < need:
        return _block("battery", f"{have:.0%}, needs {need:.0%} for there and home")
    reason = f"{have:.0%}, needs {need:.0%}"
    return _warn("battery", reason) if have - need < 0.05 else _pass("battery", reason)


Gate = Callable[[Question], GateResult]

GATES: tuple[Gate, ...] = (
    operator_gate,
    link_gate,
    position_gate,
    ready_gate,
    free_gate,
    target_gate,
    range_gate,
    wind_gate,
    battery_gate,
)


def _pass(gate: str, reason: str) -> GateResult:
    return GateResult(gate=gate, verdict=Verdict.PASS, reason=reason)


def _warn(gate: str, reason: str) -> GateResult:
    return GateResult(gate=gate, verdict=Verdict.WARN, reason=reason)


def _block(gate: str, reason: str) -> GateResult:
    return GateResult(gate=gate, verdict=Verdict.BLOCK, reason=reason)


def _unknown(gate: str, reason: str) -> GateResult:
    return GateResult(gate=gate, verdict=Verdict.UNKNOWN, reason=reason)
