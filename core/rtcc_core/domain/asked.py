"""What people ask: decided, or refused with every reason in words."""

from __future__ import annotations

from rtcc_core.domain import commands as cmd
from rtcc_core.domain import events as ev
from rtcc_core.domain.alerts import why_not_flown
from rtcc_core.domain.call import Note
from rtcc_core.domain.calls import over_words
from rtcc_core.domain.context import Context, Events, Refused
from rtcc_core.domain.instead import and_instead
from rtcc_core.domain.launching import open_flight
from rtcc_core.domain.text import NOTE_MAX, clean


def launch(context: Context, asked: cmd.LaunchDrone) -> Events | Refused:
    state = context.state
    drone, call = state.drones.get(asked.drone), state.calls.get(asked.call_id)
    if drone is None:
        return Refused((f"there is no aircraft {clean(asked.drone)} in the fleet",))
    if call is None:
        return Refused((f"there is no call {clean(asked.call_id)}",))
    if words := over_words(call) or why_not_flown(state, call, context.at):
        return Refused((words,))
    decided = open_flight(context, drone, call, override_reason=asked.override_reason)
    if isinstance(decided, Refused):
        return and_instead(context, decided, drone.callsign, call)
    return decided


def take(context: Context, asked: cmd.TakeCall) -> Events | Refused:
    call = context.state.calls.get(asked.call_id)
    if call is None:
        return Refused((f"there is no call {clean(asked.call_id)}",))
    if call.taken_by and call.taken_by != context.by:
        holder = context.state.people.get(call.taken_by)
        return Refused((f"{holder.name if holder else call.taken_by} has call {call.call_id}",))
    return () if call.taken_by else (ev.CallTaken(call_id=call.call_id, account=context.by),)


def release(context: Context, asked: cmd.ReleaseCall) -> Events | Refused:
    call = context.state.calls.get(asked.call_id)
    if call is None or call.taken_by != context.by:
        return Refused((f"you do not have call {clean(asked.call_id)}",))
    return (ev.CallReleased(call_id=call.call_id, account=context.by),)


def note(context: Context, asked: cmd.AddNote) -> Events | Refused:
    if asked.call_id not in context.state.calls:
        return Refused((f"there is no call {clean(asked.call_id)}",))
    text = clean(asked.text, limit=NOTE_MAX)
    if not text:
        return Refused(("the note is empty",))
    author = context.person.name if context.person else context.by
    note = Note(text=text, at=context.at, author=author)
    return (ev.NoteAdded(call_id=asked.call_id, note=note),)


def acknowledge(context: Context, asked: cmd.AcknowledgeAlarm) -> Events | Refused:
    """What still stands of the alarms that were named, and was seen: not what was raised since."""
    alarms = [one for key in (asked.alarm_id, *asked.also) if (one := context.state.alarms.get(key))]
    if not alarms:
        return Refused(("that alarm is gone",))
    seen = [one for one in alarms if asked.seen_seq <= 0 or one.raised_seq <= asked.seen_seq]
    if not seen:
        return Refused((f"{alarms[0].text}: it came again since you looked; look, and ask again",))
    return tuple(
        ev.AlarmAcknowledged(alarm_id=one.alarm_id, account=context.by)
        for one in seen
        if one.acknowledged_by is None  # who was first stays on record
    )


def report_wind(context: Context, asked: cmd.ReportWind) -> Events | Refused:
    if not 0.0 <= asked.wind_speed_m_s <= 80.0 or not 0.0 <= asked.wind_from_deg <= 360.0:
        return Refused(("wind is a speed of 0–80 m/s and a direction of 0–360°: wind 5 240",))
    if asked.gust_m_s is not None and not asked.wind_speed_m_s <= asked.gust_m_s <= 120.0:
        return Refused(("a gust is at least as strong as the wind, and below 120 m/s",))
    return (
        ev.WeatherObserved(
            wind_speed_m_s=asked.wind_speed_m_s,
            wind_from_deg=asked.wind_from_deg,
            gust_m_s=asked.gust_m_s,
            observed_at=context.at,
            source=context.person.name if context.person else context.by,
        ),
    )
