"""Airspace files on a disk: read once, again when they change, and never lost to a bad copy."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.shift import Shift

from rtcc_core.adapters.airspace_files import AirspaceFiles
from rtcc_core.domain.airspace import Airspace, SourceKind
from rtcc_core.domain.commands import AcknowledgeAlarm
from rtcc_core.domain.facts import AirspaceRead, Fact
from rtcc_core.domain.geo import LatLon
from rtcc_core.domain.state import Alarm
from rtcc_core.domain.terrain import Ground
from rtcc_core.ports import JournalUnavailable

CENTRE = LatLon(45.52, -122.68)
MARCH = datetime(2026, 3, 1, 12, tzinfo=UTC)
SQUARE = [[-122.70, 45.50], [-122.66, 45.50], [-122.66, 45.54], [-122.70, 45.54], [-122.70, 45.50]]


class Desk:
    """Keeps what it is told; `trouble` makes it unable to."""

    def __init__(self) -> None:
        self.read: list[Airspace] = []
        self.trouble = ""

    async def store(self, facts: Sequence[Fact], *, source: str) -> None:
        assert source == "feed:airspace"
        if self.trouble:
            raise JournalUnavailable(self.trouble)
        self.read += [fact.airspace for fact in facts if isinstance(fact, AirspaceRead)]


class Clock:
    def __init__(self, at: datetime | None = None) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at or datetime.now(UTC)


def write(path: Path, *names: str, kind: str = "fence", **members: Any) -> Path:
    """A whole new file, renamed into place."""
    features = [
        {
            "type": "Feature",
            "properties": {"name": name, "kind": kind}
            if kind == "fence"
            else {"NOTAM_KEY": name, "CEILING": 200},
            "geometry": {"type": "Polygon", "coordinates": [SQUARE]},
        }
        for name in names
    ]
    aside = path.with_suffix(".new")
    aside.write_text(json.dumps({"type": "FeatureCollection", "features": features, **members}))
    return aside.replace(path)


def grid(path: Path, height: float, south: float = 45.4) -> Path:
    rows = [" ".join([str(height)] * 300)] * 300
    head = ["ncols 300", "nrows 300", "xllcorner -122.8", f"yllcorner {south}", "cellsize 0.001"]
    path.write_text("\n".join([*head, *rows]))
    return path


def names(airspace: Airspace) -> list[str]:
    return [volume.name for volume in airspace.volumes]


def files_of(desk: Desk, *files: tuple[SourceKind, Path], at: datetime | None = None) -> AirspaceFiles:
    return AirspaceFiles(files, desk, Clock(at), centre=CENTRE)


async def test_it_is_reported_once_and_again_when_a_file_changes(tmp_path: Path) -> None:
    desk, own = Desk(), write(tmp_path / "own.geojson", "City")
    files = files_of(desk, (SourceKind.OWN, own))
    await files.look()
    await files.look()
    assert [names(read) for read in desk.read] == [["City"]]
    [source] = desk.read[0].sources
    assert (source.name, source.kind, source.volumes, source.problems) == ("own.geojson", "own", 1, ())
    assert len(source.sha256) == 64
    write(own, "City", "Harbour")
    await files.look()
    assert names(desk.read[1]) == ["City", "Harbour"]


async def test_a_file_that_is_only_touched_is_not_news(tmp_path: Path) -> None:
    desk, own = Desk(), write(tmp_path / "own.geojson", "City")
    files = files_of(desk, (SourceKind.OWN, own))
    await files.look()
    os.utime(own, (1, 1))
    await files.look()
    assert len(desk.read) == 1


@pytest.mark.parametrize("bad", ["half", "gone", "empty", "folder"])
async def test_what_a_file_said_stays_when_it_goes_bad_and_is_told(
    tmp_path: Path, bad: str, caplog: pytest.LogCaptureFixture
) -> None:
    desk, own = Desk(), write(tmp_path / "own.geojson", "City")
    files = files_of(desk, (SourceKind.OWN, own))
    await files.look()
    whole = own.read_bytes()
    own.unlink()
    if bad == "folder":
        own.mkdir()
    elif bad != "gone":
        own.write_bytes(whole[: len(whole) // 2] if bad == "half" else b"")
    await files.look()
    await files.look()
    assert len(desk.read) == 2
    assert names(desk.read[1]) == ["City"]
    [problem] = desk.read[1].problems
    assert problem.startswith("own.geojson: cannot be used: ")
    assert problem.endswith("; what it said before stays in force")
    assert [record.getMessage() for record in caplog.records] == [f"airspace: {problem}"]
    if bad == "folder":
        own.rmdir()
    write(own, "City", "Harbour")
    await files.look()
    assert names(desk.read[2]) == ["City", "Harbour"]
    assert desk.read[2].problems == ()


async def test_a_file_that_was_never_good_is_told_and_the_others_are_used(tmp_path: Path) -> None:
    desk, own = Desk(), write(tmp_path / "own.geojson", "City")
    files = files_of(desk, (SourceKind.OWN, own), (SourceKind.RESTRICTIONS, tmp_path / "tfr.geojson"))
    await files.look()
    assert names(desk.read[0]) == ["City"]
    assert desk.read[0].problems == ("tfr.geojson: cannot be used: No such file or directory",)
    write(tmp_path / "tfr.geojson", "6/1234-1-FDC-F", kind="tfr")
    await files.look()
    assert [volume.kind for volume in desk.read[1].volumes] == ["fence", "restriction"]
    assert desk.read[1].problems == ()


async def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "own.geojson")
    desk = Desk()
    files = files_of(desk, (SourceKind.OWN, tmp_path / "own.geojson"))
    await asyncio.wait_for(files.look(), 10)
    assert "is not a file" in desk.read[0].problems[0]


async def test_it_is_reported_again_when_the_journal_did_not_take_it(tmp_path: Path) -> None:
    desk, own = Desk(), write(tmp_path / "own.geojson", "City")
    files = files_of(desk, (SourceKind.OWN, own))
    desk.trouble = "the disk is full"
    await files.look()
    desk.trouble = ""
    await files.look()
    assert len(desk.read) == 1


def test_how_long_a_file_is_good(tmp_path: Path) -> None:
    own = write(tmp_path / "own.geojson", "City")
    until = write(tmp_path / "until.geojson", "City", valid_until="2030-01-01T00:00:00Z")
    cells = write(tmp_path / "uasfm.geojson", "A", kind="cell")
    tfrs = write(tmp_path / "tfr.geojson", "A", kind="tfr")
    kinds = (SourceKind.OWN, SourceKind.OWN, SourceKind.FACILITY_MAP, SourceKind.RESTRICTIONS)
    files = list(zip(kinds, (own, until, cells, tfrs), strict=True))
    for path in (own, until, cells, tfrs):
        os.utime(path, (MARCH.timestamp(), MARCH.timestamp()))
    airspace = files_of(Desk(), *files).read()
    assert airspace.problems == ()
    assert [source.valid_until for source in airspace.sources] == [
        None,
        datetime(2030, 1, 1, tzinfo=UTC),
        MARCH + timedelta(days=56),
        MARCH + timedelta(days=1),
    ]


def test_in_a_drill_a_file_is_as_old_as_it_really_is(tmp_path: Path) -> None:
    tfrs = write(tmp_path / "tfr.geojson", "A", kind="tfr")
    [source] = files_of(Desk(), (SourceKind.RESTRICTIONS, tfrs), at=MARCH).read().sources
    assert source.written_at is not None
    assert abs(source.written_at - MARCH) < timedelta(minutes=5)
    assert not source.is_expired(MARCH)


def test_terrain_and_roofs(tmp_path: Path) -> None:
    ground, roofs = grid(tmp_path / "dtm.asc", 20), grid(tmp_path / "dsm.asc", 45)
    own = write(tmp_path / "own.geojson", "City")
    both = files_of(
        Desk(), (SourceKind.OWN, own), (SourceKind.SURFACE, roofs), (SourceKind.TERRAIN, ground)
    ).read()
    assert both.ground_at(CENTRE) == Ground(20.0, 45.0)
    assert both.problems == ()
    bare = files_of(Desk(), (SourceKind.TERRAIN, ground)).read()
    assert bare.ground_at(CENTRE) == Ground(20.0, 20.0)
    alone = files_of(Desk(), (SourceKind.SURFACE, roofs)).read()
    assert alone.terrain is None
    assert "only with a terrain grid" in alone.problems[0]
    wrong = files_of(Desk(), (SourceKind.TERRAIN, own)).read()
    assert "cannot be used: line 1" in wrong.problems[0]


async def test_a_file_that_has_no_fence_any_more_is_an_alarm_until_it_has(tmp_path: Path) -> None:
    desk, shift = Desk(), Shift()
    own, cells = write(tmp_path / "own.geojson", "City", "Harbour"), tmp_path / "tfr.geojson"
    write(cells, "NOTAM", kind="restriction")
    files = files_of(desk, (SourceKind.OWN, own), (SourceKind.RESTRICTIONS, cells))

    async def looks(*fences: str) -> Alarm | None:
        write(own, *fences)
        await files.look()
        shift.tell(AirspaceRead(airspace=desk.read[-1]), by="feed:airspace")
        return shift.state.alarms.get("airspace:own.geojson")

    assert await looks("City", "Harbour") is None
    write(cells, kind="restriction")
    assert await looks("City") is None, "fewer than before, and no restriction today, is nothing unusual"
    alarm = await looks()
    assert alarm is not None
    assert "own.geojson (it had 1)" in alarm.text
    alarm = await looks("City")
    assert alarm is not None
    assert alarm.is_over
    alarm = await looks()
    assert alarm is not None
    assert not alarm.is_over
    shift.asks("reyes", AcknowledgeAlarm, alarm_id=alarm.alarm_id)
    assert "airspace:own.geojson" not in shift.state.alarms


def test_no_files_are_an_empty_airspace() -> None:
    assert files_of(Desk()).read().volumes == ()
