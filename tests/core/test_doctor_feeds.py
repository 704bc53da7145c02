"""`rtcc doctor --settings`: what the feeds need is looked at from here, and what is wrong is named."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.certificates import Authority

from rtcc_core import doctor_feeds
from rtcc_core.doctor_findings import Finding, Grade
from rtcc_core.settings import Settings, read_settings
from rtcc_core.settings_cli import example_text

NOW = datetime.now(UTC) + timedelta(hours=1)
"""After every certificate of these tests was made."""

HOOK = '[listener]\nport = {port}\n[[webhook]]\nname = "bridge"\nkind = "flock"\npath = "/bridge"\n' + (
    'auth = "bearer"\nsecret_file = "bridge.secret"'
)


def settings(folder: Path, *tables: str) -> Settings:
    """The example's agency without its CAD, and with these tables."""
    kept = [part for part in ("\n" + example_text()).split("\n[") if not part.startswith("[cad]]")]
    text = "\n[".join(kept)
    file = folder / "agency.toml"
    file.write_text(text + "\n" + "\n".join(tables), "utf-8")
    return read_settings(file)


def hooked(folder: Path, secret: str, *, mode: int = 0o600, port: int = 8443) -> Settings:
    (folder / "bridge.secret").write_text(secret, "utf-8")
    (folder / "bridge.secret").chmod(mode)
    return settings(folder, HOOK.format(port=port))


def graded(findings: Iterator[Finding]) -> list[tuple[Grade, str]]:
    told = list(findings)
    assert all(found.remedy or found.grade is Grade.OK for found in told)
    return [(found.grade, found.said) for found in told]


# --- secrets --------------------------------------------------------------------------------------


def test_a_secret_is_long_enough_and_nobody_elses(tmp_path: Path) -> None:
    assert graded(doctor_feeds.check_secrets(hooked(tmp_path, "x" * 40))) == [(Grade.OK, "1 can be used")]
    ((grade, said),) = graded(doctor_feeds.check_secrets(hooked(tmp_path, "short")))
    assert grade is Grade.FAIL
    assert "fewer than 16 characters" in said
    (grade, said), _ = graded(doctor_feeds.check_secrets(hooked(tmp_path, "x" * 40, mode=0o644)))
    assert grade is Grade.WARN
    assert "everybody" in said


# --- certificates ---------------------------------------------------------------------------------


def with_certificate(folder: Path, certificate: Path, key: Path) -> Settings:
    files = f'certificate_file = "{certificate.name}"\nkey_file = "{key.name}"'
    return settings(folder, f"[listener]\n{files}")


@pytest.mark.parametrize(
    ("days", "later_days", "grade", "words"),
    [(100, 0, Grade.OK, "ends on"), (20, 0, Grade.WARN, "ends on"), (20, 21, Grade.WARN, "ended on")],
)
def test_a_certificate_that_ends_is_told_a_month_before(
    tmp_path: Path, days: int, later_days: int, grade: Grade, words: str
) -> None:
    agency = with_certificate(tmp_path, *Authority(tmp_path).leaf("dfr.example", days=days))
    ((found, said),) = graded(doctor_feeds.check_certificates(agency, NOW + timedelta(days=later_days)))
    assert found is grade
    assert words in said


def test_a_certificate_that_is_not_valid_yet_asks_for_the_clock(tmp_path: Path) -> None:
    agency = with_certificate(tmp_path, *Authority(tmp_path).leaf("dfr.example", days=100))
    ((grade, said),) = graded(doctor_feeds.check_certificates(agency, NOW - timedelta(days=5)))
    assert grade is Grade.WARN
    assert "good only from" in said


def test_a_key_of_another_certificate_holds_the_core_back(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    certificate, _ = authority.leaf("dfr.example")
    _, key = authority.leaf("other.example")
    ((grade, said),) = graded(
        doctor_feeds.check_certificates(with_certificate(tmp_path, certificate, key), NOW)
    )
    assert grade is Grade.FAIL
    assert "with its key" in said


# --- addresses ------------------------------------------------------------------------------------


def test_an_address_is_free_or_taken_and_the_cores_own_is_no_fault(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        agency = hooked(tmp_path, "x" * 40, port=port)
        ((taken, said),) = graded(doctor_feeds.check_addresses(agency, core_runs=False))
        ((own, _),) = graded(doctor_feeds.check_addresses(agency, core_runs=True))
    ((free, _),) = graded(doctor_feeds.check_addresses(agency, core_runs=False))
    assert (taken, own, free) == (Grade.WARN, Grade.OK, Grade.OK)
    assert f"127.0.0.1:{port} of [listener] is taken" in said


def test_a_core_is_there_when_its_socket_answers(tmp_path: Path) -> None:
    path = tmp_path / "core.sock"
    assert not doctor_feeds.core_answers(path)
    with socket.socket(socket.AF_UNIX) as core:
        core.bind(str(path))
        assert not doctor_feeds.core_answers(path)  # left behind by one that is gone
        core.listen()
        assert doctor_feeds.core_answers(path)


# --- servers --------------------------------------------------------------------------------------


@contextmanager
def serving(tls: ssl.SSLContext | None) -> Iterator[int]:
    """Accepts connections in a thread of its own and says nothing on them."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            with suppress(OSError):
                while True:
                    client, _ = server.accept()
                    with suppress(OSError), client:
                        client.settimeout(5.0)
                        secure = tls.wrap_socket(client, server_side=True) if tls else client
                        with secure:
                            secure.recv(1)

        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


def mutual(authority: Authority, name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.leaf(name))
    context.load_verify_locations(authority.file)
    context.verify_mode = ssl.CERT_REQUIRED
    return context


def test_servers_that_take_our_certificate_answer_and_others_are_named(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    authority.leaf("dfr.example")
    ours = 'certificate_file = "dfr.example.pem"\nkey_file = "dfr.example.key"\nca_file = "authority.pem"'
    with serving(mutual(authority, "cad.example")) as port:
        cad = f'[[cad]]\nname = "COUNTY"\nurl = "wss://127.0.0.1:{port}/ent"'
        tak = f'[tak]\nurl = "tls://127.0.0.1:{port}"'
        good = settings(tmp_path, f"{cad}\n{ours}", f"{tak}\n{ours}")
        bare = settings(tmp_path, f'{cad}\nca_file = "authority.pem"', f'{tak}\nca_file = "authority.pem"')
        strange = settings(tmp_path, cad)
        assert graded(doctor_feeds.check_cad(good)) == [(Grade.OK, f"COUNTY answers at 127.0.0.1:{port}")]
        assert graded(doctor_feeds.check_tak(good)) == [(Grade.OK, f"answers at 127.0.0.1:{port}")]
        for findings in (doctor_feeds.check_cad(bare), doctor_feeds.check_tak(bare)):
            assert [grade for grade, _ in graded(findings)] == [Grade.WARN]
        ((grade, said),) = graded(doctor_feeds.check_cad(strange))
        assert grade is Grade.WARN
        assert "ca_file must hold" in said
    for findings in (doctor_feeds.check_cad(good), doctor_feeds.check_tak(good)):
        assert [grade for grade, _ in graded(findings)] == [Grade.WARN]


def test_a_ticketscad_that_does_not_answer_is_named(tmp_path: Path) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        (tmp_path / "token").write_text("tcad_p_0123456789", "utf-8")
        agency = settings(
            tmp_path,
            f'[[ticketscad]]\nname = "county"\nurl = "http://127.0.0.1:{port}/api/external/v1"\n'
            'token_file = "token"',
        )
        ((grade, said),) = graded(doctor_feeds.check_ticketscad(agency))
    assert grade is Grade.WARN
    assert said.startswith("county: ")


# --- files ----------------------------------------------------------------------------------------


def test_street_and_asset_files_are_read_as_the_core_reads_them(tmp_path: Path) -> None:
    agency = settings(tmp_path, '[[streets]]\nfile = "streets.csv"', '[[assets]]\nfile = "cameras.csv"')
    for findings in (doctor_feeds.check_streets(agency), doctor_feeds.check_assets(agency)):
        ((grade, said),) = graded(findings)
        assert grade is Grade.WARN
        assert "No such file" in said
    (tmp_path / "streets.csv").write_text("number,street,lat,lon\n100,MAIN ST,45.52,-122.67\n", "utf-8")
    (tmp_path / "cameras.csv").write_text("name,kind,latitude,longitude\nM4,camera,45.52,-122.67\n", "utf-8")
    ((grade, _),) = graded(doctor_feeds.check_streets(agency))
    assert grade is Grade.OK
    assert graded(doctor_feeds.check_assets(agency)) == [
        (Grade.OK, "1 cameras, readers, sensors and posts"),
    ]


def test_without_feeds_there_is_nothing_to_say(tmp_path: Path) -> None:
    assert list(doctor_feeds.feed_findings(settings(tmp_path), tmp_path / "core.sock")) == []
