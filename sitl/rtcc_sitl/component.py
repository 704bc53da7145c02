"""One MAVLink component of an aircraft beside its autopilot: a camera, a gimbal, an ADS-B receiver.

A component has its own HEARTBEAT, answers requests and rates of what it can say, obeys its own commands and
refuses every other one: it never ignores a command. Sans I/O: the aircraft's radio carries its messages.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from pymavlink.dialects.v20 import common as mavlink

from rtcc_sitl.clock import SimClock
from rtcc_sitl.commands import Order
from rtcc_sitl.px4 import Command, Result
from rtcc_sitl.streams import Streams

Message = Any
"""A pymavlink message object; the library has no types."""

NAME_BYTES = 32
"""Length of a vendor or model name in the information messages."""


class Component:
    """Base of what an aircraft carries. `number` is its component id, `kind` its MAV_TYPE.

    `says` builds each message it can send, by id; `rates_hz` are those sent unasked, messages a second of
    wall time; `obeys` are its own commands. What is put into `outbox` goes out with the next tick.
    """

    def __init__(self, number: int, kind: int, clock: SimClock) -> None:
        self.number = number
        self._kind = kind
        self._clock = clock
        self.says: dict[int, Callable[[], Message | None]] = {
            mavlink.MAVLINK_MSG_ID_HEARTBEAT: self.heartbeat
        }
        self.obeys: dict[int, Callable[[Order], Result]] = {}
        self.outbox: list[Message] = []
        self._streams = Streams({})

    def _starts_with(self, rates_hz: Mapping[int, float], *, offset_s: float = 0.0) -> None:
        self._streams = Streams({mavlink.MAVLINK_MSG_ID_HEARTBEAT: 1.0, **rates_hz}, offset_s=offset_s)

    @property
    def boot_ms(self) -> int:
        """Simulated milliseconds since the world began."""
        return round(self._clock.elapsed_s * 1000.0)

    def heartbeat(self) -> Message:
        return mavlink.MAVLink_heartbeat_message(
            self._kind, mavlink.MAV_AUTOPILOT_INVALID, 0, 0, mavlink.MAV_STATE_ACTIVE, 3
        )

    def tick(self, wall_elapsed_s: float) -> list[Message]:
        """What is due, and what has happened since."""
        due = [self.says[kind]() for kind in self._streams.due(wall_elapsed_s) if kind in self.says]
        found = [*self.outbox, *(message for message in due if message is not None)]
        self.outbox.clear()
        return found

    def serves(self, order: Order) -> bool:
        """True for a command it has something to say to, were it sent to every component."""
        if order.command == Command.REQUEST_MESSAGE:
            kind = _number(order.p1)
            return kind in self.says and kind != mavlink.MAVLINK_MSG_ID_HEARTBEAT
        return order.command in self.obeys

    def judge(self, order: Order) -> tuple[Result, list[Message]]:
        """Carry out a command: its result, and the messages that it asked for."""
        obey = self.obeys.get(order.command)
        if obey is not None:
            return obey(order), []
        kind = _number(order.p1)
        match order.command:
            case Command.REQUEST_MESSAGE:
                message = self.says[kind]() if kind in self.says else None
                return (Result.UNSUPPORTED, []) if message is None else (Result.ACCEPTED, [message])
            case Command.SET_MESSAGE_INTERVAL if kind in self.says:
                if not math.isfinite(order.p2):
                    return Result.DENIED, []
                self._streams.set_interval(kind, order.p2)
                return Result.ACCEPTED, []
            case Command.GET_MESSAGE_INTERVAL if kind in self.says:
                interval = mavlink.MAVLink_message_interval_message(kind, self._streams.interval_us(kind))
                return Result.ACCEPTED, [interval]
            case _:
                return Result.UNSUPPORTED, []


def _number(value: float) -> int:
    """A message id as a command's parameter carries it; -1 for what is none."""
    return int(value) if math.isfinite(value) else -1


def name_bytes(text: str) -> list[int]:
    """A name as the information messages carry it: 32 bytes, padded with zeros."""
    return [*text.encode("ascii", "replace")[:NAME_BYTES].ljust(NAME_BYTES, b"\0")]
