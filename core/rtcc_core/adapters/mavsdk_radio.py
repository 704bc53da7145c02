"""The fleet's UDP port: datagrams in with the moment they arrived, frames out to whom they are for.

A thread of its own reads, so that an event loop that is away for a while finds the newest value afterwards
and not a queue. The moment is the kernel's, so that what waited in its buffer while the whole process was
stopped is known to be old.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from rtcc_core.adapters.mavsdk_frames import EVERYBODY, target_of

log = logging.getLogger(__name__)

Address = tuple[str, int]
Take = Callable[[bytes, Address, float], None]
"""A datagram, whence it came, and when (monotonic seconds)."""

SCHEMES = ("udp", "udpin", "udpout")

DATAGRAM_MAX_BYTES = 4096
"""What is longer is no aircraft's: a frame has at most 293 bytes, and one network packet 1,500."""

BUFFER_BYTES = 1 << 20
"""Asked of the kernel, which may give less: room for a second of a large fleet."""

ROUTE_VALID_S = 10.0
"""An address without a heartbeat for as long is given up, unless the system has no other."""

ROUTES_MAX = 4
"""Addresses kept for one system id: two radios, an old address after a restart, a twin."""

PAUSE_S = 0.1
"""After an error of the socket, so that one that lasts does not eat a core."""

STEP_S = 0.5
"""Wall and monotonic clock drift apart by less than this between two datagrams, or the wall clock was set."""

SO_TIMESTAMPNS = 35
"""Linux, asm-generic/socket.h; Python does not name it."""

_TIMESPEC = struct.Struct("@ll")


class Radio:
    """One UDP socket and the thread that reads it, from `start` to `close`."""

    def __init__(self, url: str) -> None:
        """Bind, or for `udpout` name the other end. Raises OSError, in words."""
        self._socket, self._fixed = _open(url)
        self._has_stamps = _ask_for_stamps(self._socket)
        self._routes: dict[int, dict[Address, float]] = {}
        self._is_closing = False
        self._thread: threading.Thread | None = None

    @property
    def address(self) -> Address:
        """Where it listens."""
        host, port = self._socket.getsockname()
        return ("127.0.0.1" if host == "0.0.0.0" else host), port

    def start(self, take: Take) -> None:
        """Hand every datagram to `take`, in the reading thread."""
        self._thread = threading.Thread(target=self._read, args=(take,), name="fleet-radio", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop reading and close the socket; blocks until the thread has ended. Closing twice is harmless."""
        self._is_closing = True
        thread, self._thread = self._thread, None
        if thread is not None:
            with contextlib.suppress(OSError):
                self._socket.sendto(b"", self.address)  # wakes it
            thread.join()
        self._socket.close()

    # --- out ----------------------------------------------------------------------------------------------

    def learn(self, sysid: int, address: Address, at: float) -> None:
        """Note where a heartbeat of `sysid` came from."""
        kept = {
            where: heard for where, heard in self._routes.get(sysid, {}).items() if at - heard < ROUTE_VALID_S
        }
        kept.pop(address, None)
        while len(kept) >= ROUTES_MAX:
            del kept[min(kept, key=kept.__getitem__)]
        self._routes[sysid] = kept | {address: at}

    def send(self, frame: bytes) -> None:
        """Send a frame to the system it is for, or to everybody. May be called from any thread; never waits.

        What cannot be sent is lost, as on any radio.
        """
        for address in self._addresses(target_of(frame)):
            with contextlib.suppress(OSError):
                self._socket.sendto(frame, address)

    def _addresses(self, sysid: int) -> set[Address]:
        routes = self._routes
        known = routes.get(sysid)
        if sysid != EVERYBODY and known is not None:
            return set(known)
        everywhere = {address for each in tuple(routes.values()) for address in each}
        return everywhere | ({self._fixed} if self._fixed else set())

    # --- in -----------------------------------------------------------------------------------------------

    def _read(self, take: Take) -> None:
        space = socket.CMSG_SPACE(_TIMESPEC.size) if self._has_stamps else 0
        receive, arrivals = self._socket.recvmsg, Arrivals()
        while not self._is_closing:
            try:
                datagram, ancillary, _, address = receive(DATAGRAM_MAX_BYTES, space)
            except OSError as error:
                if not self._is_closing:
                    log.warning("the fleet's port: %s; reading on", error.strerror or error)
                    time.sleep(PAUSE_S)
                continue
            if not datagram:
                continue
            try:
                take(datagram, address, arrivals.at(ancillary))
            except Exception:
                # One datagram must never make the whole fleet silent, whatever it uncovers.
                log.exception("a datagram from %s could not be read", address)


class Arrivals:
    """Turns the kernel's wall-clock stamps into monotonic seconds, also across a step of the wall clock."""

    def __init__(self) -> None:
        self._ahead_s = time.time() - time.monotonic()
        self._trusted_from = 0.0

    def at(self, ancillary: list[tuple[int, int, bytes]]) -> float:
        """When a datagram with these control messages arrived; now where they do not say.

        A step of the wall clock looks like a long wait: until the buffer has surely been read, that is now.
        """
        now = time.monotonic()
        if not ancillary or len(ancillary[0][2]) != _TIMESPEC.size:
            return now
        wall = time.time()
        if abs(wall - now - self._ahead_s) > STEP_S:
            self._trusted_from = now + STEP_S
        self._ahead_s = wall - now
        seconds, nanoseconds = _TIMESPEC.unpack(ancillary[0][2])
        waited_s = wall - (seconds + nanoseconds * 1e-9)
        return now - waited_s if waited_s > 0.0 and now >= self._trusted_from else now


def _ask_for_stamps(opened: socket.socket) -> bool:
    if sys.platform != "linux":
        return False
    with contextlib.suppress(OSError):
        opened.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        return True
    return False


def _open(url: str) -> tuple[socket.socket, Address | None]:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "0.0.0.0", parts.port
    except ValueError as error:
        raise OSError(f"{url} is not an address for aircraft: {error}") from error
    if port is None:
        raise OSError(f"{url} is not an address for aircraft: it needs a port, as in udpin://0.0.0.0:14550")
    opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
        if parts.scheme == "udpout":
            fixed = (socket.gethostbyname(host), port)
            opened.bind(("127.0.0.1" if fixed[0].startswith("127.") else "0.0.0.0", 0))
            return opened, fixed
        opened.bind((host, port))
    except OSError as error:
        opened.close()
        raise OSError(
            error.errno,
            f"cannot listen for aircraft on {url}: {error.strerror or error}; "
            "stop the other ground station or core that uses this port, or choose another in [fleet]",
        ) from error
    return opened, None
