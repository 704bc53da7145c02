"""The agency's airspace files: read at the start, and again when one of them changes.

A file that was good and is now missing, half written or wrong keeps what it last said, with a problem that
says so: a fence must not vanish because a copy is under way. Write files aside and rename them into place.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

import msgspec

from rtcc_core.adapters.watched_files import FileReporter, Stamp, opened, stamp_of, why_unusable
from rtcc_core.domain.airspace import Airspace, AirspaceSource, SourceKind, Volume
from rtcc_core.domain.facts import AirspaceRead
from rtcc_core.domain.geo import LatLon
from rtcc_core.domain.terrain import Terrain
from rtcc_core.ports import Clock, FactSink
from rtcc_core.wire.airspace_assembly import assemble
from rtcc_core.wire.airspace_geojson import REACH_M, read_volumes
from rtcc_core.wire.terrain_grid import LINE_MAX, GridUnusable, area_around, read_grid, with_surface

POLL_EVERY_S = 2.0
GEOJSON_MAX_BYTES = 256 * 1024 * 1024
GRID_MAX_BYTES = 2 * 1024 * 1024 * 1024

VALID_FOR: Mapping[SourceKind, timedelta] = {
    SourceKind.FACILITY_MAP: timedelta(days=56),
    SourceKind.RESTRICTIONS: timedelta(days=1),
}
"""How long a file that does not say so itself is good after it was written. Facility maps: the FAA's chart
cycle of 56 days."""

_GRIDS = (SourceKind.TERRAIN, SourceKind.SURFACE)
_SAME_CLOCK = timedelta(seconds=2)


class _Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What one file last gave."""

    stamp: Stamp | None
    """Of the file when it was last looked at; None where there was none."""
    source: AirspaceSource
    volumes: tuple[Volume, ...] = ()
    terrain: Terrain | None = None
    trouble: str = ""
    """Why the file as it is now cannot be used; what is above is then from before."""


class AirspaceFiles:
    """Reports the airspace whenever its files say something new."""

    def __init__(
        self,
        files: Sequence[tuple[SourceKind, Path]],
        sink: FactSink,
        clock: Clock,
        *,
        centre: LatLon,
        sites: Sequence[LatLon] = (),
        reach_m: float = REACH_M,
        valid_for: Mapping[SourceKind, timedelta] = VALID_FOR,
    ) -> None:
        self._files = tuple(dict.fromkeys(files))
        self._clock = clock
        self._near = (centre, *sites)
        self._reach_m = reach_m
        self._valid_for = valid_for
        self._readings: dict[tuple[SourceKind, Path], _Reading] = {}
        self._airspace: Airspace | None = None
        self._reporter = FileReporter("airspace", self.read, _fact, sink, every_s=POLL_EVERY_S)

    async def run(self) -> None:
        """Look until cancelled."""
        await self._reporter.run()

    async def look(self) -> None:
        """Read what changed, and report the airspace if it is another one now."""
        await self._reporter.look()

    def read(self) -> Airspace:
        """The airspace as the files have it now. Reads only what changed; raises for no file."""
        changed = [self._refresh(kind, path) for kind, path in self._files]
        if self._airspace is None or any(changed):
            self._airspace = self._assembled()
        return self._airspace

    def _refresh(self, kind: SourceKind, path: Path) -> bool:
        """Read the file if it is not what it was; True where that was so."""
        known = self._readings.get((kind, path))
        now = stamp_of(path)
        if known is not None and known.stamp == now:
            return False
        try:
            reading = self._read(kind, path, now)
        except (OSError, ValueError) as error:
            source = AirspaceSource(name=path.name, kind=kind, read_at=self._clock.now())
            before = known or _Reading(stamp=None, source=source)
            reading = msgspec.structs.replace(
                before, stamp=now, trouble=f"cannot be used: {why_unusable(error)}"
            )
        self._readings[kind, path] = reading
        return True

    def _read(self, kind: SourceKind, path: Path, stamp: Stamp | None) -> _Reading:
        found = path.stat()
        most = GRID_MAX_BYTES if kind in _GRIDS else GEOJSON_MAX_BYTES
        written_at = self._written_at(found.st_mtime)
        valid_for = self._valid_for.get(kind)
        source = AirspaceSource(
            name=path.name,
            kind=kind,
            read_at=self._clock.now(),
            written_at=written_at,
            valid_until=written_at + valid_for if valid_for else None,
        )
        with opened(path, most) as file:
            read = self._read_grid if kind in _GRIDS else self._read_volumes
            return msgspec.structs.replace(read(file, source), stamp=stamp)

    def _read_volumes(self, file: BinaryIO, source: AirspaceSource) -> _Reading:
        raw = file.read(GEOJSON_MAX_BYTES + 1)
        found = read_volumes(raw, source.kind, source=source.name, near=self._near, reach_m=self._reach_m)
        source = msgspec.structs.replace(
            source,
            sha256=hashlib.sha256(raw).hexdigest(),
            volumes=len(found.volumes),
            problems=found.problems,
            valid_until=found.valid_until or source.valid_until,
        )
        return _Reading(stamp=None, source=source, volumes=found.volumes)

    def _read_grid(self, file: BinaryIO, source: AirspaceSource) -> _Reading:
        digest = hashlib.sha256()

        def lines() -> Iterator[bytes]:
            while line := file.readline(LINE_MAX + 1):
                digest.update(line)
                yield line

        terrain = read_grid(lines(), area_around(self._near, self._reach_m))
        source = msgspec.structs.replace(source, sha256=digest.hexdigest())
        return _Reading(stamp=None, source=source, terrain=terrain)

    def _written_at(self, mtime_s: float) -> datetime:
        """The time of the last change, by our clock: in a drill that is not the machine's."""
        written_at = datetime.fromtimestamp(mtime_s, UTC)
        ahead = self._clock.now() - datetime.now(UTC)
        return written_at if abs(ahead) < _SAME_CLOCK else written_at + ahead

    def _assembled(self) -> Airspace:
        readings = [self._readings[each] for each in self._files]
        terrain, trouble = _terrain(readings)
        return assemble(
            (volume for reading in readings for volume in reading.volumes),
            centre=self._near[0],
            sources=[_told(reading, trouble) for reading in readings],
            terrain=terrain,
        )


def _terrain(readings: Sequence[_Reading]) -> tuple[Terrain | None, str]:
    """The ground with its roofs, and what is wrong with the surface grid."""
    grounds = [r.terrain for r in readings if r.source.kind is SourceKind.TERRAIN and r.terrain]
    surfaces = [r.terrain for r in readings if r.source.kind is SourceKind.SURFACE and r.terrain]
    if not surfaces:
        return (grounds[0] if grounds else None), ""
    if not grounds:
        return None, "a surface grid is of use only with a terrain grid: name one too"
    try:
        return with_surface(grounds[0], surfaces[0]), ""
    except GridUnusable as wrong:
        return grounds[0], str(wrong)


def _told(reading: _Reading, surface_trouble: str) -> AirspaceSource:
    """The source with everything that is wrong with it."""
    problems = list(reading.source.problems)
    if reading.source.kind is SourceKind.SURFACE and surface_trouble:
        problems.insert(0, surface_trouble)
    if reading.trouble:
        is_kept = bool(reading.source.sha256)
        problems.insert(0, reading.trouble + ("; what it said before stays in force" if is_kept else ""))
    return msgspec.structs.replace(reading.source, problems=tuple(problems))


def _fact(airspace: Airspace) -> AirspaceRead:
    return AirspaceRead(airspace=airspace)
