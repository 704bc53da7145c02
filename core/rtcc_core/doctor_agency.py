"""`rtcc doctor --settings FILE`: what agency.toml points at, people, sites and aircraft.

FAIL is what holds back every launch; WARN what holds back some, or will soon.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rtcc_core.commands import JOURNAL_NAME, airspace_of, clock_of, traffic_of
from rtcc_core.doctor_findings import Finding, Grade, Nowhere
from rtcc_core.domain.evolve import evolve
from rtcc_core.domain.gates.aircraft import NEARLY_DUE
from rtcc_core.domain.gates.people import RUNS_OUT_DAYS
from rtcc_core.domain.people import Person, Right
from rtcc_core.domain.state import State
from rtcc_core.domain.text import clean

if TYPE_CHECKING:
    from rtcc_core.domain.airspace import AirspaceSource
    from rtcc_core.domain.drone import Drone
    from rtcc_core.domain.facts import WeatherReported
    from rtcc_core.domain.traffic import TrafficSource
    from rtcc_core.settings import Settings

LISTEN_FOR_S = 10.0
"""A receiver rewrites its file every second; one that is not heard within this is silent."""

LISTEN_EVERY_S = 0.1

PROBLEMS_SHOWN = 5
"""Of one airspace file."""


def agency_findings(settings: Settings, state_dir: Path) -> Iterator[Finding]:
    """Everything about the agency's own files, receivers, people, sites and aircraft, as it is found."""
    now = clock_of(settings.drill).now()
    yield from check_airspace(settings)
    yield check_weather(settings, now)
    yield from check_traffic(settings)
    yield from check_people(settings, now)
    yield from check_sites(settings)
    yield from check_aircraft(settings, settings.journal_path or state_dir / JOURNAL_NAME)


# --- airspace ---------------------------------------------------------------------------------------------


def check_airspace(settings: Settings) -> Iterator[Finding]:
    """Each file of [[airspace]]: readable, whole, and not out of date."""
    if not settings.airspace:
        yield Finding(Grade.OK, "airspace", "no files: fences, ceilings and restrictions are not looked at")
        return
    clock = clock_of(settings.drill)
    airspace = airspace_of(settings, Nowhere(), clock).read()
    for source in airspace.sources:
        yield from _airspace_file(source, clock.now())


def _airspace_file(source: AirspaceSource, at: datetime) -> Iterator[Finding]:
    name = f"{source.name} ({source.kind.value})"
    for number, problem in enumerate(source.problems[:PROBLEMS_SHOWN], 1):
        more = len(source.problems) - number if number == PROBLEMS_SHOWN else 0
        said = f"{name}: {problem}" + (f" (and {more} more)" if more else "")
        yield Finding(Grade.FAIL, "airspace", said, "Until it is put right, every launch needs an override")
    if source.is_expired(at):
        said = f"{name} is out of date since {source.valid_until:%Y-%m-%d %H:%M} UTC"
        yield Finding(Grade.FAIL, "airspace", said, "Fetch it anew: every launch needs an override")
    if source.problems or source.is_expired(at):
        return
    until = f", good until {source.valid_until:%Y-%m-%d %H:%M} UTC" if source.valid_until else ""
    count = f"{source.volumes} {'volume' if source.volumes == 1 else 'volumes'} near the agency"
    yield Finding(Grade.OK, "airspace", f"{name}: {count if source.volumes else 'read'}{until}")


# --- weather ----------------------------------------------------------------------------------------------


def check_weather(settings: Settings, now: datetime) -> Finding:
    """The file of [weather]: readable, fresh, and telling what is asked of it."""
    from rtcc_core.adapters.weather_file import read_weather

    path, takes_metar = settings.weather_file, settings.programme.takes_metar
    if path is None:
        if takes_metar:
            remedy = "Give [weather] file, or leave takes_metar out"
            return Finding(
                Grade.FAIL, "weather", "takes_metar asks for visibility, and no file is given", remedy
            )
        return Finding(Grade.OK, "weather", "no file: people report the wind (wind 5 240)")
    try:
        observed = read_weather(path, now)
    except (OSError, ValueError) as error:
        words = clean(getattr(error, "strerror", None) or str(error))
        remedy = "Look at the program that writes it; until then people report the wind (wind 5 240)"
        return Finding(Grade.WARN, "weather", f"{path} cannot be used: {words}", remedy)
    age_min = (now - observed.observed_at).total_seconds() / 60.0
    said = f"{clean(observed.source)}, observed {observed.observed_at:%H:%M} UTC"
    if not -5.0 <= age_min <= settings.programme.weather_valid_min:
        valid = f"{age_min:.0f} min ago, good for {settings.programme.weather_valid_min:.0f}"
        remedy = "Look at the program that writes it, and at the clock; until then people report the wind"
        return Finding(Grade.WARN, "weather", f"{said}, {valid}", remedy)
    missing = _untold(observed, takes_metar=takes_metar)
    if missing:
        remedy = "Those gates say UNKNOWN: name another station, or report the wind (wind 5 240)"
        return Finding(Grade.WARN, "weather", f"{said}, does not tell {' and '.join(missing)}", remedy)
    qnh = f", QNH {observed.qnh_hpa:.0f} hPa" if observed.qnh_hpa is not None else ""
    return Finding(Grade.OK, "weather", f"{said}{qnh}")


def _untold(observed: WeatherReported, *, takes_metar: bool) -> list[str]:
    missing = [] if observed.has_wind else ["the wind"]
    if takes_metar and observed.visibility_m is None:
        missing.append("the visibility")
    return missing


# --- traffic ----------------------------------------------------------------------------------------------


def check_traffic(settings: Settings, *, listen_for_s: float = LISTEN_FOR_S) -> Iterator[Finding]:
    """Each receiver of [[traffic]] is heard; listens for up to `listen_for_s`."""
    if not settings.traffic:
        if settings.programme.requires_traffic_feed:
            said = "requires_traffic_feed, and there is no [[traffic]] receiver"
            yield Finding(Grade.FAIL, "traffic", said, "Name one: every launch needs an override")
        else:
            yield Finding(Grade.OK, "traffic", "no receivers: nobody looks out for other aircraft")
        return
    try:
        sources = asyncio.run(_listen(settings, listen_for_s))
    except (OSError, ValueError) as error:
        yield Finding(
            Grade.FAIL, "traffic", clean(str(error)), "Correct [[traffic]]: the core does not start"
        )
        return
    is_heard = any(source.is_up for source in sources)
    for source in sources:
        if source.is_up:
            yield Finding(Grade.OK, "traffic", f"{source.name}: {source.detail}")
        else:
            remedy = "Is its program running? `readsb` and `dump1090` write aircraft.json every second"
            remedy += "" if is_heard else "; with none heard every launch needs an override"
            grade = Grade.WARN if is_heard else Grade.FAIL
            yield Finding(grade, "traffic", f"{source.name}: {source.detail or 'silent'}", remedy)


async def _listen(settings: Settings, listen_for_s: float) -> tuple[TrafficSource, ...]:
    feeds = traffic_of(settings)
    listening = asyncio.create_task(feeds.run())
    try:
        for _ in range(max(1, round(listen_for_s / LISTEN_EVERY_S))):
            if all(source.is_up for source in feeds.sources()):
                break
            await asyncio.sleep(LISTEN_EVERY_S)
        return feeds.sources()
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


# --- people, sites, aircraft ------------------------------------------------------------------------------


def check_people(settings: Settings, now: datetime) -> Iterator[Finding]:
    """Those who launch: is their knowledge current (14 CFR 107.65)?"""
    pilots = [person for person in settings.people if person.may(Right.LAUNCH)]
    if not pilots:
        yield Finding(
            Grade.FAIL, "people", "nobody has a role that launches", "Give somebody the role dispatcher"
        )
        return
    found = [(person, _recency(settings, person, now)) for person in pilots]
    lapsed = [(person, words) for person, words in found if words]
    may = sum(not words or words.startswith("ends") for _, words in found)
    for person, words in lapsed:
        grade = Grade.WARN if may else Grade.FAIL
        remedy = "After the training, write knowledge_until into [[person]]"
        yield Finding(grade, "people", f"{person.name}'s knowledge recency {words}", remedy)
    if not lapsed:
        yield Finding(Grade.OK, "people", f"{len(pilots)} may launch")


def _recency(settings: Settings, person: Person, now: datetime) -> str:
    """What is wrong with it, in words; empty where it is right, or not asked for."""
    until = person.knowledge_until
    if until is None:
        return "is not on file" if settings.programme.requires_recency else ""
    days = (until - now.date()).days
    if days < 0:
        return f"ended on {until}"
    return f"ends on {until}" if days <= RUNS_OUT_DAYS else ""


def check_sites(settings: Settings) -> Iterator[Finding]:
    """Every aircraft has a place at its own site."""
    troubles = []
    for site in settings.sites:
        based = [drone for drone in settings.drones if drone.site == site.name]
        if site.pads is not None and len(based) > site.pads:
            pads = f"{site.pads} {'pad' if site.pads == 1 else 'pads'}"
            said = f"{site.name} has {pads} and {len(based)} aircraft"
            troubles.append((said, "Somebody would find its pad taken: correct pads, or base it elsewhere"))
        for drone in based:
            if site.takes and drone.model not in site.takes:
                model = drone.model or "not told"
                said = f"{site.name} takes {', '.join(site.takes)}; {drone.callsign} is {model}"
                troubles.append((said, "It could not come home: correct takes or model"))
    for said, remedy in troubles:
        yield Finding(Grade.WARN, "sites", said, remedy)
    if not troubles:
        yield Finding(Grade.OK, "sites", f"{len(settings.sites)} with room for the aircraft based there")


def check_aircraft(settings: Settings, journal: Path) -> Iterator[Finding]:
    """What the journal says of each aircraft: grounded, or due for inspection."""
    from rtcc_core.adapters.journal_file import JournalUnreadable

    try:
        state = _state_of(journal) if journal.exists() else State()
    except JournalUnreadable as error:
        yield Finding(Grade.FAIL, "aircraft", f"what stands against them is not known: {error}",
                      "Look with rtcc journal verify")  # fmt: skip
        return
    troubles = [(drone, words) for drone in settings.drones if (words := _unfit(state, drone))]
    for drone, words in troubles:
        remedy = f"When it is fit again, somebody types: inservice {drone.callsign}"
        yield Finding(Grade.WARN, "aircraft", f"{drone.callsign} {words}", remedy)
    if not troubles:
        yield Finding(Grade.OK, "aircraft", f"{len(settings.drones)}, none grounded or due for inspection")


def _unfit(state: State, drone: Drone) -> str:
    grounding = state.grounded.get(drone.callsign)
    if grounding is not None:
        return f"was grounded by {clean(grounding.account)}: {clean(grounding.reason)}"
    due_h, flown_h = drone.inspect_after_h, state.airtime_s.get(drone.callsign, 0.0) / 3_600.0
    if due_h is None or flown_h < NEARLY_DUE * due_h:
        return ""
    return f"has flown {flown_h:.1f} of {due_h:.0f} h since its inspection"


def _state_of(journal: Path) -> State:
    """The fold of a journal, read beside a core that may be running. Raises JournalUnreadable."""
    from rtcc_core.adapters.journal_file import must_be_journal, read_rows
    from rtcc_core.records.journal_view import decoded

    must_be_journal(journal)
    state = State()
    for row in read_rows(journal):
        stored = decoded(row)
        if stored is not None:
            state = evolve(state, stored)
    return state
