"""The outside world of a drill in one process: aircraft on the air, CAD on its socket, wind and air traffic.

Started by `rtcc drill` and the bench, or by hand as `rtcc sitl world`. It says on stdout, one JSON object a
line, that it is ready, when CAD sent something, which commands the aircraft received and when the timeline
is over. The timeline begins with a line `start` on stdin; the world ends when stdin closes, so it never
outlives who started it. Times are CLOCK_MONOTONIC, which all processes of one machine share.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from rtcc_core.clocks import DrillClock
from rtcc_sitl.air_picture import Dialect
from rtcc_sitl.air_traffic import AirTraffic
from rtcc_sitl.airframe import LocalFrame
from rtcc_sitl.cad_server import SimCad
from rtcc_sitl.control_door import Asked, ControlDoor
from rtcc_sitl.fault_effects import strike
from rtcc_sitl.fault_timing import may_strike
from rtcc_sitl.faults import EVERYBODY, FaultError, WindChange
from rtcc_sitl.faults import parse as parse_fault
from rtcc_sitl.hangar import Hangar, VehicleSpec, Wind
from rtcc_sitl.layout import Layout
from rtcc_sitl.scenario_tables import FaultTable
from rtcc_sitl.timeline import moments, report_at, troubles
from rtcc_sitl.traffic_feed import TrafficFeed
from rtcc_sitl.wind_field import WindField, Zone

HOST = "127.0.0.1"
LOOK_EVERY_S = 0.02
"""Wall seconds between two looks at what the aircraft received; their own times are exact."""
SUBSCRIBED_WITHIN_S = 10.0
WEATHER_EVERY_S = 600.0
"""Drill seconds between two observations of the wind."""


class Line(msgspec.Struct, frozen=True, kw_only=True, tag_field="line"):
    """Base of what the world says."""


class Ready(Line, frozen=True, kw_only=True, tag="ready"):
    """Everything is on the air."""

    ready: bool = True
    cad_url: str
    vehicles: tuple[str, ...]
    sbs_port: int | None = None
    """TCP port on this machine where the traffic is told as SBS-1."""


class Began(Line, frozen=True, kw_only=True, tag="began"):
    """The timeline's time zero, by the drill's clock."""

    at: datetime


class CadSent(Line, frozen=True, kw_only=True, tag="cad"):
    """CAD put the state of a call on the wire; `is_first` for its first time."""

    number: str
    is_first: bool
    at_s: float


class CommandSeen(Line, frozen=True, kw_only=True, tag="command"):
    """An aircraft received a COMMAND_LONG or COMMAND_INT."""

    drone: str
    name: str
    at_s: float


class TimelineOver(Line, frozen=True, kw_only=True, tag="over"):
    """CAD has said everything it will say, and everything that was to go wrong did."""


class FaultBegan(Line, frozen=True, kw_only=True, tag="fault"):
    """Something goes wrong with an aircraft, or with `all`, from `at` of the drill's clock on."""

    drone: str
    fault: str
    args: tuple[str, ...] = ()
    at: datetime
    at_s: float


AnyLine = Ready | Began | CadSent | CommandSeen | FaultBegan | TimelineOver
_lines: msgspec.json.Decoder[AnyLine] = msgspec.json.Decoder(AnyLine)


def read_line(text: str) -> AnyLine | None:
    """What a line of the world's stdout says; None for one that is not ours."""
    with contextlib.suppress(msgspec.DecodeError, ValueError):
        return _lines.decode(text)
    return None


class World:
    """A laid-out scenario, running. `run` returns when its stdin closes."""

    def __init__(
        self,
        layout: Layout,
        *,
        clock: DrillClock,
        seed: int,
        fleet_port: int,
        has_aircraft: bool = True,
        weather_file: Path | None = None,
        control: Path | None = None,
        aircraft_file: Path | None = None,
        aircraft_dialect: Dialect = "readsb",
    ) -> None:
        self._layout = layout
        self._clock = clock
        self._weather_file = weather_file
        self._control = control
        self._wind = scenario_wind(layout)
        self._traffic = scenario_traffic(layout, clock)
        self._feed = TrafficFeed(
            self._traffic, speed=clock.speed, aircraft_file=aircraft_file, dialect=aircraft_dialect
        )
        self._hangar = Hangar(
            vehicle_specs(layout) if has_aircraft else (),
            gcs_address=(HOST, fleet_port),
            speed=clock.speed,
            seed=seed,
            wind=self._wind,
            field=scenario_wind_field(layout, seed=seed),
            epoch=clock.now(),
            traffic=self._traffic if len(self._traffic) else None,
        )
        self._cad = SimCad()
        self._start = asyncio.Event()
        self._end = asyncio.Event()

    async def run(self) -> None:
        """Be there, follow the timeline once told to, and go in order."""
        close_stdin = await _follow_stdin(self._hear, self._end.set)
        try:
            self._write_weather()
            async with self._hangar, self._cad, self._feed, self._door():
                say(self._ready())
                tasks = [
                    asyncio.create_task(self._follow_timeline(), name="timeline"),
                    asyncio.create_task(self._report_commands(), name="commands"),
                    asyncio.create_task(self._observe_wind(), name="wind"),
                ]
                try:
                    await self._end.wait()
                finally:
                    for task in tasks:
                        task.cancel()
                    await asyncio.gather(*tasks, return_exceptions=True)
        finally:
            close_stdin()

    def _ready(self) -> Ready:
        callsigns = tuple(vehicle.spec.callsign for vehicle in self._hangar)
        return Ready(cad_url=self._cad.url, vehicles=callsigns, sbs_port=self._feed.sbs_port)

    def _hear(self, line: str) -> None:
        if line.strip() == "start":
            self._start.set()

    # --- CAD --------------------------------------------------------------------------------------------

    async def _follow_timeline(self) -> None:
        await self._start.wait()
        started_at, started_s = self._clock.now(), time.monotonic()
        self._traffic.begin()
        say(Began(at=started_at))
        async with asyncio.TaskGroup() as troubled:
            for faults in troubles(self._layout):
                troubled.create_task(self._let_fail(faults, started_s), name=f"faults {faults[0].drone}")
            await self._let_cad_speak(started_at, started_s)
        say(TimelineOver())

    async def _until(self, at_s: float, started_s: float) -> None:
        """Wait until so many drill seconds after the start, at `started_s` of the monotonic clock."""
        await asyncio.sleep(max(0.0, started_s + at_s / self._clock.speed - time.monotonic()))

    async def _let_cad_speak(self, started_at: datetime, started_s: float) -> None:
        known: set[str] = set()
        for moment in moments(self._layout):
            await self._until(moment.at_s, started_s)
            if moment.raw is not None:
                await self._until_subscribed()
                await self._cad.send_raw(moment.raw)
            if moment.call is not None:
                report = report_at(self._layout, moment.call, moment.at_s, started_at)
                number = moment.call.number
                at_s = time.monotonic()
                await self._cad.publish(report)
                say(CadSent(number=number, is_first=number not in known, at_s=at_s))
                known.add(number)

    async def _until_subscribed(self) -> None:
        """A broken frame is not repeated in a snapshot: somebody must be there to hear it."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SUBSCRIBED_WITHIN_S):
                await self._cad.wait_for(lambda: self._cad.is_subscribed)

    # --- aircraft ---------------------------------------------------------------------------------------

    async def _report_commands(self) -> None:
        told = {vehicle.spec.callsign: 0 for vehicle in self._hangar}
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            for vehicle in self._hangar:
                callsign, received = vehicle.spec.callsign, vehicle.commands
                for command in received[told[callsign] :]:
                    say(CommandSeen(drone=callsign, name=command.name, at_s=command.at_monotonic_s))
                told[callsign] = len(received)

    # --- what goes wrong --------------------------------------------------------------------------------

    def _door(self) -> contextlib.AbstractAsyncContextManager[object]:
        return contextlib.nullcontext() if self._control is None else ControlDoor(self._control, self._strike)

    async def _strike(self, asked: Asked) -> str:
        fault = parse_fault(asked.fault, asked.args)
        drone = await strike(self._hangar, asked.drone, fault)
        if drone == EVERYBODY and isinstance(fault, WindChange):
            usual = scenario_wind(self._layout)
            self._wind = usual if fault.speed_m_s is None else fault.over(self._wind)
            self._write_weather()
        began = FaultBegan(
            drone=drone, fault=asked.fault, args=asked.args, at=self._clock.now(), at_s=time.monotonic()
        )
        say(began)
        return " ".join([began.drone, began.fault, *began.args])

    async def _let_fail(self, faults: list[FaultTable], started_s: float) -> None:
        """The faults of one aircraft, one after the other, each when it is due."""
        before_s = self._hangar.clock.elapsed_s
        for table in faults:
            await self._until(table.at_s, started_s)
            await self._until_it_may(table, before_s)
            await self._strike_on_time(table)
            before_s = self._hangar.clock.elapsed_s

    async def _until_it_may(self, table: FaultTable, before_s: float) -> None:
        while True:
            if may_strike(table, self._hangar, before_s=before_s):
                return
            await asyncio.sleep(LOOK_EVERY_S)

    async def _strike_on_time(self, table: FaultTable) -> None:
        try:
            await self._strike(Asked(drone=table.drone, fault=table.fault, args=table.words))
        except FaultError as error:
            sys.stderr.write(f"at {table.at_s:g} s: {error}\n")

    # --- the wind ---------------------------------------------------------------------------------------

    async def _observe_wind(self) -> None:
        while True:
            await asyncio.sleep(WEATHER_EVERY_S / self._clock.speed)
            self._write_weather()

    def _write_weather(self) -> None:
        if self._weather_file is None:
            return
        wind = self._wind
        observation = {
            "wind_speed_m_s": wind.speed_m_s,
            "wind_from_deg": wind.from_deg,
            "observed_at": self._clock.now() - timedelta(seconds=1),
        }
        if wind.gust_m_s is not None:
            observation["gust_m_s"] = wind.gust_m_s
        aside = self._weather_file.with_name(self._weather_file.name + ".new")
        aside.write_bytes(msgspec.json.encode(observation))
        os.replace(aside, self._weather_file)


def vehicle_specs(layout: Layout) -> list[VehicleSpec]:
    """The scenario's aircraft as the hangar takes them."""
    return [
        VehicleSpec(
            sysid=pad.drone.sysid,
            callsign=pad.drone.callsign,
            home=pad.home,
            home_amsl_m=pad.home_amsl_m,
            battery_fraction=pad.battery,
            endurance_min=pad.drone.endurance_min,
            cruise_m_s=pad.drone.cruise_speed_m_s,
            climb_m_s=pad.drone.climb_speed_m_s,
            descent_m_s=pad.drone.descent_speed_m_s,
            autopilot=pad.autopilot,
            has_orbit=pad.has_orbit,
            gimbal=pad.has_gimbal,
            camera=pad.has_camera,
        )
        for pad in layout.pads
    ]


def scenario_traffic(layout: Layout, clock: DrillClock) -> AirTraffic:
    """The scenario's manned aircraft, none of them in the air yet."""
    scenario = layout.scenario
    ground_amsl_m = scenario.city.ground_amsl_m
    return AirTraffic(scenario.traffic, centre=layout.centre, ground_amsl_m=ground_amsl_m, now=clock.now)


def scenario_wind(layout: Layout) -> Wind:
    """The wind of the scenario's city."""
    city = layout.scenario.city
    return Wind(city.wind_speed_m_s, city.wind_from_deg, city.gust_m_s)


def scenario_wind_field(layout: Layout, *, seed: int) -> WindField | None:
    """How that wind differs by height, place and time; None where the scenario says nothing of it."""
    city, tables = layout.scenario.city, layout.scenario.wind_zone
    if not (city.wind_shear or city.wind_variation or tables):
        return None
    frame, zones = LocalFrame(layout.centre), []
    for table in tables:
        place = layout.place(table) or layout.centre
        wind = Wind(table.wind_speed_m_s, table.wind_from_deg, table.gust_m_s)
        zones.append(Zone(*frame.to_local(place), table.radius_m, wind))
    return WindField(
        layout.centre,
        scenario_wind(layout),
        shear=city.wind_shear,
        variation=city.wind_variation,
        zones=zones,
        seed=seed,
    )


def say(line: Line) -> None:
    """One line on stdout; if nobody listens any more, stdin is about to close."""
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.write(msgspec.json.encode(line).decode() + "\n")
        sys.stdout.flush()


async def _follow_stdin(on_line: Callable[[str], None], on_end: Callable[[], None]) -> Callable[[], None]:
    """Call back for every line of stdin and at its end; returns what closes it."""

    class Reader(asyncio.Protocol):
        def __init__(self) -> None:
            self._kept = b""

        def data_received(self, data: bytes) -> None:
            *lines, self._kept = (self._kept + data).split(b"\n")
            for line in lines:
                on_line(line.decode("utf-8", "replace"))

        def connection_lost(self, exc: Exception | None) -> None:
            on_end()

    transport, _ = await asyncio.get_running_loop().connect_read_pipe(Reader, sys.stdin)
    return transport.close
