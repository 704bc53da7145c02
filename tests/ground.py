"""A ground station made of pymavlink alone, and a simulated aircraft on the air for it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

from pymavlink.dialects.v20 import common as mavlink

from rtcc_core.domain.geo import LatLon
from rtcc_sitl.air_traffic import AirTraffic
from rtcc_sitl.px4 import Command
from rtcc_sitl.vehicle import SimVehicle, VehicleSpec

HOME = LatLon(47.4, 8.54)
SPEC = VehicleSpec(7, "D7", HOME, home_amsl_m=400.0)
BARE = VehicleSpec(7, "D7", HOME, home_amsl_m=400.0, gimbal=False, camera=False)
DEADLINE_S = 5.0


class Station(asyncio.DatagramProtocol):
    """A ground station: keeps every message it hears."""

    def __init__(self) -> None:
        self.heard: list[Any] = []
        self.codec = mavlink.MAVLink(None, srcSystem=245, srcComponent=190)
        self.parser = mavlink.MAVLink(None)
        self.parser.robust_parsing = True
        self.peer: tuple[str, int] = ("127.0.0.1", 9)
        self.transport: asyncio.DatagramTransport | None = None

    def datagram_received(self, data: bytes, address: tuple[str | Any, int]) -> None:
        self.peer = address
        self.heard += self.parser.parse_buffer(data) or []

    def send(self, message: Any) -> None:
        self.send_bytes(message.pack(self.codec))

    def send_bytes(self, data: bytes) -> None:
        assert self.transport is not None
        self.transport.sendto(data, self.peer)

    def command(self, command: int, *params: float, component: int = 1) -> None:
        every = [*params, *[0.0] * (7 - len(params))]
        self.send(mavlink.MAVLink_command_long_message(7, component, command, 0, *every))

    async def until(self, kind: str, test: Callable[[Any], bool] = lambda message: True) -> Any:
        """The first message of a kind, heard from now on, that passes the test."""
        begin = len(self.heard)
        async with asyncio.timeout(DEADLINE_S):
            while True:
                for message in self.heard[begin:]:
                    if message.get_type() == kind and test(message):
                        return message
                begin = max(begin, len(self.heard))
                await asyncio.sleep(0.01)

    async def result_of(self, command: int, *params: float, component: int = 1) -> int:
        """How a component answers a command."""

        def is_answer(ack: Any) -> bool:
            return bool(ack.command == command and ack.get_srcComponent() == component)

        ack = asyncio.create_task(self.until("COMMAND_ACK", is_answer))
        await asyncio.sleep(0)
        self.command(command, *params, component=component)
        return int((await ack).result)

    async def answer_to(self, number: int, kind: str, *, component: int) -> Any:
        """The message that a component sends when it is asked for."""
        wanted = asyncio.create_task(self.until(kind))
        await asyncio.sleep(0)
        self.command(Command.REQUEST_MESSAGE, number, component=component)
        return await wanted


@contextlib.asynccontextmanager
async def on_air(
    spec: VehicleSpec = SPEC, speed: float = 20.0, traffic: AirTraffic | None = None
) -> AsyncIterator[tuple[SimVehicle, Station]]:
    """A simulated aircraft, system id 7, and a ground station that has heard it."""
    loop = asyncio.get_running_loop()
    transport, station = await loop.create_datagram_endpoint(Station, local_addr=("127.0.0.1", 0))
    station.transport = transport
    here = transport.get_extra_info("sockname")[:2]
    vehicle = SimVehicle(spec, gcs_address=here, speed=speed, seed=3, traffic=traffic)
    await vehicle.start()
    try:
        await station.until("HEARTBEAT")
        yield vehicle, station
    finally:
        await vehicle.stop()
        transport.close()


async def eventually(holds: Callable[[], bool]) -> None:
    """Wait for a condition; TimeoutError when it does not come."""
    async with asyncio.timeout(DEADLINE_S):
        while True:
            if holds():
                return
            await asyncio.sleep(0.01)
