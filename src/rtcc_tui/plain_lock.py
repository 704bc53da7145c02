"""What a locked line mode still says. There is no screen to hide: it stops telling what it knows."""

from __future__ import annotations

from rtcc_tui.lock_state import LockState
from rtcc_tui.readings import reading
from rtcc_tui.session import Session

LOCKED = "locked: nothing is told and nothing is sent before unlock"
NOBODY_TO_ASK = "NO CORE: nobody can say whether a PIN is right; it stays locked"


def lock_words(lock: LockState, *, is_drill: bool) -> str:
    """How it stands and how it opens; without a PIN only a new login does, except in a drill."""
    if not lock.has_pin and is_drill:
        return "LOCKED, and no PIN is set for you: in a drill unlock, and then an empty line, opens it"
    if not lock.has_pin:
        return "LOCKED, and no PIN is set for you: quit, and log in again"
    if lock.trouble:
        return f"LOCKED: {lock.trouble}"
    return (
        f"LOCKED ({lock.reason}): alarms are told by severity and aircraft only. "
        "unlock, and then your PIN on the next line, opens it"
    )


def unlocked_readings(session: Session, now: float) -> list[str]:
    """The person is back: what stands now, the alarms first."""
    return ["unlocked", *reading("alarms", session, now), *reading("calls", session, now)]
