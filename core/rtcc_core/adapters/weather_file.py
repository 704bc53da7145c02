"""Wind from a file that a station's own program keeps writing: one JSON object.

    {"wind_speed_m_s": 4.5, "wind_from_deg": 240, "gust_m_s": 7, "observed_at": "2026-03-01T12:00:00Z"}

Write it aside and rename it into place, so that it is never read half. `gust_m_s` may be missing, `qnh_hpa`
(pressure at sea level, for the heights of other aircraft) may be added. A file that does not begin with a
brace is read as METAR text: a bare report, or a station file with a date line above it.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime
from pathlib import Path
from typing import Annotated

import msgspec

from rtcc_core.domain.facts import WeatherReported
from rtcc_core.ports import Clock, FactSink, JournalUnavailable
from rtcc_core.wire.metar import QNH_MAX_HPA, QNH_MIN_HPA, Metar, read_metar

log = logging.getLogger(__name__)

POLL_EVERY_S = 1.0
FILE_MAX_BYTES = 64 * 1024

_Speed = Annotated[float, msgspec.Meta(ge=0.0, le=120.0)]


class _Observation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    wind_speed_m_s: _Speed
    wind_from_deg: Annotated[float, msgspec.Meta(ge=0.0, le=360.0)]
    gust_m_s: _Speed | None = None
    qnh_hpa: Annotated[float, msgspec.Meta(ge=QNH_MIN_HPA, le=QNH_MAX_HPA)] | None = None
    observed_at: Annotated[datetime, msgspec.Meta(tz=True)]


class WeatherFile:
    """Reports the file's observation whenever it is a new one."""

    def __init__(self, path: Path, sink: FactSink, clock: Clock) -> None:
        self._path = path
        self._sink = sink
        self._clock = clock
        self._reported: WeatherReported | None = None
        self._trouble = ""

    async def run(self) -> None:
        """Poll until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(POLL_EVERY_S)

    async def look(self) -> None:
        """Read the file once; a bad file is logged once and ignored."""
        try:
            observed = await asyncio.to_thread(read_weather, self._path, self._clock.now())
        except (OSError, ValueError) as error:
            self._say(f"the weather file {self._path} cannot be used: {error}")
            return
        self._say("")
        if observed == self._reported:
            return
        try:
            await self._sink.store([observed], source="feed:weather")
        except JournalUnavailable:
            return  # the next look tries again
        self._reported = observed

    def _say(self, trouble: str) -> None:
        if trouble and trouble != self._trouble:
            log.warning("%s", trouble)
        self._trouble = trouble


def read_weather(path: Path, now: datetime) -> WeatherReported:
    """What the file tells; `now` says which month a METAR's day belongs to. Raises OSError and ValueError."""
    with path.open("rb") as file:
        raw = file.read(FILE_MAX_BYTES + 1)
    if len(raw) > FILE_MAX_BYTES:
        raise ValueError(f"it is larger than {FILE_MAX_BYTES} bytes")
    if not raw.lstrip().startswith(b"{"):
        return _from_metar(read_metar(raw.decode("ascii", "replace"), now))
    observed = msgspec.json.decode(raw, type=_Observation)
    return WeatherReported(
        wind_speed_m_s=observed.wind_speed_m_s,
        wind_from_deg=observed.wind_from_deg,
        gust_m_s=observed.gust_m_s,
        observed_at=observed.observed_at,
        source=path.name,
        qnh_hpa=observed.qnh_hpa,
    )


def _from_metar(report: Metar) -> WeatherReported:
    return WeatherReported(
        wind_speed_m_s=report.wind_speed_m_s or 0.0,
        wind_from_deg=report.wind_from_deg or 0.0,
        has_wind=report.wind_speed_m_s is not None
        and (report.is_variable or report.wind_from_deg is not None),
        is_variable=report.is_variable,
        gust_m_s=report.gust_m_s,
        observed_at=report.observed_at,
        source=report.station,
        visibility_m=report.visibility_m,
        cloud_base_m=report.cloud_base_m,
        qnh_hpa=report.qnh_hpa,
        raw=report.raw,
    )
