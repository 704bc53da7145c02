"""The alarms as one console shows and rings them: in groups, and as the terminal has drawn them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from rtcc_core.domain.alarm_groups import (
    FLOOD_GAP,
    SECONDS_COUNT,
    AlarmGroup,
    Standing,
    concerning,
    grouping,
    kind_of,
    standing,
)
from rtcc_core.domain.state import Alarm, Severity, State
from rtcc_tui.model import ConsoleModel

BELL_EVERY_S = 10.0
"""While an alarm is neither acknowledged nor shelved the bell rings this often (real seconds)."""


@dataclass(frozen=True, slots=True)
class Painted:
    """The open alarms as a screen shows them."""

    groups: tuple[AlarmGroup, ...] = ()
    seq: int = 0
    """The newest event they knew: what was raised after it was not seen."""

    @property
    def at_once(self) -> frozenset[tuple[str, int]]:
        """What `ack` alone would acknowledge."""
        shown = self.groups[0].at_once if self.groups else ()
        return frozenset((each.alarm_id, each.raised_seq) for each in shown)


NOTHING_PAINTED = Painted()


class AlarmWatch:
    """What is shown and rung at one console."""

    painted = NOTHING_PAINTED
    """What the terminal has drawn: what `ack` and `shelve` mean."""
    first_since = float("-inf")
    """When a new alarm was first drawn in the first place: nobody has read it at once."""

    def __init__(self) -> None:
        self._rung: set[tuple[str, int]] = set()
        self._rung_at = float("-inf")
        self._cause_at: dict[tuple[str, Severity], float] = {}
        """When an alarm of each cause came last."""
        self._of: tuple[State, str, datetime | None] | None = None
        self._standing = Standing(open=(), shelved=(), seen=())
        self._groups: tuple[AlarmGroup, ...] = ()
        self._mine: frozenset[str] = frozenset()

    def drawn(self, painted: Painted, now: float) -> None:
        """The terminal has drawn these."""
        known = {(each.alarm_id, each.raised_seq) for group in self.painted.groups for each in group.alarms}
        if not painted.at_once <= known:
            self.first_since = now
        self.painted = painted

    def standing(self, model: ConsoleModel, now: float) -> Standing:
        """Every alarm: open, shelved, seen."""
        self._look(model, now)
        return self._standing

    def groups(self, model: ConsoleModel, now: float) -> tuple[AlarmGroup, ...]:
        """The open alarms as lines, the one that is shown first."""
        self._look(model, now)
        return self._groups

    def grouped(self, alarms: Iterable[Alarm]) -> tuple[AlarmGroup, ...]:
        """Others (those that are shelved or seen) in the same order."""
        return grouping(alarms, self._mine)

    def _look(self, model: ConsoleModel, now: float) -> None:
        """Worked out once for each state; while something is shelved, once for each second, too."""
        state, account = model.state, model.you.account if model.you else ""
        is_timed = any(each.shelved_until is not None for each in state.alarms.values())
        at = model.core_now(now) if is_timed else None
        second = at.replace(microsecond=0) if at else None
        if self._of is not None and self._of[0] is state and self._of[1:] == (account, second):
            return
        self._of = (state, account, second)
        self._standing = standing(state, second)
        self._mine = concerning(state, account)
        self._groups = grouping(self._standing.open, self._mine)

    def to_paint(self, model: ConsoleModel, now: float) -> Painted:
        """What a screen that is drawn now shows."""
        return Painted(self.groups(model, now), model.state.seq)

    def bell_due(self, groups: Iterable[AlarmGroup], now: float) -> bool:
        """True when the bell has to ring: at once for a new alarm, then every ten seconds while one that is
        more than a notice is open. Many of one cause within seconds ring once, until acknowledged."""
        every = [each for group in groups for each in group.alarms]
        known = {alarm_id for alarm_id, _ in self._rung}
        ringing = {_cause(each) for each in every if each.alarm_id in known}
        self._cause_at = {cause: at for cause, at in self._cause_at.items() if cause in ringing}
        is_new = False
        for each in every:
            if (each.alarm_id, each.raised_seq) not in self._rung:
                is_new = self._is_first(each, now) or is_new
        self._rung = {(each.alarm_id, each.raised_seq) for each in every}
        is_loud = any(each.severity is not Severity.NOTICE for each in every)
        if is_new or (is_loud and now - self._rung_at >= BELL_EVERY_S):
            self._rung_at = now
            return True
        return False

    def _is_first(self, alarm: Alarm, now: float) -> bool:
        cause = _cause(alarm)
        last = self._cause_at.get(cause, float("-inf"))
        self._cause_at[cause] = now
        return cause[0] in SECONDS_COUNT or now - last > FLOOD_GAP.total_seconds()


def _cause(alarm: Alarm) -> tuple[str, Severity]:
    return kind_of(alarm), alarm.severity
