"""From a key to a confirmation: which request a key stands for on the selected call. Nothing here sends."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from rtcc_core.domain.advice_values import Advice, Candidate
from rtcc_core.domain.call import Call
from rtcc_core.domain.commands import (
    AcceptSuggestion,
    AnyCommand,
    DivertDrone,
    HoldDrone,
    LaunchDrone,
    RelieveDrone,
    ReturnDrone,
)
from rtcc_core.domain.flight import Verdict
from rtcc_core.domain.people import Right
from rtcc_tui.actions import Action
from rtcc_tui.covering import staying
from rtcc_tui.flying import crew_at_hand
from rtcc_tui.proposals import Proposal
from rtcc_tui.session import Mode, Session
from rtcc_tui.spans import Tone
from rtcc_tui.standing import carried, needs_override, reasons, why_none


class Proposer:
    """Opens and closes the confirmation of one session."""

    def __init__(self, session: Session, open_prompt: Callable[[str, float], None]) -> None:
        self._session = session
        self._open_prompt = open_prompt

    def launch(self, at: float) -> None:
        session = self._session
        call = session.call()
        advice = session.advice(session.selected, at)
        if call is None or advice is None:
            session.say("no call is selected", Tone.WARN)
        elif not session.model.may(Right.LAUNCH):
            session.say(session.not_allowed(Right.LAUNCH), Tone.WARN)
        else:
            self._send_to(call, advice, at)

    def _send_to(self, call: Call, advice: Advice, at: float) -> None:
        """The recommended aircraft; else the best that may go, with what it would cost on the line."""
        choices = tuple(candidate.drone for candidate in advice.candidates)
        best = advice.recommended or _first(advice, lambda found: found.may_launch)
        if best is not None:
            launch = LaunchDrone(command_id="", drone=best.drone, call_id=call.call_id)
            self.propose(launch, at, choices, remark=self._kept_words(call.call_id, best))
        elif (taken := _first(advice, lambda found: found.may_divert)) is not None:
            divert = DivertDrone(command_id="", drone=taken.drone, call_id=call.call_id)
            self.propose(divert, at, choices)
        elif (unsure := _first(advice, lambda found: found.needs_override)) is not None:
            self.ask_override(LaunchDrone(command_id="", drone=unsure.drone, call_id=call.call_id), at)
        else:
            self._session.say(why_none(advice), Tone.WARN)

    def _kept_words(self, call_id: str, best: Candidate) -> str:
        """Of a second aircraft the request itself says so."""
        return best.why if best.kept_for and not staying(self._session, call_id) else ""

    def relief(self, action: Action, at: float) -> None:
        session = self._session
        crew = crew_at_hand(session, at)
        flight = session.model.state.flight_of(crew[0]) if crew else None
        advice = session.advice(flight.call_id if flight else session.selected, at)
        by = session.reliever(crew[0], at) if crew else None
        if not session.model.may(action.right):
            session.say(session.not_allowed(action.right), Tone.WARN)
        elif not crew:
            session.say("no aircraft is on this call: there is nothing to relieve", Tone.WARN)
        elif by is None:
            why = why_none(advice) if advice else "nobody is known"
            session.say(f"nobody can relieve {crew[0]} now: {why}", Tone.WARN)
        else:
            others = [found.drone for found in advice.candidates if found.may_launch] if advice else []
            choices = (by, *(drone for drone in others if drone != by))
            self.propose(RelieveDrone(command_id="", drone=crew[0], by=by), at, choices)

    def accept(self, at: float) -> None:
        session = self._session
        shown = session.shown_suggestion
        if shown is None or shown not in session.model.state.suggestions:
            session.say("nothing is suggested now")
            return
        command = AcceptSuggestion(command_id="", suggestion_id=shown)
        if refusal := session.refuses(command):
            session.say(refusal, Tone.WARN)
        elif needs_override(session.candidate(command, at)):
            self.ask_override(command, at)
        else:
            self.propose(command, at)

    def ask_override(self, command: AnyCommand, at: float) -> None:
        """A gate is UNKNOWN: the prompt opens for the reason; nothing is sent without one."""
        session = self._session
        candidate = session.candidate(command, at)
        who = candidate.drone if candidate else "it"
        unknown = reasons(candidate, Verdict.UNKNOWN) if candidate else ""
        if not session.model.may(Right.OVERRIDE):
            session.say(
                f"{who} may go only with an override: {unknown}. " + session.not_allowed(Right.OVERRIDE),
                Tone.WARN,
            )
            return
        self._open_prompt(f"{self._typed(command)} override ", at)
        session.say(f"{who}: {unknown}. Type why it shall go all the same; it is recorded", Tone.WARN)

    def _typed(self, command: AnyCommand) -> str:
        """The line that asks the same."""
        verb = {each.name: each.verb for each in self._session.registry.actions}
        match command:
            case LaunchDrone():
                return f"{verb['launch']} {command.drone} {command.call_id}"
            case DivertDrone():
                return f"{verb['divert']} {command.drone} {command.call_id}"
            case RelieveDrone():
                return f"{verb['relieve']} {command.drone} with {command.by}"
            case AcceptSuggestion(suggestion_id=suggestion_id):
                suggestion = self._session.model.state.suggestions.get(suggestion_id)
                subject = (suggestion.drone or suggestion.call_id) if suggestion else None
                return f"{verb['accept']} {subject}" if subject else verb["accept"]
            case _:
                return ""

    def recall(self, action: Action, at: float) -> None:
        session = self._session
        crew = crew_at_hand(session, at)
        if not session.model.may(action.right):
            session.say(session.not_allowed(action.right), Tone.WARN)
        elif not crew:
            out = ", ".join(session.model.out()) or "none is out"
            session.say(f"no aircraft is on this call; name one: {action.verb} AIRCRAFT ({out})", Tone.WARN)
        else:
            kind = HoldDrone if action.name == "hold" else ReturnDrone
            self.propose(kind(command_id="", drone=crew[0]), at, crew)

    def leave(self, at: float) -> None:
        session = self._session
        if session.model.out():
            self.propose(None, at)
        else:
            session.wants_to_leave = True

    def propose(
        self, command: AnyCommand | None, at: float, choices: tuple[str, ...] = (), *, remark: str = ""
    ) -> None:
        self._session.mode = Mode.CONFIRM
        self._session.proposal = made(self._session, command, at, choices=choices, remark=remark)

    def withdraw(self, words: str = "") -> None:
        self._session.mode = Mode.LOOK
        self._session.proposal = None
        self._session.say(words)

    def pick(self, proposal: Proposal, number: int, at: float) -> None:
        command = proposal.command
        if command is None or not 1 <= number <= len(proposal.choices):
            proposal.remark = f"there is no aircraft {number} here"
            return
        drone = proposal.choices[number - 1]
        other = self._with_other(command, drone, at)
        against = "" if isinstance(other, HoldDrone | ReturnDrone) else self._session.obstacle(at, other)
        if against:
            proposal.remark = against
        else:
            self.propose(other, at, proposal.choices)

    def _with_other(self, command: AnyCommand, drone: str, at: float) -> AnyCommand:
        """The same with another aircraft; one in the air is diverted, not launched."""
        match command:
            case LaunchDrone(call_id=call_id) | DivertDrone(call_id=call_id):
                advice = self._session.advice(call_id, at)
                found = _first(advice, lambda each: each.drone == drone) if advice else None
                kind = DivertDrone if found is not None and found.is_divert else LaunchDrone
                return kind(command_id="", drone=drone, call_id=call_id)
            case RelieveDrone():
                return replace(command, by=drone)
            case HoldDrone() | ReturnDrone():
                return replace(command, drone=drone)
            case _:
                return command


def made(
    session: Session,
    command: AnyCommand | None,
    at: float,
    *,
    line: str | None = None,
    choices: tuple[str, ...] = (),
    remark: str = "",
) -> Proposal:
    """A confirmation that begins now."""
    carries = carried(session.model.state, command)
    return Proposal(command=command, opened_at=at, choices=choices, remark=remark, line=line, carries=carries)


def is_as_read(session: Session, proposal: Proposal) -> bool:
    """True where an Enter would ask what this confirmation said when it opened."""
    return carried(session.model.state, proposal.command) == proposal.carries


def _first(advice: Advice, wanted: Callable[[Candidate], bool]) -> Candidate | None:
    return next((found for found in advice.candidates if wanted(found)), None)


def has_reason(session: Session, command: AnyCommand) -> bool:
    """True where the request says why it shall be carried although a gate is UNKNOWN."""
    return bool(getattr(carried(session.model.state, command), "override_reason", None))
