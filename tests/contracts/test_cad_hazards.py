"""What real CADs send, over a real socket into a real desk: each test says where the input went.

The lines are the "must survive" of the conveyance and the EIDO (NENA-STA-021.1b, -024) that do not concern
one codec alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from tests.conveyance import Json
from tests.support import CALM, HOME, NOON, House, came_up, running, until

from rtcc_core.adapters.cad_eido import EidoFeed, EidoFeedSettings
from rtcc_core.domain.call import Call, CallReport, CallStatus, Note, Place, PlaceKind
from rtcc_core.domain.events import CallReceived, CallUpdated, MessageQuarantined
from rtcc_core.domain.geo import offset
from rtcc_core.wire.eido import write_eido
from rtcc_sitl.cad_server import SimCad

WHERE = offset(HOME, 90.0, 900.0)
UID = "urn:emergency:uid:incidentid:1041:cad.example"


@pytest.fixture
async def house() -> AsyncIterator[House]:
    house = House()
    async with running(house.desk):
        await house.desk.open(came_up())
        await house.desk.store([CALM], source="feed:weather")
        yield house


@asynccontextmanager
async def fed(house: House, cad: SimCad, name: str = "COUNTY") -> AsyncIterator[None]:
    settings = EidoFeedSettings(name=name, url=cad.url, min_rate_s=1, near=HOME)
    task = asyncio.create_task(
        EidoFeed(settings, house.desk, jitter=random.Random(5), clock=house.clock).run()
    )
    try:
        await until(lambda: name in house.desk.state.feeds and house.desk.state.feeds[name].is_up)
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def report(**changes: Any) -> CallReport:
    place = Place(position=WHERE, address="12 MAIN ST, RIVERTON", kind=PlaceKind.CURRENT_INCIDENT)
    base = CallReport(
        feed="", incident_uid=UID, number="1041", type_code="SHOOT", place=place, priority=1, updated_at=NOON
    )
    return replace(base, **changes)


def eido(**changes: Any) -> Json:
    return {**write_eido(report()), **changes}


def parts(value: Json) -> Iterator[Json]:
    for key, components in value.items():
        if key.endswith("Component"):
            yield from components if isinstance(components, list) else [components]


async def one_call(house: House, message: Json) -> Call:
    """What became of this message: the one call, acknowledged by 200 or 400."""
    async with SimCad() as cad, fed(house, cad):
        async with asyncio.timeout(30):
            await cad.wait_acked(await cad.publish(message))
    (call,) = house.desk.state.calls.values()
    return call


def kept(house: House) -> list[MessageQuarantined]:
    return [s.event for s in house.journal.stored if isinstance(s.event, MessageQuarantined)]


# --- read all the same ------------------------------------------------------------------------


def circular(message: Json) -> None:
    message["sharedCommunicationResourceComponent"] = [
        {"$id": "a", "connectedSharedCommunicationResources": [{"$ref": "b"}]},
        {"$id": "b", "connectedSharedCommunicationResources": [{"$ref": "a"}]},
    ]


def dangling(message: Json) -> None:
    message["incidentComponent"]["notesReference"] = [{"$ref": "nowhere"}]
    message["incidentComponent"]["locationReference"] = [{"$ref": "nowhere"}]


def twice(message: Json) -> None:
    message["locationComponent"] = message["locationComponent"] * 2


def unknown(message: Json) -> None:
    message["x-vendor"] = {"$id": 5, "deep": [{"er": []}]}
    for part in parts(message):
        part["x-more"] = None


def other_stamp(message: Json) -> None:
    for part in (message, *parts(message)):
        part["lastUpdateTimestamp"] = part.pop("lastUpdateTimeStamp")


def no_zone(message: Json) -> None:
    message["lastUpdateTimeStamp"] = "2026-03-01T12:00:00"


def far_zone(message: Json) -> None:
    message["lastUpdateTimeStamp"] = "2026-03-01T08:00:00.0-04:00"


def incident_list(message: Json) -> None:
    message["incidentComponent"] = [message["incidentComponent"]]


@pytest.mark.parametrize(
    "change", [circular, dangling, twice, unknown, other_stamp, no_zone, far_zone, incident_list]
)
async def test_an_odd_eido_is_the_same_call(house: House, change: Callable[[Json], None]) -> None:
    message = eido()
    change(message)
    call = await one_call(house, message)
    assert (call.call_id, call.report.type_text, call.report.updated_at) == ("1041", "Shooting", NOON)
    assert call.place.position == WHERE
    assert kept(house) == []
    (received,) = [s.event for s in house.journal.stored if isinstance(s.event, CallReceived)]
    assert json.loads(received.original) == message


@pytest.mark.parametrize(("sent", "read"), [(None, None), (11, None), ("1", 5), (0, 5), (10, 1), (-3, None)])
async def test_any_priority_is_a_call(house: House, sent: object, read: int | None) -> None:
    message = eido()
    message["incidentComponent"]["incidentCommonPriorityNumber"] = sent
    assert (await one_call(house, message)).report.priority == read


async def test_a_time_far_ahead_does_not_hide_what_follows(house: House) -> None:
    async with SimCad() as cad, fed(house, cad):
        await cad.publish(eido(lastUpdateTimeStamp="2099-01-01T00:00:00Z"))
        await until(lambda: "1041" in house.desk.state.calls)
        house.clock.move(60)
        await cad.publish(report(beat="NEW", updated_at=NOON + timedelta(seconds=60)))
        await until(lambda: house.desk.state.calls["1041"].report.beat == "NEW")
    assert list(house.desk.state.calls) == ["1041"]


async def test_the_words_of_a_caller_are_shown_and_do_nothing(house: House) -> None:
    message = eido()
    words = '<b>he said</b> terminate \x1b[2J\u202eevil {"unsubscribe":{}} &lt;script&gt;'
    message["notesComponent"] = [{"$id": "n", "notesActionComments": words}]
    call = await one_call(house, message)
    (note,) = call.report.notes
    assert note.text.startswith("he said terminate")
    assert "\x1b" not in note.text
    assert "\u202e" not in note.text
    assert kept(house) == []


# --- where is it? -----------------------------------------------------------------------------


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><presence>&b;</presence>'
)


def by_value(xml: Callable[[str], str]) -> Callable[[Json], None]:
    def change(message: Json) -> None:
        location = message["locationComponent"][0]
        location["locationByValue"] = xml(location["locationByValue"])

    return change


def by_reference(message: Json) -> None:
    location = message["locationComponent"][0]
    del location["locationByValue"]
    location["locationByReferenceUrl"] = "http://169.254.169.254/latest/meta-data"


@pytest.mark.parametrize(
    "change",
    [
        by_value(lambda xml: BOMB),
        by_value(lambda xml: xml.replace("EPSG::4326", "EPSG::27700").replace("EPSG::4979", "EPSG::27700")),
        by_value(lambda xml: "<html>502</html>"),
        by_value(lambda xml: xml.replace(f"{WHERE.latitude_deg!r} {WHERE.longitude_deg!r}", "NaN 1")),
        by_value(lambda xml: xml.replace(f"{WHERE.latitude_deg!r} {WHERE.longitude_deg!r}", "0 0")),
        by_reference,
    ],
    ids=["entity bomb", "another CRS", "not a location", "NaN", "null island", "link to inside"],
)
async def test_a_location_that_cannot_be_used_is_a_call_without_one(
    house: House, change: Callable[[Json], None]
) -> None:
    message = eido()
    change(message)
    call = await one_call(house, message)
    assert call.place.position is None
    assert call.report.warnings
    assert kept(house) == []


# --- what follows -----------------------------------------------------------------------------


async def test_an_older_state_that_comes_late_changes_nothing(house: House) -> None:
    async with SimCad() as cad, fed(house, cad):
        await cad.publish(report(beat="NEW", updated_at=NOON + timedelta(seconds=5)))
        async with asyncio.timeout(30):
            await cad.wait_acked(await cad.publish(report(beat="OLD")))
    assert house.desk.state.calls["1041"].report.beat == "NEW"


async def test_closed_and_opened_again_is_open(house: House) -> None:
    async with SimCad() as cad, fed(house, cad):
        for seconds, status in ((0, CallStatus.ACTIVE), (1, CallStatus.CLOSED)):
            await cad.publish(report(status=status, updated_at=NOON + timedelta(seconds=seconds)))
        await until(lambda: "1041" in house.desk.state.calls and not house.desk.state.calls["1041"].is_open)
        again = write_eido(report(updated_at=NOON + timedelta(seconds=2)))
        statuses = ["Closed", "ReOpened"]
        component = again["incidentComponent"]
        assert isinstance(component, dict)
        await cad.publish(
            {**again, "incidentComponent": {**component, "incidentStatusCommonRegistryText": statuses}}
        )
        await until(lambda: house.desk.state.calls["1041"].is_open)
    assert list(house.desk.state.calls) == ["1041"]
    assert kept(house) == []


async def test_two_agencies_with_two_views_are_one_call(house: House) -> None:
    async with SimCad() as county, SimCad() as city, fed(house, county), fed(house, city, "CITY"):
        await county.publish(report(beat="NORTH"))
        await until(lambda: "1041" in house.desk.state.calls)
        await city.publish(report(number="77", beat="SOUTH"))
        await until(lambda: len(house.desk.state.calls["1041"].views) == 2)
    (call,) = house.desk.state.calls.values()
    assert {view.feed: view.beat for view in call.views} == {"COUNTY": "NORTH", "CITY": "SOUTH"}


async def test_a_lost_acknowledgement_and_a_restart_of_ours_make_nothing_twice(house: House) -> None:
    def told() -> Sequence[object]:
        return [s.event for s in house.journal.stored if isinstance(s.event, CallReceived | CallUpdated)]

    async with SimCad() as cad:
        async with fed(house, cad):
            await cad.publish(report(notes=(Note(text="shots", at=NOON),)))
            await until(lambda: len(told()) == 1)
            body = {
                "subscriptionId": cad.subscription_ids[0],
                "transactionId": "t-1",
                "notification": list(cad.active),
            }
            for _ in range(3):
                await cad.send_raw(json.dumps({"event": body}))
            async with asyncio.timeout(30):
                await cad.wait_for(lambda: [ack.transaction_id for ack in cad.acks].count("t-1") == 3)
        before = len(house.journal.stored)
        async with fed(house, cad):  # a new process knows no transaction of the old one
            await until(lambda: cad.is_subscribed)
            body["subscriptionId"] = cad.subscription_ids[0]
            await cad.send_raw(json.dumps({"event": body}))
            async with asyncio.timeout(30):
                await cad.wait_for(lambda: [ack.transaction_id for ack in cad.acks].count("t-1") == 4)
    assert len(told()) == 1
    assert len(house.journal.stored) - before <= 1  # that the feed is up again, where it was told down


async def test_a_cad_that_was_restarted_empty_closes_nothing(house: House) -> None:
    async with SimCad() as cad, fed(house, cad):
        await cad.publish(report())
        await until(lambda: "1041" in house.desk.state.calls)
        cad.forget(UID)
        cad.drop_connections()
        await until(lambda: house.desk.state.calls["1041"].missing_since is not None)
        call = house.desk.state.calls["1041"]
        assert call.is_open


async def test_a_snapshot_of_five_thousand_is_whole(house: House) -> None:
    async with SimCad() as cad:
        for number in range(5_000):
            cad.load(write_eido(report(incident_uid=f"{UID}-{number}", number=f"N{number}")))
        async with fed(house, cad):
            await until(lambda: len(house.desk.state.calls) == 5_000, within_s=60)
            async with asyncio.timeout(30):
                await cad.wait_for(lambda: bool(cad.acks) and cad.acks[0].status == 200)
    assert kept(house) == []
