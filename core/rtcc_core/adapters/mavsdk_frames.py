"""MAVLink frames out of datagrams, and the addressee out of a frame. Pure.

Frame layout, check and signature after the MAVLink 2 serialisation guide; version 1 frames are read too. On
UDP a frame never spans two datagrams, so what is cut off or does not check is dropped and nothing is kept
from one datagram to the next.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from fastcrc.crc16 import mcrf4xx

V1, V2 = 0xFE, 0xFD
IS_SIGNED = 0x01
"""The one incompatibility flag there is; a frame with another is to be dropped."""

V1_HEADER, V2_HEADER, CHECK, SIGNATURE = 6, 10, 2, 13

UNCHECKED = -1
"""In place of a CRC_EXTRA: hand the frame over as it is, somebody else checks it."""

_UNWANTED = -2
_EXTRAS = tuple(bytes([extra]) for extra in range(256))


class Frame(NamedTuple):
    """One frame; `payload` as sent, which in MAVLink 2 may lack zeros at its end."""

    sysid: int
    component: int
    number: int
    payload: bytes
    raw: bytes


def split(datagram: bytes, wanted: Mapping[int, int]) -> list[Frame]:
    """The frames of a datagram whose message numbers are in `wanted`, which gives the CRC_EXTRA of each.

    Garbage is searched through for the next frame; a wanted frame whose check fails is garbage.
    """
    found: list[Frame] = []
    at, end = 0, len(datagram)
    while at + V1_HEADER + CHECK <= end:
        length = _length(datagram, at, end)
        if not length:
            at = _next(datagram, at + 1)
            continue
        frame = _frame(datagram, at, length)
        extra = wanted.get(frame.number, _UNWANTED)
        if extra >= 0 and not _checks(datagram, at, frame, extra):
            at = _next(datagram, at + 1)
            continue
        if extra != _UNWANTED:
            found.append(frame)
        at += length
    return found


def _length(datagram: bytes, at: int, end: int) -> int:
    """Of the frame that begins here; 0 where none does, or not all of it is there."""
    length = 0
    if datagram[at] == V2 and at + V2_HEADER <= end and not datagram[at + 2] & ~IS_SIGNED:
        length = V2_HEADER + datagram[at + 1] + CHECK + (SIGNATURE if datagram[at + 2] else 0)
    elif datagram[at] == V1:
        length = V1_HEADER + datagram[at + 1] + CHECK
    return length if at + length <= end else 0


def _frame(datagram: bytes, at: int, length: int) -> Frame:
    size = datagram[at + 1]
    raw = datagram if length == len(datagram) else datagram[at : at + length]
    if raw[0] == V1:
        return Frame(raw[3], raw[4], raw[5], raw[V1_HEADER : V1_HEADER + size], raw)
    number = raw[7] | raw[8] << 8 | raw[9] << 16
    return Frame(raw[5], raw[6], number, raw[V2_HEADER : V2_HEADER + size], raw)


def _checks(datagram: bytes, at: int, frame: Frame, extra: int) -> bool:
    end = at + (V1_HEADER if datagram[at] == V1 else V2_HEADER) + len(frame.payload)
    check = mcrf4xx(datagram[at + 1 : end] + _EXTRAS[extra])
    return check == datagram[end] | datagram[end + 1] << 8


def _next(datagram: bytes, start: int) -> int:
    """Where the next frame may begin."""
    starts = [at for magic in (V2, V1) if (at := datagram.find(magic, start)) >= 0]
    return min(starts, default=len(datagram))


# --- the addressee --------------------------------------------------------------------------------------

TARGET_AT = {
    4: 12,  # PING
    20: 2,  # PARAM_REQUEST_READ
    21: 0,  # PARAM_REQUEST_LIST
    23: 4,  # PARAM_SET
    41: 2,  # MISSION_SET_CURRENT
    43: 0,  # MISSION_REQUEST_LIST
    44: 2,  # MISSION_COUNT
    45: 0,  # MISSION_CLEAR_ALL
    47: 0,  # MISSION_ACK
    51: 2,  # MISSION_REQUEST_INT
    73: 32,  # MISSION_ITEM_INT
    75: 30,  # COMMAND_INT
    76: 30,  # COMMAND_LONG
    84: 50,  # SET_POSITION_TARGET_LOCAL_NED
    86: 50,  # SET_POSITION_TARGET_GLOBAL_INT
    282: 32,  # GIMBAL_MANAGER_SET_ATTITUDE
    287: 20,  # GIMBAL_MANAGER_SET_PITCHYAW
}
"""Where in the payload a message names the system it is for; of the messages that a ground station sends."""

EVERYBODY = 0


def target_of(frame: bytes) -> int:
    """The system id a MAVLink 2 frame is for; EVERYBODY for a broadcast and for a message not known here."""
    if len(frame) < V2_HEADER or frame[0] != V2:
        return EVERYBODY
    at = TARGET_AT.get(frame[7] | frame[8] << 8 | frame[9] << 16)
    if at is None or at >= frame[1] or V2_HEADER + at >= len(frame):
        return EVERYBODY
    return frame[V2_HEADER + at]
