"""One subscription of ours, from asking to its end; `Subscriber` carries any number of them on one socket.

    asking ──200──> live ──terminate, silence──> resting ──> asking …        leaving ──> left
       └──4xx 5xx──> resting ──back-off──> asking

Times are seconds of any monotonic clock.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto
from typing import Final

from rtcc_core.domain.text import clean
from rtcc_core.wire.conveyance.happenings import (
    Ended,
    EventArrived,
    Finished,
    FrameUnusable,
    Outputs,
    SnapshotEnded,
    Subscribed,
    Wants,
)
from rtcc_core.wire.conveyance.messages import (
    REQUEST_ACCEPTS,
    Body,
    Item,
    Message,
    Send,
    Tolerated,
    compose,
    json_text,
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

_SOON: Final = (0.5, 30.0)
_LATER: Final = (30.0, 300.0)
_BACK_OFF: Final = {481: _SOON, 500: _SOON, 503: _SOON}
"""First and longest wait after a refusal; what is not here (400 403 404 406 413 501) needs a person, so waits
long before it is tried again."""

_BUSY: Final = frozenset({500, 503})
_FORBIDDEN: Final = frozenset({403, 406})


class Phase(Enum):
    """Where a subscription is."""

    NEW = auto()
    ASKING = auto()
    LIVE = auto()
    RESTING = auto()
    LEAVING = auto()
    LEFT = auto()


class Subscription:
    """Asks, renews, takes its events, rests and asks again. Raises nothing."""

    def __init__(self, wants: Wants, *, new_id: Callable[[], str], jitter: Callable[[], float]) -> None:
        """`new_id` makes request ids; `jitter` gives numbers in [0, 1) that spread the retries."""
        self.wants = wants
        self.phase = Phase.NEW
        self.subscription_id = ""
        self.asked_id = ""
        """Id of the request that is open; empty for none."""
        self.ask_by = 0.0
        self.heard_at = 0.0
        self._new_id = new_id
        self._jitter = jitter
        self._renew_at = 0.0
        self._expires_at = 0.0
        self._rest_until = 0.0
        self._silent_after_s = SILENT_FLOOR_S
        self._live_since = 0.0
        self._failures = 0
        self._settle_at: float | None = None
        self._settle_by = 0.0
        self._is_whole = True
        self._has_listed = False

    @property
    def deadline(self) -> float | None:
        """When `tick` is due next, if nothing is received before; None: never."""
        match self.phase:
            case Phase.ASKING | Phase.LEAVING:
                return self.ask_by
            case Phase.RESTING:
                return self._rest_until
            case Phase.LIVE:
                due = [
                    self.heard_at + self._silent_after_s,
                    self.ask_by if self.asked_id else self._renew_at,
                ]
                return min([*due, self._settle_at] if self._settle_at is not None else due)
            case _:
                return None

    # --- time ---------------------------------------------------------------------------------

    def tick(self, at: float) -> Outputs:
        """Do what has become due. Finished says that the line is dead for this subscription."""
        if self.phase is Phase.LEAVING and at >= self.ask_by:
            self.phase = Phase.LEFT
            return [Finished(reason="the CAD did not confirm that we left")]
        if self.phase is Phase.ASKING and at >= self.ask_by:
            return [
                Finished(reason=f"the CAD did not answer our subscription within {ANSWER_WITHIN_S:.0f} s")
            ]
        if self.phase is Phase.RESTING and at >= self._rest_until:
            return self.subscribe(at)
        return self._tick_live(at) if self.phase is Phase.LIVE else []

    def _tick_live(self, at: float) -> Outputs:
        outputs: Outputs = []
        if self._settle_at is not None and at >= self._settle_at:
            outputs += self._snapshot_over()
        if at >= self.heard_at + self._silent_after_s:
            return [*outputs, Finished(reason=f"the CAD has been silent for {at - self.heard_at:.0f} s")]
        if self.asked_id and at >= self.ask_by:
            words = f"the CAD did not answer our renewal within {ANSWER_WITHIN_S:.0f} s"
            return [*outputs, Finished(reason=words)]
        if at >= self._expires_at:
            words = "the subscription expired before it was renewed"
            return [*outputs, Tolerated(words), *self.subscribe(at)]
        if not self.asked_id and at >= self._renew_at:
            # Nothing but these may stand in a renewal: requestType and the rates belong to a new one.
            renewal = {"subscriptionId": self.subscription_id, "expires": self.wants.expires_s}
            outputs.append(self._ask(at, renewal))
        return outputs

    def heard(self, at: float) -> None:
        """The peer said something that is, or may be, of this subscription."""
        self.heard_at = at

    def resumed(self, at: float) -> None:
        """Reading goes on after a pause of ours: the silence until now was not the CAD's."""
        self._settle_by += at - self.heard_at
        self.heard_at = at
        self._settle_later(at)

    def spoil(self) -> None:
        """Something that may be of its snapshot could not be read."""
        self._is_whole = False

    # --- asking -------------------------------------------------------------------------------

    def subscribe(self, at: float) -> Outputs:
        """Ask for a new subscription."""
        self.phase = Phase.ASKING
        self.subscription_id = ""
        self._settle_at = None
        wants = self.wants
        body: dict[str, object] = {
            "requestType": "EIDO",
            "requestSubType": wants.about.value,
            "requestAccepts": REQUEST_ACCEPTS,
            "minRate": wants.min_rate_s,
            "expires": wants.expires_s,
        }
        more: dict[str, object] = {
            "incidentId": wants.incident_id,
            "unitId": wants.unit_id,
            "maxRate": wants.max_rate_s,
            "qualFilter": wants.qual_filter,
            "qualFilterEvalPeriod": wants.filter_every_s if wants.qual_filter else None,
        }
        body.update({key: value for key, value in more.items() if value})
        return [self._ask(at, body)]

    def _ask(self, at: float, body: dict[str, object]) -> Send:
        self.asked_id = self._new_id()
        self.ask_by = at + ANSWER_WITHIN_S
        return compose("subscribe", {"requestId": self.asked_id, **body})

    def answered(self, body: Body, at: float) -> Outputs:
        """The answer to the open request, whoever's subscription it names."""
        status = whole(body, "statusCode")
        self.asked_id = ""
        if status is not None and 200 <= status < 300:
            return self._accepted(body, at)
        words = clean(text_of(body, "statusText"), limit=80)
        reason = f"the CAD refused the subscription: {status if status is not None else 'no status'} {words}"
        return self._refused(status or 500, reason.rstrip(), at)

    def _accepted(self, body: Body, at: float) -> Outputs:
        told_id = text_of(body, "subscriptionId")
        is_new = self.phase is Phase.ASKING
        if is_new and not told_id:
            return self._rest("the CAD accepted the subscription without giving its id", _SOON, at)
        outputs: Outputs = []
        if not is_new and told_id not in ("", self.subscription_id):
            outputs.append(Tolerated("the CAD renamed the subscription on renewal"))
        self.subscription_id = told_id or self.subscription_id
        self._keep_times(body, at, outputs)
        if not is_new:
            self._failures = 0
            return outputs
        self.phase = Phase.LIVE
        self._live_since = at
        self._settle_at = at + max(SETTLE_S, float(self.wants.min_rate_s))
        self._settle_by = at + SETTLE_AT_MOST_S
        self._is_whole, self._has_listed = True, False
        expires_s = round(self._expires_at - at)
        subscribed = Subscribed(
            subscription_id=self.subscription_id, expires_s=expires_s, name=self.wants.name
        )
        return [*outputs, subscribed]

    def _keep_times(self, body: Body, at: float, outputs: Outputs) -> None:
        """Take the CAD's expiry and minimum rate where it states them, ours where it does not."""
        expires_s = whole(body, "expires")
        if expires_s is None or not 0 < expires_s < 10**9:
            outputs.append(Tolerated("the CAD did not say when the subscription expires"))
            expires_s = self.wants.expires_s
        self._expires_at = at + expires_s
        self._renew_at = at + max(expires_s / 2, expires_s - max(2.0, 0.2 * expires_s))
        rate_s = max(self.wants.min_rate_s, min(whole(body, "minRate") or 0, 3600))
        default_s = max(SILENT_FLOOR_S, SILENT_RATES * rate_s)
        self._silent_after_s = self.wants.silent_after_s or default_s

    def _refused(self, status: int, reason: str, at: float) -> Outputs:
        back_off = _BACK_OFF.get(status, _LATER)
        if self.phase is not Phase.LIVE or status in _FORBIDDEN:
            return self._rest(reason, back_off, at)
        if status in _BUSY:
            # The subscription stands until it expires; the CAD is only too busy to prolong it.
            self._renew_at = min(at + self._wait_s(_SOON), self._expires_at)
            return [Tolerated(f"{reason}; the renewal is tried again")]
        if at - self._live_since < STEADY_S:
            return self._rest(reason, _SOON, at)
        return [Tolerated(f"{reason}; subscribing anew"), *self.subscribe(at)]

    # --- resting ------------------------------------------------------------------------------

    def give_up(self, reason: str, at: float) -> Outputs:
        """The line lives, this subscription does not: let go of it, and ask for another later."""
        left = self.subscription_id
        body = {"requestId": self._new_id(), "subscriptionId": left}
        parting: Outputs = [compose("unsubscribe", body)] if left else []
        return parting + self._rest(reason, _SOON, at)

    def terminated(self, at: float) -> Outputs:
        """The CAD ended it."""
        if self.phase is Phase.LEAVING:
            self.phase = Phase.LEFT
            return []
        return self._rest("the CAD ended the subscription", _SOON, at)

    def _rest(self, reason: str, back_off: tuple[float, float], at: float) -> Outputs:
        if self.phase is Phase.LIVE and at - self._live_since >= STEADY_S:
            self._failures = 0
        wait_s = self._wait_s(back_off)
        self.phase = Phase.RESTING
        self.subscription_id = self.asked_id = ""
        self._settle_at = None
        self._rest_until = at + wait_s
        return [Ended(reason=reason, again_in_s=wait_s, name=self.wants.name)]

    def _wait_s(self, back_off: tuple[float, float]) -> float:
        first_s, longest_s = back_off
        wait_s = min(longest_s, first_s * 2.0 ** min(self._failures, 20))
        self._failures += 1
        return wait_s * (0.5 + 0.5 * self._jitter())

    def leave(self, at: float) -> Outputs:
        """Unsubscribe where there is something to leave."""
        if self.phase is not Phase.LIVE:
            self.phase = Phase.LEFT
            return []
        self.phase = Phase.LEAVING
        self.ask_by = at + LEAVE_WITHIN_S
        self.asked_id = self._new_id()
        return [compose("unsubscribe", {"requestId": self.asked_id, "subscriptionId": self.subscription_id})]

    # --- events -------------------------------------------------------------------------------

    def event(self, message: Message, at: float) -> Outputs:
        """An event of this subscription, which is live."""
        body, transaction_id = message.body, text_of(message.body, "transactionId")
        outputs: Outputs = []
        if not transaction_id:
            outputs.append(Tolerated("an event named no transaction; it cannot be acknowledged"))
        items = message.items
        if items is None and isinstance(body.get("notification"), dict):
            outputs.append(Tolerated("an event held one EIDO where a list belongs"))
            lone = body["notification"]
            items = (Item(lone, json_text(lone)),)
        if items is None:
            self.spoil()
            original = json_text({"event": body})
            outputs.append(FrameUnusable(reason="the event's notification is not a list", original=original))
            return outputs + acknowledgement(transaction_id, 400, "notification is not a list")
        self._has_listed = True
        if not items:
            return outputs + acknowledgement(transaction_id) + self._snapshot_over()
        self._settle_later(at)
        return [*outputs, EventArrived(transaction_id=transaction_id, items=items, name=self.wants.name)]

    def _settle_later(self, at: float) -> None:
        if self._settle_at is not None:
            self._settle_at = min(at + SETTLE_S, self._settle_by)

    def _snapshot_over(self) -> Outputs:
        if self._settle_at is None:
            return []
        self._settle_at = None
        is_complete = self._is_whole and self._has_listed
        return [SnapshotEnded(is_complete=is_complete, name=self.wants.name)]


def acknowledgement(transaction_id: str, status: int = 200, text: str = "OK") -> Outputs:
    """The answer to an event; nothing for one that named no transaction."""
    if not transaction_id:
        return []
    body = {"transactionId": transaction_id, "statusCode": status, "statusText": text}
    return [compose("eventResponse", body)]
