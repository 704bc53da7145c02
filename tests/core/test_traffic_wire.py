"""Receivers' formats: both dialects of aircraft.json, SBS in pieces, ADSB_VEHICLE; hostile ones too."""

from __future__ import annotations

import json
import math
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.traffic_samples import ADSB_VEHICLE, MUTABILITY, READSB, SBS, written

from rtcc_core.domain.geo import LatLon
from rtcc_core.wire.adsb_vehicle import read_adsb_vehicle
from rtcc_core.wire.aircraft_json import ENTRIES_MAX, FILE_MAX_BYTES, read_aircraft_json
from rtcc_core.wire.aircraft_report import CALLSIGN_MAX, AircraftReport, Tally
from rtcc_core.wire.sbs import SbsReader

PLACE = LatLon(45.530211, -122.641877)


def is_sound(report: AircraftReport) -> bool:
    """Every figure is one, and the callsign can be shown."""
    figures = [value for value in msgspec.structs.asdict(report).values() if isinstance(value, float)]
    callsign = report.callsign or ""
    return all(map(math.isfinite, figures)) and callsign.isprintable() and len(callsign) <= CALLSIGN_MAX


# --- aircraft.json ------------------------------------------------------------------------------


def test_readsb() -> None:
    reading = read_aircraft_json(written(READSB))
    assert (reading.trouble, reading.damaged) == ("", 0)
    by_id = {report.id: report for report in reading.reports}
    helicopter = by_id["a1b2c3"]
    assert (helicopter.callsign, helicopter.category, helicopter.position) == ("N123AB", "A7", PLACE)
    assert helicopter.position_age_s == 0.412
    assert helicopter.pressure_altitude_m == pytest.approx(129.54)
    assert helicopter.geometric_altitude_m == pytest.approx(106.68)
    assert helicopter.ground_speed_m_s == pytest.approx(50.05, abs=0.01)
    assert helicopter.climb_m_s == pytest.approx(-0.65, abs=0.01)
    assert (helicopter.track_deg, helicopter.on_ground) == (271.4, False)
    taxiing = by_id["a90a11"]
    assert (taxiing.on_ground, taxiing.pressure_altitude_m) == (True, None)
    assert by_id["~2b1e07"].position == LatLon(45.48, -122.66)
    assert by_id["ab12ef"].position is None
    assert (by_id["a5c0de"].position, by_id["a5c0de"].position_age_s) == (LatLon(45.51, -122.6), 74.4)


def test_dump1090_mutability() -> None:
    reading = read_aircraft_json(written(MUTABILITY))
    assert (reading.trouble, reading.damaged) == ("", 0)
    helicopter, taxiing, silent = reading.reports
    assert helicopter.pressure_altitude_m == pytest.approx(129.54)
    assert helicopter.geometric_altitude_m is None
    assert helicopter.ground_speed_m_s == pytest.approx(49.9, abs=0.01)
    assert helicopter.climb_m_s == pytest.approx(-0.65, abs=0.01)
    assert taxiing.on_ground is True
    assert silent.position is None


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (written(READSB)[:700], "not an aircraft.json"),
        (b"[]", "not an aircraft.json"),
        (b'{"now": 1}', "not an aircraft.json"),
        (b'{"aircraft": {"hex": "a1b2c3"}}', "not an aircraft.json"),
        (b'{"aircraft": [{"hex": "a1b2c3", "lat": NaN}]}', "not an aircraft.json"),
        (b'{"aircraft": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "not an aircraft.json"),
        (b"\xff\xfe\x00", "not an aircraft.json"),
        (b'{"aircraft": []' + b" " * FILE_MAX_BYTES + b"}", "larger than 8 MB"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(raw: bytes, words: str) -> None:
    reading = read_aircraft_json(raw)
    assert reading.reports == ()
    assert words in reading.trouble


GOOD = {"hex": "a1b2c3", "lat": 45.5, "lon": -122.6, "seen_pos": 1.0, "alt_baro": 1000, "gs": 100.0}


@pytest.mark.parametrize(
    "damage",
    [
        {"lat": 999.0},
        {"lon": None},
        {"lat": "45.5"},
        {"lat": 0.0, "lon": 0.0},
        {"lat": True},
        {"seen_pos": None},
        {"seen_pos": -5},
        {"alt_baro": 1e300},
        {"alt_baro": "high"},
        {"gs": -1},
        {"gs": 10**40},
        {"track": 4_000},
        {"baro_rate": 1e9},
        {"flight": 7},
        {"category": "\x1b[2J"},
    ],
)
def test_a_damaged_figure_is_counted_and_costs_only_itself(damage: dict[str, object]) -> None:
    reading = read_aircraft_json(json.dumps({"aircraft": [GOOD | damage, GOOD]}).encode())
    assert reading.damaged >= 1
    assert len(reading.reports) == 2
    assert all(is_sound(report) for report in reading.reports)
    assert reading.reports[1].position is not None


@pytest.mark.parametrize("entry", [5, [], "a1b2c3", {}, {"hex": "xyz"}, {"hex": 5}, {"hex": "a1b2c3d4"}])
def test_an_entry_that_is_no_aircraft_is_counted(entry: object) -> None:
    reading = read_aircraft_json(json.dumps({"aircraft": [entry, GOOD]}).encode())
    assert (len(reading.reports), reading.damaged >= 1) == (1, True)


def test_a_position_without_an_age_would_be_new_for_ever_and_is_not_used() -> None:
    ageless = {key: value for key, value in GOOD.items() if key != "seen_pos"}
    reading = read_aircraft_json(json.dumps({"aircraft": [ageless, ageless | {"seen": 2.0}]}).encode())
    assert [report.position for report in reading.reports] == [None, LatLon(45.5, -122.6)]


def test_a_flood_of_entries_is_cut() -> None:
    reading = read_aircraft_json(b'{"aircraft": [' + b",".join([b"{}"] * (ENTRIES_MAX + 5)) + b"]}")
    assert reading.damaged == ENTRIES_MAX


def test_a_hostile_callsign_can_be_shown() -> None:
    hostile = GOOD | {"flight": "\x1b[31mN1\u202e\n[bold]" + "A" * 1_000_000}
    report = read_aircraft_json(json.dumps({"aircraft": [hostile]}).encode()).reports[0]
    assert is_sound(report)


json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
KEYS = (
    "hex",
    "lat",
    "lon",
    "seen",
    "seen_pos",
    "alt_baro",
    "altitude",
    "gs",
    "track",
    "flight",
    "lastPosition",
)


@given(st.lists(st.dictionaries(st.sampled_from(KEYS), json_values) | json_values, max_size=4))
def test_nothing_in_an_entry_raises(entries: list[object]) -> None:
    reading = read_aircraft_json(json.dumps({"aircraft": entries}).encode())
    assert all(is_sound(report) for report in reading.reports)


@given(st.binary(max_size=200))
def test_no_bytes_raise(raw: bytes) -> None:
    read_aircraft_json(raw)
    read_aircraft_json(b'{"aircraft": [' + raw + b"]}")


# --- SBS ----------------------------------------------------------------------------------------


def test_sbs_line_by_line() -> None:
    reader = SbsReader()
    callsign, position, speed, silent, taxiing, odds = reader.feed(SBS)
    assert (callsign.id, callsign.callsign, callsign.position) == ("a1b2c3", "N123AB", None)
    assert position.position == PLACE
    assert position.pressure_altitude_m == pytest.approx(129.54)
    assert speed.track_deg == 271.0
    assert speed.ground_speed_m_s == pytest.approx(49.9, abs=0.01)
    assert speed.climb_m_s == pytest.approx(-0.65, abs=0.01)
    assert silent.position is None
    assert silent.pressure_altitude_m == pytest.approx(8_534.4)
    assert (taxiing.on_ground, taxiing.position) == (True, LatLon(45.5495, -122.4013))
    assert odds.id == "ab12ef"
    assert (reader.unusable, reader.damaged) == (0, 0)


@given(st.lists(st.integers(1, 400), max_size=20))
def test_sbs_in_pieces_of_any_size_is_the_same(sizes: list[int]) -> None:
    whole, pieces = SbsReader().feed(SBS), SbsReader()
    found: list[AircraftReport] = []
    rest = SBS
    for size in sizes:
        found += pieces.feed(rest[:size])
        rest = rest[size:]
    assert found + pieces.feed(rest) == whole


def test_an_altitude_above_the_ellipsoid_is_marked_by_dump1090_fa() -> None:
    report = SbsReader().feed(SBS.replace(b",425,", b",425H,"))[1]
    assert report.pressure_altitude_m is None
    assert report.geometric_altitude_m == pytest.approx(129.54)


@pytest.mark.parametrize(
    ("line", "reports", "unusable", "damaged"),
    [
        (b"hello", 0, 1, 0),
        (b"MSG,3", 0, 1, 0),
        (b"MSG,3,1,1,ZZZZZZ,1,,,,,,,,,,,,,,,,0", 0, 1, 0),
        (b"MSG,,1,1,A1B2C3,1,,,,,,,,,,,,,,,,0", 0, 1, 0),
        (b"MSG,34,1,1,A1B2C3,1,,,,,,,,,,,,,,,,0", 0, 1, 0),
        (b"MSG,3,1,1,A1B2C3,1" + b"," * 40, 0, 1, 0),
        (b"MSG,3,1,1,A1B2C3,1,,,,,,nan,inf,1_0,45.5,-122.6,,,,,,0", 1, 0, 3),
        (b"MSG,3,1,1,A1B2C3,1,,,,,,425,,,99999999999999,-122.6,,,,,,0", 1, 0, 2),
        (b"MSG,3,1,1,A1B2C3,1,,,,,,9999999,9999999,999,,,9999999,,,,,0", 1, 0, 4),
        (b"MSG,1,1,1,A1B2C3,1,,,,,\x1b[2J\xff,,,,,,,,,,,0", 1, 0, 0),
        (b"MSG,3,1,1,A1B2C3,1,,,,,,425,,,45.5,-122.6", 1, 0, 0),
    ],
)
def test_a_hostile_sbs_line(line: bytes, reports: int, unusable: int, damaged: int) -> None:
    reader = SbsReader()
    found = reader.feed(line + b"\n")
    assert (len(found), reader.unusable, reader.damaged) == (reports, unusable, damaged)
    assert all(is_sound(report) for report in found)
    assert len(reader.feed(SBS)) == 6


def test_an_endless_line_is_counted_once_and_the_next_one_is_read() -> None:
    reader = SbsReader()
    for _ in range(160):
        assert reader.feed(b"A" * 65_536) == []
    assert reader.unusable == 1
    assert len(reader.feed(b"A\n" + SBS)) == 6


@given(st.lists(st.binary(max_size=100), max_size=5))
def test_no_bytes_on_an_sbs_socket_raise(chunks: list[bytes]) -> None:
    reader = SbsReader()
    for chunk in chunks:
        assert all(is_sound(report) for report in reader.feed(chunk))


# --- ADSB_VEHICLE -------------------------------------------------------------------------------


def vehicle(**changes: object) -> tuple[AircraftReport | None, int]:
    tally = Tally()
    return read_adsb_vehicle(json.dumps(ADSB_VEHICLE | changes), tally), tally.damaged


def test_adsb_vehicle() -> None:
    report, damaged = vehicle()
    assert report is not None
    assert damaged == 0
    assert (report.id, report.callsign, report.category) == ("a1b2c3", "N123AB", "A7")
    assert (report.position, report.position_age_s) == (PLACE, 1.0)
    assert report.pressure_altitude_m is None
    assert report.geometric_altitude_m == pytest.approx(106.68)
    assert report.track_deg == pytest.approx(271.4)
    assert report.ground_speed_m_s == pytest.approx(50.05)
    assert report.climb_m_s == pytest.approx(-0.65)
    by_pressure, _ = vehicle(altitude_type=0)
    assert by_pressure is not None
    assert by_pressure.pressure_altitude_m == pytest.approx(106.68)


def test_a_field_without_its_flag_was_not_said() -> None:
    report, damaged = vehicle(flags=0)
    assert report == AircraftReport(id="a1b2c3", age_s=1.0, position_age_s=1.0, category="A7")
    assert damaged == 0


@pytest.mark.parametrize(
    "change",
    [
        {"ICAO_address": 0},
        {"ICAO_address": 2**32 - 1},
        {"lat": 2**31 - 1},
        {"lat": 0, "lon": 0},
        {"altitude": -(2**31)},
        {"heading": 65_535},
        {"hor_velocity": "fast"},
    ],
)
def test_a_damaged_adsb_vehicle_is_counted(change: dict[str, object]) -> None:
    report, damaged = vehicle(**change)
    assert damaged == 1
    assert report is None or is_sound(report)


@given(st.dictionaries(st.sampled_from(sorted(ADSB_VEHICLE)), json_values))
def test_no_adsb_vehicle_raises(changes: dict[str, object]) -> None:
    report, _ = vehicle(**changes)
    assert report is None or is_sound(report)
