"""Telemetry tracks against the seals that their flights' closing events hold."""

from __future__ import annotations

import sqlite3

import msgspec

from rtcc_core.adapters.journal_schema import SELECT_SAMPLES
from rtcc_core.domain.events import FlightClosed, FlightOpened
from rtcc_core.wire.ledger import TRACK_GENESIS, Broken, LedgerError, Row, decode_row, sample_hash


class Seal(msgspec.Struct, frozen=True):
    """What a closing event says of its flight's track."""

    seq: int
    samples: int
    sha256: str


class TrackSeals:
    """Collects, from the events, which track was sealed how."""

    def __init__(self) -> None:
        self.by_flight: dict[str, Seal] = {}
        self.opened: dict[str, int] = {}

    @property
    def count(self) -> int:
        return len(self.by_flight)

    def look(self, row: Row) -> None:
        """Remember the row where it opens or closes a flight; one that cannot be decoded says nothing."""
        if row.kind not in (FlightOpened.__name__, FlightClosed.__name__):
            return
        try:
            event = decode_row(row).event
        except LedgerError:
            return
        if isinstance(event, FlightOpened):
            self.opened[event.flight_id] = row.seq
        elif isinstance(event, FlightClosed) and event.track_sha256:
            self.by_flight[event.flight_id] = Seal(row.seq, event.track_samples, event.track_sha256)

    def seq_of(self, flight_id: str) -> int:
        """The event that answers for a track: the one that seals it, else the one that opened the flight."""
        seal = self.by_flight.get(flight_id)
        return seal.seq if seal else self.opened.get(flight_id, 0)


def check_tracks(connection: sqlite3.Connection, seals: TrackSeals) -> Broken | None:
    """Follow every track's chain; Broken names the event that answers for it. Raises sqlite3.Error."""
    lengths: dict[str, int] = {}
    heads: dict[str, str] = {}
    for flight_id, at_ms, body, stored in connection.execute(SELECT_SAMPLES):
        number = lengths.get(flight_id, 0) + 1
        lengths[flight_id] = number
        heads[flight_id] = sample_hash(heads.get(flight_id, TRACK_GENESIS), flight_id, at_ms, body)
        if heads[flight_id] != stored:
            return Broken(
                seals.seq_of(flight_id),
                f"the track of flight {flight_id} is not as it was written, from its sample {number} on",
            )
    for flight_id, seal in seals.by_flight.items():
        samples = lengths.get(flight_id, 0)
        if samples != seal.samples:
            return Broken(
                seal.seq,
                f"the track of flight {flight_id} has {samples} samples, it was sealed with {seal.samples}",
            )
        if heads.get(flight_id, TRACK_GENESIS) != seal.sha256:
            return Broken(seal.seq, f"the track of flight {flight_id} is not the one that was sealed")
    return None
