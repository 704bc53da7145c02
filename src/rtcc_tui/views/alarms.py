"""The alarm line, and the page of every alarm: what nobody has seen, what is shelved, what was seen."""

from __future__ import annotations

from datetime import datetime

from rich.cells import cell_len

from rtcc_core.domain.alarm_groups import AlarmGroup, Standing
from rtcc_core.domain.state import Alarm, Severity
from rtcc_tui.alarm_words import behind as rest_of
from rtcc_tui.alarm_words import headline
from rtcc_tui.session import Session
from rtcc_tui.spans import Line, Tone, cut, row
from rtcc_tui.words import clock, minutes_seconds, since

HEAD_SHARE = 0.5
"""Of the alarm line, what the words of the alarm may have before less important ones stand behind them."""

TONES = {Severity.CRITICAL: Tone.ALARM, Severity.WARNING: Tone.WARN, Severity.NOTICE: Tone.STRONG}

Texts = list[tuple[str, Tone]]


# --- the line ---------------------------------------------------------------------------------


def alarm_line(session: Session, now: float, width: int) -> Line:
    """The alarm that wants a person most, what stands behind it, and the key; this line never times out."""
    model, glyphs = session.model, session.glyphs
    stand, groups = session.alarms.standing(model, now), session.alarms.groups(model, now)
    if not groups:
        return row(width, (_calm_words(stand, glyphs.dot), Tone.QUIET))
    group, at = groups[0], model.core_now(now)
    severity = group.shown.severity
    loud = severity.value.upper()
    head = f" {glyphs.alarm} {f'OVER, was {loud}:' if group.shown.is_over else loud} {headline(group)}"
    tails = _tails(group, groups, stand, at, glyphs.dot)
    room = min(cell_len(head), int(width * HEAD_SHARE))
    tail = next((each for each in tails if cell_len(each) + room <= width), tails[-1])
    tone = TONES[severity]
    return row(width, (cut(head, width - cell_len(tail)), tone), (tail, tone))


def _calm_words(stand: Standing, dot: str) -> str:
    shelved = f" {dot} {len(stand.shelved)} shelved" if stand.shelved else ""
    if not stand.seen:
        return f" no{' new' if stand.shelved else ''} alarm{'s' if not stand.shelved else ''}{shelved}"
    return f" no new alarm{shelved} {dot} {len(stand.seen)} seen: {stand.seen[-1].text}"


def _tails(
    group: AlarmGroup, groups: tuple[AlarmGroup, ...], stand: Standing, at: datetime | None, dot: str
) -> list[str]:
    """What follows the words, the fullest first."""
    age = since(group.shown.raised_at, at) if at else "?"
    stamp = f" ({age})"
    more = sum(len(each.alarms) for each in groups[1:])
    counts = (f" +{more} more" if more else "") + (f", {len(stand.shelved)} shelved" if stand.shelved else "")
    fuller, shorter = (
        f" +{text}" if (text := rest_of(group, names_kinds=named)) else "" for named in (True, False)
    )
    return [
        f"{stamp}{fuller}{counts} {dot} a acknowledges ",
        f"{stamp}{shorter}{counts} {dot} a acknowledges ",
        f"{stamp}{shorter}{counts} {dot} a ack ",
        f"{stamp}{shorter}{counts} ",
    ]


# --- the page ---------------------------------------------------------------------------------


def alarm_heading(session: Session, now: float) -> str:
    """`ALARMS 3 new, 1 shelved, 2 seen`."""
    stand = session.alarms.standing(session.model, now)
    counts = f"{len(stand.open)} new, {len(stand.shelved)} shelved, {len(stand.seen)} seen"
    return f"ALARMS {counts}"


def alarm_texts(session: Session, now: float) -> Texts:
    """Every alarm once: new, shelved, seen; of each the worst first, those of one aircraft together."""
    watch, model = session.alarms, session.model
    stand, at = watch.standing(model, now), model.core_now(now)
    texts: Texts = []
    for group in watch.groups(model, now):
        texts += _block(group, at, [""] * len(group.alarms), [TONES[each.severity] for each in group.alarms])
    for group in watch.grouped(stand.shelved):
        ends = [f"{_shelf(session, each, at)}; unshelve {_typed(group, each)}" for each in group.alarms]
        texts += _block(group, at, ends, [Tone.STRONG] * len(ends), mark="SHELVED ")
    for group in watch.grouped(stand.seen):
        ends = [_seen(session, each) for each in group.alarms]
        texts += _block(group, at, ends, [Tone.NORMAL] * len(ends), mark="SEEN ")
    return texts or [("no alarms", Tone.QUIET)]


def _block(
    group: AlarmGroup, at: datetime | None, ends: list[str], tones: list[Tone], mark: str = ""
) -> Texts:
    """A group's lines: one for each alarm, the consequences marked with a plus; one for a whole flood, where
    the same was done about all of it."""
    if group.is_flood and len(set(ends)) == 1:
        return [(f"{mark}{_line(group.shown, headline(group), at)}{ends[0]}", tones[0])]
    texts: Texts = []
    for index, each in enumerate(group.alarms):
        lead = "+ " if index and not group.is_flood else ""
        is_first = each.alarm_id == group.first_id and len(group.alarms) > 1 and not group.is_flood
        first = ", FIRST" if is_first else ""
        texts.append((f"{lead}{mark}{_line(each, each.text, at)}{first}{ends[index]}", tones[index]))
    return texts


def _line(alarm: Alarm, words: str, at: datetime | None) -> str:
    age = since(alarm.raised_at, at) if at else "?"
    over = ", over" if alarm.is_over else ""
    behind = f" ({alarm.detail})" if alarm.detail and words == alarm.text else ""
    return f"{alarm.severity.value.upper()} {words}{behind}, for {age} since {clock(alarm.raised_at)}{over}"


def _shelf(session: Session, alarm: Alarm, at: datetime | None) -> str:
    if alarm.shelved_until is None:
        return ""
    left = f" (in {minutes_seconds((alarm.shelved_until - at).total_seconds())})" if at else ""
    by = session.person(alarm.shelved_by or "")
    seen = _seen(session, alarm) if alarm.acknowledged_by else ""
    return f"{seen}, shelved by {by} until {clock(alarm.shelved_until)}{left}: {alarm.shelved_reason}"


def _typed(group: AlarmGroup, alarm: Alarm) -> str:
    """What names it to `unshelve`: of many of one cause, their cause."""
    return group.kind if group.is_flood else alarm.alarm_id


def _seen(session: Session, alarm: Alarm) -> str:
    when = f" at {clock(alarm.acknowledged_at)}" if alarm.acknowledged_at else ""
    return f", seen by {session.person(alarm.acknowledged_by or '')}{when}"
