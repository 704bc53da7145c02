"""The automatic operator at a real console connection: reads what the core tells, asks what it decides."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from rtcc_core.adapters.console_client import CoreLink, CoreUnreachable, connect
from rtcc_core.domain.commands import LaunchDrone
from rtcc_core.domain.drone import Sky
from rtcc_core.domain.events import CallReceived, Stored
from rtcc_core.domain.evolve import evolve
from rtcc_core.domain.state import State
from rtcc_core.wire.console import (
    Answer,
    AnswerStatus,
    Facts,
    Frame,
    FromCore,
    Goodbye,
    NotUnderstood,
    Welcome,
)
from rtcc_sitl.operator import Operator
from rtcc_sitl.progress import Narrator, words

RECONNECT_AFTER_S = 0.3


class Headless:
    """Keeps a console connection while it runs and lets the operator work once `is_on_shift` is set."""

    def __init__(self, socket_path: Path, operator: Operator, narrator: Narrator) -> None:
        self._socket_path = socket_path
        self._operator = operator
        self._narrator = narrator
        self.is_on_shift = False
        self.link: CoreLink | None = None
        """The connection while there is one, for whoever asks beside the operator."""
        self.state = State()
        self.sky: Sky = {}
        self.now: datetime | None = None
        """The core's time with its newest frame."""
        self.call_seen_s: dict[str, float] = {}
        """Monotonic time by CAD number at which a call was first in this console's hands."""
        self.launch_asked_s: dict[str, list[float]] = {}
        """Monotonic times by callsign at which a launch was sent to the core."""
        self.on_change: Callable[[], None] = lambda: None
        """Called after every message."""

    async def run(self) -> None:
        """Connect, work, and connect again whenever the core was gone; until cancelled."""
        while True:
            try:
                link = await connect(self._socket_path, client="rtcc drill")
            except CoreUnreachable:
                await asyncio.sleep(RECONNECT_AFTER_S)
                continue
            self.link = link
            try:
                await self._work(link)
            except (CoreUnreachable, NotUnderstood) as error:
                self._narrator.say(f"console: {error}", self.now)
            finally:
                self.link = None
                await link.close()
            self.sky = {}
            self._narrator.say("console: the core is gone; connecting again", self.now)
            await asyncio.sleep(RECONNECT_AFTER_S)

    async def _work(self, link: CoreLink) -> None:
        self._take(link.welcome)
        for command in self._operator.unanswered:
            await link.do(command)
        async for message in link.messages():
            self._take(message)
            if self.is_on_shift and self.now is not None:
                for command in self._operator.next_commands(self.state, self.sky, self.now):
                    if isinstance(command, LaunchDrone):
                        self.launch_asked_s.setdefault(command.drone, []).append(time.monotonic())
                    await link.do(command)
            self.on_change()

    def _take(self, message: FromCore) -> None:
        match message:
            case Welcome(state=state, at=at):
                self.state, self.now = state, at
            case Facts(events=events):
                for stored in events:
                    self._learn(stored)
            case Frame(at=at, sky=sky):
                self.now, self.sky = at, {telemetry.drone: telemetry for telemetry in sky}
            case Answer(command_id=command_id, status=status, reasons=reasons, seq=seq):
                self._operator.hear_answer(command_id, seq)
                if status is AnswerStatus.UNRECORDED:
                    self._narrator.say(f"carried without a record: {'; '.join(reasons)}", self.now)
            case Goodbye(reason=reason):
                self._narrator.say(f"the core says goodbye: {reason}", self.now)

    def _learn(self, stored: Stored) -> None:
        self.state = evolve(self.state, stored)
        if isinstance(stored.event, CallReceived):
            number = stored.event.report.number or stored.event.call_id
            self.call_seen_s.setdefault(number, time.monotonic())
        if (line := words(stored.event)) is not None:
            self._narrator.say(line, stored.at)
