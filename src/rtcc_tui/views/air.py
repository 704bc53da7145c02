"""Airspace and weather: what is in force now and next, how old its files are, light, wind, other aircraft."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from rtcc_core.domain.airspace import Airspace, AirspaceSource, Volume, VolumeKind
from rtcc_core.domain.call import Place
from rtcc_core.domain.daylight import daylight
from rtcc_core.domain.forecast import is_fresh
from rtcc_core.domain.gates import question, run_gates, unchecked
from rtcc_core.domain.geo import LatLon, distance_m
from rtcc_core.domain.heights import Height
from rtcc_core.domain.state import Weather
from rtcc_core.domain.traffic import is_heard, nearby, silence_words, where_words
from rtcc_tui.session import Session
from rtcc_tui.spans import Line, Tone, left
from rtcc_tui.views.paper import entry, heading, said, section
from rtcc_tui.words import clock, far_words, height_words, short_age, since, speed_words
from rtcc_tui.words import wind as wind_words

NEXT_WITHIN = timedelta(hours=24)
"""Restrictions that begin within this are told."""

TRAFFIC_WITHIN_M = 20_000.0
TRAFFIC_MOST = 8
VOLUMES_MOST = 40
"""Of one kind; a facility map has hundreds of cells, and those that matter are told first."""


def air_page(session: Session, now: float, width: int) -> list[Line]:
    """Weather, light, airspace, other aircraft, and what nobody looks at here."""
    at = session.model.core_now(now)
    lines = [heading("AIRSPACE AND WEATHER", width)]
    if at is None:
        return [*lines, *said("nothing was heard of the core yet", width, Tone.WARN)]
    rule = session.glyphs.horizontal
    lines += _weather(session, at, now, width)
    lines += _light(session, at, width)
    lines.append(section("AIRSPACE", width, rule))
    lines += _airspace(session, at, width)
    lines.append(section("OTHER AIRCRAFT", width, rule))
    lines += _traffic(session, now, width)
    lines.append(section("NOT SET UP HERE: nobody looks at these before a launch", width, rule))
    return [*lines, *_unchecked(session, at, now, width)]


# --- weather and light -----------------------------------------------------------------------------


def _weather(session: Session, at: datetime, now: float, width: int) -> list[Line]:
    weather, programme = session.model.state.weather, session.model.programme
    if weather is None:
        lines = entry("WIND", "UNKNOWN: nobody reports it; wind 5 240 reports what you see", width, Tone.WARN)
    else:
        is_valid = is_fresh(weather, programme, at)
        age = f"{since(weather.observed_at, at)} old, from {weather.source}"
        tone = Tone.NORMAL if is_valid else Tone.WARN
        over = "" if is_valid else f"; NO LONGER VALID, it counts for {programme.weather_valid_min:.0f} min"
        lines = entry("WIND", f"{_wind(session, weather)}; {age}{over}", width, tone)
        if seen := _sight(weather):
            lines += entry("SIGHT", seen, width, tone)
        if weather.raw:
            lines += entry("METAR", weather.raw, width)
    return lines + _aloft(session, now, width)


def _wind(session: Session, weather: Weather) -> str:
    if not weather.has_wind:
        return "not told by this report"
    words = wind_words(weather, session.glyphs.degree).removeprefix("wind ")
    sides = "; from all sides: planned as ahead on every leg" if weather.is_variable else ""
    return f"{words}{sides}"


def _sight(weather: Weather) -> str:
    parts = []
    if weather.visibility_m is not None:
        parts.append(f"visibility {far_words(weather.visibility_m)}")
    if weather.cloud_base_m is not None:
        parts.append(f"cloud base {height_words(weather.cloud_base_m)}")
    if weather.qnh_hpa is not None:
        parts.append(f"QNH {weather.qnh_hpa:.0f} hPa")
    return ", ".join(parts)


def _aloft(session: Session, now: float, width: int) -> list[Line]:
    """The wind at the heights at which our own aircraft feel it now."""
    felt: list[tuple[float, str]] = []
    for callsign in session.model.state.drones:
        seen = session.model.seen(callsign, now)
        if not seen.is_airborne or seen.wind_speed_m_s is None or seen.height_m is None:
            continue
        towards = (
            f" {seen.wind_from_deg:03.0f}{session.glyphs.degree}" if seen.wind_from_deg is not None else ""
        )
        felt.append(
            (
                seen.height_m,
                f"{height_words(seen.height_m)} {speed_words(seen.wind_speed_m_s)}{towards} ({callsign})",
            )
        )
    if not felt:
        return []
    return entry("ALOFT", ", ".join(words for _, words in sorted(felt)), width)


def _light(session: Session, at: datetime, width: int) -> list[Line]:
    place = _middle(session)
    if place is None:
        return entry("LIGHT", "UNKNOWN: no site and no centre is set up", width, Tone.WARN)
    found = daylight(place, at)
    then = ", ".join(f"{light.value} from {clock(when)[:5]}Z" for when, light in found.changes)
    words = f"{found.now.value}; {then or 'no change within a day'}"
    may = "" if session.model.programme.is_authorised_at_night else "; this programme flies by day"
    return entry("LIGHT", words + may, width)


def _middle(session: Session) -> LatLon | None:
    sites = list(session.model.state.sites.values())
    return session.model.programme.centre or (sites[0].position if sites else None)


# --- airspace --------------------------------------------------------------------------------------


def _airspace(session: Session, at: datetime, width: int) -> list[Line]:
    airspace = session.model.state.airspace
    if airspace is None:
        return said(
            "no airspace file is set up: only the agency's own heights and ranges hold", width, Tone.WARN
        )
    lines: list[Line] = []
    for kind in (VolumeKind.RESTRICTION, VolumeKind.KEEP_OUT, VolumeKind.FENCE, VolumeKind.CEILING):
        lines += _kind(session, airspace, kind, at, width)
    for source in airspace.sources:
        lines += _source(source, at, width)
    if not airspace.sources:
        lines += said("no file is read", width, Tone.WARN)
    return lines


def _kind(session: Session, airspace: Airspace, kind: VolumeKind, at: datetime, width: int) -> list[Line]:
    """Those in force, the near ones first; then those that begin within a day."""
    every = [volume for volume in airspace.volumes if volume.kind is kind]
    if not every:
        return []
    here = _middle(session)
    now_held = sorted((v for v in every if v.holds_at(at)), key=lambda v: (_away_m(v, here), v.name))
    coming = [v for v in every if v.starts_at is not None and at < v.starts_at <= at + NEXT_WITHIN]
    tone = Tone.WARN if kind is VolumeKind.RESTRICTION else Tone.NORMAL
    label = kind.value.upper()
    lines: list[Line] = []
    for volume in now_held[:VOLUMES_MOST]:
        lines += entry(label, volume_words(volume, at), width, tone, label_w=12)
        label = ""
    if len(now_held) > VOLUMES_MOST:
        lines += entry("", f"and {len(now_held) - VOLUMES_MOST} further away", width, Tone.QUIET, label_w=12)
    for volume in sorted(coming, key=lambda each: (each.starts_at or at, each.name))[:VOLUMES_MOST]:
        starts = volume.starts_at or at
        soon = f"NEXT, in {since(at, starts)}: "
        lines += entry(label, soon + volume_words(volume, at), width, Tone.WARN, label_w=12)
        label = ""
    if not lines:
        lines = entry(label, f"{len(every)} in the files, none in force", width, Tone.QUIET, label_w=12)
    return lines


def _away_m(volume: Volume, here: LatLon | None) -> float:
    return (
        min((distance_m(here, corner) for corner in volume.outline), default=0.0) if here is not None else 0.0
    )


def volume_words(volume: Volume, at: datetime) -> str:
    """`HOSPITAL: from the ground to 120 m above ground, until 18:00Z; FDC 6/1234`."""
    low = _height(volume.floor) if volume.floor is not None else "the ground"
    high = f"to {_height(volume.ceiling)}" if volume.ceiling is not None else "up without end"
    if volume.kind is VolumeKind.CEILING:
        reach = (
            f"no higher than {_height(volume.ceiling)}" if volume.ceiling is not None else "no ceiling told"
        )
    else:
        reach = f"from {low} {high}"
    times = [f"from {_time(volume.starts_at, at)}"] if volume.starts_at and volume.starts_at > at else []
    if volume.ends_at is not None:
        times.append(f"until {_time(volume.ends_at, at)}")
    when = f", {' '.join(times)}" if times else ""
    why = f"; {volume.citation}" if volume.citation else ""
    return f"{volume.name}: {reach}{when}{why}"


def _height(height: Height) -> str:
    return f"{height} ({height_words(height.metres)})"


def _time(moment: datetime, at: datetime) -> str:
    return f"{clock(moment)[:5]}Z" if moment.date() == at.date() else f"{moment:%Y-%m-%d %H:%M}Z"


def _source(source: AirspaceSource, at: datetime, width: int) -> list[Line]:
    """A file: what it holds, since when it is read, how old it is, what of it could not be used."""
    if source.written_at is None:
        text, tone = f"{source.name} ({source.kind.value}) IS MISSING", Tone.ALARM
    else:
        written = f"written {since(source.written_at, at)} ago, read {since(source.read_at, at)} ago"
        text, tone = f"{source.name} ({source.kind.value}): {source.volumes} volumes, {written}", Tone.QUIET
        if source.is_expired(at):
            text, tone = f"{text}, OLD", Tone.WARN
        elif source.valid_until is not None:
            text += f", good until {_time(source.valid_until, at)}"
    lines = entry("FILE", text, width, tone, label_w=12)
    for problem in source.problems[:3]:
        lines += entry("", f"cannot be used: {problem}", width, Tone.WARN, label_w=12)
    more = len(source.problems) - 3
    return [*lines, *(entry("", f"and {more} more", width, Tone.WARN, label_w=12) if more > 0 else [])]


# --- other aircraft --------------------------------------------------------------------------------


def _traffic(session: Session, now: float, width: int) -> list[Line]:
    air = session.model.air_now(now)
    lines: list[Line] = []
    for source in air.sources:
        heard = f"last word {short_age(source.age_s)} ago" if source.age_s is not None else "never heard"
        state = "listens" if source.is_up else "DOES NOT LISTEN"
        detail = f"; {source.detail}" if source.detail else ""
        tone = Tone.NORMAL if source.is_up else Tone.WARN
        lines += entry(left(source.name, 12).rstrip(), f"{state}, {heard}{detail}", width, tone, label_w=12)
    if not is_heard(air.sources):
        lines += said(silence_words(air.sources), width, Tone.WARN)
    found = [
        (distance_m(here, each.position), each.id, f"{each.name}: {where_words(here, each)} of {name}")
        for name, here, amsl_m in _vantages(session, now)
        for each in nearby(air.intruders, here, TRAFFIC_WITHIN_M, altitude_amsl_m=amsl_m)
    ]
    nearest: dict[str, str] = {}
    for _, key, words in sorted(found):
        nearest.setdefault(key, words)
    for key, words in list(nearest.items())[:TRAFFIC_MOST]:
        each = next(intruder for intruder in air.intruders if intruder.id == key)
        height = (
            f", {height_words(each.altitude_amsl_m)} above sea level"
            if each.altitude_amsl_m is not None
            else ""
        )
        lines += said(f"{words}{height or ', height UNKNOWN'}", width)
    if len(nearest) > TRAFFIC_MOST:
        lines += said(f"and {len(nearest) - TRAFFIC_MOST} further away", width, Tone.QUIET)
    if is_heard(air.sources) and not nearest:
        lines += said(f"nobody within {far_words(TRAFFIC_WITHIN_M)}", width, Tone.QUIET)
    return lines


def _vantages(session: Session, now: float) -> Iterable[tuple[str, LatLon, float | None]]:
    """Where we are: our aircraft in the air, else the sites."""
    flying = [
        (callsign, seen.position, seen.altitude_amsl_m)
        for callsign, seen in session.model.sky_now(now).items()
        if seen.is_airborne and seen.position is not None
    ]
    if flying:
        return flying
    return [(site.name, site.position, site.ground_amsl_m) for site in session.model.state.sites.values()]


# --- what nobody looks at --------------------------------------------------------------------------


def _unchecked(session: Session, at: datetime, now: float, width: int) -> list[Line]:
    state = session.model.state
    drone = next(iter(state.drones.values()), None)
    if drone is None:
        return said("the fleet is empty", width, Tone.QUIET)
    seen = session.model.seen(drone.callsign, now)
    asked = question(state, drone, Place(), seen, at, None, air=session.model.air_now(now))
    skipped = unchecked(run_gates(asked))
    words = f"gates that are off: {', '.join(skipped)} (agency.toml)" if skipped else "every gate is set up"
    return said(words, width, Tone.WARN if skipped else Tone.QUIET)
