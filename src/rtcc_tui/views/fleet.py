"""The fleet strip: what each aircraft was ordered, what it was seen doing, and how old that knowledge is."""

from __future__ import annotations

from dataclasses import dataclass

from rtcc_core.domain.drone import Drone, Telemetry
from rtcc_core.domain.flight import Flight, Order, Outcome
from rtcc_tui.looking import View
from rtcc_tui.model import flying_s
from rtcc_tui.session import Session
from rtcc_tui.spans import Line, Tone, left, right, row, short_id
from rtcc_tui.views.craft import control_words, left_words, notes
from rtcc_tui.words import height_words, minutes_seconds, percent, short_age, speed_words

ORDER_LASTS_S = 60.0
"""After the flight is over its last order is shown for this long."""

LOW_S = 300.0
"""On the ground with less flight than this above the reserve: no dispatcher counts on it."""

NOTES_FROM = 40
"""Cells that must be left beside the figures for relief, camera and troubles to stand on the same row."""

_ORDER_TONE = {Outcome.UNKNOWN: Tone.ALARM, Outcome.REFUSED: Tone.WARN}


@dataclass(frozen=True, slots=True)
class Columns:
    """Widths of the columns; 0 leaves one out."""

    site: int
    order: int
    speed: int
    control: int

    @property
    def width(self) -> int:
        """Cells of a whole row."""
        gaps = 8 + sum(1 for each in (self.site, self.speed) if each)
        return 1 + 5 + 10 + 5 + 7 + 5 + 9 + 5 + self.site + self.order + self.speed + self.control + gaps


def columns(width: int) -> Columns:
    """80 cells leave out the site and the speed; the phase, the height and the battery stay everywhere."""
    if width < 100:
        return Columns(site=0, order=14, speed=0, control=10)
    return Columns(site=8, order=16, speed=5, control=12 if width < 120 else 14)


def fleet_lines(session: Session, now: float, width: int, height: int) -> list[Line]:
    """A heading and a row for each aircraft; those that are out come first when not all fit."""
    drones = list(session.model.state.drones.values())
    room = max(0, height - 1)
    if fleet_rows(session, now, width) > room + 1:
        out = set(session.model.out())
        drones.sort(key=lambda drone: drone.callsign not in out)
    shown: list[Line] = []
    count = 0
    for drone in drones:
        rows = _rows(session, drone, now, width)
        if len(shown) + len(rows) > room:
            break
        shown, count = shown + rows, count + 1
    heading = _heading(width)
    lines = [row(width, (heading, Tone.QUIET))]
    if count < len(drones):
        # Where the first column's name stands: no width is left for it elsewhere at 80.
        lines = [row(width, (f" {left(f'+{len(drones) - count}', 5)}", Tone.WARN), (heading[6:], Tone.QUIET))]
    lines += shown
    if not drones:
        lines.append(row(width, (" the fleet is empty", Tone.QUIET)))
    lines += [row(width, ("", Tone.NORMAL))] * (height - len(lines))
    return lines[:height]


def fleet_rows(session: Session, now: float, width: int) -> int:
    """Rows that the whole fleet would take, its heading with it."""
    drones = session.model.state.drones.values()
    if session.view is not View.FLEET:
        return 1 + len(drones)
    return 1 + sum(len(_rows(session, drone, now, width)) for drone in drones)


def _heading(width: int) -> str:
    wide = columns(width)
    site = f"{left('SITE', wide.site)} " if wide.site else ""
    speed = f"{right('SPEED', wide.speed)} " if wide.speed else ""
    # A star that nothing explains is a riddle: without room for its words the help page has them.
    star, note = ("*", "  * above launch") if width - wide.width >= 17 else ("", "")
    return (
        f" {left('CRAFT', 5)} {site}{left('PHASE', 10)} {left('FOR', 5)} {left('ORDER', wide.order)} "
        f"{right(f'HEIGHT{star}', 7)} {speed}{right('BATT', 5)} {right('BINGO', 9)} {right('LINK', 5)} "
        f"{left('CONTROL', wide.control)}{note}"
    )


def _rows(session: Session, drone: Drone, now: float, width: int) -> list[Line]:
    """The aircraft's row; where the aircraft have the screen, what else is known stands on one below it."""
    told = notes(session, drone, now)
    room = width - columns(width).width
    beside = (
        "; ".join(text for text, _ in told) if room >= NOTES_FROM or session.view is not View.FLEET else ""
    )
    tone = next((tone for _, tone in told if tone is not Tone.QUIET), Tone.QUIET)
    main = _row(session, drone, now, width, (f"  {beside}" if beside else "", tone))
    if beside or not told:
        return [main]
    text = " " * 7 + "; ".join(text for text, _ in told)
    return [main, row(width, (text, tone))]


def _row(session: Session, drone: Drone, now: float, width: int, note: tuple[str, Tone]) -> Line:
    wide = columns(width)
    seen = session.model.seen(drone.callsign, now)
    flight = session.model.state.flight_of(drone.callsign)
    stale_s = session.model.programme.stale_after_s
    site = f"{left(drone.site, wide.site)} " if wide.site else ""
    phase, phase_tone = phase_words(session, drone, flight, seen)
    target = left(short_id(flight.call_id, 5) if flight else session.glyphs.none, 5)
    head = f" {left(short_id(drone.callsign, 5), 5)} {site}{left(phase, 10)} "
    spans = [(head, phase_tone), (f"{target} ", Tone.NORMAL)]
    if lost := lost_words(session, drone, seen):
        return row(width, *spans, (lost, Tone.ALARM), (f"  last {_figures(seen)}", Tone.WARN))
    words, order_tone = order_words(session, current_order(session, drone, flight, now))
    spans.append((left(words, wide.order) + " ", order_tone))
    is_old = seen.link_age_s is None or seen.link_age_s > stale_s
    spans.append((_motion(session, seen, wide, stale_s), Tone.WARN if is_old else Tone.NORMAL))
    bingo, bingo_tone = left_words(session, drone, seen, now)
    weak = "?" if (seen.battery_age_s or 0.0) > stale_s else ""
    spans.append((f"{right(bingo + (weak if bingo != session.glyphs.none else ''), 9)} ", bingo_tone))
    link = short_age(seen.link_age_s) if seen.link_age_s is not None else session.glyphs.none
    spans.append((f"{right(link, 5)} ", Tone.WARN if is_old else Tone.NORMAL))
    whose, whose_tone = control_words(session, drone.callsign, now)
    spans.append((left(whose, wide.control), whose_tone))
    if seen.trouble:
        spans.append((f"  {seen.trouble}", Tone.ALARM))
    return row(width, *spans, note)


def phase_words(session: Session, drone: Drone, flight: Flight | None, seen: Telemetry) -> tuple[str, Tone]:
    """The stored phase, with a question mark when nothing newer than the limit stands behind it."""
    is_old = seen.link_age_s is None or seen.link_age_s > session.model.programme.stale_after_s
    if flight is not None and flight.downed_at is not None:
        return session.shown("down").upper(), Tone.ALARM
    if flight is not None:
        # Phases come from the journal: while it cannot write, the last one stands and may be untrue.
        is_old = is_old or bool(session.model.health.journal_error)
        mark = "? " if is_old else ""
        return f"{mark}{session.shown(flight.phase)}", Tone.WARN if is_old else Tone.STRONG
    if seen.is_airborne:
        return session.shown("in the air").upper(), Tone.ALARM
    if drone.callsign in session.model.state.grounded:
        return session.shown("grounded"), Tone.WARN
    if seen.link_age_s is None:
        is_past = session.is_looking_back  # a track is kept of flights only
        return ("no record", Tone.QUIET) if is_past else (session.shown("not heard"), Tone.WARN)
    if is_old:
        return f"? {session.shown('silent')}", Tone.WARN
    if seen.is_armable is False or seen.has_fix is False:
        return session.shown("not ready"), Tone.WARN
    left_s = flying_s(drone, seen, session.model.programme.battery_reserve)
    if left_s is not None and left_s < LOW_S:
        return f"{session.shown('ready')} LOW", Tone.WARN
    return session.shown("ready"), Tone.NORMAL


def current_order(session: Session, drone: Drone, flight: Flight | None, now: float) -> Order | None:
    """The newest order while it means something: with its flight, and for a minute after it."""
    order, at = session.model.state.newest_order(drone.callsign), session.model.core_now(now)
    if order is None or flight is not None or at is None:
        return order
    return order if (at - order.asked_at).total_seconds() < ORDER_LASTS_S else None


def order_words(session: Session, order: Order | None) -> tuple[str, Tone]:
    """The newest order and how far it came, in the stored words; `seen` once telemetry shows it."""
    if order is None:
        return "", Tone.NORMAL
    outcome = "seen" if order.observed_at is not None else session.shown(order.outcome)
    return f"{order.verb.value} {outcome}", _ORDER_TONE.get(order.outcome, Tone.NORMAL)


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


def _motion(session: Session, seen: Telemetry, wide: Columns, stale_s: float) -> str:
    none = session.glyphs.none
    old = "?" if (seen.position_age_s or 0.0) > stale_s else ""
    weak = "?" if (seen.battery_age_s or 0.0) > stale_s else ""
    # What stands on the ground has neither: its barometer's wavering is no news.
    is_up = seen.is_airborne is not False
    height = f"{height_words(seen.height_m)}{old}" if is_up and seen.height_m is not None else none
    speed = (
        f"{speed_words(seen.ground_speed_m_s)}{old}" if is_up and seen.ground_speed_m_s is not None else none
    )
    battery = f"{percent(seen.battery_fraction)}{weak}" if seen.battery_fraction is not None else none
    shown = f"{right(speed, wide.speed)} " if wide.speed else ""
    return f"{right(height, 7)} {shown}{right(battery, 5)} "


def _figures(seen: Telemetry) -> str:
    parts = [
        f"{height_words(seen.height_m)}?" if seen.height_m is not None else "",
        f"{percent(seen.battery_fraction)}?" if seen.battery_fraction is not None else "",
    ]
    return " ".join(part for part in parts if part) or "nothing known"
