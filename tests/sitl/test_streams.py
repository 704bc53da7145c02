"""When telemetry is due."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtcc_sitl.streams import DEFAULT_RATES_HZ, FASTEST_HZ, Streams

POSITION = 33
TICK_S = 0.05


def sent(streams: Streams, seconds: float, tick_s: float = TICK_S) -> Counter[int]:
    return Counter(kind for _ in range(round(seconds / tick_s)) for kind in streams.due(tick_s))


def test_every_message_goes_out_at_its_rate() -> None:
    counted = sent(Streams(), 20.0)
    for kind, rate_hz in DEFAULT_RATES_HZ.items():
        assert counted[kind] == pytest.approx(rate_hz * 20.0, abs=1)


def test_the_first_thing_said_is_a_heartbeat() -> None:
    assert 0 in Streams(offset_s=0.09).due(0.001)


@pytest.mark.parametrize(
    ("interval_us", "rate_hz"), [(500_000, 2.0), (1_000, FASTEST_HZ), (-1, 0.0), (0, 10.0)]
)
def test_an_interval_changes_the_rate(interval_us: int, rate_hz: float) -> None:
    streams = Streams()
    streams.set_interval(POSITION, interval_us)
    assert sent(streams, 10.0)[POSITION] == pytest.approx(rate_hz * 10.0, abs=1)
    assert streams.interval_us(POSITION) == (round(1e6 / rate_hz) if rate_hz else -1)


def test_a_message_not_sent_by_default_can_be_asked_for_and_given_up() -> None:
    streams = Streams()
    streams.set_interval(32, 200_000)
    assert sent(streams, 2.0)[32] == pytest.approx(10, abs=1)
    streams.set_interval(32, 0)
    assert sent(streams, 2.0)[32] == 0


@given(st.floats(1.0, 60.0))
def test_a_stall_is_not_followed_by_a_burst(stall_s: float) -> None:
    streams = Streams()
    sent(streams, 2.0)
    assert max(Counter(streams.due(stall_s)).values()) == 1
    assert sent(streams, 1.0)[POSITION] <= 11


def test_a_flood_is_four_hundred_messages_a_second_until_a_rate_is_asked_for() -> None:
    streams = Streams()
    streams.flood()
    counted = sent(streams, 10.0)
    assert 390 * 10 <= counted.total() <= 450 * 10
    assert counted[POSITION] == pytest.approx(500, abs=5)
    assert counted[0] == pytest.approx(10, abs=1)
    streams.set_interval(POSITION, 200_000)
    assert sent(streams, 10.0)[POSITION] == pytest.approx(50, abs=1)
    assert len(streams.due(60.0)) < 150, "a stall is not made up for"
