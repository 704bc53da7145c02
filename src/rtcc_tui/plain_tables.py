"""Sites and people in the line mode: what stands in columns on the screen, each figure with its name."""

from __future__ import annotations

from rtcc_core.domain.control import room_of
from rtcc_core.domain.drone import Drone
from rtcc_core.domain.people import Person, Right
from rtcc_tui.session import Session
from rtcc_tui.spans import plain
from rtcc_tui.views.craft import control_words
from rtcc_tui.views.fleet import lost_words, phase_words
from rtcc_tui.views.people import knowledge_words, people_page, shift_words
from rtcc_tui.views.sites import hours_words, remote_id_words, sites_page, why_not
from rtcc_tui.words import counted, percent, short_age, since

WIDTH = 400


def site_readings(session: Session, now: float) -> list[str]:
    """How many are ready, each aircraft with what keeps it, each site with its room."""
    page = [plain(line) for line in sites_page(session, now, WIDTH)]
    heading, rule = _first(page[0]), next(i for i, text in enumerate(page) if text.startswith(" SITES"))
    aircraft = [_aircraft(session, drone, now) for drone in session.model.state.drones.values()]
    return [
        heading,
        *(aircraft or ["the fleet is empty"]),
        *(" ".join(text.split()) for text in page[rule + 1 :]),
    ]


def _first(text: str) -> str:
    """A heading without the way back to another screen."""
    return " ".join(text.split()).removesuffix("Esc goes back").strip()


def _aircraft(session: Session, drone: Drone, now: float) -> str:
    seen, flight = session.model.seen(drone.callsign, now), session.model.state.flight_of(drone.callsign)
    phase, _ = phase_words(session, drone, flight, seen)
    battery = percent(seen.battery_fraction) if seen.battery_fraction is not None else "UNKNOWN"
    parts = [
        f"{drone.callsign} of {drone.site} {phase}" + (f" for {flight.call_id}" if flight else ""),
        lost_words(session, drone, seen),
        *(text for text, _ in why_not(session, drone, now)),
        f"battery {battery}",
        f"heard {short_age(seen.link_age_s)} ago" if seen.link_age_s is not None else "never heard",
        f"flown {hours_words(session, drone)}",
        f"remote ID {remote_id_words(session, seen)}",
        seen.autopilot,
        drone.model,
    ]
    return ", ".join(part for part in parts if part)


def people_readings(session: Session, now: float) -> list[str]:
    """How many are on shift, then each person: those with a console open first."""
    state = session.model.state
    heading = _first(plain(people_page(session, now, WIDTH)[0]))
    consoles = list(state.consoles.values())
    people = sorted(
        state.people.values(),
        key=lambda each: (each.account not in consoles, each.account not in state.shifts, each.name),
    )
    told = [_person(session, person, consoles.count(person.account), now) for person in people]
    return [heading, *(told or ["nobody is on this agency's roster"])]


def _person(session: Session, person: Person, consoles: int, now: float) -> str:
    state, you, at = session.model.state, session.model.you, session.model.core_now(now)
    shift, _ = shift_words(session, person, at)
    on_shift = (
        "says nothing of a shift"
        if shift == session.glyphs.none
        else shift.replace("to ", "on shift until ", 1)
    )
    knowledge, _ = knowledge_words(session, person, at)
    held = state.controlled_by(person.account)
    limit = room_of(state, person) if person.may(Right.FLY) else 0
    is_you = you is not None and you.account == person.account
    parts = [
        f"{person.name}{', you,' if is_you else ''} {person.role.value}",
        on_shift,
        f"{counted(consoles, 'console')} open" if consoles else "no console open",
        f"has {len(held)} of {limit} aircraft" if limit else "",
        *(_held(session, drone, now) for drone in held),
        f"knowledge {knowledge}",
        "" if person.is_night_trained else "NOT trained for night",
        *(
            f"waits for {drone}, which {session.person(control.account)} has"
            for drone, control in state.control.items()
            if control.requested_by == person.account
        ),
    ]
    return ", ".join(part for part in parts if part)


def _held(session: Session, drone: str, now: float) -> str:
    """`D1 on scene for 1041 since 4 minutes`, and who wants it, and whether anybody sits at a console."""
    state, at = session.model.state, session.model.core_now(now)
    control, flight = state.control[drone], state.flight_of(drone)
    doing = f"{session.shown(flight.phase)} for {flight.call_id}" if flight else "on the ground"
    held = f", has it {since(control.since, at)}" if at else ""
    words = f"{drone} {doing}{held}"
    if control.lapsed_at is not None or control.lease_until is not None:
        words += f", NO CONSOLE OPEN: {control_words(session, drone, now)[0]}"
    if control.requested_by is not None:
        words += f", {session.person(control.requested_by)} asks for it"
    return words
