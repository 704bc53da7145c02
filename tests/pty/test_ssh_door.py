"""The SSH door to the console, with a real sshd: who gets in, under which name, and what is refused."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import socket
import struct
import subprocess
import termios
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import msgspec
import pytest
from tests.pty.conftest import PtyTerminal
from tests.ssh_door import ACCOUNTS, GROUP, NoDoorError, SshDoor, opened, why_not
from tests.support import House, came_up, running, until

from rtcc_core.adapters.console_server import ConsoleServer
from rtcc_core.domain.events import ConsoleJoined, ConsoleLeft
from rtcc_core.ssh_setup import IS_A_COMMAND, IS_NO_TERMINAL

REYES, IVES = ACCOUNTS

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not() or "-")


@pytest.fixture(scope="module")
def door() -> Iterator[SshDoor]:
    try:
        with opened() as door:
            yield door
    except NoDoorError as error:
        pytest.skip(str(error))


@pytest.fixture
async def house(door: SshDoor) -> AsyncIterator[House]:
    """A core that knows the two accounts."""
    house = House(drones=("D1", "D2"))
    server = ConsoleServer(
        desk=house.desk, fanout=house.fanout, clock=house.clock, socket_path=door.socket, group=GROUP
    )
    async with running(house.desk):
        await house.desk.open(msgspec.structs.replace(came_up(drones=("D1", "D2")), people=door.people))
        await server.start()
        try:
            yield house
        finally:
            await server.stop("the test is over")


@contextlib.contextmanager
def terminal(argv: list[str], size: tuple[int, int] = (80, 24)) -> Iterator[PtyTerminal]:
    started = PtyTerminal(argv, size)
    try:
        yield started
    finally:
        started.end()


async def refused(argv: list[str]) -> subprocess.CompletedProcess[bytes]:
    """A client that is not let through, run to its end without a terminal."""
    return await asyncio.to_thread(
        subprocess.run, argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False
    )


def resize(shown: PtyTerminal, columns: int, rows: int) -> None:
    shown.screen.resize(rows, columns)
    fcntl.ioctl(shown.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


async def test_a_login_is_the_console_under_the_persons_own_name(door: SshDoor, house: House) -> None:
    with terminal(door.ssh(REYES, "reyes", "-tt")) as shown:
        await shown.until(lambda shown: "A. REYES" in shown.text)
        assert "RIVERTON PD" in shown.text
        joined = [each.event for each in house.journal.stored if isinstance(each.event, ConsoleJoined)]
        assert [(each.account, each.uid) for each in joined] == [(REYES, door.people[0].uid)]
        assert "ssh from 127.0.0.1" in joined[0].login
        assert "badge-1001 amartinez (serial 7" in joined[0].login

        resize(shown, 120, 40)
        await shown.until(lambda shown: "CALLS" in shown.text and len(shown.screen.display[0].rstrip()) > 100)

        shown.hang_up()
        await until(lambda: any(isinstance(each.event, ConsoleLeft) for each in house.journal.stored))


@pytest.mark.usefixtures("house")
async def test_nothing_but_the_console_is_run(door: SshDoor) -> None:
    command = await refused([*door.ssh(REYES, "reyes"), "id"])
    assert command.returncode == IS_A_COMMAND
    assert command.stdout == b""
    on_terminal = await refused([*door.ssh(REYES, "reyes", "-tt"), "/bin/sh"])
    assert on_terminal.returncode == IS_A_COMMAND
    without = await refused(door.ssh(REYES, "reyes", "-T"))
    assert without.returncode == IS_NO_TERMINAL
    assert b"terminal" in without.stderr
    sftp = await refused([*door.ssh(REYES, "reyes", "-s"), "sftp"])
    assert sftp.returncode != 0
    assert sftp.stdout == b""


@pytest.mark.usefixtures("house")
async def test_nothing_is_forwarded(door: SshDoor) -> None:
    through = await refused(door.ssh(REYES, "reyes", "-W", f"127.0.0.1:{door.port}"))
    assert through.returncode != 0
    assert through.stdout == b"", "sshd's own greeting would have come through"
    back = await refused(
        door.ssh(REYES, "reyes", "-N", "-o", "ExitOnForwardFailure=yes", "-R", "0:127.0.0.1:22")
    )
    assert back.returncode != 0
    assert b"forwarding" in back.stderr
    agent = await refused([*door.ssh(REYES, "reyes", "-A"), "true"])
    assert agent.returncode == IS_A_COMMAND


@pytest.mark.parametrize("target", ["tcp", "socket"])
@pytest.mark.usefixtures("house")
async def test_what_a_client_opens_locally_leads_nowhere(door: SshDoor, tmp_path: Path, target: str) -> None:
    local = tmp_path / "local.sock"
    there = f"127.0.0.1:{door.port}" if target == "tcp" else str(door.socket)
    client = await asyncio.create_subprocess_exec(
        *door.ssh(REYES, "reyes", "-N", "-L", f"{local}:{there}"),
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        await until(lambda: local.exists() or client.returncode is not None)
        assert client.returncode is None
        assert await asyncio.to_thread(_answer, local) == b""
    finally:
        client.terminate()
        await client.wait()


def _answer(path: Path) -> bytes:
    """What comes back through a forwarded socket; nothing where it is shut."""
    with socket.socket(socket.AF_UNIX) as tried:
        tried.settimeout(30)
        tried.connect(str(path))
        with contextlib.suppress(ConnectionError, BrokenPipeError):
            tried.sendall(b"GET /console HTTP/1.1\r\n\r\n")
            return tried.recv(100)
    return b""


async def test_only_a_certificate_of_ones_own_opens(door: SshDoor, house: House) -> None:
    door.certify("forged", REYES, "forged", serial=9, ca="other_ca")
    door.certify("expired", REYES, "expired", serial=10, valid="-2h:-1h")
    door.certify("revoked", REYES, "revoked", serial=11)
    door.revoke(11)
    door.certify("root", "root", "root", serial=12)
    tries = [(REYES, "ives"), (REYES, "forged"), (REYES, "expired"), (REYES, "revoked"), ("root", "root")]
    for account, certificate in tries:
        tried = await refused(door.ssh(account, certificate, "-tt"))
        assert tried.returncode == 255, (account, certificate, tried.stderr)
        assert b"Permission denied" in tried.stderr
    bare = [word for word in door.ssh(REYES, "reyes", "-tt") if "CertificateFile" not in word]
    bare.remove("-o")
    assert (await refused(bare)).returncode == 255
    assert not any(isinstance(each.event, ConsoleJoined) for each in house.journal.stored)


async def test_what_a_client_wants_in_its_environment_does_not_arrive(door: SshDoor, house: House) -> None:
    wants = "PYTHONPATH=/tmp LD_PRELOAD=/tmp/x.so RTCC_SOCKET=/tmp/other.sock TEXTUAL_DRIVER=x:y"
    with terminal(door.ssh(IVES, "ives", "-tt", "-o", f"SetEnv={wants}")) as shown:
        await shown.until(lambda shown: "B. IVES" in shown.text)
        environ = _environment_of_the_console(door)
        ours = "PATH HOME TERM LC_ALL COLORTERM RTCC_SOCKET SSH_USER_AUTH SSH_CONNECTION"
        assert environ.keys() <= set(ours.split())
        assert environ["RTCC_SOCKET"] == str(door.socket)
    await until(lambda: any(isinstance(each.event, ConsoleLeft) for each in house.journal.stored))


def _environment_of_the_console(door: SshDoor) -> dict[str, str]:
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (process / "cmdline").read_bytes().startswith(str(door.setup.python).encode()):
                told = (process / "environ").read_text().strip("\0").split("\0")
                return dict(each.split("=", 1) for each in told)
    raise AssertionError("no console runs")
