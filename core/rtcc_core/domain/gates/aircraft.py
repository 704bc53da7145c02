"""Is the aircraft itself fit to go?"""

from __future__ import annotations

import math

from rtcc_core.domain.gates.answer import NOT_SET_UP, Answer, blocked, passed, unknown, warned
from rtcc_core.domain.gates.question import Question

REMOTE_ID_FRESH_S = 5.0
NOT_FIT = ("motors", "battery", "cells")
"""Findings with which no flight begins, whatever the telemetry of this moment says."""

NEARLY_DUE = 0.9
"""Share of the inspection interval from which a person is told."""


def _seconds(age_s: float) -> str:
    return f"{age_s:.0f} s" if math.isfinite(age_s) else "nobody knows how long"


def link_gate(asked: Question) -> Answer:
    """The aircraft must be heard now, and be the only one that answers to its number."""
    seen = asked.telemetry
    if seen.trouble:
        return blocked(seen.trouble)
    if not seen.is_connected or seen.link_age_s is None:
        return blocked("no link")
    if not seen.link_age_s <= asked.programme.stale_after_s:
        return blocked(f"not heard for {_seconds(seen.link_age_s)}")
    return passed("heard now" if seen.link_age_s < 1.0 else f"heard {seen.link_age_s:.0f} s ago")


def position_gate(asked: Question) -> Answer:
    """A position to fly on (14 CFR 107.49(a)(3): all control links and systems working)."""
    seen = asked.telemetry
    if seen.has_fix is False:
        return blocked("no position fix")
    if seen.has_fix is None or seen.position is None or seen.position_age_s is None:
        return unknown("the aircraft has not said where it is")
    if not seen.position_age_s <= asked.programme.stale_after_s:
        return unknown(f"position is {_seconds(seen.position_age_s)} old")
    return passed("fix" + (f", {seen.satellites} satellites" if seen.satellites else ""))


def ready_gate(asked: Question) -> Answer:
    """The autopilot's own pre-arm checks."""
    seen = asked.telemetry
    if asked.is_divert:
        return passed("flies")
    if seen.is_armable is False:
        return blocked(seen.health or "its own checks keep it from arming")
    if seen.is_armable is None:
        return unknown("the aircraft has not said whether it may arm")
    return passed("its own checks pass")


def free_gate(asked: Question) -> Answer:
    """One flight at a time."""
    if asked.is_divert:
        return passed("in the air, to be taken from its call")
    if asked.busy_with:
        return blocked(asked.busy_with)
    if asked.telemetry.is_airborne is None:
        return unknown("the aircraft has not said whether it is on the ground")
    return passed("on the ground, no flight")


def service_gate(asked: Question) -> Answer:
    """In service, and not due for inspection."""
    if asked.grounding is not None:
        return blocked(f"grounded by {asked.grounding.account}: {asked.grounding.reason}")
    for what in NOT_FIT:
        if what in asked.unwell:
            remedy = f"looked at? inservice {asked.drone.callsign}"
            return blocked(f"{what}: {asked.unwell[what]}; {remedy}")
    due_h, flown_h = asked.drone.inspect_after_h, asked.airtime_s / 3_600.0
    if due_h is None:
        return passed("in service")
    if flown_h >= due_h:
        return blocked(f"{flown_h:.1f} h since its inspection, due after {due_h:.0f} h")
    words = f"{flown_h:.1f} of {due_h:.0f} h since its inspection"
    return warned(words) if flown_h >= NEARLY_DUE * due_h else passed(words)


def remote_id_gate(asked: Question) -> Answer | None:
    """Remote ID is heard and says that the aircraft may take off."""
    if not asked.programme.remote_id_required:
        return NOT_SET_UP
    seen = asked.telemetry.remote_id
    if seen is None:
        return unknown("no Remote ID module was heard")
    if not seen.age_s <= REMOTE_ID_FRESH_S:
        return unknown(f"Remote ID not heard for {_seconds(seen.age_s)}")
    if not seen.is_good:
        return blocked(f"Remote ID: {seen.trouble or 'not ready'}")
    if asked.telemetry.position is None:
        return unknown("Remote ID is ready, the aircraft's position is not known")
    return passed("Remote ID ready")
