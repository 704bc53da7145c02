"""The kinds of senders behind the listener: what each of their requests becomes.

One request of a source at a time: what it says is laid over what was said before it. What cannot be used goes
into quarantine whole; the sender is told so, and a repeat of the very same bytes is not kept twice.
"""

from __future__ import annotations

import asyncio
import hashlib
from abc import ABC, abstractmethod
from collections.abc import Mapping as Table
from collections.abc import Sequence
from typing import Final
from urllib.parse import unquote
from zoneinfo import ZoneInfo

import msgspec

from rtcc_core.adapters.push_memory import Deliveries, Said
from rtcc_core.adapters.push_request import Refusal, Reply, Request
from rtcc_core.adapters.ticketscad import TicketsCad
from rtcc_core.domain.alert import AlertReport
from rtcc_core.domain.call import CallReport, CallStatus
from rtcc_core.domain.facts import (
    AlertReported,
    CallReported,
    Fact,
    FeedSnapshotTaken,
    MessageUnusable,
)
from rtcc_core.domain.text import clean
from rtcc_core.ports import FactSink
from rtcc_core.wire import active911, flock_alerts, flock_cad, mapped_json
from rtcc_core.wire.mapping import Mapping
from rtcc_core.wire.push_values import Around, Unusable, decode_json
from rtcc_core.wire.ticketscad import read_event

STORE_AT_ONCE: Final = 200
READ_AT_ONCE: Final = 10
EVENTS_MAX: Final = 5_000
"""Events of one active list."""


class Source(ABC):
    """What every kind shares: the lock, the memory, the journal's door."""

    def __init__(self, around: Around, sink: FactSink, said: Said, deliveries: Deliveries) -> None:
        """`around` holds the source's name, zone and centre; its time is each request's own."""
        self._around = around
        self._sink = sink
        self._said = said
        self._refused = deliveries
        self._lock = asyncio.Lock()

    @property
    def name(self) -> str:
        return self._around.feed

    async def take(self, request: Request) -> Reply:
        """Answer when the journal has it. Raises Refusal and JournalUnavailable."""
        async with self._lock:
            try:
                return await self._take(request, decode_json(request.body) if request.body.strip() else {})
            except Unusable as error:
                return await self._quarantine(request, error.reason)

    @abstractmethod
    async def _take(self, request: Request, body: object) -> Reply:
        """What this kind of sender means by it. Raises Unusable, Refusal and JournalUnavailable."""

    def _now(self, request: Request) -> Around:
        return msgspec.structs.replace(self._around, received_at=request.received_at)

    async def _store(self, facts: Sequence[Fact]) -> None:
        """In batches, and remembered as they are on disk."""
        for start in range(0, len(facts), STORE_AT_ONCE):
            batch = facts[start : start + STORE_AT_ONCE]
            await self._sink.store(batch, source=f"feed:{self.name}")
            for fact in batch:
                self._said.remember(fact)

    async def _quarantine(self, request: Request, reason: str, *, status: int = 422) -> Reply:
        """Kept whole with the reason; the same bytes for the same reason only once."""
        key = hashlib.sha256(f"{request.path}\0{reason}\0".encode() + request.body).hexdigest()
        if not self._refused.has(key):
            await self._store([self._unusable(reason, request.original)])
            self._refused.remember(key)
        return Reply(status=status, fields={"error": reason, "kept": "in quarantine"})

    def _unusable(self, reason: str, original: str) -> MessageUnusable:
        return MessageUnusable(feed=self.name, reason=clean(reason), original=original)

    async def _call(self, report: CallReport, original: str) -> Reply:
        await self._store([CallReported(report=report, original=original)])
        return Reply(fields=_taken(report.incident_uid, report.warnings))

    async def _alert(self, report: AlertReport, original: str) -> Reply:
        await self._store([AlertReported(report=report, original=original)])
        return Reply(fields=_taken(report.alert_uid, report.warnings))


def _taken(uid: str, warnings: Sequence[str]) -> dict[str, object]:
    fields: dict[str, object] = {"ok": True, "id": uid}
    if warnings:
        fields["tolerated"] = list(warnings)
    return fields


def _text_of(value: object) -> str:
    return msgspec.json.encode(value).decode()


class FlockSource(Source):
    """`/cad/events`, `/cad/events/active`, `/cad/events/ID/close|open|narrative`, `/alerts`,
    `/alerts/ID`, `/alerts/ID/close`, `/lpr`."""

    async def _take(self, request: Request, body: object) -> Reply:
        parts = [unquote(part) for part in request.path.split("/") if part]
        wanted = "PUT" if parts[:1] == ["alerts"] and len(parts) == 2 else "POST"
        if request.method not in (wanted, "POST"):
            raise Refusal(405, f"this address takes {wanted}")
        match parts:
            case ["cad", "events"]:
                return await self._event(request, body)
            case ["cad", "events", "active"]:
                return await self._active(request, body)
            case ["cad", "events", identity, ("close" | "open" | "narrative") as what]:
                return await self._change(request, body, identity, what)
            case ["alerts"] | ["alerts", _] | ["lpr"]:
                return await self._read_alert(request, body, parts[1] if len(parts) == 2 else "")
            case ["alerts", identity, "close"]:
                return await self._close_alert(request, identity)
            case _:
                raise Refusal(404, "there is no such address below this source")

    async def _event(self, request: Request, body: object) -> Reply:
        report = self._read(body, self._now(request), is_listed=False)
        reply = await self._call(report, request.original)
        return Reply(fields={**reply.fields, "externalId": flock_cad.external_id(body)})

    def _read(self, event: object, around: Around, *, is_listed: bool) -> CallReport:
        identity = flock_cad.external_id(event)
        alone = flock_cad.read_event(event, around)
        uid, known = self._said.which(identity, around, alone)
        if known is None and uid == identity:
            return alone
        return flock_cad.read_event(event, around, uid=uid, known=known, is_listed=is_listed)

    async def _active(self, request: Request, body: object) -> Reply:
        """Every event, and then what is active: what is not listed is marked missing, never closed here."""
        around = self._now(request)
        events = flock_cad.listed_events(body)
        if len(events) > EVENTS_MAX:
            raise Unusable(f"the active list has {len(events)} events; at most {EVENTS_MAX} are taken")
        facts: list[Fact] = []
        listed: list[str] = []
        reasons: list[str] = []
        for number, event in enumerate(events, start=1):
            await _give_way(number)
            try:
                report = self._read(event, around, is_listed=True)
            except Unusable as error:
                listed += _listed_name(event, self._said)
                reasons.append(error.reason)
                facts.append(self._unusable(error.reason, _text_of(event)))
                continue
            if report.status is CallStatus.ACTIVE:
                listed.append(report.incident_uid)
            facts.append(CallReported(report=report, original=_text_of(event)))
        if events and len(reasons) == len(events):
            return await self._quarantine(request, f"none of {len(events)} events can be used: {reasons[0]}")
        uids = tuple(dict.fromkeys(listed))
        await self._store([*facts, FeedSnapshotTaken(feed=self.name, incident_uids=uids)])
        return Reply(fields={"ok": True, "active": len(uids), "in_quarantine": len(reasons)})

    async def _change(self, request: Request, body: object, identity: str, what: str) -> Reply:
        around = self._now(request)
        _, known = self._said.newest(identity)
        if known is None:
            reason = f"{what} of an event that nobody created here: {clean(identity, limit=60)}"
            return await self._quarantine(request, reason, status=404)
        match what:
            case "close":
                report = flock_cad.close_event(known, around, request.query.get("timestamp"))
            case "open":
                report = flock_cad.open_event(known, around)
            case _:
                report = flock_cad.add_narrative(known, body, around)
        return await self._call(report, request.original or what)

    async def _read_alert(self, request: Request, body: object, identity: str) -> Reply:
        around = self._now(request)
        report = flock_alerts.read_alert(body, around, alert_uid=identity, raw=request.body)
        known = self._said.alert(report.alert_uid)
        if known is not None and msgspec.structs.replace(report, sensed_at=known.sensed_at) == known:
            report = known  # a repeat without a time of its own says nothing new
        return await self._alert(report, request.original)

    async def _close_alert(self, request: Request, identity: str) -> Reply:
        known = self._said.alert(identity)
        if known is None:
            reason = f"close of an alert that nobody sent here: {clean(identity, limit=60)}"
            return await self._quarantine(request, reason, status=404)
        return await self._alert(flock_alerts.take_back(known, "closed by the source"), request.original)


async def _give_way(number: int) -> None:
    """Long lists are read in pieces: the loop has aircraft to look after."""
    if number % READ_AT_ONCE == 0:
        await asyncio.sleep(0)


def _listed_name(event: object, said: Said) -> list[str]:
    """An event that cannot be read is listed all the same, where it has a name."""
    try:
        return [said.newest(flock_cad.external_id(event))[0]]
    except Unusable:
        return []


class Active911Source(Source):
    """One address; every message is one alert of a fire agency, which becomes a call."""

    def __init__(
        self,
        around: Around,
        sink: FactSink,
        said: Said,
        deliveries: Deliveries,
        *,
        priorities: Table[str, int],
    ) -> None:
        super().__init__(around, sink, said, deliveries)
        self._priorities = priorities

    async def _take(self, request: Request, body: object) -> Reply:
        _only_post(request)
        around = active911.in_zone(self._now(request), _zone(active911.time_zone(body)))
        alone = active911.read_active911(body, around, priorities=self._priorities)
        uid, known = self._said.which(active911.alert_id(body), around, alone)
        report = msgspec.structs.replace(alone, incident_uid=uid)
        if known is not None and msgspec.structs.replace(report, updated_at=known.updated_at) == known:
            report = known
        return await self._call(report, request.original)


class MappedSource(Source):
    """One address; the agency's mapping says what a message holds."""

    def __init__(
        self, around: Around, sink: FactSink, said: Said, deliveries: Deliveries, *, mapping: Mapping
    ) -> None:
        super().__init__(around, sink, said, deliveries)
        self._mapping = mapping

    async def _take(self, request: Request, body: object) -> Reply:
        _only_post(request)
        around = self._now(request)
        found = mapped_json.incidents(self._mapping, body)
        is_single = len(found) == 1
        facts: list[Fact] = []
        names: list[str] = []
        reasons: list[str] = []
        for number, incident in enumerate(found, start=1):
            await _give_way(number)
            original = request.original if is_single else _text_of(incident)
            try:
                fact, uid = self._fact(incident, around, original)
            except Unusable as error:
                reasons.append(error.reason)
                facts.append(self._unusable(error.reason, original))
                continue
            facts.append(fact)
            names.append(uid)
        if reasons and not names:
            return await self._quarantine(request, reasons[0])
        await self._store(facts)
        return Reply(fields={"ok": True, "ids": names[:100], "in_quarantine": len(reasons)})

    def _fact(self, incident: object, around: Around, original: str) -> tuple[Fact, str]:
        mapping = self._mapping
        if mapping.makes == "alert":
            alert = mapped_json.read_mapped_alert(mapping, incident, around)
            return AlertReported(report=alert, original=original), alert.alert_uid
        identity = mapped_json.identity(mapping, incident)
        alone = mapped_json.read_mapped_call(mapping, incident, around)
        uid, known = self._said.which(identity, around, alone)
        report = mapped_json.read_mapped_call(mapping, incident, around, uid=uid, known=known)
        return CallReported(report=report, original=original), report.incident_uid


class TicketsCadSource(Source):
    """TicketsCAD's webhooks; the poller of the same name asks for the rows they speak of."""

    def __init__(
        self, around: Around, sink: FactSink, said: Said, deliveries: Deliveries, *, feed: TicketsCad
    ) -> None:
        super().__init__(around, sink, said, deliveries)
        self._feed = feed

    async def _take(self, request: Request, body: object) -> Reply:
        _only_post(request)
        event = read_event(body)
        if event is None:
            return Reply(fields={"ok": True, "taken": False, "why": "it is about no incident"})
        if not await self._feed.take_event(event, request.original):
            return Reply(fields={"ok": True, "taken": False, "why": "something newer is known"})
        return Reply(fields={"ok": True, "id": event.ticket_id})


def _only_post(request: Request) -> None:
    if request.path.strip("/"):
        raise Refusal(404, "there is no such address below this source")
    if request.method != "POST":
        raise Refusal(405, "this address takes POST")


def _zone(name: str) -> ZoneInfo | None:
    """The IANA zone of that name; None where there is none. Never a path out of the zone files."""
    try:
        return ZoneInfo(name) if name else None
    except (OSError, ValueError, KeyError):  # ZoneInfoNotFoundError is a KeyError
        return None
