"""An aircraft that is lost: when it counts as down, where to look, what is kept, what is closed again."""

from __future__ import annotations

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.shift import HOME, SCENE, Shift, in_air, on_ground

from rtcc_core.domain import commands as cmd
from rtcc_core.domain import events as ev
from rtcc_core.domain import facts
from rtcc_core.domain.call import CallStatus
from rtcc_core.domain.drone import Landed, Mode, Telemetry
from rtcc_core.domain.energy import CALM, Wind
from rtcc_core.domain.flight import Phase
from rtcc_core.domain.geo import bearing_deg, distance_m
from rtcc_core.domain.lost import POSITION_M, search_area
from rtcc_core.domain.state import Severity

OUT = in_air("D1", SCENE, 60.0, ground_speed_m_s=15.0, track_deg=45.0, climb_m_s=0.0)


@pytest.fixture
def shift() -> Shift:
    shift = Shift()
    shift.on_scene()
    return shift


class TestWhen:
    def test_not_before_its_failsafe_should_have_brought_it_home(self, shift: Shift) -> None:
        shift.silence("D1", last=OUT)
        assert shift.state.flights["F1"].phase is Phase.LOST
        shift.look(120.0)
        assert not shift.events(ev.AircraftDowned)
        shift.look(120.0)
        (downed,) = shift.events(ev.AircraftDowned)
        assert "its failsafe should have brought it home" in downed.reason
        assert shift.look(60.0) == []

    def test_in_a_fast_drill_not_before_its_radio_timer_has_run_by_the_wall_clock(self) -> None:
        shift = Shift(drill_speed=10.0)
        shift.on_scene()
        shift.silence("D1", last=OUT)
        shift.look(250.0)
        assert not shift.events(ev.AircraftDowned)
        shift.look(120.0)
        assert shift.events(ev.AircraftDowned)

    def test_not_by_what_two_aircraft_with_one_number_say_together(self, shift: Shift) -> None:
        mixed = in_air("D1", SCENE, 42.0, armed=False, climb_m_s=-6.0, trouble="two aircraft answer")
        shift.see(mixed)
        assert not shift.events(ev.AircraftDowned)

    def test_at_once_when_its_motors_are_off_in_the_air(self, shift: Shift) -> None:
        shift.see(in_air("D1", SCENE, 42.0, armed=False, climb_m_s=-6.0))
        (downed,) = shift.events(ev.AircraftDowned)
        assert downed.reason == "its motors are off in the air at 42 m"

    def test_at_once_when_it_fell_and_went_silent(self, shift: Shift) -> None:
        shift.silence("D1", last=in_air("D1", SCENE, 30.0, climb_m_s=-9.0))
        assert "fell at 9 m/s" in shift.events(ev.AircraftDowned)[0].reason

    def test_at_once_when_it_goes_silent_after_a_motor_failure(self, shift: Shift) -> None:
        shift.circles(is_motor_well=False)
        shift.silence("D1")
        assert "MOTOR FAILURE" in shift.events(ev.AircraftDowned)[0].reason

    def test_when_it_lies_where_nothing_brought_it_down(self, shift: Shift) -> None:
        shift.see(on_ground("D1", position=SCENE))
        (downed,) = shift.events(ev.AircraftDowned)
        assert not shift.events(ev.AutopilotActed), "a wreck does nothing by itself"
        assert downed.reason == (
            "it was on scene, and lies disarmed on the ground 1000 m from home; nothing was seen to land it"
        )
        assert shift.state.flights["F1"].phase is Phase.LANDED
        assert shift.look() == []
        assert [call for call in shift.state.calls.values() if call.report.number == "DOWN-D1"]

    @pytest.mark.parametrize(
        "down",
        [
            on_ground("D1"),
            on_ground("D1", position=SCENE, mode=Mode.LAND),
            on_ground("D1", position=SCENE, mode=Mode.RETURN),
            on_ground("D1", position=SCENE, mode=Mode.MANUAL),
            on_ground("D1", position=None),
        ],
    )
    def test_not_where_a_landing_explains_it(self, shift: Shift, down: Telemetry) -> None:
        shift.see(down)
        assert not shift.events(ev.AircraftDowned)
        assert shift.state.flights["F1"].phase is Phase.LANDED

    def test_near_home_too_after_its_motors_failed(self, shift: Shift) -> None:
        shift.tell(facts.AircraftStatusText(drone="D1", severity="EMERGENCY", text="Crash detected"), by="D1")
        assert "motors:D1" in shift.state.alarms
        shift.circles()
        shift.look(60.0)
        assert "motors" in shift.state.unwell["D1"], "what it said is not taken back by saying nothing"
        shift.see(on_ground("D1"))
        (downed,) = shift.events(ev.AircraftDowned)
        assert downed.reason.endswith("after this: it says of itself: Crash detected")

    def test_where_it_was_told_to_land_because_its_motors_failed(self, shift: Shift) -> None:
        shift.circles(is_motor_well=False)
        shift.asks("reyes", cmd.LandDrone, drone="D1")
        shift.obeys("D1")
        shift.see(in_air("D1", SCENE, 12.0, mode=Mode.LAND, landed=Landed.LANDING, is_motor_well=False))
        assert shift.state.flights["F1"].phase is Phase.LANDING
        shift.see(on_ground("D1", position=SCENE, mode=Mode.LAND, is_motor_well=False))
        assert shift.events(ev.AircraftDowned)

    def test_a_landing_is_no_crash(self, shift: Shift) -> None:
        shift.asks("reyes", cmd.LandDrone, drone="D1")
        shift.obeys("D1")
        shift.see(in_air("D1", SCENE, 12.0, mode=Mode.LAND, landed=Landed.LANDING, climb_m_s=-1.5))
        shift.see(in_air("D1", SCENE, 12.0, mode=Mode.LAND, armed=False, climb_m_s=0.0))
        shift.see(on_ground("D1", position=SCENE, height_m=12.0))
        assert not shift.events(ev.AircraftDowned)
        assert shift.state.flights["F1"].phase is Phase.LANDED

    def test_the_clock_going_back_brings_nothing_down(self, shift: Shift) -> None:
        shift.silence("D1", last=OUT)
        shift.look(-3_600.0)
        assert not shift.events(ev.AircraftDowned)

    def test_after_a_restart_of_the_core_it_is_not_forgotten(self, shift: Shift) -> None:
        shift.silence("D1", last=OUT)
        shift.sky = {}
        shift.tell(shift.roster(), by="core")
        shift.look(300.0)
        (downed,) = shift.events(ev.AircraftDowned)
        assert downed.last_position == SCENE
        assert downed.search_centre is not None

    def test_one_that_a_new_core_never_hears_is_lost_too(self, shift: Shift) -> None:
        shift.sky = {}
        shift.tell(shift.roster(), by="core")
        shift.look(29.0)
        assert not shift.events(ev.LinkLost)
        shift.look(2.0)
        assert shift.state.flights["F1"].phase is Phase.LOST
        assert "not heard since the core came up" in shift.state.alarms["link:D1"].text
        shift.look(700.0)
        assert len(shift.events(ev.AircraftDowned)) == 1


class TestWhat:
    def test_a_call_is_opened_evidence_kept_the_aircraft_grounded_and_its_pilot_free(
        self, shift: Shift
    ) -> None:
        shift.silence("D1", last=OUT)
        shift.look(300.0)
        alarm = shift.state.alarms["down:D1"]
        assert alarm.severity is Severity.CRITICAL
        call = shift.state.calls["DOWN-D1"]
        assert (call.title, call.report.priority, call.report.feed) == ("DOWNED AIRCRAFT", 1, "house")
        assert call.report.place.position is not None
        assert call.report.place.uncertainty_m is not None
        words = " ".join(note.text for note in call.report.notes)
        for part in ("14 CFR 107.9", "10 days", str(SCENE), "60 m up", "along its way home"):
            assert part in words
        assert "DOWN-D1" in shift.state.advice
        (evidence,) = shift.events(ev.EvidenceHeld)
        assert evidence.telemetry.position == SCENE
        assert shift.state.grounded["D1"].account == "core"
        assert shift.state.controller("D1") is None
        shift.asks("reyes", cmd.LaunchDrone, drone="D2", call_id="DOWN-D1")

    def test_heard_again_is_said_and_stands_on_the_call(self, shift: Shift) -> None:
        shift.silence("D1", last=OUT)
        shift.look(300.0)
        shift.see(in_air("D1", HOME, 20.0, mode=Mode.RETURN))
        shift.look()
        shift.look()
        assert "given up as down, is heard again" in shift.state.alarms["heard:D1"].text
        notes = [note.text for note in shift.state.calls["DOWN-D1"].house_notes]
        assert [note.startswith("HEARD AGAIN") for note in notes] == [True]
        assert shift.state.flights["F1"].phase is Phase.RETURNING

    def test_found_and_mended_everything_is_closed(self, shift: Shift) -> None:
        shift.silence("D1", last=OUT)
        shift.look(300.0)
        shift.asks("sato", cmd.ReturnToService, drone="D1", reason="two propellers changed")
        assert shift.state.calls["DOWN-D1"].report.status is CallStatus.CLOSED
        assert shift.state.flights["F1"].phase is Phase.LANDED
        assert not shift.state.grounded
        assert shift.state.alarms["down:D1"].is_over

    def test_nothing_was_ever_told_of_where_it_was(self, shift: Shift) -> None:
        shift.silence("D1", last=replace(OUT, position=None, home=None))
        shift.look(700.0)
        (downed,) = shift.events(ev.AircraftDowned)
        assert downed.search_centre is None
        assert shift.state.calls["DOWN-D1"].report.place.position is None


class TestDeclared:
    def test_by_a_person_with_a_reason(self, shift: Shift) -> None:
        words = shift.refuses("oyama", cmd.DeclareDown, drone="D1", reason="I saw it fall")
        assert "D1 is heard and flies" in words
        shift.silence("D1", last=OUT)
        assert "say why" in shift.refuses("oyama", cmd.DeclareDown, drone="D1", reason="")
        shift.asks("oyama", cmd.DeclareDown, drone="D1", reason="I saw it fall")
        assert shift.state.grounded["D1"].account == "oyama"
        assert "given up as down at" in shift.refuses("oyama", cmd.DeclareDown, drone="D1", reason="again")
        assert "on no flight" in shift.refuses("oyama", cmd.DeclareDown, drone="D2", reason="x")


class TestWhere:
    def test_standing_still_in_calm_air_it_is_under_itself(self) -> None:
        area = search_area(in_air("D1", SCENE, 60.0), CALM)
        assert area is not None
        assert distance_m(area.centre, SCENE) < 0.1
        assert area.radius_m == pytest.approx(POSITION_M)

    @given(
        st.floats(0, 30),
        st.floats(0, 360),
        st.floats(0, 120),
        st.floats(0, 20),
        st.floats(0, 359),
        st.floats(0, 1),
        st.booleans(),
    )
    def test_the_circle_holds_every_fall_from_straight_down_to_full_throw(
        self,
        speed: float,
        track: float,
        height: float,
        wind: float,
        from_deg: float,
        share: float,
        is_variable: bool,
    ) -> None:
        """However much of its way it keeps, and of the drift it takes, it falls within the circle."""
        last = in_air("D1", SCENE, height, ground_speed_m_s=speed, track_deg=track)
        area = search_area(last, Wind(wind, from_deg, is_variable=is_variable))
        assert area is not None
        fall_s = height / 12.0
        on_m = share * speed * (5.0 + fall_s / 2)
        drift_m = wind * fall_s
        # On the ground plane, metres east and north of the last position.
        down_deg = math.radians(from_deg + 180.0)
        east = on_m * math.sin(math.radians(track)) + drift_m * math.sin(down_deg)
        north = on_m * math.cos(math.radians(track)) + drift_m * math.cos(down_deg)
        to_centre = distance_m(SCENE, area.centre)
        toward = math.radians(bearing_deg(SCENE, area.centre))
        gap = math.hypot(east - to_centre * math.sin(toward), north - to_centre * math.cos(toward))
        assert gap <= area.radius_m + 0.5

    @given(st.floats(), st.floats(), st.floats(), st.floats())
    @example(6.57e154, 0.0, 6.57e154, 0.0)
    def test_what_is_no_number_makes_no_circle_of_its_own(
        self, speed: float, track: float, height: float, wind: float
    ) -> None:
        last = in_air("D1", SCENE, height, ground_speed_m_s=speed, track_deg=track, wind_speed_m_s=wind)
        area = search_area(last, CALM)
        assert area is not None
        assert POSITION_M <= area.radius_m < 30_000.0
