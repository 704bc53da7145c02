"""The lines that are always there: whose screen this is, and what is wrong with it."""

from __future__ import annotations

from datetime import datetime

from rich.cells import cell_len

from rtcc_core.domain.alarm_groups import kind_of
from rtcc_core.domain.state import Feed
from rtcc_core.domain.traffic import is_heard, nearby
from rtcc_tui.model import SILENT_AFTER_S, ConsoleModel
from rtcc_tui.session import Session
from rtcc_tui.spans import Line, Span, Tone, row, wrap
from rtcc_tui.words import clock, minutes_seconds, since, wind

_Piece = tuple[str, Tone, int]
"""Text, tone and how early it is dropped when the line is too narrow (0 never).

What other panes show goes first, then what is no news; whose screen this is goes last.
"""


def top_line(session: Session, now: float, width: int) -> Line:
    """Agency, DRILL, CAD, wind on the left; the core's clock and who you are on the right."""
    model = session.model
    at = model.core_now(now)
    pieces = [(f" {model.programme.agency or 'RTCC'}", Tone.STRONG, 2)]
    if model.programme.is_drill:
        pieces.append((drill_words(model.programme.drill_speed), Tone.DRILL, 0))
    if late := session.screens.age.words(now):
        pieces.append((late, Tone.LATE, 0))
    if model.health.journal_error:
        # What cannot be stored is not shown: CAD keeps new calls until the journal writes again.
        pieces.append(("CAD HELD BACK", Tone.ALARM, 0))
    else:
        pieces.append((*feed_words(list(model.state.feeds.values()), at), 0))
    # Once its notice was acknowledged it is known; `feeds` goes on telling how many, and why.
    if any(
        kind_of(each) == "quarantine" and not each.acknowledged_by for each in model.state.alarms.values()
    ):
        pieces.append(("CAD msg UNREADABLE", Tone.WARN, 3))
    pieces.append((wind(model.state.weather, session.glyphs.degree), _wind_tone(model), 6))
    if traffic := traffic_words(model, now):
        pieces.append((*traffic, 5))
    out = len(model.out())
    pieces.append((f"{out} out" if out else "none out", Tone.QUIET, 7))
    stale = "?" if model.silence_s(now) > SILENT_AFTER_S or not model.is_connected else ""
    you = model.you.name if model.you else ""
    end = [(f"{clock(at)}{stale}" if at else "--:--:--Z", Tone.STRONG, 0), (f"{you} ", Tone.QUIET, 1)]
    return _spread(width, pieces, end)


def drill_words(speed: float) -> str:
    """`DRILL`, and how fast its time runs where that is not real time."""
    return f"DRILL x{speed:g}" if speed != 1 else "DRILL"


def _spread(width: int, pieces: list[_Piece], end: list[_Piece]) -> Line:
    gap = "  "
    while True:
        used = sum(cell_len(text) + len(gap) for text, _, _ in (*pieces, *end))
        droppable = max((piece for piece in (*pieces, *end) if piece[2]), key=lambda p: p[2], default=None)
        if used <= width or droppable is None:
            break
        pieces = [piece for piece in pieces if piece is not droppable]
        end = [piece for piece in end if piece is not droppable]
    spans: list[Span] = []
    for text, tone, _ in pieces:
        spans += [(text, tone), (gap, Tone.QUIET)]
    tail = gap.join(text for text, _, _ in end if text.strip())
    spans.append((" " * max(0, width - sum(cell_len(t) for t, _ in spans) - cell_len(tail)), Tone.QUIET))
    for index, (text, tone, _) in enumerate(end):
        if text.strip():
            spans += ([(gap, Tone.QUIET)] if index else []) + [(text, tone)]
    return row(width, *spans)


def feed_words(feeds: list[Feed], at: datetime | None) -> tuple[str, Tone]:
    """`CAD ok 12:03`, or which feed is down and for how long."""
    if not feeds:
        return "CAD none", Tone.WARN
    down = [feed for feed in feeds if not feed.is_up]
    worst = (
        min(down or feeds, key=lambda feed: feed.since) if down else max(feeds, key=lambda feed: feed.since)
    )
    age = since(worst.since, at) if at else "?"
    if down:
        more = f" (+{len(down) - 1})" if len(down) > 1 else ""
        return f"CAD {worst.name} DOWN {age}{more}", Tone.ALARM
    return f"CAD ok {age}", Tone.NORMAL


NEAR_M = 5_000.0
"""Other aircraft within this of ours, or of a site while none of ours is up, are counted as near."""


def traffic_words(model: ConsoleModel, now: float) -> tuple[str, Tone] | None:
    """How many other aircraft are near, or that nobody listens; None where no receiver is set up."""
    air = model.air_now(now)
    if not air.sources and not model.programme.requires_traffic_feed:
        return None
    if not is_heard(air.sources):
        return "TRAFFIC NOT HEARD", Tone.WARN
    flying = [seen for seen in model.sky.values() if seen.is_airborne and seen.position is not None]
    points = [(seen.position, seen.altitude_amsl_m) for seen in flying if seen.position is not None]
    points = points or [(site.position, site.ground_amsl_m) for site in model.state.sites.values()]
    near = {
        each.id
        for position, amsl_m in points
        for each in nearby(air.intruders, position, NEAR_M, altitude_amsl_m=amsl_m)
    }
    return (f"{len(near)} other near" if near else "no traffic"), Tone.NORMAL


def _wind_tone(model: ConsoleModel) -> Tone:
    weather = model.state.weather
    return Tone.WARN if weather is None or not weather.has_wind else Tone.NORMAL


def trouble_lines(session: Session, now: float, width: int) -> list[Line]:
    """What is wrong between this screen and the truth; empty when nothing is."""
    rows = [text for trouble in troubles(session.model, now) for text in wrap(trouble, width - 2)[:3]]
    return [row(width, (f" {text}", Tone.ALARM)) for text in rows]


def troubles(model: ConsoleModel, now: float) -> list[str]:
    """The same in words, for the plain mode too."""
    found: list[str] = []
    if not model.is_connected:
        gone = minutes_seconds(now - model.down_since) if model.down_since is not None else "0:00"
        why = f" {model.down_reason}" if model.down_reason else ""
        found.append(f"NO CORE for {gone}: orders are not being sent.{why}")
    elif model.silence_s(now) > SILENT_AFTER_S:
        found.append(f"CORE SILENT for {minutes_seconds(model.silence_s(now))}: what you see is that old")
    if model.health.journal_error:
        failed_at = model.health.journal_failed_at
        when = f" since {clock(failed_at)}" if failed_at else ""
        found.append(
            f"JOURNAL CANNOT WRITE{when}: no launches; hold, return and land still go, unrecorded. "
            + model.health.journal_error
        )
    return found
