"""What the terminal can do, asked before Textual is imported, and a clear word where it cannot do it."""

from __future__ import annotations

import codecs
import io
import locale
import os
import sys
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import TextIO

from rtcc_tui.glyphs import ASCII, UNICODE, Glyphs, glyphs_named
from rtcc_tui.looks import INSTEAD, Looks
from rtcc_tui.probing import SILENCE, Answers, ask

PLAIN_HINT = "use `rtcc console --plain` there"

_SIXTEEN = frozenset({"xterm", "linux", "screen", "vt100", "vt102", "vt220", "ansi", "cygwin"})
"""Terminals that are sure of sixteen colours only."""


class UnfitTerminal(Exception):
    """The full screen cannot be shown here; the message says why and what to use instead."""


@dataclass(frozen=True, slots=True)
class Terminal:
    """What was found out."""

    glyphs: Glyphs
    has_many_colours: bool
    remark: str = ""
    """A word for the person, shown once."""
    is_truecolour: bool = False
    theme: str = ""
    """The look that was asked for; empty: night, or the terminal's own colours where it has sixteen."""
    tells_position: bool = False
    """True where the terminal answered where its cursor is."""

    @property
    def looks(self) -> Looks:
        """What to begin with."""
        usual = "night" if self.has_many_colours else "16"
        return Looks(self.theme or usual, self.has_many_colours)

    @property
    def colour_system(self) -> str:
        """As Textual and Rich call it."""
        many = "truecolor" if self.is_truecolour else "256"
        return many if self.has_many_colours else "standard"


def encoding_of(environ: Mapping[str, str]) -> str:
    """The character set of the locale, as Python spells it (`utf-8`, `ascii`)."""
    name = environ.get("LC_ALL") or environ.get("LC_CTYPE") or environ.get("LANG") or ""
    spelled = name.partition(".")[2].partition("@")[0]
    if not spelled:
        # "C" and "POSIX" are coerced to UTF-8 by Python 3.7+; the terminal behind them was never asked.
        spelled = "ascii" if name in ("", "C", "POSIX") else locale.getpreferredencoding(False)
    try:
        return codecs.lookup(spelled).name
    except LookupError:
        return "ascii"


def probe(
    environ: Mapping[str, str] = os.environ,
    *,
    stdin: TextIO | None = None,
    screen: TextIO | None = None,
    glyphs: str | None = None,
    theme: str | None = None,
    meanwhile: Callable[[], object] = lambda: None,
) -> Terminal:
    """Ask the terminal; where it is silent, look at TERM and locale.

    `glyphs` and `theme` are the person's own words and win; `meanwhile` is done while a terminal thinks.
    Raises UnfitTerminal.
    """
    stdin, screen = stdin or sys.__stdin__, screen or sys.__stderr__
    if stdin is None or screen is None or not stdin.isatty() or not screen.isatty():
        raise UnfitTerminal(
            "the console needs a terminal on its input and on its error output (it is drawn there); "
            f"in a pipe or a script {PLAIN_HINT}"
        )
    term = environ.get("TERM", "")
    if term in ("", "dumb", "unknown"):
        raise UnfitTerminal(
            f"this terminal (TERM={term or 'not set'}) cannot place text on the screen; {PLAIN_HINT}"
        )
    return judged(environ, term, _asked(stdin, screen, term, meanwhile), glyphs=glyphs, theme=theme)


def judged(
    environ: Mapping[str, str], term: str, told: Answers, *, glyphs: str | None, theme: str | None
) -> Terminal:
    """What answers, environment and the person's own words make together."""
    is_utf8 = encoding_of(environ) == "utf-8" if told.is_utf8 is None else told.is_utf8
    # The console's fonts have no Braille, whatever they decode.
    wanted = UNICODE if is_utf8 and not term.startswith("linux") else ASCII
    if glyphs is not None:
        wanted = glyphs_named(glyphs)
    has_true = environ.get("COLORTERM", "") in ("truecolor", "24bit")
    if told.has_truecolour is not None:
        has_true = told.has_truecolour
    has_many = has_true or term not in _SIXTEEN
    is_bare = "NO_COLOR" in environ and theme is None
    return Terminal(
        glyphs=wanted,
        has_many_colours=has_many,
        remark=_remark(told, is_utf8, glyphs, Looks(theme or "16", has_many)),
        is_truecolour=has_true,
        theme="mono" if is_bare else theme or "",
        tells_position=told.tells_position,
    )


def _asked(stdin: TextIO, screen: TextIO, term: str, meanwhile: Callable[[], object]) -> Answers:
    try:
        keyboard, drawn = stdin.fileno(), screen.fileno()
    except (OSError, ValueError):
        return SILENCE  # a stream of a program, not of a terminal
    return ask(keyboard, drawn, term, meanwhile=meanwhile)


def _remark(told: Answers, is_utf8: bool, glyphs: str | None, looks: Looks) -> str:
    if not is_utf8 and glyphs is None:
        whose = "terminal's locale" if told.is_utf8 is None else "terminal"
        return f"this {whose} is not UTF-8: drawn in ASCII; `rtcc console --plain` is there too"
    return INSTEAD.format(looks.theme) if looks.is_replaced else ""


def prepare_environment(terminal: Terminal, environ: MutableMapping[str, str] = os.environ) -> None:
    """Settings Textual reads when it is imported; called before that."""
    # A split arrow key over a slow line must stay an arrow: 500 ms as Textual's maintainers advise (#4816).
    environ.setdefault("ESCDELAY", "500")
    environ["TEXTUAL_ANIMATIONS"] = "none"
    environ["TEXTUAL_COLOR_SYSTEM"] = terminal.colour_system
    # `mono` draws without colours itself; Textual's own answer to it is grey in 24 bits.
    environ.pop("NO_COLOR", None)
    # The terminal's own size counts, not what a shell exported when the window was another one.
    environ.pop("COLUMNS", None)
    environ.pop("LINES", None)
    # A stray setting of a developer must not slow the keys: echo waits for the same timer.
    environ.pop("TEXTUAL_FPS", None)


def speak_utf8(screen: TextIO | None = None) -> None:
    """Write UTF-8 whatever the locale says: this terminal was asked, or its person knows better."""
    screen = screen or sys.__stderr__
    if isinstance(screen, io.TextIOWrapper):
        screen.reconfigure(encoding="utf-8", errors="replace")
