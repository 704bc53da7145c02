"""One receiver each: a polled aircraft.json, an SBS socket. They hand reports on and say how they stand."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import ssl
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from rtcc_core.adapters.http_get import http_get
from rtcc_core.domain.text import clean
from rtcc_core.domain.traffic import TrafficSource
from rtcc_core.wire.aircraft_json import FILE_MAX_BYTES, Reading, read_aircraft_json
from rtcc_core.wire.aircraft_report import AircraftReport
from rtcc_core.wire.sbs import SbsReader

log = logging.getLogger(__name__)

Take = Callable[[str, AircraftReport, float], None]
"""Source's name, report, and the monotonic time that it counts from."""

POLL_EVERY_S: Final = 0.5
POLL_WITHIN_S: Final = 3.0
FILE_SILENT_S: Final = 10.0
"""A receiver rewrites its file every second, whether it hears anybody or not."""

SBS_SILENT_S: Final = 75.0
"""dump1090 sends an empty line every 60 s when it hears nobody; more silence is a dead line."""
SBS_BROKEN_S: Final = 10.0
"""What was heard this long before a connection broke still counts: it is open again in a moment."""
SBS_OPEN_WITHIN_S: Final = 5.0
SBS_CHUNK_BYTES: Final = 16 * 1024
SBS_BREATH_S: Final = 0.02
"""Between two chunks: a flood (800 kB/s, five times an airport's) gets no more of the loop than this."""

FIRST_RETRY_S: Final = 0.5
LONGEST_RETRY_S: Final = 30.0
STEADY_S: Final = 10.0
"""A connection that lived this long ends a series of failures."""


class Source:
    """What every receiver has: a name, when it was last heard, its trouble in words."""

    def __init__(self, name: str, *, silent_after_s: float, is_standing: bool = True) -> None:
        self.name = name
        self._silent_after_s = silent_after_s
        self._is_standing = is_standing
        self._heard_at: float | None = None
        self._trouble = "not heard yet"
        self._damaged = 0

    @property
    def _counts_for_s(self) -> float:
        """How long after its last word it still counts as listening."""
        return self._silent_after_s

    def state(self, now: float, count: int) -> TrafficSource:
        """How it stands; `count` is how many aircraft near us it has."""
        age_s = None if self._heard_at is None else max(0.0, now - self._heard_at)
        is_up = age_s is not None and age_s <= self._counts_for_s
        found = [f"{count} aircraft near"] if is_up else []
        found += [f"{self._damaged} damaged"] if is_up and self._damaged else []
        found += [self._trouble] if self._trouble else []
        detail = ", ".join(found) or f"silent for {age_s or 0.0:.0f} s"
        return TrafficSource(
            name=self.name, is_up=is_up, age_s=age_s, detail=detail, is_standing=self._is_standing
        )

    def _heard(self, now: float) -> None:
        self._heard_at = now
        self._say("")

    def _say(self, trouble: str) -> None:
        """Note a trouble, or that it is over; each is logged once."""
        trouble = clean(trouble)
        if trouble != self._trouble:
            log.info("traffic from %s: %s", self.name, trouble or "heard")
        self._trouble = trouble


class AircraftJsonSource(Source):
    """Polls an aircraft.json. What never changes is not live: a file that a dead receiver left behind."""

    def __init__(
        self,
        name: str,
        place: Path | str,
        take: Take,
        *,
        now: Callable[[], float] = time.monotonic,
        tls: ssl.SSLContext | None = None,
        every_s: float = POLL_EVERY_S,
    ) -> None:
        """`place` is a path, or an http:// or https:// address."""
        super().__init__(name, silent_after_s=FILE_SILENT_S)
        self._place = place
        self._label = place if isinstance(place, Path) else urlsplit(place).netloc.rpartition("@")[2]
        self._take = take
        self._now = now
        self._tls = tls
        self._every_s = every_s
        self._seen: int | None = None
        """Hash of the version read last."""

    async def run(self) -> None:
        """Poll until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(self._every_s)

    async def look(self) -> None:
        """Read it once; whatever is wrong with it is said by `state`."""
        try:
            async with asyncio.timeout(POLL_WITHIN_S + 1.0):
                raw, age_s = await self._read()
        except (OSError, TimeoutError, ValueError) as error:
            why = getattr(error, "strerror", None) or str(error) or "it cannot be read in time"
            self._say(f"{self._label}: {why}")
            return
        seen = hash(raw)
        if seen == self._seen:
            return
        is_first, self._seen = self._seen is None, seen
        if is_first:
            self._say("waiting for it to change: only then somebody is writing it")
            return
        now = self._now()
        reading = await asyncio.to_thread(read_aircraft_json, raw)
        self._hand_on(reading, now, age_s)

    def _hand_on(self, reading: Reading, now: float, age_s: float) -> None:
        if reading.trouble:
            self._damaged += 1
            self._say(f"{self._label}: {reading.trouble}")
            return
        self._damaged = reading.damaged
        for report in reading.reports:
            self._take(self.name, report, now - age_s)
        self._heard(now)

    async def _read(self) -> tuple[bytes, float]:
        """The file and how long ago it was written, as far as this machine can tell."""
        if isinstance(self._place, Path):
            return await asyncio.to_thread(_read_file, self._place)
        return await http_get(
            self._place, limit_bytes=FILE_MAX_BYTES, within_s=POLL_WITHIN_S, tls=self._tls
        ), 0.0


class SbsSource(Source):
    """An SBS server's socket; connects again whenever it breaks or falls silent."""

    def __init__(
        self,
        name: str,
        host: str,
        port: int,
        take: Take,
        *,
        jitter: random.Random,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(name, silent_after_s=SBS_SILENT_S)
        self._host = host
        self._port = port
        self._take = take
        self._jitter = jitter
        self._now = now
        self._is_connected = False

    @property
    def _counts_for_s(self) -> float:
        return SBS_SILENT_S if self._is_connected else SBS_BROKEN_S

    async def run(self) -> None:
        """Connect, read, and connect again, until cancelled."""
        failures = 0
        while True:
            began_at = self._now()
            self._say(f"{self._host}:{self._port}: {await self._session()}")
            failures = 0 if self._now() - began_at >= STEADY_S else failures
            wait_s = min(LONGEST_RETRY_S, FIRST_RETRY_S * 2.0 ** min(failures, 10))
            failures += 1
            await asyncio.sleep(wait_s * (0.5 + 0.5 * self._jitter.random()))

    async def _session(self) -> str:
        """One connection from its opening to its end; returns why it ended, in words."""
        try:
            async with asyncio.timeout(SBS_OPEN_WITHIN_S):
                reader, writer = await asyncio.open_connection(self._host, self._port, limit=SBS_CHUNK_BYTES)
        except TimeoutError:
            return f"it does not answer within {SBS_OPEN_WITHIN_S:.0f} s"
        except OSError as error:
            return f"cannot connect: {error.strerror or error}"
        self._say("connected, and nothing was said yet")
        self._is_connected = True
        try:
            return await self._converse(reader)
        except OSError as error:
            return f"the connection broke: {error.strerror or error}"
        finally:
            self._is_connected = False
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _converse(self, reader: asyncio.StreamReader) -> str:
        lines = SbsReader()
        while True:
            try:
                async with asyncio.timeout(SBS_SILENT_S):
                    chunk = await reader.read(SBS_CHUNK_BYTES)
            except TimeoutError:
                return f"it said nothing for {SBS_SILENT_S:.0f} s"
            if not chunk:
                return "it closed the connection"
            now = self._now()
            for report in lines.feed(chunk):
                self._take(self.name, report, now)
            self._damaged = lines.damaged + lines.unusable
            if b"\n" in chunk:
                self._heard(now)
            await asyncio.sleep(SBS_BREATH_S if len(chunk) == SBS_CHUNK_BYTES else 0.0)


def _read_file(path: Path) -> tuple[bytes, float]:
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):  # opening a pipe would wait for its other end
        raise ValueError("it is not a file")
    with path.open("rb") as file:
        raw = file.read(FILE_MAX_BYTES + 1)
    return raw, min(60.0, max(0.0, time.time() - found.st_mtime))
