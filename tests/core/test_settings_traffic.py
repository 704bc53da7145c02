"""[[traffic]]: one receiver is one thing, and what is wrong is said with its remedy."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.agency import AGENCY

from rtcc_core.settings import Settings, SettingsError, parse_settings
from rtcc_core.settings_traffic import TrafficReceiver


def read(*tables: str, folder: Path) -> Settings:
    text = AGENCY + "".join(f"[[traffic]]\n{table}\n" for table in tables)
    return parse_settings(text, folder / "agency.toml")


def test_receivers_of_every_kind(tmp_path: Path) -> None:
    settings = read(
        'name = "roof"\nfile = "aircraft.json"',
        'name = "hill"\nurl = "https://hill.example/data/aircraft.json"',
        'name = "dock"\nsbs = "[::1]:30003"',
        folder=tmp_path,
    )
    assert settings.traffic == (
        TrafficReceiver(name="roof", file=tmp_path / "aircraft.json"),
        TrafficReceiver(name="hill", url="https://hill.example/data/aircraft.json"),
        TrafficReceiver(name="dock", sbs="[::1]:30003"),
    )
    assert read(folder=tmp_path).traffic == ()


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ('name = "roof"', "none of file, url and sbs"),
        ('name = "roof"\nfile = "a.json"\nsbs = "roof:30003"', "gives file and sbs"),
        ('name = "roof"\nsbs = "roof"', "HOST:PORT"),
        ('name = "roof"\nsbs = "roof:70000"', "no port 70000"),
        ('name = "roof"\nurl = "http://me:secret@roof/x"', "without a password"),
        ('name = "roof"\nurl = "ftp://roof/x"', "web address"),
        ('name = "roof"\nurl = "https://roof/x"\nca_file = "none.pem"', "there is no file"),
        ('name = "roof"\nfile = "a.json"\n[[traffic]]\nname = "ROOF"\nfile = "b.json"', "stands in line"),
        ('file = "a.json"', "name"),
    ],
)
def test_a_receiver_that_cannot_be_right_is_refused_in_words(table: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=words):
        read(table, folder=tmp_path)
