"""Telling two aircraft with one system id from one aircraft, however it flies and however fast it is run."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rtcc_core.adapters.mavsdk_twins import WINDOW_S, TwinWatch

LATITUDE, LONGITUDE = 52.0, 5.0
DEGREE_M = 111_195.0


def fly_one(watch: TwinWatch, *, seconds: float, speed: float = 1.0, from_at: float = 0.0) -> float:
    """One aircraft at 15 m/s northward, positions at 10 Hz and heartbeats at 1 Hz of its own clock."""
    steps = int(seconds * 10 * speed)
    at = from_at
    for step in range(steps):
        at = from_at + step / 10.0 / speed
        watch.position(at, step * 100, LATITUDE + step * 1.5 / DEGREE_M, LONGITUDE)
        if step % 10 == 0:
            watch.heartbeat(at)
    return at


@given(speed=st.sampled_from([0.5, 1.0, 2.0, 5.0, 20.0]), seconds=st.floats(15.0, 30.0))
def test_one_aircraft_is_never_two_at_any_speed_of_its_clock(speed: float, seconds: float) -> None:
    watch = TwinWatch()
    assert not watch.is_twin(fly_one(watch, seconds=seconds, speed=speed))


@given(boot_ms=st.integers(1_000, 10**9))
def test_a_reboot_is_one_aircraft(boot_ms: int) -> None:
    watch = TwinWatch()
    watch.position(0.0, boot_ms, LATITUDE, LONGITUDE)
    end = fly_one(watch, seconds=12.0, from_at=1.0)
    assert not watch.is_twin(end)


@given(speed=st.sampled_from([1.0, 5.0, 10.0, 20.0]), before=st.floats(12.0, 40.0))
def test_an_aircraft_that_restarts_is_one_at_any_speed_of_its_clock(speed: float, before: float) -> None:
    watch = TwinWatch()
    end = fly_one(watch, seconds=before, speed=speed)
    after = fly_one(watch, seconds=9.0, speed=speed, from_at=end + 2.0)
    assert not watch.is_twin(after)
    assert not watch.is_twin(fly_one(watch, seconds=20.0, speed=speed, from_at=after + 30.0))


@given(offset_ms=st.integers(500, 10**8))
def test_two_boot_clocks_are_two_aircraft_also_on_one_pad(offset_ms: int) -> None:
    watch = TwinWatch()
    for step in range(10):
        watch.position(step / 10.0, step * 100, LATITUDE, LONGITUDE)
        watch.position(step / 10.0, step * 100 + offset_ms, LATITUDE, LONGITUDE)
    assert watch.is_twin(1.0)


def test_two_places_are_two_aircraft_also_with_one_clock_and_it_is_over_when_one_is_gone() -> None:
    watch = TwinWatch()
    for step in range(10):
        watch.position(step / 10.0, step * 100, LATITUDE, LONGITUDE)
        watch.position(step / 10.0, step * 100, LATITUDE + 60.0 / DEGREE_M, LONGITUDE)
    assert watch.is_twin(1.0)
    for step in range(10, 80):
        watch.position(step / 10.0, step * 100, LATITUDE, LONGITUDE)
    assert not watch.is_twin(1.0 + WINDOW_S + 0.1)


def test_twice_the_heartbeats_are_two_aircraft_also_on_one_pad_with_one_clock() -> None:
    watch = TwinWatch()
    for step in range(100):
        at = step / 10.0
        watch.position(at, step * 100, LATITUDE, LONGITUDE)
        if step % 5 == 0:
            watch.heartbeat(at)
    assert watch.is_twin(10.0)


def test_one_in_flight_and_one_that_stands_are_two_also_where_only_heartbeats_tell() -> None:
    watch = TwinWatch()
    for second in range(3):
        watch.heartbeat(float(second), is_armed=True)
        watch.heartbeat(second + 0.4, is_armed=False)
    assert watch.is_twin(2.4)


def test_an_aircraft_that_is_armed_lands_and_is_armed_again_is_one() -> None:
    watch = TwinWatch()
    for second in range(60):
        watch.heartbeat(float(second), is_armed=second % 20 < 10)
        assert not watch.is_twin(float(second))


def test_many_heartbeats_without_a_clock_prove_nothing() -> None:
    watch = TwinWatch()
    for step in range(200):
        watch.heartbeat(step / 10.0)
    assert not watch.is_twin(20.0)
