"""Words that a misspelt one may have been meant to be.

Two words within a slip of each other become equal when a letter is struck from one or both; every word is
therefore kept under itself with letters struck, and found without looking at the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

SHORT, LONG = 4, 8
"""Words of fewer letters than SHORT are never misspelt, those of LONG and more may have two slips."""

LETTERS_MAX = 16
"""Of longer words only so many letters are looked at."""


class Spelling:
    """An immutable set of words."""

    __slots__ = ("_struck",)

    def __init__(self, words: Iterable[str]) -> None:
        struck: dict[str, list[str]] = {}
        for word in sorted(set(words)):
            for key in _keys(word):
                struck.setdefault(key, []).append(word)
        self._struck = struck

    def near(self, word: str) -> list[tuple[int, str]]:
        """Known words within the slips that `word` may have, itself too: (slips, word), nearest first."""
        most = slips_allowed(word)
        candidates = {known for key in _keys(word) for known in self._struck.get(key, ())}
        found = ((slips(word, known, most), known) for known in candidates)
        return sorted(each for each in found if each[0] <= most)


def slips_allowed(word: str) -> int:
    """How many slips a word of this length may have; none where it has a digit."""
    if len(word) < SHORT or any(char.isdecimal() for char in word):
        return 0
    return 2 if len(word) >= LONG else 1


def slips(one: str, other: str, most: int) -> int:
    """Letters to insert, drop, change or swap with a neighbour to get from one to the other; at most
    `most` + 1."""
    far = most + 1
    if abs(len(one) - len(other)) > most:
        return far
    before: list[int] = []
    row = [min(column, far) for column in range(len(other) + 1)]
    for i, char in enumerate(one, start=1):
        before, last, row = row, before, [far] * (len(other) + 1)
        row[0] = min(i, far)
        for j in range(max(1, i - most), min(len(other), i + most) + 1):  # further off costs too much
            letter = other[j - 1]
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (char != letter))
            if i > 1 and j > 1 and char == other[j - 2] and one[i - 2] == letter:
                cost = min(cost, last[j - 2] + 1)
            row[j] = min(cost, far)
        if min(row) == far:
            return far
    return row[-1]


def _keys(word: str) -> Iterator[str]:
    """The word, and it with as many letters struck as it may have slips."""
    head = word[:LETTERS_MAX]
    yield head
    most = slips_allowed(word)
    for i in range(len(head) if most else 0):
        once = head[:i] + head[i + 1 :]
        yield once
        if most > 1:
            yield from (once[:j] + once[j + 1 :] for j in range(i, len(once)))
