"""What a terminal is told, and what Textual's insides must still look like."""

from __future__ import annotations

import asyncio
import inspect
import io
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import textual
from textual import _compositor
from textual._xterm_parser import XTermParser
from textual.drivers import linux_driver
from textual.drivers._writer_thread import WriterThread
from textual.events import Key, Paste

from rtcc_core.adapters.running_drills import RunningDrill, announced
from rtcc_tui.commands import default_socket, where_to
from rtcc_tui.driver import (
    CountingWriter,
    CroppedUpdate,
    CursorTold,
    EscapeParser,
    PacedDriver,
    backlog_of,
    leave_on_signals,
)
from rtcc_tui.glyphs import ASCII, UNICODE
from rtcc_tui.terminal import UnfitTerminal, encoding_of, prepare_environment, probe


class Tty(io.StringIO):
    def isatty(self) -> bool:
        return True


def look(environ: dict[str, str], glyphs: str | None = None) -> object:
    return probe(environ, stdin=Tty(), screen=Tty(), glyphs=glyphs)


@pytest.mark.parametrize("term", ["dumb", "", "unknown"])
def test_a_terminal_that_cannot_place_text_is_sent_to_plain(term: str) -> None:
    with pytest.raises(UnfitTerminal, match="--plain"):
        look({"TERM": term, "LANG": "en_US.UTF-8"})


def test_a_pipe_is_sent_to_plain() -> None:
    with pytest.raises(UnfitTerminal, match="--plain"):
        probe({"TERM": "xterm"}, stdin=io.StringIO(), screen=Tty())


@pytest.mark.parametrize(
    ("environ", "glyphs", "expected", "colours", "has_remark"),
    [
        ({"TERM": "xterm-256color", "LANG": "en_US.UTF-8"}, None, UNICODE, True, False),
        ({"TERM": "xterm", "LANG": "en_US.UTF-8"}, None, UNICODE, False, False),
        ({"TERM": "xterm", "LANG": "en_US.UTF-8", "COLORTERM": "truecolor"}, None, UNICODE, True, False),
        ({"TERM": "linux", "LANG": "en_US.UTF-8"}, None, ASCII, False, False),
        ({"TERM": "xterm-256color", "LANG": "C"}, None, ASCII, True, True),
        (
            {"TERM": "xterm-256color", "LC_ALL": "de_DE.ISO-8859-1", "LANG": "x.UTF-8"},
            None,
            ASCII,
            True,
            True,
        ),
        ({"TERM": "xterm-256color", "LANG": "C"}, "unicode", UNICODE, True, False),
        ({"TERM": "xterm-256color", "LANG": "en_US.UTF-8", "NO_COLOR": "1"}, "ascii", ASCII, True, False),
    ],
)
def test_glyphs_and_colours_follow_the_terminal(
    environ: dict[str, str], glyphs: str | None, expected: object, colours: bool, has_remark: bool
) -> None:
    found = probe(environ, stdin=Tty(), screen=Tty(), glyphs=glyphs)
    assert (found.glyphs, found.has_many_colours, bool(found.remark)) == (expected, colours, has_remark)


@pytest.mark.parametrize(
    ("environ", "wanted", "theme", "has_remark"),
    [
        ({"TERM": "xterm-256color"}, None, "night", False),
        ({"TERM": "xterm"}, None, "16", False),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, None, "mono", False),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, "day", "day", False),
        ({"TERM": "linux"}, "high-contrast", "high-contrast", True),
    ],
)
def test_the_theme_is_the_persons_or_follows_the_terminal(
    environ: dict[str, str], wanted: str | None, theme: str, has_remark: bool
) -> None:
    found = probe({"LANG": "C.UTF-8", **environ}, stdin=Tty(), screen=Tty(), theme=wanted)
    assert (found.looks.theme, bool(found.remark)) == (theme, has_remark)


def test_the_environment_is_made_for_this_terminal() -> None:
    environ = {
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
        "NO_COLOR": "1",
        "COLUMNS": "7",
        "TEXTUAL_FPS": "2",
    }
    prepare_environment(probe(environ, stdin=Tty(), screen=Tty()), environ)
    assert environ["TEXTUAL_COLOR_SYSTEM"] == "256"
    assert environ["ESCDELAY"] == "500"
    assert not {"NO_COLOR", "COLUMNS", "TEXTUAL_FPS"} & set(environ)


def test_an_unknown_charset_is_not_utf8() -> None:
    assert encoding_of({"LANG": "xx.klingon"}) == "ascii"
    assert encoding_of({"LC_CTYPE": "C.utf8"}) == "utf-8"


def test_the_socket_is_where_the_core_puts_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RTCC_SOCKET", raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/run/user/7")
    assert default_socket() == Path("/run/user/7/rtcc/core.sock")
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    assert default_socket() == Path(f"/tmp/rtcc-{os.getuid()}/core.sock")
    monkeypatch.setenv("RTCC_SOCKET", "/x/y.sock")
    assert default_socket() == Path("/x/y.sock")


def test_without_a_socket_the_running_drill_is_joined_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RTCC_SOCKET", raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    usual = tmp_path / "rtcc" / "core.sock"
    assert where_to(None) == (usual, "")
    with announced(RunningDrill(name="two-calls", socket_path="/d/console.sock")):
        assert where_to(None) == (Path("/d/console.sock"), "this is the drill two-calls")
        assert where_to(Path("/x.sock")) == (Path("/x.sock"), "")
        usual.touch()
        joined, remark = where_to(None)
        assert joined == usual  # nobody who means the house finds himself in a drill
        assert remark == "there is also the drill two-calls with --socket /d/console.sock"


def test_of_several_drills_the_newest_is_joined_and_the_others_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RTCC_SOCKET", raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/nowhere")
    drills = [RunningDrill(name=name, socket_path=f"/{name}.sock") for name in ("relief", "faults")]
    monkeypatch.setattr("rtcc_tui.commands.running_drills", lambda: drills)
    assert where_to(None) == (
        Path("/relief.sock"),
        "this is the newest of 2 drills, relief; there is also faults with --socket /faults.sock",
    )


# --- Textual's insides: when one of these fails after an upgrade, read driver.py before changing it -----


def test_textual_is_the_version_the_driver_was_written_for() -> None:
    assert textual.__version__ == "8.2.8"


def test_the_names_the_driver_reaches_for_are_there() -> None:
    assert linux_driver.__dict__["WriterThread"] is WriterThread
    assert WriterThread(io.StringIO())._queue.maxsize == 30
    assert "self._writer_thread = WriterThread(self._file)" in Path(linux_driver.__file__).read_text()
    assert linux_driver.__dict__["XTermParser"] is XTermParser
    assert "parser = XTermParser(" in Path(linux_driver.__file__).read_text()
    for name in ("start_application_mode", "stop_application_mode", "run_input_thread"):
        assert callable(getattr(PacedDriver, name))


def test_a_partial_repaint_is_still_made_of_what_the_driver_crops() -> None:
    source = inspect.getsource(_compositor)
    assert _compositor.ChopsUpdate is CroppedUpdate
    assert source.count("return ChopsUpdate(chops, spans, chop_ends)") == 1
    stock = inspect.getsource(CroppedUpdate.__bases__[0])
    for name in (
        "self.chops",
        "self.spans",
        "self.chop_ends",
        "def render_segments(self, console: Console) -> str:",
    ):
        assert name in stock


def test_the_stock_parser_still_takes_answers_for_keys() -> None:
    """What `ReportFilter` is for: when this fails, Textual may do it itself."""
    keys = [
        event.key for event in XTermParser().feed("\x1bP1$r0;48:2::1:2:3m\x1b\\") if isinstance(event, Key)
    ]
    assert keys != []


@pytest.mark.parametrize(
    ("chunks", "keys"),
    [
        (["\x1b\r"], ["escape", "enter"]),
        (["\x1b", "\r"], ["escape", "enter"]),
        (["\x1b", "[A"], ["up"]),
        (["\x1b[", "B"], ["down"]),
        (["l\x1b", "\x1b", "h"], ["l", "escape", "escape", "h"]),
        (["\x1b\x1b[A"], ["escape", "up"]),
        (["\x1bOP"], ["f1"]),
        (["j\x1b[Bk"], ["j", "down", "k"]),
        (["\x1b:"], ["escape", "colon"]),
        (["j\x1b[?62;22ck"], ["j", "k"]),
        (["j\x1b[?62;", "22ck"], ["j", "k"]),
        (["\x1b", "P1$r0;48:2::1:2:3m\x1b\\j"], ["j"]),
        (["\x1bP1$r48:2", "::1:2:3m\x1b", "\\j"], ["j"]),
        (["\x1b", "\x1b[3;1R", "j"], ["escape", "j"]),
        (["\x1b[1;", "5A"], ["ctrl+up"]),
    ],
)
def test_an_escape_is_never_swallowed_by_the_next_key(chunks: list[str], keys: list[str]) -> None:
    parser = EscapeParser()
    seen = [event for chunk in chunks for event in parser.feed(chunk)]
    assert [event.key for event in seen if isinstance(event, Key)] == keys


def test_where_the_cursor_is_comes_with_its_row_and_as_no_key() -> None:
    parser = EscapeParser()
    seen = [event for chunk in ("j\x1b[4;", "1R\x1b[5;1R") for event in parser.feed(chunk)]
    assert [event.row for event in seen if isinstance(event, CursorTold)] == [4, 5]
    assert [event.key for event in seen if isinstance(event, Key)] == ["j"]


@pytest.mark.parametrize(("begun", "keys"), [("\x1b[?62", []), ("\x1bP1$r4", [])])
def test_half_an_answer_never_becomes_keys(
    monkeypatch: pytest.MonkeyPatch, begun: str, keys: list[str]
) -> None:
    parser = EscapeParser()
    seen = list(parser.feed(begun))
    monkeypatch.setattr("textual.constants.ESCAPE_DELAY", 0.0)
    seen += [*parser.tick(), *parser.tick()]
    assert [event.key for event in seen if isinstance(event, Key)] == keys


def test_a_lone_escape_is_told_after_the_delay(monkeypatch: pytest.MonkeyPatch) -> None:
    parser = EscapeParser()
    assert list(parser.feed("\x1b")) == []
    assert list(parser.tick()) == []
    monkeypatch.setattr("textual.constants.ESCAPE_DELAY", 0.0)
    assert [event.key for event in parser.tick() if isinstance(event, Key)] == ["escape"]
    assert list(parser.tick()) == []


def test_a_bracketed_paste_stays_one_paste() -> None:
    events = list(EscapeParser().feed("\x1b[200~launch\rd1\x1b[201~"))
    assert [event.text for event in events if isinstance(event, Paste)] == ["launch\rd1"]


def test_a_paste_that_is_not_marked_is_one_paste_and_not_a_thousand_keys() -> None:
    (pasted,) = list(EscapeParser().feed("l\n" * 200))
    assert isinstance(pasted, Paste)
    assert pasted.text == "l\n" * 200


def test_a_marked_paste_that_comes_in_pieces_stays_one() -> None:
    parser = EscapeParser()
    pieces = ["\x1b[200~" + "a" * 100, "b" * 100, "c\x1b[201~"]
    pasted = [event for piece in pieces for event in parser.feed(piece)]
    assert [event.text for event in pasted if isinstance(event, Paste)] == ["a" * 100 + "b" * 100 + "c"]
    assert len(pasted) == 1


def test_the_writer_knows_what_the_terminal_has_not_taken() -> None:
    reader, writer = os.pipe()
    with open(writer, "w", encoding="utf-8") as file, open(reader, "rb", buffering=0) as screen:
        thread = CountingWriter(file)
        thread.start()
        for _ in range(3):
            thread.write("x" * 50_000)
        assert thread.backlog > 0
        taken = 0
        while taken < 150_000:
            taken += len(screen.read(65_536))
        thread.stop()
        assert thread.backlog == 0
        assert not thread.is_alive()


class GoneTerminal(io.StringIO):
    def write(self, text: str) -> int:
        raise OSError(5, "Input/output error")


def test_a_dead_terminal_neither_stops_nor_breaks_the_writer() -> None:
    thread = CountingWriter(GoneTerminal())
    thread.start()
    for _ in range(100):
        thread.write("x")
    thread.stop()
    assert thread.is_broken
    assert thread.backlog == 0
    assert not thread.is_alive()


class StuckTerminal(io.StringIO):
    def __init__(self) -> None:
        super().__init__()
        self.goes_on = threading.Event()

    def write(self, text: str) -> int:
        self.goes_on.wait(10.0)
        return len(text)


def test_drawing_does_not_wait_for_a_terminal_that_stopped_reading() -> None:
    screen = StuckTerminal()
    thread = CountingWriter(screen)
    thread.start()

    def draw() -> None:
        for _ in range(60):
            thread.write("x")

    drawing = threading.Thread(target=draw, daemon=True)
    drawing.start()
    drawing.join(5.0)
    is_waiting = drawing.is_alive()
    screen.goes_on.set()
    assert not is_waiting
    assert thread.dropped >= 60 - 31
    thread.stop()
    assert not thread.is_broken


def test_leaving_does_not_wait_for_a_terminal_that_stopped_reading() -> None:
    screen = StuckTerminal()
    thread = CountingWriter(screen)
    thread.start()
    for _ in range(31):
        thread.write("x")
    assert thread.backlog > 0
    thread.is_leaving = True
    thread.write("the queue is full by now, and this returns all the same")
    thread.stop()
    assert thread.is_broken
    screen.goes_on.set()
    thread.join(5.0)


def test_a_driver_without_a_terminal_has_no_backlog() -> None:
    assert backlog_of(None) == 0


async def test_hang_up_and_terminate_are_ways_out() -> None:
    import signal

    left = asyncio.Event()
    undo = leave_on_signals(left.set)
    try:
        os.kill(os.getpid(), signal.SIGHUP)
        await asyncio.wait_for(left.wait(), 5.0)
    finally:
        undo()


def test_what_is_loaded_while_the_terminal_answers_is_not_textual() -> None:
    script = "import sys; import rtcc_tui.screenful; sys.exit('textual' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], timeout=60).returncode == 0


def test_dumb_terminals_get_a_word_without_loading_textual() -> None:
    script = (
        "import sys; from pathlib import Path; from rtcc_tui.commands import run_console;"
        "code = run_console(Path('/nowhere')); assert 'textual' not in sys.modules; sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        env={**os.environ, "TERM": "dumb"},
        timeout=30,
    )
    assert done.returncode == 2
    assert "--plain" in done.stderr
    assert done.stdout == ""
