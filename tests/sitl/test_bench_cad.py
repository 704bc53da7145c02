"""The CAD bench: what it sends, what it makes of its runs, and one small run of the real thing."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections import Counter
from datetime import datetime
from itertools import islice
from pathlib import Path

import pytest

from rtcc_core.domain.call import CallStatus
from rtcc_core.domain.geo import LatLon
from rtcc_core.wire.eido import read_eido
from rtcc_sitl.bench.cad_bare import commit, echo
from rtcc_sitl.bench.cad_load import as_json, mark_of, reports
from rtcc_sitl.bench.cad_sender import PacedCad
from rtcc_sitl.bench.cad_table import Measured, figures, table
from rtcc_sitl.bench.first_flight import Result, machine
from rtcc_sitl.cli_values import event_rates

CENTRE = LatLon(38.4088, -121.3716)


def measured(acks_ms: list[float], per_s: float) -> Measured:
    turn = ("core", "sustained", 1_000)
    return Measured(
        incidents=5_000,
        aircraft=10,
        event_bytes=3_000,
        acks_ms={turn: acks_ms, ("bare", "sustained", 1_000): [1.0, 2.0]},
        consoles_ms={("sustained", 1_000): [3.0]},
        per_s={turn: per_s, ("bare", "sustained", 1_000): 1_000.0},
        cpu={turn: 50.0},
        commits_ms={1: [0.5], 32: [1.0]},
        snapshot_s=[3.0, 4.0, 6.0],
    )


def test_every_event_is_a_call_that_the_core_reads_and_finds_again() -> None:
    sent = list(islice(reports(CENTRE), 3_000))
    assert [mark_of(report) for report in sent] == list(range(1, 3_001))
    again = read_eido(json.loads(as_json(sent[-1])), sent[-1].feed)
    assert mark_of(again) == 3_000
    assert (again.number, again.status, again.warnings) == (sent[-1].number, sent[-1].status, ())
    assert 2_500 < len(as_json(sent[0])) < 4_000
    states = Counter(report.status for report in sent)
    assert len({report.number for report in sent}) == 300
    assert states[CallStatus.CLOSED] == 100


def test_updates_of_an_incident_are_never_older_than_what_was_said() -> None:
    newest: dict[str, datetime] = {}
    for report in islice(reports(CENTRE), 2_000):
        before = newest.get(report.incident_uid)
        assert before is None or report.updated_at > before
        newest[report.incident_uid] = report.updated_at


def test_aims_that_are_met_and_missed_say_so() -> None:
    by_name = {figure.name: figure for figure in figures(measured([10.0, 20.0], 999.0))}
    assert by_name["core_sustained_1000_acknowledged"].met is True
    assert by_name["core_sustained_1000_ack_p99"].met is True
    assert by_name["core_sustained_1000_ack_over_websockets_json_p99"].value == 10.0
    assert by_name["core_sustained_1000_ack_over_sqlite_commit_p50"].value == 20.0
    snapshot = by_name["snapshot_5000_in_every_console"]
    assert (snapshot.value, snapshot.met) == (6.0, False)
    slow = {figure.name: figure for figure in figures(measured([10.0, 251.0], 900.0))}
    assert slow["core_sustained_1000_acknowledged"].met is False
    assert slow["core_sustained_1000_ack_p99"].met is False


def test_the_table_names_what_was_measured_and_what_was_missed() -> None:
    result = Result(bench="cad", machine=machine(), figures=figures(measured([10.0, 251.0], 900.0)))
    text = table(result, (1_000,))
    assert "core, sustained 1000" in text
    assert "ws+json alone, sustained 1000" in text
    assert "MISSED core_sustained_1000_acknowledged: 900 events/s, at least 970" in text


def test_rates_are_whole_numbers() -> None:
    assert event_rates("10,100") == (10, 100)
    with pytest.raises(Exception, match="whole numbers from 1 to 10000"):
        event_rates("0")


def test_commits_alone_are_timed_each(tmp_path: Path) -> None:
    took_ms = commit(tmp_path / "bare.db", 12, 3_000, 4)
    assert len(took_ms) == 3
    assert all(each > 0 for each in took_ms)


async def test_an_event_counts_from_when_it_was_due() -> None:
    """websockets and json alone, as the bench compares with, against its own CAD."""
    async with PacedCad() as cad:
        peer = asyncio.create_task(echo(cad.url))
        async with asyncio.timeout(10):
            await cad.is_subscribed.wait()
            await cad.send_paced(1, ["{}"] * 20, rate_hz=1_000.0)
        assert await cad.wait_acked(range(1, 21), within_s=10.0) == 20
        assert all(cad.acked_s[number] >= cad.sent_s[number] for number in range(1, 21))
        assert cad.sent_s[20] - cad.sent_s[1] == pytest.approx(0.019)
        peer.cancel()
        await asyncio.gather(peer, return_exceptions=True)


@pytest.mark.drill
def test_the_whole_is_measured_on_the_real_thing(tmp_path: Path) -> None:
    argv = [
        *(sys.executable, "-m", "rtcc_core.cli", "bench", "cad", "--rates", "20", "--seconds", "1"),
        *("--incidents", "40", "--aircraft", "2", "--json", str(tmp_path / "found.json")),
    ]
    ended = subprocess.run(argv, capture_output=True, timeout=110, check=False)
    assert ended.returncode == 0, ended.stderr.decode()
    values = {f["name"]: f["value"] for f in json.loads((tmp_path / "found.json").read_text())["figures"]}
    assert values["snapshot_40_in_every_console"] > 0
    assert values["core_sustained_20_ack_p99"] > 0
    assert values["core_burst_20_console_p99"] > 0
    assert values["bare_sustained_20_ack_p50"] > 0
    assert values["sqlite_commit_of_1_p50"] > 0
