"""TicketsCAD asked and heard: a server that answers as the real one does, poll and webhook, one call."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace
from tests.push import AROUND, AT, Bridge, Json, hook, listening, signed
from tests.support import House, running, until

from rtcc_core.adapters.ticketscad import TicketsCad
from rtcc_core.adapters.ticketscad_api import TicketsCadApi
from rtcc_core.domain.call import CallStatus
from rtcc_core.domain.geo import LatLon
from rtcc_core.push_plan import said_of

TOKEN = "tcad_p_7HxKqJ4mN9pVbW2yR8sLfTjGdC5eAuZ1"
CHICAGO = replace(AROUND, feed="county", zone=ZoneInfo("America/Chicago"), near=LatLon(44.95, -93.09))
Answer = tuple[int, bytes, str]


class Cad:
    """Answers as `api/external/v1/incidents` does: pages, since, states, and whatever goes wrong."""

    def __init__(self) -> None:
        self.rows: dict[int, Json] = {}
        self.asked: list[str] = []
        self.tokens: set[str] = set()
        self.trouble: Callable[[str], Answer | None] = lambda target: None

    def put(self, ticket: int, **changes: Any) -> None:
        row = {
            "id": ticket, "in_types_id": 7, "scope": "Tree down across Elm St", "severity": 2, "status": 2,
            "street": "412 Elm St", "city": "Saint Paul", "state": "MN", "lat": "44.9537", "lng": -93.09,
            "date": "2026-03-01 05:58:00", "updated": "2026-03-01 05:59:00", "in_type_name": "FIRE",
            "incident_number": "26-0002",
        }  # fmt: skip
        self.rows[ticket] = {**row, **self.rows.get(ticket, {}), **changes}

    def answer(self, target: str) -> Answer:
        self.asked.append(target)
        trouble = self.trouble(target)
        if trouble is not None:
            return trouble
        path, query = urlsplit(target).path, parse_qs(urlsplit(target).query)
        ticket = path.rpartition("/")[2]
        if ticket != "incidents":
            row = self.rows.get(int(ticket))
            if row is None:
                return 404, b'{"ok":false,"error":"not_found"}', ""
            return 200, json.dumps({"ok": True, "data": {**row, "comments": "seen"}}).encode(), ""
        limit, offset = int(query["limit"][0]), int(query["offset"][0])
        rows = sorted(self.rows.values(), key=lambda row: -int(row["id"]))
        if "status" in query:
            rows = [row for row in rows if row["status"] == int(query["status"][0])]
        if "since" in query:
            rows = [row for row in rows if row["updated"] >= query["since"][0]]
        data = {"incidents": rows[offset : offset + limit], "limit": limit, "offset": offset}
        return 200, json.dumps({"ok": True, "api_version": "v1", "data": data}).encode(), ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                self.tokens.update(
                    line for line in head.split("\r\n") if line.lower().startswith("authorization")
                )
                status, body, retry = self.answer(head.split(" ")[1])
                more = f"Retry-After: {retry}\r\n" if retry else ""
                writer.write(
                    f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n{more}\r\n".encode() + body
                )
                await writer.drain()
        writer.close()


@asynccontextmanager
async def serving() -> AsyncIterator[tuple[Cad, str]]:
    cad = Cad()
    server = await asyncio.start_server(cad.serve, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield cad, f"http://127.0.0.1:{port}/api/external/v1"


def poller(house: House, url: str, tmp_path: Path, *, poll_every_s: float = 0.02) -> TicketsCad:
    token = tmp_path / "token"
    token.write_text(TOKEN + "\n")
    said = said_of("county", lambda: house.desk.state)
    house.clock.at = AT
    api = TicketsCadApi(url, token)
    return TicketsCad(CHICAGO, house.desk, said, clock=house.clock, api=api, poll_every_s=poll_every_s)


@asynccontextmanager
async def polling(feed: TicketsCad, house: House) -> AsyncIterator[None]:
    async with running(house.desk):
        task = asyncio.create_task(feed.run())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


def reports(house: House) -> dict[str, Any]:
    return {call.report.incident_uid: call.report for call in house.desk.state.calls.values()}


def is_up(house: House) -> bool:
    return house.desk.state.feeds["county"].is_up


async def test_open_incidents_are_calls_and_repeats_are_nothing(tmp_path: Path) -> None:
    house = House()
    async with serving() as (cad, url):
        cad.put(42)
        cad.put(43, lat=999, lng=0, severity=0, incident_number="")
        cad.put(44, status=1)
        async with polling(poller(house, url, tmp_path), house):
            await until(lambda: len(cad.asked) > 8 and "43" in reports(house))
            first = reports(house)["42"]
            assert (first.number, first.type_text, first.priority) == ("26-0002", "FIRE", 1)
            assert first.place.position == LatLon(44.9537, -93.09)
            assert first.updated_at == datetime(2026, 3, 1, 11, 59, tzinfo=UTC)
            other = reports(house)["43"]
            assert (other.place.position, other.priority) == (None, 3)
            assert "nowhere on earth" in " ".join(other.warnings)
            assert house.journal.kinds().count("CallReceived") == 3  # 44 comes by `since`, and is closed
            assert house.journal.kinds().count("CallUpdated") == 0
            assert cad.tokens == {f"authorization: Bearer {TOKEN}"} or cad.tokens == {
                f"Authorization: Bearer {TOKEN}"
            }
            assert any("since=2026-03-01+04%3A54%3A00" in target for target in cad.asked)


async def test_what_changes_and_what_is_deleted_there(tmp_path: Path) -> None:
    house = House()
    async with serving() as (cad, url):
        cad.put(42)
        feed = poller(house, url, tmp_path)
        async with polling(feed, house):
            await until(lambda: "42" in reports(house))
            cad.put(42, status=1, updated="2026-03-01 06:00:10")
            await until(lambda: reports(house)["42"].status is CallStatus.CLOSED)
            cad.put(45, updated="2026-03-01 06:00:20")
            await until(lambda: "45" in reports(house))
            del cad.rows[45]
            feed._listed_at = None
            await until(lambda: house.journal.kinds().count("CallMissing") == 1)


async def test_the_hour_that_comes_twice_hides_no_row(tmp_path: Path) -> None:
    house = House()
    async with serving() as (cad, url):
        cad.put(42, updated="2026-11-01 01:55:00")  # summer time
        feed = poller(house, url, tmp_path)
        house.clock.at = datetime(2026, 11, 1, 6, 55, 5, tzinfo=UTC)
        async with polling(feed, house):
            await until(lambda: "42" in reports(house))
            house.clock.at = datetime(2026, 11, 1, 7, 10, 5, tzinfo=UTC)
            cad.put(42, updated="2026-11-01 01:10:00", severity=1)  # a quarter of an hour later
            cad.put(50, updated="2026-11-01 01:10:00")
            await until(lambda: "50" in reports(house) and reports(house)["42"].priority == 2)
            assert reports(house)["50"].updated_at == datetime(2026, 11, 1, 7, 10, tzinfo=UTC)


async def test_a_number_of_another_year_is_another_call(tmp_path: Path) -> None:
    house = House()
    async with serving() as (cad, url):
        cad.put(42, incident_number="26-0002")
        cad.put(9_042, incident_number="26-0002")
        async with polling(poller(house, url, tmp_path), house):
            await until(lambda: len(reports(house)) == 2)
            assert {call.report.number for call in house.desk.state.calls.values()} == {"26-0002"}
            assert len(set(house.desk.state.calls)) == 2


async def test_hundreds_of_incidents_come_in_pages(tmp_path: Path) -> None:
    house = House()
    async with serving() as (cad, url):
        for ticket in range(1, 451):
            cad.put(ticket, incident_number=f"26-{ticket:04}")
        async with polling(poller(house, url, tmp_path), house):
            await until(lambda: len(reports(house)) == 450)
            assert house.journal.kinds().count("CallMissing") == 0


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((401, b'{"ok":false,"error":"token_expired"}', ""), "does not accept our token (token_expired)"),
        ((403, b'{"ok":false,"error":"forbidden_scope"}', ""), "incidents:read"),
        ((426, b'{"ok":false,"error":"https_required"}', ""), "wants https"),
        ((422, b"{}", ""), "HTTP 422"),
        ((429, b'{"ok":false,"error":"rate_limited","retry_after":142}', "142"), "asks us to wait"),
        ((500, b"<html>oops</html>", ""), "HTTP 500"),
        ((200, b"<html>Please log in</html>", ""), "web page"),
        ((200, b'{"ok":true,"data":[]}', ""), "no list of incidents"),
    ],
)
async def test_answers_that_are_none(answer: Answer, words: str, tmp_path: Path) -> None:
    house = House()
    async with serving() as (cad, url):
        cad.trouble = lambda target: answer
        async with polling(poller(house, url, tmp_path), house):
            # A quarantined answer names the feed before the feed itself is said to be down.
            await until(lambda: any(words in feed.detail for feed in house.desk.state.feeds.values()))
            feed = house.desk.state.feeds["county"]
            assert not feed.is_up
            assert feed.quarantined == (1 if answer[0] == 200 else 0)


async def test_the_wait_that_was_asked_for(tmp_path: Path) -> None:
    house = House()
    async with serving() as (cad, url):
        feed = poller(house, url, tmp_path)
        cad.trouble = lambda target: (429, b'{"error":"rate_limited","retry_after":142}', "142")
        async with running(house.desk):
            assert feed._api is not None
            assert await feed._look(feed._api) == 142.0
            cad.trouble = lambda target: None
            assert await feed._look(feed._api) == 0.02
            assert is_up(house)
            # A token that ends in the middle of the stream, and a new one in the file.
            cad.trouble = lambda target: (401, b'{"error":"token_expired"}', "")
            assert await feed._look(feed._api) == 60.0
            assert not is_up(house)
            await feed._api.close()


# --- webhooks ---------------------------------------------------------------------------------


def created(name: str, ticket: int = 42, **details: Any) -> Json:
    return {
        "event_type": name,
        "timestamp": "2026-03-01T12:00:01Z",
        "data": {
            "category": "incident", "activity": "create", "target_type": "ticket", "target_id": ticket,
            "summary": f"Created incident #{ticket}: Tree down",
            "details": {"severity": 2, "status": 2, "incident_number": "26-0002", **details},
            "event_time": "2026-03-01T12:00:01Z", "ticket_id": ticket,
        },
    }  # fmt: skip


async def deliver(bridge: Bridge, body: Json, delivery: str) -> Json:
    raw = json.dumps(body).encode()
    answer = await bridge.post("/county", raw, headers=signed(raw, delivery=delivery))
    return {**answer.json(), "status": answer.status_code}


async def test_poll_and_webhook_are_one_call(tmp_path: Path) -> None:
    house = House()
    async with serving() as (cad, url):
        feed = poller(house, url, tmp_path, poll_every_s=0.05)
        cad.put(42, updated="2026-03-01 06:00:00")
        hooks = [hook("ticketscad", auth="hmac", name="county")]
        async with listening(tmp_path, hooks, house=house, pollers={"county": feed}) as bridge:
            for name, delivery in (("incident.created", "d-1"), ("incident.new", "d-2")):
                assert (await deliver(bridge, created(name), delivery))["id"] == "42"
            assert (await deliver(bridge, created("incident.new"), "d-2"))["taken"] is False
            task = asyncio.create_task(feed.run())
            await until(lambda: sum("since" in target for target in cad.asked) > 3)
            task.cancel()
            report = bridge.calls["42"].report
            assert bridge.count("CallReceived") == 1
            assert report.place.address == "412 Elm St, Saint Paul, MN"
            assert [note.text for note in report.notes] == ["Tree down across Elm St", "seen"]
            assert bridge.count("CallUpdated") == 0
            with contextlib.suppress(asyncio.CancelledError):
                await task


async def test_a_webhook_while_the_api_is_away_is_taken_as_it_is(tmp_path: Path) -> None:
    house = House()
    async with serving() as (cad, url):
        cad.trouble = lambda target: (500, b"", "")
        feed = poller(house, url, tmp_path)
        hooks = [hook("ticketscad", auth="hmac", name="county")]
        async with listening(tmp_path, hooks, house=house, pollers={"county": feed}) as bridge:
            await deliver(bridge, created("incident.created"), "d-1")
            assert bridge.calls["42"].report.place.address == ""
            cad.trouble = lambda target: None
            cad.put(42)
            await deliver(bridge, {**created("incident.updated"), "timestamp": "2026-03-01T12:00:05Z"}, "d-2")
            assert bridge.calls["42"].report.place.address == "412 Elm St, Saint Paul, MN"
            assert len(bridge.calls) == 1
            assert feed._api is not None
            await feed._api.close()


async def test_webhooks_alone(tmp_path: Path) -> None:
    async with listening(tmp_path, [hook("ticketscad", auth="hmac", name="county")]) as bridge:
        lost = created("incident.updated", ticket=9)
        lost["data"]["details"] = {"fields_changed": ["lat"]}
        assert (await deliver(bridge, lost, "d-0"))["status"] == 422  # update before create
        assert len(bridge.quarantined) == 1
        await deliver(bridge, created("incident.created", scope="Tree down", lat=45.52, lng=-122.67), "d-1")
        note: Json = {
            "event_type": "incident.note_added",
            "timestamp": "2026-03-01T12:00:05Z",
            "data": {
                "ticket_id": 42,
                "target_type": "action",
                "target_id": 7,
                "details": {"note": "wires down"},
            },
        }
        await deliver(bridge, note, "d-2")
        report = bridge.calls["42"].report
        assert [each.text for each in report.notes] == ["wires down"]
        assert (report.type_text, report.place.position) == ("Tree down", LatLon(45.52, -122.67))
        closed = created("incident.closed")
        closed["data"]["event_time"] = "2026-03-01T12:00:09Z"
        await deliver(bridge, closed, "d-3")
        assert bridge.calls["42"].report.status is CallStatus.CLOSED
        late = await deliver(bridge, created("incident.reopened"), "d-4")
        assert late["why"] == "something newer is known"
        assert bridge.calls["42"].report.status is CallStatus.CLOSED
        assert (await deliver(bridge, {"event_type": "test", "data": {"message": "x"}}, "d-5"))[
            "taken"
        ] is False
        assert len(bridge.calls) == 1
