"""Orders to gimbal and camera: where the aircraft looks, never where it flies."""

from __future__ import annotations

from rtcc_core.adapters import mavsdk_commands as commands
from rtcc_core.adapters import mavsdk_words as words
from rtcc_core.adapters.mavsdk_binding import Link
from rtcc_core.adapters.mavsdk_run import Run, refused
from rtcc_core.adapters.mavsdk_telemetry import Heard
from rtcc_core.domain.flight import Outcome, Verb
from rtcc_core.ports import Receipt


class Payload:
    """Gimbal and camera of one aircraft. Nothing is asked of what the aircraft does not have."""

    def __init__(self, callsign: str, link: Link, heard: Heard) -> None:
        self._callsign = callsign
        self._link = link
        self._heard = heard
        self._has_control = False

    async def carry(self, run: Run) -> Receipt:
        """Carry an order to aim or to record."""
        if run.order.verb is Verb.RECORD:
            return await run.step(commands.record(is_on=bool(run.order.is_on)), "record")
        had_control = self._has_control
        receipt = await self._aim(run)
        if receipt.outcome is Outcome.REFUSED and had_control:
            # An autopilot that restarted has forgotten whose the gimbal is.
            self._has_control = False
            return await self._aim(run)
        return receipt

    async def _aim(self, run: Run) -> Receipt:
        order, home_amsl_m = run.order, self._heard.home_amsl_m
        if not self._has_control:
            # Where there is no gimbal manager to take it from, the gimbal obeys anyone.
            answer = await run.answer(commands.take_gimbal())
            self._has_control = answer == words.ACCEPTED
        if order.target is not None:
            if home_amsl_m is None:
                return refused(f"{self._callsign} has not said how high its home is: wait for its position")
            return await run.step(commands.look_at(order.target, amsl_m=home_amsl_m), "look there")
        released = await run.step(commands.look_ahead(), "look ahead")
        if released.outcome is Outcome.UNKNOWN:
            return released
        return await run.step(commands.aim(order.pitch_deg or 0.0), "tilt the camera")
