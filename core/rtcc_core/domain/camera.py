"""Gimbal and camera of one flight: level on the way, on the scene while there, level again on the way home.

What was ordered and what the gimbal itself says are kept apart: privacy is verified, not promised. An
aircraft without gimbal or camera is asked for nothing and flies the same.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from rtcc_core.domain import events as ev
from rtcc_core.domain.drone import CameraSeen, GimbalSeen, Telemetry
from rtcc_core.domain.flight import (
    AIRBORNE,
    PENDING,
    CameraLook,
    Flight,
    Order,
    Outcome,
    Phase,
    Verb,
)
from rtcc_core.domain.geo import LatLon, bearing_deg, distance_m
from rtcc_core.domain.orders import again, make_order
from rtcc_core.domain.phases import IN_VIEW_M
from rtcc_core.domain.programme import Programme
from rtcc_core.domain.state import State

LEVEL_DEG = -10.0
DOWN_DEG = -20.0
"""Above the one it looks level, below the other down; in between it looks as it did before."""

TOO_LONG_DOWN_S = 3.0
"""A gimbal needs so long to come up; one that still looks down then is where it must not look."""

REFUSALS_MAX = 2
"""A gimbal or camera that refused the same as often is not asked again on this flight."""

REPEAT_AFTER_S = 3.0

AIMED_M = 5.0
"""Two points nearer than this are one to look at."""

LEVEL_SHOWN_DEG = 10.0
YAW_SHOWN_DEG = 25.0

SCENE_PHASES = frozenset({Phase.ON_SCENE, Phase.HOLDING, Phase.RELIEVED})


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """One aircraft's flight, now."""

    state: State
    flight: Flight
    seen: Telemetry
    phase: Phase
    at: datetime

    @property
    def programme(self) -> Programme:
        return self.state.programme or Programme(agency="")

    @property
    def is_at_scene(self) -> bool:
        """True where it may look down: on the scene, or holding where it has the scene in view."""
        return may_look_down(self.flight, self.seen, self.phase)

    @property
    def scene_since(self) -> datetime:
        """When the stay it is in now began."""
        return self.flight.phase_since or self.flight.opened_at

    @property
    def gimbal(self) -> GimbalSeen | None:
        gimbal = self.seen.gimbal
        return gimbal if gimbal is not None and gimbal.age_s <= self.programme.stale_after_s else None

    @property
    def camera(self) -> CameraSeen | None:
        camera = self.seen.camera
        return (
            camera if camera is not None and camera.age_s <= max(5.0, self.programme.stale_after_s) else None
        )


def may_look_down(flight: Flight, seen: Telemetry, phase: Phase) -> bool:
    """True where the programme lets the camera look at the ground."""
    if phase is Phase.ON_SCENE:
        return True
    if phase not in SCENE_PHASES or seen.position is None or Phase.ON_SCENE not in flight.times:
        return False
    circle = flight.overwatch
    reach_m = max(IN_VIEW_M, circle.radius_m + IN_VIEW_M if circle else 0.0)
    return distance_m(seen.position, flight.target) <= reach_m


def camera_events(
    state: State, flight: Flight, seen: Telemetry, phase: Phase, at: datetime, *, after: int = 0
) -> list[ev.AnyEvent]:
    """What gimbal and camera call for now; `after` says how many orders this look has given already."""
    if phase not in AIRBORNE:
        return []
    look = Look(state=state, flight=flight, seen=seen, phase=phase, at=at)
    found = _observed(look)
    for order in _orders(look, after):
        found.append(ev.OrderAsked(order=order))
    return found


# --- what is wanted ---------------------------------------------------------------------------


def _orders(look: Look, after: int) -> list[Order]:
    orders: list[Order] = []
    if look.gimbal is not None:
        orders += _aim(look, after)
    if look.camera is not None and look.programme.records_on_scene:
        orders += _record(look, after + len(orders))
    return orders


def _aim(look: Look, after: int) -> list[Order]:
    newest = _newest(look, Verb.AIM)
    stands = newest is not None and _is_a_persons(newest) and look.is_at_scene
    if newest is not None and stands:
        return _repeated(look, newest, after)
    target = look.flight.target if look.is_at_scene else None
    if newest is not None and _is_aimed(newest, target):
        return _repeated(look, newest, after)
    if newest is not None and newest.outcome in PENDING:
        return []
    pitch_deg = 0.0 if target is None else None
    return [_order(look, Verb.AIM, after, target=target, pitch_deg=pitch_deg)]


def _record(look: Look, after: int) -> list[Order]:
    newest, is_wanted = _newest(look, Verb.RECORD), look.is_at_scene
    if newest is None and not is_wanted:
        return []  # nothing was started, so nothing is stopped
    if newest is not None and _is_a_persons(newest) and is_wanted and newest.asked_at >= look.scene_since:
        return _repeated(look, newest, after)
    if newest is not None and newest.is_on is is_wanted:
        return _repeated(look, newest, after)
    if newest is not None and newest.outcome in PENDING:
        return []
    return [_order(look, Verb.RECORD, after, is_on=is_wanted)]


def _repeated(look: Look, newest: Order, after: int) -> list[Order]:
    """The same once more where nobody knows how it ended, or where it was refused the first time."""
    if newest.outcome not in (Outcome.UNKNOWN, Outcome.REFUSED) or newest.settled_at is None:
        return []
    if newest.observed_at is not None or (look.at - newest.settled_at).total_seconds() < REPEAT_AFTER_S:
        return []
    if newest.outcome is Outcome.REFUSED and _times_refused(look, newest) >= REFUSALS_MAX:
        return []
    return [again(look.state, newest, look.at, after=after)]


def _times_refused(look: Look, newest: Order) -> int:
    """How often in a row the same was refused."""
    count = 0
    for order in reversed(look.state.orders.get(look.flight.drone, ())):
        if order.verb is newest.verb and order.flight_id == newest.flight_id:
            is_same = _wants(order) == _wants(newest) and order.outcome is Outcome.REFUSED
            if not is_same:
                break
            count += 1
    return count


def _wants(order: Order) -> tuple[LatLon | None, float | None, bool | None]:
    return order.target, order.pitch_deg, order.is_on


def _newest(look: Look, verb: Verb) -> Order | None:
    order = look.state.newest_payload_order(look.flight.drone, verb)
    return order if order is not None and order.flight_id == look.flight.flight_id else None


def _is_a_persons(order: Order) -> bool:
    return order.operator != "core"


def _is_aimed(order: Order, target: LatLon | None) -> bool:
    if target is None:
        return order.target is None and order.pitch_deg == 0.0
    return order.target is not None and distance_m(order.target, target) <= AIMED_M


def _order(
    look: Look,
    verb: Verb,
    after: int,
    *,
    target: LatLon | None = None,
    pitch_deg: float | None = None,
    is_on: bool | None = None,
) -> Order:
    return make_order(
        look.state,
        drone=look.flight.drone,
        verb=verb,
        operator="core",
        at=look.at,
        flight_id=look.flight.flight_id,
        target=target,
        pitch_deg=pitch_deg,
        is_on=is_on,
        after=after,
    )


# --- what is seen -----------------------------------------------------------------------------


def _observed(look: Look) -> list[ev.AnyEvent]:
    found: list[ev.AnyEvent] = []
    flight, gimbal, camera = look.flight, look.gimbal, look.camera
    if gimbal is not None:
        found += _looks(look, gimbal)
        aim = _newest(look, Verb.AIM)
        if aim is not None and _is_waiting(aim) and _shows_aim(look, aim, gimbal):
            found.append(ev.OrderObserved(drone=flight.drone, order_id=aim.order_id))
    if camera is None or camera.is_recording is None:
        return found
    if camera.is_recording is not (flight.is_recording or False):
        recording = ev.RecordingObserved(
            flight_id=flight.flight_id, drone=flight.drone, is_recording=camera.is_recording
        )
        found.append(recording)
    record = _newest(look, Verb.RECORD)
    if record is not None and _is_waiting(record) and record.is_on is camera.is_recording:
        found.append(ev.OrderObserved(drone=flight.drone, order_id=record.order_id))
    return found


def _is_waiting(order: Order) -> bool:
    return order.observed_at is None and order.outcome in (Outcome.ACCEPTED, Outcome.UNKNOWN)


def _shows_aim(look: Look, aim: Order, gimbal: GimbalSeen) -> bool:
    if aim.target is None:
        return abs(gimbal.pitch_deg - (aim.pitch_deg or 0.0)) <= LEVEL_SHOWN_DEG
    if gimbal.yaw_deg is None or look.seen.position is None:
        return gimbal.pitch_deg < LEVEL_DEG
    off_deg = gimbal.yaw_deg - bearing_deg(look.seen.position, aim.target)
    return gimbal.pitch_deg < 0.0 and abs((off_deg + 180.0) % 360.0 - 180.0) <= YAW_SHOWN_DEG


def _looks(look: Look, gimbal: GimbalSeen) -> list[ev.AnyEvent]:
    """Said when it changes between level and down, and when looking down becomes, or ceases to be, wrong."""
    known = look.flight.camera
    looks_down = gimbal.pitch_deg < (LEVEL_DEG if known is not None and known.looks_down else DOWN_DEG)
    is_allowed = not looks_down or look.is_at_scene or not _is_too_long(look, known)
    if known is not None and (known.looks_down, known.is_allowed) == (looks_down, is_allowed):
        return []
    return [
        ev.GimbalObserved(
            flight_id=look.flight.flight_id,
            drone=look.flight.drone,
            looks_down=looks_down,
            pitch_deg=round(gimbal.pitch_deg, 1),
            is_allowed=is_allowed,
        )
    ]


def _left_at(flight: Flight) -> datetime | None:
    """When it came into its phase; a landing at the end of a return began with the return."""
    returned_at = flight.times.get(Phase.RETURNING)
    return returned_at if flight.phase is Phase.LANDING and returned_at else flight.phase_since


def _is_too_long(look: Look, known: CameraLook | None) -> bool:
    """Down, where it must not be, for longer than it takes to come up. An order travels in real time, so a
    drill that runs faster leaves it longer."""
    if known is None or not known.looks_down:
        return False
    if not known.is_allowed:
        return True
    since = max(known.since, _left_at(look.flight) or known.since)
    if look.phase is not look.flight.phase:
        return False  # the phase was entered in this very look
    return (look.at - since).total_seconds() > TOO_LONG_DOWN_S * max(1.0, look.programme.drill_speed)
