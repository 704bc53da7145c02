"""What a person asks of the house: imperative, immutable, each naming its aircraft or its call.

Who asked is not in here: the desk adds the account that the socket's peer credentials prove.
"""

from __future__ import annotations

import msgspec

from rtcc_core.domain.geo import LatLon


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


class RelieveDrone(Command, frozen=True, kw_only=True):
    """Send another aircraft to take over what this one watches."""

    drone: str
    """The aircraft that watches now."""
    by: str | None = None
    """The one to send; None: the one the planner names."""
    override_reason: str | None = None


class DivertDrone(Command, frozen=True, kw_only=True):
    """Take an aircraft in the air from its call and give it to another."""

    drone: str
    call_id: str
    override_reason: str | None = None


class FollowCall(Command, frozen=True, kw_only=True):
    """Go to where the call is now."""

    drone: str


class OrbitScene(Command, frozen=True, kw_only=True):
    """Circle the call, or another place near it. What is left out stays as it is."""

    drone: str
    centre: LatLon | None = None
    radius_m: float | None = None
    speed_m_s: float | None = None
    is_clockwise: bool | None = None


class MoveDrone(Command, frozen=True, kw_only=True):
    """Move by a true bearing and a distance from where it is."""

    drone: str
    bearing_deg: float
    length_m: float


class GoTo(Command, frozen=True, kw_only=True):
    """Go to a point and hover there."""

    drone: str
    target: LatLon
    label: str = ""
    """As typed: a crossing, an address."""


class SetHeight(Command, frozen=True, kw_only=True):
    """Raise or lower to a height above the launch point."""

    drone: str
    height_m: float


class FaceDrone(Command, frozen=True, kw_only=True):
    """Turn the nose to a true heading, or to a point."""

    drone: str
    heading_deg: float | None = None
    target: LatLon | None = None


class FollowLine(Command, frozen=True, kw_only=True):
    """Fly along a line of points, and hover at its end."""

    drone: str
    points: tuple[LatLon, ...]


class AimCamera(Command, frozen=True, kw_only=True):
    """Point the gimbal at the scene (neither given), at a point, or to a pitch (0 level, -90 down)."""

    drone: str
    pitch_deg: float | None = None
    target: LatLon | None = None


class RecordVideo(Command, frozen=True, kw_only=True):
    drone: str
    is_on: bool


class RequestControl(Command, frozen=True, kw_only=True):
    """Ask the person in control for an aircraft; an aircraft that nobody has is given at once."""

    drone: str


class HandOver(Command, frozen=True, kw_only=True):
    """Give an aircraft to somebody else on shift."""

    drone: str
    to_account: str


class TakeOver(Command, frozen=True, kw_only=True):
    """Take an aircraft from somebody who did not give it; recorded with the reason."""

    drone: str
    reason: str


class ReleaseControl(Command, frozen=True, kw_only=True):
    """Give an aircraft up; in the air only to somebody (HandOver)."""

    drone: str


class AcceptSuggestion(Command, frozen=True, kw_only=True):
    suggestion_id: str
    override_reason: str | None = None


class DeclineSuggestion(Command, frozen=True, kw_only=True):
    suggestion_id: str
    reason: str = ""


class DeclareDown(Command, frozen=True, kw_only=True):
    """Give a lost aircraft up as flying: opens a call where it should be looked for."""

    drone: str
    reason: str


class GroundAircraft(Command, frozen=True, kw_only=True):
    """Do not launch this aircraft until it is put back in service."""

    drone: str
    reason: str


class ReturnToService(Command, frozen=True, kw_only=True):
    drone: str
    reason: str


class BeginShift(Command, frozen=True, kw_only=True):
    """Say that one is on shift, for so many hours."""

    hours: float = 12.0


class EndShift(Command, frozen=True, kw_only=True):
    """Say that one's shift is over."""


class HoldDrone(Command, frozen=True, kw_only=True):
    """Stop and hover where it is."""

    drone: str


class ReturnDrone(Command, frozen=True, kw_only=True):
    """Come home and land."""

    drone: str
    site: str | None = None
    """Another site that takes it and has room; None: its own."""


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


class OpenCall(Command, frozen=True, kw_only=True):
    """Open a call before CAD has it; all clocks run from here."""

    text: str = ""
    """What was said."""
    call_type: str = ""
    """Its type in words."""
    position: LatLon | None = None
    label: str = ""
    """The address or crossing, as typed or as the address file has it."""
    found_by: str = ""
    """How the label became a position: `EXACT`, `INTERPOLATED`, `CROSSING`, `BLOCK`, `FUZZY`."""
    uncertainty_m: float | None = None
    priority: int | None = None


class PlaceCall(Command, frozen=True, kw_only=True):
    """Say where a call is; it stands before what CAD says."""

    call_id: str
    position: LatLon | None
    """None: where CAD says, again."""
    label: str = ""
    found_by: str = ""
    """As in OpenCall; empty: a point that the person gave."""
    uncertainty_m: float | None = None
    """How good that is, as a radius; None: not told."""


class ConfirmPlace(Command, frozen=True, kw_only=True):
    """Say that a call is where its feed says, although that is doubtful. Ends when the feed says another."""

    call_id: str


class MergeCalls(Command, frozen=True, kw_only=True):
    """Say that a call opened here is the same as another: that one goes on, with everything of this one."""

    call_id: str
    """The call opened here."""
    into: str


class SplitCalls(Command, frozen=True, kw_only=True):
    """Take a merge back: the call that was opened here is one of its own again."""

    call_id: str


class CloseCall(Command, frozen=True, kw_only=True):
    """Close a call that was opened here, or that its feed no longer lists."""

    call_id: str
    reason: str


class CloseCalls(Command, frozen=True, kw_only=True):
    """Close every call that this feed no longer lists."""

    feed: str
    reason: str


class MakeCall(Command, frozen=True, kw_only=True):
    """Open a call here of what an alert says."""

    alert_id: str


class AttachAlert(Command, frozen=True, kw_only=True):
    """Say which call an alert belongs to."""

    alert_id: str
    call_id: str


class DismissAlert(Command, frozen=True, kw_only=True):
    """Put an alert aside."""

    alert_id: str
    reason: str


class AcknowledgeAlarm(Command, frozen=True, kw_only=True):
    """Say by name that an alarm was seen."""

    alarm_id: str
    also: tuple[str, ...] = ()
    """Others that were shown with it: of one cause, of one aircraft."""


class ShelveAlarm(Command, frozen=True, kw_only=True):
    """Put an alarm aside for a while, and say why."""

    alarm_id: str
    minutes: float
    reason: str
    also: tuple[str, ...] = ()


class UnshelveAlarm(Command, frozen=True, kw_only=True):
    """Take an alarm off the shelf."""

    alarm_id: str
    also: tuple[str, ...] = ()


class ReportWind(Command, frozen=True, kw_only=True):
    """A person's own wind observation."""

    wind_speed_m_s: float
    wind_from_deg: float
    gust_m_s: float | None = None


Proposable = (
    RelieveDrone
    | DivertDrone
    | FollowCall
    | HoldDrone
    | ReturnDrone
    | LandDrone
    | SetHeight
    | MoveDrone
    | HandOver
    | MergeCalls
)
"""What the house may suggest."""

AnyCommand = (
    LaunchDrone
    | RelieveDrone
    | DivertDrone
    | FollowCall
    | OrbitScene
    | MoveDrone
    | GoTo
    | SetHeight
    | FaceDrone
    | FollowLine
    | AimCamera
    | RecordVideo
    | RequestControl
    | HandOver
    | TakeOver
    | ReleaseControl
    | AcceptSuggestion
    | DeclineSuggestion
    | DeclareDown
    | GroundAircraft
    | ReturnToService
    | BeginShift
    | EndShift
    | HoldDrone
    | ReturnDrone
    | LandDrone
    | TakeCall
    | ReleaseCall
    | AddNote
    | OpenCall
    | PlaceCall
    | ConfirmPlace
    | MergeCalls
    | SplitCalls
    | CloseCall
    | CloseCalls
    | MakeCall
    | AttachAlert
    | DismissAlert
    | AcknowledgeAlarm
    | ShelveAlarm
    | UnshelveAlarm
    | ReportWind
)
