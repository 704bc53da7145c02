"""`rtcc admin`: what the administrator of the machine sets up once."""

from __future__ import annotations

import argparse
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rtcc_core.ssh_setup import SetupFile, SshSetup

    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

MADE, CANNOT = 0, 2
SETTINGS_NAME = "agency.toml"
FOLDER = Path("/etc/rtcc/ssh")


def add_admin(subparsers: Subparsers) -> None:
    """Register `rtcc admin`."""
    parser = subparsers.add_parser(
        "admin",
        help="set up the machine: the SSH door to the console, PINs of its screens",
        description="What the administrator of the machine sets up once.",
    )
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)
    ssh = verbs.add_parser(
        "ssh-config",
        help="write the files of a hardened SSH door to the console",
        description="Writes an sshd configuration of its own, the launcher it forces on everybody, a banner, "
        "a script that makes one Unix account for each [[person]], their principals and a systemd unit; "
        "then says what to do next. Starts and changes nothing else. Exit code 0: written; 2: it cannot be.",
    )
    ssh.add_argument(
        "--settings", type=Path, default=Path(SETTINGS_NAME), metavar="FILE",
        help=f"whose people may log in (default: {SETTINGS_NAME} in this folder)",
    )  # fmt: skip
    ssh.add_argument(
        "--out", type=Path, default=FOLDER, metavar="FOLDER",
        help=f"where the files are written, and will stand (default: {FOLDER})",
    )  # fmt: skip
    ssh.add_argument("--port", type=_port, default=2222, metavar="N", help="TCP port (default: 2222)")
    ssh.add_argument("--listen", default="", metavar="ADDRESS", help="one address (default: all)")
    ssh.add_argument(
        "--group", default="", metavar="NAME",
        help="Unix group of those who may log in (default: [console] group, else dfr-console)",
    )  # fmt: skip
    ssh.add_argument(
        "--python", type=Path, default=Path(sys.executable), metavar="FILE",
        help="the interpreter that has rtcc; all of them must be able to run it (default: this one)",
    )  # fmt: skip
    ssh.add_argument(
        "--socket", type=Path, default=None, metavar="FILE",
        help="the core's socket (default: [console] socket, else /run/rtcc/console.sock)",
    )  # fmt: skip
    ssh.set_defaults(run=_ssh_config)
    pin = verbs.add_parser(
        "pin",
        help="set the PIN that unlocks a person's console",
        description="Sets or changes the PIN with which a person unlocks the screen of their console, in the "
        "file that agency.toml names ([console] pins). Asked for twice on the terminal, or read as one line "
        "from a pipe. Run it as the account of the core. Exit code 0: set; 2: not.",
    )
    pin.add_argument("account", metavar="ACCOUNT", help="whose: an account of [[person]]")
    pin.add_argument(
        "--settings", type=Path, default=Path(SETTINGS_NAME), metavar="FILE",
        help=f"the agency's settings (default: {SETTINGS_NAME} in this folder)",
    )  # fmt: skip
    pin.set_defaults(run=_pin)


def _ssh_config(arguments: argparse.Namespace) -> int:
    from rtcc_core.settings import SettingsError, read_settings
    from rtcc_core.ssh_setup import SetupError, SshSetup, next_steps, setup_files

    try:
        settings = read_settings(arguments.settings, has_accounts=False)  # accounts.sh makes them
    except SettingsError as error:
        sys.stderr.write(f"rtcc admin: {arguments.settings} cannot be used\n{error}\n")
        return CANNOT
    setup = SshSetup(
        folder=arguments.out.absolute(),
        agency=settings.programme.agency,
        people=settings.people,
        python=arguments.python.absolute(),
        socket=(arguments.socket or settings.console_socket or Path("/run/rtcc/console.sock")).absolute(),
        group=arguments.group or settings.console_group or "dfr-console",
        port=arguments.port,
        listen=arguments.listen,
    )
    try:
        for file in setup_files(setup):
            _write(setup.folder, file)
    except SetupError as error:
        sys.stderr.write(f"rtcc admin: {error}\n")
        return CANNOT
    except OSError as error:
        sys.stderr.write(f"rtcc admin: {error.filename} cannot be written: {error.strerror}\n")
        return CANNOT
    sys.stdout.write(f"written to {setup.folder}; as root, in this order:\n")
    for number, step in enumerate(next_steps(setup), start=1):
        sys.stdout.write(f"  {number}. {step}\n")
    for caution in _cautions(setup):
        sys.stderr.write(f"rtcc admin: {caution}\n")
    return MADE


def _cautions(setup: SshSetup) -> Iterator[str]:
    """What would keep people out, as this machine is now."""
    if closed := _closed_to_others(setup.python):
        yield (
            f"nobody could log in: other accounts cannot run {setup.python}, since {closed} is closed to "
            "them or missing. Install rtcc under /opt and write the files again with its --python"
        )
    if loose := _not_of_root_alone(setup.folder):
        yield (
            f"nobody could log in: {loose} may be written by others than root, and sshd then ignores "
            "the principals in silence. Put that right, or write the files to another --out"
        )


def _closed_to_others(program: Path) -> Path | None:
    """What on the way to `program`, or to what it points at, other accounts may not pass or run."""
    for path in (program, program.resolve()):
        for each in (*reversed(path.parents), path):
            if not each.exists() or not each.stat().st_mode & stat.S_IXOTH:
                return each
    return None


def _not_of_root_alone(folder: Path) -> Path | None:
    """As sshd's StrictModes look at it: the folder or one above it that somebody else may write."""
    for each in (folder, *folder.parents):
        status = each.stat()
        if status.st_uid != 0 or status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            return each
    return None


def _pin(arguments: argparse.Namespace) -> int:
    from rtcc_core.adapters.pin_book import PinBook, PinError
    from rtcc_core.settings import SettingsError, read_settings

    try:
        settings = read_settings(arguments.settings)
    except SettingsError as error:
        sys.stderr.write(f"rtcc admin: {arguments.settings} cannot be used\n{error}\n")
        return CANNOT
    accounts = [person.account for person in settings.people]
    try:
        if settings.pin_file is None:
            raise PinError(f'{arguments.settings} names no file for PINs; add: [console] pins = "pins"')
        if arguments.account not in accounts:
            known = ", ".join(accounts)
            raise PinError(f"{arguments.account} is no account of [[person]]; there are: {known}")
        PinBook(settings.pin_file).set(arguments.account, _asked_pin(arguments.account))
    except PinError as error:
        sys.stderr.write(f"rtcc admin: {error}\n")
        return CANNOT
    sys.stdout.write(f"the PIN of {arguments.account} is set\n")
    return MADE


def _asked_pin(account: str) -> str:
    """Raises PinError where the two differ."""
    from getpass import getpass

    from rtcc_core.adapters.pin_book import PinError

    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    pin = getpass(f"new PIN of {account}: ")
    if getpass("the same again: ") != pin:
        raise PinError("the two differ; nothing was changed")
    return pin


def _write(folder: Path, file: SetupFile) -> None:
    path = folder / file.name
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
    if file.name == "revoked_keys" and path.exists():
        return  # who was shut out stays out
    path.write_text(file.text, "utf-8")
    path.chmod(file.mode)


def _port(text: str) -> int:
    port = int(text) if text.isdecimal() else 0
    if not 1 <= port <= 65_535:
        raise argparse.ArgumentTypeError(f"{text} is not a TCP port, 1 to 65535")
    return port
