"""Every tone can be read: contrast ratios after WCAG 2.2, worked out from the tables."""

from __future__ import annotations

import pytest
from rich.color import Color, ColorSystem
from rich.color_triplet import ColorTriplet
from rich.style import Style
from rich.terminal_theme import TerminalTheme

from rtcc_tui.looks import MIXED_THEMES, THEME_NAMES, Looks
from rtcc_tui.spans import Tone
from rtcc_tui.theme import THEMES, Theme, theme_for

LINES = frozenset({Tone.ROAD, Tone.STREET, Tone.WATER})
"""What is drawn in these is no text."""

VGA_DARK = ["000000", "aa0000", "00aa00", "aa5500", "0000aa", "aa00aa", "00aaaa", "aaaaaa"]
VGA_BRIGHT = ["555555", "ff5555", "55ff55", "ffff55", "5555ff", "ff55ff", "55ffff", "ffffff"]
XTERM_DARK = ["000000", "cd0000", "00cd00", "cdcd00", "0000ee", "cd00cd", "00cdcd", "e5e5e5"]
XTERM_BRIGHT = ["7f7f7f", "ff0000", "00ff00", "ffff00", "5c5cff", "ff00ff", "00ffff", "ffffff"]


def palette_of(back: str, fore: str, dark: list[str], bright: list[str]) -> TerminalTheme:
    def mixed(name: str) -> tuple[int, int, int]:
        red, green, blue = bytes.fromhex(name)
        return red, green, blue

    return TerminalTheme(mixed(back), mixed(fore), list(map(mixed, dark)), list(map(mixed, bright)))


VGA = palette_of("000000", "aaaaaa", VGA_DARK, VGA_BRIGHT)
"""The Linux console; PuTTY's is between this and the next."""
XTERM = palette_of("ffffff", "000000", XTERM_DARK, XTERM_BRIGHT)


def luminance(colour: ColorTriplet) -> float:
    def linear(part: int) -> float:
        share = part / 255.0
        return share / 12.92 if share <= 0.04045 else float(((share + 0.055) / 1.055) ** 2.4)

    red, green, blue = (linear(part) for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(style: Style, palette: TerminalTheme | None = None, system: ColorSystem | None = None) -> float:
    fore, back = style.color or Color.default(), style.bgcolor or Color.default()
    if system is not None:
        fore, back = fore.downgrade(system), back.downgrade(system)
    a = luminance(fore.get_truecolor(palette, foreground=True))
    b = luminance(back.get_truecolor(palette, foreground=False))
    return (max(a, b) + 0.05) / (min(a, b) + 0.05)


def test_the_names_are_the_themes() -> None:
    assert tuple(THEMES) == THEME_NAMES
    assert {name for name, theme in THEMES.items() if not theme.is_ansi} == MIXED_THEMES
    assert all(set(theme.styles) == set(Tone) for theme in THEMES.values())


@pytest.mark.parametrize("system", [None, ColorSystem.EIGHT_BIT], ids=["truecolour", "256"])
@pytest.mark.parametrize("name", sorted(MIXED_THEMES))
def test_everything_can_be_read(name: str, system: ColorSystem | None) -> None:
    ratios = {tone: contrast(style, system=system) for tone, style in THEMES[name].styles.items()}
    lines = 7.0 if name == "high-contrast" else 4.5
    assert {tone.name: ratio for tone, ratio in ratios.items() if tone not in LINES and ratio < 7.0} == {}
    assert {tone.name: ratio for tone, ratio in ratios.items() if tone in LINES and ratio < lines} == {}


@pytest.mark.parametrize("palette", [VGA, XTERM], ids=["vga", "xterm"])
def test_sixteen_colours_can_be_read_on_the_usual_palettes(palette: TerminalTheme) -> None:
    ratios = {tone.name: contrast(style, palette) for tone, style in THEMES["16"].styles.items()}
    assert {name: ratio for name, ratio in ratios.items() if ratio < 4.5} == {}


def test_mono_names_no_colour() -> None:
    assert all(style.color is None and style.bgcolor is None for style in THEMES["mono"].styles.values())


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEME_NAMES)
def test_an_alarm_looks_like_nothing_else(theme: Theme) -> None:
    others = [style for tone, style in theme.styles.items() if tone is not Tone.ALARM]
    assert theme.styles[Tone.ALARM] not in others


def test_sixteen_stand_in_where_the_terminal_has_no_more() -> None:
    assert theme_for(Looks("day", has_many_colours=False)) is THEMES["16"]
    assert theme_for(Looks("mono", has_many_colours=False)) is THEMES["mono"]
    assert theme_for(Looks("high-contrast", has_many_colours=True)) is THEMES["high-contrast"]
