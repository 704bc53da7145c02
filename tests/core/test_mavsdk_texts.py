"""Status texts put together again from what a lossy link left of them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rtcc_core.adapters.mavsdk_messages import StatusText
from rtcc_core.adapters.mavsdk_texts import CHUNK_BYTES, Texts


def chunks(words: str, number: int, severity: int = 4) -> list[StatusText]:
    text = words.encode()
    parts = [text[start : start + CHUNK_BYTES] for start in range(0, len(text) + 1, CHUNK_BYTES)]
    return [StatusText(severity, part, number, index) for index, part in enumerate(parts)]


@given(st.text("abc xyzé", max_size=300), st.integers(1, 65535))
def test_a_text_in_chunks_comes_out_whole_and_once(text: str, number: int) -> None:
    texts = Texts()
    done = [said for chunk in chunks(text, number) for said in texts.take(chunk, 1.0)]
    assert [said.text for said in done] == [text]


def test_a_text_whose_end_was_lost_comes_out_with_the_next_one() -> None:
    texts = Texts()
    first, *_ = chunks("a" * 120, 7)
    assert texts.take(first, 1.0) == []
    assert [said.text for said in texts.take(StatusText(4, b"next"), 2.0)] == ["a" * 50, "next"]


@given(st.lists(st.builds(StatusText, st.integers(0, 9), st.binary(max_size=50), st.integers(0, 3))))
def test_no_sequence_of_chunks_is_held_back_for_ever(sequence: list[StatusText]) -> None:
    texts = Texts()
    for chunk in sequence:
        texts.take(chunk, 1.0)
    closed = texts.take(StatusText(6, b"end", 0, 0), 2.0)
    assert closed[-1].text == "end"


def test_only_warnings_since_a_moment_are_repeated_cleaned_and_once_each() -> None:
    texts = Texts()
    for at, severity, text in [
        (1.0, 2, "old"),
        (5.0, 6, "chatter"),
        (5.1, 2, "Arm: \x1b[31mcompass\tnot healthy"),
        (5.2, 2, "Arm: \x1b[31mcompass\tnot healthy"),
        (5.3, 4, "low battery"),
    ]:
        texts.take(StatusText(severity, text.encode()), at)
    assert texts.warnings_since(4.0) == "Arm: [31mcompass not healthy; low battery"


def test_prearm_complaints_are_forgotten_when_they_are_not_repeated() -> None:
    texts = Texts()
    texts.take(StatusText(2, b"PreArm: GPS 1: not healthy"), 10.0)
    assert texts.prearm_complaints(20.0) == ["PreArm: GPS 1: not healthy"]
    assert texts.prearm_complaints(60.0) == []
