"""What the autopilot says to its crew, kept until the radio carries it."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from rtcc_sitl.px4 import Severity

MAX_NOTICES = 64
"""Unsent status texts kept; a radio that is off does not make the aircraft remember for ever."""

LONGEST_TEXT = 50
"""Characters of one STATUSTEXT."""


class Notice(NamedTuple):
    """A status text for the crew, at most 50 characters."""

    severity: Severity
    text: str


class Notices(deque[Notice]):
    """The status texts not sent yet, oldest first."""

    def __init__(self) -> None:
        super().__init__(maxlen=MAX_NOTICES)

    def say(self, severity: Severity, text: str) -> None:
        """Queue a status text."""
        self.append(Notice(severity, text[:LONGEST_TEXT]))
