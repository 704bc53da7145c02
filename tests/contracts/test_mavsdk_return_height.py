"""The height of the autopilot's own return, set over real MAVLink: asked for until it is confirmed."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from pymavlink.dialects.v20 import ardupilotmega as mavlink
from tests.fleet_bench import Bench, free_port, listening_at, order, until
from tests.mavlink_peers import Peer, peers

from rtcc_core.domain.facts import ReturnHeightUnset
from rtcc_core.domain.flight import Outcome, Verb
from rtcc_core.domain.programme import Programme

HEIGHT_M = 55.0


class Settable(Peer):
    """It hears a parameter only after so many were lost, and may keep another value than was asked."""

    def __init__(self, to: tuple[str, int], *, lost: int, keeps: float | None, is_ardupilot: bool) -> None:
        super().__init__(1, to, is_ardupilot=is_ardupilot)
        self.lost = lost
        self.keeps = keeps
        self.name = "RTL_ALT" if is_ardupilot else "RTL_RETURN_ALT"
        self.sets = 0

    def datagram_received(self, data: bytes, address: Any) -> None:
        super().datagram_received(data, address)
        for message in mavlink.MAVLink(None).parse_buffer(data) or []:
            if message.get_type() == "PARAM_SET" and message.param_id == self.name:
                self.sets += 1
                value = message.param_value if self.keeps is None else self.keeps
                if self.sets > self.lost:
                    told = mavlink.MAVLink_param_value_message(self.name.encode(), value, 9, 1, 0)
                    self.send(told)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rtcc_core.adapters.mavsdk_return_height.ANSWER_S", 0.2)
    monkeypatch.setattr("rtcc_core.adapters.mavsdk_return_height.TRIES", 4)


async def launched(peer: Settable, bench: Bench) -> None:
    """The launch waits for no parameter."""
    await until(lambda: bench.see().position is not None and bench.see().is_connected)
    receipt = await bench.carry(order(Verb.LAUNCH, height_m=HEIGHT_M))
    assert receipt.outcome is Outcome.ACCEPTED, receipt.reason
    await until(lambda: peer.sets > 0)


def unset(bench: Bench) -> list[ReturnHeightUnset]:
    return [fact for fact in bench.sink.facts if isinstance(fact, ReturnHeightUnset)]


@pytest.mark.parametrize(
    ("keeps", "words", "is_ardupilot"),
    [(None, "answers nothing about it", False), (2_000.0, "RTL_ALT is 2000", True)],
)
async def test_what_is_never_confirmed_is_told_once(
    keeps: float | None, words: str, *, is_ardupilot: bool
) -> None:
    to = ("127.0.0.1", free_port())
    peer = Settable(to, lost=99 if keeps is None else 0, keeps=keeps, is_ardupilot=is_ardupilot)
    bench = Bench(listening_at(to[1]), Programme(agency="Test"), [1])
    async with peers(peer):
        await bench.fleet.start()
        try:
            await launched(peer, bench)
            await until(lambda: bool(unset(bench)))
            (fact,) = unset(bench)
            assert (fact.drone, fact.height_m) == ("D1", HEIGHT_M)
            assert words in fact.detail
            assert peer.sets >= 4
        finally:
            await bench.fleet.stop()


async def test_what_is_lost_is_sent_again_until_it_is_confirmed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("rtcc_core.adapters.mavsdk_return_height.TRIES", 50)
    to = ("127.0.0.1", free_port())
    peer = Settable(to, lost=1, keeps=None, is_ardupilot=False)
    bench = Bench(listening_at(to[1]), Programme(agency="Test"), [1])
    async with peers(peer):
        await bench.fleet.start()
        try:
            await launched(peer, bench)
            await until(lambda: peer.sets > 1)
            sets = peer.sets
            await asyncio.sleep(1.0)
            assert peer.sets <= sets + 2, "it is confirmed, and not sent any more"
            assert unset(bench) == []
        finally:
            await bench.fleet.stop()
