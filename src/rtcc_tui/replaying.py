"""The replay: the house at a past moment, as the core told it, and how it went on. No toolkit, no clock.

The core folds once for each jump; from there on the events that follow are folded here, by the domain's own
`evolve`, so that a step forward costs nothing and a step back into what is known neither.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import msgspec

from rtcc_core.domain.air import NOBODY_LISTENS
from rtcc_core.domain.drone import Sky, Telemetry
from rtcc_core.domain.evolve import evolve
from rtcc_core.domain.geo import LatLon
from rtcc_core.domain.state import State
from rtcc_core.wire.console import Health, LookBack, LookedBack, Query, ReadBack, ReadOn, Sample
from rtcc_tui.model import ConsoleModel

RATES = (1, 10)
"""How many times as fast as it happened it plays."""

READ_AHEAD = timedelta(minutes=2)
"""So much is asked for at once; further jumps are folded by the core."""

READ_AHEAD_MOST = timedelta(minutes=10)

READ_BACK_MOST = timedelta(minutes=10)
"""So much of what was played is kept; a longer replay would keep every state of the shift."""

TRAIL_SAMPLES = 120
"""Of a trail behind an aircraft: one each second."""

Ask = Callable[[Callable[[str], Query]], str]
"""Sends a question; returns its id."""


@dataclass(slots=True)
class Tape:
    """What is known of a stretch of the past: every state in it, and what was seen of the aircraft."""

    since: datetime
    until: datetime
    """Everything up to here is known."""
    times: list[datetime]
    """When each state began; never going back, whatever the clock of the core did."""
    states: list[State]
    seen: dict[str, list[Sample]] = field(default_factory=dict)
    """By callsign, in order of time."""

    def state_at(self, at: datetime) -> State:
        return self.states[max(0, bisect_right(self.times, at) - 1)]

    def sky_at(self, at: datetime, state: State) -> Sky:
        """The newest of each aircraft that was on a flight, its ages as they were."""
        speed = state.programme.drill_speed if state.programme else 1.0
        sky: Sky = {}
        for flight in state.flights.values():
            samples = self.seen.get(flight.drone, []) if flight.is_open else []
            index = bisect_right(samples, at, key=lambda sample: sample.at)
            if index:
                sample = samples[index - 1]
                grown_s = (at - sample.at).total_seconds() / max(1.0, speed)
                sky[flight.drone] = _older(sample.telemetry, grown_s)
        return sky

    def trail(self, drone: str, at: datetime) -> list[LatLon]:
        """Its newest positions up to a moment, oldest first."""
        samples = self.seen.get(drone, [])
        end = bisect_right(samples, at, key=lambda sample: sample.at)
        newest = samples[max(0, end - TRAIL_SAMPLES) : end]
        return [each.telemetry.position for each in newest if each.telemetry.position is not None]

    def went_on(self, told: ReadBack) -> None:
        """Fold what followed; what is known already is left out."""
        for stored in told.events:
            if stored.seq == self.states[-1].seq + 1:
                self.states.append(evolve(self.states[-1], stored))
                self.times.append(max(self.times[-1], stored.at))
        for sample in told.samples:
            samples = self.seen.setdefault(sample.telemetry.drone, [])
            if not samples or samples[-1].at < sample.at:
                samples.append(sample)
        if told.until is not None:
            self.until = max(self.until, told.until)

    def forget(self, before: datetime) -> None:
        """Drop what is older, but what a moment from there on still shows; the core can fold it again."""
        if before <= self.since:
            return
        cut = max(0, bisect_right(self.times, before) - 1)
        self.since, self.times, self.states = before, self.times[cut:], self.states[cut:]
        for drone, samples in self.seen.items():
            end = bisect_right(samples, before, key=lambda sample: sample.at)
            self.seen[drone] = samples[max(0, end - TRAIL_SAMPLES) :]


class Replay:
    """Where the person looks back to; off while `at` is None."""

    at: datetime | None = None
    """The moment that is shown."""
    rate = 0
    """0 stands still."""
    trouble = ""
    """Why the journal gives no more, in words."""
    progress: float | None = None
    """How far the core is with reading, 0 … 1; None while it is not asked for a jump."""

    def __init__(self) -> None:
        self.wanted: datetime | int | None = None
        """A moment, or an event, that is asked for and not known yet."""
        self._tape: Tape | None = None
        self._waiting_id = ""
        self._asked_for: datetime | int | None = None
        """The jump that the core is at; None while it is asked for none."""
        self._ticked_at: float | None = None
        self._latest: datetime | None = None
        """What is later is not written whole yet: nothing behind it is asked for."""
        self._shown: tuple[datetime, ConsoleModel] | None = None
        self._stood: State | None = None
        """What stood when the core was lost."""

    @property
    def is_on(self) -> bool:
        return self.at is not None

    @property
    def is_waiting(self) -> bool:
        """True while the core is asked for what cannot be shown yet."""
        return self.wanted is not None

    def model(self, live: ConsoleModel, now: float) -> ConsoleModel | None:
        """The past as a console would have it; None while no replay is on."""
        if self.at is None or self._tape is None:
            return None
        if self._shown is None or self._shown[0] != self.at:
            state = self._tape.state_at(self.at)
            self._shown = (
                self.at,
                ConsoleModel(
                    state=state,
                    you=live.you,
                    core_version=live.core_version,
                    sky=self._tape.sky_at(self.at, state),
                    air=NOBODY_LISTENS,
                    health=Health(),
                    core_at=self.at,
                    is_connected=True,
                ),
            )
        return replace(self._shown[1], you=live.you, heard_at=now)

    def trails(self) -> list[list[LatLon]]:
        """Where the aircraft that fly at the moment that is shown had been by then."""
        if self.at is None or self._tape is None:
            return []
        flying = {flight.drone for flight in self._tape.state_at(self.at).flights.values() if flight.is_open}
        return [self._tape.trail(drone, self.at) for drone in sorted(flying)]

    # --- where to ---------------------------------------------------------------------------------

    def go(self, to: datetime | int, latest: datetime, ask: Ask) -> None:
        """Show a moment (`latest` at most), or what was so after an event, as soon as it is known here."""
        self._latest = latest
        self.trouble, self.wanted = "", min(to, latest) if isinstance(to, datetime) else to
        self._reach(ask)

    def step(self, by: timedelta, latest: datetime, ask: Ask) -> None:
        """Some time back or on."""
        start = self.wanted if isinstance(self.wanted, datetime) else self.at
        if start is not None:
            self.go(start + by, latest, ask)

    def play(self) -> int:
        """Stand still, play, play faster, stand still … Returns the rate."""
        rates = (0, *RATES)
        self.rate = rates[(rates.index(self.rate) + 1) % len(rates)]
        self._ticked_at = None
        return self.rate

    def end(self) -> None:
        """Back to now."""
        self.at = self.wanted = self._tape = self._shown = self.progress = self._asked_for = None
        self.rate, self._waiting_id, self.trouble = 0, "", ""

    def ticked(self, now: float, latest: datetime, ask: Ask) -> bool:
        """Time passed: what plays goes on. True where it has come to now, and stands still."""
        before, self._ticked_at = self._ticked_at, now
        if (
            self.at is None
            or self.rate == 0
            or self._tape is None
            or before is None
            or self.wanted is not None
        ):
            return False
        to = self.at + timedelta(seconds=(now - before) * self.rate * self._speed)
        if to >= latest:
            self.rate = 0
            return True
        if to > self._tape.until:
            self.go(to, latest, ask)
            return False
        self.at = to
        is_short = self._tape.until - to < READ_AHEAD / 2 and self._tape.until < latest
        if is_short and not self._waiting_id:
            self._read_on(self._tape.until + READ_AHEAD, ask)
        return False

    @property
    def _speed(self) -> float:
        programme = self._tape.states[-1].programme if self._tape else None
        return max(1.0, programme.drill_speed) if programme else 1.0

    # --- what the core told -------------------------------------------------------------------------

    def looked_back(self, told: LookedBack, ask: Ask) -> bool:
        """The answer to a jump; True where there is something new to show or to say."""
        if told.query_id != self._waiting_id:
            return False
        asked_for, self._asked_for = self._asked_for, None
        self._waiting_id, self.progress = "", None
        if self.wanted is None:
            return False  # a moment that was known is shown meanwhile
        if told.trouble:
            self.trouble, self.wanted, self.rate = told.trouble, None, 0
            return True
        if told.state is None or told.at is None:
            self.progress = told.progress
            self._look_back(ask)
            return True
        start = [Sample(at=told.at, telemetry=seen) for seen in told.sky]
        self._tape = Tape(
            since=told.at, until=told.at, times=[told.at], states=[told.state],
            seen={sample.telemetry.drone: [sample] for sample in start},
        )  # fmt: skip
        self.at, self._shown = told.at, None
        if self.wanted == asked_for:
            self.wanted = None
        else:  # a key that was held down went on meanwhile
            self._reach(ask)
        return True

    def read_back(self, told: ReadBack, ask: Ask) -> bool:
        """What followed; True where the moment that was waited for can be shown now."""
        if told.query_id != self._waiting_id or self._tape is None:
            return False
        self._waiting_id = ""
        if told.trouble:
            self.trouble, self.wanted, self.rate = told.trouble, None, 0
            return True
        before = self._tape.until
        self._tape.went_on(told)
        if self.at is not None:
            self._tape.forget(self.at - READ_BACK_MOST)
        if self.wanted is None:
            return False
        if self._tape.until <= before:
            self.wanted = None  # the journal ends here
            return True
        return self._reach(ask)

    def lost(self, state: State) -> None:
        """The core is gone: nothing that was asked is answered; what is known stays, and what stood last."""
        self._stood = state
        self._waiting_id, self.wanted, self.progress, self.rate = "", None, None, 0
        self._asked_for = None

    def is_of_another(self, state: State) -> bool:
        """True where a core that came back has another journal than the one that is replayed."""
        return self._stood is not None and is_other_journal(self._stood, state)

    def _reach(self, ask: Ask) -> bool:
        """Show what is wanted if it is known; else ask. True where it is shown."""
        to, tape = self.wanted, self._tape
        if isinstance(to, datetime) and tape is not None:
            if tape.since <= to <= tape.until:
                self.at, self.wanted = to, None
                return True
            if tape.until < to <= tape.until + READ_AHEAD_MOST:
                self._read_on(to + READ_AHEAD, ask)
                return False
        self._look_back(ask)
        return False

    def _look_back(self, ask: Ask) -> None:
        to = self.wanted
        if self._asked_for is not None:
            return  # one jump after the other: the core closes a console that asks without end
        self._asked_for = to
        if isinstance(to, int):
            self._waiting_id = ask(lambda query_id: LookBack(query_id=query_id, seq=to))
        elif to is not None:
            self._waiting_id = ask(lambda query_id: LookBack(query_id=query_id, at=to))

    def _read_on(self, until: datetime, ask: Ask) -> None:
        tape = self._tape
        if tape is None or (self._waiting_id and self._asked_for is None):
            return
        self._asked_for = None
        until = min(until, self._latest) if self._latest else until
        newest = tape.states[-1]
        flights = tuple(flight.flight_id for flight in newest.flights.values() if flight.is_open)
        self._waiting_id = ask(
            lambda query_id: ReadOn(
                query_id=query_id, after_seq=newest.seq, since=tape.until, until=until, flights=flights
            )
        )


def is_other_journal(before: State, after: State) -> bool:
    """True where `after` cannot have followed `before`: a journal grows, and what began keeps its time."""
    if after.seq < before.seq or _counts(after) < _counts(before):
        return True
    calls = [
        after.calls[key].received_at == call.received_at
        for key, call in before.calls.items()
        if key in after.calls
    ]
    flights = [
        after.flights[key].opened_at == flight.opened_at
        for key, flight in before.flights.items()
        if key in after.flights
    ]
    # A merge moves the time of one call, never of all.
    return any(known and not any(known) for known in (calls, flights))


def _counts(state: State) -> int:
    return state.call_count + state.alert_count + state.flight_count + state.order_count


def _older(seen: Telemetry, by_s: float) -> Telemetry:
    def grown(age_s: float | None) -> float | None:
        return None if age_s is None else age_s + by_s

    return msgspec.structs.replace(
        seen,
        link_age_s=grown(seen.link_age_s),
        position_age_s=grown(seen.position_age_s),
        battery_age_s=grown(seen.battery_age_s),
    )
