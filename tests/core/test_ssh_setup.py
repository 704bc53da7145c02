"""The files of the SSH door, and what is read of a certificate."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtcc_core.adapters.login_words import login_words
from rtcc_core.cli import main
from rtcc_core.domain.people import Person, Role
from rtcc_core.ssh_setup import SetupError, SshSetup, setup_files
from rtcc_core.wire.ssh_certificate import NoCertificate, read_certificate

needs_ssh = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen is not installed")


def person(account: str, name: str = "A. REYES") -> Person:
    return Person(account=account, name=name, role=Role.DISPATCHER, uid=1000)


def setup(*people: Person, folder: str = "/etc/rtcc/ssh") -> SshSetup:
    return SshSetup(
        folder=Path(folder),
        agency="ELK MEADOW",
        people=people,
        python=Path("/opt/rtcc/bin/python"),
        socket=Path("/run/rtcc/console.sock"),
    )


def test_each_person_has_an_account_and_a_principal_of_that_name() -> None:
    files = {file.name: file for file in setup_files(setup(person("reyes"), person("oyama")))}
    assert files["principals/reyes"].text == "reyes\n"
    assert files["principals/oyama"].text == "oyama\n"
    assert "account reyes 1000 " in files["accounts.sh"].text
    assert files["console-launch"].mode == 0o755


@pytest.mark.parametrize("account", ["root", "a b", "../x", "$(id)", "", "x" * 33, "É", "-rf"])
def test_an_account_that_is_none_is_refused(account: str) -> None:
    with pytest.raises(SetupError):
        setup_files(setup(person(account)))


@pytest.mark.parametrize("folder", ["relative", "/with space", "/a%h", '/a"b'])
def test_a_path_that_sshd_reads_otherwise_is_refused(folder: str) -> None:
    with pytest.raises(SetupError, match="full path"):
        setup_files(setup(person("reyes"), folder=folder))


@given(st.text(min_size=1, max_size=30))
def test_a_hostile_name_stays_in_its_comment(name: str) -> None:
    files = {file.name: file.text for file in setup_files(setup(person("reyes", name)))}
    [line] = [each for each in files["accounts.sh"].splitlines() if each.startswith("account reyes")]
    assert line.partition("#")[0].strip() == "account reyes 1000"
    assert len(files["accounts.sh"].splitlines()) == len(
        next(
            file.text for file in setup_files(setup(person("reyes"))) if file.name == "accounts.sh"
        ).splitlines()
    )


def test_people_and_group_whose_accounts_it_makes_need_not_be_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = tmp_path / "agency.toml"
    assert main(["settings", "example"]) == 0
    text = re.sub(r'account = "[^"]*"', 'account = "rtcc-not-yet"', capsys.readouterr().out)
    text += '\n[[person]]\naccount = "rtcc-nor-she"\nname = "B. OYAMA"\nrole = "pilot"\n'
    settings.write_text(text.replace('# group = "dfr-console"', 'group = "rtcc-no-group"'), "utf-8")
    assert main(["settings", "check", str(settings)]) == 1
    out = tmp_path / "ssh"
    assert main(["admin", "ssh-config", "--settings", str(settings), "--out", str(out)]) == 0
    made = (out / "accounts.sh").read_text("utf-8")
    assert "groupadd --system rtcc-no-group" in made
    assert "\naccount rtcc-not-yet   #" in made
    assert "\naccount rtcc-nor-she   #" in made


def test_what_keeps_everybody_out_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings, closed, loose = tmp_path / "agency.toml", tmp_path / "closed", tmp_path / "loose"
    assert main(["settings", "example"]) == 0
    settings.write_text(re.sub(r'account = "[^"]*"', 'account = "nobody"', capsys.readouterr().out))
    closed.mkdir(0o700)
    (closed / "python").touch(0o755)
    loose.mkdir()
    loose.chmod(0o777)
    wanted = ["--settings", str(settings), "--out", str(loose), "--python", str(closed / "python")]
    assert main(["admin", "ssh-config", *wanted]) == 0
    said = capsys.readouterr().err
    assert f"other accounts cannot run {closed / 'python'}" in said
    assert f"{loose} may be written by others than root" in said


@pytest.mark.skipif(not Path("/usr/sbin/sshd").exists(), reason="sshd is not installed")
@needs_ssh
def test_sshd_reads_the_file_as_it_is_meant(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = tmp_path / "agency.toml"
    assert main(["settings", "example"]) == 0
    settings.write_text(re.sub(r'account = "[^"]*"', 'account = "nobody"', capsys.readouterr().out))
    out = tmp_path / "ssh"
    wanted = ["--settings", str(settings), "--out", str(out), "--port", "2201"]
    assert main(["admin", "ssh-config", *wanted]) == 0
    assert "accounts.sh" in capsys.readouterr().out
    key = str(out / "ssh_host_ed25519_key")
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True, timeout=30)
    shutil.copy(f"{key}.pub", out / "console_ca.pub")
    told = subprocess.run(
        ["/usr/sbin/sshd", "-T", "-f", str(out / "sshd_config")],
        check=True, timeout=30, capture_output=True, text=True,
    ).stdout.lower()  # fmt: skip
    for setting in (
        "port 2201", "permitrootlogin no", "passwordauthentication no", "disableforwarding yes",
        "permituserenvironment no", "permituserrc no", "authenticationmethods publickey", "maxsessions 1",
        "authorizedkeysfile none", "exposeauthinfo yes", "unusedconnectiontimeout 30", "permittunnel no",
        f"forcecommand {str(out).lower()}/console-launch",
    ):  # fmt: skip
        assert f"{setting}\n" in told
    assert "subsystem" not in told


@needs_ssh
@pytest.mark.parametrize("kind", ["ed25519", "rsa", "ecdsa"])
def test_a_certificate_is_read(tmp_path: Path, kind: str) -> None:
    ca, user = tmp_path / "ca", tmp_path / "user"
    for path, type_ in ((ca, "ed25519"), (user, kind)):
        subprocess.run(["ssh-keygen", "-q", "-t", type_, "-N", "", "-f", str(path)], check=True, timeout=60)
    subprocess.run(
        ["ssh-keygen", "-q", "-s", str(ca), "-I", "badge-7 \x1b[31m", "-n", "reyes,oyama", "-z", "42",
         "-V", "20260101Z:20270101Z", f"{user}.pub"], check=True, timeout=60,
    )  # fmt: skip
    line = (tmp_path / "user-cert.pub").read_text()
    found = read_certificate(line)
    assert found.serial == 42
    assert found.principals == ("reyes", "oyama")
    assert found.key_id.startswith("badge-7")
    assert "\x1b" not in found.key_id
    assert found.valid_until is not None
    assert found.valid_until.year == 2027
    auth = tmp_path / "auth"
    auth.write_text(f"publickey {line}")
    told = login_words({"SSH_CONNECTION": "10.0.0.5 50000 10.0.0.1 2222", "SSH_USER_AUTH": str(auth)})
    assert told.startswith("ssh from 10.0.0.5, certificate badge-7")
    assert "serial 42" in told


def test_without_ssh_nothing_is_said() -> None:
    assert login_words({}) == ""
    assert (
        login_words({"SSH_CONNECTION": "10.0.0.5 1 2 3", "SSH_USER_AUTH": "/nowhere"}) == "ssh from 10.0.0.5"
    )


@given(st.binary(max_size=300))
def test_hostile_certificates_are_refused_in_words(blob: bytes) -> None:
    import base64

    with pytest.raises(NoCertificate):
        read_certificate(f"ssh-ed25519-cert-v01@openssh.com {base64.b64encode(blob).decode()}")
