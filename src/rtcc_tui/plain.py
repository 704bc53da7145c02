"""`rtcc console --plain`: the same model and verbs, one line per event, no escape codes, no Textual.

For screen readers, serial lines, TERM=dumb and scripts. Flight verbs print what would happen and want `go`
on the next line, within thirty seconds; `--yes` leaves that out for scripted use.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from rtcc_core.domain.commands import AnyCommand
from rtcc_core.domain.events import CallReceived
from rtcc_core.wire.console import Answer, AnswerStatus, DrillTold, Facts, Frame, FromCore, Welcome
from rtcc_tui.confirmations import command_words
from rtcc_tui.connection import Connection
from rtcc_tui.glyphs import ASCII
from rtcc_tui.grammar import parse
from rtcc_tui.grammar_values import Local, Mistake, Nothing, Question, Understood
from rtcc_tui.model import ANSWER_WITHIN_S
from rtcc_tui.narrate import narrate, spoken
from rtcc_tui.plain_alarms import AlarmTeller
from rtcc_tui.plain_past import PAST_VERBS, PAST_WITHIN_S, PastTeller
from rtcc_tui.plain_screens import SCREEN_VERBS, drill_readings, screen_readings
from rtcc_tui.readings import call_readings, reading
from rtcc_tui.requests import is_confirmed
from rtcc_tui.session import Session
from rtcc_tui.views.topline import feed_words, troubles
from rtcc_tui.words import minutes_seconds, wind

GO_WITHIN_S = 30.0
"""A proposed flight order is forgotten after this; `go` then does nothing."""

CORE_WITHIN_S = 10.0
"""A script's first line waits this long for a core before it is told that there is none."""

LEAVE_WORDS = frozenset({"go", "yes"})


class PlainConsole:
    """A session that speaks lines."""

    def __init__(
        self,
        connection: Connection,
        *,
        say: Callable[[str], None],
        assume_yes: bool = False,
        leaving_note: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.session = Session(
            send=connection.send, query=connection.query, new_id=lambda: uuid.uuid4().hex, glyphs=ASCII
        )
        self.session.on_located = self._located
        if leaving_note:
            self.session.leaving_note = leaving_note
        self.has_failed = False
        self.is_done = asyncio.Event()
        self.is_ready = asyncio.Event()
        """Set once the aircraft were heard of: before that every gate is UNKNOWN and no line is obeyed."""
        self.is_answered = asyncio.Event()
        """Set while no request waits for the core's answer, and no call that was opened is still to come."""
        self._connection = connection
        self._say = say
        self._assume_yes = assume_yes
        self._clock = clock
        self._proposed: tuple[AnyCommand | None, float] | None = None
        self._looked_up = ""
        """The line that waits for the core to find its place."""
        self._trouble_words: set[str] = set()
        self._alarms = AlarmTeller()
        self._past = PastTeller(self.session)

    # --- what the core says ---------------------------------------------------------------------

    def received(self, message: FromCore) -> None:
        """Tell what came in, one line each."""
        now, session = self._clock(), self.session
        if isinstance(message, Facts):
            for stored in message.events:
                if stored.seq > session.model.state.seq:
                    session.received(Facts(events=(stored,)), now)
                    self._tell(narrate(stored, session.model.state))
                    if isinstance(stored.event, CallReceived):
                        self._tell(self._recommendation(stored.event.call_id, now))
        else:
            session.received(message, now)
        if isinstance(message, Welcome):
            self._greet(now)
        if isinstance(message, Frame):
            self.is_ready.set()
        if isinstance(message, DrillTold):
            for line in drill_readings(session, now):
                self._tell(line)
        if isinstance(message, Answer):
            self.has_failed |= message.status is AnswerStatus.REFUSED
            self._tell(session.echo.text)
        if session.model.has_gap:
            self._connection.restart()
        self._watch(now)

    def lost(self, reason: str) -> None:
        """The core is gone; requests without an answer are UNKNOWN."""
        was_waiting = bool(self.session.model.pending)
        self.session.lost(reason, self._clock())
        self._looked_up = ""
        if was_waiting:
            self.has_failed = True
            self._tell(self.session.echo.text)
        self._watch(self._clock())

    def tick(self) -> None:
        """Time passed."""
        now = self._clock()
        overdue = bool(self.session.model.overdue(now))
        self.session.ticked(now)
        if overdue:
            self.has_failed = True
            self._tell(self.session.echo.text)
        self._watch(now)

    def _greet(self, now: float) -> None:
        model = self.session.model
        drill = "DRILL. " if model.programme.is_drill else ""
        you = f"You are {model.you.name}, {model.you.role.value}. " if model.you else ""
        cad, _ = feed_words(list(model.state.feeds.values()), model.core_now(now))
        self._tell(f"{drill}{model.programme.agency}. {you}{cad}, {wind(model.state.weather)}.")
        for line in call_readings(self.session) if model.queue() else []:
            self._tell(line)
        if model.waiting_alerts():
            self._read("alerts", now)
        if model.suggestions():
            self._read("suggestions", now)

    def _read(self, name: str, now: float) -> None:
        for line in reading(name, self.session, now):
            self._tell(line)

    def _recommendation(self, call_id: str, now: float) -> str:
        advice = self.session.advice(call_id, now)
        best = advice.recommended if advice else None
        if best is None:
            around = self.session.around(now)
            return f"  {around.why_none(call_id)}"
        soon = f" overhead {minutes_seconds(best.overhead_s)}" if best.overhead_s is not None else ""
        return f"  for {call_id} send {best.drone}{soon}: launch {best.drone} {call_id}"

    def _watch(self, now: float) -> None:
        """Tell troubles and alarms when they begin and end; their ages would be new each second."""
        alarms = self.session.alarms
        alarms.painted = alarms.to_paint(self.session.model, now)
        suggested = next(iter(self.session.model.suggestions()), None)
        self.session.shown_suggestion = suggested.suggestion_id if suggested else None
        for line in self._alarms.lines(alarms.painted.groups, now):
            self._tell(line)
        told, is_well = self._past.answered(now)
        self.has_failed |= not is_well
        for line in told:
            self._tell(line)
        found = troubles(self.session.model, now)
        words = {text.partition(" for ")[0].partition(" since ")[0]: text for text in found}
        for key in words.keys() - self._trouble_words:
            self._tell(words[key])
        for key in self._trouble_words - words.keys():
            self._tell(f"over: {key}")
        self._trouble_words = set(words)
        is_waiting = self._looked_up or self._past.is_waiting or self.session.screens.drill.waiting_id
        if self.session.model.pending or self.session.is_opening or is_waiting:
            self.is_answered.clear()
        else:
            self.is_answered.set()

    def _tell(self, text: str | None) -> None:
        if text:
            self._say(spoken(text))

    # --- what the person says -------------------------------------------------------------------

    def heard(self, line: str) -> None:
        """One typed line."""
        now = self._clock()
        waiting, self._proposed = self._proposed, None
        word = line.strip().casefold()
        if word in LEAVE_WORDS:
            self._go(waiting, now)
            return
        if waiting is not None:
            self._tell("dropped: nothing was sent")
        self._act(line, now)

    def _go(self, waiting: tuple[AnyCommand | None, float] | None, now: float) -> None:
        if waiting is None:
            self._fail("nothing is waiting for go")
        elif now - waiting[1] > GO_WITHIN_S:
            self._fail(f"too late: go counts for {GO_WITHIN_S:.0f} seconds; nothing was sent")
        elif waiting[0] is None:
            self.is_done.set()
        else:
            self._ask(waiting[0], now)

    def _look_up(self, place: str, line: str, now: float) -> None:
        if self.session.locate(place):
            self._looked_up = line
            self._tell(self.session.echo.text)
            self._watch(now)
        else:
            self._fail(self.session.echo.text)

    def _located(self, now: float) -> None:
        """The place of the line that asked was found, or not; where it was, the line is read again."""
        line, self._looked_up = self._looked_up, ""
        found = self.session.gazetteer
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
        registry = self.session.registry
        match parse(line, self.session.around(now)):
            case Understood(command=command) if is_confirmed(command):
                self._propose(command, now)
            case Understood(command=command):
                self._ask(command, now)
            case Question(locate=place) if place:
                self._look_up(place, line, now)
            case Question(text=text) | Mistake(text=text):
                self._fail(text)
            case Local(action="help", about=about):
                for action in (registry.named(about),) if about else registry.actions:
                    if action.verb:
                        self._tell(f"{action.usage}: {action.help}")
            case Local(action="quit"):
                self._leave(now)
            case Local(action=name, about=about) if name in PAST_VERBS:
                if why_not := self._past.ask(name, about, now):
                    self._fail(why_not)
                self._watch(now)
            case Local(action=name, about=about) if name in SCREEN_VERBS:
                self._screen(name, about, now)
            case Local(action=name, about=about):
                self.session.near_call = about or None
                self._read(name, now)
            case Nothing():
                pass

    def _screen(self, name: str, about: str, now: float) -> None:
        told, why_not = screen_readings(self.session, name, about, now)
        for line in told:
            self._tell(line)
        if why_not:
            self._fail(why_not)
        self._watch(now)

    def _propose(self, command: AnyCommand, now: float) -> None:
        self._tell(f"{command_words(self.session, command, now)}.")
        if against := self.session.obstacle(now, command):
            self._tell(f"  {against}")
        if self._assume_yes:
            self._ask(command, now)
        elif refusal := self.session.refuses(command):
            self._fail(refusal)
        else:
            self._proposed = (command, now)
            self._tell(f"  go sends it (within {GO_WITHIN_S:.0f} s); anything else drops it")

    def _leave(self, now: float) -> None:
        out = self.session.model.out()
        if not out or self._assume_yes:
            self.is_done.set()
            return
        self._proposed = (None, now)
        self._tell(f"{', '.join(out)} out; {self.session.leaving_note}. go leaves, anything else stays")

    def _ask(self, command: AnyCommand, now: float) -> None:
        if not self.session.ask(command, now):
            self.has_failed = True
        self._tell(self.session.echo.text)
        self._watch(now)

    @property
    def patience_s(self) -> float:
        """How long the next line waits for what this one asked."""
        return PAST_WITHIN_S if self._past.is_waiting else ANSWER_WITHIN_S + 1.0

    def ended(self) -> None:
        """No more lines: what waited for `go` is dropped, and a script is told so by its exit code."""
        if self._proposed is not None and self._proposed[0] is not None:
            self._fail("dropped at the end of the input: nothing was sent")

    def _fail(self, text: str) -> None:
        self.has_failed = True
        self._tell(text)


async def run_lines(console: PlainConsole, connection: Connection, source: TextIO) -> int:
    """Feed lines to the console until they end or it is done; 1 where something failed, else 0."""
    lines: asyncio.Queue[str | None] = asyncio.Queue()
    _read_in_background(source, lines, asyncio.get_running_loop())
    tasks = {
        asyncio.create_task(connection.run(console)),
        asyncio.create_task(_tick(console)),
    }
    typing = asyncio.create_task(_obey(console, lines))
    leaving = asyncio.create_task(console.is_done.wait())
    try:
        done, _ = await asyncio.wait({*tasks, typing, leaving}, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in (*tasks, typing, leaving):
            task.cancel()
        await asyncio.gather(*tasks, typing, leaving, return_exceptions=True)
    return 1 if console.has_failed else 0


async def _obey(console: PlainConsole, lines: asyncio.Queue[str | None]) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(console.is_ready.wait(), CORE_WITHIN_S)
    while (line := await lines.get()) is not None:
        console.heard(line)
        # A script's next line sees what this one led to: its answer, or that it is UNKNOWN.
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(console.is_answered.wait(), console.patience_s)
    console.ended()


async def _tick(console: PlainConsole) -> None:
    while True:
        await asyncio.sleep(0.25)
        console.tick()


def _read_in_background(
    source: TextIO, lines: asyncio.Queue[str | None], loop: asyncio.AbstractEventLoop
) -> None:
    def read() -> None:
        with contextlib.suppress(RuntimeError, ValueError, OSError):  # the loop or the stream is closed
            for line in source:
                loop.call_soon_threadsafe(lines.put_nowait, line)
            loop.call_soon_threadsafe(lines.put_nowait, None)

    threading.Thread(target=read, name="plain-input", daemon=True).start()


def run_plain(socket_path: Path, *, assume_yes: bool = False, leaving_note: str = "") -> int:
    """Run the line mode on standard input and output until end of file or `quit`."""

    def say(line: str) -> None:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()

    async def main() -> int:
        connection = Connection(socket_path, client="rtcc console --plain")
        console = PlainConsole(connection, say=say, assume_yes=assume_yes, leaving_note=leaving_note)
        return await run_lines(console, connection, sys.stdin)

    try:
        return asyncio.run(main())
    except (KeyboardInterrupt, BrokenPipeError):
        return 130
