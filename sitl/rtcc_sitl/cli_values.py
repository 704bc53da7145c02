"""What may be typed after an option of the simulator's verbs."""

from __future__ import annotations

import argparse
import math
from datetime import UTC, datetime

SLOWEST, FASTEST = 1.0, 20.0


def speed(text: str) -> float:
    """A factor of time, 1 to 20."""
    try:
        factor = float(text)
    except ValueError:
        factor = math.nan
    if not SLOWEST <= factor <= FASTEST:
        raise argparse.ArgumentTypeError(f"{text} is not a factor from {SLOWEST:g} to {FASTEST:g}")
    return factor


def moment(text: str) -> datetime:
    """An ISO 8601 time; without a zone it is UTC."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is not a time such as 2026-03-01T18:00:00+00:00") from None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def place(text: str) -> tuple[float, float]:
    """`LAT,LON` in degrees."""
    try:
        latitude, longitude = map(float, text.split(","))
    except ValueError:
        latitude = longitude = math.nan
    if not (-90.0 <= latitude <= 90.0 and -180.0 <= longitude <= 180.0):
        raise argparse.ArgumentTypeError(f"{text} is not a place such as 38.4088,-121.3716")
    return latitude, longitude


def address(text: str) -> tuple[str, int]:
    """`host:port`, with or without `udp://` in front."""
    bare = text.removeprefix("udp:").removeprefix("//")
    host, _, port = bare.rpartition(":")
    if not (host and port.isdecimal() and 0 < int(port) < 65_536):
        raise argparse.ArgumentTypeError(f"{text} is not an address such as 127.0.0.1:14550")
    return host, int(port)


def fleet_size(text: str) -> int:
    """How many aircraft, 1 to 100."""
    if not (text.isdecimal() and 1 <= int(text) <= 100):
        raise argparse.ArgumentTypeError(f"{text} is not a number from 1 to 100")
    return int(text)


def fleet_sizes(text: str) -> tuple[int, ...]:
    """Numbers of aircraft with commas between them."""
    return tuple(fleet_size(part) for part in text.split(","))


def event_rates(text: str) -> tuple[int, ...]:
    """Events a second, with commas between them."""
    try:
        rates = tuple(int(part) for part in text.split(","))
    except ValueError:
        rates = ()
    if not rates or any(not 1 <= rate <= 10_000 for rate in rates):
        raise argparse.ArgumentTypeError("rates are whole numbers from 1 to 10000, such as 10,100,1000")
    return rates


def add_personality(parser: argparse.ArgumentParser, default: str = "as the scenario says, else px4") -> None:
    """The option that chooses an autopilot's manners."""
    parser.add_argument(
        "--personality",
        choices=("px4", "ardupilot"),
        help=f"whose manners the simulated aircraft have (default: {default})",
    )
