"""What we tell others: our calls as we know them, each an EIDO of our own, with our aircraft as its units.

An EIDO is built again only when its call changed or has an aircraft on it, so that a floor of thousands of
calls costs what is new. What another house says of the same incident is not passed on: two houses that
subscribe to each other would otherwise echo for ever.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec
from msgspec.structs import replace

from rtcc_core.domain.call import HOUSE_FEED, Call
from rtcc_core.domain.drone import Sky
from rtcc_core.domain.flight import Flight
from rtcc_core.domain.own_names import own_uid
from rtcc_core.domain.state import State
from rtcc_core.wire.conveyance.own_units import flying_unit, resting_unit
from rtcc_core.wire.eido import AirUnit, Issuer, write_aircraft_eido, write_eido
from rtcc_core.wire.eido.writer import Json, stamp

ENDED_FOR: Final = timedelta(minutes=5)
"""So long after it was closed an incident may still be asked for by itself (NENA-STA-024)."""

RESTING_EVERY: Final = timedelta(seconds=10)
"""How often an aircraft on the ground is told anew."""


class Sharing(msgspec.Struct, frozen=True, kw_only=True):
    """What is told, and in whose name."""

    issuer: Issuer
    feeds: frozenset[str] = frozenset()
    """Feeds whose calls are passed on; empty: all."""
    shares_notes: bool = False
    """Pass on the notes typed on our own consoles, too."""

    def covers(self, call: Call) -> bool:
        """True where this call is for others."""
        return not self.feeds or call.report.feed in self.feeds


class _Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One call as it was told last."""

    call: Call
    uid: str
    has_aircraft: bool
    built: Json
    """With the time of the call's own report."""
    eido: Json
    """As it is sent: where aircraft made it another, with the time of that."""
    ended_at: datetime | None
    """When it was first seen closed; None while it is active."""


class OwnView:
    """The EIDOs of our calls by incident id, and of our aircraft on the ground by their own."""

    def __init__(self, sharing: Sharing) -> None:
        self._sharing = sharing
        self._entries: dict[str, _Entry] = {}
        """By call id."""
        self._call_ids: dict[str, str] = {}
        """Call id by incident id."""
        self._resting: dict[str, Json] = {}
        """By resource id."""
        self._active: tuple[Json, ...] | None = None
        """As `active` said last; None when that is no longer so."""
        self._ended: dict[str, _Entry] = {}
        """The closed ones of `_entries`."""
        self.is_behind = False
        """There was more to build than was allowed: call `update` again."""
        self._rested_at: datetime | None = None
        self._in_flight: frozenset[str] = frozenset()

    def update(self, state: State, sky: Sky, at: datetime, *, at_most: int = 1_000_000) -> list[str]:
        """Build what changed, `at_most` so many calls; the ids whose EIDO is another now.

        `at` is the record's clock (UTC).
        """
        flights: dict[str, list[Flight]] = {}
        for flight in state.flights.values():
            if flight.is_open:
                flights.setdefault(flight.call_id, []).append(flight)
        changed: list[str] = []
        built, self.is_behind = 0, False
        for call in state.calls.values():
            if not self._sharing.covers(call):
                continue
            entry = self._entries.get(call.call_id)
            on_it = flights.get(call.call_id, ())
            if entry is not None and entry.call is call and not on_it and not entry.has_aircraft:
                continue
            if built >= at_most and not on_it:
                self.is_behind = True
                continue
            uid = entry.uid if entry is not None else self._incident_uid(call)
            if self._call_ids.get(uid, call.call_id) != call.call_id:
                continue  # told already, as another feed has it: an echo of ours would come back once more
            built += 1
            issuer = self._sharing.issuer
            units = [flying_unit(state, sky, flight, uid, issuer, at) for flight in on_it]
            newer = self._entry_of(call, uid, units, entry, at)
            self._entries[call.call_id] = newer
            self._call_ids[uid] = call.call_id
            self._file(call.call_id, newer)
            if entry is None or entry.eido != newer.eido:
                changed.append(uid)
        self._forget(state)
        in_flight = frozenset(flight.drone for each in flights.values() for flight in each)
        return changed + self._rest(state, sky, at, in_flight)

    def get(self, uid: str) -> Json | None:
        """The newest state; None for what is not ours to tell, or not any more."""
        entry = self._entries.get(self._call_ids.get(uid, ""))
        return entry.eido if entry is not None else self._resting.get(uid)

    def active(self) -> Sequence[Json]:
        """Every incident that is active now, and the aircraft on the ground for those who ask for a unit."""
        if self._active is None:
            incidents = (entry.eido for entry in self._entries.values() if entry.ended_at is None)
            self._active = (*incidents, *self._resting.values())
        return self._active

    def ended(self, at: datetime) -> list[Json]:
        """The last states of the incidents closed within five minutes."""
        return [
            entry.eido
            for entry in self._ended.values()
            if entry.ended_at is not None and at - entry.ended_at <= ENDED_FOR
        ]

    def _file(self, call_id: str, entry: _Entry) -> None:
        """Under the active or the ended."""
        self._active = None
        if entry.ended_at is None:
            self._ended.pop(call_id, None)
        else:
            self._ended[call_id] = entry

    def _entry_of(
        self, call: Call, uid: str, units: Sequence[AirUnit], entry: _Entry | None, at: datetime
    ) -> _Entry:
        built = _written(call, uid, units, self._sharing)
        is_of_aircraft = bool(units) or (entry is not None and entry.has_aircraft)
        if entry is not None and built == entry.built:
            eido = entry.eido
        elif is_of_aircraft:
            eido = {**built, "lastUpdateTimeStamp": stamp(max(at, call.report.updated_at))}
        else:
            eido = built
        ended_at = None if call.is_open else (entry and entry.ended_at) or call.changed_at
        return _Entry(call=call, uid=uid, has_aircraft=bool(units), built=built, eido=eido, ended_at=ended_at)

    def _incident_uid(self, call: Call) -> str:
        """The sender's own id, so that it knows its incident again; one of ours where it is no name for all
        the world and taken."""
        uid, feed = call.report.incident_uid, call.report.feed
        if uid.startswith("urn:") or (uid not in self._call_ids and feed != HOUSE_FEED):
            return uid
        return own_uid(feed, uid, self._sharing.issuer.element)

    def _forget(self, state: State) -> None:
        """Calls that the house itself has forgotten."""
        if len(self._entries) <= len(state.calls):
            return
        for call_id in [one for one in self._entries if one not in state.calls]:
            entry = self._entries.pop(call_id)
            self._ended.pop(call_id, None)
            self._active = None
            if self._call_ids.get(entry.uid) == call_id:
                del self._call_ids[entry.uid]

    def _rest(self, state: State, sky: Sky, at: datetime, in_flight: frozenset[str]) -> list[str]:
        """The aircraft on the ground, now and then, and at once when one took off or landed."""
        rested_at = self._rested_at
        is_due = rested_at is None or not timedelta() <= at - rested_at < RESTING_EVERY
        if not is_due and in_flight == self._in_flight:
            return []
        self._rested_at, self._in_flight = at, in_flight
        before, issuer = self._resting, self._sharing.issuer
        units = (
            resting_unit(state, sky, drone, issuer, at)
            for drone in state.drones.values()
            if drone.callsign not in in_flight
        )
        self._active = None
        self._resting = {unit.resource_uid: write_aircraft_eido(unit, issuer) for unit in units}
        return [uid for uid, eido in self._resting.items() if before.get(uid) != eido]


def _written(call: Call, uid: str, units: Sequence[AirUnit], sharing: Sharing) -> Json:
    """The call as we see it, in our name; the incident stays its owner's."""
    notes = (*call.report.notes, *call.house_notes) if sharing.shares_notes else call.report.notes
    report = replace(call.report, incident_uid=uid, place=call.place, notes=notes)
    eido = write_eido(report, sharing.issuer, aircraft=units)
    is_ours = call.report.feed == HOUSE_FEED
    agencies = eido["agencyComponent"]
    for agency in agencies if isinstance(agencies, list) and not is_ours else ():
        if agency["$id"] == sharing.issuer.agency_uid:
            agency["incidentOwningAgencyIndicator"] = False
            agency["agencyRoleDescriptionRegistryText"] = ["Dispatched" if units else "Assisting"]
    return eido
