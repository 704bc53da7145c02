"""Which look of the screen a person wants: names only, the tables are in `theme` and `glyphs`."""

from __future__ import annotations

from dataclasses import dataclass

THEME_NAMES = ("night", "day", "high-contrast", "16", "mono")
MIXED_THEMES = frozenset({"night", "day", "high-contrast"})
"""Those that mix their own colours: a terminal of sixteen cannot show them."""

INSTEAD = "this terminal has sixteen colours: {} is drawn with those; mono uses none"


@dataclass(slots=True)
class Looks:
    """How this console is drawn."""

    theme: str = "night"
    has_many_colours: bool = True

    @property
    def is_replaced(self) -> bool:
        """True where the terminal cannot show the theme, and `16` stands in for it."""
        return self.theme in MIXED_THEMES and not self.has_many_colours
