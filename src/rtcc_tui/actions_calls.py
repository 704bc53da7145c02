"""What can be asked about calls and alerts: opened, placed, merged, closed, taken, written on."""

from __future__ import annotations

from rtcc_core.domain.people import Right
from rtcc_tui.action_values import Action, Danger

CALLS: tuple[Action, ...] = (
    Action(
        name="take",
        verb="take",
        aliases=("claim",),
        usage="take [CALL]",
        keys=("t",),
        label="take",
        danger=Danger.WRITES,
        right=Right.WORK_CALLS,
        help="claim a call; the others see that it is yours",
    ),
    Action(
        name="release",
        verb="release",
        usage="release [CALL or AIRCRAFT]",
        danger=Danger.WRITES,
        right=Right.WORK_CALLS,
        help="give a claimed call back, or an aircraft on the ground",
    ),
    Action(
        name="note",
        verb="note",
        usage="note [CALL] TEXT",
        keys=("n",),
        label="note",
        danger=Danger.WRITES,
        right=Right.WORK_CALLS,
        help="write a remark on a call",
    ),
    Action(
        name="wind",
        verb="wind",
        usage="wind SPEED FROM-DEGREES [GUST]",
        danger=Danger.WRITES,
        right=Right.WORK_CALLS,
        help="report the wind you see: wind 10kt 240, or wind 5m/s 240, blows from 240 degrees",
    ),
)

OPENED: tuple[Action, ...] = (
    Action(
        name="new",
        verb="new",
        aliases=("open",),
        usage="new PLACE, [p1-p5] WHAT",
        keys=("c",),
        label="new",
        danger=Danger.WRITES,
        right=Right.WORK_CALLS,
        help="open a call before CAD has it; l then launches to it",
    ),
    Action(
        name="place",
        verb="place",
        usage="place CALL PLACE or cad",
        danger=Danger.WRITES,
        right=Right.WORK_CALLS,
        help="say where a call is; cad: where CAD says, again",
    ),
    Action(
        name="confirm",
        verb="confirm",
        usage="confirm [CALL]",
        danger=Danger.WRITES,
        right=Right.WORK_CALLS,
        help="say that a call is where its doubtful place says",
    ),
    Action(
        name="merge",
        verb="merge",
        usage="merge CALL into CALL",
        danger=Danger.WRITES,
        right=Right.WORK_CALLS,
        help="a call opened here is the same as another, which goes on with its aircraft",
    ),
    Action(
        name="split",
        verb="split",
        usage="split CALL",
        danger=Danger.WRITES,
        right=Right.WORK_CALLS,
        help="take a merge back: they were two calls",
    ),
    Action(
        name="close",
        verb="close",
        usage="close CALL REASON, close all FEED REASON",
        danger=Danger.WRITES,
        right=Right.WORK_CALLS,
        help="close a call opened here, or what its feed lists no longer",
    ),
)

ALERTS: tuple[Action, ...] = (
    Action(
        name="alerts",
        verb="alerts",
        usage="alerts",
        keys=("g",),
        help="every alert: plate hits, gunshots, alarms, with who says so and how sure",
    ),
    Action(
        name="call",
        verb="call",
        usage="call ALERT",
        danger=Danger.WRITES,
        right=Right.WORK_CALLS,
        help="make an alert a call",
    ),
    Action(
        name="attach",
        verb="attach",
        usage="attach ALERT CALL",
        danger=Danger.WRITES,
        right=Right.WORK_CALLS,
        help="say which call an alert belongs to",
    ),
    Action(
        name="dismiss",
        verb="dismiss",
        usage="dismiss ALERT REASON",
        danger=Danger.WRITES,
        right=Right.WORK_CALLS,
        help="put an alert aside",
    ),
    Action(
        name="near",
        verb="near",
        aliases=("cameras",),
        usage="near [CALL]",
        keys=("s",),
        label="near",
        help="cameras, readers, sensors and sites near a call",
    ),
    Action(
        name="feeds",
        verb="feeds",
        usage="feeds",
        help="each feed: since when it is up, what was tolerated, what is in quarantine",
    ),
)
