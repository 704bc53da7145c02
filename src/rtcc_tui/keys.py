"""What each key does, mode by mode. Every road from a key to an aircraft runs through this file.

A letter only ever proposes; an Enter only ever answers what has been painted, at a person's pace. Keys that
come faster than fingers are a paste: they become text in an open prompt and nothing anywhere else.
"""

from __future__ import annotations

from collections.abc import Callable

from rtcc_core.domain.commands import TakeCall
from rtcc_tui.actions import Action, Danger
from rtcc_tui.grammar_alarms import acknowledging
from rtcc_tui.grammar_values import Local
from rtcc_tui.looking import PAGES, VIEW_CYCLE, View
from rtcc_tui.past_keys import NOT_IN_REPLAY, key_meant
from rtcc_tui.prompting import Prompting
from rtcc_tui.proposals import CHANGED, DECISION_S, Proposal
from rtcc_tui.proposing import Proposer, is_as_read
from rtcc_tui.queueing import shown_calls
from rtcc_tui.screen_keys import do_screen, escape
from rtcc_tui.session import Mode, Session
from rtcc_tui.spans import Tone

BURST_S = 0.010
"""Keys closer together than this were not typed by fingers; key repeat is three times slower."""

ALONE_S = 0.030
"""A key that asks the core at once is done after this: what is pasted behind it has come by then."""

AT_ONCE = frozenset({"take", "ack"})
"""Keys that nothing else asks about: the first letter of a paste would be done before its second is read."""

PASTED = "that came as fast as a paste: ignored"

PAGE = 5
"""Lines of a call that PgUp and PgDn move."""

ALL_PAGES = 1_000
"""To one end of whatever is shown."""

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

PASTE_PROOF = frozenset({"command", "palette", "quit", "journal_replay"})
"""Keys that move nothing and must not be pressed by a paste all the same."""

LIVE_KEYS = frozenset({"hold", "return", "ack"})
"""Keys that act on what is live while the screens show the past."""

OPENING = frozenset({"command", "palette", "quit"})
"""What only looks and is of now all the same: the line that is typed, and leaving."""

TOO_FAST = "that Enter came faster than a person decides: nothing was sent"


class Keys:
    """Routes keys and pastes into a session."""

    def __init__(self, session: Session, wait: Callable[[], None] | None = None) -> None:
        """`wait` has `waited` called behind every key of the next `ALONE_S`; without it no key waits."""
        self._session = session
        self._wait = wait
        self._held: tuple[Action, float] | None = None
        """A key that waits, and when it was pressed."""
        self._proposer = Proposer(session, self.open_prompt)
        self._prompting = Prompting(session, self._proposer, self._look_at)
        self._last_at = float("-inf")
        self._last_key = ""

    def press(self, key: str, character: str | None, at: float) -> None:
        """One key at its own time (monotonic seconds, when it was read, not when it was handled)."""
        if key.startswith("alt+"):
            # Esc and the next key within the time a split sequence is waited for.
            self.press("escape", None, at)
            key = key.removeprefix("alt+")
        is_burst = at - self._last_at < BURST_S
        self._settle(at, is_pasted=is_burst)
        is_behind_escape = self._last_key == "escape"
        self._last_at, self._last_key = at, key
        lock = self._session.screens.lock
        lock.state.touched(at)
        match self._session.mode:
            case Mode.LOCKED:
                lock.press(self._session, key, character, is_burst=is_burst)
            case Mode.PROMPT:
                self._prompting.press(key, character, at, is_burst)
            case Mode.CONFIRM:
                self._in_confirm(key, at, is_burst)
            case Mode.LOOK:
                # Esc and : pressed one after the other come together where the Esc was waited on.
                is_meant = is_behind_escape and key == "colon"
                self._looking(key, at, is_burst and not is_meant)

    def wheel(self, key: str, at: float) -> None:
        """A turn of the mouse's wheel is an arrow key that answers nothing and types nothing."""
        if self._session.mode is Mode.LOOK:
            self.press(key, None, at)

    def paste(self, text: str, at: float, *, is_marked: bool = True) -> None:
        """Pasted text: into an open prompt as one line, else nowhere."""
        session = self._session
        self._settle(at, is_pasted=at - self._last_at < BURST_S)
        self._last_at = at
        if session.mode is Mode.LOCKED:
            session.screens.lock.pasted()
            return
        session.screens.lock.state.touched(at)
        if session.mode is Mode.CONFIRM:
            # A paste can come in pieces: the Enter at its end must find nothing open.
            self._proposer.withdraw("pasted text is ignored: nothing was sent")
            return
        if session.mode is not Mode.PROMPT:
            session.say("pasted text is ignored here; press : first, then paste", Tone.WARN)
            return
        self._prompting.paste(text, at, is_marked=is_marked)

    def waited(self, now: float) -> None:
        """Do the key that nothing came behind."""
        if self._held is not None and now - self._held[1] >= ALONE_S:
            self._settle(now, is_pasted=False)

    def _settle(self, at: float, *, is_pasted: bool) -> None:
        held, self._held = self._held, None
        if held is None or self._session.mode is not Mode.LOOK:
            return
        if is_pasted:
            self._session.say(PASTED, Tone.WARN)
        else:
            self.do(held[0], at)

    # --- looking at the screen --------------------------------------------------------------------

    def _looking(self, key: str, at: float, is_burst: bool) -> None:
        session = self._session
        action = session.registry.for_key(key, session.view)
        if name := key_meant(session, key):
            action = session.registry.named(name)
        if key == "escape":
            escape(session)
        elif action is None:
            if key == "enter":
                session.say("nothing is waiting for an Enter")
            elif key == "ctrl+c":
                session.say("q leaves this console")
        elif is_burst and (action.danger is not Danger.LOOKS or action.name in PASTE_PROOF):
            session.say(PASTED, Tone.WARN)
        elif action.name in AT_ONCE and self._wait is not None:
            self._held = action, at
            self._wait()
        else:
            self.do(action, at)

    def do(self, action: Action, at: float) -> None:
        """Do what a key stands for: what looks, on what is shown; what acts, on what is live."""
        session = self._session
        if session.replay.is_on and action.danger is not Danger.LOOKS and action.name not in LIVE_KEYS:
            session.say(NOT_IN_REPLAY, Tone.WARN)
        elif action.danger is Danger.LOOKS and action.name not in OPENING:
            with session.looking_back(at):
                self._do(action, at)
        else:
            self._do(action, at)

    def _do(self, action: Action, at: float) -> None:
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
            case "note" | "new" | "command" | "palette" | "journal_search":
                self._type(action, at)
            case "ack":
                self._acknowledge(at)
            case "calls":
                session.view = View.ALL
            case "next" | "previous":
                self._move(1 if action.name == "next" else -1)
            case "earlier" | "later":
                self._scroll(1 if action.name == "earlier" else -1)
            case "page_start" | "page_end":
                self._scroll(1 if action.name == "page_start" else -1, pages=ALL_PAGES)
            case "view":
                here = VIEW_CYCLE.index(session.view) if session.view in VIEW_CYCLE else -1
                session.view = VIEW_CYCLE[(here + 1) % len(VIEW_CYCLE)]
            case "help" | "alerts" | "near":
                session.near_call = None
                page = PAGE_VIEWS[action.name]
                self._show(View.ALL if session.view is page else page)
            case "quit":
                self._proposer.leave(at)
            case name:
                do_screen(session, name, at)

    def _type(self, action: Action, at: float) -> None:
        """Keys that open the command line, with what they stand for in it."""
        session = self._session
        match action.name:
            case "note" if session.selected is None:
                session.say("no call is selected", Tone.WARN)
            case "note":
                self.open_prompt(f"{action.verb} {session.selected} ", at)
            case "new":
                self.open_prompt(f"{action.verb} ", at)
            case "journal_search":
                self.open_prompt(f"{session.registry.named('journal').verb} {session.journal.only.text}", at)
            case "palette":
                self._prompting.open_palette(at)
            case _:
                self.open_prompt("", at)

    def open_prompt(self, text: str, at: float) -> None:
        """Open the command line with `text` already in it."""
        self._prompting.open(text, at)

    def _look_at(self, local: Local) -> None:
        """A typed verb that only looks."""
        if local.action == "replay":
            do_screen(self._session, local.action, self._last_at, local.about)
            return
        with self._session.looking_back(self._last_at):
            if not do_screen(self._session, local.action, self._last_at, local.about):
                self._session.near_call = local.about or None
                self._show(PAGE_VIEWS[local.action])

    def _show(self, view: View) -> None:
        self._session.view, self._session.page_top = view, 0

    def _scroll(self, back: int, pages: int = 1) -> None:
        """A screenful of a page, some lines of the call; drawing stops at the first and the last line."""
        session = self._session
        if session.view in PAGES:
            rows = max(1, session.screens.page_rows - 1)
            session.page_top = max(0, session.page_top - back * rows * pages)
        else:
            session.scroll_back = max(0, session.scroll_back + back * PAGE * pages)

    def _move(self, step: int) -> None:
        session = self._session
        ids = [call.call_id for call in shown_calls(session)]
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
        if 0.0 <= at - session.alarms.first_since < DECISION_S:
            session.say("the alarm line has just changed: read it, then acknowledge", Tone.WARN)
        elif groups := session.alarms.painted.groups:
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
        elif not is_as_read(session, proposal):
            self._proposer.propose(proposal.command, at, proposal.choices, remark=CHANGED)
        else:
            command = proposal.command
            self._proposer.withdraw()
            session.ask(command, at)
