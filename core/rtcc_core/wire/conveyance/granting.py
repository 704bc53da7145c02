"""What a subscriber may ask of us, judged by the standard's codes, and what it was granted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

import msgspec

from rtcc_core.wire.conveyance.filters import Filter, NotAFilter, read_filter
from rtcc_core.wire.conveyance.messages import Body, Tolerated, text_of, whole

MAX_UNANSWERED: Final = 1_000
"""Events of one subscription that are remembered until they are answered."""

Eido: TypeAlias = Mapping[str, object]


class NotifierRules(msgspec.Struct, frozen=True, kw_only=True):
    """What this notifier grants; seconds."""

    default_expires_s: int = 3600
    shortest_expires_s: int = 15
    longest_expires_s: int = 86_400
    shortest_min_rate_s: int = 5
    unanswered_max: int | None = 3
    """So many events that were not answered in time end a subscription; None: never."""
    answer_within_s: float = 10.0
    chunk: int | None = 200
    """Incidents in one event at most; None: no limit."""
    window: int | None = 8
    """Events that may be unanswered while more wait; meanwhile only the newest states are kept."""
    takes_requests: bool = False
    """requestForService and its like come out as Requested; else they are answered 501."""
    refuse_with: int | None = None
    """Answer every subscription with this status (503 while shutting down, 403 for a stranger)."""


class Refusal(Exception):
    """A request is not granted: the status of the standard, and why in words."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


class Subscription(msgspec.Struct, kw_only=True):
    """What one subscriber asked for, and when it is next due."""

    subscription_id: str
    incident_id: str
    unit_id: str
    only: Filter | None = None
    filter_every_s: int | None = None
    min_rate_s: int
    max_rate_s: int
    expires_at: float
    last_sent_at: float
    held: dict[str, Eido]
    """Newest state of the incidents that wait: for max_rate, or for answers to what was sent; by their id."""
    covered: set[str]
    """Incidents that it was told of by unit or filter: one that leaves is told once more."""
    unanswered: dict[str, float]
    """When each event was sent that is not answered yet, oldest first."""

    def wants(self, eido: Eido) -> bool:
        """True when this subscription covers the incident."""
        if self.incident_id:
            return eido.get("$id") == self.incident_id
        if not self.unit_id and is_of_unit_alone(eido):
            return False
        if self.only is not None and not self.only.fits(eido):
            return False
        return not self.unit_id or names_unit(eido, self.unit_id)

    def takes(self, eido: Eido) -> bool:
        """As `wants`, and once more for an incident that it covered until now."""
        identity, is_wanted = str(eido.get("$id")), self.wants(eido)
        if self.unit_id or self.only is not None:
            was_covered = identity in self.covered
            (self.covered.add if is_wanted else self.covered.discard)(identity)
            return is_wanted or was_covered
        return is_wanted

    def is_deaf(self, rules: NotifierRules, at: float) -> bool:
        """True when too many events were not answered in time."""
        deaf_at = self.deaf_at(rules)
        return deaf_at is not None and at >= deaf_at

    def deaf_at(self, rules: NotifierRules) -> float | None:
        if rules.unanswered_max is None or len(self.unanswered) < rules.unanswered_max:
            return None
        sent = list(self.unanswered.values())
        return sent[rules.unanswered_max - 1] + rules.answer_within_s

    def may_send(self, rules: NotifierRules, at: float) -> bool:
        """True when a new state need not wait."""
        is_open = rules.window is None or len(self.unanswered) < rules.window
        return is_open and not self.held and at >= self.last_sent_at + self.max_rate_s

    def take(self, rules: NotifierRules) -> list[Eido]:
        """The states that waited longest, as many as go into one event."""
        keys = list(self.held)[: rules.chunk]
        return [self.held.pop(key) for key in keys]

    def due_at(self, rules: NotifierRules) -> float:
        """When something must be done for it."""
        is_open = rules.window is None or len(self.unanswered) < rules.window
        quiet_until = self.last_sent_at + (self.max_rate_s if self.held and is_open else self.min_rate_s)
        deaf_at = self.deaf_at(rules)
        return min(self.expires_at, quiet_until, quiet_until if deaf_at is None else deaf_at)


def names_unit(eido: Eido, unit_id: str) -> bool:
    """True where the incident has this unit, by its id or its name."""
    units = eido.get("emergencyResourceComponent")
    if not isinstance(units, list):
        return False
    return any(
        isinstance(unit, Mapping) and unit_id in (unit.get("$id"), unit.get("emergencyResourceName"))
        for unit in units
    )


def is_of_unit_alone(eido: Eido) -> bool:
    """True for an EIDO about a unit that is on no incident: its id is the unit's own."""
    units, identity = eido.get("emergencyResourceComponent"), eido.get("$id")
    if not isinstance(units, list) or len(units) != 1:
        return False
    return isinstance(units[0], Mapping) and units[0].get("$id") == identity


def expires_s(rules: NotifierRules, body: Body) -> int:
    """The period that is granted. Raises Refusal."""
    wanted = _seconds(body, "expires")
    if wanted is None:
        return rules.default_expires_s
    return max(rules.shortest_expires_s, min(wanted, rules.longest_expires_s))


def grant(
    body: Body,
    rules: NotifierRules,
    *,
    at: float,
    subscription_id: str,
    known: Sequence[Eido],
    tolerated: list[Tolerated],
) -> Subscription:
    """Judge a new subscription. `known` are the incidents a single one may ask for. Raises Refusal."""
    about = _about(body, tolerated)
    incident_id, unit_id = text_of(body, "incidentId"), text_of(body, "unitId")
    if bool(incident_id) is not (about == "single") or bool(unit_id) is not (about == "resource"):
        raise Refusal(400, "incidentId belongs to single, unitId to resource, neither to new")
    only = _filter(body, incident_id)
    if incident_id and not any(eido.get("$id") == incident_id for eido in known):
        raise Refusal(404, "no such incident is active or was closed within 5 minutes")
    return Subscription(
        subscription_id=subscription_id,
        incident_id=incident_id,
        unit_id=unit_id,
        only=only,
        filter_every_s=max(1, _seconds(body, "qualFilterEvalPeriod") or 1) if only else None,
        min_rate_s=max(rules.shortest_min_rate_s, _seconds(body, "minRate") or 60),
        max_rate_s=_seconds(body, "maxRate") or 0,
        expires_at=at + expires_s(rules, body),
        last_sent_at=at,
        held={},
        covered=set(),
        unanswered={},
    )


def _about(body: Body, tolerated: list[Tolerated]) -> str:
    kind, about = text_of(body, "requestType"), text_of(body, "requestSubType") or "new"
    if kind.upper() != "EIDO":
        raise Refusal(400, f"requestType is {kind!r}, not EIDO")
    if kind != "EIDO":
        tolerated.append(Tolerated(f"requestType is written {kind}"))
    accepts = text_of(body, "requestAccepts")
    if accepts and "eido" not in accepts.lower():
        raise Refusal(406, "only application/emergency.eido+json version 1 is sent")
    if about not in ("single", "new", "resource"):
        raise Refusal(400, f"requestSubType {about!r} is none of single, new, resource")
    return about


def _filter(body: Body, incident_id: str) -> Filter | None:
    if body.get("qualFilter") is None:
        return None
    if incident_id:
        raise Refusal(400, "a filter does not go with an incidentId")
    try:
        return read_filter(text_of(body, "qualFilter"))
    except NotAFilter as exc:
        raise Refusal(400, str(exc)) from None


def _seconds(body: Body, key: str) -> int | None:
    """A number of seconds that the standard allows; None where there is none."""
    if body.get(key) is None:
        return None
    value = whole(body, key)
    if value is None or not 0 <= value < 10**9:
        raise Refusal(400, f"{key} is not a number of seconds")
    return value
