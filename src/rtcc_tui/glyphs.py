"""The few drawing characters, in a set for each kind of terminal: Braille, blocks, ASCII only."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Glyphs:
    """Single-width characters; every one stands beside a word or a number, never alone."""

    name: str
    """As `--glyphs` and the verb say it; also the way the map draws its lines."""
    is_ascii: bool
    selected: str
    vertical: str
    horizontal: str
    arrow: str
    none: str
    dot: str
    degree: str
    alarm: str


BRAILLE = Glyphs(
    name="braille",
    is_ascii=False,
    selected="▸",
    vertical="│",
    horizontal="─",
    arrow="→",
    none="—",
    dot="·",
    degree="°",
    alarm="▲",
)
BLOCK = replace(BRAILLE, name="block")
"""Where the font has no Braille: only the lines of the map differ."""
ASCII = Glyphs(
    name="ascii",
    is_ascii=True,
    selected=">",
    vertical="|",
    horizontal="-",
    arrow="->",
    none="-",
    dot="-",
    degree="",
    alarm="!",
)
UNICODE = BRAILLE

SETS = {glyphs.name: glyphs for glyphs in (BRAILLE, BLOCK, ASCII)}
GLYPH_NAMES = (*SETS, "unicode")
"""What may be asked for; `unicode` is another word for `braille`."""


def glyphs_named(name: str) -> Glyphs:
    """The set of that name; KeyError for one that is not ours."""
    return UNICODE if name == "unicode" else SETS[name]
