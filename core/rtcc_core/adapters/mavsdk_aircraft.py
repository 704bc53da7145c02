"""One system on the port: what it says, what it is asked to say, and the helm that carries its orders."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import msgspec

from rtcc_core.adapters import mavsdk_commands as commands
from rtcc_core.adapters import mavsdk_words as words
from rtcc_core.adapters.mavsdk_binding import AUTOPILOT_COMPONENT, Link
from rtcc_core.adapters.mavsdk_helm import Helm
from rtcc_core.adapters.mavsdk_messages import (
    LAYOUT_OF,
    AdsbVehicle,
    BatteryStatus,
    CameraCapture,
    EkfStatus,
    ExtendedSysState,
    GimbalAttitude,
    GlobalPosition,
    GpsRaw,
    HomePosition,
    Message,
    SysStatus,
    Wind,
    WindCov,
)
from rtcc_core.adapters.mavsdk_return_height import OnUnconfirmed
from rtcc_core.adapters.mavsdk_telemetry import Heard
from rtcc_core.adapters.mavsdk_texts import Said
from rtcc_core.domain.drone import Telemetry
from rtcc_core.domain.programme import Programme

ASK_AGAIN_S = 3.0
ASK_EXTRA_AGAIN_S = 60.0
"""Silence about what an aircraft may not have is no fault: asked now and then, for one that restarted."""


class Want(NamedTuple):
    """A message that is asked of an autopilot which does not send it by itself."""

    kind: type[Message]
    rate_hz: float
    only: str = ""
    """The autopilot it is asked of; empty: any."""
    again_after_s: float = ASK_AGAIN_S


WANTED = (
    Want(GlobalPosition, 10.0),
    Want(ExtendedSysState, 2.0),
    Want(SysStatus, 2.0),
    Want(BatteryStatus, 1.0),
    Want(GpsRaw, 1.0),
    Want(HomePosition, 1.0),
    Want(EkfStatus, 1.0, words.ARDUPILOT),
    Want(Wind, 1.0, words.ARDUPILOT, ASK_EXTRA_AGAIN_S),
    Want(WindCov, 1.0, words.PX4, ASK_EXTRA_AGAIN_S),
    Want(GimbalAttitude, 5.0, words.ARDUPILOT, ASK_EXTRA_AGAIN_S),
)
"""ArduPilot sends none of these unasked."""

WANTED_OF_CAMERA = Want(CameraCapture, 1.0, again_after_s=30.0)

WANTED_OF_RECEIVER = Want(AdsbVehicle, 5.0, words.ARDUPILOT, ASK_EXTRA_AGAIN_S)
"""PX4 and receivers of their own tell it unasked; ArduCopter with a receiver only when asked."""

MISSING_AFTER_S = 4.0
"""Slower than this counts as not sent: PX4 sends its home every 2 s."""

OnAdsb = Callable[[str, str], None]
"""Callsign of the aircraft that hears it, and the fields of ADSB_VEHICLE as JSON; in the reading thread."""

FLOOD_HZ = 15.0
"""More positions per second than this and the link is one that floods (PX4's onboard link sends 50)."""

COUNT_S = 2.0

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
        on_unconfirmed: OnUnconfirmed = lambda _height_m, _words: None,
    ) -> None:
        self.callsign = callsign
        self.sysid = link.sysid
        self.heard = Heard(on_warning, autopilot=link.autopilot)
        self.helm = Helm(callsign, link, self.heard, programme, on_unconfirmed)
        self._link = link
        self._asked_at: dict[tuple[type[Message], int], float] = {}
        self._waits_since: float | None = None
        self._counted: tuple[int, float] | None = None
        self._wanted = WANTED if on_adsb is None else (*WANTED, WANTED_OF_RECEIVER)
        if on_adsb is not None:
            self.heard.listen(AdsbVehicle, lambda message, *_: on_adsb(callsign, _adsb_json(message)))
        link.listen(self.heard.take)

    def telemetry(self) -> Telemetry:
        """The newest it said."""
        return self.heard.telemetry(self.callsign, self.sysid, is_circling=self.helm.is_circling)

    def tend(self, now: float) -> None:
        """Ask for what it does not send, and for less of what it sends too much of; call once a second."""
        if self.heard.anything_at is not None and not self.heard.is_connected(now):
            return
        for want in self._wanted:
            if want.only in ("", self.heard.autopilot) and self._is_missing(want.kind, now):
                self._ask(want, now)
        for camera in self.heard.cameras:
            self._ask(WANTED_OF_CAMERA, now, component=camera)
        if self._floods(now):  # also after a restart, which forgets what was asked
            for message_id, rate_hz in TAMED_HZ.items():
                self._link.hint(commands.message_rate(message_id, rate_hz))

    def _ask(self, want: Want, now: float, *, component: int = AUTOPILOT_COMPONENT) -> None:
        key = want.kind, component
        if now - self._asked_at.get(key, -want.again_after_s) >= want.again_after_s:
            self._asked_at[key] = now
            command = commands.message_rate(LAYOUT_OF[want.kind].number, want.rate_hz)
            self._link.hint(msgspec.structs.replace(command, component=component))

    def _is_missing(self, kind: type[Message], now: float) -> bool:
        at = self.heard.arrived_at(kind)
        if at is not None:
            return now - at > MISSING_AFTER_S
        # PX4 and its like need a moment to say everything once; ArduPilot says nothing until asked.
        return self.heard.autopilot == words.ARDUPILOT or self._has_waited(now)

    def _has_waited(self, now: float) -> bool:
        if self._waits_since is None:
            self._waits_since = now
        return now - self._waits_since > MISSING_AFTER_S

    def _floods(self, now: float) -> bool:
        count = self.heard.arrivals.get(GlobalPosition, (0, 0.0))[0]
        if self._counted is None:
            self._counted = (count, now)
            return False
        before, at = self._counted
        if now - at < COUNT_S:
            return False
        self._counted = (count, now)
        return (count - before) / (now - at) > FLOOD_HZ


def _adsb_json(message: Message) -> str:
    """As MAVSDK writes it: texts as text."""
    fields = msgspec.structs.asdict(message)
    fields["callsign"] = fields["callsign"].decode("ascii", "replace")
    return msgspec.json.encode(fields).decode()
