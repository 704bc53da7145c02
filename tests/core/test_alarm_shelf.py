"""Alarms put aside, seen by name, raised again, and found standing by a core that starts anew."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace
from tests.support import HOME, NOON, came_up, ready

from rtcc_core.domain import commands as cmd
from rtcc_core.domain import events as ev
from rtcc_core.domain import facts
from rtcc_core.domain.alarm_groups import concerning, standing
from rtcc_core.domain.alarm_shelf import ALOFT_MAX_MIN, BY_TIME, SHELF_MAX_MIN, is_shelved
from rtcc_core.domain.context import Refused
from rtcc_core.domain.decide import decide
from rtcc_core.domain.drone import Landed, Sky
from rtcc_core.domain.evolve import evolve
from rtcc_core.domain.flight import Phase
from rtcc_core.domain.people import Person, Role
from rtcc_core.domain.state import Alarm, Severity, State
from rtcc_core.records.journal_view import in_words

BOSS = Person(account="boss", name="C. BOSS", role=Role.SUPERVISOR, uid=1_002)
PILOT = Person(account="oyama", name="K. OYAMA", role=Role.PILOT, uid=1_003)


class House:
    """The domain, with a log."""

    def __init__(self) -> None:
        self.state = State()
        self.at = NOON
        self.sky: Sky = {}
        self.log: list[ev.Stored] = []
        self.up()

    def up(self) -> None:
        """A core comes up."""
        roster = came_up(drones=("D1", "D2"))
        self.tell(replace(roster, people=(*roster.people, BOSS, PILOT)))

    def happens(self, event: ev.AnyEvent, by: str = "core") -> None:
        stored = ev.Stored(seq=self.state.seq + 1, at=self.at, operator=by, cause="", event=event)
        self.log.append(stored)
        self.state = evolve(self.state, stored)

    def tell(self, asked: cmd.Command | facts.Fact, by: str = "core") -> tuple[str, ...]:
        """Why it was refused; empty where it was done."""
        decided = decide(self.state, asked, by, self.at, self.sky)
        if isinstance(decided, Refused):
            return decided.reasons
        for event in decided:
            self.happens(event, by)
        return ()

    def looks(self, after: timedelta) -> None:
        self.at += after
        self.tell(facts.TimePassed())

    def shelve(self, alarm_id: str, minutes: float = 10.0, by: str = "reyes", **changed: Any) -> str:
        asked = cmd.ShelveAlarm(
            command_id=f"s{self.state.seq}", alarm_id=alarm_id, minutes=minutes, reason="known"
        )
        return "; ".join(self.tell(replace(asked, **changed), by))

    def sees(self, alarm_id: str, by: str = "reyes", **changed: Any) -> str:
        asked = cmd.AcknowledgeAlarm(command_id=f"a{self.state.seq}", alarm_id=alarm_id)
        return "; ".join(self.tell(replace(asked, **changed), by))

    def alarm(self, alarm_id: str) -> Alarm:
        return self.state.alarms[alarm_id]

    def is_aside(self, alarm_id: str) -> bool:
        return is_shelved(self.alarm(alarm_id), self.at)


def lost(drone: str = "D1", words: str = "it stood on the ground") -> ev.LinkLost:
    return ev.LinkLost(drone=drone, last_position=None, last_height_m=None, failsafe=words)


def windy(words: str = "wind 14 m/s") -> ev.HealthChanged:
    return ev.HealthChanged(drone="D1", what="wind", is_well=False, detail=words)


CALM = ev.HealthChanged(drone="D1", what="wind", is_well=True, detail="")
FLIGHT = ev.FlightOpened(flight_id="F1", drone="D1", call_id="1041", target=HOME, gates=())


def up_there(house: House) -> None:
    house.happens(FLIGHT)
    house.happens(ev.PhaseObserved(flight_id="F1", drone="D1", phase=Phase.ON_SCENE, evidence=""))


@pytest.fixture
def house() -> House:
    return House()


class TestTheShelf:
    def test_who_shelved_it_until_when_and_why_stands_on_the_alarm(self, house: House) -> None:
        house.happens(windy())
        assert house.shelve("wind:D1") == ""
        alarm = house.alarm("wind:D1")
        assert (alarm.shelved_by, alarm.shelved_reason) == ("reyes", "known")
        assert alarm.shelved_until == NOON + timedelta(minutes=10)
        assert [each.alarm_id for each in standing(house.state, house.at).shelved] == ["wind:D1"]
        assert standing(house.state, house.at).open == ()

    def test_it_comes_back_when_its_time_is_over_and_somebody_looks(self, house: House) -> None:
        house.happens(windy())
        house.shelve("wind:D1")
        house.looks(timedelta(minutes=9, seconds=59))
        assert house.is_aside("wind:D1")
        house.looks(timedelta(seconds=1))
        assert house.alarm("wind:D1").shelved_until is None
        assert house.log[-1].event == ev.AlarmUnshelved(alarm_id="wind:D1", account="core", reason=BY_TIME)
        before = house.state
        house.looks(timedelta(seconds=1))
        assert house.state is before

    def test_a_console_shows_it_when_the_time_is_over_whatever_the_core_does(self, house: House) -> None:
        house.happens(windy())
        house.shelve("wind:D1")
        later = standing(house.state, NOON + timedelta(minutes=10))
        assert [each.alarm_id for each in later.open] == ["wind:D1"]

    def test_a_person_takes_it_off(self, house: House) -> None:
        house.happens(windy())
        assert house.tell(cmd.UnshelveAlarm(command_id="u", alarm_id="wind:D1"), "reyes") == (
            "no such alarm is shelved",
        )
        house.shelve("wind:D1")
        assert house.tell(cmd.UnshelveAlarm(command_id="v", alarm_id="wind:D1"), "oyama") == ()
        assert not house.is_aside("wind:D1")

    def test_the_same_words_again_leave_it_there_and_worse_or_other_words_do_not(self, house: House) -> None:
        house.happens(windy())
        house.shelve("wind:D1")
        house.happens(windy())
        assert house.is_aside("wind:D1")
        house.happens(windy("wind 18 m/s"))
        assert not house.is_aside("wind:D1")

    def test_an_age_counts_from_when_it_was_first_raised(self, house: House) -> None:
        """What comes once more wants a person anew, and is as old as it is."""
        bad = facts.MessageUnusable(feed="COUNTY", reason="no JSON (char 77)", original="{")
        house.tell(bad)
        first = house.state.alarms["quarantine:COUNTY"]
        assert first.text == "CAD sent a message we could not read; call COUNTY if a call is missing"
        assert first.detail == "no JSON (char 77)"
        house.at += timedelta(seconds=60)
        house.tell(msgspec.structs.replace(bad, reason="no incident"))
        again = house.state.alarms["quarantine:COUNTY"]
        assert (again.raised_at, again.detail) == (first.raised_at, "no incident")
        assert again.raised_seq > first.raised_seq, "it rings once more"
        house.tell(cmd.AcknowledgeAlarm(command_id="a", alarm_id="quarantine:COUNTY"), "reyes")
        house.tell(bad)
        assert house.state.alarms["quarantine:COUNTY"].raised_at == house.at

    def test_what_was_over_and_comes_again_is_back(self, house: House) -> None:
        house.happens(windy())
        house.shelve("wind:D1")
        house.happens(CALM)
        assert house.is_aside("wind:D1")
        assert house.alarm("wind:D1").is_over
        house.happens(windy())
        assert not house.is_aside("wind:D1")

    def test_what_grows_louder_is_back(self, house: House) -> None:
        plan = ev.ReliefPlanned(
            flight_id="F1",
            drone="D1",
            by=None,
            launch_at=None,
            must_leave_at=NOON + timedelta(minutes=9),
            why="nobody",
        )
        house.happens(plan)
        assert house.alarm("relief:D1").severity is Severity.NOTICE
        house.shelve("relief:D1")
        house.happens(replace(plan, why="nobody yet"))
        assert house.is_aside("relief:D1")
        assert house.alarm("relief:D1").text == "nobody yet"
        house.at += timedelta(minutes=5)
        house.happens(plan)
        assert house.alarm("relief:D1").severity is Severity.WARNING
        assert not house.is_aside("relief:D1")

    def test_a_talker_stays_aside_in_the_same_words_only(self, house: House) -> None:
        said = ev.AircraftSaid(drone="D1", severity="warning", text="compass 2 noisy")
        house.happens(said)
        house.shelve("said:D1")
        house.happens(said)
        assert house.is_aside("said:D1")
        house.happens(replace(said, text="motor 3 hot"))
        assert not house.is_aside("said:D1")

    def test_another_order_is_another_alarm(self, house: House) -> None:
        house.happens(ev.OrderRefused(drone="D1", order_id="O1", reason="busy"))
        house.shelve("order:D1")
        house.happens(ev.OrderRefused(drone="D1", order_id="O2", reason="busy"))
        assert not house.is_aside("order:D1")

    def test_an_aircraft_that_is_launched_or_changes_hands_comes_with_all_of_it(self, house: House) -> None:
        house.happens(windy())
        house.shelve("wind:D1")
        house.happens(ev.ControlTaken(drone="D1", account="reyes", how="free"))
        assert house.is_aside("wind:D1")
        house.happens(ev.ControlTaken(drone="D1", account="oyama", how="hand over", from_account="reyes"))
        assert not house.is_aside("wind:D1")
        house.shelve("wind:D1", by="oyama")
        house.happens(FLIGHT)
        assert not house.is_aside("wind:D1")

    def test_the_journal_says_it_in_words(self, house: House) -> None:
        house.happens(windy())
        house.shelve("wind:D1")
        house.tell(cmd.UnshelveAlarm(command_id="u", alarm_id="wind:D1"), "oyama")
        assert [in_words(stored) for stored in house.log[-2:]] == [
            "wind:D1 by reyes until 2026-03-01T12:10:00Z: known",
            "wind:D1 by oyama: looked at again",
        ]


class TestWhatMayBeShelved:
    @pytest.mark.parametrize("minutes", [0.0, -1.0, SHELF_MAX_MIN + 1, float("nan"), float("inf")])
    def test_for_how_long(self, house: House, minutes: float) -> None:
        house.happens(windy())
        assert "shelved for up to 60 minutes" in house.shelve("wind:D1", minutes)

    def test_never_without_a_reason(self, house: House) -> None:
        house.happens(windy())
        assert "say why" in house.shelve("wind:D1", reason=" \x1b ")
        assert house.shelve("wind:D9") == "that alarm is gone"
        assert "may not" in house.shelve("wind:D1", by="ives")

    def test_a_critical_one_in_the_air_briefly_or_by_a_supervisor(self, house: House) -> None:
        up_there(house)
        house.happens(lost())
        house.happens(windy())
        refusal = house.shelve("link:D1", ALOFT_MAX_MIN + 1, also=("wind:D1",))
        assert refusal.startswith("D1 is in the air: a CRITICAL alarm of it is shelved for at most 5 minutes")
        assert not house.is_aside("wind:D1")
        assert house.shelve("wind:D1", 60) == ""
        assert house.shelve("link:D1", ALOFT_MAX_MIN) == ""
        assert house.shelve("link:D1", 60, by="boss") == ""

    def test_what_flies_without_a_flight_is_in_the_air_too(self, house: House) -> None:
        house.happens(lost())
        house.sky = {"D1": replace(ready("D1"), landed=Landed.IN_AIR)}
        assert "in the air" in house.shelve("link:D1", 60)
        house.sky = {"D1": ready("D1")}
        assert house.shelve("link:D1", 60) == ""


class TestSeenByName:
    def test_several_at_once_and_who_was_first_stays(self, house: House) -> None:
        house.happens(lost())
        house.happens(windy())
        house.at += timedelta(seconds=5)
        assert house.sees("link:D1", also=("wind:D1", "gone:D1")) == ""
        for key in ("link:D1", "wind:D1"):
            assert house.alarm(key).acknowledged_by == "reyes"
            assert house.alarm(key).acknowledged_at == NOON + timedelta(seconds=5)
        assert house.sees("link:D1", by="oyama") == ""
        assert house.alarm("link:D1").acknowledged_by == "reyes"

    def test_what_came_again_since_it_was_drawn_was_not_seen(self, house: House) -> None:
        house.happens(ev.OrderRefused(drone="D1", order_id="O1", reason="busy"))
        drawn = house.state.seq
        house.happens(ev.OrderRefused(drone="D1", order_id="O2", reason="no fix"))
        assert "came again since you looked" in house.sees("order:D1", seen_seq=drawn)
        assert "came again since you looked" in house.shelve("order:D1", seen_seq=drawn)
        assert house.sees("order:D1", seen_seq=house.state.seq) == ""


class TestACoreThatStartsAnew:
    def test_what_was_seen_and_still_stands_is_not_new(self, house: House) -> None:
        up_there(house)
        house.happens(lost(words="its own failsafe: return"))
        house.happens(ev.FeedDown(feed="COUNTY", reason="refused"))
        house.sees("link:D1", also=("feed:COUNTY",))
        raised_at = house.at
        house.at += timedelta(minutes=1)
        house.up()
        house.happens(lost(words="not heard since the core came up"))
        house.happens(ev.FeedDown(feed="COUNTY", reason="no route"))
        for key in ("link:D1", "feed:COUNTY"):
            alarm = house.alarm(key)
            assert (alarm.acknowledged_by, alarm.raised_at) == ("reyes", raised_at)
        assert "not heard since the core came up" in house.alarm("link:D1").text
        assert standing(house.state, house.at).open == ()

    def test_what_is_over_or_nobody_saw_is_new(self, house: House) -> None:
        house.happens(lost("D2"))
        house.happens(lost())
        house.sees("link:D1")
        house.up()
        house.happens(ev.LinkFound(drone="D1"))
        house.happens(lost())
        assert [each.alarm_id for each in standing(house.state, house.at).open] == ["link:D2", "link:D1"]

    def test_the_shelf_outlives_it_and_the_journal_says_all_of_it(self, house: House) -> None:
        house.happens(windy())
        house.shelve("wind:D1")
        house.up()
        assert house.is_aside("wind:D1")
        replayed = State()
        for stored in house.log:
            again = msgspec.json.decode(msgspec.json.encode(stored), type=ev.Stored)
            replayed = evolve(replayed, again)
        assert replayed == house.state
        assert msgspec.json.decode(msgspec.json.encode(replayed), type=State) == replayed


class TestWhoseAlarmItIs:
    def test_of_aircraft_i_have_of_what_was_taken_from_me_and_of_what_nobody_flies(
        self, house: House
    ) -> None:
        up_there(house)
        house.happens(ev.ControlTaken(drone="D1", account="reyes", how="launch"))
        house.happens(windy())
        took = ev.ControlTaken(
            drone="D1", account="oyama", how="take over", from_account="reyes", reason="ill"
        )
        house.happens(took)
        assert concerning(house.state, "reyes") == {"taken:D1"}
        assert concerning(house.state, "oyama") == {"wind:D1", "taken:D1"}
        left: datetime = NOON + timedelta(minutes=1)
        house.happens(ev.LeaseBegan(drone="D1", account="oyama", until=left))
        assert concerning(house.state, "boss") == {"lease:D1"}
        assert concerning(house.state, "ives") == frozenset()
