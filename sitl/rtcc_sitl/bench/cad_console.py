"""A console of the CAD bench, in a process of its own: it folds what the core tells as every console does and
notes when each event was in its hands.

It says `{"ready": …}` when it is welcome and `{"calls": N, "at_s": …}` once, when it has so many; at a line
`seen` on stdin what it has seen since the last time. It ends with its stdin.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from pathlib import Path

from rtcc_core.adapters.console_client import CoreLink, CoreUnreachable, connect
from rtcc_core.domain.events import CallReceived, CallUpdated
from rtcc_core.domain.evolve import evolve
from rtcc_core.wire.console import Facts, Welcome
from rtcc_sitl.bench.cad_load import mark_of

CONNECT_WITHIN_S = 30.0


class Console:
    """What is in a console's hands."""

    def __init__(self, link: CoreLink, say_at: int) -> None:
        self.state = link.welcome.state
        self.seen_s: dict[int, float] = {}
        self._link = link
        self._say_at = say_at
        self._look()

    async def run(self) -> None:
        async for message in self._link.messages():
            if isinstance(message, Facts):
                for stored in message.events:
                    self.state = evolve(self.state, stored)
                at_s = time.monotonic()
                for stored in message.events:
                    if isinstance(stored.event, CallReceived | CallUpdated):
                        mark = mark_of(stored.event.report)
                        if mark is not None:
                            self.seen_s[mark] = at_s
                self._look()
            elif isinstance(message, Welcome):
                self.state = message.state
                self._look()

    def _look(self) -> None:
        if self._say_at and len(self.state.calls) >= self._say_at:
            say(calls=len(self.state.calls), at_s=time.monotonic())
            self._say_at = 0


def say(**values: object) -> None:
    sys.stdout.write(json.dumps(values) + "\n")
    sys.stdout.flush()


async def _run(socket_path: Path, say_at: int) -> None:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    began_s = time.monotonic()
    link = await _connected(socket_path)
    say(ready=time.monotonic() - began_s, at_s=time.monotonic())
    console = Console(link, say_at)
    task = asyncio.create_task(console.run(), name="console")
    while await reader.readline():
        say(seen=list(console.seen_s.items()), calls=len(console.state.calls))
        console.seen_s = {}
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await link.close()


async def _connected(socket_path: Path) -> CoreLink:
    give_up_at = time.monotonic() + CONNECT_WITHIN_S
    while True:
        try:
            return await connect(socket_path, client="rtcc bench", timeout_s=CONNECT_WITHIN_S)
        except CoreUnreachable:
            if time.monotonic() > give_up_at:
                raise
            await asyncio.sleep(0.1)


def main() -> None:
    """Be a console until stdin closes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--socket", type=Path, required=True)
    parser.add_argument("--say-at", type=int, default=0)
    arguments = parser.parse_args()
    asyncio.run(_run(arguments.socket, arguments.say_at))


if __name__ == "__main__":
    main()
