"""What the world's process tells of itself: when CAD spoke, what the aircraft received, when it is over."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime

from rtcc_sitl.progress import Narrator
from rtcc_sitl.report import Latency, Spread, spread
from rtcc_sitl.world import Began, CadSent, CommandSeen, FaultBegan, Ready, TimelineOver, read_line

HOUSEKEEPING = frozenset(
    {
        "SET_MESSAGE_INTERVAL",
        "GET_MESSAGE_INTERVAL",
        "REQUEST_MESSAGE",
        "REQUEST_AUTOPILOT_CAPABILITIES",
        "GET_HOME_POSITION",
    }
)
"""Commands about the link that a ground station sends by itself; no answer to anything a person asked."""


class Witness:
    """Takes the world's lines and keeps what a report needs."""

    def __init__(self, narrator: Narrator) -> None:
        self._narrator = narrator
        self.cad_url: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        """Set when the world is ready."""
        self.is_over = False
        """CAD has said everything, and nothing is left that is to go wrong."""
        self._began_at: datetime | None = None
        self.cad_sent_s: dict[str, float] = {}
        """Monotonic time by number at which CAD first sent a call."""
        self.faults: list[tuple[datetime, str, str]] = []
        """Drill time, aircraft and words of everything that was made to go wrong, oldest first."""
        self.commands_s: dict[str, list[float]] = {}
        """Monotonic times by callsign at which an order of flight arrived."""

    def hear(self, text: str) -> None:
        """Take one line of the world's stdout."""
        match read_line(text):
            case Ready(cad_url=url) if not self.cad_url.done():
                self.cad_url.set_result(url)
            case Began(at=at):
                self._began_at = at
                self._narrator.start(at)
            case CadSent(number=number, at_s=at_s):
                self.cad_sent_s.setdefault(number, at_s)
            case CommandSeen(drone=drone, name=name, at_s=at_s) if name not in HOUSEKEEPING:
                self.commands_s.setdefault(drone, []).append(at_s)
            case FaultBegan(drone=drone, fault=fault, args=args, at=at):
                self.faults.append((at, drone, " ".join([fault, *args])))
                self._narrator.say(f"FAULT {drone} {self.faults[-1][2]}", at)
            case TimelineOver():
                self.is_over = True
            case _:
                pass

    @property
    def began_at(self) -> datetime | None:
        """When the timeline began, by the drill's clock; None: it has not."""
        return self._began_at

    def elapsed_s(self, now: datetime | None) -> float | None:
        """Drill seconds since the timeline began."""
        if self._began_at is None or now is None:
            return None
        return (now - self._began_at).total_seconds()

    def latency(
        self,
        call_seen_s: Mapping[str, float],
        launch_asked_s: Mapping[str, Sequence[float]],
        *,
        has_aircraft: bool,
    ) -> Latency:
        """Milliseconds of real time; the commands' only where the aircraft are ours to listen at."""
        calls = [
            1e3 * (seen_s - self.cad_sent_s[number])
            for number, seen_s in call_seen_s.items()
            if number in self.cad_sent_s
        ]
        orders = [
            1e3 * (arrived_s - asked_s)
            for drone, times in launch_asked_s.items()
            for asked_s in times
            if (arrived_s := self.first_command_after(drone, asked_s)) is not None
        ]
        return Latency(
            cad_to_console=spread(calls), command_to_mavlink=spread(orders) if has_aircraft else Spread()
        )

    def first_command_after(self, drone: str, asked_s: float) -> float | None:
        """Monotonic time of the first order of flight that reached a drone after `asked_s`."""
        return min((at_s for at_s in self.commands_s.get(drone, []) if at_s >= asked_s), default=None)
