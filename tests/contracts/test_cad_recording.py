"""A feed recorded raw on real sockets and said again: the same file gives the same calls, at any speed."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.cad import report, soon
from tests.support import House, StillClock, running, until

from rtcc_core.adapters.cad_eido import EidoFeed, EidoFeedSettings
from rtcc_core.adapters.cad_recorder import CadRecorder
from rtcc_core.adapters.cad_replayer import CadReplayer
from rtcc_core.domain.call import Call, CallStatus, Note
from rtcc_core.wire.recording import (
    Direction,
    NotARecording,
    RecordedLine,
    Replayed,
    encode_line,
    for_subscription,
    read_recording,
)
from rtcc_sitl.cad_server import SimCad

NOT_JSON = '{"event": {"subscriptionId": "x", "notif'


@contextlib.asynccontextmanager
async def recording(url: str, path: Path) -> AsyncIterator[CadRecorder]:
    with path.open("ab") as out:
        settings = EidoFeedSettings(name="county", url=url, min_rate_s=1)
        recorder = CadRecorder(settings, out, StillClock(), tell=lambda words: None)
        task = asyncio.create_task(recorder.run())
        try:
            yield recorder
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def record_a_day(path: Path) -> None:
    """Two calls, a change of each, one closed, and a frame that is no JSON."""
    async with SimCad() as cad, recording(cad.url, path):
        await soon(cad.wait_for(lambda: cad.is_subscribed))
        ids = await cad.publish(report("urn:call:1", number="1041"))
        ids += await cad.publish(report("urn:call:2", number="1042"))
        ids += await cad.publish(report("urn:call:1", number="1041", notes=(Note(text="two cars"),)))
        await cad.send_raw(NOT_JSON)
        ids += await cad.publish(report("urn:call:2", number="1042", status=CallStatus.CLOSED))
        await soon(cad.wait_acked(ids))


async def replayed_into_a_fresh_core(path: Path, *, speed: float) -> tuple[House, CadReplayer]:
    with path.open("rb") as file:
        frames = read_recording(file)
    house = House()
    async with running(house.desk), CadReplayer(frames, speed=speed) as cad:
        settings = EidoFeedSettings(name="county", url=cad.url, min_rate_s=1)
        feed = asyncio.create_task(EidoFeed(settings, house.desk, jitter=random.Random(1)).run())
        await soon(cad.finished(answers_within_s=5.0))
        await until(lambda: house.desk.state.quarantine_count > 0)
        feed.cancel()
        await asyncio.gather(feed, return_exceptions=True)
    return house, cad


def calls_of(house: House) -> dict[str, Call]:
    return dict(house.desk.state.calls)


async def test_every_frame_of_both_directions_is_kept_as_it_came(tmp_path: Path) -> None:
    path = tmp_path / "feed.jsonl"
    await record_a_day(path)
    lines = [json.loads(line) for line in path.read_bytes().splitlines()]
    assert {frozenset(line) for line in lines} == {frozenset(("at", "direction", "frame"))}
    assert lines[0]["direction"] == "opened"
    assert "subscribe" in json.loads(lines[1]["frame"])
    assert {"direction": "in", "frame": NOT_JSON}.items() <= next(
        line for line in lines if line["frame"] == NOT_JSON
    ).items()
    answered = [line for line in lines if line["direction"] == "out" and "eventResponse" in line["frame"]]
    assert len(answered) >= 4


async def test_the_same_recording_twice_gives_the_same_calls(tmp_path: Path) -> None:
    path = tmp_path / "feed.jsonl"
    await record_a_day(path)
    first, cad = await replayed_into_a_fresh_core(path, speed=1.0)
    second, _ = await replayed_into_a_fresh_core(path, speed=1_000.0)
    assert calls_of(first) == calls_of(second)
    assert {name: call.report.status for name, call in calls_of(first).items()} == {
        "1041": CallStatus.ACTIVE,
        "1042": CallStatus.CLOSED,
    }
    assert [note.text for note in calls_of(first)["1041"].report.notes] == ["two cars"]
    assert calls_of(first)["1041"].place.position is not None
    assert first.desk.state.quarantine_count == second.desk.state.quarantine_count == 1
    assert not cad.refused


async def test_a_recording_that_was_cut_off_is_replayed_up_to_there(tmp_path: Path) -> None:
    path = tmp_path / "feed.jsonl"
    await record_a_day(path)
    whole = read_recording(path.read_bytes().splitlines(keepends=True))
    cut = path.read_bytes() + b'{"at":"2026-03-01T12:00:00Z","direc'
    assert read_recording(cut.splitlines(keepends=True)) == whole


def test_what_is_no_recording_is_said_to_be_none() -> None:
    with pytest.raises(NotARecording, match="line 1 is not of a recording"):
        read_recording([b'{"direction": "in"}\n', b"{}\n"])
    with pytest.raises(NotARecording, match="holds no event"):
        read_recording([])


def test_answers_are_not_said_again_and_gaps_are_kept() -> None:
    at = StillClock().now()
    said: list[tuple[Direction, int, str]] = [
        ("in", 0, '{"subscribeResponse": {"statusCode": 200}}'),
        ("in", 2, '{"event": {"subscriptionId": "a", "transactionId": "t", "notification": []}}'),
        ("out", 2, '{"eventResponse": {"transactionId": "t"}}'),
        ("in", 9, '{"requestForService": {"requestId": "r"}}'),
        ("in", 10, '{"terminate": {"subscriptionId": "a"}}'),
    ]
    lines = [
        encode_line(RecordedLine(at=at + timedelta(seconds=after_s), direction=direction, frame=frame))
        for direction, after_s, frame in said
    ]
    assert read_recording(lines) == (
        Replayed(after_s=0.0, frame=said[1][2], transaction_id="t"),
        Replayed(after_s=7.0, frame=said[3][2]),
    )


def test_only_the_subscription_is_rewritten() -> None:
    eido = '{"$id":"x","odd":1e3, "é":  [1,2]}'
    frame = f'{{"event":{{"subscriptionId":"old","transactionId":"7","notification":[{eido}]}}}}'
    again = for_subscription(frame, "new")
    assert eido in again
    assert json.loads(again)["event"]["subscriptionId"] == "new"
    assert for_subscription(NOT_JSON, "new") == NOT_JSON


def test_both_verbs_on_the_command_line(tmp_path: Path) -> None:
    """Recorded from a CAD, replayed by another process, recorded again: the same events."""
    first, second = tmp_path / "first.jsonl", tmp_path / "second.jsonl"
    rtcc = (sys.executable, "-m", "rtcc_core.cli", "cad")
    asyncio.run(record_a_day(first))
    argv = [*rtcc, "replay", str(first), "--speed", "100"]
    replay = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert replay.stdout is not None
        url = replay.stdout.readline().strip()
        argv = [*rtcc, "record", url, "--out", str(second), "--seconds", "3"]
        ended = subprocess.run(argv, capture_output=True, timeout=60, check=False)
        assert ended.returncode == 0, ended.stderr.decode()
        assert replay.wait(30) == 0
    finally:
        replay.kill()
        replay.communicate()
    events = [
        [for_subscription(one.frame, "") for one in read_recording(path.read_bytes().splitlines())]
        for path in (first, second)
    ]
    assert events[0] == events[1]
    assert second.stat().st_mode & 0o077 == 0
