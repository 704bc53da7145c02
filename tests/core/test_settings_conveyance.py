"""agency.toml: what to subscribe to, and who may subscribe to us."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.agency import AGENCY

from rtcc_core.adapters.cad_eido import by_line
from rtcc_core.cad_plan import eido_settings
from rtcc_core.settings import Settings, SettingsError, parse_settings
from rtcc_core.settings_notifier import NotifierSettings

COUNTY = '[[cad]]\nname = "COUNTY"\nurl = "ws://127.0.0.1:8080/IncidentData/ent"\n'
FILES = 'certificate_file = "c.pem"\nkey_file = "k.pem"\nclient_ca_file = "ca.pem"\n'


def read(text: str, folder: Path) -> Settings:
    return parse_settings(AGENCY + text, folder / "agency.toml")


def problem(text: str, folder: Path) -> str:
    with pytest.raises(SettingsError) as wrong:
        read(text, folder)
    return str(wrong.value)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("c.pem", "k.pem", "ca.pem"):
        (tmp_path / name).touch()
    return tmp_path


def test_several_subscriptions_of_one_address_share_its_socket(folder: Path) -> None:
    unit = COUNTY.replace("COUNTY", "AIR") + 'subscribes_to = "resource"\nunit_id = "AIR1"\nmax_rate_s = 2\n'
    city = COUNTY.replace("COUNTY", "CITY").replace("8080", "8081") + 'filter = "x.y > 3"\nexpires_s = 60\n'
    settings = read(COUNTY + unit + city, folder)
    each = [eido_settings(cad, settings) for cad in settings.cad]
    assert [[one.name for one in line] for line in by_line(each)] == [["COUNTY", "AIR"], ["CITY"]]
    assert (each[1].wants.about.value, each[1].wants.unit_id, each[1].wants.max_rate_s) == (
        "resource",
        "AIR1",
        2,
    )
    assert (each[2].wants.qual_filter, each[2].wants.expires_s) == ("x.y > 3", 60)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ('subscribes_to = "single"', "subscribes to single without incident_id"),
        ('subscribes_to = "resource"', "subscribes to resource without unit_id"),
        ('incident_id = "urn:x"', "incident_id: does not go with new"),
        (
            'subscribes_to = "single"\nincident_id = "urn:x"\nfilter = "a = 1"',
            "filter: does not go with single",
        ),
        ('subscribes_to = "all"', "none of its values"),
        ("expires_s = 5", "out of range"),
    ],
)
def test_a_subscription_that_cannot_be_is_said_with_its_remedy(folder: Path, more: str, words: str) -> None:
    assert words in problem(COUNTY + more + "\n", folder)


def test_the_door_for_others(folder: Path) -> None:
    text = '[notifier]\nlisten = "0.0.0.0:8444"\nelement = "dfr.example"\npeers = ["cad.example"]\n'
    settings = read(COUNTY + text + 'feeds = ["COUNTY"]\nshares_notes = true\n' + FILES, folder)
    assert settings.notifier == NotifierSettings(
        listen="0.0.0.0:8444",
        element="dfr.example",
        certificate_file=folder / "c.pem",
        key_file=folder / "k.pem",
        client_ca_file=folder / "ca.pem",
        peers=("cad.example",),
        feeds=("COUNTY",),
        shares_notes=True,
    )
    assert settings.notifier.base_url == "https://dfr.example:8444"
    assert read("", folder).notifier is None
    here = read('[notifier]\nelement = "dfr.example"\n', folder).notifier
    assert here is not None
    assert here.is_on_loopback


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ('listen = "0.0.0.0:8444"', "without certificates: anybody could read every call"),
        ('listen = "[::]:8444"', "without certificates"),
        ('certificate_file = "c.pem"', "gives certificate_file only"),
        (FILES.replace("c.pem", "none.pem"), "there is no file"),
        ('peers = ["cad.example"]', "names come from certificates"),
        ('feeds = ["CITY"]', 'there is no feed "CITY"'),
        ('listen = "127.0.0.1:99999"', "there is no port 99999"),
        ('listen = "8444"', "is not HOST:PORT"),
    ],
)
def test_a_door_that_cannot_be_is_said_with_its_remedy(folder: Path, table: str, words: str) -> None:
    assert words in problem(f'{COUNTY}[notifier]\nelement = "dfr.example"\n{table}\n', folder)
