"""What the doctor says: one finding each, with its grade and its remedy."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from rtcc_core.domain.facts import Fact


class Grade(StrEnum):
    OK = "OK"
    WARN = "WARN"
    FAIL = "FAIL"


class Finding(msgspec.Struct, frozen=True):
    """One line of the doctor's."""

    grade: Grade
    what: str
    said: str
    remedy: str = ""

    def __str__(self) -> str:
        end = "" if self.said.endswith("?") else "."
        tail = f"{end} {self.remedy}" if self.remedy else ""
        return f"{self.grade.value:<4}  {self.what:<9}  {self.said}{tail}"


def worst_of(findings: Iterable[Finding]) -> Grade:
    """The gravest grade; OK of none."""
    order = [Grade.OK, Grade.WARN, Grade.FAIL]
    return max((finding.grade for finding in findings), key=order.index, default=Grade.OK)


class Nowhere:
    """Takes what a reader would report; the doctor only looks."""

    async def store(self, facts: Sequence[Fact], *, source: str) -> None:
        """Keep nothing."""
