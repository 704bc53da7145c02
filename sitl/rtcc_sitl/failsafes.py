"""When the autopilot stops waiting for orders: rules from the situation in flight to what it then does.

After PX4's own: ground-station loss (NAV_DLL_ACT), battery levels (COM_LOW_BAT_ACT), loss of position
(hold, then a blind landing). Each rule fires once until its cause has gone, so that a person may overrule it.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from rtcc_sitl.px4 import Severity

POSITION_LOSS_LANDS_AFTER_S = 10.0
"""Simulated seconds without a position before the blind landing; the hold before it starts at the delay."""


class Response(Enum):
    """What a failsafe makes the autopilot do."""

    WARN = "warn"
    HOLD = "hold"
    RETURN = "return"
    LAND = "land"
    LAND_BLIND = "land without position"


class Situation(NamedTuple):
    """What the rules look at. Thresholds and delays come from the parameters."""

    battery_fraction: float
    low_at: float
    critical_at: float
    emergency_at: float
    low_battery_acts: bool
    link_silence_s: float
    link_loss_after_s: float
    link_loss_returns: bool
    position_lost_s: float
    position_loss_delay_s: float


class Failsafe(NamedTuple):
    """One rule that applies now. `name` is its identity, `text` what the crew reads."""

    name: str
    response: Response
    severity: Severity
    text: str


def applying(now: Situation) -> list[Failsafe]:
    """The rules that apply, the mildest first: a later response replaces an earlier one."""
    found: list[Failsafe] = []
    if now.link_silence_s > now.link_loss_after_s:
        response = Response.RETURN if now.link_loss_returns else Response.WARN
        text = "Failsafe: GCS connection lost, return to launch"
        if response is Response.WARN:
            text = "GCS connection lost"
        found.append(Failsafe("link", response, Severity.CRITICAL, text))
    found += _battery(now)
    if now.position_lost_s > POSITION_LOSS_LANDS_AFTER_S:
        text = "Failsafe: no position, landing blind"
        found.append(Failsafe("position-land", Response.LAND_BLIND, Severity.EMERGENCY, text))
    elif now.position_lost_s > now.position_loss_delay_s:
        text = "Failsafe: position lost (GPS), hold"
        found.append(Failsafe("position-hold", Response.HOLD, Severity.CRITICAL, text))
    return found


def _battery(now: Situation) -> list[Failsafe]:
    if now.battery_fraction <= now.emergency_at:
        response = Response.LAND if now.low_battery_acts else Response.WARN
        text = "Failsafe: emergency battery level, landing"
        return [Failsafe("battery-emergency", response, Severity.EMERGENCY, text)]
    if now.battery_fraction <= now.critical_at:
        response = Response.RETURN if now.low_battery_acts else Response.WARN
        text = "Failsafe: critical battery, return to launch"
        return [Failsafe("battery-critical", response, Severity.CRITICAL, text)]
    if now.battery_fraction <= now.low_at:
        return [Failsafe("battery-low", Response.WARN, Severity.WARNING, "Low battery level, return advised")]
    return []
