"""`rtcc console --plain`: the same model and verbs, one line per event, no escape codes, no Textual.

For screen readers, serial lines, TERM=dumb and scripts. Flight verbs say what would happen and want `go` on
the next line, within thirty seconds; `--yes` leaves that out for scripted use.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from rtcc_core.domain.commands import AnyCommand
from rtcc_tui.confirmations import command_words
from rtcc_tui.connection import CoreLine
from rtcc_tui.grammar import parse
from rtcc_tui.grammar_values import Local, Mistake, Nothing, Question, Understood
from rtcc_tui.plain_asked import is_urgent
from rtcc_tui.plain_help import help_readings, own_readings, told
from rtcc_tui.plain_lock import LOCKED, NOBODY_TO_ASK
from rtcc_tui.plain_past import PAST_VERBS
from rtcc_tui.plain_reading import named_reading
from rtcc_tui.plain_screens import SCREEN_VERBS, screen_readings
from rtcc_tui.plain_telling import Telling, Voice
from rtcc_tui.plain_words import Lock, Own, Remark, Unlock, Verbose, Wait, Wrong, own_word, phase_names
from rtcc_tui.proposals import CHANGED
from rtcc_tui.readings import reading
from rtcc_tui.requests import is_confirmed
from rtcc_tui.speech import typed
from rtcc_tui.standing import carried
from rtcc_tui.words import aloud

GO_WITHIN_S = 30.0
"""A proposed flight order is forgotten after this; `go` then does nothing."""

GO_AFTER_S = 0.3
"""A `go` that was typed within this of what it sends was pasted with it: nobody reads so fast."""

_GO_WORDS = frozenset({"go", "yes"})
_NO_WORDS = frozenset({"no", "stop", "cancel"})


class PlainConsole(Telling):
    """A session that speaks lines and takes them."""

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
        super().__init__(connection, voice=voice, is_script=is_script, leaving_note=leaving_note, clock=clock)
        self.session.on_located = self._located
        self.wants_pin: Callable[[bool], None] = lambda _is_wanted: None
        """Called before a PIN is typed, and after: a terminal does not show it."""
        self._assume_yes = assume_yes
        self._is_pin_next = False
        self._read_at = 0.0
        self._carries: AnyCommand | None = None
        """What the proposed request really asked when it was told: a suggestion can be made anew."""

    # --- what the person says -------------------------------------------------------------------

    def now(self) -> float:
        """The time in monotonic seconds; the reader of lines stamps them with it."""
        return self._clock()

    def heard(self, line: str, number: int = 0, read_at: float | None = None) -> None:
        """One typed line and the time it was read at, for it may have waited; of a script with its number."""
        with aloud():
            self._number = number if self.is_script else 0
            now = self._clock()
            self._read_at = now if read_at is None else read_at
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
        elif not self.is_script and self._read_at - waiting[1] < GO_AFTER_S:
            self._fail("dropped: that go came faster than a person reads, as in a paste; nothing was sent")
        elif now - waiting[1] > GO_WITHIN_S:
            self._fail(f"too late: go counts for {GO_WITHIN_S:.0f} s; nothing was sent")
        elif waiting[0] is None:
            self.is_done.set()
        elif carried(self.session.model.state, waiting[0]) != self._carries:
            self._fail(f"{CHANGED}; nothing was sent")
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
        if (lines := own_readings(session.registry, line)) is not None:
            self._help(lines)
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
            self._carries = carried(self.session.model.state, command)
            self._tell(f"go sends it, within {GO_WITHIN_S:.0f} s; anything else drops it")
            self._proposed = (command, self._clock())

    def _leave(self, now: float) -> None:
        out = self.session.model.out()
        if not out or self._assume_yes:
            self.is_done.set()
            return
        craft = (
            "an aircraft is"
            if self.lock.is_locked
            else f"{', '.join(out)} {'is' if len(out) == 1 else 'are'}"
        )
        self._tell(f"{craft} out; {self.session.leaving_note}. go leaves, anything else stays")
        self._proposed = (None, self._clock())

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

    def _ask_pin(self) -> None:
        if not self.lock.is_locked:
            self._tell("this console is not locked")
        elif not self.session.live.is_connected:
            self._fail(NOBODY_TO_ASK)
        else:
            self._is_pin_next = True
            self.wants_pin(True)
            self._voice.say("PIN:")

    def _unlock(self, pin: str) -> None:
        self._is_pin_next = False
        self.wants_pin(False)
        if self.session.live.is_connected:
            self.lock.unlock(self.session.question, pin.rstrip("\r\n"))
        else:
            self._fail(NOBODY_TO_ASK)
