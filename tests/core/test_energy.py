"""Energy: what is promised is kept, and never grows where there is less to promise it from."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtcc_core.domain import events as ev
from rtcc_core.domain.context import Context
from rtcc_core.domain.drain import learned, slope_per_s
from rtcc_core.domain.drone import Drone, Landed, Mode, Site, Telemetry
from rtcc_core.domain.energy import CALM, Wind, leg_s, plan
from rtcc_core.domain.evolve import evolve
from rtcc_core.domain.flight import BatteryMark, Flight, Leg, Order, Phase, Verb, Way
from rtcc_core.domain.forecast import Forecast, forecast, note_batteries, seconds_to_bingo
from rtcc_core.domain.geo import LatLon, distance_m, offset
from rtcc_core.domain.programme import Programme
from rtcc_core.domain.state import State, Weather

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOME = LatLon(38.42, -121.42)
DRONE = Drone(callsign="D1", sysid=1, site="HQ")
PROGRAMME = Programme(agency="ELK MEADOW", centre=HOME)
NOMINAL_PER_S = 1 / 1_800


def state(flight: Flight, *, wind: Wind = CALM, drone: Drone = DRONE) -> State:
    return State(
        programme=PROGRAMME,
        sites={"HQ": Site(name="HQ", position=HOME)},
        drones={drone.callsign: drone},
        flights={flight.flight_id: flight},
        weather=Weather(
            wind_speed_m_s=wind.speed_m_s,
            wind_from_deg=wind.from_deg,
            gust_m_s=None,
            observed_at=NOON,
            source="mast",
        ),
    )


def over(scene: LatLon, *, phase: Phase = Phase.ON_SCENE, **more: Any) -> Flight:
    known: dict[str, Any] = {
        "flight_id": "F1",
        "drone": "D1",
        "call_id": "1041",
        "operator": "reyes",
        "target": scene,
        "opened_at": NOON,
        "phase": phase,
        "times": {Phase.ON_SCENE: NOON} if phase is Phase.ON_SCENE else {},
    }
    return Flight(**{**known, **more})


def seen(position: LatLon | None, **more: Any) -> Telemetry:
    known: dict[str, Any] = {
        "drone": "D1",
        "is_connected": True,
        "link_age_s": 0.1,
        "position": position,
        "position_age_s": 0.1,
        "height_m": 60.0,
        "battery_fraction": 0.8,
        "battery_age_s": 0.0,
        "armed": True,
        "mode": Mode.ORBIT,
        "landed": Landed.IN_AIR,
        "home": HOME,
    }
    return Telemetry(**{**known, **more})


def homeward(order_id: str, verb: Verb, target: LatLon | None) -> Order:
    """One leg of a way home."""
    return Order(
        order_id=order_id,
        drone="D1",
        verb=verb,
        operator="core",
        asked_at=NOON,
        flight_id="F1",
        target=target,
        leg=Leg.HOME,
    )


def told(flight: Flight, telemetry: Telemetry, wind: Wind = CALM) -> Forecast:
    found = forecast(state(flight, wind=wind), flight, telemetry, NOON)
    assert found is not None
    return found


def promises(one: Forecast) -> tuple[float, ...]:
    """Everything that a person would count on; what cannot be told promises nothing."""
    values = (one.on_scene_s, one.bingo_in_s, one.land_with_fraction, one.arrival_fraction)
    return tuple(max(0.0, value) if value is not None else 0.0 for value in values)


def less_or_equal(one: Forecast, other: Forecast) -> bool:
    return all(a <= b + 1e-6 for a, b in zip(promises(one), promises(other), strict=True))


FRACTIONS = st.floats(0.0, 1.0)
WINDS = st.builds(Wind, st.floats(0.0, 14.0), st.floats(0.0, 360.0))
AWAY = st.floats(0.0, 4_000.0)
BEARINGS = st.floats(0.0, 360.0)
PHASES = st.sampled_from([Phase.TRANSIT, Phase.ON_SCENE, Phase.HOLDING])


class TestPromises:
    @given(FRACTIONS, FRACTIONS, AWAY, BEARINGS, WINDS, PHASES, st.none() | st.floats(1.0, 3_000.0))
    def test_less_battery_never_promises_more(
        self, a: float, b: float, away_m: float, bearing: float, wind: Wind, phase: Phase, own: float | None
    ) -> None:
        scene = offset(HOME, bearing, away_m)
        flight, here = over(scene, phase=phase), offset(HOME, bearing, away_m / 2)
        less, more = sorted((a, b))
        low = told(flight, seen(here, battery_fraction=less, battery_left_s=own), wind)
        high = told(flight, seen(here, battery_fraction=more, battery_left_s=own), wind)
        assert less_or_equal(low, high)

    @given(st.floats(0.0, 14.0), st.floats(0.0, 14.0), st.floats(0.0, 360.0), AWAY, BEARINGS, PHASES)
    def test_more_wind_never_promises_more(
        self, a: float, b: float, from_deg: float, away_m: float, bearing: float, phase: Phase
    ) -> None:
        scene = offset(HOME, bearing, away_m)
        flight, telemetry = over(scene, phase=phase), seen(offset(HOME, bearing, away_m / 2))
        calmer, windier = sorted((a, b))
        strong = told(flight, telemetry, Wind(windier, from_deg))
        assert less_or_equal(strong, told(flight, telemetry, Wind(calmer, from_deg)))

    @given(AWAY, AWAY, BEARINGS, WINDS)
    def test_more_distance_never_promises_more(self, a: float, b: float, bearing: float, wind: Wind) -> None:
        near_m, far_m = sorted((a, b))
        # A metre or so is within what a sphere does to a bearing.
        near, far = offset(HOME, bearing, near_m), offset(HOME, bearing, far_m + 2.0)
        assert less_or_equal(told(over(far), seen(far), wind), told(over(near), seen(near), wind))

    @given(BEARINGS, st.floats(2.0, 4_000.0), WINDS)
    def test_wind_from_behind_is_not_counted_on(self, bearing: float, away_m: float, wind: Wind) -> None:
        there = offset(HOME, bearing, away_m)
        seconds = leg_s(HOME, there, 15.0, wind)
        assert seconds is None or seconds >= distance_m(HOME, there) / 15.0 - 1e-6

    def test_nothing_is_promised_from_what_is_not_known(self) -> None:
        scene = offset(HOME, 90.0, 1_000.0)
        for changed, word in (
            ({"battery_fraction": None}, "has not said how full"),
            ({"battery_age_s": 100.0}, "battery value is old"),
            ({"battery_age_s": None}, "battery value is old"),
        ):
            nothing = told(over(scene), seen(scene, **changed))
            assert nothing.bingo_in_s is nothing.on_scene_s is nothing.land_with_fraction is None
            assert word in nothing.why
        assert "where it is" in told(over(scene), seen(None)).why
        stormy = told(over(scene), seen(scene), Wind(30.0, 270.0))
        assert stormy.bingo_in_s is None
        assert "wind" in stormy.why

    @pytest.mark.parametrize("phase", [Phase.TRANSIT, Phase.ON_SCENE])
    def test_what_it_believed_in_the_phase_before_is_not_counted_in_this_one(self, phase: Phase) -> None:
        """Out of the climb it still tells how long it could climb; over it, how long it could travel."""
        scene = offset(HOME, 90.0, 1_000.0)
        climbing = seen(scene, battery_left_s=600.0)
        plain = told(over(scene, phase=phase), seen(scene)).bingo_in_s
        new, old = (
            told(
                over(scene, phase=phase, times={phase: NOON - timedelta(seconds=ago_s)}), climbing
            ).bingo_in_s
            for ago_s in (10.0, 30.0)
        )
        assert plain is not None
        assert old is not None
        assert new == plain
        assert old < plain

    def test_what_the_aircraft_itself_believes_wins_where_it_is_less(self) -> None:
        scene = offset(HOME, 90.0, 1_000.0)
        watching = over(scene, times={Phase.ON_SCENE: NOON - timedelta(seconds=60)})
        ours = told(watching, seen(scene)).bingo_in_s
        less = told(watching, seen(scene, battery_left_s=600.0)).bingo_in_s
        more = told(watching, seen(scene, battery_left_s=6_000.0)).bingo_in_s
        assert ours is not None
        assert less is not None
        assert more is not None
        assert less < ours == more

    def test_a_battery_value_that_ages_is_carried_on(self) -> None:
        scene = offset(HOME, 90.0, 1_000.0)
        fresh, aged = told(over(scene), seen(scene)), told(over(scene), seen(scene, battery_age_s=40.0))
        assert fresh.bingo_in_s is not None
        assert aged.bingo_in_s is not None
        assert 39.0 <= fresh.bingo_in_s - aged.bingo_in_s <= 41.0

    def test_the_way_home_is_the_way_it_came_by(self) -> None:
        scene, bend = offset(HOME, 90.0, 1_000.0), offset(HOME, 0.0, 2_000.0)
        around = over(scene, ways=(Way(leg=Leg.OUT, points=(bend, scene), height_m=60.0),))
        straight_s, around_s = told(over(scene), seen(scene)).home_s, told(around, seen(scene)).home_s
        assert straight_s is not None
        assert around_s is not None
        assert around_s > straight_s + 150.0

    def test_the_way_home_is_what_is_left_of_it(self) -> None:
        first, second = offset(HOME, 90.0, 3_000.0), offset(HOME, 90.0, 1_000.0)
        way = Way(leg=Leg.HOME, points=(first, second, HOME), height_m=60.0)
        flight = over(first, phase=Phase.RETURNING, ways=(way,))
        here = seen(offset(HOME, 90.0, 500.0))

        def home_after(*orders: Order) -> float:
            house = msgspec.structs.replace(state(flight), orders={"D1": orders})
            found = forecast(house, flight, here, NOON)
            assert found is not None
            assert found.home_s is not None
            return found.home_s

        to_first, to_second = homeward("O1", Verb.TRANSIT, first), homeward("O2", Verb.TRANSIT, second)
        last = homeward("O3", Verb.RETURN, None)
        hold = msgspec.structs.replace(homeward("O4", Verb.HOLD, None), leg=None)
        straight_s = told(over(first), here).home_s
        assert straight_s is not None
        assert home_after(to_first) > home_after(to_first, to_second) + 200.0
        # The last leg is the aircraft's own return, which names no point; a hold on the way forgets none.
        assert abs(home_after(to_first, to_second, last) - straight_s) < 1.0
        assert home_after(to_first, to_second, hold) == home_after(to_first, to_second)

    def test_bingo_is_told_in_seconds_of_the_flight_it_has(self) -> None:
        scene = offset(HOME, 90.0, 1_000.0)
        house = state(over(scene))
        left_s = seconds_to_bingo(house, DRONE, seen(scene), PROGRAMME, NOON)
        # 80 % less 21 % reserve is 1062 s of 30 min; home is 1 km at 15 m/s and 60 m at 2 m/s: 96.7 s,
        # reckoned with a quarter more.
        assert left_s is not None
        assert abs(left_s - 941.2) < 1.0
        assert seconds_to_bingo(State(), DRONE, seen(scene), PROGRAMME, NOON) is None


class TestDrain:
    def test_nominal_until_something_was_seen(self) -> None:
        pace = learned(DRONE, over(HOME))
        assert pace.transit_per_s == pace.hover_per_s == pace.worst_per_s == NOMINAL_PER_S
        assert pace.seen == 0.0

    def test_hover_and_transit_are_told_apart(self) -> None:
        marks = [BatteryMark(NOON + timedelta(seconds=20.0 * k), 0.95 - 0.02 * k) for k in range(6)]
        arrived = NOON + timedelta(seconds=100)
        last = marks[-1].fraction
        marks += [BatteryMark(arrived + timedelta(seconds=60.0 * k), last - 0.02 * k) for k in range(1, 8)]
        flight = over(HOME, battery_marks=tuple(marks), times={Phase.ON_SCENE: arrived})
        pace = learned(DRONE, flight)
        assert pace.transit_per_s > 1.2 * NOMINAL_PER_S
        assert pace.hover_per_s < pace.transit_per_s
        assert pace.worst_per_s == pace.transit_per_s

    @given(st.floats(0.0002, 0.002), st.integers(3, 11), st.floats(0.0, 1.0))
    def test_one_odd_reading_does_not_move_the_slope(self, per_s: float, count: int, odd: float) -> None:
        marks = [BatteryMark(NOON + timedelta(seconds=30.0 * k), 1.0 - per_s * 30.0 * k) for k in range(12)]
        marks[count] = BatteryMark(marks[count].at, odd)
        slope = slope_per_s(marks)
        assert slope is not None
        assert abs(slope - per_s) < 0.35 * per_s

    def test_a_fast_drain_is_said_once_and_over_when_charged(self) -> None:
        scene = offset(HOME, 90.0, 1_000.0)
        house, told_of = state(over(scene)), []
        for step in range(40):
            at = NOON + timedelta(seconds=10.0 * step)
            fraction = round(0.9 - 3 * NOMINAL_PER_S * 10.0 * step, 2)
            sky = {"D1": seen(scene, battery_fraction=fraction)}
            for event in note_batteries(Context(house, "core", at, sky)):
                house = evolve(house, ev.Stored(seq=1, at=at, operator="core", cause="", event=event))
                told_of.append(event)
        unwell = [event for event in told_of if isinstance(event, ev.HealthChanged)]
        assert [event.is_well for event in unwell] == [False]
        assert "3.0 times" in unwell[0].detail or "2.9 times" in unwell[0].detail
        marks = sum(isinstance(event, ev.BatteryNoted) for event in told_of)
        assert 20 <= marks <= 40
        ended = msgspec.structs.replace(house.flights["F1"], phase=Phase.LANDED)
        house = msgspec.structs.replace(house, flights={"F1": ended})
        ground = seen(HOME, battery_fraction=0.97, landed=Landed.ON_GROUND, armed=False)
        found = note_batteries(Context(house, "core", NOON, {"D1": ground}))
        assert [type(event) for event in found] == [ev.HealthChanged]

    def test_a_cell_that_fails_is_said_at_once(self) -> None:
        scene = offset(HOME, 90.0, 1_000.0)
        house = state(over(scene, battery_marks=(BatteryMark(NOON, 0.7),)))
        later = Context(house, "core", NOON + timedelta(seconds=5), {"D1": seen(scene, battery_fraction=0.5)})
        noted, unwell = note_batteries(later)
        assert isinstance(noted, ev.BatteryNoted)
        assert isinstance(unwell, ev.HealthChanged)
        assert "from 70% to 50% within 5 s" in unwell.detail


class TestWhoseWind:
    SCENE = offset(HOME, 90.0, 3_000.0)
    AGAINST = 270.0
    """The way home from there leads west: a wind from the west is against it."""

    def home_s(self, house: State, **own: Any) -> Forecast:
        flight = house.flights["F1"]
        found = forecast(house, flight, seen(self.SCENE, **own), NOON)
        assert found is not None
        assert found.home_s is not None
        return found

    def test_its_own_estimate_comes_before_the_observation(self) -> None:
        mast = state(over(self.SCENE), wind=Wind(2.0, self.AGAINST))
        by_mast = self.home_s(mast)
        by_own = self.home_s(mast, wind_speed_m_s=9.0, wind_from_deg=self.AGAINST)
        assert by_own.home_s == self.home_s(state(over(self.SCENE), wind=Wind(9.0, self.AGAINST))).home_s
        assert (by_own.home_s or 0.0) > (by_mast.home_s or 0.0)
        assert not by_own.is_calm_assumed
        assert not by_mast.is_calm_assumed

    @pytest.mark.parametrize(
        ("speed_m_s", "from_deg"),
        [(0.0, 0.0), (None, 270.0), (9.0, None), (math.nan, 270.0), (9.0, math.nan), (900.0, 270.0)],
    )
    def test_an_estimate_that_says_nothing_leaves_the_observation(
        self, speed_m_s: float | None, from_deg: float | None
    ) -> None:
        mast = state(over(self.SCENE), wind=Wind(8.0, self.AGAINST))
        own = self.home_s(mast, wind_speed_m_s=speed_m_s, wind_from_deg=from_deg)
        assert own == self.home_s(mast)

    @pytest.mark.parametrize(
        "changed", [None, {"has_wind": False}, {"observed_at": NOON - timedelta(days=1)}]
    )
    def test_where_neither_is_known_the_forecast_says_that_it_assumes_calm(
        self, changed: dict[str, Any] | None
    ) -> None:
        mast = state(over(self.SCENE), wind=Wind(8.0, self.AGAINST))
        assert mast.weather is not None
        weather = None if changed is None else msgspec.structs.replace(mast.weather, **changed)
        unknown = msgspec.structs.replace(mast, weather=weather)
        told_of = self.home_s(unknown)
        assert told_of.is_calm_assumed
        assert "calm assumed" in told_of.why
        own = self.home_s(unknown, wind_speed_m_s=5.0, wind_from_deg=self.AGAINST)
        assert not own.is_calm_assumed
        assert "calm" not in own.why


def test_a_launch_plans_with_what_the_aircraft_drains() -> None:
    target = offset(HOME, 0.0, 2_000.0)
    known: dict[str, Any] = {
        "height_m": 60.0,
        "start_height_m": 0.0,
        "battery_fraction": 0.9,
        "reserve": 0.2,
        "wind": CALM,
    }
    usual = plan(DRONE, HOME, HOME, target, **known)
    thirsty = plan(DRONE, HOME, HOME, target, drain_per_s=2 * NOMINAL_PER_S, **known)
    assert usual is not None
    assert thirsty is not None
    assert abs(thirsty.needed_fraction - 0.21 - 2 * (usual.needed_fraction - 0.21)) < 1e-9
    assert thirsty.on_scene_s < usual.on_scene_s / 2


class Flown:
    """One aircraft over one scene, second by second, with a drain that only the battery knows."""

    def __init__(self, away_m: float, hover: float, transit: float, wind: Wind) -> None:
        self.scene = offset(HOME, 70.0, away_m)
        self.hover_per_s = hover * NOMINAL_PER_S
        self.transit_per_s = transit * NOMINAL_PER_S
        self.battery = 0.97
        self.at = NOON
        self.flight = over(self.scene, phase=Phase.TRANSIT)
        self.house = state(self.flight, wind=wind)
        self.wind = wind

    def spend(self, seconds: float, per_s: float) -> None:
        self.at += timedelta(seconds=seconds)
        self.battery -= seconds * per_s

    def telemetry(self, position: LatLon) -> Telemetry:
        return seen(position, battery_fraction=max(0.0, round(self.battery, 2)))

    def look(self, position: LatLon) -> float | None:
        """Notes the battery, and tells the seconds to bingo."""
        telemetry = self.telemetry(position)
        for event in note_batteries(Context(self.house, "core", self.at, {"D1": telemetry})):
            stored = ev.Stored(seq=1, at=self.at, operator="core", cause="", event=event)
            self.house = evolve(self.house, stored)
        return seconds_to_bingo(self.house, DRONE, telemetry, PROGRAMME, self.at)

    def arrive(self) -> None:
        arrived = msgspec.structs.replace(
            self.house.flights["F1"], phase=Phase.ON_SCENE, times={Phase.ON_SCENE: self.at}
        )
        self.house = msgspec.structs.replace(self.house, flights={"F1": arrived})

    def land(self, position: LatLon) -> float:
        """What is left on the ground when it leaves from here now."""
        back_s = leg_s(position, HOME, DRONE.cruise_speed_m_s, self.wind)
        assert back_s is not None
        return self.battery - (back_s + 60.0 / DRONE.descent_speed_m_s) * self.transit_per_s


@given(
    st.floats(200.0, 3_500.0),
    st.floats(0.6, 1.6),
    st.floats(0.8, 1.25),
    st.floats(0.0, 8.0),
    st.floats(0.0, 360.0),
)
def test_who_leaves_at_bingo_lands_with_the_reserve(
    away_m: float, hover: float, transit_to_hover: float, wind_m_s: float, from_deg: float
) -> None:
    """Whatever it drains, up to twice the endurance figure, and whether transit or hover costs more."""
    flown = Flown(away_m, hover, hover * transit_to_hover, Wind(wind_m_s, from_deg))
    out_s = leg_s(HOME, flown.scene, DRONE.cruise_speed_m_s, flown.wind)
    assert out_s is not None
    position, steps = HOME, max(1, int(out_s // 5))
    flown.spend(20.0, flown.transit_per_s)
    for step in range(steps):
        flown.spend(out_s / steps, flown.transit_per_s)
        position = offset(HOME, 70.0, away_m * (step + 1) / steps)
        left_s = flown.look(position)
        if left_s is not None and left_s <= 0.0:
            break
    else:
        flown.arrive()
        while (left_s := flown.look(position)) is not None and left_s > 0.0:
            flown.spend(5.0, flown.hover_per_s)
            assert flown.battery > 0.0
    assert flown.land(position) >= PROGRAMME.battery_reserve
