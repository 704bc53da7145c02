"""The listener on real sockets: who is let in, what is refused in which words, and that 2xx means stored."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import socket
import ssl
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st
from tests.push import FLOCK_EVENT, SECRET, hook, listening, signed
from tests.support import House, running, until

from rtcc_core.adapters import https_listener, https_server
from rtcc_core.adapters.https_server import HttpsServer, ListenerSettings
from rtcc_core.adapters.push_auth import Door, Secrets, read_secrets
from rtcc_core.adapters.push_memory import Deliveries
from rtcc_core.adapters.push_request import Refusal, Reply, Request

EVENTS = "/bridge/cad/events"


class _Known(Secrets):
    def __init__(self) -> None:
        """No file."""

    def all(self) -> tuple[bytes, ...]:
        return (SECRET.encode(),)


_SECRETS = _Known()
_DOOR = Door("bearer", _SECRETS, now_s=time.time)


class _Named:
    name = "x"

    async def take(self, request: Request) -> Reply:
        return Reply()


async def test_a_call_is_answered_when_it_is_on_disk(tmp_path: Path) -> None:
    async with listening(tmp_path, [hook("flock")]) as bridge:
        await until(lambda: bridge.count("FeedUp") == 1)
        bridge.house.journal.gate.clear()
        asked = asyncio.create_task(bridge.post(EVENTS, FLOCK_EVENT))
        answered, _ = await asyncio.wait({asked}, timeout=0.2)
        assert not answered
        bridge.house.journal.gate.set()
        answer = await asked
        assert (answer.status_code, answer.json()["id"]) == (200, "26-0002")
        assert bridge.calls["26-0002"].report.type_text == "ROBBERY"
        assert bridge.count("CallReceived") == 1


@pytest.mark.parametrize(
    ("path", "method", "headers", "status", "words"),
    [
        ("/elsewhere", "POST", {}, 404, "no such address"),
        ("/bridgework", "POST", {}, 404, "no such address"),
        (EVENTS, "GET", {}, 405, "takes POST"),
        (EVENTS, "POST", {"Content-Type": "text/html"}, 415, "send JSON"),
        (EVENTS, "POST", {"Content-Encoding": "gzip"}, 415, "uncompressed"),
        (EVENTS, "POST", {}, 401, "credentials"),
        (EVENTS, "POST", {"Authorization": "Bearer wrong"}, 401, "credentials"),
        (EVENTS, "POST", {"Authorization": f"Basic {SECRET}"}, 401, "credentials"),
        ("/bridge/nothing", "POST", {"Authorization": f"Bearer {SECRET}"}, 404, "below this source"),
    ],
)
async def test_refusals_say_what_to_do(
    path: str, method: str, headers: dict[str, str], status: int, words: str, tmp_path: Path
) -> None:
    async with listening(tmp_path, [hook("flock")]) as bridge:
        answer = await bridge.post(path, FLOCK_EVENT, headers=headers, method=method)
        assert answer.status_code == status
        assert words in answer.json()["error"]
        assert answer.headers["content-type"] == "application/json"
        assert not bridge.calls
        assert not bridge.quarantined


async def test_the_four_ways_to_show_the_secret(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    pair = "cad:" + SECRET
    (tmp_path / "secret").write_text(f"{SECRET}\n{pair}\n")
    hooks = [hook("flock", auth=way, name=way) for way in ("hmac", "bearer", "basic", "link")]
    raw = json.dumps(FLOCK_EVENT).encode()
    async with listening(tmp_path, hooks) as bridge:
        basic = base64.b64encode(pair.encode()).decode()
        answers = [
            await bridge.post("/hmac/cad/events", raw, headers=signed(raw)),
            await bridge.post("/bearer/cad/events", raw, headers={"Authorization": f"bearer {SECRET}"}),
            await bridge.post("/basic/cad/events", raw, headers={"Authorization": f"Basic {basic}"}),
            await bridge.post("/link/cad/events/" + SECRET.replace(" ", "%20"), raw, headers={}),
        ]
        assert [answer.status_code for answer in answers] == [200] * 4
        wrong = await bridge.post("/link/cad/events/" + "x" * len(SECRET), raw, headers={})
        assert wrong.status_code == 401
        await bridge.post("/link/nowhere/" + SECRET.replace(" ", "%20"), raw, headers={})
        assert SECRET not in caplog.text


async def test_forged_stale_old_and_reencoded_signatures(tmp_path: Path) -> None:
    raw = json.dumps(FLOCK_EVENT).encode()
    right = signed(raw)
    legacy = {"X-Webhook-Signature": "sha256=00", "X-Webhook-Timestamp": right["X-Webhook-Timestamp"]}
    tries = [
        ({}, raw, "no signature"),
        (legacy, raw, "old kind"),
        (signed(raw, secret="another secret, long enough"), raw, "does not fit"),
        (signed(raw, at_s=time.time() - 301), raw, "300 s"),
        (signed(raw, at_s=time.time() + 400), raw, "300 s"),
        (right | {"X-Webhook-Timestamp": str(int(time.time()) - 9)}, raw, "does not fit"),
        (right | {"X-Webhook-Timestamp": "soon"}, raw, "no number"),
        (right, json.dumps(FLOCK_EVENT, indent=1).encode(), "does not fit"),
        (right | {"X-Webhook-Signature-V2": "sha256=é"}, raw, "does not fit"),
    ]
    async with listening(tmp_path, [hook("flock", auth="hmac")]) as bridge:
        for headers, body, words in tries:
            answer = await bridge.post(EVENTS, body, headers=headers)
            assert (answer.status_code, words in answer.json()["error"]) == (401, True), words
        assert not bridge.calls
        late_but_good = signed(raw, at_s=time.time() - 290)
        assert (await bridge.post(EVENTS, raw, headers=late_but_good)).status_code == 200


async def test_a_replay_is_answered_and_nothing_comes_of_it(tmp_path: Path) -> None:
    async with listening(tmp_path, [hook("flock", auth="hmac")]) as bridge:
        raw = json.dumps(FLOCK_EVENT).encode()
        first = signed(raw, delivery="d-1")
        assert (await bridge.post(EVENTS, raw, headers=first)).json()["ok"]
        closed = json.dumps({**FLOCK_EVENT, "closedAt": "2026-03-01T12:00:10Z"}).encode()
        assert (await bridge.post(EVENTS, closed, headers=signed(closed))).json()["ok"]
        stored = len(bridge.house.journal.stored)
        again = [
            first,
            first | {"X-Webhook-Delivery": "d-2"},  # the delivery id is not part of what is signed
            signed(raw, at_s=time.time() - 5, delivery="d-1"),  # a true retry has a new signature
        ]
        for headers in again:
            answer = await bridge.post(EVENTS, raw, headers=headers)
            assert (answer.status_code, answer.json()["taken"]) == (200, False)
        assert len(bridge.house.journal.stored) == stored
        assert not bridge.calls["26-0002"].is_open


async def test_an_id_of_a_delivery_does_not_hide_other_words(tmp_path: Path) -> None:
    async with listening(tmp_path, [hook("flock", auth="hmac")]) as bridge:
        for number in ("1", "2"):
            raw = json.dumps({**FLOCK_EVENT, "externalId": number}).encode()
            assert (await bridge.post(EVENTS, raw, headers=signed(raw, delivery="same"))).status_code == 200
        assert set(bridge.calls) == {"1", "2"}


async def test_what_is_no_json_is_kept_whole_and_once(tmp_path: Path) -> None:
    page = b"<!doctype html><title>502 Bad Gateway</title>\xff"
    async with listening(tmp_path, [hook("flock")]) as bridge:
        for _ in range(3):
            answer = await bridge.post(EVENTS, page)
            assert answer.status_code == 422
            assert "web page" in answer.json()["error"]
        assert [each.original for each in bridge.quarantined] == [
            "<!doctype html><title>502 Bad Gateway</title>\\xff"
        ]
        deep = await bridge.post(EVENTS, b"[" * 100_000)
        assert deep.status_code == 422
        assert len(bridge.quarantined) == 2


async def test_sizes(tmp_path: Path) -> None:
    async with listening(tmp_path, [hook("flock")]) as bridge:
        told = await bridge.post(EVENTS, b"x" * (https_listener.BODY_MAX_BYTES + 1))
        assert (told.status_code, "1024 KB" in told.json()["error"]) == (413, True)

        async def pieces() -> AsyncIterator[bytes]:
            for _ in range(20):
                yield b"y" * 100_000

        headers = {"Authorization": f"Bearer {SECRET}", "Content-Type": "application/json"}
        untold = await bridge.client.post(EVENTS, content=pieces(), headers=headers)
        assert untold.status_code == 413
        largest = json.dumps({**FLOCK_EVENT, "narratives": ["z" * 900_000]})
        assert (await bridge.post(EVENTS, largest.encode())).status_code == 200


async def test_without_a_journal_the_sender_is_asked_to_come_again(tmp_path: Path) -> None:
    async with listening(tmp_path, [hook("flock")]) as bridge:
        assert (await bridge.post(EVENTS, FLOCK_EVENT)).status_code == 200
        bridge.house.journal.trouble = "the disk /var/lib/rtcc is full"
        other = {**FLOCK_EVENT, "externalId": "9"}
        answer = await bridge.post(EVENTS, other)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
        assert "/var/lib" not in answer.text
        bridge.house.journal.trouble = ""
        assert (await bridge.post(EVENTS, other)).status_code == 200
        assert "9" in bridge.calls


async def test_a_full_desk_asks_to_come_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(https_listener, "AT_ONCE_MAX", 3)
    monkeypatch.setattr(https_listener, "STORE_WITHIN_S", 2.0)
    async with listening(tmp_path, [hook("flock")]) as bridge:
        await bridge.post(EVENTS, FLOCK_EVENT)
        bridge.house.journal.gate.clear()
        others = [{**FLOCK_EVENT, "externalId": str(number)} for number in range(6)]
        answers = await asyncio.gather(*(bridge.post(EVENTS, event) for event in others))
        codes = sorted(answer.status_code for answer in answers)
        assert codes == [429, 429, 429, 503, 503, 503]
        assert all(answer.headers["retry-after"] == "2" for answer in answers)
        bridge.house.journal.gate.set()
        answers = [await bridge.post(EVENTS, event) for event in others]
        assert {answer.status_code for answer in answers} == {200}
        assert bridge.count("CallReceived") == 7


async def test_tls_with_a_certificate_that_is_renewed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(https_server, "LOOK_EVERY_S", 0.05)
    authorities = [trustme.CA(), trustme.CA()]
    file, key = tmp_path / "own.pem", tmp_path / "own.key"

    def issue(authority: trustme.CA) -> None:
        own = authority.issue_cert("127.0.0.1")
        key.write_bytes(own.private_key_pem.bytes())
        file.write_bytes(b"".join(part.bytes() for part in own.cert_chain_pems))

    def trusting(authority: trustme.CA) -> ssl.SSLContext:
        context = ssl.create_default_context()
        authority.configure_trust(context)
        return context

    issue(authorities[0])
    first, second = trusting(authorities[0]), trusting(authorities[1])
    async with listening(
        tmp_path, [hook("flock")], verify=first, certificate_file=file, key_file=key
    ) as bridge:
        assert (await bridge.post(EVENTS, FLOCK_EVENT)).status_code == 200
        issue(authorities[1])
        os.utime(file, ns=(1, 1))

        async def answers() -> bool:
            try:
                async with httpx.AsyncClient(verify=second, trust_env=False) as client:
                    return (await client.get(str(bridge.client.base_url))).status_code == 404
            except httpx.ConnectError:
                return False

        async with asyncio.timeout(30):
            while True:
                if await answers():
                    break
                await asyncio.sleep(0.02)


async def test_heads_and_bodies_that_never_end_are_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(https_server, "HEAD_WITHIN_S", 0.1)
    async with listening(tmp_path, [hook("flock")]) as bridge:
        url = bridge.client.base_url
        reader, writer = await asyncio.open_connection(url.host, url.port)
        writer.write(b"POST /bridge/cad/events HTTP/1.1\r\nHost: x\r\n")
        async with asyncio.timeout(30):
            assert await reader.read() == b""
        writer.close()
        monkeypatch.undo()
        monkeypatch.setattr(https_listener, "BODY_WITHIN_S", 0.2)
        reader, writer = await asyncio.open_connection(url.host, url.port)
        writer.write(
            b"POST /bridge/cad/events HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n"
            + f"Authorization: Bearer {SECRET}\r\n\r\n{{".encode()
        )
        async with asyncio.timeout(30):
            assert (await reader.readline()).startswith(b"HTTP/1.1 408")
        writer.close()
        monkeypatch.undo()
        assert (await bridge.post(EVENTS, FLOCK_EVENT)).status_code == 200


async def test_a_port_that_is_taken_and_a_sender_that_fell_silent(tmp_path: Path) -> None:
    house = House()
    app = https_listener.ListenerApp(
        [https_listener.Route("/x", _Named(), _DOOR, silent_after_s=0.0)],
        house.desk,
        house.clock,
        deliveries=Deliveries(time.monotonic),
    )
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings = ListenerSettings(port=taken.getsockname()[1])
        async with running(house.desk):
            task = asyncio.create_task(HttpsServer(settings, app).run())
            await until(lambda: "x" in house.desk.state.feeds)
            task.cancel()
            assert "cannot be listened at: Address already in use" in house.desk.state.feeds["x"].detail
            await app.tell_listening("here")
            assert house.desk.state.feeds["x"].is_up
            await app.look_for_silence()
            await asyncio.sleep(0.01)
            await app.look_for_silence()
            assert "nothing came" in house.desk.state.feeds["x"].detail


async def test_a_secret_is_changed_without_a_restart(tmp_path: Path) -> None:
    async with listening(tmp_path, [hook("flock")]) as bridge:
        bridge.secret_file.write_text(f"{SECRET}\nthe new one, long enough\n")
        os.utime(bridge.secret_file, ns=(1, 1))
        new = {"Authorization": "Bearer the new one, long enough"}
        assert (await bridge.post(EVENTS, FLOCK_EVENT, headers=new)).status_code == 200
        assert (await bridge.post(EVENTS, FLOCK_EVENT)).status_code == 200
        bridge.secret_file.write_text("the new one, long enough\n")
        os.utime(bridge.secret_file, ns=(2, 2))
        assert (await bridge.post(EVENTS, FLOCK_EVENT)).status_code == 401
        bridge.secret_file.unlink()
        assert (await bridge.post(EVENTS, FLOCK_EVENT, headers=new)).status_code == 200


def test_a_secret_that_protects_nothing_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    for text, words in (("\n", "empty"), ("short", "fewer than 16")):
        file.write_text(text)
        with pytest.raises(ValueError, match=words):
            read_secrets(file)
    file.write_text(SECRET)
    with pytest.raises(ValueError, match="no way"):
        Door("none", Secrets(file), now_s=time.time)


_HEADERS = st.dictionaries(
    st.sampled_from(
        ["authorization", "x-webhook-timestamp", "x-webhook-signature-v2", "x-webhook-signature"]
    ),
    st.one_of(st.text(max_size=60), st.sampled_from(["Bearer ", "Basic !!!", "sha256=", "1" * 13, "²"])),
)


@given(
    _HEADERS,
    st.text(max_size=40),
    st.binary(max_size=40),
    st.sampled_from(["hmac", "bearer", "basic", "link"]),
)
def test_nobody_gets_in_with_anything(headers: dict[str, str], path: str, body: bytes, way: str) -> None:
    door = Door(way, _SECRETS, now_s=time.time)
    with pytest.raises(Refusal) as refusal:
        door.check_body(headers, body + door.check_head(headers, path).encode("utf-8", "replace"))
    assert refusal.value.status == 401


def test_plain_http_stays_on_this_machine() -> None:
    house = House()
    app = https_listener.ListenerApp([], house.desk, house.clock, deliveries=Deliveries(time.monotonic))
    for address in ("0.0.0.0", "::", "192.0.2.1", "cad.example"):
        with pytest.raises(ValueError, match="without TLS"):
            HttpsServer(ListenerSettings(address=address), app)
    HttpsServer(ListenerSettings(address="::1"), app)
    with pytest.raises(Refusal):
        https_listener._check_shape("POST", {"content-length": "9" * 13})
