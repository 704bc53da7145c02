"""What a subscriber asks for, and what comes out of its machine."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from rtcc_core.wire.conveyance.messages import Item, Send, Tolerated


class Wants(msgspec.Struct, frozen=True, kw_only=True):
    """What we ask of the CAD; seconds."""

    min_rate_s: int = 10
    """The CAD says something at least this often."""
    expires_s: int = 3600
    silent_after_s: float | None = None
    """Silence that counts as a dead line; None: three times min_rate, at least 15."""


class Subscribed(msgspec.Struct, frozen=True, kw_only=True):
    """The CAD accepted our subscription; its snapshot follows."""

    subscription_id: str
    expires_s: int


class EventArrived(msgspec.Struct, frozen=True, kw_only=True):
    """EIDOs came; acknowledge `transaction_id` when they are stored."""

    transaction_id: str
    items: tuple[Item, ...]


class SnapshotEnded(msgspec.Struct, frozen=True, kw_only=True):
    """All that came since Subscribed was the CAD's list of active incidents."""

    is_complete: bool
    """False when part of it could not be read or nothing came: what it does not name may be active."""


class FrameUnusable(msgspec.Struct, frozen=True, kw_only=True):
    """A frame could not be used; the conversation goes on."""

    reason: str
    original: str


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """There is no subscription now; the machine will ask again on this socket after `again_in_s`."""

    reason: str
    again_in_s: float


class Finished(msgspec.Struct, frozen=True, kw_only=True):
    """Close this socket; the machine is done with it."""

    reason: str


SubscriberOutput: TypeAlias = (
    Send | Tolerated | Subscribed | EventArrived | SnapshotEnded | FrameUnusable | Ended | Finished
)
