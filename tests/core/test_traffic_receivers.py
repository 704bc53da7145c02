"""Receivers on real files and sockets: what they say arrives, what they break is said in words."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.support import until
from tests.traffic_samples import ADSB_VEHICLE, MUTABILITY, READSB, SBS, written

from rtcc_core.adapters.http_get import http_get
from rtcc_core.adapters.traffic_feeds import INBOX_MAX, TrafficFeeds, TrafficFeedSettings, host_and_port
from rtcc_core.domain.geo import LatLon
from rtcc_core.domain.traffic import TrafficSource

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
SITE = LatLon(45.5231, -122.6765)


def listening(*feeds: TrafficFeedSettings) -> TrafficFeeds:
    return TrafficFeeds(feeds, around=[SITE], jitter=random.Random(1))


@asynccontextmanager
async def running(feeds: TrafficFeeds) -> AsyncIterator[TrafficFeeds]:
    task = asyncio.create_task(feeds.run())
    try:
        yield feeds
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def serving(serve: Serve) -> AsyncIterator[int]:
    """A server on a port of its own; its number."""
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


@asynccontextmanager
async def rewriting(path: Path, sample: dict[str, object]) -> AsyncIterator[None]:
    """A receiver that writes its file anew again and again, and renames it into place."""

    async def write() -> None:
        for number in range(1_000_000):
            aside = path.with_suffix(".new")
            aside.write_bytes(written(sample, now=1772366400.0 + number))
            aside.replace(path)
            await asyncio.sleep(0.05)

    task = asyncio.create_task(write())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def only(feeds: TrafficFeeds) -> TrafficSource:
    (source,) = feeds.sources()
    return source


def saying(feeds: TrafficFeeds, words: str) -> Callable[[], bool]:
    return lambda: words in only(feeds).detail


# --- aircraft.json in a file --------------------------------------------------------------------


@pytest.mark.parametrize("sample", [READSB, MUTABILITY], ids=["readsb", "mutability"])
async def test_both_dialects_from_a_file(tmp_path: Path, sample: dict[str, object]) -> None:
    path = tmp_path / "aircraft.json"
    async with (
        rewriting(path, sample),
        running(listening(TrafficFeedSettings(name="roof", file=path))) as feeds,
    ):
        await until(lambda: only(feeds).is_up and bool(feeds.intruders()))
        by_id = {intruder.id: intruder for intruder in feeds.intruders()}
        assert by_id["a1b2c3"].name == "helicopter N123AB"
        assert by_id["a1b2c3"].sources == ("roof",)
        assert by_id["a1b2c3"].position_age_s < 5.0
        assert by_id["a90a11"].on_ground
        # No position, too old, too high: none of them is traffic.
        assert not {"ab12ef", "a5c0de", "a7f00d"} & set(by_id)
        assert only(feeds).detail.endswith("aircraft near")


async def test_a_file_that_a_dead_receiver_left_behind_is_not_live(tmp_path: Path) -> None:
    path = tmp_path / "aircraft.json"
    path.write_bytes(written(READSB))
    async with running(listening(TrafficFeedSettings(name="roof", file=path))) as feeds:
        await until(lambda: "waiting for it to change" in only(feeds).detail)
        assert not only(feeds).is_up
        assert feeds.intruders() == ()
        path.write_bytes(written(READSB, now=1772366500.0))
        await until(lambda: only(feeds).is_up)


async def test_bad_files_are_said_and_the_next_good_one_is_used(tmp_path: Path) -> None:
    path = tmp_path / "aircraft.json"
    async with running(listening(TrafficFeedSettings(name="roof", file=path))) as feeds:
        await until(lambda: "No such file" in only(feeds).detail)
        for raw, words in [
            (b"first", "waiting"),
            (written(READSB)[:500], "not an aircraft.json"),
            (b"", "empty"),
            (b"[" * 9_000_000, "larger than 8 MB"),
        ]:
            path.write_bytes(raw)
            await until(saying(feeds, words))
            assert not only(feeds).is_up
        async with rewriting(path, READSB):
            await until(lambda: only(feeds).is_up and len(feeds.intruders()) > 2)


async def test_a_pipe_in_the_place_of_a_file_does_not_stop_anything(tmp_path: Path) -> None:
    path = tmp_path / "aircraft.json"
    os.mkfifo(path)
    async with running(listening(TrafficFeedSettings(name="roof", file=path))) as feeds:
        await until(lambda: "not a file" in only(feeds).detail)


async def test_silence_is_noticed_and_positions_age(tmp_path: Path) -> None:
    at = 1_000.0
    path = tmp_path / "aircraft.json"
    feeds = TrafficFeeds(
        [TrafficFeedSettings(name="roof", file=path)], jitter=random.Random(1), now=lambda: at
    )
    async with running(feeds):
        async with rewriting(path, READSB):
            await until(lambda: only(feeds).is_up)
        at += 11.0
        assert not only(feeds).is_up
        assert "silent for 11 s" in only(feeds).detail
        assert all(intruder.is_stale for intruder in feeds.intruders())
        at += 60.0
        assert feeds.intruders() == ()


# --- aircraft.json over HTTP --------------------------------------------------------------------


def web_server(answer: Callable[[int], bytes]) -> Serve:
    """Answers each request with what `answer` makes of its number, and closes."""
    count = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal count
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            count += 1
            writer.write(answer(count))
            await writer.drain()
        writer.close()

    return serve


def ok(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


async def test_an_aircraft_json_on_a_web_server() -> None:
    async with serving(web_server(lambda count: ok(written(READSB, now=count)))) as port:
        url = f"http://127.0.0.1:{port}/data/aircraft.json"
        async with running(listening(TrafficFeedSettings(name="hill", url=url))) as feeds:
            await until(lambda: len(feeds.intruders()) > 2)
            assert only(feeds).is_up


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"HTTP/1.1 404 Not Found\r\n\r\n", "it answers 404"),
        (b"HTTP/1.1 301 Moved\r\nLocation: /there\r\n\r\n", "the address it has moved to"),
        (b"220 smtp ready\r\n\r\n", "not HTTP"),
        (b"", "not HTTP"),
        (b"x" * 40_000, "not HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{", "broke off after 1 of 500"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 70_000, "larger than 64 KB"),
    ],
)
async def test_a_bad_answer_is_said_in_words(answer: bytes, words: str) -> None:
    async with serving(web_server(lambda _: answer)) as port:
        with pytest.raises(OSError, match=words):
            await http_get(f"http://127.0.0.1:{port}/", limit_bytes=65_536, within_s=5.0)


async def test_a_server_that_never_answers_is_given_up() -> None:
    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with serving(hang) as port:
        with pytest.raises(OSError, match="did not answer within 0 s"):
            await http_get(f"http://127.0.0.1:{port}/", limit_bytes=65_536, within_s=0.2)


@pytest.mark.parametrize(
    "url",
    ["ftp://roof/x", "http://", "http://roof:99999/", "http://me:secret@roof/", "http://roof/a b\r\nX: 1"],
)
async def test_what_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(OSError, match="address") as refused:
        await http_get(url, limit_bytes=1_000, within_s=1.0)
    assert "secret" not in str(refused.value)


# --- SBS ----------------------------------------------------------------------------------------


async def test_sbs_from_a_socket_that_breaks_and_comes_back() -> None:
    connections = 0
    hang_up = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        for start in range(0, len(SBS), 100):
            writer.write(SBS[start : start + 100])
            await writer.drain()
        await hang_up.wait()
        writer.close()

    async with (
        serving(serve) as port,
        running(listening(TrafficFeedSettings(name="dock", sbs=f"127.0.0.1:{port}"))) as feeds,
    ):
        await until(lambda: only(feeds).is_up and any(i.track_deg == 271.0 for i in feeds.intruders()))
        (helicopter,) = (intruder for intruder in feeds.intruders() if not intruder.on_ground)
        assert (helicopter.id, helicopter.callsign, helicopter.sources) == ("a1b2c3", "N123AB", ("dock",))
        hang_up.set()
        await until(lambda: "it closed the connection" in only(feeds).detail)
        # What it said a moment ago still counts.
        assert only(feeds).is_up
        hang_up.clear()
        await until(lambda: connections == 2 and only(feeds).detail.endswith("aircraft near"))
        hang_up.set()


async def test_an_empty_line_says_that_the_receiver_is_there() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"\r\n")
        await reader.read()
        writer.close()

    async with (
        serving(serve) as port,
        running(listening(TrafficFeedSettings(name="dock", sbs=f"127.0.0.1:{port}"))) as feeds,
    ):
        await until(lambda: only(feeds).is_up)
        assert only(feeds).detail == "0 aircraft near"


async def test_a_server_that_accepts_and_says_nothing_is_not_up() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with (
        serving(serve) as port,
        running(listening(TrafficFeedSettings(name="dock", sbs=f"127.0.0.1:{port}"))) as feeds,
    ):
        await until(lambda: "nothing was said yet" in only(feeds).detail)
        assert not only(feeds).is_up


async def test_a_flood_of_rubbish_leaves_the_loop_to_the_others() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while True:
                writer.write(b"\x00\xff rubbish, not SBS\n" * 2_000 + SBS)
                await writer.drain()
        writer.close()

    async with (
        serving(serve) as port,
        running(listening(TrafficFeedSettings(name="dock", sbs=f"127.0.0.1:{port}"))) as feeds,
    ):
        await until(lambda: "damaged" in only(feeds).detail and bool(feeds.intruders()))


async def test_nobody_at_the_other_end_is_said_in_words() -> None:
    async with serving(web_server(lambda _: b"")) as port:
        pass  # the port is free again, and nobody listens there
    async with running(listening(TrafficFeedSettings(name="dock", sbs=f"127.0.0.1:{port}"))) as feeds:
        await until(lambda: "cannot connect" in only(feeds).detail)
        assert not only(feeds).is_up


# --- our own aircraft's receivers, and all together ---------------------------------------------


async def test_adsb_vehicle_from_another_thread() -> None:
    feeds = listening()
    assert feeds.sources() == ()
    message = json.dumps(ADSB_VEHICLE)
    thread = threading.Thread(target=lambda: feeds.take_adsb_vehicle("D1", message))
    thread.start()
    thread.join()
    (intruder,) = feeds.intruders()
    assert (intruder.id, intruder.sources) == ("a1b2c3", ("D1's receiver",))
    assert intruder.position_age_s >= 1.0
    assert only(feeds).is_up
    assert not only(feeds).is_standing


async def test_a_flood_of_adsb_vehicles_is_bounded_and_the_newest_count() -> None:
    feeds = listening()
    for number in range(3 * INBOX_MAX):
        feeds.take_adsb_vehicle("D1", json.dumps(ADSB_VEHICLE | {"ICAO_address": 1 + number % 1_500}))
    feeds.take_adsb_vehicle("D1", "not json")
    assert 0 < len(feeds.intruders()) <= 1_000
    assert "1 damaged" in only(feeds).detail


async def test_one_aircraft_on_every_way_is_one_intruder(tmp_path: Path) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(SBS)
        await reader.read()
        writer.close()

    path = tmp_path / "aircraft.json"
    async with serving(serve) as port, rewriting(path, READSB):
        feeds = listening(
            TrafficFeedSettings(name="roof", file=path),
            TrafficFeedSettings(name="dock", sbs=f"127.0.0.1:{port}"),
        )
        async with running(feeds):
            feeds.take_adsb_vehicle("D1", json.dumps(ADSB_VEHICLE))
            await until(
                lambda: (
                    {"roof", "dock", "D1's receiver"}
                    == {name for i in feeds.intruders() if i.id == "a1b2c3" for name in i.sources}
                )
            )
            assert [intruder.id for intruder in feeds.intruders()].count("a1b2c3") == 1
            assert [source.is_up for source in feeds.sources()] == [True, True, True]


@pytest.mark.parametrize("address", ["roof", "roof:", ":30003", "roof:0", "roof:70000", "roof:٣", "roof:3e4"])
def test_an_address_without_a_port_is_refused_in_words(address: str) -> None:
    with pytest.raises(ValueError, match="not HOST:PORT"):
        host_and_port(address)


def test_an_address_is_taken_apart() -> None:
    assert host_and_port("roof.example:30003") == ("roof.example", 30_003)
    assert host_and_port("[::1]:30003") == ("::1", 30_003)


def test_a_feed_is_one_thing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="one of file, url and sbs"):
        listening(TrafficFeedSettings(name="roof"))
    with pytest.raises(ValueError, match="one of file, url and sbs"):
        listening(TrafficFeedSettings(name="roof", file=tmp_path, sbs="127.0.0.1:1"))
