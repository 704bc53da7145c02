"""What each role is offered: the screens on its key line, and the one it starts with.

Nothing is forbidden here: every screen stays reachable by its digit and its verb, and the core alone decides
who may do what. This only keeps what is somebody else's work out of sight.
"""

from __future__ import annotations

from dataclasses import dataclass

from rtcc_core.domain.people import Person, Role
from rtcc_core.domain.state import State
from rtcc_tui.looking import View


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What one role sees first."""

    screens: tuple[View, ...]
    """On the key line, in the order of their digits."""
    starts_flying: bool = False
    """Begins on the flight screen while it has an aircraft."""
    sees_hidden_faults: bool = False
    """In a drill: what is still to go wrong. The core tells it to nobody else."""


_DESK = (View.ALL, View.FLIGHT, View.SITES, View.AIR, View.PEOPLE, View.JOURNAL)

OFFERS: dict[Role, Offer] = {
    Role.DISPATCHER: Offer(screens=(View.ALL, View.FLIGHT, View.PEOPLE, View.JOURNAL)),
    Role.PILOT: Offer(
        screens=(View.ALL, View.FLIGHT, View.SITES, View.AIR, View.JOURNAL), starts_flying=True
    ),
    Role.RTCC_OPERATOR: Offer(screens=_DESK, starts_flying=True),
    Role.SUPERVISOR: Offer(screens=_DESK),
    Role.TRAINER: Offer(screens=(*_DESK, View.DRILL), sees_hidden_faults=True),
    Role.OBSERVER: Offer(screens=(View.ALL, View.FLIGHT, View.JOURNAL)),
}


NAMES: dict[View, str] = {
    View.ALL: "calls",
    View.FLIGHT: "flight",
    View.SITES: "sites",
    View.AIR: "air",
    View.PEOPLE: "people",
    View.JOURNAL: "journal",
    View.DRILL: "drill",
}
"""The actions that open them: their keys stand in the registry, and an agency may have given them others."""


def start_view(person: Person, state: State) -> View:
    """The screen that a console opens with."""
    is_flying = bool(state.controlled_by(person.account))
    return View.FLIGHT if OFFERS[person.role].starts_flying and is_flying else View.ALL


def screens_of(person: Person | None, *, is_drill: bool) -> tuple[View, ...]:
    """The screens of the key line; the drill's only in a drill, and there for everybody who trains."""
    offered = OFFERS[person.role].screens if person is not None else (View.ALL,)
    if not is_drill:
        return tuple(view for view in offered if view is not View.DRILL)
    return offered if View.DRILL in offered else (*offered, View.DRILL)
