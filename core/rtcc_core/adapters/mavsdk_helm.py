"""Carries orders to one aircraft: commands in sequence, three outcomes, and the newest recall wins.

A command that is not acknowledged is repeated inside MAVSDK for two seconds and nothing can call it back.
So an order to hold, return or land does not wait for an older order: it is sent at once, the older order
takes no further step, and when its repetitions are over the newest is sent again if the aircraft's heartbeat
does not show it.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Coroutine

from rtcc_core.adapters import mavsdk_circle as circles
from rtcc_core.adapters import mavsdk_commands as commands
from rtcc_core.adapters import mavsdk_words as words
from rtcc_core.adapters.mavsdk_binding import Link
from rtcc_core.adapters.mavsdk_circle import Circle
from rtcc_core.adapters.mavsdk_circler import Circler
from rtcc_core.adapters.mavsdk_payload import Payload
from rtcc_core.adapters.mavsdk_return_height import OnUnconfirmed, ReturnHeight
from rtcc_core.adapters.mavsdk_run import (
    ANSWER_DEADLINE_S,
    Overtaken,
    Run,
    refused,
    within_deadline,
)
from rtcc_core.adapters.mavsdk_telemetry import Heard
from rtcc_core.domain.drone import Landed, Mode
from rtcc_core.domain.flight import PAYLOAD, RECALLS, Order, Outcome, Verb
from rtcc_core.domain.geo import LatLon, bearing_deg, distance_m
from rtcc_core.domain.programme import Programme
from rtcc_core.ports import Receipt

MODE_SHOWN_S = 2.5
"""Within this the heartbeat after an accepted mode change has come."""

SETTLE_TRIES = 3
LOOK_S = 0.1
FACING_M = 5.0
"""Nearer than this there is no direction to face."""

_SHOWN_AS = {Verb.HOLD: Mode.HOLD, Verb.RETURN: Mode.RETURN, Verb.LAND: Mode.LAND}


class Helm:
    """The orders of one aircraft."""

    def __init__(
        self,
        callsign: str,
        link: Link,
        heard: Heard,
        programme: Programme,
        on_unconfirmed: OnUnconfirmed = lambda _height_m, _words: None,
    ) -> None:
        """`on_unconfirmed` is told of a return height that was set and never confirmed."""
        self._callsign = callsign
        self._link = link
        self._heard = heard
        self._programme = programme
        self._newest = 0
        self._circler = Circler(callsign, link, heard, speed=programme.drill_speed)
        self._payload = Payload(callsign, link, heard)
        self._return_height = ReturnHeight(callsign, link, heard, on_unconfirmed)
        self._tasks: set[asyncio.Task[None]] = set()
        self._steps: dict[Verb, Callable[[Run], Coroutine[object, object, Receipt]]] = {
            Verb.LAUNCH: self._launch,
            Verb.TRANSIT: self._transit,
            Verb.ORBIT: self._orbit,
            Verb.MOVE: self._move,
            Verb.FACE: self._face,
            Verb.HOLD: self._recall,
            Verb.RETURN: self._recall,
            Verb.LAND: self._recall,
        }

    @property
    def is_circling(self) -> bool:
        """True while we lead the aircraft around a circle and it has reached it."""
        return self._circler.is_on_circle

    async def carry(self, order: Order, on_sent: Callable[[], None]) -> Receipt:
        """Carry one order; see `ports.DroneLink.carry`."""
        trouble = self._heard.trouble(time.monotonic(), self._link.sysid)
        if trouble and not order.is_recall:
            return refused(f"{trouble}: only hold, return and land are sent until one of them is silent")
        if order.verb in PAYLOAD:
            # Where it looks is no order of flight: nothing that flies stops, waits or is overtaken for it.
            run = Run(self._link, self._heard, order, on_sent=on_sent, is_newest=lambda: True)
            return await self._payload.carry(run)
        self._newest += 1
        turn = self._newest
        run = Run(self._link, self._heard, order, on_sent=on_sent, is_newest=lambda: turn == self._newest)
        self._circler.stop()
        older = self._link.in_flight
        if older and not order.is_recall:
            await asyncio.wait(older, timeout=ANSWER_DEADLINE_S)
        try:
            receipt = await self._steps[order.verb](run)
        except Overtaken:
            return refused(f"{self._callsign}: a newer order took over before this one was complete")
        if older and order.verb in RECALLS:
            self._spawn(self._make_sure(run, older))
        return receipt

    async def stop(self) -> None:
        """End what this helm flies or watches by itself; the aircraft keeps what it last accepted."""
        self._circler.stop()
        self._return_height.stop()
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # --- the verbs --------------------------------------------------------------------------------------

    async def _launch(self, run: Run) -> Receipt:
        heard, order = self._heard, run.order
        if heard.landed in (Landed.IN_AIR, Landed.TAKING_OFF, Landed.LANDING):
            return refused(f"{self._callsign} is already in the air; give it a transit, hold, return or land")
        ground_amsl_m = heard.amsl_m  # and not home's: PX4 moves its home to where it is armed
        if ground_amsl_m is None:
            return refused(f"{self._callsign} has not said where it stands: wait for its position")
        height_m = order.height_m or self._programme.transit_height_m
        # Its own way home, ordered or by failsafe, keeps the height that separates it from the others.
        self._return_height.set(height_m)
        ready = await self._ready_to_arm(run)
        if ready is not None:
            return ready
        armed = await run.step(commands.arm(), "arm")
        if armed.outcome is not Outcome.ACCEPTED:
            return armed
        try:
            climb = commands.take_off(heard.autopilot, height_m=height_m, ground_amsl_m=ground_amsl_m)
            risen = await run.step(climb, "take off")
        except Overtaken:
            self._link.command(commands.disarm())
            raise
        return await self._stand_down(risen) if risen.outcome is Outcome.REFUSED else risen

    async def _ready_to_arm(self, run: Run) -> Receipt | None:
        """Bring it into the mode it arms in; None when that is done."""
        is_armed = bool(self._heard.is_armed)
        if self._heard.autopilot == words.ARDUPILOT:
            if self._heard.custom_mode == words.GUIDED:
                return None
            receipt = await run.step(commands.guided(is_armed=is_armed), "take orders (GUIDED)")
        else:
            if self._heard.mode in (Mode.HOLD, Mode.READY):
                return None
            receipt = await run.step(commands.hold(self._heard.autopilot, is_armed=is_armed), "go to Hold")
        if receipt.outcome is Outcome.ACCEPTED:
            return None
        return Receipt(receipt.outcome, f"{receipt.reason}; it was not armed")

    async def _stand_down(self, refusal: Receipt) -> Receipt:
        answer = await within_deadline(self._link.command(commands.disarm()))
        end = "it was disarmed again" if answer == words.ACCEPTED else "IT IS STILL ARMED, keep clear of it"
        return refused(f"{refusal.reason}; {end}")

    async def _transit(self, run: Run) -> Receipt:
        order = run.order
        if order.target is None:
            return refused("the order names no point to fly to")
        height_m = order.height_m or self._programme.transit_height_m
        return await self._go_to(run, order.target, height_m, order.speed_m_s)

    async def _move(self, run: Run) -> Receipt:
        order = run.order
        if order.target is None or order.height_m is None:
            return refused("the order names no point or no height to fly to")
        return await self._go_to(
            run, order.target, order.height_m, order.speed_m_s, heading_deg=order.heading_deg
        )

    async def _face(self, run: Run) -> Receipt:
        """Turn on the spot: a command for ArduPilot; for PX4 a new heading at the place where it is."""
        here, order = self._heard.place, run.order
        heading_deg = order.heading_deg
        if heading_deg is None and order.target is not None and here is not None:
            heading_deg = bearing_deg(here, order.target)
        if heading_deg is None or here is None or self._heard.height_m is None:
            return refused(f"{self._callsign} has no position, or the order no direction, to turn by")
        if self._heard.autopilot == words.ARDUPILOT:
            return await run.step(commands.turn_to(heading_deg), "turn")
        return await self._go_to(run, here, self._heard.height_m, None, heading_deg=heading_deg)

    async def _go_to(
        self,
        run: Run,
        target: LatLon,
        height_m: float,
        speed_m_s: float | None,
        *,
        heading_deg: float | None = None,
    ) -> Receipt:
        home_amsl_m = self._heard.home_amsl_m
        if home_amsl_m is None:
            return refused(f"{self._callsign} has not said how high its home is: wait for its position")
        here = self._heard.place
        if heading_deg is None and here is not None and distance_m(here, target) > FACING_M:
            heading_deg = bearing_deg(here, target)
        go = commands.go_to(
            self._heard.autopilot,
            target,
            amsl_m=home_amsl_m + height_m,
            yaw_deg=heading_deg,
            speed_m_s=speed_m_s,
        )
        return await run.step(go, "fly there")

    async def _orbit(self, run: Run) -> Receipt:
        order, home_amsl_m = run.order, self._heard.home_amsl_m
        if order.target is None:
            return refused("the order names no place to circle")
        if home_amsl_m is None:
            return refused(f"{self._callsign} has not said how high its home is: wait for its position")
        circle = Circle(
            centre=order.target,
            radius_m=order.radius_m or self._programme.orbit_radius_m,
            speed_m_s=order.speed_m_s or self._programme.orbit_speed_m_s,
            height_m=order.height_m or self._programme.overwatch_height_m,
            is_clockwise=order.is_clockwise,
        )
        ask = commands.orbit(
            self._heard.autopilot,
            circle.centre,
            amsl_m=home_amsl_m + circle.height_m,
            radius_m=circle.radius_m,
            speed_m_s=circle.speed_m_s,
            is_clockwise=circle.is_clockwise,
        )
        asked_at = time.monotonic()
        answer = await run.answer(ask)
        if answer == words.UNSUPPORTED:
            return await self._fly_circle(run, circle, home_amsl_m)
        return await run.receipt(answer, "orbit", asked_at)

    async def _recall(self, run: Run) -> Receipt:
        autopilot = self._heard.autopilot
        match run.order.verb:
            case Verb.HOLD:
                command = commands.hold(autopilot, is_armed=bool(self._heard.is_armed))
            case Verb.RETURN:
                command = commands.return_home()
            case _:
                command = commands.land(autopilot)
        return await run.step(command, run.order.verb.value)

    # --- the newest recall wins -------------------------------------------------------------------------

    async def _make_sure(self, run: Run, older: frozenset[asyncio.Future[int | None]]) -> None:
        await asyncio.wait(older, timeout=ANSWER_DEADLINE_S)
        wanted = _SHOWN_AS[run.order.verb]
        for _ in range(SETTLE_TRIES):
            if not run.is_newest or await self._shows(wanted, run) or self._heard.mode is Mode.MANUAL:
                return
            with contextlib.suppress(Overtaken):
                await self._recall(run)

    async def _shows(self, wanted: Mode, run: Run) -> bool:
        """True when a heartbeat from now on shows the mode, or the aircraft stands disarmed."""
        started = time.monotonic()
        while run.is_newest and time.monotonic() - started < MODE_SHOWN_S:
            await asyncio.sleep(LOOK_S)
            beat = self._heard.heartbeat
            if beat is not None and beat.at > started:
                return self._heard.mode is wanted or self._heard.is_armed is False
        return False

    # --- a circle of our own ----------------------------------------------------------------------------

    async def _fly_circle(self, run: Run, circle: Circle, home_amsl_m: float) -> Receipt:
        here = self._heard.place
        if here is None:
            return refused(f"{self._callsign} has no position to circle from")
        receipt = await self._go_to(run, circles.entry(circle, here), circle.height_m, None)
        if receipt.outcome is Outcome.ACCEPTED and run.is_newest:
            self._circler.lead(circle, home_amsl_m=home_amsl_m)
        return receipt

    def _spawn(self, work: Coroutine[object, object, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name=f"helm-{self._callsign}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
