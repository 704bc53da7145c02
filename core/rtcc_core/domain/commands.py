"""What a person asks of the house: imperative, immutable, each naming its aircraft or its call.

Who asked is not in here: the desk adds the account that the socket's peer credentials prove.
"""

from __future__ import annotations

import msgspec


class Command(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Base of everything a person may ask."""

    command_id: str
    """Unique, made by the console; the same id twice is answered as the first time and done once."""
    seen_seq: int = 0
    """Sequence number of the newest event the operator was looking at."""


class LaunchDrone(Command, frozen=True, kw_only=True):
    """Send an aircraft to a call."""

    drone: str
    call_id: str
    override_reason: str | None = None
    """Needed where a gate is UNKNOWN; recorded with the person's name and published."""


class HoldDrone(Command, frozen=True, kw_only=True):
    """Stop and hover where it is."""

    drone: str


class ReturnDrone(Command, frozen=True, kw_only=True):
    """Come home and land."""

    drone: str


class LandDrone(Command, frozen=True, kw_only=True):
    """Land where it is."""

    drone: str


class TakeCall(Command, frozen=True, kw_only=True):
    """Claim a call; the others see who has it."""

    call_id: str


class ReleaseCall(Command, frozen=True, kw_only=True):
    """Give a claimed call back."""

    call_id: str


class AddNote(Command, frozen=True, kw_only=True):
    """Write a remark on a call."""

    call_id: str
    text: str


class AcknowledgeAlarm(Command, frozen=True, kw_only=True):
    """Say by name that an alarm was seen."""

    alarm_id: str


class ReportWind(Command, frozen=True, kw_only=True):
    """A person's own wind observation."""

    wind_speed_m_s: float
    wind_from_deg: float
    gust_m_s: float | None = None


AnyCommand = (
    LaunchDrone
    | HoldDrone
    | ReturnDrone
    | LandDrone
    | TakeCall
    | ReleaseCall
    | AddNote
    | AcknowledgeAlarm
    | ReportWind
)
