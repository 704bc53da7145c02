"""`rtcc console --plain`: the same model and verbs, one line per event, no escape codes, no Textual.

For screen readers, serial lines, TERM=dumb and scripts. Flight verbs say what would happen and want `go` on
the next line, within thirty seconds; `--yes` leaves that out for scripted use.
"""

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
from rtcc_tui.confirmations import command_words
from rtcc_tui.connection import CoreLine
from rtcc_tui.glyphs import ASCII
from rtcc_tui.grammar import parse
from rtcc_tui.grammar_values import Local, Mistake, Nothing, Question, Understood
from rtcc_tui.lock_state import LockState
from rtcc_tui.plain_alarms import AlarmTeller
from rtcc_tui.plain_asked import Asked, is_urgent
from rtcc_tui.plain_help import help_readings, told
from rtcc_tui.plain_lock import LOCKED, lock_words, unlocked_readings
from rtcc_tui.plain_news import Gathered
from rtcc_tui.plain_past import PAST_VERBS, PastTeller
from rtcc_tui.plain_reading import greeting, named_reading
from rtcc_tui.plain_screens import SCREEN_VERBS, drill_readings, screen_readings
from rtcc_tui.plain_wait import Waiting
from rtcc_tui.plain_whole import advice_words
from rtcc_tui.plain_words import Lock, Own, Remark, Unlock, Verbose, Wait, Wrong, own_word, phase_names
from rtcc_tui.readings import reading
from rtcc_tui.requests import is_confirmed
from rtcc_tui.session import Session
from rtcc_tui.speech import spoken, typed
from rtcc_tui.views.topline import troubles
from rtcc_tui.words import aloud

GO_WITHIN_S = 30.0
"""A proposed flight order is forgotten after this; `go` then does nothing."""

_GO_WORDS = frozenset({"go", "yes"})
_NO_WORDS = frozenset({"no", "stop", "cancel"})


class Voice(Protocol):
    """Where lines go: what is said may wait for a slow reader, but is never left out; news may be."""

    def say(self, line: str) -> None: ...

    def news(self, line: str) -> None: ...


class SpokenSession(Session):
    """A session that keeps what it said of each request whose end nobody knows: a screen shows the last."""

    def __init__(self, connection: CoreLine) -> None:
        super().__init__(
            send=connection.send, query=connection.query, new_id=lambda: uuid.uuid4().hex, glyphs=ASCII
        )
        self.doubts: list[str] = []

    def _doubt(self, command: AnyCommand, why: str) -> None:
        super()._doubt(command, why)
        self.doubts.append(self.echo.text)


class PlainConsole:
    """A session that speaks lines."""

    def __init__(
        self,
        connection: CoreLine,
        *,
        voice: Voice,
        assume_yes: bool = False,
        is_script: bool = False,
        leaving_note: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._asked = Asked()
        self.session = SpokenSession(connection)
        self.session.on_located = self._located
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
        self.wants_pin: Callable[[bool], None] = lambda _is_wanted: None
        """Called before a PIN is typed, and after: a terminal does not show it."""
        self.lock = LockState()
        self.news = Gathered()
        self._connection = connection
        self._voice = voice
        self._assume_yes = assume_yes
        self._clock = clock
        self._number = 0
        self._proposed: tuple[AnyCommand | None, float] | None = None
        self._looked_up = ""
        """The line that waits for the core to find its place."""
        self._is_pin_next = False
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
            if not self.is_script and self._was_greeted and self.lock.is_due(programme, now):
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

    # --- what the person says -------------------------------------------------------------------

    def heard(self, line: str, number: int = 0) -> None:
        """One typed line; of a script with its number."""
        with aloud():
            self._number = number if self.is_script else 0
            now = self._clock()
            if self._is_pin_next:
                self._unlock(line)
            else:
                self.lock.touched(now)
                self._obey(line, now)
            self._watch(now)

    def is_urgent(self, line: str) -> bool:
        """True for what never waits behind anything: hold, return, land, and the `go` that sends it."""
        now = self._clock()
        return self._proposed is not None or is_urgent(parse(line, self.session.around(now)))

    def gave_up(self, number: int) -> None:
        """There is no core: from this line on nothing of the script is done."""
        with aloud():
            self._number = number
            why = self.session.live.down_reason
            self._fail(f"no core to ask{f': {why}' if why else ''}. This line and what follows was NOT done")

    def interrupt(self) -> None:
        """A person at a keyboard typed on while a `wait` was on."""
        with aloud():
            if words := self._waiting.stop():
                self._tell(f"wait {words} is given up")
            self._mark_answered()

    def _obey(self, line: str, now: float) -> None:
        waiting, self._proposed = self._proposed, None
        word = line.strip().casefold()
        if waiting is not None and word not in _GO_WORDS and not word.startswith("#"):
            self._tell("dropped: nothing was sent")
            if word in _NO_WORDS:
                return
        state = self.session.live.state
        phases = phase_names(self.session.shown)
        own = own_word(line, self.session.registry, tuple(state.drones), phases)
        if isinstance(own, Remark):
            self._proposed = waiting if word.startswith("#") else None
        elif word == "go" or (word in _GO_WORDS and waiting is not None):
            self._go(waiting, now)
        elif own is not None:
            self._do_own(own, now)
        else:
            self._act(line, now)

    def _do_own(self, own: Own, now: float) -> None:
        match own:
            case Lock():
                self._lock()
            case Unlock():
                self._ask_pin()
            case _ if self.lock.is_locked:
                self._fail(LOCKED)
            case Verbose(is_on=is_on):
                self.news.is_verbose = is_on
                self._tell("everything is said, with its time" if is_on else "only what matters is said")
            case Wait():
                self._waiting.begin(own, now)
            case Wrong(text=text):
                self._fail(text)
            case _:
                pass

    def _go(self, waiting: tuple[AnyCommand | None, float] | None, now: float) -> None:
        if waiting is None:
            self._fail("nothing is waiting for go")
        elif now - waiting[1] > GO_WITHIN_S:
            self._fail(f"too late: go counts for {GO_WITHIN_S:.0f} s; nothing was sent")
        elif waiting[0] is None:
            self.is_done.set()
        else:
            self._ask(waiting[0], now)

    def _look_up(self, place: str, line: str) -> None:
        if self.session.locate(place):
            self._looked_up = line
        else:
            self._fail(self.session.echo.text)

    def _located(self, now: float) -> None:
        """The place of the line that asked was found, or not; where it was, the line is read again."""
        line, self._looked_up = self._looked_up, ""
        found = self.session.gazetteer
        if self.lock.is_locked:
            return
        if found.words:
            again = (
                found.text in found.unfound
                and line.split()[0].casefold() in self.session.registry.named("new").verbs
            )
            hint = ". The same line again opens the call WITHOUT A POSITION" if again else ""
            self._fail(f"{found.words}{hint}")
        elif line:
            self._act(line, now)

    def _act(self, line: str, now: float) -> None:
        session = self.session
        if self.lock.is_locked:
            self._act_locked(line, now)
            return
        if (lines := named_reading(session, line, now)) is not None:
            self._tell_all(lines)
            return
        match parse(line, session.around(now)):
            case Understood(command=command) if is_confirmed(command):
                self._propose(command, now)
            case Understood(command=command):
                self._ask(command, now)
            case Question(locate=place) if place:
                self._look_up(place, line)
            case Question(text=text):
                self._fail(text)
            case Mistake(text=text):
                self._not_understood(line, text)
            case Local(action=name, about=about):
                self._look(name, about, now)
            case Nothing():
                pass

    def _act_locked(self, line: str, now: float) -> None:
        """Only leaving, and the way back in."""
        match parse(line, self.session.around(now)):
            case Local(action="quit"):
                self._leave(now)
            case Local(action="unlock"):
                self._ask_pin()
            case _:
                self._fail(LOCKED)

    def _not_understood(self, line: str, why: str) -> None:
        """`help TOPIC` is no verb of the registry's."""
        first, _, about = line.strip().partition(" ")
        action = self.session.registry.for_verb(first)
        lines = help_readings(self.session.registry, about) if action and action.name == "help" else None
        if lines is None:
            self._fail(why)
        else:
            self._help(lines)

    def _help(self, lines: list[str]) -> None:
        self._say_news()
        for line in lines:
            self._voice.say(typed(line))

    def _look(self, name: str, about: str, now: float) -> None:
        """What changes nothing: it is read out."""
        session = self.session
        match name:
            case "help":
                registry = session.registry
                lines = help_readings(registry, registry.named(about).verb if about else "")
                self._help(lines if lines is not None else [told(registry.named(about))])
            case "quit":
                self._leave(now)
            case "lock":
                self._lock()
            case "unlock":
                self._ask_pin()
            case "theme" | "glyphs":
                self._fail(f"{name}: the line mode draws nothing and has no colours")
            case _ if name in PAST_VERBS:
                if why_not := self._past.ask(name, about, now):
                    self._fail(why_not)
            case _ if name in SCREEN_VERBS:
                read_out, why_not = screen_readings(session, name, about, now)
                self._tell_all(read_out)
                if why_not:
                    self._fail(why_not)
            case _:
                session.near_call = about or None
                self._tell_all(reading(name, session, now))

    # --- asking -------------------------------------------------------------------------------------

    def _propose(self, command: AnyCommand, now: float) -> None:
        self._tell(f"{command_words(self.session, command, now)}.")
        if against := self.session.obstacle(now, command):
            self._tell(f"against it: {against}")
        if self._assume_yes:
            self._ask(command, now)
        elif refusal := self.session.refuses(command):
            self._fail(refusal)
        else:
            self._proposed = (command, now)
            self._tell(f"go sends it, within {GO_WITHIN_S:.0f} s; anything else drops it")

    def _leave(self, now: float) -> None:
        out = self.session.model.out()
        if not out or self._assume_yes:
            self.is_done.set()
            return
        self._proposed = (None, now)
        craft = (
            "an aircraft is"
            if self.lock.is_locked
            else f"{', '.join(out)} {'is' if len(out) == 1 else 'are'}"
        )
        self._tell(f"{craft} out; {self.session.leaving_note}. go leaves, anything else stays")

    def _ask(self, command: AnyCommand, now: float) -> None:
        before = set(self.session.model.pending)
        if not self.session.ask(command, now):
            self._fail(self.session.echo.text)
            return
        self._asked.left(set(self.session.model.pending) - before)
        self._waiting.ordered(getattr(command, "drone", None))

    def ended(self) -> None:
        """No more lines: what waited for `go` is dropped, and a script is told so by its exit code."""
        if self._proposed is not None and self._proposed[0] is not None:
            self._fail("dropped at the end of the input: nothing was sent")
        if self.session.model.pending:
            self._fail("the core has not answered: what became of the last request is UNKNOWN")
        if self.failed_lines:
            numbers = ", ".join(str(number) for number in self.failed_lines)
            self._tell(f"not everything was done: see line {numbers}")

    # --- the lock -----------------------------------------------------------------------------------

    def _lock(self, reason: str = "asked for") -> None:
        self._say_news()
        self._proposed, self._looked_up = None, ""
        if not self.lock.is_locked:
            self.lock.lock(self.session.question, reason)
            self._tell(lock_words(self.lock))

    def _ask_pin(self) -> None:
        if not self.lock.is_locked:
            self._tell("this console is not locked")
        elif not self.session.live.is_connected:
            self._fail("NO CORE: nobody can say whether a PIN is right; it stays locked")
        else:
            self._is_pin_next = True
            self.wants_pin(True)
            self._voice.say("PIN:")

    def _unlock(self, pin: str) -> None:
        self._is_pin_next = False
        self.wants_pin(False)
        self.lock.unlock(self.session.question, pin.rstrip("\r\n"))

    def _lock_told(self, message: LockTold, now: float) -> None:
        was_unlocking = self.lock.is_unlocking
        if not self.lock.told(message, now):
            return
        if not self.lock.is_locked:
            self._tell_all(unlocked_readings(self.session, now))
        elif was_unlocking:
            self._fail(lock_words(self.lock))
        elif not self.lock.has_pin:
            self._tell(lock_words(self.lock))
