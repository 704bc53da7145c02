"""One look at everything: each aircraft in turn, then what concerns the whole house.

A look yields nothing where nothing changed. What one part finds is folded in before the next part looks, so
two parts never give two orders from one state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from msgspec.structs import replace

from rtcc_core.domain import alarm_shelf, alerts, answering, facts, leases, recommend
from rtcc_core.domain import events as ev
from rtcc_core.domain.acting import watch_modes
from rtcc_core.domain.advice import unheard
from rtcc_core.domain.context import Context, Events
from rtcc_core.domain.divert import suggest_diverts
from rtcc_core.domain.events import Stored
from rtcc_core.domain.evolve import evolve
from rtcc_core.domain.forecast import note_batteries
from rtcc_core.domain.handover import hand_over, suggest_going_home
from rtcc_core.domain.health import watch_health
from rtcc_core.domain.lookout import look_out
from rtcc_core.domain.lost import watch_lost
from rtcc_core.domain.observe import observe
from rtcc_core.domain.relief import plan_reliefs
from rtcc_core.domain.sites import suggest_sites
from rtcc_core.domain.strays import watch_strays

Look = Callable[[Context], list[ev.AnyEvent]]

HOUSE_LOOKS: tuple[Look, ...] = (
    watch_modes,
    watch_health,
    watch_lost,
    watch_strays,
    note_batteries,
    leases.run_out,
    recommend.catch_up,
    alerts.run_out,
    answering.review,
    look_out,
    hand_over,
    plan_reliefs,
    suggest_going_home,
    suggest_sites,
    suggest_diverts,
    alarm_shelf.run_out,
)
"""What looks at the house as a whole, in this order."""


def time_passed(
    context: Context, fact: facts.TimePassed, *, on_mistake: Callable[[Exception], None] | None = None
) -> Events:
    """Everything that the sky, the air and the clock call for now.

    Where `on_mistake` is given, a look that fails is told to it and passed over: no other aircraft loses its
    next leg home for it. Else it raises what the look raised.
    """
    found: list[ev.AnyEvent] = []
    for look in _looks(context):
        try:
            seen = look(context)
            context = _after(context, seen)
        except Exception as error:
            if on_mistake is None:
                raise
            on_mistake(error)
        else:
            found += seen
    return tuple(found)


def _looks(context: Context) -> Iterator[Look]:
    for callsign in context.state.drones:
        yield partial(_look_at, callsign)
    yield from HOUSE_LOOKS


def _look_at(callsign: str, context: Context) -> list[ev.AnyEvent]:
    seen = context.sky.get(callsign, unheard(callsign))
    return observe(context.state, context.state.drones[callsign], seen, context.at)


def _after(context: Context, seen: list[ev.AnyEvent]) -> Context:
    state = context.state
    for event in seen:
        state = evolve(
            state, Stored(seq=state.seq + 1, at=context.at, operator=context.by, cause="", event=event)
        )
    return context if state is context.state else replace(context, state=state)
