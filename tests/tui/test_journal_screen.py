"""The journal screen: search, follow, older pages, and text that wants to be more than text."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.cells import cell_len
from tests.tui.fakecore import NOON
from tests.tui.past import an_hour_ago, write
from tests.tui.test_replay import Desk

from rtcc_core.records.journal_told import HOUSEKEEPING
from rtcc_core.wire.console import Facts, JournalFound, JournalLine, Query, SearchJournal
from rtcc_tui import journal_look
from rtcc_tui.journal_look import Only
from rtcc_tui.looking import View
from rtcc_tui.past_keys import only_of
from rtcc_tui.screenful import boxes, pane_lines
from rtcc_tui.spans import plain
from rtcc_tui.views.journal import journal_lines


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(an_hour_ago(), tmp_path)


def kept(desk: Desk) -> list[int]:
    """What a person is told without asking for everything."""
    return [stored.seq for stored in desk.core.log if type(stored.event).__name__ not in HOUSEKEEPING]


def listed(desk: Desk) -> list[int]:
    return [line.seq for line in desk.session.journal.lines]


def test_everything_that_happened_stands_there_the_newest_at_the_bottom(desk: Desk) -> None:
    desk.press("6")
    assert listed(desk) == kept(desk)
    screen = desk.screen()
    newest = next(line for line in reversed(screen) if line.startswith("▸"))
    assert f"#{kept(desk)[-1]} " in newest
    assert any("JOURNAL what happened · following" in line for line in screen)


def test_events_are_said_for_a_person_and_the_houses_own_only_on_request(desk: Desk) -> None:
    desk.press("6")
    lines = [plain(line) for line in journal_lines(desk.session, desk.now, 80, 60)]
    text = "\n".join(lines)
    assert "A. REYES   D1 sent to 1041" in text
    assert "D1 on scene for 1041" in text
    assert "K. OYAMA   note on 1041" in text
    assert "flight_id=" not in text.split("─" * 80)[0]
    assert "oyama" not in text
    assert HOUSEKEEPING.isdisjoint(line.kind for line in desk.session.journal.lines)
    desk.type("journal all D1")
    assert desk.session.journal.only == Only(drone="D1", has_everything=True)
    assert not HOUSEKEEPING.isdisjoint(line.kind for line in desk.session.journal.lines)


def test_words_search_and_names_narrow(desk: Desk) -> None:
    assert only_of(desk.session, "1041 d1 OYAMA ran north") == Only(
        call_id="1041", drone="D1", account="oyama", text="ran north"
    )
    desk.type("journal ran north")
    assert desk.session.view is View.JOURNAL
    assert [line.kind for line in desk.session.journal.lines] == ["NoteAdded"]
    desk.type("journal nothing like it")
    assert any("nothing like that in the journal" in line for line in desk.screen())
    desk.type("journal all")
    assert len(listed(desk)) == len(desk.core.log)


def test_hostile_text_is_one_clean_line(desk: Desk) -> None:
    desk.type("journal ran north")
    session = desk.session
    for size in ((80, 24), (160, 48)):
        for name, box in boxes(session, desk.now, *size).items():
            for line in pane_lines(name, session, desk.now, box):
                assert cell_len(plain(line)) == box.width
                assert plain(line).isprintable()
    assert any("]52;c;cm0gLXJm[bold red]gnp2J ran north" in line for line in desk.screen())


def test_a_call_and_an_aircraft_narrow_by_a_key_and_widen_again(desk: Desk) -> None:
    desk.type("journal oyama ran")
    desk.press("x")
    assert len(listed(desk)) == len(kept(desk))
    desk.press("f")
    assert desk.session.journal.only == Only(call_id="1055")
    desk.press("f")
    assert desk.session.journal.only == Only()


def test_a_key_held_down_searches_one_after_the_other_and_the_newest_wins(desk: Desk) -> None:
    desk.press("6")
    look, asked = desk.session.journal, list[SearchJournal]()

    def ask(make: Callable[[str], Query]) -> str:
        question = make(f"q{len(asked)}")
        assert isinstance(question, SearchJournal)
        asked.append(question)
        return question.query_id

    for number in range(200):
        look.begin(Only(call_id=str(number)), 5, ask)
    assert [each.call_id for each in asked] == ["0"]
    old, new = (JournalLine(seq=1, at=NOON, operator="", kind="", words=words) for words in ("old", "new"))
    look.found(JournalFound(query_id="q0", lines=(old,)), ask)
    assert [each.call_id for each in asked] == ["0", "199"]
    assert (look.lines, look.is_waiting) == ([], True)
    look.found(JournalFound(query_id="q1", lines=(new,)), ask)
    assert ([line.words for line in look.lines], look.is_waiting) == (["new"], False)
    assert len(asked) == 2


def test_new_events_are_followed_at_the_end_and_only_there(desk: Desk) -> None:
    desk.press("6")
    _happens(desk, "1056")
    assert listed(desk)[-1] == kept(desk)[-1]
    assert desk.session.journal.is_following
    desk.press("up", "up", "up")
    chosen = desk.session.journal.line
    _happens(desk, "1057")
    assert listed(desk)[-1] == kept(desk)[-1]
    assert desk.session.journal.line == chosen
    desk.press("G")
    assert desk.session.journal.line is not None
    assert desk.session.journal.line.seq == kept(desk)[-1]


def _happens(desk: Desk, number: str) -> None:
    before = desk.core.state.seq
    desk.core.call(number)
    asyncio.run(write(desk.core, desk.folder / "journal.db", after=before))
    events = tuple(stored for stored in desk.core.log if stored.seq > before)
    desk.session.received(Facts(events=events), desk.now)
    desk.now += 1.0
    desk.session.ticked(desk.now)
    desk.answer()


def test_older_pages_come_when_they_are_wanted(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_look, "PAGE_LINES", 10)
    monkeypatch.setattr(journal_look, "FILL_LINES", 5)
    desk.press("6")
    assert len(listed(desk)) == 10
    for _ in range(len(desk.core.log)):
        desk.press("pageup")
    assert listed(desk) == kept(desk)
    assert any("the journal begins here" in line for line in desk.screen())


def test_a_row_opens_the_replay_of_its_moment_and_moves_nothing(desk: Desk) -> None:
    desk.type("journal phase observed on scene")
    seq = listed(desk)[-1]
    desk.press("enter")
    shown = desk.session.replay.model(desk.session.live, desk.now)
    assert shown is not None
    assert shown.state.seq == seq
    assert desk.sent == []


@pytest.mark.parametrize("key", ["enter", "p"])
def test_a_replay_from_a_row_opens_on_dispatch_and_p_then_only_plays(desk: Desk, key: str) -> None:
    desk.type("journal phase observed on scene")
    desk.press(key)
    assert desk.session.view is View.ALL
    begun_at = desk.session.replay.at
    desk.press("greater_than_sign", "6")
    moved_to = desk.session.replay.at
    assert moved_to != begun_at
    desk.press("p")
    assert (desk.session.replay.at, desk.session.replay.rate) == (moved_to, 1)


def test_the_list_goes_with_the_moment_that_is_replayed(desk: Desk) -> None:
    desk.type("journal all")
    desk.press("up", "up", "up", "p", "6")
    replay, look = desk.session.replay, desk.session.journal
    for key in ("less_than_sign", "full_stop", "full_stop"):
        desk.press(key)
        desk.session.ticked(desk.now)
        assert look.line is not None
        assert replay.at is not None
        assert look.line.at <= replay.at
        after = [line.at for line in look.lines if line.seq > look.line.seq]
        assert not after or after[0] > replay.at
    desk.press("up")  # and moves by itself while the moment stands
    chosen = look.chosen
    desk.session.ticked(desk.now + 1.0)
    assert look.chosen == chosen


def test_an_enter_as_fast_as_a_paste_opens_nothing(desk: Desk) -> None:
    desk.press("6")
    desk.keys.press("x", "x", desk.now + 1.0)
    desk.keys.press("enter", None, desk.now + 1.001)
    desk.answer()
    assert not desk.session.replay.is_on


def test_a_broken_journal_is_said_on_the_screen(desk: Desk) -> None:
    desk.press("6")
    desk.keys.press("x", "x", desk.now + 1.0)
    asked = desk.asked.pop()
    trouble = "the journal is not as it was written, event 7: look with rtcc journal verify"
    desk.session.received(JournalFound(query_id=asked.query_id, trouble=trouble), desk.now)
    assert any("event 7" in line for line in desk.screen())


def test_more_news_than_one_answer_holds_leave_no_gap(desk: Desk) -> None:
    desk.press("6")
    look = desk.session.journal
    look.ticked(desk.now + 10.0, look.lines[-1].seq + 1_000, desk.session.question)
    asked = desk.asked.pop()
    newest = tuple(
        JournalLine(seq=seq, at=desk.core.at, operator="core", kind="FeedUp", words="feed=COUNTY")
        for seq in range(2_000, 1_800, -1)
    )
    desk.session.received(
        JournalFound(query_id=asked.query_id, lines=newest, looked_to=1_801, has_older=True), desk.now
    )
    assert listed(desk) == list(range(1_801, 2_001))
    assert look.has_older
