"""The height of the autopilot's own return: set before each launch, and asked for until it is confirmed.

That height keeps an aircraft apart from the others on its way home, ordered or by failsafe. A parameter that
is set is acknowledged by nothing but its value, which the autopilot sends back; on a poor link either may be
lost. So it is sent again for a while, and where the value never came somebody is told. Nothing waits for it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from rtcc_core.adapters import mavsdk_commands as commands
from rtcc_core.adapters.mavsdk_binding import Link
from rtcc_core.adapters.mavsdk_messages import Message, ParamValue
from rtcc_core.adapters.mavsdk_telemetry import Heard

TRIES = 8
ANSWER_S = 1.0
LOOK_S = 0.05

SAME = 0.01
"""A value that differs by less than this share is the one that was set: it travels as a float."""

OnUnconfirmed = Callable[[float, str], None]
"""Height in metres above home, and in words what came instead; in the event loop."""


class ReturnHeight:
    """The return height of one aircraft."""

    def __init__(self, callsign: str, link: Link, heard: Heard, on_unconfirmed: OnUnconfirmed) -> None:
        self._callsign = callsign
        self._link = link
        self._heard = heard
        self._on_unconfirmed = on_unconfirmed
        self._told: dict[str, float] = {}
        self._making_sure: asyncio.Task[None] | None = None
        heard.listen(ParamValue, self._take)

    def set(self, height_m: float) -> None:
        """Send it, and see to it in the background; an earlier height is not asked for any more."""
        self.stop()
        self._told.clear()
        wanted = commands.return_heights(self._heard.autopilot, height_m)
        self._send(wanted)
        self._making_sure = asyncio.create_task(
            self._make_sure(wanted, height_m), name=f"return-height-{self._callsign}"
        )

    def stop(self) -> None:
        """Ask no more."""
        if self._making_sure is not None:
            self._making_sure.cancel()
            self._making_sure = None

    async def _make_sure(self, wanted: tuple[tuple[str, float], ...], height_m: float) -> None:
        for _ in range(TRIES):
            asked_at = time.monotonic()
            while time.monotonic() - asked_at < ANSWER_S:
                await asyncio.sleep(LOOK_S)
                # Of two names for one parameter, an autopilot knows the one.
                if any(self._is_told(name, value) for name, value in wanted):
                    return
            self._send(wanted)
            for name, _value in wanted:
                self._link.send("PARAM_REQUEST_READ", commands.param_question(self._link.sysid, name))
        told = ", ".join(f"{name} is {self._told[name]:g}" for name, _ in wanted if name in self._told)
        self._on_unconfirmed(height_m, f"it says that {told}" if told else "it answers nothing about it")

    def _send(self, wanted: tuple[tuple[str, float], ...]) -> None:
        for name, value in wanted:
            self._link.send("PARAM_SET", commands.param_fields(self._link.sysid, name, value))

    def _is_told(self, name: str, value: float) -> bool:
        told = self._told.get(name)
        return told is not None and abs(told - value) <= SAME * abs(value)

    def _take(self, message: Message, component: int, at: float) -> None:
        """In the reading thread."""
        if isinstance(message, ParamValue):
            name = message.param_id.decode("ascii", "replace")
            if name in commands.RETURN_HEIGHTS:
                self._told[name] = message.param_value
