"""What this console knows: a pure fold of what the core told it, and how old that is.

The events are folded with the core's own `evolve`, so both sides read the same state. Times named `now`
are this machine's monotonic seconds; the core's clock is a datetime that runs `drill_speed` times as fast.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

import msgspec

from rtcc_core.domain.air import NOBODY_LISTENS, Air
from rtcc_core.domain.alert import Alert
from rtcc_core.domain.call import Call
from rtcc_core.domain.commands import AnyCommand
from rtcc_core.domain.drone import Drone, Sky, Telemetry
from rtcc_core.domain.events import CallClosed, CallPlaced, CallsMerged, CallsSplit, CallUpdated, Stored
from rtcc_core.domain.evolve import evolve
from rtcc_core.domain.flight import BEFORE_FLIGHT, GOING_HOME, Flight, Phase
from rtcc_core.domain.instants import later
from rtcc_core.domain.people import Person, Right
from rtcc_core.domain.programme import Programme
from rtcc_core.domain.state import Alarm, State
from rtcc_core.domain.suggestions import Suggestion, SuggestionKind
from rtcc_core.wire.console import (
    Answer,
    DrillTold,
    Facts,
    Frame,
    FromCore,
    Goodbye,
    Health,
    JournalFound,
    Located,
    LockTold,
    LookedBack,
    MapSheet,
    ReadBack,
    Welcome,
)
from rtcc_tui.narrate_calls import placed_words

ANSWER_WITHIN_S = 2.0
"""A request without an answer for this long is UNKNOWN on the screen."""

SILENT_AFTER_S = 3.0
"""The core sends a frame several times a second; this long without one is said loudly."""

_CHANGES_KEPT = 40
_URGENCY = {
    SuggestionKind.TRAFFIC: 0,
    SuggestionKind.HEALTH: 1,
    SuggestionKind.ENERGY: 2,
    SuggestionKind.ALERT_RETRACTED: 2,
    SuggestionKind.CALL_OVER: 3,
    SuggestionKind.CALL_UNLINKED: 3,
    SuggestionKind.RELIEF: 3,
    SuggestionKind.DIVERT: 4,
    SuggestionKind.SAME_CALL: 4,
    SuggestionKind.CONTROL: 5,
    SuggestionKind.CALL_MOVED: 5,
}
"""Seconds count for the first, minutes for the last."""

_LEAVING = GOING_HOME | {Phase.RELIEVED}
_NO_PROGRAMME = Programme(agency="")


@dataclass(frozen=True, slots=True)
class Change:
    """What a report or a person changed of a call, when it was stored."""

    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Pending:
    """A request that was sent and not yet answered."""

    command: AnyCommand
    sent_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleModel:
    """Everything on this screen comes from here."""

    state: State = field(default_factory=State)
    you: Person | None = None
    core_version: str = ""
    sky: Sky = field(default_factory=dict)
    """As told; `seen` gives it with the ages of now."""
    air: Air = NOBODY_LISTENS
    """Everybody else's aircraft, as told; `air_now` gives it with the ages of now."""
    health: Health = field(default_factory=Health)
    core_at: datetime | None = None
    """The core's clock when it was last heard at `heard_at`."""
    heard_at: float | None = None
    is_connected: bool = False
    down_since: float | None = None
    down_reason: str = ""
    has_gap: bool = False
    """A stored event is missing here: only a new snapshot helps."""
    changes: dict[str, tuple[Change, ...]] = field(default_factory=dict)
    """What reports changed while this console watched, by call id, oldest first."""
    pending: dict[str, Pending] = field(default_factory=dict)

    # --- what is told ---------------------------------------------------------------------------

    def received(self, message: FromCore, now: float) -> ConsoleModel:
        """The model after a message from the core; never raises for a message of the protocol."""
        match message:
            case Welcome():
                return self._welcomed(message, now)
            case Facts():
                return self._told(message.events)
            case Frame():
                sky = {seen.drone: seen for seen in message.sky}
                return replace(
                    self,
                    sky=sky,
                    air=message.air,
                    health=message.health,
                    core_at=message.at,
                    heard_at=now,
                )
            case Answer():
                rest = {key: value for key, value in self.pending.items() if key != message.command_id}
                return replace(self, pending=rest)
            case (
                Located() | LockTold() | MapSheet() | JournalFound() | LookedBack() | ReadBack() | DrillTold()
            ):
                return self  # for the line that asked; nothing of it is kept
            case Goodbye():
                return self.lost(message.reason, now)

    def _welcomed(self, welcome: Welcome, now: float) -> ConsoleModel:
        # It tells no telemetry: what is known from before goes on growing old until the next frame.
        return replace(
            self,
            state=welcome.state,
            sky={callsign: self.seen(callsign, now) for callsign in self.sky},
            air=self.air_now(now),
            you=welcome.you,
            core_version=welcome.core_version,
            core_at=welcome.at,
            heard_at=now,
            is_connected=True,
            down_since=None,
            down_reason="",
            has_gap=False,
            changes={key: kept for key, kept in self.changes.items() if key in welcome.state.calls},
        )

    def _told(self, events: tuple[Stored, ...]) -> ConsoleModel:
        state, changes = self.state, self.changes
        for stored in events:
            if stored.seq <= state.seq:
                continue  # already in the snapshot
            if stored.seq != state.seq + 1:
                return replace(self, state=state, changes=changes, has_gap=True)
            state = evolve(state, stored)
            for call_id, texts in _changed(state, stored).items():
                new = tuple(Change(stored.at, text) for text in texts)
                changes = {**changes, call_id: (*changes.get(call_id, ()), *new)[-_CHANGES_KEPT:]}
        return replace(self, state=state, changes=changes)

    def lost(self, reason: str, now: float) -> ConsoleModel:
        """The core is gone; what is on the screen stays, and ages."""
        since = now if self.is_connected or self.down_since is None else self.down_since
        return replace(self, is_connected=False, down_since=since, down_reason=reason)

    def asked(self, command: AnyCommand, now: float) -> ConsoleModel:
        """A request went out."""
        return replace(self, pending={**self.pending, command.command_id: Pending(command, now)})

    def gave_up(self, command_id: str) -> ConsoleModel:
        """A request is no longer waited for: its outcome is UNKNOWN until facts show it."""
        return replace(self, pending={key: kept for key, kept in self.pending.items() if key != command_id})

    # --- what that means now --------------------------------------------------------------------

    @property
    def programme(self) -> Programme:
        return self.state.programme or _NO_PROGRAMME

    def silence_s(self, now: float) -> float:
        """Real seconds since the core was last heard; 0 before it ever was."""
        return max(0.0, now - self.heard_at) if self.heard_at is not None else 0.0

    def core_now(self, now: float) -> datetime | None:
        """The core's clock now, carried on from the last frame; None before the first."""
        if self.core_at is None:
            return None
        return later(self.core_at, self.silence_s(now) * self.programme.drill_speed)

    def seen(self, drone: str, now: float) -> Telemetry:
        """The newest of an aircraft, its ages grown by the silence since the frame."""
        telemetry = self.sky.get(drone, Telemetry(drone=drone))
        silence = self.silence_s(now)
        return msgspec.structs.replace(
            telemetry,
            link_age_s=_older(telemetry.link_age_s, silence),
            position_age_s=_older(telemetry.position_age_s, silence),
            battery_age_s=_older(telemetry.battery_age_s, silence),
        )

    def sky_now(self, now: float) -> Sky:
        """The whole fleet as `seen`."""
        return {callsign: self.seen(callsign, now) for callsign in self.state.drones}

    def air_now(self, now: float) -> Air:
        """Everybody else's aircraft, their ages grown by the silence since the frame."""
        silence = self.silence_s(now)
        if silence == 0.0 or not self.air.intruders:
            return self.air
        grown = tuple(
            msgspec.structs.replace(each, position_age_s=each.position_age_s + silence)
            for each in self.air.intruders
        )
        return msgspec.structs.replace(self.air, intruders=grown)

    def queue(self, selected: str | None = None) -> list[Call]:
        """The calls to show: the open ones, those with an aircraft out, and the selected one."""
        kept = self.crewed()
        if selected is not None:
            kept.add(selected)
        calls = [call for call in self.state.calls.values() if call.is_open or call.call_id in kept]
        return sorted(calls, key=lambda call: (call.report.priority or 9, call.received_at, call.call_id))

    def crews(self, call_id: str) -> list[Flight]:
        """The open flights to a call: those that are over it or on the way first, then those going home."""
        flights = self.state.flights_to(call_id)
        return sorted(flights, key=lambda flight: (flight.phase in _LEAVING, flight.phase in BEFORE_FLIGHT))

    def crewed(self) -> set[str]:
        """Ids of the calls that an aircraft is on, or on its way from."""
        return {flight.call_id for flight in self.state.flights.values() if flight.is_open}

    def out(self) -> list[str]:
        """Callsigns of aircraft that are flying, or were told to, or whose flight nobody saw end."""
        flying = {flight.drone for flight in self.state.flights.values() if flight.is_open}
        flying |= {seen.drone for seen in self.sky.values() if seen.is_airborne}
        return sorted(flying)

    @property
    def is_flying(self) -> bool:
        """True while the person at this console has an aircraft out."""
        return self.you is not None and not set(self.out()).isdisjoint(
            self.state.controlled_by(self.you.account)
        )

    def open_alarms(self) -> list[Alarm]:
        """Alarms that nobody has acknowledged or shelved: the worst first, of those the newest first."""
        rest = (alarm for alarm in self.state.alarms.values() if alarm.shelved_until is None)
        alarms = [alarm for alarm in rest if alarm.acknowledged_by is None]
        return sorted(alarms, key=lambda alarm: (alarm.severity.rank, -alarm.raised_at.timestamp()))

    def suggestions(self) -> list[Suggestion]:
        """What the house suggests: the most urgent kind first, of those the oldest first."""
        every = self.state.suggestions.values()
        return sorted(every, key=lambda each: (_URGENCY[each.kind], each.raised_at))

    def waiting_alerts(self) -> list[Alert]:
        """Alerts that nobody has handled: those that stand first, the most urgent, of those the newest."""
        waiting = [alert for alert in self.state.alerts.values() if alert.is_open]
        return sorted(waiting, key=_alert_rank)

    def may(self, right: Right | None) -> bool:
        """True where the person at this console may; the core decides again."""
        return right is None or (self.you is not None and self.you.may(right))

    def overdue(self, now: float) -> list[Pending]:
        """Requests that waited too long for an answer."""
        return [wait for wait in self.pending.values() if now - wait.sent_at >= ANSWER_WITHIN_S]


def _changed(after: State, stored: Stored) -> dict[str, tuple[str, ...]]:
    """What an event changed of calls, in words, by call id."""
    match stored.event:
        case CallUpdated(call_id=call_id, changes=texts):
            return {call_id: texts}
        case CallPlaced() as event:
            known = after.people.get(event.account)
            who = known.name if known else event.account
            return {event.call_id: (f"{placed_words(event.place)}, by {who}",)}
        case CallClosed(call_id=call_id):
            concerned = [call_id]
        case CallsMerged(call_id=call_id, into=other) | CallsSplit(call_id=call_id, was_with=other):
            concerned = [call_id, other]
        case _:
            concerned = []
    return {key: after.calls[key].changes for key in concerned if key in after.calls}


def _alert_rank(alert: Alert) -> tuple[bool, int, float]:
    is_over = alert.retracted_at is not None or alert.expired_at is not None
    return is_over, alert.report.priority or 9, -alert.received_at.timestamp()


def flying_s(drone: Drone, telemetry: Telemetry, reserve: float) -> float | None:
    """Seconds of flight left down to the reserve, by the endurance figure; None when unknown.

    For aircraft on the ground; one in flight has a forecast.
    """
    if telemetry.battery_fraction is None:
        return None
    return max(0.0, telemetry.battery_fraction - reserve) * drone.endurance_min * 60.0


def _older(age_s: float | None, by_s: float) -> float | None:
    return None if age_s is None else age_s + by_s
