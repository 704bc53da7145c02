"""A terminal is asked once what it can do: real ptys with terminals of every kind behind them."""

from __future__ import annotations

import os
import pty
import select
import termios
import threading
from collections.abc import Sequence

import pytest

from rtcc_tui.probing import SILENCE, Answers, ask, questions, read
from rtcc_tui.terminal import judged

UTF8 = b"\x1b[1;2R"
LATIN1 = b"\x1b[7;4R"
TRUE = b"\x1bP1$r0;48:2::1:2:3m\x1b\\"
INDEXED = b"\x1bP1$r0;48;5;16m\x1b\\"
SYNC = b"\x1b[?2026;2$y"
WHO = b"\x1b[?62;22c"

GENEROUS_S = 30.0
"""A deadline that only a terminal that never answers would meet."""


def behind_a_pty(pieces: Sequence[bytes], within_s: float) -> tuple[Answers, bytes, bytes]:
    """Ask a terminal that answers in these pieces; what it told, what it was asked, what is left to read."""
    master, slave = pty.openpty()
    asked = b""

    def answer() -> None:
        nonlocal asked
        while not asked.endswith(b"\x1b[c"):
            asked += os.read(master, 4096)
        for piece in pieces:
            os.write(master, piece)
            threading.Event().wait(0.01)

    try:
        before = termios.tcgetattr(slave)
        terminal = threading.Thread(target=answer)
        terminal.start()
        told = ask(slave, slave, "xterm", within_s)
        terminal.join(GENEROUS_S)
        assert termios.tcgetattr(slave) == before
        os.set_blocking(slave, False)
        left = os.read(slave, 99) if select.select([slave], [], [], 0.0)[0] else b""
        return told, asked, left
    finally:
        os.close(master)
        os.close(slave)


@pytest.mark.parametrize(
    "pieces",
    [
        [UTF8 + TRUE + SYNC + WHO],
        [UTF8, TRUE, SYNC, WHO],
        [bytes([byte]) for byte in UTF8 + TRUE + SYNC + WHO],
        [b"lj" + UTF8 + b"\r" + TRUE + b"x" + SYNC + WHO],
    ],
    ids=["at-once", "one-by-one", "byte-by-byte", "between-keys"],
)
def test_answers_are_put_together_however_they_come(pieces: list[bytes]) -> None:
    told, asked, _ = behind_a_pty(pieces, GENEROUS_S)
    assert told == Answers(True, True, True, tells_position=True, is_complete=True)
    assert asked.startswith(b"\r" + "\u28ff".encode())


def test_what_was_typed_meanwhile_is_dropped() -> None:
    told, _, left = behind_a_pty([b"launch d1\r" + UTF8 + WHO], GENEROUS_S)
    assert told.is_complete
    assert left == b""


def test_what_has_come_while_other_things_were_done_is_read_after_the_deadline() -> None:
    master, slave = pty.openpty()
    try:
        told = ask(slave, slave, "xterm", 0.0, lambda: os.write(master, UTF8 + WHO))
    finally:
        os.close(master)
        os.close(slave)
    assert told == Answers(is_utf8=True, tells_position=True, is_complete=True)


def test_a_silent_terminal_costs_the_deadline_and_nothing_else() -> None:
    told, _, _ = behind_a_pty([], 0.05)
    assert told == SILENCE


def test_what_is_no_terminal_is_silent() -> None:
    reader, writer = os.pipe()
    try:
        assert ask(reader, writer, "xterm") == SILENCE
    finally:
        os.close(reader)
        os.close(writer)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", SILENCE),
        (LATIN1 + WHO, Answers(is_utf8=False, tells_position=True, is_complete=True)),
        # tmux 3.3a: no colour question, no synchronized output.
        (UTF8 + WHO, Answers(is_utf8=True, tells_position=True, is_complete=True)),
        (INDEXED + WHO, Answers(has_truecolour=False, is_complete=True)),
        (b"\x1bP0$r\x1b\\" + WHO, Answers(is_complete=True)),
        (b"\x1b[?2026;0$y" + WHO, Answers(has_sync=False, is_complete=True)),
        (b"\x1bP1$r48:2:1:2:30m\x1b\\", Answers(has_truecolour=False)),
    ],
)
def test_what_is_told(data: bytes, told: Answers) -> None:
    assert read(data) == told


@pytest.mark.parametrize("term", ["linux", "screen-256color", "vt220"])
def test_terminals_that_would_print_it_are_not_asked_for_colours(term: str) -> None:
    assert b"\x1bP" not in questions(term)
    assert b"\x1bP" in questions("xterm-256color")


@pytest.mark.parametrize(
    ("environ", "told", "glyphs", "colours"),
    [
        # The terminal's word against the locale's, both ways.
        ({"TERM": "xterm", "LANG": "C"}, Answers(is_utf8=True), "braille", "standard"),
        ({"TERM": "xterm", "LANG": "C.UTF-8"}, Answers(is_utf8=False), "ascii", "standard"),
        # COLORTERM does not come over ssh; an answer does.
        ({"TERM": "xterm", "LANG": "C.UTF-8"}, Answers(has_truecolour=True), "braille", "truecolor"),
        (
            {"TERM": "tmux-256color", "LANG": "C.UTF-8", "COLORTERM": "truecolor"},
            Answers(has_truecolour=False),
            "braille",
            "256",
        ),
        ({"TERM": "linux", "LANG": "C.UTF-8"}, Answers(is_utf8=True), "ascii", "standard"),
        ({"TERM": "putty-256color", "LANG": "C.UTF-8"}, SILENCE, "braille", "256"),
    ],
)
def test_what_is_answered_wins(environ: dict[str, str], told: Answers, glyphs: str, colours: str) -> None:
    found = judged(environ, environ["TERM"], told, glyphs=None, theme=None)
    assert (found.glyphs.name, found.colour_system) == (glyphs, colours)
