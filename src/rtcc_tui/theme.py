"""How each tone looks: by day, by night, with high contrast, on sixteen colours, and without any.

Grey is normal, colour is only for what wants a person, and a word or a glyph always says the same. A test
computes the contrast ratios (WCAG 2.2, relative luminance), also of what a terminal with 256 colours makes of
them: 7:1 or more for text, 4.5:1 for the lines of the map; in high contrast 7:1 for everything. Of `16` the
terminal's own palette decides; there the ordinary text keeps the terminal's own two colours.
"""

from __future__ import annotations

from dataclasses import dataclass

from rich.style import Style

from rtcc_tui.looks import Looks
from rtcc_tui.spans import Tone


@dataclass(frozen=True, slots=True, eq=False)
class Theme:
    """One look of the whole screen."""

    name: str
    styles: dict[Tone, Style]
    background: str = ""
    """Behind everything; empty: the terminal's own, and its own sixteen colours."""

    @property
    def is_ansi(self) -> bool:
        """True where colours are named, not mixed: the terminal's palette shows them."""
        return not self.background


_INK, _PAPER, _BLACK = "#101214", "#eeeeee", "#000000"

NIGHT = Theme(
    "night",
    background=_INK,
    styles={
        Tone.NORMAL: Style(color="#c4c8cc", bgcolor=_INK),
        Tone.QUIET: Style(color="#a3a9af", bgcolor=_INK),
        Tone.STRONG: Style(color="#ffffff", bgcolor=_INK, bold=True),
        Tone.WARN: Style(color="#ffd75f", bgcolor=_INK),
        Tone.ALARM: Style(color="#ffffff", bgcolor="#a80000", bold=True),
        Tone.SELECTED: Style(color="#ffffff", bgcolor="#2f4456", bold=True),
        Tone.DRILL: Style(color="#000000", bgcolor="#5fd7d7", bold=True),
        Tone.REPLAY: Style(color="#000000", bgcolor="#d787ff", bold=True),
        Tone.CONFIRM: Style(color="#000000", bgcolor="#ffd75f", bold=True),
        Tone.NEWS: Style(color="#000000", bgcolor="#ff5faf", bold=True),
        Tone.LATE: Style(color="#000000", bgcolor="#ffaf87", bold=True),
        Tone.CURSOR: Style(color="#000000", bgcolor="#ffffff"),
        Tone.ROAD: Style(color="#8f969e", bgcolor=_INK),
        Tone.STREET: Style(color="#7f868e", bgcolor=_INK),
        Tone.WATER: Style(color="#5f87d7", bgcolor=_INK),
    },
)

DAY = Theme(
    "day",
    background=_PAPER,
    styles={
        Tone.NORMAL: Style(color="#1c1c1c", bgcolor=_PAPER),
        Tone.QUIET: Style(color="#444444", bgcolor=_PAPER),
        Tone.STRONG: Style(color="#000000", bgcolor=_PAPER, bold=True),
        Tone.WARN: Style(color="#870000", bgcolor=_PAPER, bold=True),
        Tone.ALARM: Style(color="#ffffff", bgcolor="#a80000", bold=True),
        Tone.SELECTED: Style(color="#000000", bgcolor="#afd7ff", bold=True),
        Tone.DRILL: Style(color="#ffffff", bgcolor="#005f5f", bold=True),
        Tone.REPLAY: Style(color="#ffffff", bgcolor="#5f00af", bold=True),
        Tone.CONFIRM: Style(color="#000000", bgcolor="#ffd75f", bold=True),
        Tone.NEWS: Style(color="#ffffff", bgcolor="#00005f", bold=True),
        Tone.LATE: Style(color="#000000", bgcolor="#ffaf87", bold=True),
        Tone.CURSOR: Style(color="#ffffff", bgcolor="#000000"),
        Tone.ROAD: Style(color="#585858", bgcolor=_PAPER),
        Tone.STREET: Style(color="#626262", bgcolor=_PAPER),
        Tone.WATER: Style(color="#005faf", bgcolor=_PAPER),
    },
)

HIGH_CONTRAST = Theme(
    "high-contrast",
    background=_BLACK,
    styles={
        Tone.NORMAL: Style(color="#ffffff", bgcolor=_BLACK),
        Tone.QUIET: Style(color="#d7d7d7", bgcolor=_BLACK),
        Tone.STRONG: Style(color="#ffffff", bgcolor=_BLACK, bold=True),
        Tone.WARN: Style(color="#ffff00", bgcolor=_BLACK, bold=True),
        Tone.ALARM: Style(color="#ffffff", bgcolor="#870000", bold=True),
        Tone.SELECTED: Style(color="#000000", bgcolor="#ffffff", bold=True),
        Tone.DRILL: Style(color="#000000", bgcolor="#00ffff", bold=True),
        Tone.REPLAY: Style(color="#000000", bgcolor="#ff87ff", bold=True),
        Tone.CONFIRM: Style(color="#000000", bgcolor="#ffff00", bold=True),
        Tone.NEWS: Style(color="#ffffff", bgcolor="#00005f", bold=True),
        Tone.LATE: Style(color="#000000", bgcolor="#ffaf00", bold=True),
        Tone.CURSOR: Style(color="#000000", bgcolor="#ffffff"),
        Tone.ROAD: Style(color="#bcbcbc", bgcolor=_BLACK),
        Tone.STREET: Style(color="#a8a8a8", bgcolor=_BLACK),
        Tone.WATER: Style(color="#87afff", bgcolor=_BLACK),
    },
)

SIXTEEN = Theme(
    "16",
    styles={
        Tone.NORMAL: Style(),
        Tone.QUIET: Style(),
        Tone.STRONG: Style(bold=True),
        # Both colours named: a terminal's own background may be black or white.
        Tone.WARN: Style(color="bright_yellow", bgcolor="black"),
        Tone.ALARM: Style(color="bright_white", bgcolor="red", bold=True),
        Tone.SELECTED: Style(reverse=True),
        Tone.DRILL: Style(color="black", bgcolor="cyan"),
        Tone.REPLAY: Style(color="bright_white", bgcolor="magenta", bold=True),
        Tone.CONFIRM: Style(color="black", bgcolor="green"),
        Tone.NEWS: Style(color="bright_white", bgcolor="blue", bold=True),
        Tone.LATE: Style(color="black", bgcolor="white", underline=True),
        Tone.CURSOR: Style(reverse=True),
        Tone.ROAD: Style(),
        Tone.STREET: Style(),
        Tone.WATER: Style(color="bright_cyan", bgcolor="black"),
    },
)

MONO = Theme(
    "mono",
    styles={
        Tone.NORMAL: Style(),
        Tone.QUIET: Style(),
        Tone.STRONG: Style(bold=True),
        Tone.WARN: Style(underline=True),
        Tone.ALARM: Style(reverse=True, bold=True, underline=True),
        Tone.SELECTED: Style(reverse=True),
        Tone.DRILL: Style(bold=True, underline=True),
        Tone.REPLAY: Style(reverse=True, underline=True),
        Tone.CONFIRM: Style(reverse=True, bold=True),
        Tone.NEWS: Style(reverse=True, bold=True),
        Tone.LATE: Style(bold=True, underline=True),
        Tone.CURSOR: Style(reverse=True),
        Tone.ROAD: Style(),
        Tone.STREET: Style(),
        Tone.WATER: Style(),
    },
)

THEMES = {theme.name: theme for theme in (NIGHT, DAY, HIGH_CONTRAST, SIXTEEN, MONO)}


def theme_for(looks: Looks) -> Theme:
    """The wanted theme, or what stands in for it on this terminal."""
    return SIXTEEN if looks.is_replaced else THEMES[looks.theme]
