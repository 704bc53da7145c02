"""What a subscriber asks for, and what comes out of its machine."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeAlias

import msgspec

from rtcc_core.wire.conveyance.messages import Item, Send, Tolerated


class About(StrEnum):
    """What a subscription is about (`requestSubType`)."""

    NEW = "new"
    """Every incident that is active or becomes so."""
    SINGLE = "single"
    """One incident."""
    RESOURCE = "resource"
    """The incidents of one unit."""


class Wants(msgspec.Struct, frozen=True, kw_only=True):
    """What we ask of the CAD; seconds."""

    name: str = ""
    """The feed that these events belong to; every output names it."""
    about: About = About.NEW
    incident_id: str = ""
    """Only with SINGLE."""
    unit_id: str = ""
    """Only with RESOURCE."""
    qual_filter: str = ""
    """The CAD's own filter language; empty for none."""
    filter_every_s: int | None = None
    """How often the CAD should look whether the filter still holds."""
    min_rate_s: int = 10
    """The CAD says something at least this often."""
    max_rate_s: int | None = None
    """And at most this often; None: as often as it likes."""
    expires_s: int = 3600
    silent_after_s: float | None = None
    """Silence that counts as a dead line; None: three times min_rate, at least 15."""


class Subscribed(msgspec.Struct, frozen=True, kw_only=True):
    """The CAD accepted our subscription; its snapshot follows."""

    subscription_id: str
    expires_s: int
    name: str = ""


class EventArrived(msgspec.Struct, frozen=True, kw_only=True):
    """EIDOs came; acknowledge `transaction_id` when they are stored."""

    transaction_id: str
    items: tuple[Item, ...]
    name: str = ""


class SnapshotEnded(msgspec.Struct, frozen=True, kw_only=True):
    """All that came since Subscribed was the CAD's list of active incidents."""

    is_complete: bool
    """False when part of it could not be read or nothing came: what it does not name may be active."""
    name: str = ""


class FrameUnusable(msgspec.Struct, frozen=True, kw_only=True):
    """A frame could not be used; the conversation goes on."""

    reason: str
    original: str
    """The frame as it came; of one that is too long, its head."""


class Requested(msgspec.Struct, frozen=True, kw_only=True):
    """The peer asks something of people (the push messages of 1.1): answer it when it is stored."""

    kind: str
    """requestForService, resourceMessage, requestAwareness or cancelRequest, whatever way it was written."""
    request_id: str
    eido: Item | None
    """The incident that it is about, where the message holds one."""
    original: str


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """There is no subscription now; the machine will ask again on this socket after `again_in_s`."""

    reason: str
    again_in_s: float
    name: str = ""


class Finished(msgspec.Struct, frozen=True, kw_only=True):
    """Close this socket; the machine is done with it."""

    reason: str


SubscriberOutput: TypeAlias = (
    Send
    | Tolerated
    | Subscribed
    | EventArrived
    | SnapshotEnded
    | FrameUnusable
    | Requested
    | Ended
    | Finished
)
Outputs: TypeAlias = list[SubscriberOutput]
