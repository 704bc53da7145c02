"""Our side of a CAD's feed: subscribe, take events, acknowledge, renew, survive, leave.

    asking ──200──> live ──terminate, 481──> resting ──> asking …        leaving ──> over
       └──4xx 5xx──> resting ──back-off──> asking

Times are seconds of any monotonic clock. The machine never acknowledges an event by itself, except
one that holds nothing: `acknowledge` is called when the journal has what the event said.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto
from typing import Final, TypeAlias

from rtcc_core.domain.text import clean
from rtcc_core.wire.conveyance.happenings import (
    Ended,
    EventArrived,
    Finished,
    FrameUnusable,
    SnapshotEnded,
    Subscribed,
    SubscriberOutput,
    Wants,
)
from rtcc_core.wire.conveyance.messages import (
    REQUEST_ACCEPTS,
    Body,
    Item,
    Message,
    NotAMessage,
    Tolerated,
    compose,
    json_text,
    parse,
    readable,
    text_of,
    whole,
)

ANSWER_WITHIN_S: Final = 10.0
LEAVE_WITHIN_S: Final = 1.0
SETTLE_S: Final = 2.0
"""After subscribing, the snapshot is over when nothing has come for this long, or an empty event has."""

SETTLE_AT_MOST_S: Final = 30.0
"""A busy CAD's snapshot is over after this long, pauses of ours not counted."""

SILENT_FLOOR_S: Final = 15.0
SILENT_RATES: Final = 3.0
STEADY_S: Final = 10.0
"""A subscription that lived this long ends a series of failures."""

MAX_HELD: Final = 4
"""Events that may overtake the answer to our subscription."""

_SOON: Final = (0.5, 30.0)
_LATER: Final = (30.0, 300.0)
_BACK_OFF: Final = {500: _SOON, 503: _SOON}
"""First and longest wait after a refusal; what is not here (400 403 404 406 413 501) needs a person, so waits
long before it is tried again."""


Outputs: TypeAlias = list[SubscriberOutput]


class _Phase(Enum):
    NEW = auto()
    ASKING = auto()
    LIVE = auto()
    RESTING = auto()
    LEAVING = auto()
    OVER = auto()


class Subscriber:
    """One subscription to all incidents over one socket."""

    def __init__(self, wants: Wants, *, new_id: Callable[[], str], jitter: Callable[[], float]) -> None:
        """`new_id` makes request ids; `jitter` gives numbers in [0, 1) that spread the retries."""
        self._wants = wants
        self._new_id = new_id
        self._jitter = jitter
        self._phase = _Phase.NEW
        self._subscription_id = ""
        self._asked_id = ""
        self._ask_by = 0.0
        self._renew_at = 0.0
        self._expires_at = 0.0
        self._rest_until = 0.0
        self._silent_after_s = SILENT_FLOOR_S
        self._heard_at = 0.0
        self._live_since = 0.0
        self._failures = 0
        self._settle_at: float | None = None
        self._settle_by = 0.0
        self._is_whole = True
        self._has_listed = False
        self._held: list[Message] = []

    @property
    def is_live(self) -> bool:
        return self._phase is _Phase.LIVE

    @property
    def is_over(self) -> bool:
        return self._phase is _Phase.OVER

    @property
    def deadline(self) -> float | None:
        """When `tick` is due next, if nothing is received before; None: never."""
        match self._phase:
            case _Phase.ASKING | _Phase.LEAVING:
                return self._ask_by
            case _Phase.RESTING:
                return self._rest_until
            case _Phase.LIVE:
                due = [
                    self._heard_at + self._silent_after_s,
                    self._ask_by if self._asked_id else self._renew_at,
                ]
                return min([*due, self._settle_at] if self._settle_at is not None else due)
            case _:
                return None

    def start(self, at: float) -> Outputs:
        """The socket is open: subscribe."""
        self._heard_at = at
        return self._subscribe(at)

    def stop(self, at: float) -> Outputs:
        """Leave: unsubscribe where there is something to leave."""
        if self._phase is not _Phase.LIVE:
            return self._finish("stopped")
        self._phase = _Phase.LEAVING
        self._ask_by = at + LEAVE_WITHIN_S
        self._asked_id = self._new_id()
        body = {"requestId": self._asked_id, "subscriptionId": self._subscription_id}
        return [compose("unsubscribe", body)]

    def acknowledge(self, transaction_id: str, status: int = 200, text: str = "OK") -> Outputs:
        """Answer an event; nothing is sent for one that named no transaction."""
        if not transaction_id:
            return []
        body = {"transactionId": transaction_id, "statusCode": status, "statusText": text}
        return [compose("eventResponse", body)]

    def resumed(self, at: float) -> None:
        """Reading goes on after a pause of ours: the silence until now was not the CAD's."""
        self._settle_by += at - self._heard_at
        self._heard_at = at
        self._settle_later(at)

    def receive(self, frame: bytes, at: float) -> Outputs:
        """A text or binary frame came."""
        self._heard_at = at
        if self._phase is _Phase.OVER:
            return []
        try:
            message = parse(frame)
        except NotAMessage as exc:
            self._is_whole = False
            return [FrameUnusable(reason=str(exc), original=readable(frame))]
        outputs: Outputs = [Tolerated(words) for words in message.warnings]
        match message.kind:
            case "event":
                return outputs + self._on_event(message, at)
            case "subscribeResponse" | "response":
                return outputs + self._on_answer(message, at)
            case "unsubscribeResponse":
                return outputs + self._on_left(message)
            case "terminate":
                return outputs + self._on_terminate(message, at)
            case kind:
                return [
                    *outputs,
                    Tolerated(f"a message of the unknown type {clean(kind, limit=40)} was ignored"),
                ]

    def tick(self, at: float) -> Outputs:
        """Do what has become due; harmless when nothing has."""
        if self._phase is _Phase.LEAVING and at >= self._ask_by:
            return self._finish("the CAD did not confirm that we left")
        if self._phase is _Phase.ASKING and at >= self._ask_by:
            return self._finish(f"the CAD did not answer our subscription within {ANSWER_WITHIN_S:.0f} s")
        if self._phase is _Phase.RESTING and at >= self._rest_until:
            return self._subscribe(at)
        return self._tick_live(at) if self._phase is _Phase.LIVE else []

    def _tick_live(self, at: float) -> Outputs:
        outputs: Outputs = []
        if self._settle_at is not None and at >= self._settle_at:
            outputs += self._snapshot_over()
        if at >= self._heard_at + self._silent_after_s:
            return outputs + self._finish(f"the CAD has been silent for {at - self._heard_at:.0f} s")
        if self._asked_id and at >= self._ask_by:
            return outputs + self._finish(
                f"the CAD did not answer our renewal within {ANSWER_WITHIN_S:.0f} s"
            )
        if at >= self._expires_at:
            return [
                *outputs,
                Tolerated("the subscription expired before it was renewed"),
                *self._subscribe(at),
            ]
        if not self._asked_id and at >= self._renew_at:
            outputs += self._renew(at)
        return outputs

    def _subscribe(self, at: float) -> Outputs:
        self._phase = _Phase.ASKING
        self._subscription_id = ""
        self._held.clear()
        self._settle_at = None
        wants = self._wants
        return self._ask(
            at,
            {
                "requestType": "EIDO",
                "requestSubType": "new",
                "requestAccepts": REQUEST_ACCEPTS,
                "minRate": wants.min_rate_s,
                "expires": wants.expires_s,
            },
        )

    def _renew(self, at: float) -> Outputs:
        return self._ask(at, {"subscriptionId": self._subscription_id, "expires": self._wants.expires_s})

    def _ask(self, at: float, body: dict[str, object]) -> Outputs:
        self._asked_id = self._new_id()
        self._ask_by = at + ANSWER_WITHIN_S
        return [compose("subscribe", {"requestId": self._asked_id, **body})]

    def _finish(self, reason: str) -> Outputs:
        self._phase = _Phase.OVER
        return [Finished(reason=reason)]

    def _on_answer(self, message: Message, at: float) -> Outputs:
        """The answer to subscribe or to its renewal, known by its request id alone."""
        body = message.body
        outputs: Outputs = []
        request_id = text_of(body, "requestId")
        is_open = bool(self._asked_id) and self._phase in (_Phase.ASKING, _Phase.LIVE)
        if not is_open or request_id not in (self._asked_id, ""):
            return [Tolerated("an answer to a request that is not open was ignored")]
        if not request_id:
            outputs.append(Tolerated("an answer without a requestId was taken for the one open request"))
        status = whole(body, "statusCode")
        self._asked_id = ""
        if status is not None and 200 <= status < 300:
            return outputs + self._accepted(body, at)
        words = clean(text_of(body, "statusText"), limit=80)
        reason = f"the CAD refused the subscription: {status if status is not None else 'no status'} {words}"
        return outputs + self._refused(status or 500, reason.rstrip(), at)

    def _accepted(self, body: Body, at: float) -> Outputs:
        told_id = text_of(body, "subscriptionId")
        is_new = self._phase is _Phase.ASKING
        if is_new and not told_id:
            return self._rest("the CAD accepted the subscription without giving its id", _SOON, at)
        outputs: Outputs = []
        if not is_new and told_id not in ("", self._subscription_id):
            outputs.append(Tolerated("the CAD renamed the subscription on renewal"))
        self._subscription_id = told_id or self._subscription_id
        self._keep_times(body, at, outputs)
        if not is_new:
            self._failures = 0
            return outputs
        self._phase = _Phase.LIVE
        self._live_since = at
        self._settle_at = at + max(SETTLE_S, float(self._wants.min_rate_s))
        self._settle_by = at + SETTLE_AT_MOST_S
        self._is_whole, self._has_listed = True, False
        expires_s = round(self._expires_at - at)
        outputs.append(Subscribed(subscription_id=self._subscription_id, expires_s=expires_s))
        held, self._held = self._held, []
        for message in held:
            outputs += self._on_event(message, at)
        return outputs

    def _keep_times(self, body: Body, at: float, outputs: Outputs) -> None:
        """Take the CAD's expiry and minimum rate where it states them, ours where it does not."""
        expires_s = whole(body, "expires")
        if expires_s is None or not 0 < expires_s < 10**9:
            outputs.append(Tolerated("the CAD did not say when the subscription expires"))
            expires_s = self._wants.expires_s
        self._expires_at = at + expires_s
        self._renew_at = at + max(expires_s / 2, expires_s - max(2.0, 0.2 * expires_s))
        rate_s = max(self._wants.min_rate_s, min(whole(body, "minRate") or 0, 3600))
        default_s = max(SILENT_FLOOR_S, SILENT_RATES * rate_s)
        self._silent_after_s = self._wants.silent_after_s or default_s

    def _refused(self, status: int, reason: str, at: float) -> Outputs:
        back_off = _BACK_OFF.get(status, _LATER)
        if self._phase is not _Phase.LIVE:
            return self._rest(reason, back_off, at)
        if back_off is _SOON:
            # The subscription stands until it expires; the CAD is only too busy to prolong it.
            self._renew_at = min(at + self._wait_s(_SOON), self._expires_at)
            return [Tolerated(f"{reason}; the renewal is tried again")]
        return [Tolerated(f"{reason}; subscribing anew"), *self._subscribe(at)]

    def _rest(self, reason: str, back_off: tuple[float, float], at: float) -> Outputs:
        if self._phase is _Phase.LIVE and at - self._live_since >= STEADY_S:
            self._failures = 0
        wait_s = self._wait_s(back_off)
        self._phase = _Phase.RESTING
        self._subscription_id = self._asked_id = ""
        self._settle_at = None
        self._rest_until = at + wait_s
        return [Ended(reason=reason, again_in_s=wait_s)]

    def _wait_s(self, back_off: tuple[float, float]) -> float:
        first_s, longest_s = back_off
        wait_s = min(longest_s, first_s * 2.0 ** min(self._failures, 20))
        self._failures += 1
        return wait_s * (0.5 + 0.5 * self._jitter())

    def _on_event(self, message: Message, at: float) -> Outputs:
        body = message.body
        transaction_id, subscription_id = text_of(body, "transactionId"), text_of(body, "subscriptionId")
        if self._phase is _Phase.LEAVING:
            return []
        if self._phase is _Phase.ASKING:
            if len(self._held) >= MAX_HELD:
                return self.acknowledge(transaction_id, 503, "not subscribed yet")
            self._held.append(message)
            return []
        outputs: Outputs = []
        if self._phase is not _Phase.LIVE or subscription_id not in (self._subscription_id, ""):
            outputs.append(Tolerated("an event for a subscription that is not ours was refused"))
            return outputs + self.acknowledge(transaction_id, 481, "no such subscription")
        if not subscription_id:
            outputs.append(Tolerated("an event named no subscription; it was taken for ours"))
        if not transaction_id:
            outputs.append(Tolerated("an event named no transaction; it cannot be acknowledged"))
        items = message.items
        if items is None and isinstance(body.get("notification"), dict):
            outputs.append(Tolerated("an event held one EIDO where a list belongs"))
            lone = body["notification"]
            items = (Item(lone, json_text(lone)),)
        if items is None:
            self._is_whole = False
            original = json_text({"event": body})
            outputs.append(FrameUnusable(reason="the event's notification is not a list", original=original))
            return outputs + self.acknowledge(transaction_id, 400, "notification is not a list")
        self._has_listed = True
        if not items:
            return outputs + self.acknowledge(transaction_id) + self._snapshot_over()
        self._settle_later(at)
        return [*outputs, EventArrived(transaction_id=transaction_id, items=items)]

    def _settle_later(self, at: float) -> None:
        if self._settle_at is not None:
            self._settle_at = min(at + SETTLE_S, self._settle_by)

    def _snapshot_over(self) -> Outputs:
        if self._settle_at is None:
            return []
        self._settle_at = None
        return [SnapshotEnded(is_complete=self._is_whole and self._has_listed)]

    def _on_terminate(self, message: Message, at: float) -> Outputs:
        body = message.body
        request_id, subscription_id = text_of(body, "requestId"), text_of(body, "subscriptionId")
        is_ours = bool(self._subscription_id) and subscription_id in (self._subscription_id, "")
        outputs: Outputs = []
        if request_id:
            answer: dict[str, object] = {
                "requestId": request_id,
                "subscriptionId": subscription_id,
                "statusCode": 200 if is_ours else 481,
                "statusText": "OK" if is_ours else "no such subscription",
            }
            outputs.append(compose("terminateResponse", answer))
        else:
            outputs.append(Tolerated("a terminate without a requestId cannot be answered"))
        if not is_ours:
            return [*outputs, Tolerated("a terminate for a subscription that is not ours was refused")]
        if self._phase is _Phase.LEAVING:
            return outputs + self._finish("the CAD ended the subscription as we left")
        return outputs + self._rest("the CAD ended the subscription", _SOON, at)

    def _on_left(self, message: Message) -> Outputs:
        if self._phase is not _Phase.LEAVING:
            return [Tolerated("an answer to a request that is not open was ignored")]
        return self._finish("left")
