"""Who flies, whatever anybody asks in whatever order: one holder, and no order of a stranger."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.shift import DRONES, FIELDS, NOON, PEOPLE, SCENE, Shift, in_air, on_ground, report

from rtcc_core.domain import commands as cmd
from rtcc_core.domain import events as ev
from rtcc_core.domain import facts
from rtcc_core.domain.decide import Refused, decide
from rtcc_core.domain.drone import Mode
from rtcc_core.domain.evolve import evolve
from rtcc_core.domain.flight import RECALLS, Verb
from rtcc_core.domain.people import Role

KINDS: list[type[cmd.Command]] = [
    cmd.LaunchDrone,
    cmd.RelieveDrone,
    cmd.DivertDrone,
    cmd.FollowCall,
    cmd.OrbitScene,
    cmd.MoveDrone,
    cmd.GoTo,
    cmd.SetHeight,
    cmd.FaceDrone,
    cmd.FollowLine,
    cmd.AimCamera,
    cmd.RecordVideo,
    cmd.RequestControl,
    cmd.HandOver,
    cmd.TakeOver,
    cmd.ReleaseControl,
    cmd.DeclareDown,
    cmd.GroundAircraft,
    cmd.ReturnToService,
    cmd.HoldDrone,
    cmd.ReturnDrone,
    cmd.LandDrone,
]

STEP = st.tuples(
    st.sampled_from([person.account for person in PEOPLE]),
    st.sampled_from(KINDS),
    st.sampled_from(DRONES),
    st.sampled_from(["nothing", "leave", "join", "wait", "fly", "land", "silence", "cancel", "restart"]),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(STEP, max_size=25), st.integers(1, 2))
def test_no_sequence_gives_an_aircraft_two_holders_or_an_order_to_a_stranger(
    steps: list[tuple[str, Callable[..., cmd.Command], str, str]], limit: int
) -> None:
    shift = Shift(aircraft_per_person=limit, recall_roles=(Role.SUPERVISOR,))
    for number, (by, kind, drone, then) in enumerate(steps):
        _ask(shift, by, kind(command_id=f"p{number}", drone=drone, **FIELDS.get(kind, {})))
        _then(shift, then, by, drone)
        for person in PEOPLE:
            assert len(shift.state.controlled_by(person.account)) <= limit
            assert person.role is not Role.OBSERVER or not shift.state.controlled_by(person.account)
    replayed = type(shift.state)()
    for stored in shift.log:
        replayed = evolve(replayed, stored)
    assert replayed == shift.state


def _ask(shift: Shift, by: str, asked: cmd.Command) -> None:
    """Only the holder's orders are stored, recalls of a supervisor, and launches that give control."""
    before = shift.state
    decided = decide(before, asked, by, shift.at, shift.sky)
    if isinstance(decided, Refused):
        assert all(reason.strip() for reason in decided.reasons)
        return
    shift.tell(asked, by=by)
    for event in decided:
        if not isinstance(event, ev.OrderAsked) or event.order.operator == "core":
            continue
        order = event.order
        assert order.operator == by
        may_recall = order.verb in RECALLS and before.people[by].role is Role.SUPERVISOR
        is_launch = order.verb is Verb.LAUNCH and shift.state.controller(order.drone) == by
        assert before.controller(order.drone) == by or may_recall or is_launch


def _then(shift: Shift, what: str, by: str, drone: str) -> None:
    match what:
        case "leave":
            shift.leaves(by)
        case "join":
            shift.joins(by)
        case "wait":
            shift.look(45.0)
        case "fly" if shift.state.flight_of(drone) is not None:
            shift.obeys(drone)
            shift.see(in_air(drone, SCENE, 60.0, mode=Mode.HOLD))
        case "land":
            shift.see(on_ground(drone))
        case "silence":
            shift.silence(drone)
        case "cancel":
            later = report(updated_at=NOON.replace(minute=1), priority=2)
            shift.tell(facts.CallReported(report=later), by="feed:COUNTY")
        case "restart":
            assert shift.state.programme is not None
            roster = shift.roster()
            shift.tell(replace(roster, programme=shift.state.programme), by="core")
        case _:
            shift.obeys(drone)
