"""The steps of a flight or a call: when each began and how long it lasted. Pure; from what was stored.

A phase lasts until the next one began; one that was entered again is told again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from rich.cells import cell_len

from rtcc_core.domain.call import Call
from rtcc_core.domain.flight import ENDED, Flight, Phase
from rtcc_core.domain.state import State
from rtcc_tui.glyphs import Glyphs
from rtcc_tui.spans import Line, Tone, left, right, row
from rtcc_tui.words import clock, minutes_seconds

_ORDER = {phase: place for place, phase in enumerate(Phase)}
"""Of phases that were entered in the same moment."""

_ALARMING = frozenset({Phase.LOST, Phase.ABORTED})

_LASTS = 6
"""Cells of a length of time: `1h04`, `12:31`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Something that began, or happened, at a moment."""

    at: datetime
    words: str
    drone: str = ""
    lasts_s: float | None = None
    """Seconds it lasted, or has so far; None for what has no length."""
    is_running: bool = False
    tone: Tone = Tone.NORMAL


def flight_steps(flight: Flight, at: datetime) -> list[Step]:
    """Its phases as far as `at`, the oldest first, and what else stands out of it."""
    entered = {(when, phase) for phase, when in (*flight.times.items(), *flight.again)}
    if flight.phase_since is not None:
        entered.add((flight.phase_since, flight.phase))
    begun = sorted((each for each in entered if each[0] <= at), key=lambda each: (each[0], _ORDER[each[1]]))
    begun = begun or [(flight.opened_at, flight.phase)]
    steps: list[Step] = []
    for index, (when, phase) in enumerate(begun):
        is_last = index == len(begun) - 1
        until = at if is_last else begun[index + 1][0]
        is_over = is_last and phase in ENDED
        steps.append(
            Step(
                at=when,
                words=phase.value,
                drone=flight.drone,
                lasts_s=None if is_over else max(0.0, (until - when).total_seconds()),
                is_running=is_last and not is_over,
                tone=Tone.ALARM if phase in _ALARMING else Tone.STRONG if is_last else Tone.NORMAL,
            )
        )
    return sorted([*steps, *_marks(flight, at)], key=lambda step: step.at)


def _marks(flight: Flight, at: datetime) -> list[Step]:
    found = (
        (flight.bingo_at, "BINGO", Tone.WARN),
        (flight.cleared_at, "released from its call", Tone.NORMAL),
        (flight.downed_at, "DOWN", Tone.ALARM),
    )
    return [
        Step(at=when, words=words, drone=flight.drone, tone=tone)
        for when, words, tone in found
        if when is not None and when <= at
    ]


def call_steps(state: State, call: Call, at: datetime) -> list[Step]:
    """What became of a call as far as `at`, with the phases of every flight to it, the oldest first."""
    since = min(call.started_at, call.received_at) if call.started_at else call.received_at
    told = (
        (call.started_at, "began, as its source tells"),
        (call.cad_received_at, "CAD had it"),
        (call.received_at, "here"),
        (call.recommended_at, "aircraft weighed"),
        (call.decided_at, "an aircraft sent"),
        (call.unit_on_scene_at, "ground unit on scene"),
        (call.missing_since, "no longer listed by its feed"),
    )
    steps = [Step(at=when, words=words) for when, words in told if when is not None and since <= when <= at]
    if not call.is_open:
        steps.append(Step(at=call.changed_at, words=call.report.status.value.upper(), tone=Tone.STRONG))
    for flight in state.flights.values():
        if flight.call_id == call.call_id or flight.flight_id in call.moved_flights:
            steps += flight_steps(flight, at)
    return sorted(steps, key=lambda step: step.at)


def timeline_lines(steps: Sequence[Step], glyphs: Glyphs, width: int, height: int) -> list[Line]:
    """One row for each step, the newest at the bottom; where not all fit, the oldest are left out.

    `03:12:44Z    0:20  D1 transit`; what still goes on has a `+` behind its time. Exactly `height` lines.
    """
    if height <= 0:
        return []
    shown = list(steps[-height:])
    left_out = len(steps) - len(shown)
    named = max((cell_len(step.drone) for step in shown), default=0)
    lines: list[Line] = []
    for index, step in enumerate(shown):
        lasts = "" if step.lasts_s is None else minutes_seconds(step.lasts_s)
        last = right(lasts, _LASTS) + ("+" if step.is_running else " ")
        who = f"{left(step.drone or glyphs.none, named)} " if named else ""
        more = f" ({left_out} earlier)" if left_out and index == 0 else ""
        lines.append(
            row(width, (f" {clock(step.at)} {last} ", Tone.QUIET), (f"{who}{step.words}{more}", step.tone))
        )
    if not steps:
        lines.append(row(width, (" nothing has happened yet", Tone.QUIET)))
    lines += [row(width, ("", Tone.NORMAL))] * (height - len(lines))
    return lines[:height]


def timeline_row(steps: Sequence[Step], glyphs: Glyphs, width: int) -> Line:
    """The same in one row, the newest kept where not all fit: `asked 0:02 · transit 1:10+`."""
    texts = [
        step.words
        + (f" {minutes_seconds(step.lasts_s)}" if step.lasts_s is not None else "")
        + ("+" if step.is_running else "")
        for step in steps
    ]
    joint, cut_off = f" {glyphs.dot} ", ".. "
    while len(texts) > 1 and cell_len(joint.join(texts)) + len(cut_off) + 1 > width:
        texts = texts[1:]
    start = cut_off if len(texts) < len(steps) else ""
    tone = steps[-1].tone if steps else Tone.QUIET
    return row(width, (f" {start}{joint.join(texts) or 'nothing has happened yet'}", tone))


def without_drones(steps: Sequence[Step]) -> list[Step]:
    """For a screen that already says whose steps these are."""
    return [replace(step, drone="") for step in steps]
