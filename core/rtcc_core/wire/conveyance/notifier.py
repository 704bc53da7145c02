"""The serving side: subscriptions of one socket, their snapshots, events, keep-alives and ends.

Strict in every frame it sends. Times are seconds of any monotonic clock; the incidents that are active
are passed in with each frame, so that this keeps nothing of its own but the subscriptions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

import msgspec

from rtcc_core.wire.conveyance.granting import (
    MAX_UNANSWERED,
    Eido,
    NotifierRules,
    Refusal,
    Subscription,
    expires_s,
    grant,
)
from rtcc_core.wire.conveyance.happenings import FrameUnusable, Requested
from rtcc_core.wire.conveyance.messages import (
    HEAD_BYTES,
    PUSHED,
    QUEUED,
    SUBSCRIBE_LIMIT_BYTES,
    Body,
    Message,
    NotAMessage,
    Send,
    Tolerated,
    compose,
    parse,
    readable,
    text_of,
    too_long,
    whole,
)
from rtcc_core.wire.conveyance.subscriber import requested

MAX_SUBSCRIPTIONS: Final = 64
CLOSE_AFTER_S: Final = 1.0
"""After the last terminate, the subscriber has this long to answer before the socket is closed."""

READ_LIMIT_BYTES: Final = 1024 * 1024
"""A longer frame is refused unread, so that its requestId is not known."""


class Acknowledged(msgspec.Struct, frozen=True, kw_only=True):
    """The subscriber answered one of our events."""

    transaction_id: str
    status: int
    text: str
    is_known: bool
    """False for a transaction that we did not send, or that was answered before."""


class Dropped(msgspec.Struct, frozen=True, kw_only=True):
    """A subscription was ended by us."""

    subscription_id: str
    reason: str


class CloseSocket(msgspec.Struct, frozen=True):
    """The last subscription is gone: close the socket."""

    reason: str


NotifierOutput: TypeAlias = (
    Send | Tolerated | Acknowledged | Dropped | FrameUnusable | Requested | CloseSocket
)
Outputs: TypeAlias = list[NotifierOutput]


class Notifier:
    """The server half for one socket."""

    def __init__(self, rules: NotifierRules, *, new_id: Callable[[], str]) -> None:
        """`new_id` makes globally unique ids for subscriptions, transactions and requests."""
        self.rules = rules
        self._new_id = new_id
        self._subscriptions: dict[str, Subscription] = {}
        self._close_at: float | None = None

    @property
    def subscriptions(self) -> tuple[Subscription, ...]:
        return tuple(self._subscriptions.values())

    @property
    def deadline(self) -> float | None:
        """When `tick` is due next; None: never."""
        return min((one.due_at(self.rules) for one in self._subscriptions.values()), default=self._close_at)

    # --- what comes ---------------------------------------------------------------------------

    def receive(
        self, frame: bytes, at: float, active: Sequence[Eido], *, ended: Sequence[Eido] = ()
    ) -> Outputs:
        """A frame came; `active` are the EIDOs of all incidents that are active now, `ended` the last states
        of those closed within 5 minutes."""
        if len(frame) > READ_LIMIT_BYTES:
            words = too_long(frame, READ_LIMIT_BYTES)
            kept = FrameUnusable(reason=words, original=readable(frame[:HEAD_BYTES]))
            return [kept, self._answer("subscribeResponse", "", 413, "request is too large")]
        try:
            message = parse(frame)
        except NotAMessage as exc:
            kept = FrameUnusable(reason=str(exc), original=readable(frame))
            return [kept, self._answer("subscribeResponse", "", 400, str(exc))]
        outputs: Outputs = [Tolerated(words) for words in message.warnings]
        match message.kind:
            case "subscribe":
                return outputs + self._on_subscribe(message.body, len(frame), at, active, ended)
            case "unsubscribe":
                return outputs + self._on_unsubscribe(message.body)
            case "eventResponse":
                return outputs + self._on_event_response(message.body)
            case "terminateResponse":
                return outputs + self._close_when_empty()
            case "response":
                return outputs
            case kind if kind in PUSHED and self.rules.takes_requests:
                return [*outputs, requested(message, frame)]
            case _:
                return outputs + self._not_implemented(message, frame)

    def respond(self, request_id: str, code: int = QUEUED, text: str = "a person decides") -> Outputs:
        """Answer what came as Requested; nothing is sent for one that named no request."""
        if not request_id:
            return []
        return [compose("response", {"requestId": request_id, "responseCode": code, "responseText": text})]

    # --- what goes ----------------------------------------------------------------------------

    def publish(self, eido: Eido, at: float) -> tuple[list[str], Outputs]:
        """Send an incident's new state to those who want it: transaction ids, and the frames."""
        ids: list[str] = []
        outputs: Outputs = []
        for subscription in self._subscriptions.values():
            if not subscription.takes(eido):
                continue
            if not subscription.may_send(self.rules, at):
                subscription.held[str(eido.get("$id"))] = eido
                continue
            transaction_id, send = self._event(subscription, [eido], at)
            ids.append(transaction_id)
            outputs.append(send)
        return ids, outputs

    def tick(self, at: float) -> Outputs:
        """Send what max_rate held back, keep-alives, and the end of what has expired or is not answered."""
        outputs: Outputs = []
        for subscription in self.subscriptions:
            subscription_id = subscription.subscription_id
            if at >= subscription.expires_at:
                outputs += self.terminate(subscription_id, at)
            elif subscription.is_deaf(self.rules, at):
                words = f"{self.rules.unanswered_max} events were not answered"
                outputs.append(Dropped(subscription_id=subscription_id, reason=words))
                outputs += self.terminate(subscription_id, at)
            elif at >= subscription.due_at(self.rules):
                outputs.append(self._event(subscription, subscription.take(self.rules), at)[1])
        if self._close_at is not None and at >= self._close_at:
            outputs += self._close_when_empty()
        return outputs

    def terminate(self, subscription_id: str, at: float) -> Outputs:
        """End one subscription from our side; the last one's answer, or a moment, closes the socket."""
        if self._subscriptions.pop(subscription_id, None) is None:
            return []
        if not self._subscriptions:
            self._close_at = at + CLOSE_AFTER_S
        return [compose("terminate", {"requestId": self._new_id(), "subscriptionId": subscription_id})]

    def _close_when_empty(self) -> Outputs:
        if self._subscriptions or self._close_at is None:
            return []
        self._close_at = None
        return [CloseSocket("the last subscription has ended")]

    def _answer(self, kind: str, request_id: str, status: int, text: str, **more: object) -> Send:
        body = {"requestId": request_id, "statusCode": status, "statusText": text[:200], **more}
        return compose(kind, body)

    def _not_implemented(self, message: Message, frame: bytes) -> Outputs:
        reason = "a message of a type that is not served here"
        request_id = text_of(message.body, "requestId")
        return [
            FrameUnusable(reason=reason, original=readable(frame)),
            self._answer("response", request_id, 501, "Not implemented"),
        ]

    # --- subscriptions ------------------------------------------------------------------------

    def _on_subscribe(
        self, body: Body, size: int, at: float, active: Sequence[Eido], ended: Sequence[Eido]
    ) -> Outputs:
        request_id = text_of(body, "requestId")
        tolerated: list[Tolerated] = []
        try:
            self._check(request_id, size)
            if body.get("subscriptionId") is not None:
                return self._renew(body, request_id, at)
            if len(self._subscriptions) >= MAX_SUBSCRIPTIONS:
                raise Refusal(503, f"{MAX_SUBSCRIPTIONS} subscriptions on one socket are the limit")
            subscription = grant(
                body,
                self.rules,
                at=at,
                subscription_id=self._new_id(),
                known=[*active, *ended],
                tolerated=tolerated,
            )
        except Refusal as refusal:
            return [*tolerated, self._answer("subscribeResponse", request_id, refusal.status, refusal.text)]
        self._subscriptions[subscription.subscription_id] = subscription
        self._close_at = None
        asked_for = [*active, *ended] if subscription.incident_id else active
        subscription.held = {str(eido.get("$id")): eido for eido in asked_for if subscription.takes(eido)}
        return [
            *tolerated,
            self._granted(subscription, request_id, at),
            self._event(subscription, subscription.take(self.rules), at)[1],
        ]

    def _check(self, request_id: str, size: int) -> None:
        if size > SUBSCRIBE_LIMIT_BYTES:
            raise Refusal(413, f"request is longer than {SUBSCRIBE_LIMIT_BYTES} bytes")
        if not request_id:
            raise Refusal(400, "requestId is missing")
        if self.rules.refuse_with is not None:
            raise Refusal(self.rules.refuse_with, "not now")

    def _granted(self, subscription: Subscription, request_id: str, at: float) -> Send:
        more: dict[str, object] = {
            "subscriptionId": subscription.subscription_id,
            "expires": round(subscription.expires_at - at),
            "minRate": subscription.min_rate_s,
            "maxRate": subscription.max_rate_s,
        }
        if subscription.filter_every_s is not None:
            more["qualFilterEvalPeriod"] = subscription.filter_every_s
        return self._answer("subscribeResponse", request_id, 200, "OK", **more)

    def _renew(self, body: Body, request_id: str, at: float) -> Outputs:
        subscription = self._subscriptions.get(text_of(body, "subscriptionId"))
        if subscription is None:
            raise Refusal(481, "no such subscription")
        tolerated: Outputs = []
        if any(body.get(key) is not None for key in ("requestType", "minRate", "maxRate")):
            tolerated.append(Tolerated("a renewal repeated what it may not change; that was ignored"))
        subscription.expires_at = at + expires_s(self.rules, body)
        return [*tolerated, self._granted(subscription, request_id, at)]

    def _on_unsubscribe(self, body: Body) -> Outputs:
        request_id, subscription_id = text_of(body, "requestId"), text_of(body, "subscriptionId")
        if not request_id or not subscription_id:
            status, text = 400, "requestId and subscriptionId are required"
        elif self._subscriptions.pop(subscription_id, None) is None:
            status, text = 481, "no such subscription"
        else:
            status, text = 200, "OK"
        more = {"subscriptionId": subscription_id}
        return [self._answer("unsubscribeResponse", request_id, status, text, **more)]

    def _on_event_response(self, body: Body) -> Outputs:
        transaction_id, status = text_of(body, "transactionId"), whole(body, "statusCode")
        is_known = False
        for subscription in self._subscriptions.values():
            is_known |= subscription.unanswered.pop(transaction_id, None) is not None
        if status is None:
            return [Tolerated("an eventResponse without a statusCode was ignored")]
        text = text_of(body, "statusText")
        return [Acknowledged(transaction_id=transaction_id, status=status, text=text, is_known=is_known)]

    def _event(self, subscription: Subscription, eidos: Sequence[Eido], at: float) -> tuple[str, Send]:
        transaction_id = self._new_id()
        subscription.last_sent_at = at
        subscription.unanswered[transaction_id] = at
        if len(subscription.unanswered) > MAX_UNANSWERED:
            del subscription.unanswered[next(iter(subscription.unanswered))]
        body = {
            "subscriptionId": subscription.subscription_id,
            "transactionId": transaction_id,
            "notification": list(eidos),
        }
        return transaction_id, compose("event", body)
