"""What one subscription tells the desk: calls, quarantine, up and down, the snapshot, and nothing twice."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from datetime import UTC, tzinfo
from typing import Final, TypeVar

from rtcc_core.domain.facts import (
    AlertReported,
    CallReported,
    Fact,
    FeedConnected,
    FeedLost,
    FeedSnapshotTaken,
    MessageUnusable,
)
from rtcc_core.domain.geo import LatLon
from rtcc_core.domain.text import clean
from rtcc_core.ports import Clock, FactSink
from rtcc_core.wire.conveyance import EventArrived, Item, Requested, Subscribed
from rtcc_core.wire.conveyance.requests import read_request
from rtcc_core.wire.eido import NoIncident, Tables, Unusable, read_eido

log = logging.getLogger(__name__)

K = TypeVar("K")

KEPT: Final = 2_000
_REGISTRY: Final = Tables()
TOLERATED_KEPT: Final = 50


class FeedRecord:
    """One feed of agency.toml as the desk sees it."""

    def __init__(
        self,
        name: str,
        sink: FactSink,
        clock: Clock,
        *,
        near: LatLon | None = None,
        zone: tzinfo = UTC,
        tables: Tables = _REGISTRY,
    ) -> None:
        self.name = name
        self._sink = sink
        self._clock = clock
        self._near = near
        self._zone = zone
        self._tables = tables
        self._is_told_up: bool | None = None
        self._told_reason = ""
        self._tolerated: set[str] = set()
        self._listed: list[str] | None = None
        """Incidents of the snapshot that is being taken."""
        self._taken: dict[int, None] = {}
        """Events of this subscription by transaction and content, the newest: stored, or on their way."""
        self._quarantined: dict[bytes, None] = {}
        """What is in quarantine already, the newest: a CAD sends it again with every snapshot."""

    def begin(self) -> None:
        """A connection is made: what is tolerated of it is said anew."""
        self._listed = None
        self._tolerated.clear()

    async def store(self, facts: Sequence[Fact]) -> None:
        """Raises JournalUnavailable."""
        await self._sink.store(facts, source=f"feed:{self.name}")

    def tolerate(self, words: str) -> None:
        """Say once for each connection what was put up with."""
        if words not in self._tolerated and len(self._tolerated) < TOLERATED_KEPT:
            self._tolerated.add(words)
            log.warning("feed %s: %s", self.name, words)

    # --- events -------------------------------------------------------------------------------

    def was_taken(self, event: EventArrived) -> bool:
        """True for an event that was taken before: its acknowledgement was lost, and it came again.

        One that is new counts as taken from now on; where storing it fails, the connection ends, and a new
        subscription forgets what was taken.

        What it says must be the same too, since some count their transactions from 1 on every connection.
        """
        if not event.transaction_id:
            return False
        key = _key(event)
        if key in self._taken:
            return True
        _keep(self._taken, key)
        return False

    def read(self, item: Item) -> Fact | None:
        """One EIDO as a fact; None where it tells of units on no incident: nobody's call, and said so."""
        try:
            report = read_eido(
                item.value,
                self.name,
                near=self._near,
                received_at=self._clock.now(),
                zone=self._zone,
                tables=self._tables,
            )
        except NoIncident as exc:
            self.tolerate(f"a report was read and opens no call: {exc.reason}")
            return None
        except Unusable as exc:
            # It is listed all the same, where it has a name.
            identity = item.value.get("$id") if isinstance(item.value, dict) else None
            if isinstance(identity, str):
                self._list(clean(identity, limit=500))
            return self.unusable(exc.reason, item.original)
        self._list(report.incident_uid)
        return CallReported(report=report, original=item.original)

    def list_again(self, event: EventArrived) -> None:
        """An event that is not stored a second time is of the snapshot all the same."""
        for item in event.items:
            identity = item.value.get("$id") if isinstance(item.value, dict) else None
            if isinstance(identity, str):
                self._list(clean(identity, limit=500))

    def _list(self, incident_uid: str) -> None:
        if self._listed is not None:
            self._listed.append(incident_uid)

    def unusable(self, reason: str, original: str) -> MessageUnusable:
        return MessageUnusable(feed=self.name, reason=clean(reason), original=original)

    def is_news(self, fact: Fact) -> bool:
        """False for what lies in quarantine already, word for word."""
        return not isinstance(fact, MessageUnusable) or _digest(fact.original) not in self._quarantined

    async def quarantine(self, reason: str, original: str) -> None:
        """Keep what could not be used, once. Raises JournalUnavailable."""
        await self.store_news([self.unusable(reason, original)])

    async def store_news(self, facts: Sequence[Fact]) -> None:
        """Store what is not in quarantine already. Raises JournalUnavailable."""
        said: set[str] = set()
        news = [fact for fact in facts if self.is_news(fact) and _is_first(fact, said)]
        if news:
            await self.store(news)
        for fact in news:
            if isinstance(fact, MessageUnusable):
                _keep(self._quarantined, _digest(fact.original))

    async def request(self, requested: Requested) -> None:
        """What the peer asks of our people; raises JournalUnavailable."""
        report = read_request(requested, self.name, received_at=self._clock.now(), near=self._near)
        await self.store([AlertReported(report=report, original=requested.original)])

    # --- up and down --------------------------------------------------------------------------

    async def subscribed(self, subscribed: Subscribed) -> None:
        """The subscription stands. Raises JournalUnavailable."""
        self._listed = []
        self._taken.clear()  # a new subscription's list is taken whole, whatever came before
        if self._is_told_up is not True:
            detail = "; ".join([f"subscribed for {subscribed.expires_s} s", *sorted(self._tolerated)])
            await self.store([FeedConnected(feed=self.name, detail=clean(detail))])
            self._is_told_up = True

    async def snapshot(self, is_complete: bool) -> None:
        """What was listed since is all there is. Raises JournalUnavailable."""
        listed, self._listed = self._listed or [], None
        if is_complete:
            uids = tuple(dict.fromkeys(listed))
            await self.store([FeedSnapshotTaken(feed=self.name, incident_uids=uids)])
        else:
            self.tolerate("CAD's list of active calls was not complete, so no call is marked missing")

    async def lost(self, reason: str) -> None:
        """There is no subscription now; the same reason is told once. Raises JournalUnavailable."""
        self._listed = None
        if self._is_told_up is False and self._told_reason == reason:
            return
        await self.store([FeedLost(feed=self.name, reason=clean(reason))])
        self._is_told_up, self._told_reason = False, reason


def _is_first(fact: Fact, said: set[str]) -> bool:
    """False for what cannot be used and came before, word for word, among those of `said`."""
    if not isinstance(fact, MessageUnusable):
        return True
    is_first = fact.original not in said
    said.add(fact.original)
    return is_first


def _keep(kept: dict[K, None], key: K) -> None:
    kept[key] = None
    while len(kept) > KEPT:
        del kept[next(iter(kept))]


def _key(event: EventArrived) -> int:
    """Python's own keyed hash (64 bits, another key in every process): it is made for each event."""
    return hash((event.transaction_id, *(item.original for item in event.items)))


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
