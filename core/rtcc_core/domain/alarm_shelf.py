"""Alarms put aside: by name, with a reason, until a time, and never the worse for it (ISA-18.2, shelving).

A shelved alarm rings no bell and leaves the alarm line; it stays counted and listed. It comes back when its
time is over, when somebody takes it off the shelf, when it grows worse, and when it comes again after it
was over. An aircraft that is launched, or that somebody else takes, comes with everything that was put aside.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta

from msgspec.structs import replace

from rtcc_core.domain import commands as cmd
from rtcc_core.domain import events as ev
from rtcc_core.domain.context import Context, Events, Refused
from rtcc_core.domain.flight import BEFORE_FLIGHT
from rtcc_core.domain.people import Role
from rtcc_core.domain.state import Alarm, Severity
from rtcc_core.domain.text import NOTE_MAX, clean

SHELF_MAX_MIN = 60.0
"""Nothing is put aside for longer than this without being looked at again."""

ALOFT_MAX_MIN = 5.0
"""For a CRITICAL alarm of an aircraft in the air, unless a supervisor says longer."""

BY_TIME = "its time is over"

Alarms = dict[str, Alarm]


def is_shelved(alarm: Alarm, at: datetime | None) -> bool:
    """True while it is put aside; where no time is known, as it was last told."""
    return alarm.shelved_until is not None and (at is None or at < alarm.shelved_until)


# --- decisions --------------------------------------------------------------------------------


def shelve(context: Context, asked: cmd.ShelveAlarm) -> Events | Refused:
    """Puts aside what still stands of the alarms that were named; refused whole where one may not be."""
    reason = clean(asked.reason, limit=NOTE_MAX)
    if not reason:
        return Refused(("say why: shelve D3 10 REASON",))
    if not math.isfinite(asked.minutes) or not 0.0 < asked.minutes <= SHELF_MAX_MIN:
        return Refused((f"an alarm is shelved for up to {SHELF_MAX_MIN:.0f} minutes: shelve D3 10 REASON",))
    found = [alarm for key in (asked.alarm_id, *asked.also) if (alarm := context.state.alarms.get(key))]
    if not found:
        return Refused(("that alarm is gone",))
    if asked.seen_seq > 0 and (newer := [one for one in found if one.raised_seq > asked.seen_seq]):
        return Refused((f"{newer[0].text}: it came again since you looked; look, and ask again",))
    refused = tuple(words for alarm in found if (words := _too_long(context, alarm, asked.minutes)))
    if refused:
        return Refused(refused)
    until = context.at + timedelta(minutes=asked.minutes)
    return tuple(
        ev.AlarmShelved(alarm_id=alarm.alarm_id, account=context.by, until=until, reason=reason)
        for alarm in found
    )


def _too_long(context: Context, alarm: Alarm, minutes: float) -> str:
    if alarm.severity is not Severity.CRITICAL or minutes <= ALOFT_MAX_MIN:
        return ""
    if alarm.drone is None or not _is_aloft(context, alarm.drone):
        return ""
    if context.person is not None and context.person.role is Role.SUPERVISOR:
        return ""
    return (
        f"{alarm.drone} is in the air: a CRITICAL alarm of it is shelved for at most "
        f"{ALOFT_MAX_MIN:.0f} minutes; a supervisor may shelve it longer"
    )


def _is_aloft(context: Context, drone: str) -> bool:
    """In flight as far as anybody knows: an aircraft that is lost counts as flying."""
    flight, seen = context.state.flight_of(drone), context.sky.get(drone)
    if flight is not None and flight.phase not in BEFORE_FLIGHT:
        return True
    return seen is not None and seen.is_airborne is True


def unshelve(context: Context, asked: cmd.UnshelveAlarm) -> Events | Refused:
    """Takes alarms off the shelf."""
    known = (context.state.alarms.get(key) for key in (asked.alarm_id, *asked.also))
    found = [alarm for alarm in known if alarm is not None and alarm.shelved_until is not None]
    if not found:
        return Refused(("no such alarm is shelved",))
    return tuple(
        ev.AlarmUnshelved(alarm_id=alarm.alarm_id, account=context.by, reason="looked at again")
        for alarm in found
    )


def run_out(context: Context) -> list[ev.AnyEvent]:
    """A look: what comes back now because its time is over."""
    return [
        ev.AlarmUnshelved(alarm_id=alarm.alarm_id, account="core", reason=BY_TIME)
        for alarm in context.state.alarms.values()
        if alarm.shelved_until is not None and alarm.shelved_until <= context.at
    ]


# --- the fold ---------------------------------------------------------------------------------


def follow(alarms: Alarms, event: ev.AnyEvent) -> Alarms:
    """The alarms after what an event does to the shelf."""
    match event:
        case ev.AlarmShelved(alarm_id=alarm_id) if alarm_id in alarms:
            aside = replace(
                alarms[alarm_id],
                shelved_until=event.until,
                shelved_by=event.account,
                shelved_reason=event.reason,
            )
            return alarms | {alarm_id: aside}
        case ev.AlarmUnshelved(alarm_id=alarm_id) if alarm_id in alarms:
            return alarms | {alarm_id: _off(alarms[alarm_id])}
        case ev.FlightOpened(drone=drone):
            return _back(alarms, drone, seen_by=None)
        case ev.ControlTaken(drone=drone, account=account):
            return _back(alarms, drone, seen_by=account)
        case _:
            return alarms


def _off(alarm: Alarm) -> Alarm:
    return replace(alarm, shelved_until=None, shelved_by=None, shelved_reason="")


def _back(alarms: Alarms, drone: str, *, seen_by: str | None) -> Alarms:
    """Everything of an aircraft that somebody else than `seen_by` put aside is back."""
    if not any(one.drone == drone and one.shelved_until is not None for one in alarms.values()):
        return alarms
    return {
        key: _off(one) if one.drone == drone and one.shelved_by != seen_by else one
        for key, one in alarms.items()
    }


def raised_again(
    before: Alarm, raised: Alarm, *, is_moment: bool, is_reworded: bool, started_at: datetime | None
) -> Alarm:
    """An alarm that stands and is raised once more: where that says nothing new, it goes on as it is, with
    its age, with who saw it and on its shelf; else it is a new one, its age still counted from the first.

    `is_moment`: an alarm about something that happened, not something that lasts. Those go on only on a
    shelf, and only in the same words. `is_reworded`: other words say nothing new. `started_at`: when this
    core came up; what an earlier one raised and this one finds standing is the same, in whatever words.
    """
    if before.is_over:
        return raised
    is_same = is_reworded or raised.text == before.text
    if raised.severity.rank < before.severity.rank:
        is_on = False
    elif is_moment:
        is_on = is_same and before.shelved_until is not None and raised.severity is not Severity.CRITICAL
    else:
        is_on = is_same or (started_at is not None and before.raised_at < started_at)
    if not is_on:
        # It wants a person again, and is as old as it is: an age that jumps back hides for how long.
        return replace(raised, raised_at=before.raised_at) if is_same or not is_moment else raised
    return replace(before, text=raised.text, severity=raised.severity, concerns=raised.concerns)
