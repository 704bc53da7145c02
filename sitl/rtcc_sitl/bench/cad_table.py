"""The CAD bench's figures: what was measured, what was aimed at, and a table for a person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from rtcc_sitl.bench.first_flight import Figure, Result
from rtcc_sitl.report import percentile

ACK_AIM_P99_MS: Final = 250.0
RATE_AIM: Final = 1_000
RATE_AIM_SHARE: Final = 0.97
"""What was sent at 1,000 a second must be acknowledged at nearly that, the last one's own wait included."""
SNAPSHOT_AIM_S: Final = 5.0

_ENDS: Final = (("p50", 0.50), ("p99", 0.99))

Turn = tuple[str, str, int]
"""Side (`core`, `bare`), `sustained` or `burst`, events a second."""


class Measured(msgspec.Struct, kw_only=True):
    """Everything one run found; milliseconds sample by sample."""

    incidents: int
    aircraft: int
    event_bytes: int = 0
    acks_ms: dict[Turn, list[float]] = {}
    consoles_ms: dict[tuple[str, int], list[float]] = {}
    per_s: dict[Turn, float] = {}
    cpu: dict[Turn, float] = {}
    """Percent of one processor that the core's process used."""
    waited: dict[Turn, float] = {}
    """Percent of the time that it was ready to run and others had the processors."""
    commits_ms: dict[int, list[float]] = {}
    """SQLite alone, by rows in a commit."""
    snapshot_s: list[float] = []
    """Until each console had the whole list."""
    late_console_s: float | None = None
    """How long a console took that came when everything was there."""


def figures(measured: Measured) -> tuple[Figure, ...]:
    """Every figure of the bench."""
    return (
        *_snapshot(measured),
        *(figure for turn in measured.acks_ms for figure in _turn(measured, turn)),
        *_commits(measured),
        Figure(name="event_size", value=measured.event_bytes, unit="bytes"),
        Figure(name="aircraft", value=measured.aircraft, unit="aircraft heard, weighed for new calls"),
    )


def _snapshot(measured: Measured) -> Iterator[Figure]:
    name = f"snapshot_{measured.incidents}"
    yield _at_most(f"{name}_in_every_console", max(measured.snapshot_s, default=None), "s", SNAPSHOT_AIM_S)
    yield _figure(f"{name}_to_a_late_console", measured.late_console_s, "s")


def _turn(measured: Measured, turn: Turn) -> Iterator[Figure]:
    side, kind, rate = turn
    name = f"{side}_{kind}_{rate}"
    is_aimed_at = (side, kind, rate) == ("core", "sustained", RATE_AIM)
    per_s = measured.per_s[turn]
    aim = RATE_AIM_SHARE * RATE_AIM if is_aimed_at else None
    met = None if aim is None else per_s >= aim
    yield Figure(name=f"{name}_acknowledged", value=round(per_s, 1), unit="events/s", aim=aim, met=met)
    for label, fraction in _ENDS:
        value = percentile(measured.acks_ms[turn], fraction)
        wants = ACK_AIM_P99_MS if is_aimed_at and label == "p99" else None
        yield _at_most(f"{name}_ack_{label}", value, "ms", wants)
        if side != "core":
            continue
        in_hands = percentile(measured.consoles_ms.get((kind, rate), []), fraction)
        yield _figure(f"{name}_console_{label}", in_hands, "ms")
        bare = percentile(measured.acks_ms.get(("bare", kind, rate), []), fraction)
        commit = percentile(measured.commits_ms.get(1, []), fraction)
        yield _figure(f"{name}_ack_over_websockets_json_{label}", _ratio(value, bare), "ratio")
        yield _figure(f"{name}_ack_over_sqlite_commit_{label}", _ratio(value, commit), "ratio")
    if turn in measured.cpu:
        yield _figure(f"{name}_cpu", measured.cpu[turn], "% of a processor")
    if turn in measured.waited:
        yield _figure(f"{name}_without_a_processor", measured.waited[turn], "% of the time")


def _commits(measured: Measured) -> Iterator[Figure]:
    for together, took_ms in measured.commits_ms.items():
        name = f"sqlite_commit_of_{together}"
        for label, fraction in _ENDS:
            yield _figure(f"{name}_{label}", percentile(took_ms, fraction), "ms")
        took_s = sum(took_ms) / 1e3
        yield _figure(f"{name}_rows", together * len(took_ms) / took_s if took_s else None, "events/s")


def table(result: Result, rates: Sequence[int]) -> str:
    """Everything measured, then the aims."""
    found = {figure.name: figure for figure in result.figures}
    machine = result.machine
    lines = [
        f"{machine['processor']}, {machine['cpus']} processors, load {machine['load_1min']}, "
        f"Python {machine['python']}",
        f"EIDOs of {_value(found, 'event_size', '{:.0f}')} bytes, each durable before its acknowledgement",
        "",
        _row("", "events/s", "ack p50", "ack p99", "console p50", "console p99", "CPU", "no CPU"),
    ]
    lines += [
        _turn_row(found, side, kind, rate)
        for kind in ("sustained", "burst")
        for rate in rates
        for side in ("core", "bare")
    ]
    for kind in ("sustained", "burst"):
        lines += ["", _row(f"core, {kind}: times", "ws+json p50", "ws+json p99", "commit p50", "commit p99")]
        lines += [_ratio_row(found, kind, rate) for rate in rates]
    lines.append("")
    lines += [
        f"{name}: {figure.value:g} {figure.unit}"
        for name, figure in found.items()
        if name.startswith(("sqlite_commit", "snapshot")) and figure.value is not None
    ]
    return "\n".join([*lines, "", *(_aim(figure) for figure in result.figures if figure.aim is not None)])


def _turn_row(found: dict[str, Figure], side: str, kind: str, rate: int) -> str:
    name = f"{side}_{kind}_{rate}"
    words = f"{'core' if side == 'core' else 'ws+json alone'}, {kind} {rate}"
    cells = [_value(found, f"{name}_acknowledged", "{:.0f}")]
    cells += [_value(found, f"{name}_{what}", "{:.1f} ms") for what in ("ack_p50", "ack_p99")]
    cells += [_value(found, f"{name}_{what}", "{:.1f} ms") for what in ("console_p50", "console_p99")]
    cells += [_value(found, f"{name}_{what}", "{:.0f} %") for what in ("cpu", "without_a_processor")]
    return _row(words, *cells)


def _ratio_row(found: dict[str, Figure], kind: str, rate: int) -> str:
    name = f"core_{kind}_{rate}_ack_over"
    bare = ("websockets_json", "sqlite_commit")
    return _row(
        str(rate), *(_value(found, f"{name}_{what}_{end}", "{:.1f} x") for what in bare for end, _ in _ENDS)
    )


def _aim(figure: Figure) -> str:
    mark = "met   " if figure.met else "MISSED"
    value = "none" if figure.value is None else f"{figure.value:g}"
    bound = "at least" if figure.unit == "events/s" else "at most"
    return f"{mark} {figure.name}: {value} {figure.unit}, {bound} {figure.aim:g}"


def _at_most(name: str, value: float | None, unit: str, aim: float | None) -> Figure:
    met = None if aim is None else value is not None and value <= aim
    return Figure(name=name, value=None if value is None else round(value, 3), unit=unit, aim=aim, met=met)


def _figure(name: str, value: float | None, unit: str) -> Figure:
    return _at_most(name, value, unit, None)


def _ratio(value: float | None, by: float | None) -> float | None:
    return value / by if value is not None and by else None


def _row(first: str, *cells: str) -> str:
    return f"{first:<31}" + "".join(f"{cell:>13}" for cell in cells)


def _value(found: dict[str, Figure], name: str, pattern: str) -> str:
    figure = found.get(name)
    return "" if figure is None or figure.value is None else pattern.format(figure.value)
