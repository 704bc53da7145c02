"""TicketsCAD: its external API is polled, and its webhooks say at once that there is something to ask for.

Both lead to the same row of the same incident, so that poll and webhook are one call. The clock of `since` is
TicketsCAD's own, as its rows write it, and reaches back over an hour: the hour that the change to standard
time repeats is asked for twice, and no row falls between.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import httpx
import msgspec

from rtcc_core.adapters.push_memory import Said
from rtcc_core.adapters.ticketscad_api import TicketsCadApi
from rtcc_core.domain.call import Note
from rtcc_core.domain.facts import (
    CallReported,
    Fact,
    FeedConnected,
    FeedLost,
    FeedSnapshotTaken,
    MessageUnusable,
)
from rtcc_core.domain.text import clean
from rtcc_core.ports import Clock, FactSink, JournalUnavailable
from rtcc_core.wire import ticketscad
from rtcc_core.wire.push_values import Around, Unusable, Warnings, read_time, settled
from rtcc_core.wire.ticketscad import PAGE_MAX, TicketEvent, Unanswered

log = logging.getLogger(__name__)

SNAPSHOT_EVERY_S: Final = 300.0
OVERLAP: Final = timedelta(minutes=65)
PAGES_MAX: Final = 50
ROWS_KEPT: Final = 5_000
STORE_AT_ONCE: Final = 200
READ_AT_ONCE: Final = 10
FETCH_WITHIN_S: Final = 3.0
"""TicketsCAD gives a webhook's receiver 5 s."""

OPEN_STATES: Final = (2, 3)
"""Open and scheduled."""

_STAMP: Final = "%Y-%m-%d %H:%M:%S"


class TicketsCad:
    """Feeds the sink until cancelled; a CallFeed. Without an API it only takes events."""

    def __init__(
        self,
        around: Around,
        sink: FactSink,
        said: Said,
        *,
        clock: Clock,
        api: TicketsCadApi | None = None,
        poll_every_s: float = 15.0,
    ) -> None:
        """`around` holds the feed's name, the server's zone and the agency's centre."""
        self._around = around
        self._sink = sink
        self._said = said
        self._clock = clock
        self._api = api
        self._poll_every_s = poll_every_s
        self._rows: dict[str, dict[str, object]] = {}
        self._asked_at: dict[str, float] = {}
        """When the newest thing known of an incident was asked for; a page asked for earlier is older."""
        self._lock = asyncio.Lock()
        self._newest = ""
        self._listed_at: float | None = None
        self._is_told_up: bool | None = None
        self._told_reason = ""

    @property
    def name(self) -> str:
        return self._around.feed

    async def run(self) -> None:
        """Ask, wait, and ask again, until cancelled."""
        if self._api is None:
            await asyncio.Event().wait()
            return
        try:
            while True:
                wait_s = await self._look(self._api)
                await asyncio.sleep(wait_s)
        finally:
            await self._api.close()

    async def _look(self, api: TicketsCadApi) -> float:
        """One poll; returns how long to wait."""
        try:
            await self._poll(api)
            await self._tell_up()
            return self._poll_every_s
        except Unanswered as error:
            reason, wait_s = str(error), max(error.retry_after_s, self._poll_every_s)
        except Unusable as error:
            reason, wait_s = f"TicketsCAD answers, but not as it should: {error.reason}", self._poll_every_s
            await self._quarantine(reason, api.last_answer)
        except JournalUnavailable:
            return self._poll_every_s
        except (OSError, httpx.HTTPError) as error:
            words = clean(str(error)) or type(error).__name__
            reason, wait_s = f"TicketsCAD cannot be reached: {words}", self._poll_every_s
        self._listed_at = None
        await self._tell_lost(reason)
        return wait_s

    async def _poll(self, api: TicketsCadApi) -> None:
        """What changed since; every few minutes, and at first, everything that is open."""
        now = _now()
        if self._listed_at is None or now - self._listed_at >= SNAPSHOT_EVERY_S:
            await self._list_open(api)
            self._listed_at = now
        await self._take_pages(api, since=self._since())

    async def _list_open(self, api: TicketsCadApi) -> None:
        uids: list[str] = []
        is_complete = True
        for state in OPEN_STATES:
            found, is_whole = await self._take_pages(api, status=state)
            uids += found
            is_complete &= is_whole
        if is_complete:
            snapshot = FeedSnapshotTaken(feed=self.name, incident_uids=tuple(dict.fromkeys(uids)))
            await self._store([snapshot])

    async def _take_pages(
        self, api: TicketsCadApi, *, since: str = "", status: int | None = None
    ) -> tuple[list[str], bool]:
        """The ids of all rows, and whether the last page was reached."""
        uids: list[str] = []
        for page in range(PAGES_MAX):
            asked_at = _now()
            rows = await api.incidents(offset=page * PAGE_MAX, since=since, status=status)
            async with self._lock:
                uids += await self._take_rows(rows, asked_at)
            self._newest = max(self._newest, ticketscad.newest(rows))
            if len(rows) < PAGE_MAX:
                return uids, True
        log.warning("feed %s: more than %d incidents; the rest was not asked for", self.name, len(uids))
        return uids, False

    def _since(self) -> str:
        """Local time of the server's own clock; where it has no row yet, ours in its zone."""
        try:
            newest = datetime.strptime(self._newest, _STAMP)  # noqa: DTZ007 - it has no zone, by its nature
        except ValueError:
            newest = self._clock.now().astimezone(self._around.zone).replace(tzinfo=None)
        return (newest - OVERLAP).strftime(_STAMP)

    async def _take_rows(self, rows: Sequence[object], asked_at: float) -> list[str]:
        uids: list[str] = []
        facts: list[Fact] = []
        for number, row in enumerate(rows, start=1):
            if number % READ_AT_ONCE == 0:
                await asyncio.sleep(0)  # the loop has aircraft to look after
            try:
                ticket = ticketscad.ticket_of(row)
                assert isinstance(row, dict)
                uids.append(ticket)
                if self._asked_at.get(ticket, 0.0) > asked_at:
                    continue
                facts += self._reported(ticket, row, _text(row), asked_at)
            except Unusable as error:
                facts.append(self._unusable(error.reason, _text(row)))
        await self._store(facts)
        return uids

    def _reported(
        self, ticket: str, row: dict[str, object], original: str, asked_at: float, note: str = ""
    ) -> list[Fact]:
        """The row laid over what is known of it, as a report; nothing where it says nothing new."""
        merged = {**self._rows.get(ticket, {}), "deleted": False, **row}
        around = msgspec.structs.replace(self._around, received_at=self._clock.now())
        known = self._said.call(ticket)
        dated = tuple(each for each in known.notes if each.at is not None) if known else ()
        if note and note not in {each.text for each in dated}:
            dated += (Note(text=note, at=around.received_at),)
        report = ticketscad.read_row(merged, around, notes=dated)
        self._keep(ticket, merged, asked_at)
        if known is not None and report.updated_at < known.updated_at:
            # It was asked for later than what is known, so it is newer, whatever its clock says.
            report = msgspec.structs.replace(report, updated_at=known.updated_at)
        report = settled(report, known)
        return [CallReported(report=report, original=original)]

    def _keep(self, ticket: str, row: dict[str, object], asked_at: float) -> None:
        self._rows.pop(ticket, None)
        self._rows[ticket] = row
        self._asked_at[ticket] = asked_at
        while len(self._rows) > ROWS_KEPT:
            oldest = next(iter(self._rows))
            del self._rows[oldest]
            self._asked_at.pop(oldest, None)

    # --- webhooks -----------------------------------------------------------------------------

    async def take_event(self, event: TicketEvent, original: str) -> bool:
        """Store what an event leads to; False where it is older than what is known.

        Raises Unusable where nothing can be made of it, and JournalUnavailable.
        """
        row, asked_at = await self._fetch(event)
        async with self._lock:
            if row is None:
                row = {**event.fields, "id": event.ticket_id}
                if self._is_late(event):
                    return False
                is_known = event.ticket_id in self._rows or self._said.call(event.ticket_id) is not None
                if not is_known and not event.fields:
                    raise Unusable(f"{event.name} of an incident that is not known, and says nothing of it")
                row = self._without_api(event, row)
            await self._store(self._reported(event.ticket_id, row, original, asked_at, event.note))
        return True

    async def _fetch(self, event: TicketEvent) -> tuple[dict[str, object] | None, float]:
        """The whole row; None where it is deleted, there is no API, or it does not answer."""
        asked_at = _now()
        if self._api is None or event.fields.get("deleted"):
            return None, asked_at
        try:
            async with asyncio.timeout(FETCH_WITHIN_S):
                return dict(await self._api.incident(event.ticket_id)), asked_at
        except (Unanswered, Unusable, OSError, httpx.HTTPError) as error:
            log.warning("feed %s: %s is taken as its event tells it: %s", self.name, event.name, error)
            return None, asked_at

    def _is_late(self, event: TicketEvent) -> bool:
        known = self._said.call(event.ticket_id)
        around = msgspec.structs.replace(self._around, received_at=self._clock.now())
        at = read_time(event.at, "the time of the event", around, Warnings())
        return known is not None and at is not None and at < known.updated_at and not event.note

    def _without_api(self, event: TicketEvent, row: dict[str, object]) -> dict[str, object]:
        """What an event says, with its own time, laid over what the house knows where a restart forgot."""
        row = {**row, "updated": event.at}
        known = self._said.call(event.ticket_id)
        if known is None or event.ticket_id in self._rows:
            return row
        position = known.place.position
        remembered: dict[str, object] = {
            "incident_number": known.number, "in_type_name": known.type_text, "street": known.place.address,
            "lat": position.latitude_deg if position else None,
            "lng": position.longitude_deg if position else None,
            "severity": ticketscad.severity_of(known.priority),
            "status": ticketscad.state_of(known.status),
        }  # fmt: skip
        return {**remembered, **row}

    # --- the journal --------------------------------------------------------------------------

    async def _store(self, facts: Sequence[Fact]) -> None:
        for start in range(0, len(facts), STORE_AT_ONCE):
            batch = facts[start : start + STORE_AT_ONCE]
            await self._sink.store(batch, source=f"feed:{self.name}")
            for fact in batch:
                self._said.remember(fact)

    def _unusable(self, reason: str, original: str) -> MessageUnusable:
        return MessageUnusable(feed=self.name, reason=clean(reason), original=original)

    async def _quarantine(self, reason: str, original: str) -> None:
        """Once for each kind of nonsense: a poller would fill the journal with it."""
        if self._is_told_up is not False or self._told_reason != reason:
            with contextlib.suppress(JournalUnavailable):
                await self._store([self._unusable(reason, original)])

    async def _tell_up(self) -> None:
        if self._is_told_up is not True:
            await self._store([FeedConnected(feed=self.name, detail="polled")])
            self._is_told_up = True

    async def _tell_lost(self, reason: str) -> None:
        if self._is_told_up is False and self._told_reason == reason:
            return
        log.warning("feed %s: %s", self.name, reason)
        with contextlib.suppress(JournalUnavailable):
            await self._store([FeedLost(feed=self.name, reason=clean(reason))])
            self._is_told_up, self._told_reason = False, reason


def _now() -> float:
    return asyncio.get_running_loop().time()


def _text(value: object) -> str:
    return msgspec.json.encode(value).decode()
