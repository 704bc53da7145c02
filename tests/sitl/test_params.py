"""Parameters as PX4 packs them, and the answers to every question about them."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymavlink.dialects.v20 import common as mavlink

from rtcc_sitl.params import ParamProblem, Params, ParamType, pack_value, unpack_value
from rtcc_sitl.protocols import param_answers, param_name

INT32 = st.integers(-(2**31), 2**31 - 1)


def is_quiet(value: int) -> bool:
    """False for the bit patterns of signalling NaNs, which no float travels with unchanged."""
    return not (value & 0x7F800000 == 0x7F800000 and value & 0x007FFFFF and not value & 0x00400000)


def over_the_wire(message: Any) -> Any:
    codec = mavlink.MAVLink(None, srcSystem=245, srcComponent=190)
    (again,) = codec.parse_buffer(message.pack(codec))
    return again


@given(INT32.filter(is_quiet))
def test_an_integer_travels_as_the_bits_of_a_float(value: int) -> None:
    wire = struct.unpack("<f", struct.pack("<f", pack_value(value, ParamType.INT32)))[0]
    assert unpack_value(wire, ParamType.INT32) == value


def test_every_parameter_is_listed_once_in_order() -> None:
    params = Params()
    asked = over_the_wire(mavlink.MAVLink_param_request_list_message(1, 1))
    answers = list(param_answers(params, asked))
    assert [answer.param_index for answer in answers] == list(range(len(params)))
    assert {answer.param_count for answer in answers} == {len(params)}


@pytest.mark.parametrize("name", ["NOPE", "", "LONGER_THAN_FITS!", "\x00"])
def test_an_unknown_parameter_is_answered_at_once(name: str) -> None:
    for asked in (
        mavlink.MAVLink_param_request_read_message(1, 1, name.encode()[:16], -1),
        mavlink.MAVLink_param_set_message(1, 1, name.encode()[:16], 1.0, 9),
    ):
        (answer,) = param_answers(Params(), over_the_wire(asked))
        assert answer.get_type() == "PARAM_ERROR"
        assert answer.error == ParamProblem.DOES_NOT_EXIST


@pytest.mark.parametrize(
    ("name", "value", "kind", "problem"),
    [
        ("RTL_RETURN_ALT", float("nan"), 9, ParamProblem.VALUE_OUT_OF_RANGE),
        ("RTL_RETURN_ALT", float("inf"), 9, ParamProblem.VALUE_OUT_OF_RANGE),
        ("RTL_RETURN_ALT", 3.0, 6, ParamProblem.TYPE_MISMATCH),
        ("COM_DL_LOSS_T", 3.0, 9, ParamProblem.TYPE_MISMATCH),
    ],
)
def test_an_unusable_value_is_refused_and_changes_nothing(
    name: str, value: float, kind: int, problem: ParamProblem
) -> None:
    params = Params()
    before = params[name]
    assert params.put_from_wire(name, value, kind) is problem
    assert params[name] == before


def test_a_set_parameter_is_answered_with_what_it_now_is() -> None:
    params = Params()
    asked = mavlink.MAVLink_param_set_message(1, 1, b"RTL_RETURN_ALT", 45.0, 9)
    (answer,) = param_answers(params, over_the_wire(asked))
    assert (param_name(answer), answer.param_value) == ("RTL_RETURN_ALT", 45.0)
    assert params["RTL_RETURN_ALT"] == 45.0


def test_a_parameter_is_found_by_its_place_too() -> None:
    params = Params()
    third = list(params)[2]
    assert params.find("", third.place) == third
    assert params.find("", len(params)) is None
