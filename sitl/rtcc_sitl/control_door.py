"""The door through which a running world is told what is to go wrong: JSON lines on a Unix socket.

One request a line (`{"drone": "D1", "fault": "wind", "args": ["12"]}`), one answer a line. Only the account
that runs the world may knock: the socket has mode 0600.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from types import TracebackType

import msgspec

from rtcc_sitl.faults import FaultError

DOOR_NAME = "world.sock"
LONGEST_LINE = 10_000
ANSWER_WITHIN_S = 10.0


class Asked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to go wrong, with which aircraft, in the words of `rtcc sitl fault`."""

    drone: str
    fault: str
    args: tuple[str, ...] = ()


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """Whether it happened, and in words what did or why it did not."""

    ok: bool
    text: str


_asked = msgspec.json.Decoder(Asked)
_answered = msgspec.json.Decoder(Answered)
Strike = Callable[[Asked], Awaitable[str]]
"""Lets it happen and says what; raises FaultError."""


class ControlDoor:
    """The world's side: `async with` opens and closes it. Raises OSError, in words, where it cannot be."""

    def __init__(self, path: Path, strike: Strike) -> None:
        self._path = path
        self._strike = strike
        self._server: asyncio.Server | None = None
        self._visits: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> ControlDoor:
        if _is_answered(self._path):
            raise OSError(f"another world listens at {self._path}; end it or give another path")
        before = os.umask(0o177)
        try:
            self._server = await asyncio.start_unix_server(self._visit, self._path, limit=LONGEST_LINE)
        except OSError as error:
            raise OSError(f"the control door {self._path} cannot be opened: {error}") from error
        finally:
            os.umask(before)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.close()
        for visit in self._visits:
            visit.cancel()
        await asyncio.gather(*self._visits, return_exceptions=True)
        with contextlib.suppress(OSError):
            self._path.unlink()

    async def _visit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._visits.add(task)
            task.add_done_callback(self._visits.discard)
        try:
            with contextlib.suppress(OSError, ValueError):  # ValueError: a line beyond the limit
                while line := await reader.readline():
                    writer.write(msgspec.json.encode(await self._answer(line)) + b"\n")
                    await writer.drain()
        finally:
            writer.close()

    async def _answer(self, line: bytes) -> Answered:
        try:
            return Answered(ok=True, text=await self._strike(_asked.decode(line)))
        except msgspec.DecodeError as error:
            return Answered(ok=False, text=f"that is no request: {error}")
        except FaultError as error:
            return Answered(ok=False, text=str(error))


# --- who knocks -------------------------------------------------------------------------------------


def knock(path: Path, asked: Asked) -> Answered:
    """Ask a running world. Raises FaultError where none answers."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            client.settimeout(ANSWER_WITHIN_S)
            client.connect(os.path.realpath(path))
            client.sendall(msgspec.json.encode(asked) + b"\n")
            with client.makefile("rb") as answers:
                return _answered.decode(answers.readline(LONGEST_LINE))
    except (OSError, msgspec.DecodeError) as error:
        raise FaultError(f"no world answers at {path}: {error}; is the drill still running?") from error


def find_door(drills: Path, *, state_dir: Path | None = None) -> Path:
    """The door of the drill that keeps its records in `state_dir`, or else of the newest one under `drills`.

    Raises FaultError where no such drill runs.
    """
    if state_dir is not None:
        if not (state_dir / DOOR_NAME).exists():
            raise FaultError(f"no drill runs in {state_dir}: there is no {DOOR_NAME}; start it or correct it")
        return state_dir / DOOR_NAME
    for door in _newest_first(drills):
        if _is_answered(door):
            return door
    raise FaultError(
        f"no drill runs under {drills}: start `rtcc drill`, or name another with --state-dir or --socket"
    )


def _newest_first(drills: Path) -> Iterator[Path]:
    aged = []
    for door in drills.glob(f"*/{DOOR_NAME}"):
        with contextlib.suppress(OSError):
            aged.append((door.lstat().st_mtime, door))
    return (door for _, door in sorted(aged, reverse=True))


def _is_answered(path: Path) -> bool:
    """True where somebody listens."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        probe.connect(os.path.realpath(path))
        return True
    return False
