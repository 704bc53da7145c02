"""When ArduCopter stops waiting for orders: rules from the situation in flight to what it then does.

Fence (FENCE_*), ground station (FS_GCS_*), battery (BATT_FS_*) and position estimate (FS_EKF_*). Each fires
once until its cause has gone.
"""

from __future__ import annotations

from collections.abc import Mapping

from rtcc_sitl.failsafes import Failsafe, Response, Situation
from rtcc_sitl.params import Params
from rtcc_sitl.px4 import Severity

GLITCH_S, ESTIMATE_LOST_S = 1.0, 10.0
"""Simulated seconds without GPS until it is said, and until the estimator gives up."""

ACTIONS: Mapping[int, Response] = {0: Response.WARN, 1: Response.LAND, 2: Response.RETURN}
"""BATT_FS_*_ACT and, for 0 and 1, FS_EKF_ACTION."""

GCS_ACTIONS: Mapping[int, Response] = {0: Response.WARN, 1: Response.RETURN, 5: Response.LAND}
"""FS_GCS_ENABLE."""


FENCE_ACTIONS: Mapping[int, Response] = {0: Response.WARN, 2: Response.LAND, 4: Response.HOLD}
"""FENCE_ACTION; 1 (return or land) and 3 (its SmartRTL variant) return."""


def applying(params: Params, now: Situation) -> list[Failsafe]:
    """The rules that apply, the mildest first: a later response replaces an earlier one."""
    found: list[Failsafe] = []
    if now.is_outside_fence:
        response = FENCE_ACTIONS.get(int(params["FENCE_ACTION"]), Response.RETURN)
        found.append(Failsafe("fence", response, Severity.WARNING, "Polygon fence breached"))
    enabled = int(params["FS_GCS_ENABLE"])
    if enabled and now.link_silence_s > params["FS_GCS_TIMEOUT"]:
        response = GCS_ACTIONS.get(enabled, Response.RETURN)
        found.append(Failsafe("link", response, Severity.WARNING, "GCS Failsafe"))
    return [*found, *_battery(params, now), *_position(params, now)]


def _battery(params: Params, now: Situation) -> list[Failsafe]:
    found = []
    left_mah = now.battery_fraction * params["BATT_CAPACITY"]
    used_mah = params["BATT_CAPACITY"] - left_mah
    for level, severity in (("LOW", Severity.WARNING), ("CRT", Severity.CRITICAL)):
        if left_mah <= params[f"BATT_{level}_MAH"]:
            response = ACTIONS.get(int(params[f"BATT_FS_{level}_ACT"]), Response.WARN)
            word = "low" if level == "LOW" else "critical"
            text = f"Battery 1 is {word} used {used_mah:.0f} mAh"
            found.append(Failsafe(f"battery-{word}", response, severity, text))
    return found


def _position(params: Params, now: Situation) -> list[Failsafe]:
    found = []
    if now.position_lost_s > GLITCH_S:
        text = "GPS Glitch or Compass error"
        found.append(Failsafe("glitch", Response.WARN, Severity.CRITICAL, text))
    if now.position_lost_s > ESTIMATE_LOST_S:
        response = Response.LAND_BLIND if params["FS_EKF_ACTION"] else Response.WARN
        found.append(Failsafe("estimate", response, Severity.CRITICAL, "EKF Failsafe: changed to LAND Mode"))
    return found
