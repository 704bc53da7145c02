"""What the tests of the journal screen and the replay share: a real journal on disk behind the fake core."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from tests.tui.fakecore import HQ, SCENE, FakeCore, in_air

from rtcc_core.adapters.console_queries import ConsoleQueries
from rtcc_core.adapters.sqlite_journal import open_journal
from rtcc_core.domain.commands import AddNote, LaunchDrone
from rtcc_core.domain.events import Draft
from rtcc_core.domain.geo import offset
from rtcc_core.ports import Track
from rtcc_core.records.past import JournalPast
from rtcc_core.wire.console import LookBack, Query, ReadOn, Reply, SearchJournal

HOSTILE = "\x1b]52;c;cm0gLXJm\x07[bold red]\u202egnp\x9b2J ran north"


def an_hour_ago() -> FakeCore:
    """A flight to 1041 and a hostile note; then an hour of which only the end is told: another call."""
    core = FakeCore()
    core.calm()
    core.call()
    core.tell(LaunchDrone(command_id="x", drone="D1", call_id="1041"), by="reyes")
    core.settle("D1")
    core.fly("D1")
    core.tell(AddNote(command_id="y", call_id="1041", text=HOSTILE), by="oyama")
    core.at += timedelta(hours=1)
    core.call("1055")
    return core


def on_scene_at(core: FakeCore) -> datetime:
    """Just after D1 was seen on scene."""
    flight = core.state.flight_of("D1")
    assert flight is not None
    assert flight.phase_since is not None
    return flight.phase_since + timedelta(seconds=2)


async def write(core: FakeCore, path: Path, after: int = 0) -> JournalPast:
    """Write what happened after an event, and the track of the flight; the core answers from it."""
    journal = await open_journal(path)
    log = [stored for stored in core.log if stored.seq > after]
    await journal.append(
        [Draft(at=each.at, operator=each.operator, cause=each.cause, event=each.event) for each in log]
    )
    flight = core.state.flight_of("D1")
    if flight is not None and after == 0:
        samples = [
            Track(
                flight_id=flight.flight_id,
                at=flight.opened_at + timedelta(seconds=second),
                telemetry=in_air("D1", offset(HQ, 45.0, min(1_000.0, 10.0 * second)), float(second)),
            )
            for second in range(100)
        ]
        await journal.append_track(samples)
    await journal.close()
    past = JournalPast(path)
    core.queries = ConsoleQueries(past=past)
    return past


def answered(past: JournalPast, asked: Query) -> Reply | None:
    """As the core answers; None for what is not about the past."""
    match asked:
        case SearchJournal():
            return past.search(asked)
        case LookBack():
            return past.look_back(asked)
        case ReadOn():
            return past.read_on(asked)
        case _:
            return None


__all__ = ["SCENE", "an_hour_ago", "answered", "on_scene_at", "write"]
