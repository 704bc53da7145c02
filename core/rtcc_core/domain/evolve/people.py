"""Who has which aircraft, what is suggested to people, which aircraft may not fly and why."""

from __future__ import annotations

from msgspec.structs import replace

from rtcc_core.domain import events as ev
from rtcc_core.domain.events import Stored
from rtcc_core.domain.evolve.step import Steps
from rtcc_core.domain.state import Control, Grounding, State, Touch

TOUCHED_KEPT = 200
DECLINED_KEPT = 200


def _control_taken(state: State, event: ev.ControlTaken, stored: Stored) -> State:
    state = touched(state, event.drone, event.account, f"took {event.drone}", stored.seq)
    return _with_control(state, event.drone, Control(account=event.account, since=stored.at))


def _control_requested(state: State, event: ev.ControlRequested, stored: Stored) -> State:
    control = state.control.get(event.drone)
    if control is None:
        return state
    return _with_control(state, event.drone, replace(control, requested_by=event.account))


def _control_released(state: State, event: ev.ControlReleased, stored: Stored) -> State:
    kept = {drone: control for drone, control in state.control.items() if drone != event.drone}
    return replace(state, control=kept)


def _lease_began(state: State, event: ev.LeaseBegan, stored: Stored) -> State:
    control = state.control.get(event.drone)
    if control is None:
        return state
    return _with_control(state, event.drone, replace(control, lease_until=event.until, lapsed_at=None))


def _lease_ended(state: State, event: ev.LeaseEnded, stored: Stored) -> State:
    control = state.control.get(event.drone)
    if control is None:
        return state
    if event.is_back:
        control = replace(control, lease_until=None, lapsed_at=None, sent_home_at=None)
    else:
        sent_home_at = stored.at if event.action == "return" else control.sent_home_at
        control = replace(control, lapsed_at=control.lapsed_at or stored.at, sent_home_at=sent_home_at)
    return _with_control(state, event.drone, control)


def touched(state: State, subject: str, account: str, what: str, seq: int) -> State:
    """The state that remembers who asked last of an aircraft or a call."""
    others = {key: touch for key, touch in state.touched.items() if key != subject}
    if len(others) >= TOUCHED_KEPT:
        others.pop(next(iter(others)))
    return replace(state, touched={**others, subject: Touch(seq, account, what)})


def _with_control(state: State, drone: str, control: Control) -> State:
    return replace(state, control={**state.control, drone: control})


def _suggestion_made(state: State, event: ev.SuggestionMade, stored: Stored) -> State:
    made = event.suggestion
    before = state.suggestions.get(made.suggestion_id)
    is_same = before is not None and before.command == made.command
    made = replace(made, changed_seq=before.changed_seq if before and is_same else stored.seq)
    return replace(state, suggestions={**state.suggestions, made.suggestion_id: made})


def _suggestion_ended(state: State, event: ev.SuggestionEnded, stored: Stored) -> State:
    ended = state.suggestions.get(event.suggestion_id)
    kept = {key: each for key, each in state.suggestions.items() if key != event.suggestion_id}
    state = replace(state, suggestions=kept)
    if ended is None or event.how != "declined":
        return state
    declined = {key: words for key, words in state.declined.items() if key != event.suggestion_id}
    if len(declined) >= DECLINED_KEPT:
        declined.pop(next(iter(declined)))
    return replace(state, declined={**declined, event.suggestion_id: ended.text})


def _grounded(state: State, event: ev.AircraftGrounded, stored: Stored) -> State:
    grounding = Grounding(account=event.account, reason=event.reason, since=stored.at)
    return replace(state, grounded={**state.grounded, event.drone: grounding})


def _back_in_service(state: State, event: ev.AircraftReturnedToService, stored: Stored) -> State:
    kept = {drone: grounding for drone, grounding in state.grounded.items() if drone != event.drone}
    well = {drone: what for drone, what in state.unwell.items() if drone != event.drone}
    airtime_s = {**state.airtime_s, event.drone: 0.0}
    return replace(state, grounded=kept, unwell=well, airtime_s=airtime_s)


def _shift_began(state: State, event: ev.ShiftBegan, stored: Stored) -> State:
    return replace(state, shifts={**state.shifts, event.account: event.until})


def _shift_ended(state: State, event: ev.ShiftEnded, stored: Stored) -> State:
    return replace(state, shifts={who: until for who, until in state.shifts.items() if who != event.account})


def _health_changed(state: State, event: ev.HealthChanged, stored: Stored) -> State:
    words = "" if event.is_well else event.detail or event.what
    return _with_health(state, event.drone, event.what, words, stored)


def _fence_breached(state: State, event: ev.FenceBreached, stored: Stored) -> State:
    return _with_health(
        state, event.drone, "fence", "" if event.is_over else event.detail or "outside", stored
    )


def _with_health(state: State, drone: str, what: str, words: str, stored: Stored) -> State:
    """What is unwell, with its words; no words: it is well again. What was declined may be proposed anew."""
    unwell = {key: value for key, value in state.unwell.get(drone, {}).items() if key != what}
    since = {key: at for key, at in state.unwell_since.get(drone, {}).items() if key != what}
    if words:
        unwell[what] = words
        since[what] = state.unwell_since.get(drone, {}).get(what, stored.at)
    return replace(
        state,
        unwell={**state.unwell, drone: unwell},
        unwell_since={**state.unwell_since, drone: since},
        declined={key: said for key, said in state.declined.items() if key != f"health:{drone}:{what}"},
    )


def _autopilot_acted(state: State, event: ev.AutopilotActed, stored: Stored) -> State:
    return replace(state, acting={**state.acting, event.drone: event.mode})


STEPS: Steps = {
    ev.ControlTaken: _control_taken,
    ev.ControlRequested: _control_requested,
    ev.ControlReleased: _control_released,
    ev.LeaseBegan: _lease_began,
    ev.LeaseEnded: _lease_ended,
    ev.SuggestionMade: _suggestion_made,
    ev.SuggestionEnded: _suggestion_ended,
    ev.AircraftGrounded: _grounded,
    ev.AircraftReturnedToService: _back_in_service,
    ev.ShiftBegan: _shift_began,
    ev.ShiftEnded: _shift_ended,
    ev.HealthChanged: _health_changed,
    ev.FenceBreached: _fence_breached,
    ev.AutopilotActed: _autopilot_acted,
}
