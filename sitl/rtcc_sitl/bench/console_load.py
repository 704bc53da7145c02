"""The console bench's core, in a process of its own: the real desk, journal, watch, outbox and console
socket, with so many open calls and so many aircraft in flight.

It says one JSON object a line: `{"ready": …}` when the calls are open and the aircraft are told to fly,
`{"welcomed": client, "at_s": …}` for each console let in, `{"gone": client, "at_s": …}` for each that went,
`{"call": number, "at_s": …}` for each call stored on its way to the consoles. At a line `calls on` or `calls
off` on stdin it opens new ones or leaves it; at `pulse` it says how long each console took to answer a ping
since the last time, milliseconds. It ends with its stdin.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import secrets
import sys
import time
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from msgspec.structs import replace
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from rtcc_core.adapters.console_server import ConsoleServer
from rtcc_core.adapters.sqlite_journal import SqliteJournal, open_journal
from rtcc_core.clocks import SystemClock
from rtcc_core.desk import Desk
from rtcc_core.domain.call import CallReport, CallStatus, Note, Place, PlaceKind, Unit
from rtcc_core.domain.commands import LaunchDrone
from rtcc_core.domain.drone import Drone, Site
from rtcc_core.domain.facts import CallReported, CoreCameUp, FeedConnected, WeatherReported
from rtcc_core.domain.geo import LatLon, offset
from rtcc_core.domain.people import Person, Role
from rtcc_core.domain.programme import Programme
from rtcc_core.domain.state import State
from rtcc_core.fanout import Fanout
from rtcc_core.memory import look_less_often
from rtcc_core.outbox import Outbox
from rtcc_core.watch import Watch
from rtcc_core.wire.console import AnswerStatus, Hello
from rtcc_sitl.bench.console_sky import Fliers

FEED = "COUNTY"
CENTRE = LatLon(38.4088, -121.3716)
SITE_EVERY_M = 4_000.0
"""Between two sites of a square grid: the flights of two of them do not share their air."""
SITES_ACROSS = 4
EACH_SITE_HAS = 4
EACH_FLIES = 4
"""Aircraft that one person may control at once."""
SEPARATION_M = 2.0
"""Every flight has a height of its own; the usual 15 m would leave no air for as many."""
STAY_OF = 5
"""One aircraft of so many stays on its pad."""
URGENT = 3
"""Calls of priority 1; the new ones come under them, in sight."""
UPDATE_EVERY_S = 0.4
NEW_EVERY_S = 0.6
NEW_STAYS_S = 3.0
PING_EVERY_S = 0.05
PINGS_KEPT = 4_000
MARK = "N"
"""Begins the number of a call that is looked for on a screen."""

_TYPES = (
    "SUSPICIOUS VEHICLE",
    "ALARM COMMERCIAL",
    "WELFARE CHECK",
    "DISTURBANCE",
    "TRAFFIC COLLISION",
    "THEFT",
)
_STREETS = ("LAGUNA BLVD", "FRANKLIN RD", "SHELDON RD", "ELK GROVE BLVD", "BRUCEVILLE RD", "WHITELOCK PKWY")


def say(**values: object) -> None:
    """One line on stdout."""
    sys.stdout.write(json.dumps(values) + "\n")
    sys.stdout.flush()


# --- what there is ----------------------------------------------------------------------------------


def report(number: str, index: int, at: datetime, *, priority: int) -> CallReport:
    """A call as the county's CAD tells it."""
    return CallReport(
        feed=FEED,
        incident_uid=f"urn:emergency:uid:incidentid:bench-{number}:cad.invalid",
        number=number,
        type_code="415",
        type_text=_TYPES[index % len(_TYPES)],
        priority=priority,
        place=Place(
            position=offset(
                site_at(index % (SITES_ACROSS**2)), index * 37.0 % 360.0, 300.0 + index * 131.0 % 900.0
            ),
            uncertainty_m=15.0,
            address=f"{100 + index} {_STREETS[index % len(_STREETS)]}",
            kind=PlaceKind.CURRENT_INCIDENT,
        ),
        beat=str(1 + index % 8),
        notes=(
            Note(text="caller says two men, one with a handgun, in a blue sedan", at=at),
            Note(text="caller stays on the line", at=at),
        ),
        units=(Unit(callsign=f"4A{index % 40}", status="EnRoute"),),
        started_at=at,
        updated_at=at,
    )


def first_calls(count: int, now: datetime) -> Iterator[CallReport]:
    """What is open from the start, a few of them urgent, received over the last hours."""
    for index in range(count):
        at = now - timedelta(seconds=40.0 * (count - index))
        yield report(str(1_001 + index), index, at, priority=1 if index < URGENT else 2 + index % 4)


def site_at(index: int) -> LatLon:
    """Where a site of the grid stands."""
    across, along = index % SITES_ACROSS, index // SITES_ACROSS
    return offset(offset(CENTRE, 90.0, SITE_EVERY_M * across), 0.0, SITE_EVERY_M * along)


def fleet(count: int) -> tuple[tuple[Site, ...], tuple[Drone, ...], dict[str, LatLon]]:
    """Sites, the aircraft of each, and where each aircraft stands."""
    sites = tuple(
        Site(name=f"SITE {index + 1}", position=site_at(index), ground_amsl_m=20.0)
        for index in range(-(-count // EACH_SITE_HAS))
    )
    drones = tuple(
        Drone(
            callsign=f"D{index + 1}",
            sysid=index + 1,
            site=sites[index // EACH_SITE_HAS].name,
            endurance_min=45.0,
        )
        for index in range(count)
    )
    homes = {
        drone.callsign: offset(site_at(index // EACH_SITE_HAS), 90.0 * index, 8.0)
        for index, drone in enumerate(drones)
    }
    return sites, drones, homes


def people(aircraft: int) -> tuple[Person, ...]:
    """The account that opens the consoles, and the pilots of the aircraft in flight."""
    pilots = (
        Person(account=f"pilot{number}", name=f"PILOT {number}", role=Role.PILOT, uid=1_000_000_000 + number)
        for number in range(1, aircraft // EACH_FLIES + 2)
    )
    return (Person(account="bench", name="B. BENCH", role=Role.DISPATCHER, uid=os.getuid()), *pilots)


# --- the socket, and whether who is behind it still answers -----------------------------------------


class PulsedServer(ConsoleServer):
    """The core's console socket, which also times how soon each console's loop answers a ping."""

    pulses: dict[str, deque[float]]

    def feel_pulses(self) -> None:
        self.pulses = {}

    async def _welcome(self, connection: ServerConnection, person: Person, hello: Hello) -> None:
        say(welcomed=hello.client, at_s=time.monotonic())
        pulse = asyncio.create_task(self._feel(connection, hello.client))
        try:
            await super()._welcome(connection, person, hello)
        finally:
            pulse.cancel()
            say(gone=hello.client, at_s=time.monotonic())

    async def _feel(self, connection: ServerConnection, client: str) -> None:
        kept = self.pulses.setdefault(client, deque(maxlen=PINGS_KEPT))
        with contextlib.suppress(ConnectionClosed):
            while True:
                sent_s = time.monotonic()
                await (await connection.ping())
                kept.append(1e3 * (time.monotonic() - sent_s))
                await asyncio.sleep(PING_EVERY_S)


# --- the load ---------------------------------------------------------------------------------------


class Load:
    """What happens while consoles are measured."""

    def __init__(self, desk: Desk, server: PulsedServer) -> None:
        self._desk = desk
        self._server = server
        self._opens_calls = asyncio.Event()
        self._number = 0

    async def begin(self, calls: int, drones: tuple[Drone, ...]) -> None:
        """Open the calls and launch the aircraft. Raises RuntimeError where one is refused."""
        now = datetime.now(UTC)
        weather = WeatherReported(
            wind_speed_m_s=3.0, wind_from_deg=240.0, gust_m_s=5.0, observed_at=now, source="bench"
        )
        await self._desk.store([weather, FeedConnected(feed=FEED)], source="bench")
        self._reports = list(first_calls(calls, now))
        for at in range(0, calls, 50):
            told = [CallReported(report=each) for each in self._reports[at : at + 50]]
            await self._desk.store(told, source=f"feed:{FEED}")
        flying = [drone for drone in drones if drone.sysid % STAY_OF]
        for index, drone in enumerate(flying):
            # The call of the same grid square; the squares repeat among the calls.
            square, turn = (drone.sysid - 1) // EACH_SITE_HAS, (drone.sysid - 1) % EACH_SITE_HAS
            call = (square + SITES_ACROSS**2 * turn) % calls
            await self._launch(drone, str(1_001 + call), f"pilot{1 + index // EACH_FLIES}")

    async def _launch(self, drone: Drone, call_id: str, account: str) -> None:
        launch = LaunchDrone(
            command_id=secrets.token_hex(8), drone=drone.callsign, call_id=call_id, override_reason="bench"
        )
        answer = await self._desk.submit_command(launch, account)
        if answer.status is not AnswerStatus.DONE:
            raise RuntimeError(f"{drone.callsign} was not launched: {'; '.join(answer.reasons)}")

    async def update(self) -> None:
        """Change a call every so often, those in sight as often as the others."""
        turn = 0
        while True:
            await asyncio.sleep(UPDATE_EVERY_S)
            turn += 1
            index = turn // 2 % 8 if turn % 2 else turn * 7 % len(self._reports)
            status = ("EnRoute", "OnScene", "Dispatched")[turn % 3]
            now = datetime.now(UTC)
            changed = self._reports[index]
            unit = replace(changed.units[0], status=status)
            self._reports[index] = changed = replace(changed, units=(unit,), updated_at=now)
            await self._desk.store([CallReported(report=changed)], source=f"feed:{FEED}")

    async def open_calls(self) -> None:
        """While it is asked for: a new call, told of with the moment the desk was given it; and closed."""
        open_now: deque[tuple[float, CallReport]] = deque()
        while True:
            await asyncio.sleep(NEW_EVERY_S)
            if self._opens_calls.is_set():
                self._number += 1
                number = f"{MARK}{self._number:05}"
                new = report(number, 4 + self._number, datetime.now(UTC), priority=1)
                at_s = time.monotonic()
                await self._desk.store([CallReported(report=new)], source=f"feed:{FEED}")
                say(call=number, at_s=at_s)
                open_now.append((at_s, new))
            while open_now and time.monotonic() - open_now[0][0] > NEW_STAYS_S:
                over = replace(open_now.popleft()[1], status=CallStatus.CLOSED, updated_at=datetime.now(UTC))
                await self._desk.store([CallReported(report=over)], source=f"feed:{FEED}")

    def obey(self, line: str) -> None:
        """One line of stdin."""
        match line.strip():
            case "calls on":
                self._opens_calls.set()
            case "calls off":
                self._opens_calls.clear()
            case "pulse":
                say(pulse={client: list(kept) for client, kept in self._server.pulses.items()})
                for kept in self._server.pulses.values():
                    kept.clear()


async def _run(arguments: argparse.Namespace) -> None:
    journal = await open_journal(arguments.directory / "journal.db")
    try:
        await _serve(arguments, journal)
    finally:
        await journal.close()


async def _serve(arguments: argparse.Namespace, journal: SqliteJournal) -> None:
    sites, drones, homes = fleet(arguments.aircraft)
    link, clock, fanout = Fliers(drones, homes), SystemClock(), Fanout()
    desk = Desk(journal=journal, clock=clock, fanout=fanout, sky=link.sky, state=State())
    outbox = Outbox(link, desk)
    desk.carry_with(outbox.take)
    watch = Watch(desk=desk, link=link, journal=journal, clock=clock, fanout=fanout)
    server = PulsedServer(
        desk=desk, fanout=fanout, clock=clock, socket_path=arguments.directory / "core.sock"
    )
    server.feel_pulses()
    load = Load(desk, server)
    stdin = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(stdin), sys.stdin)
    tasks = [asyncio.create_task(desk.run()), asyncio.create_task(watch.run())]
    programme = Programme(
        agency="BENCH PD", centre=CENTRE, aircraft_per_person=EACH_FLIES, separation_m=SEPARATION_M
    )
    roster = people(arguments.aircraft)
    await desk.open(
        CoreCameUp(version="bench", programme=programme, sites=sites, drones=drones, people=roster)
    )
    await load.begin(arguments.calls, drones)
    tasks += [asyncio.create_task(load.update()), asyncio.create_task(load.open_calls())]
    await server.start()
    look_less_often()
    say(ready=True, at_s=time.monotonic())
    while line := await stdin.readline():
        load.obey(line.decode())
    await server.stop("the bench is over")
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def main() -> None:
    """Be the core until stdin closes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--directory", type=Path, required=True)
    parser.add_argument("--calls", type=int, required=True)
    parser.add_argument("--aircraft", type=int, required=True)
    asyncio.run(_run(parser.parse_args()))


if __name__ == "__main__":
    main()
