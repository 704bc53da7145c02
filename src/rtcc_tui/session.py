"""One person at one console: what is selected, proposed and said, and what a key does. No toolkit.

Keys and messages come in with their times, requests go out through `send`; so every rule about what may
move an aircraft is tested without a terminal.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime

import msgspec

from rtcc_core.domain import commands as cmd
from rtcc_core.domain.advice_values import Advice, Candidate
from rtcc_core.domain.call import Call
from rtcc_core.domain.commands import AnyCommand
from rtcc_core.domain.decide import RIGHT_NEEDED
from rtcc_core.domain.events import CallReceived, CallsMerged, Stored
from rtcc_core.domain.forecast import Forecast, forecast
from rtcc_core.domain.people import RIGHT_WORDS, Right
from rtcc_core.wire.console import (
    Answer,
    DrillTold,
    Facts,
    FromCore,
    Locate,
    Located,
    Query,
    Welcome,
)
from rtcc_tui import locking, past_keys, standing
from rtcc_tui.actions import REGISTRY, Registry
from rtcc_tui.alarm_watch import NOTHING_PAINTED, AlarmWatch, Painted
from rtcc_tui.alarm_words import AlarmCommand, request_words
from rtcc_tui.around import around
from rtcc_tui.echoes import Echo, Said
from rtcc_tui.gazetteer import Gazetteer
from rtcc_tui.glyphs import UNICODE, Glyphs
from rtcc_tui.grammar_values import Around
from rtcc_tui.looking import Mode as Mode
from rtcc_tui.looking import View
from rtcc_tui.map.desk import MapDesk
from rtcc_tui.model import ANSWER_WITHIN_S
from rtcc_tui.outstanding import Outstanding
from rtcc_tui.past_advice import advice_shown
from rtcc_tui.prompt import Prompt
from rtcc_tui.proposals import Proposal
from rtcc_tui.renaming import registry_of
from rtcc_tui.requests import is_flight, said
from rtcc_tui.screen_keys import ask_drill, begin, drill_told
from rtcc_tui.screens import Screens
from rtcc_tui.spans import Tone
from rtcc_tui.two_times import TwoTimes
from rtcc_tui.words import use_units

ECHO_LASTS_S = {Tone.NORMAL: 20.0, Tone.WARN: 60.0}
"""How long an answer and a refusal stay, or until the next one; what nobody knows the end of stays."""

_Moment = tuple[int, float | int | datetime | None, int]
"""Number of the newest event, when the last frame came (in a replay: what is shown), and the whole seconds
of silence since."""


class Session(TwoTimes):
    """The state of one console, changed by keys (see `keys.py`), messages and time."""

    mode = Mode.LOOK
    view = View.ALL
    selected: str | None = None
    anchor = 0
    """Row of the queue pane the selected call stands on."""
    scroll_back = 0
    """Lines the chosen call is scrolled back from its newest."""
    page_top = 0
    """First line shown of a page that is longer than the screen."""
    near_call: str | None = None
    """The call whose surroundings are looked at; None: the selected one."""
    preview = ""
    """What the open prompt would do."""
    proposal: Proposal | None = None
    echo = Echo()
    shown_suggestion: str | None = None
    """The suggestion that is, or was last, on the screen: the one `accept` means."""
    wants_to_leave = False
    leaving_note = "leaving does not touch it"
    locks_itself = True
    """False where who drives the session keeps the lock: the line mode has no keys that would count here."""

    def __init__(
        self,
        *,
        send: Callable[[AnyCommand], None],
        new_id: Callable[[], str],
        glyphs: Glyphs = UNICODE,
        query: Callable[[Query], None] = lambda _question: None,
    ) -> None:
        super().__init__()
        self.glyphs = glyphs
        self.registry: Registry = REGISTRY
        """What can be done here, as this agency calls it."""
        self.prompt = Prompt()
        self.gazetteer = Gazetteer()
        """Places that the core found in the street files."""
        self.on_located: Callable[[float], None] = lambda _now: None
        """Called when a place that was asked for is known, or is known not to be."""
        self.screens = Screens()
        self.map = MapDesk()
        self._query = query
        self._send = send
        self._new_id = new_id
        self._outstanding = Outstanding()
        self.timed_echo = self.echo
        self.echo_since = float("-inf")
        self.alarms = AlarmWatch()
        self._advice: dict[str, tuple[_Moment, Advice]] = {}
        self._forecasts: tuple[_Moment, dict[str, Forecast | None]] | None = None

    # --- messages and time ----------------------------------------------------------------------

    def received(self, message: FromCore, now: float) -> None:
        """Take in a message from the core."""
        is_first = self.model.you is None
        self.model = self.model.received(message, now)
        self.map.received(self, message)
        if isinstance(message, Answer):
            self.echo = self._outstanding.answered(message) or self.echo
        if isinstance(message, Welcome):
            self.echo = self._outstanding.welcomed(self.model.state.done_commands) or self.echo
            self._rename()
            if is_first:
                begin(self)
        if isinstance(message, DrillTold):
            drill_told(self, message)
        past_keys.told(self, message, now)
        locking.received(self, message, now)
        if isinstance(message, Located) and self.gazetteer.answered(message):
            self.say(self.gazetteer.words, Tone.WARN)
            self.on_located(now)
        if isinstance(message, Facts):
            for stored in message.events:
                self._follow(stored)
        if self.model.you is not None:
            self.screens.arrivals.look(self.model.state.calls, now)
        if self.selected not in self.model.state.calls and not self.replay.is_on:
            first = self.model.queue()
            self.selected = first[0].call_id if first else None

    def _rename(self) -> None:
        """The agency's own units, verbs and keys; with wrong ones those of the house stay."""
        use_units(self.model.programme.units)
        self.registry, wrong = registry_of(self.model.programme.renames)
        if wrong:
            named = f"[console.{wrong[0].table}] {wrong[0].name}: {wrong[0].what}"
            self.say(f"this agency's own verbs and keys cannot be used: {named}", Tone.WARN)

    def shown(self, word: str) -> str:
        """A phase, an outcome or a state in this agency's word."""
        return self.model.programme.renames.shown(word)

    def _follow(self, stored: Stored) -> None:
        """Select what this person has just opened, and what goes on for the selected call.

        Nothing moves under a hand that types or answers.
        """
        event = stored.event
        if isinstance(event, CallReceived) and self._outstanding.has_come(stored.cause):
            self.screens.arrivals.own(event.call_id)
            if self.mode is Mode.LOOK:
                self._select(event.call_id)
            hint = " and selected: l or launch sends to it" if self.mode is Mode.LOOK else ""
            self.say(f"{event.call_id} is open{hint}")
        elif isinstance(event, CallsMerged) and event.call_id == self.selected and self.mode is Mode.LOOK:
            self._select(event.into)

    @property
    def is_opening(self) -> bool:
        """True from the request for a new call until it is here: nothing is meant for the selected one."""
        return self._outstanding.is_opening

    def _select(self, call_id: str) -> None:
        self.selected, self.scroll_back = call_id, 0

    def lost(self, reason: str, now: float) -> None:
        """The connection broke; what was not answered is UNKNOWN."""
        self.model = self.model.lost(reason, now)
        past_keys.lost(self)
        locking.lost(self)
        for wait in list(self.model.pending.values()):
            self._doubt(wait.command, "the core went away before it answered")

    def ticked(self, now: float) -> None:
        """Time passed: requests may be overdue."""
        if self.echo is not self.timed_echo:
            self.timed_echo, self.echo_since = self.echo, now
        elif now - self.echo_since >= ECHO_LASTS_S.get(self.echo.tone, math.inf):
            self.echo = Echo()
        ask_drill(self, now)
        past_keys.ticked(self, now)
        locking.ticked(self, now)
        for wait in self.model.overdue(now):
            self._doubt(wait.command, f"no answer from the core for {ANSWER_WITHIN_S:.0f} s")

    def painted(
        self,
        now: float,
        *,
        proposal: Proposal | None,
        alarms: Painted = NOTHING_PAINTED,
        suggestion_id: str | None = None,
        calls: frozenset[str] = frozenset(),
    ) -> None:
        """The terminal has drawn these (which may not be the newest any more).

        A suggestion that an open prompt or confirmation covers stays the one that is meant.
        """
        self.alarms.drawn(alarms, now)
        self.screens.arrivals.drop(calls)
        if self.mode is Mode.LOOK or suggestion_id is not None:
            self.shown_suggestion = suggestion_id
        if proposal is not None and proposal.painted_at is None:
            proposal.painted_at = now

    def bell_due(self, now: float) -> bool:
        """True when the bell has to ring, whatever covers the screen."""
        is_called = self.screens.arrivals.bell_due(now)
        return self.alarms.bell_due(self.alarms.groups(self.model, now), now) or is_called

    @property
    def shown_alarm(self) -> str | None:
        """The alarm that is on the screen: the one `ack` means."""
        return self.alarms.painted.groups[0].shown.alarm_id if self.alarms.painted.groups else None

    # --- what is known now ----------------------------------------------------------------------

    def call(self, call_id: str | None = None) -> Call | None:
        """A call by id, or the selected one."""
        wanted = call_id or self.selected
        return self.model.state.calls.get(wanted) if wanted is not None else None

    def _moment(self, now: float) -> _Moment:
        """What is worked out once per moment is true as long as this is the same."""
        model = self.model
        heard_at = model.core_at if self.is_looking_back else model.heard_at
        if self.proposal is None and isinstance(heard_at, float):
            # Nobody is about to answer: figures that a person reads are worked out once a second.
            heard_at = int(heard_at)
        return model.state.seq, heard_at, int(model.silence_s(now))

    def advice(self, call_id: str | None, now: float) -> Advice | None:
        """The recommendation for a call as of now: the core's own function on the same facts."""
        call, at = self.call(call_id), self.model.core_now(now)
        if call is None or at is None:
            return None
        moment, known = self._moment(now), self._advice.get(call.call_id)
        if known is not None and known[0] == moment:
            return known[1]
        made = advice_shown(self, call, at, now)
        self._advice = {key: kept for key, kept in self._advice.items() if kept[0] == moment}
        self._advice[call.call_id] = (moment, made)
        return made

    def forecast(self, drone: str, now: float) -> Forecast | None:
        """What the battery of an aircraft's open flight allows; None where it is on none."""
        at, moment = self.model.core_now(now), self._moment(now)
        if at is None:
            return None
        if self._forecasts is None or self._forecasts[0] != moment:
            state = self.model.state
            told = {
                flight.drone: forecast(state, flight, self.model.seen(flight.drone, now), at)
                for flight in state.flights.values()
                if flight.is_open
            }
            self._forecasts = (moment, told)
        return self._forecasts[1].get(drone)

    def facts(self, now: float) -> standing.Facts | None:
        """What requests are held against; None before anything was heard."""
        model, at = self.model, self.model.core_now(now)
        if at is None:
            return None
        return standing.Facts(
            state=model.state,
            sky=model.sky_now(now),
            air=model.air_now(now),
            at=at,
            account=model.you.account if model.you else "",
        )

    def candidate(self, command: AnyCommand | None, now: float) -> Candidate | None:
        """How the aircraft of a launch, a relief or a divert stands now."""
        facts = self.facts(now)
        return standing.candidate(facts, command, lambda call: self.advice(call, now)) if facts else None

    def obstacle(self, now: float, command: AnyCommand | None = None) -> str:
        """What is against a request (the proposed one) as it stands now."""
        if command is None:
            command = self.proposal.command if self.proposal else None
        if command is not None and (refusal := past_keys.refusal(self, command)):
            return refusal
        facts = self.facts(now)
        return standing.obstacle(facts, command, lambda call: self.advice(call, now)) if facts else ""

    def reliever(self, drone: str, now: float) -> str | None:
        """Who should relieve an aircraft: the planned one while it is free, else the best for the call."""
        state, flight = self.model.state, self.model.state.flight_of(drone)
        if flight is None:
            return None
        plan = state.reliefs.get(flight.flight_id)
        if plan is not None and plan.by is not None and state.flight_of(plan.by) is None:
            return plan.by
        advice = self.advice(flight.call_id, now)
        able = (each.drone for each in advice.candidates if each.may_launch) if advice else ()
        return next(iter(able), None)

    def around(self, now: float) -> Around:
        """What a typed line may refer to."""
        return around(self, now)

    def person(self, account: str) -> str:
        """A person as shown."""
        known = self.model.state.people.get(account)
        return known.name if known else account

    def said(self, command: AnyCommand) -> str:
        """A request in short words; an accepted suggestion by what it asks, alarms by theirs."""
        if isinstance(command, AlarmCommand):
            return request_words(self.model.state, command)
        asked = standing.carried(self.model.state, command)
        if isinstance(command, cmd.AcceptSuggestion) and asked is not None:
            return f"accept: {said(asked, self.glyphs.arrow)}"
        return said(command, self.glyphs.arrow)

    def core_now(self, now: float) -> datetime | None:
        return self.model.core_now(now)

    # --- asking -----------------------------------------------------------------------------------

    def say(self, text: str, tone: Tone = Tone.NORMAL) -> None:
        """Show one line of answer to the person."""
        self.echo = Echo(text, tone)

    def refuses(self, command: AnyCommand) -> str:
        """Why this person may not ask for this; empty where nothing is known against it."""
        if refusal := past_keys.refusal(self, command):
            return refusal
        asked = standing.carried(self.model.state, command) or command
        for right in (RIGHT_NEEDED[type(command)], RIGHT_NEEDED[type(asked)]):
            if not self.model.may(right):
                return self.not_allowed(right)
        return ""

    def not_allowed(self, right: Right | None) -> str:
        """Words for a missing right."""
        you = self.model.you
        who = f"{you.name} is {you.role.value}" if you else "nobody is signed in"
        return f"not allowed: {who} and may not {RIGHT_WORDS[right] if right else 'do that'}"

    def ask(self, command: AnyCommand, now: float) -> bool:
        """Send a request with its own id; False (and words on the echo line) where it was not sent."""
        words = self.said(command)
        if refusal := self.refuses(command):
            self.say(refusal, Tone.WARN)
            return False
        if not self.model.is_connected:
            self.say(f"NO CORE: NOT sent: {words}", Tone.ALARM)
            return False
        # Of alarms only those count as seen that the terminal has drawn.
        is_drawn = isinstance(command, cmd.AcknowledgeAlarm | cmd.ShelveAlarm)
        seen_seq = self.alarms.painted.seq if is_drawn else self.model.state.seq
        stamped = msgspec.structs.replace(command, command_id=self._new_id(), seen_seq=seen_seq)
        self.model = self.model.asked(stamped, now)
        carried = standing.carried(self.model.state, command)
        self._outstanding.asked(stamped, Said(words, is_flight(carried or command)))
        self.say(f"asking the core: {words}")
        self._send(stamped)
        return True

    def question(self, make: Callable[[str], Query]) -> str:
        """Ask the core something that it stores nothing of; returns the id that the answer will carry."""
        query_id = self._new_id()
        self._query(make(query_id))
        return query_id

    def locate(self, text: str) -> bool:
        """Ask the core where a typed place is; the answer comes as a message. False without a core."""
        if not self.model.is_connected:
            self.say(f"NO CORE: nobody can be asked where {text} is", Tone.ALARM)
            return False
        query_id = self._new_id()
        self.gazetteer.asked(query_id, text)
        self.say(f"asking where {text} is")
        self._query(Locate(query_id=query_id, text=text))
        return True

    def _doubt(self, command: AnyCommand, why: str) -> None:
        self.model = self.model.gave_up(command.command_id)
        self.echo = self._outstanding.doubted(command.command_id, why)
