"""Who may come in at our door, and what may be fetched there."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from msgspec.structs import replace
from tests.cad import Record, feeding
from tests.certificates import Authority
from tests.subscribers import DOOR, serving
from tests.support import House, running
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin

from rtcc_core.adapters.cad_eido import EidoFeed, EidoFeedSettings
from rtcc_core.adapters.eido_notifier import EidoNotifier
from rtcc_core.domain.facts import CallReported, FeedLost, FeedSnapshotTaken, MessageUnusable
from rtcc_core.wire.conveyance import About


@pytest.fixture
async def house() -> AsyncIterator[House]:
    house = House()
    async with running(house.desk):
        await house.open()
        yield house


@pytest.fixture
async def notifier(house: House) -> AsyncIterator[EidoNotifier]:
    async with serving(house) as serving_now:
        yield serving_now


# --- retrieval ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "accept", "status", "content_type"),
    [
        ("v1/incidents/uid-1041", None, 200, "application/json"),
        ("v1/incidents/uid%2D1041", "*/*", 200, "application/json"),
        (
            "v1/incidents/uid-1041",
            'application/emergency.eido+json;version="1,2,3"',
            200,
            'application/emergency.eido+json; version="1"',
        ),
        ("v1/incidents/uid-1041", 'application/emergency.eido+json;version="2,3"', 406, "text/plain"),
        ("v1/incidents/uid-1041", "text/html", 406, "text/plain"),
        ("v1/incidents/nobody", None, 404, "text/plain"),
        ("v1/references/uid-1041", None, 200, "text/plain"),
        ("v1/references/nobody", None, 404, "text/plain"),
        ("v1/references/uid-1041", "application/json", 406, "text/plain"),
        ("Versions", "application/json", 200, "application/json"),
        ("v1/incidents/../../../etc/passwd", None, 404, "text/plain"),
    ],
)
async def test_an_incident_may_be_fetched_by_its_id(
    notifier: EidoNotifier, path: str, accept: str | None, status: int, content_type: str
) -> None:
    base = notifier.url.replace("ws://", "http://").removesuffix("ent")
    async with httpx.AsyncClient(timeout=5) as client:
        answer = await client.get(base + path, headers={"Accept": accept} if accept else {})
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith(content_type)
    if status == 200 and "incidents" in path:
        assert answer.json()["$id"] == "uid-1041"
    if status == 200 and "references" in path:
        assert answer.text.startswith("http://dfr.example:")
        assert answer.text.endswith("/IncidentData/v1/incidents/uid-1041")


async def test_a_web_page_may_not_subscribe(notifier: EidoNotifier) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with connect(notifier.url, origin=Origin("https://evil.example")):
            pass
    assert refused.value.response.status_code == 403


async def test_a_subscription_to_a_unit_that_rests_opens_no_call(notifier: EidoNotifier) -> None:
    record = Record()
    async with feeding(notifier.url, record, about=About.RESOURCE, unit_id="D1"):
        await record.until(lambda: record.has(FeedSnapshotTaken))
    assert record.of(FeedSnapshotTaken)[0].incident_uids == ()
    assert record.of(CallReported) == []
    assert record.of(MessageUnusable) == []


# --- who may come in ---------------------------------------------------------------------------


async def test_certificates_decide_who_comes_in_and_errors_are_said_in_words(
    house: House, tmp_path: Path
) -> None:
    ours, others = Authority(tmp_path), Authority(tmp_path, "others")
    cert, key = ours.leaf("dfr.example")
    door = replace(
        DOOR, certificate_file=cert, key_file=key, client_ca_file=ours.file, peers=("cad.example",)
    )
    good, not_listed, strange = ours.leaf("cad.example"), ours.leaf("press.example"), others.leaf("x.example")
    async with serving(house, door=door) as notifier:
        place = notifier.url.removeprefix("wss://").partition("/")[0]

        async def lost(ca: Path, pair: tuple[Path, Path] | None, url: str = notifier.url) -> str:
            record = Record()
            more = {"cert_file": str(pair[0]), "key_file": str(pair[1])} if pair else {}
            async with feeding(url, record, ca_file=str(ca), **more):
                await record.until(lambda: bool(record.of(FeedLost)))
            return record.of(FeedLost)[0].reason

        record = Record()
        async with feeding(
            notifier.url, record, ca_file=str(ours.file), cert_file=str(good[0]), key_file=str(good[1])
        ):
            await record.until(lambda: record.uids() == ["uid-1041"])
        hung_up = f"CAD at {place} hung up as soon as the secure line stood: it may want our certificate"
        assert (await lost(ours.file, None)).startswith(hung_up)
        assert (await lost(ours.file, strange)).startswith(hung_up)
        assert "answered HTTP 403" in await lost(ours.file, not_listed)
        assert "ca_file must hold it" in await lost(others.file, good)
        other_name = notifier.url.replace("127.0.0.1", "localhost")
        assert "it is for another host name" in await lost(ours.file, good, other_name)
        assert (await lost(ours.file, (good[0], strange[1]))).endswith(
            "key_file is not the key of certificate_file"
        )


async def test_a_renewed_certificate_is_shown_to_the_next_who_comes(house: House, tmp_path: Path) -> None:
    old, new = Authority(tmp_path, "old"), Authority(tmp_path, "new")
    cert, key = old.leaf("dfr.example")
    mine = old.leaf("cad.example")
    door = replace(DOOR, certificate_file=cert, key_file=key, client_ca_file=old.file)

    async with serving(house, door=door) as renewing:
        url = renewing.url

        async def knows(authority: Authority) -> bool:
            context = ssl.create_default_context(cafile=authority.file)
            context.load_cert_chain(*mine)
            with contextlib.suppress(ssl.SSLCertVerificationError):
                async with connect(url, ssl=context):
                    return True
            return False

        assert await knows(old)
        cert.write_text("half written")
        os.utime(cert, (1, 1))
        renewing.renew()
        assert await knows(old)
        new.leaf("dfr.example")
        renewing.renew()
        assert await knows(new)
        assert not await knows(old)


async def test_a_port_that_is_taken_is_said_and_tried_again(house: House, notifier: EidoNotifier) -> None:
    port = notifier.url.rpartition(":")[2].partition("/")[0]
    second = EidoNotifier(
        replace(DOOR, listen=f"127.0.0.1:{port}"),
        lambda: (house.desk.state, house.link.sky()),
        house.desk,
        house.clock,
    )
    task = asyncio.create_task(second.run())
    await asyncio.sleep(0)
    assert not second.is_listening.is_set()
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


def test_the_world_is_not_served_without_certificates() -> None:
    assert not replace(DOOR, listen="0.0.0.0:8444").is_on_loopback
    assert ssl.HAS_TLSv1_3
    with pytest.raises(ValueError, match="two sockets"):
        EidoFeed(
            [EidoFeedSettings(name="a", url="ws://a"), EidoFeedSettings(name="b", url="ws://b")],
            Record(),
            jitter=random.Random(1),
        )
