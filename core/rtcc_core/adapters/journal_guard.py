"""What lies beside the journal: the lock that keeps a second core out, and the head file.

The head file `journal.db.head` remembers the newest event (and one in every `STRIDE`) outside the
database, so that rows cut off the end are noticed although what is left is a valid, shorter chain. It is
written *after* each commit: it may be behind the journal, never before it. It defends against accidents
and plain edits, not against somebody who rewrites journal and head file together; against that, keep
the head that `rtcc journal verify` prints somewhere else.

The seal `journal.db.seal` holds the SHA-256 of the whole file, made when the core closes it and removed
when a core opens it: at rest, a change of any byte is noticed, even of one that holds nothing.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import zlib
from pathlib import Path

from rtcc_core.wire.ledger import Head

STRIDE = 256
"""Events that share one line of the head file: the newest of them stands there."""

SEAL_MAX_BYTES = 512 * 1024 * 1024
"""A larger file is not sealed: a core must stop within a second or two."""

_LINE_BYTES = 20 + 1 + 64 + 1 + 8 + 1


class LockTaken(Exception):
    """Somebody else owns the journal; the message says who."""


def beside(path: Path, suffix: str) -> Path:
    """`journal.db` → `journal.db.lock`."""
    return path.with_name(path.name + suffix)


def take_lock(path: Path) -> int:
    """Own the journal at `path` until the returned descriptor is closed; the kernel frees it on a crash.

    Raises LockTaken, OSError.
    """
    descriptor = os.open(beside(path, ".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        owner = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip() or "unknown"
        os.close(descriptor)
        raise LockTaken(
            f"another core (pid {owner}) owns this journal: stop it first, or use another --state-dir"
        ) from None
    except OSError:
        os.close(descriptor)
        raise
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return descriptor


def is_owned(path: Path) -> bool:
    """True where a living process says it owns the journal; looks without touching the lock."""
    try:
        os.kill(int(beside(path, ".lock").read_text("ascii")), 0)
    except PermissionError:
        return True
    except (OSError, ValueError):
        return False
    return True


def _line(head: Head) -> bytes:
    text = f"{head.seq:020d} {head.hash}"
    return f"{text} {zlib.crc32(text.encode()):08x}\n".encode()


def _parse(line: bytes) -> Head | None:
    try:
        seq, digest, checksum = line.decode("ascii").split()
        if int(checksum, 16) != zlib.crc32(line[: 20 + 1 + 64]) or not line.endswith(b"\n"):
            return None
        return Head(int(seq), digest)
    except ValueError:
        return None


class HeadFile:
    """Writes the head file; every failure is swallowed: it is an aid, the journal goes on without it."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(beside(path, ".head"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        self._synced_slot = -1

    def note(self, head: Head) -> bool:
        """Remember the newest event; True when a new line began and `sync` is due."""
        slot = (head.seq - 1) // STRIDE
        try:
            os.pwrite(self._descriptor, _line(head), slot * _LINE_BYTES)
        except OSError:
            return False
        return slot != self._synced_slot

    def sync(self) -> None:
        """Bring it to the disk; blocks for milliseconds."""
        try:
            self._synced_slot = os.fstat(self._descriptor).st_size // _LINE_BYTES - 1
            os.fdatasync(self._descriptor)
        except OSError:
            return

    def close(self) -> None:
        self.sync()
        os.close(self._descriptor)


class Anchors:
    """What a head file remembers."""

    def __init__(self, heads: list[Head], damage: str) -> None:
        self.heads = heads
        """In order; the last is the newest event that was confirmed to anybody."""
        self.damage = damage
        """What is wrong with the head file itself, in words; empty when nothing is."""

    @property
    def newest(self) -> Head | None:
        return self.heads[-1] if self.heads else None


def read_anchors(path: Path) -> Anchors:
    """The head file beside the journal at `path`. Raises OSError for anything but its absence."""
    place = beside(path, ".head")
    try:
        content = place.read_bytes()
    except FileNotFoundError:
        return Anchors([], f"there is no {place.name} beside it, so rows cut off its end might go unnoticed")
    heads: list[Head] = []
    bad_lines = 0
    for start in range(0, len(content), _LINE_BYTES):
        line = content[start : start + _LINE_BYTES]
        if not line.strip(b"\0"):
            continue  # a commit of more than STRIDE events leaves a line unwritten
        head = _parse(line)
        if head is None or (heads and head.seq <= heads[-1].seq):
            bad_lines += 1
        else:
            heads.append(head)
    damage = f"{place.name} is damaged in {bad_lines} place(s) and was used without them" if bad_lines else ""
    return Anchors(heads, damage)


def _file_digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def seal_file(path: Path) -> None:
    """Write the seal of a journal just closed; without one the file is as good, only less watched."""
    try:
        if path.stat().st_size <= SEAL_MAX_BYTES and not beside(path, "-wal").exists():
            beside(path, ".seal").write_text(f"{_file_digest(path)}\n", "ascii")
    except OSError:
        return


def break_seal(path: Path) -> None:
    """A core is about to write. Raises OSError."""
    beside(path, ".seal").unlink(missing_ok=True)


def is_seal_broken(path: Path) -> bool:
    """True where the file at rest is not, byte for byte, what its core closed. Raises OSError."""
    try:
        seal = beside(path, ".seal").read_bytes()
    except FileNotFoundError:
        return False
    return not beside(path, "-wal").exists() and seal != f"{_file_digest(path)}\n".encode()
