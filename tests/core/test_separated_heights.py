"""Heights that our own aircraft keep from each other."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from rtcc_core.domain.heights import Agl, Amsl
from rtcc_core.domain.separation import separated_heights


def test_free_heights_are_apart_from_those_taken_and_from_each_other() -> None:
    heights = separated_heights([Amsl(60.0), Amsl(63.0)], Amsl(50.0), Amsl(110.0), 15.0)
    assert heights == (Amsl(78.0), Amsl(93.0), Amsl(108.0))
    assert separated_heights([], Agl(60.0), Agl(60.0), 10.0) == (Agl(60.0),)
    assert separated_heights([Agl(60.0)], Agl(60.0), Agl(69.0), 10.0) == ()


@given(
    taken=st.lists(st.floats(0, 200), max_size=8),
    lowest=st.floats(0, 100),
    room=st.floats(0, 100),
    step=st.floats(1, 40),
)
def test_the_first_free_height_is_the_lowest_there_is(
    taken: list[float], lowest: float, room: float, step: float
) -> None:
    free = [
        height.metres
        for height in separated_heights([Amsl(t) for t in taken], Amsl(lowest), Amsl(lowest + room), step)
    ]
    assert all(abs(height - other) >= step - 1e-6 for height in free for other in taken)
    assert all(b - a >= step - 1e-6 for a, b in itertools.pairwise(free))
    below = free[0] if free else lowest + room
    candidates = [lowest, *(t + step for t in taken)]
    for candidate in candidates:
        if lowest <= candidate < below - 1e-6:
            assert any(abs(candidate - t) < step for t in taken)
