"""What one gate says."""

from __future__ import annotations

import msgspec

from rtcc_core.domain.flight import Verdict


class Answer(msgspec.Struct, frozen=True):
    """A verdict and its reason: a phrase with the numbers in it."""

    verdict: Verdict
    reason: str


NOT_SET_UP = None
"""This agency has not set this gate up: nobody looks, and the flight's record says so."""


def passed(reason: str) -> Answer:
    return Answer(Verdict.PASS, reason)


def warned(reason: str) -> Answer:
    return Answer(Verdict.WARN, reason)


def blocked(reason: str) -> Answer:
    return Answer(Verdict.BLOCK, reason)


def unknown(reason: str) -> Answer:
    return Answer(Verdict.UNKNOWN, reason)
