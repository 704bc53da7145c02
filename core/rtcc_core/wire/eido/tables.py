"""What the codes of an EIDO mean: the registries' own meaning, and what an agency says instead."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

import msgspec

from rtcc_core.domain.call import CallStatus
from rtcc_core.wire.eido.registry_words import STATUS_WORDS, TYPE_WORDS, UNIT_STATUSES

NO_CODE: Final = "NCRNONE"
"""The registry's own code for "none of these"; an agency's internal code says more."""

DECIDING_STATUS: Final[Mapping[str, CallStatus]] = {
    "active": CallStatus.ACTIVE,
    "reopened": CallStatus.ACTIVE,
    "cancelled": CallStatus.CANCELLED,
    "canceled": CallStatus.CANCELLED,
    "closed": CallStatus.CLOSED,
}
"""The registry values that open or end a call, folded; the last one a sender lists decides."""

SEVERITY: Final[Mapping[str, int]] = {"highest": 1, "high": 2, "normal": 3, "low": 4, "lowest": 5}
"""cautionSeverity and priorityIdentifier → 1 (worst) … 5."""

_PRIORITY_BY_EIDO: Final = (5, 5, 5, 4, 4, 3, 3, 2, 2, 1, 1)
_EIDO_BY_PRIORITY: Final[Mapping[int, int]] = {1: 10, 2: 8, 3: 6, 4: 4, 5: 1}


WORD_MAX: Final = 64


def folded(text: str) -> str:
    """A registry value without its case, spaces and hyphens, which senders do not agree on."""
    return _folded_word(text) if len(text) <= WORD_MAX else _folded(text)


def _folded(text: str) -> str:
    return "".join(char for char in text.lower() if char.isalnum())


# The words of registries come with every message, and there are few of them.
_folded_word = lru_cache(maxsize=2_000)(_folded)


class Tables(msgspec.Struct, frozen=True, kw_only=True):
    """An agency's own meanings of one feed's codes; each stands before the registry's.

    Keys are compared folded (see `folded`). From [[cad]] types, statuses, unit_statuses and priorities.
    """

    types: Mapping[str, str] = {}
    """Type code, the registry's or CAD's own → words."""
    statuses: Mapping[str, CallStatus] = {}
    """Common or internal incident status → whether the call is open."""
    unit_statuses: Mapping[str, str] = {}
    """Common or internal unit status → words."""
    priorities: Mapping[str, int] = {}
    """CAD's internal priority text, or the common number as text → 1 (highest) … 5."""

    def __post_init__(self) -> None:
        """Raises ValueError for a priority outside 1 … 5."""
        wrong = next((key for key, value in self.priorities.items() if not 1 <= value <= 5), None)
        if wrong is not None:
            raise ValueError(f"priority {wrong} must be one of 1 (highest) to 5")
        for name in self.__struct_fields__:
            own = {folded(key): value for key, value in getattr(self, name).items()}
            msgspec.structs.force_setattr(self, name, own)

    def type_words(self, *codes: str) -> str:
        """Words for the first of the codes that has any; the agency's before the registry's."""
        own = next((self.types[key] for code in codes if (key := folded(code)) in self.types), "")
        return own or next((TYPE_WORDS[key] for code in codes if (key := code.upper()) in TYPE_WORDS), "")

    def status(self, value: str) -> CallStatus | None:
        """Whether this status opens or ends a call; None where it does neither."""
        key = folded(value)
        return self.statuses.get(key) or DECIDING_STATUS.get(key)

    def knows_status(self, value: str) -> bool:
        key = folded(value)
        return key in self.statuses or key in DECIDING_STATUS or key in STATUS_WORDS

    def unit_status(self, value: str) -> str:
        return self.unit_statuses.get(folded(value)) or words(value)

    def own_priority(self, text: str) -> int | None:
        return self.priorities.get(folded(text)) if text else None


def house_priority(eido_number: int) -> int | None:
    """EIDO incidentCommonPriorityNumber (0 … 10, 10 highest) → 1 (highest) … 5; None outside it."""
    return _PRIORITY_BY_EIDO[eido_number] if 0 <= eido_number <= 10 else None


def eido_priority(house: int) -> int:
    """1 (highest) … 5 → an EIDO number that reads back as the same priority."""
    return _EIDO_BY_PRIORITY[min(5, max(1, house))]


_ODD_WORDS: Final[Mapping[str, str]] = {
    "OutofService": "out of service",
    "BacktoAssignedArea": "back to assigned area",
    "COP_or_POP": "community policing",
}


def words(registry_value: str) -> str:
    """`OnScene` → "on scene"; text that is words already stays as it is."""
    known = _ODD_WORDS.get(registry_value)
    if known or " " in registry_value or not registry_value.isalpha():
        return known or registry_value
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", registry_value)
    return " ".join(part.lower() for part in parts) or registry_value


UNIT_STATUS_CODES: Final[Mapping[str, str]] = {folded(value): value for value in UNIT_STATUSES}
"""Words of a unit's status, folded → SecondaryUnitStatus registry value."""
