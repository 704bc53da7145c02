"""Which alarm a person is shown first, and which stand behind it as one line. Pure.

An aircraft's alarms are one group: the first of the worst that stand is shown, its consequences are counted
behind it (first-out). Many alarms of one cause within seconds (a restarted core, a dead switch) are one line
per cause. Every alarm is in exactly one group, and groups stand in one order for one set of alarms.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from datetime import datetime, timedelta
from itertools import groupby

import msgspec

from rtcc_core.domain.alarm_shelf import is_shelved
from rtcc_core.domain.people import Right
from rtcc_core.domain.state import Alarm, Severity, State

FLOOD_MORE_THAN = 3
"""More alarms of one cause than this, each within `FLOOD_GAP` of another, are one line."""

FLOOD_GAP = timedelta(seconds=5)

SECONDS_COUNT = frozenset({"traffic"})
"""Kinds that stand before the others of their aircraft and are never collapsed: each says what to do now."""

ABOUT_CONTROL = frozenset({"lease", "taken"})
"""Kinds that stand by themselves, as loud as can be, for the people whom they concern."""


class AlarmGroup(msgspec.Struct, frozen=True, kw_only=True):
    """Alarms that stand on one line."""

    key: str
    """The same for the same line while its alarms come and go."""
    alarms: tuple[Alarm, ...]
    """At least one; the first is the one that is shown. Of a flood in the order of their names."""
    first_id: str
    """The one that came first: what the others may follow from."""
    is_flood: bool = False
    """They have one cause and are shown, rung and acknowledged together."""
    mine: tuple[str, ...] = ()
    """What those that concern who looks are about (`subject_of`)."""

    @property
    def shown(self) -> Alarm:
        return self.alarms[0]

    @property
    def kind(self) -> str:
        """The cause of the alarm that is shown: `link`, `order`."""
        return kind_of(self.shown)

    @property
    def drones(self) -> tuple[str, ...]:
        """Callsigns, each once, in the order of the alarms."""
        return tuple(dict.fromkeys(each.drone for each in self.alarms if each.drone is not None))

    @property
    def at_once(self) -> tuple[Alarm, ...]:
        """What one acknowledgement is about: the alarm that is shown, or the whole flood."""
        return self.alarms if self.is_flood else self.alarms[:1]


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Every alarm, once."""

    open: tuple[Alarm, ...]
    """Nobody has seen them."""
    shelved: tuple[Alarm, ...]
    seen: tuple[Alarm, ...]


def kind_of(alarm: Alarm) -> str:
    """`link` of `link:D3`."""
    return alarm.alarm_id.partition(":")[0]


def subject_of(alarm: Alarm) -> str:
    """The aircraft an alarm is about, else what stands behind its kind: `COUNTY` of `feed:COUNTY`."""
    return alarm.drone or alarm.alarm_id.partition(":")[2]


def standing(state: State, at: datetime | None) -> Standing:
    """The alarms by what a person has done about them; a shelf whose time is over holds nothing."""
    aside = tuple(each for each in state.alarms.values() if is_shelved(each, at))
    rest = [each for each in state.alarms.values() if not is_shelved(each, at)]
    return Standing(
        open=tuple(each for each in rest if each.acknowledged_by is None),
        shelved=aside,
        seen=tuple(each for each in rest if each.acknowledged_by is not None),
    )


def concerning(state: State, account: str) -> frozenset[str]:
    """Ids of the alarms that are this person's: of aircraft they have, that name them, and of aircraft
    without a pilot, where they fly."""
    person = state.people.get(account)
    flies = person is not None and person.may(Right.FLY)
    own = set(state.controlled_by(account))
    return frozenset(
        key
        for key, alarm in state.alarms.items()
        if alarm.drone in own or account in alarm.concerns or (flies and kind_of(alarm) == "lease")
    )


def grouping(alarms: Iterable[Alarm], mine: Container[str] = frozenset()) -> tuple[AlarmGroup, ...]:
    """The lines that these alarms are, the one that wants a person most first: what stands before what is
    over, then the worst, then mine, then the newest.

    `mine`: ids of the alarms that concern who looks (`concerning`).
    """
    every = sorted(alarms, key=lambda each: each.alarm_id)
    groups = [_group(_cause_of(flood[0]), flood, mine, is_flood=True) for flood in _floods(every)]
    collapsed = {each.alarm_id for group in groups for each in group.alarms}
    rest = sorted(
        ((_line_of(each, mine), each) for each in every if each.alarm_id not in collapsed),
        key=lambda keyed: (keyed[0], keyed[1].alarm_id),
    )
    for line, members in groupby(rest, key=lambda keyed: keyed[0]):
        groups.append(_group(line, [each for _, each in members], mine, is_flood=False))
    return tuple(sorted(groups, key=lambda group: _urgency(group, mine)))


def _line_of(alarm: Alarm, mine: Container[str]) -> str:
    is_alone = alarm.drone is None or _is_personal(alarm, mine)
    return f"alarm {alarm.alarm_id}" if is_alone else f"drone {alarm.drone}"


def _is_personal(alarm: Alarm, mine: Container[str]) -> bool:
    return kind_of(alarm) in ABOUT_CONTROL and alarm.alarm_id in mine


def _floods(every: list[Alarm]) -> list[list[Alarm]]:
    """Runs of one cause, one severity and one standing: what is worse is never inside what is not."""
    floods: list[list[Alarm]] = []
    by_cause: dict[tuple[str, Severity, bool], list[Alarm]] = {}
    for each in every:
        if kind_of(each) not in SECONDS_COUNT:
            by_cause.setdefault((kind_of(each), each.severity, each.is_over), []).append(each)
    for same in by_cause.values():
        runs: list[list[Alarm]] = []
        for each in sorted(same, key=_came):
            if runs and each.raised_at - runs[-1][-1].raised_at <= FLOOD_GAP:
                runs[-1].append(each)
            else:
                runs.append([each])
        floods += [run for run in runs if len(run) > FLOOD_MORE_THAN]
    return floods


def _cause_of(alarm: Alarm) -> str:
    over = "over" if alarm.is_over else "standing"
    return f"cause {kind_of(alarm)} {alarm.severity.value} {over} {alarm.raised_at.isoformat()}"


def _group(key: str, members: list[Alarm], mine: Container[str], *, is_flood: bool) -> AlarmGroup:
    def place(each: Alarm) -> tuple[bool, int, bool, datetime, int, str]:
        return each.is_over, _loudness(each, mine), kind_of(each) not in SECONDS_COUNT, *_came(each)

    ordered = sorted(members, key=_by_name) if is_flood else sorted(members, key=place)
    return AlarmGroup(
        key=key,
        alarms=tuple(ordered),
        first_id=min(members, key=lambda each: (each.is_over, *_came(each))).alarm_id,
        is_flood=is_flood,
        mine=tuple(dict.fromkeys(subject_of(each) for each in ordered if each.alarm_id in mine)),
    )


def _came(alarm: Alarm) -> tuple[datetime, int, str]:
    return alarm.raised_at, alarm.raised_seq, alarm.alarm_id


def _by_name(alarm: Alarm) -> tuple[str, int, str]:
    """`D2` before `D10`."""
    name = subject_of(alarm)
    letters = name.rstrip("0123456789")
    return letters, int(name[len(letters) :][:9] or 0), alarm.alarm_id


def _loudness(alarm: Alarm, mine: Container[str]) -> int:
    return Severity.CRITICAL.rank if _is_personal(alarm, mine) else alarm.severity.rank


def _urgency(group: AlarmGroup, mine: Container[str]) -> tuple[bool, int, bool, float, str]:
    newest = max(each.raised_at for each in group.alarms if each.is_over == group.shown.is_over)
    loudest = min(_loudness(each, mine) for each in group.alarms if each.is_over == group.shown.is_over)
    return group.shown.is_over, loudest, not group.mine, -newest.timestamp(), group.shown.alarm_id
