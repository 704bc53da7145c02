"""The seams: what the core needs from the outside, as protocols.

Each has one real adapter and, where tests or drills need one, a fake that passes the same contract suite.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from rtcc_core.domain.drone import Sky, Telemetry
from rtcc_core.domain.events import Draft, Stored
from rtcc_core.domain.facts import Fact
from rtcc_core.domain.flight import Order, Outcome
from rtcc_core.domain.state import State
from rtcc_core.domain.streets import Lookup
from rtcc_core.domain.traffic import Intruder, TrafficSource
from rtcc_core.wire.console import JournalFound, LookBack, LookedBack, ReadBack, ReadOn, SearchJournal


class JournalUnavailable(Exception):
    """The journal cannot write: the message says why and what to do next, in words."""


class Clock(Protocol):
    """Wall time for records; in a drill it can run faster than the world."""

    def now(self) -> datetime:
        """Now, UTC."""
        ...


class Places(Protocol):
    """Where typed places are: the agency's street files."""

    def locate(self, text: str) -> Lookup:
        """Every place that `text` may mean; at once, never raises."""
        ...

    async def run(self) -> None:
        """Keep up with the files until cancelled."""
        ...


class Maps(Protocol):
    """The map that consoles show behind everything else."""

    async def sheet(self) -> tuple[bytes, str]:
        """The map as `domain.street_map.pack` makes it, and why there is none; both empty without one."""
        ...


class Past(Protocol):
    """What has been, as consoles ask for it. Blocks: it is asked in a thread. Never raises."""

    def search(self, asked: SearchJournal) -> JournalFound:
        """One page of events in words, the newest first."""
        ...

    def look_back(self, asked: LookBack) -> LookedBack:
        """Everything as it stood at a moment, or how far the journal is read yet."""
        ...

    def read_on(self, asked: ReadOn) -> ReadBack:
        """What happened, and what was seen, after a moment."""
        ...


class Track(msgspec.Struct, frozen=True, kw_only=True):
    """One telemetry sample of a flight, for the record."""

    flight_id: str
    at: datetime
    telemetry: Telemetry


class Journal(Protocol):
    """The append-only record. One writer."""

    async def append(self, drafts: Sequence[Draft]) -> list[Stored]:
        """Store all of them in one transaction, on disk when this returns.

        Raises JournalUnavailable and stores none of them if it cannot.
        """
        ...

    def read(self, after: int = 0) -> AsyncIterator[Stored]:
        """Every event with a sequence number above `after`, in order."""
        ...

    async def append_track(self, samples: Sequence[Track]) -> None:
        """Store telemetry samples, batched; raises JournalUnavailable."""
        ...

    async def seal_track(self, flight_id: str) -> tuple[int, str]:
        """Number of samples of a flight's track and the SHA-256 over them (hex)."""
        ...


class FactSink(Protocol):
    """The desk's door for feeds, aircraft and the weather."""

    async def store(self, facts: Sequence[Fact], *, source: str) -> None:
        """Return when the journal has what was decided about every one of them on disk.

        `source` stands as the operator in the journal: `feed:COUNTY`, `core`. Raises JournalUnavailable.
        """
        ...


class Receipt(msgspec.Struct, frozen=True):
    """How carrying an order ended: ACCEPTED, REFUSED or UNKNOWN, with the reason in words."""

    outcome: Outcome
    reason: str = ""


Look = Callable[[], tuple[State, Sky]]
"""The state and the sky of this moment; never blocks."""


class Teller(Protocol):
    """Tells somebody outside of our work."""

    async def run(self) -> None:
        """Tell until cancelled."""
        ...


class CallFeed(Protocol):
    """A source of calls."""

    async def run(self) -> None:
        """Feed the sink it was given until cancelled."""
        ...


class Traffic(Protocol):
    """Who else is in the air. Asking never waits."""

    def intruders(self) -> tuple[Intruder, ...]:
        """The newest of every aircraft near us, with its age."""
        ...

    def sources(self) -> tuple[TrafficSource, ...]:
        """How every receiver stands, heard or not."""
        ...

    async def run(self) -> None:
        """Listen until cancelled."""
        ...


class DroneLink(Protocol):
    """The fleet in the air: telemetry in, orders out."""

    async def start(self) -> None:
        """Open the links; aircraft are found as they speak. Raises OSError when a port is taken."""
        ...

    async def stop(self) -> None:
        """Close the links; aircraft keep flying what they last accepted."""
        ...

    def sky(self) -> Sky:
        """The newest telemetry of every aircraft of the fleet, with its age; never blocks."""
        ...

    async def carry(self, order: Order, *, on_sent: Callable[[], None]) -> Receipt:
        """Carry one order to its aircraft and say how it ended, within a deadline of a few seconds.

        `on_sent` is called once, just before the first byte leaves. Never raises for what an aircraft
        does or fails to do; cancelling it does not recall the order.
        """
        ...
