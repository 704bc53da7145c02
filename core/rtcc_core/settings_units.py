"""What somebody meant who wrote a speed in knots: foreign units turned into agency.toml's own."""

from __future__ import annotations

import re

from rtcc_core.settings_kinds import Field, Unit

_DIMENSION = {
    Unit.METRES: ("length", 1.0),
    Unit.METRES_PER_SECOND: ("speed", 1.0),
    Unit.SECONDS: ("time", 1.0),
    Unit.MINUTES: ("time", 60.0),
    Unit.DEGREES: ("angle", 1.0),
    Unit.FRACTION: ("fraction", 1.0),
}

# Exact by definition: the international foot, the nautical and the statute mile.
_WRITTEN = {
    "m_s": ("speed", 1.0), "mps": ("speed", 1.0), "km_h": ("speed", 1 / 3.6), "kmh": ("speed", 1 / 3.6),
    "kph": ("speed", 1 / 3.6), "mph": ("speed", 0.44704), "kt": ("speed", 1852 / 3600),
    "kts": ("speed", 1852 / 3600), "kn": ("speed", 1852 / 3600), "knots": ("speed", 1852 / 3600),
    "fps": ("speed", 0.3048), "ft_s": ("speed", 0.3048),
    "m": ("length", 1.0), "metres": ("length", 1.0), "meters": ("length", 1.0), "km": ("length", 1_000.0),
    "ft": ("length", 0.3048), "feet": ("length", 0.3048), "mi": ("length", 1609.344),
    "miles": ("length", 1609.344), "nm": ("length", 1852.0), "nmi": ("length", 1852.0),
    "ms": ("time", 0.001), "s": ("time", 1.0), "sec": ("time", 1.0), "seconds": ("time", 1.0),
    "min": ("time", 60.0), "minutes": ("time", 60.0), "h": ("time", 3600.0), "hours": ("time", 3600.0),
    "percent": ("fraction", 0.01), "pct": ("fraction", 0.01), "%": ("fraction", 0.01),
    "deg": ("angle", 1.0), "degrees": ("angle", 1.0),
}  # fmt: skip

_QUANTITY = re.compile(r"\s*([-+]?\d+(?:\.\d+)?)\s*([A-Za-z%/_]+)?\s*")


def split_unit(key: str) -> tuple[str, str]:
    """`cruise_speed_kt` → (`cruise_speed`, `kt`); the longest unit wins; no unit: (key, "")."""
    for unit in sorted(_WRITTEN, key=len, reverse=True):
        if key.endswith(f"_{unit}"):
            return key[: -len(unit) - 1], unit
    return key, ""


def convert(value: float, unit: str, field: Field) -> float | None:
    """The value in the field's own unit; None where the two do not measure the same thing."""
    written = _WRITTEN.get(unit.replace("/", "_").lower())
    wanted = _DIMENSION.get(field.unit)
    if written is None or wanted is None or written[0] != wanted[0]:
        return None
    return float(f"{value * written[1] / wanted[1]:.4g}")


def read_quantity(text: str) -> tuple[float, str] | None:
    """`15 kt` → (15.0, `kt`); None where the text is no quantity."""
    found = _QUANTITY.fullmatch(text)
    return (float(found[1]), found[2] or "") if found else None
