"""What the tests of the CAD feed share: a record that stands for the desk, a call, a feed that runs."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from msgspec.structs import replace

from rtcc_core.adapters.cad_eido import EidoFeed, EidoFeedSettings
from rtcc_core.domain.call import CallReport, Place, PlaceKind
from rtcc_core.domain.facts import (
    CallReported,
    Fact,
)
from rtcc_core.domain.geo import LatLon
from rtcc_core.ports import JournalUnavailable

AT = datetime(2026, 3, 4, 14, 40, tzinfo=UTC)
F = TypeVar("F", bound=Fact)
Json = dict[str, Any]


class Record:
    """The journal's door, as the desk keeps it: says what was stored, and can fail or wait."""

    def __init__(self, name: str = "county") -> None:
        self.name = name
        self.facts: list[Fact] = []
        self.is_broken = False
        self.may_store = asyncio.Event()
        self.may_store.set()
        self._changed = asyncio.Condition()

    async def store(self, facts: Sequence[Fact], *, source: str) -> None:
        assert source == f"feed:{self.name}"
        await self.may_store.wait()
        if self.is_broken:
            raise JournalUnavailable("the disk is full; free some space")
        async with self._changed:
            self.facts.extend(facts)
            self._changed.notify_all()

    def of(self, kind: type[F]) -> list[F]:
        return [fact for fact in self.facts if isinstance(fact, kind)]

    def has(self, kind: type[Fact]) -> bool:
        return bool(self.of(kind))

    def uids(self) -> list[str]:
        return [fact.report.incident_uid for fact in self.of(CallReported)]

    async def until(self, is_so: Callable[[], bool]) -> None:
        async with asyncio.timeout(30), self._changed:
            await self._changed.wait_for(is_so)


BASE = CallReport(
    feed="county",
    incident_uid="urn:call:1",
    type_code="SHOOT",
    place=Place(
        position=LatLon(40.1148, -75.3432),
        uncertainty_m=20.0,
        kind=PlaceKind.CURRENT_INCIDENT,
        shape="circle",
    ),
    updated_at=AT,
)


def report(uid: str = "urn:call:1", **changes: Any) -> CallReport:
    return replace(BASE, incident_uid=uid, **changes)


@contextlib.asynccontextmanager
async def feeding(url: str, record: Record, **settings: Any) -> AsyncIterator[asyncio.Task[None]]:
    """A feed that runs meanwhile and is cancelled after."""
    wanted = replace(EidoFeedSettings(name="county", url=url, min_rate_s=1), **settings)
    task = asyncio.create_task(EidoFeed(wanted, record, jitter=random.Random(7)).run())
    try:
        yield task
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def soon(awaitable: Any) -> Any:
    async with asyncio.timeout(30):
        return await awaitable
