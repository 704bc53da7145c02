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
    SENT = "sent"
    ARMED = "armed"
    CLIMBING = "climbing"
    TRANSIT = "transit"
    ON_SCENE = "on scene"
    HOLDING = "holding"
    RETURNING = "returning"
    LANDING = "landing"
    LANDED = "landed"
    LOST = "lost"
    ABORTED = "aborted"
    """It never left the ground."""


BEFORE_FLIGHT = frozenset({Phase.ASKED, Phase.SENT, Phase.ARMED})
AIRBORNE = frozenset(
    {Phase.CLIMBING, Phase.TRANSIT, Phase.ON_SCENE, Phase.HOLDING, Phase.RETURNING, Phase.LANDING}
)
ENDED = frozenset({Phase.LANDED, Phase.ABORTED})

_FROM_THE_AIR = AIRBORNE | {Phase.LANDED, Phase.LOST}

LEGAL_MOVES: dict[Phase, frozenset[Phase]] = {
    # A core that was away may find the aircraft further on than it left it: forward skips are legal.
    Phase.ASKED: frozenset({Phase.SENT, Phase.ARMED, Phase.ABORTED, Phase.LOST}) | AIRBORNE,
    Phase.SENT: frozenset({Phase.ARMED, Phase.ABORTED, Phase.LOST, Phase.LANDED}) | AIRBORNE,
    Phase.ARMED: frozenset({Phase.ABORTED, Phase.LOST, Phase.LANDED}) | AIRBORNE,
    **{phase: frozenset(_FROM_THE_AIR - {phase}) for phase in AIRBORNE},
    Phase.LOST: frozenset(AIRBORNE | {Phase.LANDED, Phase.ABORTED}),
    Phase.LANDED: frozenset(),
    Phase.ABORTED: frozenset(),
}


def may_move(current: Phase, to: Phase) -> bool:
    """True where a flight in `current` may be observed in `to`."""
    return to in LEGAL_MOVES[current]


class Verb(StrEnum):
    """What an aircraft can be ordered to do."""

    LAUNCH = "launch"
    """Arm, take off and climb to `height_m`."""
    TRANSIT = "transit"
    ORBIT = "orbit"
    HOLD = "hold"
    RETURN = "return"
    LAND = "land"


SAFE_TO_REPEAT = frozenset({Verb.TRANSIT, Verb.ORBIT, Verb.HOLD, Verb.RETURN, Verb.LAND})
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
    """TRANSIT: the point to fly to. ORBIT: the centre."""
    height_m: float | None = None
    """Above the launch point."""
    radius_m: float | None = None
    speed_m_s: float | None = None
    outcome: Outcome = Outcome.ASKED
    sent_at: datetime | None = None
    settled_at: datetime | None = None
    reason: str = ""
    """Why it was refused or is unknown, in the aircraft's words where it gave any."""
    observed_at: datetime | None = None
    """When telemetry first showed the aircraft doing it."""


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

    @property
    def is_open(self) -> bool:
        return self.phase not in ENDED
