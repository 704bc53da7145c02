"""What the terminal can do, asked before Textual is imported, and a clear word where it cannot do it."""

from __future__ import annotations

import codecs
import locale
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TextIO

from rtcc_tui.glyphs import ASCII, UNICODE, Glyphs

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
) -> Terminal:
    """Look at TERM, locale and the streams; `glyphs` is the person's own word and wins.

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
    is_utf8 = encoding_of(environ) == "utf-8"
    wanted = UNICODE if is_utf8 and not term.startswith("linux") else ASCII
    if glyphs is not None:
        wanted = UNICODE if glyphs == "unicode" else ASCII
    remark = ""
    if not is_utf8 and glyphs is None:
        remark = "this terminal's locale is not UTF-8: drawn in ASCII; `rtcc console --plain` is there too"
    return Terminal(glyphs=wanted, has_many_colours=_has_many_colours(environ, term), remark=remark)


def _has_many_colours(environ: Mapping[str, str], term: str) -> bool:
    if "NO_COLOR" in environ:
        return False
    return environ.get("COLORTERM", "") in ("truecolor", "24bit") or term not in _SIXTEEN


def prepare_environment() -> None:
    """Settings Textual reads when it is imported; called before that."""
    # A split arrow key over a slow line must stay an arrow: 500 ms as Textual's maintainers advise (#4816).
    os.environ.setdefault("ESCDELAY", "500")
    os.environ["TEXTUAL_ANIMATIONS"] = "none"
    # The terminal's own size counts, not what a shell exported when the window was another one.
    os.environ.pop("COLUMNS", None)
    os.environ.pop("LINES", None)
    # A stray setting of a developer must not slow the keys: echo waits for the same timer.
    os.environ.pop("TEXTUAL_FPS", None)
