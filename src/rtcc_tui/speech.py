"""Text for a voice: ASCII in one line, units as words, no runs of symbols, nothing that is spelled out.

What came from outside is said as it came: only what means the same in words is put in words. `10:30` in a
caller's note stays `10:30`; our own lengths of time are words before they come here (`words.aloud`).
"""

from __future__ import annotations

import re

from rtcc_core.domain.text import clean
from rtcc_tui.spans import to_ascii

LINE_MAX = 600

_UNITS = {
    "m/s": ("metre per second", "metres per second"),
    "kt": ("knot", "knots"),
    "ft": ("foot", "feet"),
    "km": ("kilometre", "kilometres"),
    "m": ("metre", "metres"),
    "mi": ("mile", "miles"),
    "ft/min": ("foot per minute", "feet per minute"),
    "min": ("minute", "minutes"),
    "h": ("hour", "hours"),
    "s": ("second", "seconds"),
    "hPa": ("hectopascal", "hectopascals"),
}
_UNIT = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?) (m/s|kt|ft/min|ft|km|mi|min|m|h|s|hPa)(?![\w/])")
_WINDS = {
    "N": "north",
    "NE": "north-east",
    "E": "east",
    "SE": "south-east",
    "S": "south",
    "SW": "south-west",
    "W": "west",
    "NW": "north-west",
}
_FAR = re.compile(r"((?:metres?|f[eo]{2}t|kilometres?|miles?)\)?) (NE|NW|SE|SW|N|E|S|W)\b")

_SAID = (
    (re.compile(r" ?± ?|\+-(?=\d)"), " plus or minus "),
    (re.compile(r" · "), ", "),
    (re.compile(r" ?(?:->|→) ?"), " to "),
    (re.compile(r"(?<=\w)\.\.(?=\w)"), " to "),
    (re.compile(r"\(\+(?=\d)"), "(and "),
    (re.compile(r"(?<=\d) ?%"), " percent"),
    (re.compile(r"(?<=\d)°"), " degrees"),
    (re.compile(r"\b(\d\d:\d\d)(?::\d\d)?Z\b"), r"\1 UTC"),
    (re.compile(r"\b(overhead(?: in)?|needs|can stay) (\d+):(\d\d)\b"), r"\1 \2 min \3 s"),
    (re.compile(r"(?<!filter )\bP([1-9])\b(?!-)"), r"priority \1"),
)
"""What our own texts, and the agency's, write short."""

_RUN = re.compile(r"([^\w\s])(?: ?\1){2,}")
_MIXED_RUN = re.compile(r"[^\w\s.,:;()'\"\[\]/?-]{3,}")


def spoken(text: str) -> str:
    """One line as a voice reads it, whatever came in: ASCII, accents dropped, what has no ASCII form a
    question mark."""
    said = clean(text, limit=LINE_MAX)
    for pattern, words in _SAID:
        said = pattern.sub(words, said)
    said = _FAR.sub(_wind, _UNIT.sub(_unit, said))
    return " ".join(_MIXED_RUN.sub(" ", _RUN.sub(r"\1", to_ascii(said))).split())


def typed(text: str) -> str:
    """What a person is to type, said as it is typed: only made safe to show."""
    return to_ascii(clean(text, limit=LINE_MAX))


def _unit(found: re.Match[str]) -> str:
    number, unit = found.groups()
    one, many = _UNITS[unit]
    return f"{number} {one if number == '1' else many}"


def _wind(found: re.Match[str]) -> str:
    return f"{found.group(1)} {_WINDS[found.group(2)]}"


def bearing_words(bearing_deg: float) -> str:
    """`north-east`: one of the eight winds for a bearing in degrees."""
    return tuple(_WINDS.values())[round(bearing_deg / 45.0) % 8]
