"""When the autopilot stops waiting for orders: rules from the situation in flight to what it then does.

After PX4's own: ground-station loss (NAV_DLL_ACT), battery levels (COM_LOW_BAT_ACT), loss of position
(hold, then a blind landing), fence (GF_ACTION), wind (COM_WIND_WARN). Each rule fires once until its cause
has gone, so that a person may overrule it.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple

from rtcc_sitl.params import Params
from rtcc_sitl.px4 import Severity

POSITION_LOSS_LANDS_AFTER_S = 6.0
"""Simulated seconds without a position before the blind landing (measured on PX4 SIH); it holds level from
COM_POS_FS_DELAY on."""


class Response(Enum):
    """What a failsafe makes the autopilot do."""

    WARN = "warn"
    HOLD = "hold"
    DRIFT = "keep level without position"
    RETURN = "return"
    LAND = "land"
    LAND_BLIND = "land without position"
    TERMINATE = "stop the motors"


FENCE_ACTIONS: Mapping[int, Response] = {
    1: Response.WARN,
    2: Response.HOLD,
    3: Response.RETURN,
    4: Response.TERMINATE,
    5: Response.LAND,
}
"""GF_ACTION; 0 takes no notice of the fence."""


class Situation(NamedTuple):
    """What the rules look at, whichever autopilot's they are. Silences in the seconds that each rule counts:
    the link's are of the wall clock, the position's simulated. `wind_m_s` is the wind as it is felt."""

    battery_fraction: float
    has_failing_cell: bool
    link_silence_s: float
    position_lost_s: float
    is_outside_fence: bool
    wind_m_s: float


class Failsafe(NamedTuple):
    """One rule that applies now. `name` is its identity, `text` what the crew reads."""

    name: str
    response: Response
    severity: Severity
    text: str


def applying(params: Params, now: Situation) -> list[Failsafe]:
    """The rules that apply, the mildest first: a later response replaces an earlier one."""
    rules = (_warnings, _fence, _link, _battery, _position)
    return [found for rule in rules for found in rule(params, now)]


def _warnings(params: Params, now: Situation) -> list[Failsafe]:
    found = []
    if now.wind_m_s > params["COM_WIND_WARN"] > 0.0:
        text = f"High wind speed detected ({now.wind_m_s:.1f} m/s)"
        found.append(Failsafe("wind", Response.WARN, Severity.WARNING, text))
    if now.has_failing_cell:
        text = "Battery 1: cell failure, voltage sagging"
        found.append(Failsafe("cell", Response.WARN, Severity.CRITICAL, text))
    return found


def _fence(params: Params, now: Situation) -> list[Failsafe]:
    if not now.is_outside_fence:
        return []
    response = FENCE_ACTIONS.get(int(params["GF_ACTION"]), Response.WARN)
    text = "Geofence violation" if response is Response.WARN else f"Geofence violation, {response.value}"
    return [Failsafe("fence", response, Severity.CRITICAL, text)]


def _link(params: Params, now: Situation) -> list[Failsafe]:
    if now.link_silence_s <= params["COM_DL_LOSS_T"]:
        return []
    if params["NAV_DLL_ACT"] != 2:
        return [Failsafe("link", Response.WARN, Severity.CRITICAL, "GCS connection lost")]
    text = "Failsafe: GCS connection lost, return to launch"
    return [Failsafe("link", Response.RETURN, Severity.CRITICAL, text)]


def _battery(params: Params, now: Situation) -> list[Failsafe]:
    acts = params["COM_LOW_BAT_ACT"] == 3
    if now.battery_fraction <= params["BAT_EMERGEN_THR"]:
        response = Response.LAND if acts else Response.WARN
        text = "Failsafe: emergency battery level, landing"
        return [Failsafe("battery-emergency", response, Severity.EMERGENCY, text)]
    if now.battery_fraction <= params["BAT_CRIT_THR"]:
        response = Response.RETURN if acts else Response.WARN
        text = "Failsafe: critical battery, return to launch"
        return [Failsafe("battery-critical", response, Severity.CRITICAL, text)]
    if now.battery_fraction <= params["BAT_LOW_THR"]:
        return [Failsafe("battery-low", Response.WARN, Severity.WARNING, "Low battery level, return advised")]
    return []


def _position(params: Params, now: Situation) -> list[Failsafe]:
    if now.position_lost_s > POSITION_LOSS_LANDS_AFTER_S:
        text = "Failsafe: no position, landing blind"
        return [Failsafe("position-land", Response.LAND_BLIND, Severity.EMERGENCY, text)]
    if now.position_lost_s > params["COM_POS_FS_DELAY"]:
        text = "Failsafe: position lost (GPS), hold"
        return [Failsafe("position-hold", Response.DRIFT, Severity.CRITICAL, text)]
    return []
