"""A Unix socket that only its group may open, and that a dead core does not block."""

from __future__ import annotations

import contextlib
import grp
import os
import shutil
import socket
import stat
from pathlib import Path

PATH_MAX_BYTES = 107
"""Linux `sun_path`, without the closing zero."""


def bind_unix(path: Path, group: str | None = None) -> socket.socket:
    """Bind and listen at `path`, mode 0660; the socket file of a dead core is replaced.

    Raises OSError with words: somebody listens there, it is no socket, the path is too long, or the
    group does not exist.
    """
    if len(os.fsencode(path)) > PATH_MAX_BYTES:
        raise OSError(
            f"the socket path {path} is longer than {PATH_MAX_BYTES} bytes; give a shorter --socket"
        )
    make_way(path)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o117)
    try:
        listening.bind(str(path))
        if group is not None:
            shutil.chown(path, group=group)
    except LookupError as error:
        listening.close()
        path.unlink()
        raise OSError(f"there is no group {group}; correct the group of the console socket") from error
    except OSError as error:
        listening.close()
        raise OSError(f"cannot open the console socket {path}: {error.strerror or error}") from error
    finally:
        os.umask(before)
    return listening


def make_folder(path: Path, group: str | None) -> None:
    """The folder of the socket `path`, mode 0750; a new one belongs to `group`, or its members never arrive.

    Raises OSError.
    """
    folder = path.parent
    if folder.is_dir():
        return
    folder.mkdir(mode=0o750, parents=True, exist_ok=True)
    if group is not None:
        with contextlib.suppress(LookupError):  # bind_unix says so
            shutil.chown(folder, group=group)


def closed_folder(path: Path, group: str) -> Path | None:
    """The first folder on the way to the socket `path` that members of `group` may not pass, by its mode.

    None where they may, or where folder or group are not there yet.
    """
    try:
        gid = grp.getgrnam(group).gr_gid
        for folder in reversed(path.absolute().parents):
            status = folder.stat()
            if not status.st_mode & (stat.S_IXGRP if status.st_gid == gid else stat.S_IXOTH):
                return folder
    except (KeyError, OSError):
        return None
    return None


def unlink_if_ours(path: Path, inode: int) -> None:
    """Remove the socket file unless somebody else has put theirs there."""
    with contextlib.suppress(FileNotFoundError):
        if path.stat().st_ino == inode:
            path.unlink()


def make_way(path: Path) -> None:
    """Remove the socket file of a dead core. Raises OSError, in words, where a living one has it."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise OSError(f"{path} exists and is not a socket; move it away or give another --socket")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(str(path))
        except (ConnectionRefusedError, FileNotFoundError):
            with contextlib.suppress(FileNotFoundError):
                path.unlink()
            return
        except OSError as error:
            raise OSError(
                f"{path} exists and cannot be tried ({error}); is it another account's core?"
            ) from error
    raise OSError(f"a core is already running at {path}; stop it first, or give another --socket")
