"""The line mode as a process: what reaches standard output, whatever came in, and a reader that stalls."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from pathlib import Path

import msgspec
from tests.tui.fakecore import FakeCore
from tests.tui.incoming import senses

from rtcc_core.domain import commands as cmd
from rtcc_core.domain import events as ev
from rtcc_tui.plain_writer import NEWS_WAITING_MAX, LineWriter
from rtcc_tui.speech import LINE_MAX, spoken

HOSTILE = (
    "\x1b]52;c;cm0gLXJm\x07 \x1b[5n \x9b2J \x9d0;x\x9c \u202egnp \u2066x [bold]"
    + "e"
    + "\u0301" * 10_000
    + " \U0001f4a9\U0001f468\u200d\U0001f469 \ufeff\r\n\x00\x08 ====---*** | `rm`"
)
TYPED = """calls
1041
fleet
alarms
alerts
feeds
people
sites
air
map
journal
verbose on
help
D1
note 1041 \x1b]52;c;cm0gLXJm\x07 \u202e\u0301\u0301\u0301 \U0001f4a9
nonsense \x1b[5n \x9b2J
quit
"""


def hostile_core() -> FakeCore:
    """Everything that can be text is an attack."""
    core = FakeCore()
    programme = core.state.programme
    assert programme is not None
    people = {key: msgspec.structs.replace(each, name=HOSTILE) for key, each in core.state.people.items()}
    core.person = people["reyes"]
    core.state = msgspec.structs.replace(
        core.state, programme=msgspec.structs.replace(programme, agency=HOSTILE), people=people
    )
    core.calm()
    core.call(type_text=HOSTILE, beat=HOSTILE)
    senses(core, title=HOSTILE, reason=HOSTILE)
    core.tell(cmd.AddNote(command_id="n", call_id="1041", text=HOSTILE), by="reyes")
    core.happens(ev.LinkLost(drone="D1", failsafe=HOSTILE, last_position=None, last_height_m=None))
    core.happens(ev.FeedDown(feed="COUNTY", reason=HOSTILE))
    return core


async def test_no_escape_reaches_standard_output(tmp_path: Path) -> None:
    core = hostile_core()
    async with core.serve(tmp_path / "s") as path:
        console = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "rtcc_core.cli", "console", "--plain", "--yes", "--socket", str(path)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(60.0):
            out, errors = await console.communicate(TYPED.encode())
    assert errors == b""
    assert console.returncode == 1, "the nonsense, and a journal that this core does not keep"
    text = out.decode("ascii")
    assert all(line.isprintable() for line in text.split("\n"))
    assert max(map(len, text.split("\n"))) <= LINE_MAX + len("line 16: ")
    assert "===" not in text
    assert text.count("\n") > len(TYPED.splitlines())


def test_units_are_words_and_what_others_wrote_stays() -> None:
    assert spoken("D1..D20 at 80 m (262 ft), 12 m/s, 93% \u00b7 +-15 m") == (
        "D1 to D20 at 80 metres (262 feet), 12 metres per second, 93 percent, plus or minus 15 metres"
    )
    assert (
        spoken("heard 03:12:47Z; 1.2 km NE, 1 min") == "heard 03:12 UTC; 1.2 kilometres north-east, 1 minute"
    )
    assert spoken("caller: seen at 10:30 with a 9mm, 5m away") == "caller: seen at 10:30 with a 9mm, 5m away"


def test_a_stalled_reader_loses_news_and_nothing_else() -> None:
    source, target = os.pipe()
    writer = LineWriter(target)
    try:
        writer.say("x" * 200_000)  # more than the pipe holds: the writer stands still
        for number in range(NEWS_WAITING_MAX + 12):
            writer.news(f"news {number}")
        writer.say("ALARM CRITICAL D1")
        assert not writer.wait_for_room(0.0)
        read: list[bytes] = []

        def drain() -> None:
            while data := os.read(source, 65536):
                read.append(data)

        reader = threading.Thread(target=drain)
        reader.start()
        assert writer.close(20.0)
        os.close(target)
        reader.join(20.0)
    finally:
        os.close(source)
    lines = b"".join(read).decode().splitlines()
    assert lines[-2:] == ["12 lines left out: this terminal was too slow", "ALARM CRITICAL D1"]
    assert sum(line.startswith("news ") for line in lines) == NEWS_WAITING_MAX


def test_a_reader_that_goes_away_ends_it() -> None:
    source, target = os.pipe()
    broken = threading.Event()
    writer = LineWriter(target, broken.set)
    os.close(source)
    writer.say("nobody")
    assert broken.wait(20.0)
    assert writer.is_broken
    writer.say("nobody still")
    assert writer.close(20.0)
    os.close(target)
