"""The server half of the console protocol, on a Unix socket whose peer credentials say who is asking.

A stalled console holds up nobody: its facts queue in the fan-out, bounded; its frames are replaced by
newer ones; it is not read while it does not read us. One that answers no ping any more (suspended, hung) is
closed, so that what its person flies does not look as if somebody had it in hand. A console whose terminal
stalls still answers: it writes there in a thread of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import socket
import struct
import time
from collections import deque
from pathlib import Path
from typing import NoReturn

from websockets.asyncio.server import Server, ServerConnection, unix_serve
from websockets.exceptions import ConnectionClosed

from rtcc_core import __version__
from rtcc_core.adapters.console_lock import ConsoleLock, TooManyTriesError
from rtcc_core.adapters.console_queries import ConsoleQueries
from rtcc_core.adapters.pin_book import PinBook
from rtcc_core.adapters.unix_socket import bind_unix, unlink_if_ours
from rtcc_core.desk import Desk
from rtcc_core.domain.facts import ConsoleClosed, ConsoleOpened
from rtcc_core.domain.people import Person
from rtcc_core.fanout import Fanout, Subscription
from rtcc_core.ports import Clock, JournalUnavailable
from rtcc_core.wire.console import (
    PROTOCOL,
    Answer,
    AnswerStatus,
    Do,
    Facts,
    Goodbye,
    Hello,
    Locate,
    Lock,
    LockTold,
    Message,
    NotUnderstood,
    Question,
    Reply,
    Unlock,
    Welcome,
    decode_from_console,
    encode,
    for_consoles,
)

log = logging.getLogger(__name__)

HELLO_WITHIN_S = 2.0
FROM_CONSOLE_MAX_BYTES = 1024 * 1024
FACTS_PER_MESSAGE = 500
FRAME_EVERY_S = 0.1
ANSWERS_WAITING_MAX = 64
QUERIES_WAITING_MAX = 256
GOODBYE_WITHIN_S = 1.0
LOCKED = "this console is locked; unlock it first"
PING_EVERY_S = 5.0
PONG_WITHIN_S = 10.0
PONG_LOOKS = 20
"""The wait for an answer is cut into so many: a machine that stood still for a while spends one of them."""

_KNOWS_NOTHING = ConsoleQueries()


class ConsoleServer:
    """Lets the roster's people in, tells them everything, and takes what they ask to the desk."""

    def __init__(
        self,
        *,
        desk: Desk,
        fanout: Fanout,
        clock: Clock,
        socket_path: Path,
        group: str | None = None,
        queries: ConsoleQueries = _KNOWS_NOTHING,
        pins: PinBook | None = None,
    ) -> None:
        self._desk = desk
        self._fanout = fanout
        self._clock = clock
        self._path = socket_path
        self._group = group
        self._queries = queries
        self._pins = pins
        self._server: Server | None = None
        self._inode = 0
        self._consoles: set[_Console] = set()

    async def start(self) -> None:
        """Open the socket. Raises OSError with words: another core lives there, or the path is no good."""
        listening = bind_unix(self._path, self._group)
        self._inode = self._path.stat().st_ino
        # We ping ourselves: the library would also close a console that we do not read because we are busy.
        self._server = await unix_serve(
            self._serve,
            sock=listening,
            max_size=FROM_CONSOLE_MAX_BYTES,
            compression=None,
            ping_interval=None,
            close_timeout=GOODBYE_WITHIN_S,
        )

    async def stop(self, reason: str) -> None:
        """Say goodbye to every console and remove the socket."""
        if self._server is None:
            return
        self._server.close(close_connections=False)
        farewells = [console.say_goodbye(reason) for console in self._consoles]
        await asyncio.gather(*farewells, return_exceptions=True)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(3 * GOODBYE_WITHIN_S):
                await self._server.wait_closed()
        unlink_if_ours(self._path, self._inode)
        self._server = None

    async def _serve(self, connection: ServerConnection) -> None:
        uid = _peer_uid(connection)
        person = self._desk.state.person_by_uid(uid)
        if person is None:
            log.warning("uid %d tried to open a console and is not on the roster", uid)
            reason = f"uid {uid} is not in agency.toml [[person]]; ask the administrator"
            await _goodbye(connection, reason)
            return
        try:
            async with asyncio.timeout(HELLO_WITHIN_S):
                hello = await _expect_hello(connection)
        except TimeoutError:
            await _goodbye(connection, f"no Hello within {HELLO_WITHIN_S:.0f} s; is this an rtcc console?")
        except NotUnderstood as error:
            await _goodbye(connection, f"this is not the console protocol: {error}")
        except ConnectionClosed:
            return
        else:
            await self._welcome(connection, person, hello)

    async def _welcome(self, connection: ServerConnection, person: Person, hello: Hello) -> None:
        console_id = f"{person.account}-{secrets.token_hex(3)}"
        opened = ConsoleOpened(
            console_id=console_id, account=person.account, uid=person.uid, login=hello.login
        )
        with contextlib.suppress(JournalUnavailable):  # a broken journal keeps nobody from the recalls
            await self._desk.store([opened], source=person.account)
        lock = ConsoleLock(self._desk, self._pins, console_id, person.account)
        console = _Console(
            connection, person, console_id, self._desk, self._fanout, self._clock, self._queries, lock
        )
        self._consoles.add(console)
        log.info("console %s of %s is open", console_id, person.account)
        reason = "the console went away"
        try:
            reason = await console.run()
        finally:
            self._consoles.discard(console)
            log.info("console %s is closed: %s", console_id, reason)
            closed = ConsoleClosed(console_id=console_id, account=person.account, reason=reason)
            with contextlib.suppress(JournalUnavailable):
                await self._desk.store([closed], source=person.account)


class _Console:
    """One connected console."""

    def __init__(
        self,
        connection: ServerConnection,
        person: Person,
        console_id: str,
        desk: Desk,
        fanout: Fanout,
        clock: Clock,
        queries: ConsoleQueries,
        lock: ConsoleLock,
    ) -> None:
        self._connection = connection
        self._person = person
        self._console_id = console_id
        self._desk = desk
        self._fanout = fanout
        self._clock = clock
        self._queries = queries
        self._lock = lock
        self._subscription: Subscription = fanout.subscribe()
        self._asked: asyncio.Queue[Question] = asyncio.Queue(QUERIES_WAITING_MAX)
        self._answers: deque[Answer | Reply] = deque()
        self._has_room = asyncio.Event()
        self._has_room.set()
        self._is_busy = False

    async def run(self) -> str:
        """Serve until it goes; returns why it went, in words."""
        reason, is_final = "the console went away", False
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._send_forever())
                tasks.create_task(self._receive())
                tasks.create_task(self._answer_queries())
                tasks.create_task(self._mind_its_pulse())
        except* ConnectionClosed:
            pass
        except* _LeavesError as leaving:
            first = _first(leaving)
            reason, is_final = str(first), first.is_final
        finally:
            self._fanout.unsubscribe(self._subscription)
        await _goodbye(self._connection, reason, is_final=is_final)
        return reason

    async def say_goodbye(self, reason: str) -> None:
        """Close from our side."""
        await _goodbye(self._connection, reason)

    # --- to the console -----------------------------------------------------------------------

    async def _send_forever(self) -> None:
        await self._send_snapshot()
        frame_due = 0.0
        while True:
            await self._subscription.wait()
            await self._send_facts()
            # Facts first: an answer never speaks of an event the console has not seen.
            while self._answers:
                await self._send(self._answers.popleft())
                self._has_room.set()
            if time.monotonic() < frame_due:
                continue
            frame = self._subscription.take_frame()
            if frame is not None:
                frame_due = time.monotonic() + 0.9 * FRAME_EVERY_S
                await self._send(frame)

    async def _send_facts(self) -> None:
        if self._subscription.is_lagged:
            log.warning("console %s fell behind; it gets a new snapshot", self._console_id)
            self._fanout.unsubscribe(self._subscription)
            self._subscription = self._fanout.subscribe()
            await self._send_snapshot()
        while events := self._subscription.take_facts(FACTS_PER_MESSAGE):
            await self._send(Facts(events=tuple(for_consoles(stored) for stored in events)))

    async def _send_snapshot(self) -> None:
        # The subscription is as old as this state or older: nothing can be missing between them. What it
        # already holds of this state is dropped.
        state = self._desk.state
        self._subscription.forget_until(state.seq)
        await self._send(
            Welcome(
                protocol=PROTOCOL,
                core_version=__version__,
                you=self._person,
                console_id=self._console_id,
                state=state,
                at=self._clock.now(),
            )
        )

    async def _send(self, message: Message) -> None:
        await self._connection.send(encode(message), text=True)

    # --- is it still there ---------------------------------------------------------------------

    async def _mind_its_pulse(self) -> NoReturn:
        """Leave a console that answers no ping: it is suspended or hangs, and nobody sees what it shows."""
        while True:
            await asyncio.sleep(PING_EVERY_S)
            # While we are at its question we do not read on, and its answer may lie behind other frames.
            if not await self._answers_a_ping() and not self._is_busy:
                raise _LeavesError(f"this console has answered nothing for {PONG_WITHIN_S:.0f} s")

    async def _answers_a_ping(self) -> bool:
        """Raises ConnectionClosed."""
        ping = asyncio.create_task(self._ping())
        try:
            for _ in range(PONG_LOOKS):
                done, _waiting = await asyncio.wait({ping}, timeout=PONG_WITHIN_S / PONG_LOOKS)
                if done:
                    await ping
                    return True
            return False
        finally:
            ping.cancel()

    async def _ping(self) -> None:
        await asyncio.shield(await self._connection.ping())

    # --- from the console ---------------------------------------------------------------------

    async def _receive(self) -> NoReturn:
        async for raw in self._connection:
            try:
                asked = decode_from_console(raw)
            except NotUnderstood as error:
                raise _LeavesError(f"this console sent something that cannot be read: {error}") from error
            self._is_busy = True
            answer: Answer | Reply | None = None
            match asked:
                case Do() if self._lock.is_locked:
                    answer = Answer(
                        command_id=asked.command.command_id, status=AnswerStatus.REFUSED, reasons=(LOCKED,)
                    )
                case Do():
                    answer = await self._desk.submit_command(asked.command, self._person.account)
                case Lock() | Unlock():
                    answer = await self._locked_or_not(asked)
                case Hello():
                    raise _LeavesError("this console said Hello twice")
                case Locate():
                    answer = await self._queries.answer(asked, self._person)
                    await asyncio.sleep(0)  # a console that asks without end keeps nobody else waiting
                case _ if self._asked.full():
                    raise _LeavesError("this console asks more than can be answered")
                case _:
                    self._asked.put_nowait(asked)
            self._is_busy = False
            if answer is not None:
                await self._answer(answer)
        raise _LeavesError("the console went away")

    async def _locked_or_not(self, asked: Lock | Unlock) -> LockTold:
        try:
            return await self._lock.take(asked)
        except TooManyTriesError as error:
            raise _LeavesError(str(error), is_final=True) from error

    async def _answer_queries(self) -> NoReturn:
        """One question after the other, beside the orders: a hold never waits behind a search."""
        while True:
            await self._answer(await self._queries.answer(await self._asked.get(), self._person))
            await asyncio.sleep(0)

    async def _answer(self, answer: Answer | Reply) -> None:
        self._answers.append(answer)
        self._subscription.stir()
        if len(self._answers) >= ANSWERS_WAITING_MAX:
            self._has_room.clear()
        await self._has_room.wait()


class _LeavesError(Exception):
    """This console is to be closed; the message says why, to its face."""

    def __init__(self, reason: str, *, is_final: bool = False) -> None:
        super().__init__(reason)
        self.is_final = is_final


def _first(group: BaseExceptionGroup[_LeavesError]) -> _LeavesError:
    error: _LeavesError | BaseExceptionGroup[_LeavesError] = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


async def _expect_hello(connection: ServerConnection) -> Hello:
    hello = decode_from_console(await connection.recv())
    if not isinstance(hello, Hello):
        raise NotUnderstood("the first frame must be Hello")
    if hello.protocol != PROTOCOL:
        raise NotUnderstood(
            f"the console speaks version {hello.protocol}, this core version {PROTOCOL}; "
            "install the same rtcc on both"
        )
    return hello


async def _goodbye(connection: ServerConnection, reason: str, *, is_final: bool = False) -> None:
    farewell = Goodbye(reason=reason, is_final=is_final, core_version=__version__)
    try:
        async with asyncio.timeout(GOODBYE_WITHIN_S):
            await connection.send(encode(farewell), text=True)
        await connection.close(reason=reason.encode()[:120].decode(errors="ignore"))
    except ConnectionClosed:
        return
    except TimeoutError:
        connection.transport.abort()  # it reads nothing: a polite end would wait for it without end


def _peer_uid(connection: ServerConnection) -> int:
    """The user id of the process at the other end, as the kernel knows it (SO_PEERCRED, Linux)."""
    peer: socket.socket = connection.transport.get_extra_info("socket")
    _pid, uid, _gid = struct.unpack("3i", peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    return int(uid)
