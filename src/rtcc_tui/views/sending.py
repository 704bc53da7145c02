"""Which aircraft to send: every candidate with its figures and why it lost, and the gates of one of them."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from rtcc_core.domain.advice_values import Advice, Candidate
from rtcc_core.domain.assignment import is_leaving
from rtcc_core.domain.commands import RelieveDrone
from rtcc_core.domain.flight import Flight, GateResult, Verdict
from rtcc_core.domain.gates import unchecked
from rtcc_tui.covering import staying
from rtcc_tui.looking import View
from rtcc_tui.past_advice import told_words
from rtcc_tui.session import Session
from rtcc_tui.spans import Line, Tone, left, right, row, wrap
from rtcc_tui.standing import carried
from rtcc_tui.words import minutes, minutes_seconds, percent

_WORST_FIRST = (Verdict.BLOCK, Verdict.UNKNOWN, Verdict.WARN, Verdict.PASS)
GATES_LEAST = 5
"""Rows that the gates keep before a reason goes on below its row."""

REASON_LEAST = 8
"""Cells from which on a reason begins beside its figures."""

SOME = 4
"""Gates that all pass are listed where at least so many rows are free for them."""

_GATE_TONE = {
    Verdict.PASS: Tone.QUIET,
    Verdict.WARN: Tone.WARN,
    Verdict.UNKNOWN: Tone.WARN,
    Verdict.BLOCK: Tone.ALARM,
}


def sending_lines(session: Session, now: float, width: int, height: int) -> list[Line]:
    """The recommendation for the selected call."""
    advice = session.advice(session.selected, now)
    if advice is None:
        lines = [row(width, (" SEND  no call is selected", Tone.QUIET))]
    else:
        ordered = in_order(session, advice)
        lines = [_heading(session, advice, width)]
        spare = height - 1 - len(ordered) - GATES_LEAST
        for index, candidate in enumerate(ordered):
            rows = _candidate(session, advice, candidate, index + 1, width, goes_on=spare > 0)
            spare -= len(rows) - 1
            lines += rows
        lines = lines[: max(2, height - 1)]
        lines += _gates(session, advice, ordered, width, height - len(lines))
    lines += [row(width, ("", Tone.NORMAL))] * (height - len(lines))
    return lines[:height]


def in_order(session: Session, advice: Advice) -> list[Candidate]:
    """Best first; while a confirmation is open the order it opened with, so number keys stay true."""
    proposal = session.proposal
    if proposal is None or not proposal.choices:
        return list(advice.candidates)
    place = {drone: index for index, drone in enumerate(proposal.choices)}
    return sorted(advice.candidates, key=lambda candidate: place.get(candidate.drone, len(place)))


def subject(session: Session, advice: Advice) -> Candidate | None:
    """The aircraft whose gates are shown: the proposed one, else the recommended, else the first."""
    command = session.proposal.command if session.proposal else None
    asked = carried(session.model.state, command)
    drone = asked.by if isinstance(asked, RelieveDrone) else getattr(asked, "drone", None)
    proposed = next((found for found in advice.candidates if found.drone == drone), None)
    return proposed or advice.recommended or next(iter(advice.candidates), None)


def _heading(session: Session, advice: Advice, width: int) -> Line:
    text = f" SEND TO {left(advice.call_id, 7)} {right('OVERHEAD', 8)} {right('ON SCENE', 8)} LAND AT"
    tone = Tone.QUIET
    if not advice.candidates:
        return row(width, (f" SEND TO {advice.call_id}: the fleet is empty", Tone.WARN))
    crew = [flight.drone for flight in session.model.crews(advice.call_id)]
    there = [flight.drone for flight in staying(session, advice.call_id)]
    if session.is_looking_back and not crew:
        return row(width, (text, tone), (f"  {told_words(session.model.state, advice.call_id)}", tone))
    said: list[str] = []
    if there:
        said = [f"{', '.join(there)} ON THIS CALL", f"{there[0]} IS ON IT"]
    elif crew:
        said = [f"{', '.join(crew)} LEAVING"]
    elif advice.recommended is None:
        said = _none_words(advice)
    room = width - cell_len(text) - 2
    words = next((each for each in said if cell_len(each) <= room), said[-1] if said else "")
    return row(width, (text, tone), (f"  {words}", Tone.STRONG if there else Tone.WARN))


def _none_words(advice: Advice) -> list[str]:
    """What is left where none is recommended, the fullest first."""
    kept = next((each for each in advice.candidates if each.may_launch), None)
    taken = next((each for each in advice.candidates if each.may_divert), None)
    if kept is not None:
        return [f"{kept.drone} IS KEPT FOR {kept.kept_for}", f"{kept.drone} IS KEPT"]
    if taken is not None:
        full = f"NONE ON THE GROUND; {taken.drone} can be diverted"
        return [full, f"NONE ON THE GROUND; divert {taken.drone}", f"DIVERT {taken.drone}?"]
    if any(each.needs_override for each in advice.candidates):
        return ["NONE WITHOUT AN OVERRIDE", "OVERRIDE?"]
    return ["NONE MAY GO"]


def _candidate(
    session: Session, advice: Advice, candidate: Candidate, number: int, width: int, *, goes_on: bool
) -> list[Line]:
    """Its row; where it may, a reason that is too long goes on below it."""
    best = advice.recommended is not None and candidate.drone == advice.recommended.drone
    best = best and not staying(session, advice.call_id)
    mark = session.glyphs.selected if best else " "
    none = session.glyphs.none
    overhead = minutes_seconds(candidate.overhead_s) if candidate.overhead_s is not None else none
    stay = minutes(candidate.on_scene_s) if candidate.on_scene_s is not None else none
    with_fraction = candidate.land_with_fraction
    # Less than nothing is no figure: it would not come home.
    land = percent(with_fraction) if with_fraction is not None and with_fraction >= 0.0 else none
    place = "in air" if candidate.is_divert else candidate.site
    text = (
        f" {mark}{number if number < 10 else ' '} {left(candidate.drone, 5)} {left(place, 7)}"
        f"{right(overhead, 8)} {right(stay, 8)} {right(land, 7)}  "
    )
    may_go = candidate.may_launch or candidate.may_divert
    tone = Tone.STRONG if best else Tone.NORMAL if may_go else Tone.QUIET
    why_tone = tone if may_go and candidate.kept_for is None else Tone.WARN
    why = candidate.why
    if candidate.is_divert:
        taken = f" from {candidate.takes_from}" if candidate.takes_from else ""
        why = f"divert{taken}; {why}"
    own = session.model.state.flight_of(candidate.drone)
    if own is not None and own.call_id == advice.call_id:
        why, why_tone = f"{_on_it(own)}: {session.shown(own.phase)}", Tone.NORMAL
    room = width - cell_len(text)
    if not goes_on or cell_len(why) <= room or room < REASON_LEAST:
        return [row(width, (text, tone), (why, why_tone))]
    first, *rest = wrap(why, room)
    return [row(width, (text, tone), (first, why_tone)), row(width, (f"      {' '.join(rest)}", why_tone))]


def _on_it(flight: Flight) -> str:
    return "leaves this call" if is_leaving(flight) else "on this call"


def _gates(session: Session, advice: Advice, ordered: list[Candidate], width: int, room: int) -> list[Line]:
    if room <= 0:
        return []
    if session.view is View.FLEET:
        rows: list[Line] = []
        for each in ordered:
            rows += _gates_of(each, width, len(each.gates) + 1)
            if skipped := unchecked(each.gates):
                words = f" {left(each.drone, 4)} not set up here, so nobody looks: {', '.join(skipped)}"
                rows.append(row(width, (words, Tone.QUIET)))
        return rows[:room]
    candidate = subject(session, advice)
    return _gates_of(candidate, width, room) if candidate else []


def _gates_of(candidate: Candidate, width: int, room: int) -> list[Line]:
    """The worst first; what does not fit is counted by verdict, so that nothing bad hides in it."""
    gates = sorted(candidate.gates, key=lambda gate: _WORST_FIRST.index(gate.verdict))
    all_pass = all(gate.verdict is Verdict.PASS for gate in gates)
    if room <= 1 or not gates or (all_pass and room < min(SOME, len(gates))):
        return [row(width, (f" gates of {candidate.drone}: {counted(gates)}", Tone.QUIET))][:room]
    lines = [_gate(candidate.drone, gate, width) for gate in gates]
    if len(lines) > room:
        rest = gates[room - 1 :]
        words = f" {left(candidate.drone, 4)} and {len(rest)} more gates: {counted(rest)}"
        lines = [*lines[: room - 1], row(width, (words, _GATE_TONE[rest[0].verdict]))]
    return lines


def counted(gates: Sequence[GateResult]) -> str:
    """`6 PASS, 1 UNKNOWN`, the worst first."""
    counts = {verdict: sum(gate.verdict is verdict for gate in gates) for verdict in _WORST_FIRST}
    return ", ".join(f"{count} {verdict.value}" for verdict, count in counts.items() if count)


def _gate(drone: str, gate: GateResult, width: int) -> Line:
    text = f" {left(drone, 4)} {gate.verdict.value:<7} {left(gate.gate, 10)} {gate.reason}"
    return row(width, (text, _GATE_TONE[gate.verdict]))
