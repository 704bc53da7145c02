"""The house as it stood at a past moment: the fold of the journal up to there, and its flights' tracks.

A fold begins at the nearest state that is kept. One that takes longer than a question may is carried on by
the next question, which is told how far it has come.
"""

from __future__ import annotations

import sqlite3
import threading
from bisect import bisect_right
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from rtcc_core.adapters.journal_file import JournalUnreadable
from rtcc_core.domain.drone import Sky, Telemetry
from rtcc_core.domain.events import FlightOpened, Stored
from rtcc_core.domain.evolve import evolve
from rtcc_core.domain.state import State
from rtcc_core.domain.text import clean
from rtcc_core.records.reading import (
    NOT_READABLE,
    Breath,
    newest_seq,
    reading,
    rows_after,
    seq_at,
    time_ms,
    trusted,
)
from rtcc_core.wire.console import LookBack, LookedBack, ReadBack, ReadOn, Sample, for_consoles
from rtcc_core.wire.ledger import GENESIS, Head, from_ms, to_ms

FOLD_S = 1.0
"""A question folds for so long at most."""

KEEP_EVERY = 2_000
"""Events between two states that are kept for the next question."""

KEPT_MAX = 32

WINDOW_MAX = timedelta(minutes=5)
EVENTS_MAX = 2_000
SAMPLES_MAX = 5_000
FLIGHTS_MAX = 60
SAMPLE_EVERY_MS = 1_000
WORDS_MAX = 400

_NEWEST_SAMPLE = "SELECT at, body FROM tracks WHERE flight_id = ? AND at <= ? ORDER BY id DESC LIMIT 1"
_SAMPLES = "SELECT at, body FROM tracks WHERE flight_id = ? AND at > ? AND at <= ? ORDER BY id"

_telemetry: msgspec.json.Decoder[Telemetry] = msgspec.json.Decoder(Telemetry)


class _Kept(msgspec.Struct, frozen=True):
    """A state, and the hash of the event that made it."""

    state: State
    head: Head


class PastStates:
    """States of the past that are kept, so that a step is not a fold of everything. One thread at a time."""

    def __init__(self) -> None:
        self._kept: list[_Kept] = [_Kept(State(), GENESIS)]

    def fold(self, connection: sqlite3.Connection, seq: int, breath: Breath) -> State:
        """The state after event `seq`, or as far as the time allows. Raises JournalUnreadable."""
        start = self._kept[bisect_right(self._kept, seq, key=lambda each: each.state.seq) - 1]
        state, head = start.state, start.head
        for row in rows_after(connection, state.seq, seq):
            if breath.is_spent:
                break
            state, head = evolve(state, trusted(row, head)), Head(row.seq, row.hash)
            if state.seq % KEEP_EVERY == 0:
                self._keep(_Kept(state, head))
            breath.take()
        self._keep(_Kept(state, head))
        return state

    def _keep(self, new: _Kept) -> None:
        at = bisect_right(self._kept, new.state.seq, key=lambda each: each.state.seq)
        if self._kept[at - 1].state.seq != new.state.seq:
            self._kept.insert(at, new)
        if len(self._kept) > KEPT_MAX:
            # The one that stands closest behind its neighbour is missed least; the first and last stay.
            gaps = [
                (self._kept[index + 1].state.seq - self._kept[index - 1].state.seq, index)
                for index in range(1, len(self._kept) - 1)
                if self._kept[index].state.seq != new.state.seq
            ]
            del self._kept[min(gaps)[1]]


class LookingBack:
    """Answers questions about the past. Blocks; never raises: what is wrong is said in `trouble`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._states = PastStates()
        self._lock = threading.Lock()

    def look_back(self, asked: LookBack) -> LookedBack:
        """Everything as it stood, or how far the journal is read."""
        try:
            with reading(self._path) as connection:
                return self._looked(connection, asked)
        except NOT_READABLE as error:
            return LookedBack(query_id=asked.query_id, trouble=_words(error))

    def read_on(self, asked: ReadOn) -> ReadBack:
        """What happened after a moment, up to another, or as far as one answer may be long."""
        try:
            with reading(self._path) as connection:
                return _read_on(connection, asked)
        except NOT_READABLE as error:
            return ReadBack(query_id=asked.query_id, trouble=_words(error))

    def _looked(self, connection: sqlite3.Connection, asked: LookBack) -> LookedBack:
        newest = newest_seq(connection)
        if asked.seq is not None:
            seq = max(0, min(asked.seq, newest))
        else:
            seq = seq_at(connection, asked.at, newest) if asked.at is not None else newest
        if seq == 0:
            return LookedBack(query_id=asked.query_id, trouble=_before_everything(connection))
        with self._lock:
            state = self._states.fold(connection, seq, Breath(FOLD_S))
        if state.seq < seq:
            return LookedBack(query_id=asked.query_id, progress=state.seq / seq)
        at = asked.at if asked.at is not None and asked.seq is None else from_ms(time_ms(connection, seq))
        sky = _sky(connection, state, at)
        return LookedBack(query_id=asked.query_id, at=at, state=state, sky=tuple(sky.values()), progress=1.0)


def _read_on(connection: sqlite3.Connection, asked: ReadOn) -> ReadBack:
    breath = Breath(FOLD_S)
    until = max(asked.since, min(asked.until, asked.since + WINDOW_MAX))
    newest = newest_seq(connection)
    after = max(0, min(asked.after_seq, newest))
    last = max(after, seq_at(connection, until, newest))
    events: list[Stored] = []
    for row in rows_after(connection, after, min(last, after + EVENTS_MAX)):
        events.append(for_consoles(trusted(row, None)))
        breath.take()
    if last > after + EVENTS_MAX and events:
        until = max(asked.since, min(until, events[-1].at))
    flights = [
        *asked.flights,
        *(each.event.flight_id for each in events if isinstance(each.event, FlightOpened)),
    ]
    samples, until = _samples(connection, flights, asked.since, until, breath)
    return ReadBack(query_id=asked.query_id, events=tuple(events), samples=samples, until=until)


def _samples(
    connection: sqlite3.Connection, flights: Iterable[str], since: datetime, until: datetime, breath: Breath
) -> tuple[tuple[Sample, ...], datetime]:
    """Telemetry in order of time, and up to when it is whole."""
    found: list[Sample] = []
    for flight_id in list(dict.fromkeys(flights))[:FLIGHTS_MAX]:
        last_ms = 0
        for at_ms, body in connection.execute(_SAMPLES, (flight_id, to_ms(since), to_ms(until))):
            if at_ms - last_ms >= SAMPLE_EVERY_MS:
                last_ms = at_ms
                found.append(Sample(at=from_ms(at_ms), telemetry=_read(body)))
            breath.take()
    found.sort(key=lambda sample: sample.at)
    if len(found) > SAMPLES_MAX:
        found = found[:SAMPLES_MAX]
        until = found[-1].at
    return tuple(found), until


def _sky(connection: sqlite3.Connection, state: State, at: datetime) -> Sky:
    """The newest of each aircraft that was on a flight, its ages as they were at that moment."""
    sky: Sky = {}
    for flight in state.flights.values():
        if not flight.is_open:
            continue
        found = connection.execute(_NEWEST_SAMPLE, (flight.flight_id, to_ms(at))).fetchone()
        if found is not None:
            speed = state.programme.drill_speed if state.programme else 1.0
            grown_s = max(0.0, (at - from_ms(found[0])).total_seconds() / max(1.0, speed))
            sky[flight.drone] = older(_read(found[1]), grown_s)
    return sky


def older(seen: Telemetry, by_s: float) -> Telemetry:
    """The same telemetry that many real seconds later."""
    return msgspec.structs.replace(
        seen,
        link_age_s=None if seen.link_age_s is None else seen.link_age_s + by_s,
        position_age_s=None if seen.position_age_s is None else seen.position_age_s + by_s,
        battery_age_s=None if seen.battery_age_s is None else seen.battery_age_s + by_s,
    )


def _read(body: object) -> Telemetry:
    try:
        return _telemetry.decode(str(body))
    except ValueError as error:
        raise JournalUnreadable(
            f"a telemetry sample of the journal cannot be read ({error}): look with `rtcc journal verify`"
        ) from error


def _before_everything(connection: sqlite3.Connection) -> str:
    if newest_seq(connection) == 0:
        return "the journal is empty: nothing has happened yet"
    first = from_ms(time_ms(connection, 1))
    return f"the journal begins at {first:%Y-%m-%d %H:%M:%SZ}: of before nothing is known"


def _words(error: Exception) -> str:
    return clean(str(error), limit=WORDS_MAX)
