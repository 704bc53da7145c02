"""The components of an EIDO (NENA-STA-021.1b-2022 and its 1.1 draft) as our own frozen types.

What NIEM and other documents say inside them stays opaque and whole (`body`, `document`). Every member
may be missing or of the wrong kind: it is then empty here, and the original stays in the journal.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TypeVar

import msgspec


class Prologue(msgspec.Struct, frozen=True, kw_only=True):
    """What every component begins with."""

    identity: str = ""
    """`$id` as sent: compared, never shown before cleaning."""
    updated_at: datetime | None = None


C = TypeVar("C", bound=Prologue)


class Agency(Prologue, frozen=True, kw_only=True):
    card: str = ""
    """jCard (RFC 7095), as a JSON text."""
    roles: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    is_owner: bool | None = None
    """Whether the incident is this agency's; None where that is not told."""


class Agent(Prologue, frozen=True, kw_only=True):
    card: str = ""
    position: str = ""
    """The workstation's."""
    roles: tuple[str, ...] = ()
    agency: tuple[str, ...] = ()


class Incident(Prologue, frozen=True, kw_only=True):
    type_code: str = ""
    type_own_code: str = ""
    type_own_words: str = ""
    statuses: tuple[str, ...] = ()
    own_statuses: tuple[str, ...] = ()
    number: str = ""
    priority: object = None
    """As sent: it may be a number, text, or anything."""
    own_priority: str = ""
    beat: str = ""
    locations: tuple[str, ...] = ()
    dispositions: object = None


class Disposition(Prologue, frozen=True, kw_only=True):
    code: str = ""
    category: str = ""
    words: str = ""


class CallInfo(Prologue, frozen=True, kw_only=True):
    state: str = ""
    direction: str = ""
    primary_type: str = ""
    local_type: str = ""
    priority: str = ""
    queue: str = ""
    verstat: str = ""
    """What the network says of the caller's number (STIR/SHAKEN)."""
    started_at: datetime | None = None
    answered_at: datetime | None = None
    callbacks: tuple[str, ...] = ()
    locations: tuple[str, ...] = ()


class Callback(Prologue, frozen=True, kw_only=True):
    uris: tuple[str, ...] = ()
    device: str = ""
    updated: object = None


class LocationInfo(Prologue, frozen=True, kw_only=True):
    kind: str = ""
    document: object = None
    """PIDF-LO as a text, or what stands in its place."""
    url: str = ""
    description: str = ""
    cross_streets: tuple[str, ...] = ()
    crossings: tuple[str, ...] = ()
    """PIDF-LO documents of the streets that make it an intersection."""
    tower: str = ""


class NoteInfo(Prologue, frozen=True, kw_only=True):
    source: str = ""
    """HTML5, as sent."""
    agents: tuple[str, ...] = ()
    cautions: tuple[str, ...] = ()


class Dispatch(Prologue, frozen=True, kw_only=True):
    agency: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()


class Resource(Prologue, frozen=True, kw_only=True):
    name: str = ""
    kind: str = ""
    primary: tuple[str, ...] = ()
    secondary: tuple[str, ...] = ()
    own_status: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    active_on: str = ""
    stacked_on: tuple[str, ...] = ()
    eta: datetime | None = None


class Person(Prologue, frozen=True, kw_only=True):
    roles: tuple[str, ...] = ()
    body: object = None
    """NIEM, whole."""
    cautions: tuple[str, ...] = ()
    callbacks: tuple[str, ...] = ()


class Organization(Prologue, frozen=True, kw_only=True):
    roles: tuple[str, ...] = ()
    body: object = None


class Vehicle(Prologue, frozen=True, kw_only=True):
    roles: tuple[str, ...] = ()
    body: object = None
    commercial: object = None
    cautions: tuple[str, ...] = ()


class Item(Prologue, frozen=True, kw_only=True):
    """The 1.1 draft defines it and gives it no place in the root; senders put it there all the same."""

    body: object = None


class AdditionalData(Prologue, frozen=True, kw_only=True):
    url: str = ""
    document: str = ""
    """RFC 7852 block, CAP alert or VEDS crash data, whole."""
    purpose: str = ""


class Alarm(Prologue, frozen=True, kw_only=True):
    document: str = ""
    """APCO/CSAA ASAP, whole."""
    url: str = ""


class Merge(Prologue, frozen=True, kw_only=True):
    incident_uid: str = ""
    direction: str = ""


class Link(Prologue, frozen=True, kw_only=True):
    incident_uid: str = ""
    direction: str = ""
    reason: str = ""


class Media(Prologue, frozen=True, kw_only=True):
    uri: str = ""
    content_type: str = ""
    label: str = ""


class Caution(Prologue, frozen=True, kw_only=True):
    own_words: str = ""
    common: tuple[str, ...] = ()
    more: tuple[str, ...] = ()
    severity: str = ""
    source: str = ""


class SharedResource(Prologue, frozen=True, kw_only=True):
    kind: str = ""
    url: str = ""
    document: str = ""
    connected: tuple[str, ...] = ()
    """Others that share a path with it: circular by design, never followed."""


class ExternalSource(Prologue, frozen=True, kw_only=True):
    source: str = ""
    access: str = ""


class UnitEmergency(Prologue, frozen=True, kw_only=True):
    kind: str = ""
    severity: str = ""
    device: str = ""
    started_at: datetime | None = None
    stopped_at: datetime | None = None


class Eido(Prologue, frozen=True, kw_only=True):
    """One EIDO: its components by kind, each findable by its `$id`."""

    uid: str
    """The incident's id: the root's `$id`, cleaned."""
    version: str = ""
    issuer: str = ""
    updated_by: tuple[str, ...] = ()
    incident: Incident | None = None
    by_kind: Mapping[type[Prologue], tuple[Prologue, ...]] = {}
    by_id: Mapping[str, Prologue] = {}
    unknown: Mapping[str, object] = {}
    """Members of the root that no published version has, whole."""

    def all(self, kind: type[C]) -> tuple[C, ...]:
        """Every component of one kind, in the order sent."""
        each = self.by_kind.get(kind)
        return tuple(found for found in each if isinstance(found, kind)) if each else ()

    def get(self, identity: str, kind: type[C]) -> C | None:
        """The component called `identity`, where it is of that kind; a JSON pointer's `#` is overlooked."""
        found = self.by_id.get(identity) or self.by_id.get(identity.removeprefix("#"))
        return found if isinstance(found, kind) else None
