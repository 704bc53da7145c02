"""What a terminal says of itself when it is asked, once, before anything is drawn.

Everything is asked in one write; the last question (DA1) is one that every terminal answers, so its answer
ends the wait. Who is silent costs the deadline and is judged by TERM and locale as before. Keys that were
typed meanwhile are dropped: nobody has seen a screen to type at.
"""

from __future__ import annotations

import contextlib
import os
import re
import select
import termios
import time
import tty
from collections.abc import Callable
from dataclasses import dataclass

ANSWER_WITHIN_S = 0.3
"""All answers together. Longer than a round trip by satellite would be a wait that everybody pays who is
behind a silent terminal; what comes later is swallowed by the parser (`driver.ReportFilter`)."""

_READ_BYTES, _READ_MOST = 4096, 65_536

_DOTS = "\u28ff".encode()
"""All eight Braille dots: three bytes, one cell where they are read as UTF-8, three where as Latin-1."""

_WHERE = b"\x1b[6n"
_WHICH_COLOUR = b"\x1b[48;2;1;2;3m\x1bP$qm\x1b\\\x1b[0m"
_IS_SYNC_KNOWN = b"\x1b[?2026$p"
_WHO = b"\x1b[c"
_ERASE = b"\r\x1b[K"

_POSITION = re.compile(rb"\x1b\[\d+;(\d+)R")
_STYLE = re.compile(rb"\x1bP1\$r([0-9;:]*)m\x1b\\")
_MIXED = re.compile(rb"48[;:]2[;:]{1,2}1[;:]2[;:]3\b")
_SYNC = re.compile(rb"\x1b\[\?2026;(\d)\$y")
_DEVICE = re.compile(rb"\x1b\[\?[\d;]*c")

NO_DCS = ("linux", "screen", "vt", "ansi", "cygwin")
"""Names of terminals that print a DCS question, or hand it through to whatever is behind them."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What was answered; None where nothing was."""

    is_utf8: bool | None = None
    has_truecolour: bool | None = None
    has_sync: bool | None = None
    """Synchronized output: a frame appears at once (Textual asks again and uses it)."""
    tells_position: bool = False
    """True where it says where its cursor is: then it can also be asked how far it has drawn."""
    is_complete: bool = False
    """The last question was answered: what is None was not understood, not late."""


SILENCE = Answers()


def _nothing() -> None:
    return


def questions(term: str) -> bytes:
    """What is written: it leaves the line and the colours as they were."""
    colour = b"" if term.startswith(NO_DCS) else _WHICH_COLOUR
    return b"\r" + _DOTS + _WHERE + _ERASE + colour + _ERASE + _IS_SYNC_KNOWN + _WHO


def read(data: bytes) -> Answers:
    """What these bytes answer; keys between them are not looked at."""
    position, style = _POSITION.search(data), _STYLE.search(data)
    sync = _SYNC.search(data)
    return Answers(
        is_utf8=position[1] == b"2" if position else None,
        has_truecolour=bool(_MIXED.search(style[1])) if style else None,
        has_sync=sync[1] != b"0" if sync else None,
        tells_position=position is not None,
        is_complete=_DEVICE.search(data) is not None,
    )


def ask(
    keyboard: int,
    screen: int,
    term: str,
    within_s: float = ANSWER_WITHIN_S,
    meanwhile: Callable[[], object] = _nothing,
) -> Answers:
    """Ask the terminal behind these two descriptors; it is in its own mode again afterwards.

    `meanwhile` is done between question and answer: a silent terminal then costs no time of its own. Never
    raises for a terminal that does not answer, or goes away meanwhile.
    """
    try:
        before = termios.tcgetattr(keyboard)
    except termios.error:
        return SILENCE
    try:
        tty.setraw(keyboard, termios.TCSAFLUSH)
        os.write(screen, questions(term))
        until = time.monotonic() + within_s
        meanwhile()
        return _listen(keyboard, until)
    except (OSError, termios.error):
        return SILENCE
    finally:
        with contextlib.suppress(termios.error):
            # What was typed before there was anything to see must not act on what is shown next.
            termios.tcsetattr(keyboard, termios.TCSAFLUSH, before)


def _listen(keyboard: int, until: float) -> Answers:
    data = b""
    while len(data) < _READ_MOST and not read(data).is_complete:
        # What has come is read also after the deadline: only waiting is over then.
        ready, _, _ = select.select([keyboard], [], [], max(0.0, until - time.monotonic()))
        piece = os.read(keyboard, _READ_BYTES) if ready else b""
        if not piece:
            break
        data += piece
    return read(data)
