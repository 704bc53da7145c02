"""Between a feed and the desk: a call that came without a position gets one, where one can be had.

An address is looked up in the agency's street files; a location that is only a link is fetched. Neither
invents anything: one match that needs no choice becomes the position, with its quality and radius; what
is ambiguous stays without one, its candidates beside it for a person to choose from. The desk has the
call before a link is followed: no slow server holds it back.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

import msgspec

from rtcc_core.adapters.location_fetch import LocationFetcher, LocationRefused
from rtcc_core.domain.call import CallReport, CallStatus, Detail, Place, PlaceKind
from rtcc_core.domain.facts import CallReported, Fact
from rtcc_core.domain.geo import LatLon
from rtcc_core.domain.streets import Lookup
from rtcc_core.domain.text import clean
from rtcc_core.ports import FactSink, JournalUnavailable, Places
from rtcc_core.wire.eido.places import place_of
from rtcc_core.wire.pidf_lo import PidfLoError, read_pidf_lo

log = logging.getLogger(__name__)

AT_ONCE: Final = 4
"""Links followed at the same time."""
KEPT: Final = 5_000
"""Incidents and links that are remembered."""
FRESH_S: Final = 10.0
"""A newer answer is asked for when a report comes and the last one is older."""
LOOK_AGAIN_S: Final = 0.5
"""Street files take seconds to read; a CAD's first list may be here before them."""
CANDIDATES_MAX: Final = 5
_OURS: Final = ("address may be ", "address not found: ", "address read as ")
"""How the details begin that are written here; a report that is changed and told again may bring them."""
LOOKED_UP_AT_ONCE: Final = 20
"""Addresses looked up before the loop's other tasks get a turn: at most 40 ms."""


class _Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a link gave when it was last followed."""

    place: Place | None = None
    warnings: tuple[str, ...] = ()
    """What was tolerated in it, or why it gave nothing."""
    at: float
    """Seconds of the loop's clock."""


class PlaceFinder:
    """A FactSink in front of the desk's, and a CallFeed that follows links while it runs."""

    def __init__(
        self,
        sink: FactSink,
        *,
        streets: Places | None = None,
        fetchers: Mapping[str, LocationFetcher] | None = None,
        near: LatLon | None = None,
    ) -> None:
        """`fetchers` are by the name of the feed; without one, its links stay as they came."""
        self._sink = sink
        self._streets = streets
        self._fetchers = fetchers or {}
        self._near = near
        self._newest: dict[str, CallReported] = {}
        """By incident: what waits for its links, or was the last to."""
        self._sources: dict[str, str] = {}
        self._answers: dict[str, _Answer] = {}
        self._waiting: asyncio.Queue[str] = asyncio.Queue(maxsize=KEPT)
        self._unread: dict[str, tuple[CallReported, str]] = {}
        """By incident: addresses that came before the street files were read, and their source."""

    async def store(self, facts: Sequence[Fact], *, source: str) -> None:
        """As the desk's own door, which it goes through. Raises JournalUnavailable."""
        placed: list[Fact] = []
        for number, fact in enumerate(facts, start=1):
            placed.append(self._placed(fact) if isinstance(fact, CallReported) else fact)
            if number % LOOKED_UP_AT_ONCE == 0:
                await asyncio.sleep(0)
        await self._sink.store(placed, source=source)
        unplaced = any(isinstance(fact, CallReported) and _is_only_address(fact) for fact in placed)
        is_unready = unplaced and self._unready()
        for fact, told in zip(facts, placed, strict=True):
            if isinstance(fact, CallReported) and isinstance(told, CallReported):
                self._ask(fact, source)
                self._put_off(fact, source, is_needed=is_unready and _is_only_address(told))

    async def run(self) -> None:
        """Follow links, and look up what came before the street files were read, until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._look_up_later())
            for _ in range(AT_ONCE):
                group.create_task(self._work())

    # --- what is known at once ------------------------------------------------------------------------

    def _placed(self, fact: CallReported) -> CallReported:
        report = with_answers(fact.report, self._answer_of)
        if self._streets is not None:
            report = resolved(report, self._streets.locate)
        return fact if report is fact.report else msgspec.structs.replace(fact, report=report)

    def _answer_of(self, url: str) -> tuple[Place | None, tuple[str, ...]] | None:
        answer = self._answers.get(url)
        return (answer.place, answer.warnings) if answer is not None else None

    # --- what came before the street files --------------------------------------------------------------

    def _put_off(self, fact: CallReported, source: str, *, is_needed: bool) -> None:
        """Remember a call whose address cannot be looked up yet."""
        self._unread.pop(_key(fact), None)
        if is_needed and len(self._unread) < KEPT:
            self._unread[_key(fact)] = (fact, source)

    def _unready(self) -> bool:
        """True while the street files answer any text alike: they are not read yet, or there are none."""
        streets = self._streets
        return streets is not None and streets.locate("").trouble == streets.locate("1 Main St").trouble

    async def _look_up_later(self) -> None:
        while True:
            await asyncio.sleep(LOOK_AGAIN_S)
            while self._unread and not self._unready():
                await self._tell(*self._unread.pop(next(iter(self._unread))))

    # --- what must be fetched -------------------------------------------------------------------------

    def _ask(self, fact: CallReported, source: str) -> None:
        """Have the links of this report followed, unless their answers are fresh."""
        key = _key(fact)
        if fact.report.feed not in self._fetchers or not self._stale(fact.report):
            self._newest.pop(key, None)
            self._sources.pop(key, None)
            return
        is_queued = key in self._newest
        self._newest[key] = fact
        self._sources[key] = source
        if is_queued:
            return
        if self._waiting.full():
            self._newest.pop(self._waiting.get_nowait(), None)
            log.warning("more than %d location links wait; the oldest was left", KEPT)
        self._waiting.put_nowait(key)

    def _stale(self, report: CallReport) -> list[str]:
        now = asyncio.get_running_loop().time()
        found = dict.fromkeys(place.by_reference for place in _links(report))
        return [url for url in found if (known := self._answers.get(url)) is None or now - known.at > FRESH_S]

    async def _work(self) -> None:
        while True:
            key = await self._waiting.get()
            fact = self._newest.get(key)
            while fact is not None:
                for url in self._stale(fact.report):
                    self._remember(url, await self._fetch(url, fact.report))
                newest = self._newest.get(key)
                if newest is fact:
                    del self._newest[key]
                    await self._tell(fact, self._sources.pop(key))
                    break
                fact = newest  # a newer report came meanwhile: its links, not the old ones

    async def _fetch(self, url: str, report: CallReport) -> _Answer:
        now = asyncio.get_running_loop().time
        try:
            document = await self._fetchers[report.feed].fetch(url)
            location = read_pidf_lo(document, near=self._near)
        except (LocationRefused, PidfLoError) as refused:
            words = clean(f"a location link was not followed or of no use: {refused}")
            log.warning("%s: %s", report.feed, words)
            return _Answer(warnings=(words,), at=now())
        return _Answer(place=place_of(location, PlaceKind.OTHER), warnings=location.warnings, at=now())

    def _remember(self, url: str, answer: _Answer) -> None:
        known = self._answers.pop(url, None)
        if answer.place is None and known is not None and known.place is not None:
            # An answer that failed takes no position away: it stays, with the reason why it is old.
            answer = msgspec.structs.replace(answer, place=known.place)
        self._answers[url] = answer
        if len(self._answers) > KEPT:
            del self._answers[next(iter(self._answers))]

    async def _tell(self, fact: CallReported, source: str) -> None:
        placed = self._placed(fact)
        try:
            await self._sink.store([placed], source=source)
        except JournalUnavailable as error:
            log.warning("a fetched location of %s was not stored: %s", fact.report.feed, error)


def _is_only_address(fact: CallReported) -> bool:
    return fact.report.place.position is None and bool(fact.report.place.address)


def _key(fact: CallReported) -> str:
    return f"{fact.report.feed}|{fact.report.incident_uid}"  # two feeds' views of one incident are two


def resolved(report: CallReport, locate: Callable[[str], Lookup]) -> CallReport:
    """The report with its address found, or with what the address may be; the same where nothing is to do."""
    place = report.place
    if place.position is not None or not place.address or report.status is not CallStatus.ACTIVE:
        return report
    told = tuple(each for each in report.details if not each.text.startswith(_OURS))
    lookup = locate(place.address)
    match = lookup.certain
    if match is None:
        return msgspec.structs.replace(report, details=(*told, *_candidates(lookup)))
    found = msgspec.structs.replace(
        place,
        position=match.position,
        uncertainty_m=match.uncertainty_m,
        found_by=match.quality.value,
        shape="address",
    )
    more = Detail(kind="data", text=clean(f"address read as {match}"))
    return msgspec.structs.replace(report, place=found, details=(*told, more))


def _candidates(lookup: Lookup) -> Iterator[Detail]:
    if not lookup.matches:
        yield Detail(kind="data", text=clean(f"address not found: {lookup.trouble}"))
        return
    for match in lookup.matches[:CANDIDATES_MAX]:
        yield Detail(kind="data", text=clean(f"address may be {match}"))
    left = len(lookup.matches) - CANDIDATES_MAX + lookup.more
    if left > 0:
        yield Detail(kind="data", text=f"address may be one of {left} more")


def with_answers(
    report: CallReport, answer_of: Callable[[str], tuple[Place | None, tuple[str, ...]] | None]
) -> CallReport:
    """The report with the places that its links gave, and the best of all places chosen again."""
    warnings: list[str] = []
    places: list[Place] = []
    for place in (report.place, *report.other_places):
        answer = answer_of(place.by_reference) if place.by_reference else None
        found = answer[0] if answer else None
        warnings += answer[1] if answer else ()
        if found is not None:
            place = msgspec.structs.replace(
                found, kind=place.kind, address=found.address or place.address, by_reference=""
            )
        places.append(place)
    if not warnings and places == [report.place, *report.other_places]:
        return report
    chosen = _best(places)
    return msgspec.structs.replace(
        report,
        place=chosen,
        other_places=tuple(place for place in places if place is not chosen and place != Place()),
        warnings=tuple(dict.fromkeys((*report.warnings, *warnings))),
    )


def _best(places: Sequence[Place]) -> Place:
    """By the order of choice, the first that gives a position or an address; else the one chosen before."""
    order = tuple(PlaceKind)
    known = [place for place in places[1:] if place.kind is not PlaceKind.OTHER]
    told = [each for each in (places[0], *known) if each.position is not None or each.address]
    return min(told, key=lambda place: order.index(place.kind), default=places[0])


def _links(report: CallReport) -> list[Place]:
    """The places that are links: those that could become the place of the call."""
    if report.status is not CallStatus.ACTIVE:
        return []
    return [place for place in (report.place, *report.other_places[:10]) if place.by_reference]
