"""Turns what is seen, and silence, into facts: phases, lost links, deadlines; and keeps flights' tracks."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from rtcc_core.deciding import try_decide
from rtcc_core.desk import Desk
from rtcc_core.domain.air import Air
from rtcc_core.domain.drone import Sky
from rtcc_core.domain.facts import ClockSet, TimePassed, TrackSealed
from rtcc_core.fanout import Fanout
from rtcc_core.ports import Clock, DroneLink, Journal, JournalUnavailable, Track
from rtcc_core.wire.console import Frame

log = logging.getLogger(__name__)

LOOK_FLYING_S = 0.1
LOOK_IDLE_S = 0.5
TRACK_EVERY_S = 0.5
"""Between two samples of a flight's track, by the record's clock."""
TRACK_FLUSH_S = 1.0
TRACK_WAITING_MAX = 50_000
"""Samples kept while the journal cannot write; the oldest go first."""


STEPPED_S = 2.0
"""A machine's clock this far from ours was set."""


class Steady(Protocol):
    """A clock that follows the machine's without jumping: `clocks.SystemClock`."""

    @property
    def behind_s(self) -> float:
        """How far the machine's clock is ahead, seconds."""
        ...

    def catch_up(self) -> None:
        """Take the machine's time at once."""
        ...


class Watch:
    """Looks at the sky ten times a second while anything flies, twice a second otherwise."""

    def __init__(
        self,
        *,
        desk: Desk,
        link: DroneLink,
        journal: Journal,
        clock: Clock,
        fanout: Fanout,
        sealed: frozenset[str] = frozenset(),
        air: Callable[[], Air] = Air,
        steady: Steady | None = None,
    ) -> None:
        self._desk = desk
        self._link = link
        self._journal = journal
        self._clock = clock
        self._fanout = fanout
        self._sealed = set(sealed)
        self._air = air
        self._steady = steady
        self._has_told_step = False
        self._samples: deque[Track] = deque(maxlen=TRACK_WAITING_MAX)
        self._sampled_at: dict[str, datetime] = {}

    async def run(self) -> None:
        """Look and record until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._look_forever(), name="watch")
            tasks.create_task(self._record_forever(), name="tracks")

    async def _look_forever(self) -> None:
        looked_at = 0.0
        while True:
            # A launch must not wait for the next idle look: an aircraft arms and lifts off within a second.
            flying = any(flight.is_open for flight in self._desk.state.flights.values())
            await self.mind_the_clock(is_flying=flying)
            if flying or time.monotonic() - looked_at >= LOOK_IDLE_S:
                looked_at = time.monotonic()
                await self.look()
            await asyncio.sleep(LOOK_FLYING_S)

    async def look(self) -> None:
        """One look: tell consoles what is seen, and the desk when something follows from it."""
        at, sky, air = self._clock.now(), self._link.sky(), self._air()
        self._fanout.show(Frame(at=at, sky=tuple(sky.values()), health=self._desk.health, air=air))
        self._sample(sky, at)
        if try_decide(self._desk.state, TimePassed(), "core", at, sky, air):
            try:
                await self._desk.store([TimePassed()], source="core")
            except JournalUnavailable:
                # The sky still says it at the next look; the desk has told everybody why it is not stored.
                return

    async def mind_the_clock(self, *, is_flying: bool) -> None:
        """Say once that the machine's clock was set; follow it at once only while nothing flies."""
        behind_s = self._steady.behind_s if self._steady else 0.0
        if self._steady is None or abs(behind_s) < STEPPED_S:
            self._has_told_step = False
            return
        if not self._has_told_step:
            self._has_told_step = True
            log.warning("this machine's clock was set by %+.0f s", behind_s)
            with contextlib.suppress(JournalUnavailable):
                await self._desk.store([ClockSet(by_s=behind_s)], source="core")
        if not is_flying:
            self._steady.catch_up()

    def _sample(self, sky: Sky, at: datetime) -> None:
        for flight in self._desk.state.flights.values():
            seen = sky.get(flight.drone)
            if not flight.is_open or seen is None or not seen.is_connected:
                continue
            last = self._sampled_at.get(flight.flight_id)
            if last is None or (at - last).total_seconds() >= TRACK_EVERY_S:
                self._sampled_at[flight.flight_id] = at
                self._samples.append(Track(flight_id=flight.flight_id, at=at, telemetry=seen))

    async def _record_forever(self) -> None:
        while True:
            try:
                await self.record()
            except JournalUnavailable as error:
                log.debug("tracks wait: %s", error)
            await asyncio.sleep(TRACK_FLUSH_S)

    async def record(self) -> None:
        """Write the samples that wait, then seal what has ended; raises JournalUnavailable."""
        # Seen before the flush: whatever such a flight has, it has already been sampled.
        ended = [
            flight
            for flight in self._desk.state.flights.values()
            if flight.ended_at is not None and flight.flight_id not in self._sealed
        ]
        samples = list(self._samples)
        if samples:
            self._samples.clear()
            try:
                await self._journal.append_track(samples)
            except JournalUnavailable:
                self._samples.extendleft(reversed(samples))
                raise
        for flight in ended:
            count, sha256 = await self._journal.seal_track(flight.flight_id)
            sealed = TrackSealed(flight_id=flight.flight_id, drone=flight.drone, samples=count, sha256=sha256)
            await self._desk.store([sealed], source="core")
            self._sealed.add(flight.flight_id)
            self._sampled_at.pop(flight.flight_id, None)
