"""The agency's street files as a gazetteer: read beside the running core, and again when one changes.

A city is indexed in a thread, because it takes seconds; until then, and without any file, a search says so.
A file that was good and is now missing or wrong keeps what it last gave, with a warning in the log.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path

import msgspec

from rtcc_core.adapters.watched_files import Stamp, stamp_of, whole, why_unusable
from rtcc_core.domain.gazetteer import Gazetteer
from rtcc_core.domain.geo import LatLon
from rtcc_core.domain.streets import Lookup
from rtcc_core.wire.streets import StreetKeys, StreetsRead, read_csv, read_geojson

log = logging.getLogger(__name__)

POLL_EVERY_S = 10.0
FILE_MAX_BYTES = 256 * 1024 * 1024

_STILL_READING = "the street files are still being read; try again in a few seconds"


class StreetFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file and which of its properties hold what."""

    file: Path
    """`.csv` holds address points; anything else is GeoJSON."""
    keys: StreetKeys = StreetKeys()


class _Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What one file last gave, and the stamp of the file when it was last looked at."""

    stamp: Stamp | None
    read: StreetsRead = StreetsRead()
    trouble: str = ""


class StreetFiles:
    """`ports.Places` from files."""

    def __init__(self, files: Sequence[StreetFile], *, near: LatLon | None = None) -> None:
        self._files = tuple(files)
        self._near = near
        self._readings: dict[StreetFile, _Reading] = {}
        self._gazetteer: Gazetteer | None = None if files else Gazetteer()

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with the files now, in words."""
        return tuple(
            f"{file.file.name}: {problem}"
            for file, reading in self._readings.items()
            for problem in (reading.trouble, *reading.read.problems)
            if problem
        )

    def locate(self, text: str) -> Lookup:
        """Where `text` may be; touches no file."""
        return self._gazetteer.locate(text) if self._gazetteer else Lookup(trouble=_STILL_READING)

    async def run(self) -> None:
        """Look for changed files until cancelled."""
        while self._files:
            told = self.problems
            if await asyncio.to_thread(self.refresh):
                for problem in self.problems:
                    if problem not in told:
                        log.warning("streets: %s", problem)
            await asyncio.sleep(POLL_EVERY_S)

    def refresh(self) -> bool:
        """Read what changed and index it anew; True where there was something. Never raises for a file."""
        changed = [self._reread(file) for file in self._files]
        if any(changed):
            reads = [self._readings[file].read for file in self._files]
            self._gazetteer = Gazetteer(
                (segment for read in reads for segment in read.segments),
                (point for read in reads for point in read.points),
            )
        return any(changed)

    def _reread(self, file: StreetFile) -> bool:
        known, stamp = self._readings.get(file), stamp_of(file.file)
        if known is not None and known.stamp == stamp:
            return False
        try:
            reading = _Reading(stamp=stamp, read=_read(file, self._near))
        except (OSError, ValueError) as error:
            kept = "; what it gave before is kept" if known and known.read != StreetsRead() else ""
            before = known or _Reading(stamp=stamp)
            reading = msgspec.structs.replace(
                before, stamp=stamp, trouble=f"cannot be used: {why_unusable(error)}{kept}"
            )
        self._readings[file] = reading
        return True


def _read(file: StreetFile, near: LatLon | None) -> StreetsRead:
    read = read_csv if file.file.suffix.lower() == ".csv" else read_geojson
    return read(whole(file.file, FILE_MAX_BYTES), file.keys, near=near)
