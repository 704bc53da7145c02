"""Every spelling of a street's name is one name, and no two streets become one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtcc_core.domain.address import read_address
from rtcc_core.domain.street_names import Grade, StreetName, grade, street_name, without_state, words_of

TYPES = {
    "BLVD": ["Boulevard", "BLVD", "Blvd."],
    "AVE": ["Avenue", "AV", "ave"],
    "ST": ["Street", "st.", "STR"],
}
DIRECTIONS = {"": [""], "N": ["N", "North", "N."], "SW": ["SW", "Southwest", "S.W.", "south\u200bwest"]}
BASES = {"LAGUNA": ["Laguna", "LAGUNA", "lagúna"], "ELK PARK": ["Elk Park", "ELK-PARK", "elk  park"],
         "21": ["21st", "Twenty-First", "twenty first", "21"], "5": ["Fifth", "5TH"],
         "ST HELENS": ["Saint Helens", "St. Helens"]}  # fmt: skip


@given(data=st.data())
def test_every_spelling_is_the_same_name(data: st.DataObject) -> None:
    base, kind = data.draw(st.sampled_from(sorted(BASES))), data.draw(st.sampled_from(sorted(TYPES)))
    direction = data.draw(st.sampled_from(sorted(DIRECTIONS)))
    is_before = data.draw(st.booleans())
    said = [data.draw(st.sampled_from(each)) for each in (DIRECTIONS[direction], BASES[base], TYPES[kind])]
    written = " ".join(said if is_before else [*said[1:], said[0]]).replace("\u200b", "")
    before, behind = (direction, "") if is_before else ("", direction)
    assert street_name(written) == StreetName(base, kind, before, behind)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("North Ave", StreetName("N", "AVE")),
        ("E St", StreetName("E", "ST")),
        ("Avenue E", StreetName("AVE E")),
        ("NE 65th St", StreetName("65", "ST", "NE")),
        ("24th Ave Ne", StreetName("24", "AVE", "", "NE")),
        ("East Green Lake Way N", StreetName("GRN LAKE", "WAY", "E", "N")),
        ("Broadway", StreetName("BROADWAY")),
        ("SR-99", StreetName("HWY 99")),
        ("State Route 99", StreetName("HWY 99")),
        ("I5", StreetName("I 5")),
        ("Interstate 5", StreetName("I 5")),
        ("US Highway 101", StreetName("US 101")),
        ("M L King Jr Way S", StreetName("MARTIN LUTHER KING JR", "WAY", "", "S")),
        ("MLK Way South", StreetName("MARTIN LUTHER KING JR", "WAY", "", "S")),
    ],
)
def test_names_that_look_like_something_else(written: str, name: StreetName) -> None:
    assert street_name(written) == name


@given(st.text(max_size=60))
def test_words_are_canonical_already(text: str) -> None:
    once = words_of(text)
    again = words_of(" ".join(once))
    assert words_of(" ".join(again)) == again


@given(st.lists(st.sampled_from(["LAGUNA", "ELK", "PARK", "ST", "AVE", "N", "SW", "5", "E"]), min_size=1))
def test_a_name_keeps_every_word_and_always_has_a_base(words: list[str]) -> None:
    name = street_name(" ".join(words))
    assert name.base
    kept = " ".join(filter(None, (name.before, name.base, name.type, name.behind)))
    assert kept == " ".join(words_of(" ".join(words)))


@pytest.mark.parametrize(
    ("asked", "street", "fits"),
    [
        ("laguna blvd", "Laguna Boulevard", Grade.SAME),
        ("laguna", "Laguna Boulevard", Grade.LEFT_OUT),
        ("main st", "N Main St", Grade.LEFT_OUT),
        ("ne 5th ave", "5th Ave NE", Grade.LEFT_OUT),
        ("laguna dr", "Laguna Boulevard", Grade.DIFFERS),
        ("s main st", "N Main St", Grade.DIFFERS),
        ("n main st", "Main St", Grade.DIFFERS),
        ("broadway ave", "Broadway", Grade.DIFFERS),
    ],
)
def test_how_well_a_name_fits(asked: str, street: str, fits: Grade) -> None:
    assert grade(street_name(asked), street_name(street)) is fits


def test_a_city_is_told_from_its_state() -> None:
    assert without_state(words_of("Elk Grove CA 95758")) == ("ELK", "GROVE")
    assert without_state(words_of("Cheyenne, WY")) == ("CHEYENNE",)


# --- whole lines ---------------------------------------------------------------------------------------

HOUSE = ("9260", False, "ELK PARK DR")


@pytest.mark.parametrize(
    ("line", "sides"),
    [
        ("9260 ELK PARK DR APT 4", [HOUSE]),
        ("9260 Elk Park Drive #4B, Elk Grove, CA 95758", [HOUSE]),
        ("9260 1/2 ELK PARK DR, UNIT C", [HOUSE]),
        ("CITY HALL, 9260 ELK PARK DR, FLOOR 2, ELK GROVE", [HOUSE]),
        ("2100 BLOCK OF LAGUNA BLVD", [("2100", True, "LAGUNA BLVD")]),
        ("2100-BLK LAGUNA BLVD", [("2100", True, "LAGUNA BLVD")]),
        ("2100 - 2199 BLOCK LAGUNA BLVD", [("2100", True, "LAGUNA BLVD")]),
        ("21XX LAGUNA BLVD", [("2100", True, "LAGUNA BLVD")]),
        ("XX LAGUNA BLVD", [("000", True, "LAGUNA BLVD")]),
        ("LAGUNA BLVD / BRUCEVILLE RD", [("", False, "LAGUNA BLVD"), ("", False, "BRUCEVILLE RD")]),
        ("laguna&bruceville", [("", False, "LAGUNA"), ("", False, "BRUCEVILLE")]),
        ("5TH AND PINE", [("", False, "5"), ("", False, "PINE")]),
        ("X ST X 21ST ST", [("", False, "X ST"), ("", False, "21 ST")]),
        ("1500 X ST", [("1500", False, "X ST")]),
        ("NB I-5 @ MERCER ST", [("", False, "I 5"), ("", False, "MERCER ST")]),
        ("CORNER OF PINE ST AND 5TH AVE", [("", False, "PINE ST"), ("", False, "5 AVE")]),
        ("@LAGUNA BLVD", [("", False, "LAGUNA BLVD")]),
        ("5 E ST", [("5", False, "E ST")]),
        ("21-34 45TH ST", [("21-34", False, "45 ST")]),
        ("100 FRONT ST", [("100", False, "FRONT ST")]),
        ("9260A ELK PARK DR", [("9260A", False, "ELK PARK DR")]),
        ("5TH AVE", [("", False, "5 AVE")]),
        ("", []),
        (" / ", []),
    ],
)
def test_lines_as_dispatchers_and_cad_write_them(line: str, sides: list[tuple[str, bool, str]]) -> None:
    read = read_address(line)
    firsts = [side[0] for side in read.sides]
    assert [(first.number, first.is_block, " ".join(first.words)) for first in firsts] == sides


def test_a_number_before_a_type_may_be_the_name() -> None:
    [side] = read_address("5 AVE N").sides
    assert {(phrase.number, phrase.words) for phrase in side} == {
        ("", ("5", "AVE", "N")),
        ("5", ("AVE", "N")),
    }


@given(st.text(max_size=400))
def test_no_text_breaks_the_reading(text: str) -> None:
    for side in read_address(text).sides:
        assert all(phrase.words for phrase in side)
