"""Help that explains, and a key line that holds what matters on each screen."""

from __future__ import annotations

import re

import pytest
from tests.tui.fakecore import PEOPLE, FakeCore

from rtcc_core.domain.commands import HoldDrone, LaunchDrone
from rtcc_core.domain.people import Role
from rtcc_core.domain.suggestions import SuggestionKind
from rtcc_tui.actions import ACTIONS, Danger
from rtcc_tui.glyphs import UNICODE
from rtcc_tui.keys import Keys
from rtcc_tui.looking import PAGES, View
from rtcc_tui.model import ConsoleModel
from rtcc_tui.screenful import draw
from rtcc_tui.session import Session
from rtcc_tui.spans import plain
from rtcc_tui.views.help import FIRST, help_lines, short
from rtcc_tui.views.key_line import key_line
from rtcc_tui.views.pages import PAGES_BY_VIEW

NOW = 100.0


def at_a_desk(core: FakeCore, view: View = View.ALL) -> Session:
    session = Session(send=lambda _: None, new_id=lambda: "id", glyphs=UNICODE)
    session.received(core.welcome(), NOW)
    session.received(core.frame(), NOW)
    session.view = view
    return session


def texts(session: Session, width: int = 80) -> list[str]:
    return [plain(line).rstrip() for line in help_lines(session, width)]


# --- the help page -----------------------------------------------------------------------------------


def test_the_first_page_holds_the_keys_of_a_shift_in_words_under_what_the_mark_means(core: FakeCore) -> None:
    page = draw(at_a_desk(core, View.HELP), NOW, 80, 24)[2:20]
    assert page[0].startswith(" ! moves an aircraft")
    for key in ("!l", "!h", "!r", "!e", "!y", " t", " n", " a", " c", " Tab", " arrows", " 1 2 5-7 m"):
        assert any(line.startswith(f"{key} ") for line in page), key
    assert "!l         launch: the best aircraft to the selected call" in page


def test_an_observers_first_page_names_nothing_that_acts() -> None:
    core = FakeCore(PEOPLE[2])
    assert core.person.role is Role.OBSERVER
    page = texts(at_a_desk(core))[1:6]
    assert not any(line.startswith("!") for line in page)
    assert any(line.startswith(" Tab") for line in page)


@pytest.mark.parametrize("width", [80, 120, 160])
def test_every_action_stands_under_a_subject_with_what_it_does(core: FakeCore, width: int) -> None:
    page = texts(at_a_desk(core), width)
    by_subject = page[page.index(" FLYING") :]
    for action in ACTIONS:
        begins = re.split("[;:]", action.help)[0][:12]
        marked = [line for line in by_subject if begins in line]
        assert marked, action.name
        if action.danger is Danger.FLIES:
            assert any(line.startswith("!") for line in marked)
        if action.verb:
            assert any(action.verb in line for line in marked)


def test_what_is_first_is_known_and_long_help_is_cut_at_a_clause() -> None:
    assert {name for name, _words in FIRST} <= {action.name for action in ACTIONS}
    assert short("hide every call; alarms ring on", 20) == "hide every call"
    assert short("each feed: since when it is up, what was tolerated", 30) == "each feed: since when it is.."
    assert short("go there", 8) == "go there"


def press(session: Session, *keys: str) -> None:
    desk = Keys(session)
    for index, key in enumerate(keys):
        desk.press(key, None, NOW + index + 1.0)
        draw(session, NOW + index + 1.0, 80, 24)


@pytest.mark.parametrize("view", list(PAGES_BY_VIEW))
def test_every_page_goes_to_its_end_and_back(core: FakeCore, view: View) -> None:
    session = at_a_desk(core, view)
    rows = len(PAGES_BY_VIEW[view](session, NOW, 80)) - 1
    for key in ("end", "G"):
        press(session, key)
        assert session.page_top == max(0, rows - session.screens.page_rows)
        press(session, "home")
        assert session.page_top == 0


def test_a_page_is_turned_whole_but_for_a_line(core: FakeCore) -> None:
    session = at_a_desk(core, View.HELP)
    draw(session, NOW, 80, 24)
    seen: list[str] = []
    for _ in range(20):
        page = draw(session, NOW, 80, 24)[3:21]
        seen += [line for line in page if line not in seen]
        press(session, "pagedown")
    assert [line for line in texts(session)[1:] if line and line not in seen] == []
    assert session.page_top > 0
    press(session, "pageup")
    assert session.page_top > 0


# --- the key line ------------------------------------------------------------------------------------


def keys_of(session: Session, width: int = 80) -> str:
    return plain(key_line(session, width)).rstrip()


@pytest.mark.parametrize("view", list(View))
@pytest.mark.parametrize("width", [80, 120, 160])
def test_what_stops_an_aircraft_and_the_way_back_are_on_every_screen(
    core: FakeCore, view: View, width: int
) -> None:
    line = keys_of(at_a_desk(core, view), width)
    for words in ("h hold", "r return", "? help", ": command"):
        assert words in line
    if view is not View.ALL:
        assert "Esc back" in line
    if view in PAGES and view not in (View.FLIGHT, View.MAP, View.JOURNAL):
        assert "PgDn more" in line


@pytest.mark.parametrize(
    ("view", "own"),
    [
        (View.MAP, ("+ - scale", "0 call", "f follow")),
        (View.FLIGHT, ("e relief", "Right next", "m map")),
        (View.JOURNAL, ("/ search", "p replay", "G newest")),
        (View.CALL, ("Tab view", "l launch")),
    ],
)
def test_each_screen_shows_its_own_keys_on_80_columns(
    core: FakeCore, view: View, own: tuple[str, ...]
) -> None:
    line = keys_of(at_a_desk(core, view))
    for words in own:
        assert words in line


def test_a_key_stands_there_when_there_is_something_to_do_with_it(core: FakeCore) -> None:
    session = at_a_desk(core)
    assert "e relief" not in keys_of(session)
    assert "y accept" not in keys_of(session)
    core.tell(LaunchDrone(command_id="x", drone="D1", call_id="1041"), by="reyes")
    core.suggests(HoldDrone(command_id="", drone="D1"), "hold it?", SuggestionKind.HEALTH)
    session = at_a_desk(core)
    line = keys_of(session, 100)
    assert "e relief" in line
    assert "y accept" in line
    assert "y accept" in keys_of(session)


def test_nobody_on_the_line_yet_is_no_trouble() -> None:
    session = Session(send=lambda _: None, new_id=lambda: "id")
    assert isinstance(session.model, ConsoleModel)
    assert "? help" in keys_of(session)
