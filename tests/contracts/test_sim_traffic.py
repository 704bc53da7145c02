"""The simulated traffic, as it is served three ways, read by the core's own readers and by MAVSDK 4.1."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import mavsdk
import pytest
from mavsdk.asyncio import ComponentType, Configuration, Mavsdk
from mavsdk.asyncio.plugins.mavlink_direct import MavlinkDirectAsync

from rtcc_core.domain.geo import LatLon, distance_m, offset
from rtcc_core.wire.adsb_vehicle import read_adsb_vehicle
from rtcc_core.wire.aircraft_json import read_aircraft_json
from rtcc_core.wire.aircraft_report import AircraftReport, Tally
from rtcc_core.wire.sbs import SbsReader
from rtcc_sitl.air_picture import Dialect, aircraft_json, sbs_lines
from rtcc_sitl.air_traffic import AirTraffic, TrafficTable
from rtcc_sitl.hangar import Hangar, VehicleSpec
from rtcc_sitl.stage import free_udp_port

HOME = LatLon(47.4, 8.54)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DEADLINE_S = 20.0
PLANE = TrafficTable(
    icao="A1B2C3",
    callsign="N172SP",
    category="A7",
    north_m=2_000.0,
    east_m=0.0,
    track_deg=270.0,
    ground_speed_m_s=40.0,
    altitude_amsl_m=762.0,
    climb_m_s=2.5,
    stops_reporting_after_s=30.0,
)
PARKED = TrafficTable(
    icao="00ff01", north_m=0.0, east_m=500.0, track_deg=0.0, ground_speed_m_s=0.0, altitude_amsl_m=0.0
)


def sky(*, elapsed_s: float) -> AirTraffic:
    """Traffic over HOME, so many seconds into the timeline."""
    moments = iter([NOON])
    later = NOON + timedelta(seconds=elapsed_s)
    traffic = AirTraffic([PLANE, PARKED], centre=HOME, ground_amsl_m=400.0, now=lambda: next(moments, later))
    traffic.begin()
    return traffic


def check_plane(report: AircraftReport) -> None:
    """It is PLANE, ten seconds after it came."""
    assert report.position is not None
    assert distance_m(report.position, offset(offset(HOME, 0.0, 2_000.0), 270.0, 400.0)) < 5.0
    assert report.pressure_altitude_m == pytest.approx(787.0, abs=4.0)
    assert report.track_deg == pytest.approx(270.0)
    assert report.ground_speed_m_s == pytest.approx(40.0, abs=0.3)
    assert report.climb_m_s == pytest.approx(2.5, abs=0.2)


@pytest.mark.parametrize("dialect", ["readsb", "mutability"])
def test_the_core_reads_both_dialects_of_the_file(dialect: Dialect) -> None:
    traffic = sky(elapsed_s=10.0)
    reading = read_aircraft_json(aircraft_json(traffic.heard(), traffic.now(), dialect))
    assert (reading.damaged, reading.trouble) == (0, "")
    plane, parked = reading.reports
    check_plane(plane)
    assert (plane.id, plane.callsign, plane.category) == ("a1b2c3", "N172SP", "A7")
    assert plane.position_age_s < 1.0
    assert (parked.callsign, parked.on_ground, parked.pressure_altitude_m) == (None, True, None)
    old = sky(elapsed_s=75.0)
    (silent, _) = read_aircraft_json(aircraft_json(old.heard(), old.now(), dialect)).reports
    assert silent.age_s == pytest.approx(45.0, abs=0.5)
    assert silent.position_age_s == pytest.approx(45.0, abs=0.5)


def test_the_core_reads_the_lines() -> None:
    traffic = sky(elapsed_s=10.0)
    reader = SbsReader()
    reports = reader.feed(b"".join(sbs_lines(traffic.heard(), traffic.now(), 0)))
    assert (reader.unusable, reader.damaged) == (0, 0)
    named, placed, moving, parked = reports
    assert named.callsign == "N172SP"
    assert placed.position is not None
    assert placed.pressure_altitude_m == pytest.approx(787.0, abs=4.0)
    assert (moving.track_deg, moving.position) == (270.0, None)
    assert (parked.id, parked.on_ground) == ("00ff01", True)


@pytest.mark.drill
async def test_mavsdk_hands_on_what_the_receiver_on_board_hears() -> None:
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(8))
    mavsdk.log_subscribe(lambda *_: True)
    port = free_udp_port()
    specs = [VehicleSpec(23, "D1", HOME, home_amsl_m=400.0, autopilot="ardupilot")]
    traffic = sky(elapsed_s=10.0)
    async with (
        Mavsdk(Configuration.create_with_component_type(ComponentType.GROUND_STATION)) as mav,
        Hangar(specs, gcs_address=("127.0.0.1", port), speed=1.0, traffic=traffic),
    ):
        await mav.add_any_connection(f"udpin://127.0.0.1:{port}")
        system = await mav.first_autopilot(DEADLINE_S)
        assert system is not None
        found: dict[str, AircraftReport] = {}
        async with asyncio.timeout(DEADLINE_S):
            async for message in MavlinkDirectAsync(system).subscribe_message("ADSB_VEHICLE"):
                report = read_adsb_vehicle(message.fields_json, Tally())
                assert report is not None
                found[report.id] = report
                if len(found) == 2:
                    break
    check_plane(found["a1b2c3"])
    assert (found["a1b2c3"].callsign, found["a1b2c3"].category) == ("N172SP", "A7")
    assert (found["00ff01"].callsign, found["00ff01"].pressure_altitude_m) == (None, None)
