"""`rtcc sitl …`: parts of the simulated world, one by one."""

from __future__ import annotations

import argparse
import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rtcc_sitl import cli_values, faults

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

HOME = (38.4088, -121.3716)
"""Where aircraft stand when nobody says where: the city of the shipped scenarios."""


def add(subparsers: Subparsers) -> None:
    """Register `rtcc sitl` and its parts."""
    parser = subparsers.add_parser(
        "sitl",
        help="parts of the simulated world, one by one",
        description="Parts of the simulated world, for trying one thing at a time.",
    )
    parts = parser.add_subparsers(title="parts", metavar="PART", required=True)
    _add_world(parts)
    _add_vehicles(parts)
    _add_fault(parts)
    _add_find(parts)
    _add_cad(parts)


# --- world ------------------------------------------------------------------------------------------


def _add_world(parts: Subparsers) -> None:
    world = parts.add_parser(
        "world",
        help="aircraft, CAD and wind of a scenario",
        description="The outside of a drill: its aircraft on the air, its CAD on a websocket. It says "
        "where they are as JSON on stdout, begins the timeline at a line `start` on stdin, ends with stdin.",
    )
    world.add_argument("--scenario", default="first-flight", metavar="NAME|FILE", help="what happens")
    world.add_argument(
        "--speed", type=cli_values.speed, default=1.0, metavar="N", help="times faster than life, 1 to 20"
    )
    world.add_argument("--seed", type=int, default=1, metavar="S", help="of gusts and sensors")
    world.add_argument(
        "--fleet-port", type=int, default=14550, metavar="PORT", help="UDP port of the ground station"
    )
    world.add_argument(
        "--epoch",
        type=cli_values.moment,
        metavar="TIME",
        help="ISO 8601: then the drill's clock agreed with the wall's",
    )
    world.add_argument("--weather-file", type=Path, metavar="FILE", help="where to keep writing the wind")
    world.add_argument(
        "--aircraft-file", type=Path, metavar="FILE", help="where to keep writing aircraft.json"
    )
    world.add_argument(
        "--aircraft-dialect",
        choices=("readsb", "mutability"),
        default="readsb",
        help="whose aircraft.json: readsb and dump1090-fa, or dump1090-mutability (default: readsb)",
    )
    cli_values.add_personality(world)
    world.add_argument("--control", type=Path, metavar="SOCKET", help="where it hears `rtcc sitl fault`")
    world.add_argument("--visitors", metavar="JSON", help="aircraft flown by others, as `sitl find` says")
    world.set_defaults(run=_world)


def _world(arguments: argparse.Namespace) -> int:
    import msgspec

    from rtcc_core.clocks import DrillClock
    from rtcc_sitl.layout import Visitor, lay_out
    from rtcc_sitl.scenario import ScenarioError, flown_by, load
    from rtcc_sitl.world import World

    visitors = None
    try:
        if arguments.visitors is not None:
            visitors = msgspec.json.decode(arguments.visitors, type=list[Visitor])
        layout = lay_out(flown_by(load(arguments.scenario), arguments.personality), visitors)
    except (ScenarioError, msgspec.DecodeError) as error:
        sys.stderr.write(f"rtcc sitl world: {error}\n")
        return 2
    epoch = arguments.epoch or datetime.now(UTC)

    async def run() -> None:
        world = World(
            layout,
            clock=DrillClock(arguments.speed, epoch, epoch),
            seed=arguments.seed,
            fleet_port=arguments.fleet_port,
            has_aircraft=visitors is None,
            weather_file=arguments.weather_file,
            control=arguments.control,
            aircraft_file=arguments.aircraft_file,
            aircraft_dialect=arguments.aircraft_dialect,
        )
        await world.run()

    try:
        asyncio.run(run())
    except OSError as error:
        sys.stderr.write(f"rtcc sitl world: {error}\n")
        return 2
    return 0


# --- vehicles ---------------------------------------------------------------------------------------


def _add_vehicles(parts: Subparsers) -> None:
    parser = parts.add_parser(
        "vehicles",
        help="simulated aircraft by themselves, for any ground station",
        description="Fly simulated aircraft that any MAVLink ground station, or a core with "
        '`connection = "udpin://…"` in its agency.toml, can use. Ctrl-C ends it.',
    )
    option = parser.add_argument
    option("--count", type=cli_values.fleet_size, default=1, metavar="N", help="how many (default: 1)")
    option("--speed", type=cli_values.speed, default=1.0, metavar="S", help="times faster than life, 1 to 20")
    cli_values.add_personality(parser, default="px4")
    option(
        "--home",
        type=cli_values.place,
        default=HOME,
        metavar="LAT,LON",
        help="the first pad, degrees; south of the equator --home=-33.8,151.2",
    )
    option("--home-amsl", type=float, default=0.0, metavar="M", help="height of the pads over sea level")
    parser.add_argument(
        "--to",
        type=cli_values.address,
        nargs="+",
        default=[("127.0.0.1", 14550)],
        metavar="HOST:PORT",
        help="UDP addresses of the ground stations (default: 127.0.0.1:14550)",
    )
    option("--first-sysid", type=int, default=1, metavar="ID", help="system id of the first (default: 1)")
    option("--seed", type=int, default=1, metavar="S", help="of gusts and sensors (default: 1)")
    option("--wind", type=float, default=0.0, metavar="M_S", help="a steady wind from the west (default: 0)")
    option("--without-orbit", action="store_true", help="DO_ORBIT is answered with `unsupported`")
    option("--without-payload", action="store_true", help="neither gimbal nor camera")
    option("--control", type=Path, metavar="SOCKET", help="where they hear `rtcc sitl fault --socket`")
    parser.set_defaults(run=_vehicles)


def _vehicles(arguments: argparse.Namespace) -> int:
    from rtcc_core.domain.geo import LatLon
    from rtcc_sitl import vehicles
    from rtcc_sitl.wind import Wind

    try:
        specs = vehicles.in_a_row(
            arguments.count,
            LatLon(*arguments.home),
            home_amsl_m=arguments.home_amsl,
            first_sysid=arguments.first_sysid,
            autopilot=arguments.personality or "px4",
            has_orbit=not arguments.without_orbit,
            has_payload=not arguments.without_payload,
        )
        wind = Wind(arguments.wind, 270.0)
    except ValueError as error:
        sys.stderr.write(f"rtcc sitl vehicles: {error}\n")
        return 2
    return vehicles.run(
        specs,
        to=arguments.to,
        speed=arguments.speed,
        seed=arguments.seed,
        wind=wind,
        control=arguments.control,
    )


# --- fault ------------------------------------------------------------------------------------------


def _add_fault(parts: Subparsers) -> None:
    parser = parts.add_parser(
        "fault",
        help="let something go wrong with an aircraft of a running drill",
        description="Let something go wrong with an aircraft of the newest running drill,\n"
        "e.g. `rtcc sitl fault D1 wind 12`.",
        epilog="faults:\n" + faults.described(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--state-dir", type=Path, metavar="DIR", help="of the drill (default: the newest one)")
    where.add_argument(
        "--socket", type=Path, metavar="SOCKET", help="the control door of a world or vehicles"
    )
    parser.add_argument("drone", metavar="DRONE", help="its callsign, or `all`")
    parser.add_argument("fault", metavar="FAULT", help="what goes wrong, see below")
    parser.add_argument("args", nargs="*", metavar="ARG", help="how, see below")
    parser.set_defaults(run=_fault)


def _fault(arguments: argparse.Namespace) -> int:
    from rtcc_sitl.control_door import Asked, find_door, knock
    from rtcc_sitl.stage import drills_folder

    try:
        faults.parse(arguments.fault, arguments.args)
        door = arguments.socket or find_door(drills_folder(), state_dir=arguments.state_dir)
        asked = Asked(drone=arguments.drone, fault=arguments.fault, args=tuple(arguments.args))
        answer = knock(door, asked)
    except (faults.FaultError, RuntimeError) as error:
        sys.stderr.write(f"rtcc sitl fault: {error}\n")
        return 2
    stream = sys.stdout if answer.ok else sys.stderr
    stream.write(f"{answer.text}\n" if answer.ok else f"rtcc sitl fault: {answer.text}\n")
    return 0 if answer.ok else 2


# --- find -------------------------------------------------------------------------------------------


def _add_find(parts: Subparsers) -> None:
    find = parts.add_parser(
        "find",
        help="which aircraft speak on a port",
        description="Listen for MAVLink aircraft with a position good enough to fly on; print them as JSON.",
    )
    find.add_argument("url", metavar="URL", help="a MAVSDK address, e.g. udpin://127.0.0.1:14550")
    find.add_argument("--count", type=int, default=1, metavar="N", help="how many to wait for (default: 1)")
    find.add_argument("--timeout", type=float, default=60.0, metavar="S", help="seconds (default: 60)")
    find.set_defaults(run=_find)


def _find(arguments: argparse.Namespace) -> int:
    from rtcc_sitl.visitors import print_visitors

    return asyncio.run(print_visitors(arguments.url, count=arguments.count, timeout_s=arguments.timeout))


# --- cad --------------------------------------------------------------------------------------------


def _add_cad(parts: Subparsers) -> None:
    cad = parts.add_parser(
        "cad",
        help="a CAD that replays real call history",
        description="A CAD on a websocket of this machine that sends the calls of a CSV file (also .gz) as "
        "they came, faster. It says its address as JSON; put it into [[cad]] url. The clock starts with the "
        "first subscriber. What cannot be used is counted by its reason.",
    )
    cad.add_argument("--calls", type=Path, required=True, metavar="FILE", help="CSV with a heading")
    cad.add_argument(
        "--columns",
        metavar="MAP",
        help="which column is which: time=Datetime,lat=Latitude,lon=Longitude,type=Type,address=Address,"
        "number=Number; left out for files that are known by their heading",
    )
    cad.add_argument("--zone", default="UTC", metavar="ZONE", help="of times without one: America/New_York")
    cad.add_argument("--speed", type=float, default=60.0, metavar="N", help="times faster than it happened")
    cad.add_argument("--start", type=cli_values.moment, metavar="TIME", help="ISO 8601; the first call")
    cad.add_argument("--hours", type=float, default=24.0, metavar="H", help="how much of it")
    cad.add_argument("--open-min", type=float, default=30.0, metavar="MIN", help="a call is closed after")
    cad.add_argument("--port", type=int, default=0, metavar="PORT", help="0 takes a free one")
    cad.add_argument("--wait", type=float, default=600.0, metavar="S", help="for the first subscriber")
    cad.set_defaults(run=_run_cad)


def _run_cad(arguments: argparse.Namespace) -> int:
    from datetime import timedelta

    from rtcc_sitl.call_history import HistoryError, read_columns, read_history
    from rtcc_sitl.history_cad import replay

    if not (arguments.speed > 0 and arguments.hours > 0 and arguments.open_min > 0):
        sys.stderr.write("rtcc sitl cad: speed, hours and minutes are more than 0\n")
        return 2
    try:
        history = read_history(
            arguments.calls,
            columns=read_columns(arguments.columns) if arguments.columns else None,
            zone=arguments.zone,
            start=arguments.start,
            length=timedelta(hours=arguments.hours),
        )
        return asyncio.run(
            replay(
                history,
                speed=arguments.speed,
                open_for=timedelta(minutes=arguments.open_min),
                port=arguments.port,
                wait_s=arguments.wait,
            )
        )
    except (HistoryError, OSError) as error:
        sys.stderr.write(f"rtcc sitl cad: {error}\n")
        return 2
    except KeyboardInterrupt:
        return 130
