"""Aircraft and sites: what is ready, what is not and why; who stands where, and what room is left."""

from __future__ import annotations

from rtcc_core.domain.call import Place
from rtcc_core.domain.context import Context
from rtcc_core.domain.drone import Drone, Site, Telemetry
from rtcc_core.domain.flight import Verdict
from rtcc_core.domain.gates import RULES, question
from rtcc_core.domain.people import Person
from rtcc_core.domain.recalls import pads_of, standing_at
from rtcc_tui.session import Session
from rtcc_tui.spans import Line, Tone, left, right, row, short_id
from rtcc_tui.views.fleet import lost_words, phase_words
from rtcc_tui.views.paper import heading, said, section
from rtcc_tui.words import height_words, percent, short_age

OF_THE_AIRCRAFT = frozenset({"link", "position", "ready", "service", "remote-id"})
"""Gates that ask about the aircraft alone, whatever call it would be sent to."""

WIDE_FROM = 100


def sites_page(session: Session, now: float, width: int) -> list[Line]:
    """Heading, every aircraft with what keeps it, every site with its room."""
    state = session.model.state
    whys = {name: why_not(session, drone, now) for name, drone in state.drones.items()}
    ready = sum(not why and state.flight_of(name) is None for name, why in whys.items())
    counts = f"AIRCRAFT {len(state.drones)}, {ready} ready, {len(session.model.out())} out"
    lines = [heading(f"{counts} {session.glyphs.dot} SITES {len(state.sites)}", width)]
    lines.append(_names(width))
    for drone in state.drones.values():
        lines.append(_aircraft(session, drone, now, width, is_ready=not whys[drone.callsign]))
        lines += [part for why, tone in whys[drone.callsign] for part in said(why, width, tone, indent=7)]
    if not state.drones:
        lines += said("the fleet is empty", width, Tone.QUIET)
    lines.append(section("SITES", width, session.glyphs.horizontal))
    context = _context(session, now)
    for site in state.sites.values():
        lines += _site(session, site, context, width)
    return lines


def why_not(session: Session, drone: Drone, now: float) -> list[tuple[str, Tone]]:
    """Why it would not be launched, whatever the call; empty where nothing of its own keeps it."""
    state, name = session.model.state, drone.callsign
    found: list[tuple[str, Tone]] = []
    if (grounding := state.grounded.get(name)) is not None:
        who = session.person(grounding.account)
        found.append((f"grounded by {who}: {grounding.reason}", Tone.WARN))
    at = session.model.core_now(now)
    if at is not None:
        nobody: Person | None = None
        asked = question(state, drone, Place(), session.model.seen(name, now), at, nobody)
        for rule in RULES:
            answer = rule.ask(asked) if rule.gate in OF_THE_AIRCRAFT else None
            if answer is None or answer.verdict is Verdict.PASS:
                continue
            if rule.gate == "service" and grounding is not None:
                continue  # said above, by the name of the person
            word = "" if answer.verdict is Verdict.BLOCK else f"{answer.verdict.value} "
            found.append((f"{word}{rule.gate}: {answer.reason}", Tone.WARN))
    told = {text for text, _ in found}
    for what, words in state.unwell.get(name, {}).items():
        if not any(words in text for text in told):
            found.append((f"{what}: {words}", Tone.WARN))
    return found


def _names(width: int) -> Line:
    wide = (
        f"{right('HOURS', 12)}  {left('REMOTE ID', 10)} {left('AUTOPILOT', 11)} "
        if width >= WIDE_FROM
        else ""
    )
    text = f" {left('CRAFT', 8)} {left('SITE', 10)} {left('STATE', 12)} {left('FOR', 8)}{right('BATT', 5)} "
    return row(
        width, (f"{text}{right('LINK', 6)}  {wide}{'MODEL' if wide else 'HOURS  REMOTE ID'}", Tone.QUIET)
    )


def _aircraft(session: Session, drone: Drone, now: float, width: int, *, is_ready: bool) -> Line:
    seen, flight = session.model.seen(drone.callsign, now), session.model.state.flight_of(drone.callsign)
    none, stale_s = session.glyphs.none, session.model.programme.stale_after_s
    phase, tone = phase_words(session, drone, flight, seen)
    old = "?" if (seen.battery_age_s or 0.0) > stale_s else ""
    battery = f"{percent(seen.battery_fraction)}{old}" if seen.battery_fraction is not None else none
    link = short_age(seen.link_age_s) if seen.link_age_s is not None else none
    hours, remote = hours_words(session, drone), remote_id_words(session, seen)
    text = f"{left(short_id(flight.call_id, 7) if flight else none, 8)}{right(battery, 5)} {right(link, 6)}  "
    if width >= WIDE_FROM:
        autopilot = seen.autopilot or none
        text += f"{right(hours, 12)}  {left(remote, 10)} {left(autopilot, 11)} {drone.model or none}"
    else:
        text += f"{hours}  {remote}"
    if lost := lost_words(session, drone, seen):
        text, tone = f"{text}  {lost}", Tone.ALARM
    head = f" {left(short_id(drone.callsign, 8), 8)} {left(drone.site, 10)} {left(phase, 12)} "
    calm = Tone.NORMAL if is_ready or flight is not None else Tone.QUIET
    return row(width, (head, tone), (text, Tone.ALARM if tone is Tone.ALARM else calm))


def hours_words(session: Session, drone: Drone) -> str:
    """`12.3 of 50 h`: flown since the journal began, of what it may before an inspection."""
    flown_h = session.model.state.airtime_s.get(drone.callsign, 0.0) / 3_600.0
    due = f" of {drone.inspect_after_h:g}" if drone.inspect_after_h is not None else ""
    return f"{flown_h:.1f}{due} h"


def remote_id_words(session: Session, seen: Telemetry) -> str:
    """`good`, `NOT GOOD`, or that none was heard."""
    remote = seen.remote_id
    if remote is None:
        return "NOT HEARD" if session.model.programme.remote_id_required else "not heard"
    return "good" if remote.is_good else "NOT GOOD"


def _site(session: Session, site: Site, context: Context | None, width: int) -> list[Line]:
    place = str(site.position)
    takes = f"takes {', '.join(site.takes)}" if site.takes else "takes every model"
    height = f", {height_words(site.ground_amsl_m)} above sea level" if site.ground_amsl_m is not None else ""
    head = f" {left(site.name, 12)} "
    if context is None:
        return [row(width, (head, Tone.STRONG), (place, Tone.NORMAL))]
    there, pads = standing_at(context, site, but=""), pads_of(context, site)
    free = max(0, pads - len(there))
    room = f"{free} of {pads} places free"
    who = ", ".join(there) or "nobody"
    lines = [
        row(
            width,
            (head, Tone.STRONG),
            (room, Tone.NORMAL if free else Tone.WARN),
            (f"   {place}{height}", Tone.NORMAL),
        )
    ]
    return [*lines, *said(f"there or coming: {who}; {takes}", width, Tone.QUIET, indent=14)]


def _context(session: Session, now: float) -> Context | None:
    at = session.model.core_now(now)
    return Context(session.model.state, "", at, session.model.sky_now(now)) if at is not None else None
