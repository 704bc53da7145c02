"""The automatic operator: decides from what a console is shown, and only that."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from msgspec.structs import replace

from rtcc_core.domain.call import Call, CallReport, Place
from rtcc_core.domain.commands import LaunchDrone, ReturnDrone
from rtcc_core.domain.drone import Drone, Landed, Mode, Site, Sky, Telemetry
from rtcc_core.domain.flight import Flight, Order, Outcome, Phase, Verb
from rtcc_core.domain.geo import LatLon, offset
from rtcc_core.domain.programme import Programme
from rtcc_core.domain.state import State, Weather
from rtcc_core.domain.suggestions import Suggestion, SuggestionKind
from rtcc_sitl.operator import LONGEST_OUTBOUND_S, RETRY_AFTER_S, Habits, Operator

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
HQ = LatLon(38.4, -121.4)


def operator(override_reason: str | None = None) -> Operator:
    numbers = itertools.count(1)
    habits = Habits(stay_on_scene_s=30.0, override_reason=override_reason)
    return Operator(habits, new_id=lambda: f"op-{next(numbers)}")


def call(call_id: str, *, priority: int = 1, away_m: float | None = 500.0, age_s: float = 0.0) -> Call:
    position = None if away_m is None else offset(HQ, 45.0, away_m)
    report = CallReport(
        feed="CAD",
        incident_uid=call_id,
        number=call_id,
        priority=priority,
        place=Place(position=position),
        updated_at=NOW,
    )
    at = NOW - timedelta(seconds=age_s)
    return Call(call_id=call_id, report=report, received_at=at, changed_at=at)


def state(*calls: Call, drones: int = 1, has_wind: bool = True) -> State:
    names = [f"D{number}" for number in range(1, drones + 1)]
    wind = Weather(wind_speed_m_s=2.0, wind_from_deg=10.0, gust_m_s=None, observed_at=NOW, source="mast")
    return State(
        seq=5,
        programme=Programme(agency="X"),
        sites={"HQ": Site(name="HQ", position=HQ)},
        drones={name: Drone(callsign=name, sysid=number, site="HQ") for number, name in enumerate(names, 1)},
        calls={each.call_id: each for each in calls},
        weather=wind if has_wind else None,
    )


def sky(*names: str, battery: float = 0.9) -> Sky:
    return {
        name: Telemetry(
            drone=name,
            is_connected=True,
            link_age_s=0.1,
            position=HQ,
            position_age_s=0.1,
            height_m=0.0,
            battery_fraction=battery,
            battery_age_s=0.1,
            armed=False,
            mode=Mode.HOLD,
            landed=Landed.ON_GROUND,
            has_fix=True,
            is_armable=True,
            home=HQ,
        )
        for name in names
    }


def flown(phase: Phase, **times: datetime) -> Flight:
    return Flight(
        flight_id="F1",
        drone="D1",
        call_id="1",
        operator="a",
        target=HQ,
        opened_at=NOW,
        phase=phase,
        times={Phase[name]: at for name, at in times.items()},
    )


def test_the_most_urgent_call_gets_the_recommended_drone_and_the_next_one_waits_its_turn() -> None:
    crew = operator()
    world = state(call("1", priority=3, age_s=60), call("2", priority=1), drones=2)
    [first] = crew.next_commands(world, sky("D1", "D2"), NOW)
    assert isinstance(first, LaunchDrone)
    assert (first.call_id, first.drone, first.override_reason, first.seen_seq) == ("2", "D1", None, 5)
    assert crew.next_commands(world, sky("D1", "D2"), NOW) == []
    crew.hear_answer(first.command_id, 9)
    assert crew.next_commands(world, sky("D1", "D2"), NOW) == [], "the state does not show the answer yet"
    flight = replace(flown(Phase.ASKED), call_id="2")
    later = replace(world, seq=9, flights={"F1": flight})
    [second] = crew.next_commands(later, sky("D1", "D2"), NOW)
    assert isinstance(second, LaunchDrone)
    assert (second.call_id, second.drone) == ("1", "D2")


def test_a_refused_launch_is_tried_again_only_after_a_while() -> None:
    crew, world = operator(), state(call("1"))
    [first] = crew.next_commands(world, sky("D1"), NOW)
    crew.hear_answer(first.command_id, 5)
    assert crew.next_commands(world, sky("D1"), NOW) == []
    [again] = crew.next_commands(world, sky("D1"), NOW + timedelta(seconds=RETRY_AFTER_S))
    assert again.command_id != first.command_id


def test_nothing_is_sent_to_a_call_without_a_place_or_with_no_drone_fit_to_go() -> None:
    assert operator().next_commands(state(call("1", away_m=None)), sky("D1"), NOW) == []
    assert operator().next_commands(state(call("1")), sky("D1", battery=0.1), NOW) == []
    assert operator("drill").next_commands(state(call("1")), sky("D1", battery=0.1), NOW) == []


def test_a_gate_that_is_unknown_is_overridden_only_where_that_is_its_habit() -> None:
    world = state(call("1"), has_wind=False)
    assert operator().next_commands(world, sky("D1"), NOW) == []
    [launch] = operator("real aircraft").next_commands(world, sky("D1"), NOW)
    assert isinstance(launch, LaunchDrone)
    assert launch.override_reason == "real aircraft"


def test_an_answer_that_never_came_is_asked_for_again_under_the_same_id() -> None:
    crew = operator()
    [launch] = crew.next_commands(state(call("1")), sky("D1"), NOW)
    assert crew.unanswered == [launch]
    assert not crew.is_idle(State())
    crew.hear_answer(launch.command_id, 5)
    assert crew.unanswered == []
    assert crew.is_idle(State())


def test_the_drone_comes_home_when_it_has_looked_long_enough() -> None:
    crew = operator()
    flight = flown(Phase.ON_SCENE, ON_SCENE=NOW)
    world = replace(state(call("1")), flights={"F1": flight})
    assert crew.next_commands(world, {}, NOW + timedelta(seconds=29)) == []
    [home] = crew.next_commands(world, {}, NOW + timedelta(seconds=30))
    assert isinstance(home, ReturnDrone)
    assert home.drone == "D1"
    crew.hear_answer(home.command_id, 5)
    assert not crew.is_idle(world)
    homeward = replace(world, flights={"F1": replace(flight, phase=Phase.RETURNING)})
    assert crew.next_commands(homeward, {}, NOW + timedelta(seconds=90)) == []


def test_a_return_that_was_accepted_is_not_asked_again_but_an_unknown_one_is() -> None:
    flight = flown(Phase.ON_SCENE, ON_SCENE=NOW)
    for outcome, asked_again in ((Outcome.ACCEPTED, False), (Outcome.SENT, False), (Outcome.UNKNOWN, True)):
        order = Order(
            order_id="O1", drone="D1", verb=Verb.RETURN, operator="a", asked_at=NOW, outcome=outcome
        )
        world = replace(state(call("1")), flights={"F1": flight}, orders={"D1": (order,)})
        commands = operator().next_commands(world, {}, NOW + timedelta(seconds=60))
        assert bool(commands) is asked_again


def test_an_aircraft_that_never_arrives_is_called_home() -> None:
    world = replace(state(call("1")), flights={"F1": flown(Phase.TRANSIT)})
    assert operator().next_commands(world, {}, NOW + timedelta(seconds=LONGEST_OUTBOUND_S)) == []
    [home] = operator().next_commands(world, {}, NOW + timedelta(seconds=LONGEST_OUTBOUND_S + 1))
    assert msgspec.to_builtins(home)["drone"] == "D1"


def test_it_is_idle_when_all_that_is_open_was_given_up_as_down() -> None:
    lost = flown(Phase.LOST)
    assert not operator().is_idle(replace(state(), flights={"F1": lost}))
    assert operator().is_idle(replace(state(), flights={"F1": replace(lost, downed_at=NOW)}))


@pytest.mark.parametrize(
    ("kind", "is_taken"), [(SuggestionKind.HEALTH, True), (SuggestionKind.RELIEF, False)]
)
def test_it_takes_up_the_suggestions_that_it_was_told_to(kind: SuggestionKind, is_taken: bool) -> None:
    suggestion = Suggestion(
        suggestion_id="S1",
        kind=kind,
        text="bring it home?",
        command=ReturnDrone(command_id="", drone="D1"),
        raised_at=NOW,
    )
    habits = Habits(stay_on_scene_s=30.0, accepts=frozenset({SuggestionKind.HEALTH}))
    crew = Operator(habits, new_id=lambda: "c1")
    world = replace(state(), suggestions={"S1": suggestion})
    assert bool(crew.next_commands(world, {}, NOW)) is is_taken


def test_an_aborted_launch_is_tried_again_a_landed_flight_is_not() -> None:
    for phase, is_sent in ((Phase.ABORTED, True), (Phase.LANDED, False)):
        world = replace(state(call("1")), flights={"F1": flown(phase)})
        assert bool(operator().next_commands(world, sky("D1"), NOW)) is is_sent


@pytest.mark.parametrize("goes_again", [True, False])
def test_a_call_whose_aircraft_left_early_gets_another_only_where_that_is_its_habit(goes_again: bool) -> None:
    left_early = flown(Phase.LANDED, ON_SCENE=NOW - timedelta(seconds=10.0))
    house = replace(state(call("1"), drones=2), flights={"F1": left_early})
    habits = Habits(stay_on_scene_s=30.0, goes_again=goes_again)
    asked = Operator(habits, new_id=lambda: "op-1").next_commands(house, sky("D1", "D2"), NOW)
    assert [type(command) for command in asked] == ([LaunchDrone] if goes_again else [])
