"""What an aircraft's radio remembers of the commands it received, and what is to go wrong with one."""

from __future__ import annotations

import time
from typing import NamedTuple

from rtcc_sitl.commands import Order
from rtcc_sitl.px4 import Result, command_name

MAX_COMMANDS_KEPT = 20_000


class Received(NamedTuple):
    """A command that came in over the radio; `result` is None where it was not acknowledged."""

    at_monotonic_s: float
    name: str
    command: int
    params: tuple[float, ...]
    result: Result | None


class CommandFault(NamedTuple):
    """What goes wrong with the next order of flight: refused, or not acknowledged though perhaps obeyed.

    `only`: the MAV_CMD that it waits for; None: whichever comes first.
    """

    result: Result | None
    is_obeyed: bool = False
    only: int | None = None


def next_for(faults: list[CommandFault], order: Order) -> CommandFault | None:
    """What is to go wrong with this order, taken from those that wait; None: nothing."""
    found = next((each for each in faults if each.only in (None, order.command)), None)
    if found is not None:
        faults.remove(found)
    return found


def note(received: list[Received], order: Order, result: Result | None) -> None:
    """Keep a command, and not for ever."""
    if len(received) >= MAX_COMMANDS_KEPT:
        del received[: MAX_COMMANDS_KEPT // 2]
    name = command_name(order.command)
    received.append(Received(time.monotonic(), name, order.command, order[1:8], result))
