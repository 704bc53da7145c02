"""The console bench: its glass and its figures, and one small run of the real thing."""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path

import pytest
from tests.support import NOON

from rtcc_sitl.bench.console import Options, run
from rtcc_sitl.bench.console_load import first_calls, fleet, people
from rtcc_sitl.bench.console_side import Paint, Spent
from rtcc_sitl.bench.console_table import Found, Noise, figures, table
from rtcc_sitl.bench.first_flight import Result, machine
from rtcc_sitl.bench.glass import Glass
from rtcc_sitl.bench_cli import names

QUIET = Noise(load_before=0.1, load_after=0.2, others_percent=3.0, took_s=100.0)


def found(side: str, *, key_ms: float, calls: int = 200, aircraft: int = 20) -> Found:
    return Found(
        side=side,
        calls=calls,
        aircraft=aircraft,
        paints=[Paint(from_exec_s=1.0, from_answer_s=0.5, size=40_000)],
        steady=Spent(bytes_per_s=2_000.0, cpu_percent=5.0, rss_mb=60.0),
        select_ms=[key_ms, key_ms],
        glyphs_ms=[50.0],
    )


def test_budgets_are_the_consoles_under_the_load_they_are_written_for() -> None:
    every = [
        found("console", key_ms=60.0),
        found("datatable", key_ms=120.0),
        found("console", key_ms=90.0, calls=1_000, aircraft=50),
    ]
    by_name = {figure.name: figure for figure in figures(every, QUIET)}
    assert by_name["console_steady_output"].met is True
    assert (by_name["console_key_p99"].value, by_name["console_key_p99"].met) == (60.0, False)
    assert by_name["large_key_p99"].met is None
    assert by_name["datatable_over_console_key_p99"].value == 2.0
    text = table(Result(bench="console", machine=machine(), figures=figures(every, QUIET)), every)
    assert "OVER" in text
    assert "1,000/50" in text
    assert "others used 3 % of the processors" in text


def test_a_screen_that_never_came_back_is_over_its_budget() -> None:
    stalled = found("console", key_ms=1.0)
    stalled.stalled_s, stalled.current_after_s = 60.0, None
    by_name = {figure.name: figure for figure in figures([stalled], QUIET)}
    assert (by_name["console_stall_current"].value, by_name["console_stall_current"].met) == (None, False)


def test_the_load_is_what_it_says() -> None:
    assert len({report.number for report in first_calls(200, NOON)}) == 200
    sites, drones, homes = fleet(20)
    assert {drone.site for drone in drones} == {site.name for site in sites}
    assert len(set(homes.values())) == len(drones) == 20
    assert 4 * (len(people(20)) - 1) >= 16, "one person may control four at once"


def test_the_glass_keeps_what_is_written_where_it_is_written() -> None:
    glass = Glass(10, 3)
    glass.feed(b"\x1b[2J\x1b[2;3H\x1b[1;38;5;7mab\x1b[0m\x1b[3;1")
    glass.feed(b"Hlong enough to be cut\x1b[2;4HX\r\nnext\x1b[?2026$p")
    assert glass.lines == ["", "  aX", "next enoug"]
    glass.feed(b"\r\nscrolled")
    assert glass.lines[0] == "  aX"
    assert glass.lines[2] == "scrolled"


def test_the_glass_answers_as_a_terminal_does() -> None:
    glass = Glass(10, 3)
    assert glass.feed("\x1b[2;1H\u28ff\x1b[6n\r\x1b[K\x1bP$qm".encode()) == b"\x1b[2;2R"
    assert glass.feed(b"\x1b\\\x1b[?2026$p\x1b[c") == b"\x1b[?62;22c"
    assert glass.text.strip() == ""


def test_only_what_is_measured_can_be_asked_for() -> None:
    assert names("keys, console") == ("keys", "console")
    with pytest.raises(argparse.ArgumentTypeError, match="'speed' is not measured"):
        names("speed")


@pytest.mark.drill
def test_the_whole_is_measured_on_the_real_thing(tmp_path: Path) -> None:
    options = Options(
        seconds=1.0, stall_s=1.0, calls=70, aircraft=5, only=("console", "datatable"),
        json_path=tmp_path / "found.json",
    )  # fmt: skip
    assert run(options) == 0
    told = json.loads((tmp_path / "found.json").read_text())
    values = {figure["name"]: figure["value"] for figure in told["figures"]}
    for side in ("console", "datatable"):
        for name in (
            "first_paint_size", "first_paint_answered", "first_paint_exec", "steady_output", "steady_cpu",
            "steady_rss", "key_p50", "key_p99", "glyph_p50", "glyph_p99", "slow_lag_p50", "slow_lag_p99",
            "stall_current", "stall_lag_p99",
        ):  # fmt: skip
            assert math.isfinite(values[f"{side}_{name}"]), f"{side}_{name}"
            assert values[f"{side}_{name}"] >= 0.0, f"{side}_{name}"
    assert math.isfinite(values["console_letter_p99"])
    assert math.isfinite(values["console_other_stall_p99"])
    assert 10.0 < values["console_steady_rss"] < 1_000.0
    assert values["datatable_steady_output"] > values["console_steady_output"] > 0.0
