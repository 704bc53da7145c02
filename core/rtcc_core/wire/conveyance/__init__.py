"""NENA EIDO conveyance (NENA-STA-024, WebSocket-Subscribe-Notify 1.1) without a socket or a clock.

Both halves of the conversation are state machines: frames and the time go in, frames to send and
things that happened come out. `Subscriber` is our side of a CAD's feed, `Notifier` serves others.
"""

from rtcc_core.wire.conveyance.granting import NotifierRules, Subscription
from rtcc_core.wire.conveyance.happenings import (
    About,
    Ended,
    EventArrived,
    Finished,
    FrameUnusable,
    Requested,
    SnapshotEnded,
    Subscribed,
    SubscriberOutput,
    Wants,
)
from rtcc_core.wire.conveyance.messages import (
    QUEUED,
    SUBPROTOCOL,
    SUBSCRIBE_LIMIT_BYTES,
    Item,
    Message,
    NotAMessage,
    Send,
    Tolerated,
    parse,
    readable,
)
from rtcc_core.wire.conveyance.notifier import (
    Acknowledged,
    CloseSocket,
    Dropped,
    Notifier,
    NotifierOutput,
)
from rtcc_core.wire.conveyance.subscriber import FRAME_LIMIT_BYTES, Subscriber

__all__ = [
    "FRAME_LIMIT_BYTES",
    "QUEUED",
    "SUBPROTOCOL",
    "SUBSCRIBE_LIMIT_BYTES",
    "About",
    "Acknowledged",
    "CloseSocket",
    "Dropped",
    "Ended",
    "EventArrived",
    "Finished",
    "FrameUnusable",
    "Item",
    "Message",
    "NotAMessage",
    "Notifier",
    "NotifierOutput",
    "NotifierRules",
    "Requested",
    "Send",
    "SnapshotEnded",
    "Subscribed",
    "Subscriber",
    "SubscriberOutput",
    "Subscription",
    "Tolerated",
    "Wants",
    "parse",
    "readable",
]
