"""Slips of the pen: counted as a person does, and every known word within them found."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rtcc_core.domain.spelling import Spelling, slips, slips_allowed


@given(st.text("abc ", max_size=9), st.text("abc ", max_size=9))
def test_slips_are_counted_like_a_person_does(one: str, other: str) -> None:
    assert slips(one, one, 2) == 0
    assert slips(one, other, 9) == slips(other, one, 9)
    assert slips(one + "x", one, 2) == 1
    assert (slips(one, other, 9) == 0) is (one == other)


@given(st.lists(st.text("abc", max_size=10), max_size=30), st.text("abc", max_size=10))
def test_every_known_word_within_the_slips_is_found(known: list[str], word: str) -> None:
    most = slips_allowed(word)
    near = {other for other in known if slips(word, other, most) <= min(most, slips_allowed(other))}
    assert near <= {other for _, other in Spelling(known).near(word)}
