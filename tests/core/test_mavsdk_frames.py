"""Frames out of datagrams and messages out of frames, held against pymavlink; hostile bytes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymavlink.dialects.v10 import ardupilotmega as mavlink1
from pymavlink.dialects.v20 import ardupilotmega as mavlink

from rtcc_core.adapters.mavsdk_frames import EVERYBODY, TARGET_AT, UNCHECKED, split, target_of
from rtcc_core.adapters.mavsdk_messages import LAYOUTS, GlobalPosition, Heartbeat, Layout, StatusText

WANTED = {number: layout.crc_extra for number, layout in LAYOUTS.items()}
RENAMED = {"q1": ("q", 0), "q2": ("q", 1), "q3": ("q", 2), "q4": ("q", 3)}
WHOLE = {"B": (0, 2**8), "b": (-(2**7), 2**7), "H": (0, 2**16), "h": (-(2**15), 2**15), "I": (0, 2**32)}
WHOLE |= {"i": (-(2**31), 2**31), "Q": (0, 2**64), "q": (-(2**63), 2**63)}


def codec(sysid: int = 7, component: int = 1) -> Any:
    return mavlink.MAVLink(None, srcSystem=sysid, srcComponent=component)


def packed(message: Any, **sender: int) -> bytes:
    return bytes(message.pack(codec(**sender)))


def position(**changes: int) -> Any:
    fields = dict.fromkeys(("time_boot_ms", "lat", "lon", "alt", "relative_alt", "vx", "vy", "vz", "hdg"), 5)
    return mavlink.MAVLink_global_position_int_message(**(fields | changes))


@st.composite
def any_message(draw: st.DrawFn, kind: Any) -> Any:
    """A message of a kind with any values its fields can carry."""
    values: dict[str, Any] = {}
    codes = dict(zip(kind.fieldnames, kind.fieldtypes, strict=True))
    lengths = dict(zip(kind.ordered_fieldnames, kind.array_lengths, strict=True))
    letters = {
        "uint8_t": "B",
        "int8_t": "b",
        "uint16_t": "H",
        "int16_t": "h",
        "uint32_t": "I",
        "int32_t": "i",
    }
    letters |= {"uint64_t": "Q", "int64_t": "q"}
    for name, code in codes.items():
        count = lengths[name]
        if code == "char":
            values[name] = draw(st.text(st.characters(codec="ascii"), max_size=count)).encode()
            continue
        one = st.floats(width=32, allow_nan=False)
        if code in letters:
            low, high = WHOLE[letters[code]]
            values[name] = draw(st.integers(low, high - 1) if not count else st.just([low] * count))
        else:
            values[name] = draw(st.lists(one, min_size=count, max_size=count) if count else one)
    return kind(**values)


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=lambda layout: layout.name)
@given(data=st.data())
def test_every_message_is_read_as_pymavlink_wrote_it(layout: Layout, data: st.DataObject) -> None:
    kind = mavlink.mavlink_map[layout.number]
    assert (layout.name, layout.crc_extra) == (kind.msgname, kind.crc_extra)
    written = data.draw(any_message(kind))
    (frame,) = split(packed(written), WANTED)
    read = layout.decode(frame.payload)
    assert (frame.sysid, frame.component, frame.number) == (7, 1, layout.number)
    for name in type(read).__struct_fields__:
        field, index = RENAMED.get(name, (name, None))
        wrote = getattr(written, field)
        wrote = wrote if index is None else wrote[index]
        wrote = wrote.encode("ascii") if isinstance(wrote, str) else wrote
        assert getattr(read, name) == (wrote.partition(b"\0")[0] if isinstance(wrote, bytes) else wrote)


def test_version_one_frames_are_read_too() -> None:
    old = mavlink1.MAVLink(None, srcSystem=9, srcComponent=1)
    raw = bytes(mavlink1.MAVLink_heartbeat_message(2, 3, 81, 4, 4, 3).pack(old))
    (frame,) = split(raw, WANTED)
    assert (frame.sysid, frame.raw) == (9, raw)
    assert LAYOUTS[0].decode(frame.payload) == Heartbeat(custom_mode=4, type=2, autopilot=3, base_mode=81)


def test_a_signed_frame_is_read_and_one_with_an_unknown_flag_is_not() -> None:
    signer = codec()
    signer.signing.secret_key, signer.signing.sign_outgoing = b"x" * 32, True
    signed = bytes(position().pack(signer))
    plain = packed(position())
    assert [frame.number for frame in split(signed + plain, WANTED)] == [33, 33]
    assert split(plain[:2] + b"\x02" + plain[3:], WANTED) == []


@given(flipped=st.integers(1, 10 + 28 + 1), bit=st.integers(0, 7))
def test_a_frame_with_one_bit_flipped_is_nothing(flipped: int, bit: int) -> None:
    raw = bytearray(packed(position(hdg=300)))
    raw[flipped] ^= 1 << bit
    assert [frame for frame in split(bytes(raw), WANTED) if frame.number == 33] == []


@given(
    before=st.binary(max_size=40).filter(lambda raw: b"\xfd" not in raw and b"\xfe" not in raw),
    cut=st.integers(0, 30),
)
def test_frames_are_found_between_garbage_and_a_cut_one_is_not(before: bytes, cut: int) -> None:
    whole = packed(position(lat=1))
    found = split(before + whole + before + whole + whole[:cut], WANTED)
    assert [frame.raw for frame in found] == [whole, whole]


@given(st.binary(max_size=600) | st.lists(st.sampled_from(b"\xfd\xfe\x00\x21"), max_size=600).map(bytes))
def test_no_bytes_stop_it(raw: bytes) -> None:
    for frame in split(raw, WANTED):
        LAYOUTS[frame.number].decode(frame.payload)


def test_what_nobody_wants_is_passed_over_and_what_others_check_is_handed_on() -> None:
    attitude = packed(mavlink.MAVLink_attitude_message(1, 0.1, 0.2, 0.3, 0.0, 0.0, 0.0))
    ack = packed(mavlink.MAVLink_command_ack_message(176, 0))
    found = split(attitude + ack[:-1] + b"\0" + packed(position()), WANTED | {77: UNCHECKED})
    assert [frame.number for frame in found] == [77, 33]


def test_a_payload_without_its_trailing_zeros_is_whole_again() -> None:
    assert LAYOUTS[33].decode(b"\x01") == GlobalPosition(1, 0, 0, 0, 0, 0, 0, 0, 0)
    assert LAYOUTS[253].decode(b"\x04ab\0cd") == StatusText(4, b"ab", 0, 0)


@pytest.mark.parametrize("number", sorted(TARGET_AT))
def test_the_addressee_is_where_pymavlink_puts_it(number: int) -> None:
    kind = mavlink.mavlink_map[number]
    lengths = dict(zip(kind.ordered_fieldnames, kind.array_lengths, strict=True))
    texts = {name: b"" for name, code in zip(kind.fieldnames, kind.fieldtypes, strict=True) if code == "char"}
    values = {name: [1] * lengths[name] if lengths[name] else 1 for name in kind.fieldnames} | texts
    for sysid in (1, 42, 254):
        assert target_of(packed(kind(**(values | {"target_system": sysid})))) == sysid


@given(st.binary(max_size=60))
def test_what_names_no_addressee_is_for_everybody(raw: bytes) -> None:
    assert target_of(packed(mavlink.MAVLink_heartbeat_message(6, 8, 0, 0, 4, 3))) == EVERYBODY
    assert 0 <= target_of(raw) < 256
    assert 0 <= target_of(b"\xfd" + raw) < 256
