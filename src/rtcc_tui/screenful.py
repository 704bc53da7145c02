"""One whole screen: which panes stand where and what each of them says. Pure."""

from __future__ import annotations

from dataclasses import replace

from rtcc_tui.session import Mode, Session
from rtcc_tui.spans import Line, Tone, row
from rtcc_tui.views.alarms import alarm_line
from rtcc_tui.views.alerts import alert_lines, block_rows
from rtcc_tui.views.arrange import Box, Needs, arrange
from rtcc_tui.views.arriving import news_lines
from rtcc_tui.views.bottom import echo_lines, prompt_line
from rtcc_tui.views.chosen import chosen_lines
from rtcc_tui.views.fleet import fleet_lines, fleet_rows
from rtcc_tui.views.key_line import key_line
from rtcc_tui.views.locked import locked_lines
from rtcc_tui.views.map import map_pane
from rtcc_tui.views.pages import page_lines
from rtcc_tui.views.queue import queue_lines, shown_rows
from rtcc_tui.views.replayed import replay_line
from rtcc_tui.views.sending import sending_lines
from rtcc_tui.views.small import small_lines
from rtcc_tui.views.topline import top_line, trouble_lines

PANES = (
    "top",
    "alarm",
    "news",
    "trouble",
    "queue",
    "alerts",
    "map",
    "divider",
    "chosen",
    "sending",
    "rule",
    "fleet",
    "page",
    "echo",
    "prompt",
    "keys",
    "small",
    "lock",
)

LATER_PANES = frozenset({"map", "sending", "fleet"})
"""What a key does not wait for where nothing else moves: it is drawn a moment after the rest."""

LIVE_PANES = frozenset({"top", "alarm", "news", "trouble", "echo", "prompt", "keys", "small", "lock"})
"""What is always of now, also while the rest of the screen shows the past."""


def boxes(session: Session, now: float, width: int, height: int) -> dict[str, Box]:
    """Where the panes stand; one alone while the console is locked."""
    if session.mode is Mode.LOCKED:
        session.screens.arrivals.laid_out(session.live, now, None)
        return {"lock": Box(0, 0, width, height)}
    with session.looking_back(now):
        drones = len(session.model.state.drones)
        rows = fleet_rows(session, now, width)
        alerts = block_rows(session)
    needs = Needs(
        troubles=len(trouble_lines(session, now, width)),
        drones=rows - 1,
        candidates=drones,
        alerts=alerts,
        view=session.view,
        is_prompting=session.mode is Mode.PROMPT,
        echo=len(echo_lines(session, now, width)),
    )
    stand = arrange(width, height, needs)
    box = stand.get("queue")
    queued: list[str] | None = None
    if box is not None and not session.replay.is_on:
        queued = [call.call_id for call in shown_rows(session, box.height)]
    if session.screens.arrivals.laid_out(session.live, now, queued):
        return arrange(width, height, replace(needs, news=1))
    return stand


def pane_lines(name: str, session: Session, now: float, box: Box) -> list[Line]:
    """What one pane says in its box: the frame what is so now, the body what is replayed."""
    if name in LIVE_PANES:
        return _frame_lines(name, session, now, box)
    with session.looking_back(now):
        return _body_lines(name, session, now, box)


def _frame_lines(name: str, session: Session, now: float, box: Box) -> list[Line]:
    width = box.width
    match name:
        case "top":
            line = replay_line if session.replay.is_on else top_line
            return [line(session, now, width)]
        case "alarm":
            return [alarm_line(session, now, width)]
        case "news":
            return news_lines(session, now, width)
        case "trouble":
            return trouble_lines(session, now, width)
        case "echo":
            return echo_lines(session, now, width)
        case "prompt":
            return [prompt_line(session, width)]
        case "small":
            return small_lines(session, now, width, box.height)
        case "lock":
            return locked_lines(session, now, width, box.height)
        case _:
            return [key_line(session, width)]


def _body_lines(name: str, session: Session, now: float, box: Box) -> list[Line]:
    width, height = box.width, box.height
    match name:
        case "queue":
            return queue_lines(session, now, width, height)
        case "alerts":
            return alert_lines(session, now, width, height)
        case "map":
            return map_pane(session, now, width, height)
        case "divider":
            return [row(width, (session.glyphs.vertical, Tone.QUIET))] * height
        case "chosen":
            return chosen_lines(session, now, width, height)
        case "sending":
            return sending_lines(session, now, width, height)
        case "rule":
            return [row(width, (session.glyphs.horizontal * width, Tone.QUIET))]
        case "fleet":
            return fleet_lines(session, now, width, height)
        case _:
            return page_lines(session, now, width, height)


def draw(session: Session, now: float, width: int, height: int) -> list[str]:
    """The screen as plain text, for tests and for documents."""
    canvas = [[" "] * width for _ in range(height)]
    for name, box in boxes(session, now, width, height).items():
        for y, line in enumerate(pane_lines(name, session, now, box)[: box.height]):
            text = "".join(text for text, _ in line)
            canvas[box.y + y][box.x : box.x + box.width] = list(text)
    return ["".join(cells).rstrip() for cells in canvas]
