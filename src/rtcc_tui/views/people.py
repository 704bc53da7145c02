"""Who is on shift: until when, what they may, which aircraft they have of how many, and who waits for one."""

from __future__ import annotations

from datetime import datetime

from rtcc_core.domain.control import room_of
from rtcc_core.domain.people import Person, Right
from rtcc_tui.session import Session
from rtcc_tui.spans import Line, Tone, left, right, row
from rtcc_tui.views.craft import control_words
from rtcc_tui.views.paper import heading, said
from rtcc_tui.words import clock, since

ENDS_SOON_DAYS = 30
"""Recency that ends within so many days stands out."""


def people_page(session: Session, now: float, width: int) -> list[Line]:
    """Heading and a row for each person: those with a console open first, then those on shift."""
    state, at = session.model.state, session.model.core_now(now)
    open_consoles = list(state.consoles.values())
    on_shift = sum(at is not None and until > at for until in state.shifts.values())
    consoles = f"{len(open_consoles)} console{'' if len(open_consoles) == 1 else 's'} open"
    counts = f"PEOPLE {len(state.people)}, {on_shift} on shift, {consoles}"
    lines = [heading(counts, width), _names(width)]
    people = sorted(
        state.people.values(),
        key=lambda each: (each.account not in open_consoles, each.account not in state.shifts, each.name),
    )
    for person in people:
        lines += _person(session, person, at, now, width)
    if not people:
        lines += said("nobody is on this agency's roster", width, Tone.WARN)
    return lines


def _names(width: int) -> Line:
    who = f" {left('NAME', 16)} {left('ROLE', 13)} {left('SHIFT', 12)}"
    return row(width, (f"{who} {right('CONSOLES', 8)} {right('HAS', 6)}  KNOWLEDGE   NIGHT", Tone.QUIET))


def _person(session: Session, person: Person, at: datetime | None, now: float, width: int) -> list[Line]:
    state, you = session.model.state, session.model.you
    held = state.controlled_by(person.account)
    consoles = sum(account == person.account for account in state.consoles.values())
    limit = room_of(state, person) if person.may(Right.FLY) else 0
    has = f"{len(held)} of {limit}" if limit else session.glyphs.none
    shift, shift_tone = shift_words(session, person, at)
    knowledge, knowledge_tone = knowledge_words(session, person, at)
    is_you = you is not None and you.account == person.account
    name = f"{person.name}{' (you)' if is_you else ''}"
    base = Tone.STRONG if consoles else Tone.NORMAL if held else Tone.QUIET
    line = row(
        width,
        (f" {left(name, 16)} {left(person.role.value, 13)} ", base),
        (f"{left(shift, 12)} ", shift_tone),
        (f"{right(str(consoles) if consoles else session.glyphs.none, 8)} {right(has, 6)}  ", base),
        (f"{left(knowledge, 11)} ", knowledge_tone),
        ("yes" if person.is_night_trained else "NO", Tone.NORMAL),
    )
    return [line, *_aircraft_of(session, held, now, width), *_requests_of(session, person, at, width)]


def shift_words(session: Session, person: Person, at: datetime | None) -> tuple[str, Tone]:
    """`until 18:00Z`, `ended 0:12 ago`, or that nothing was said."""
    until = session.model.state.shifts.get(person.account)
    if until is None:
        is_wanted = session.model.programme.requires_shift and person.may(Right.LAUNCH)
        return ("not on shift", Tone.WARN) if is_wanted else (session.glyphs.none, Tone.QUIET)
    if at is not None and until <= at:
        return f"ended {since(until, at)}", Tone.WARN
    return f"to {clock(until)[:5]}Z", Tone.NORMAL


def knowledge_words(session: Session, person: Person, at: datetime | None) -> tuple[str, Tone]:
    """The last day of the knowledge recency; said where it ended, or ends soon, or is not known."""
    until = person.knowledge_until
    if until is None:
        return (
            ("NOT KNOWN", Tone.WARN) if session.model.programme.requires_recency else ("not told", Tone.QUIET)
        )
    days = (until - at.date()).days if at is not None else ENDS_SOON_DAYS + 1
    if days < 0:
        return f"ENDED {until:%m-%d}", Tone.ALARM
    return f"{until:%Y-%m-%d}", Tone.WARN if days <= ENDS_SOON_DAYS else Tone.NORMAL


def _aircraft_of(session: Session, held: list[str], now: float, width: int) -> list[Line]:
    """Each aircraft this person has: what for, and what runs out."""
    state, at = session.model.state, session.model.core_now(now)
    lines: list[Line] = []
    for drone in held:
        control, flight = state.control[drone], state.flight_of(drone)
        doing = f"{session.shown(flight.phase)} for {flight.call_id}" if flight else "on the ground"
        text, tone = f"{drone} {doing}, has it {since(control.since, at) if at else '?'}", Tone.NORMAL
        words, words_tone = control_words(session, drone, now)
        if control.lapsed_at is not None or control.lease_until is not None:
            text, tone = f"{text}; NO CONSOLE OPEN: {words}", words_tone
        lines += said(text, width, tone)
        if control.requested_by is not None:
            who = session.person(control.requested_by)
            lines += said(f"{who} asks for {drone}: give {drone} to {control.requested_by}", width, Tone.WARN)
    return lines


def _requests_of(session: Session, person: Person, at: datetime | None, width: int) -> list[Line]:
    state = session.model.state
    asked = [drone for drone, control in state.control.items() if control.requested_by == person.account]
    return [
        line
        for drone in asked
        for line in said(
            f"waits for {drone}, which {session.person(state.control[drone].account)} has", width
        )
    ]
