"""The one place where something asked or reported becomes what happened, or is refused.

Pure: the same state, question, sky and time give the same events. A repeat decides to nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from rtcc_core.domain import asked as people
from rtcc_core.domain import call_reports, facts, house_reports, looks
from rtcc_core.domain import commands as cmd
from rtcc_core.domain.air import NOBODY_LISTENS, Air
from rtcc_core.domain.context import Context, Events, Refused
from rtcc_core.domain.drone import Sky
from rtcc_core.domain.flight import Verb
from rtcc_core.domain.people import Right
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
        if asked.command_id in state.done_commands:
            return ()
        right = RIGHT_NEEDED[type(asked)]
        if context.person is None:
            return Refused((f"{clean(by)} is not on this agency's roster",))
        # The launch gates say it themselves, next to every other reason.
        if right is not Right.LAUNCH and not context.person.may(right):
            return Refused((f"the role {context.person.role.value} may not {right.value}",))
    return _DECISIONS[type(asked)](context, asked)


RIGHT_NEEDED: dict[type[cmd.Command], Right] = {
    cmd.LaunchDrone: Right.LAUNCH,
    cmd.HoldDrone: Right.RECALL,
    cmd.ReturnDrone: Right.RECALL,
    cmd.LandDrone: Right.RECALL,
    cmd.TakeCall: Right.WORK_CALLS,
    cmd.ReleaseCall: Right.WORK_CALLS,
    cmd.AddNote: Right.WORK_CALLS,
    cmd.AcknowledgeAlarm: Right.WORK_CALLS,
    cmd.ReportWind: Right.WORK_CALLS,
}

# The key is the question's own type, so each decision gets just the question it names.
_DECISIONS: dict[type[Any], Callable[[Context, Any], Events | Refused]] = {
    cmd.LaunchDrone: people.launch,
    cmd.HoldDrone: people.recall(Verb.HOLD),
    cmd.ReturnDrone: people.recall(Verb.RETURN),
    cmd.LandDrone: people.recall(Verb.LAND),
    cmd.TakeCall: people.take,
    cmd.ReleaseCall: people.release,
    cmd.AddNote: people.note,
    cmd.AcknowledgeAlarm: people.acknowledge,
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
    facts.StrangerSeen: house_reports.stranger,
    facts.TrackSealed: house_reports.track_sealed,
    facts.ConsoleOpened: house_reports.console_opened,
    facts.ConsoleClosed: house_reports.console_closed,
    facts.JournalRecovered: house_reports.journal_recovered,
    facts.CoreCameUp: house_reports.came_up,
    facts.AirspaceRead: house_reports.airspace_read,
    facts.CoreGoesDown: house_reports.goes_down,
    facts.TimePassed: looks.time_passed,
}
