"""The console bench's rig: the core in its own process, what it tells, and another console that listens."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from rtcc_core.adapters.console_client import CoreLink, connect
from rtcc_core.domain.events import CallReceived
from rtcc_core.wire.console import Facts
from rtcc_sitl.bench.console_load import MARK
from rtcc_sitl.bench.rig import RigFailedError
from rtcc_sitl.processes import Child

READY_WITHIN_S = 60.0
PULSE_WITHIN_S = 10.0
CALL_WITHIN_S = 10.0
LOOK_EVERY_S = 0.02
FORCED_END_S = 3.0
OTHER = "rtcc bench other console"
NEW_CALL = re.compile(MARK + r"\d{5}")


class ConsoleCore:
    """A core under load."""

    child: Child

    def __init__(self, socket_path: Path) -> None:
        self.socket_path = socket_path
        self.welcomed_s: dict[str, float] = {}
        """When each client was last let in, monotonic."""
        self.gone_s: dict[str, float] = {}
        self.calls_s: dict[str, float] = {}
        """When each new call was handed to the desk."""
        self.other_seen_s: dict[str, float] = {}
        """When the other console had it."""
        self._pulse: asyncio.Future[dict[str, list[float]]] | None = None
        self.is_ready = asyncio.Event()
        self._heard = asyncio.Event()

    def hear(self, line: str) -> None:
        """One line of its stdout."""
        self._heard.set()
        match json.loads(line):
            case {"call": str(number), "at_s": float(at_s)}:
                self.calls_s[number] = at_s
            case {"welcomed": str(client), "at_s": float(at_s)}:
                self.welcomed_s[client] = at_s
            case {"gone": str(client), "at_s": float(at_s)}:
                self.gone_s[client] = at_s
            case {"pulse": dict(pulse)} if self._pulse is not None and not self._pulse.done():
                self._pulse.set_result(pulse)
            case {"ready": _}:
                self.is_ready.set()

    async def pulse(self) -> dict[str, list[float]]:
        """How long each client's loop took to answer pings since it was asked last, milliseconds."""
        self._pulse = asyncio.get_running_loop().create_future()
        self.child.tell("pulse")
        async with asyncio.timeout(PULSE_WITHIN_S):
            return await self._pulse

    async def gone(self, client: str, within_s: float) -> float | None:
        """When the core and this client parted, monotonic; None where they did not in time."""
        self.gone_s.pop(client, None)
        await self._until(lambda: client in self.gone_s, within_s)
        return self.gone_s.get(client)

    async def a_call_since(self, since_s: float) -> None:
        """Wait until a call was opened after that, at most `CALL_WITHIN_S`."""
        await self._until(lambda: max(self.calls_s.values(), default=0.0) >= since_s, CALL_WITHIN_S)

    async def _until(self, is_so: Callable[[], bool], within_s: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while not is_so():
                    self._heard.clear()
                    await self._heard.wait()

    def open_calls(self, is_on: bool) -> None:
        """Have new calls come in, or no more."""
        self.child.tell("calls on" if is_on else "calls off")

    def other_ms(self, since_s: float) -> list[float]:
        """From the desk to the other console, of the calls since then."""
        return [
            1e3 * (self.other_seen_s[number] - at_s)
            for number, at_s in self.calls_s.items()
            if at_s >= since_s and number in self.other_seen_s
        ]

    async def listen(self, link: CoreLink) -> None:
        """Be the other console."""
        async for message in link.messages():
            if isinstance(message, Facts):
                at_s = time.monotonic()
                for stored in message.events:
                    if isinstance(stored.event, CallReceived):
                        self.other_seen_s[stored.event.report.number] = at_s


@contextlib.asynccontextmanager
async def open_core(*, calls: int, aircraft: int) -> AsyncIterator[ConsoleCore]:
    """A core with so much to tell, and its other console. Raises RigFailedError."""
    with tempfile.TemporaryDirectory(prefix="rtcc-bench-") as home:
        directory = Path(home)
        argv = [
            *(sys.executable, "-m", "rtcc_sitl.bench.console_load", "--directory", home),
            *("--calls", str(calls), "--aircraft", str(aircraft)),
        ]
        core = ConsoleCore(directory / "core.sock")
        core.child = child = await Child.start("core", argv, log=directory / "core.log", on_line=core.hear)
        try:
            await _ready(core)
            link = await connect(core.socket_path, client=OTHER)
            listening = asyncio.create_task(core.listen(link))
            try:
                yield core
            finally:
                listening.cancel()
                await asyncio.gather(listening, return_exceptions=True)
                await link.close()
        finally:
            await child.stop(grace_s=FORCED_END_S)


async def _ready(core: ConsoleCore) -> None:
    ready, ended = asyncio.create_task(core.is_ready.wait()), asyncio.create_task(core.child.wait())
    done, _ = await asyncio.wait((ready, ended), timeout=READY_WITHIN_S, return_when=asyncio.FIRST_COMPLETED)
    for task in (ready, ended):
        task.cancel()
    if ready not in done:
        raise RigFailedError(f"the core {core.child.ending} and is not ready: {core.child.last_words()}")
