"""`rtcc cad record`: a subscription of its own at a CAD, every frame of both directions kept as it came.

It stands beside the core's and tells the CAD nothing that a console would not; what it acknowledges is in the
recording's file.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Callable, Sequence
from typing import BinaryIO
from uuid import uuid4

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, WebSocketException

from rtcc_core.adapters.cad_eido import EidoFeedSettings, connected, next_frame
from rtcc_core.adapters.cad_words import why
from rtcc_core.ports import Clock
from rtcc_core.wire.conveyance import (
    EventArrived,
    Finished,
    Requested,
    Send,
    Subscribed,
    Subscriber,
    SubscriberOutput,
    readable,
)
from rtcc_core.wire.recording import Direction, RecordedLine, encode_line

AGAIN_AFTER_S = 2.0


class CadRecorder:
    """Writes until cancelled; connects again whenever the line was lost."""

    def __init__(
        self, settings: EidoFeedSettings, out: BinaryIO, clock: Clock, *, tell: Callable[[str], None]
    ) -> None:
        """`tell` hears one line for each connection and each loss of one."""
        self.frames = 0
        self.events = 0
        self._settings = settings
        self._out = out
        self._clock = clock
        self._tell = tell

    async def run(self) -> None:
        """Subscribe and record. Raises OSError where the file cannot be written."""
        while True:
            try:
                async with connected(self._settings) as socket:
                    self._write("opened", self._settings.url)
                    reason = await self._converse(socket)
            except (OSError, WebSocketException, ValueError) as error:
                if isinstance(error, RecordingFailedError):
                    raise
                reason = why(error, self._settings.url)
            self._write("closed", reason)
            self._tell(reason)
            await asyncio.sleep(AGAIN_AFTER_S)

    async def _converse(self, socket: ClientConnection) -> str:
        machine = Subscriber(
            self._settings.wants,
            new_id=lambda: str(uuid4()),
            jitter=random.Random().random,
            limit_bytes=self._settings.frame_limit_bytes,
        )
        try:
            reason = await self._carry_out(socket, machine, machine.start(_now()))
            while reason is None:
                frame = await next_frame(socket, machine)
                if frame is None:
                    reason = await self._carry_out(socket, machine, machine.tick(_now()))
                    continue
                self._write("in", readable(frame))
                reason = await self._carry_out(socket, machine, machine.receive(frame, _now()))
        except asyncio.CancelledError:
            with contextlib.suppress(ConnectionClosed):
                await self._carry_out(socket, machine, machine.stop(_now()))
            raise
        return reason

    async def _carry_out(
        self, socket: ClientConnection, machine: Subscriber, outputs: Sequence[SubscriberOutput]
    ) -> str | None:
        for output in outputs:
            match output:
                case Send(text):
                    self._write("out", text)
                    await socket.send(text)
                case EventArrived(transaction_id=transaction_id):
                    self.events += 1
                    await self._carry_out(socket, machine, machine.acknowledge(transaction_id))
                case Requested(request_id=request_id):
                    await self._carry_out(socket, machine, machine.respond(request_id))
                case Subscribed(expires_s=expires_s):
                    self._tell(f"subscribed for {expires_s} s")
                case Finished(reason=reason):
                    return reason
                case _:
                    pass
        return None

    def _write(self, direction: Direction, frame: str) -> None:
        """On its way to the disk before anything is answered."""
        self.frames += direction in ("in", "out")
        line = encode_line(RecordedLine(at=self._clock.now(), direction=direction, frame=frame))
        try:
            self._out.write(line)
            self._out.flush()
        except OSError as error:
            raise RecordingFailedError(f"the recording cannot be written: {error.strerror}") from error


class RecordingFailedError(OSError):
    """The file cannot be written; nothing more is recorded."""


def _now() -> float:
    return asyncio.get_running_loop().time()
