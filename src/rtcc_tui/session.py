"""One person at one console: what is selected, proposed and said, and what a key does. No toolkit.

Keys and messages come in with their times, requests go out through `send`; so every rule about what may
move an aircraft is tested without a terminal.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

import msgspec

from rtcc_core.domain.advice import advise
from rtcc_core.domain.advice_values import Advice, Candidate
from rtcc_core.domain.call import Call
from rtcc_core.domain.commands import AnyCommand, LaunchDrone
from rtcc_core.domain.people import Right
from rtcc_core.domain.state import Severity
from rtcc_core.wire.console import Answer, AnswerStatus, FromCore, Welcome
from rtcc_tui.actions import named
from rtcc_tui.glyphs import UNICODE, Glyphs
from rtcc_tui.grammar_values import Around
from rtcc_tui.model import ANSWER_WITHIN_S, ConsoleModel
from rtcc_tui.prompt import Prompt
from rtcc_tui.proposals import Proposal, obstacle, why_none
from rtcc_tui.spans import Tone
from rtcc_tui.words import is_flight, said

BELL_EVERY_S = 10.0
"""While an alarm is unacknowledged the bell rings this often (real seconds)."""


ECHO_LASTS_S = 20.0
"""How long a plain answer stays; what wants a person stays until the next one."""


class Mode(Enum):
    """Who gets the next key."""

    LOOK = "look"
    PROMPT = "prompt"
    CONFIRM = "confirm"


class View(Enum):
    """What the middle of the screen shows."""

    ALL = "everything"
    CALL = "the call"
    FLEET = "aircraft and gates"
    HELP = "help"


VIEW_CYCLE = (View.ALL, View.CALL, View.FLEET)


@dataclass(frozen=True, slots=True)
class Echo:
    """The newest thing this console has to say about a request."""

    text: str = ""
    tone: Tone = Tone.NORMAL


RIGHT_OF: dict[str, Right | None] = {
    "LaunchDrone": named("launch").right,
    "HoldDrone": named("hold").right,
    "ReturnDrone": named("return").right,
    "LandDrone": named("land").right,
}
"""Everything else needs WORK_CALLS."""


class Session:
    """The state of one console, changed by keys (see `keys.py`), messages and time."""

    def __init__(
        self, *, send: Callable[[AnyCommand], None], new_id: Callable[[], str], glyphs: Glyphs = UNICODE
    ) -> None:
        self.model = ConsoleModel()
        self.glyphs = glyphs
        self.mode = Mode.LOOK
        self.view = View.ALL
        self.selected: str | None = None
        self.anchor = 0
        """Row of the queue pane the selected call stands on."""
        self.scroll_back = 0
        """Lines the chosen call is scrolled back from its newest."""
        self.prompt = Prompt()
        self.preview = ""
        """What the open prompt would do."""
        self.proposal: Proposal | None = None
        self.echo = Echo()
        self.shown_alarm: str | None = None
        """The alarm that is on the screen: the one `ack` means."""
        self.wants_to_leave = False
        self.leaving_note = "leaving does not touch it"
        self._send = send
        self._new_id = new_id
        self._doubtful: dict[str, AnyCommand] = {}
        self._aging = self.echo
        self._aging_since = float("-inf")
        self._rung: set[str] = set()
        self._rung_at = float("-inf")
        self._advice: tuple[tuple[object, ...], Advice] | None = None

    # --- messages and time ----------------------------------------------------------------------

    def received(self, message: FromCore, now: float) -> None:
        """Take in a message from the core."""
        command = self._command_of(message)
        self.model = self.model.received(message, now)
        if isinstance(message, Answer) and command is not None:
            self._doubtful.pop(message.command_id, None)
            self.echo = _answered(message, command, self.glyphs)
        if isinstance(message, Welcome):
            self._settle_doubts()
        if self.selected not in self.model.state.calls:
            first = self.model.queue()
            self.selected = first[0].call_id if first else None

    def lost(self, reason: str, now: float) -> None:
        """The connection broke; what was not answered is UNKNOWN."""
        self.model = self.model.lost(reason, now)
        for wait in list(self.model.pending.values()):
            self._doubt(wait.command, "the core went away before it answered")

    def ticked(self, now: float) -> None:
        """Time passed: requests may be overdue."""
        if self.echo is not self._aging:
            self._aging, self._aging_since = self.echo, now
        elif self.echo.tone is Tone.NORMAL and now - self._aging_since >= ECHO_LASTS_S:
            self.echo = Echo()
        for wait in self.model.overdue(now):
            self._doubt(wait.command, f"no answer from the core for {ANSWER_WITHIN_S:.0f} s")

    def painted(self, now: float, *, alarm_id: str | None, proposal: Proposal | None) -> None:
        """The terminal has drawn this alarm and this proposal (which may not be the newest any more)."""
        self.shown_alarm = alarm_id
        if proposal is not None and proposal.painted_at is None:
            proposal.painted_at = now

    def bell_due(self, now: float) -> bool:
        """True when the bell has to ring: at once for a new alarm, then every ten seconds until seen."""
        open_alarms = self.model.open_alarms()
        ids = {alarm.alarm_id for alarm in open_alarms}
        is_new = bool(ids - self._rung)
        self._rung = ids
        is_loud = any(alarm.severity is not Severity.NOTICE for alarm in open_alarms)
        if is_new or (is_loud and now - self._rung_at >= BELL_EVERY_S):
            self._rung_at = now
            return True
        return False

    # --- what is known now ----------------------------------------------------------------------

    def call(self, call_id: str | None = None) -> Call | None:
        """A call by id, or the selected one."""
        wanted = call_id or self.selected
        return self.model.state.calls.get(wanted) if wanted is not None else None

    def advice(self, call_id: str | None, now: float) -> Advice | None:
        """The recommendation for a call as of now: the core's own function on the same facts."""
        call, at = self.call(call_id), self.model.core_now(now)
        if call is None or at is None:
            return None
        key = (call.call_id, self.model.state.seq, self.model.heard_at, int(self.model.silence_s(now)))
        if self._advice is None or self._advice[0] != key:
            self._advice = (key, advise(self.model.state, call, self.model.sky_now(now), at))
        return self._advice[1]

    def candidate(self, command: AnyCommand | None, now: float) -> Candidate | None:
        """How the aircraft of a launch stands now."""
        if not isinstance(command, LaunchDrone) or (advice := self.advice(command.call_id, now)) is None:
            return None
        return next((found for found in advice.candidates if found.drone == command.drone), None)

    def obstacle(self, now: float) -> str:
        """What is against the proposal as it stands now."""
        command = self.proposal.command if self.proposal else None
        return obstacle(command, self.candidate(command, now))

    def around(self, now: float) -> Around:
        """What a typed line may refer to."""
        state = self.model.state

        def best(call_id: str) -> str | None:
            advice = self.advice(call_id, now)
            return advice.recommended.drone if advice and advice.recommended else None

        def none(call_id: str) -> str:
            advice = self.advice(call_id, now)
            return why_none(advice) if advice else "nothing is known yet: the core has not been heard"

        calls = [call.call_id for call in self.model.queue(self.selected)]
        crews: dict[str, tuple[str, ...]] = {}
        for flight in state.flights.values():
            if flight.is_open:
                crews[flight.call_id] = (*crews.get(flight.call_id, ()), flight.drone)
        return Around(
            drones=tuple(state.drones),
            calls=(*calls, *(call for call in state.calls if call not in set(calls))),
            selected_call=self.selected,
            alarm_id=self.shown_alarm,
            crews=crews,
            best=best,
            why_none=none,
        )

    def core_now(self, now: float) -> datetime | None:
        return self.model.core_now(now)

    # --- asking -----------------------------------------------------------------------------------

    def say(self, text: str, tone: Tone = Tone.NORMAL) -> None:
        """Show one line of answer to the person."""
        self.echo = Echo(text, tone)

    def refuses(self, command: AnyCommand) -> str:
        """Why this person may not ask for this; empty where nothing is known against it."""
        right = RIGHT_OF.get(type(command).__name__, Right.WORK_CALLS)
        return "" if self.model.may(right) else self.not_allowed(right)

    def not_allowed(self, right: Right | None) -> str:
        """Words for a missing right."""
        you = self.model.you
        who = f"{you.name} is {you.role.value}" if you else "nobody is signed in"
        return f"not allowed: {who}, which does not include `{right.value if right else ''}`"

    def ask(self, command: AnyCommand, now: float) -> bool:
        """Send a request with its own id; False (and words on the echo line) where it was not sent."""
        words = said(command, self.glyphs.arrow)
        if refusal := self.refuses(command):
            self.say(refusal, Tone.WARN)
            return False
        if not self.model.is_connected:
            self.say(f"NO CORE: NOT sent: {words}", Tone.ALARM)
            return False
        stamped = msgspec.structs.replace(command, command_id=self._new_id(), seen_seq=self.model.state.seq)
        self.model = self.model.asked(stamped, now)
        self.say(f"asking the core: {words}")
        self._send(stamped)
        return True

    def _command_of(self, message: FromCore) -> AnyCommand | None:
        if not isinstance(message, Answer):
            return None
        waiting = self.model.pending.get(message.command_id)
        return waiting.command if waiting else self._doubtful.get(message.command_id)

    def _doubt(self, command: AnyCommand, why: str) -> None:
        self.model = self.model.gave_up(command.command_id)
        self._doubtful[command.command_id] = command
        words = said(command, self.glyphs.arrow)
        watch = "; the aircraft's own row shows what it does" if is_flight(command) else ""
        self.say(f"UNKNOWN: {words}: {why}{watch}", Tone.ALARM)

    def _settle_doubts(self) -> None:
        done = [key for key in self._doubtful if key in self.model.state.done_commands]
        for key in done:
            command = self._doubtful.pop(key)
            self.say(f"was stored after all: {said(command, self.glyphs.arrow)}")


def _answered(answer: Answer, command: AnyCommand, glyphs: Glyphs) -> Echo:
    words = said(command, glyphs.arrow)
    because = "; ".join(answer.reasons)
    match answer.status:
        case AnswerStatus.DONE:
            text = f"ASKED: {words}" if is_flight(command) else f"done: {words}"
            return Echo(f"{text} ({because})" if because else text)
        case AnswerStatus.REFUSED:
            return Echo(f"REFUSED: {words}: {because or 'the core gave no reason'}", Tone.WARN)
        case AnswerStatus.UNRECORDED:
            return Echo(f"ASKED, NOT RECORDED: {words}: {because or 'the journal cannot write'}", Tone.ALARM)
