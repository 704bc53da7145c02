"""Simulated aircraft by themselves, and what goes wrong with them on request."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path

import pytest
from pymavlink.dialects.v20 import common as mavlink

from rtcc_core.domain.geo import LatLon, distance_m
from rtcc_sitl.vehicle import VehicleSpec
from rtcc_sitl.vehicles import in_a_row, serve

HOME = LatLon(47.4, 8.54)
DEADLINE_S = 15.0


class Station:
    """A ground station's port: what arrived there, parsed."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.setblocking(False)
        self._parser = mavlink.MAVLink(None)
        self._parser.robust_parsing = True

    @property
    def address(self) -> tuple[str, int]:
        host, port = self.socket.getsockname()
        return host, port

    async def hears(self, holds: Callable[[mavlink.MAVLink_message], bool]) -> None:
        """Wait for a message."""
        async with asyncio.timeout(DEADLINE_S):
            while True:
                frame = await asyncio.get_running_loop().sock_recv(self.socket, 2_000)
                if any(holds(message) for message in self._parser.parse_buffer(frame) or []):
                    return


@pytest.fixture
def station() -> Iterator[Station]:
    found = Station()
    yield found
    found.socket.close()


@pytest.fixture
def home() -> Iterator[Path]:
    """A home whose paths are short enough for sockets."""
    with tempfile.TemporaryDirectory(prefix="rtcc-") as folder:
        yield Path(folder)


@contextlib.asynccontextmanager
async def served(
    specs: Sequence[VehicleSpec], *stations: Station, control: Path | None = None
) -> AsyncIterator[None]:
    task = asyncio.create_task(serve(specs, to=[each.address for each in stations], control=control))
    try:
        yield
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def rtcc(*words: str, home: Path) -> tuple[int, str]:
    """Run the command; its exit code and all it said."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "rtcc_core.cli", "sitl", *words),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={"HOME": str(home), "PATH": "/usr/bin:/bin"},
    )
    out, _ = await asyncio.wait_for(process.communicate(), DEADLINE_S)
    return process.returncode or 0, out.decode()


def test_they_stand_in_a_row_with_a_system_id_each() -> None:
    specs = in_a_row(3, HOME, first_sysid=11, autopilot="ardupilot", has_orbit=False, has_payload=False)
    assert [(each.sysid, each.callsign, each.autopilot) for each in specs] == [
        (11, "D1", "ardupilot"),
        (12, "D2", "ardupilot"),
        (13, "D3", "ardupilot"),
    ]
    assert 4.0 < distance_m(specs[0].home, specs[1].home) < 6.0
    assert not any(each.has_orbit or each.gimbal or each.camera for each in specs)
    with pytest.raises(ValueError, match="system id 255"):
        in_a_row(2, HOME, first_sysid=254)


async def test_every_ground_station_is_spoken_to_until_the_end() -> None:
    one, other = Station(), Station()
    try:
        async with served(in_a_row(2, HOME), one, other):
            for each in (one, other):
                await each.hears(lambda message: message.get_srcSystem() == 2)
    finally:
        one.socket.close()
        other.socket.close()


async def test_a_fault_by_command_reaches_the_aircraft(station: Station, home: Path) -> None:
    door = home / "world.sock"
    async with served(in_a_row(2, HOME), station, control=door):
        await station.hears(lambda message: message.get_type() == "HEARTBEAT")
        assert stat.S_IMODE(door.stat().st_mode) == 0o600
        told = await rtcc("fault", "--socket", str(door), "d2", "sysid", "77", home=home)
        assert told == (0, "D2 sysid 77\n")
        await station.hears(lambda message: message.get_srcSystem() == 77)
        told = await rtcc("fault", "--state-dir", str(home), "all", "wind", "12", home=home)
        assert told == (0, "all wind 12\n")
    assert not door.exists()


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["D9", "gps"], "there is no aircraft 'D9'; aircraft: D1, or all"),
        (["D1", "fire"], "there is no fault 'fire'; faults: gps, link"),
        (["D1", "battery", "12"], "the charge left is a number from 0 to 1"),
        (["D1", "rtl"], "D1 does not fly"),
        (["D1", "gimbal"], "carries no gimbal"),
    ],
)
async def test_what_cannot_be_is_told_in_words_and_ends_with_two(
    words: list[str], why: str, station: Station, home: Path
) -> None:
    door = home / "world.sock"
    async with served(in_a_row(1, HOME, has_payload=False), station, control=door):
        await station.hears(lambda message: message.get_type() == "HEARTBEAT")
        code, said = await rtcc("fault", "--socket", str(door), *words, home=home)
        assert code == 2
        assert why in said


async def test_the_newest_running_drill_is_found_and_none_is_said(station: Station, home: Path) -> None:
    drills = home / ".local" / "state" / "rtcc" / "drills"
    for name in ("20260301-a", "20260302-b"):
        (drills / name).mkdir(parents=True)
    (drills / "20260302-b" / "world.sock").touch()  # of a drill that was killed
    code, said = await rtcc("fault", "D1", "gps", home=home)
    assert (code, "no drill runs under" in said) == (2, True)
    async with served(in_a_row(1, HOME), station, control=drills / "20260301-a" / "world.sock"):
        await station.hears(lambda message: message.get_type() == "HEARTBEAT")
        assert await rtcc("fault", "D1", "gps", home=home) == (0, "D1 gps\n")


async def test_noise_at_the_door_is_answered_and_harms_nobody(station: Station, home: Path) -> None:
    door = home / "world.sock"
    async with served(in_a_row(1, HOME), station, control=door):
        await station.hears(lambda message: message.get_type() == "HEARTBEAT")
        reader, writer = await asyncio.open_unix_connection(door)
        writer.write(b'{"drone": 3}\n\xff\xfe\n')
        for _ in range(2):
            assert b'"ok":false' in await asyncio.wait_for(reader.readline(), DEADLINE_S)
        writer.write(b"x" * 50_000 + b"\n")
        assert await asyncio.wait_for(reader.read(), DEADLINE_S) == b""
        writer.close()
        with pytest.raises(OSError, match="another world listens"):
            await serve(in_a_row(1, HOME), to=[station.address], control=door)
        assert (await rtcc("fault", "--socket", str(door), "D1", "gps", home=home))[0] == 0
