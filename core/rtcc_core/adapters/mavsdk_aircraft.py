"""One system on the port: what it says, what it is asked to say, and the helm that carries its orders."""

from __future__ import annotations

import functools
from collections.abc import Callable

from rtcc_core.adapters import mavsdk_commands as commands
from rtcc_core.adapters import mavsdk_words as words
from rtcc_core.adapters.mavsdk_binding import Link
from rtcc_core.adapters.mavsdk_helm import Helm
from rtcc_core.adapters.mavsdk_messages import DECODERS, MESSAGE_IDS
from rtcc_core.adapters.mavsdk_telemetry import Heard
from rtcc_core.adapters.mavsdk_texts import Said
from rtcc_core.domain.drone import Telemetry
from rtcc_core.domain.programme import Programme

WANTED_HZ = {
    "GLOBAL_POSITION_INT": 10.0,
    "EXTENDED_SYS_STATE": 2.0,
    "SYS_STATUS": 2.0,
    "BATTERY_STATUS": 1.0,
    "GPS_RAW_INT": 1.0,
    "HOME_POSITION": 1.0,
    "EKF_STATUS_REPORT": 1.0,
}
"""What is asked of an autopilot that does not send it by itself. ArduPilot sends none of these unasked."""

ARDUPILOT_ONLY = frozenset({"EKF_STATUS_REPORT"})

MISSING_AFTER_S = 4.0
"""Slower than this counts as not sent: PX4 sends its home every 2 s."""

ASK_AGAIN_S = 3.0

ASK_ADSB_S = 60.0
"""Silence about other aircraft is no fault, so this is asked now and then only, for one that restarted."""

ADSB_VEHICLE_ID, ADSB_HZ = 246, 5.0

OnAdsb = Callable[[str, str], None]
"""Callsign of the aircraft that hears it, and the fields of ADSB_VEHICLE as JSON; in MAVSDK's thread."""

FLOOD_HZ = 15.0
"""More positions per second than this and the link is one that floods (PX4's onboard link sends 50)."""

COUNT_S = 5.0

TAMED_HZ = {33: 10.0, 30: 2.0, 31: 2.0, 32: 2.0, 83: 1.0, 85: 1.0, 105: 1.0, 230: 1.0, 241: 1.0, 331: 1.0}
"""Message ids that make up a flood, and what is left of them: position 10 Hz, attitude and the rest less."""


class Aircraft:
    """One system id that has an autopilot."""

    def __init__(
        self,
        callsign: str,
        link: Link,
        programme: Programme,
        on_warning: Callable[[Said], None],
        on_adsb: OnAdsb | None = None,
    ) -> None:
        self.callsign = callsign
        self.sysid = link.sysid
        self.heard = Heard(on_warning, autopilot=link.autopilot)
        self.helm = Helm(callsign, link, self.heard, programme)
        self._link = link
        self._asked_at: dict[str, float] = {}
        self._counted: tuple[int, float] | None = None
        self._is_tamed = False
        for name in DECODERS:
            link.listen(name, functools.partial(self.heard.take, name))
        self._wants_adsb = on_adsb is not None
        if on_adsb is not None:
            link.listen("ADSB_VEHICLE", lambda _, fields_json: on_adsb(callsign, fields_json))

    def telemetry(self) -> Telemetry:
        """The newest it said."""
        return self.heard.telemetry(self.callsign, self.sysid, is_circling=self.helm.is_circling)

    def tend(self, now: float) -> None:
        """Ask for what it does not send, and for less of what it sends too much of; call once a second."""
        if self.heard.anything_at is not None and not self.heard.is_connected(now):
            return
        for name, rate_hz in WANTED_HZ.items():
            if name in ARDUPILOT_ONLY and self.heard.autopilot != words.ARDUPILOT:
                continue
            if self._is_missing(name, now) and now - self._asked_at.get(name, -ASK_AGAIN_S) >= ASK_AGAIN_S:
                self._asked_at[name] = now
                self._link.hint(commands.message_rate(MESSAGE_IDS[name], rate_hz))
        if self._wants_adsb and now - self._asked_at.get("ADSB_VEHICLE", -ASK_ADSB_S) >= ASK_ADSB_S:
            self._ask_for_adsb(now)
        if not self._is_tamed and self._floods(now):
            self._is_tamed = True
            for message_id, rate_hz in TAMED_HZ.items():
                self._link.hint(commands.message_rate(message_id, rate_hz))

    def _ask_for_adsb(self, now: float) -> None:
        """PX4 and receivers of their own tell it unasked; ArduCopter with a receiver only when asked."""
        if self.heard.autopilot == words.ARDUPILOT:
            self._asked_at["ADSB_VEHICLE"] = now
            self._link.hint(commands.message_rate(ADSB_VEHICLE_ID, ADSB_HZ))

    def _is_missing(self, name: str, now: float) -> bool:
        arrival = self.heard.arrivals.get(name)
        if arrival is not None:
            return now - arrival[1] > MISSING_AFTER_S
        # PX4 and its like need a moment to say everything once; ArduPilot says nothing until asked.
        return self.heard.autopilot == words.ARDUPILOT or self._has_waited(now)

    def _has_waited(self, now: float) -> bool:
        first = self._asked_at.setdefault("", now)
        return now - first > MISSING_AFTER_S

    def _floods(self, now: float) -> bool:
        count = self.heard.arrivals.get("GLOBAL_POSITION_INT", (0, 0.0))[0]
        if self._counted is None:
            self._counted = (count, now)
            return False
        before, at = self._counted
        if now - at < COUNT_S:
            return False
        self._counted = (count, now)
        return (count - before) / (now - at) > FLOOD_HZ
