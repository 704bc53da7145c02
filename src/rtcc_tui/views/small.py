"""What a terminal that is too small still gets: the word, the alarm, and a working command line."""

from __future__ import annotations

from rtcc_tui.session import Session
from rtcc_tui.spans import Line, Tone, row, wrap
from rtcc_tui.views.alarms import alarm_line
from rtcc_tui.views.arrange import MIN_HEIGHT, MIN_WIDTH
from rtcc_tui.views.arriving import news_lines
from rtcc_tui.views.bottom import echo_lines, prompt_line
from rtcc_tui.views.replayed import replay_line
from rtcc_tui.views.topline import trouble_lines

READABLE_WIDTH, READABLE_HEIGHT = 40, 8
"""Below this a confirmation cannot be read, and is not counted as shown."""


def small_lines(session: Session, now: float, width: int, height: int) -> list[Line]:
    """The clear word and the lines that keep aircraft reachable."""
    words = (
        f"too small: {width} x {height}, the console needs {MIN_WIDTH} x {MIN_HEIGHT}. "
        "Enlarge the window, or use rtcc console --plain."
    )
    # What is to be answered stands before what only explains: it must not be cut off below.
    lines = [alarm_line(session, now, width), *news_lines(session, now, width)]
    lines += [*echo_lines(session, now, width), prompt_line(session, width)]
    if session.replay.is_on:
        lines.append(replay_line(session, now, width))
    lines += trouble_lines(session, now, width)
    lines += [row(width, (text, Tone.STRONG)) for text in wrap(words, width)]
    lines += [row(width, ("", Tone.NORMAL))] * (height - len(lines))
    return lines[:height]


def is_readable(width: int, height: int) -> bool:
    """True where a confirmation line of a too small screen still counts."""
    return width >= READABLE_WIDTH and height >= READABLE_HEIGHT
