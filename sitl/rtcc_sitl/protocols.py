"""The parameter and mission micro-protocols of MAVLink, as the vehicle's side of them. Sans I/O.

Each object reads messages and answers with messages; whoever owns the socket carries them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from pymavlink.dialects.v20 import common as mavlink

from rtcc_sitl.mission import MAX_ITEMS, Item, Plans
from rtcc_sitl.params import Param, ParamProblem, Params

Message = Any

RETRY_S = 0.25
"""Wall seconds without the item that was asked for before it is asked for again (PX4's interval)."""

MAX_TRIES = 20
MISSION_TYPES = (0, 1, 2)
EVERY_TYPE = 255


def param_answers(params: Params, message: Message) -> Iterator[Message]:
    """Answers to PARAM_REQUEST_LIST, PARAM_REQUEST_READ and PARAM_SET.

    Where the dialect has it, a name that does not exist is answered too (PARAM_ERROR): left alone it holds up
    every later parameter call of a ground station.
    """
    kind = message.get_type()
    if kind == "PARAM_REQUEST_LIST":
        yield from (_param_value(param, len(params)) for param in params)
        return
    name = param_name(message)
    if kind == "PARAM_SET":
        answer = params.put_from_wire(name, message.param_value, message.param_type)
    else:
        found = params.find(name, message.param_index)
        answer = ParamProblem.DOES_NOT_EXIST if found is None else found
    if isinstance(answer, Param):
        yield _param_value(answer, len(params))
    elif params.dialect.answers_problems:
        index = getattr(message, "param_index", -1)
        sender = (message.get_srcSystem(), message.get_srcComponent())
        yield mavlink.MAVLink_param_error_message(*sender, name.encode(), index, answer)


def param_name(message: Message) -> str:
    """The parameter a message names, whatever bytes it came in."""
    raw = message.param_id
    text = raw.decode("ascii", "replace") if isinstance(raw, bytes) else str(raw)
    return text.split("\0", 1)[0][:16]


def _param_value(param: Param, count: int) -> Message:
    return mavlink.MAVLink_param_value_message(
        param.name.encode(), param.wire_value, param.type, count, param.place
    )


class MissionLink:
    """Uploads, downloads and clears the plans of one vehicle; one upload at a time, as PX4 does it."""

    def __init__(self, plans: Plans) -> None:
        self._plans = plans
        self._peer = (0, 0)
        self._kind = 0
        self._expected = 0
        self._items: list[Item] | None = None
        self._silence_s = 0.0
        self._tries = 0

    def answers(self, message: Message) -> Iterable[Message]:
        """The answers to one MISSION_* message; none where it needs none."""
        sender = (message.get_srcSystem(), message.get_srcComponent())
        match message.get_type():
            case "MISSION_COUNT":
                return self._begin_upload(message, sender)
            case "MISSION_ITEM_INT":
                return self._take_item(message, sender)
            case "MISSION_REQUEST_LIST":
                return [self._count(message.mission_type, sender)]
            case "MISSION_REQUEST_INT" | "MISSION_REQUEST":
                return [self._give_item(message, sender)]
            case "MISSION_CLEAR_ALL":
                return [self._clear(message.mission_type, sender)]
            case "MISSION_SET_CURRENT":
                return self._set_current(message.seq)
            case _:
                return []

    def tick(self, wall_elapsed_s: float) -> Iterable[Message]:
        """Ask again for an item that did not come; give up after MAX_TRIES."""
        if self._items is None:
            return []
        self._silence_s += wall_elapsed_s
        if self._silence_s < RETRY_S:
            return []
        self._silence_s = 0.0
        self._tries += 1
        if self._tries > MAX_TRIES:
            self._items = None
            return [self._ack(mavlink.MAV_MISSION_OPERATION_CANCELLED, self._kind, self._peer)]
        return [self._request()]

    def _begin_upload(self, message: Message, sender: tuple[int, int]) -> list[Message]:
        kind = message.mission_type
        if kind not in MISSION_TYPES:
            return [self._ack(mavlink.MAV_MISSION_UNSUPPORTED, kind, sender)]
        if message.count > MAX_ITEMS:
            return [self._ack(mavlink.MAV_MISSION_NO_SPACE, kind, sender)]
        if message.count == 0:
            return [self._clear(kind, sender)]
        self._peer, self._kind, self._expected, self._items = sender, kind, message.count, []
        self._silence_s, self._tries = 0.0, 0
        return [self._request()]

    def _take_item(self, message: Message, sender: tuple[int, int]) -> list[Message]:
        items = self._items
        if items is None or sender != self._peer or message.mission_type != self._kind:
            return []
        if message.seq != len(items):
            return [self._request()]
        params = (message.param1, message.param2, message.param3, message.param4)
        items.append(
            Item(
                message.frame, message.command, message.autocontinue, params, message.x, message.y, message.z
            )
        )
        self._silence_s, self._tries = 0.0, 0
        if len(items) < self._expected:
            return [self._request()]
        self._plans.store(self._kind, items)
        self._items = None
        return [self._ack(mavlink.MAV_MISSION_ACCEPTED, self._kind, sender)]

    def _request(self) -> Message:
        seq = len(self._items) if self._items is not None else 0
        return mavlink.MAVLink_mission_request_int_message(*self._peer, seq, self._kind)

    def _count(self, kind: int, sender: tuple[int, int]) -> Message:
        return mavlink.MAVLink_mission_count_message(*sender, len(self._plans[kind]), kind)

    def _give_item(self, message: Message, sender: tuple[int, int]) -> Message:
        kind, seq = message.mission_type, message.seq
        items = self._plans[kind]
        if not 0 <= seq < len(items):
            return self._ack(mavlink.MAV_MISSION_INVALID_SEQUENCE, kind, sender)
        item = items[seq]
        is_current = int(kind == 0 and seq == self._plans.current)
        head = (*sender, seq, item.frame, item.command, is_current, item.autocontinue)
        return mavlink.MAVLink_mission_item_int_message(*head, *item.params, item.x, item.y, item.z, kind)

    def _clear(self, kind: int, sender: tuple[int, int]) -> Message:
        for each in MISSION_TYPES if kind == EVERY_TYPE else (kind,):
            self._plans.store(each, ())
        return self._ack(mavlink.MAV_MISSION_ACCEPTED, kind, sender)

    def _set_current(self, seq: int) -> list[Message]:
        if 0 <= seq < len(self._plans[0]):
            self._plans.current = seq
        return [mavlink.MAVLink_mission_current_message(self._plans.current, len(self._plans[0]))]

    @staticmethod
    def _ack(result: int, kind: int, sender: tuple[int, int]) -> Message:
        return mavlink.MAVLink_mission_ack_message(*sender, result, kind)
