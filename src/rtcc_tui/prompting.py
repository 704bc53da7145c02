"""The command line while it is open: typing, completion, what the line would do, and the Enter that does it.

What flies is sent only by an Enter that answers what was painted, at a person's pace; a paste, with a newline
in it or without, becomes text and runs nothing.
"""

from __future__ import annotations

from collections.abc import Callable

from rtcc_core.domain.commands import AnyCommand
from rtcc_tui.actions import Action, Registry, key_word
from rtcc_tui.around import around_line
from rtcc_tui.completion import complete, offers
from rtcc_tui.gazetteer import MARK
from rtcc_tui.grammar import parse
from rtcc_tui.grammar_values import Local, Mistake, Nothing, Parsed, Question, Understood
from rtcc_tui.palette import entries
from rtcc_tui.prompt import Palette
from rtcc_tui.proposals import CHANGED, DECISION_S
from rtcc_tui.proposing import Proposer, has_reason, is_as_read, made
from rtcc_tui.requests import is_confirmed
from rtcc_tui.session import Mode, Session
from rtcc_tui.spans import Tone
from rtcc_tui.standing import needs_override

BURST_KEYS = 2
"""So many keys in a row faster than fingers are a paste, not two fingers that came down together."""

PASTE_RESTS_S = 1.0
"""An Enter this soon after pasted text is believed to be part of it."""


class Prompting:
    """The open command line of one session."""

    def __init__(self, session: Session, proposer: Proposer, show: Callable[[Local], None]) -> None:
        self._session = session
        self._proposer = proposer
        self._show = show
        self._told_at = float("-inf")
        self._previewed: AnyCommand | None = None
        """What the line was last said to do."""
        self._entered = ""
        """The line whose place the core was asked for by an Enter."""
        self._burst = 0
        """Keys in a row that came faster than fingers."""
        self._pasted_at = float("-inf")
        """When something in the line was last not typed by hand."""
        self._chosen_at = float("-inf")
        """When an Enter chose from the palette: a key that is held down must not be the next one too."""
        session.on_located = self._relook

    def open(self, text: str, at: float) -> None:
        """Open the command line with `text` already in it."""
        session = self._session
        session.mode = Mode.PROMPT
        session.prompt.palette = None
        session.prompt.clear()
        session.prompt.set(text)
        session.say("")
        self.preview(at)

    def open_palette(self, at: float) -> None:
        """The same line, listing what is possible by the letters that are typed into it."""
        self.open("", at)
        self._session.prompt.palette = Palette()

    def paste(self, text: str, at: float, *, is_marked: bool) -> None:
        """Pasted text, as one line; where the terminal did not mark its end, that may be still to come."""
        if not is_marked:
            self._pasted_at = at
        self._session.prompt.insert(text)
        if self._session.prompt.palette is None:
            self.preview(at)

    def press(self, key: str, character: str | None, at: float, is_burst: bool) -> None:
        """One key."""
        self._burst = self._burst + 1 if is_burst else 0
        if self._burst >= BURST_KEYS:
            self._pasted_at = at
        if self._session.prompt.palette is not None:
            self._in_palette(self._session.prompt.palette, key, character, at, is_burst)
        else:
            self._in_line(key, character, at, is_burst)

    def _in_palette(
        self, palette: Palette, key: str, character: str | None, at: float, is_burst: bool
    ) -> None:
        """Letters narrow the list, the arrows choose; Enter types the verb and does nothing."""
        session = self._session
        found = entries(session, session.prompt.text)
        match key:
            case "escape" | "ctrl+c":
                self._close_prompt()
            case "up" | "ctrl+p":
                palette.move(-1, len(found))
            case "down" | "ctrl+n" | "tab":
                palette.move(1, len(found))
            case "enter" | "ctrl+m" | "ctrl+j" | "newline":
                if found and not self._is_paste(at, is_burst):
                    self.open(f"{found[min(palette.row, len(found) - 1)].verb} ", at)
                    self._chosen_at = at
            case _:
                if not session.prompt.edit(key) and character is not None and character.isprintable():
                    session.prompt.insert(character)
                palette.row = 0

    def _in_line(self, key: str, character: str | None, at: float, is_burst: bool) -> None:
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
                prompt.complete(lambda line: complete(line, around_line(session, line, at)))
            case "up" | "ctrl+p":
                prompt.recall(-1)
            case "down" | "ctrl+n":
                prompt.recall(1)
            case _:
                if not prompt.edit(key) and character is not None and character.isprintable():
                    prompt.insert(character)
        session.say("")
        self.preview(at)

    def _is_paste(self, at: float, is_burst: bool) -> bool:
        """True where an Enter may be part of a paste, which can come in pieces."""
        return is_burst or 0.0 <= at - self._pasted_at < PASTE_RESTS_S

    def _close_prompt(self, words: str = "") -> None:
        self._session.prompt.clear()
        self._session.prompt.palette = None
        self._proposer.withdraw(words)

    def preview(self, at: float) -> None:
        """Say what the line would do; a changed flight request starts a new confirmation."""
        session = self._session
        around = around_line(session, session.prompt.text, at)
        parsed = parse(session.prompt.text, around)
        command = parsed.command if isinstance(parsed, Understood) else None
        self._previewed = command
        session.prompt.offers = tuple(offers(session.prompt.text, around))
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
            session.proposal = made(session, command, at, line=line)
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
        parsed = parse(session.prompt.text, around_line(session, session.prompt.text, now))
        is_answered = session.prompt.text == entered and not session.gazetteer.words
        if is_answered and isinstance(parsed, Understood) and not is_confirmed(parsed.command):
            self._submit_other(parsed, now)
            return
        if session.prompt.text == entered:
            self._offer_marks()
        self.preview(now)

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
        if 0.0 <= at - self._chosen_at < PASTE_RESTS_S:
            self._chosen_at = at
            session.say("read the line above, then press Enter", Tone.WARN)
            return
        if self._is_paste(at, is_burst):
            # A paste can come in pieces: its newline some time behind its text, and another behind that.
            self._pasted_at = at
            if is_burst:
                session.prompt.insert(" ")
            session.say("pasted, not run: read it, then press Enter", Tone.WARN)
            self.preview(at)
            return
        if 0.0 <= at - self._told_at < DECISION_S:
            return  # the same Enter bounced: what was just said about the place is not read yet
        proposal = session.proposal
        if proposal is not None and proposal.command is not None and proposal.line == session.prompt.text:
            # What was read is sent, also where the best aircraft or a height is another one by now.
            self._submit_confirmed(proposal.command, at)
            return
        parsed = parse(session.prompt.text, around_line(session, session.prompt.text, at))
        if isinstance(parsed, Understood) and is_confirmed(parsed.command):
            self._submit_confirmed(parsed.command, at)
        elif isinstance(parsed, Understood) and parsed.command != self._previewed:
            # The selected call, or the alarm that stands first, is another one since the line was typed.
            self.preview(at)
            session.say("that means something else by now: read it, then press Enter", Tone.WARN)
        else:
            self._submit_other(parsed, at)

    def _submit_confirmed(self, command: AnyCommand, at: float) -> None:
        session, proposal = self._session, self._session.proposal
        is_read = proposal is None or is_as_read(session, proposal)
        if proposal is None or proposal.command != command or not proposal.counts(at) or not is_read:
            session.proposal = made(session, command, at, line=session.prompt.text)
            session.say("read the line above, then press Enter again" if is_read else CHANGED, Tone.WARN)
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
                self._show(Local(name, about))
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
