"""Failures in flight: said once, over once; what an autopilot does by itself is named, not fought."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.shift import HOME, SCENE, Shift, flight_orders, in_air, on_ground

from rtcc_core.domain import commands as cmd
from rtcc_core.domain import events as ev
from rtcc_core.domain import facts
from rtcc_core.domain.airspace import Airspace, Volume, VolumeKind
from rtcc_core.domain.drone import CameraSeen, Landed, Mode, Telemetry
from rtcc_core.domain.evolve import evolve
from rtcc_core.domain.flight import Phase, Verb
from rtcc_core.domain.geo import offset
from rtcc_core.domain.heights import Agl
from rtcc_core.domain.state import Severity


@pytest.fixture
def shift() -> Shift:
    shift = Shift()
    shift.on_scene()
    return shift


def health(shift: Shift) -> list[tuple[str, bool]]:
    return [(event.what, event.is_well) for event in shift.events(ev.HealthChanged)]


class TestFailures:
    @pytest.mark.parametrize(
        ("changed", "what", "words"),
        [
            ({"has_fix": False}, "position", "LOST ITS POSITION"),
            ({"position_age_s": 6.0}, "position", "no position for 6 s"),
            ({"is_motor_well": False}, "motors", "MOTOR FAILURE"),
            ({"wind_speed_m_s": 13.0}, "wind", "13 m/s of wind by its own estimate, limit 12"),
        ],
    )
    def test_is_said_once_and_over_once(
        self, shift: Shift, changed: dict[str, Any], what: str, words: str
    ) -> None:
        shift.circles(**changed)
        shift.circles(**changed)
        alarm = shift.state.alarms[f"{what}:D1"]
        assert words in alarm.text
        assert what in shift.state.unwell["D1"]
        shift.circles()
        assert what in shift.state.unwell["D1"], "well again only after a while"
        shift.look(11.0)
        assert what not in shift.state.unwell["D1"]
        assert shift.state.alarms[f"{what}:D1"].is_over
        assert health(shift) == [(what, False), (what, True)]

    def test_what_was_not_told_yet_after_a_restart_of_ours_is_not_lost(self, shift: Shift) -> None:
        lost = ev.LinkLost(drone="D1", last_position=None, last_height_m=None, failsafe="")
        for event in (lost, ev.LinkFound(drone="D1")):
            stored = ev.Stored(seq=shift.state.seq + 1, at=shift.at, operator="core", cause="", event=event)
            shift.state = evolve(shift.state, stored)
        shift.circles(position=None, position_age_s=None, has_fix=None)
        assert "position:D1" not in shift.state.alarms
        shift.look(6.0)
        assert "tells no position" in shift.state.alarms["position:D1"].text

    def test_one_that_comes_and_goes_does_not_flap(self, shift: Shift) -> None:
        for number in range(40):
            shift.circles(has_fix=number % 2 == 0)
        assert len(health(shift)) <= 6

    def test_weather_that_turns_in_flight(self, shift: Shift) -> None:
        gale = facts.WeatherReported(
            wind_speed_m_s=9, gust_m_s=15, wind_from_deg=240, observed_at=shift.at, source="KSAC"
        )
        shift.tell(gale, by="feed:weather")
        shift.look()
        assert "wind of 15 m/s (KSAC), limit 12" in shift.state.alarms["wind:D1"].text

    def test_ordered_to_hold_and_blown_away(self, shift: Shift) -> None:
        shift.asks("reyes", cmd.HoldDrone, drone="D1")
        shift.obeys("D1")
        held = in_air("D1", SCENE, 60.0, ground_speed_m_s=4.5)
        shift.see(held)
        shift.look(5.0)
        assert "wind:D1" not in shift.state.alarms, "it may still be braking"
        shift.look(10.0)
        assert "drifts at" in shift.state.alarms["wind:D1"].text

    def test_what_the_battery_says_of_itself(self, shift: Shift) -> None:
        said = facts.AircraftStatusText(
            drone="D1", severity="CRITICAL", text="Battery failsafe\x1b[2J: cell 3 low"
        )
        shift.tell(said, by="core")
        shift.tell(said, by="core")
        assert health(shift) == [("cells", False)]
        shift.look()
        assert isinstance(shift.state.suggestions["health:D1:cells"].command, cmd.ReturnDrone)
        harmless = facts.AircraftStatusText(
            drone="D1", severity="WARNING", text="excellent battery, slow cellular"
        )
        shift.tell(harmless, by="core")
        assert len(health(shift)) == 1

    @pytest.mark.parametrize(
        ("text", "is_kept"),
        [
            ("Battery 1: cell failure, voltage sagging", True),
            ("Motor failure detected", True),
            ("Low battery level, return advised", False),
        ],
    )
    def test_what_broke_in_flight_waits_for_a_person(self, shift: Shift, text: str, is_kept: bool) -> None:
        shift.tell(facts.AircraftStatusText(drone="D1", severity="CRITICAL", text=text), by="core")
        shift.asks("reyes", cmd.ReturnDrone, drone="D1")
        shift.obeys("D1")
        shift.see(in_air("D1", HOME, 5.0, mode=Mode.RETURN, landed=Landed.LANDING))
        shift.see(on_ground("D1"))
        assert shift.state.flights["F1"].phase is Phase.LANDED
        shift.look(60.0)
        assert bool(shift.state.unwell["D1"]) is is_kept
        if is_kept:
            refused = shift.refuses("reyes", cmd.LaunchDrone, drone="D1", call_id="1041")
            assert "looked at? inservice D1" in refused
            shift.asks("sato", cmd.ReturnToService, drone="D1", reason="new battery, new motor")
        shift.launch("D1")

    def test_a_landing_ends_them(self, shift: Shift) -> None:
        shift.circles(wind_speed_m_s=13.0)
        shift.asks("reyes", cmd.LandDrone, drone="D1")
        shift.obeys("D1")
        shift.see(in_air("D1", SCENE, 5.0, mode=Mode.LAND, landed=Landed.LANDING, wind_speed_m_s=13.0))
        shift.see(on_ground("D1", position=SCENE))
        shift.look(11.0)
        assert shift.state.alarms["wind:D1"].is_over
        assert not shift.state.unwell["D1"]


class TestFences:
    def test_by_its_own_geofence(self, shift: Shift) -> None:
        shift.circles(has_breached_fence=True)
        assert shift.state.alarms["fence:D1"].severity is Severity.CRITICAL
        assert isinstance(shift.state.suggestions["health:D1:fence"].command, cmd.HoldDrone)
        shift.circles()
        shift.look(11.0)
        assert shift.state.alarms["fence:D1"].is_over

    def test_against_ours(self, shift: Shift) -> None:
        fenced(shift, square("CITY", VolumeKind.FENCE, 3_000.0))
        shift.circles()
        assert "fence:D1" not in shift.state.alarms
        shift.circles(position=offset(HOME, 90.0, 4_000.0))
        assert "outside CITY" in shift.state.alarms["fence:D1"].text

    def test_inside_a_keep_out_at_its_height_only(self, shift: Shift) -> None:
        over = square("STADIUM", VolumeKind.KEEP_OUT, 2_000.0, floor_m=80.0)
        fenced(shift, over)
        shift.circles()
        assert "fence:D1" not in shift.state.alarms
        shift.circles(altitude_amsl_m=14.0 + 90.0)
        assert "inside STADIUM" in shift.state.alarms["fence:D1"].text


def square(name: str, kind: VolumeKind, half_m: float, *, floor_m: float | None = None) -> Volume:
    outline = tuple(offset(HOME, bearing, half_m * 1.414) for bearing in (45.0, 135.0, 225.0, 315.0))
    return Volume(name=name, kind=kind, outline=outline, floor=None if floor_m is None else Agl(floor_m))


def fenced(shift: Shift, volume: Volume) -> None:
    adopted = ev.AirspaceAdopted(airspace=Airspace(volumes=(volume,), digest=volume.name))
    stored = ev.Stored(seq=shift.state.seq + 1, at=shift.at, operator="core", cause="", event=adopted)
    shift.state = evolve(shift.state, stored)


class TestItsOwnDoing:
    @pytest.mark.parametrize(
        ("mode", "words"),
        [
            (Mode.RETURN, "it returns home"),
            (Mode.LAND, "it lands where it is"),
            (Mode.HOLD, "it holds where it is"),
            (Mode.MISSION, "it flies a mission"),
            (Mode.MANUAL, "somebody flies it by hand"),
            (Mode.OFFBOARD, "something else steers it"),
        ],
    )
    def test_is_named_once_and_not_fought(self, shift: Shift, mode: Mode, words: str) -> None:
        found = [*shift.circles(mode=mode), *shift.circles(mode=mode), *shift.look(30.0)]
        acted = [event for event in found if isinstance(event, ev.AutopilotActed)]
        assert [event.detail for event in acted] == [f"{words}, not ordered by us"]
        assert flight_orders(found) == []
        assert words in shift.state.alarms["autopilot:D1"].text

    def test_also_after_a_return_and_a_hold_of_ours(self, shift: Shift) -> None:
        shift.asks("reyes", cmd.ReturnDrone, drone="D1")
        shift.obeys("D1")
        shift.see(in_air("D1", SCENE, 60.0, mode=Mode.RETURN))
        shift.asks("reyes", cmd.HoldDrone, drone="D1")
        shift.obeys("D1")
        shift.see(in_air("D1", SCENE, 60.0, mode=Mode.RETURN))
        assert not shift.events(ev.AutopilotActed), "it may still be turning"
        shift.see(in_air("D1", SCENE, 60.0, mode=Mode.HOLD))
        shift.see(in_air("D1", SCENE, 60.0, mode=Mode.RETURN))
        assert [event.mode for event in shift.events(ev.AutopilotActed)] == [Mode.RETURN]

    def test_a_return_of_its_own_that_ends_in_a_landing_is_told_once(self, shift: Shift) -> None:
        shift.circles(mode=Mode.RETURN)
        shift.circles(mode=Mode.LAND)
        assert len(shift.events(ev.AutopilotActed)) == 1

    def test_an_order_to_the_camera_changes_nothing_about_it(self, shift: Shift) -> None:
        shift.circles(camera=CameraSeen(is_recording=False, age_s=0.1))
        shift.asks("reyes", cmd.RecordVideo, drone="D1", is_on=True)
        shift.circles(mode=Mode.MANUAL)
        order = shift.state.newest_payload_order("D1", Verb.RECORD)
        assert order is not None
        observed = ev.OrderObserved(drone="D1", order_id=order.order_id)
        stored = ev.Stored(seq=999, at=shift.at, operator="core", cause="", event=observed)
        assert evolve(shift.state, stored).acting == {"D1": Mode.MANUAL}

    def test_an_order_of_ours_ends_it_and_the_next_time_is_told_again(self, shift: Shift) -> None:
        shift.circles(mode=Mode.RETURN)
        shift.asks("reyes", cmd.HoldDrone, drone="D1")
        shift.obeys("D1")
        shift.see(in_air("D1", SCENE, 60.0, mode=Mode.HOLD))
        assert "D1" not in shift.state.acting
        shift.see(in_air("D1", SCENE, 60.0, mode=Mode.RETURN))
        assert len(shift.events(ev.AutopilotActed)) == 2

    def test_what_follows_from_our_orders_is_nobodys_own_doing(self, shift: Shift) -> None:
        shift.asks("reyes", cmd.ReturnDrone, drone="D1")
        shift.obeys("D1")
        shift.see(in_air("D1", SCENE, 60.0, mode=Mode.RETURN))
        shift.see(in_air("D1", HOME, 10.0, mode=Mode.LAND, landed=Landed.LANDING))
        shift.see(on_ground("D1"))
        assert not shift.events(ev.AutopilotActed)

    def test_no_lease_is_carried_out_against_a_safety_pilot(self, shift: Shift) -> None:
        shift.circles(mode=Mode.MANUAL)
        shift.leaves("reyes")
        assert flight_orders(shift.look(100.0)) == []


class TestRestartsAndStrangers:
    def test_an_aircraft_whose_clock_jumps_back_restarted(self, shift: Shift) -> None:
        for seconds in (7_200.0, 7_201.0, 7_200.5, 3.0, 4.0):
            shift.circles(booted_at_s=seconds)
        (restarted,) = shift.events(ev.AircraftRestarted)
        assert restarted.in_flight
        assert "RESTARTED IN FLIGHT" in shift.state.alarms["restart:D1"].text

    def test_one_that_restarted_while_nobody_heard_it(self, shift: Shift) -> None:
        shift.circles(booted_at_s=7_200.0)
        shift.silence("D1", last=in_air("D1", SCENE, 60.0, booted_at_s=7_300.0))
        shift.circles(booted_at_s=20.0)
        assert len(shift.events(ev.AircraftRestarted)) == 1

    @pytest.mark.parametrize(("booted_s", "is_said"), [(100.0, True), (20.0, False)])
    def test_one_that_tells_its_clock_only_on_the_ground_again(
        self, shift: Shift, booted_s: float, is_said: bool
    ) -> None:
        """Before the landing 60 s ago it restarted in flight; after it somebody changed its battery."""
        shift.circles(booted_at_s=7_200.0)
        shift.at += timedelta(seconds=600.0)
        shift.see(on_ground("D1", booted_at_s=7_200.0))
        assert shift.state.flights["F1"].phase is Phase.LANDED
        shift.at += timedelta(seconds=60.0)
        shift.see(on_ground("D1", booted_at_s=booted_s))
        assert [event.in_flight for event in shift.events(ev.AircraftRestarted)] == [is_said]
        assert ("restart:D1" in shift.state.alarms) is is_said

    def test_one_that_was_first_heard_just_after_its_start(self, shift: Shift) -> None:
        for seconds in (9.0, 30.0, 60.0, 90.0, 120.0, 25.0):
            shift.circles(booted_at_s=seconds)
        assert len(shift.events(ev.AircraftRestarted)) == 1

    def test_on_the_ground_it_is_a_battery_change(self) -> None:
        shift = Shift()
        shift.see(on_ground("D1", booted_at_s=900.0))
        shift.see(on_ground("D1", booted_at_s=9.0))
        (restarted,) = shift.events(ev.AircraftRestarted)
        assert not restarted.in_flight
        assert not shift.state.alarms

    def test_two_with_one_number_are_not_a_restart(self, shift: Shift) -> None:
        shift.circles(booted_at_s=7_200.0)
        shift.circles(booted_at_s=100.0, trouble="two aircraft answer as sysid 1")
        assert not shift.events(ev.AircraftRestarted)

    def test_a_stranger_may_be_the_one_that_is_missing(self, shift: Shift) -> None:
        shift.silence("D1")
        shift.tell(facts.StrangerSeen(sysid=77), by="core")
        assert shift.state.alarms["stranger:77"].text == (
            "an aircraft that is not ours speaks as sysid 77; not heard now: D1: has its number changed?"
        )

    def test_a_lost_link_says_where_it_was_and_when_it_should_be_home(self, shift: Shift) -> None:
        shift.silence("D1", last=in_air("D1", SCENE, 60.0, ground_speed_m_s=15.0, track_deg=45.0))
        text = shift.state.alarms["link:D1"].text
        for words in (
            str(SCENE),
            "60 m up",
            "heading 045",
            "15 m/s",
            "returns home by itself",
            "home at 20:",
        ):
            assert words in text
        shift.see(in_air("D1", SCENE, 60.0, mode=Mode.RETURN))
        assert shift.state.flights["F1"].phase is Phase.RETURNING
        assert "heard again after" in shift.events(ev.PhaseObserved)[-1].evidence


class TestTwoWithOneNumber:
    def test_what_they_say_together_moves_no_flight_and_names_no_failure(self, shift: Shift) -> None:
        twin = on_ground("D1", position=HOME, trouble="two aircraft answer as sysid 1", battery_fraction=0.4)
        shift.see(twin)
        assert "trouble:D1" in shift.state.alarms
        before = len(shift.log)
        shift.see(replace(twin, has_fix=False, mode=Mode.LAND))
        shift.see(replace(twin, armed=True, landed=Landed.IN_AIR, position=SCENE, height_m=60.0))
        assert {type(stored.event) for stored in shift.log[before:]} <= {ev.ReliefPlanned}
        assert shift.state.flights["F1"].phase is Phase.ON_SCENE

    def test_the_flight_goes_on_when_one_of_them_is_gone(self, shift: Shift) -> None:
        shift.see(on_ground("D1", trouble="two aircraft answer as sysid 1"))
        shift.asks("reyes", cmd.ReturnDrone, drone="D1")
        shift.obeys("D1")
        shift.see(in_air("D1", SCENE, 60.0, mode=Mode.RETURN))
        assert shift.state.alarms["trouble:D1"].is_over
        assert shift.state.flights["F1"].phase is Phase.RETURNING


SKY = st.builds(
    Telemetry,
    drone=st.just("D1"),
    is_connected=st.booleans(),
    link_age_s=st.none() | st.floats(0, 60),
    position=st.none() | st.just(HOME) | st.just(SCENE),
    position_age_s=st.none() | st.floats(),
    altitude_amsl_m=st.none() | st.floats(allow_nan=False, allow_infinity=False),
    height_m=st.none() | st.floats(),
    ground_speed_m_s=st.none() | st.floats(),
    track_deg=st.none() | st.floats(),
    climb_m_s=st.none() | st.floats(),
    heading_deg=st.none() | st.floats(),
    armed=st.none() | st.booleans(),
    mode=st.sampled_from(list(Mode)),
    landed=st.sampled_from(list(Landed)),
    has_fix=st.none() | st.booleans(),
    home=st.none() | st.just(HOME),
    wind_speed_m_s=st.none() | st.floats(),
    wind_from_deg=st.none() | st.floats(),
    has_breached_fence=st.none() | st.booleans(),
    is_motor_well=st.none() | st.booleans(),
    booted_at_s=st.none() | st.floats(),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(SKY, st.floats(-4_000, 4_000)), max_size=8))
@example([(on_ground("D1", booted_at_s=b), 0.0) for b in (0.0, -251629905586.0)])
@example([(in_air("D1", SCENE, 503259811027.0, is_connected=False, link_age_s=4.0), 0.0)])
def test_whatever_an_aircraft_says_and_whatever_the_clock_does_the_house_goes_on(
    told: list[tuple[Telemetry, float]],
) -> None:
    shift = Shift()
    shift.on_scene()
    for seen, after_s in told:
        shift.at += timedelta(seconds=after_s)
        shift.see(seen, 0.0)
        assert shift.look(0.0) == [], "the same sky at the same moment says nothing new"
    assert shift.newest_verb() is not Verb.LAUNCH
