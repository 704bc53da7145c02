"""A core in a process of its own, that may be killed: the real one, with one call instead of a CAD.

python core_process.py SETTINGS STATE_DIR
"""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import sys
from datetime import UTC, datetime
from pathlib import Path

from rtcc_core.commands import make_plan
from rtcc_core.daemon import run_core
from rtcc_core.domain.call import CallReport, Place, PlaceKind
from rtcc_core.domain.facts import CallReported, WeatherReported
from rtcc_core.domain.geo import offset
from rtcc_core.ports import FactSink
from rtcc_core.settings import Settings, read_settings

AWAY_M = 700.0


class OneCall:
    """`ports.CallFeed`: calm wind, and call 1041 east of the first site."""

    def __init__(self, settings: Settings, sink: FactSink) -> None:
        self._at = offset(settings.sites[0].position, 90.0, AWAY_M)
        self._sink = sink

    async def run(self) -> None:
        now = datetime.now(UTC)
        wind = WeatherReported(wind_speed_m_s=1.0, wind_from_deg=240.0, observed_at=now, source="mast")
        report = CallReport(
            feed="COUNTY",
            incident_uid="uid-1041",
            number="1041",
            type_text="ROBBERY",
            priority=1,
            place=Place(position=self._at, kind=PlaceKind.CURRENT_INCIDENT),
            updated_at=datetime(2026, 3, 1, tzinfo=UTC),
        )
        await self._sink.store([wind, CallReported(report=report)], source="feed:COUNTY")


def main() -> None:
    """Run until stdin ends."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO)
    settings = read_settings(Path(sys.argv[1]))
    plan = make_plan(settings, state_dir=Path(sys.argv[2]), socket_path=None, exit_with_stdin=True)
    plan = dataclasses.replace(plan, feeds=lambda sink: (OneCall(settings, sink),))
    asyncio.run(run_core(plan, on_ready=lambda: print("ready", flush=True)))


if __name__ == "__main__":
    main()
