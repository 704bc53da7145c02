"""What a step of the fold is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rtcc_core.domain.events import Event, Stored
from rtcc_core.domain.state import State

Steps = dict[type[Event], Callable[[State, Any, Stored], State]]
"""By the event's own type, so each step gets just the event it names."""
