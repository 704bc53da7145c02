"""What the line mode says of alarms: each once when it comes, each line of them again until somebody has
acknowledged or shelved it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rtcc_core.domain.alarm_groups import FLOOD_GAP, AlarmGroup, subject_of
from rtcc_core.domain.state import Alarm, Severity
from rtcc_tui.alarm_words import behind, headline

AGAIN_S = {Severity.CRITICAL: 10.0, Severity.WARNING: 30.0}
"""How often what nobody has acknowledged is said again; what is only a notice is said once."""


@dataclass(frozen=True, slots=True)
class Told:
    """What is said of one line of alarms."""

    text: str
    alarm: Alarm
    """The one that is said; of a flood the first."""
    is_again: bool = False
    """It was said before, and nobody has acknowledged it."""
    is_flood: bool = False

    @property
    def bare(self) -> str:
        """Severity and aircraft and nothing else: for a console that is locked."""
        again = "STILL " if self.is_again else ""
        drone = "several aircraft" if self.is_flood else self.alarm.drone
        return f"{again}ALARM {self.alarm.severity.value.upper()}{f' {drone}' if drone else ''}"


class AlarmTeller:
    """Remembers what was said, and when."""

    def __init__(self) -> None:
        self._alarms: dict[tuple[str, int], float] = {}
        self._lines: dict[str, float] = {}

    def told(self, groups: Sequence[AlarmGroup], now: float) -> list[Told]:
        """What has to be said now: at most one line for each group, the first one's first."""
        told: list[Told] = []
        lines: dict[str, float] = {}
        alarms: dict[tuple[str, int], float] = {}
        for index, group in enumerate(groups):
            fresh = [each for each in group.alarms if (each.alarm_id, each.raised_seq) not in self._alarms]
            last, is_first = self._last(group), index == 0
            if self._is_new(group, fresh, last, now):
                words = sentence(group, fresh[0], is_first=is_first)
                told.append(Told(words, fresh[0], is_flood=group.is_flood))
                last = now
            elif now - last >= AGAIN_S.get(group.shown.severity, float("inf")):
                words = f"STILL {sentence(group, group.shown, is_first=is_first)}"
                told.append(Told(words, group.shown, is_again=True, is_flood=group.is_flood))
                last = now
            lines[group.key] = last
            alarms |= {(each.alarm_id, each.raised_seq): last for each in group.alarms}
        self._lines, self._alarms = lines, alarms
        return told

    def _last(self, group: AlarmGroup) -> float:
        """When its line was said last; of a line that is new, the newest of its alarms."""
        said = [self._alarms.get((each.alarm_id, each.raised_seq), float("-inf")) for each in group.alarms]
        return self._lines.get(group.key, max(said))

    def _is_new(self, group: AlarmGroup, fresh: list[Alarm], last: float, now: float) -> bool:
        """A flood that goes on swelling is not said with each alarm."""
        if not fresh:
            return False
        return not group.is_flood or group.key not in self._lines or now - last >= FLOOD_GAP.total_seconds()


def sentence(group: AlarmGroup, told: Alarm, *, is_first: bool) -> str:
    """`ALARM CRITICAL D3 LINK LOST, and 2 of D3 (order, lease). ack acknowledges`.

    `told` is the alarm of the group that is new; `ack` alone means only what stands first of all.
    """
    is_shown = group.is_flood or told is group.shown
    words = headline(group) if group.is_flood else told.text
    over = ", over" if told.is_over else ""
    rest = f", and {text}" if is_shown and (text := behind(group)) else ""
    ack = "ack" if is_first and is_shown else f"ack {group.kind if group.is_flood else subject_of(told)}"
    return f"ALARM {told.severity.value.upper()} {words}{over}{rest}. {ack} acknowledges"
