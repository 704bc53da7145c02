"""Alarms at the console: which is shown, what a key or a verb acknowledges or shelves, the bell, the page."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Any

import pytest
from tests.tui.fakecore import NOON, FakeCore

from rtcc_core.domain import commands as cmd
from rtcc_core.domain import events as ev
from rtcc_core.domain.alarm_groups import grouping
from rtcc_core.domain.state import Alarm, Severity
from rtcc_core.wire.console import Facts
from rtcc_tui.alarm_watch import BELL_EVERY_S
from rtcc_tui.alarm_words import listed
from rtcc_tui.completion import complete
from rtcc_tui.glyphs import UNICODE
from rtcc_tui.grammar import parse
from rtcc_tui.grammar_values import Around, Mistake, Question, Understood
from rtcc_tui.keys import Keys
from rtcc_tui.looking import View
from rtcc_tui.plain_alarms import AlarmTeller
from rtcc_tui.proposals import Proposal
from rtcc_tui.screenful import draw
from rtcc_tui.session import Mode, Session
from rtcc_tui.spans import plain
from rtcc_tui.views.alarms import alarm_line, alarm_texts

Console = Callable[..., AbstractAsyncContextManager[Any]]


def loses(core: FakeCore, *drones: str) -> None:
    for drone in drones:
        core.happens(ev.LinkLost(drone=drone, last_position=None, last_height_m=None, failsafe="goes home"))


def refuses(core: FakeCore, drone: str, reason: str = "busy") -> None:
    core.happens(ev.OrderRefused(drone=drone, order_id="o", reason=reason))


def windy(core: FakeCore, drone: str) -> None:
    core.happens(ev.HealthChanged(drone=drone, what="wind", is_well=False, detail="wind 14 m/s"))


def seen(core: FakeCore, now: float = 0.0, sent: list[cmd.AnyCommand] | None = None) -> Session:
    session = Session(send=(sent if sent is not None else []).append, new_id=lambda: "id")
    told(session, core, now)
    return session


def told(session: Session, core: FakeCore, now: float) -> None:
    """The console hears everything, and the terminal draws it."""
    session.received(core.welcome(), now)
    session.received(core.frame(), now)
    session.painted(now, proposal=None, alarms=session.alarms.to_paint(session.model, now))


def line(session: Session, width: int = 120, now: float = 0.0) -> str:
    return plain(alarm_line(session, now, width)).strip()


@pytest.fixture
def core() -> FakeCore:
    """Two aircraft, a call, and three alarms of D1 that came one after the other."""
    fake = FakeCore()
    fake.calm()
    fake.call()
    windy(fake, "D1")
    fake.at += timedelta(seconds=10)
    loses(fake, "D1")
    fake.at += timedelta(seconds=4)
    refuses(fake, "D1")
    return fake


class TestTheLine:
    def test_it_shows_the_first_of_the_worst_and_names_what_stands_behind(self, core: FakeCore) -> None:
        assert line(seen(core)) == (
            "▲ CRITICAL D1 LINK LOST · goes home (0:04) +2 of D1 (wind, order) · a acknowledges"
        )
        assert "+2 of D1 · a ack" in line(seen(core), 60)

    def test_what_others_and_the_shelf_hold_is_counted(self, core: FakeCore) -> None:
        core.happens(ev.FeedDown(feed="COUNTY", reason="refused"))
        core.tell(cmd.ShelveAlarm(command_id="s", alarm_id="wind:D1", minutes=10, reason="gusts"), "reyes")
        assert "+1 of D1 (order) +1 more, 1 shelved · a acknowledges" in line(seen(core))

    @pytest.mark.parametrize("width", range(1, 200))
    def test_it_is_exactly_as_wide_as_the_screen(self, core: FakeCore, width: int) -> None:
        loses(core, *(f"X{n}" for n in range(9)))
        assert sum(len(text) for text, _ in alarm_line(seen(core), 0.0, width)) == width

    def test_a_flood_is_one_line_that_says_which_are_mine(self, core: FakeCore) -> None:
        core.happens(ev.ControlTaken(drone="D7", account="reyes", how="free"))
        core.at += timedelta(minutes=1)
        loses(core, *(f"D{n}" for n in range(2, 21)))
        shown = line(seen(core), 160)
        assert shown.startswith("▲ CRITICAL LINK LOST 19 aircraft: D2..D20; yours: D7 (0:00) +3 more")

    def test_what_was_seen_and_shelved_is_not_forgotten_where_nothing_is_new(self, core: FakeCore) -> None:
        core.tell(cmd.AcknowledgeAlarm(command_id="a", alarm_id="link:D1", also=("order:D1",)), "oyama")
        core.tell(cmd.ShelveAlarm(command_id="s", alarm_id="wind:D1", minutes=10, reason="gusts"), "reyes")
        assert line(seen(core)).startswith("no new alarm · 1 shelved · 2 seen: ")
        assert line(seen(FakeCore())) == "no alarms"

    def test_runs_of_names_are_said_as_runs(self) -> None:
        assert listed(("D1", "D2", "D3", "D9", "X1", "X2")) == "D1..D3, D9, X1, X2"
        assert listed([f"C{n}" for n in range(0, 20, 2)]) == "C0, C2, C4, C6, C8, C10 and 4 more"
        assert listed(("COUNTY",)) == "COUNTY"


class TestWhatLeavesTheConsole:
    async def test_a_acknowledges_what_is_shown_and_then_the_next(
        self, core: FakeCore, console: Console
    ) -> None:
        async with console(core) as hand:
            await hand.until(lambda app: app.session.shown_alarm == "link:D1")
            drawn = core.state.seq
            await hand.acknowledge()
            (asked,) = await core.commands(1)
            assert asked == cmd.AcknowledgeAlarm(
                command_id=asked.command_id, alarm_id="link:D1", also=(), seen_seq=drawn
            )
            await hand.until(lambda app: app.session.shown_alarm == "wind:D1")
            await hand.write(":ack D1")
            assert "acknowledge D1 wind 14 m/s, and 1 more: D1 order" in hand.screen()
            await hand.press("enter")
            asked = (await core.commands(2))[1]
            assert isinstance(asked, cmd.AcknowledgeAlarm)
            assert (asked.alarm_id, asked.also) == ("wind:D1", ("order:D1",))
            await hand.until(lambda app: "no new alarm" in hand.screen())

    async def test_a_flood_is_acknowledged_whole_by_one_key(self, core: FakeCore, console: Console) -> None:
        core.at += timedelta(minutes=1)
        loses(core, *(f"X{n}" for n in range(1, 6)))
        async with console(core) as hand:
            await hand.until(lambda app: app.session.shown_alarm == "link:X1")
            await hand.acknowledge()
            (asked,) = await core.commands(1)
            assert isinstance(asked, cmd.AcknowledgeAlarm)
            assert (asked.alarm_id, *asked.also) == tuple(f"link:X{n}" for n in range(1, 6))

    async def test_an_alarm_is_shelved_and_looked_at_again(self, core: FakeCore, console: Console) -> None:
        async with console(core) as hand:
            await hand.until(lambda app: app.session.shown_alarm == "link:D1")
            await hand.write(":shelve wind:D1 10 gusts")
            await hand.press("enter")
            (asked,) = await core.commands(1)
            assert asked == cmd.ShelveAlarm(
                command_id=asked.command_id,
                alarm_id="wind:D1",
                minutes=10,
                reason="gusts",
                seen_seq=asked.seen_seq,
            )
            await hand.until(lambda app: ", 1 shelved" in hand.screen())
            await hand.write(":unshelve")
            await hand.press("enter")
            taken_off = (await core.commands(2))[1]
            assert isinstance(taken_off, cmd.UnshelveAlarm)
            assert (taken_off.alarm_id, taken_off.also) == ("wind:D1", ())
            await hand.until(lambda app: "shelved" not in hand.screen().splitlines()[1])

    def test_what_came_since_it_was_drawn_is_not_taken_as_seen(self, core: FakeCore) -> None:
        sent: list[cmd.AnyCommand] = []
        session, drawn = seen(core, sent=sent), core.state.seq
        loses(core, "D1")
        refuses(core, "D1", "no fix")
        session.received(Facts(events=tuple(each for each in core.log if each.seq > drawn)), 1.0)
        Keys(session).press("a", "a", 2.0)
        (asked,) = sent
        assert asked.seen_seq == drawn
        assert isinstance(asked, cmd.AcknowledgeAlarm)
        assert asked.alarm_id == "link:D1"


def test_what_is_over_and_was_seen_by_nobody_says_so_before_its_words() -> None:
    core = FakeCore()
    core.calm()
    windy(core, "D1")
    core.happens(ev.HealthChanged(drone="D1", what="wind", is_well=True, detail=""))
    assert "OVER, was WARNING: D1 wind 14 m/s (" in line(seen(core))


def around(*alarms: Alarm, shelved: tuple[Alarm, ...] = ()) -> Around:
    return Around(drones=("D1", "D3"), calls=("1041",), alarms=grouping(alarms), shelved=shelved)


def alarm(alarm_id: str, drone: str | None = None, **changed: Any) -> Alarm:
    severity = changed.pop("severity", Severity.CRITICAL)
    return Alarm(alarm_id=alarm_id, severity=severity, text=alarm_id, raised_at=NOON, drone=drone, **changed)


LINK, ORDER = alarm("link:D3", "D3"), alarm("order:D3", "D3", severity=Severity.WARNING)
FEED = alarm("feed:COUNTY", severity=Severity.WARNING, is_over=True)
CALL = alarm("call:1041", "D1", severity=Severity.NOTICE)
ALL = around(LINK, ORDER, FEED, CALL, shelved=(alarm("wind:D1", "D1"), alarm("said:D1", "D1")))


def acks(first: str, *also: str) -> cmd.AcknowledgeAlarm:
    return cmd.AcknowledgeAlarm(command_id="", alarm_id=first, also=also)


def shelves(first: str, minutes: float, reason: str, *also: str) -> cmd.ShelveAlarm:
    return cmd.ShelveAlarm(command_id="", alarm_id=first, minutes=minutes, reason=reason, also=also)


@pytest.mark.parametrize(
    ("typed", "command"),
    [
        ("ack", acks("link:D3")),
        ("ack d3", acks("link:D3", "order:D3")),
        ("d3 ack", acks("link:D3", "order:D3")),
        ("ack county", acks("feed:COUNTY")),
        ("ack order:d3", acks("order:D3")),
        ("ack over", acks("feed:COUNTY")),
        ("shelve 10 known antenna", shelves("link:D3", 10, "known antenna")),
        ("shelve d3 5min known antenna", shelves("link:D3", 5, "known antenna")),
        ("D3 shelve 5 antenna", shelves("link:D3", 5, "antenna")),
        ("shelve order 2.5 busy", shelves("order:D3", 2.5, "busy")),
        ("shelve call:1041 5 asked CAD", shelves("call:1041", 5, "asked CAD")),
        ("unshelve wind:D1", cmd.UnshelveAlarm(command_id="", alarm_id="wind:D1")),
        ("unshelve D1", cmd.UnshelveAlarm(command_id="", alarm_id="wind:D1", also=("said:D1",))),
    ],
)
def test_understood(typed: str, command: cmd.AnyCommand) -> None:
    assert parse(typed, ALL) == Understood(command)


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("ack D9", "no alarm of D9 is there; there are alarms of: D3, D1, COUNTY"),
        ("shelve", "for how many minutes, and why?"),
        ("shelve D3", "for how many minutes, and why?"),
        ("shelve D3 10", "say why"),
        ("shelve D3 soon antenna", "soon is no number of minutes"),
        ("shelve D3 90 antenna", "shelved for up to 60 minutes"),
        ("shelve D3 nan antenna", "is no number of minutes"),
        ("unshelve", "unshelve which? wind:D1, said:D1"),
        ("unshelve D3", "no alarm of D3 is there"),
    ],
)
def test_not_understood(typed: str, answer: str) -> None:
    parsed = parse(typed, ALL)
    assert isinstance(parsed, Mistake | Question)
    assert answer in parsed.text


def test_without_alarms_nothing_is_acknowledged_or_shelved() -> None:
    for typed in ("ack", "ack over", "ack D3", "shelve 10 x", "unshelve"):
        assert isinstance(parse(typed, around()), Mistake), typed
    assert parse("ack over", around(LINK)) == Mistake("no alarm is over that nobody has seen")


def test_completion_knows_what_has_an_alarm() -> None:
    assert complete("ack ", ALL) == ["ack D3 ", "ack D1 ", "ack COUNTY ", "ack over "]
    assert complete("unshelve w", ALL) == ["unshelve wind:D1 "]


class TestTheBell:
    def rung(self, session: Session, *, since: int, until: int) -> list[int]:
        return [at for at in range(since, until) if session.bell_due(float(at))]

    def test_once_for_a_flood_and_again_every_ten_seconds(self) -> None:
        core, session = FakeCore(), Session(send=lambda _: None, new_id=lambda: "id")
        rung = []
        for at in range(14):
            if at < 4:
                loses(core, f"D{at}", f"X{at}")
                told(session, core, float(at))
            rung += [at] if session.bell_due(float(at)) else []
        assert rung == [0, BELL_EVERY_S]

    def test_at_once_for_another_cause_or_a_worse_one(self, core: FakeCore) -> None:
        session = seen(core)
        assert self.rung(session, since=0, until=2) == [0]
        refuses(core, "D2")
        told(session, core, 2.0)
        assert self.rung(session, since=2, until=4) == []  # the same cause within seconds
        core.happens(ev.OrderUnknown(drone="D2", order_id="o", reason="no answer"))
        told(session, core, 4.0)
        assert self.rung(session, since=4, until=6) == [4]

    def test_not_for_what_is_shelved_or_seen_and_again_when_it_is_back(self, core: FakeCore) -> None:
        session = seen(core)
        assert session.bell_due(0.0)
        core.tell(cmd.AcknowledgeAlarm(command_id="a", alarm_id="link:D1", also=("order:D1",)), "oyama")
        core.tell(cmd.ShelveAlarm(command_id="s", alarm_id="wind:D1", minutes=1, reason="gusts"), "reyes")
        told(session, core, 1.0)
        assert self.rung(session, since=1, until=60) == []
        assert self.rung(session, since=60, until=63)  # the minute is over, whether the core says so or not

    def test_a_notice_rings_once(self) -> None:
        core = FakeCore()
        core.happens(ev.ControlRequested(drone="D1", account="oyama"))
        assert self.rung(seen(core), since=0, until=100) == [0]

    @pytest.mark.parametrize("view", list(View))
    @pytest.mark.parametrize("mode", list(Mode))
    def test_whatever_covers_the_screen(self, core: FakeCore, view: View, mode: Mode) -> None:
        session = seen(core)
        session.view, session.mode = view, mode
        session.proposal = Proposal(command=None, opened_at=0.0, line="")
        assert self.rung(session, since=0, until=25) == [0, 10, 20]

    @pytest.mark.parametrize("has_bell", [True, False])
    async def test_it_leaves_the_console_while_a_line_is_typed_unless_it_is_off(
        self, core: FakeCore, console: Console, has_bell: bool
    ) -> None:
        rung: list[str] = []
        async with console(core, has_bell=has_bell) as hand:
            await hand.press("question_mark", "colon")
            hand.app.bell = lambda: rung.append("")
            await core.change(lambda c: c.happens(ev.FeedDown(feed="COUNTY", reason="refused")))
            await hand.until(
                lambda app: rung or (not has_bell and "feed:COUNTY" in app.session.model.state.alarms)
            )
            await hand.press("escape")
        assert bool(rung) is has_bell


class TestThePage:
    def test_new_shelved_and_seen_ones_stand_there_with_who_and_until_when(self, core: FakeCore) -> None:
        loses(core, "D2")
        core.tell(cmd.AcknowledgeAlarm(command_id="a", alarm_id="link:D2"), "oyama")
        core.happens(ev.FeedDown(feed="COUNTY", reason="refused"))
        core.tell(
            cmd.ShelveAlarm(command_id="s", alarm_id="feed:COUNTY", minutes=10, reason="works there"), "reyes"
        )
        assert [text for text, _ in alarm_texts(seen(core), 0.0)] == [
            "CRITICAL D1 LINK LOST · goes home, for 0:04 since 12:00:10Z",
            "+ WARNING D1 wind 14 m/s, for 0:14 since 12:00:00Z, FIRST",
            "+ WARNING D1 order REFUSED · busy, for 0:00 since 12:00:14Z",
            "SHELVED WARNING CAD COUNTY is down · refused, for 0:00 since 12:00:14Z, shelved by A. REYES "
            "until 12:10:14Z (in 10 min): works there; unshelve feed:COUNTY",
            "SEEN CRITICAL D2 LINK LOST · goes home, for 0:00 since 12:00:14Z, seen by K. OYAMA at 12:00:14Z",
        ]

    def test_a_flood_is_one_line_there_too_and_ages_tick(self, core: FakeCore) -> None:
        core.at += timedelta(minutes=1)
        loses(core, *(f"X{n}" for n in range(1, 6)))
        session = seen(core)
        session.view = View.ALARMS
        screen = "\n".join(draw(session, 7.0, 120, 40))
        assert "CRITICAL LINK LOST 5 aircraft: X1..X5, for 0:07 since 12:01:14Z" in screen
        assert "ALARMS 8 new, 0 shelved, 0 seen" in screen
        assert session.glyphs is UNICODE

    def test_it_says_so_when_there_is_none(self) -> None:
        assert [text for text, _ in alarm_texts(seen(FakeCore()), 0.0)] == ["no alarms"]


class TestSpoken:
    def said(self, teller: AlarmTeller, core: FakeCore, now: float) -> list[str]:
        session = seen(core)
        return [each.text for each in teller.told(session.alarms.groups(session.model, 0.0), now)]

    def test_each_group_once_and_again_by_how_loud_it_is(self, core: FakeCore) -> None:
        teller = AlarmTeller()
        core.happens(ev.FeedDown(feed="COUNTY", reason="refused"))
        link = "ALARM CRITICAL D1 LINK LOST · goes home, and 2 of D1 (wind, order). ack acknowledges"
        feed = "ALARM WARNING CAD COUNTY is down · refused. ack COUNTY acknowledges"
        assert self.said(teller, core, 0.0) == [link, feed]
        assert self.said(teller, core, 9.9) == []
        assert self.said(teller, core, 10.0) == [f"STILL {link}"]
        assert self.said(teller, core, 31.0) == [f"STILL {link}", f"STILL {feed}"]

    def test_a_consequence_is_told_when_it_comes(self, core: FakeCore) -> None:
        teller = AlarmTeller()
        self.said(teller, core, 0.0)
        core.happens(ev.BingoReached(flight_id="F1", drone="D1", battery_fraction=0.3))
        (told,) = self.said(teller, core, 1.0)
        assert told.startswith("ALARM CRITICAL D1 BINGO")
        assert told.endswith("ack D1 acknowledges")

    def test_a_flood_is_one_sentence_and_swells_in_silence(self) -> None:
        core, teller = FakeCore(), AlarmTeller()
        loses(core, *(f"D{n}" for n in range(1, 9)))
        said = [self.said(teller, core, 0.0)]
        for now in (1.0, 2.0):
            loses(core, f"D{8 + now:.0f}")
            said.append(self.said(teller, core, now))
        said.append(self.said(teller, core, 10.0))
        assert said == [
            ["ALARM CRITICAL LINK LOST 8 aircraft: D1..D8. ack acknowledges"],
            [],
            [],
            ["STILL ALARM CRITICAL LINK LOST 10 aircraft: D1..D10. ack acknowledges"],
        ]

    def test_what_is_over_says_so_and_a_notice_is_said_once(self) -> None:
        core, teller = FakeCore(), AlarmTeller()
        core.happens(ev.ControlRequested(drone="D2", account="oyama"))
        windy(core, "D1")
        core.happens(ev.HealthChanged(drone="D1", what="wind", is_well=True, detail=""))
        assert self.said(teller, core, 0.0) == [
            "ALARM NOTICE K. OYAMA asks for D2. ack acknowledges",
            "ALARM WARNING D1 wind 14 m/s, over. ack D1 acknowledges",
        ]
        assert self.said(teller, core, 30.0) == [
            "STILL ALARM WARNING D1 wind 14 m/s, over. ack D1 acknowledges"
        ]
