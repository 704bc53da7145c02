"""When a feed last said something new, and what was tolerated in reading it, by kind."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from rtcc_core.domain.state import State

KINDS_KEPT = 40
"""Kinds of warnings that are counted by themselves for each feed."""

OTHER_KIND = "other"

_PLAIN = re.compile(r"[A-Za-z$.'()-]*[,;:]?")


def heard(state: State, name: str, warnings: Sequence[str], at: datetime) -> State:
    """The state in which this feed has said something new, read with these warnings."""
    feed = state.feeds.get(name)
    if feed is None:
        return state
    feed = replace(feed, heard_at=at)
    if warnings:
        kinds = dict(feed.tolerated_kinds)
        for kind in sorted({warning_kind(words) for words in warnings}):
            counted = kind if kind in kinds or len(kinds) < KINDS_KEPT else OTHER_KIND
            kinds[counted] = kinds.get(counted, 0) + 1
        feed = replace(feed, tolerated=feed.tolerated + 1, tolerated_kinds=kinds)
    return replace(state, feeds={**state.feeds, name: feed})


def warning_kind(words: str) -> str:
    """A warning without what is of one message alone: numbers, and names with signs in them, become `…`."""
    kept: list[str] = []
    for word in words.split():
        if _PLAIN.fullmatch(word):
            kept.append(word)
        elif not kept or not kept[-1].startswith("…"):
            kept.append("…," if word.endswith(",") else "…")
    return " ".join(kept)
