"""The report of a drill: what was to be reached, what was, and how long everything took. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import msgspec

from rtcc_core.domain.events import Stored
from rtcc_core.domain.flight import Phase
from rtcc_sitl.objectives import JournalProof, Judged, judge
from rtcc_sitl.scenario import Scenario
from rtcc_sitl.story import CallStory, Story


class Timeline(msgspec.Struct, frozen=True, kw_only=True):
    """The moments of one call and its flight, ISO 8601 UTC of the drill's clock; null where not seen."""

    received: str | None = None
    advised: str | None = None
    asked: str | None = None
    sent: str | None = None
    accepted: str | None = None
    armed: str | None = None
    airborne: str | None = None
    on_scene: str | None = None
    clear: str | None = None
    returning: str | None = None
    landed: str | None = None


class CallLine(msgspec.Struct, frozen=True, kw_only=True):
    """One call of the drill, by CAD's number, and the drone that served it."""

    call: str
    drone: str | None
    timeline: Timeline


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """Median and 99th percentile of measured times, milliseconds of real time; null without measurements."""

    p50: float | None = None
    p99: float | None = None


class Latency(msgspec.Struct, frozen=True, kw_only=True):
    """CAD's frame on the wire to the call in a console's hands; a launch asked to the command on MAVLink."""

    cad_to_console: Spread = Spread()
    command_to_mavlink: Spread = Spread()


class JournalLine(msgspec.Struct, frozen=True, kw_only=True):
    """Where the journal is (null if it was not kept), how many events it holds, whether they are proved."""

    path: str | None
    events: int
    verified: bool


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What `rtcc drill --report` writes."""

    scenario: str
    seed: int
    speed: float
    objectives: tuple[Judged, ...]
    calls: tuple[CallLine, ...]
    latency_ms: Latency
    journal: JournalLine

    @property
    def unmet(self) -> list[Judged]:
        return [objective for objective in self.objectives if not objective.met]


def build_report(
    scenario: Scenario,
    events: Iterable[Stored],
    *,
    seed: int,
    speed: float,
    proof: JournalProof,
    latency: Latency,
) -> Report:
    """Put a report together from the journal's events."""
    story = Story(events)
    return Report(
        scenario=scenario.name,
        seed=seed,
        speed=speed,
        objectives=tuple(judge(objective, story, proof) for objective in scenario.objective),
        calls=tuple(_line(call) for call in story.calls.values()),
        latency_ms=latency,
        journal=JournalLine(path=proof.path, events=proof.events, verified=proof.verified),
    )


def percentile(values: Sequence[float], fraction: float) -> float | None:
    """The smallest value that `fraction` of all values do not exceed (nearest rank); None without values."""
    if not values:
        return None
    rank = max(1, math.ceil(fraction * len(values)))
    return sorted(values)[rank - 1]


def spread(values_ms: Sequence[float]) -> Spread:
    """Median and 99th percentile, rounded to a hundredth of a millisecond."""
    median, high = percentile(values_ms, 0.50), percentile(values_ms, 0.99)
    if median is None or high is None:
        return Spread()
    return Spread(p50=round(median, 2), p99=round(high, 2))


def encode(report: Report) -> bytes:
    """The report as indented JSON with a newline at the end."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n"


def _line(call: CallStory) -> CallLine:
    flight = call.main_flight
    if flight is None:
        timeline = Timeline(received=_iso(call.received_at), advised=_iso(call.advised_at))
        return CallLine(call=call.number, drone=None, timeline=timeline)
    timeline = Timeline(
        received=_iso(call.received_at),
        advised=_iso(call.advised_at),
        asked=_iso(flight.asked_at),
        sent=_iso(flight.sent_at),
        accepted=_iso(flight.accepted_at),
        armed=_iso(flight.reached(Phase.ARMED)),
        airborne=_iso(flight.reached(Phase.CLIMBING)),
        on_scene=_iso(flight.reached(Phase.ON_SCENE)),
        clear=_iso(flight.cleared_at),
        returning=_iso(flight.reached(Phase.RETURNING)),
        landed=_iso(flight.reached(Phase.LANDED)),
    )
    return CallLine(call=call.number, drone=flight.drone, timeline=timeline)


def _iso(at: datetime | None) -> str | None:
    if at is None:
        return None
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
