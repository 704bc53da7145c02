"""The parameters of a simulated autopilot, and how they are packed into PARAM_VALUE."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Mapping
from enum import IntEnum
from typing import NamedTuple


class ParamType(IntEnum):
    """MAV_PARAM_TYPE values that PX4 uses."""

    INT32 = 6
    REAL32 = 9


class ParamProblem(IntEnum):
    """MAV_PARAM_ERROR."""

    DOES_NOT_EXIST = 1
    VALUE_OUT_OF_RANGE = 2
    TYPE_MISMATCH = 5


class Param(NamedTuple):
    """One parameter as listed: its place in the list, name, value and type."""

    place: int
    name: str
    value: float | int
    type: ParamType
    wire_value: float
    """PARAM_VALUE.param_value: a float, or the bits of an int32 dressed as one."""


class ParamDialect(NamedTuple):
    """How an autopilot names its parameters and speaks of them.

    `is_bytewise`: an int32 travels as its bits (PX4); else as a number, and a PARAM_SET of another type is
    converted. `answers_problems`: a name that does not exist is answered with PARAM_ERROR, else not at all.
    """

    defaults: Mapping[str, float | int]
    is_bytewise: bool
    answers_problems: bool


PX4_DEFAULTS: dict[str, float | int] = {
    "BAT1_N_CELLS": 6,
    "BAT_CRIT_THR": 0.07,
    "BAT_EMERGEN_THR": 0.05,
    "BAT_LOW_THR": 0.15,
    "COM_ARM_BAT_MIN": 0.15,
    "COM_DISARM_LAND": 2.0,
    "COM_DISARM_PRFLT": 10.0,
    "COM_DL_LOSS_T": 10,
    "COM_LOW_BAT_ACT": 3,
    "COM_OF_LOSS_T": 1.0,
    "COM_POS_FS_DELAY": 4,
    "COM_RC_IN_MODE": 4,
    "COM_WIND_WARN": 12.0,
    "FLW_TGT_ALT_M": 0,
    "FLW_TGT_DST": 8.0,
    "FLW_TGT_FA": 180.0,
    "FLW_TGT_HT": 8.0,
    "FLW_TGT_MAX_VEL": 5.0,
    "FLW_TGT_RS": 0.1,
    "GF_ACTION": 2,
    "MAV_SYS_ID": 1,
    "MAV_TYPE": 2,
    "MC_ORBIT_RAD_MAX": 1000.0,
    "MIS_TAKEOFF_ALT": 10.0,
    "MPC_XY_CRUISE": 15.0,
    "MPC_Z_VEL_MAX_DN": 3.0,
    "MPC_Z_VEL_MAX_UP": 5.0,
    "NAV_DLL_ACT": 2,
    "NAV_RCL_ACT": 0,
    "RTL_RETURN_ALT": 60.0,
    "SYS_AUTOSTART": 10040,
    "SYS_FAILURE_EN": 0,
}
"""PX4's names. Ints are int32 parameters, floats are real32; values differ from PX4's where it says so below:
COM_LOW_BAT_ACT 3 (return at critical, land at emergency) and NAV_DLL_ACT 2 (return on ground-station loss)
are what a programme that flies out of sight sets, MIS_TAKEOFF_ALT 10 m clears a parapet, and COM_WIND_WARN is
what the airframe is sold with."""

PX4_PARAMS = ParamDialect(PX4_DEFAULTS, is_bytewise=True, answers_problems=True)


class Params:
    """The parameter table of one aircraft. A parameter never changes its type."""

    def __init__(self, dialect: ParamDialect = PX4_PARAMS, **overrides: float | int) -> None:
        self.dialect = dialect
        self._values = dict(dialect.defaults)
        self._index = {name: index for index, name in enumerate(self._values)}
        for name, value in overrides.items():
            self.put(name, value)

    def __len__(self) -> int:
        return len(self._values)

    def __iter__(self) -> Iterator[Param]:
        return (self._param(name) for name in self._values)

    def __getitem__(self, name: str) -> float:
        return float(self._values[name])

    def find(self, name: str, index: int = -1) -> Param | None:
        """The parameter of that name, or at that place when `index` is 0 or more; None if there is none."""
        if index >= 0:
            names = list(self._values)
            return self._param(names[index]) if index < len(names) else None
        return self._param(name) if name in self._values else None

    def put(self, name: str, value: float | int) -> None:
        """Change a parameter. Raises KeyError for a name that does not exist."""
        self._values[name] = int(value) if isinstance(self._values[name], int) else float(value)

    def put_from_wire(self, name: str, wire_value: float, wire_type: int) -> Param | ParamProblem:
        """Do what PARAM_SET asks: the parameter as it now is, or why not."""
        present = self.find(name)
        if present is None:
            return ParamProblem.DOES_NOT_EXIST
        if self.dialect.is_bytewise and wire_type != present.type:
            return ParamProblem.TYPE_MISMATCH
        value = unpack_value(wire_value, present.type) if self.dialect.is_bytewise else wire_value
        if not math.isfinite(value):
            return ParamProblem.VALUE_OUT_OF_RANGE
        self.put(name, value)
        return self._param(name)

    def _param(self, name: str) -> Param:
        value = self._values[name]
        kind = ParamType.INT32 if isinstance(value, int) else ParamType.REAL32
        wire_value = pack_value(value, kind) if self.dialect.is_bytewise else float(value)
        return Param(self._index[name], name, value, kind, wire_value)


def pack_value(value: float | int, kind: ParamType) -> float:
    """The float that carries a value on the wire."""
    if kind is ParamType.REAL32:
        return float(value)
    (packed,) = struct.unpack("<f", struct.pack("<i", int(value)))
    return float(packed)


def unpack_value(wire_value: float, kind: ParamType) -> float | int:
    """The value that a float on the wire carries."""
    if kind is ParamType.REAL32:
        return wire_value
    (value,) = struct.unpack("<i", struct.pack("<f", wire_value))
    return int(value)
