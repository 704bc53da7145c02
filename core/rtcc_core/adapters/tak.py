"""Our aircraft and calls to one TAK server, as Cursor-on-Target over TCP or mutual TLS.

A small client of our own and not pytak: what is sent is the newest picture, never a queue, and a server that
does not read must cost nothing; pytak is built around queues and a configuration of its own.

Nothing comes in but answers to pings; a marker from the field is not read here and never launches anything.
"""

from __future__ import annotations

import asyncio
import logging
import random
import re
import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlsplit

from rtcc_core.domain.call import Call
from rtcc_core.domain.drone import Sky
from rtcc_core.domain.field_picture import ShownAircraft, field_picture
from rtcc_core.domain.state import State
from rtcc_core.ports import Look
from rtcc_core.settings_tak import TakServer
from rtcc_core.wire.cot import (
    AIRCRAFT,
    CALL,
    POINT_OF_INTEREST,
    CotError,
    Event,
    Stream,
    deletion,
    looks_at,
    ping,
)

log = logging.getLogger(__name__)

EVERY_S = 1.0
"""Between two looks at the picture; an aircraft is sent no more often."""

AIRCRAFT_STALE_S = 20.0
CALL_AGAIN_S = 60.0
CALL_STALE_S = 300.0
PING_EVERY_S = 20.0
EVENTS_MAX = 200
"""In one look; calls that do not fit wait for the next, aircraft never do."""

WRITE_WITHIN_S = 5.0
CONNECT_WITHIN_S = 10.0
BACK_OFF_S = (1.0, 60.0)


class TakFeed:
    """Keeps one TAK server told; `run` until cancelled."""

    def __init__(self, server: TakServer, look: Look, *, jitter: random.Random | None = None) -> None:
        self._server = server
        self._look = look
        self._jitter = jitter or random.Random()
        self._shown: dict[str, float] = {}
        """When each uid was last sent on this connection, monotonic."""
        self._said: dict[str, tuple[object, ...]] = {}
        """What was last sent of each call."""
        self._pinged_at = float("-inf")

    async def run(self) -> None:
        """Connect and send; after a loss again, later each time."""
        wait_s = BACK_OFF_S[0]
        while True:
            started = time.monotonic()
            try:
                await self._connection()
            except (OSError, TimeoutError, CotError, ssl.SSLError) as error:
                log.warning("TAK server %s: %s", self._server.url, error or type(error).__name__)
            if time.monotonic() - started > BACK_OFF_S[1]:
                wait_s = BACK_OFF_S[0]
            await asyncio.sleep(wait_s * self._jitter.uniform(0.7, 1.3))
            wait_s = min(BACK_OFF_S[1], wait_s * 2.0)

    async def _connection(self) -> None:
        url = urlsplit(self._server.url)
        context = _context(self._server) if url.scheme == "tls" else None
        async with asyncio.timeout(CONNECT_WITHIN_S):
            reader, writer = await asyncio.open_connection(url.hostname, url.port, ssl=context)
        log.info("TAK server %s: connected", self._server.url)
        self._shown, self._said = {}, {}  # a new connection knows nothing
        reading = asyncio.create_task(_read(reader), name="tak-read")
        sending = asyncio.create_task(self._send_forever(writer), name="tak-send")
        try:
            done, _ = await asyncio.wait((reading, sending), return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in (reading, sending):
                task.cancel()
            await asyncio.gather(reading, sending, return_exceptions=True)
            writer.transport.abort()

    async def _send_forever(self, writer: asyncio.StreamWriter) -> None:
        while True:
            state, sky = self._look()
            for event in self.due(state, sky, datetime.now(UTC), time.monotonic()):
                writer.write(event.encode())
            # A server that does not read is left, not waited for: nothing of ours may pile up.
            async with asyncio.timeout(WRITE_WITHIN_S):
                await writer.drain()
            await asyncio.sleep(EVERY_S)

    # --- what is due ------------------------------------------------------------------------------------

    def due(self, state: State, sky: Sky, at: datetime, now: float) -> list[Event]:
        """The events to send now: what flies, calls that changed, and what is gone. Monotonic `now`, s."""
        prefix, mark = _prefix(state), "DRILL " if state.programme and state.programme.is_drill else ""
        picture = field_picture(state, sky)
        flying = [event for each in picture.aircraft for event in _aircraft(state, each, prefix, mark, at)]
        kept = {event.uid for event in flying} | {_call_uid(prefix, call) for call in picture.calls}
        gone = [deletion(uid, at) for uid in self._shown if uid not in kept]
        self._shown = {uid: sent_at for uid, sent_at in self._shown.items() if uid in kept}
        self._said = {uid: said for uid, said in self._said.items() if uid in kept}
        chosen = [*flying, *gone]
        for call in picture.calls:
            if len(chosen) < EVENTS_MAX and self._is_due(call, prefix, now):
                chosen.append(_call(call, prefix, mark, at))
                self._said[_call_uid(prefix, call)] = _content(call)
        self._shown |= {event.uid: now for event in chosen if event.uid in kept}
        if now - self._pinged_at >= PING_EVERY_S:
            self._pinged_at = now
            chosen.append(ping(prefix, at))
        return chosen

    def _is_due(self, call: Call, prefix: str, now: float) -> bool:
        uid = _call_uid(prefix, call)
        is_new = self._said.get(uid) != _content(call)
        return is_new or now - self._shown.get(uid, float("-inf")) >= CALL_AGAIN_S


def _call(call: Call, prefix: str, mark: str, at: datetime) -> Event:
    return Event(
        uid=_call_uid(prefix, call),
        type=CALL,
        at=at,
        stale_after_s=CALL_STALE_S,
        how="h-e",
        position=call.place.position,
        error_m=call.place.uncertainty_m,
        callsign=f"{mark}{call.call_id} {call.title}",
        remarks=f"P{call.report.priority or '?'} {call.place.address}",
    )


async def _read(reader: asyncio.StreamReader) -> None:
    """Take what comes, so that the server's buffers stay empty; returns when it hangs up."""
    stream = Stream()
    while data := await reader.read(65_536):
        for _ in stream.feed(data):
            pass
    raise ConnectionResetError("the server hung up")


def _context(server: TakServer) -> ssl.SSLContext:
    """Raises OSError or ssl.SSLError where a certificate cannot be used."""
    context = ssl.create_default_context(cafile=str(server.ca_file) if server.ca_file else None)
    if server.certificate_file is not None:
        context.load_cert_chain(server.certificate_file, server.key_file)
    return context


def _prefix(state: State) -> str:
    agency = state.programme.agency if state.programme else ""
    return "RTCC-" + (re.sub(r"[^A-Z0-9]+", "-", agency.upper()).strip("-") or "AGENCY")


def _call_uid(prefix: str, call: Call) -> str:
    return f"{prefix}-CALL-{call.call_id}"


def _content(call: Call) -> tuple[object, ...]:
    """What of a call is shown: sent again when it changes."""
    return (call.title, call.report.priority, call.place)


def _aircraft(state: State, shown: ShownAircraft, prefix: str, mark: str, at: datetime) -> Iterator[Event]:
    seen, flight = shown.seen, shown.flight
    uid = f"{prefix}-{seen.drone}"
    drone = state.drones.get(seen.drone)
    gimbal = seen.gimbal
    sensor = None
    if gimbal is not None and drone is not None and seen.height_m is not None:
        azimuth_deg = seen.heading_deg if gimbal.yaw_deg is None else gimbal.yaw_deg
        fov_deg = drone.camera_fov_deg
        sensor = looks_at(seen.height_m, gimbal.pitch_deg, azimuth_deg or 0.0, fov_deg)
    yield Event(
        uid=uid,
        type=AIRCRAFT,
        at=at,
        stale_after_s=AIRCRAFT_STALE_S,
        position=seen.position,
        altitude_m=seen.altitude_amsl_m,
        callsign=f"{mark}{seen.drone}",
        course_deg=seen.heading_deg,
        speed_m_s=seen.ground_speed_m_s,
        battery=seen.battery_fraction,
        remarks=f"{flight.phase.value}, call {flight.call_id}" if flight else "in the air, on no flight",
        video_url=drone.video_url if drone else "",
        sensor=sensor,
    )
    if sensor is not None and seen.position is not None:
        yield Event(
            uid=f"{uid}-EYE",
            type=POINT_OF_INTEREST,
            at=at,
            stale_after_s=AIRCRAFT_STALE_S,
            position=sensor.centre(seen.position),
            callsign=f"{mark}{seen.drone} camera",
            parent_uid=uid,
        )
