"""Our side of a CAD's feed: every subscription that goes over one socket, known apart by their ids.

What the CAD sends is given to the subscription it belongs to: answers by their requestId, events and
terminates by their subscriptionId, never by words that stand elsewhere in the frame. The machine never
acknowledges an event by itself, except one that holds nothing or cannot be ours: `acknowledge` is called
when the journal has what the event said.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from rtcc_core.domain.text import clean
from rtcc_core.wire.conveyance.happenings import (
    Finished,
    FrameUnusable,
    Outputs,
    Requested,
    Wants,
)
from rtcc_core.wire.conveyance.messages import (
    HEAD_BYTES,
    PUSHED,
    QUEUED,
    Item,
    Message,
    NotAMessage,
    Tolerated,
    compose,
    head_of,
    json_text,
    parse,
    readable,
    text_of,
    too_long,
    whole,
)
from rtcc_core.wire.conveyance.subscription import Phase, Subscription, acknowledgement

MAX_HELD: Final = 4
"""Events that may overtake the answer to each open subscription."""

MAX_ABANDONED: Final = 16

FRAME_LIMIT_BYTES: Final = 32 * 1024 * 1024


class Subscriber:
    """The client half for one socket."""

    def __init__(
        self,
        wants: Wants | Sequence[Wants],
        *,
        new_id: Callable[[], str],
        jitter: Callable[[], float],
        limit_bytes: int = FRAME_LIMIT_BYTES,
    ) -> None:
        """`new_id` makes request ids; `jitter` gives numbers in [0, 1) that spread the retries."""
        each = (wants,) if isinstance(wants, Wants) else tuple(wants)
        self._subscriptions = [Subscription(one, new_id=new_id, jitter=jitter) for one in each]
        self._new_id = new_id
        self._limit_bytes = limit_bytes
        self._heard_at = 0.0
        self._is_over = False
        self._held: list[tuple[Message, bytes]] = []
        self._abandoned: dict[str, None] = {}
        """Requests whose answer was not waited for any longer."""

    @property
    def is_live(self) -> bool:
        """True while every subscription stands."""
        return not self._is_over and all(one.phase is Phase.LIVE for one in self._subscriptions)

    @property
    def is_over(self) -> bool:
        return self._is_over

    @property
    def deadline(self) -> float | None:
        """When `tick` is due next, if nothing is received before; None: never."""
        due = [one.deadline for one in self._subscriptions if one.deadline is not None]
        return None if self._is_over else min(due, default=None)

    def start(self, at: float) -> Outputs:
        """The socket is open: subscribe."""
        self._heard_at = at
        outputs: Outputs = []
        for one in self._subscriptions:
            one.heard(at)
            outputs += one.subscribe(at)
        return outputs

    def stop(self, at: float) -> Outputs:
        """Leave: unsubscribe where there is something to leave."""
        outputs: Outputs = []
        for one in self._subscriptions:
            outputs += one.leave(at)
        return outputs + self._finish_when_left("stopped")

    def acknowledge(self, transaction_id: str, status: int = 200, text: str = "OK") -> Outputs:
        """Answer an event; nothing is sent for one that named no transaction."""
        return acknowledgement(transaction_id, status, text)

    def respond(self, request_id: str, code: int = QUEUED, text: str = "a person decides") -> Outputs:
        """Answer what came as Requested; nothing is sent for one that named no request."""
        if not request_id:
            return []
        body = {"requestId": request_id, "responseCode": code, "responseText": text}
        return [compose("response", body)]

    def resumed(self, at: float) -> None:
        """Reading goes on after a pause of ours: the silence until now was not the CAD's."""
        self._heard_at = at
        for one in self._subscriptions:
            one.resumed(at)

    def tick(self, at: float) -> Outputs:
        """Do what has become due; harmless when nothing has."""
        outputs: Outputs = []
        for one in self._subscriptions:
            if self._is_over:
                break
            for output in one.tick(at):
                outputs += self._dead(one, output, at) if isinstance(output, Finished) else [output]
        return outputs + self._drop_held(at)

    def _dead(self, one: Subscription, finished: Finished, at: float) -> Outputs:
        """A subscription without a sign of life ends alone where its socket lives, else with its socket."""
        if one.phase is Phase.LEFT:
            return self._finish_when_left(finished.reason)
        if self._heard_at <= one.heard_at:
            return self._finish(finished.reason)
        self._abandon(one.asked_id)
        return one.give_up(finished.reason, at)

    def _abandon(self, request_id: str) -> None:
        if request_id:
            self._abandoned[request_id] = None
        while len(self._abandoned) > MAX_ABANDONED:
            del self._abandoned[next(iter(self._abandoned))]

    # --- what comes ---------------------------------------------------------------------------

    def receive(self, frame: bytes, at: float) -> Outputs:
        """A text or binary frame came."""
        self._heard_at = at
        if self._is_over:
            return []
        if len(frame) > self._limit_bytes:
            return self._too_long(frame, at)
        try:
            message = parse(frame)
        except NotAMessage as exc:
            return self._unreadable(str(exc), readable(frame), at)
        outputs: Outputs = [Tolerated(words) for words in message.warnings]
        match message.kind:
            case "event":
                outputs += self._on_event(message, frame, at)
            case "subscribeResponse":
                outputs += self._on_answer(message, at)
            case "response" if message.body.get("responseCode") is None:
                outputs += self._on_answer(message, at)
            case "unsubscribeResponse":
                outputs += self._on_left(message)
            case "terminate":
                outputs += self._on_terminate(message, at)
            case kind if kind in PUSHED:
                outputs += self._on_request(message, frame, at)
            case _:
                outputs += self._on_unknown(message, frame, at)
        return outputs + self._drop_held(at)

    def _too_long(self, frame: bytes, at: float) -> Outputs:
        head = head_of(frame)
        words = too_long(frame, self._limit_bytes)
        outputs = self._unreadable(words, readable(frame[:HEAD_BYTES]), at)
        return outputs + acknowledgement(head.transaction_id, 413, "too large")

    def _unreadable(self, reason: str, original: str, at: float) -> Outputs:
        """It may have been of any subscription: a sign of life for each, and a hole in each snapshot."""
        for one in self._subscriptions:
            one.heard(at)
            one.spoil()
        return [FrameUnusable(reason=reason, original=original)]

    def _of_id(self, subscription_id: str) -> Subscription | None:
        """The subscription of that id; where none is named, the one that it must be."""
        standing = [one for one in self._subscriptions if one.subscription_id]
        if not subscription_id:
            return standing[0] if len(standing) == 1 == len(self._subscriptions) else None
        return next((one for one in standing if one.subscription_id == subscription_id), None)

    @property
    def _asking(self) -> list[Subscription]:
        """The subscriptions whose request is open, the oldest request first."""
        is_open = (
            one for one in self._subscriptions if one.asked_id and one.phase in (Phase.ASKING, Phase.LIVE)
        )
        return sorted(is_open, key=lambda one: one.ask_by)

    def _on_answer(self, message: Message, at: float) -> Outputs:
        """The answer to subscribe or to its renewal, known by its request id alone."""
        body, asking = message.body, self._asking
        request_id = text_of(body, "requestId")
        one = next((each for each in asking if each.asked_id == request_id), None)
        outputs: Outputs = []
        if one is None and not request_id and asking:
            one = asking[0]
            outputs.append(Tolerated("an answer without a requestId was taken for the oldest open request"))
        if one is None:
            return [*self._not_wanted(message), *self._stray("an answer to a request that is not open", at)]
        one.heard(at)
        outputs += one.answered(body, at)
        held, self._held = self._held, []
        for event, frame in held:
            outputs += self._on_event(event, frame, at)
        return outputs

    def _not_wanted(self, message: Message) -> Outputs:
        """A late yes to a request that was given up is a subscription nobody reads: let go of it."""
        body = message.body
        request_id, subscription_id = text_of(body, "requestId"), text_of(body, "subscriptionId")
        is_yes = 200 <= (whole(body, "statusCode") or 0) < 300 and bool(subscription_id)
        if request_id not in self._abandoned or not is_yes or self._of_id(subscription_id) is not None:
            return []
        del self._abandoned[request_id]
        return [compose("unsubscribe", {"requestId": self._new_id(), "subscriptionId": subscription_id})]

    def _stray(self, words: str, at: float) -> Outputs:
        for one in self._subscriptions:
            one.heard(at)
        return [Tolerated(f"{words} was ignored")]

    def _on_event(self, message: Message, frame: bytes, at: float) -> Outputs:
        subscription_id = text_of(message.body, "subscriptionId")
        one = self._of_id(subscription_id)
        if one is not None and one.phase is Phase.LEAVING:
            return []
        if one is None and any(each.phase is Phase.ASKING for each in self._subscriptions):
            return self._hold(message, frame, at)
        if one is None:
            return self._foreign(message, frame, at)
        one.heard(at)
        said = [] if subscription_id else [Tolerated("an event named no subscription; it was taken for ours")]
        return [*said, *one.event(message, at)]

    def _hold(self, message: Message, frame: bytes, at: float) -> Outputs:
        """It may have overtaken the answer that makes it ours."""
        for one in self._subscriptions:
            one.heard(at)
        if len(self._held) >= MAX_HELD * len(self._subscriptions):
            return acknowledgement(text_of(message.body, "transactionId"), 503, "not subscribed yet")
        self._held.append((message, frame))
        return []

    def _drop_held(self, at: float) -> Outputs:
        """Nobody is asking any more: what waited for an answer is nobody's."""
        if not self._held or any(each.phase is Phase.ASKING for each in self._subscriptions):
            return []
        held, self._held = self._held, []
        outputs: Outputs = []
        for message, frame in held:
            outputs += self._foreign(message, frame, at)
        return outputs

    def _foreign(self, message: Message, frame: bytes, at: float) -> Outputs:
        """Refused by the protocol, and kept: what it holds may be a call that nobody else tells us of."""
        outputs = self._stray("an event for a subscription that is not ours", at)
        refusal = acknowledgement(text_of(message.body, "transactionId"), 481, "no such subscription")
        if message.items == ():
            return outputs + refusal
        named = clean(text_of(message.body, "subscriptionId"), limit=80) or "none"
        reason = f"an event for the subscription {named}, which is not ours"
        return [FrameUnusable(reason=reason, original=readable(frame)), *refusal]

    def _on_terminate(self, message: Message, at: float) -> Outputs:
        body = message.body
        request_id, subscription_id = text_of(body, "requestId"), text_of(body, "subscriptionId")
        one = self._of_id(subscription_id)
        outputs: Outputs = []
        if request_id:
            answer: dict[str, object] = {
                "requestId": request_id,
                "subscriptionId": subscription_id,
                "statusCode": 200 if one else 481,
                "statusText": "OK" if one else "no such subscription",
            }
            outputs.append(compose("terminateResponse", answer))
        else:
            outputs.append(Tolerated("a terminate without a requestId cannot be answered"))
        if one is None:
            words = "a terminate for a subscription that is not ours was refused"
            return [*outputs, Tolerated(words)]
        one.heard(at)
        self._abandon(one.asked_id)
        outputs += one.terminated(at)
        return outputs + self._finish_when_left("the CAD ended the subscription as we left")

    def _on_left(self, message: Message) -> Outputs:
        request_id = text_of(message.body, "requestId")
        leaving = [one for one in self._subscriptions if one.phase is Phase.LEAVING]
        left = [one for one in leaving if one.asked_id == request_id] or leaving[:1]
        if not left:
            return [Tolerated("an answer to a request that is not open was ignored")]
        left[0].phase = Phase.LEFT
        return self._finish_when_left("left")

    def _on_request(self, message: Message, frame: bytes, at: float) -> Outputs:
        """Something for people. It is answered when it is stored: see `respond`."""
        for one in self._subscriptions:
            one.heard(at)
        return [requested(message, frame)]

    def _on_unknown(self, message: Message, frame: bytes, at: float) -> Outputs:
        for one in self._subscriptions:
            one.heard(at)
        reason = f"a message of the type {clean(message.kind, limit=40)}, which is not known here"
        outputs: Outputs = [FrameUnusable(reason=reason, original=readable(frame))]
        request_id = text_of(message.body, "requestId")
        if request_id and not message.kind.endswith(("Response", "response")):
            body = {"requestId": request_id, "statusCode": 501, "statusText": "Not implemented"}
            outputs.append(compose("response", body))
        return outputs

    # --- the end ------------------------------------------------------------------------------

    def _finish_when_left(self, reason: str) -> Outputs:
        is_left = all(one.phase is Phase.LEFT for one in self._subscriptions)
        return self._finish(reason) if is_left else []

    def _finish(self, reason: str) -> Outputs:
        self._is_over = True
        return [Finished(reason=reason)]


def requested(message: Message, frame: bytes) -> Requested:
    """A push message as it is told to people."""
    eido = message.body.get("eido")
    return Requested(
        kind=PUSHED[message.kind],
        request_id=text_of(message.body, "requestId"),
        eido=Item(eido, json_text(eido)) if isinstance(eido, dict) else None,
        original=readable(frame),
    )
