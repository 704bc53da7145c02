"""What the doctor says: one finding each, with its grade and its remedy."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

import msgspec


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
        tail = f". {self.remedy}" if self.remedy else ""
        return f"{self.grade.value:<4}  {self.what:<9}  {self.said}{tail}"


def worst_of(findings: Iterable[Finding]) -> Grade:
    """The gravest grade; OK of none."""
    order = [Grade.OK, Grade.WARN, Grade.FAIL]
    return max((finding.grade for finding in findings), key=order.index, default=Grade.OK)
