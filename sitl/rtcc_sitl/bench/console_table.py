"""The console bench's figures: what was measured, CONSOLE.md's budgets, and a table for a person."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import msgspec

from rtcc_sitl.bench.console_side import Paint, Spent
from rtcc_sitl.bench.first_flight import Figure, Result
from rtcc_sitl.report import percentile

USUAL: Final = (200, 20)
"""Calls and aircraft that the budgets are about."""


class Found(msgspec.Struct, kw_only=True):
    """What was found of one program under one load; milliseconds sample by sample."""

    side: str
    calls: int
    aircraft: int
    paints: list[Paint] = []
    steady: Spent | None = None
    paced: Spent | None = None
    """`DataTable`, drawn as seldom as the console draws."""
    select_ms: list[float] = []
    letters_ms: list[float] = []
    waited_percent: float | None = None
    """Of the time of the keys: its loop was ready to run and others had the processors."""
    glyphs_ms: list[float] = []
    glyphs_missed: int = 0
    """New calls that never came on the glass."""
    other_ms: list[float] = []
    """From the desk to another console meanwhile."""
    lag_ms: list[float] = []
    """Answers to pings while it is read slowly."""
    stalled_s: float | None = None
    other_in_stall_ms: list[float] = []
    lag_in_stall_ms: list[float] = []
    current_after_s: float | None = None
    let_go_after_s: float | None = None
    """When the core closed it, for it answered nothing any more."""


class Noise(msgspec.Struct, frozen=True, kw_only=True):
    """What else the machine had to do."""

    load_before: float
    load_after: float
    others_percent: float
    """Of all processors, used by programs that are not of this bench."""
    took_s: float


class Row(msgspec.Struct, frozen=True):
    """One line of the table."""

    name: str
    words: str
    unit: str
    of: Callable[[Found], float | None]
    budget: float | None = None
    """At most; None where there is none."""
    is_compared: bool = True
    """Said as `DataTable` over console too."""


def _end(values: Sequence[float], fraction: float) -> float | None:
    return percentile(list(values), fraction)


def _median(values: Sequence[float]) -> float | None:
    return statistics.median(values) if values else None


def _keys(found: Found) -> list[float]:
    return [*found.select_ms, *found.letters_ms]


ROWS: Final = (
    Row("first_paint_size", "first paint", "kB", lambda f: _kilo([p.size for p in f.paints]), 50.0),
    Row("first_paint_answered", "  after the core lets it in", "s",
        lambda f: _median([p.from_answer_s for p in f.paints]), 0.7),
    Row("first_paint_exec", "  after exec", "s", lambda f: _median([p.from_exec_s for p in f.paints])),
    Row("steady_output", "steady output", "kB/s",
        lambda f: f.steady.bytes_per_s / 1e3 if f.steady else None, 8.0),
    Row("steady_cpu", "  CPU", "%", lambda f: f.steady.cpu_percent if f.steady else None),
    Row("steady_rss", "  memory", "MB", lambda f: f.steady.rss_mb if f.steady else None),
    Row("key_p50", "key to screen p50", "ms", lambda f: _end(_keys(f), 0.5)),
    Row("key_p99", "  p99", "ms", lambda f: _end(_keys(f), 0.99), 50.0),
    Row("select_p50", "  next call p50", "ms", lambda f: _end(f.select_ms, 0.5)),
    Row("select_p99", "  next call p99", "ms", lambda f: _end(f.select_ms, 0.99)),
    Row("letter_p99", "  letter p99", "ms", lambda f: _end(f.letters_ms, 0.99)),
    Row("key_waited", "  without a processor meanwhile", "%", lambda f: f.waited_percent, is_compared=False),
    Row("glyph_p50", "CAD message to glyph p50", "ms", lambda f: _end(f.glyphs_ms, 0.5)),
    Row("glyph_p99", "  p99", "ms", lambda f: _end(f.glyphs_ms, 0.99), 250.0),
    Row("slow_lag_p50", "loop lag, reader of 10 kB/s p50", "ms", lambda f: _end(f.lag_ms, 0.5)),
    Row("slow_lag_p99", "  p99", "ms", lambda f: _end(f.lag_ms, 0.99), 60.0),
    Row("slow_lag_worst", "  worst", "ms", lambda f: max(f.lag_ms, default=None)),
    Row("stall", "not read for", "s", lambda f: f.stalled_s, is_compared=False),
    Row("stall_current", "  current again after", "s", lambda f: f.current_after_s, 1.0),
    Row("stall_lag_p99", "  its loop's lag p99", "ms", lambda f: _end(f.lag_in_stall_ms, 0.99)),
    Row("stall_let_go", "  let go by the core after", "s", lambda f: f.let_go_after_s, is_compared=False),
    Row("other_p99", "another console's call p99, before", "ms",
        lambda f: _end(f.other_ms, 0.99), is_compared=False),
    Row("other_stall_p99", "  meanwhile p99", "ms",
        lambda f: _end(f.other_in_stall_ms, 0.99), is_compared=False),
)  # fmt: skip


def _kilo(sizes: Sequence[int]) -> float | None:
    return max(sizes) / 1e3 if sizes else None


def figures(found: Sequence[Found], noise: Noise) -> tuple[Figure, ...]:
    """Every figure of the bench."""
    return (
        *(figure for each in found for figure in _of_side(each)),
        *_compared(found),
        Figure(name="load_before", value=round(noise.load_before, 2), unit="processes"),
        Figure(name="load_after", value=round(noise.load_after, 2), unit="processes"),
        Figure(name="others_cpu", value=round(noise.others_percent, 1), unit="% of the processors"),
        Figure(name="took", value=round(noise.took_s, 1), unit="s"),
    )


def _of_side(found: Found) -> Iterator[Figure]:
    name = _name(found)
    for row in ROWS:
        value = row.of(found)
        if value is None and not (row.name == "stall_current" and found.stalled_s is not None):
            continue
        # The budgets are the console's, with as much as they are written for.
        is_aimed_at = row.budget is not None and name == "console" and (found.calls, found.aircraft) == USUAL
        aim = row.budget if is_aimed_at else None
        met = None if aim is None else value is not None and value <= aim
        rounded = None if value is None else round(value, 3)
        yield Figure(name=f"{name}_{row.name}", value=rounded, unit=row.unit, aim=aim, met=met)
    yield Figure(name=f"{name}_keys", value=len(_keys(found)), unit="samples")
    yield Figure(name=f"{name}_glyphs", value=len(found.glyphs_ms), unit="samples")
    yield Figure(name=f"{name}_glyphs_missed", value=found.glyphs_missed, unit="calls never shown")
    if found.paced is not None:
        yield Figure(name=f"{name}_paced_output", value=round(found.paced.bytes_per_s / 1e3, 3), unit="kB/s")
        yield Figure(name=f"{name}_paced_cpu", value=round(found.paced.cpu_percent, 3), unit="%")


def _compared(found: Sequence[Found]) -> Iterator[Figure]:
    """How many times as much stock `DataTable` needs."""
    by_name = {_name(each): each for each in found}
    ours, stock = by_name.get("console"), by_name.get("datatable")
    if ours is None or stock is None:
        return
    for row in ROWS:
        own, other = row.of(ours), row.of(stock)
        if row.is_compared and own and other is not None:
            yield Figure(name=f"datatable_over_console_{row.name}", value=round(other / own, 2), unit="ratio")


def _name(found: Found) -> str:
    is_large = found.side == "console" and (found.calls, found.aircraft) > USUAL
    return "large" if is_large else found.side


def table(result: Result, found: Sequence[Found]) -> str:
    """Everything measured, next to the budgets and to stock `DataTable`."""
    values = {figure.name: figure for figure in result.figures}
    machine = result.machine
    heads = {_name(each): f"{each.calls:,}/{each.aircraft}" for each in found}
    lines = [
        f"{machine['processor']}, {machine['cpus']} processors, Python {machine['python']}",
        f"load {_plain(values, 'load_before')} before, {_plain(values, 'load_after')} after; others used "
        f"{_plain(values, 'others_cpu')} % of the processors; took {_plain(values, 'took')} s",
        "120x40, 256 colours; aircraft at 10 Hz, four of five in flight; 2.5 calls a second change. Lag: the",
        "core's wait for the answer to a ping, which the program's loop gives. Key p99 is of every key.",
        "",
        _cells("", "console", "budget", "", "large", "DataTable", "times"),
        _cells("calls/aircraft", heads.get("console", ""), "", "", heads.get("large", ""),
               heads.get("datatable", ""), ""),
    ]  # fmt: skip
    lines += [_line(row, values) for row in ROWS if any(f"{name}_{row.name}" in values for name in heads)]
    for name, words in (("paced_output", "kB/s"), ("paced_cpu", "% CPU")):
        if (paced := values.get(f"datatable_{name}")) is not None:
            lines.append(f"DataTable drawn every 0.3 s, as the console is: {paced.value:.1f} {words}")
    missed = {name: values[f"{name}_glyphs_missed"].value for name in heads}
    lines += [f"{name}: {count:.0f} new calls never shown" for name, count in missed.items() if count]
    return "\n".join(lines)


def _line(row: Row, values: dict[str, Figure]) -> str:
    ours = values.get(f"console_{row.name}")
    verdict = "" if ours is None or ours.met is None else "PASS" if ours.met else "OVER"
    return _cells(
        row.words,
        _said(ours, row.unit),
        "" if row.budget is None else f"≤ {row.budget:g}",
        verdict,
        _said(values.get(f"large_{row.name}"), row.unit),
        _said(values.get(f"datatable_{row.name}"), row.unit),
        _said(values.get(f"datatable_over_console_{row.name}"), "x"),
    )


def _said(figure: Figure | None, unit: str) -> str:
    if figure is None:
        return ""
    if figure.value is None:
        return "never"
    digits = 2 if figure.value < 10 else 1 if figure.value < 1_000 else 0
    return f"{figure.value:.{digits}f} {unit}"


def _plain(values: dict[str, Figure], name: str) -> str:
    figure = values.get(name)
    return "?" if figure is None or figure.value is None else f"{figure.value:g}"


def _cells(first: str, *cells: str) -> str:
    widths = (13, 8, 6, 13, 13, 10)
    return f"{first:<36}" + "".join(f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True))
