"""What each fault does to a simulated aircraft."""

from __future__ import annotations

from typing import assert_never

from rtcc_sitl import faults as ft
from rtcc_sitl.faults import EVERYBODY, AnyFault, FaultError
from rtcc_sitl.hangar import Hangar
from rtcc_sitl.px4 import Command, Mode
from rtcc_sitl.vehicle import SimVehicle

RETURN = Command.NAV_RETURN_TO_LAUNCH


async def strike(hangar: Hangar, drone: str, fault: AnyFault) -> str:
    """Let a fault happen to one aircraft of the hangar, or to all of them; returns whom it happened to.

    Raises FaultError for an aircraft that is not there or that the fault cannot happen to.
    """
    struck = _struck(hangar, drone)
    for vehicle in struck:
        if isinstance(fault, ft.Twin):
            change = hangar.add_twin if fault.is_there else hangar.remove_twin
            await change(vehicle.spec.callsign)
            continue
        try:
            _strike(vehicle, fault)
        except ValueError as error:
            raise FaultError(str(error)) from error
    return EVERYBODY if drone.lower() == EVERYBODY else struck[0].spec.callsign


def _struck(hangar: Hangar, drone: str) -> list[SimVehicle]:
    if drone.lower() == EVERYBODY:
        return list(hangar)
    named = [vehicle for vehicle in hangar if vehicle.spec.callsign.lower() == drone.lower()]
    if not named:
        there = ", ".join(vehicle.spec.callsign for vehicle in hangar) or "none"
        raise FaultError(f"there is no aircraft {drone!r}; aircraft: {there}, or {EVERYBODY} of them")
    return named


def _strike(vehicle: SimVehicle, fault: AnyFault) -> None:
    match fault:
        case ft.Gps() | ft.Link() | ft.Flood() | ft.ForgetRates() | ft.RefuseNext() | ft.MuteNext():
            _on_the_link(vehicle, fault)
        case ft.Charge(fraction):
            vehicle.set_battery(fraction)
        case ft.Drain(factor):
            vehicle.set_drain(factor)
        case ft.CellFailure():
            vehicle.fail_battery()
        case ft.MotorStop(wreck_has_radio):
            vehicle.stop_motors(wreck_has_radio=wreck_has_radio)
        case ft.WindChange():
            vehicle.set_wind(None if fault.speed_m_s is None else fault.over(vehicle.wind))
        case ft.ActAlone(doing):
            vehicle.act_alone(Mode.LAND if doing == "land" else Mode.RTL)
        case ft.Reboot(keeps_flying):
            vehicle.reboot(keeps_flying=keeps_flying)
        case ft.NewSysid(sysid):
            vehicle.reboot(sysid=sysid)
        case ft.ClockJump(seconds):
            vehicle.jump_clock(seconds)
        case ft.GimbalStuck(is_stuck):
            vehicle.stick_gimbal(is_stuck=is_stuck)
        case ft.Twin():
            raise AssertionError("a twin is the hangar's")
        case _:
            assert_never(fault)


def _on_the_link(
    vehicle: SimVehicle,
    fault: ft.Gps | ft.Link | ft.Flood | ft.ForgetRates | ft.RefuseNext | ft.MuteNext,
) -> None:
    match fault:
        case ft.Gps(works):
            vehicle.set_gps(works=works)
        case ft.Link(is_up, for_s):
            vehicle.set_link(is_up=is_up, for_s=for_s)
        case ft.Flood(is_on):
            vehicle.flood(is_on=is_on)
        case ft.ForgetRates():
            vehicle.forget_rates()
        case ft.RefuseNext(is_return):
            vehicle.refuse_next_command(only=RETURN if is_return else None)
        case ft.MuteNext(is_obeyed, is_return):
            vehicle.ignore_next_command(but_obey=is_obeyed, only=RETURN if is_return else None)
        case _:
            assert_never(fault)
