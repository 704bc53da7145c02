"""The fleet bench's figures as a table for a person."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rtcc_sitl.bench.first_flight import Figure, Result

NAMES = {
    "adapter": "our adapter",
    "core": "core + console",
    "pymavlink": "plain pymavlink",
    "mavsdk": "plain mavsdk",
}


def table(result: Result, sizes: Sequence[int]) -> str:
    """Everything measured, by size of the fleet, then the aims."""
    found = {figure.name: figure for figure in result.figures}
    machine = result.machine
    lines = [
        f"{machine['processor']}, {machine['cpus']} cores, load {machine['load_1min']}, "
        f"Python {machine['python']}",
        "",
        "Each aircraft: position, attitude and battery at 10 Hz, 37.5 frames a second in all.",
        _row("", "aircraft", "CPU/aircraft", "of pymavlink", "age p50", "age p99"),
    ]
    for size in sizes:
        lines += [
            _load_row(found, side, size) for side in NAMES if f"{side}_{size}_cpu_per_aircraft" in found
        ]
    lines += ["", _row("hold, ms", "aircraft", "one p50", "one p99", "all p50", "all p99")]
    held = [(side, name) for side in ("adapter", "mavsdk") for name in _held(found, side)]
    lines += [_hold_row(found, side, name) for side, name in sorted(held, key=lambda each: _size(each[1]))]
    lines += ["", _row("after a stall of 5 s", "aircraft", "stale values")]
    for side, words in NAMES.items():
        if (stale := found.get(f"{side}_stale_after_5s_stall")) is not None:
            lines.append(_row(words, "20", _value(stale, "{:.0f}")))
    lines += ["", *(_aim(figure) for figure in result.figures if figure.aim is not None)]
    return "\n".join(lines)


def _load_row(found: dict[str, Figure], side: str, size: int) -> str:
    name = f"{side}_{size}"
    return _row(
        NAMES[side],
        str(size),
        _value(found[f"{name}_cpu_per_aircraft"], "{:.3f} %"),
        _value(found.get(f"{name}_cpu_over_pymavlink"), "{:.2f} x"),
        _value(found[f"{name}_age_p50"], "{:.0f} ms"),
        _value(found[f"{name}_age_p99"], "{:.0f} ms"),
    )


def _held(found: dict[str, Figure], side: str) -> Iterable[str]:
    end = "_hold_one_p50"
    return (name.removesuffix(end) for name in found if name.startswith(f"{side}_") and name.endswith(end))


def _size(name: str) -> tuple[bool, int]:
    return "silent" in name, int(name.split("_")[1])


def _hold_row(found: dict[str, Figure], side: str, name: str) -> str:
    words = name.removeprefix(f"{side}_").replace("_with_", " + ").replace("_", " ")
    ends = ("one_p50", "one_p99", "all_p50", "all_p99")
    return _row(NAMES[side], words, *(_value(found.get(f"{name}_hold_{end}"), "{:.1f}") for end in ends))


def _aim(figure: Figure) -> str:
    mark = "met   " if figure.met else "MISSED"
    value = "none" if figure.value is None else f"{figure.value:g}"
    return f"{mark} {figure.name}: {value} {figure.unit}, at most {figure.aim:g}"


def _row(first: str, *cells: str) -> str:
    return f"{first:<21}" + "".join(f"{cell:>15}" for cell in cells)


def _value(figure: Figure | None, pattern: str) -> str:
    return "" if figure is None or figure.value is None else pattern.format(figure.value)
