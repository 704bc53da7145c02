"""Lines about the core, its consoles, its journal and its alarms."""

from __future__ import annotations

from rtcc_core.domain import events as ev
from rtcc_core.domain.people import LockStep
from rtcc_core.domain.state import State
from rtcc_tui.alarm_words import told_of
from rtcc_tui.words import clock

_LOCK_WORDS = {
    LockStep.LOCKED: "locked",
    LockStep.UNLOCKED: "unlocked",
    LockStep.REFUSED: "NOT unlocked",
}


def _without(volumes: int) -> str:
    if not volumes:
        return ""
    had = f"({volumes} fences, keep-outs and the like)"
    return f" WITHOUT the airspace it had {had}: agency.toml names no [[airspace]] file any more"


def house_line(stored: ev.Stored, after: State) -> str | None:
    """The line for an event of the house itself; None for others."""
    match stored.event:
        case ev.CoreStarted() as event:
            return f"CORE {event.version} started{_without(event.volumes_dropped)}"
        case ev.CoreStopped() as event:
            return f"CORE stopped: {event.reason}"
        case ev.ConsoleJoined() as event:
            return f"CONSOLE of {event.account} opened"
        case ev.ConsoleLockChanged() as event:
            why = f": {event.reason}" if event.reason else ""
            return f"CONSOLE of {event.account} {_LOCK_WORDS[event.step]}{why}"
        case ev.ConsoleLeft() as event:
            return f"CONSOLE of {event.account} closed" + (f": {event.reason}" if event.reason else "")
        case ev.JournalGapClosed() as event:
            return f"JOURNAL writes again; since {clock(event.since)} it could not: {event.reason}"
        case ev.ClockStepped() as event:
            return f"CLOCK of this machine was set by {event.by_s:+.0f} s; the core's follows slowly"
        case ev.AlarmAcknowledged() as event:
            return f"ALARM {told_of(after, event.alarm_id)}: acknowledged by {event.account}"
        case ev.AlarmShelved() as event:
            told, until = told_of(after, event.alarm_id), clock(event.until)
            return f"ALARM {told}: shelved by {event.account} until {until}: {event.reason}"
        case ev.AlarmUnshelved() as event:
            told = told_of(after, event.alarm_id)
            return f"ALARM {told}: off the shelf, by {event.account}: {event.reason}"
        case _:
            return None
