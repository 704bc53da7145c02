"""The product's own fleet adapter, alone."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime

from rtcc_core.adapters.mavsdk_fleet import MavsdkFleet
from rtcc_core.domain.drone import Drone
from rtcc_core.domain.facts import Fact
from rtcc_core.domain.flight import Order, Outcome, Verb
from rtcc_core.domain.programme import Programme


class _Nowhere:
    """Facts are not what is measured."""

    async def store(self, facts: Sequence[Fact], *, source: str) -> None:
        pass


class AdapterSide:
    """`MavsdkFleet` read as the core reads it: all of the sky, ten times a second."""

    def __init__(self) -> None:
        self.on_news: Callable[[float], None] = lambda _: None
        self._numbers = itertools.count(1)
        self._fleet: MavsdkFleet | None = None

    async def open(self, url: str, sysids: range) -> None:
        roster = [Drone(callsign=f"D{sysid}", sysid=sysid, site="yard") for sysid in sysids]
        self._fleet = MavsdkFleet(url, roster, Programme(agency="Bench"), _Nowhere())
        await self._fleet.start()

    @property
    def fleet(self) -> MavsdkFleet:
        if self._fleet is None:
            raise RuntimeError("open it first")
        return self._fleet

    def headings(self) -> Iterable[float | None]:
        return [seen.heading_deg for seen in self.fleet.sky().values()]

    def look(self) -> None:
        for heading in self.headings():
            if heading is not None:
                self.on_news(heading)

    async def hold(self, sysid: int) -> bool:
        order = Order(
            order_id=f"O{next(self._numbers)}",
            drone=f"D{sysid}",
            verb=Verb.HOLD,
            operator="bench",
            asked_at=datetime.now(UTC),
        )
        receipt = await self.fleet.carry(order, on_sent=lambda: None)
        return receipt.outcome is Outcome.ACCEPTED

    async def close(self) -> None:
        await self.fleet.stop()
