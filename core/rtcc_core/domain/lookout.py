"""The lookout: who comes too close to which aircraft of ours, what could be done, and who listens at all.

It alarms and proposes; a person decides (14 CFR 107.37: yielding is the remote pilot's).
"""

from __future__ import annotations

from rtcc_core.domain import commands as cmd
from rtcc_core.domain import events as ev
from rtcc_core.domain.context import Context
from rtcc_core.domain.drone import Drone, Mode, Telemetry
from rtcc_core.domain.evasion import Manoeuvre, Way, manoeuvre_words, propose
from rtcc_core.domain.suggestions import Suggestion, SuggestionKind
from rtcc_core.domain.traffic import is_heard
from rtcc_core.domain.traffic_alerts import Review, conflict_words, review
from rtcc_core.domain.well_clear import Conflict

STILL_M_S = 1.0
"""An aircraft in hold below this speed is holding already."""


def look_out(context: Context) -> list[ev.AnyEvent]:
    """What the air calls for now, for every aircraft of the fleet; nothing where nothing changed."""
    found: list[ev.AnyEvent] = []
    for callsign, drone in context.state.drones.items():
        known = context.state.conflicts.get(callsign, {})
        seen = context.sky.get(callsign)
        if seen is not None and (known or context.air.intruders):
            found += _look_round(context, drone, seen, known)
    return found + _receivers(context)


def _look_round(
    context: Context, drone: Drone, seen: Telemetry, known: dict[str, Conflict]
) -> list[ev.AnyEvent]:
    programme = context.state.programme
    result = review(
        seen,
        context.air.intruders,
        known,
        pace=programme.drill_speed if programme else 1.0,
        may_forget=_silence_is_telling(context),
        top_height_m=_top_height_m(context, drone.callsign),
    )
    found: list[ev.AnyEvent] = [
        ev.TrafficAlerted(drone=drone.callsign, conflict=conflict, text=conflict_words(conflict))
        for conflict in result.raised
    ]
    found += [
        ev.TrafficCleared(drone=drone.callsign, intruder_id=cleared.intruder_id, reason=cleared.reason)
        for cleared in result.cleared
    ]
    return found + _proposal(context, drone, seen, known, result)


def _proposal(
    context: Context, drone: Drone, seen: Telemetry, known: dict[str, Conflict], result: Review
) -> list[ev.AnyEvent]:
    """A way out of the soonest new conflict; the old proposal goes with the last conflict."""
    suggestion_id = f"traffic:{drone.callsign}"
    if result.raised:
        made = _suggestion(context, drone, seen, result.raised[0], suggestion_id)
        return [] if made is None else [ev.SuggestionMade(suggestion=made)]
    over = {cleared.intruder_id for cleared in result.cleared}
    if over >= set(known) and suggestion_id in context.state.suggestions:
        reason = result.cleared[-1].reason
        return [ev.SuggestionEnded(suggestion_id=suggestion_id, how="withdrawn", reason=reason)]
    return []


def _suggestion(
    context: Context, drone: Drone, seen: Telemetry, conflict: Conflict, suggestion_id: str
) -> Suggestion | None:
    programme = context.state.programme
    intruder = next((each for each in context.air.intruders if each.id == conflict.intruder_id), None)
    manoeuvre = propose(
        conflict,
        seen,
        intruder,
        descent_speed_m_s=drone.descent_speed_m_s,
        pace=programme.drill_speed if programme else 1.0,
    )
    command = _command(manoeuvre, seen)
    if command is None:
        return None
    return Suggestion(
        suggestion_id=suggestion_id,
        kind=SuggestionKind.TRAFFIC,
        text=manoeuvre_words(manoeuvre, conflict),
        command=command,
        raised_at=context.at,
        drone=drone.callsign,
    )


def _command(manoeuvre: Manoeuvre, seen: Telemetry) -> cmd.SetHeight | cmd.HoldDrone | cmd.ReturnDrone | None:
    """What accepting it asks; None where the aircraft does it already, or better: it is on its way down."""
    if seen.mode is Mode.LAND:
        return None
    match manoeuvre.way:
        case Way.DESCEND:
            if seen.mode is Mode.RETURN or manoeuvre.height_m is None:
                return None
            return cmd.SetHeight(command_id="", drone=manoeuvre.drone, height_m=manoeuvre.height_m)
        case Way.RETURN:
            return cmd.ReturnDrone(command_id="", drone=manoeuvre.drone)
        case Way.HOLD:
            is_holding = seen.mode is Mode.HOLD and (seen.ground_speed_m_s or 0.0) < STILL_M_S
            return None if is_holding else cmd.HoldDrone(command_id="", drone=manoeuvre.drone)


def _top_height_m(context: Context, callsign: str) -> float | None:
    """Where a climb that we ordered will end."""
    order = context.state.newest_order(callsign)
    return order.height_m if order is not None else None


def _silence_is_telling(context: Context) -> bool:
    """True where an aircraft that is there would be heard; not so with every receiver silent."""
    standing = any(source.is_standing for source in context.air.sources)
    return is_heard(context.air.sources) or not standing


def _receivers(context: Context) -> list[ev.AnyEvent]:
    found: list[ev.AnyEvent] = []
    for source in context.air.sources:
        known = context.state.receivers.get(source.name)
        if source.is_standing and source.is_up and known is not True:
            found.append(ev.ReceiverHeard(name=source.name, detail=source.detail))
        elif source.is_standing and not source.is_up and known is True:
            found.append(ev.ReceiverSilent(name=source.name, detail=source.detail))
    return found
