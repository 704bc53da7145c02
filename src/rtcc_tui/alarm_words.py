"""How alarms are said: a line for one, for many of one cause, for what stands behind. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from rtcc_core.domain import commands as cmd
from rtcc_core.domain.alarm_groups import AlarmGroup, kind_of, subject_of
from rtcc_core.domain.state import Alarm, State

AlarmCommand = cmd.AcknowledgeAlarm | cmd.ShelveAlarm | cmd.UnshelveAlarm

CAUSES = {
    "link": "LINK LOST",
    "trouble": "LINK TROUBLE",
    "bingo": "MUST LEAVE",
    "order": "ORDER NOT CARRIED OUT",
    "payload": "CAMERA ORDER NOT CARRIED OUT",
    "lease": "WITHOUT A PILOT",
    "taken": "TAKEN OVER",
    "said": "SAYS SOMETHING",
    "autopilot": "ACTS BY ITSELF",
    "overdue": "OVERDUE",
    "restart": "RESTARTED IN FLIGHT",
    "relief": "RELIEF",
    "feed": "CAD DOWN",
    "receiver": "TRAFFIC RECEIVER SILENT",
    "quarantine": "CAD MESSAGE NOT READ",
    "call": "CALL CHANGED UNDER A FLIGHT",
    "alert": "ALERT TAKEN BACK",
    "sensed": "URGENT ALERT",
}
"""What many alarms of one kind are called; the others by their kind."""

NAMED_MOST = 6
"""Names that are spelled out where they are no run of numbers."""

RUN_FROM = 3
"""As many consecutive numbers are said as a run: `D1..D3`."""


def headline(group: AlarmGroup) -> str:
    """The words of the alarm that is shown; of a flood its cause, how many, and which."""
    if not group.is_flood:
        return group.shown.text
    names = tuple(dict.fromkeys(subject_of(each) for each in group.alarms))
    what = f"{len(names)} aircraft" if all(each.drone for each in group.alarms) else str(len(names))
    yours = f"; yours: {listed(group.mine)}" if group.mine and len(group.mine) < len(names) else ""
    return f"{cause(group.kind)} {what}: {listed(names)}{yours}"


def cause(kind: str) -> str:
    """A kind of alarm in words."""
    return CAUSES.get(kind, kind.upper())


def listed(names: Sequence[str]) -> str:
    """`D1..D20, D23`; of many names that are no run the first, and how many more."""
    parts: list[str] = []
    for _, run in groupby(enumerate(names), key=_place_in_run):
        kept = [name for _, name in run]
        parts += [f"{kept[0]}..{kept[-1]}"] if len(kept) >= RUN_FROM else kept
    more = len(parts) - NAMED_MOST
    return ", ".join(parts[:NAMED_MOST]) + (f" and {more} more" if more > 0 else "")


def _place_in_run(numbered: tuple[int, str]) -> tuple[str, int]:
    """Equal for neighbours with consecutive numbers behind the same letters."""
    index, name = numbered
    letters = name.rstrip("0123456789")
    digits = name[len(letters) :]
    if not digits or len(digits) > 9 or digits.startswith("0"):
        return name, -1
    return letters, int(digits) - index


def behind(group: AlarmGroup, *, names_kinds: bool = True) -> str:
    """`2 of D3 (order, lease)`: what one aircraft's alarm stands for; empty where it is alone."""
    if group.is_flood or len(group.alarms) == 1:
        return ""
    rest = group.alarms[1:]
    kinds = ", ".join(dict.fromkeys(kind_of(each) for each in rest))
    return f"{len(rest)} of {subject_of(group.shown)}" + (f" ({kinds})" if names_kinds else "")


def request_words(state: State, command: AlarmCommand) -> str:
    """`acknowledge D3 LINK LOST · returns home and 2 more`, in the words of the alarms."""
    ids = (command.alarm_id, *command.also)
    first = state.alarms.get(command.alarm_id)
    text = first.text if first else told_of(state, command.alarm_id)
    if command.also:
        others = listed([_name(state.alarms.get(key), key) for key in command.also])
        text += f", and {len(ids) - 1} more: {others}"
    match command:
        case cmd.AcknowledgeAlarm():
            return f"acknowledge {text}"
        case cmd.ShelveAlarm():
            return f"shelve for {command.minutes:g} min: {text} ({command.reason})"
        case cmd.UnshelveAlarm():
            return f"unshelve {text}"


def told_of(state: State, alarm_id: str) -> str:
    """Its own words; of one that stands no longer its cause and whose: `CAD MESSAGE NOT READ (COUNTY)`."""
    alarm = state.alarms.get(alarm_id)
    if alarm is not None:
        return alarm.text
    kind, _, subject = alarm_id.partition(":")
    return f"{cause(kind)} ({subject})" if subject else cause(kind)


def _name(alarm: Alarm | None, alarm_id: str) -> str:
    return f"{subject_of(alarm)} {kind_of(alarm)}" if alarm is not None else told_of(State(), alarm_id)
