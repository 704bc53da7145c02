"""With which characters lines are drawn: Braille dots, quarter blocks, or ASCII strokes.

A line sets bits in the cells it crosses; what is drawn over it adds its own, so crossing lines stay lines.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from rtcc_tui.glyphs import Glyphs

_BRAILLE_BITS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""Unicode 6.2, section 15.10: the value of each dot, by row and column."""

_BLOCKS = " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█"
"""By the bits of the quarters: upper left 1, upper right 2, lower left 4, lower right 8."""

EAST_WEST, NORTH_SOUTH, RISING, FALLING = 1, 2, 4, 8
"""Bits of an ASCII cell: the directions of the lines through it."""


def _stroke(bits: int) -> str:
    alone = {0: " ", EAST_WEST: "-", NORTH_SOUTH: "|", RISING: "/", FALLING: "\\"}
    return alone.get(bits, "x" if bits == RISING | FALLING else "+")


@dataclass(frozen=True, slots=True)
class Drawing:
    """One way to draw."""

    name: str
    dots_x: int
    """Dots in a cell, side by side."""
    dots_y: int
    bits: tuple[tuple[int, ...], ...]
    """What each dot adds to its cell, by row and column; a single 0: the direction of the line does."""
    characters: str
    """By the bits of a cell."""
    call: str
    site: str
    traffic: str
    headings: str
    """An aircraft that flies north, north-east … clockwise."""
    hovering: str
    camera: str
    """Where a camera looks."""
    cross: str
    north: str
    bar: tuple[str, str, str]
    """Left end, middle and right end of the scale."""

    @property
    def is_directed(self) -> bool:
        """True where a cell shows the direction of its lines, not their dots."""
        return len(self.characters) == 16 and self.dots_x == 1


BRAILLE = Drawing(
    name="braille",
    dots_x=2,
    dots_y=4,
    bits=_BRAILLE_BITS,
    characters="".join(chr(0x2800 + bits) if bits else " " for bits in range(256)),
    call="●",
    site="■",
    traffic="◊",
    headings="↑↗→↘↓↙←↖",
    hovering="○",
    camera="×",
    cross="┼",
    north="↑",
    bar=("├", "─", "┤"),
)
BLOCK = replace(
    BRAILLE,
    name="block",
    dots_x=2,
    dots_y=2,
    bits=((1, 2), (4, 8)),
    characters=_BLOCKS,
)
STROKES = Drawing(
    name="ascii",
    dots_x=1,
    dots_y=1,
    bits=((0,),),
    characters="".join(_stroke(bits) for bits in range(16)),
    call="*",
    site="#",
    traffic="%",
    headings="^^>vvv<^",
    hovering="o",
    camera="X",
    cross="+",
    north="^",
    bar=("|", "-", "|"),
)
DRAWINGS = (BRAILLE, BLOCK, STROKES)


def drawing_for(glyphs: Glyphs, wanted: str = "") -> Drawing:
    """The wanted one where the terminal shows it, else that of its glyphs; in ASCII only strokes."""
    if glyphs.is_ascii:
        return STROKES
    return next(drawing for drawing in DRAWINGS if drawing.name == (wanted or glyphs.name))
