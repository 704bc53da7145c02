"""`journal` and `replay` in the line mode: asked of the core, and read out when it answers."""

from __future__ import annotations

from rtcc_tui.looking import View
from rtcc_tui.past_keys import do_past
from rtcc_tui.readings import reading
from rtcc_tui.session import Session
from rtcc_tui.views.journal import journal_texts
from rtcc_tui.words import clock

LINES_TOLD = 20
"""The newest events of a search that are read out; more than that nobody listens to."""

PAST_WITHIN_S = 60.0
"""A script's next line waits so long: a long journal is read for a while."""

PAST_VERBS = frozenset({"journal", "replay"})


class PastTeller:
    """One question about the past at a time; its answer is read out, and then it is now again."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._waits_for = ""

    @property
    def is_waiting(self) -> bool:
        return bool(self._waits_for)

    def ask(self, name: str, about: str, now: float) -> str:
        """Ask; returns why it could not be asked, or empty."""
        session = self._session
        if self.is_waiting:
            return f"the core is still at your {self._waits_for}"
        session.say("")
        do_past(session, name, now, about or ("all" if name == "journal" else about))
        session.view = View.ALL
        is_asked = session.journal.is_waiting if name == "journal" else session.replay.is_waiting
        self._waits_for = name if is_asked else ""
        return "" if is_asked else session.echo.text

    def answered(self, now: float) -> tuple[list[str], bool]:
        """What to read out, and whether it went well; nothing while the core is still at it."""
        session, name = self._session, self._waits_for
        if name == "journal" and not session.journal.is_waiting:
            self._waits_for = ""
            return self._found(now)
        if name == "replay" and not session.replay.is_waiting:
            self._waits_for = ""
            return self._replayed(now)
        return [], True

    def _found(self, now: float) -> tuple[list[str], bool]:
        look = self._session.journal
        if look.trouble:
            return [look.trouble], False
        if not look.lines:
            return [f"nothing in the journal for {look.only.words}"], True
        shown = look.lines[-LINES_TOLD:]
        is_part = look.has_older or len(shown) < len(look.lines)
        which = f"the newest {len(shown)}" if is_part else f"{len(shown)}"
        told = journal_texts(self._session, shown, self._session.live.core_now(now))
        return [f"JOURNAL {look.only.words}, {which} events:", *told], True

    def _replayed(self, now: float) -> tuple[list[str], bool]:
        session, replay = self._session, self._session.replay
        at, live_at = replay.at, session.live.core_now(now)
        if replay.trouble or at is None:
            words = replay.trouble or "the core went away before it answered"
            replay.end()
            return [words], False
        now_words = f", now {clock(live_at)}" if live_at is not None else ""
        lines = [f"REPLAY {at:%Y-%m-%d} {clock(at)}{now_words}. It was so:"]
        with session.looking_back(now):
            for name in ("calls", "fleet", "alarms"):
                lines += [f"  {text}" for text in reading(name, session, now)]
        replay.end()
        return [*lines, "end of the replay; everything else is of now"], True
