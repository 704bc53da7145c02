"""Whether this console hides what it knows, and what the core has said about it. No toolkit.

The screen and the line mode share it. What is locked takes no order either: the core itself keeps that
(`wire.console.Lock`), for as long as the connection lasts; so a lock is asked for again after a new one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rtcc_core.domain.programme import Programme
from rtcc_core.wire.console import Lock, LockTold, Query, Unlock

Ask = Callable[[Callable[[str], Query]], str]
"""`Session.question`: sends what is made with the id, and returns the id."""

ASKED_FOR = "asked for"


@dataclass(slots=True)
class LockState:
    """Open at first. Times are this machine's monotonic seconds."""

    is_locked: bool = False
    reason: str = ""
    trouble: str = ""
    """Why it stays locked, in the core's words."""
    has_pin: bool = True
    """False where no PIN can open it: only a new login helps."""
    touched_at: float | None = None
    """When a person last did anything here."""
    waiting_id: str = ""
    """The question that the core has not answered."""
    is_unlocking: bool = False
    """What it waits for is the answer to a PIN."""

    def touched(self, now: float) -> None:
        """A person did something; what a locked console is told does not count."""
        if not self.is_locked:
            self.touched_at = now

    def is_due(self, programme: Programme, now: float, *, is_flying: bool) -> bool:
        """True when nobody has touched it for as long as the agency allows; never in a drill.

        Nor while its person has an aircraft out: who watches a picture touches no key for long, and the hold
        that is wanted then must not wait for a PIN.
        """
        if self.is_locked or programme.is_drill or programme.lock_after_min <= 0.0:
            return False
        if self.touched_at is None or is_flying:
            self.touched_at = now
        return now - self.touched_at >= programme.lock_after_min * 60.0

    def lock(self, ask: Ask, reason: str = ASKED_FOR) -> None:
        """Hide everything from now on, whether or not a core is there to keep it."""
        self.is_locked, self.reason, self.trouble, self.is_unlocking = True, reason, "", False
        self.waiting_id = ask(lambda query_id: Lock(query_id=query_id, reason=reason))

    def unlock(self, ask: Ask, pin: str) -> None:
        """Ask the core whether that is the PIN; it is kept nowhere."""
        self.trouble, self.is_unlocking = "", True
        self.waiting_id = ask(lambda query_id: Unlock(query_id=query_id, pin=pin))

    def welcomed(self, ask: Ask) -> None:
        """A new connection: to this core's knowledge the console is open."""
        if self.is_locked:
            self.lock(ask, self.reason)

    def lost(self) -> None:
        """The core is gone: nobody can say whether a PIN is right."""
        self.waiting_id, self.is_unlocking = "", False

    def told(self, answer: LockTold, now: float) -> bool:
        """Take in the core's answer; False where it is to something older.

        Only the answer to a PIN opens: a lock that the core could not keep stays a lock here.
        """
        if answer.query_id != self.waiting_id:
            return False
        was_unlocking, self.waiting_id, self.is_unlocking = self.is_unlocking, "", False
        self.trouble, self.has_pin = answer.trouble, answer.has_pin
        if was_unlocking and not answer.is_locked:
            self.is_locked, self.reason, self.touched_at = False, "", now
        return True
