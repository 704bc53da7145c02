"""Harm in every string a core can send: every screen shows it as text, in its cells, in bounded time."""

from __future__ import annotations

import itertools
import time
import unicodedata
from pathlib import Path

import pytest
from rich.cells import cell_len
from tests.tui.fakecore import FakeCore
from tests.tui.hostile import HARM, busy, harmed, journal_lines, sheet

from rtcc_core.domain.streets import Match, Quality
from rtcc_core.wire.console import (
    Answer,
    AnswerStatus,
    AskDrill,
    DrillTold,
    Facts,
    JournalFound,
    Locate,
    Located,
    LookBack,
    LookedBack,
    MapSheet,
    Query,
    ReadBack,
    ReadOn,
    Reply,
    SearchJournal,
)
from rtcc_tui.connection import Connection
from rtcc_tui.glyphs import ASCII, UNICODE, Glyphs
from rtcc_tui.keys import Keys
from rtcc_tui.looking import View
from rtcc_tui.plain import PlainConsole
from rtcc_tui.screenful import boxes, pane_lines
from rtcc_tui.session import Mode, Session
from rtcc_tui.spans import plain

NOW = 100.0
SIZES = ((80, 24), (120, 40), (160, 48))
ACTED_ON = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
"""Kinds of characters that a terminal obeys, or that turn a line round."""

BUSY = busy()


class Console:
    """A session that was told everything, with harm in every string of it."""

    def __init__(self, core: FakeCore, harm: str, glyphs: Glyphs = UNICODE, *, fills: bool = False) -> None:
        self._core, self._harm, self._fills = core, harm, fills
        self._asked: list[Query] = []
        self._ids = (f"q{number}" for number in itertools.count())
        self.session = Session(
            send=lambda _: None, new_id=self._ids.__next__, query=self._asked.append, glyphs=glyphs
        )
        self.keys = Keys(self.session)
        self.now = NOW
        for message in (core.welcome(), core.frame(), Answer(command_id="no", status=AnswerStatus.REFUSED)):
            self.session.received(harmed(message, harm, fills=fills), NOW)
        self.session.received(MapSheet(query_id="map", sheet=sheet(harm)), NOW)
        self.session.selected = f"1041{harm}"

    def press(self, *keys: str) -> None:
        for key in keys:
            self.now += 0.5
            self.session.received(harmed(self._core.frame(), self._harm, fills=self._fills), self.now)
            self.keys.press(key, key if len(key) == 1 else None, self.now)
            self.session.ticked(self.now)
            self._answer()

    def _answer(self) -> None:
        while self._asked:
            reply = self._reply(self._asked.pop(0))
            if reply is not None:
                self.session.received(harmed(reply, self._harm, fills=False), self.now)

    def _reply(self, asked: Query) -> Reply | None:
        core = self._core
        match asked:
            case AskDrill():
                return DrillTold(query_id=asked.query_id, note=core.drill)
            case SearchJournal():
                return JournalFound(query_id=asked.query_id, lines=journal_lines(core))
            case LookBack():
                return LookedBack(
                    query_id=asked.query_id, at=core.at, state=core.state, sky=tuple(core.sky.values())
                )
            case ReadOn():
                return ReadBack(query_id=asked.query_id, until=core.at)
            case Locate():
                place = Match(label="Laguna Blvd", position=core.state.sites["HQ"].position,
                              quality=Quality.INTERPOLATED, uncertainty_m=9.0)  # fmt: skip
                return Located(query_id=asked.query_id, matches=(place, place), more=3)
            case _:
                return None

    def drawn(self, size: tuple[int, int]) -> float:
        """Draw the screen, check every line of it; seconds that the drawing took."""
        began = time.process_time()
        panes = [(name, box, pane_lines(name, self.session, self.now, box))
                 for name, box in boxes(self.session, self.now, *size).items()]  # fmt: skip
        took_s = time.process_time() - began
        for name, box, lines in panes:
            where = (self.session.view, name, size)
            assert len(lines) <= box.height, where
            for text in map(plain, lines):
                assert cell_len(text) == box.width, (*where, text[:200])
                bad = {char for char in text if unicodedata.category(char) in ACTED_ON}
                assert not bad, (*where, bad)
                assert len(text) <= 4 * box.width, where
        return took_s


@pytest.mark.parametrize("fills", [False, True], ids=["", "empty-too"])
@pytest.mark.parametrize("glyphs", [UNICODE, ASCII], ids=["unicode", "ascii"])
@pytest.mark.parametrize("harm", HARM)
def test_every_screen_shows_it_as_text(harm: str, glyphs: Glyphs, fills: bool) -> None:
    console = Console(BUSY, HARM[harm], glyphs, fills=fills)
    for view in View:
        console.session.view = view
        console.press("up")
        for size in SIZES:
            console.drawn(size)


@pytest.mark.parametrize("harm", HARM)
def test_what_covers_the_screens_shows_it_as_text(harm: str) -> None:
    console = Console(BUSY, HARM[harm])
    session = console.session
    seen: set[str] = set()
    for name, keys in {
        "launch": ("escape", "l"),
        "return": ("escape", "r"),
        "accept": ("escape", "y"),
        "palette": ("escape", "ctrl+p"),
        "prompt": ("escape", "colon", *"hold"),
        "place": ("escape", "colon", *"new FIGHT Laguna", "enter"),
        "journal": ("escape", "escape", "6"),
        "replay": ("enter",),
        "flight": ("2",),
        "map": ("m",),
        "lock": ("escape", "escape", "colon", *"lock", "enter"),
    }.items():
        console.press(*("space" if key == " " else key for key in keys))
        if session.proposal or session.mode is not Mode.LOOK or session.replay.is_on:
            seen.add(name)
        for size in SIZES:
            console.drawn(size)
    assert seen >= {"return", "prompt", "replay", "flight", "lock"}
    assert session.journal.lines


def test_the_longest_text_costs_a_bounded_part_of_a_second() -> None:
    clean_s = heavy_s = 0.0
    clean, heavy = Console(BUSY, ""), Console(BUSY, HARM["marks"])
    for view in View:
        for console in (clean, heavy):
            console.session.view = view
            console.drawn(SIZES[0])  # what is worked out once, is
        clean_s += sum(clean.drawn(size) for size in SIZES)
        heavy_s += sum(heavy.drawn(size) for size in SIZES)
    # Texts are a thousand times as long. Looking at all of each wherever it stands took 200 times as long.
    assert heavy_s < 40.0 * clean_s, (heavy_s, clean_s)


class Ear:
    """Hears what the line mode says."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, line: str) -> None:
        self.said.append(line)

    def news(self, line: str) -> None:
        self.said.append(line)


@pytest.mark.parametrize("harm", HARM)
def test_the_line_mode_tells_every_event_in_plain_words(harm: str) -> None:
    voice = Ear()
    at = [NOW]
    console = PlainConsole(Connection(Path("no core"), client="test"), voice=voice, clock=lambda: at[0])
    begun = FakeCore().welcome()
    console.received(harmed(begun, HARM[harm]))
    console.received(harmed(BUSY.frame(), HARM[harm]))
    console.heard("verbose")
    console.received(harmed(Facts(events=tuple(BUSY.log[begun.state.seq :])), HARM[harm]))
    assert console.session.model.state.seq == BUSY.state.seq
    console.received(harmed(BUSY.welcome(), HARM[harm]))
    for verb in ("calls", "fleet", "alarms", "alerts", "feeds", "suggestions", "near", "map", "hold D1"):
        at[0] += 5.0
        console.received(harmed(BUSY.frame(), HARM[harm]))
        console.tick()
        console.heard(verb)
    assert len(voice.said) > len(BUSY.log)
    assert all(line.isascii() and line.isprintable() and len(line) < 3_000 for line in voice.said)
