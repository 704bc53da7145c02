"""Others subscribe to us: real sockets, a house with a call and an aircraft, subscribers of every kind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from msgspec.structs import replace
from tests.conveyance import Json
from tests.subscribers import RULES, Subscriber, serving, subscriber
from tests.support import HOME, House, call, ready, running, until
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from rtcc_core.adapters.eido_notifier import EidoNotifier
from rtcc_core.domain.alert import AlertKind
from rtcc_core.domain.call import CallStatus
from rtcc_core.domain.commands import LaunchDrone
from rtcc_core.domain.drone import Landed, Mode
from rtcc_core.domain.facts import CallReported, OrderSettled
from rtcc_core.domain.flight import Outcome
from rtcc_core.domain.geo import offset
from rtcc_core.watch import Watch


@pytest.fixture
async def house() -> AsyncIterator[House]:
    house = House()
    async with running(house.desk):
        await house.open()
        yield house


@pytest.fixture
async def notifier(house: House) -> AsyncIterator[EidoNotifier]:
    async with serving(house) as serving_now:
        yield serving_now


async def launch(house: House) -> None:
    answer = await house.desk.submit_command(
        LaunchDrone(command_id="go", drone="D1", call_id="1041"), "reyes"
    )
    assert answer.reasons == ()
    order_id = house.orders[-1].order_id
    await house.desk.store(
        [OrderSettled(drone="D1", order_id=order_id, outcome=Outcome.ACCEPTED)], source="core"
    )
    await fly(house, 0.0)


async def fly(house: House, away_m: float) -> None:
    """The aircraft is seen so far from home."""
    house.flying("D1")
    house.link.telemetry["D1"] = replace(
        house.link.telemetry["D1"], position=offset(HOME, 90.0, away_m), mode=Mode.TRANSIT
    )
    await look(house)


async def look(house: House) -> None:
    watch = Watch(
        desk=house.desk, link=house.link, journal=house.journal, clock=house.clock, fanout=house.fanout
    )
    for _ in range(3):
        house.clock.move(0.5)
        await watch.look()


def units(eido: Json) -> Json:
    """Our aircraft in an EIDO, by name."""
    return {
        unit["emergencyResourceName"]: unit
        for unit in eido.get("emergencyResourceComponent", ())
        if unit["emergencyResourceTypeCommonRegistryText"] == "UnmannedAerialVehicle"
    }


def component(eido: Json, reference: Json) -> Json:
    return next(
        one
        for key, components in eido.items()
        if key.endswith("Component") and isinstance(components, list)
        for one in components
        if one["$id"] == reference["$ref"]
    )


# --- calls and aircraft -----------------------------------------------------------------------


async def test_a_subscriber_gets_what_is_active_and_then_what_changes(
    house: House, notifier: EidoNotifier
) -> None:
    async with subscriber(notifier) as cad:
        answer = await cad.subscribe(expires=600, minRate=30)
        assert (answer["statusCode"], answer["expires"], answer["minRate"]) == (200, 600, 30)
        (eido,) = await cad.eidos()
        assert (eido["$id"], eido["issuingElementIdentification"]) == ("uid-1041", "dfr.example")
        assert eido["agencyComponent"][0]["$id"] == "pd.example"
        assert eido["agencyComponent"][0]["incidentOwningAgencyIndicator"] is False
        await house.desk.store([call("1042")], source="feed:COUNTY")
        (eido,) = await cad.eidos()
        assert eido["incidentComponent"]["internalIncidentId"] == "1042"


async def test_an_aircraft_is_told_with_its_status_position_and_eta(
    house: House, notifier: EidoNotifier
) -> None:
    async with subscriber(notifier) as cad:
        await cad.subscribe()
        assert units((await cad.eidos())[0]) == {}
        await launch(house)
        eido: Json = {}
        while units(eido).get("D1", {}).get("secondaryUnitStatusRegistryText") != ["EnRoute"]:
            (eido,) = await cad.eidos()
        unit = units(eido)["D1"]
        assert unit["primaryUnitStatusRegistryText"] == "NotAvailable"
        assert unit["activeOnIncidentId"] == "uid-1041"
        assert unit["eta"] > eido["lastUpdateTimeStamp"]
        where = component(eido, unit["unitLocationReference"])
        assert where["locationTypeDescriptionRegistryText"] == "UnitLocation"
        assert f"{HOME.latitude_deg!r}" in where["locationByValue"]
        assert (
            component(eido, unit["unitDestinationReference"])["locationTypeDescriptionRegistryText"]
            == "Other"
        )
        before = where["locationByValue"]
        await fly(house, 400.0)
        while component(eido, units(eido)["D1"]["unitLocationReference"])["locationByValue"] == before:
            (eido,) = await cad.eidos()
        assert units(eido)["D1"]["secondaryUnitStatusRegistryText"] == ["EnRoute"]


async def test_a_unit_is_followed_from_the_pad_to_the_call_and_back(
    house: House, notifier: EidoNotifier
) -> None:
    async with subscriber(notifier) as cad:
        await cad.subscribe("resource", unitId="D1")
        (resting,) = await cad.eidos()
        assert "incidentComponent" not in resting
        assert units(resting)["D1"]["primaryUnitStatusRegistryText"] == "Available"
        await launch(house)
        eido = resting
        while eido["$id"] != "uid-1041":
            (eido,) = await cad.eidos()
        assert "D1" in units(eido)
        house.link.telemetry["D1"] = replace(ready(), landed=Landed.ON_GROUND, mode=Mode.LAND)
        await look(house)
        told: list[Json] = []
        while not told or "incidentComponent" in told[-1]:
            told += await cad.eidos()
        assert any(one["$id"] == "uid-1041" and units(one) == {} for one in told)


async def test_the_maximum_rate_holds_positions_back(house: House, notifier: EidoNotifier) -> None:
    async with subscriber(notifier) as cad:
        started = asyncio.get_running_loop().time()  # before the first could leave: it was never sooner
        await cad.subscribe("single", incidentId="uid-1041", maxRate=2)
        (eido,) = await cad.eidos()
        await launch(house)
        await fly(house, 100.0)
        while "D1" not in units(eido):
            (eido,) = await cad.eidos()
            assert asyncio.get_running_loop().time() - started > 1.9
        while units(eido)["D1"]["secondaryUnitStatusRegistryText"] != ["EnRoute"]:
            (eido,) = await cad.eidos()
        assert units(eido)["D1"]["secondaryUnitStatusRegistryText"] == ["EnRoute"]


async def test_a_closed_incident_may_be_asked_for_by_itself_for_five_minutes(
    house: House, notifier: EidoNotifier
) -> None:
    closed = call("1041").report
    fact = CallReported(report=replace(closed, status=CallStatus.CLOSED))
    await house.desk.store([fact], source="feed:COUNTY")
    async with subscriber(notifier) as cad:
        assert (await cad.subscribe("single", incidentId="uid-1041"))["statusCode"] == 200
        (eido,) = await cad.eidos()
        assert eido["incidentComponent"]["incidentStatusCommonRegistryText"] == ["Closed"]
        assert (await cad.subscribe())["statusCode"] == 200
        assert await cad.eidos() == []
        house.clock.move(301)
        assert (await cad.subscribe("single", incidentId="uid-1041"))["statusCode"] == 404


async def test_a_filter_takes_what_fits_and_tells_when_it_no_longer_does(
    house: House, notifier: EidoNotifier
) -> None:
    async with subscriber(notifier) as cad:
        wish = "incidentComponent.incidentCommonPriorityNumber >= 8"
        assert (await cad.subscribe(qualFilter=wish, qualFilterEvalPeriod=3))["qualFilterEvalPeriod"] == 3
        assert [eido["$id"] for eido in await cad.eidos()] == ["uid-1041"]
        low = CallReported(report=replace(call("1042").report, priority=5))
        await house.desk.store([low], source="feed:COUNTY")
        lower = CallReported(report=replace(call("1041").report, priority=4))
        await house.desk.store([lower], source="feed:COUNTY")
        (eido,) = await cad.eidos()
        assert (eido["$id"], eido["incidentComponent"]["incidentCommonPriorityNumber"]) == ("uid-1041", 4)
        assert (await cad.subscribe(qualFilter="everything!"))["statusCode"] == 400


# --- subscribers that are slow, deaf or many ---------------------------------------------------


async def test_who_does_not_answer_is_let_go(house: House) -> None:
    rules = replace(RULES, answer_within_s=0.2)
    async with serving(house, rules=rules) as notifier, subscriber(notifier, answers=False) as cad:
        await cad.subscribe(minRate=1)
        kinds = [(await cad.hear())[0] for _ in range(4)]
        assert kinds == ["event", "event", "event", "terminate"]
        with pytest.raises(ConnectionClosed):
            await cad.hear()


async def test_one_that_does_not_read_holds_up_nobody_and_gets_the_newest(
    house: House, notifier: EidoNotifier
) -> None:
    async with subscriber(notifier) as quick, subscriber(notifier, answers=False) as slow:
        for cad in (quick, slow):
            await cad.subscribe()
            await cad.eidos()
        for number in range(60):
            report = replace(call("1041").report, beat=f"B{number}")
            await house.desk.store([CallReported(report=report)], source="feed:COUNTY")
            beat = ""
            while beat != f"B{number}":
                (eido,) = await quick.eidos()
                beat = eido["incidentComponent"]["beatOrDispatchGroupText"]
        slow.answers = True
        unread = [(await slow.eidos())[0] for _ in range(7)]
        assert unread[-1]["incidentComponent"]["beatOrDispatchGroupText"] != "B59"
        await slow.say("eventResponse", transactionId="none", statusCode=200, statusText="OK")
        newest = (await slow.eidos())[0]["incidentComponent"]["beatOrDispatchGroupText"]
        assert newest == "B59"


async def test_a_floor_of_thousands_comes_in_portions_that_are_answered(
    house: House, notifier: EidoNotifier
) -> None:
    await house.desk.store([call(str(number)) for number in range(2_000, 4_000)], source="feed:COUNTY")
    async with subscriber(notifier) as cad:
        await cad.subscribe()
        seen: list[str] = []
        while len(seen) < 2_001:
            eidos = await cad.eidos()
            assert len(eidos) <= 200
            seen += [eido["$id"] for eido in eidos]
        assert len(set(seen)) == 2_001


async def test_the_fields_own_client_is_served(house: House, notifier: EidoNotifier) -> None:
    """It writes `eido`, leaves requestAccepts out, offers no sub-protocol, repeats everything on renewal,
    answers an event that speaks of terminating by a terminateResponse, and hangs up."""
    async with connect(notifier.url, compression=None) as socket:
        assert socket.subprotocol is None
        cad = Subscriber(socket, answers=False)
        wish = {"requestType": "eido", "requestSubType": "new", "minRate": 1, "maxRate": 0, "expires": 60}
        await cad.say("subscribe", requestId="1", **wish)
        kind, granted = await cad.hear()
        assert (kind, granted["statusCode"], granted["expires"]) == ("subscribeResponse", 200, 60)
        await cad.eidos()
        subscription_id = granted["subscriptionId"]
        await cad.say("subscribe", requestId="2", subscriptionId=subscription_id, **wish)
        kind, renewed = await cad.hear()
        assert (kind, renewed["statusCode"], renewed["subscriptionId"]) == (
            "subscribeResponse",
            200,
            subscription_id,
        )
        await socket.send('{"terminateResponse":{"statusCode":0}}')
        await house.desk.store([call("1042", note="he will terminate the lease")], source="feed:COUNTY")
        assert [eido["$id"] for eido in await cad.eidos()] == ["uid-1042"]
        await cad.say("unsubscribe", requestId="3", subscriptionId=subscription_id)
        socket.transport.abort()
    await until(lambda: notifier.subscription_count == 0)


# --- what others ask of our people -------------------------------------------------------------


async def test_a_request_for_a_drone_becomes_an_alert_for_a_person(
    house: House, notifier: EidoNotifier
) -> None:
    async with subscriber(notifier) as cad:
        await cad.subscribe()
        (eido,) = await cad.eidos()
        await cad.say("requestForService", requestId="r-1", eido={**eido, "$id": "urn:theirs"})
        kind, answer = await cad.hear()
        assert (kind, answer["requestId"], answer["responseCode"]) == ("response", "r-1", 182)
        (alert,) = house.desk.state.alerts.values()
        assert alert.report.kind is AlertKind.OTHER
        assert alert.report.title.startswith("this machine asks for a drone to 45.5")
        assert alert.is_open
        assert house.orders == []
        await cad.say("cancelREequest", requestId="r-1")
        await cad.hear()
        (alert,) = house.desk.state.alerts.values()
        assert alert.report.retracted == "this machine took its request back"


async def test_what_is_not_understood_is_answered_and_kept(house: House, notifier: EidoNotifier) -> None:
    async with subscriber(notifier) as cad:
        await cad.say("resourceDiscovery", requestId="d", requestAccepts="x")
        assert await cad.hear() == (
            "response",
            {"requestId": "d", "statusCode": 501, "statusText": "Not implemented"},
        )
        await cad.socket.send("{ not json")
        assert (await cad.hear())[1]["statusCode"] == 400
        await until(lambda: house.desk.state.quarantine_count == 2)
    assert list(house.desk.state.feeds) == []
