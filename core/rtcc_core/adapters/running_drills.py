"""The drills of this account that run now, where a console without `--socket` finds them.

A drill leaves a small file in the account's runtime directory and holds a lock on it as long as it lives, so
that the file of one that was killed is known for what it is. Nobody else's file is ever believed.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import msgspec

DRILLS = "drills"
MODE = 0o700


class RunningDrill(msgspec.Struct, frozen=True, kw_only=True):
    """A drill that runs now, and where consoles join it."""

    name: str
    """Of its scenario."""
    socket_path: str


def runtime_folder() -> Path:
    """What lives as long as the processes of this account: XDG_RUNTIME_DIR/rtcc, else one under /tmp."""
    if runtime := os.environ.get("XDG_RUNTIME_DIR"):
        return Path(runtime) / "rtcc"
    return Path(f"/tmp/rtcc-{os.getuid()}")


@contextlib.contextmanager
def announced(drill: RunningDrill) -> Iterator[bool]:
    """Let consoles of this account find the drill until the block ends; False where they cannot.

    A runtime folder that cannot be written is no reason not to fly: `--socket` joins all the same.
    """
    path = runtime_folder() / DRILLS / f"{os.getpid()}.json"
    try:
        file = _locked(path, msgspec.json.encode(drill))
    except OSError:
        yield False
        return
    try:
        yield True
    finally:
        with contextlib.suppress(OSError):
            path.unlink()
        os.close(file)


def running_drills() -> list[RunningDrill]:
    """The drills of this account that run now, the newest first."""
    folder = runtime_folder() / DRILLS
    if not (_is_ours(folder.parent) and _is_ours(folder)):
        return []
    found: list[tuple[int, RunningDrill]] = []
    for path in folder.glob("*.json"):
        with contextlib.suppress(OSError, msgspec.MsgspecError, UnicodeDecodeError):
            if (drill := _read(path)) is not None:
                found.append(drill)
    return [drill for _began, drill in sorted(found, key=lambda each: each[0], reverse=True)]


def _locked(path: Path, content: bytes) -> int:
    """The open file, which has its name only once it is locked and whole. Raises OSError."""
    for folder in (path.parent.parent, path.parent):
        folder.mkdir(mode=MODE, parents=True, exist_ok=True)
        if not _is_ours(folder):
            raise PermissionError(f"{folder} is another account's")
    half = path.with_suffix(".new")
    file = os.open(half, os.O_CREAT | os.O_RDWR | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.write(file, content)
        half.rename(path)
    except OSError:
        os.close(file)
        raise
    return file


def _read(path: Path) -> tuple[int, RunningDrill] | None:
    """When it began and what it says; None, and the file gone, where nobody holds it any more."""
    file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        with open(file, "rb", closefd=False) as content:
            return os.fstat(file).st_mtime_ns, msgspec.json.decode(content.read(), type=RunningDrill)
    else:
        path.unlink()
        return None
    finally:
        os.close(file)


def _is_ours(folder: Path) -> bool:
    """True for a directory, not a link, that belongs to this account and that nobody else may write."""
    try:
        found = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o022
