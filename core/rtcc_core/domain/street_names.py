"""Street names of the United States, reduced to what they mean: `W. Laguna Boulevard` is `W LAGUNA BLVD`.

A name is a base with an optional type (BLVD) and an optional direction before or behind it. Types and
directions are shortened as the post office does (USPS Publication 28, appendices B and C1); ordinals lose
their ending (`FIFTH`, `5TH` and `5` are one word), so that every spelling of a name is one key.
"""

from __future__ import annotations

import re
import unicodedata
from enum import IntEnum

import msgspec

_TYPES = """
ALY ALLEY AL
AVE AVENUE AV AVEN AVN
BLVD BOULEVARD BL BLV BOUL
BND BEND
BRG BRIDGE
BYP BYPASS
CIR CIRCLE CIRC
COR CORNER
CRES CRESCENT
CSWY CAUSEWAY
CT COURT CRT
CV COVE
DR DRIVE DRV
EXPY EXPRESSWAY EXPWY
EXT EXTENSION
FWY FREEWAY
GLN GLEN
GRN GREEN
HTS HEIGHTS
HWY HIGHWAY HIWAY HY
LN LANE
LNDG LANDING
LOOP LP
MALL
MNR MANOR
PARK
PASS
PATH
PIKE
PKWY PARKWAY PKY PKWAY PARKWY
PL PLACE
PLZ PLAZA
PT POINT
RD ROAD
RDG RIDGE
ROW
RTE ROUTE
RUN
SQ SQUARE
ST STREET STR
TER TERRACE TERR
TPKE TURNPIKE
TRL TRAIL TR
TRCE TRACE
VIA
VIS VISTA
VW VIEW
WALK
WAY WY
XING CROSSING
"""

_DIRECTIONS = """
N NORTH
S SOUTH
E EAST
W WEST
NE NORTHEAST
NW NORTHWEST
SE SOUTHEAST
SW SOUTHWEST
"""

_OTHER = """
ST SAINT
MT MOUNT
FT FORT
DR DOCTOR
JR JUNIOR
I INTERSTATE
"""

_ORDINALS = """
FIRST SECOND THIRD FOURTH FIFTH SIXTH SEVENTH EIGHTH NINTH TENTH ELEVENTH TWELFTH THIRTEENTH FOURTEENTH
FIFTEENTH SIXTEENTH SEVENTEENTH EIGHTEENTH NINETEENTH
"""
_TENS = "TWENTY THIRTY FORTY FIFTY SIXTY SEVENTY EIGHTY NINETY"

_PHRASES = (
    (re.compile(r"\b(?:M L K|MLK|M L KING)\b(?: JR\b)?"), "MARTIN LUTHER KING JR"),
    (re.compile(r"\bMARTIN LUTHER KING\b(?! JR)"), "MARTIN LUTHER KING JR"),
    (re.compile(r"\bI(?=\d)"), "I "),
    (re.compile(r"\b(?:U S|US)(?: HIGHWAY| HWY| ROUTE| RTE)?(?= ?\d)"), "US "),
    (re.compile(r"\b(?:STATE (?:ROUTE|RTE|HIGHWAY|HWY)|SR|ROUTE|RTE|HIGHWAY)(?= ?\d)"), "HWY "),
)
"""Names that are written in several words or in one, before they are cut into words."""

_DASHES = re.compile(r"[-‐-―_,;()\"*]+")
_DROPPED = re.compile(r"[.'’`´#]+")
_NUMBERED = re.compile(r"(\d+)(?:ST|ND|RD|TH)")


def _table(rows: str) -> dict[str, str]:
    return {word: row.split()[0] for row in rows.split("\n") if row for word in row.split()}


def _ordinals() -> dict[str, str]:
    found = {word: str(number) for number, word in enumerate(_ORDINALS.split(), start=1)}
    found |= {ten[:-1] + "IETH": str(10 * number) for number, ten in enumerate(_TENS.split(), start=2)}
    return found


TYPES = frozenset(_table(_TYPES).values())
"""`AVE`, `BLVD` …: the words a street may end with."""

DIRECTIONS = frozenset(_table(_DIRECTIONS).values())

_CANONICAL = _table(_OTHER) | _table(_DIRECTIONS) | _table(_TYPES) | _ordinals()
_TEN_VALUES = {ten: 10 * number for number, ten in enumerate(_TENS.split(), start=2)}


class Grade(IntEnum):
    """How well an asked name fits a street of the same base; the smaller the better."""

    SAME = 0
    LEFT_OUT = 1
    """The asked name says less (`LAGUNA`), or has its direction at the other end."""
    DIFFERS = 2
    """Type or direction contradict each other: only ever a suggestion."""


class StreetName(msgspec.Struct, frozen=True):
    """A name in its parts, each in its canonical spelling, empty where there is none."""

    base: str
    type: str = ""
    before: str = ""
    """Direction before the base: `N` of N MAIN ST."""
    behind: str = ""
    """Direction behind the type: `N` of 5TH AVE N."""


def fold(text: str) -> str:
    """Upper case without accents: what is compared, never shown."""
    decomposed = unicodedata.normalize("NFKD", text.upper())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def words_of(text: str) -> tuple[str, ...]:
    """The canonical words of a name: `Twenty-First Street` is `21 ST`."""
    line = " ".join(_DASHES.sub(" ", _DROPPED.sub("", fold(text))).split())
    for phrase, instead in _PHRASES:
        line = phrase.sub(instead, line)
    words: list[str] = []
    tens = 0
    for word in line.split():
        if tens:
            unit = _CANONICAL.get(word, "")
            if unit.isdecimal() and int(unit) < 10:
                words[-1] = str(tens + int(unit))
                tens = 0
                continue
        tens = _TEN_VALUES.get(word, 0)
        numbered = _NUMBERED.fullmatch(word)
        words.append(str(int(numbered[1])) if numbered else _CANONICAL.get(word, word))
    return tuple(words)


def name_of(words: tuple[str, ...]) -> StreetName:
    """The parts of a name given as canonical words; the base is never empty unless `words` is."""
    start, end = 0, len(words)
    behind = kind = before = ""
    if end > 1 and words[end - 1] in DIRECTIONS:
        end -= 1
        behind = words[end]
    if end > 1 and words[end - 1] in TYPES:
        end -= 1
        kind = words[end]
    if behind and not kind and end == 1 and words[0] in TYPES:  # AVENUE E is no east end of a street AVE
        return StreetName(f"{words[0]} {behind}")
    if end > 1 and words[0] in DIRECTIONS:
        start = 1
        before = words[0]
    return StreetName(" ".join(words[start:end]), kind, before, behind)


def street_name(text: str) -> StreetName:
    """The parts of a name as people write it."""
    return name_of(words_of(text))


def grade(asked: StreetName, street: StreetName) -> Grade:
    """How well `asked` fits `street`, which has the same base."""
    return max(_grade_of_type(asked, street), _grade_of_direction(asked, street))


def _grade_of_type(asked: StreetName, street: StreetName) -> Grade:
    if asked.type == street.type:
        return Grade.SAME
    return Grade.DIFFERS if asked.type else Grade.LEFT_OUT


def _grade_of_direction(asked: StreetName, street: StreetName) -> Grade:
    if (asked.before, asked.behind) == (street.before, street.behind):
        return Grade.SAME
    is_moved = (asked.before, asked.behind) == (street.behind, street.before)
    says_less = asked.before in ("", street.before) and asked.behind in ("", street.behind)
    return Grade.LEFT_OUT if is_moved or says_less else Grade.DIFFERS


_STATES = """
AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK
OR PA PR RI SC SD TN TX UT VT VA WA WV WI WY
"""
STATES = frozenset(word for code in _STATES.split() for word in words_of(code))
"""Postal codes of the states as canonical words: Wyoming's WY is then WAY."""


def without_state(words: tuple[str, ...]) -> tuple[str, ...]:
    """A city without the state and the postal code behind it."""
    if words and words[-1].isdecimal() and len(words[-1]) == 5:
        words = words[:-1]
    return words[:-1] if words and words[-1] in STATES else words
