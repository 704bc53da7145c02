"""`rtcc doctor`: what on this machine would keep the console or the core from working, and what to do."""

from __future__ import annotations

import argparse
import codecs
import locale
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from rtcc_core.commands import JOURNAL_NAME, SOCKET_NAME, default_socket, default_state_dir
from rtcc_core.doctor_findings import Finding, Grade, worst_of
from rtcc_core.domain.text import clean

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

PYTHON_MIN = (3, 11)
TERMINAL_MIN = (80, 24)
SOCKET_PATH_MAX_BYTES = 107
"""`sun_path` of a Unix socket on Linux, without its closing zero byte (unix(7))."""
DISK_FAIL_BYTES = 100 * 1024**2
DISK_WARN_BYTES = 2 * 1024**3
"""A busy shift's journal and tracks stay well below this."""
CLOCK_NOT_BEFORE = datetime(2025, 6, 1, tzinfo=UTC)
"""This software is younger; a clock before it has lost its battery."""
MAVSDK_TIMEOUT_S = 30.0


_CONCLUSION = {
    Grade.OK: "all is well",
    Grade.WARN: "it will work, with the limits above",
    Grade.FAIL: "what FAILs above must be put right first",
}


def add_doctor(subparsers: Subparsers) -> None:
    """Register `rtcc doctor`."""
    parser = subparsers.add_parser(
        "doctor",
        help="look at this machine: what is wrong and what to do",
        description="Looks at terminal, locale, colours, Python, the aircraft library, sockets, disk and "
        "clock; with --settings also at who may open and unlock a console, the map, secrets, certificates, "
        "addresses, CAD, TAK, street and asset files, airspace files, weather, receivers of other aircraft, "
        "people, sites and aircraft. Exit code 1 where something would keep the core or the console from "
        "working, or every launch back.",
    )
    parser.add_argument(
        "--settings", type=Path, metavar="FILE", help="look at this agency.toml as well, and at what it names"
    )
    parser.add_argument("--state-dir", type=Path, metavar="DIR", help="where the journal lives or will live")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    state_dir = arguments.state_dir or default_state_dir()
    socket = arguments.state_dir / SOCKET_NAME if arguments.state_dir else default_socket()
    size = shutil.get_terminal_size((0, 0)) if sys.stdout.isatty() else None
    checks: list[Callable[[], Finding]] = [
        lambda: check_terminal(os.environ, size),
        lambda: check_locale(locale.getpreferredencoding(False), os.environ),
        lambda: check_colours(os.environ),
        lambda: check_python(sys.version_info[:3]),
        check_mavsdk,
        lambda: check_socket(_named_socket(arguments.settings) or socket),
        lambda: check_state_dir(state_dir),
        lambda: check_disk(state_dir),
        lambda: check_clock(datetime.now(UTC), _newest_change(state_dir)),
    ]
    about_agency = check_settings(arguments.settings, state_dir, socket) if arguments.settings else ()
    findings: list[Finding] = []
    for finding in chain((check() for check in checks), about_agency):
        findings.append(finding)
        sys.stdout.write(f"{finding}\n")
        sys.stdout.flush()
    worst = worst_of(findings)
    sys.stdout.write(f"{_CONCLUSION[worst]}\n")
    return 1 if worst is Grade.FAIL else 0


def _named_socket(path: Path | None) -> Path | None:
    """Where agency.toml says that consoles connect; None where it does not, or cannot be used."""
    from rtcc_core.settings import SettingsError, read_settings

    try:
        return read_settings(path).console_socket if path else None
    except SettingsError:
        return None  # check_settings names every mistake


def check_terminal(environment: Mapping[str, str], size: os.terminal_size | None) -> Finding:
    """`size` is None where stdout is no terminal."""
    term = environment.get("TERM", "")
    if size is None:
        return Finding(
            Grade.WARN,
            "terminal",
            "this is not a terminal",
            "The console needs one; rtcc console --plain does not",
        )
    if term in ("", "dumb", "unknown"):
        return Finding(
            Grade.WARN, "terminal", f"TERM={term or '(empty)'} can draw no screen",
            "Use another terminal, set TERM=xterm-256color where it is one, or use rtcc console --plain",
        )  # fmt: skip
    if size.columns < TERMINAL_MIN[0] or size.lines < TERMINAL_MIN[1]:
        return Finding(
            Grade.WARN, "terminal", f"{size.columns} columns, {size.lines} lines",
            f"Make the window at least {TERMINAL_MIN[0]} by {TERMINAL_MIN[1]}",
        )  # fmt: skip
    return Finding(Grade.OK, "terminal", f"{clean(term, limit=32)}, {size.columns} by {size.lines}")


def check_locale(encoding: str, environment: Mapping[str, str]) -> Finding:
    """Names come with accents; without UTF-8 they are shown as plain ASCII."""
    language = environment.get("LC_ALL") or environment.get("LANG") or "(empty)"
    said = f"{encoding}, LANG={clean(language, limit=32)}"
    try:
        is_utf8 = codecs.lookup(encoding).name == "utf-8"
    except LookupError:
        is_utf8 = False
    if is_utf8:
        return Finding(Grade.OK, "locale", said)
    return Finding(Grade.WARN, "locale", f"{said}: no UTF-8, so only ASCII is shown", "Set LANG=C.UTF-8")


def check_colours(environment: Mapping[str, str]) -> Finding:
    """Colour is never the only carrier of a meaning; more of it reads faster."""
    if "NO_COLOR" in environment:
        return Finding(Grade.OK, "colours", "none, as NO_COLOR asks; every state also has a word")
    if environment.get("COLORTERM", "").lower() in ("truecolor", "24bit"):
        return Finding(Grade.OK, "colours", "16 million")
    term = environment.get("TERM", "")
    if "256color" in term or "direct" in term:
        return Finding(Grade.OK, "colours", "256")
    return Finding(
        Grade.WARN, "colours", "8 or 16; every state also has a word",
        "Where the terminal can do more, set TERM=xterm-256color or COLORTERM=truecolor",
    )  # fmt: skip


def check_python(version: tuple[int, ...]) -> Finding:
    said = ".".join(str(part) for part in version)
    if version[:2] < PYTHON_MIN:
        need = ".".join(str(part) for part in PYTHON_MIN)
        return Finding(Grade.FAIL, "python", said, f"Install Python {need} or newer and run make setup again")
    return Finding(Grade.OK, "python", said)


def check_mavsdk() -> Finding:
    """In a process of its own: a native library that does not fit may take its process down with it."""
    machine = f"{platform.system()} {platform.machine()}, {' '.join(platform.libc_ver()) or 'no glibc'}"
    try:
        done = subprocess.run(
            [sys.executable, "-c", "import mavsdk.asyncio"],
            capture_output=True,
            text=True,
            timeout=MAVSDK_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return Finding(Grade.FAIL, "mavsdk", f"could not be tried: {error}", "Run make setup again")
    if done.returncode == 0:
        return Finding(Grade.OK, "mavsdk", f"the aircraft library loads ({machine})")
    lines = done.stderr.strip().splitlines()
    last = clean(lines[-1] if lines else f"it ended with {done.returncode}")
    return Finding(
        Grade.FAIL, "mavsdk", f"the aircraft library does not load: {last}", _mavsdk_remedy(last, machine)
    )


def _mavsdk_remedy(error: str, machine: str) -> str:
    if "No module named" in error:
        return "Run make setup again: it is not installed"
    # The wheels of 4.1: manylinux_2_28 for x86_64 and aarch64, macOS 15, Windows; none for musl or ARMv7.
    return f"This machine is {machine}; it needs glibc 2.28 or newer on x86_64 or aarch64, as Debian 10 has"


def check_socket(path: Path) -> Finding:
    """Where consoles connect."""
    length = len(os.fsencode(path))
    if length > SOCKET_PATH_MAX_BYTES:
        return Finding(
            Grade.FAIL, "socket",
            f"{path} has {length} bytes, a socket's path at most {SOCKET_PATH_MAX_BYTES}",
            "Name a shorter one: [console] socket in agency.toml, or --socket",
        )  # fmt: skip
    wrong = _not_writable(path.parent)
    if wrong:
        return Finding(Grade.FAIL, "socket", wrong, "Make the folder and give it to the core's account")
    return Finding(Grade.OK, "socket", str(path))


def check_state_dir(state_dir: Path) -> Finding:
    """Where the journal lives or will live."""
    wrong = _not_writable(state_dir)
    journal = state_dir / JOURNAL_NAME
    if not wrong and journal.exists() and not os.access(journal, os.W_OK):
        wrong = f"{journal} cannot be written by this account"
    if wrong:
        return Finding(
            Grade.FAIL,
            "journal",
            wrong,
            "Give the folder to the core's account, or name another with --state-dir",
        )
    return Finding(Grade.OK, "journal", f"{journal}{'' if journal.exists() else ' (not there yet)'}")


def _existing(folder: Path) -> Path:
    return next((each for each in (folder, *folder.absolute().parents) if each.exists()), Path("/"))


def _not_writable(folder: Path) -> str:
    """Empty where a file can be made in `folder`, or the folder itself; else what is wrong."""
    nearest = _existing(folder)
    if not nearest.is_dir():
        return f"{nearest} is not a folder"
    try:
        # os.access says yes on a full or read-only file system; a file that was made does not lie.
        with tempfile.TemporaryFile(dir=nearest) as file:
            file.write(b"\0")
    except OSError as error:
        return f"{nearest} takes no files: {error.strerror}"
    return ""


def check_disk(state_dir: Path) -> Finding:
    place = _existing(state_dir)
    free = shutil.disk_usage(place).free
    said = f"{free / 1024**3:,.1f} GiB free at {place}"
    if free < DISK_FAIL_BYTES:
        return Finding(Grade.FAIL, "disk", said, "Free some space: without it no launch is possible")
    if free < DISK_WARN_BYTES:
        return Finding(Grade.WARN, "disk", said, "Free some space before the shift")
    return Finding(Grade.OK, "disk", said)


def _newest_change(state_dir: Path) -> datetime | None:
    try:
        return datetime.fromtimestamp((state_dir / JOURNAL_NAME).stat().st_mtime, UTC)
    except OSError:
        return None


def check_clock(now: datetime, journal_changed: datetime | None) -> Finding:
    """`journal_changed` is when the journal was last written; None where there is none."""
    said = now.strftime("%Y-%m-%d %H:%M:%S UTC")
    remedy = "Set the clock, and keep it right with NTP (timedatectl set-ntp true)"
    if now < CLOCK_NOT_BEFORE:
        return Finding(Grade.FAIL, "clock", f"{said} is in the past", remedy)
    if journal_changed is not None and (journal_changed - now).total_seconds() > 60:
        return Finding(
            Grade.WARN, "clock", f"{said}, but the journal was written at {journal_changed:%F %T}", remedy
        )
    return Finding(Grade.OK, "clock", said)


def check_settings(path: Path, state_dir: Path, socket: Path) -> Iterator[Finding]:
    """agency.toml, and where it can be used all that it points at.

    `state_dir` is where the journal lives, `socket` where a core is found that the file does not place.
    """
    from rtcc_core.doctor_agency import agency_findings
    from rtcc_core.doctor_console import console_findings
    from rtcc_core.doctor_feeds import feed_findings
    from rtcc_core.settings import SettingsError, read_settings
    from rtcc_core.settings_cli import summary

    try:
        settings = read_settings(path)
    except SettingsError as error:
        first, more = error.problems[0], len(error.problems) - 1
        rest = f" (and {more} more)" if more else ""
        yield Finding(
            Grade.FAIL, "settings", f"{path.name}, {first}{rest}", f"See all: rtcc settings check {path}"
        )
        return
    yield Finding(Grade.OK, "settings", summary(settings))
    yield from console_findings(settings, settings.console_socket or socket)
    yield from feed_findings(settings, settings.console_socket or socket)
    yield from agency_findings(settings, state_dir)
