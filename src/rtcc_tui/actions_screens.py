"""The screens, and the keys that mean something on one of them only."""

from __future__ import annotations

from rtcc_tui.action_values import Action
from rtcc_tui.looking import View

SCREENS: tuple[Action, ...] = (
    Action(
        name="calls",
        verb="dispatch",
        aliases=("calls",),
        usage="dispatch",
        keys=("1",),
        help="the calls, with everything about the selected one",
    ),
    Action(
        name="flight",
        verb="flight",
        aliases=("tiles",),
        usage="flight [AIRCRAFT ...]",
        keys=("2",),
        help="one to four aircraft side by side; alone: yours, else those that are out",
    ),
    Action(
        name="sites",
        verb="sites",
        usage="sites",
        keys=("3",),
        help="every aircraft and every site: what is ready, and what is not and why",
    ),
    Action(
        name="air",
        verb="air",
        aliases=("airspace", "weather"),
        usage="air",
        keys=("4",),
        help="airspace in force now and next, weather, light, other aircraft",
    ),
    Action(
        name="people",
        verb="people",
        usage="people",
        keys=("5",),
        help="who is on shift, what they hold and may hold, whose console is open",
    ),
    Action(
        name="drill",
        verb="drill",
        usage="drill",
        keys=("7",),
        help="in a drill: what is to be reached, and how it stands",
    ),
    Action(
        name="sort",
        verb="sort",
        usage="sort priority, age or type",
        keys=("o",),
        view=View.ALL,
        help="the order of the calls; the key steps through them",
    ),
    Action(
        name="filter",
        verb="filter",
        aliases=("only",),
        usage="filter P1, mine, waiting, BEAT or off",
        keys=("f",),
        view=View.ALL,
        help="only some of the calls; Esc or filter off shows all again",
    ),
    Action(
        name="focus_next",
        keys=("right", "down", "tab"),
        view=View.FLIGHT,
        help="flight: the next aircraft; hold, return and relief mean it",
    ),
    Action(
        name="focus_previous",
        keys=("left", "up"),
        view=View.FLIGHT,
        help="flight: the aircraft before",
    ),
)
