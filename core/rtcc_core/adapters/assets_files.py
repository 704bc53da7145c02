"""The agency's asset files: read at the start, and again when one of them changes.

A file that was good and is now missing or wrong keeps what it last said, with a problem that says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from rtcc_core.adapters.watched_files import FileReporter, Stamp, stamp_of, whole, why_unusable
from rtcc_core.domain.asset_values import Assets
from rtcc_core.domain.facts import AssetsRead
from rtcc_core.domain.geo import LatLon
from rtcc_core.ports import FactSink
from rtcc_core.wire.assets_file import read_assets, together

POLL_EVERY_S = 5.0
FILE_MAX_BYTES = 32 * 1024 * 1024


class _Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What one file last gave."""

    stamp: Stamp | None
    """Of the file when it was last looked at; None where there was none."""
    assets: Assets = Assets()
    trouble: str = ""
    """Why the file as it is now cannot be used; what is above is then from before."""


class AssetsFiles:
    """Reports the assets whenever their files say something new."""

    def __init__(self, files: Sequence[Path], sink: FactSink, *, near: LatLon) -> None:
        self._files = tuple(dict.fromkeys(files))
        self._near = near
        self._readings: dict[Path, _Reading] = {}
        self._reporter = FileReporter("assets", self.read, _fact, sink, every_s=POLL_EVERY_S)

    async def run(self) -> None:
        """Look until cancelled."""
        await self._reporter.run()

    async def look(self) -> None:
        """Read what changed, and report the assets if they are others now."""
        await self._reporter.look()

    def read(self) -> Assets:
        """The assets as the files have them now. Reads only what changed; raises for no file."""
        for path in self._files:
            self._refresh(path)
        return together([_told(path, self._readings[path]) for path in self._files])

    def _refresh(self, path: Path) -> None:
        known, now = self._readings.get(path), stamp_of(path)
        if known is not None and known.stamp == now:
            return
        try:
            self._readings[path] = _Reading(stamp=now, assets=self._read(path))
        except (OSError, ValueError) as error:
            before = known or _Reading(stamp=None)
            self._readings[path] = msgspec.structs.replace(before, stamp=now, trouble=why_unusable(error))

    def _read(self, path: Path) -> Assets:
        return read_assets(whole(path, FILE_MAX_BYTES), source=path.name, near=self._near)


def _told(path: Path, reading: _Reading) -> Assets:
    """The assets with everything that is wrong with their file."""
    if not reading.trouble:
        return reading.assets
    kept = "; what it said before stays" if reading.assets.digest else ""
    problem = f"{path.name} cannot be used: {reading.trouble}{kept}"
    return msgspec.structs.replace(reading.assets, problems=(problem, *reading.assets.problems))


def _fact(assets: Assets) -> AssetsRead:
    return AssetsRead(assets=assets)
