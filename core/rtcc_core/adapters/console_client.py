"""The client half of the console protocol: consoles, the drill operator and the bench speak through it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
from websockets.asyncio.client import ClientConnection, unix_connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from rtcc_core import __version__
from rtcc_core.adapters.login_words import login_words
from rtcc_core.domain.commands import AnyCommand
from rtcc_core.wire.console import (
    FRAME_MAX_BYTES,
    PROTOCOL,
    Do,
    FromCore,
    Goodbye,
    Hello,
    NotUnderstood,
    Query,
    Welcome,
    decode_from_core,
    encode,
)


class CoreUnreachable(Exception):
    """The core is not there, or does not let us in; the message says what to do."""


class OtherVersion(CoreUnreachable):
    """The core speaks another version of the console protocol: no use in coming back at once."""


class CoreLink:
    """One connection to the core: `welcome` first, then `messages()`; `do()` and `query()` ask."""

    def __init__(self, socket: ClientConnection, welcome: Welcome) -> None:
        self._socket = socket
        self.welcome = welcome

    async def do(self, command: AnyCommand) -> None:
        """Ask; the Answer comes among the messages. Raises CoreUnreachable when the core is gone."""
        try:
            await self._socket.send(encode(Do(command=command)), text=True)
        except ConnectionClosed as error:
            raise CoreUnreachable("the core went away; the order was NOT given") from error

    async def query(self, question: Query) -> None:
        """Ask to know something; the Reply comes among the messages. Raises CoreUnreachable."""
        try:
            await self._socket.send(encode(question), text=True)
        except ConnectionClosed as error:
            raise CoreUnreachable("the core went away; it cannot be asked") from error

    async def messages(self) -> AsyncIterator[FromCore]:
        """Everything after the Welcome, until the core goes away (then it just ends)."""
        with contextlib.suppress(ConnectionClosed):
            async for frame in self._socket:
                yield decode_from_core(frame)

    async def close(self) -> None:
        await self._socket.close()


async def connect(socket_path: Path, *, client: str, timeout_s: float = 5.0) -> CoreLink:
    """Connect to the core's Unix socket and wait for its Welcome.

    Raises CoreUnreachable with words for a person: no core running, no permission, not on the roster,
    another protocol version.
    """
    socket: ClientConnection | None = None
    try:
        async with asyncio.timeout(timeout_s):
            socket = await unix_connect(
                str(socket_path), uri="ws://core/console", max_size=FRAME_MAX_BYTES, compression=None
            )
            await socket.send(encode(Hello(client=client, login=login_words())), text=True)
            first = _first(await socket.recv())
    except OtherVersion:
        await _drop(socket)
        raise
    except FileNotFoundError as error:
        raise CoreUnreachable(
            f"no core is running at {socket_path}; start it with `rtcc core`, or name its socket "
            "(--socket, RTCC_SOCKET)"
        ) from error
    except PermissionError as error:
        raise CoreUnreachable(
            f"you may not open {socket_path}; ask the administrator to add your account to its group"
        ) from error
    except (OSError, InvalidHandshake, TimeoutError) as error:
        await _drop(socket)
        raise CoreUnreachable(f"the core at {socket_path} does not answer: {error or 'timed out'}") from error
    except (ConnectionClosed, NotUnderstood) as error:
        await _drop(socket)
        why = error.rcvd.reason if isinstance(error, ConnectionClosed) and error.rcvd else ""
        raise CoreUnreachable(f"the core at {socket_path} ended the connection: {why or error}") from error
    if isinstance(first, Welcome) and first.protocol == PROTOCOL:
        return CoreLink(socket, first)
    await _drop(socket)
    if isinstance(first, Welcome | Goodbye) and first.protocol != PROTOCOL:
        raise OtherVersion(_versions(first.protocol, first.core_version))
    if isinstance(first, Goodbye):
        raise CoreUnreachable(first.reason)
    raise CoreUnreachable(f"the core speaks protocol otherwise than expected (ours is {PROTOCOL})")


class _Versions(msgspec.Struct):
    """What a first message of any version says of itself."""

    protocol: int = PROTOCOL
    core_version: str = ""


def _first(frame: str | bytes) -> FromCore:
    """Raises OtherVersion, NotUnderstood."""
    try:
        return decode_from_core(frame)
    except NotUnderstood:
        with contextlib.suppress(msgspec.DecodeError):
            told = msgspec.json.decode(frame, type=_Versions)
            if told.protocol != PROTOCOL:
                raise OtherVersion(_versions(told.protocol, told.core_version)) from None
        raise


def _versions(protocol: int, core_version: str) -> str:
    """What a person has to know to get both to one version; short enough to be read on 80 columns."""
    return (
        f"The core is rtcc {core_version or '?'} (protocol {protocol}), this console is rtcc {__version__} "
        f"(protocol {PROTOCOL}): install the same rtcc on both, then open the console again"
    )


async def _drop(socket: ClientConnection | None) -> None:
    if socket is not None:
        await socket.close()
