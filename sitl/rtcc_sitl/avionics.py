"""What one simulated aircraft is made of, and what its radio has to know of it; a personality fills it in."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import NamedTuple

from rtcc_sitl.airframe import Airframe, LocalFrame
from rtcc_sitl.autopilot import Autopilot
from rtcc_sitl.battery import Battery
from rtcc_sitl.clock import SimClock
from rtcc_sitl.commands import Order
from rtcc_sitl.px4 import Result
from rtcc_sitl.telemetry import Telemetry
from rtcc_sitl.wind import AirMass


class Makings(NamedTuple):
    """The parts that are the same whoever flies: `pad_amsl_m` is the height of its pad, metres."""

    sysid: int
    body: Airframe
    battery: Battery
    frame: LocalFrame
    pad_amsl_m: float
    air: AirMass
    clock: SimClock
    sensors: random.Random


class GimbalHabits(NamedTuple):
    """How an autopilot manages a gimbal.

    `needs_control`: it obeys only who took control. `heeds_frames`: a region of interest given above home is
    understood so, and not as an altitude AMSL whatever its frame says. `status_hz`: GIMBAL_MANAGER_STATUS so
    many times a second of wall time, 0 for one that is silent until asked.
    """

    needs_control: bool = True
    heeds_frames: bool = False
    status_hz: float = 1.0


class Manners(NamedTuple):
    """How an autopilot speaks on its link.

    `rates_hz`: messages a second of wall time that are sent unasked. `announces`: messages sent at once when
    what they say has changed. `streams`: what each REQUEST_DATA_STREAM number stands for.
    """

    rates_hz: Mapping[int, float]
    announces: frozenset[int]
    streams: Mapping[int, tuple[int, ...]]
    gimbal: GimbalHabits = GimbalHabits()


class Avionics(NamedTuple):
    """An autopilot, what it says, the orders of flight it knows by MAV_CMD, and its manners."""

    autopilot: Autopilot
    telemetry: Telemetry
    orders: Mapping[int, Callable[[Order], Result]]
    manners: Manners
