"""The autopilots whose manners a simulated aircraft can have. Apart, so that naming one loads no MAVLink."""

from __future__ import annotations

from typing import Literal

AutopilotName = Literal["px4", "ardupilot"]
