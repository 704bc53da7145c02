"""Status texts: long ones put together again, and what to repeat of them when an order is refused. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import NamedTuple

from rtcc_core.adapters.mavsdk_messages import StatusText
from rtcc_core.adapters.mavsdk_words import WARNING
from rtcc_core.domain.text import clean

CHUNK_BYTES = 50
"""Length of STATUSTEXT.text; a shorter chunk is the last one of its text."""

MAX_CHUNKS = 20
KEPT = 32
PREARM_VALID_S = 40.0
"""ArduPilot repeats its pre-arm complaints every 30 s."""

_PREARM_STARTS = ("PreArm:", "Arm:", "Preflight Fail", "Arming denied")


class Said(NamedTuple):
    """A complete status text; `severity` is MAV_SEVERITY, `at` monotonic seconds of arrival."""

    at: float
    severity: int
    text: str


class Texts:
    """The status texts of one aircraft."""

    def __init__(self) -> None:
        self._said: deque[Said] = deque(maxlen=KEPT)
        self._partial: list[StatusText] = []

    def take(self, chunk: StatusText, at: float) -> list[Said]:
        """Note a STATUSTEXT; what is complete now. A text whose end was lost comes out with the next one."""
        done: list[Said] = []
        partial = self._partial
        follows = bool(partial) and chunk.id == partial[0].id and chunk.chunk_seq == len(partial)
        if partial and not follows:
            done.append(self._finish(at))
        self._partial.append(chunk)
        is_last = chunk.id == 0 or len(chunk.text) < CHUNK_BYTES
        if is_last or len(self._partial) >= MAX_CHUNKS:
            done.append(self._finish(at))
        return done

    def warnings_since(self, at: float) -> str:
        """Every warning or worse since `at`, once each, as one line."""
        return _join(said for said in tuple(self._said) if said.at >= at and said.severity <= WARNING)

    def prearm_complaints(self, now: float) -> list[str]:
        """What it lately said keeps it from arming."""
        recent = (said for said in tuple(self._said) if now - said.at < PREARM_VALID_S)
        texts = (clean(said.text) for said in recent if said.text.startswith(_PREARM_STARTS))
        return list(dict.fromkeys(texts))

    def _finish(self, at: float) -> Said:
        chunks, self._partial = self._partial, []
        text = b"".join(chunk.text for chunk in chunks).decode("utf-8", "replace")
        said = Said(at, chunks[0].severity, text)
        self._said.append(said)
        return said


def _join(said: Iterable[Said]) -> str:
    texts = (clean(each.text) for each in said)
    return "; ".join(dict.fromkeys(text for text in texts if text))
