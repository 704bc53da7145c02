"""[[cad]] of agency.toml: an agency's own meanings of a CAD's codes, its zone, the hosts it trusts."""

from __future__ import annotations

from pathlib import Path

import pytest

from rtcc_core.domain.call import CallStatus
from rtcc_core.settings import Settings, SettingsError, parse_settings

REST = """
[fleet]
connection = "udpin://127.0.0.1:14550"
[[site]]
name = "CENTRAL"
latitude = 45.5
longitude = -122.6
[[drone]]
callsign = "D1"
sysid = 1
site = "CENTRAL"
[[person]]
account = "root"
name = "A. REYES"
role = "dispatcher"
"""


def settings(cad: str = "", agency: str = "") -> Settings:
    head = f'[agency]\nname = "RIVERTON PD"\n{agency}\n[[cad]]\nname = "COUNTY"\nurl = "wss://cad.example/"\n'
    return parse_settings(head + cad + REST, Path("agency.toml"))


def problems(cad: str = "", agency: str = "") -> str:
    with pytest.raises(SettingsError) as caught:
        settings(cad, agency)
    return str(caught.value)


def test_codes_stand_in_the_line_or_under_their_own_heading() -> None:
    in_line = settings('priorities = { "P1" = 1, 2 = 3 }\nstatuses = { "CLR" = "closed" }\n')
    own = settings('[cad.priorities]\n"P1" = 1\n2 = 3\n[cad.statuses]\n"CLR" = "closed"\n')
    assert own.cad == in_line.cad
    [feed] = own.cad
    assert feed.priorities == {"P1": 1, "2": 3}
    assert feed.statuses == {"CLR": CallStatus.CLOSED}


def test_words_for_types_and_units_hosts_and_the_zone() -> None:
    found = settings(
        'types = { "77D" = "Boat ramp" }\nunit_statuses = { "10-97" = "on scene" }\n'
        'location_hosts = ["lis.example", "10.1.2.3", "fd00::1"]\n',
        'time_zone = "America/Los_Angeles"',
    )
    [feed] = found.cad
    assert (feed.types, feed.unit_statuses) == ({"77D": "Boat ramp"}, {"10-97": "on scene"})
    assert feed.location_hosts == ("lis.example", "10.1.2.3", "fd00::1")
    assert found.time_zone == "America/Los_Angeles"
    assert settings().time_zone == "UTC"


@pytest.mark.parametrize(
    ("cad", "said"),
    [
        ('priorities = { "P1" = 0 }', "out of range"),
        ('priorities = { "P1" = "high" }', "is text"),
        ('priorities = "P1"', "a table in curly brackets"),
        ('statuses = { "CLR" = "done" }', "none of its values"),
        ('types = { "77D" = 7 }', "not text"),
        ('types = { "77D" = "" }', "is empty"),
        ('location_hosts = ["https://lis.example/"]', "a host name or an address"),
        ('location_hosts = ["*"]', "a host name or an address"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(cad: str, said: str) -> None:
    text = problems(cad + "\n")
    assert said in text
    assert "line 7: [[cad]]" in text


def test_a_zone_that_is_none_gets_the_nearest() -> None:
    assert 'Did you mean "America/Los_Angeles"?' in problems(agency='time_zone = "America/Los_Angelos"')
