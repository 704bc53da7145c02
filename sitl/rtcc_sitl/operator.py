"""The automatic operator of a headless drill: what a careful person would type, decided from what a console
is shown and nothing else. Pure; `headless` gives it a connection.

It takes the recommendation for each call, the most urgent first, keeps the drone overhead for a while and
brings it home. It bypasses nothing: what the core refuses stays refused until the facts change.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import msgspec

from rtcc_core.domain.advice import advise
from rtcc_core.domain.call import Call
from rtcc_core.domain.commands import AcceptSuggestion, AnyCommand, LaunchDrone, ReturnDrone
from rtcc_core.domain.drone import Sky
from rtcc_core.domain.flight import AIRBORNE, PENDING, Flight, Outcome, Phase, Verb
from rtcc_core.domain.state import State
from rtcc_core.domain.suggestions import SuggestionKind

RETRY_AFTER_S = 5.0
"""Drill seconds before a refused command is tried again with what is known then."""

LONGEST_OUTBOUND_S = 600.0
"""Drill seconds in the air without arriving after which the operator calls the aircraft home."""


class Habits(msgspec.Struct, frozen=True, kw_only=True):
    """How this operator works."""

    stay_on_scene_s: float
    """Drill seconds on scene before the return."""
    accepts: frozenset[SuggestionKind] = frozenset()
    """Which suggestions of the house are taken up."""
    goes_again: bool = True
    """A call whose aircraft left before its time is flown to again."""
    override_reason: str | None = None
    """Where given, a launch is asked although a gate is UNKNOWN, with this reason on record."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A command on its way, or one that was answered."""

    command: AnyCommand
    asked_at: datetime
    is_answered: bool = False


class Operator:
    """Decides what to ask next; remembers what it has asked."""

    def __init__(self, habits: Habits, *, new_id: Callable[[], str]) -> None:
        self._habits = habits
        self._new_id = new_id
        self._asked: dict[str, Asked] = {}
        """By what it is about: `launch CALL`, `return FLIGHT`."""
        self._answered_seq = 0

    @property
    def unanswered(self) -> list[AnyCommand]:
        """Commands without an answer: to be sent again, under the same id, after a reconnection."""
        return [asked.command for asked in self._asked.values() if not asked.is_answered]

    def hear_answer(self, command_id: str, seq: int) -> None:
        """The core has decided about a command, and the journal stands at `seq` since."""
        self._answered_seq = max(self._answered_seq, seq)
        for about, asked in self._asked.items():
            if asked.command.command_id == command_id:
                self._asked[about] = msgspec.structs.replace(asked, is_answered=True)

    def next_commands(self, state: State, sky: Sky, now: datetime) -> list[AnyCommand]:
        """What to ask now; each command comes out once. Waits until the state shows the newest answer."""
        if state.seq < self._answered_seq:
            return []
        commands: list[AnyCommand] = []
        commands += self._accepted(state, now)
        commands += self._returns(state, now)
        launch = self._launch(state, sky, now)
        return [*commands, launch] if launch is not None else commands

    def is_idle(self, state: State) -> bool:
        """True where no answer is awaited and nothing flies; what is down waits for those who look for it."""
        is_flying = any(flight.is_open and flight.downed_at is None for flight in state.flights.values())
        return not self.unanswered and not is_flying

    # --- what the house suggests ------------------------------------------------------------------------

    def _accepted(self, state: State, now: datetime) -> list[AnyCommand]:
        """Take up what is suggested about aircraft: a careful person would."""
        wanted = [each for each in state.suggestions.values() if each.kind in self._habits.accepts]
        return [
            self._ask(
                f"accept {each.suggestion_id}",
                AcceptSuggestion(
                    command_id=self._new_id(), seen_seq=state.seq, suggestion_id=each.suggestion_id
                ),
                now,
            )
            for each in wanted
            if self._may_ask(f"accept {each.suggestion_id}", now)
        ]

    # --- home -------------------------------------------------------------------------------------------

    def _returns(self, state: State, now: datetime) -> list[AnyCommand]:
        due = [flight for flight in state.flights.values() if self._is_due_home(flight, state, now)]
        return [
            self._ask(f"return {flight.flight_id}", self._return(flight, state), now)
            for flight in due
            if self._may_ask(f"return {flight.flight_id}", now)
        ]

    def _is_due_home(self, flight: Flight, state: State, now: datetime) -> bool:
        if flight.phase not in AIRBORNE or flight.phase in (Phase.RETURNING, Phase.LANDING):
            return False
        newest = state.newest_order(flight.drone)
        if (
            newest is not None
            and newest.verb is Verb.RETURN
            and newest.outcome in (*PENDING, Outcome.ACCEPTED)
        ):
            return False
        call = state.calls.get(flight.call_id)
        if call is not None and not call.is_open:
            return True
        arrived_at = flight.times.get(Phase.ON_SCENE)
        if arrived_at is None:
            return (now - flight.opened_at).total_seconds() > LONGEST_OUTBOUND_S
        return (now - arrived_at).total_seconds() >= self._habits.stay_on_scene_s

    # --- away -------------------------------------------------------------------------------------------

    def _launch(self, state: State, sky: Sky, now: datetime) -> AnyCommand | None:
        """One launch at a time: the next is weighed when this one stands in the state."""
        if any(about.startswith("launch") and not asked.is_answered for about, asked in self._asked.items()):
            return None
        for call in state.open_calls:
            about = f"launch {call.call_id}"
            if self._is_served(call, state, now) or not self._may_ask(about, now):
                continue
            chosen = self._choose(state, call, sky, now)
            if chosen is not None:
                drone, override = chosen
                launch = LaunchDrone(
                    command_id=self._new_id(),
                    seen_seq=state.seq,
                    drone=drone,
                    call_id=call.call_id,
                    override_reason=override,
                )
                return self._ask(about, launch, now)
        return None

    def _choose(self, state: State, call: Call, sky: Sky, now: datetime) -> tuple[str, str | None] | None:
        """The drone to send and the override it needs; None where none may go."""
        advice = advise(state, call, sky, now)
        if advice.recommended is not None:
            return advice.recommended.drone, None
        if self._habits.override_reason is None:
            return None
        doubtful = next((each for each in advice.candidates if each.needs_override), None)
        return (doubtful.drone, self._habits.override_reason) if doubtful is not None else None

    # --- asking -----------------------------------------------------------------------------------------

    def _may_ask(self, about: str, now: datetime) -> bool:
        asked = self._asked.get(about)
        if asked is None:
            return True
        return asked.is_answered and (now - asked.asked_at).total_seconds() >= RETRY_AFTER_S

    def _return(self, flight: Flight, state: State) -> ReturnDrone:
        return ReturnDrone(command_id=self._new_id(), seen_seq=state.seq, drone=flight.drone)

    def _ask(self, about: str, command: AnyCommand, now: datetime) -> AnyCommand:
        self._asked[about] = Asked(command=command, asked_at=now)
        return command

    def _is_served(self, call: Call, state: State, now: datetime) -> bool:
        """True where a flight to this call is open, or has stayed there for as long as it is kept."""
        flights = [flight for flight in state.flights.values() if flight.call_id == call.call_id]
        arrivals = [flight.times[Phase.ON_SCENE] for flight in flights if Phase.ON_SCENE in flight.times]
        if any(flight.is_open for flight in flights):
            return True
        if not arrivals:
            return any(flight.phase is not Phase.ABORTED for flight in flights)
        stayed_s = (now - min(arrivals)).total_seconds()
        return not self._habits.goes_again or stayed_s >= self._habits.stay_on_scene_s
