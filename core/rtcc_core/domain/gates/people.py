"""May this person send this aircraft?"""

from __future__ import annotations

from rtcc_core.domain.gates.answer import NOT_SET_UP, Answer, blocked, passed, unknown, warned
from rtcc_core.domain.gates.question import Question
from rtcc_core.domain.people import Right

NOBODY_YET = "checked when a person asks"
HARD_LIMIT = 4
"""No person ever controls more (FAA public safety waivers, DOMAIN.md 7.1)."""

RUNS_OUT_DAYS = 30


def operator_gate(asked: Question) -> Answer:
    """The person asking must hold a role that launches. Nobody has asked yet while advice is given."""
    if asked.asked_by is None:
        return passed(NOBODY_YET)
    if not asked.asked_by.may(Right.LAUNCH):
        return blocked(f"{asked.asked_by.name} is {asked.asked_by.role.value}, which does not launch")
    return passed(f"{asked.asked_by.name}, {asked.asked_by.role.value}")


def load_gate(asked: Question) -> Answer:
    """No more aircraft in one person's hands than the agency's authority says."""
    person = asked.asked_by
    if person is None:
        return passed(NOBODY_YET)
    own = person.aircraft_max or asked.programme.aircraft_per_person
    limit = min(HARD_LIMIT, own)
    others = [each for each in asked.has_already if each != asked.drone.callsign]
    if len(others) >= limit:
        return blocked(f"{person.name} has {', '.join(others)}; the limit is {limit} for one person")
    return passed(f"{len(others) + 1} of {limit}")


def recency_gate(asked: Question) -> Answer | None:
    """Aeronautical knowledge within 24 calendar months."""
    person = asked.asked_by
    if person is None:
        return passed(NOBODY_YET) if asked.programme.requires_recency else NOT_SET_UP
    until = person.knowledge_until
    if until is None:
        is_wanted = asked.programme.requires_recency
        return unknown(f"when {person.name} was last tested is not known") if is_wanted else NOT_SET_UP
    days = (until - asked.at.date()).days
    if days < 0:
        return blocked(f"{person.name}'s knowledge recency ended on {until}")
    return warned(f"ends on {until}") if days <= RUNS_OUT_DAYS else passed(f"until {until}")


def shift_gate(asked: Question) -> Answer | None:
    """The person is on shift."""
    if not asked.programme.requires_shift:
        return NOT_SET_UP
    if asked.asked_by is None:
        return passed(NOBODY_YET)
    if asked.shift_until is None:
        return unknown(f"{asked.asked_by.name} has not said to be on shift: type shift")
    if asked.shift_until <= asked.at:
        return blocked(f"{asked.asked_by.name}'s shift ended at {asked.shift_until:%H:%M}Z")
    return passed(f"until {asked.shift_until:%H:%M}Z")
