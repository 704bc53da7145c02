"""`rtcc doctor --settings`: what agency.toml points at is looked at, and what is wrong is named."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.support import NOON
from tests.traffic_samples import READSB, written

from rtcc_core import cli, doctor_agency
from rtcc_core.adapters.sqlite_journal import open_journal
from rtcc_core.doctor_findings import Finding, Grade
from rtcc_core.domain.events import AircraftGrounded, AircraftReturnedToService, AnyEvent, Draft
from rtcc_core.settings import Settings, read_settings
from rtcc_core.settings_cli import example_text

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SQUARE = [[-122.70, 45.50], [-122.66, 45.50], [-122.66, 45.54], [-122.70, 45.54], [-122.70, 45.50]]
BOW = [[-122.70, 45.50], [-122.66, 45.54], [-122.66, 45.50], [-122.70, 45.54], [-122.70, 45.50]]


def settings(folder: Path, *tables: str, **keys: str) -> Settings:
    """The example's agency with more tables, and with other values where a key stands in the example."""
    text = example_text()
    for key, value in keys.items():
        text, count = re.subn(rf"^(?:# )?{key} = .*$", f"{key} = {value}", text, count=1, flags=re.MULTILINE)
        assert count == 1, key
    file = folder / "agency.toml"
    file.write_text(text + "\n" + "\n".join(tables), "utf-8")
    return read_settings(file)


def fences(path: Path, **outlines: list[list[float]]) -> None:
    features = [
        {
            "type": "Feature",
            "properties": {"name": name.replace("_", " "), "kind": "keep-out"},
            "geometry": {"type": "Polygon", "coordinates": [outline]},
        }
        for name, outline in outlines.items()
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")


def only(findings: Iterator[Finding]) -> Finding:
    (found,) = findings
    assert found.remedy or found.grade is Grade.OK
    return found


# --- airspace -----------------------------------------------------------------------------------


def test_an_airspace_file_that_is_good_says_what_it_holds(tmp_path: Path) -> None:
    fences(tmp_path / "own.geojson", School=SQUARE)
    agency = settings(tmp_path, '[[airspace]]\nkind = "own"\nfile = "own.geojson"')
    found = only(doctor_agency.check_airspace(agency))
    assert (found.grade, found.said) == (Grade.OK, "own.geojson (own): 1 volume near the agency")


def test_every_feature_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    fences(tmp_path / "own.geojson", School=SQUARE, North_yard=BOW, South_yard=BOW)
    agency = settings(tmp_path, '[[airspace]]\nkind = "own"\nfile = "own.geojson"')
    found = list(doctor_agency.check_airspace(agency))
    assert [each.grade for each in found] == [Grade.FAIL, Grade.FAIL]
    assert "North yard" in found[0].said
    assert "South yard" in found[1].said


def test_of_many_problems_the_first_are_told_and_the_rest_counted(tmp_path: Path) -> None:
    fences(tmp_path / "own.geojson", **{f"Yard_{number}": BOW for number in range(9)})
    agency = settings(tmp_path, '[[airspace]]\nkind = "own"\nfile = "own.geojson"')
    found = list(doctor_agency.check_airspace(agency))
    assert len(found) == doctor_agency.PROBLEMS_SHOWN
    assert found[-1].said.endswith("(and 4 more)")


def test_a_file_that_is_not_there_and_one_that_is_old_hold_back_launches(tmp_path: Path) -> None:
    old = tmp_path / "tfr.geojson"
    old.write_text('{"type": "FeatureCollection", "features": [], "valid_until": "2026-01-01T00:00:00Z"}')
    agency = settings(
        tmp_path,
        '[[airspace]]\nkind = "own"\nfile = "own.geojson"',
        '[[airspace]]\nkind = "restrictions"\nfile = "tfr.geojson"',
    )
    missing, expired = doctor_agency.check_airspace(agency)
    assert missing.grade is expired.grade is Grade.FAIL
    assert "No such file" in missing.said
    assert "out of date since 2026-01-01 00:00 UTC" in expired.said


def test_an_agency_without_files_is_told_that_nobody_looks(tmp_path: Path) -> None:
    assert "not looked at" in only(doctor_agency.check_airspace(settings(tmp_path))).said


# --- weather ------------------------------------------------------------------------------------

METAR = "KPDX 011153Z 24008KT 10SM BKN030 09/08 A3001"


@pytest.mark.parametrize(
    ("text", "keys", "grade", "words"),
    [
        (METAR, {}, Grade.OK, "KPDX, observed 11:53 UTC, QNH 1016 hPa"),
        (METAR, {"takes_metar": "true"}, Grade.OK, "KPDX"),
        (METAR.replace("1153Z", "0853Z"), {}, Grade.WARN, "187 min ago, good for 60"),
        (METAR.replace("24008KT", "/////KT"), {}, Grade.WARN, "does not tell the wind"),
        (METAR.replace("10SM ", "//// "), {"takes_metar": "true"}, Grade.WARN, "the visibility"),
        (METAR.replace("10SM ", "//// "), {}, Grade.OK, "KPDX"),
        ("<html>moved</html>", {}, Grade.WARN, "cannot be used"),
        (None, {}, Grade.WARN, "No such file"),
    ],
)
def test_the_weather_file_is_read_and_must_be_fresh(
    tmp_path: Path, text: str | None, keys: dict[str, str], grade: Grade, words: str
) -> None:
    if text is not None:
        (tmp_path / "wx.txt").write_text(text, "utf-8")
    found = doctor_agency.check_weather(settings(tmp_path, file='"wx.txt"', **keys), NOW)
    assert found.grade is grade
    assert words in found.said
    assert found.remedy or grade is Grade.OK


def test_without_a_weather_file_people_report_the_wind_unless_a_metar_is_asked_for(tmp_path: Path) -> None:
    assert doctor_agency.check_weather(settings(tmp_path), NOW).grade is Grade.OK
    agency = settings(tmp_path, takes_metar="true")
    assert doctor_agency.check_weather(agency, NOW).grade is Grade.FAIL


# --- traffic ------------------------------------------------------------------------------------


@contextmanager
def rewriting(path: Path) -> Iterator[None]:
    """A receiver in a thread of its own that writes its file anew and renames it into place."""
    is_over = threading.Event()

    def write() -> None:
        number = 0
        while not is_over.wait(0.05):
            number += 1
            aside = path.with_suffix(".new")
            aside.write_bytes(written(READSB, now=time.time() + number))
            aside.replace(path)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield
    finally:
        is_over.set()
        writer.join()


def test_a_receiver_that_is_heard_is_well_and_a_silent_one_beside_it_a_warning(tmp_path: Path) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        roof = '[[traffic]]\nname = "roof"\nfile = "aircraft.json"'
        hill = f'[[traffic]]\nname = "hill"\nsbs = "127.0.0.1:{port}"'
        with rewriting(tmp_path / "aircraft.json"):
            heard = only(doctor_agency.check_traffic(settings(tmp_path, roof)))
            both = list(doctor_agency.check_traffic(settings(tmp_path, roof, hill), listen_for_s=3.0))
    assert heard.grade is Grade.OK
    assert "aircraft near" in heard.said
    assert [found.grade for found in both] == [Grade.OK, Grade.WARN]
    assert "hill" in both[1].said
    assert "cannot connect" in both[1].said


def test_a_file_that_a_dead_receiver_left_behind_is_not_heard(tmp_path: Path) -> None:
    (tmp_path / "aircraft.json").write_bytes(written(READSB, now=1.0))
    agency = settings(tmp_path, '[[traffic]]\nname = "roof"\nfile = "aircraft.json"')
    found = only(doctor_agency.check_traffic(agency, listen_for_s=0.5))
    assert found.grade is Grade.FAIL
    assert "every launch needs an override" in found.remedy


def test_receivers_that_are_asked_for_and_not_named(tmp_path: Path) -> None:
    assert only(doctor_agency.check_traffic(settings(tmp_path))).grade is Grade.OK
    agency = settings(tmp_path, requires_traffic_feed="true")
    assert only(doctor_agency.check_traffic(agency)).grade is Grade.FAIL


# --- people, sites, aircraft --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "grade", "words"),
    [
        ({}, Grade.OK, "1 may launch"),
        ({"knowledge_until": "2027-01-31"}, Grade.OK, "1 may launch"),
        ({"knowledge_until": "2026-03-15"}, Grade.WARN, "ends on 2026-03-15"),
        ({"knowledge_until": "2026-02-28"}, Grade.FAIL, "ended on 2026-02-28"),
        ({"requires_recency": "true"}, Grade.FAIL, "is not on file"),
        ({"role": '"observer"'}, Grade.FAIL, "nobody has a role that launches"),
    ],
)
def test_those_who_launch_must_be_current(
    tmp_path: Path, keys: dict[str, str], grade: Grade, words: str
) -> None:
    found = only(doctor_agency.check_people(settings(tmp_path, **keys), NOW))
    assert found.grade is grade
    assert words in found.said


def test_one_lapsed_of_two_is_a_warning_with_the_name(tmp_path: Path) -> None:
    lapsed = '[[person]]\naccount = "ives"\nuid = 4001\nname = "B. IVES"\nrole = "pilot"\n'
    agency = settings(tmp_path, lapsed + "knowledge_until = 2025-01-31")
    found = only(doctor_agency.check_people(agency, NOW))
    assert (found.grade, found.said) == (Grade.WARN, "B. IVES's knowledge recency ended on 2025-01-31")


def test_every_aircraft_has_room_at_home(tmp_path: Path) -> None:
    assert only(doctor_agency.check_sites(settings(tmp_path))).grade is Grade.OK
    second = '[[drone]]\ncallsign = "D2"\nsysid = 2\nsite = "CENTRAL"\nmodel = "M30"'
    full = only(doctor_agency.check_sites(settings(tmp_path, second, pads="1")))
    assert (full.grade, full.said) == (Grade.WARN, "CENTRAL has 1 pad and 2 aircraft")
    others = list(doctor_agency.check_sites(settings(tmp_path, second, takes='["X10"]')))
    assert [found.said for found in others] == [
        "CENTRAL takes X10; D1 is not told",
        "CENTRAL takes X10; D2 is M30",
    ]


async def write_journal(path: Path, *events: AnyEvent) -> None:
    journal = await open_journal(path)
    await journal.append([Draft(at=NOON, operator="reyes", event=event) for event in events])
    await journal.close()


GROUNDED = AircraftGrounded(drone="D1", account="reyes", reason="a blade is cracked")


def test_grounded_aircraft_are_named_from_the_journal(tmp_path: Path) -> None:
    agency, journal = settings(tmp_path), tmp_path / "journal.db"
    assert only(doctor_agency.check_aircraft(agency, journal)).grade is Grade.OK
    asyncio.run(write_journal(journal, GROUNDED))
    found = only(doctor_agency.check_aircraft(agency, journal))
    assert found.grade is Grade.WARN
    assert found.said == "D1 was grounded by reyes: a blade is cracked"
    assert "inservice D1" in found.remedy
    asyncio.run(
        write_journal(journal, AircraftReturnedToService(drone="D1", account="reyes", reason="new blade"))
    )
    assert only(doctor_agency.check_aircraft(agency, journal)).grade is Grade.OK


def test_a_journal_that_cannot_be_read_hides_what_stands_against_the_aircraft(tmp_path: Path) -> None:
    (tmp_path / "journal.db").write_bytes(b"not a journal at all" * 100)
    found = only(doctor_agency.check_aircraft(settings(tmp_path), tmp_path / "journal.db"))
    assert found.grade is Grade.FAIL


def test_the_command_says_all_of_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    yesterday = (datetime.now(UTC) - timedelta(days=1)).date()
    fences(tmp_path / "own.geojson", North_yard=BOW)
    settings(
        tmp_path, '[[airspace]]\nkind = "own"\nfile = "own.geojson"', knowledge_until=yesterday.isoformat()
    )
    asyncio.run(write_journal(tmp_path / "journal.db", GROUNDED))
    command = ["doctor", "--state-dir", str(tmp_path), "--settings", str(tmp_path / "agency.toml")]
    assert cli.main(command) == 1
    said = capsys.readouterr().out
    for words in (
        "North yard",
        "OK    weather ",
        "OK    traffic ",
        "FAIL  people     A. REYES",
        "OK    sites ",
        "WARN  aircraft   D1 was grounded",
    ):
        assert words in said
