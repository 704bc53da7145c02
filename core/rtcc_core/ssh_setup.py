"""The files of a hardened SSH door to the console: an sshd of its own whose only command is the console.

Who may come in says a certificate of the agency's own user CA; each person has one Unix account, because the
core tells people apart by the account at the other end of its socket. Nothing but the console can be run:
no command, no sftp, no forwarding of any kind. Pure: text in, text out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from shlex import quote

import msgspec

from rtcc_core.domain.people import NO_UID, Person

ACCOUNT = re.compile(r"[a-z_][a-z0-9_-]{0,31}")
"""What useradd takes (Debian's NAME_REGEX)."""

IS_A_COMMAND, IS_NO_TERMINAL = 64, 65
"""Exit codes of the launcher: something else than the console was wanted; there is no terminal to draw on."""


class SshSetup(msgspec.Struct, frozen=True, kw_only=True):
    """What the files are written for."""

    folder: Path
    """Where the files will stand: owned by root, writable by nobody else (sshd insists)."""
    agency: str
    people: tuple[Person, ...]
    """Their accounts may still have to be made: the uid is then NO_UID."""
    python: Path
    """The interpreter that has rtcc installed; every console account must be able to run it."""
    socket: Path
    """The core's console socket."""
    group: str = "dfr-console"
    port: int = 2222
    listen: str = ""
    """One address; empty for all."""
    sshd: Path = Path("/usr/sbin/sshd")


class SetupFile(msgspec.Struct, frozen=True):
    """One file."""

    name: str
    text: str
    mode: int = 0o644


class SetupError(ValueError):
    """The files cannot be written for this; the message says why and what to do."""


def setup_files(setup: SshSetup) -> list[SetupFile]:
    """Every file of the folder, in no particular order. Raises SetupError."""
    _check(setup)
    return [
        SetupFile("sshd_config", _sshd_config(setup)),
        SetupFile("console-launch", _launcher(setup), 0o755),
        SetupFile("banner", _banner(setup)),
        SetupFile("revoked_keys", ""),
        SetupFile("accounts.sh", _accounts(setup), 0o755),
        SetupFile("rtcc-console-sshd.service", _service(setup)),
        *(SetupFile(f"principals/{each.account}", f"{each.account}\n") for each in setup.people),
    ]


def _check(setup: SshSetup) -> None:
    names = [each.account for each in setup.people]
    if bad := [name for name in names if not ACCOUNT.fullmatch(name)]:
        raise SetupError(
            f"{', '.join(bad)}: not the name of a Unix account (small letters, digits, - and _, at most 32)"
        )
    if "root" in names:
        raise SetupError("root is nobody's console account; give each person an account of their own")
    for path in (setup.folder, setup.python, setup.socket):
        if not path.is_absolute() or re.search(r"[\s%\"'\\]", str(path)):
            raise SetupError(f"{path}: give a full path without spaces, quotes or % signs")


def _sshd_config(setup: SshSetup) -> str:
    folder = setup.folder
    listen = f"ListenAddress {setup.listen}\n" if setup.listen else ""
    return f"""\
# The SSH door to the console; written by `rtcc admin ssh-config`.
# Check it: {setup.sshd} -t -f {folder}/sshd_config
Port {setup.port}
{listen}HostKey {folder}/ssh_host_ed25519_key
PidFile none
StrictModes yes
UsePAM no
LogLevel VERBOSE
Banner {folder}/banner
PrintMotd no
PrintLastLog no

# Who: people of the group, by a certificate of the agency's CA that names their account. Nothing else.
AllowGroups {setup.group}
PermitRootLogin no
AuthenticationMethods publickey
PasswordAuthentication no
KbdInteractiveAuthentication no
HostbasedAuthentication no
AuthorizedKeysFile none
TrustedUserCAKeys {folder}/console_ca.pub
AuthorizedPrincipalsFile {folder}/principals/%u
RevokedKeys {folder}/revoked_keys
ExposeAuthInfo yes
MaxAuthTries 3
LoginGraceTime 20
# With FIDO2 keys (ssh-keygen -t ed25519-sk) a PIN or a touch can be asked for at each login:
#PubkeyAuthOptions verify-required

# What: the console, on a terminal. No command, no file transfer, no forwarding, no environment of theirs.
ForceCommand {folder}/console-launch
PermitTTY yes
DisableForwarding yes
AllowTcpForwarding no
AllowStreamLocalForwarding no
AllowAgentForwarding no
X11Forwarding no
GatewayPorts no
PermitTunnel no
PermitOpen none
PermitListen none
PermitUserRC no
PermitUserEnvironment no
AcceptEnv LANG LC_ALL LC_CTYPE COLORTERM
MaxSessions 1

# How long: a line that is dead is noticed within 30 s; a connection without a session does not stay.
ClientAliveInterval 10
ClientAliveCountMax 3
UnusedConnectionTimeout 30
TCPKeepAlive no
Compression yes
"""


def _launcher(setup: SshSetup) -> str:
    return f"""\
#!/bin/sh
# What everybody gets who logs in here: the console, in an environment that is ours; nothing else is run.
set -eu
umask 077
if [ -n "${{SSH_ORIGINAL_COMMAND:-}}" ]; then
    echo 'This login opens the console and runs nothing else.' >&2
    exit {IS_A_COMMAND}
fi
if ! [ -t 0 ] || ! [ -t 1 ] || ! [ -t 2 ]; then
    echo 'The console needs a terminal: ssh -t.' >&2
    exit {IS_NO_TERMINAL}
fi
lang=C.UTF-8
for name in "${{LC_ALL:-}}" "${{LC_CTYPE:-}}" "${{LANG:-}}"; do
    case $name in
    *[!A-Za-z0-9_.@-]*) ;;
    ?*) lang=$name; break ;;
    esac
done
term=${{TERM:-dumb}}
case $term in *[!A-Za-z0-9+._-]*) term=dumb ;; esac
colours=
case ${{COLORTERM:-}} in truecolor | 24bit) colours=$COLORTERM ;; esac
plain=
[ "$term" = dumb ] && plain=--plain
cd /
exec env -i PATH=/usr/bin:/bin HOME=/nonexistent TERM="$term" LC_ALL="$lang" COLORTERM="$colours" \\
    RTCC_SOCKET={quote(str(setup.socket))} SSH_USER_AUTH="${{SSH_USER_AUTH:-}}" \\
    SSH_CONNECTION="${{SSH_CONNECTION:-}}" \\
    {quote(str(setup.python))} -I -m rtcc_core console $plain
"""


def _banner(setup: SshSetup) -> str:
    agency = "".join(char for char in setup.agency if char.isprintable()) or "this agency"
    return f"""\
{agency}: drone as first responder, console.
For authorised personnel. Every login, command and flight is recorded under your name and may be published.
"""


def _accounts(setup: SshSetup) -> str:
    makes = "\n".join(f"{_account(each)}   # {_words(each)}" for each in setup.people)
    return f"""\
#!/bin/sh
# Makes the group and one account for each person of agency.toml; what exists already is left as it is.
set -eu
getent group {setup.group} >/dev/null || groupadd --system {setup.group}
account() {{
    # No password and no home: only a certificate opens it. * is no password; ! would lock it for keys too.
    getent passwd "$1" >/dev/null ||
        useradd --system ${{2:+--uid "$2"}} --no-create-home --home-dir / --shell /bin/sh --password '*' "$1"
    usermod --append --groups {setup.group} "$1"
}}
{makes}
echo 'The user ids for [[person]] in agency.toml:'
for name in {" ".join(quote(each.account) for each in setup.people)}; do
    echo "  $name: uid = $(id -u "$name")"
done
"""


def _account(person: Person) -> str:
    return f"account {quote(person.account)}" + ("" if person.uid == NO_UID else f" {person.uid}")


def _words(person: Person) -> str:
    return re.sub(r"[^\w .,-]", "?", f"{person.name}, {person.role.value}")


def _service(setup: SshSetup) -> str:
    return f"""\
[Unit]
Description=SSH door to the drone console
After=network-online.target
Wants=network-online.target

[Service]
ExecStartPre={setup.sshd} -t -f {setup.folder}/sshd_config
ExecStart={setup.sshd} -D -e -f {setup.folder}/sshd_config
ExecReload=/bin/kill -HUP $MAINPID
KillMode=process
Restart=always
RestartSec=2
RuntimeDirectory=sshd
RuntimeDirectoryMode=0755
RuntimeDirectoryPreserve=yes

[Install]
WantedBy=multi-user.target
"""


def next_steps(setup: SshSetup) -> Sequence[str]:
    """What a person does next, as root, in order."""
    folder = setup.folder
    service = "rtcc-console-sshd.service"
    return (
        f"{folder}/accounts.sh",
        f"ssh-keygen -q -t ed25519 -N '' -f {folder}/ssh_host_ed25519_key",
        f"put the public key of your user CA into {folder}/console_ca.pub",
        f"{setup.sshd} -t -f {folder}/sshd_config",
        f"install -m 644 {folder}/{service} /etc/systemd/system/ && systemctl enable --now {service}",
        f'in agency.toml: [console] socket = "{setup.socket}", group = "{setup.group}"; restart the core',
    )
