"""One aircraft of the flight screen: every figure with its unit, its age where it is old, and what to know.

Each row has a weight: where the tile is low, the rows that matter least go first and the others keep their
order, so that a figure is found in the same place.
"""

from __future__ import annotations

from dataclasses import dataclass

from rich.cells import cell_len

from rtcc_core.domain.drone import Drone, Telemetry
from rtcc_core.domain.flight import GOING_HOME, Flight, Phase
from rtcc_core.domain.forecast import flight_drain
from rtcc_core.domain.geo import bearing_deg, distance_m
from rtcc_core.domain.state import Alarm
from rtcc_core.domain.traffic import wind_of
from rtcc_tui.session import Session
from rtcc_tui.spans import Line, Span, Tone, cut, row
from rtcc_tui.views.craft import (
    CALM,
    back_words,
    control_words,
    in_words,
    is_bingo,
    left_words,
    own_height_words,
    relief_words,
)
from rtcc_tui.views.fleet import lost_words, order_words, phase_words
from rtcc_tui.words import (
    climb_words,
    far_words,
    height_words,
    minutes,
    minutes_seconds,
    percent,
    short_age,
    since,
    speed_words,
)
from rtcc_tui.words import wind as wind_words

LABEL_W = 8
"""Cells of a row's name."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One row: its name, what stands behind it, and how soon it is left out (0 never)."""

    weight: int
    label: str
    spans: tuple[Span, ...]


def tile_head(session: Session, drone: Drone, now: float, width: int, *, is_focused: bool) -> Line:
    """`D1 on scene 3:12                you`: who, what it was seen doing and since when, who has it."""
    flight, seen = session.model.state.flight_of(drone.callsign), session.model.seen(drone.callsign, now)
    at = session.model.core_now(now)
    phase, phase_tone = phase_words(session, drone, flight, seen)
    entered = (flight.phase_since or flight.times.get(flight.phase)) if flight else None
    lasts = f" {since(entered, at)}" if entered is not None and at is not None else ""
    mark = session.glyphs.selected if is_focused else " "
    whose, whose_tone = control_words(session, drone.callsign, now)
    tail = f"{cut(whose, max(6, width // 3))} "
    head = cut(f"{mark}{drone.callsign} {phase}{lasts}", max(0, width - cell_len(tail) - 1))
    pad = " " * max(0, width - cell_len(head) - cell_len(tail))
    if is_focused and phase_tone is not Tone.ALARM:
        return row(width, (head + pad + tail, Tone.SELECTED))
    return row(width, (head + pad, phase_tone), (tail, whose_tone))


def tile_warnings(session: Session, drone: Drone, now: float) -> list[tuple[str, Tone]]:
    """What is wrong, the worst first: a lost link, alarms, failures, what it does by itself, who wants it."""
    state, name = session.model.state, drone.callsign
    seen = session.model.seen(name, now)
    found: list[tuple[str, Tone]] = []
    if lost := lost_words(session, drone, seen):
        found.append((lost, Tone.ALARM))
    if seen.trouble:
        found.append((seen.trouble, Tone.ALARM))
    alarms = [each for each in session.model.open_alarms() if each.drone == name and not each.is_over]
    found += [
        (f"{each.severity.value.upper()} {each.text}", Tone.WARN) for each in alarms if not _is_link(each)
    ]
    found += [(text, Tone.WARN) for text in state.unwell.get(name, {}).values()]
    if (grounding := state.grounded.get(name)) is not None:
        found.append((f"grounded by {session.person(grounding.account)}: {grounding.reason}", Tone.WARN))
    control = state.control.get(name)
    if control is not None and control.requested_by is not None:
        found.append((f"{session.person(control.requested_by)} asks for it", Tone.WARN))
    if (relief := _relief_trouble(session, name, now)) is not None:
        found.append(relief)
    return list(dict.fromkeys(found))


def _is_link(alarm: Alarm) -> bool:
    """A lost link stands in its own words, with its age."""
    return alarm.alarm_id.startswith("link:")


def _relief_trouble(session: Session, name: str, now: float) -> tuple[str, Tone] | None:
    flight = session.model.state.flight_of(name)
    relief = relief_words(session, flight, now) if flight else None
    return relief if relief is not None and relief[1] is Tone.WARN else None


def tile_figures(session: Session, drone: Drone, now: float) -> list[Figure]:
    """Every figure of the aircraft, in the order of the screen."""
    seen, flight = session.model.seen(drone.callsign, now), session.model.state.flight_of(drone.callsign)
    found = [
        *_call(session, flight),
        _battery(session, drone, flight, seen, now),
        *_reserve(session, drone, flight, seen, now),
        _height(session, seen),
        *_scene(session, flight, seen, now),
        _speed(session, seen),
        *_home(session, drone, seen, now),
        _link(session, drone, seen),
        *_order(session, drone, now),
        *_relief(session, flight, now),
        _wind(session, seen, now),
        _position(session, seen),
        _camera(session, flight, seen),
        *_video(drone),
    ]
    return found


# --- what it is for --------------------------------------------------------------------------------


def _call(session: Session, flight: Flight | None) -> list[Figure]:
    if flight is None:
        return [Figure(1, "CALL", (("on no call", Tone.QUIET),))]
    call = session.model.state.calls.get(flight.call_id)
    if call is None:
        return [Figure(1, "CALL", ((flight.call_id, Tone.NORMAL),))]
    rank = f"P{call.report.priority}" if call.report.priority is not None else "P?"
    over = "" if call.is_open else f" {call.report.status.value.upper()}"
    tone = Tone.STRONG if call.is_open else Tone.WARN
    return [
        Figure(1, "CALL", ((f"{call.call_id} {rank}{over} {call.title}", tone),)),
        Figure(5, "", ((call.address or "no address", Tone.NORMAL),)),
    ]


# --- how long it can -------------------------------------------------------------------------------


def _battery(session: Session, drone: Drone, flight: Flight | None, seen: Telemetry, now: float) -> Figure:
    if seen.battery_fraction is None:
        return Figure(1, "BATTERY", (("UNKNOWN", Tone.WARN),))
    spans: list[Span] = [(percent(seen.battery_fraction), Tone.NORMAL), _old(session, seen.battery_age_s)]
    left, tone = left_words(session, drone, seen, now)
    if flight is None:
        return Figure(1, "BATTERY", (*spans, (f"  {left} of flight", tone)))
    counts = is_bingo(left) or left in ("LEAVE", "?")
    spans.append((f"  bingo {left}" if counts else f"  {left}", tone))
    return Figure(1, "BATTERY", tuple(spans))


def _reserve(
    session: Session, drone: Drone, flight: Flight | None, seen: Telemetry, now: float
) -> list[Figure]:
    """How long until the battery stands at the reserve, were it to stay in the air and not come home."""
    told = session.forecast(drone.callsign, now)
    at = session.model.core_now(now)
    if flight is None or told is None or told.home_s is None or seen.battery_fraction is None or at is None:
        return []
    pace = flight_drain(session.model.state, drone, flight, seen, at)
    battery, before_s = seen.battery_fraction, 0.0
    if told.arrival_in_s is not None and told.arrival_fraction is not None:
        battery, before_s = told.arrival_fraction, told.arrival_in_s
    per_s = pace.home_per_s if flight.phase in GOING_HOME else pace.hover_per_s
    left_s = before_s + (battery - session.model.programme.battery_reserve) / per_s
    tone = Tone.NORMAL if left_s > 0 else Tone.ALARM
    return [Figure(3, "RESERVE", ((f"{in_words(max(0.0, left_s))} if it stays up", tone),))]


def _home(session: Session, drone: Drone, seen: Telemetry, now: float) -> list[Figure]:
    told = session.forecast(drone.callsign, now)
    spans: list[Span] = []
    if seen.home is not None and seen.position is not None:
        away_m = distance_m(seen.position, seen.home)
        where = wind_of(bearing_deg(seen.position, seen.home)) if away_m >= 1.0 else ""
        spans.append((f"{far_words(away_m)} {where}".rstrip(), Tone.NORMAL))
    else:
        spans.append((f"{drone.site}, how far is not known", Tone.WARN))
    if told is not None and told.home_s is not None:
        spans.append((f", {minutes_seconds(told.home_s)}", Tone.NORMAL))
        if told.land_with_fraction is not None:
            left = max(0.0, told.land_with_fraction)
            is_low = left < session.model.programme.battery_reserve
            spans.append((f", lands {percent(left)}", Tone.WARN if is_low else Tone.NORMAL))
    elif told is not None:
        spans.append((f"  {told.why}", Tone.WARN))
    calm = [Figure(3, "", ((CALM, Tone.WARN),))] if told is not None and told.is_calm_assumed else []
    return [Figure(3, "HOME", tuple(spans)), *calm]


# --- where it is, how it moves ---------------------------------------------------------------------


def _height(session: Session, seen: Telemetry) -> Figure:
    if seen.height_m is None:
        return Figure(2, "HEIGHT", (("UNKNOWN", Tone.WARN),))
    spans: list[Span] = [(f"{height_words(seen.height_m)} above launch", Tone.NORMAL)]
    airspace = session.model.state.airspace
    ground = airspace.ground_at(seen.position) if airspace and seen.position else None
    if ground is not None and seen.altitude_amsl_m is not None:
        # The higher of what the cell holds: roofs and trees count where the file has them.
        spans.append((f"  {height_words(seen.altitude_amsl_m - ground.highest_m)} AGL", Tone.NORMAL))
    elif airspace is not None and airspace.terrain is not None:
        spans.append(("  AGL UNKNOWN", Tone.WARN))
    return Figure(2, "HEIGHT", (*spans, _old(session, seen.position_age_s)))


def _scene(session: Session, flight: Flight | None, seen: Telemetry, now: float) -> list[Figure]:
    if flight is None:
        return []
    spans: list[Span] = []
    eta: list[Figure] = []
    at, told = session.model.core_now(now), session.forecast(flight.drone, now)
    if seen.position is not None:
        away_m = distance_m(flight.target, seen.position)
        where = f" {wind_of(bearing_deg(flight.target, seen.position))} of it" if away_m >= 1.0 else ""
        spans.append((f"{far_words(away_m)}{where}", Tone.NORMAL))
    over_s = overhead_s(flight, at.timestamp()) if at is not None else None
    if over_s is not None:
        spans.append((f"  overhead {minutes_seconds(over_s)}", Tone.STRONG))
    elif told is not None and told.arrival_in_s is not None:
        stay = f", then {minutes(told.on_scene_s)} on scene" if told.on_scene_s is not None else ""
        eta.append(Figure(2, "ETA", ((f"{minutes_seconds(told.arrival_in_s)}{stay}", Tone.STRONG),)))
    return [Figure(2, "SCENE", tuple(spans) or (("where it is, is not known", Tone.WARN),)), *eta]


def overhead_s(flight: Flight, at_s: float) -> float | None:
    """Seconds since it first had its scene in view, until it was released; None before that."""
    arrived = flight.times.get(Phase.ON_SCENE)
    if arrived is None:
        return None
    until_s = flight.cleared_at.timestamp() if flight.cleared_at else at_s
    return max(0.0, until_s - arrived.timestamp())


def _speed(session: Session, seen: Telemetry) -> Figure:
    if seen.ground_speed_m_s is None:
        return Figure(3, "SPEED", (("UNKNOWN", Tone.WARN),))
    track = f"  track {seen.track_deg:03.0f}{session.glyphs.degree}" if seen.track_deg is not None else ""
    climb_m_s = seen.climb_m_s or 0.0
    climb = (
        f"  {'up' if climb_m_s > 0 else 'down'} {climb_words(abs(climb_m_s))}"
        if abs(climb_m_s) >= 0.5
        else ""
    )
    moves = (f"{speed_words(seen.ground_speed_m_s)}{track}{climb}", Tone.NORMAL)
    return Figure(3, "SPEED", (moves, _old(session, seen.position_age_s)))


def _wind(session: Session, seen: Telemetry, now: float) -> Figure:
    """The aircraft's own estimate in flight; on the ground, and where it makes none, the station's."""
    if seen.wind_speed_m_s is not None and seen.is_airborne:
        towards = (
            f" {seen.wind_from_deg:03.0f}{session.glyphs.degree}" if seen.wind_from_deg is not None else ""
        )
        return Figure(
            5, "WIND", ((f"{speed_words(seen.wind_speed_m_s)}{towards} by its own word", Tone.NORMAL),)
        )
    weather, at = session.model.state.weather, session.model.core_now(now)
    words = wind_words(weather, session.glyphs.degree).removeprefix("wind ")
    if weather is None or at is None:
        return Figure(5, "WIND", ((words, Tone.WARN),))
    return Figure(
        5, "WIND", ((f"{words} {weather.source} {since(weather.observed_at, at)} ago", Tone.NORMAL),)
    )


def _position(session: Session, seen: Telemetry) -> Figure:
    if seen.position is None:
        return Figure(6, "AT", (("UNKNOWN", Tone.WARN),))
    return Figure(6, "AT", ((str(seen.position), Tone.NORMAL), _old(session, seen.position_age_s)))


# --- what it does ----------------------------------------------------------------------------------


def _link(session: Session, drone: Drone, seen: Telemetry) -> Figure:
    age_s, limit_s = seen.link_age_s, session.model.programme.stale_after_s
    heard = f"{short_age(age_s)} ago" if age_s is not None else "never heard"
    tone = Tone.WARN if age_s is None or age_s > limit_s else Tone.NORMAL
    acting = session.model.state.acting.get(drone.callsign)
    # The autopilot's own word for what it is told to do is no phase: a transit is flown in its `hold`.
    mode = f"  {acting.value} BY ITSELF" if acting is not None else ""
    return Figure(2, "LINK", ((heard, tone), (mode, Tone.ALARM)))


def _order(session: Session, drone: Drone, now: float) -> list[Figure]:
    order, at = session.model.state.newest_order(drone.callsign), session.model.core_now(now)
    if order is None or at is None:
        return []
    words, tone = order_words(session, order)
    why = f": {order.reason}" if order.reason else ""
    found = [Figure(3, "ORDER", ((f"{words} {since(order.asked_at, at)} ago{why}", tone),))]
    flight = session.model.state.flight_of(drone.callsign)
    if flight is not None and (back := back_words(session, flight)):
        found.append(Figure(2, "", ((back, Tone.STRONG),)))
    return found


def _relief(session: Session, flight: Flight | None, now: float) -> list[Figure]:
    relief = relief_words(session, flight, now) if flight else None
    if flight is None or relief is None:
        return []
    found = [Figure(4, "RELIEF", ((relief[0].removeprefix("relief "), relief[1]),))]
    if height := own_height_words(session, flight):
        found.append(Figure(7, "", ((height, Tone.QUIET),)))
    return found


def _camera(session: Session, flight: Flight | None, seen: Telemetry) -> Figure:
    gimbal, camera = seen.gimbal, seen.camera
    if gimbal is None and camera is None:
        return Figure(6, "CAMERA", (("none was heard", Tone.QUIET),))
    spans: list[Span] = []
    if gimbal is not None:
        pitch = f"{abs(gimbal.pitch_deg):.0f}{session.glyphs.degree or ' deg'}"
        way = "down" if gimbal.pitch_deg < -0.5 else "up" if gimbal.pitch_deg > 0.5 else "level"
        yaw = (
            f" to {gimbal.yaw_deg % 360.0:03.0f}{session.glyphs.degree}" if gimbal.yaw_deg is not None else ""
        )
        aim = way if way == "level" else f"{pitch} {way}"
        spans += [(f"{aim}{yaw}", Tone.NORMAL), _old(session, gimbal.age_s)]
        if gimbal.trouble:
            spans.append((f"  {gimbal.trouble}", Tone.WARN))
    if flight is not None and flight.camera is not None and not flight.camera.is_allowed:
        spans.append(("  where it must be level", Tone.WARN))
    is_recording = camera.is_recording if camera else None
    rec = "REC" if is_recording else "not recording" if is_recording is False else "recording?"
    return Figure(4, "CAMERA", (*spans, (f"  {rec}", Tone.STRONG if is_recording else Tone.QUIET)))


def _video(drone: Drone) -> list[Figure]:
    return [Figure(6, "VIDEO", ((drone.video_url, Tone.NORMAL),))] if drone.video_url else []


def _old(session: Session, age_s: float | None) -> Span:
    """`  5s old` for a value that is older than the programme's limit; else nothing."""
    if age_s is None or age_s <= session.model.programme.stale_after_s:
        return "", Tone.NORMAL
    return f"  {short_age(age_s)} old", Tone.WARN


def figure_line(figure: Figure, width: int) -> Line:
    """`BATTERY 58%  bingo 6:10`; what is not the usual tone stays in its own."""
    label = f" {figure.label:<{LABEL_W}}"
    spans = tuple(span for span in figure.spans if span[0])
    return row(width, (label, Tone.QUIET), *spans, ("", Tone.NORMAL))
