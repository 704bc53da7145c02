"""The line to the core: kept up with back-off, feeding one listener, carrying requests out."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Coroutine
from pathlib import Path
from typing import Protocol

from rtcc_core.adapters.console_client import CoreLink, CoreUnreachable, OtherVersion, connect
from rtcc_core.domain.commands import AnyCommand
from rtcc_core.wire.console import FromCore, Goodbye, NotUnderstood, Query

BACKOFF_FIRST_S = 0.2
BACKOFF_MOST_S = 5.0
OTHER_VERSION_S = 30.0
"""How often a core of another version is tried: until one of the two is installed anew."""


class Listener(Protocol):
    """Who is told what the core says."""

    def received(self, message: FromCore) -> None: ...

    def lost(self, reason: str) -> None: ...


class CoreLine(Protocol):
    """Where messages come from and requests go: a core, or a recording of one."""

    async def run(self, listener: Listener) -> None:
        """Feed the listener until cancelled."""

    def send(self, command: AnyCommand) -> None:
        """Carry a request out."""

    def query(self, question: Query) -> None:
        """Ask to know something; the reply comes as a message."""

    def restart(self) -> None:
        """Begin again with a new snapshot."""


class Connection:
    """One console's connection, again and again."""

    def __init__(self, socket_path: Path, *, client: str) -> None:
        self._socket_path = socket_path
        self._client = client
        self._link: CoreLink | None = None
        self._sending: set[asyncio.Task[None]] = set()

    async def run(self, listener: Listener) -> None:
        """Connect, listen, and start over when it breaks; runs until cancelled."""
        wait_s = BACKOFF_FIRST_S
        while True:
            try:
                link = await connect(self._socket_path, client=self._client)
            except OtherVersion as error:
                listener.lost(f"{error}. Trying again every {OTHER_VERSION_S:.0f} s")
                wait_s = OTHER_VERSION_S
            except CoreUnreachable as error:
                listener.lost(str(error))
            else:
                wait_s = BACKOFF_FIRST_S
                listener.lost(await self._listen(link, listener))
            # A little chance in it, so that the consoles of a room do not all come back at once.
            await asyncio.sleep(wait_s * random.uniform(0.7, 1.3))
            wait_s = min(wait_s * 2, BACKOFF_MOST_S)

    def send(self, command: AnyCommand) -> None:
        """Hand a request to the open link; without one it goes nowhere, and the listener was told `lost`."""
        if self._link is not None:
            self._start(_carried(self._link.do(command)))

    def query(self, question: Query) -> None:
        """Ask the open link; without one nobody answers."""
        if self._link is not None:
            self._start(_carried(self._link.query(question)))

    def restart(self) -> None:
        """Drop the link: a fact is missing, only a new snapshot helps."""
        if self._link is not None:
            self._start(self._link.close())

    def _start(self, sending: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(sending)
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _listen(self, link: CoreLink, listener: Listener) -> str:
        self._link = link
        try:
            listener.received(link.welcome)
            async for message in link.messages():
                if isinstance(message, Goodbye):
                    if message.is_final:
                        listener.received(message)
                    return message.reason
                listener.received(message)
        except NotUnderstood as error:
            return f"the core speaks otherwise than this console ({error}); are both of one version?"
        finally:
            self._link = None
            await link.close()
        return "the core went away"


async def _carried(sending: Coroutine[None, None, None]) -> None:
    # Where the link breaks the listener ends too and tells the person; what was pending becomes UNKNOWN.
    with contextlib.suppress(CoreUnreachable):
        await sending
