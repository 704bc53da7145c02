"""Orders in the dialect of each autopilot, and the one command that must never exist."""

from __future__ import annotations

import inspect
import math

import pytest

from rtcc_core.adapters import mavsdk_commands as commands
from rtcc_core.adapters.mavsdk_binding import Command
from rtcc_core.domain.geo import LatLon

HERE = LatLon(52.0, 5.0)
FORCE = 21196.0


def every_command(autopilot: str) -> list[Command]:
    return [
        commands.arm(),
        commands.disarm(),
        commands.guided(is_armed=True),
        commands.take_off(autopilot, height_m=60.0, ground_amsl_m=12.0),
        commands.hold(autopilot, is_armed=True),
        commands.return_home(),
        commands.land(autopilot),
        commands.go_to(autopilot, HERE, amsl_m=72.0, yaw_deg=None, speed_m_s=None),
        commands.orbit(autopilot, HERE, amsl_m=72.0, radius_m=40.0, speed_m_s=5.0),
        commands.look_at(HERE, amsl_m=12.0),
        commands.look_ahead(),
        commands.message_rate(33, 10.0),
    ]


@pytest.mark.parametrize("autopilot", ["PX4", "ArduPilot", ""])
def test_nothing_is_ever_forced(autopilot: str) -> None:
    for command in every_command(autopilot):
        assert FORCE not in command.message(1)[1].values()
    assert "21196" not in inspect.getsource(commands)


def test_ardupilot_never_gets_a_parameter_that_is_no_number() -> None:
    for command in every_command("ArduPilot"):
        assert None not in command.message(1)[1].values()


def test_heights_are_above_sea_for_px4_and_above_home_for_ardupilot() -> None:
    assert commands.take_off("PX4", height_m=60.0, ground_amsl_m=12.0).message(1)[1]["param7"] == 72.0
    assert commands.take_off("ArduPilot", height_m=60.0, ground_amsl_m=12.0).message(1)[1]["param7"] == 60.0


def test_px4_takes_off_where_it_stands() -> None:
    fields = commands.take_off("PX4", height_m=60.0, ground_amsl_m=12.0).message(1)[1]
    assert (fields["param5"], fields["param6"]) == (None, None)


def test_hold_is_hold_for_px4_and_brake_for_ardupilot() -> None:
    px4 = commands.hold("PX4", is_armed=True).message(1)[1]
    assert (px4["param1"], px4["param2"], px4["param3"]) == (129.0, 4.0, 3.0)
    assert commands.hold("ArduPilot", is_armed=False).message(1)[1]["param2"] == 17.0


def test_a_point_goes_as_a_command_int_in_the_global_frame() -> None:
    name, fields = commands.go_to("PX4", HERE, amsl_m=72.0, yaw_deg=90.0, speed_m_s=12.0).message(7)
    assert name == "COMMAND_INT"
    assert (fields["x"], fields["y"], fields["z"], fields["frame"]) == (520_000_000, 50_000_000, 72.0, 0)
    assert (fields["param1"], fields["param2"], fields["target_system"]) == (12.0, 1.0, 7)
    assert fields["param4"] == pytest.approx(math.pi / 2)


def test_rates_are_asked_in_microseconds() -> None:
    fields = commands.message_rate(33, 10.0).message(1)[1]
    assert (fields["param1"], fields["param2"]) == (33.0, 100_000)
