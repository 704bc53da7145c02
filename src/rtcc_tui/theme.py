"""How each tone looks, once for terminals with many colours and once for sixteen.

Grey is normal, colour is only for what wants a person. Ratios against the background are 7:1 or more for
text that must be read. In sixteen colours the terminal's own foreground and reverse carry the difference.
"""

from __future__ import annotations

from rich.style import Style

from rtcc_tui.spans import Tone

BACKGROUND = "#101214"

_NIGHT: dict[Tone, Style] = {
    Tone.NORMAL: Style(color="#c4c8cc", bgcolor=BACKGROUND),
    Tone.QUIET: Style(color="#9aa0a6", bgcolor=BACKGROUND),
    Tone.STRONG: Style(color="#ffffff", bgcolor=BACKGROUND, bold=True),
    Tone.WARN: Style(color="#ffd75f", bgcolor=BACKGROUND),
    Tone.ALARM: Style(color="#ffffff", bgcolor="#a80000", bold=True),
    Tone.SELECTED: Style(color="#ffffff", bgcolor="#2f4456", bold=True),
    Tone.DRILL: Style(color="#000000", bgcolor="#5fd7d7", bold=True),
    Tone.REPLAY: Style(color="#000000", bgcolor="#d787ff", bold=True),
    Tone.CONFIRM: Style(color="#000000", bgcolor="#ffd75f", bold=True),
    Tone.CURSOR: Style(color="#000000", bgcolor="#ffffff"),
    Tone.ROAD: Style(color="#7d848c", bgcolor=BACKGROUND),
    Tone.STREET: Style(color="#4d545c", bgcolor=BACKGROUND),
    Tone.WATER: Style(color="#3f6f9f", bgcolor=BACKGROUND),
}

_SIXTEEN: dict[Tone, Style] = {
    Tone.NORMAL: Style(),
    Tone.QUIET: Style(),
    Tone.STRONG: Style(bold=True),
    Tone.WARN: Style(color="yellow", bold=True),
    Tone.ALARM: Style(color="white", bgcolor="red", bold=True),
    Tone.SELECTED: Style(reverse=True),
    Tone.DRILL: Style(color="black", bgcolor="cyan"),
    Tone.REPLAY: Style(color="white", bgcolor="magenta", bold=True),
    Tone.CONFIRM: Style(color="black", bgcolor="yellow"),
    Tone.CURSOR: Style(reverse=True),
    Tone.ROAD: Style(),
    Tone.STREET: Style(color="bright_black"),
    Tone.WATER: Style(color="blue"),
}


def styles(has_many_colours: bool) -> dict[Tone, Style]:
    """The look of every tone on this terminal."""
    return _NIGHT if has_many_colours else _SIXTEEN
