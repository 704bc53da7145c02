"""Nobody flies without a trace: an aircraft of ours in the air that no flight of ours took there."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace
from tests.shift import HOME, SCENE, Shift, in_air, on_ground

from rtcc_core.domain import commands as cmd
from rtcc_core.domain import events as ev
from rtcc_core.domain.drone import Landed, Mode, Telemetry
from rtcc_core.domain.flight import Outcome, Phase, Verb
from rtcc_core.domain.state import Severity

UP = in_air("D1", SCENE, 40.0, mode=Mode.MANUAL)


def strays(shift: Shift) -> list[bool]:
    """One for each that was said; True: that it is over."""
    return [event.is_over for event in shift.events(ev.StrayFlightSeen)]


def test_is_said_once_and_over_on_the_ground() -> None:
    shift = Shift()
    for _ in range(20):
        shift.see(UP)
    assert strays(shift) == [False]
    alarm = shift.state.alarms["stray:D1"]
    assert alarm.severity is Severity.CRITICAL
    assert "D1 is in the air without a flight of ours: 40 m" in alarm.text
    shift.asks("reyes", cmd.LandDrone, drone="D1")
    assert shift.newest_verb() is Verb.LAND
    shift.see(on_ground("D1"))
    shift.see(on_ground("D1"))
    assert strays(shift) == [False, True]
    assert shift.state.alarms["stray:D1"].is_over


def test_what_goes_silent_or_doubtful_stands_until_it_is_seen_on_the_ground() -> None:
    shift = Shift()
    shift.see(UP)
    shift.silence("D1")
    shift.see(replace(UP, trouble="two aircraft answer as sysid 1"))
    shift.see(replace(UP, landed=Landed.UNKNOWN, armed=None))
    shift.see(UP, after_s=30.0)
    assert strays(shift) == [False]


@pytest.mark.parametrize(
    "changed",
    [
        {"armed": False},
        {"landed": Landed.UNKNOWN, "height_m": 3.0},
        {"landed": Landed.UNKNOWN, "armed": None},
        {"is_connected": False, "link_age_s": 9.0},
        {"trouble": "two aircraft answer as sysid 1"},
    ],
)
def test_what_is_not_sure_is_not_said(changed: dict[str, Any]) -> None:
    shift = Shift()
    shift.see(replace(UP, **changed), after_s=30.0)
    assert strays(shift) == []


def test_armed_and_high_is_enough_where_it_does_not_say_so() -> None:
    shift = Shift()
    shift.see(replace(UP, landed=Landed.UNKNOWN), after_s=30.0)
    assert strays(shift) == [False]


def test_a_flight_that_is_lost_and_heard_again_is_none() -> None:
    shift = Shift()
    shift.on_scene()
    shift.silence("D1")
    assert shift.state.flights["F1"].phase is Phase.LOST
    shift.tell(shift.roster(), by="core")  # and the core restarted meanwhile
    shift.circles()
    shift.look(30.0)
    assert strays(shift) == []


def test_the_moment_of_a_landing_is_none_but_what_stays_up_is() -> None:
    shift = Shift()
    shift.on_scene()
    shift.asks("reyes", cmd.LandDrone, drone="D1")
    shift.obeys("D1")
    shift.see(in_air("D1", SCENE, 5.0, mode=Mode.LAND, landed=Landed.LANDING))
    shift.see(on_ground("D1", position=SCENE))
    assert shift.state.flights["F1"].phase is Phase.LANDED
    late = in_air("D1", SCENE, 1.0, mode=Mode.LAND, landed=Landed.LANDING)
    shift.see(late)
    shift.see(on_ground("D1", position=SCENE))
    assert strays(shift) == []
    shift.see(late, after_s=20.0)
    assert strays(shift) == [False]


def test_one_that_lifts_off_for_a_launch_that_was_given_up() -> None:
    shift = Shift()
    shift.asks("reyes", cmd.LaunchDrone, drone="D1", call_id="1041")
    shift.obeys("D1", Outcome.REFUSED)
    assert shift.state.flight_of("D1") is None
    climbing = in_air("D1", HOME, 20.0, mode=Mode.TAKEOFF)
    shift.see(climbing)
    shift.see(climbing, after_s=6.0)
    assert strays(shift) == [False]


def test_is_over_where_it_is_not_of_the_fleet_any_more() -> None:
    shift = Shift()
    shift.see(UP)
    roster = shift.roster()
    shift.tell(replace(roster, drones=roster.drones[1:]), by="core")
    shift.look()
    assert strays(shift) == [False, True]


def test_what_was_never_heard_says_nothing() -> None:
    shift = Shift()
    shift.sky = {"D1": Telemetry(drone="D1", is_connected=False, link_age_s=None)}
    shift.look(60.0)
    assert strays(shift) == []
