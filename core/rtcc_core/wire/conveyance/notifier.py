"""The serving side: subscriptions of one socket, their snapshots, events, keep-alives and ends.

Strict in every frame it sends. Times are seconds of any monotonic clock; the incidents that are active
are passed in with each frame, so that this keeps nothing of its own but the subscriptions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias

import msgspec

from rtcc_core.wire.conveyance.messages import (
    SUBSCRIBE_LIMIT_BYTES,
    Body,
    Message,
    NotAMessage,
    Send,
    Tolerated,
    compose,
    parse,
    text_of,
    whole,
)

MAX_SUBSCRIPTIONS: Final = 64
MAX_UNANSWERED: Final = 1_000
CLOSE_AFTER_S: Final = 1.0
"""After the last terminate, the subscriber has this long to answer before the socket is closed."""

READ_LIMIT_BYTES: Final = 4 * SUBSCRIBE_LIMIT_BYTES
"""A longer frame is refused unread, so that its requestId is not known."""

Eido: TypeAlias = Mapping[str, object]


class NotifierRules(msgspec.Struct, frozen=True, kw_only=True):
    """What this notifier grants; seconds."""

    default_expires_s: int = 3600
    shortest_expires_s: int = 15
    longest_expires_s: int = 86_400
    shortest_min_rate_s: int = 5
    refuse_with: int | None = None
    """Answer every subscription with this status (503 while shutting down, 403 for a stranger)."""


class Acknowledged(msgspec.Struct, frozen=True, kw_only=True):
    """The subscriber answered one of our events."""

    transaction_id: str
    status: int
    text: str
    is_known: bool
    """False for a transaction that we did not send, or that was answered before."""


class CloseSocket(msgspec.Struct, frozen=True):
    """The last subscription is gone: close the socket."""

    reason: str


NotifierOutput: TypeAlias = Send | Tolerated | Acknowledged | CloseSocket
Outputs: TypeAlias = list[NotifierOutput]


class Subscription(msgspec.Struct, kw_only=True):
    """What one subscriber asked for, and when it is next due."""

    subscription_id: str
    incident_id: str
    unit_id: str
    min_rate_s: int
    max_rate_s: int
    expires_at: float
    last_sent_at: float
    held: dict[str, Eido]
    """Newest state of the incidents that max_rate keeps back, by their id."""

    def wants(self, eido: Eido) -> bool:
        """True when this subscription covers the incident."""
        if self.incident_id:
            return eido.get("$id") == self.incident_id
        if self.unit_id:
            units = eido.get("emergencyResourceComponent")
            return isinstance(units, list) and any(unit.get("$id") == self.unit_id for unit in units)
        return True

    @property
    def due_at(self) -> float:
        quiet_until = self.last_sent_at + (self.max_rate_s if self.held else self.min_rate_s)
        return min(self.expires_at, quiet_until)


class _Refusal(Exception):
    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


class Notifier:
    """The server half for one socket."""

    def __init__(self, rules: NotifierRules, *, new_id: Callable[[], str]) -> None:
        """`new_id` makes globally unique ids for subscriptions, transactions and requests."""
        self.rules = rules
        self._new_id = new_id
        self._subscriptions: dict[str, Subscription] = {}
        self._unanswered: dict[str, None] = {}
        self._close_at: float | None = None

    @property
    def subscriptions(self) -> tuple[Subscription, ...]:
        return tuple(self._subscriptions.values())

    @property
    def deadline(self) -> float | None:
        """When `tick` is due next; None: never."""
        return min((one.due_at for one in self._subscriptions.values()), default=self._close_at)

    def receive(self, frame: bytes, at: float, active: Sequence[Eido]) -> Outputs:
        """A frame came; `active` are the EIDOs of all incidents that are active now."""
        if len(frame) > READ_LIMIT_BYTES:
            return [self._answer("subscribeResponse", "", 413, "request is too large")]
        try:
            message = parse(frame)
        except NotAMessage as exc:
            return [self._answer("subscribeResponse", "", 400, str(exc))]
        outputs: Outputs = [Tolerated(words) for words in message.warnings]
        match message.kind:
            case "subscribe":
                return outputs + self._on_subscribe(message.body, len(frame), at, active)
            case "unsubscribe":
                return outputs + self._on_unsubscribe(message.body)
            case "eventResponse":
                return outputs + self._on_event_response(message.body)
            case "terminateResponse":
                return outputs + self._close_when_empty()
            case "response":
                return outputs
            case _:
                return outputs + self._not_implemented(message)

    def publish(self, eido: Eido, at: float) -> tuple[list[str], Outputs]:
        """Send an incident's new state to those who want it: transaction ids, and the frames."""
        ids: list[str] = []
        outputs: Outputs = []
        for subscription in self._subscriptions.values():
            if not subscription.wants(eido):
                continue
            if at < subscription.last_sent_at + subscription.max_rate_s:
                subscription.held[str(eido.get("$id"))] = eido
                continue
            transaction_id, send = self._event(subscription, [eido], at)
            ids.append(transaction_id)
            outputs.append(send)
        return ids, outputs

    def tick(self, at: float) -> Outputs:
        """Send what max_rate held back, keep-alives, and the end of what has expired."""
        outputs: Outputs = []
        for subscription in self.subscriptions:
            if at >= subscription.expires_at:
                outputs += self.terminate(subscription.subscription_id, at)
            elif at >= subscription.due_at:
                eidos = list(subscription.held.values())
                subscription.held.clear()
                outputs.append(self._event(subscription, eidos, at)[1])
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

    def _not_implemented(self, message: Message) -> Outputs:
        request_id = text_of(message.body, "requestId")
        return [self._answer("response", request_id, 501, "Not implemented")]

    def _on_subscribe(self, body: Body, size: int, at: float, active: Sequence[Eido]) -> Outputs:
        request_id = text_of(body, "requestId")
        tolerated: Outputs = []
        try:
            if size > SUBSCRIBE_LIMIT_BYTES:
                raise _Refusal(413, f"request is longer than {SUBSCRIBE_LIMIT_BYTES} bytes")
            if not request_id:
                raise _Refusal(400, "requestId is missing")
            if self.rules.refuse_with is not None:
                raise _Refusal(self.rules.refuse_with, "not now")
            if body.get("subscriptionId") is not None:
                return self._renew(body, request_id, at)
            subscription = self._wanted(body, at, active, tolerated)
        except _Refusal as refusal:
            return [*tolerated, self._answer("subscribeResponse", request_id, refusal.status, refusal.text)]
        self._subscriptions[subscription.subscription_id] = subscription
        self._close_at = None
        snapshot = [eido for eido in active if subscription.wants(eido)]
        return [
            *tolerated,
            self._granted(subscription, request_id, at),
            self._event(subscription, snapshot, at)[1],
        ]

    def _granted(self, subscription: Subscription, request_id: str, at: float) -> Send:
        return self._answer(
            "subscribeResponse",
            request_id,
            200,
            "OK",
            subscriptionId=subscription.subscription_id,
            expires=round(subscription.expires_at - at),
            minRate=subscription.min_rate_s,
            maxRate=subscription.max_rate_s,
        )

    def _wanted(self, body: Body, at: float, active: Sequence[Eido], tolerated: Outputs) -> Subscription:
        """Judge a new subscription. Raises _Refusal."""
        kind, sub_kind = text_of(body, "requestType"), text_of(body, "requestSubType") or "new"
        if kind.upper() != "EIDO":
            raise _Refusal(400, f"requestType is {kind!r}, not EIDO")
        if kind != "EIDO":
            tolerated.append(Tolerated(f"requestType is written {kind}"))
        accepts = text_of(body, "requestAccepts")
        if accepts and "eido" not in accepts.lower():
            raise _Refusal(406, "only application/emergency.eido+json version 1 is sent")
        if body.get("qualFilter") is not None:
            raise _Refusal(400, "qualFilter is not supported")
        incident_id, unit_id = text_of(body, "incidentId"), text_of(body, "unitId")
        if sub_kind not in ("single", "new", "resource"):
            raise _Refusal(400, f"requestSubType {sub_kind!r} is none of single, new, resource")
        if bool(incident_id) is not (sub_kind == "single") or bool(unit_id) is not (sub_kind == "resource"):
            raise _Refusal(400, "incidentId belongs to single, unitId to resource, neither to new")
        if incident_id and not any(eido.get("$id") == incident_id for eido in active):
            raise _Refusal(404, "no such incident is active")
        if len(self._subscriptions) >= MAX_SUBSCRIPTIONS:
            raise _Refusal(503, f"{MAX_SUBSCRIPTIONS} subscriptions on one socket are the limit")
        return Subscription(
            subscription_id=self._new_id(),
            incident_id=incident_id,
            unit_id=unit_id,
            min_rate_s=max(self.rules.shortest_min_rate_s, _seconds(body, "minRate") or 60),
            max_rate_s=_seconds(body, "maxRate") or 0,
            expires_at=at + self._expires_s(body),
            last_sent_at=at,
            held={},
        )

    def _expires_s(self, body: Body) -> int:
        wanted = _seconds(body, "expires")
        if wanted is None:
            return self.rules.default_expires_s
        return max(self.rules.shortest_expires_s, min(wanted, self.rules.longest_expires_s))

    def _renew(self, body: Body, request_id: str, at: float) -> Outputs:
        subscription = self._subscriptions.get(text_of(body, "subscriptionId"))
        if subscription is None:
            raise _Refusal(481, "no such subscription")
        tolerated: Outputs = []
        if any(body.get(key) is not None for key in ("requestType", "minRate", "maxRate")):
            tolerated.append(Tolerated("a renewal repeated what it may not change; that was ignored"))
        subscription.expires_at = at + self._expires_s(body)
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
        is_known = transaction_id in self._unanswered
        self._unanswered.pop(transaction_id, None)
        if status is None:
            return [Tolerated("an eventResponse without a statusCode was ignored")]
        text = text_of(body, "statusText")
        return [Acknowledged(transaction_id=transaction_id, status=status, text=text, is_known=is_known)]

    def _event(self, subscription: Subscription, eidos: Sequence[Eido], at: float) -> tuple[str, Send]:
        transaction_id = self._new_id()
        subscription.last_sent_at = at
        self._unanswered[transaction_id] = None
        if len(self._unanswered) > MAX_UNANSWERED:
            del self._unanswered[next(iter(self._unanswered))]
        body = {
            "subscriptionId": subscription.subscription_id,
            "transactionId": transaction_id,
            "notification": list(eidos),
        }
        return transaction_id, compose("event", body)


def _seconds(body: Body, key: str) -> int | None:
    """A number of seconds that the standard allows; None where there is none. Raises _Refusal for others."""
    if body.get(key) is None:
        return None
    value = whole(body, key)
    if value is None or not 0 <= value < 10**9:
        raise _Refusal(400, f"{key} is not a number of seconds")
    return value
