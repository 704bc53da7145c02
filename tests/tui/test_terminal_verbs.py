"""The verbs about this screen itself, and the mouse's wheel: they change what is drawn and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
from tests.tui.fakecore import FakeCore

from rtcc_tui.glyphs import GLYPH_NAMES, SETS
from rtcc_tui.keys import Keys
from rtcc_tui.looks import THEME_NAMES
from rtcc_tui.map.drawing import drawing_for
from rtcc_tui.screenful import draw
from rtcc_tui.session import Session
from rtcc_tui.spans import Tone
from rtcc_tui.theme import THEMES

Console = Callable[..., AbstractAsyncContextManager[Any]]
NOW = 100.0


@pytest.fixture
def session(core: FakeCore) -> Session:
    core.call("1040", priority=3)
    session = Session(send=lambda _: None, new_id=lambda: "id")
    session.received(core.welcome(), NOW)
    session.received(core.frame(), NOW)
    return session


def typed(session: Session, line: str) -> None:
    keys, at = Keys(session), NOW
    for key in ("colon", *line, "enter"):
        at += 0.2
        keys.press(key, key if len(key) == 1 else None, at)


@pytest.mark.parametrize("name", THEME_NAMES)
def test_a_theme_is_typed(session: Session, name: str) -> None:
    typed(session, f"theme {name}")
    assert session.screens.looks.theme == name
    assert session.echo.text == f"drawn in {name}"


def test_a_theme_that_this_terminal_cannot_show_says_what_stands_in_for_it(session: Session) -> None:
    session.screens.looks.has_many_colours = False
    typed(session, "theme day")
    assert session.echo.tone is Tone.WARN
    assert "sixteen colours" in session.echo.text


@pytest.mark.parametrize("name", GLYPH_NAMES)
def test_glyphs_are_typed_and_the_map_goes_along(session: Session, name: str) -> None:
    session.map.drawing = "block"
    typed(session, f"glyphs {name}")
    wanted = "braille" if name == "unicode" else name
    assert session.glyphs is SETS[wanted]
    assert drawing_for(session.glyphs, session.map.drawing).name == wanted
    screen = "\n".join(draw(session, NOW, 120, 40))
    assert screen.isascii() == (name == "ascii")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("theme", "theme which? night, day"),
        ("theme blue", "blue is none of night, day"),
        ("glyphs b", "b is none of braille, block"),
        ("D1 theme day", "theme changes this screen only"),
        ("lock D1", "lock hides this screen"),
    ],
)
def test_what_is_not_known_is_said(session: Session, line: str, words: str) -> None:
    typed(session, line)
    assert words in session.echo.text


def test_the_wheel_chooses_a_call_and_answers_nothing(session: Session) -> None:
    keys = Keys(session)
    keys.wheel("down", NOW)
    assert session.selected == "1040"
    keys.wheel("up", NOW + 0.1)
    keys.press("l", "l", NOW + 0.2)
    proposal = session.proposal
    assert proposal is not None, session.echo
    keys.wheel("down", NOW + 0.3)
    assert session.proposal is proposal
    assert session.selected == "1041"


async def test_another_theme_is_drawn_at_once(core: FakeCore, console: Console) -> None:
    async with console(core) as hand:
        await hand.press("colon", *"theme", "space", *"day", "enter")
        await hand.until(lambda app: app.session.screens.looks.theme == "day")
        await hand.pilot.pause()
        pane = hand.app.panes["top"]
        colours = {segment.style.bgcolor.name for segment in pane.render_line(0) if segment.style}
        assert THEMES["day"].background in colours
        await hand.press("colon", *"theme", "space", *"mono", "enter")
        await hand.until(lambda app: app.ansi_color)
