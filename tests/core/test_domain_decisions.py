"""Decisions and their fold: what is asked and reported becomes events, and any events fold."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests import support

from rtcc_core.domain import commands as cmd
from rtcc_core.domain import events as ev
from rtcc_core.domain import facts
from rtcc_core.domain.advice import advise
from rtcc_core.domain.call import CallReport, CallStatus, Place, PlaceKind
from rtcc_core.domain.decide import Refused, decide
from rtcc_core.domain.drone import Drone, Landed, Mode, Site, Sky, Telemetry
from rtcc_core.domain.energy import Wind, leg_s, plan
from rtcc_core.domain.evolve import evolve
from rtcc_core.domain.flight import LEGAL_MOVES, Outcome, Phase, Verb
from rtcc_core.domain.geo import LatLon, distance_m, offset
from rtcc_core.domain.people import Person, Role
from rtcc_core.domain.programme import Programme
from rtcc_core.domain.state import State
from rtcc_core.domain.text import clean

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOME = LatLon(38.42, -121.42)
SCENE = offset(HOME, 45.0, 1_000.0)
ROSTER = facts.CoreCameUp(
    version="test",
    programme=Programme(agency="ELK MEADOW", centre=HOME),
    sites=(Site(name="HQ", position=HOME), Site(name="South", position=offset(HOME, 180.0, 1_500.0))),
    drones=(Drone(callsign="D1", sysid=1, site="HQ"), Drone(callsign="D2", sysid=2, site="South")),
    people=(
        Person(account="reyes", name="A. REYES", role=Role.DISPATCHER, uid=1000),
        Person(account="oyama", name="K. OYAMA", role=Role.PILOT, uid=1001),
        Person(account="guest", name="GUEST", role=Role.OBSERVER, uid=1002),
    ),
)


class House:
    """The domain driven by hand: decide, number, fold, as the desk does with a journal between."""

    def __init__(self) -> None:
        self.state = State()
        self.at = NOON
        self.sky: Sky = {}
        self.log: list[ev.Stored] = []
        self.does(ROSTER, by="core")
        self.does(
            facts.WeatherReported(wind_speed_m_s=3, wind_from_deg=240, observed_at=NOON, source="mast"),
            by="core",
        )

    def does(self, asked: cmd.Command | facts.Fact, *, by: str) -> list[ev.AnyEvent]:
        decided = decide(self.state, asked, by, self.at, self.sky)
        assert not isinstance(decided, Refused), decided
        cause = asked.command_id if isinstance(asked, cmd.Command) else ""
        for event in decided:
            stored = ev.Stored(seq=self.state.seq + 1, at=self.at, operator=by, cause=cause, event=event)
            self.log.append(stored)
            self.state = evolve(self.state, stored)
        return list(decided)

    def refuses(self, asked: cmd.Command, *, by: str) -> str:
        decided = decide(self.state, asked, by, self.at, self.sky)
        assert isinstance(decided, Refused), decided
        return " | ".join(decided.reasons)

    def sees(self, telemetry: Telemetry, *, after_s: float = 1.0) -> list[ev.AnyEvent]:
        self.sky = {**self.sky, telemetry.drone: telemetry}
        self.at += timedelta(seconds=after_s)
        return self.does(facts.TimePassed(), by="core")


def ready(callsign: str, position: LatLon = HOME, **changed: Any) -> Telemetry:
    return support.ready(callsign, position, **{"battery_fraction": 0.95, "battery_age_s": 0.5, **changed})


def flying(callsign: str, position: LatLon, height_m: float, **changed: Any) -> Telemetry:
    up = ready(callsign, position, armed=True, landed=Landed.IN_AIR, height_m=height_m, home=HOME)
    return msgspec.structs.replace(up, **changed)


def report(**changed: Any) -> CallReport:
    base = CallReport(
        feed="COUNTY",
        incident_uid="urn:emergency:uid:incidentid:1",
        number="1041",
        type_text="ROBBERY IN PROGRESS",
        priority=1,
        place=Place(position=SCENE, kind=PlaceKind.CURRENT_INCIDENT, address="Laguna Blvd"),
        updated_at=NOON,
    )
    return msgspec.structs.replace(base, **changed)


@pytest.fixture
def house() -> House:
    house = House()
    house.sees(ready("D1"))
    house.sees(ready("D2", offset(HOME, 180.0, 1_500.0)))
    house.does(facts.CallReported(report=report()), by="feed:COUNTY")
    return house


def settle(house: House, outcome: Outcome, reason: str = "") -> list[ev.AnyEvent]:
    order = house.state.newest_order("D1")
    assert order is not None
    house.does(facts.OrderSentOut(drone="D1", order_id=order.order_id), by="core")
    return house.does(
        facts.OrderSettled(drone="D1", order_id=order.order_id, outcome=outcome, reason=reason), by="core"
    )


def launch(house: House, by: str = "reyes", **changed: Any) -> list[ev.AnyEvent]:
    asked = cmd.LaunchDrone(**{"command_id": "c1", "drone": "D1", "call_id": "1041", **changed})
    return house.does(asked, by=by)


class TestAFlight:
    def test_goes_from_asked_to_landed_only_as_telemetry_shows(self, house: House) -> None:
        launch(house)
        settle(house, Outcome.ACCEPTED)
        house.sees(ready("D1", armed=True))
        house.sees(flying("D1", HOME, 20))
        climbed = house.sees(flying("D1", HOME, 60))
        transit = [event.order for event in climbed if isinstance(event, ev.OrderAsked)]
        assert [order.verb for order in transit] == [Verb.TRANSIT]
        assert transit[0].target is not None
        assert distance_m(transit[0].target, SCENE) == pytest.approx(40, abs=1)
        settle(house, Outcome.ACCEPTED)
        house.sees(flying("D1", offset(HOME, 45, 500), 60, ground_speed_m_s=15))
        arrived = house.sees(flying("D1", offset(SCENE, 225, 40), 60))
        assert [event.order.verb for event in arrived if isinstance(event, ev.OrderAsked)] == [Verb.ORBIT]
        settle(house, Outcome.ACCEPTED)
        house.does(cmd.ReturnDrone(command_id="c2", drone="D1"), by="reyes")
        settle(house, Outcome.ACCEPTED)
        house.sees(flying("D1", SCENE, 60, mode=Mode.RETURN))
        house.sees(flying("D1", HOME, 10, mode=Mode.RETURN, landed=Landed.LANDING))
        house.sees(ready("D1"))
        flight = house.state.flights["F1"]
        assert list(flight.times) == [
            Phase.ASKED,
            Phase.GATED,
            Phase.SENT,
            Phase.ARMED,
            Phase.CLIMBING,
            Phase.TRANSIT,
            Phase.ON_SCENE,
            Phase.RETURNING,
            Phase.LANDING,
            Phase.LANDED,
        ]
        assert flight.cleared_at is not None
        assert not house.state.alarms

    def test_an_acknowledgement_alone_moves_no_flight(self, house: House) -> None:
        launch(house)
        settle(house, Outcome.ACCEPTED)
        house.sees(ready("D1"))
        assert house.state.flights["F1"].phase is Phase.SENT

    def test_a_refused_launch_ends_on_the_ground_with_the_aircrafts_words(self, house: House) -> None:
        launch(house)
        settle(house, Outcome.REFUSED, "Preflight Fail: compass")
        assert house.state.flights["F1"].phase is Phase.ABORTED
        assert "compass" in house.state.alarms["order:D1"].text

    def test_an_unknown_order_is_an_alarm_that_telemetry_settles(self, house: House) -> None:
        launch(house)
        settle(house, Outcome.UNKNOWN, "no acknowledgement")
        assert not house.state.alarms["order:D1"].is_over
        house.sees(flying("D1", HOME, 20))
        assert house.state.alarms["order:D1"].is_over

    def test_a_lost_link_names_the_failsafe_and_the_flight_comes_back(self, house: House) -> None:
        launch(house)
        settle(house, Outcome.ACCEPTED)
        up = flying("D1", HOME, 30)
        house.sees(up)
        house.sees(msgspec.structs.replace(up, is_connected=False, link_age_s=4.0))
        assert house.state.flights["F1"].phase.value == "lost"
        assert "returns home by itself" in house.state.alarms["link:D1"].text
        house.sees(flying("D1", HOME, 30, mode=Mode.RETURN))
        assert house.state.flights["F1"].phase is Phase.RETURNING
        assert "acts by itself" in house.state.alarms["autopilot:D1"].text

    def test_an_unknown_transit_is_asked_again_but_an_unknown_launch_never(self, house: House) -> None:
        launch(house)
        settle(house, Outcome.UNKNOWN, "the core restarted")
        for _ in range(3):
            house.sees(ready("D1"), after_s=4)
        newest = house.state.newest_order("D1")
        assert newest is not None
        assert newest.verb is Verb.LAUNCH
        house.sees(flying("D1", HOME, 60))
        settle(house, Outcome.UNKNOWN, "no acknowledgement")
        again = house.sees(flying("D1", HOME, 60), after_s=4)
        assert [event.order.verb for event in again if isinstance(event, ev.OrderAsked)] == [Verb.TRANSIT]

    @pytest.mark.parametrize("asks_hold", [True, False], ids=["hold", "transit"])
    def test_an_unknown_order_is_not_repeated_against_the_aircrafts_own_failsafe(
        self, house: House, asks_hold: bool
    ) -> None:
        launch(house)
        settle(house, Outcome.ACCEPTED)
        up = flying("D1", HOME, 60)
        house.sees(up)
        house.sees(msgspec.structs.replace(up, is_connected=False, link_age_s=4.0))
        if asks_hold:
            house.does(cmd.HoldDrone(command_id="c2", drone="D1"), by="reyes")
        settle(house, Outcome.UNKNOWN, "no acknowledgement")
        lands = flying("D1", HOME, 30, mode=Mode.RETURN, landed=Landed.LANDING)
        found = [*house.sees(lands, after_s=20), *house.sees(lands, after_s=4)]
        assert not [event for event in found if isinstance(event, ev.OrderAsked)]
        assert "it comes down at home" in house.state.alarms["autopilot:D1"].text

    def test_an_unknown_hold_is_repeated_against_a_return_of_ours(self, house: House) -> None:
        launch(house)
        settle(house, Outcome.ACCEPTED)
        house.sees(flying("D1", HOME, 30))
        house.does(cmd.ReturnDrone(command_id="c2", drone="D1"), by="reyes")
        settle(house, Outcome.ACCEPTED)
        house.sees(flying("D1", HOME, 30, mode=Mode.RETURN))
        house.does(cmd.HoldDrone(command_id="c3", drone="D1"), by="reyes")
        settle(house, Outcome.UNKNOWN, "no acknowledgement")
        again = house.sees(flying("D1", HOME, 30, mode=Mode.RETURN), after_s=4)
        assert [event.order.verb for event in again if isinstance(event, ev.OrderAsked)] == [Verb.HOLD]

    def test_the_same_sky_twice_yields_nothing(self, house: House) -> None:
        launch(house)
        settle(house, Outcome.ACCEPTED)
        up = flying("D1", HOME, 30)
        house.sees(up)
        assert house.sees(up, after_s=0.1) == []


class TestRefusals:
    @pytest.mark.parametrize(
        ("changed", "word"),
        [
            ({"is_connected": False, "link_age_s": 9.0}, "link: no link"),
            ({"has_fix": False}, "position: no position fix"),
            ({"battery_fraction": 0.22}, "battery: 22%, needs"),
            ({"battery_fraction": None}, "battery: the aircraft has not said"),
            ({"trouble": "two aircraft answer as sysid 1"}, "two aircraft answer as sysid 1"),
            ({"is_armable": False, "health": "compass not calibrated"}, "compass not calibrated"),
            ({"armed": True, "landed": Landed.IN_AIR, "height_m": 20.0}, "already in the air"),
        ],
    )
    def test_every_reason_is_said(self, house: House, changed: dict[str, Any], word: str) -> None:
        house.sky = {**house.sky, "D1": ready("D1", **changed)}
        asked = cmd.LaunchDrone(command_id="x", drone="D1", call_id="1041")
        assert word in house.refuses(asked, by="reyes")

    def test_a_second_launch_of_the_same_aircraft(self, house: House) -> None:
        launch(house)
        asked = cmd.LaunchDrone(command_id="c9", drone="D1", call_id="1041")
        assert "already flying F1" in house.refuses(asked, by="reyes")

    def test_a_role_that_does_not_launch(self, house: House) -> None:
        asked = cmd.LaunchDrone(command_id="x", drone="D1", call_id="1041")
        assert "does not launch" in house.refuses(asked, by="guest")
        assert "may not hold, return or land aircraft" in house.refuses(
            cmd.HoldDrone(command_id="y", drone="D1"), by="guest"
        )
        assert "roster" in house.refuses(asked, by="\x1b[2Jnobody")

    def test_an_unknown_gate_needs_a_recorded_override_of_somebody_who_may(self, house: House) -> None:
        house.at += timedelta(hours=3)
        asked = cmd.LaunchDrone(command_id="x", drone="D1", call_id="1041")
        assert "wind: the wind observation is 180 min old" in house.refuses(asked, by="oyama")
        with_reason = msgspec.structs.replace(asked, override_reason="flags hang limp")
        assert "may not override" in house.refuses(with_reason, by="reyes")
        house.does(with_reason, by="oyama")
        assert house.state.flights["F1"].override_reason == "flags hang limp"

    def test_where_a_call_was_routed_from_is_not_flown_to_unasked(self, house: House) -> None:
        routed = Place(position=SCENE, kind=PlaceKind.ROUTING)
        house.does(
            facts.CallReported(report=report(incident_uid="r", number="1050", place=routed)),
            by="feed:COUNTY",
        )
        asked = cmd.LaunchDrone(command_id="x", drone="D1", call_id="1050")
        assert "routed from" in house.refuses(asked, by="oyama")

    def test_an_override_does_not_lift_a_block(self, house: House) -> None:
        house.sky = {**house.sky, "D1": ready("D1", battery_fraction=0.1)}
        asked = cmd.LaunchDrone(command_id="x", drone="D1", call_id="1041", override_reason="please")
        assert "battery: 10%" in house.refuses(asked, by="oyama")

    def test_the_same_command_twice_is_done_once(self, house: House) -> None:
        launch(house)
        assert launch(house) == []


class TestCalls:
    def test_a_repeat_and_an_older_report_decide_to_nothing(self, house: House) -> None:
        assert house.does(facts.CallReported(report=report()), by="feed:COUNTY") == []
        older = report(updated_at=NOON - timedelta(minutes=1), priority=3)
        assert house.does(facts.CallReported(report=older), by="feed:COUNTY") == []

    def test_a_newer_report_says_what_changed(self, house: House) -> None:
        newer = report(updated_at=NOON + timedelta(minutes=1), priority=2, status=CallStatus.CLOSED)
        (updated,) = house.does(facts.CallReported(report=newer), by="feed:COUNTY")
        assert isinstance(updated, ev.CallUpdated)
        assert updated.changes == ("now closed", "priority 1 → 2")

    def test_a_number_that_clashes_or_cannot_be_typed_gets_one_of_ours(self, house: House) -> None:
        house.does(facts.CallReported(report=report(incident_uid="other")), by="feed:COUNTY")
        house.does(facts.CallReported(report=report(incident_uid="third", number="D1")), by="feed:COUNTY")
        assert list(house.state.calls) == ["1041", "C2", "C3"]

    def test_missing_from_a_snapshot_is_marked_not_deleted(self, house: House) -> None:
        house.does(facts.FeedSnapshotTaken(feed="COUNTY", incident_uids=()), by="feed:COUNTY")
        call = house.state.calls["1041"]
        assert call.missing_since is not None
        assert call.is_open

    def test_a_call_without_a_position_gets_advice_that_blocks(self, house: House) -> None:
        nowhere = report(incident_uid="n", number="1042", place=Place(address="12 Oak St"))
        house.does(facts.CallReported(report=nowhere), by="feed:COUNTY")
        assert house.state.advice["1042"].recommended is None
        assert "no position" in house.state.advice["1042"].candidates[0].why


class TestAdvice:
    def test_the_soonest_overhead_wins_and_the_others_say_by_how_much(self, house: House) -> None:
        advice = advise(house.state, house.state.calls["1041"], house.sky, house.at)
        assert [candidate.drone for candidate in advice.candidates] == ["D1", "D2"]
        assert "later than D1" in advice.candidates[1].why

    def test_a_nearer_aircraft_that_could_not_come_home_loses_and_says_so(self, house: House) -> None:
        sky = {**house.sky, "D1": ready("D1", battery_fraction=0.23)}
        advice = advise(house.state, house.state.calls["1041"], sky, house.at)
        assert advice.recommended is not None
        assert advice.recommended.drone == "D2"
        assert advice.candidates[-1].why.startswith("battery BLOCK: 23%")

    @given(st.floats(0, 11, allow_nan=False), st.floats(0, 360), st.floats(50, 4000), st.floats(0, 360))
    def test_wind_never_makes_the_round_trip_shorter(
        self, speed: float, from_deg: float, away_m: float, bearing: float
    ) -> None:
        drone = ROSTER.drones[0]
        target = offset(HOME, bearing, away_m)

        def trip(wind: Wind) -> float:
            out, back = leg_s(HOME, target, 15, wind), leg_s(target, HOME, 15, wind)
            return float("inf") if out is None or back is None else out + back

        assert trip(Wind(speed, from_deg)) >= trip(Wind(0, 0)) - 1e-6
        planned = plan(
            drone,
            HOME,
            HOME,
            target,
            height_m=60,
            start_height_m=0,
            battery_fraction=1,
            reserve=0.2,
            wind=Wind(speed, from_deg),
        )
        assert planned is None or planned.overhead_s > 0


def sample_events() -> st.SearchStrategy[ev.AnyEvent]:
    """Events of every kind that name few subjects, so that they meet."""
    drones, flights = st.sampled_from(["D1", "D2", "ghost"]), st.sampled_from(["F1", "F2", "F9"])
    calls, orders = st.sampled_from(["1041", "C2"]), st.sampled_from(["O1-D1", "O2-D2"])
    phases, text = st.sampled_from(list(Phase)), st.text(max_size=5)
    return st.one_of(
        st.builds(
            ev.FlightOpened,
            flight_id=flights,
            drone=drones,
            call_id=calls,
            target=st.just(SCENE),
            gates=st.just(()),
        ),
        st.builds(ev.PhaseObserved, flight_id=flights, drone=drones, phase=phases, evidence=text),
        st.builds(ev.OrderSent, drone=drones, order_id=orders),
        st.builds(ev.OrderAccepted, drone=drones, order_id=orders),
        st.builds(ev.OrderRefused, drone=drones, order_id=orders, reason=text),
        st.builds(ev.OrderUnknown, drone=drones, order_id=orders, reason=text),
        st.builds(ev.OrderObserved, drone=drones, order_id=orders),
        st.builds(ev.CallReceived, call_id=calls, report=st.just(report())),
        st.builds(ev.CallUpdated, call_id=calls, report=st.just(report()), changes=st.just(())),
        st.builds(ev.CallMissing, call_id=calls),
        st.builds(ev.LinkLost, drone=drones, last_position=st.none(), last_height_m=st.none(), failsafe=text),
        st.builds(ev.LinkFound, drone=drones),
        st.builds(ev.FeedDown, feed=text, reason=text),
        st.builds(ev.FeedUp, feed=text),
        st.builds(ev.AlarmAcknowledged, alarm_id=st.sampled_from(["link:D1", "order:D1"]), account=text),
        st.builds(ev.SceneCleared, flight_id=flights, drone=drones, reason=text),
    )


class TestTheFold:
    @settings(max_examples=60)
    @given(st.lists(sample_events(), max_size=30))
    def test_any_events_fold_and_no_phase_moves_illegally(self, happened: list[ev.AnyEvent]) -> None:
        state = House().state
        for number, event in enumerate(happened):
            stored = ev.Stored(
                seq=state.seq + 1, at=NOON + timedelta(seconds=number), operator="core", cause="", event=event
            )
            after = evolve(state, stored)
            for key, flight in after.flights.items():
                before = state.flights.get(key)
                if before is not None and before.phase is not flight.phase:
                    assert flight.phase in LEGAL_MOVES[before.phase]
            state = after

    def test_replay_from_the_wire_gives_equal_state(self, house: House) -> None:
        launch(house)
        settle(house, Outcome.ACCEPTED)
        house.sees(flying("D1", HOME, 60))
        replayed = State()
        for stored in house.log:
            again = msgspec.json.decode(msgspec.json.encode(stored), type=ev.Stored)
            replayed = evolve(replayed, again)
        assert replayed == house.state
        assert msgspec.json.decode(msgspec.json.encode(replayed), type=State) == replayed


@given(st.text())
def test_clean_text_has_no_control_characters_and_stays_clean(text: str) -> None:
    shown = clean(text)
    assert all(char.isprintable() for char in shown)
    assert clean(shown) == shown
