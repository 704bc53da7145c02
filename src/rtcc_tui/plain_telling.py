"""What the line mode says: everything that the core tells, the alarms, and what time brings."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable
from typing import Protocol

from rtcc_core.domain.commands import AnyCommand
from rtcc_core.domain.events import CallReceived
from rtcc_core.wire.console import (
    Answer,
    AnswerStatus,
    DrillTold,
    Facts,
    Frame,
    FromCore,
    Goodbye,
    LockTold,
    Welcome,
)
from rtcc_tui.connection import CoreLine
from rtcc_tui.glyphs import ASCII
from rtcc_tui.lock_state import LockState
from rtcc_tui.plain_alarms import AlarmTeller
from rtcc_tui.plain_asked import Asked
from rtcc_tui.plain_lock import lock_words, unlocked_readings
from rtcc_tui.plain_news import Gathered
from rtcc_tui.plain_past import PastTeller
from rtcc_tui.plain_reading import greeting
from rtcc_tui.plain_screens import drill_readings
from rtcc_tui.plain_wait import Waiting
from rtcc_tui.plain_whole import advice_words
from rtcc_tui.session import Session
from rtcc_tui.speech import spoken
from rtcc_tui.views.topline import troubles
from rtcc_tui.words import aloud


class Voice(Protocol):
    """Where lines go: what is said may wait for a slow reader, but is never left out; news may be."""

    def say(self, line: str) -> None: ...

    def news(self, line: str) -> None: ...


class SpokenSession(Session):
    """A session that keeps what it said of each request whose end nobody knows: a screen shows the last."""

    locks_itself = False

    def __init__(self, connection: CoreLine) -> None:
        super().__init__(
            send=connection.send, query=connection.query, new_id=lambda: uuid.uuid4().hex, glyphs=ASCII
        )
        self.doubts: list[str] = []

    def _doubt(self, command: AnyCommand, why: str) -> None:
        super()._doubt(command, why)
        self.doubts.append(self.echo.text)


class Telling:
    """The half of the line mode that speaks; what a person types is in `plain.PlainConsole`."""

    def __init__(
        self,
        connection: CoreLine,
        *,
        voice: Voice,
        is_script: bool = False,
        leaving_note: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._asked = Asked()
        self.session = SpokenSession(connection)
        if leaving_note:
            self.session.leaving_note = leaving_note
        self.is_script = is_script
        """Nobody types: what fails is said with the number of its line, and nothing locks by itself."""
        self.failed_lines: list[int] = []
        self.has_failed = False
        self.is_done = asyncio.Event()
        self.is_ready = asyncio.Event()
        """Set once the aircraft were heard of: before that every gate is UNKNOWN and no line is obeyed."""
        self.is_answered = asyncio.Event()
        """Set while no request waits for the core's answer, and no call that was opened is still to come."""
        self.is_free = asyncio.Event()
        """Set while no `wait` is on."""
        self.is_free.set()
        self.lock = LockState()
        self.news = Gathered()
        self._connection = connection
        self._voice = voice
        self._clock = clock
        self._number = 0
        self._proposed: tuple[AnyCommand | None, float] | None = None
        self._looked_up = ""
        """The line that waits for the core to find its place."""
        self._was_greeted = False
        self._trouble_words: set[str] = set()
        self._alarms = AlarmTeller()
        self._past = PastTeller(self.session)
        self._waiting = Waiting(self.session)

    # --- what the core says ---------------------------------------------------------------------

    def received(self, message: FromCore) -> None:
        """Tell what came in, one line each."""
        with aloud():
            self._received(message, self._clock())

    def _received(self, message: FromCore, now: float) -> None:
        session, before = self.session, self.session.echo
        if isinstance(message, Facts):
            self._happened(message, now)
        else:
            session.received(message, now)
        match message:
            case Welcome():
                if session.echo is not before:
                    self._settled(session.echo.text)  # what was UNKNOWN has been stored after all
                self._greet(now)
            case Frame():
                self.is_ready.set()
            case DrillTold():
                self._tell_all(drill_readings(session, now))
            case LockTold():
                self._lock_told(message, now)
            case Answer():
                self._asked.answered(message)
                self._settled(session.echo.text, is_failure=message.status is AnswerStatus.REFUSED)
            case Goodbye():
                self._fail(message.reason)
                self.is_done.set()
            case _:
                pass
        if session.model.has_gap:
            self._connection.restart()
        self._watch(now)

    def _happened(self, message: Facts, now: float) -> None:
        session = self.session
        for stored in message.events:
            if stored.seq <= session.model.state.seq:
                continue
            session.received(Facts(events=(stored,)), now)
            self._waiting.observed(stored)
            if self.lock.is_locked or (self._asked.says(stored) and not self.news.is_verbose):
                continue
            more = ""
            if isinstance(stored.event, CallReceived):
                more = f"; {advice_words(session, stored.event.call_id, now)}"
            self.news.add(stored, session.model.state, more)

    def _settled(self, text: str, *, is_failure: bool = False) -> None:
        """The core has answered, or nobody knows; a locked console says only which."""
        words = text.partition(":")[0] if self.lock.is_locked else text
        if is_failure:
            self._fail(words)
        else:
            self._tell(words)

    def _say_doubts(self) -> None:
        doubts, self.session.doubts = self.session.doubts, []
        for text in doubts:
            self._settled(text, is_failure=True)

    def lost(self, reason: str) -> None:
        """The core is gone; requests without an answer are UNKNOWN."""
        with aloud():
            self.session.lost(reason, self._clock())
            self.lock.lost()
            self._looked_up = ""
            self._say_doubts()
            self._watch(self._clock())

    def tick(self) -> None:
        """Time passed: what was gathered is said."""
        with aloud():
            now = self._clock()
            self.session.ticked(now)
            self._say_doubts()
            programme = self.session.model.programme
            is_flying = self.session.model.is_flying
            is_due = self.lock.is_due(programme, now, is_flying=is_flying)
            if not self.is_script and self._was_greeted and is_due:
                self._lock(f"idle for {programme.lock_after_min:g} minutes")
            self._watch(now)
            self._say_news()

    def _greet(self, now: float) -> None:
        self.lock.welcomed(self.session.question)
        if not self.lock.is_locked:
            self._tell_all(greeting(self.session, now, is_again=self._was_greeted))
        self._was_greeted = True

    def _watch(self, now: float) -> None:
        """Tell troubles and alarms when they begin and end; their ages would be new each second."""
        session, alarms = self.session, self.session.alarms
        alarms.painted = alarms.to_paint(session.model, now)
        suggested = next(iter(session.model.suggestions()), None)
        session.shown_suggestion = suggested.suggestion_id if suggested else None
        for each in self._alarms.told(alarms.painted.groups, now):
            self.news.forget(each.alarm.raised_seq, each.text)
            line = spoken(each.bare if self.lock.is_locked else each.text)
            (self._voice.news if each.is_again else self._voice.say)(line)
        read_out, is_well = self._past.answered(now)
        if not is_well:
            self._fail(read_out[0])
        elif not self.lock.is_locked:
            self._tell_all(read_out)
        self._watch_troubles(now)
        if (come := self._waiting.outcome(now)) is not None:
            (self._tell if come[1] else self._fail)(come[0])
        self._mark_answered()

    def _watch_troubles(self, now: float) -> None:
        found = troubles(self.session.model, now)
        words = {text.partition(" for ")[0].partition(" since ")[0]: text for text in found}
        for key in words.keys() - self._trouble_words:
            self._tell(words[key])
        for key in self._trouble_words - words.keys():
            self._tell(f"over: {key}")
        self._trouble_words = set(words)

    def _mark_answered(self) -> None:
        session = self.session
        is_waiting = self._looked_up or self._past.is_waiting or session.screens.drill.waiting_id
        is_behind = self._asked.answered_seq > session.live.state.seq and session.live.is_connected
        if session.model.pending or session.is_opening or is_waiting or self.lock.waiting_id or is_behind:
            self.is_answered.clear()
        else:
            self.is_answered.set()
        if self._waiting.is_on:
            self.is_free.clear()
        else:
            self.is_free.set()

    # --- saying -----------------------------------------------------------------------------------

    def _tell(self, text: str | None) -> None:
        if text:
            self._say_news()
            self._voice.say(spoken(text))

    def _tell_all(self, lines: list[str]) -> None:
        for line in lines:
            self._tell(line)

    def _say_news(self) -> None:
        if self.lock.is_locked:
            self.news.drop()
        for line in self.news.lines():
            self._voice.news(spoken(line))

    def _fail(self, text: str) -> None:
        """Something was refused, is not known or was not understood."""
        self.has_failed = True
        if not self._number:
            self._tell(text)
            return
        if self._number not in self.failed_lines:
            self.failed_lines.append(self._number)
        self._tell(f"line {self._number}: {text}")

    # --- the lock -----------------------------------------------------------------------------------

    def _lock(self, reason: str = "asked for") -> None:
        self._say_news()
        self._proposed, self._looked_up = None, ""
        self._waiting.stop()
        if not self.lock.is_locked:
            self.lock.lock(self.session.question, reason)
            self._tell(lock_words(self.lock, is_drill=self.session.live.programme.is_drill))

    def _lock_told(self, message: LockTold, now: float) -> None:
        was_unlocking = self.lock.is_unlocking
        if not self.lock.told(message, now):
            return
        if not self.lock.is_locked:
            self._tell_all(unlocked_readings(self.session, now))
        elif was_unlocking:
            self._fail(lock_words(self.lock, is_drill=self.session.live.programme.is_drill))
        elif not self.lock.has_pin:
            self._tell(lock_words(self.lock, is_drill=self.session.live.programme.is_drill))
