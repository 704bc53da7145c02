"""What an aircraft carries beside its autopilot, and what the autopilot does for it. Sans I/O.

What is not fitted is not there: no heartbeat, no answer from its component. A gimbal has its manager in the
autopilot, so the autopilot then knows commands and messages that it otherwise refuses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from pymavlink.dialects.v20 import common as mavlink

from rtcc_sitl.adsb_receiver import AdsbReceiver
from rtcc_sitl.air_traffic import AirTraffic
from rtcc_sitl.avionics import Avionics, Manners
from rtcc_sitl.camera import Camera
from rtcc_sitl.clock import SimClock
from rtcc_sitl.commands import Order
from rtcc_sitl.component import Component, Message
from rtcc_sitl.gimbal import Gimbal
from rtcc_sitl.gimbal_link import GimbalDevice, GimbalManager
from rtcc_sitl.px4 import Command, Result

WISHES = frozenset({"GIMBAL_MANAGER_SET_PITCHYAW", "GIMBAL_MANAGER_SET_ATTITUDE"})
"""Messages to the gimbal manager that are not acknowledged."""

ROI = (Command.DO_SET_ROI_LOCATION, Command.DO_SET_ROI, Command.DO_SET_ROI_NONE)


class Payload(NamedTuple):
    """The components an aircraft carries, by component id; its gimbal with the manager, and its camera.

    `orders` are commands to the autopilot's own component that concern the payload and not the flight.
    """

    components: Mapping[int, Component] = {}
    orders: Mapping[int, Callable[[Order], Result]] = {}
    gimbal: Gimbal | None = None
    manager: GimbalManager | None = None
    camera: Camera | None = None

    def hear(self, message: Message) -> None:
        """A message to the autopilot's component of a kind in WISHES."""
        if self.manager is not None:
            self.manager.hear(message)

    def serving(self, order: Order) -> Component | None:
        """The component that answers a command sent to every component; None where none does."""
        return next((each for each in self.components.values() if each.serves(order)), None)

    def said_by_manager(self) -> list[Message]:
        """What the gimbal manager says without being asked, since the last look."""
        if self.manager is None:
            return []
        said, self.manager.outbox = self.manager.outbox, []
        return said

    def restart(self) -> None:
        """Boot again with the autopilot."""
        if self.manager is not None:
            self.manager.restart()


def fit(
    avionics: Avionics,
    clock: SimClock,
    sysid: int,
    *,
    has_gimbal: bool,
    has_camera: bool,
    traffic: AirTraffic | None = None,
) -> tuple[Avionics, Payload]:
    """Hang gimbal and camera under an aircraft and, where there is traffic, put a receiver into it: its
    avionics as they then are, and what it carries."""
    autopilot = avionics.autopilot
    gimbal = Gimbal(autopilot, clock) if has_gimbal else None
    camera = Camera(autopilot, clock, sysid=sysid, gimbal=gimbal) if has_camera else None
    components: dict[int, Component] = {} if camera is None else {camera.number: camera}
    if traffic is not None:
        receiver = AdsbReceiver(traffic, autopilot, clock, sysid=sysid)
        components[receiver.number] = receiver
    if gimbal is None:
        nothing: dict[int, Callable[[Order], Result]] = {
            command: _accept for command in ROI if command not in avionics.orders
        }
        return avionics, Payload(components, nothing, camera=camera)
    device = GimbalDevice(gimbal, clock, sysid=sysid)
    components[device.number] = device
    manager = GimbalManager(gimbal, autopilot, clock, habits=avionics.manners.gimbal)
    orders, carried = dict(avionics.orders), dict(manager.obeys)
    for command in ROI:
        look = manager.look_ahead if command == Command.DO_SET_ROI_NONE else manager.look_at
        if command in orders:
            orders[command] = _both(orders[command], look)
        else:
            carried[command] = look
    avionics.telemetry.also_says(manager.says)
    fitted = avionics._replace(orders=orders, manners=_with_status(avionics.manners))
    return fitted, Payload(components, carried, gimbal, manager, camera)


def _with_status(manners: Manners) -> Manners:
    status_hz = manners.gimbal.status_hz
    if status_hz <= 0.0:
        return manners
    rates_hz = {**manners.rates_hz, mavlink.MAVLINK_MSG_ID_GIMBAL_MANAGER_STATUS: status_hz}
    return manners._replace(rates_hz=rates_hz)


def _accept(order: Order) -> Result:
    """A region of interest without anything that could look at it: taken, to no effect."""
    return Result.ACCEPTED


def _both(fly: Callable[[Order], Result], look: Callable[[Order], Result]) -> Callable[[Order], Result]:
    """Do what the autopilot itself does (a copter turns its nose), and look there, too."""

    def obey(order: Order) -> Result:
        result = fly(order)
        return look(order) if result is Result.ACCEPTED else result

    return obey
