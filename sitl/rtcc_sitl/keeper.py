"""Keeps a drill's core running: started again, as systemd would, whenever it ends without being told to."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time

from rtcc_sitl.processes import Child
from rtcc_sitl.progress import Narrator
from rtcc_sitl.stage import Stage

START_WITHIN_S = 30.0
RESTART_AFTER_S = 1.0
STOP_GRACE_S = 12.0
"""The core's own ordered stop may take most of this."""
GIVE_UP_AFTER = 5
"""Starts in a row that end within a few seconds: then it is no accident."""
SHORT_LIFE_S = 5.0
LOOK_EVERY_S = 0.05


class CoreFailedError(Exception):
    """The core cannot be kept running; the message holds its last words."""


class CoreKeeper:
    """The drill's core process. `start`, then let `keep` run beside everything else, then `stop`."""

    def __init__(self, stage: Stage, narrator: Narrator) -> None:
        self._stage = stage
        self._narrator = narrator
        self._child: Child | None = None
        self._is_stopping = False

    async def start(self) -> None:
        """Start it and wait until its console socket is there. Raises CoreFailedError."""
        child = await self._spawn()
        give_up_at = time.monotonic() + START_WITHIN_S
        while not self._stage.socket_path.exists():
            if child.returncode is not None:
                raise CoreFailedError(f"the core {child.ending} before it was ready:\n{child.last_words()}")
            if time.monotonic() > give_up_at:
                raise CoreFailedError(
                    f"the core was not ready within {START_WITHIN_S:.0f} s:\n{child.last_words()}"
                )
            await asyncio.sleep(LOOK_EVERY_S)

    async def keep(self) -> None:
        """Start it again whenever it ends, until cancelled. Raises CoreFailedError when that is no use."""
        short_lives = 0
        while self._child is not None:
            began_s = time.monotonic()
            await self._child.wait()
            if self._is_stopping:
                return
            short_lives = short_lives + 1 if time.monotonic() - began_s < SHORT_LIFE_S else 0
            if short_lives >= GIVE_UP_AFTER:
                raise CoreFailedError(f"the core {self._child.ending} again:\n{self._child.last_words()}")
            self._narrator.say(f"the core {self._child.ending}; starting it again")
            await self._child.stop(grace_s=0.1)
            await asyncio.sleep(RESTART_AFTER_S)
            await self._spawn()

    async def stop(self) -> None:
        """End it in order."""
        self._is_stopping = True
        if self._child is not None:
            await self._child.stop(grace_s=STOP_GRACE_S)

    async def _spawn(self) -> Child:
        stage = self._stage
        argv = [
            *(sys.executable, "-m", "rtcc_core.cli", "core"),
            *("--settings", str(stage.settings), "--state-dir", str(stage.directory), "--exit-with-stdin"),
        ]
        with contextlib.suppress(OSError):
            stage.log("core").touch(mode=0o600)
        self._child = await Child.start("core", argv, log=stage.log("core"))
        return self._child
