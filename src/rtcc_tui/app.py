"""The Textual application: keys in, panes out, and nothing drawn that the terminal has no room for."""

from __future__ import annotations

import sys
import time
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path

from textual import events
from textual.app import App, ComposeResult
from textual.filter import LineFilter
from textual.screen import Screen

from rtcc_core.wire.console import Frame, FromCore, Welcome
from rtcc_tui.alarm_watch import NOTHING_PAINTED, Painted
from rtcc_tui.connection import Connection, CoreLine
from rtcc_tui.driver import (
    CursorTold,
    PacedDriver,
    UnmarkedPaste,
    ask_cursor,
    backlog_of,
    dropped_by,
    leave_on_signals,
)
from rtcc_tui.keys import ALONE_S, Keys
from rtcc_tui.memory import look_less_often
from rtcc_tui.proposals import Proposal
from rtcc_tui.safety import SafetyFilter
from rtcc_tui.screenful import LATER_PANES, PANES, boxes, pane_lines
from rtcc_tui.session import Mode, Session
from rtcc_tui.terminal import Terminal
from rtcc_tui.theme import theme_for
from rtcc_tui.views.arrange import Box
from rtcc_tui.views.small import is_readable
from rtcc_tui.views.suggesting import shown_suggestion
from rtcc_tui.widgets.pane import Pane

PUMP_S = 0.05
"""How often the screen looks whether there is something to draw and room for it."""

KEY_LOOK_S, KEY_LOOKS = 0.005, 20
"""How often, and how many times, a key that found a frame on its way looks whether that is drawn."""

TELEMETRY_PAINT_S = 0.3
"""Moving figures and ages are drawn this often, and what facts change of map, candidates and fleet; the rest
of what facts change, and keys, at once."""

SETTLED_AFTER_S = 1.0
"""A snapshot is folded and drawn by then."""


class DispatchScreen(Screen[None], inherit_bindings=False):
    """All panes of the console; every key of it goes through `Keys`."""

    ALLOW_SELECT = False
    AUTO_FOCUS = None

    def __init__(self, panes: Sequence[Pane], keys: Keys, changed: Callable[[], None]) -> None:
        super().__init__()
        self._panes = panes
        self._keys = keys
        self._changed = changed

    def compose(self) -> ComposeResult:
        yield from self._panes

    def on_key(self, event: events.Key) -> None:
        event.stop()
        event.prevent_default()
        # The event's own time: a busy loop must not make a burst look like a person.
        self._keys.press(event.key, event.character, event.time)
        self._changed()

    def on_paste(self, event: events.Paste) -> None:
        event.stop()
        self._keys.paste(event.text, event.time)
        self._changed()

    def on_unmarked_paste(self, event: UnmarkedPaste) -> None:
        event.stop()
        self._keys.paste(event.text, event.time, is_marked=False)
        self._changed()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self._wheel(event, "up")

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self._wheel(event, "down")

    def _wheel(self, event: events.MouseEvent, key: str) -> None:
        event.stop()
        self._keys.wheel(key, event.time)
        self._changed()

    def on_resize(self) -> None:
        self._changed()


class ConsoleApp(App[None], inherit_bindings=False):
    """`rtcc console`."""

    ENABLE_COMMAND_PALETTE = False
    CSS = """
    Screen { layout: vertical; overflow: hidden; background: black; }
    Screen:ansi { background: ansi_default; }
    """

    def __init__(
        self,
        line: CoreLine,
        *,
        terminal: Terminal,
        has_bell: bool = True,
        leaving_note: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(driver_class=PacedDriver, ansi_color=theme_for(terminal.looks).is_ansi)
        self._safety = SafetyFilter(ascii_only=terminal.glyphs.is_ascii)
        self._line = line
        self._has_bell = has_bell
        self.clock = clock
        self.session = Session(
            send=line.send, query=line.query, new_id=lambda: uuid.uuid4().hex, glyphs=terminal.glyphs
        )
        if leaving_note:
            self.session.leaving_note = leaving_note
        self.session.say(terminal.remark)
        self.session.screens.looks = terminal.looks
        self.session.screens.age.is_measured = terminal.tells_position
        self._theme = theme_for(terminal.looks)
        self.panes = {name: Pane(name, self._theme.styles) for name in PANES}
        self._keys = Keys(self.session, self._wait_for_more)
        self._is_dirty = self._is_rest_due = True
        self._looks_left = KEY_LOOKS
        self.is_bell_due = False
        self._stand: dict[str, Box] = {}
        """Where the panes stood when they were last drawn."""
        self._painted_at = float("-inf")
        self._dropped = 0
        """So many writes were dropped before the newest whole frame."""
        self._undo_signals: Callable[[], None] | None = None

    def get_default_screen(self) -> DispatchScreen:
        return DispatchScreen(tuple(self.panes.values()), self._keys, self.refresh_screen)

    def get_line_filters(self) -> Sequence[LineFilter]:
        return [self._safety, *super().get_line_filters()]

    def on_mount(self) -> None:
        if not self.is_headless:
            self._undo_signals = leave_on_signals(self.exit)
        self.refresh_screen()
        self.set_interval(PUMP_S, self._pump)
        self.run_worker(self._line.run(self), name="core", exit_on_error=True)

    def on_unmount(self) -> None:
        if self._undo_signals is not None:
            self._undo_signals()

    # --- keys -----------------------------------------------------------------------------------

    def _wait_for_more(self) -> None:
        """What is read meanwhile stands before it in this queue, and in the screen's."""
        self.set_timer(ALONE_S, lambda: self.screen.call_later(self._nothing_followed))

    def _nothing_followed(self) -> None:
        self._keys.waited(time.monotonic())  # the clock of keys
        self.refresh_screen()

    # --- what the core says ---------------------------------------------------------------------

    def received(self, message: FromCore) -> None:
        """A message from the core; drawn by the next pump that has room."""
        self.session.received(message, self.clock())
        if self.session.wants_to_leave:
            self.exit()
        if self.session.model.has_gap:
            self._line.restart()
        self._is_dirty = self._is_dirty or not isinstance(message, Frame)
        if isinstance(message, Welcome) and not self.is_headless:
            self.set_timer(SETTLED_AFTER_S, look_less_often)

    def lost(self, reason: str) -> None:
        """The core is gone."""
        self.session.lost(reason, self.clock())
        self._is_dirty = True

    # --- drawing --------------------------------------------------------------------------------

    def refresh_screen(self) -> None:
        """A key or a new size: draw now if there is room, else as soon as there is."""
        self._is_dirty = self._is_rest_due = True
        if self.session.wants_to_leave:
            self.exit()
        elif backlog_of(self._driver) == 0:
            self._paint(self.clock(), is_quick=True)
        elif self._looks_left > 0:
            # A frame is on its way: a key does not wait for the pump, but a stalled terminal is left to it.
            self._looks_left -= 1
            self.set_timer(KEY_LOOK_S, self._look_again)

    def _look_again(self) -> None:
        if self._is_dirty:
            self.refresh_screen()

    def _pump(self) -> None:
        now = self.clock()
        self.session.ticked(now)
        self._ring(now)
        self._make_whole()
        is_rest_due = self._is_rest_due or now - self._painted_at >= TELEMETRY_PAINT_S
        if (self._is_dirty or is_rest_due) and backlog_of(self._driver) == 0:
            self._paint(now, is_quick=not is_rest_due)

    def _make_whole(self) -> None:
        """Something was dropped while the terminal did not read: the whole screen is drawn again."""
        dropped = dropped_by(self._driver)
        if dropped == self._dropped or backlog_of(self._driver) > 0:
            return

        def drawn() -> None:
            self._dropped = dropped

        self._is_dirty = self._is_rest_due = True
        self.screen.refresh()
        self.call_after_refresh(drawn)

    def _ring(self, now: float) -> None:
        """What is due; a terminal that has stopped reading hears it when it reads again."""
        self.is_bell_due = self.session.bell_due(now) or self.is_bell_due
        # One more write into the full queue of such a terminal would stop this loop, and the core close it.
        if self.is_bell_due and backlog_of(self._driver) == 0:
            self.is_bell_due = False
            if self._has_bell:
                self.bell()

    def _look(self) -> None:
        """Another theme, or other glyphs, were asked for: everything is drawn again."""
        wanted, is_ascii = theme_for(self.session.screens.looks), self.session.glyphs.is_ascii
        if wanted is self._theme and is_ascii is self._safety.ascii_only:
            return
        self._theme, self._safety.ascii_only = wanted, is_ascii
        self.ansi_color = wanted.is_ansi
        self.screen.styles.background = wanted.background or "ansi_default"
        for pane in self.panes.values():
            pane.look(wanted.styles)

    def _paint(self, now: float, *, is_quick: bool) -> None:
        """Draw everything; `is_quick`: what a key or a fact changes at once, the rest a moment later."""
        self._looks_left = KEY_LOOKS
        self._look()
        session, (width, height) = self.session, self.size
        stand = boxes(session, now, width, height)
        is_locked = session.mode is Mode.LOCKED
        alarms = NOTHING_PAINTED if is_locked else session.alarms.to_paint(session.model, now)
        suggestion = None if is_locked else shown_suggestion(session)
        calls = session.screens.arrivals.on_screen
        # While a request waits for its Enter the whole screen belongs to it; a lock hides everything at once.
        is_plain = session.proposal is None and not is_locked
        is_first = is_quick and is_plain and stand == self._stand
        self._is_dirty, self._stand = False, stand
        if not is_first:
            self._is_rest_due, self._painted_at = False, now
        for name, pane in self.panes.items():
            box = stand.get(name)
            pane.place(box)
            if box is not None and not (is_first and name in LATER_PANES):
                pane.show(pane_lines(name, session, now, box))
        self.call_after_refresh(self._measure)
        if "small" in stand and not is_readable(width, height):
            return
        self.call_after_refresh(self._drained, alarms, suggestion, session.proposal, calls)

    def _measure(self) -> None:
        """Behind the frame that was just written: ask when it is drawn. Nothing while something is typed."""
        if self.session.mode in (Mode.LOOK, Mode.CONFIRM):
            row = self.session.screens.age.to_ask(self.clock(), self.size.height)
            if row is not None:
                ask_cursor(self._driver, row)

    def on_cursor_told(self, told: CursorTold) -> None:
        """The terminal has drawn what was sent before the question."""
        self.session.screens.age.answered(told.row, told.time)

    def _drained(
        self,
        alarms: Painted,
        suggestion_id: str | None,
        proposal: Proposal | None,
        calls: frozenset[str],
    ) -> None:
        """Only what the terminal has taken counts as seen."""
        if backlog_of(self._driver) > 0 or dropped_by(self._driver) != self._dropped:
            self.set_timer(PUMP_S / 5, lambda: self._drained(alarms, suggestion_id, proposal, calls))
        else:
            self.session.painted(
                self.clock(), alarms=alarms, proposal=proposal, suggestion_id=suggestion_id, calls=calls
            )


def run_app(
    socket_path: Path, terminal: Terminal, *, has_bell: bool, has_mouse: bool, leaving_note: str
) -> int:
    """Run the full-screen console until the person leaves; 0, or 1 where it broke."""
    connection = Connection(socket_path, client="rtcc console")
    app = ConsoleApp(connection, terminal=terminal, has_bell=has_bell, leaving_note=leaving_note)
    app.run(mouse=has_mouse)
    if farewell := app.session.screens.lock.farewell:
        sys.stderr.write(f"rtcc console: {farewell}\n")
    return app.return_code or 0
