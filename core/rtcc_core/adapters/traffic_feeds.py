"""Other people's aircraft from every receiver the agency has: `ports.Traffic`.

aircraft.json from a file or a web server, SBS from a socket, and what our own aircraft hear (ADSB_VEHICLE),
merged by ICAO address. Asking never waits and never does I/O.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import ssl
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from rtcc_core.adapters.traffic_sources import AircraftJsonSource, SbsSource, Source
from rtcc_core.adapters.traffic_table import TrafficTable
from rtcc_core.domain.geo import LatLon
from rtcc_core.domain.traffic import DROPPED_AFTER_S, Traffic, TrafficSource
from rtcc_core.wire.adsb_vehicle import read_adsb_vehicle
from rtcc_core.wire.aircraft_report import Tally

log = logging.getLogger(__name__)

INBOX_MAX: Final = 2_000
"""Messages of our own aircraft that may wait for the loop; the oldest go first."""

DRONE_SILENT_S: Final = 30.0
"""A drone's receiver says nothing while it hears nobody, so its silence proves nothing either way."""

TIDY_EVERY_S: Final = 0.5
RESTART_AFTER_S: Final = 1.0


class TrafficFeedSettings(msgspec.Struct, frozen=True, kw_only=True):
    """One receiver of agency.toml; exactly one of the three is given."""

    name: str
    file: Path | None = None
    """An aircraft.json on this machine."""
    url: str | None = None
    """An aircraft.json on a web server."""
    sbs: str | None = None
    """HOST:PORT of an SBS server."""
    ca_file: Path | None = None
    """Certificates that an https:// server's own must come from; None: the system's."""


class TrafficFeeds:
    """Belongs to one event loop; only `take_adsb_vehicle` may be called from other threads."""

    def __init__(
        self,
        feeds: Sequence[TrafficFeedSettings],
        *,
        around: Sequence[LatLon] = (),
        jitter: random.Random,
        pace: float = 1.0,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """`around` are the launch sites; aircraft far from all of them are left out.

        `pace` is how many times faster than the world a drill runs: receivers there tell ages in its seconds.
        Raises ValueError, in words, for a feed whose settings cannot be used, and OSError for a certificate.
        """
        self._now = now
        self._table = TrafficTable(around, pace=pace)
        self._sources = [self._source(feed, jitter) for feed in feeds]
        self._drones: dict[str, _DroneReceiver] = {}
        self._inbox: deque[tuple[str, str, float]] = deque(maxlen=INBOX_MAX)

    def intruders(self) -> Traffic:
        """Everybody near us and not high, with the newest position any source has; `ports.Traffic`."""
        self._drain()
        return self._table.traffic(self._now())

    def sources(self) -> tuple[TrafficSource, ...]:
        """How every receiver stands: the agency's own first, then those in our aircraft."""
        self._drain()
        now = self._now()
        return tuple(
            source.state(now, self._table.count(source.name, now))
            for source in (*self._sources, *self._drones.values())
        )

    async def run(self) -> None:
        """Listen until cancelled; one receiver that fails does not take the others down."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._tidy_forever(), name="traffic-tidy")
            for source in self._sources:
                tasks.create_task(_keep_running(source.name, source.run), name=f"traffic-{source.name}")

    def take_adsb_vehicle(self, drone: str, fields_json: str) -> None:
        """Note an ADSB_VEHICLE that one of our aircraft sent. May be called from any thread; never waits."""
        self._inbox.append((drone, fields_json, self._now()))

    def _drain(self) -> None:
        with contextlib.suppress(IndexError):
            while True:
                drone, fields_json, at = self._inbox.popleft()
                receiver = self._drones.setdefault(drone, _DroneReceiver(drone, self._table))
                receiver.take(fields_json, at)

    async def _tidy_forever(self) -> None:
        """What nobody asks for is still taken out of the inbox, and forgotten when it is old."""
        while True:
            self.intruders()
            await asyncio.sleep(TIDY_EVERY_S)

    def _source(self, feed: TrafficFeedSettings, jitter: random.Random) -> AircraftJsonSource | SbsSource:
        given = [value for value in (feed.file, feed.url, feed.sbs) if value is not None]
        if len(given) != 1:
            raise ValueError(f"traffic {feed.name}: give one of file, url and sbs")
        if feed.sbs is not None:
            host, port = host_and_port(feed.sbs)
            return SbsSource(feed.name, host, port, self._table.take, jitter=jitter, now=self._now)
        tls = ssl.create_default_context(cafile=feed.ca_file) if feed.ca_file is not None else None
        place = feed.file if feed.file is not None else feed.url or ""
        return AircraftJsonSource(feed.name, place, self._table.take, now=self._now, tls=tls)


class _DroneReceiver(Source):
    """The ADS-B receiver in one of our aircraft; known from its first message on."""

    def __init__(self, drone: str, table: TrafficTable) -> None:
        super().__init__(f"{drone}'s receiver", silent_after_s=DRONE_SILENT_S, is_standing=False)
        self._table = table
        self._tally = Tally()

    def take(self, fields_json: str, at: float) -> None:
        report = read_adsb_vehicle(fields_json, self._tally)
        self._damaged = self._tally.damaged
        if report is None:
            return
        if report.age_s <= DROPPED_AFTER_S:
            self._table.take(self.name, report, at)
        self._heard(at)


def host_and_port(address: str) -> tuple[str, int]:
    """`roof.example:30003` or `[::1]:30003` taken apart. Raises ValueError, in words."""
    host, colon, port = address.strip().rpartition(":")
    if not colon or not host or not port.isascii() or not port.isdigit() or not 0 < int(port) <= 65_535:
        raise ValueError(f"{address!r} is not HOST:PORT, such as 127.0.0.1:30003")
    return host.removeprefix("[").removesuffix("]"), int(port)


async def _keep_running(name: str, run: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            await run()
        except Exception:
            log.exception("traffic from %s failed and is started again", name)
        await asyncio.sleep(RESTART_AFTER_S)
