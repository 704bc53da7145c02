"""agency.toml: what is right becomes values, what is wrong is named by line, key and remedy, all at once."""

from __future__ import annotations

import os
import pwd
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtcc_core import cli
from rtcc_core.domain.drone import Drone
from rtcc_core.domain.geo import LatLon
from rtcc_core.domain.people import Role
from rtcc_core.domain.programme import Programme
from rtcc_core.settings import (
    RESERVED_CALLSIGNS,
    CadFeed,
    Settings,
    SettingsError,
    parse_settings,
    read_settings,
)
from rtcc_core.settings_check import Problem
from rtcc_core.settings_cli import example_text
from rtcc_core.settings_fields import SECTIONS
from rtcc_core.settings_lines import locate
from rtcc_core.settings_units import split_unit

GOOD = """\
[agency]
name = "RIVERTON PD"
centre_latitude = 45.52
centre_longitude = -122.67

[[cad]]
name = "COUNTY"
url = "ws://127.0.0.1:8080/eido"

[fleet]
connection = "udpin://127.0.0.1:14550"
battery_reserve = 0.25

[weather]
file = "wind.json"
valid_min = 30

[[site]]
name = "CENTRAL"
latitude = 45.5231
longitude = -122.6765

[[drone]]
callsign = "D1"
sysid = 1
site = "CENTRAL"
cruise_speed_m_s = 17.5

[[drone]]
callsign = "K9-2"
sysid = 2
site = "CENTRAL"

[[person]]
account = "reyes"
uid = 1001
name = "A. REYES"
role = "dispatcher"

[drill]
speed = 10
started_at_wall = 2026-03-01T18:00:00Z
started_at_drill = 2026-03-01T20:00:00+01:00
"""


def read(text: str) -> Settings:
    return parse_settings(text, Path("/etc/rtcc/agency.toml"))


def problems(text: str) -> tuple[Problem, ...]:
    with pytest.raises(SettingsError) as caught:
        read(text)
    return caught.value.problems


def problem(old: str, new: str) -> Problem:
    """The one thing wrong once `old` reads `new`."""
    assert old in GOOD
    [only] = problems(GOOD.replace(old, new, 1))
    return only


def test_what_is_right_becomes_values() -> None:
    settings = read(GOOD)
    programme = settings.programme
    assert (programme.agency, programme.centre) == ("RIVERTON PD", LatLon(45.52, -122.67))
    assert (programme.is_drill, programme.drill_speed) == (True, 10.0)
    assert (programme.battery_reserve, programme.weather_valid_min) == (0.25, 30.0)
    assert [drone.callsign for drone in settings.drones] == ["D1", "K9-2"]
    assert settings.drones[0].cruise_speed_m_s == 17.5
    assert settings.sites[0].position == LatLon(45.5231, -122.6765)
    assert (settings.people[0].uid, settings.people[0].role) == (1001, Role.DISPATCHER)
    assert settings.cad[0].url == "ws://127.0.0.1:8080/eido"
    assert settings.weather_file == Path("/etc/rtcc/wind.json")
    assert settings.drill is not None
    assert settings.drill.started_at_drill == datetime(2026, 3, 1, 19, tzinfo=UTC)


def test_the_example_passes_its_own_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["settings", "example"]) == 0
    file = tmp_path / "agency.toml"
    file.write_text(capsys.readouterr().out, "utf-8")
    assert cli.main(["settings", "check", str(file)]) == 0
    assert "1 drone" in capsys.readouterr().out


def test_the_example_shows_every_key() -> None:
    text = example_text()
    keys = [field.key for section in SECTIONS for field in section.fields]
    assert [key for key in keys if f"{key} = " not in text] == []


def test_the_example_states_the_defaults() -> None:
    settings = read(example_text())
    [drone], [site], [feed] = settings.drones, settings.sites, settings.cad
    assert drone == Drone(callsign=drone.callsign, sysid=drone.sysid, site=site.name)
    assert feed == CadFeed(name=feed.name, url=feed.url)
    programme = settings.programme
    assert programme == Programme(agency=programme.agency, centre=programme.centre)


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("battery_reserve", "batery_reserve", 12, "Did you mean battery_reserve?"),
        ("cruise_speed_m_s = 17.5", "cruise_speed_kt = 15", 27, "write cruise_speed_m_s = 7.717"),
        ("cruise_speed_m_s = 17.5", 'cruise_speed_m_s = "15 kt"', 27, "Write cruise_speed_m_s = 7.717"),
        ("cruise_speed_m_s = 17.5", "cruise_speed_m_s = 150", 27, "metres per second (m/s), 1 to 60"),
        ("cruise_speed_m_s = 17.5", "cruise_speed_m_s = nan", 27, "out of range"),
        ("cruise_speed_m_s = 17.5", "cruise_speed_m_s = true", 27, "is not a number"),
        ("cruise_speed_m_s = 17.5", "battery_reserve = 0.2", 27, "belongs under [fleet]"),
        ("battery_reserve = 0.25", "battery_reserve = 25", 12, "For 25 % write battery_reserve = 0.25"),
        ("latitude = 45.5231", "latitude = -122.6765", 20, "swapped"),
        ("longitude = -122.6765", "longitude = 122.6765", 20, "km from the agency's centre"),
        ('site = "CENTRAL"', 'site = "CENTRL"', 26, 'Did you mean "CENTRAL"?'),
        ('site = "CENTRAL"', 'site = "NORTH"', 26, "Add a [[site]] of that name"),
        ("sysid = 2", "sysid = 1", 31, "stands in line 25 already"),
        ("sysid = 2", "sysid = 255", 31, "1 to 254"),
        ("sysid = 2", "sysid = 2.5", 31, "a whole number"),
        ('"K9-2"', '"d1"', 30, "stands in line 24 already"),
        ('"K9-2"', '"1041"', 30, "call numbers are digits"),
        ('"K9-2"', '"RTL"', 30, "a word of the command line"),
        ('"K9-2"', '"TOOLONGNAME"', 30, "1 to 8 letters"),
        ('"K9-2"', '"D\\u001b2"', 30, "control or invisible"),
        ('role = "dispatcher"', 'role = "dispatch"', 38, 'Did you mean "dispatcher"?'),
        ('url = "ws://', 'url = "http://', 8, "wss://"),
        ('"udpin://127', '"udp://127', 11, "udpin://"),
        ("2026-03-01T18:00:00Z", "2026-03-01T18:00:00", 42, "with its zone"),
        ("[[drone]]\ncallsign = \"K9", "[[drones]]\ncallsign = \"K9", 29, "Did you mean [[drone]]?"),
        ("[weather]", "[[weather]]", 14, "Write [weather]"),
        ("centre_longitude = -122.67\n", "", 1, "one coordinate only"),
        ('name = "A. REYES"\n', "", 34, 'Add name = "A. REYES"'),
        ("[drill]", "[console]\ngroup = \"no-such-group\"\n[drill]", 41, "no group"),
        ("[drill]", f"[console]\nsocket = \"/{'x' * 120}\"\n[drill]", 41, "at most 107 bytes"),
        ('url = "ws', 'ca_file = "/nowhere/ca.pem"\nurl = "ws', 8, "there is no file"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_by_line_key_and_remedy(old: str, new: str, line: int, words: str) -> None:
    found = problem(old, new)
    assert words in str(found)
    assert found.line == line
    assert found.remedy


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file() -> None:
    text = GOOD.replace("sysid = 2", "sysid = 0").replace("valid_min", "valid_hours").replace("D1", "12")
    found = problems(text)
    assert [each.key for each in found] == ["[weather] valid_hours", "[[drone]] callsign", "[[drone]] sysid"]
    assert [each.line for each in found] == sorted(each.line for each in found)


def test_a_table_that_is_missing_is_named() -> None:
    assert [each.key for each in problems('[agency]\nname = "X"\n')] == [
        "[fleet]", "[[site]]", "[[drone]]", "[[person]]",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('[agency]\nname = RIVERTON\n', 2),
        ('[agency]\nname = "A"\nname = "B"\n', 3),
        ('[agency]\n\n[agency]\n', 3),
        ('[agency\n', 1),
        ('[agency]\nname = "A\n', 2),
    ],
)  # fmt: skip
def test_what_is_not_toml_is_named_by_its_line(text: str, line: int) -> None:
    [only] = problems(text)
    assert only.line == line
    assert only.remedy


def test_a_file_that_cannot_be_read_is_an_error_in_words(tmp_path: Path) -> None:
    for path in (tmp_path / "none.toml", tmp_path):
        with pytest.raises(SettingsError, match="rtcc settings example"):
            read_settings(path)
    binary = tmp_path / "agency.toml"
    binary.write_bytes(b"\xff\xfe[")
    with pytest.raises(SettingsError, match="cannot be read"):
        read_settings(binary)


def test_a_person_is_completed_from_this_machine() -> None:
    me = pwd.getpwuid(os.getuid())
    by_uid = read(GOOD.replace('account = "reyes"\nuid = 1001', f"uid = {me.pw_uid}"))
    by_account = read(GOOD.replace('account = "reyes"\nuid = 1001', f'account = "{me.pw_name}"'))
    assert by_uid.people == by_account.people
    assert (by_uid.people[0].account, by_uid.people[0].uid) == (me.pw_name, me.pw_uid)


def test_one_person_under_two_names_is_noticed() -> None:
    me = pwd.getpwuid(os.getuid())
    twins = "".join(
        f'[[person]]\n{who}\nname = "X"\nrole = "pilot"\n'
        for who in (f"uid = {me.pw_uid}", f'account = "{me.pw_name}"')
    )
    assert any("already" in each.what for each in problems(GOOD.replace("[drill]", f"{twins}[drill]")))


def test_an_account_that_this_machine_does_not_know_is_named() -> None:
    found = problem("uid = 1001\n", "")
    assert found.key == "[[person]] account"
    assert "give its uid as well" in found.remedy


@pytest.mark.parametrize("verb", sorted(RESERVED_CALLSIGNS & {"launch", "rtl", "hold", "land", "note"}))
def test_words_of_the_command_line_are_no_callsigns(verb: str) -> None:
    assert "word of the command line" in problem('"K9-2"', f'"{verb}"').what


def test_lines_are_found_behind_strings_and_lists_over_several_lines() -> None:
    text = '[a]\nx = """\n[b]\ny = 1\n"""\nz = [\n  1, # ]\n  2,\n]\n[[c]]\nk = "]"\n[[c]]\nk.l = 2\n'
    tomllib.loads(text)
    assert locate(text) == {
        ("a",): 1, ("a", "x"): 2, ("a", "z"): 6, ("c",): 10, ("c", 0): 10, ("c", 0, "k"): 11,
        ("c", 1): 12, ("c", 1, "k"): 13, ("c", 1, "k", "l"): 13,
    }  # fmt: skip


@given(st.text(max_size=200))
def test_no_text_is_too_strange_to_be_refused_in_words(text: str) -> None:
    with pytest.raises(SettingsError):
        read(text)


SCALARS = st.sampled_from(
    ['"x"', "1", "-1", "1e300", "inf", "true", "[]", "{}", "1979-05-27", '"15 kt"', '""', "[[1]]"]
)


@given(st.sampled_from([field.key for section in SECTIONS for field in section.fields]), SCALARS)
def test_a_strange_value_anywhere_is_a_problem_or_a_value(key: str, value: str) -> None:
    text = example_text()
    lines = [f"{key} = {value}" if line.startswith(f"{key} = ") else line for line in text.splitlines()]
    found: tuple[Problem, ...] = ()
    try:
        read("\n".join(lines))
    except SettingsError as error:
        found = error.problems
    assert all(each.remedy and 1 <= each.line <= len(lines) for each in found)


@given(st.text(max_size=30))
def test_splitting_a_unit_off_loses_nothing(key: str) -> None:
    stem, unit = split_unit(key)
    assert key == (f"{stem}_{unit}" if unit else stem)
