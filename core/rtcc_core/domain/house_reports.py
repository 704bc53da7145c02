"""What aircraft, consoles and the core itself report. A repeat decides to nothing."""

from __future__ import annotations

from rtcc_core.domain import events as ev
from rtcc_core.domain import facts, leases
from rtcc_core.domain.advice import unheard
from rtcc_core.domain.context import Context, Events
from rtcc_core.domain.flight import AIRBORNE, ENDED, PENDING, Order, Outcome, Phase, Verb
from rtcc_core.domain.health import failure_told
from rtcc_core.domain.text import clean


def order_sent(context: Context, fact: facts.OrderSentOut) -> Events:
    order = _find_order(context, fact.drone, fact.order_id)
    if order is None or order.outcome is not Outcome.ASKED:
        return ()
    return (ev.OrderSent(drone=fact.drone, order_id=fact.order_id),)


def order_settled(context: Context, fact: facts.OrderSettled) -> Events:
    order = _find_order(context, fact.drone, fact.order_id)
    if order is None or order.outcome not in PENDING:
        return ()
    reason = clean(fact.reason)
    match fact.outcome:
        case Outcome.ACCEPTED:
            return (ev.OrderAccepted(drone=fact.drone, order_id=fact.order_id),)
        case Outcome.REFUSED:
            refused = ev.OrderRefused(drone=fact.drone, order_id=fact.order_id, reason=reason)
            return (refused, *_aborted(context, fact, reason))
        case Outcome.UNKNOWN:
            return (ev.OrderUnknown(drone=fact.drone, order_id=fact.order_id, reason=reason),)
        case _:
            return ()


def _aborted(context: Context, fact: facts.OrderSettled, reason: str) -> Events:
    """A launch that the aircraft refused ends its own flight where it stands: on the ground."""
    order = _find_order(context, fact.drone, fact.order_id)
    flight = context.state.flight_of(fact.drone)
    if order is None or order.verb is not Verb.LAUNCH or flight is None or flight.phase in AIRBORNE:
        return ()
    if order.flight_id != flight.flight_id:
        return ()
    aborted = ev.PhaseObserved(
        flight_id=flight.flight_id, drone=fact.drone, phase=Phase.ABORTED, evidence=f"refused: {reason}"
    )
    return (aborted,)


def _find_order(context: Context, drone: str, order_id: str) -> Order | None:
    return next((o for o in context.state.orders.get(drone, ()) if o.order_id == order_id), None)


def status_text(context: Context, fact: facts.AircraftStatusText) -> Events:
    text = clean(fact.text)
    said = ev.AircraftSaid(drone=fact.drone, severity=clean(fact.severity), text=text)
    return (said, *failure_told(context.state, fact.drone, text))


def return_height_unset(context: Context, fact: facts.ReturnHeightUnset) -> Events:
    flight = context.state.flight_of(fact.drone)
    if flight is None:
        return ()
    unconfirmed = ev.ReturnHeightUnconfirmed(
        drone=fact.drone, flight_id=flight.flight_id, height_m=fact.height_m, detail=clean(fact.detail)
    )
    return (unconfirmed,)


def stranger(context: Context, fact: facts.StrangerSeen) -> Events:
    """A number that is nobody's may be one of ours, changed: those not heard now are named."""
    missing = [
        callsign
        for callsign in context.state.drones
        if not context.sky.get(callsign, unheard(callsign)).is_connected
    ]
    # The one that was lost in flight comes first.
    missing.sort(key=lambda callsign: context.state.flight_of(callsign) is None)
    heard = ev.StrangerHeard(sysid=fact.sysid, detail=clean(fact.detail), missing=tuple(missing))
    return (heard,)


def track_sealed(context: Context, fact: facts.TrackSealed) -> Events:
    flight = context.state.flights.get(fact.flight_id)
    if flight is None or flight.phase not in ENDED:
        return ()
    return (
        ev.FlightClosed(
            flight_id=fact.flight_id,
            drone=fact.drone,
            track_samples=fact.samples,
            track_sha256=fact.sha256,
        ),
    )


def console_opened(context: Context, fact: facts.ConsoleOpened) -> Events:
    joined = ev.ConsoleJoined(
        console_id=fact.console_id, account=fact.account, uid=fact.uid, login=clean(fact.login)
    )
    return (joined, *leases.ended(context.state, fact.account))


def lock_changed(context: Context, fact: facts.LockReported) -> Events:
    told = ev.ConsoleLockChanged(
        console_id=fact.console_id, account=fact.account, step=fact.step, reason=clean(fact.reason)
    )
    return (told,)


def console_closed(context: Context, fact: facts.ConsoleClosed) -> Events:
    if fact.console_id not in context.state.consoles:
        return ()
    left = ev.ConsoleLeft(console_id=fact.console_id, account=fact.account, reason=clean(fact.reason))
    others = (who for key, who in context.state.consoles.items() if key != fact.console_id)
    if fact.account in others:
        return (left,)
    return (left, *leases.begun(context.state, fact.account, context.at))


def journal_recovered(context: Context, fact: facts.JournalRecovered) -> Events:
    return (ev.JournalGapClosed(since=fact.since, reason=clean(fact.reason), orders=fact.orders),)


def came_up(context: Context, fact: facts.CoreCameUp) -> Events:
    had = context.state.airspace
    is_dropped = not fact.programme.requires_airspace
    return (
        ev.CoreStarted(
            version=fact.version,
            programme=fact.programme,
            sites=fact.sites,
            drones=fact.drones,
            people=fact.people,
            volumes_dropped=len(had.volumes) if had is not None and is_dropped else 0,
        ),
        *leases.restarted(context.state, context.at),
    )


def airspace_read(context: Context, fact: facts.AirspaceRead) -> Events:
    known = context.state.airspace
    if known is not None and known.digest == fact.airspace.digest:
        return ()
    return (ev.AirspaceAdopted(airspace=fact.airspace),)


def assets_read(context: Context, fact: facts.AssetsRead) -> Events:
    known = context.state.assets
    if known is not None and known.digest == fact.assets.digest:
        return ()
    return (ev.AssetsAdopted(assets=fact.assets),)


def clock_set(context: Context, fact: facts.ClockSet) -> Events:
    return (ev.ClockStepped(by_s=fact.by_s),)


def goes_down(context: Context, fact: facts.CoreGoesDown) -> Events:
    return (ev.CoreStopped(reason=fact.reason),)
