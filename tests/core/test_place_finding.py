"""Calls without a position: found in the street files, or by their link; never made up."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from rtcc_core.adapters import place_finding
from rtcc_core.adapters.location_fetch import LocationFetcher, LocationRefused
from rtcc_core.adapters.place_finding import PlaceFinder
from rtcc_core.domain.call import CallReport, CallStatus, Place, PlaceKind
from rtcc_core.domain.facts import CallReported, Fact, FeedLost
from rtcc_core.domain.gazetteer import Gazetteer
from rtcc_core.domain.geo import LatLon, distance_m
from rtcc_core.domain.streets import AddressPoint, HouseRange, Lookup, Segment
from rtcc_core.wire.pidf_lo import write_pidf_lo

AT = datetime(2026, 3, 4, 14, 40, tzinfo=UTC)
URL = "https://lis.example/held?id=7"
HERE = LatLon(40.1148, -75.3432)
THERE = LatLon(40.2, -75.4)


def street(name: str, *line: LatLon, numbers: HouseRange | None = None, city: str = "Norristown") -> Segment:
    return Segment(name=name, line=line, left=numbers, right=numbers, city=city)


WEST, EAST, NORTH = LatLon(40.11, -75.35), LatLon(40.11, -75.33), LatLon(40.13, -75.34)
TOWN = Gazetteer(
    [
        street("Main St", WEST, EAST, numbers=HouseRange(100, 198)),
        street("Oak Ave", LatLon(40.10, -75.34), NORTH, numbers=HouseRange(1, 99)),
        street("Elm Ct", LatLon(40.12, -75.35), LatLon(40.12, -75.349), numbers=HouseRange(1, 9)),
        street(
            "Elm Ct", LatLon(40.16, -75.35), LatLon(40.16, -75.349), numbers=HouseRange(1, 9), city="Penn"
        ),
    ],
    [AddressPoint(number="1200", street="Market St", position=HERE, city="Norristown")],
)


class Streets:
    """Street files that are read after a while, as those on a disk are."""

    def __init__(self) -> None:
        self.gazetteer: Gazetteer | None = TOWN

    def locate(self, text: str) -> Lookup:
        return self.gazetteer.locate(text) if self.gazetteer else Lookup(trouble="still being read")

    async def run(self) -> None:
        await asyncio.Event().wait()


class Desk:
    """The door behind: keeps what it was told."""

    def __init__(self) -> None:
        self.facts: list[Fact] = []
        self._changed = asyncio.Condition()

    async def store(self, facts: Sequence[Fact], *, source: str) -> None:
        assert source == "feed:county"
        async with self._changed:
            self.facts.extend(facts)
            self._changed.notify_all()

    @property
    def reports(self) -> list[CallReport]:
        return [fact.report for fact in self.facts if isinstance(fact, CallReported)]

    async def until(self, is_so: Callable[[], bool]) -> None:
        async with asyncio.timeout(8), self._changed:
            await self._changed.wait_for(is_so)


class Fetcher(LocationFetcher):
    """Answers from a table; the real one is proved in contracts/test_location_fetch.py."""

    def __init__(self) -> None:
        super().__init__(["lis.example"])
        self.answers: dict[str, str] = {}
        self.asked: list[str] = []
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def fetch(self, url: str) -> str:
        self.asked.append(url)
        await self.may_answer.wait()
        if url not in self.answers:
            raise LocationRefused("lis.example answers 404")
        return self.answers[url]


def call(place: Place, number: int = 1, **changes: Any) -> CallReported:
    report = CallReport(
        feed="county", incident_uid=f"urn:call:{number}", place=place, updated_at=AT, type_code="SHOOT"
    )
    return CallReported(report=replace(report, **changes), original="{}")


def address(text: str, kind: PlaceKind = PlaceKind.CURRENT_INCIDENT) -> Place:
    return Place(address=text, kind=kind)


@contextlib.asynccontextmanager
async def running(finder: PlaceFinder) -> AsyncIterator[None]:
    task = asyncio.create_task(finder.run())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def placed(place: Place, **changes: Any) -> CallReport:
    desk = Desk()
    await PlaceFinder(desk, streets=Streets()).store([call(place, **changes)], source="feed:county")
    return desk.reports[0]


@pytest.mark.parametrize(
    ("text", "found_by"),
    [
        ("1200 Market St, Norristown", "EXACT"),
        ("Courthouse, 1200 Market St, Bldg C, Floor 2, Unit 4, Norristown", "EXACT"),
        ("150 Main St, Norristown", "INTERPOLATED"),
        ("Main St / Oak Ave, Norristown", "CROSSING"),
    ],
)
async def test_an_address_becomes_a_position_with_how_it_was_found(text: str, found_by: str) -> None:
    report = await placed(address(text))
    assert report.place.found_by == found_by
    assert report.place.position is not None
    assert distance_m(report.place.position, HERE) < 3_000
    assert report.place.uncertainty_m
    assert report.place.address == text
    assert report.details[-1].text.startswith(f"address read as {found_by}")


async def test_an_ambiguous_address_stays_without_a_position_and_shows_what_it_may_be() -> None:
    report = await placed(address("5 Elm Ct"))
    assert report.place == address("5 Elm Ct")
    shown = [detail.text for detail in report.details]
    assert len(shown) == 2
    assert any("Norristown" in text for text in shown)
    assert any("Penn" in text for text in shown)


@pytest.mark.parametrize("text", ["77 Nowhere Rd", "Main St", "999999 Main St", "\u202e", "Oak Ave / Elm Ct"])
async def test_no_position_is_made_up(text: str) -> None:
    assert (await placed(address(text))).place.position is None


async def test_a_routing_address_is_found_and_still_asks_before_flight() -> None:
    report = await placed(address("1200 Market St", PlaceKind.ROUTING))
    assert report.place.position == HERE
    assert report.place.needs_confirmation


async def test_what_has_a_position_or_is_closed_is_left_alone() -> None:
    known = Place(position=THERE, address="1200 Market St", kind=PlaceKind.CALLER)
    assert (await placed(known)).place is known
    closed = await placed(address("1200 Market St"), status=CallStatus.CLOSED)
    assert (closed.place.position, closed.details) == (None, ())


async def test_a_report_told_again_does_not_pile_up_what_was_found() -> None:
    once = await placed(address("5 Elm Ct"))
    assert await placed(once.place, details=once.details) == once


async def test_a_list_that_came_before_the_street_files_is_looked_up_when_they_are_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(place_finding, "LOOK_AGAIN_S", 0.0)
    desk, streets = Desk(), Streets()
    streets.gazetteer = None
    finder = PlaceFinder(desk, streets=streets)
    async with running(finder):
        await finder.store([call(address("1200 Market St"))], source="feed:county")
        assert desk.reports[0].place.position is None
        streets.gazetteer = TOWN
        await desk.until(lambda: len(desk.reports) == 2)
    assert desk.reports[1].place.position == HERE


def linked(kind: PlaceKind = PlaceKind.CURRENT_INCIDENT) -> Place:
    return Place(kind=kind, by_reference=URL)


async def test_a_link_is_followed_after_the_desk_has_the_call() -> None:
    desk, fetcher = Desk(), Fetcher()
    fetcher.answers[URL] = write_pidf_lo(HERE, uncertainty_m=40.0)
    fetcher.may_answer.clear()
    finder = PlaceFinder(desk, fetchers={"county": fetcher})
    async with running(finder):
        await finder.store([call(linked()), FeedLost(feed="x", reason="y")], source="feed:county")
        assert desk.reports[0].place == linked()
        assert len(desk.facts) == 2
        fetcher.may_answer.set()
        await desk.until(lambda: len(desk.reports) == 2)
    place = desk.reports[1].place
    assert (place.position, place.uncertainty_m, place.by_reference) == (HERE, 40.0, "")
    assert place.kind is PlaceKind.CURRENT_INCIDENT
    assert desk.reports[1].updated_at == AT


async def test_a_fetched_current_location_stands_before_the_callers() -> None:
    desk, fetcher = Desk(), Fetcher()
    fetcher.answers[URL] = write_pidf_lo(HERE)
    caller = Place(position=THERE, kind=PlaceKind.CALLER)
    finder = PlaceFinder(desk, fetchers={"county": fetcher})
    async with running(finder):
        await finder.store([call(caller, other_places=(linked(),))], source="feed:county")
        await desk.until(lambda: len(desk.reports) == 2)
    assert desk.reports[0].place == caller
    assert desk.reports[1].place.position == HERE
    assert desk.reports[1].other_places == (caller,)


async def test_a_fetched_tower_does_not_stand_before_the_caller() -> None:
    desk, fetcher = Desk(), Fetcher()
    fetcher.answers[URL] = write_pidf_lo(HERE)
    caller = Place(position=THERE, kind=PlaceKind.CALLER)
    finder = PlaceFinder(desk, fetchers={"county": fetcher})
    async with running(finder):
        fact = call(caller, other_places=(linked(PlaceKind.TOWER),))
        await finder.store([fact], source="feed:county")
        await desk.until(lambda: len(desk.reports) == 2)
    assert desk.reports[1].place == caller


async def test_a_fetched_address_is_looked_up() -> None:
    desk, fetcher = Desk(), Fetcher()
    fetcher.answers[URL] = write_pidf_lo(None, address="1200 Market St, Norristown")
    finder = PlaceFinder(desk, streets=Streets(), fetchers={"county": fetcher})
    async with running(finder):
        await finder.store([call(linked())], source="feed:county")
        await desk.until(lambda: len(desk.reports) == 2)
    assert (desk.reports[1].place.position, desk.reports[1].place.found_by) == (HERE, "EXACT")


@pytest.mark.parametrize("answer", [None, "<html>sign in</html>", "<error code='locationUnknown'/>"])
async def test_a_link_that_gives_nothing_says_why_and_leaves_the_call(answer: str | None) -> None:
    desk, fetcher = Desk(), Fetcher()
    if answer:
        fetcher.answers[URL] = answer
    finder = PlaceFinder(desk, fetchers={"county": fetcher})
    async with running(finder):
        await finder.store([call(linked())], source="feed:county")
        await desk.until(lambda: len(desk.reports) == 2)
    assert desk.reports[1].place == linked()
    assert "a location link was not followed or of no use" in desk.reports[1].warnings[-1]


async def test_a_newer_report_keeps_the_position_that_the_link_gave() -> None:
    desk, fetcher = Desk(), Fetcher()
    fetcher.answers[URL] = write_pidf_lo(HERE)
    finder = PlaceFinder(desk, fetchers={"county": fetcher})
    async with running(finder):
        await finder.store([call(linked())], source="feed:county")
        await desk.until(lambda: len(desk.reports) == 2)
        later = call(linked(), updated_at=AT + timedelta(seconds=5))
        await finder.store([later], source="feed:county")
    assert desk.reports[2].place.position == HERE
    assert fetcher.asked == [URL]


async def test_a_link_that_fails_later_takes_no_position_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(place_finding, "FRESH_S", -1.0)
    desk, fetcher = Desk(), Fetcher()
    fetcher.answers[URL] = write_pidf_lo(HERE)
    finder = PlaceFinder(desk, fetchers={"county": fetcher})
    async with running(finder):
        await finder.store([call(linked())], source="feed:county")
        await desk.until(lambda: len(desk.reports) == 2)
        fetcher.answers.clear()
        await finder.store([call(linked(), number=2)], source="feed:county")
        await desk.until(lambda: len(desk.reports) == 4)
    assert desk.reports[3].place.position == HERE
    assert "404" in desk.reports[3].warnings[-1]


async def test_while_a_slow_link_is_followed_the_newest_report_counts() -> None:
    desk, fetcher = Desk(), Fetcher()
    fetcher.answers[URL] = write_pidf_lo(HERE)
    fetcher.may_answer.clear()
    finder = PlaceFinder(desk, fetchers={"county": fetcher})
    async with running(finder):
        await finder.store([call(linked())], source="feed:county")
        newer = call(linked(), number=1, updated_at=AT + timedelta(seconds=5))
        await finder.store([newer], source="feed:county")
        fetcher.may_answer.set()
        await desk.until(lambda: len(desk.reports) == 3)
    assert [report.updated_at for report in desk.reports] == [AT, *[AT + timedelta(seconds=5)] * 2]


async def test_links_of_a_feed_that_lists_no_hosts_are_left() -> None:
    desk = Desk()
    finder = PlaceFinder(desk)
    async with running(finder):
        await finder.store([call(linked())], source="feed:county")
    assert [report.place for report in desk.reports] == [linked()]
