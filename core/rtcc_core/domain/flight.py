"""A flight from asked to landed, and the orders that carry it there.

Two different things are kept apart all the way to the screen: what was *ordered* (an order ends
accepted, refused or unknown) and what was *observed* (the phase, from the aircraft's own telemetry).
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from rtcc_core.domain.geo import LatLon


class Phase(StrEnum):
    """Where a flight is. ASKED and SENT are ours; every later phase is believed from telemetry only."""

    ASKED = "asked"
    GATED = "gated"
    """Every gate was asked and none stood against it, or a person answered for those that did."""
    SENT = "sent"
    ARMED = "armed"
    CLIMBING = "climbing"
    TRANSIT = "transit"
    ON_SCENE = "on scene"
    HOLDING = "holding"
    DIVERTED = "diverted"
    """Taken from its call and on the way to another."""
    RELIEVED = "relieved"
    """Another aircraft has the scene in view; this one is free to leave."""
    RETURNING = "returning"
    LANDING = "landing"
    LANDED = "landed"
    LOST = "lost"
    ABORTED = "aborted"
    """It never left the ground."""


BEFORE_FLIGHT = frozenset({Phase.ASKED, Phase.GATED, Phase.SENT, Phase.ARMED})
GOING_HOME = frozenset({Phase.RETURNING, Phase.LANDING})
AIRBORNE = (
    frozenset(
        {
            Phase.CLIMBING,
            Phase.TRANSIT,
            Phase.ON_SCENE,
            Phase.HOLDING,
            Phase.DIVERTED,
            Phase.RELIEVED,
        }
    )
    | GOING_HOME
)
ENDED = frozenset({Phase.LANDED, Phase.ABORTED})

_FROM_THE_AIR = AIRBORNE | {Phase.LANDED, Phase.LOST}

_SINGULAR = frozenset({Phase.CLIMBING, Phase.DIVERTED, Phase.RELIEVED})
"""Nobody climbs out twice; what is diverted or relieved was flying somewhere, or watching something."""

_SEEN_AT_ONCE = AIRBORNE - {Phase.DIVERTED, Phase.RELIEVED}
"""What telemetry alone can show of a flight in the air."""

LEGAL_MOVES: dict[Phase, frozenset[Phase]] = {
    # A core that was away may find the aircraft further on than it left it: forward skips are legal.
    Phase.ASKED: frozenset({Phase.GATED, Phase.SENT, Phase.ARMED, Phase.ABORTED, Phase.LOST}) | _SEEN_AT_ONCE,
    Phase.GATED: frozenset({Phase.SENT, Phase.ARMED, Phase.ABORTED, Phase.LOST}) | _SEEN_AT_ONCE,
    Phase.SENT: frozenset({Phase.ARMED, Phase.ABORTED, Phase.LOST, Phase.LANDED}) | _SEEN_AT_ONCE,
    Phase.ARMED: frozenset({Phase.ABORTED, Phase.LOST, Phase.LANDED}) | _SEEN_AT_ONCE,
    **{phase: frozenset(_FROM_THE_AIR - _SINGULAR - {phase}) for phase in AIRBORNE},
    Phase.LOST: _SEEN_AT_ONCE | {Phase.LANDED, Phase.ABORTED},
    Phase.LANDED: frozenset(),
    Phase.ABORTED: frozenset(),
}

for _phase in AIRBORNE - {Phase.DIVERTED, Phase.LANDING}:
    LEGAL_MOVES[_phase] |= {Phase.DIVERTED}
for _phase in (Phase.ON_SCENE, Phase.HOLDING):
    LEGAL_MOVES[_phase] |= {Phase.RELIEVED}


def may_move(current: Phase, to: Phase) -> bool:
    """True where a flight in `current` may be observed in `to`."""
    return to in LEGAL_MOVES[current]


class Verb(StrEnum):
    """What an aircraft can be ordered to do."""

    LAUNCH = "launch"
    """Arm, take off and climb to `height_m`."""
    TRANSIT = "transit"
    ORBIT = "orbit"
    MOVE = "move"
    """Fly to a point near the scene, or to another height, and stay there."""
    FACE = "face"
    """Turn the nose to `heading_deg` (or to `target`) where it hovers."""
    HOLD = "hold"
    RETURN = "return"
    """Fly home by the autopilot's own return, and land there."""
    LAND = "land"
    AIM = "aim"
    """Point the gimbal: at `target`, or to `pitch_deg` (0 level, -90 straight down)."""
    RECORD = "record"
    """Start (`is_on`) or stop the camera's recording."""


PAYLOAD = frozenset({Verb.AIM, Verb.RECORD})
"""Orders to gimbal and camera: they change nothing about where the aircraft flies."""

SAFE_TO_REPEAT = frozenset(Verb) - {Verb.LAUNCH}
"""Orders whose outcome may be made certain by sending them again; a launch never is."""

RECALLS = frozenset({Verb.HOLD, Verb.RETURN, Verb.LAND})
"""Orders that never wait behind anything and need no journal."""


class Outcome(StrEnum):
    """How far an order has come; the words the screen shows."""

    ASKED = "ASKED"
    SENT = "SENT"
    ACCEPTED = "ACCEPTED"
    REFUSED = "REFUSED"
    UNKNOWN = "UNKNOWN"


PENDING = frozenset({Outcome.ASKED, Outcome.SENT})


class Leg(StrEnum):
    """What a stretch of flying is for."""

    OUT = "out"
    SCENE = "scene"
    HOME = "home"


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """One intention for one aircraft. It always names its aircraft and its operator."""

    order_id: str
    drone: str
    verb: Verb
    operator: str
    """Account of the person, or `core` where the flight's next step follows from what was observed."""
    asked_at: datetime
    flight_id: str | None = None
    target: LatLon | None = None
    """TRANSIT and MOVE: the point to fly to. ORBIT: the centre. FACE and AIM: what to look at."""
    height_m: float | None = None
    """Above the launch point."""
    radius_m: float | None = None
    speed_m_s: float | None = None
    is_clockwise: bool = True
    """ORBIT: seen from above."""
    heading_deg: float | None = None
    """FACE: true heading. MOVE: the heading to keep, where the autopilot lets us choose it."""
    pitch_deg: float | None = None
    """AIM: 0 level, -90 straight down."""
    is_on: bool | None = None
    """RECORD."""
    leg: Leg | None = None
    """TRANSIT, RETURN and LAND: which way it belongs to."""
    outcome: Outcome = Outcome.ASKED
    sent_at: datetime | None = None
    settled_at: datetime | None = None
    reason: str = ""
    """Why it was refused or is unknown, in the aircraft's words where it gave any."""
    observed_at: datetime | None = None
    """When telemetry first showed the aircraft doing it."""
    first_asked_at: datetime | None = None
    """A repeat of an order whose end nobody knows: when it was asked for the first time."""

    @property
    def is_of_flight(self) -> bool:
        """False for gimbal and camera: they change nothing about where it flies."""
        return self.verb not in PAYLOAD

    @property
    def is_homeward(self) -> bool:
        """A return, a landing, or a leg of the way home."""
        return self.verb in (Verb.RETURN, Verb.LAND) or (self.verb is Verb.TRANSIT and self.leg is Leg.HOME)

    @property
    def is_recall(self) -> bool:
        """Never waits behind another order: hold, return, land, and a leg of the way home."""
        return self.verb in RECALLS or self.is_homeward


class Verdict(StrEnum):
    """UNKNOWN is not PASS: a missing fact never lets a flight go by itself (law 6)."""

    PASS = "PASS"
    WARN = "WARN"
    BLOCK = "BLOCK"
    UNKNOWN = "UNKNOWN"


class GateResult(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of one gate: may this flight go?"""

    gate: str
    verdict: Verdict
    reason: str
    """A sentence with the numbers in it."""
    citation: str = ""
    version: str = ""
    """Of the rule it was asked by."""


class Overwatch(msgspec.Struct, frozen=True, kw_only=True):
    """How a scene is watched: what a relief takes over."""

    centre: LatLon
    height_m: float
    """Above the launch point of the aircraft that watches."""
    radius_m: float
    speed_m_s: float
    is_clockwise: bool = True


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """A route as it is flown: points in order, the last one where it ends."""

    leg: Leg
    points: tuple[LatLon, ...]
    height_m: float
    """Above the launch point."""
    goes_around: tuple[str, ...] = ()
    """Names of the volumes it avoids."""
    site: str | None = None
    """HOME: the site it ends at; None for the point it took off from."""
    orbit: Overwatch | None = None
    """SCENE: what to circle where it ends; None: hover there."""
    note: str = ""
    """What a person should know of it: `no way around the fence was found: straight home`."""

    def after(self, point: LatLon) -> LatLon | None:
        """The point that follows `point`; None at the end, or where `point` is not of this way."""
        if point not in self.points[:-1]:
            return None
        return self.points[self.points.index(point) + 1]


class BatteryMark(msgspec.Struct, frozen=True):
    """What the battery said at one moment of a flight: what its real drain is told from."""

    at: datetime
    fraction: float


class CameraLook(msgspec.Struct, frozen=True):
    """Where the camera was last seen to look, by the gimbal's own telemetry."""

    looks_down: bool
    is_allowed: bool
    since: datetime


AGAIN_MAX = 24
"""So many returns to a phase are kept of one flight."""


class Flight(msgspec.Struct, frozen=True, kw_only=True):
    """One flight: who sent what where, why, and what was seen of it."""

    flight_id: str
    drone: str
    call_id: str
    operator: str
    target: LatLon
    """The call's position when the launch was asked."""
    opened_at: datetime
    phase: Phase = Phase.ASKED
    times: dict[Phase, datetime] = {}
    """When each phase was first entered."""
    again: tuple[tuple[Phase, datetime], ...] = ()
    """Phases that were entered once more, and when; the newest `AGAIN_MAX`."""
    gates: tuple[GateResult, ...] = ()
    override_reason: str | None = None
    cleared_at: datetime | None = None
    """When the scene was released: the first return or land after arriving."""
    ended_at: datetime | None = None
    phase_since: datetime | None = None
    """When the phase it is in now was entered."""
    bingo_at: datetime | None = None
    """When it was first seen to have reached bingo."""
    overdue_phase: Phase | None = None
    """The phase that was already reported overdue, so that it is said once."""
    transit_height_m: float | None = None
    """Its own height on the way, above its launch point, apart from those of the others; None: the usual."""
    overwatch_height_m: float | None = None
    ways: tuple[Way, ...] = ()
    """The ways chosen so far, the newest last."""
    overwatch: Overwatch | None = None
    """How it watches the scene now."""
    line: tuple[LatLon, ...] = ()
    """The line it was told to follow; empty for none."""
    battery_marks: tuple[BatteryMark, ...] = ()
    relieves: str | None = None
    """Flight id of the overwatch it takes over."""
    relieved_by: str | None = None
    """Flight id that is to take over, or has."""
    predicted_overhead_at: datetime | None = None
    """When it should be overhead, as told at the launch."""
    downed_at: datetime | None = None
    """When it was declared down."""
    camera: CameraLook | None = None
    """None until its gimbal said something."""
    is_recording: bool | None = None
    """By the camera's own word; None until it said so."""
    left: dict[str, datetime] = {}
    """Calls that it was diverted from, and when: nobody offers it back to them at once."""

    @property
    def way(self) -> Way | None:
        """The way it is on."""
        return self.ways[-1] if self.ways else None

    def way_of(self, leg: Leg) -> Way | None:
        """The newest way, where it is of this kind."""
        return self.way if self.way is not None and self.way.leg is leg else None

    @property
    def is_open(self) -> bool:
        return self.phase not in ENDED
