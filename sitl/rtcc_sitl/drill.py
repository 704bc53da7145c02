"""`rtcc drill`: a world, a real core and a real console (or the automatic operator), together and apart.

What is started is stopped in order whatever happens: console, core, world. Signals end the drill; they reach
the other processes only through it.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import shlex
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from rtcc_core.adapters.running_drills import RunningDrill, announced
from rtcc_sitl import proof
from rtcc_sitl.autopilot_name import AutopilotName
from rtcc_sitl.board import Board
from rtcc_sitl.drill_airspace import airspace_geojson
from rtcc_sitl.drill_streets import streets_geojson
from rtcc_sitl.headless import Headless
from rtcc_sitl.keeper import CoreFailedError, CoreKeeper
from rtcc_sitl.layout import Layout, Visitor, lay_out
from rtcc_sitl.operator import Habits, Operator
from rtcc_sitl.processes import Child
from rtcc_sitl.progress import Narrator
from rtcc_sitl.report import Latency, Report, build_report, encode
from rtcc_sitl.scenario import Scenario, ScenarioError, flown_by, load
from rtcc_sitl.stage import Stage, StageError, agency_toml, free_udp_port, open_stage
from rtcc_sitl.terminal import run_console
from rtcc_sitl.visitors import find_visitors
from rtcc_sitl.witness import Witness

CANNOT_RUN = 2
UNMET = 1
WORLD_READY_WITHIN_S = 30.0
WORLD_GRACE_S = 5.0
AIRCRAFT_READY_WITHIN_S = 90.0
SETTLED_AFTER_S = 3.0
"""Wall seconds of nothing left to do after which a headless drill is over."""
CORE_AWAY_MARGIN_S = 120.0
"""Wall seconds beyond the scenario's time limit, should the core's own clock not be heard."""
LOOK_EVERY_S = 0.1

OVERRIDE_REASON = "drill with aircraft started by others: unknown to the drill, watched by their owner"


class DrillFailedError(Exception):
    """The drill cannot go on; the message says why and what to do."""


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What `rtcc drill` was asked for."""

    scenario: str = "first-flight"
    speed: float = 1.0
    seed: int = 1
    state_dir: Path | None = None
    vehicles_url: str | None = None
    personality: AutopilotName | None = None
    is_headless: bool = False
    report_path: Path | None = None
    is_plain: bool = False


def run(options: Options) -> int:
    """Run one drill; returns the exit code."""
    return asyncio.run(_run(options))


async def _run(options: Options) -> int:
    narrator = Narrator()
    told: asyncio.Future[signal.Signals] = asyncio.get_running_loop().create_future()
    _listen_for_signals(told)
    work = asyncio.create_task(_prepare_and_fly(options, narrator), name="drill")
    waiting: list[asyncio.Future[int] | asyncio.Future[signal.Signals]] = [work, told]
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    if not work.done():
        work.cancel()
    try:
        code = await work
    except asyncio.CancelledError:
        code = 0
    except (DrillFailedError, ScenarioError, StageError, CoreFailedError) as error:
        narrator.say_all(str(error))
        code = CANNOT_RUN
    return 128 + told.result() if told.done() else code


def _listen_for_signals(told: asyncio.Future[signal.Signals]) -> None:
    def hear(number: signal.Signals) -> None:
        if not told.done():
            told.set_result(number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, hear, number)


async def _prepare_and_fly(options: Options, narrator: Narrator) -> int:
    scenario = flown_by(load(options.scenario), options.personality)
    _check_report_path(options.report_path)
    visitors = await _visitors(options, scenario, narrator)
    layout = lay_out(scenario, visitors)
    label = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{scenario.name}"
    with open_stage(options.state_dir, label=label) as stage:
        drill = Drill(options, layout, stage, narrator, visitors)
        try:
            await drill.fly()
        finally:
            report = drill.write_report()
        if drill.console_code == CANNOT_RUN:
            narrator.say("no drill was flown; here `rtcc drill --plain` or `rtcc drill --headless` works")
            return CANNOT_RUN
        drill.sum_up(report)
        return UNMET if options.is_headless and report.unmet else drill.console_code


def _check_report_path(path: Path | None) -> None:
    """A report that cannot be written is no news for after the flight."""
    if path is None:
        return
    try:
        with path.open("ab"):
            pass
    except OSError as error:
        raise DrillFailedError(f"the report {path} cannot be written: {error.strerror}") from error


async def _visitors(options: Options, scenario: Scenario, narrator: Narrator) -> Sequence[Visitor] | None:
    if options.vehicles_url is None:
        return None
    count = len(scenario.drone)
    narrator.say(f"looking for {count} aircraft at {options.vehicles_url}")
    try:
        return await find_visitors(options.vehicles_url, count=count)
    except (OSError, TimeoutError) as error:
        raise DrillFailedError(f"no drill: {error}") from error


class Drill:
    """One drill on its stage: `fly` it, then `write_report`."""

    def __init__(
        self,
        options: Options,
        layout: Layout,
        stage: Stage,
        narrator: Narrator,
        visitors: Sequence[Visitor] | None,
    ) -> None:
        self._options = options
        self._layout = layout
        self._stage = stage
        self._narrator = narrator
        self._visitors = visitors
        self._started_at = datetime.now(UTC)
        self._witness = Witness(narrator)
        self._board = Board(
            layout.scenario,
            self._witness,
            journal=stage.journal,
            note=stage.note,
            started_at=self._started_at,
            speed=options.speed,
            seed=options.seed,
        )
        self._headless: Headless | None = None
        self.console_code = 0
        """What the console in the foreground ended with."""

    async def fly(self) -> None:
        """Start everything, work until the drill is over, stop everything. Raises DrillFailedError."""
        port = free_udp_port()
        async with contextlib.AsyncExitStack() as stack:
            world = await self._start_world(port)
            stack.push_async_callback(world.stop, grace_s=WORLD_GRACE_S)
            cad_url = await self._until_ready(world)
            self._write_settings(self._options.vehicles_url or f"udpin://127.0.0.1:{port}", cad_url)
            keeper = CoreKeeper(self._stage, self._narrator)
            stack.push_async_callback(keeper.stop)
            await keeper.start()
            stack.enter_context(self._announced())
            await self._beside(keeper, world)

    @contextlib.contextmanager
    def _announced(self) -> Iterator[None]:
        """Other consoles of this account find the drill; how is said before this terminal is drawn on."""
        door = str(self._stage.socket_path)
        drill = RunningDrill(name=self._layout.scenario.name, socket_path=door)
        with announced(drill) as can_be_found:
            exact = f"rtcc console --socket {shlex.quote(door)}"
            self._narrator.say(
                f"another console joins with: rtcc console   (exactly: {exact})"
                if can_be_found
                else f"another console joins with: {exact}"
            )
            yield

    async def _beside(self, keeper: CoreKeeper, world: Child) -> None:
        """The console or the operator works while the core is kept running and the world lives."""
        work = asyncio.create_task(self._work(world), name="work")
        kept = asyncio.create_task(keeper.keep(), name="keeper")
        lived = asyncio.create_task(world.wait(), name="world")
        board = asyncio.create_task(self._board.run(), name="board")
        tasks: list[asyncio.Task[None] | asyncio.Task[int]] = [work, kept, lived]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if lived.done() and not work.done():
                raise DrillFailedError(f"the simulated world {world.ending}:\n{world.last_words()}")
            for done in (kept, work):
                if done.done():
                    await done
        finally:
            for task in (*tasks, board):
                task.cancel()
            await asyncio.gather(*tasks, board, return_exceptions=True)

    async def _work(self, world: Child) -> None:
        if self._options.is_headless:
            await self._work_headless(world)
        else:
            await self._show_console(world)

    async def _show_console(self, world: Child) -> None:
        with self._narrator.silenced():
            code = await run_console(
                self._stage, is_plain=self._options.is_plain, on_joined=lambda: world.tell("start")
            )
        self.console_code = code if code >= 0 else 128 - code

    # --- setting up -------------------------------------------------------------------------------------

    async def _start_world(self, port: int) -> Child:
        options, stage = self._options, self._stage
        argv = [
            *(sys.executable, "-m", "rtcc_core.cli", "sitl", "world"),
            *("--scenario", options.scenario, "--speed", repr(options.speed), "--seed", str(options.seed)),
            *("--fleet-port", str(port), "--epoch", self._started_at.isoformat()),
            *("--weather-file", str(stage.weather), "--aircraft-file", str(stage.aircraft)),
            *("--control", str(stage.control_door)),
        ]
        if options.personality is not None:
            argv += ["--personality", options.personality]
        if self._visitors is not None:
            argv += ["--visitors", msgspec.json.encode(self._visitors).decode()]
        return await Child.start("world", argv, log=stage.log("world"), on_line=self._witness.hear)

    async def _until_ready(self, world: Child) -> str:
        ended = asyncio.create_task(world.wait())
        ready = self._witness.cad_url
        try:
            waiting: list[asyncio.Future[int] | asyncio.Future[str]] = [ended, ready]
            await asyncio.wait(waiting, timeout=WORLD_READY_WITHIN_S, return_when=asyncio.FIRST_COMPLETED)
            if not ready.done():
                raise DrillFailedError(f"the simulated world {world.ending}:\n{world.last_words()}")
            return ready.result()
        finally:
            ended.cancel()

    def _write_settings(self, fleet_url: str, cad_url: str) -> None:
        text = agency_toml(
            self._layout,
            self._stage,
            fleet_url=fleet_url,
            cad_url=cad_url,
            speed=self._options.speed,
            started_at=self._started_at,
        )
        self._stage.airspace.write_bytes(airspace_geojson(self._layout))
        self._stage.streets.write_bytes(streets_geojson(self._layout))
        self._stage.settings.write_text(text, encoding="utf-8")

    # --- the automatic operator -------------------------------------------------------------------------

    async def _work_headless(self, world: Child) -> None:
        scenario, options = self._layout.scenario, self._options
        habits = Habits(
            stay_on_scene_s=scenario.operator.stay_on_scene_s,
            accepts=frozenset(scenario.operator.takes_up),
            goes_again=scenario.operator.goes_again,
            override_reason=OVERRIDE_REASON if self._visitors is not None else None,
        )
        crew = Operator(habits, new_id=lambda: f"drill-{secrets.token_hex(6)}")
        client = self._headless = Headless(self._stage.socket_path, crew, self._narrator)
        self._narrator.say(f"drill {scenario.name}, speed {options.speed:g}, seed {options.seed}")
        task = asyncio.create_task(client.run(), name="operator")
        try:
            await self._until_aircraft_are_ready(client)
            world.tell("start")
            client.is_on_shift = True
            await self._until_settled(client, crew)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _until_aircraft_are_ready(self, client: Headless) -> None:
        give_up_at = time.monotonic() + AIRCRAFT_READY_WITHIN_S
        wanted = {pad.drone.callsign for pad in self._layout.pads}
        while time.monotonic() < give_up_at:
            ready = {name for name, seen in client.sky.items() if seen.is_armable and seen.has_fix}
            if wanted <= ready and client.state.weather is not None:
                return
            await asyncio.sleep(LOOK_EVERY_S)
        self._narrator.say("not every aircraft is ready; the drill begins all the same", client.now)

    async def _until_settled(self, client: Headless, crew: Operator) -> None:
        limit_s = self._layout.scenario.time_limit_s
        give_up_at = time.monotonic() + limit_s / self._options.speed + CORE_AWAY_MARGIN_S
        idle_since: float | None = None
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            now_s = time.monotonic()
            elapsed_s = self._witness.elapsed_s(client.now)
            if now_s > give_up_at or (elapsed_s is not None and elapsed_s > limit_s):
                self._narrator.say(f"the time limit of {limit_s:.0f} s is reached", client.now)
                return
            is_idle = self._witness.is_over and bool(client.sky) and crew.is_idle(client.state)
            idle_since = (idle_since or now_s) if is_idle else None
            if idle_since is not None and now_s - idle_since >= SETTLED_AFTER_S:
                return

    # --- afterwards -------------------------------------------------------------------------------------

    def write_report(self) -> Report:
        """Judge what the journal holds; write it down where a report was asked for."""
        events, journal = proof.read_and_verify(self._stage.journal, is_kept=self._stage.is_kept)
        report = build_report(
            self._layout.scenario,
            events,
            seed=self._options.seed,
            speed=self._options.speed,
            proof=journal,
            latency=self._latency(),
        )
        if self._options.report_path is not None:
            try:
                self._options.report_path.write_bytes(encode(report))
            except OSError as error:
                self._narrator.say(f"the report cannot be written: {error}")
        return report

    def _latency(self) -> Latency:
        if self._headless is None:
            return Latency()
        return self._witness.latency(
            self._headless.call_seen_s,
            self._headless.launch_asked_s,
            has_aircraft=self._visitors is None,
        )

    def sum_up(self, report: Report) -> None:
        """The objectives and where the record is, in words."""
        say = self._narrator.say
        for objective in report.objectives:
            say(f"{'met' if objective.met else 'UNMET'}: {objective.name}: {objective.detail}")
        proved = "proved" if report.journal.verified else "NOT PROVED"
        kept = f"journal {report.journal.path}" if report.journal.path else "the journal was not kept"
        say(f"{kept}: {report.journal.events} events, {proved}")
