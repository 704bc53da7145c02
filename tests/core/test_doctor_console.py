"""`rtcc doctor --settings`: who may open a console, who can unlock it, and the map that is shown there."""

from __future__ import annotations

import grp
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from rtcc_core.adapters.pin_book import PinBook
from rtcc_core.adapters.unix_socket import closed_folder, make_folder
from rtcc_core.doctor_console import check_group, check_map, check_pins
from rtcc_core.doctor_findings import Finding, Grade
from rtcc_core.domain.geo import LatLon
from rtcc_core.domain.street_map import Road, RoadClass, pack, street_map
from rtcc_core.settings import Settings, read_settings
from rtcc_core.settings_cli import example_text


@pytest.fixture(name="plain")
def _plain(tmp_path: Path) -> Settings:
    file = tmp_path / "agency.toml"
    file.write_text(example_text(), "utf-8")
    return read_settings(file)


@pytest.fixture(name="open_to_all")
def _open_to_all() -> Iterator[Path]:
    """A folder that others may pass; those of pytest are its own account's alone."""
    with tempfile.TemporaryDirectory(dir="/tmp") as made:
        folder = Path(made)
        folder.chmod(0o755)
        yield folder


def ours() -> str:
    return grp.getgrgid(os.getgid()).gr_name


def only(findings: Iterator[Finding]) -> Finding:
    (found,) = findings
    assert found.remedy or found.grade is Grade.OK
    return found


def test_the_folder_that_the_core_makes_lets_the_group_in(open_to_all: Path, plain: Settings) -> None:
    others = next(each.gr_name for each in grp.getgrall() if each.gr_gid != os.getgid())
    group = others if os.geteuid() == 0 else ours()  # only root may give a folder to whomever it likes
    socket = open_to_all / "run" / "console.sock"
    make_folder(socket, group)
    assert socket.parent.stat().st_mode & 0o777 == 0o750
    assert socket.parent.group() == group
    assert closed_folder(socket, group) is None
    found = only(check_group(msgspec.structs.replace(plain, console_group=group), socket))
    assert found.grade is Grade.OK


def test_a_folder_that_is_closed_to_the_group_is_named(open_to_all: Path, plain: Settings) -> None:
    socket = open_to_all / "run" / "console.sock"
    socket.parent.mkdir(0o700)
    make_folder(socket, ours())  # a folder that is there is left as it is
    assert socket.parent.stat().st_mode & 0o777 == 0o700
    found = only(check_group(msgspec.structs.replace(plain, console_group=ours()), socket))
    assert found.grade is Grade.FAIL
    assert str(socket.parent) in found.said


def test_without_a_group_nothing_is_said(tmp_path: Path, plain: Settings) -> None:
    assert not list(check_group(plain, tmp_path / "console.sock"))


def test_who_has_no_pin_is_named(tmp_path: Path, plain: Settings) -> None:
    assert not list(check_pins(plain))
    settings = msgspec.structs.replace(plain, pin_file=tmp_path / "pins")
    account = settings.people[0].account
    found = only(check_pins(settings))
    assert found.grade is Grade.WARN
    assert account in found.said
    PinBook(tmp_path / "pins").set(account, "471199")
    assert only(check_pins(settings)).grade is Grade.OK
    (tmp_path / "pins").chmod(0o644)
    assert "chmod 600" in only(check_pins(settings)).said


def test_a_map_that_cannot_be_shown_is_named(tmp_path: Path, plain: Settings) -> None:
    assert not list(check_map(plain))
    settings = msgspec.structs.replace(plain, map_file=tmp_path / "city.rtccmap")
    assert "No such file" in only(check_map(settings)).said
    (tmp_path / "city.rtccmap").write_bytes(b"no map")
    assert only(check_map(settings)).grade is Grade.WARN
    road = Road(RoadClass.LOCAL, "MAIN ST", (LatLon(45.52, -122.67), LatLon(45.53, -122.67)))
    (tmp_path / "city.rtccmap").write_bytes(pack(street_map([road])))
    found = only(check_map(settings))
    assert found.grade is Grade.OK
