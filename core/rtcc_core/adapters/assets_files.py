"""The agency's asset files: read at the start, and again when one of them changes.

A file that was good and is now missing or wrong keeps what it last said, with a problem that says so.
"""

from __future__ import annotations

import asyncio
import logging
import stat
from collections.abc import Sequence
from pathlib import Path

import msgspec

from rtcc_core.domain.asset_values import Assets
from rtcc_core.domain.facts import AssetsRead
from rtcc_core.domain.geo import LatLon
from rtcc_core.domain.text import clean
from rtcc_core.ports import FactSink, JournalUnavailable
from rtcc_core.wire.assets_file import read_assets, together

log = logging.getLogger(__name__)

POLL_EVERY_S = 5.0
FILE_MAX_BYTES = 32 * 1024 * 1024


class _Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What one file last gave."""

    stamp: tuple[int, ...] | None
    """Of the file when it was last looked at; None where there was none."""
    assets: Assets = Assets()
    trouble: str = ""
    """Why the file as it is now cannot be used; what is above is then from before."""


class AssetsFiles:
    """Reports the assets whenever their files say something new."""

    def __init__(self, files: Sequence[Path], sink: FactSink, *, near: LatLon) -> None:
        self._files = tuple(dict.fromkeys(files))
        self._sink = sink
        self._near = near
        self._readings: dict[Path, _Reading] = {}
        self._reported = ""
        self._told: frozenset[str] = frozenset()

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(POLL_EVERY_S)

    async def look(self) -> None:
        """Read what changed, and report the assets if they are others now."""
        assets = await asyncio.to_thread(self.read)
        for problem in assets.problems:
            if problem not in self._told:
                log.warning("assets: %s", problem)
        self._told = frozenset(assets.problems)
        if assets.digest == self._reported:
            return
        try:
            await self._sink.store([AssetsRead(assets=assets)], source="feed:assets")
        except JournalUnavailable:
            return  # the next look tries again
        self._reported = assets.digest

    def read(self) -> Assets:
        """The assets as the files have them now. Reads only what changed; raises for no file."""
        for path in self._files:
            self._refresh(path)
        return together([_told(path, self._readings[path]) for path in self._files])

    def _refresh(self, path: Path) -> None:
        known, now = self._readings.get(path), _stamp(path)
        if known is not None and known.stamp == now:
            return
        try:
            self._readings[path] = _Reading(stamp=now, assets=self._read(path))
        except (OSError, ValueError) as error:
            before = known or _Reading(stamp=None)
            self._readings[path] = msgspec.structs.replace(before, stamp=now, trouble=_words(error))

    def _read(self, path: Path) -> Assets:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise ValueError("it is not a file")
        if found.st_size > FILE_MAX_BYTES:
            raise ValueError(
                f"it is larger than {FILE_MAX_BYTES // 2**20} MB: cut out what is near the agency"
            )
        with path.open("rb") as file:
            return read_assets(file.read(FILE_MAX_BYTES + 1), source=path.name, near=self._near)


def _told(path: Path, reading: _Reading) -> Assets:
    """The assets with everything that is wrong with their file."""
    if not reading.trouble:
        return reading.assets
    kept = "; what it said before stays" if reading.assets.digest else ""
    problem = f"{path.name} cannot be used: {reading.trouble}{kept}"
    return msgspec.structs.replace(reading.assets, problems=(problem, *reading.assets.problems))


def _stamp(path: Path) -> tuple[int, ...] | None:
    """What differs when a file was changed, replaced, or made readable; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _words(error: OSError | ValueError) -> str:
    words = error.strerror or str(error) if isinstance(error, OSError) else str(error)
    return clean(words)
