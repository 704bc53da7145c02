"""The lock of one console's screen. While it is on, the core takes no order from that console.

The console hides what it shows; that it obeys nobody is kept here, where no console can change it. Alarms,
aircraft and everybody else's consoles are not touched.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging

from rtcc_core.adapters.pin_book import PinBook, PinError
from rtcc_core.desk import Desk
from rtcc_core.domain.facts import LockReported
from rtcc_core.domain.people import LockStep
from rtcc_core.ports import JournalUnavailable
from rtcc_core.wire.console import Lock, LockTold, Unlock

log = logging.getLogger(__name__)

TRIES_MAX = 5
"""After so many wrong PINs the console is closed: only a new login helps."""

FIRST_WAIT_S = 0.25

NO_PIN = "no PIN is set for you: leave with Enter and log in again"
WRONG = "that is not your PIN"


class TooManyTriesError(Exception):
    """This console is to be closed; the message says why, to its face."""


class ConsoleLock:
    """Open at first."""

    def __init__(self, desk: Desk, pins: PinBook | None, console_id: str, account: str) -> None:
        self._desk = desk
        self._pins = pins
        self._console_id = console_id
        self._account = account
        self._wrong = 0
        self.is_locked = False

    async def take(self, asked: Lock | Unlock) -> LockTold:
        """Lock or try to unlock. Raises TooManyTriesError."""
        trouble = await (self._lock(asked) if isinstance(asked, Lock) else self._unlock(asked.pin))
        has_pin = trouble != NO_PIN
        return LockTold(query_id=asked.query_id, is_locked=self.is_locked, trouble=trouble, has_pin=has_pin)

    async def _lock(self, asked: Lock) -> str:
        if not self.is_locked:
            self.is_locked, self._wrong = True, 0
            await self._store(LockStep.LOCKED, asked.reason)
        return await self._without_pin()

    async def _unlock(self, pin: str) -> str:
        if not self.is_locked:
            return ""
        if trouble := await self._without_pin():
            if not self._is_drill():
                return trouble
            # A new login would end the drill with everything that flies in it.
            self.is_locked = False
            await self._store(LockStep.UNLOCKED, "no PIN in a drill")
            return ""
        try:
            is_right = self._pins is not None and await asyncio.to_thread(
                self._pins.check, self._account, pin
            )
        except PinError as error:  # the file was damaged since it was looked into
            log.error("PINs cannot be checked: %s", error)
            return NO_PIN
        if is_right:
            self.is_locked = False
            await self._store(LockStep.UNLOCKED)
            return ""
        self._wrong += 1
        await self._store(LockStep.REFUSED, f"wrong PIN, {self._wrong} of {TRIES_MAX}")
        if self._wrong >= TRIES_MAX:
            raise TooManyTriesError(f"{TRIES_MAX} wrong PINs: log in again")
        # Slower each time; the next question of this console waits, its orders are refused anyway.
        await asyncio.sleep(FIRST_WAIT_S * 2**self._wrong)
        return f"{WRONG}; {TRIES_MAX - self._wrong} more"

    def _is_drill(self) -> bool:
        programme = self._desk.state.programme
        return programme is not None and programme.is_drill

    async def _without_pin(self) -> str:
        """Why no PIN can unlock this; empty where one can."""
        try:
            has = self._pins is not None and await asyncio.to_thread(self._pins.has, self._account)
        except PinError as error:
            log.error("PINs cannot be checked: %s", error)
            return NO_PIN
        return "" if has else NO_PIN

    async def _store(self, step: LockStep, reason: str = "") -> None:
        told = LockReported(console_id=self._console_id, account=self._account, step=step, reason=reason)
        with contextlib.suppress(JournalUnavailable):
            await self._desk.store([told], source=self._account)
