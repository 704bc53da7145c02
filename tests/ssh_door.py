"""A real sshd on a loopback port with the files of `rtcc admin ssh-config`, a user CA, and two accounts.

Needs root (accounts are made and removed), sshd and ssh; `why_not` says what is missing.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from rtcc_core.domain.people import Person, Role
from rtcc_core.ssh_setup import SshSetup, setup_files

GROUP = f"rtcct-{os.getpid()}"
"""Its own for each run: two runs on one machine must not share accounts."""
ACCOUNTS = (f"{GROUP}-reyes", f"{GROUP}-ives")
SSHD = Path("/usr/sbin/sshd")
AGENCY = "RIVERTON PD"


def why_not() -> str:
    """What this machine lacks for the tests of the SSH door; empty where nothing."""
    if os.geteuid() != 0:
        return "needs root, to make two accounts"
    needed = (str(SSHD), "ssh", "ssh-keygen", "useradd", "userdel", "groupadd")
    if missing := [name for name in needed if shutil.which(name) is None]:
        return f"{', '.join(missing)} is not installed"
    return ""


def run(*argv: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    return subprocess.run(argv, check=check, capture_output=True, text=True, timeout=60)


class SshDoor:
    """The door, for the length of a test module."""

    def __init__(self) -> None:
        # Not under /tmp: sshd trusts no file below a folder that everybody may write to.
        self.folder = Path(tempfile.mkdtemp(prefix="rtcc-ssh-", dir="/var/lib"))
        self.folder.chmod(0o755)
        self.port = _free_port()
        self.socket = self.folder / "run" / "console.sock"
        self.people: tuple[Person, ...] = ()
        self._sshd: subprocess.Popen[bytes] | None = None

    def open(self) -> None:
        """Accounts, CA, keys, files, sshd."""
        run("groupadd", "--force", GROUP)
        for name in ACCOUNTS:
            run("useradd", "--no-create-home", "--home-dir", "/nonexistent", "--shell", "/bin/sh",
                "--password", "*", "--groups", GROUP, name)  # fmt: skip
        self.people = tuple(
            Person(account=name, name=shown, role=Role.DISPATCHER, uid=pwd.getpwnam(name).pw_uid)
            for name, shown in zip(ACCOUNTS, ("A. REYES", "B. IVES"), strict=True)
        )
        self.socket.parent.mkdir()
        self.setup = SshSetup(
            folder=self.folder,
            agency=AGENCY,
            people=self.people,
            python=self._interpreter(),
            socket=self.socket,
            group=GROUP,
            port=self.port,
            listen="127.0.0.1",
        )
        for file in setup_files(self.setup):
            path = self.folder / file.name
            path.parent.mkdir(exist_ok=True)
            path.write_text(file.text)
            path.chmod(file.mode)
        for name in ("ssh_host_ed25519_key", "console_ca", "other_ca", "user"):
            run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.folder / name))
        host = (self.folder / "ssh_host_ed25519_key.pub").read_text()
        (self.folder / "known_hosts").write_text(f"[127.0.0.1]:{self.port} {host}")
        self.certify("reyes", ACCOUNTS[0], "badge-1001 amartinez", serial=7)
        self.certify("ives", ACCOUNTS[1], "badge-1002 bives", serial=8)
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        self._log = (self.folder / "sshd.log").open("wb")
        self._sshd = subprocess.Popen(
            [str(SSHD), "-D", "-e", "-f", str(self.folder / "sshd_config")], stdin=subprocess.DEVNULL,
            stdout=self._log, stderr=self._log,
        )  # fmt: skip
        self._wait()

    def close(self) -> None:
        """Nothing is left: no process, no account, no file."""
        if self._sshd is not None:
            self._sshd.terminate()
            self._sshd.wait(10)
            self._log.close()
        for name in ACCOUNTS:
            run("pkill", "-KILL", "-u", name, check=False)
            run("userdel", name, check=False)
        run("groupdel", GROUP, check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    def certify(
        self,
        name: str,
        principal: str,
        key_id: str,
        *,
        serial: int,
        ca: str = "console_ca",
        valid: str = "+1h",
    ) -> None:
        """A certificate `name` for the user's key."""
        key = self.folder / f"{name}.pub"
        shutil.copy(self.folder / "user.pub", key)
        run("ssh-keygen", "-q", "-s", str(self.folder / ca), "-I", key_id, "-n", principal, "-z", str(serial),
            "-V", valid, str(key))  # fmt: skip

    def revoke(self, serial: int) -> None:
        """The certificate of that number opens nothing any more."""
        listed = self.folder / "revoked"
        listed.write_text(f"serial: {serial}\n")
        ca = str(self.folder / "console_ca.pub")
        run("ssh-keygen", "-q", "-k", "-f", str(self.folder / "revoked_keys"), "-s", ca, str(listed))

    def ssh(self, account: str, certificate: str, *options: str) -> list[str]:
        """The command line of a client; what it shall run is added behind."""
        return [
            "ssh", "-F", "none", "-p", str(self.port), "-i", str(self.folder / "user"),
            "-o", f"CertificateFile={self.folder / certificate}-cert.pub", "-o", "IdentitiesOnly=yes",
            "-o", f"UserKnownHostsFile={self.folder / 'known_hosts'}", "-o", "BatchMode=yes",
            "-o", "ConnectTimeout=20", *options, f"{account}@127.0.0.1",
        ]  # fmt: skip

    def log(self) -> str:
        return (self.folder / "sshd.log").read_text(errors="replace")

    def _interpreter(self) -> Path:
        """A Python with rtcc that the accounts can run: an environment of the system's that borrows ours."""
        version = f"python3.{sys.version_info.minor}"
        ours = next(Path(path) for path in sys.path if path.endswith("site-packages"))
        system = shutil.which(version, path="/usr/bin:/usr/local/bin") or version
        python = self.folder / "venv" / "bin" / "python"
        try:
            run(system, "-m", "venv", "--without-pip", str(self.folder / "venv"))
        except (OSError, subprocess.CalledProcessError) as error:
            raise NoDoorError(f"no {version} that every account may run") from error
        [site] = (self.folder / "venv" / "lib").glob("python3*/site-packages")
        (site / "ours.pth").write_text(f"import site; site.addsitedir({str(ours)!r})\n")
        tried = run(
            "su",
            "-s",
            "/bin/sh",
            ACCOUNTS[0],
            "-c",
            f"cd / && {python} -I -c 'import rtcc_core.cli'",
            check=False,
        )
        if tried.returncode != 0:
            raise NoDoorError(f"the accounts cannot run this checkout: {tried.stderr.strip()[-200:]}")
        return python

    def _wait(self) -> None:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            if self._sshd is not None and self._sshd.poll() is not None:
                break
            time.sleep(0.05)
        raise AssertionError(f"sshd does not listen:\n{self.log()}")


class NoDoorError(Exception):
    """This machine cannot run the tests; the message says why."""


@contextlib.contextmanager
def opened() -> Iterator[SshDoor]:
    """A door that is open."""
    door = SshDoor()
    try:
        door.open()
        yield door
    finally:
        door.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
