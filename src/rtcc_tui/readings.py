"""What the line mode reads out again when asked: the calls, the aircraft, the alarms, the alerts …"""

from __future__ import annotations

from msgspec.structs import replace

from rtcc_core.domain.call import Call
from rtcc_core.domain.drone import Drone
from rtcc_tui.map.spoken import map_readings
from rtcc_tui.narrate_calls import described
from rtcc_tui.queueing import shown_calls
from rtcc_tui.session import Session
from rtcc_tui.views.about import cautions
from rtcc_tui.views.alarms import alarm_texts
from rtcc_tui.views.alerts import alert_texts
from rtcc_tui.views.craft import control_words, is_bingo, left_words, notes
from rtcc_tui.views.feeds import feed_texts
from rtcc_tui.views.fleet import current_order, lost_words, order_words, phase_words
from rtcc_tui.views.nearby import near_heading, near_texts
from rtcc_tui.views.suggesting import suggestion_texts
from rtcc_tui.words import height_words, percent, short_age, speed_words


def reading(name: str, session: Session, now: float) -> list[str]:
    """The lines of a verb that only looks: `calls`, `fleet`, `alerts` …"""
    match name:
        case "calls":
            return call_readings(session)
        case "fleet":
            drones = session.model.state.drones.values()
            return [_craft(session, drone, now) for drone in drones] or ["the fleet is empty"]
        case "alarms":
            return [text for text, _ in alarm_texts(session, now)]
        case "alerts":
            return [text for text, _ in alert_texts(session, now)]
        case "feeds":
            return [text for text, _ in feed_texts(session, now)]
        case "near":
            return [f"{near_heading(session)}:", *(text for text, _ in near_texts(session))]
        case _ if name.startswith("map"):
            return map_readings(session, session.near_call, now)
        case _:
            return [text for text, _ in suggestion_texts(session, now)]


def call_readings(session: Session) -> list[str]:
    """Every call of the queue, with the aircraft on it."""
    return [call_reading(session, call) for call in shown_calls(session)] or ["no calls are waiting"]


def call_reading(session: Session, call: Call) -> str:
    """`CALL 1041 priority 1 ROBBERY IN PROGRESS at Laguna Blvd, taken by K. OYAMA: D1 on scene`"""
    crew = ", ".join(
        f"{flight.drone} {session.shown(flight.phase)}" for flight in session.model.crews(call.call_id)
    )
    status = "" if call.is_open else f" {call.report.status.value.upper()}"
    taken = f", taken by {session.person(call.taken_by)}" if call.taken_by else ""
    warned = f", {', '.join(words)}" if (words := cautions(call)) else ""
    doubt = ", PLACE TO BE CONFIRMED" if call.place.needs_confirmation else ""
    ours = ", NOT IN CAD YET" if call.is_provisional and call.is_open else ""
    merged = f", MERGED INTO {call.merged_into}" if call.merged_into and not call.is_open else ""
    return (
        f"CALL {call.call_id}{status} {described(call.report, replace(call.place, address=call.address))}"
        f"{doubt}{ours}{merged}{warned}{taken}{f': {crew}' if crew else ''}"
    )


def _craft(session: Session, drone: Drone, now: float) -> str:
    """`D1 at HQ on scene for 1041, orbit ACCEPTED, 197 ft, 10 kt, battery 58%, bingo 6:10, you`"""
    seen, flight = session.model.seen(drone.callsign, now), session.model.state.flight_of(drone.callsign)
    phase, _ = phase_words(session, drone, flight, seen)
    parts = [f"{drone.callsign} of {drone.site} {phase}" + (f" for {flight.call_id}" if flight else "")]
    if lost := lost_words(session, drone, seen):
        parts.append(lost)
    order, _ = order_words(session, current_order(session, drone, flight, now))
    left, _ = left_words(session, drone, seen, now)
    whose, _ = control_words(session, drone.callsign, now)
    parts += [
        order,
        height_words(seen.height_m) if seen.height_m is not None else "height UNKNOWN",
        speed_words(seen.ground_speed_m_s) if seen.ground_speed_m_s is not None else "",
        f"battery {percent(seen.battery_fraction)}"
        if seen.battery_fraction is not None
        else "battery UNKNOWN",
        (f"bingo {left}" if is_bingo(left) else left) if flight else f"{left} of flight",
        f"heard {short_age(seen.link_age_s)} ago" if seen.link_age_s is not None else "never heard",
        f"flown by {whose}" if whose != session.glyphs.none else "",
        *(text for text, _ in notes(session, drone, now)),
    ]
    return ", ".join(part for part in parts if part)
