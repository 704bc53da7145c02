"""The locked screen: what it takes, what it asks of the core, and that nothing typed there can act.

Locked, a console shows no call. The core obeys it in nothing either (`wire.console.Lock`); alarms ring on,
aircraft are not touched. Only the answer to a PIN opens it, and only the core can give that.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rtcc_core.wire.console import FromCore, Goodbye, LockTold, Welcome
from rtcc_tui.alarm_watch import NOTHING_PAINTED
from rtcc_tui.lock_state import ASKED_FOR, LockState
from rtcc_tui.looking import Mode

if TYPE_CHECKING:
    from rtcc_tui.session import Session

PIN_MOST = 64
"""Characters; no longer PIN can be set (`rtcc admin pin`)."""

PASTE_KEYS = 2
"""So many keys in a row faster than fingers are a paste."""

NOT_PASTED = "pasted text is ignored here: type the PIN"
NOBODY_TO_ASK = "NO CORE: nobody can say whether that is your PIN"


@dataclass(slots=True)
class LockScreen:
    """One console's."""

    state: LockState = field(default_factory=LockState)
    pin: str = field(default="", repr=False)
    """As typed so far; it is sent and forgotten."""
    note: str = ""
    """What this console has to say of the last key."""
    farewell: str = ""
    """Why the core will not have this console any more."""
    _burst: int = 0
    _leaves_with: str = ""
    """The key that leaves when it is pressed again: aircraft are out."""

    def clear(self) -> None:
        """Nothing is typed, nothing was said."""
        self.pin, self.note, self._burst, self._leaves_with = "", "", 0, ""

    def pasted(self) -> None:
        """A PIN is typed: what is pasted lies in a clipboard."""
        self.pin, self.note = "", NOT_PASTED

    # --- keys ---------------------------------------------------------------------------------------

    def press(self, session: Session, key: str, character: str | None, *, is_burst: bool) -> None:
        """One key while the screen is locked."""
        self._burst = self._burst + 1 if is_burst else 0
        if self._burst >= PASTE_KEYS:
            self.pasted()
            return
        asked, self._leaves_with = self._leaves_with, ""
        self.note = ""
        match key:
            case "ctrl+q":
                self._leave(session, key, asked, is_burst=is_burst)
            case "enter" | "ctrl+m" if not self.state.has_pin and session.live.programme.is_drill:
                self._open(session, is_burst=is_burst)
            case "enter" | "ctrl+m" if not self.state.has_pin:
                self._leave(session, key, asked, is_burst=is_burst)
            case "enter" | "ctrl+m":
                self._send(session, is_burst=is_burst)
            case "backspace" | "ctrl+h":
                self.pin = self.pin[:-1]
            case "escape" | "ctrl+u" | "ctrl+c":
                self.pin = ""
            case _ if character is not None and character.isprintable() and not self.state.is_unlocking:
                self.pin = (self.pin + character)[:PIN_MOST]

    def _send(self, session: Session, *, is_burst: bool) -> None:
        if self.state.is_unlocking or not self.pin:
            return
        pin, self.pin = self.pin, ""
        if is_burst:
            self.note = NOT_PASTED
        elif not session.live.is_connected:
            self.note = NOBODY_TO_ASK
        else:
            self.state.unlock(session.question, pin)

    def _open(self, session: Session, *, is_burst: bool) -> None:
        """In a drill nothing needs a PIN, and leaving would end it."""
        if self.state.is_unlocking or is_burst:
            return
        if not session.live.is_connected:
            self.note = NOBODY_TO_ASK
        else:
            self.state.unlock(session.question, "")

    def _leave(self, session: Session, key: str, asked: str, *, is_burst: bool) -> None:
        """At once; with aircraft out the second time: somebody may have to take them over."""
        out = session.live.out()
        if not out or (asked == key and not is_burst):
            session.wants_to_leave = True
            return
        word = "Enter" if key != "ctrl+q" else "Ctrl+Q"
        self._leaves_with = key
        self.note = f"{', '.join(out)} out; {session.leaving_note}. {word} again leaves this console"


def lock(session: Session, reason: str = ASKED_FOR) -> None:
    """Hide every call now; what was being typed, proposed or confirmed is dropped."""
    look = session.screens.lock
    look.clear()
    session.prompt.clear()
    session.prompt.palette = None
    session.proposal, session.preview = None, ""
    session.say("")
    session.alarms.painted, session.shown_suggestion = NOTHING_PAINTED, None
    session.mode = Mode.LOCKED
    look.state.lock(session.question, reason)


def received(session: Session, message: FromCore, now: float) -> None:
    """What the core says that concerns the lock."""
    look = session.screens.lock
    match message:
        case Welcome():
            look.state.welcomed(session.question)
        case LockTold() if look.state.told(message, now) and not look.state.is_locked:
            look.clear()
            session.mode = Mode.LOOK
        case Goodbye(is_final=True):
            look.farewell, session.wants_to_leave = message.reason, True
        case _:
            pass


def lost(session: Session) -> None:
    """The core is gone: a PIN that waits for its answer is typed again."""
    session.screens.lock.state.lost()


def ticked(session: Session, now: float) -> None:
    """Lock when nobody has touched this console for as long as its agency allows."""
    state, programme = session.screens.lock.state, session.live.programme
    # Without a first word of a core there is nothing to hide.
    if not session.locks_itself or session.live.you is None:
        return
    if state.is_due(programme, now, is_flying=session.live.is_flying):
        lock(session, f"idle for {programme.lock_after_min:g} min")
