"""What happened: past tense, immutable, the only way state changes.

Each event is stored before anyone is told (law 1). The envelope `Stored` says when, who and why; the
journal adds the hashes.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from rtcc_core.domain.events.aircraft import (
    AircraftRestarted,
    AircraftSaid,
    AutopilotActed,
    BootClockNoted,
    EvidenceHeld,
    FenceBreached,
    HealthChanged,
    LinkFound,
    LinkLost,
    LinkTroubled,
    ReturnHeightUnconfirmed,
    StrangerHeard,
    StrayFlightSeen,
)
from rtcc_core.domain.events.alerts import (
    AlertExpired,
    AlertHandled,
    AlertReceived,
    AlertRetracted,
    AlertUpdated,
)
from rtcc_core.domain.events.base import Event
from rtcc_core.domain.events.calls import (
    AdviceGiven,
    CallClosed,
    CallListedAgain,
    CallMissing,
    CallPlaced,
    CallReceived,
    CallReleased,
    CallsMerged,
    CallsSplit,
    CallTaken,
    CallUpdated,
    FeedDown,
    FeedListsNone,
    FeedUp,
    MessageQuarantined,
    NoteAdded,
    WeatherObserved,
)
from rtcc_core.domain.events.control import (
    AircraftGrounded,
    AircraftReturnedToService,
    ControlReleased,
    ControlRequested,
    ControlTaken,
    LeaseBegan,
    LeaseEnded,
    ShiftBegan,
    ShiftEnded,
    SuggestionEnded,
    SuggestionMade,
)
from rtcc_core.domain.events.flights import (
    AircraftDowned,
    BatteryNoted,
    BingoReached,
    FlightClosed,
    FlightDiverted,
    FlightOpened,
    GimbalObserved,
    LineGiven,
    OverwatchHandedOver,
    PhaseObserved,
    PhaseOverdue,
    RecordingObserved,
    ReliefPlanned,
    SceneCleared,
    TargetMoved,
    WayChosen,
)
from rtcc_core.domain.events.house import (
    AirspaceAdopted,
    AlarmAcknowledged,
    AlarmShelved,
    AlarmUnshelved,
    AssetsAdopted,
    ClockStepped,
    CommandRefused,
    ConsoleJoined,
    ConsoleLeft,
    ConsoleLockChanged,
    CoreStarted,
    CoreStopped,
    JournalGapClosed,
)
from rtcc_core.domain.events.orders import (
    OrderAccepted,
    OrderAsked,
    OrderObserved,
    OrderRefused,
    OrderSent,
    OrderUnknown,
)
from rtcc_core.domain.events.traffic import ReceiverHeard, ReceiverSilent, TrafficAlerted, TrafficCleared

__all__ = [
    "AdviceGiven",
    "AircraftDowned",
    "AircraftGrounded",
    "AircraftRestarted",
    "AircraftReturnedToService",
    "AircraftSaid",
    "AirspaceAdopted",
    "AlarmAcknowledged",
    "AlarmShelved",
    "AlarmUnshelved",
    "AlertExpired",
    "AlertHandled",
    "AlertReceived",
    "AlertRetracted",
    "AlertUpdated",
    "AnyEvent",
    "AssetsAdopted",
    "AutopilotActed",
    "BatteryNoted",
    "BingoReached",
    "BootClockNoted",
    "CallClosed",
    "CallListedAgain",
    "CallMissing",
    "CallPlaced",
    "CallReceived",
    "CallReleased",
    "CallTaken",
    "CallUpdated",
    "CallsMerged",
    "CallsSplit",
    "ClockStepped",
    "CommandRefused",
    "ConsoleJoined",
    "ConsoleLeft",
    "ConsoleLockChanged",
    "ControlReleased",
    "ControlRequested",
    "ControlTaken",
    "CoreStarted",
    "CoreStopped",
    "Draft",
    "Event",
    "EvidenceHeld",
    "FeedDown",
    "FeedListsNone",
    "FeedUp",
    "FenceBreached",
    "FlightClosed",
    "FlightDiverted",
    "FlightOpened",
    "GimbalObserved",
    "HealthChanged",
    "JournalGapClosed",
    "LeaseBegan",
    "LeaseEnded",
    "LineGiven",
    "LinkFound",
    "LinkLost",
    "LinkTroubled",
    "MessageQuarantined",
    "NoteAdded",
    "OrderAccepted",
    "OrderAsked",
    "OrderObserved",
    "OrderRefused",
    "OrderSent",
    "OrderUnknown",
    "OverwatchHandedOver",
    "PhaseObserved",
    "PhaseOverdue",
    "ReceiverHeard",
    "ReceiverSilent",
    "RecordingObserved",
    "ReliefPlanned",
    "ReturnHeightUnconfirmed",
    "SceneCleared",
    "ShiftBegan",
    "ShiftEnded",
    "Stored",
    "StrangerHeard",
    "StrayFlightSeen",
    "SuggestionEnded",
    "SuggestionMade",
    "TargetMoved",
    "TrafficAlerted",
    "TrafficCleared",
    "WayChosen",
    "WeatherObserved",
]

AnyEvent = (
    CoreStarted
    | AirspaceAdopted
    | CoreStopped
    | ConsoleJoined
    | ConsoleLeft
    | ConsoleLockChanged
    | JournalGapClosed
    | CommandRefused
    | AlarmAcknowledged
    | AlarmShelved
    | AlarmUnshelved
    | CallReceived
    | CallUpdated
    | CallMissing
    | CallTaken
    | CallReleased
    | NoteAdded
    | AdviceGiven
    | MessageQuarantined
    | FeedUp
    | FeedDown
    | WeatherObserved
    | OrderAsked
    | OrderSent
    | OrderAccepted
    | OrderRefused
    | OrderUnknown
    | OrderObserved
    | FlightOpened
    | PhaseObserved
    | SceneCleared
    | FlightClosed
    | BingoReached
    | PhaseOverdue
    | WayChosen
    | LineGiven
    | FlightDiverted
    | TargetMoved
    | BatteryNoted
    | ReliefPlanned
    | OverwatchHandedOver
    | GimbalObserved
    | RecordingObserved
    | AircraftDowned
    | LinkFound
    | LinkLost
    | LinkTroubled
    | StrangerHeard
    | AutopilotActed
    | AircraftSaid
    | AircraftRestarted
    | FenceBreached
    | StrayFlightSeen
    | ReturnHeightUnconfirmed
    | HealthChanged
    | EvidenceHeld
    | BootClockNoted
    | ClockStepped
    | TrafficAlerted
    | TrafficCleared
    | ReceiverHeard
    | ReceiverSilent
    | ControlTaken
    | ControlRequested
    | ControlReleased
    | LeaseBegan
    | LeaseEnded
    | SuggestionMade
    | SuggestionEnded
    | AircraftGrounded
    | AircraftReturnedToService
    | ShiftBegan
    | ShiftEnded
    | AlertExpired
    | AlertHandled
    | AlertReceived
    | AlertRetracted
    | AlertUpdated
    | CallListedAgain
    | FeedListsNone
    | CallPlaced
    | CallClosed
    | CallsMerged
    | CallsSplit
    | AssetsAdopted
)


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """An event on its way to the journal."""

    at: datetime
    operator: str
    """Account of the person, or `core`, or `feed:NAME`."""
    cause: str = ""
    """The command id, or `#seq` of the event, that led to this one."""
    event: AnyEvent


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """An event that is on disk."""

    seq: int
    at: datetime
    operator: str
    cause: str
    event: AnyEvent
