"""The top line while the screens show the past: it can be taken for nothing else."""

from __future__ import annotations

from rich.cells import cell_len

from rtcc_tui.model import SILENT_AFTER_S
from rtcc_tui.session import Session
from rtcc_tui.spans import Line, Tone, row
from rtcc_tui.views.topline import drill_words
from rtcc_tui.words import clock

_KEYS = ("  < > 1 min  , . 10 s  Space plays  Esc ends", "  < > , . Space  Esc ends", "  Esc ends", "")
"""As much of it as there is room for."""


def replay_line(session: Session, now: float, width: int) -> Line:
    """`REPLAY 03:12:00Z  DRILL  paused  (now 04:01:07Z) …  A. REYES` over the whole width."""
    replay, live = session.replay, session.live
    at, live_at = replay.at, live.core_now(now)
    if at is None:
        return row(width, ("", Tone.REPLAY))
    is_other_day = live_at is not None and live_at.date() != at.date()
    date = f"{at:%Y-%m-%d} " if is_other_day else ""
    stale = "?" if live.silence_s(now) > SILENT_AFTER_S or not live.is_connected else ""
    there = f"  (now {clock(live_at)}{stale})" if live_at is not None else "  (now unknown)"
    drill = f"  {drill_words(live.programme.drill_speed)}" if live.programme.is_drill else ""
    text = f" REPLAY {date}{clock(at)}{drill}  {moving_words(session)}"
    you = f"  {live.you.name} " if live.you else ""
    rests = [there + keys for keys in _KEYS] + ["  Esc ends", ""]
    rest = next((each for each in rests if cell_len(text + each + you) <= width), "")
    gap = " " * max(0, width - cell_len(text + rest + you))
    return row(width, (text + rest + gap + you, Tone.REPLAY))


def moving_words(session: Session) -> str:
    """What the replay does: is paused, plays, or waits for the core."""
    replay = session.replay
    if replay.is_waiting:
        return "asks" if replay.progress is None else f"reads {replay.progress:.0%}"
    return f"plays x{replay.rate}" if replay.rate else "paused"
