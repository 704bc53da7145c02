"""The drill screen: what is to be reached, how it stands, and for the trainer what is made to go wrong."""

from __future__ import annotations

from datetime import datetime

from rtcc_core.domain.drill_note import DrillFault, DrillNote
from rtcc_tui.roles import OFFERS
from rtcc_tui.session import Session
from rtcc_tui.spans import Line, Tone, row
from rtcc_tui.views.paper import entry, heading, said, section
from rtcc_tui.words import minutes_seconds, since

OLD_AFTER_S = 10.0
"""Drill seconds, at speed 1: a note that was not written for so long is said to be old."""


def drill_page(session: Session, now: float, width: int) -> list[Line]:
    """Scenario, clock, score, objectives; faults for the trainer."""
    programme, look = session.model.programme, session.screens.drill
    note = look.note
    if not programme.is_drill:
        return [heading("DRILL", width), *said("this is no drill: everything here is real", width, Tone.WARN)]
    if note is None:
        why = look.trouble or "asking the core how the drill stands"
        return [heading("DRILL", width), *said(why, width, Tone.WARN if look.trouble else Tone.QUIET)]
    at, rule = session.model.core_now(now), session.glyphs.horizontal
    score = f"{note.met} of {len(note.objectives)} objectives met"
    lines = [heading(f"DRILL {note.scenario}: {score}", width)]
    lines += said(note.title, width, Tone.STRONG, indent=1)
    lines += said(note.story, width, Tone.QUIET, indent=1) if note.story else []
    lines += entry("CLOCK", clock_words(note, at, programme.drill_speed), width)
    lines.append(section("OBJECTIVES", width, rule))
    for objective in note.objectives:
        word = "met " if objective.is_met else "open"
        tone = Tone.NORMAL if objective.is_met else Tone.STRONG
        lines.append(row(width, (f" {word}  {objective.name}", tone)))
        lines += said(objective.detail, width, Tone.QUIET, indent=7) if objective.detail else []
    if not note.objectives:
        lines += said("this scenario names none", width, Tone.QUIET)
    return [*lines, *_faults(session, note, at, width)]


def clock_words(note: DrillNote, at: datetime | None, speed: float) -> str:
    """`12:40 of 40:00, speed x4, seed 1`."""
    parts: list[str] = []
    if note.began_at is None or at is None:
        parts.append("not begun")
    else:
        limit = f" of {minutes_seconds(note.time_limit_s)}" if note.time_limit_s is not None else ""
        parts.append(f"{since(note.began_at, at)}{limit}")
    parts.append(f"speed x{speed:g}")
    if note.seed is not None:
        parts.append(f"seed {note.seed}")
    if at is not None and (at - note.written_at).total_seconds() > OLD_AFTER_S * max(1.0, speed):
        parts.append(f"as it stood {since(note.written_at, at)} ago")
    return ", ".join(parts)


def _faults(session: Session, note: DrillNote, at: datetime | None, width: int) -> list[Line]:
    you, rule = session.model.you, session.glyphs.horizontal
    if you is None or not OFFERS[you.role].sees_hidden_faults:
        return [
            section("FAULTS", width, rule),
            *said("what is made to go wrong is for the trainer to see", width, Tone.QUIET),
        ]
    lines = [section("FAULTS so far", width, rule)]
    lines += [line for fault in note.injected for line in _fault(fault, note, width, Tone.WARN)]
    if not note.injected:
        lines += said("none", width, Tone.QUIET)
    lines.append(section("FAULTS to come (only the trainer sees these)", width, rule))
    for fault in note.to_come:
        soon = (fault.at - at).total_seconds() if at is not None and note.began_at is not None else None
        lines += _fault(
            fault, note, width, Tone.NORMAL, "" if soon is None else f" in {minutes_seconds(soon)}"
        )
    if not note.to_come:
        lines += said("none in the scenario; rtcc sitl fault makes more", width, Tone.QUIET)
    return lines


def _fault(fault: DrillFault, note: DrillNote, width: int, tone: Tone, soon: str = "") -> list[Line]:
    start = note.began_at or note.written_at
    into = minutes_seconds((fault.at - start).total_seconds())
    return entry(f"+{into}", f"{fault.drone} {fault.words}{soon}", width, tone)
