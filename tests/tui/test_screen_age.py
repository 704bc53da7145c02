"""How far behind the picture is: measured by answers, unknown without them, silent for who never answers."""

from __future__ import annotations

from tests.tui.fakecore import FakeCore

from rtcc_tui.screen_age import SILENT_AFTER, SILENT_EVERY_S, ScreenAge
from rtcc_tui.screenful import draw
from rtcc_tui.session import Session


def asked(age: ScreenAge, now: float) -> int:
    row = age.to_ask(now, 24)
    assert row is not None
    return row


def test_a_terminal_that_was_never_heard_is_never_asked() -> None:
    age = ScreenAge()
    assert age.to_ask(10.0, 24) is None
    assert age.words(99.0) == ""


def test_a_row_that_is_not_there_is_not_asked_for() -> None:
    assert ScreenAge(is_measured=True).to_ask(10.0, 7) is None


def test_a_quick_answer_says_nothing() -> None:
    age = ScreenAge(is_measured=True)
    row = asked(age, 10.0)
    assert row > 1  # a row that is no key
    assert age.to_ask(12.0, 24) is None  # one at a time
    age.answered(row, 10.2)
    assert age.words(10.3) == ""
    assert age.to_ask(10.5, 24) is None  # and not more than once a second
    assert asked(age, 11.1) != row


def test_a_late_picture_is_said_while_it_is_late_and_as_measured() -> None:
    age = ScreenAge(is_measured=True)
    row = asked(age, 10.0)
    assert age.words(10.9) == ""
    assert age.words(11.4) == "SCREEN 1.4 s behind"
    age.answered(row, 12.1)
    assert age.words(13.0) == "SCREEN 2.1 s behind"
    age.answered(asked(age, 13.0), 13.1)
    assert age.words(13.2) == ""


def test_without_an_answer_nobody_knows_and_a_late_answer_is_its_own_questions() -> None:
    age = ScreenAge(is_measured=True)
    first = asked(age, 10.0)
    assert age.words(13.5) == "SCREEN AGE UNKNOWN"
    second = asked(age, 13.5)
    age.answered(first, 15.0)
    assert age.words(15.0) == "SCREEN 5.0 s behind"
    age.answered(second, 15.1)
    age.answered(asked(age, 16.0), 16.1)
    assert age.words(16.2) == ""


def test_a_terminal_that_stopped_answering_is_let_be_and_believed_again() -> None:
    age, now = ScreenAge(is_measured=True), 10.0
    for _ in range(SILENT_AFTER + 1):
        row = asked(age, now)
        now += 3.1
    assert age.words(now) == ""
    assert age.to_ask(now, 24) is None
    now += SILENT_EVERY_S
    row = asked(age, now)
    age.answered(row, now + 0.1)
    age.answered(asked(age, now + 1.2), now + 1.3)
    assert age.words(now + 1.4) == ""
    assert age.to_ask(now + 2.5, 24) is not None


def test_the_top_line_says_it(core: FakeCore) -> None:
    session = Session(send=lambda _: None, new_id=lambda: "id")
    session.received(core.welcome(), 100.0)
    session.received(core.frame(), 100.0)
    session.screens.age = ScreenAge(is_measured=True, last_s=1.44)
    for size in ((80, 24), (160, 48)):
        assert "SCREEN 1.4 s behind" in draw(session, 100.0, *size)[0]
