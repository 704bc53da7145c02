"""The one place where something asked or reported becomes what happened, or is refused.

Pure: the same state, question, sky and time give the same events. A repeat decides to nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from rtcc_core.domain import (
    alarm_shelf,
    alerts,
    answering,
    call_reports,
    calls,
    control,
    crew,
    divert,
    facts,
    handover,
    house_reports,
    looks,
    lost,
    merging,
    recalls,
    scene,
)
from rtcc_core.domain import asked as people
from rtcc_core.domain import commands as cmd
from rtcc_core.domain.air import NOBODY_LISTENS, Air
from rtcc_core.domain.context import Context, Events, Refused
from rtcc_core.domain.drone import Sky
from rtcc_core.domain.people import RIGHT_WORDS, Right
from rtcc_core.domain.state import State
from rtcc_core.domain.text import clean

__all__ = ["Refused", "decide"]


def decide(
    state: State,
    asked: cmd.Command | facts.Fact,
    by: str,
    at: datetime,
    sky: Sky,
    air: Air = NOBODY_LISTENS,
) -> Events | Refused:
    """What happens because of `asked`: events to store, nothing for a repeat, or a refusal."""
    context = Context(state, by, at, sky, air)
    if isinstance(asked, cmd.Command):
        return _command(context, asked)
    return _DECISIONS[type(asked)](context, asked)


def _command(context: Context, asked: cmd.Command) -> Events | Refused:
    """What a person asks: once, by somebody on the roster, by right, and of an aircraft that is theirs."""
    if asked.command_id in context.state.done_commands:
        return ()
    right = RIGHT_NEEDED[type(asked)]
    if context.person is None:
        return Refused((f"{clean(context.by)} is not on this agency's roster",))
    # The launch gates say it themselves, next to every other reason.
    if right is not Right.LAUNCH and not context.person.may(right):
        return Refused((f"the role {context.person.role.value} may not {RIGHT_WORDS[right]}",))
    return control.refusal(context, asked) or _DECISIONS[type(asked)](context, asked)


RIGHT_NEEDED: dict[type[cmd.Command], Right] = {
    cmd.LaunchDrone: Right.LAUNCH,
    cmd.RelieveDrone: Right.LAUNCH,
    cmd.DivertDrone: Right.FLY,
    cmd.FollowCall: Right.FLY,
    cmd.OrbitScene: Right.FLY,
    cmd.MoveDrone: Right.FLY,
    cmd.GoTo: Right.FLY,
    cmd.SetHeight: Right.FLY,
    cmd.FaceDrone: Right.FLY,
    cmd.FollowLine: Right.FLY,
    cmd.AimCamera: Right.FLY,
    cmd.RecordVideo: Right.FLY,
    cmd.RequestControl: Right.FLY,
    cmd.HandOver: Right.FLY,
    cmd.TakeOver: Right.FLY,
    cmd.ReleaseControl: Right.FLY,
    cmd.AcceptSuggestion: Right.WORK_CALLS,
    cmd.DeclineSuggestion: Right.WORK_CALLS,
    cmd.DeclareDown: Right.FLY,
    cmd.GroundAircraft: Right.MAINTAIN,
    cmd.ReturnToService: Right.MAINTAIN,
    cmd.BeginShift: Right.WORK_CALLS,
    cmd.EndShift: Right.WORK_CALLS,
    cmd.HoldDrone: Right.RECALL,
    cmd.ReturnDrone: Right.RECALL,
    cmd.LandDrone: Right.RECALL,
    cmd.TakeCall: Right.WORK_CALLS,
    cmd.ReleaseCall: Right.WORK_CALLS,
    cmd.AddNote: Right.WORK_CALLS,
    cmd.OpenCall: Right.WORK_CALLS,
    cmd.PlaceCall: Right.WORK_CALLS,
    cmd.ConfirmPlace: Right.WORK_CALLS,
    cmd.MergeCalls: Right.WORK_CALLS,
    cmd.SplitCalls: Right.WORK_CALLS,
    cmd.CloseCall: Right.WORK_CALLS,
    cmd.CloseCalls: Right.WORK_CALLS,
    cmd.MakeCall: Right.WORK_CALLS,
    cmd.AttachAlert: Right.WORK_CALLS,
    cmd.DismissAlert: Right.WORK_CALLS,
    cmd.AcknowledgeAlarm: Right.WORK_CALLS,
    cmd.ShelveAlarm: Right.WORK_CALLS,
    cmd.UnshelveAlarm: Right.WORK_CALLS,
    cmd.ReportWind: Right.WORK_CALLS,
}
"""The least that is needed. TakeOver asks for more unless the console of whoever flies is away; accepting a
suggestion asks for what its command asks."""

# The key is the question's own type, so each decision gets just the question it names.
_DECISIONS: dict[type[Any], Callable[[Context, Any], Events | Refused]] = {
    cmd.LaunchDrone: people.launch,
    cmd.RelieveDrone: handover.relieve,
    cmd.DivertDrone: divert.divert,
    cmd.HoldDrone: recalls.hold,
    cmd.ReturnDrone: recalls.go_home,
    cmd.LandDrone: recalls.land,
    **scene.DECISIONS,
    cmd.AcceptSuggestion: answering.accepting(_command),
    cmd.DeclineSuggestion: answering.decline,
    cmd.RequestControl: control.request,
    cmd.HandOver: control.hand_over,
    cmd.TakeOver: control.take_over,
    cmd.ReleaseControl: control.release,
    cmd.DeclareDown: lost.declare_down,
    cmd.GroundAircraft: crew.ground,
    cmd.ReturnToService: crew.return_to_service,
    cmd.BeginShift: crew.begin_shift,
    cmd.EndShift: crew.end_shift,
    cmd.TakeCall: people.take,
    cmd.ReleaseCall: people.release,
    cmd.AddNote: people.note,
    cmd.OpenCall: calls.open_call,
    cmd.PlaceCall: calls.place_call,
    cmd.ConfirmPlace: calls.confirm_place,
    cmd.MergeCalls: merging.merge,
    cmd.SplitCalls: merging.split,
    cmd.CloseCall: calls.close_call,
    cmd.CloseCalls: calls.close_calls,
    cmd.MakeCall: alerts.make_call,
    cmd.AttachAlert: alerts.attach,
    cmd.DismissAlert: alerts.dismiss,
    cmd.AcknowledgeAlarm: people.acknowledge,
    cmd.ShelveAlarm: alarm_shelf.shelve,
    cmd.UnshelveAlarm: alarm_shelf.unshelve,
    cmd.ReportWind: people.report_wind,
    facts.CallReported: call_reports.call_reported,
    facts.MessageUnusable: call_reports.unusable,
    facts.FeedConnected: call_reports.feed_connected,
    facts.FeedLost: call_reports.feed_lost,
    facts.FeedSnapshotTaken: call_reports.snapshot_taken,
    facts.WeatherReported: call_reports.weather,
    facts.OrderSentOut: house_reports.order_sent,
    facts.OrderSettled: house_reports.order_settled,
    facts.AircraftStatusText: house_reports.status_text,
    facts.ReturnHeightUnset: house_reports.return_height_unset,
    facts.StrangerSeen: house_reports.stranger,
    facts.TrackSealed: house_reports.track_sealed,
    facts.ConsoleOpened: house_reports.console_opened,
    facts.ConsoleClosed: house_reports.console_closed,
    facts.LockReported: house_reports.lock_changed,
    facts.JournalRecovered: house_reports.journal_recovered,
    facts.CoreCameUp: house_reports.came_up,
    facts.AirspaceRead: house_reports.airspace_read,
    facts.AssetsRead: house_reports.assets_read,
    facts.AlertReported: alerts.alert_reported,
    facts.ClockSet: house_reports.clock_set,
    facts.CoreGoesDown: house_reports.goes_down,
    facts.TimePassed: looks.time_passed,
}
