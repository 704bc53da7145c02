"""A headless drill in readable lines: what each stored event means, in words, with the drill's time."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from datetime import datetime

from rtcc_core.domain import events as ev
from rtcc_core.domain.events import AnyEvent
from rtcc_core.domain.flight import Phase
from rtcc_core.domain.text import clean

LINE_MAX = 1_000


def words(event: AnyEvent) -> str | None:
    """One line about an event; None for what a reader of the drill's progress need not see."""
    return _call_words(event) or _order_words(event) or _failure_words(event) or _house_words(event)


def _call_words(event: AnyEvent) -> str | None:
    match event:
        case ev.CallReceived(call_id=call_id, report=report):
            priority = f"priority {report.priority}" if report.priority else "no priority"
            title = report.type_text or report.type_code or "unknown type"
            place = str(report.place.position) if report.place.position else "no position"
            return f"{call_id} {title}, {priority}, {report.place.address or 'no address'}, {place}"
        case ev.CallUpdated(call_id=call_id, changes=changes) if changes:
            return f"{call_id} {'; '.join(changes)}"
        case ev.AdviceGiven(advice=advice):
            best = advice.recommended
            others = "; ".join(f"{c.drone}: {c.why}" for c in advice.candidates if c is not best)
            named = f"{best.drone} recommended ({best.why})" if best else "no drone may go"
            return f"{advice.call_id} {named}" + (f"; {others}" if others else "")
        case ev.MessageQuarantined(feed=feed, reason=reason):
            return f"{feed} sent something that cannot be used, kept in quarantine: {reason}"
        case _:
            return None


def _order_words(event: AnyEvent) -> str | None:
    match event:
        case ev.FlightOpened(drone=drone, call_id=call_id, override_reason=override):
            return f"{drone} asked to go to {call_id}" + (f", overriding: {override}" if override else "")
        case ev.OrderAsked(order=order):
            return f"{order.drone} {order.verb.value} ASKED by {order.operator}"
        case ev.OrderRefused(drone=drone, reason=reason):
            return f"{drone} order REFUSED: {reason}"
        case ev.OrderUnknown(drone=drone, reason=reason):
            return f"{drone} order UNKNOWN: {reason}"
        case ev.CommandRefused(command=command, reasons=reasons):
            return f"{command} refused: {'; '.join(reasons)}"
        case ev.PhaseObserved(drone=drone, phase=phase, evidence=evidence):
            return f"{drone} OBSERVED {phase.value}" + (f" ({evidence})" if phase is not Phase.ARMED else "")
        case _:
            return None


def _failure_words(event: AnyEvent) -> str | None:
    match event:
        case ev.HealthChanged(drone=drone, what=what, is_well=is_well, detail=detail):
            return f"{drone} {what} well again" if is_well else f"{drone} {detail}"
        case ev.FenceBreached(drone=drone, detail=detail):
            return f"{drone} {detail}"
        case ev.AircraftRestarted(drone=drone, in_flight=True):
            return f"{drone} RESTARTED IN FLIGHT"
        case ev.AircraftDowned(drone=drone, reason=reason):
            return f"{drone} DOWN: {reason}"
        case ev.StrangerHeard(sysid=sysid, missing=missing):
            return f"somebody speaks as sysid {sysid}" + (
                f"; not heard: {', '.join(missing)}" if missing else ""
            )
        case ev.SuggestionMade(suggestion=suggestion):
            return f"suggested: {suggestion.text}"
        case _:
            return None


def _house_words(event: AnyEvent) -> str | None:
    match event:
        case ev.CoreStarted(version=version):
            return f"core {version} started"
        case ev.FeedUp(feed=feed):
            return f"feed {feed} up"
        case ev.FeedDown(feed=feed, reason=reason):
            return f"feed {feed} down: {reason}"
        case ev.LinkFound(drone=drone, detail=detail):
            return f"{drone} heard" + (f" ({detail})" if detail else "")
        case ev.LinkLost(drone=drone, failsafe=failsafe):
            return f"{drone} LINK LOST; {failsafe}"
        case ev.LinkTroubled(drone=drone, trouble=trouble):
            return f"{drone} {trouble or 'answers alone again'}"
        case ev.TrafficAlerted(drone=drone, text=text):
            return f"{drone} TRAFFIC {text}"
        case ev.TrafficCleared(drone=drone, reason=reason):
            return f"{drone} traffic: {reason}"
        case ev.AutopilotActed(drone=drone, detail=detail):
            return f"{drone} acted by itself: {detail}"
        case ev.AircraftSaid(drone=drone, severity=severity, text=text):
            return f"{drone} says ({severity}) {text}"
        case _:
            return None


class Narrator:
    """Writes lines to stderr, each with the drill time since the start. Never fails: a reader may be gone."""

    def __init__(self, *, is_silent: bool = False) -> None:
        self._is_silent = is_silent
        self._started_at: datetime | None = None

    @contextlib.contextmanager
    def silenced(self) -> Iterator[None]:
        """Say nothing while somebody else draws on this terminal."""
        before, self._is_silent = self._is_silent, True
        try:
            yield
        finally:
            self._is_silent = before

    def start(self, at: datetime) -> None:
        """From here on drill time counts."""
        self._started_at = at

    def say(self, text: str, at: datetime | None = None) -> None:
        """One line; `at` is the drill's time of what it tells."""
        if self._is_silent:
            return
        if self._started_at is None or at is None:
            stamp = "       "
        else:
            elapsed_s = (at - self._started_at).total_seconds()
            sign, whole_s = "-" if elapsed_s < 0 else "+", int(abs(elapsed_s))
            stamp = f"{sign}{whole_s // 60:02d}:{whole_s % 60:02d} "
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.write(f"{stamp}{clean(text, limit=LINE_MAX)}\n")
            sys.stderr.flush()

    def say_all(self, text: str) -> None:
        """Several lines, each as `say` does."""
        for line in text.splitlines():
            self.say(line)
