"""What can be done about an alarm: acknowledge it, put it aside, look at it again."""

from __future__ import annotations

from rtcc_core.domain.people import Right
from rtcc_tui.action_values import Action, Danger

ALARMS: tuple[Action, ...] = (
    Action(
        name="ack",
        verb="ack",
        aliases=("acknowledge",),
        usage="ack [ALARM or over]",
        keys=("a",),
        label="ack",
        danger=Danger.WRITES,
        right=Right.WORK_CALLS,
        help="say by your name that you saw the alarm on the line; ack D3: all of D3; ack over: what is over",
    ),
    Action(
        name="shelve",
        verb="shelve",
        usage="shelve [ALARM] MINUTES REASON",
        danger=Danger.WRITES,
        right=Right.WORK_CALLS,
        help="put an alarm aside for up to 60 minutes; it stays counted, and comes back if it grows worse",
    ),
    Action(
        name="unshelve",
        verb="unshelve",
        usage="unshelve [SHELVED]",
        danger=Danger.WRITES,
        right=Right.WORK_CALLS,
        help="take an alarm off the shelf",
    ),
    Action(
        name="alarms",
        verb="alarms",
        usage="alarms",
        help="every alarm that stands: new, shelved, seen, by whom, until when; what is over: journal",
    ),
)
