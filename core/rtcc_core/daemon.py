"""The composition root: everything is put together here, started in order and stopped in order."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from rtcc_core.adapters.console_queries import ConsoleQueries
from rtcc_core.adapters.console_server import ConsoleServer
from rtcc_core.adapters.journal_guard import LockTaken
from rtcc_core.adapters.pin_book import PinBook
from rtcc_core.adapters.sqlite_journal import open_journal
from rtcc_core.adapters.unix_socket import make_way
from rtcc_core.broken_journal import BrokenJournal
from rtcc_core.clocks import SystemClock
from rtcc_core.desk import Desk
from rtcc_core.domain.air import NOBODY_LISTENS, Air
from rtcc_core.domain.facts import CoreCameUp, CoreGoesDown
from rtcc_core.domain.gazetteer import Gazetteer
from rtcc_core.fanout import Fanout
from rtcc_core.outbox import Outbox
from rtcc_core.ports import (
    CallFeed,
    Clock,
    DroneLink,
    FactSink,
    Journal,
    JournalUnavailable,
    Look,
    Maps,
    Past,
    Places,
    Teller,
    Traffic,
)
from rtcc_core.replay import Replay
from rtcc_core.watch import Watch

log = logging.getLogger(__name__)

RESTART_AFTER_S = 1.0
DRAIN_S = 2.0
LAST_WORDS_S = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a core is made of: values, and how to make the adapters that report to its desk."""

    came_up: CoreCameUp
    clock: Clock
    journal_path: Path
    socket_path: Path
    pin_path: Path | None = None
    """The file of the PINs that unlock screens; None: nobody has one."""
    socket_group: str | None = None
    fleet: Callable[[FactSink], DroneLink]
    feeds: Callable[[FactSink], Sequence[CallFeed]] = lambda sink: ()
    tellers: Callable[[Look, FactSink], Sequence[Teller]] = lambda look, sink: ()
    """What tells others of our work: each looks at the state and the sky as often as it likes."""
    traffic: Traffic | None = None
    """Who else is in the air; None: nobody listens."""
    places: Places | None = None
    """Where typed places are; None: there are no street files."""
    maps: Maps | None = None
    """The map for the consoles; None: they show distance rings."""
    past: Past | None = None
    """What consoles may ask of the journal; None: nothing."""
    drill_note: Path | None = None
    """Where whoever runs a drill writes down how it stands; None: nobody does."""
    exit_with_stdin: bool = False


class _ClosableJournal(Journal, Protocol):
    async def close(self) -> None: ...


async def run_core(plan: Plan, *, on_ready: Callable[[], None] = lambda: None) -> None:
    """Run until SIGTERM, SIGINT, or the end of stdin where the plan says so.

    Raises OSError, in words, where another core runs at this socket or journal, or a port is taken.
    """
    make_way(plan.socket_path)
    journal, replay = await _open(plan.journal_path)
    try:
        await _Core(plan, journal, replay).run(on_ready)
    except BaseExceptionGroup as group:
        if len(group.exceptions) == 1:
            raise group.exceptions[0] from None
        raise
    finally:
        await journal.close()


async def _open(path: Path) -> tuple[_ClosableJournal, Replay]:
    """The journal and its fold; where it cannot be used, a stand-in that says why (law 1)."""
    replay = Replay()
    try:
        journal = await open_journal(path)
    except JournalUnavailable as error:
        if isinstance(error.__cause__, LockTaken):
            raise OSError(str(error)) from error
        log.error("starting WITHOUT a journal; only hold, return and land will be carried: %s", error)
        return BrokenJournal(str(error)), replay
    await replay.follow(journal)
    if replay.trouble:
        await journal.close()
        log.error(
            "starting WITHOUT a journal; it is readable up to #%d: %s", replay.state.seq, replay.trouble
        )
        return BrokenJournal(replay.trouble), replay
    log.info("the journal %s holds %d events", path, replay.state.seq)
    return journal, replay


class _Core:
    """One run of the core."""

    def __init__(self, plan: Plan, journal: Journal, replay: Replay) -> None:
        self._plan = plan
        self._fanout = Fanout()
        self._desk = Desk(
            journal=journal,
            clock=plan.clock,
            fanout=self._fanout,
            sky=lambda: self._link.sky(),
            state=replay.state,
            answers=replay.answers,
            air=self._air,
        )
        self._link = plan.fleet(self._desk)
        self._outbox = Outbox(self._link, self._desk)
        self._desk.carry_with(self._outbox.take)
        self._watch = Watch(
            desk=self._desk,
            link=self._link,
            journal=journal,
            clock=plan.clock,
            fanout=self._fanout,
            sealed=replay.sealed,
            air=self._air,
            steady=plan.clock if isinstance(plan.clock, SystemClock) else None,
        )
        self._server = ConsoleServer(
            desk=self._desk,
            fanout=self._fanout,
            clock=plan.clock,
            socket_path=plan.socket_path,
            group=plan.socket_group,
            pins=PinBook(plan.pin_path) if plan.pin_path else None,
            queries=ConsoleQueries(
                locate=(plan.places or Gazetteer()).locate,
                maps=plan.maps,
                past=plan.past,
                drill_note=plan.drill_note,
            ),
        )
        self._feeds = plan.feeds(self._desk)
        self._tellers = plan.tellers(lambda: (self._desk.state, self._link.sky()), self._desk)
        self._left_over = replay.state

    def _air(self) -> Air:
        traffic = self._plan.traffic
        if traffic is None:
            return NOBODY_LISTENS
        return Air(intruders=traffic.intruders(), sources=traffic.sources())

    async def run(self, on_ready: Callable[[], None]) -> None:
        async with asyncio.TaskGroup() as tasks:
            desk = tasks.create_task(self._desk.run(), name="desk")
            try:
                await self._desk.open(self._plan.came_up)
                await self._link.start()
                # What the last core left pending is settled before anything new is looked at.
                self._outbox.recover(self._left_over)
                watch = tasks.create_task(_keep_running("watch", self._watch.run), name="watch")
                await self._server.start()
                outside = [
                    tasks.create_task(_keep_running(name, run), name=name)
                    for name, run in self._everything_outside()
                ]
                on_ready()
                reason = await _until_told(exit_with_stdin=self._plan.exit_with_stdin)
                log.info("going down: %s", reason)
                await self._go_down(reason, outside, watch)
            finally:
                await self._server.stop("the core went down")
                await self._link.stop()
                await self._desk.close()
                await asyncio.wait([desk], timeout=LAST_WORDS_S)

    def _everything_outside(self) -> Iterator[tuple[str, Callable[[], Awaitable[None]]]]:
        """What listens to others and what tells them, by name."""
        yield from ((f"feed {number}", feed.run) for number, feed in enumerate(self._feeds, 1))
        yield from ((f"teller {number}", teller.run) for number, teller in enumerate(self._tellers, 1))
        if self._plan.traffic is not None:
            yield "traffic", self._plan.traffic.run
        if self._plan.places is not None:
            yield "streets", self._plan.places.run

    async def _go_down(
        self, reason: str, outside: Sequence[asyncio.Task[None]], watch: asyncio.Task[None]
    ) -> None:
        """Outside first, the journal last; aircraft keep flying what they last accepted."""
        await _end(outside)
        await self._server.stop(f"the core goes down: {reason}")
        await self._outbox.drain(DRAIN_S)
        await _end([watch])
        try:
            async with asyncio.timeout(LAST_WORDS_S):
                await self._desk.store([CoreGoesDown(reason=reason)], source="core")
        except (JournalUnavailable, TimeoutError) as error:
            log.error("could not write down that the core goes down: %s", error)


async def _end(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _keep_running(name: str, run: Callable[[], Awaitable[None]]) -> None:
    """One part that fails is started again; it does not take the others down."""
    while True:
        try:
            await run()
            return
        except Exception:
            log.exception("%s failed and is started again", name)
        await asyncio.sleep(RESTART_AFTER_S)


async def _until_told(*, exit_with_stdin: bool) -> str:
    """Wait for the word to stop; returns whose it was."""
    loop = asyncio.get_running_loop()
    told: asyncio.Future[str] = loop.create_future()

    def tell(reason: str) -> None:
        if not told.done():
            told.set_result(reason)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, tell, signal.Signals(number).name)
    if exit_with_stdin:
        _watch_stdin(loop, tell)
    try:
        return await told
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
        if exit_with_stdin:
            loop.remove_reader(sys.stdin.fileno())


def _watch_stdin(loop: asyncio.AbstractEventLoop, tell: Callable[[str], None]) -> None:
    """A pipe whose other end is gone reads as ended: whoever started us is no more."""

    def readable() -> None:
        if not os.read(stdin, 4_096):
            loop.remove_reader(stdin)
            tell("its starter closed its stdin")

    stdin = sys.stdin.fileno()
    try:
        loop.add_reader(stdin, readable)
    except PermissionError:  # a regular file or /dev/null, which epoll does not watch: it has ended already
        tell("its stdin is closed")
