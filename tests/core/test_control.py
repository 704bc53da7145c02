"""Who flies: one person has an aircraft, leases run out, and a stale view is told so."""

from __future__ import annotations

import pytest
from tests.shift import DRONES, FIELDS, SCENE, Shift, flight_orders, in_air, on_ground

from rtcc_core.domain import commands as cmd
from rtcc_core.domain import events as ev
from rtcc_core.domain.control import NEEDS_CONTROL
from rtcc_core.domain.drone import Mode
from rtcc_core.domain.flight import PENDING, Outcome, Phase, Verb
from rtcc_core.domain.people import Role


@pytest.fixture
def shift() -> Shift:
    return Shift()


class TestHolding:
    def test_a_launch_gives_control_and_a_landing_ends_it(self, shift: Shift) -> None:
        shift.on_scene()
        assert shift.state.controller("D1") == "reyes"
        shift.asks("reyes", cmd.ReturnDrone, drone="D1")
        shift.obeys("D1")
        shift.see(in_air("D1", SCENE, 60.0, mode=Mode.RETURN))
        shift.see(on_ground("D1"))
        assert shift.state.flights["F1"].phase is Phase.LANDED
        assert shift.state.controller("D1") is None

    @pytest.mark.parametrize("kind", sorted(NEEDS_CONTROL, key=repr))
    def test_a_flight_command_of_somebody_elses_aircraft_names_who_flies_it(
        self, shift: Shift, kind: type[cmd.Command]
    ) -> None:
        shift.on_scene()
        asked = FIELDS.get(kind, {})
        words = shift.refuses("oyama", kind, drone="D1", **asked)
        assert words == "D1 is flown by A. REYES; ask for it: request D1"

    def test_an_aircraft_that_nobody_has_is_asked_for_first(self, shift: Shift) -> None:
        assert shift.refuses("reyes", cmd.GoTo, drone="D2", target=SCENE) == (
            "nobody has D2; ask for it: request D2"
        )
        (taken,) = shift.asks("reyes", cmd.RequestControl, drone="D2")
        assert isinstance(taken, ev.ControlTaken)
        assert taken.how == "free"
        assert "you have D2 already" in shift.refuses("reyes", cmd.RequestControl, drone="D2")

    def test_no_aircraft_is_invented(self, shift: Shift) -> None:
        for kind in (cmd.RequestControl, cmd.HoldDrone, cmd.ReleaseControl, cmd.OrbitScene):
            assert "no aircraft D9" in shift.refuses("reyes", kind, drone="D9")

    def test_the_limit_is_said_in_words(self, shift: Shift) -> None:
        shift.launch("D1")
        words = shift.refuses("reyes", cmd.LaunchDrone, drone="D2", call_id="1041")
        assert words == "you have D1; the limit is 1 at a time: hand one over, or bring it home first"
        assert "the limit is 1" in shift.refuses("reyes", cmd.RequestControl, drone="D2")

    def test_four_is_the_most_whatever_the_settings_say(self) -> None:
        shift = Shift(aircraft_per_person=9)
        for callsign in DRONES:
            shift.launch(callsign)
        assert len(shift.state.controlled_by("reyes")) == 3

    def test_somebody_elses_aircraft_on_the_ground_is_not_launched(self, shift: Shift) -> None:
        shift.asks("oyama", cmd.RequestControl, drone="D2")
        words = shift.refuses("reyes", cmd.LaunchDrone, drone="D2", call_id="1041")
        assert words == "D2 is flown by K. OYAMA; ask for it: request D2"

    def test_hold_return_and_land_are_for_the_roles_the_programme_names(self) -> None:
        shift = Shift(recall_roles=(Role.SUPERVISOR,))
        shift.on_scene()
        words = shift.refuses("oyama", cmd.HoldDrone, drone="D1")
        assert "D1 is flown by A. REYES" in words
        assert "supervisor" in words
        assert flight_orders(shift.asks("sato", cmd.HoldDrone, drone="D1")) == [Verb.HOLD]
        assert flight_orders(shift.asks("reyes", cmd.LandDrone, drone="D1")) == [Verb.LAND]


class TestPassingOn:
    def test_asked_for_shown_and_given(self, shift: Shift) -> None:
        shift.on_scene()
        shift.asks("oyama", cmd.RequestControl, drone="D1")
        assert shift.state.control["D1"].requested_by == "oyama"
        assert "K. OYAMA asks for D1" in shift.state.alarms["control:D1"].text
        shift.look()
        proposed = shift.state.suggestions["control:D1"]
        assert proposed.command == cmd.HandOver(command_id="", drone="D1", to_account="oyama")
        shift.asks("reyes", cmd.AcceptSuggestion, suggestion_id="control:D1")
        assert shift.state.controller("D1") == "oyama"
        assert shift.events(ev.ControlTaken)[-1].how == "request granted"
        assert not shift.state.suggestions
        assert shift.state.alarms["control:D1"].is_over

    def test_only_who_has_it_hands_it_over_and_only_to_somebody_who_can_take_it(self, shift: Shift) -> None:
        shift.on_scene()
        assert "roster" in shift.refuses("reyes", cmd.HandOver, drone="D1", to_account="nobody")
        assert "does not fly" in shift.refuses("reyes", cmd.HandOver, drone="D1", to_account="guest")
        shift.asks("oyama", cmd.RequestControl, drone="D2")
        words = shift.refuses("reyes", cmd.HandOver, drone="D1", to_account="oyama")
        assert words.startswith("K. OYAMA has D2; the limit is 1")
        shift.leaves("sato")
        assert "no console open" in shift.refuses("reyes", cmd.HandOver, drone="D1", to_account="sato")

    def test_taken_over_by_role_with_a_reason_that_all_see(self, shift: Shift) -> None:
        shift.on_scene()
        words = shift.refuses("reyes", cmd.TakeOver, drone="D1", reason="mine")
        assert words == "you have D1 already"
        assert "say why" in shift.refuses("oyama", cmd.TakeOver, drone="D1", reason=" \x1b ")
        shift.asks("oyama", cmd.TakeOver, drone="D1", reason="pilot in command is ill")
        assert shift.state.controller("D1") == "oyama"
        assert "K. OYAMA took D1 over from A. REYES" in shift.state.alarms["taken:D1"].text
        assert "may not take over" in shift.refuses("reyes", cmd.TakeOver, drone="D1", reason="back")

    def test_given_up_on_the_ground_only(self, shift: Shift) -> None:
        shift.on_scene()
        assert "in flight" in shift.refuses("reyes", cmd.ReleaseControl, drone="D1")
        shift.asks("oyama", cmd.RequestControl, drone="D2")
        shift.asks("oyama", cmd.ReleaseControl, drone="D2")
        assert shift.state.controller("D2") is None


def sent_home(shift: Shift, outcome: Outcome) -> None:
    """The lease of D1 is over, it holds, and its return ended so."""
    shift.on_scene()
    shift.leaves("reyes")
    shift.look(31.0)
    shift.obeys("D1")
    shift.see(in_air("D1", SCENE, 60.0, mode=Mode.HOLD))
    assert flight_orders(shift.look(65.0)) == [Verb.RETURN]
    shift.obeys("D1", outcome)


class TestLeases:
    def test_alarm_at_once_then_hold_then_return(self, shift: Shift) -> None:
        shift.on_scene()
        left = shift.leaves("reyes")
        assert [type(event) for event in left] == [ev.ConsoleLeft, ev.LeaseBegan]
        assert "has no console open" in shift.state.alarms["lease:D1"].text
        assert flight_orders(shift.look(29.0)) == []
        assert flight_orders(shift.look(2.0)) == [Verb.HOLD]
        assert "hold ordered" in shift.state.alarms["lease:D1"].text
        shift.obeys("D1")
        shift.see(in_air("D1", SCENE, 60.0, mode=Mode.HOLD))
        assert flight_orders(shift.look(55.0)) == []
        assert flight_orders(shift.look(10.0))[-1:] == [Verb.RETURN]
        shift.obeys("D1")
        shift.see(in_air("D1", SCENE, 60.0, mode=Mode.RETURN))
        assert flight_orders(shift.look(300.0)) == []
        assert [event.action for event in shift.events(ev.LeaseEnded)] == ["hold", "return"]
        assert shift.events(ev.OrderAsked)[-1].order.operator == "core"

    def test_a_return_that_was_refused_is_ordered_again(self, shift: Shift) -> None:
        sent_home(shift, Outcome.REFUSED)
        asked = [flight_orders(shift.look(5.0)) for _ in range(20)]
        assert asked == [[]] * 5 + [[Verb.RETURN]] + [[]] * 14, "after 30 s, and not while it is on its way"
        shift.obeys("D1", Outcome.REFUSED)
        assert flight_orders(shift.look(0.5)) == [Verb.RETURN]
        shift.obeys("D1")
        shift.see(in_air("D1", SCENE, 60.0, mode=Mode.RETURN))
        assert flight_orders(shift.look(300.0)) == []

    def test_a_refused_return_is_left_once_somebody_asks_something_else(self, shift: Shift) -> None:
        sent_home(shift, Outcome.REFUSED)
        shift.asks("sato", cmd.HoldDrone, drone="D1")
        shift.obeys("D1")
        assert flight_orders(shift.look(300.0)) == []

    def test_another_console_of_the_same_person_is_no_lease(self, shift: Shift) -> None:
        shift.on_scene()
        shift.joins("reyes", "2")
        assert [type(event) for event in shift.leaves("reyes")] == [ev.ConsoleLeft]

    def test_back_in_time(self, shift: Shift) -> None:
        shift.on_scene()
        shift.leaves("reyes")
        shift.look(20.0)
        shift.joins("reyes", "9")
        assert shift.state.control["D1"].lease_until is None
        assert shift.state.alarms["lease:D1"].is_over
        assert flight_orders(shift.look(600.0)) == []

    def test_an_aircraft_that_goes_home_has_no_lease(self, shift: Shift) -> None:
        shift.on_scene()
        shift.asks("reyes", cmd.ReturnDrone, drone="D1")
        shift.obeys("D1")
        assert [type(event) for event in shift.leaves("reyes")] == [ev.ConsoleLeft]

    def test_called_home_while_the_lease_runs_it_is_left_alone(self, shift: Shift) -> None:
        shift.on_scene()
        shift.leaves("reyes")
        shift.asks("sato", cmd.ReturnDrone, drone="D1")
        shift.obeys("D1")
        shift.see(in_air("D1", SCENE, 60.0, mode=Mode.RETURN))
        assert flight_orders(shift.look(200.0)) == []

    def test_a_restart_of_the_core_begins_the_lease_anew(self, shift: Shift) -> None:
        shift.on_scene()
        came_up = shift.tell(shift.roster(), by="core")
        assert any(isinstance(event, ev.LeaseBegan) for event in came_up)
        shift.joins("reyes")
        assert shift.state.control["D1"].lease_until is None
        shift.tell(shift.roster(), by="core")
        shift.circles()
        assert flight_orders(shift.look(31.0)) == [Verb.HOLD]

    def test_whoever_flies_may_have_it_while_the_lease_runs(self, shift: Shift) -> None:
        shift.on_scene(by="oyama")
        shift.leaves("oyama")
        (taken,) = shift.asks("reyes", cmd.RequestControl, drone="D1")
        assert isinstance(taken, ev.ControlTaken)
        assert taken.from_account == "oyama"
        assert shift.state.alarms["lease:D1"].is_over
        shift = Shift()
        shift.on_scene(by="oyama")
        shift.leaves("oyama")
        shift.asks("reyes", cmd.TakeOver, drone="D1", reason="his screen went dark")
        assert shift.state.controller("D1") == "reyes"

    def test_the_clock_going_back_ends_no_lease(self, shift: Shift) -> None:
        shift.on_scene()
        shift.leaves("reyes")
        assert flight_orders(shift.look(-3_600.0)) == []

    def test_in_a_fast_drill_people_have_their_own_time(self) -> None:
        shift = Shift(drill_speed=10.0, is_drill=True)
        shift.on_scene()
        shift.leaves("reyes")
        assert flight_orders(shift.look(200.0)) == []
        assert flight_orders(shift.look(101.0)) == [Verb.HOLD]


class TestTwoAtOnce:
    def test_the_same_command_twice_is_done_once(self, shift: Shift) -> None:
        asked = cmd.TakeOver(command_id="same", drone="D2", reason="x")
        assert shift.tell(asked, by="oyama")
        assert shift.tell(asked, by="oyama") == []

    def test_the_second_of_two_launches_learns_who_was_first(self, shift: Shift) -> None:
        seen = shift.state.seq
        shift.asks("oyama", cmd.LaunchDrone, drone="D1", call_id="1041", seen_seq=seen)
        words = shift.refuses("reyes", cmd.LaunchDrone, drone="D1", call_id="1041", seen_seq=seen)
        assert "D1 is flown by K. OYAMA" in words
        words = shift.refuses("reyes", cmd.LaunchDrone, drone="D2", call_id="1041", seen_seq=seen)
        assert words == "K. OYAMA sent D1 to 1041 since you looked; look, and ask again"
        shift.asks("reyes", cmd.LaunchDrone, drone="D2", call_id="1041", seen_seq=shift.state.seq)

    def test_what_somebody_stopped_is_not_moved_on_by_one_who_did_not_see_it(self, shift: Shift) -> None:
        shift.on_scene()
        seen = shift.state.seq
        shift.asks("sato", cmd.HoldDrone, drone="D1", seen_seq=seen)
        words = shift.refuses("reyes", cmd.MoveDrone, drone="D1", bearing_deg=0, length_m=50, seen_seq=seen)
        assert words == "M. SATO ordered hold of D1 since you looked; look, and ask again"
        # A recall is never told to look first.
        shift.asks("reyes", cmd.LandDrone, drone="D1", seen_seq=seen)

    def test_out_of_order_is_answered_in_words(self, shift: Shift) -> None:
        assert "nobody has D1" in shift.refuses("reyes", cmd.OrbitScene, drone="D1")
        assert "gone" in shift.refuses("reyes", cmd.AcceptSuggestion, suggestion_id="relief:F9")
        assert "gone" in shift.refuses("reyes", cmd.DeclineSuggestion, suggestion_id="relief:F9")


class TestShifts:
    def test_on_and_off(self, shift: Shift) -> None:
        assert "no shift" in shift.refuses("reyes", cmd.EndShift)
        assert "up to 16 hours" in shift.refuses("reyes", cmd.BeginShift, hours=float("nan"))
        shift.asks("reyes", cmd.BeginShift, hours=8.0)
        assert (shift.state.shifts["reyes"] - shift.at).total_seconds() == 8 * 3600
        shift.launch("D1")
        assert "hand over first" in shift.refuses("reyes", cmd.EndShift)
        shift.asks("reyes", cmd.HandOver, drone="D1", to_account="oyama")
        shift.asks("reyes", cmd.EndShift)
        assert "reyes" not in shift.state.shifts

    def test_grounded_and_back_in_service(self, shift: Shift) -> None:
        assert "may not ground aircraft" in shift.refuses(
            "reyes", cmd.GroundAircraft, drone="D1", reason="crack"
        )
        assert "say why" in shift.refuses("sato", cmd.GroundAircraft, drone="D1", reason="")
        shift.asks("sato", cmd.GroundAircraft, drone="D1", reason="crack in arm 2")
        words = shift.refuses("sato", cmd.GroundAircraft, drone="D1", reason="again")
        assert "grounded by M. SATO" in words
        assert "crack in arm 2" in words
        assert "grounded" in shift.refuses("reyes", cmd.LaunchDrone, drone="D1", call_id="1041")
        shift.asks("sato", cmd.ReturnToService, drone="D1", reason="arm changed")
        shift.launch("D1")
        words = shift.refuses("sato", cmd.ReturnToService, drone="D1", reason="x")
        assert "in flight F1" in words


def test_orders_wait_for_nobody(shift: Shift) -> None:
    """An order on its way is settled whoever has the aircraft by then."""
    shift.launch("D1")
    shift.asks("oyama", cmd.TakeOver, drone="D1", reason="handed at the desk")
    assert not any(order.outcome in PENDING for order in shift.state.orders["D1"])
