"""Every alarm stands on exactly one line, the worst first, and lines do not move by themselves."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.support import NOON

from rtcc_core.domain.alarm_groups import (
    ABOUT_CONTROL,
    FLOOD_GAP,
    FLOOD_MORE_THAN,
    SECONDS_COUNT,
    AlarmGroup,
    grouping,
    kind_of,
)
from rtcc_core.domain.state import Alarm, Severity

KINDS = ("link", "order", "wind", "lease", "taken", "traffic", "feed")


def alarm(
    alarm_id: str, severity: Severity = Severity.CRITICAL, after_s: float = 0.0, *, is_over: bool = False
) -> Alarm:
    """About the aircraft behind the colon; of a feed about none."""
    kind, _, subject = alarm_id.partition(":")
    drone = None if kind == "feed" else subject.partition(":")[0]
    at = NOON + timedelta(seconds=after_s)
    return Alarm(
        alarm_id=alarm_id, severity=severity, text=alarm_id, raised_at=at, drone=drone, is_over=is_over
    )


def alarms() -> st.SearchStrategy[dict[str, Alarm]]:
    names = st.builds("{}:D{}".format, st.sampled_from(KINDS), st.integers(1, 9))
    made = st.builds(
        alarm,
        names,
        st.sampled_from(Severity),
        st.integers(0, 30),
        is_over=st.booleans(),
    )
    return st.lists(made, max_size=40).map(lambda every: {each.alarm_id: each for each in every})


def mine_of(every: dict[str, Alarm], mask: int) -> frozenset[str]:
    return frozenset(key for index, key in enumerate(every) if mask >> index & 1)


def loudness(group: AlarmGroup, mine: frozenset[str]) -> int:
    same = [each for each in group.alarms if each.is_over == group.shown.is_over]
    return min(
        0 if kind_of(each) in ABOUT_CONTROL and each.alarm_id in mine else each.severity.rank for each in same
    )


@given(alarms(), st.integers(0, 2**40))
def test_every_alarm_is_on_one_line_and_the_order_is_what_it_says(every: dict[str, Alarm], mask: int) -> None:
    mine = mine_of(every, mask)
    groups = grouping(every.values(), mine)
    assert sorted(each.alarm_id for group in groups for each in group.alarms) == sorted(every)
    ranks = [(group.shown.is_over, loudness(group, mine), not group.mine) for group in groups]
    assert ranks == sorted(ranks)
    assert len({group.key for group in groups}) == len(groups)


@given(alarms(), st.integers(0, 2**40), st.randoms(use_true_random=False))
def test_the_same_alarms_stand_in_the_same_order(every: dict[str, Alarm], mask: int, chance: Random) -> None:
    mine = mine_of(every, mask)
    mixed = chance.sample(list(every.values()), len(every))
    assert grouping(mixed, mine) == grouping(every.values(), mine)


@given(alarms(), st.integers(0, 2**40))
def test_nothing_worse_is_hidden_behind_what_is_shown(every: dict[str, Alarm], mask: int) -> None:
    for group in grouping(every.values(), mine_of(every, mask)):
        standing = [each for each in group.alarms if not each.is_over]
        if standing:
            assert not group.shown.is_over
        if group.is_flood:
            assert len(group.alarms) > FLOOD_MORE_THAN
            assert len({(kind_of(each), each.severity, each.is_over) for each in group.alarms}) == 1
            assert group.kind not in SECONDS_COUNT
        elif len(group.alarms) > 1:
            assert len({each.drone for each in group.alarms}) == 1


@given(alarms(), st.integers(1, 9))
def test_a_new_cause_is_never_behind_a_flood(every: dict[str, Alarm], number: int) -> None:
    new = alarm(f"down:D{number}", after_s=60)
    standing = {key: each for key, each in every.items() if each.severity is not Severity.CRITICAL}
    groups = grouping([*standing.values(), new])
    assert groups[0].shown == new


def test_the_first_of_the_worst_is_shown_and_what_came_first_is_marked() -> None:
    wind = alarm("wind:D3", Severity.WARNING, 0)
    link, order = alarm("link:D3", after_s=2), alarm("order:D3", after_s=4)
    (group,) = grouping([order, wind, link])
    assert group.alarms == (link, order, wind)
    assert group.first_id == "wind:D3"
    assert group.at_once == (link,)


def test_of_one_look_the_event_that_came_first_is_first() -> None:
    link, overdue = replace(alarm("overdue:D3"), raised_seq=8), replace(alarm("link:D3"), raised_seq=9)
    (group,) = grouping([overdue, link])
    assert group.shown.raised_seq == 8


def test_mine_stand_before_others_of_the_same_severity_and_the_newest_before_older() -> None:
    mine, other, newer = alarm("link:D1"), alarm("link:D2", after_s=30), alarm("link:D3", after_s=60)
    groups = grouping([mine, other, newer], frozenset({"link:D1"}))
    assert [group.shown.drone for group in groups] == ["D1", "D3", "D2"]
    assert groups[0].mine == ("D1",)


def test_what_is_over_stands_behind_what_is_only_a_notice() -> None:
    groups = grouping([alarm("link:D1", is_over=True), alarm("control:D2", Severity.NOTICE)])
    assert [group.shown.drone for group in groups] == ["D2", "D1"]


def test_a_takeover_stands_before_old_alarms_for_whom_it_concerns_and_nobody_else() -> None:
    old = alarm("link:D1")
    taken = alarm("taken:D1", Severity.WARNING, 600)
    concerned = grouping([old, taken], frozenset({"link:D1", "taken:D1"}))
    assert [group.shown for group in concerned] == [taken, old]
    (others,) = grouping([old, taken])
    assert others.alarms == (old, taken)


def test_a_conflict_in_the_air_stands_before_the_other_alarms_of_its_aircraft() -> None:
    bingo, traffic = alarm("bingo:D1"), alarm("traffic:D1:a1b2", after_s=30)
    (group,) = grouping([bingo, traffic])
    assert group.shown == traffic
    many = [alarm(f"traffic:D{n}:a1b2") for n in range(9)]
    assert not any(group.is_flood for group in grouping(many))


def test_twenty_links_lost_at_once_are_one_line_and_acknowledged_together() -> None:
    links = [alarm(f"link:D{n}", after_s=n * 0.1) for n in range(1, 21)]
    feeds = [alarm(f"feed:C{n}", Severity.WARNING) for n in range(2)]
    down = alarm("down:D7", after_s=300)
    groups = grouping([*links, *feeds, down])
    assert [len(group.alarms) for group in groups] == [1, 20, 1, 1]
    assert groups[0].shown == down
    assert groups[1].is_flood
    assert groups[1].drones == tuple(f"D{n}" for n in range(1, 21))
    assert groups[1].at_once == groups[1].alarms


def test_as_many_over_an_hour_are_no_flood() -> None:
    slow = FLOOD_GAP.total_seconds() + 1
    assert not any(
        group.is_flood for group in grouping(alarm(f"link:D{n}", after_s=n * slow) for n in range(20))
    )
