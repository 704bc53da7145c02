"""The core's receivers against the simulated decoder and receivers on board: one truth, heard."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import random
import socket
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.support import until

from rtcc_core.adapters.mavsdk_fleet import MavsdkFleet
from rtcc_core.adapters.traffic_feeds import TrafficFeeds, TrafficFeedSettings
from rtcc_core.clocks import DrillClock
from rtcc_core.domain.drone import Drone
from rtcc_core.domain.facts import Fact
from rtcc_core.domain.geo import LatLon, distance_m
from rtcc_core.domain.programme import Programme
from rtcc_core.domain.traffic import AltitudeBy, Intruder
from rtcc_sitl.air_picture import Dialect
from rtcc_sitl.air_traffic import AirTraffic, TrafficTable
from rtcc_sitl.autopilot_name import AutopilotName
from rtcc_sitl.hangar import Hangar
from rtcc_sitl.traffic_feed import TrafficFeed
from rtcc_sitl.vehicle import VehicleSpec

CENTRE = LatLon(45.5231, -122.6765)
GROUND_M = 20.0
HELICOPTER = TrafficTable(
    icao="A1B2C3",
    callsign="N123AB",
    category="A7",
    north_m=4_000.0,
    east_m=0.0,
    track_deg=180.0,
    ground_speed_m_s=50.0,
    altitude_amsl_m=150.0,
    climb_m_s=-0.5,
)
AIRLINER = TrafficTable(
    icao="a7f00d",
    callsign="RVA2144",
    category="A3",
    north_m=1_000.0,
    east_m=0.0,
    track_deg=90.0,
    ground_speed_m_s=230.0,
    altitude_amsl_m=8_534.0,
)
QUIET = TrafficTable(
    icao="a00003",
    north_m=0.0,
    east_m=3_000.0,
    track_deg=0.0,
    ground_speed_m_s=40.0,
    altitude_amsl_m=200.0,
    stops_reporting_after_s=1.0,
)


class NoDesk:
    """Facts of the fleet are of no interest here."""

    async def store(self, facts: Sequence[Fact], *, source: str) -> None:
        """Nothing to store."""


def sky(*tables: TrafficTable, speed: float = 1.0) -> AirTraffic:
    started = datetime.now(UTC)
    clock = DrillClock(speed, started, started)
    traffic = AirTraffic(tables, centre=CENTRE, ground_amsl_m=GROUND_M, now=clock.now)
    traffic.begin()
    return traffic


@asynccontextmanager
async def listening(*feeds: TrafficFeedSettings, pace: float = 1.0) -> AsyncIterator[TrafficFeeds]:
    made = TrafficFeeds(feeds, around=[CENTRE], jitter=random.Random(1), pace=pace)
    task = asyncio.create_task(made.run())
    try:
        yield made
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def heard(feeds: TrafficFeeds, icao: str = "a1b2c3") -> Intruder | None:
    return next((intruder for intruder in feeds.intruders() if intruder.id == icao), None)


def by_all_of(feeds: TrafficFeeds, names: set[str]) -> Callable[[], bool]:
    def is_so() -> bool:
        seen = heard(feeds)
        # On SBS the callsign, the place and the speed come in lines of their own.
        is_whole = seen is not None and seen.callsign and seen.ground_speed_m_s is not None
        return seen is not None and bool(is_whole) and set(seen.sources) == names

    return is_so


def is_true_now(feeds: TrafficFeeds, traffic: AirTraffic) -> bool:
    """Heard where it is, give or take what it flies in 3 s."""
    intruder = heard(feeds)
    if intruder is None or intruder.altitude_amsl_m is None or intruder.ground_speed_m_s is None:
        return False
    truth = traffic.truth(intruder.id)
    assert truth is not None
    off_m = distance_m(truth[0], intruder.position)
    return off_m <= intruder.ground_speed_m_s * 3.0 and abs(truth[1] - intruder.altitude_amsl_m) < 10.0


@pytest.mark.parametrize("dialect", ["readsb", "mutability"])
async def test_the_simulated_decoder_is_heard_in_both_dialects_and_as_sbs(
    dialect: Dialect, tmp_path: Path
) -> None:
    traffic, path = sky(HELICOPTER, AIRLINER), tmp_path / "aircraft.json"
    async with TrafficFeed(traffic, aircraft_file=path, dialect=dialect) as decoder:
        file = TrafficFeedSettings(name="roof", file=path)
        sbs = TrafficFeedSettings(name="dock", sbs=f"127.0.0.1:{decoder.sbs_port}")
        for only in ([file], [sbs], [file, sbs]):
            async with listening(*only) as feeds:
                await until(by_all_of(feeds, {each.name for each in only}))
                await until(functools.partial(is_true_now, feeds, traffic))
                seen = heard(feeds)
                assert seen is not None
                assert (seen.callsign, seen.on_ground, seen.altitude_by) == (
                    "N123AB",
                    False,
                    AltitudeBy.PRESSURE,
                )
                assert seen.track_deg == pytest.approx(180.0, abs=1.0)
                assert seen.ground_speed_m_s == pytest.approx(50.0, abs=0.5)
                assert seen.climb_m_s == pytest.approx(-0.5, abs=0.4)
                # 28,000 ft over the city is nobody's concern.
                assert heard(feeds, "a7f00d") is None
                assert all(source.is_up for source in feeds.sources())


async def test_in_a_fast_drill_a_silent_transponder_grows_old_at_the_drills_pace(tmp_path: Path) -> None:
    speed, path = 10.0, tmp_path / "aircraft.json"
    traffic, began_at = sky(QUIET, speed=speed), time.monotonic()
    async with (
        TrafficFeed(traffic, speed=speed, aircraft_file=path),
        listening(TrafficFeedSettings(name="roof", file=path), pace=speed) as feeds,
    ):
        await until(lambda: heard(feeds, "a00003") is not None)
        seen = heard(feeds, "a00003")
        assert seen is not None
        silent_s = time.monotonic() - began_at - 1.0 / speed
        assert seen.position_age_s == pytest.approx(silent_s, abs=0.5)


@pytest.mark.parametrize("autopilot", ["px4", "ardupilot"])
async def test_what_a_receiver_on_board_hears_comes_down_the_aircrafts_own_link(
    autopilot: AutopilotName,
) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    traffic = sky(HELICOPTER)
    spec = VehicleSpec(sysid=1, callsign="D1", home=CENTRE, home_amsl_m=GROUND_M, autopilot=autopilot)
    feeds = TrafficFeeds([], around=[CENTRE], jitter=random.Random(1))
    fleet = MavsdkFleet(
        f"udpin://127.0.0.1:{port}",
        [Drone(callsign="D1", sysid=1, site="yard")],
        Programme(agency="Test"),
        NoDesk(),
        on_adsb=feeds.take_adsb_vehicle,
    )
    await fleet.start()
    try:
        async with Hangar([spec], gcs_address=("127.0.0.1", port), traffic=traffic):
            await until(lambda: heard(feeds) is not None, within_s=45.0)
            await until(lambda: is_true_now(feeds, traffic))
            seen = heard(feeds)
            assert seen is not None
            assert (seen.name, seen.sources) == ("helicopter N123AB", ("D1's receiver",))
            assert [source.name for source in feeds.sources() if source.is_up] == ["D1's receiver"]
    finally:
        await fleet.stop()
