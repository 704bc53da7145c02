"""Where each pane stands on a screen of a given size: one column below 120 cells, two from there on."""

from __future__ import annotations

from dataclasses import dataclass, replace

from rtcc_tui.looking import PAGES, View

MIN_WIDTH, MIN_HEIGHT = 80, 24
WIDE_FROM = 120
ECHO_LEAST, ECHO_MOST = 2, 6

LEFT_LEAST = 3
"""Rows that a covered pane must still show."""

WIDER_FROM, WIDER_PART = 150, 53
"""From this width on the list of calls has so many per cent of it: an address is read whole."""

MAP_FROM = 24
"""Rows beside the chosen call from which on the queue shares them with the map."""

MAP_PART = 46
"""Per cent of those rows that the map gets."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of cells."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """How much there is to show."""

    troubles: int = 0
    news: int = 0
    """1 where a new call is on no row of the screen."""
    drones: int = 0
    candidates: int = 0
    alerts: int = 0
    """Rows of the block of alerts where there is room for it; 0 while none waits."""
    view: View = View.ALL
    is_prompting: bool = False
    echo: int = 2
    """Rows of the bottom where things are said and confirmed."""


def arrange(width: int, height: int, needs: Needs) -> dict[str, Box]:
    """The boxes of the panes that are shown, by name; they never overlap and fill the screen."""
    if width < MIN_WIDTH or height < MIN_HEIGHT:
        return {"small": Box(0, 0, width, height)}
    boxes = {"top": Box(0, 0, width, 1), "alarm": Box(0, 1, width, 1)}
    y = 2
    if needs.news and needs.view is not View.ALL:
        boxes["news"] = Box(0, y, width, 1)
        y += 1
    if needs.troubles:
        boxes["trouble"] = Box(0, y, width, needs.troubles)
        y += needs.troubles
    under = 1 if height < 30 else 2
    echo = _between(needs.echo, ECHO_LEAST, ECHO_MOST)
    bottom = height - under - echo
    boxes["echo"] = Box(0, bottom, width, echo)
    if under == 1:
        # One row serves both: the keys while looking, the line while typing.
        boxes["prompt" if needs.is_prompting else "keys"] = Box(0, height - 1, width, 1)
    else:
        boxes["prompt"] = Box(0, height - 2, width, 1)
        boxes["keys"] = Box(0, height - 1, width, 1)
    usual = _body(Box(0, y, width, bottom + echo - ECHO_LEAST - y), needs)
    lifted = _lifted(usual, echo - ECHO_LEAST)
    return boxes | (lifted or _body(Box(0, y, width, bottom - y), needs))


def _lifted(body: dict[str, Box], rows: int) -> dict[str, Box] | None:
    """The body with its fleet lifted over the panes above it, which keep their places and are covered below.

    A confirmation that opens then sends its own rows and the fleet's, not the whole screen (13 kB at 120 x
    40). None where a pane would be left with too little, or the queue's rows would be hidden.
    """
    if rows == 0:
        return body
    if "rule" not in body or "sending" not in body or not {"map", "alerts"} & set(body):
        return None
    top = body["rule"].y - rows
    if any(top - box.y < LEFT_LEAST for name, box in body.items() if name not in ("rule", "fleet")):
        return None
    return body | {name: replace(body[name], y=body[name].y - rows) for name in ("rule", "fleet")}


def _body(area: Box, needs: Needs) -> dict[str, Box]:
    body = _panes(area, needs)
    queue = body.get("queue")
    if queue is None or not needs.news:
        return body
    # Its last row, not one above it: what comes in must not move the row under a finger.
    rest = replace(queue, height=queue.height - 1)
    return body | {"queue": rest, "news": Box(queue.x, queue.y + rest.height, queue.width, 1)}


def _panes(area: Box, needs: Needs) -> dict[str, Box]:
    if needs.view in PAGES:
        return {"page": area}
    fleet_h = _between(needs.drones + 1, 2, max(5, area.height // 4))
    if needs.view is View.CALL:
        return _stack(area, [("chosen", area.height - fleet_h - 1), ("rule", 1), ("fleet", fleet_h)])
    if needs.view is View.FLEET:
        tall = _between(needs.drones + 1, 2, area.height // 2)
        return _stack(area, [("fleet", tall), ("rule", 1), ("sending", area.height - tall - 1)])
    if area.width < WIDE_FROM:
        return _narrow(area, needs, fleet_h)
    upper = Box(area.x, area.y, area.width, area.height - fleet_h - 1)
    left_w = area.width * (WIDER_PART if area.width >= WIDER_FROM else 50) // 100
    # Under the queue: an alert that comes in must not move the row under a finger, nor the map.
    map_h = upper.height * MAP_PART // 100 if upper.height >= MAP_FROM else 0
    alerts_h = _between(needs.alerts, 0, (upper.height - map_h) // 3)
    boxes = _stack(
        Box(upper.x, upper.y, left_w, upper.height),
        [("queue", upper.height - map_h - alerts_h), ("alerts", alerts_h), ("map", map_h)],
    )
    boxes["divider"] = Box(left_w, upper.y, 1, upper.height)
    right = Box(left_w + 1, upper.y, area.width - left_w - 1, upper.height)
    sending_h = _between(needs.candidates + 11, 6, upper.height * 3 // 5)
    boxes |= _stack(right, [("chosen", right.height - sending_h), ("sending", sending_h)])
    lower = Box(area.x, upper.y + upper.height, area.width, fleet_h + 1)
    return boxes | _stack(lower, [("rule", 1), ("fleet", fleet_h)])


def _narrow(area: Box, needs: Needs, fleet_h: int) -> dict[str, Box]:
    # The queue's height does not follow its length: a new call must not move the panes below it.
    room = area.height - fleet_h
    queue_h = max(5, room // 3)
    sending_h = _between(needs.candidates + 3, 4, max(4, room // 3))
    chosen_h = room - queue_h - sending_h
    alerts_h = min(1, needs.alerts)
    return _stack(
        area,
        [
            ("queue", queue_h - alerts_h),
            ("alerts", alerts_h),
            ("chosen", chosen_h),
            ("sending", sending_h),
            ("fleet", fleet_h),
        ],
    )


def _stack(area: Box, parts: list[tuple[str, int]]) -> dict[str, Box]:
    boxes: dict[str, Box] = {}
    y = area.y
    for name, height in parts:
        if height > 0:
            boxes[name] = Box(area.x, y, area.width, height)
            y += height
    return boxes


def _between(value: int, low: int, high: int) -> int:
    return max(low, min(value, high))
