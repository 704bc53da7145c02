"""The watch: what is seen becomes facts, once; tracks are kept and sealed."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from msgspec.structs import replace
from tests.support import House, ready, running

from rtcc_core.domain.commands import LaunchDrone
from rtcc_core.domain.drone import Landed, Mode
from rtcc_core.domain.events import FlightClosed, LinkFound, PhaseObserved
from rtcc_core.domain.facts import OrderSettled
from rtcc_core.domain.flight import Outcome, Phase
from rtcc_core.ports import JournalUnavailable
from rtcc_core.watch import Watch


@pytest.fixture
async def house() -> AsyncIterator[House]:
    house = House()
    async with running(house.desk):
        await house.open()
        yield house


def watch_of(house: House) -> Watch:
    return Watch(
        desk=house.desk, link=house.link, journal=house.journal, clock=house.clock, fanout=house.fanout
    )


async def launch(house: House) -> None:
    await house.desk.submit_command(LaunchDrone(command_id="c", drone="D1", call_id="1041"), "reyes")
    settled = OrderSettled(drone="D1", order_id=house.orders[-1].order_id, outcome=Outcome.ACCEPTED)
    await house.desk.store([settled], source="core")


async def test_what_is_seen_is_stored_once(house: House) -> None:
    watch = watch_of(house)
    for _ in range(5):
        await watch.look()
    found = [s for s in house.journal.stored if isinstance(s.event, LinkFound)]
    assert len(found) == 1
    assert house.journal.kinds()[-1] == "LinkFound"


async def test_every_look_is_shown(house: House) -> None:
    seen = house.fanout.subscribe()
    await watch_of(house).look()
    frame = seen.take_frame()
    assert frame is not None
    assert [one.drone for one in frame.sky] == ["D1"]


async def test_a_flight_is_followed_recorded_and_sealed_once(house: House) -> None:
    watch = watch_of(house)
    await launch(house)
    house.flying("D1")
    for _ in range(10):
        house.clock.move(0.5)
        await watch.look()
    house.link.telemetry["D1"] = replace(ready(), landed=Landed.ON_GROUND, mode=Mode.LAND)
    await watch.look()
    assert not house.desk.state.flights["F1"].is_open
    for _ in range(3):
        await watch.record()
    phases = [s.event.phase for s in house.journal.stored if isinstance(s.event, PhaseObserved)]
    assert phases == [Phase.GATED, Phase.ARMED, Phase.CLIMBING, Phase.LANDED]
    closed = [s.event for s in house.journal.stored if isinstance(s.event, FlightClosed)]
    assert [one.track_samples for one in closed] == [len(house.journal.tracks)]
    assert len(house.journal.tracks) >= 10


async def test_tracks_wait_while_the_journal_is_down(house: House) -> None:
    watch = watch_of(house)
    await launch(house)
    house.flying("D1")
    house.journal.trouble = "the disk is full"
    for _ in range(4):
        house.clock.move(0.5)
        await watch.look()
    with pytest.raises(JournalUnavailable):
        await watch.record()
    house.journal.trouble = ""
    await watch.record()
    times = [track.at for track in house.journal.tracks]
    assert len(times) == 4
    assert times == sorted(times)
