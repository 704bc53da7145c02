"""The fleet strip: what each aircraft was ordered, what it was seen doing, and how old that knowledge is."""

from __future__ import annotations

from rtcc_core.domain.drone import Drone, Telemetry
from rtcc_core.domain.flight import Flight, Order, Outcome
from rtcc_tui.model import flying_minutes_s
from rtcc_tui.session import Session
from rtcc_tui.spans import Line, Tone, left, right, row
from rtcc_tui.words import feet, knots, minutes, minutes_seconds, percent, short_age

ORDER_LASTS_S = 60.0
"""After the flight is over its last order is shown for this long."""

_ORDER_TONE = {Outcome.UNKNOWN: Tone.ALARM, Outcome.REFUSED: Tone.WARN}


def fleet_lines(session: Session, now: float, width: int, height: int) -> list[Line]:
    """A heading and a row for each aircraft; those that are out come first when not all fit."""
    drones = list(session.model.state.drones.values())
    if len(drones) > height - 1:
        out = set(session.model.out())
        drones.sort(key=lambda drone: drone.callsign not in out)
    hidden = len(drones) - max(0, height - 1)
    heading = _heading(width)
    lines = [row(width, (heading, Tone.QUIET))]
    if hidden > 0:
        # Where the first column's name stands: no width is left for it elsewhere at 80.
        lines = [row(width, (f" {left(f'+{hidden}', 5)}", Tone.WARN), (heading[6:], Tone.QUIET))]
    lines += [_row(session, drone, now, width) for drone in drones[: max(0, height - 1)]]
    if not drones:
        lines.append(row(width, (" the fleet is empty", Tone.QUIET)))
    lines += [row(width, ("", Tone.NORMAL))] * (height - len(lines))
    return lines[:height]


def _heading(width: int) -> str:
    site, order = left("SITE", _site_width(width)), left("ORDER", _order_width(width))
    names = f" {left('CRAFT', 5)} {site} {left('PHASE', 10)} {left('FOR', 5)} {order} "
    figures = (
        f"{right('HEIGHT*', 7)} {right('SPEED', 5)} {right('BATT', 5)} {right('LEFT', 6)} {right('LINK', 5)}"
    )
    return names + figures + ("   * above launch" if width >= 100 else "")


def _site_width(width: int) -> int:
    return 6 if width < 100 else 12


def _order_width(width: int) -> int:
    return 16 if width < 100 else 25


def _row(session: Session, drone: Drone, now: float, width: int) -> Line:
    seen = session.model.seen(drone.callsign, now)
    flight = session.model.state.flight_of(drone.callsign)
    stale_s = session.model.programme.stale_after_s
    head = f" {left(drone.callsign, 5)} {left(drone.site, _site_width(width))} "
    phase, phase_tone = phase_words(session, drone, flight, seen)
    target = left(flight.call_id if flight else session.glyphs.none, 5)
    spans = [(f"{head}{left(phase, 10)} ", phase_tone), (f"{target} ", Tone.NORMAL)]
    if lost := lost_words(session, drone, seen):
        return row(width, *spans, (lost, Tone.ALARM), (f"  last {_figures(drone, seen, stale_s)}", Tone.WARN))
    order = current_order(session, drone, flight, now)
    words, order_tone = order_words(order, width)
    spans.append((left(words, _order_width(width)) + " ", order_tone))
    is_old = seen.link_age_s is None or seen.link_age_s > stale_s
    spans.append((_columns(session, drone, seen, stale_s), Tone.WARN if is_old else Tone.NORMAL))
    if seen.trouble:
        spans.append((f"  {seen.trouble}", Tone.ALARM))
    return row(width, *spans)


def phase_words(session: Session, drone: Drone, flight: Flight | None, seen: Telemetry) -> tuple[str, Tone]:
    """The stored phase, with a question mark when nothing newer than the limit stands behind it."""
    is_old = seen.link_age_s is None or seen.link_age_s > session.model.programme.stale_after_s
    if flight is not None:
        # Phases come from the journal: while it cannot write, the last one stands and may be untrue.
        is_old = is_old or bool(session.model.health.journal_error)
        mark = "? " if is_old else ""
        return f"{mark}{flight.phase.value}", Tone.WARN if is_old else Tone.STRONG
    if seen.link_age_s is None:
        return "not heard", Tone.WARN
    if seen.is_airborne:
        return "IN THE AIR", Tone.ALARM
    if is_old:
        return "? silent", Tone.WARN
    if seen.is_armable is False or seen.has_fix is False:
        return "not ready", Tone.WARN
    return "ready", Tone.NORMAL


def current_order(session: Session, drone: Drone, flight: Flight | None, now: float) -> Order | None:
    """The newest order while it means something: with its flight, and for a minute after it."""
    order, at = session.model.state.newest_order(drone.callsign), session.model.core_now(now)
    if order is None or flight is not None or at is None:
        return order
    return order if (at - order.asked_at).total_seconds() < ORDER_LASTS_S else None


def order_words(order: Order | None, width: int) -> tuple[str, Tone]:
    """The newest order and how far it came, in the stored words; `seen` once telemetry shows it."""
    if order is None:
        return "", Tone.NORMAL
    words = f"{order.verb.value} {order.outcome.value}"
    if order.observed_at is not None and _order_width(width) > 20:
        words += " observed"
    return words, _ORDER_TONE.get(order.outcome, Tone.NORMAL)


def lost_words(session: Session, drone: Drone, seen: Telemetry) -> str:
    """`LINK LOST 0:12, returns home by itself`; empty while the link is not lost."""
    link = session.model.state.links.get(drone.callsign)
    programme = session.model.programme
    is_lost = link is not None and not link.is_up
    if seen.link_age_s is None:
        return f"NEVER HEARD: {link.detail}" if is_lost and link and link.detail else ""
    if not is_lost and seen.link_age_s <= programme.lost_after_s:
        return ""
    gone = minutes_seconds(seen.link_age_s)
    out = session.model.state.flight_of(drone.callsign) is not None or seen.is_airborne is True
    return f"LINK LOST {gone}" + (f", {programme.link_loss_failsafe}" if out else "")


def _columns(session: Session, drone: Drone, seen: Telemetry, stale_s: float) -> str:
    none = session.glyphs.none
    old = "?" if (seen.position_age_s or 0.0) > stale_s else ""
    weak = "?" if (seen.battery_age_s or 0.0) > stale_s else ""
    height = f"{feet(seen.height_m)}{old}" if seen.height_m is not None else none
    speed = f"{knots(seen.ground_speed_m_s)}{old}" if seen.ground_speed_m_s is not None else none
    battery = f"{percent(seen.battery_fraction)}{weak}" if seen.battery_fraction is not None else none
    left_s = flying_minutes_s(drone, seen, session.model.programme.battery_reserve)
    time_left = f"{minutes(left_s)}{weak}" if left_s is not None else none
    link = short_age(seen.link_age_s) if seen.link_age_s is not None else none
    return f"{right(height, 7)} {right(speed, 5)} {right(battery, 5)} {right(time_left, 6)} {right(link, 5)}"


def _figures(drone: Drone, seen: Telemetry, stale_s: float) -> str:
    parts = [
        f"{feet(seen.height_m)}?" if seen.height_m is not None else "",
        f"{percent(seen.battery_fraction)}?" if seen.battery_fraction is not None else "",
    ]
    return " ".join(part for part in parts if part) or "nothing known"
