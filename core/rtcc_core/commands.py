"""`rtcc core`: from the command line and agency.toml to a running core."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import random
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rtcc_core import __version__
from rtcc_core.adapters.running_drills import runtime_folder
from rtcc_core.memory import look_less_often

if TYPE_CHECKING:
    from rtcc_core.adapters.airspace_files import AirspaceFiles
    from rtcc_core.adapters.assets_files import AssetsFiles
    from rtcc_core.adapters.map_files import MapFiles
    from rtcc_core.adapters.street_files import StreetFiles
    from rtcc_core.adapters.traffic_feeds import TrafficFeeds
    from rtcc_core.daemon import Plan
    from rtcc_core.ports import CallFeed, Clock, FactSink, Look, Places, Teller
    from rtcc_core.settings import DrillTime, Settings

    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

SOCKET_NAME = "core.sock"
JOURNAL_NAME = "journal.db"

log = logging.getLogger(__name__)


def core(subparsers: Subparsers) -> None:
    """Register `rtcc core`."""
    parser = subparsers.add_parser(
        "core",
        help="run the service that owns the aircraft and the journal",
        description="The core: takes calls from CAD, carries orders to aircraft, writes everything down. "
        "It runs until it gets SIGTERM or Ctrl-C; aircraft then keep flying what they last accepted.",
    )
    parser.add_argument(
        "--settings", type=Path, required=True, metavar="FILE", help="the agency's agency.toml"
    )
    parser.add_argument(
        "--state-dir", type=Path, metavar="DIR", help="where the journal lives (default: per user)"
    )
    parser.add_argument("--socket", type=Path, metavar="PATH", help="where consoles connect")
    parser.add_argument(
        "--exit-with-stdin",
        action="store_true",
        help="stop when stdin ends, so that it never outlives who started it",
    )
    parser.set_defaults(run=_run)


def default_state_dir() -> Path:
    """RTCC_STATE_DIR, else of root /var/lib/rtcc, of anyone else in their XDG state directory."""
    if named := os.environ.get("RTCC_STATE_DIR"):
        return Path(named)
    if os.geteuid() == 0:
        return Path("/var/lib/rtcc")
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "rtcc"


def default_socket() -> Path:
    """RTCC_SOCKET, else in the runtime directory, else one per user under /tmp; consoles look there too."""
    if named := os.environ.get("RTCC_SOCKET"):
        return Path(named)
    return runtime_folder() / SOCKET_NAME


def _run(arguments: argparse.Namespace) -> int:
    # Here, not above: `rtcc --help` must not wait for the aircraft library.
    from rtcc_core.daemon import run_core
    from rtcc_core.settings import SettingsError, read_settings

    try:
        plan = make_plan(
            read_settings(arguments.settings),
            state_dir=arguments.state_dir,
            socket_path=arguments.socket,
            exit_with_stdin=arguments.exit_with_stdin,
        )
        _log_to_stderr()
        asyncio.run(run_core(plan, on_ready=lambda: _say_ready(plan.socket_path)))
    except SettingsError as error:
        sys.stderr.write(f"rtcc core: {arguments.settings} cannot be used\n{error}\n")
        return 2
    except OSError as error:
        sys.stderr.write(f"rtcc core: {error}\n")
        return 1
    return 0


def _log_to_stderr() -> None:
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    logging.getLogger("websockets").setLevel(logging.WARNING)


def make_plan(
    settings: Settings, *, state_dir: Path | None, socket_path: Path | None, exit_with_stdin: bool
) -> Plan:
    """What agency.toml and the command line ask for. Makes the directories; raises OSError."""
    from rtcc_core.adapters.mavsdk_fleet import MavsdkFleet
    from rtcc_core.adapters.unix_socket import closed_folder, make_folder
    from rtcc_core.daemon import Plan
    from rtcc_core.domain.facts import CoreCameUp
    from rtcc_core.records.past import JournalPast

    state = state_dir or default_state_dir()
    beside_state = state_dir / SOCKET_NAME if state_dir else default_socket()
    socket = socket_path or settings.console_socket or beside_state
    make_folder(socket, settings.console_group)
    state.mkdir(mode=0o750, parents=True, exist_ok=True)
    if settings.console_group and (closed := closed_folder(socket, settings.console_group)):
        log.warning("nobody of %s can open a console: %s is closed to them", settings.console_group, closed)
    clock = clock_of(settings.drill)
    traffic = traffic_of(settings)
    streets = streets_of(settings)
    journal_path = settings.journal_path or state / JOURNAL_NAME
    return Plan(
        came_up=CoreCameUp(
            version=__version__,
            programme=settings.programme,
            sites=settings.sites,
            drones=settings.drones,
            people=settings.people,
        ),
        clock=clock,
        journal_path=journal_path,
        socket_path=socket,
        socket_group=settings.console_group,
        pin_path=settings.pin_file,
        fleet=lambda sink: MavsdkFleet(
            settings.connection,
            settings.drones,
            settings.programme,
            sink,
            on_adsb=traffic.take_adsb_vehicle,
        ),
        feeds=lambda sink: _feeds(settings, sink, clock, streets),
        tellers=lambda look, sink: _tellers(settings, look, sink, clock),
        traffic=traffic,
        places=streets,
        maps=maps_of(settings),
        past=JournalPast(journal_path),
        drill_note=settings.drill.note if settings.drill else None,
        exit_with_stdin=exit_with_stdin,
    )


def clock_of(drill: DrillTime | None) -> Clock:
    """The machine's own clock, or the drill's."""
    from rtcc_core.clocks import DrillClock, SystemClock

    if drill is None:
        return SystemClock()
    wall = drill.started_at_wall or datetime.now(UTC)
    return DrillClock(drill.speed, wall, drill.started_at_drill or wall)


def _feeds(settings: Settings, sink: FactSink, clock: Clock, places: Places) -> Sequence[CallFeed]:
    from rtcc_core.adapters.weather_file import WeatherFile

    feeds: list[CallFeed] = [*_call_feeds(settings, sink, clock, places)]
    if settings.airspace:
        feeds.append(airspace_of(settings, sink, clock))
    if settings.assets:
        feeds.append(assets_of(settings, sink))
    if settings.weather_file is not None:
        feeds.append(WeatherFile(settings.weather_file, sink, clock))
    return feeds


def _call_feeds(settings: Settings, desk: FactSink, clock: Clock, places: Places) -> Sequence[CallFeed]:
    """The feeds of calls, whose addresses and location links are followed up on the way to the desk."""
    if not settings.cad and settings.listener is None and not settings.ticketscad:
        return []
    from rtcc_core.cad_plan import eido_feeds
    from rtcc_core.place_plan import place_finder

    finder = place_finder(settings, desk, places)
    feeds: list[CallFeed] = [finder]
    if settings.cad:
        feeds += eido_feeds(settings, finder, clock)
    return [*feeds, *_pushed(settings, desk, finder, clock)]


def _pushed(settings: Settings, desk: FactSink, sink: FactSink, clock: Clock) -> Sequence[CallFeed]:
    """What others push to us, and TicketsCAD. Raises OSError for a secret or certificate that is unusable."""
    if settings.listener is None and not settings.ticketscad:
        return []
    from rtcc_core.desk import Desk
    from rtcc_core.domain.state import State
    from rtcc_core.push_plan import push_feeds

    def recall() -> State:
        return desk.state if isinstance(desk, Desk) else State()

    return push_feeds(settings, sink, clock, recall)


def traffic_of(settings: Settings) -> TrafficFeeds:
    """The receivers of [[traffic]]. Raises OSError for a certificate that cannot be used."""
    from rtcc_core.adapters.traffic_feeds import TrafficFeeds, TrafficFeedSettings

    return TrafficFeeds(
        [
            TrafficFeedSettings(
                name=each.name, file=each.file, url=each.url, sbs=each.sbs, ca_file=each.ca_file
            )
            for each in settings.traffic
        ],
        around=[site.position for site in settings.sites],
        jitter=random.Random(),
        pace=settings.programme.drill_speed,
    )


def airspace_of(settings: Settings, sink: FactSink, clock: Clock) -> AirspaceFiles:
    """The reader of the agency's airspace files."""
    from rtcc_core.adapters.airspace_files import AirspaceFiles  # loads the geometry library

    sites = [site.position for site in settings.sites]
    return AirspaceFiles(
        [(each.kind, each.file) for each in settings.airspace],
        sink,
        clock,
        centre=settings.programme.centre or sites[0],
        sites=sites,
    )


def assets_of(settings: Settings, sink: FactSink) -> AssetsFiles:
    """The reader of the agency's files of cameras, readers, sensors and posts."""
    from rtcc_core.adapters.assets_files import AssetsFiles

    near = settings.programme.centre or settings.sites[0].position
    return AssetsFiles([table.file for table in settings.assets], sink, near=near)


def streets_of(settings: Settings) -> StreetFiles:
    """The agency's street files, not read yet."""
    from rtcc_core.adapters.street_files import StreetFile, StreetFiles

    files = [StreetFile(file=table.file, keys=table.keys) for table in settings.streets]
    return StreetFiles(files, near=settings.programme.centre or settings.sites[0].position)


def maps_of(settings: Settings) -> MapFiles:
    """The map for the consoles, not read yet."""
    from rtcc_core.adapters.map_files import MapFiles
    from rtcc_core.adapters.street_files import StreetFile

    streets = [StreetFile(file=table.file, keys=table.keys) for table in settings.streets]
    return MapFiles(settings.map_file, streets)


def _tellers(settings: Settings, look: Look, sink: FactSink, clock: Clock) -> Sequence[Teller]:
    tellers: list[Teller] = []
    if settings.tak is not None:
        from rtcc_core.adapters.tak import TakFeed

        tellers.append(TakFeed(settings.tak, look, jitter=random.Random()))
    if settings.notifier is not None:
        from rtcc_core.cad_plan import notifiers

        tellers += notifiers(settings, look, sink, clock)
    return tellers


def _say_ready(socket_path: Path) -> None:
    look_less_often()
    sys.stderr.write(f"core ready pid={os.getpid()} socket={socket_path}\n")
    sys.stderr.flush()
