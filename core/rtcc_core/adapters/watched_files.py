"""What readers of the agency's files do alike: notice a change, read no more than they may, tell what is new.

A file that was good and is now missing or wrong keeps what it last gave; why, is a problem in words.
"""

from __future__ import annotations

import asyncio
import logging
import stat
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Generic, Protocol, TypeVar

from rtcc_core.domain.facts import Fact
from rtcc_core.domain.text import clean
from rtcc_core.ports import FactSink, JournalUnavailable

log = logging.getLogger(__name__)

Stamp = tuple[int, ...]


def stamp_of(path: Path) -> Stamp | None:
    """What differs when a file was changed, replaced, or made readable; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def opened(path: Path, most_bytes: int) -> BinaryIO:
    """The file, open to be read. Raises OSError, and ValueError for what is no file or too large."""
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        raise ValueError("it is not a file")
    if found.st_size > most_bytes:
        raise ValueError(f"it is larger than {most_bytes // 2**20} MB: cut out the part around the agency")
    return path.open("rb")


def whole(path: Path, most_bytes: int) -> bytes:
    """All of the file. Raises as `opened`."""
    with opened(path, most_bytes) as file:
        return file.read(most_bytes + 1)


def why_unusable(error: OSError | ValueError) -> str:
    """In words, cleaned: the message may quote the file."""
    return clean(error.strerror or str(error) if isinstance(error, OSError) else str(error))


class Told(Protocol):
    """What files say together."""

    @property
    def digest(self) -> str: ...

    @property
    def problems(self) -> tuple[str, ...]: ...


T = TypeVar("T", bound=Told)


class FileReporter(Generic[T]):
    """Reports what files say whenever that is something new."""

    def __init__(
        self, name: str, read: Callable[[], T], fact: Callable[[T], Fact], sink: FactSink, *, every_s: float
    ) -> None:
        """`read` looks at the files, in a thread; it raises for none of them."""
        self._name = name
        self._read = read
        self._fact = fact
        self._sink = sink
        self._every_s = every_s
        self._reported = ""
        self._told: frozenset[str] = frozenset()

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(self._every_s)

    async def look(self) -> None:
        """Read what changed, and report it where it is another now."""
        found = await asyncio.to_thread(self._read)
        for problem in found.problems:
            if problem not in self._told:
                log.warning("%s: %s", self._name, problem)
        self._told = frozenset(found.problems)
        if found.digest == self._reported:
            return
        try:
            await self._sink.store([self._fact(found)], source=f"feed:{self._name}")
        except JournalUnavailable:
            return  # the next look tries again
        self._reported = found.digest
