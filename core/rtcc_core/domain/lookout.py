"""The lookout: who comes too close to which aircraft of ours, what could be done, and who listens at all.

It alarms and proposes; a person decides (14 CFR 107.37: yielding is the remote pilot's).
"""

from __future__ import annotations

from datetime import timedelta

from rtcc_core.domain import commands as cmd
from rtcc_core.domain import events as ev
from rtcc_core.domain.context import Context, Refused
from rtcc_core.domain.control import is_called_home
from rtcc_core.domain.drone import Drone, Mode, Telemetry
from rtcc_core.domain.evasion import Manoeuvre, Way, manoeuvre_words, ways_out
from rtcc_core.domain.flight import Outcome, Verb
from rtcc_core.domain.gates.question import qnh_of
from rtcc_core.domain.scene import set_height
from rtcc_core.domain.suggestions import Suggestion, SuggestionKind
from rtcc_core.domain.traffic import is_heard
from rtcc_core.domain.traffic_alerts import Review, conflict_words, review
from rtcc_core.domain.well_clear import Conflict

STILL_M_S = 1.0
"""Below this an aircraft holds already; and a metre of height is nothing to go back for."""

GO_ON_FOR_S = 120.0
"""How long it is proposed to go on, in seconds of the core's clock."""


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
        qnh_hpa=_qnh_hpa(context),
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
    """A way out of the soonest new conflict; when the last is over, the way back to what it was sent for."""
    suggestion_id = f"traffic:{drone.callsign}"
    is_over = bool(result.cleared) and {cleared.intruder_id for cleared in result.cleared} >= set(known)
    if result.raised:
        made = _way_out(context, drone, seen, result.raised[0])
        reason = "it has changed"
    elif is_over:
        made, reason = go_on(context, drone, seen, result.cleared[-1].reason), result.cleared[-1].reason
    else:
        return []
    if made is not None:
        return [ev.SuggestionMade(suggestion=made)]
    if suggestion_id not in context.state.suggestions:
        return []
    return [ev.SuggestionEnded(suggestion_id=suggestion_id, how="withdrawn", reason=reason)]


def _way_out(context: Context, drone: Drone, seen: Telemetry, conflict: Conflict) -> Suggestion | None:
    """The best that would be done if somebody accepted it, and would help."""
    programme = context.state.programme
    intruder = next((each for each in context.air.intruders if each.id == conflict.intruder_id), None)
    ways = ways_out(
        conflict,
        seen,
        intruder,
        descent_speed_m_s=drone.descent_speed_m_s,
        pace=programme.drill_speed if programme else 1.0,
        qnh_hpa=_qnh_hpa(context),
    )
    for way in ways:
        command = _command(context, way, seen)
        if command is not None:
            return Suggestion(
                suggestion_id=f"traffic:{drone.callsign}",
                kind=SuggestionKind.TRAFFIC,
                text=manoeuvre_words(way, conflict),
                command=command,
                raised_at=context.at,
                drone=drone.callsign,
            )
    return None


def _command(
    context: Context, way: Manoeuvre, seen: Telemetry
) -> cmd.SetHeight | cmd.HoldDrone | cmd.ReturnDrone | None:
    """What accepting it asks; None where it would be refused, does not help, or is being done already."""
    if seen.mode is Mode.LAND:
        return None
    match way.way:
        case Way.DESCEND:
            lower = cmd.SetHeight(command_id="", drone=way.drone, height_m=way.height_m or 0.0)
            return None if isinstance(set_height(context, lower), Refused) else lower
        case Way.RETURN:
            return cmd.ReturnDrone(command_id="", drone=way.drone)
        case Way.HOLD:
            is_holding = seen.mode is Mode.HOLD and (seen.ground_speed_m_s or 0.0) < STILL_M_S
            if not way.is_enough or (is_holding and abs(seen.climb_m_s or 0.0) < STILL_M_S):
                return None
            return cmd.HoldDrone(command_id="", drone=way.drone)


def go_on(context: Context, drone: Drone, seen: Telemetry, why: str) -> Suggestion | None:
    """Back to the height, or on to the call, that a person left because of traffic; None where nobody did."""
    state = context.state
    flight, since = state.flight_of(drone.callsign), state.alerted_at.get(drone.callsign)
    if flight is None or since is None or is_called_home(state, flight):
        return None
    orders = [
        order
        for order in state.orders.get(drone.callsign, ())
        if order.flight_id == flight.flight_id and order.is_of_flight and order.outcome is not Outcome.REFUSED
    ]
    if not orders or orders[-1].asked_at < since or orders[-1].operator == "core":
        return None
    newest = orders[-1]
    if newest.verb is Verb.HOLD:
        command: cmd.FollowCall | cmd.SetHeight = cmd.FollowCall(command_id="", drone=drone.callsign)
        question = f"go on to call {flight.call_id} with {drone.callsign}?"
    else:
        before_m = max((order.height_m or 0.0 for order in orders if order.asked_at < since), default=0.0)
        if newest.height_m is None or before_m - newest.height_m < STILL_M_S:
            return None
        command = cmd.SetHeight(command_id="", drone=drone.callsign, height_m=before_m)
        question = f"raise {drone.callsign} to {before_m:.0f} m again?"
    return Suggestion(
        suggestion_id=f"traffic:{drone.callsign}",
        kind=SuggestionKind.TRAFFIC,
        text=f"{why}: {question}",
        command=command,
        raised_at=context.at,
        drone=drone.callsign,
        call_id=flight.call_id,
        expires_at=context.at + timedelta(seconds=GO_ON_FOR_S),
    )


def _qnh_hpa(context: Context) -> float | None:
    """Today's pressure: with it, a pressure altitude is a height above the sea."""
    programme = context.state.programme
    return qnh_of(context.state.weather, programme, context.at) if programme else None


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
