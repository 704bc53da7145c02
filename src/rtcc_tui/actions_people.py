"""What can be asked about suggestions, about who has which aircraft, and about shifts."""

from __future__ import annotations

from rtcc_core.domain.people import Right
from rtcc_tui.action_values import Action, Danger

PEOPLE: tuple[Action, ...] = (
    Action(
        name="accept",
        verb="accept",
        aliases=("yes",),
        usage="accept [AIRCRAFT or CALL] [override REASON]",
        keys=("y",),
        label="accept",
        danger=Danger.FLIES,
        right=Right.WORK_CALLS,
        help="accept what the house suggests; it is shown whole and wants Enter",
    ),
    Action(
        name="decline",
        verb="decline",
        aliases=("no",),
        usage="decline [AIRCRAFT or CALL] [REASON]",
        danger=Danger.WRITES,
        right=Right.WORK_CALLS,
        help="turn a suggestion down; the same is not suggested again",
    ),
    Action(
        name="request",
        verb="request",
        aliases=("ask",),
        usage="request AIRCRAFT",
        danger=Danger.WRITES,
        right=Right.FLY,
        help="ask whoever has an aircraft for it; a free one is yours at once",
    ),
    Action(
        name="give",
        verb="give",
        aliases=("handover",),
        usage="give AIRCRAFT to PERSON",
        danger=Danger.WRITES,
        right=Right.FLY,
        help="hand an aircraft over to somebody on shift",
    ),
    Action(
        name="takeover",
        verb="takeover",
        usage="takeover AIRCRAFT REASON",
        danger=Danger.WRITES,
        right=Right.FLY,
        help="take an aircraft from somebody who did not give it; the reason is recorded",
    ),
    Action(
        name="shift",
        verb="shift",
        usage="shift [HOURS or end]",
        danger=Danger.WRITES,
        right=Right.WORK_CALLS,
        help="say that you are on shift, for 12 hours or so many; shift end: no longer",
    ),
    Action(
        name="down",
        verb="lost",
        aliases=("down",),
        usage="lost AIRCRAFT REASON",
        danger=Danger.WRITES,
        right=Right.FLY,
        help="give a lost aircraft up: it flies no more; opens a call where to look for it",
    ),
    Action(
        name="ground",
        verb="ground",
        usage="ground AIRCRAFT REASON",
        danger=Danger.WRITES,
        right=Right.MAINTAIN,
        help="do not launch it until it is put back in service",
    ),
    Action(
        name="inservice",
        verb="inservice",
        aliases=("service",),
        usage="inservice AIRCRAFT REASON",
        danger=Danger.WRITES,
        right=Right.MAINTAIN,
        help="put it back in service; say what was done",
    ),
)
