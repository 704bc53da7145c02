"""What happened to the house itself: the core, its consoles, its journal, its alarms."""

from __future__ import annotations

from datetime import datetime

from rtcc_core.domain.airspace import Airspace
from rtcc_core.domain.asset_values import Assets
from rtcc_core.domain.drone import Drone, Site
from rtcc_core.domain.events.base import Event
from rtcc_core.domain.flight import Order
from rtcc_core.domain.people import LockStep, Person
from rtcc_core.domain.programme import Programme


class CoreStarted(Event, frozen=True, kw_only=True):
    """The core came up with this roster; from here on it holds until the next start."""

    version: str
    programme: Programme
    sites: tuple[Site, ...]
    drones: tuple[Drone, ...]
    people: tuple[Person, ...]
    volumes_dropped: int = 0
    """How many volumes of airspace it had that its settings name no file for any more."""


class CoreStopped(Event, frozen=True, kw_only=True):
    """The core went down in order."""

    reason: str


class ConsoleJoined(Event, frozen=True, kw_only=True):
    console_id: str
    account: str
    uid: int
    login: str = ""
    """How the person came in, as their console tells it: `ssh from 10.0.0.5, certificate badge-1001`."""


class ConsoleLeft(Event, frozen=True, kw_only=True):
    console_id: str
    account: str
    reason: str = ""


class ConsoleLockChanged(Event, frozen=True, kw_only=True):
    """The screen of a console was locked, unlocked, or somebody tried in vain."""

    console_id: str
    account: str
    step: LockStep
    reason: str = ""


class JournalGapClosed(Event, frozen=True, kw_only=True):
    """The journal could not write for a while; this is what was done meanwhile without it."""

    since: datetime
    reason: str
    orders: tuple[Order, ...]


class AirspaceAdopted(Event, frozen=True, kw_only=True):
    """From here on, routes and gates go by this airspace."""

    airspace: Airspace


class AssetsAdopted(Event, frozen=True, kw_only=True):
    """From here on, what is near a call is told by these."""

    assets: Assets


class CommandRefused(Event, frozen=True, kw_only=True):
    """A person asked for something that was not done, and why: refusals leave a trace too."""

    command_id: str
    command: str
    """Name of the command's kind."""
    drone: str | None
    call_id: str | None
    reasons: tuple[str, ...]


class AlarmAcknowledged(Event, frozen=True, kw_only=True):
    alarm_id: str
    account: str


class AlarmShelved(Event, frozen=True, kw_only=True):
    """A person put an alarm aside until a time, and said why."""

    alarm_id: str
    account: str
    until: datetime
    reason: str


class AlarmUnshelved(Event, frozen=True, kw_only=True):
    """A shelved alarm is back: its time is over, or a person (`account`) looks at it again."""

    alarm_id: str
    account: str
    reason: str


class ClockStepped(Event, frozen=True, kw_only=True):
    """The machine's clock was set while the core runs: the core's follows slowly, so no deadline jumps."""

    by_s: float
    """Positive where it was set forward."""
