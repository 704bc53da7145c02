"""Scripted air traffic: where it is, and how a decoder, a port and a receiver on board tell of it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymavlink.dialects.v20 import common as mavlink
from tests.ground import HOME, SPEC, eventually, on_air

from rtcc_core.domain.geo import bearing_deg, distance_m, offset
from rtcc_sitl.air_picture import Dialect, aircraft_json, sbs_lines
from rtcc_sitl.air_traffic import FORGOTTEN_AFTER_S, AirTraffic, TrafficTable
from rtcc_sitl.scenario import ScenarioError, load, parse
from rtcc_sitl.stage import free_udp_port
from rtcc_sitl.traffic_feed import TrafficFeed
from rtcc_sitl.world import Ready, read_line

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
CESSNA = TrafficTable(
    icao="A1B2C3",
    callsign="N172SP",
    at_s=10.0,
    north_m=1_000.0,
    east_m=-2_000.0,
    track_deg=90.0,
    ground_speed_m_s=50.0,
    altitude_amsl_m=700.0,
    climb_m_s=-1.0,
    lasts_s=300.0,
)
UNNAMED = TrafficTable(
    icao="00ff01",
    category="A7",
    squawk="7700",
    north_m=0.0,
    east_m=0.0,
    track_deg=0.0,
    ground_speed_m_s=0.0,
    altitude_amsl_m=300.0,
    stops_reporting_after_s=20.0,
)


class Hands:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.at = NOON

    def now(self) -> datetime:
        return self.at

    def move(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


def sky(*tables: TrafficTable) -> tuple[AirTraffic, Hands]:
    """Traffic over HOME, whose ground is 400 m high, with the timeline begun."""
    clock = Hands()
    traffic = AirTraffic(tables, centre=HOME, ground_amsl_m=400.0, now=clock.now)
    traffic.begin()
    return traffic, clock


def test_nothing_flies_before_its_time_nor_before_the_timeline() -> None:
    clock = Hands()
    traffic = AirTraffic([UNNAMED], centre=HOME, ground_amsl_m=0.0, now=clock.now)
    clock.move(5.0)
    assert traffic.heard() == []
    assert sky(CESSNA)[0].heard() == []


def test_it_flies_straight_and_comes_down_to_the_ground_at_most() -> None:
    traffic, clock = sky(CESSNA)
    clock.move(10.0 + 40.0)
    (contact,) = traffic.heard()
    assert distance_m(contact.position, offset(HOME, 0.0, 1_000.0)) < 5.0
    assert contact.altitude_amsl_m == pytest.approx(660.0)
    assert (contact.altitude_ft, contact.climb_ft_min) == (2_175, -192)
    clock.move(250.0)
    (contact,) = traffic.heard()
    assert contact.altitude_amsl_m == pytest.approx(410.0)
    assert not contact.is_on_ground
    clock.move(10.0)
    assert traffic.heard()[0].is_on_ground


def test_an_aircraft_that_falls_silent_is_kept_where_it_was_then_forgotten_and_flies_on() -> None:
    moving = msgspec.structs.replace(UNNAMED, ground_speed_m_s=30.0)
    traffic, clock = sky(moving)
    clock.move(50.0)
    (contact,) = traffic.heard()
    assert contact.silent_s == pytest.approx(30.0)
    assert distance_m(contact.position, HOME) == pytest.approx(600.0, rel=0.01)
    truth = traffic.truth("00FF01")
    assert truth is not None
    assert distance_m(truth[0], HOME) == pytest.approx(1_500.0, rel=0.01)
    clock.move(FORGOTTEN_AFTER_S)
    assert traffic.heard() == []
    assert traffic.truth("00ff01") is not None


@given(
    at_s=st.floats(0, 500),
    track_deg=st.floats(0, 360),
    speed=st.floats(0, 300),
    lasts_s=st.floats(1, 900),
    stops=st.none() | st.floats(1, 900),
    elapsed_s=st.floats(0, 2_000),
)
def test_what_is_heard_is_on_its_track_and_never_newer_than_its_last_message(
    at_s: float, track_deg: float, speed: float, lasts_s: float, stops: float | None, elapsed_s: float
) -> None:
    table = TrafficTable(
        icao="abcdef",
        at_s=at_s,
        north_m=0.0,
        east_m=0.0,
        track_deg=track_deg,
        ground_speed_m_s=speed,
        altitude_amsl_m=900.0,
        lasts_s=lasts_s,
        stops_reporting_after_s=stops,
    )
    traffic, clock = sky(table)
    clock.move(elapsed_s)
    for contact in traffic.heard():
        flown_s = clock.at.timestamp() - NOON.timestamp() - at_s - contact.silent_s
        assert -1e-3 <= flown_s <= min(lasts_s, stops or lasts_s) + 1e-3
        away_m = distance_m(HOME, contact.position)
        assert away_m == pytest.approx(speed * flown_s, rel=1e-3, abs=2.0)
        if 100.0 < away_m < 50_000.0:
            turn = (bearing_deg(HOME, contact.position) - track_deg + 180.0) % 360.0 - 180.0
            assert abs(turn) < 0.5


# --- aircraft.json ----------------------------------------------------------------------------------


def entries(traffic: AirTraffic, clock: Hands, dialect: Dialect) -> dict[str, dict[str, Any]]:
    content = msgspec.json.decode(aircraft_json(traffic.heard(), clock.now(), dialect))
    assert content["now"] == clock.now().timestamp()
    return {entry["hex"]: entry for entry in content["aircraft"]}


def test_readsb_names_things_its_way() -> None:
    traffic, clock = sky(CESSNA, UNNAMED)
    clock.move(15.0)
    found = entries(traffic, clock, "readsb")
    plane = found["a1b2c3"]
    assert (plane["flight"], plane["category"], plane["type"]) == ("N172SP  ", "A1", "adsb_icao")
    assert (plane["alt_baro"], plane["baro_rate"], plane["gs"]) == (2_275, -192, 97.2)
    assert plane["seen_pos"] < 1.0
    heli = found["00ff01"]
    assert "flight" not in heli
    assert (heli["alt_baro"], heli["squawk"]) == ("ground", "7700")


def test_mutability_names_them_its_own_way() -> None:
    traffic, clock = sky(CESSNA, UNNAMED)
    clock.move(15.0)
    found = entries(traffic, clock, "mutability")
    plane = found["a1b2c3"]
    assert (plane["altitude"], plane["vert_rate"], plane["speed"]) == (2_275, -192, 97)
    assert not {"alt_baro", "gs", "type", "baro_rate"} & plane.keys()
    assert found["00ff01"]["altitude"] == "ground"


@pytest.mark.parametrize("dialect", ["readsb", "mutability"])
def test_a_silent_aircraft_grows_old_loses_its_position_and_goes(dialect: Dialect) -> None:
    traffic, clock = sky(UNNAMED)
    clock.move(45.0)
    old = entries(traffic, clock, dialect)["00ff01"]
    assert (old["seen"], old["seen_pos"]) == (25.1, 25.3)
    clock.move(60.0)
    gone = entries(traffic, clock, dialect)["00ff01"]
    assert "lat" not in gone
    assert ("lastPosition" in gone) is (dialect == "readsb")
    clock.move(FORGOTTEN_AFTER_S)
    assert entries(traffic, clock, dialect) == {}


# --- SBS-1 ------------------------------------------------------------------------------------------


def fields(line: bytes) -> list[str]:
    assert line.endswith(b"\r\n")
    return line.decode("ascii").rstrip("\r\n").split(",")


def test_sbs_lines_have_22_fields_each_with_what_its_kind_carries() -> None:
    traffic, clock = sky(CESSNA, UNNAMED)
    clock.move(15.0)
    lines = [fields(line) for line in sbs_lines(traffic.heard(), clock.now(), 0)]
    assert {len(line) for line in lines} == {22}
    kinds = [(line[1], line[4]) for line in lines]
    assert kinds == [("1", "A1B2C3"), ("3", "A1B2C3"), ("4", "A1B2C3"), ("2", "00FF01")]
    named, placed, moving, on_ground = lines
    assert named[10] == "N172SP  "
    assert (placed[10], placed[11], placed[21]) == ("", "2275", "0")
    assert float(placed[14]) == pytest.approx(offset(HOME, 0.0, 1_000.0).latitude_deg, abs=1e-3)
    assert (moving[12], moving[13], moving[16], moving[14]) == ("97", "90", "-192", "")
    assert (on_ground[11], on_ground[21]) == ("", "-1")


def test_sbs_stamps_are_local_without_a_zone() -> None:
    traffic, clock = sky(CESSNA)
    clock.move(15.0)
    line = fields(next(sbs_lines(traffic.heard(), clock.now(), 1)))
    local = clock.now().astimezone()
    assert (line[6], line[7]) == (f"{local:%Y/%m/%d}", f"{local:%H:%M:%S}.000")
    assert line[8:10] == line[6:8]


def test_a_silent_aircraft_sends_no_line() -> None:
    traffic, clock = sky(UNNAMED)
    clock.move(20.5)
    assert list(sbs_lines(traffic.heard(), clock.now(), 0)) == []


async def test_the_feed_serves_many_and_survives_those_who_go(tmp_path: Path) -> None:
    traffic, clock = sky(CESSNA)
    clock.move(15.0)
    file = tmp_path / "aircraft.json"
    async with TrafficFeed(traffic, speed=20.0, aircraft_file=file, dialect="mutability") as feed:
        first = msgspec.json.decode(file.read_bytes())
        assert first["aircraft"][0]["altitude"] == 2_275
        reader, writer = await asyncio.open_connection("127.0.0.1", feed.sbs_port)
        _, rude = await asyncio.open_connection("127.0.0.1", feed.sbs_port)
        rude.write(b"GET / HTTP/1.1\r\n\r\n")
        rude.transport.abort()
        async with asyncio.timeout(5.0):
            seen = {(await reader.readline()).split(b",")[1] for _ in range(8)}
        assert seen <= {b"1", b"3", b"4"}
        assert {b"3", b"4"} <= seen
        clock.move(30.0)
        await eventually(lambda: msgspec.json.decode(file.read_bytes())["now"] > first["now"])
        writer.close()
    assert feed.sbs_port == 0
    assert os.listdir(tmp_path) == ["aircraft.json"]


async def test_a_file_that_cannot_be_written_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        async with TrafficFeed(sky(CESSNA)[0], aircraft_file=tmp_path / "no" / "aircraft.json"):
            pass


# --- on board ---------------------------------------------------------------------------------------


async def test_an_aircraft_tells_of_what_flies_around_it_and_what_of_that_is_known() -> None:
    far = msgspec.structs.replace(CESSNA, icao="ffffff", east_m=-30_000.0)
    traffic, clock = sky(CESSNA, UNNAMED, far)
    clock.move(15.0)
    async with on_air(traffic=traffic) as (_, station):
        plane = await station.until("ADSB_VEHICLE", lambda told: told.ICAO_address == 0xA1B2C3)
        assert plane.get_srcComponent() == mavlink.MAV_COMP_ID_ADSB
        assert plane.flags == 0b1_1011_1111 & ~mavlink.ADSB_FLAGS_SIMULATED
        assert (plane.altitude, plane.heading, plane.hor_velocity) == (695_000, 9_000, 5_000)
        assert (plane.ver_velocity, plane.squawk, plane.callsign) == (-100, 1200, "N172SP")
        assert plane.emitter_type == mavlink.ADSB_EMITTER_TYPE_LIGHT
        heli = await station.until("ADSB_VEHICLE", lambda told: told.ICAO_address == 0x00FF01)
        unknown = mavlink.ADSB_FLAGS_VALID_CALLSIGN | mavlink.ADSB_FLAGS_VALID_ALTITUDE
        assert not heli.flags & unknown
        clock.move(15.0)
        stale = await station.until("ADSB_VEHICLE", lambda told: told.tslc > 0)
        assert (stale.ICAO_address, stale.tslc) == (0x00FF01, 10)
        told = {m.ICAO_address for m in station.heard if m.get_type() == "ADSB_VEHICLE"}
        assert told == {0xA1B2C3, 0x00FF01}


async def test_without_traffic_there_is_no_receiver() -> None:
    async with on_air(SPEC) as (vehicle, station):
        await station.until("HEARTBEAT", lambda beat: beat.get_srcComponent() == 154)
        assert mavlink.MAV_COMP_ID_ADSB not in vehicle.payload.components


# --- in a scenario ----------------------------------------------------------------------------------

A_FLIGHT = """
[[traffic]]
icao = "{icao}"
callsign = "N172SP"
north_m = {north_m}
east_m = -3000
track_deg = 90
ground_speed_m_s = 50
altitude_amsl_m = 200
"""


def shipped_text() -> str:
    return (Path(load.__code__.co_filename).parent / "scenarios" / "first-flight.toml").read_text("utf-8")


def test_a_scenario_brings_traffic_and_says_what_is_wrong_with_it() -> None:
    text = shipped_text() + A_FLIGHT.format(icao="A1B2C3", north_m=0)
    assert [table.callsign for table in parse(text).traffic] == ["N172SP"]
    with pytest.raises(ScenarioError, match="a1b2c3 is used twice"):
        parse(text + A_FLIGHT.format(icao="a1b2c3", north_m=0))
    with pytest.raises(ScenarioError, match=r"traffic\[0\].*60 km"):
        parse(shipped_text() + A_FLIGHT.format(icao="A1B2C3", north_m=90_000))
    with pytest.raises(ScenarioError, match="icao"):
        parse(shipped_text() + A_FLIGHT.format(icao="XYZ", north_m=0))


@contextlib.asynccontextmanager
async def world(scenario: Path, *more: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, Ready]]:
    """`rtcc sitl world` as a process of its own, ready."""
    argv = ("-m", "rtcc_core.cli", "sitl", "world", "--scenario", str(scenario), "--speed", "20", *more)
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(sys.executable, *argv, stdin=pipe, stdout=pipe)
    try:
        assert process.stdout is not None
        async with asyncio.timeout(30.0):
            ready = read_line((await process.stdout.readline()).decode())
        assert isinstance(ready, Ready)
        yield process, ready
    finally:
        assert process.stdin is not None
        process.stdin.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(10.0):
                await process.communicate()
        if process.returncode is None:
            process.kill()
            await process.wait()


@pytest.mark.drill
async def test_the_world_tells_of_the_traffic_once_the_timeline_has_begun(tmp_path: Path) -> None:
    scenario, file = tmp_path / "mine.toml", tmp_path / "aircraft.json"
    scenario.write_text(shipped_text() + A_FLIGHT.format(icao="A1B2C3", north_m=0), "utf-8")
    port = str(free_udp_port())
    argv = ("--fleet-port", port, "--aircraft-file", str(file), "--aircraft-dialect", "mutability")
    async with world(scenario, *argv) as (process, ready):
        assert msgspec.json.decode(file.read_bytes())["aircraft"] == []
        assert ready.sbs_port is not None
        reader, writer = await asyncio.open_connection("127.0.0.1", ready.sbs_port)
        assert process.stdin is not None
        process.stdin.write(b"start\n")
        async with asyncio.timeout(10.0):
            assert b"A1B2C3" in await reader.readline()
        await eventually(lambda: bool(msgspec.json.decode(file.read_bytes())["aircraft"]))
        writer.close()
    assert process.returncode == 0
