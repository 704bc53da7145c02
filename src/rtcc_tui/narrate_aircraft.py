"""Lines about what aircraft said or did by themselves, and about other people's aircraft."""

from __future__ import annotations

from rtcc_core.domain import events as ev
from rtcc_tui.words import height_words


def aircraft_line(stored: ev.Stored) -> str | None:
    """The line for an event of an aircraft's own, or of traffic; None for others."""
    match stored.event:
        case ev.LinkFound() as event:
            return f"{event.drone} link up"
        case ev.LinkLost() as event:
            return f"{event.drone} LINK LOST: {event.failsafe}"
        case ev.LinkTroubled() as event:
            return f"{event.drone} link cannot be flown on: {event.trouble}" if event.trouble else ""
        case ev.StrangerHeard() as event:
            missing = f"; not heard now: {', '.join(event.missing)}" if event.missing else ""
            return f"STRANGER an aircraft that is not ours speaks as sysid {event.sysid}{missing}"
        case ev.AutopilotActed() as event:
            return f"{event.drone} changed to {event.mode.value} by itself: {event.detail}"
        case ev.AircraftSaid() as event:
            return f"{event.drone} says {event.severity}: {event.text}"
        case ev.AircraftRestarted() as event:
            return f"{event.drone} RESTARTED{' IN FLIGHT' if event.in_flight else ''}"
        case ev.FenceBreached() as event:
            return f"{event.drone} FENCE{' over' if event.is_over else ''}: {event.detail}"
        case ev.ReturnHeightUnconfirmed() as event:
            return f"{event.drone} return height {height_words(event.height_m)} NOT CONFIRMED: {event.detail}"
        case ev.StrayFlightSeen() as event:
            return f"{event.drone} WITHOUT A FLIGHT{' over' if event.is_over else ''}: {event.detail}"
        case ev.HealthChanged() as event:
            return f"{event.drone} {event.what} {'well again' if event.is_well else 'FAILED'}: {event.detail}"
        case _:
            return _traffic_line(stored)


def _traffic_line(stored: ev.Stored) -> str | None:
    match stored.event:
        case ev.TrafficAlerted() as event:
            return f"TRAFFIC {event.drone}: {event.text}"
        case ev.TrafficCleared() as event:
            return f"TRAFFIC {event.drone}: {event.intruder_id} is over: {event.reason}"
        case ev.ReceiverHeard() as event:
            return f"TRAFFIC receiver {event.name} listens"
        case ev.ReceiverSilent() as event:
            return f"TRAFFIC receiver {event.name} is SILENT: {event.detail}"
        case _:
            return None
