"""Places that a person typed and the core found in the agency's street files; this console has no files."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from rtcc_core.domain.geo import LatLon
from rtcc_core.domain.streets import Lookup, Match
from rtcc_core.wire.console import Located

KEPT = 50
"""Found places that are remembered, the newest."""

MARK = "@"
"""What a place that is offered is typed by: `@1`, `@2` …"""


@dataclass(slots=True)
class Gazetteer:
    """What was asked and found so far. A place that is not certain is offered as `@1`, `@2` …"""

    words: str = ""
    """What a person has to read about the newest answer; empty where it was certain."""
    text: str = ""
    """What was asked last, and is answered."""
    unfound: frozenset[str] = frozenset()
    """What was asked and is nowhere, the newest."""
    _found: dict[str, Match] = field(default_factory=dict)
    _offered: tuple[Match, ...] = ()
    _asked: tuple[str, str] | None = None

    def asked(self, query_id: str, text: str) -> None:
        """A place is asked for; an answer to an older question counts no longer."""
        self._asked = (query_id, text)

    def answered(self, located: Located) -> bool:
        """Take an answer in; False where nobody waits for it."""
        if self._asked is None or self._asked[0] != located.query_id:
            return False
        (_, self.text), self._asked = self._asked, None
        found = Lookup(matches=located.matches, more=located.more, trouble=located.trouble)
        self._offered = tuple(match for match in found.matches if match.may_be_flown_to)
        certain = found.certain
        if certain is not None:
            self._found = dict([*self._found.items(), (self.text, certain)][-KEPT:])
        is_nowhere = certain is None and not self._offered
        self.unfound = frozenset({self.text}) if is_nowhere else frozenset()
        self.words = "" if certain is not None else self._choice(self.text, found)
        return True

    def _choice(self, text: str, found: Lookup) -> str:
        if not self._offered:
            return found.trouble or f"{text}: {_only_streets(text)}"
        offers = ", ".join(f"{MARK}{number} {match}" for number, match in enumerate(self._offered, 1))
        more = f" and {found.more} more" if found.more else ""
        return f"{text}: which one? Type its mark instead: {offers}{more}"

    @property
    def has_choice(self) -> bool:
        """True while the newest answer leaves a choice to a person."""
        return bool(self.words and self._offered)

    @property
    def matches(self) -> dict[str, Match]:
        """What was found, by what is typed for it."""
        offers = {f"{MARK}{number}": match for number, match in enumerate(self._offered, 1)}
        return self._found | offers

    @property
    def places(self) -> dict[str, LatLon]:
        """Positions by what is typed for them."""
        return {name: match.position for name, match in self.matches.items()}

    @property
    def labels(self) -> dict[str, str]:
        """How the street files spell them, by what is typed for them."""
        return {name: match.label for name, match in self.matches.items()}


def _only_streets(text: str) -> str:
    """What to say more where no place was found on the streets that are known."""
    if re.search(r"[/&@]|\b(and|at|x)\b", text, re.IGNORECASE):
        return "these streets do not meet in the street files; say a house number, or LAT,LON"
    return "only the street is known; say a house number, or the street that crosses it"
