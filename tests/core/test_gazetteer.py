"""Typed places found in street files: exact, interpolated, crossing, block; never a silent choice."""

from __future__ import annotations

import csv
import gzip
import math
import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rtcc_core.domain.crossings import meetings
from rtcc_core.domain.gazetteer import MATCHES_MAX, Gazetteer
from rtcc_core.domain.geo import LatLon, distance_m
from rtcc_core.domain.plane import XY, Plane, point_to_segment_m, segments_cross
from rtcc_core.domain.streets import AddressPoint, HouseRange, Match, Quality, Segment

HERE = LatLon(38.4088, -121.3716)
PLANE = Plane(HERE)
SEATTLE = Path(__file__).parents[3] / "shared" / "data" / "seattle_fire_911_2022.csv.gz"


def at(east_m: float, north_m: float) -> LatLon:
    return PLANE.to_latlon((east_m, north_m))


def street(
    name: str,
    *line: XY,
    left: tuple[int, int] | None = None,
    right: tuple[int, int] | None = None,
    city: str = "",
) -> Segment:
    return Segment(
        name=name,
        line=tuple(at(*point) for point in line),
        left=HouseRange(*left) if left else None,
        right=HouseRange(*right) if right else None,
        city=city,
    )


def house(number: str, name: str, east_m: float, north_m: float, city: str = "") -> AddressPoint:
    return AddressPoint(number=number, street=name, position=at(east_m, north_m), city=city)


TOWN = Gazetteer(
    [
        street("Laguna Blvd", (0, 0), (200, 0), left=(2101, 2199), right=(2100, 2198)),
        street("Laguna Blvd", (200, 0), (400, 0), left=(2201, 2299), right=(2200, 2298)),
        street("Bruceville Rd", (200, -300), (200, 300)),
        street("N Main St", (800, 0), (800, 500), left=(101, 199), right=(100, 198)),
        street("S Main St", (800, 0), (800, -500), left=(100, 198), right=(101, 199)),
        street("Oak Ave", (700, 300), (900, 300)),
        street("Loop Dr", (1000, 0), (1200, 0), (1200, 200), (1000, 200)),
        street("Cross Way", (1100, -100), (1100, 300)),
        street("Lewis and Clark Cir", (0, 900), (100, 900)),
    ],
    [
        house("9260", "Elk Park Dr", 1500, 20),
        house("9264", "Elk Park Dr", 1540, 20),
        house("9300", "Elk Park Dr", 1900, 20),
        house("12A", "Loop Dr", 1050, 10),
    ],
)


def certain(text: str, town: Gazetteer = TOWN) -> Match:
    found = town.locate(text)
    assert found.certain is not None, found
    return found.certain


def told(text: str, town: Gazetteer = TOWN) -> list[str]:
    return [f"{'? ' if match.is_suggestion else ''}{match}" for match in town.locate(text).matches]


def test_a_known_number_is_exact() -> None:
    match = certain("9260 elk park drive apt 4, Elk Grove CA 95758")
    assert (match.quality, match.label) == (Quality.EXACT, "9260 Elk Park Dr")
    assert distance_m(match.position, at(1500, 20)) < 1


def test_a_number_between_two_known_ones_says_how_well() -> None:
    match = certain("9262 ELK PARK DR")
    assert match.quality is Quality.INTERPOLATED
    assert distance_m(match.position, at(1520, 20)) < 1
    assert match.uncertainty_m == pytest.approx(35, abs=1)


def test_a_number_far_from_any_other_is_only_its_block() -> None:
    match = certain("9280 ELK PARK DR")
    assert (match.quality, match.note) == (Quality.BLOCK, "9280 is not on file; this is its block")


def test_a_flat_without_its_letter_is_not_exact() -> None:
    match = certain("12 Loop Dr")
    assert (match.quality, match.note) == (Quality.INTERPOLATED, "12 is not on file, 12A is")
    assert certain("12a loop dr").quality is Quality.EXACT


@pytest.mark.parametrize(
    "text",
    [
        "laguna blvd / bruceville rd", "LAGUNA BLVD & BRUCEVILLE RD", "bruceville/laguna",
        "Laguna at Bruceville",
        "laguna boulevard x bruceville road", "corner of Laguna and Bruceville",
        "LAGUNA BLVD, ELK GROVE / BRUCEVILLE",
        "LAGUNA BLVD ELK GROVE / BRUCEVILLE RD ELK GROVE CA",
    ],
)  # fmt: skip
def test_a_crossing_in_every_way_to_write_it(text: str) -> None:
    match = certain(text)
    assert match.quality is Quality.CROSSING
    assert distance_m(match.position, at(200, 0)) < 1
    assert match.uncertainty_m < 15


def test_a_block_is_its_middle_and_says_its_size() -> None:
    match = certain("2100 block of laguna blvd")
    assert (match.quality, match.label) == (Quality.BLOCK, "2100 block of Laguna Blvd")
    assert distance_m(match.position, at(100, 0)) < 1
    assert 90 <= match.uncertainty_m <= 130


def test_a_street_alone_is_never_flown_to() -> None:
    for text in ("laguna blvd", "77 bruceville rd", "laguna / oak"):
        found = TOWN.locate(text)
        assert found.matches
        assert all(match.quality is Quality.STREET_ONLY for match in found.matches)
        assert not any(match.may_be_flown_to for match in found.matches)
        assert found.certain is None


def test_an_ambiguous_name_gives_every_candidate() -> None:
    assert told("150 main st") == ["INTERPOLATED ±140 m  150 N Main St", "INTERPOLATED ±140 m  150 S Main St"]
    assert TOWN.locate("150 main st").certain is None
    assert certain("150 n main st").label == "150 N Main St"


def test_a_direction_that_contradicts_is_a_suggestion_only() -> None:
    assert told("150 e main st")[0].startswith("? INTERPOLATED")
    assert TOWN.locate("150 e main st").certain is None


def test_a_direction_is_not_taken_for_a_city() -> None:
    town = Gazetteer([street("5th Ave", (0, 0), (200, 0), left=(101, 199))])
    assert all(match.is_suggestion for match in town.locate("151 5th Ave NE").matches)


def test_two_meeting_points_of_a_loop_are_told_apart() -> None:
    assert told("loop dr / cross way") == [
        "CROSSING ±10 m  Loop Dr / Cross Way (the one in the south)",
        "CROSSING ±10 m  Loop Dr / Cross Way (the one in the north)",
    ]


def test_where_a_street_changes_its_name_there_is_one_crossing() -> None:
    town = Gazetteer(
        [
            street("W Broad St", (-300, 0), (0, 0)),
            street("E Broad St", (0, 0), (300, 0)),
            street("High St", (0, -300), (0, 300)),
        ]
    )
    assert certain("broad st / high st", town).quality is Quality.CROSSING


def test_a_divided_road_has_one_crossing_with_its_width() -> None:
    town = Gazetteer(
        [
            street("Laguna Blvd", (0, 0), (400, 0)),
            street("Laguna Blvd", (400, 30), (0, 30)),
            street("Bruceville Rd", (200, -300), (200, 300)),
        ]
    )
    match = certain("laguna / bruceville", town)
    assert distance_m(match.position, at(200, 15)) < 1
    assert match.uncertainty_m == pytest.approx(25, abs=1)


def test_a_house_with_its_cross_street_is_the_house() -> None:
    town = Gazetteer(
        [street("Main St", (0, 0), (400, 0)), street("Oak Ave", (200, -200), (200, 200))],
        [house("100", "Main St", 150, 10), house("900", "Main St", 2_000, 10)],
    )
    assert certain("100 main st / oak ave", town).quality is Quality.EXACT
    assert [m.quality for m in town.locate("900 main st / oak ave").matches] == ["EXACT", "CROSSING"]


def test_an_and_in_a_name_is_no_crossing() -> None:
    assert TOWN.locate("lewis and clark cir").matches[0].label == "Lewis and Clark Cir"


def test_a_slip_of_the_pen_is_a_suggestion_that_asks() -> None:
    [match] = TOWN.locate("lagnua blvd / brucevile").matches
    assert (match.label, match.is_suggestion) == ("Laguna Blvd / Bruceville Rd", True)
    assert TOWN.locate("lagnua blvd / brucevile").certain is None
    assert TOWN.locate("lag/bruce").matches[0].is_suggestion


def test_a_number_is_never_a_misspelling_of_another() -> None:
    town = Gazetteer([street("15th Ave", (0, 0), (200, 0)), street("16th Ave", (0, 200), (200, 200))])
    assert town.locate("17th ave").matches == ()


def test_towns_of_one_name_are_told_by_their_city() -> None:
    town = Gazetteer(
        [
            street("Main St", (0, 0), (200, 0), left=(101, 199), city="Galt"),
            street("Main St", (9_000, 0), (9_200, 0), left=(101, 199), city="Elk Grove"),
        ]
    )
    assert [match.label for match in town.locate("151 main st").matches] == [
        "151 Main St, Elk Grove",
        "151 Main St, Galt",
    ]
    assert certain("151 Main St, Galt, CA 95632", town).label == "151 Main St, Galt"
    assert certain("151 MAIN ST ELK GROVE", town).label == "151 Main St, Elk Grove"
    only_galt = Gazetteer(
        [street("Main St", (0, 0), (200, 0), left=(101, 199), city="Galt"),
         street("Oak St", (9_000, 0), (9_200, 0), city="Elk Grove")]
    )  # fmt: skip
    [elsewhere] = only_galt.locate("151 Main St, Elk Grove").matches
    assert (elsewhere.is_suggestion, elsewhere.note) == (True, "in Galt, another city than typed")


@pytest.mark.parametrize("text", ["151 Main St, Sacramento", "151 MAIN ST SACRAMENTO CA 95814"])
def test_a_city_that_the_files_do_not_know_is_asked_about(text: str) -> None:
    with_city = Gazetteer([street("Main St", (0, 0), (200, 0), left=(101, 199), city="Galt")])
    [match] = with_city.locate(text).matches
    assert match.is_suggestion
    without = Gazetteer([street("Main St", (0, 0), (200, 0), left=(101, 199))])
    assert "SACRAMENTO" in certain(text, without).note


def test_what_is_read_otherwise_than_typed_is_said() -> None:
    assert certain("2150 laguna blvd rear lot").note == "read without “REAR LOT”"


def test_too_many_candidates_are_counted() -> None:
    kinds = ("St", "Ave", "Dr", "Ct", "Ln", "Way", "Pl", "Rd", "Ter", "Cir")
    town = Gazetteer([], [house("5", f"Elm {kind}", 300.0 * i, 0) for i, kind in enumerate(kinds)])
    found = town.locate("5 elm")
    assert (len(found.matches), found.more, found.certain) == (MATCHES_MAX, 2, None)


@pytest.mark.parametrize(
    ("town", "text", "says"),
    [
        (Gazetteer(), "laguna/bruceville", "no street file is loaded"),
        (TOWN, " / ", "type a crossing"),
        (TOWN, "zzyzx rd", "“zzyzx rd” is in none of the street files"),
    ],
)
def test_nothing_found_says_why(town: Gazetteer, text: str, says: str) -> None:
    found = town.locate(text)
    assert found.matches == ()
    assert says in found.trouble


# --- whatever the streets are -------------------------------------------------------------------------

metres = st.integers(-2_000, 2_000).map(float)
points = st.tuples(metres, metres)
lines = st.lists(points, min_size=2, max_size=4, unique=True)


@given(st.lists(lines, min_size=2, max_size=7))
def test_every_two_segments_that_meet_have_a_crossing(drawn: list[list[XY]]) -> None:
    found = meetings(enumerate(drawn))
    for i, one in enumerate(drawn):
        for j, other in enumerate(drawn[i + 1 :], start=i + 1):
            meets = any(segments_cross(a, b, p, q) for a, b in pairwise(one) for p, q in pairwise(other))
            if meets:
                assert found.get((i, j)), (one, other)


@given(st.lists(lines, min_size=2, max_size=6), st.data())
def test_a_crossing_is_found_by_its_names_and_lies_on_both(
    drawn: list[list[XY]], data: st.DataObject
) -> None:
    names = ["Alder St", "Birch Ave", "Cedar Blvd", "Dogwood Ct", "Elder Way", "N Fir Dr"]
    town = Gazetteer([street(name, *line) for name, line in zip(names, drawn, strict=False)])
    pairs = sorted(town.index.crossing_pairs())
    if not pairs:
        return
    one, other = (town.index.streets[number] for number in data.draw(st.sampled_from(pairs)))
    for text in (f"{one.label} / {other.label}", f"{other.label.upper()} AND {one.label.lower()}"):
        found = town.locate(text)
        assert found.matches
        for match in found.matches:
            assert (match.quality, match.is_suggestion) == (Quality.CROSSING, False)
            here = town.index.plane.to_xy(match.position)
            for name in (one, other):
                away = min(_away_m(here, piece.line) for piece in name.pieces)
                assert away <= match.uncertainty_m


def _away_m(point: XY, line: tuple[XY, ...]) -> float:
    return min(point_to_segment_m(point, a, b) for a, b in pairwise(line))


@given(
    line=lines,
    low=st.integers(1, 5_000),
    size=st.integers(1, 60),
    is_odd=st.booleans(),
    is_down=st.booleans(),
)
def test_an_interpolated_number_lies_on_its_segment_in_order(
    line: list[XY], low: int, size: int, is_odd: bool, is_down: bool
) -> None:
    first = 2 * low + is_odd
    last = first + 2 * size
    ends = (last, first) if is_down else (first, last)
    town = Gazetteer([street("Laguna Blvd", *line, left=ends)])
    [piece] = town.index.streets[0].pieces
    along: list[float] = []
    for number in range(first, last + 1, 2):
        match = certain(f"{number} laguna blvd", town)
        assert match.quality is Quality.INTERPOLATED
        here = town.index.plane.to_xy(match.position)
        assert _away_m(here, piece.line) < 0.1
        side = piece.left
        assert side is not None
        along.append(side.fraction(number))
        assert math.dist(here, piece.at(along[-1])) < 0.1
    assert along == sorted(along, reverse=is_down)
    assert {0.0, 1.0} <= {along[0], along[-1]}
    other_side = town.locate(f"{first + 1} laguna blvd").matches
    assert all(match.quality is not Quality.INTERPOLATED for match in other_side)


WORDS = ("laguna", "blvd", "bruceville", "/", "2150", "n", "main", "st", "oak", "block of", "apt 4", ",")


@settings(max_examples=300)
@given(
    st.text(alphabet="abeglmnorstuv 0129/&#,-", max_size=30)
    | st.text(max_size=60)
    | st.lists(st.sampled_from(WORDS)).map(" ".join)
)
def test_no_text_breaks_it_and_nothing_is_made_up(text: str) -> None:
    found = TOWN.locate(text)
    assert bool(found.matches) is not bool(found.trouble)
    for match in found.matches:
        east_m, north_m = PLANE.to_xy(match.position)
        assert -1 <= east_m <= 2_001
        assert -501 <= north_m <= 901
        assert 0 <= match.uncertainty_m < 1_000
    assert TOWN.locate(text) == found


def test_a_name_in_one_word_or_two_is_suggested() -> None:
    town = Gazetteer([street("Elm Wood Ave", (0, 0), (200, 0), left=(101, 199))])
    [match] = town.locate("151 elmwood ave").matches
    assert (match.label, match.is_suggestion) == ("151 Elm Wood Ave", True)


# --- real call history --------------------------------------------------------------------------------


@pytest.mark.skipif(not SEATTLE.exists(), reason="the real call history is not on this machine")
def test_blocks_and_interpolations_hold_what_they_promise_on_real_calls() -> None:
    with gzip.open(SEATTLE, "rt") as file:
        rows = [row for row in csv.DictReader(file) if row["Latitude"]]
    known: dict[tuple[str, str], LatLon] = {}
    for row in rows:
        written = re.fullmatch(r"(\d+) (.+)", row["Address"].strip())
        if written:
            place = LatLon(float(row["Latitude"]), float(row["Longitude"]))
            known[written[1], written[2].upper()] = place
    keys = sorted(known)
    houses = [AddressPoint(number=number, street=name, position=known[number, name]) for number, name in keys]
    whole = Gazetteer((), houses)
    for number, name in keys[::7]:
        match = certain(f"{number} {name.title()}", whole)
        assert match.quality is Quality.EXACT
        assert distance_m(match.position, known[number, name]) <= match.uncertainty_m
    partly = Gazetteer((), [point for place, point in enumerate(houses) if place % 5])
    kept = [
        distance_m(one.position, known[key]) <= one.uncertainty_m
        for key in keys[::5]
        if (one := partly.locate(" ".join(key)).certain) is not None
    ]
    assert len(kept) > 200
    assert sum(kept) / len(kept) >= 0.9
