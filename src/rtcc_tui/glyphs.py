"""The few drawing characters, in a set for every terminal and one for those that know ASCII only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Glyphs:
    """Single-width characters; every one stands beside a word or a number, never alone."""

    is_ascii: bool
    selected: str
    vertical: str
    horizontal: str
    arrow: str
    none: str
    dot: str
    degree: str
    alarm: str


UNICODE = Glyphs(
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
ASCII = Glyphs(
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
