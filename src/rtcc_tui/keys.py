"""What each key does, mode by mode. Every road from a key to an aircraft runs through this file.

A letter only ever proposes; an Enter only ever answers what has been painted, at a person's pace. Keys that
come faster than fingers are a paste: they become text in an open prompt and nothing anywhere else.
"""

from __future__ import annotations

from rtcc_core.domain.commands import AnyCommand, TakeCall
from rtcc_tui.actions import Action, Danger, Registry, key_word
from rtcc_tui.gazetteer import MARK
from rtcc_tui.grammar import complete, parse
from rtcc_tui.grammar_alarms import acknowledging
from rtcc_tui.grammar_values import Local, Mistake, Nothing, Parsed, Question, Understood
from rtcc_tui.looking import PAGES, VIEW_CYCLE, View
from rtcc_tui.proposals import DECISION_S, Proposal
from rtcc_tui.proposing import Proposer, has_reason
from rtcc_tui.requests import is_confirmed
from rtcc_tui.session import Mode, Session
from rtcc_tui.spans import Tone
from rtcc_tui.standing import needs_override

BURST_S = 0.010
"""Keys closer together than this were not typed by fingers; key repeat is three times slower."""

PAGE = 5
"""Lines that PgUp and PgDn move."""

PAGE_VIEWS = {
    "help": View.HELP,
    "alarms": View.ALARMS,
    "suggestions": View.SUGGESTIONS,
    "calls": View.ALL,
    "fleet": View.FLEET,
    "alerts": View.ALERTS,
    "near": View.NEAR,
    "feeds": View.FEEDS,
}
"""What a verb that only looks shows."""

OF_THE_SELECTED = frozenset({"launch", "relieve", "take", "note"})
"""Keys that mean the selected call; hold and return are not kept waiting."""

TOO_FAST = "that Enter came faster than a person decides: nothing was sent"


class Keys:
    """Routes keys and pastes into a session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._proposer = Proposer(session, self.open_prompt)
        self._last_at = float("-inf")
        self._told_at = float("-inf")
        self._entered = ""
        """The line whose place the core was asked for by an Enter."""
        session.on_located = self._relook

    def press(self, key: str, character: str | None, at: float) -> None:
        """One key at its own time (monotonic seconds, when it was read, not when it was handled)."""
        if key.startswith("alt+"):
            # Esc and the next key within the time a split sequence is waited for.
            self.press("escape", None, at)
            key = key.removeprefix("alt+")
        is_burst = at - self._last_at < BURST_S
        self._last_at = at
        match self._session.mode:
            case Mode.PROMPT:
                self._in_prompt(key, character, at, is_burst)
            case Mode.CONFIRM:
                self._in_confirm(key, at, is_burst)
            case Mode.LOOK:
                self._looking(key, at, is_burst)

    def paste(self, text: str, at: float) -> None:
        """Text the terminal marked as pasted: into an open prompt as one line, else nowhere."""
        session = self._session
        self._last_at = at
        if session.mode is not Mode.PROMPT:
            session.say("pasted text is ignored here; press : first, then paste", Tone.WARN)
            return
        session.prompt.insert(text)
        self._preview(at)

    # --- looking at the screen --------------------------------------------------------------------

    def _looking(self, key: str, at: float, is_burst: bool) -> None:
        session = self._session
        action = session.registry.for_key(key, session.view)
        if key == "escape":
            session.view = View.ALL
            session.say("")
        elif action is None:
            if key == "enter":
                session.say("nothing is waiting for an Enter")
            elif key == "ctrl+c":
                session.say("q leaves this console")
        elif is_burst and (action.danger is not Danger.LOOKS or action.name in ("command", "quit")):
            session.say("that came as fast as a paste: ignored", Tone.WARN)
        else:
            self.do(action, at)

    def do(self, action: Action, at: float) -> None:
        """Do what a key of the registry stands for."""
        session = self._session
        if session.is_opening and action.name in OF_THE_SELECTED:
            session.say("the new call is not here yet", Tone.WARN)
            return
        match action.name:
            case "launch":
                self._proposer.launch(at)
            case "hold" | "return":
                self._proposer.recall(action, at)
            case "relieve":
                self._proposer.relief(action, at)
            case "accept":
                self._proposer.accept(at)
            case "take":
                self._take(at)
            case "note":
                if session.selected is None:
                    session.say("no call is selected", Tone.WARN)
                else:
                    self.open_prompt(f"note {session.selected} ", at)
            case "ack":
                self._acknowledge(at)
            case "next" | "previous":
                self._move(1 if action.name == "next" else -1)
            case "earlier" | "later":
                self._scroll(PAGE if action.name == "earlier" else -PAGE)
            case "view":
                here = VIEW_CYCLE.index(session.view) if session.view in VIEW_CYCLE else -1
                session.view = VIEW_CYCLE[(here + 1) % len(VIEW_CYCLE)]
            case "command" | "new":
                self.open_prompt("new " if action.name == "new" else "", at)
            case "help" | "alerts" | "near":
                session.near_call = None
                page = PAGE_VIEWS[action.name]
                self._show(View.ALL if session.view is page else page)
            case "quit":
                self._proposer.leave(at)

    def _show(self, view: View) -> None:
        self._session.view, self._session.page_top = view, 0

    def _scroll(self, lines: int) -> None:
        session = self._session
        if session.view in PAGES:
            session.page_top = max(0, session.page_top - lines * 2)
        else:
            session.scroll_back = max(0, session.scroll_back + lines)

    def _move(self, step: int) -> None:
        session = self._session
        ids = [call.call_id for call in session.model.queue(session.selected)]
        if not ids:
            return
        here = ids.index(session.selected) if session.selected in ids else 0
        to = min(len(ids) - 1, max(0, here + step))
        session.anchor = max(0, session.anchor + (to - here))
        session.selected = ids[to]
        session.scroll_back = 0

    def _take(self, at: float) -> None:
        session = self._session
        if session.selected is None:
            session.say("no call is selected", Tone.WARN)
        else:
            session.ask(TakeCall(command_id="", call_id=session.selected), at)

    def _acknowledge(self, at: float) -> None:
        session = self._session
        if groups := session.alarms.painted.groups:
            session.ask(acknowledging(groups[0].at_once), at)
        else:
            session.say("there is no alarm to acknowledge")

    # --- the confirmation is open -----------------------------------------------------------------

    def _in_confirm(self, key: str, at: float, is_burst: bool) -> None:
        proposal = self._session.proposal
        action = self._session.registry.for_key(key)
        if proposal is None:
            self._proposer.withdraw()
        elif key == "enter":
            self._confirm(proposal, at, is_burst)
        elif key.isdecimal() and len(key) == 1:
            self._proposer.pick(proposal, int(key), at)
        elif action is not None and action.name in ("hold", "return", "command", "quit") and not is_burst:
            if action.name == "quit" and proposal.command is None:
                return
            self._proposer.withdraw()
            self.do(action, at)
        else:
            stays = "nothing was sent" if proposal.command is not None else ""
            self._proposer.withdraw(stays)

    def _confirm(self, proposal: Proposal, at: float, is_burst: bool) -> None:
        session = self._session
        if is_burst or not proposal.counts(at):
            # Closing, not waiting: the next Enter of the same paste must find nothing open.
            self._proposer.withdraw()
            session.say(TOO_FAST, Tone.WARN)
        elif proposal.command is None:
            session.wants_to_leave = True
            self._proposer.withdraw()
        elif against := session.obstacle(at):
            self._proposer.withdraw()
            session.say(f"nothing was sent: {against}", Tone.WARN)
        else:
            command = proposal.command
            self._proposer.withdraw()
            session.ask(command, at)

    # --- the prompt is open -----------------------------------------------------------------------

    def open_prompt(self, text: str, at: float) -> None:
        """Open the command line with `text` already in it."""
        session = self._session
        session.mode = Mode.PROMPT
        session.prompt.clear()
        session.prompt.set(text)
        session.say("")
        self._preview(at)

    def _in_prompt(self, key: str, character: str | None, at: float, is_burst: bool) -> None:
        session = self._session
        prompt = session.prompt
        match key:
            case "escape" | "ctrl+c":
                self._close_prompt()
                return
            case "enter" | "ctrl+m" | "ctrl+j" | "newline":
                self._submit(at, is_burst)
                return
            case "tab":
                prompt.complete(lambda line: complete(line, session.around(at)))
            case "up" | "ctrl+p":
                prompt.recall(-1)
            case "down" | "ctrl+n":
                prompt.recall(1)
            case _:
                if not prompt.edit(key) and character is not None and character.isprintable():
                    prompt.insert(character)
        session.say("")
        self._preview(at)

    def _close_prompt(self, words: str = "") -> None:
        self._session.prompt.clear()
        self._proposer.withdraw(words)

    def _preview(self, at: float) -> None:
        """Say what the line would do; a changed flight request starts a new confirmation."""
        session = self._session
        parsed = parse(session.prompt.text, session.around(at))
        command = parsed.command if isinstance(parsed, Understood) else None
        match parsed:
            case Understood():
                session.preview = session.said(parsed.command)
            case Question(text=text) | Mistake(text=text):
                session.preview = text
            case Local(action="help", about=about) if about:
                session.preview = _explained(session.registry.named(about))
            case Local(action=name):
                session.preview = _explained(session.registry.named(name))
            case Nothing():
                session.preview = "type a verb; Tab completes, Up recalls, Esc closes"
        line = session.prompt.text
        if command is None or not is_confirmed(command):
            session.proposal = None
        elif session.proposal is None or session.proposal.command != command:
            session.proposal = Proposal(command=command, opened_at=at, line=line)
        else:
            session.proposal.line = line

    def _relook(self, now: float) -> None:
        """The place that an open line asked for was found, or not: read the line again.

        What moves nothing is done at once, on the Enter that asked; what flies is shown first.
        """
        session, entered = self._session, self._entered
        self._entered, self._told_at = "", now
        if session.mode is not Mode.PROMPT:
            return
        parsed = parse(session.prompt.text, session.around(now))
        is_answered = session.prompt.text == entered and not session.gazetteer.words
        if is_answered and isinstance(parsed, Understood) and not is_confirmed(parsed.command):
            self._submit_other(parsed, now)
            return
        if session.prompt.text == entered:
            self._offer_marks()
        self._preview(now)

    def _offer_marks(self) -> None:
        """Put the mark in the place's stead, so that one digit chooses; or say what another Enter does."""
        session = self._session
        found = session.gazetteer
        line, at = session.prompt.text, session.prompt.text.find(found.text)
        if found.has_choice and at >= 0:
            session.prompt.set(line[:at] + MARK + line[at + len(found.text) :])
            session.prompt.cursor = at + len(MARK)
        elif found.text in found.unfound and _verb(line, session.registry) == "new":
            session.say(f"{found.words}. Enter again opens the call WITHOUT A POSITION", Tone.WARN)

    def _submit(self, at: float, is_burst: bool) -> None:
        session = self._session
        if is_burst:
            session.prompt.insert(" ")
            session.say("pasted, not run: read it, then press Enter", Tone.WARN)
            self._preview(at)
            return
        if 0.0 <= at - self._told_at < DECISION_S:
            return  # the same Enter bounced: what was just said about the place is not read yet
        proposal = session.proposal
        if proposal is not None and proposal.command is not None and proposal.line == session.prompt.text:
            # What was read is sent, also where the best aircraft or a height is another one by now.
            self._submit_confirmed(proposal.command, at)
            return
        parsed = parse(session.prompt.text, session.around(at))
        if isinstance(parsed, Understood) and is_confirmed(parsed.command):
            self._submit_confirmed(parsed.command, at)
        else:
            self._submit_other(parsed, at)

    def _submit_confirmed(self, command: AnyCommand, at: float) -> None:
        session, proposal = self._session, self._session.proposal
        if proposal is None or proposal.command != command or not proposal.counts(at):
            session.proposal = Proposal(command=command, opened_at=at, line=session.prompt.text)
            session.say("read the line above, then press Enter again", Tone.WARN)
            return
        if needs_override(session.candidate(command, at)) and not has_reason(session, command):
            self._proposer.ask_override(command, at)
            return
        session.prompt.remember()
        self._close_prompt()
        # What is blocked is asked all the same: the core refuses with its reasons, and that is recorded.
        session.ask(command, at)

    def _submit_other(self, parsed: Parsed, at: float) -> None:
        session = self._session
        match parsed:
            case Understood(command=command):
                session.prompt.remember()
                self._close_prompt()
                session.ask(command, at)
            case Question(locate=place) if place:
                self._entered = session.prompt.text if session.locate(place) else ""
            case Question(text=text, fill=fill):
                session.say(text, Tone.WARN)
                if fill and len(fill) >= len(session.prompt.text):
                    session.prompt.set(fill)
            case Mistake(text=text):
                session.say(text, Tone.WARN)
            case Local(action="help", about=about) if about:
                self._close_prompt(_explained(session.registry.named(about)))
            case Local(action="quit"):
                self._close_prompt()
                self._proposer.leave(at)
            case Local(action=name, about=about):
                self._close_prompt()
                session.near_call = about or None
                self._show(PAGE_VIEWS[name])
            case Nothing():
                self._close_prompt()


def _verb(line: str, registry: Registry) -> str:
    """The action that a line begins with."""
    first = line.split(maxsplit=1)[:1]
    action = registry.for_verb(first[0]) if first else None
    return action.name if action else ""


def _explained(action: Action) -> str:
    keys = f" ({'/'.join(key_word(key) for key in action.keys)})" if action.keys else ""
    return f"{action.usage or action.name}{keys}: {action.help}"
