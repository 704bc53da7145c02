"""Consoles ask the journal of the past: real SQLite, the real socket, and the same fold as the desk's."""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.contracts.journal_bench import put, row_of, tampering
from tests.shift import DRONES, NOON, SCENE, Shift, in_air
from tests.support import House, running

from rtcc_core.adapters.console_client import CoreLink, connect
from rtcc_core.adapters.console_queries import ConsoleQueries
from rtcc_core.adapters.console_server import ConsoleServer
from rtcc_core.adapters.sqlite_journal import open_journal
from rtcc_core.domain.commands import AddNote, HoldDrone, LaunchDrone
from rtcc_core.domain.events import Draft, NoteAdded, OrderAsked, Stored
from rtcc_core.domain.evolve import evolve
from rtcc_core.domain.state import State
from rtcc_core.ports import Track
from rtcc_core.records import looking_back
from rtcc_core.records.past import JournalPast
from rtcc_core.records.reading import Breath
from rtcc_core.wire.console import (
    Answer,
    JournalFound,
    LookBack,
    LookedBack,
    Query,
    ReadBack,
    ReadOn,
    Reply,
    SearchJournal,
)

HOSTILE = "\x1b]52;c;cm0gLXJm\x07\x9b31m[red]\u202egnp and then he ran"


def a_shift() -> Shift:
    """A launch to the call, a note with hostile text, a hold; aircraft in the sky."""
    shift = Shift()
    call_id = next(iter(shift.state.calls))
    shift.tell(LaunchDrone(command_id="c1", drone="D1", call_id=call_id), by="oyama")
    shift.at += timedelta(seconds=5)
    shift.see(in_air("D1", SCENE, 60.0))
    shift.tell(AddNote(command_id="c2", call_id=call_id, text=HOSTILE), by="reyes")
    shift.at += timedelta(seconds=60)
    shift.tell(HoldDrone(command_id="c3", drone="D1"), by="oyama")
    shift.at += timedelta(seconds=60)
    shift.tell(AddNote(command_id="c4", call_id=call_id, text="quiet now"), by="oyama")
    return shift


SHIFT = a_shift()
CALL = next(iter(SHIFT.state.calls))
FLIGHT = next(iter(SHIFT.state.flights))


def drafts(log: Sequence[Stored]) -> list[Draft]:
    return [Draft(at=each.at, operator=each.operator, cause=each.cause, event=each.event) for each in log]


def track() -> list[Track]:
    return [
        Track(
            flight_id=FLIGHT,
            at=NOON + timedelta(seconds=10 + second / 2),
            telemetry=in_air("D1", SCENE, second / 2),
        )
        for second in range(120)
    ]


async def write(path: Path) -> Path:
    journal = await open_journal(path)
    await journal.append(drafts(SHIFT.log))
    await journal.append_track(track())
    await journal.close()
    return path


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return asyncio.run(write(tmp_path_factory.mktemp("past") / "journal.db"))


def folded(count: int) -> State:
    state = State()
    for stored in SHIFT.log[:count]:
        state = evolve(state, stored)
    return state


def search(path: Path, **asked: Any) -> JournalFound:
    found = JournalPast(path).search(SearchJournal(query_id="q", **asked))
    assert found.query_id == "q"
    return found


# --- looking back ----------------------------------------------------------------------------------


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(seqs=st.lists(st.integers(1, len(SHIFT.log)), min_size=1, max_size=8), keep=st.integers(1, 9))
def test_the_state_at_an_event_is_the_fold_of_all_up_to_it(
    file: Path, monkeypatch: pytest.MonkeyPatch, seqs: list[int], keep: int
) -> None:
    monkeypatch.setattr(looking_back, "KEEP_EVERY", keep)
    monkeypatch.setattr(looking_back, "KEPT_MAX", 4)
    past = JournalPast(file)
    for seq in seqs:
        assert past.look_back(LookBack(query_id="q", seq=seq)).state == folded(seq)


@given(seconds=st.floats(0, 300))
def test_a_moment_shows_what_had_been_stored_by_then(file: Path, seconds: float) -> None:
    at = SHIFT.log[0].at + timedelta(seconds=seconds)
    looked = JournalPast(file).look_back(LookBack(query_id="q", at=at))
    assert looked.state is not None
    assert looked.state.seq == sum(stored.at <= at for stored in SHIFT.log)
    assert looked.at == at


def test_aircraft_are_shown_where_their_track_has_them_with_the_ages_of_then(file: Path) -> None:
    looked = JournalPast(file).look_back(
        LookBack(query_id="q", at=NOON + timedelta(seconds=30, milliseconds=300))
    )
    [seen] = looked.sky
    assert (seen.drone, seen.height_m) == ("D1", 20.0)
    assert seen.link_age_s == pytest.approx(0.3 + (in_air("D1", SCENE, 1.0).link_age_s or 0.0))


class TenEvents(Breath):
    """Spent after ten events, whatever the clock says."""

    left = 10

    def take(self) -> None:
        self.left -= 1

    @property
    def is_spent(self) -> bool:
        return self.left <= 0


def test_a_long_fold_is_carried_on_by_the_next_question(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking_back, "Breath", TenEvents)
    past, last = JournalPast(file), len(SHIFT.log)
    answers = [past.look_back(LookBack(query_id="q", seq=last)) for _ in range(1 + last // 10)]
    progress = [each.progress for each in answers if each.state is None]
    assert progress == sorted(progress)
    assert 0.0 < progress[0] < 1.0
    assert answers[-1].state == folded(last)


def test_what_follows_carries_a_state_on_to_any_later_one(file: Path) -> None:
    past = JournalPast(file)
    start = past.look_back(LookBack(query_id="q", at=NOON + timedelta(seconds=12)))
    assert start.state is not None
    assert start.at is not None
    asked = ReadOn(
        query_id="q", after_seq=start.state.seq, since=start.at, until=start.at + timedelta(minutes=4),
        flights=(FLIGHT,),
    )  # fmt: skip
    told = past.read_on(asked)
    state = start.state
    for stored in told.events:
        state = evolve(state, stored)
    assert state == folded(len(SHIFT.log))
    times = [sample.at for sample in told.samples]
    assert times == sorted(times)
    assert all((later - sooner).total_seconds() >= 1 for sooner, later in itertools.pairwise(times))
    assert told.until == asked.until


def test_originals_of_cad_messages_stay_in_the_journal(file: Path) -> None:
    told = JournalPast(file).read_on(
        ReadOn(query_id="q", after_seq=0, since=NOON, until=NOON + timedelta(minutes=4))
    )
    assert told.events
    assert not [each for each in told.events if getattr(each.event, "original", "")]


def test_before_the_first_event_nothing_is_known(file: Path) -> None:
    looked = JournalPast(file).look_back(LookBack(query_id="q", at=NOON - timedelta(days=1)))
    assert looked.state is None
    assert "the journal begins at 2026-03-01" in looked.trouble


# --- searching -------------------------------------------------------------------------------------


def test_the_newest_come_first_and_the_page_before_joins_on(file: Path) -> None:
    seqs: list[int] = []
    before: int | None = None
    while True:
        found = search(file, limit=7, before_seq=before)
        seqs += [line.seq for line in found.lines]
        if not found.has_older:
            break
        before = found.looked_to
    assert seqs == list(range(len(SHIFT.log), 0, -1))


def test_words_are_found_in_any_case_and_all_of_them_must_stand_there(file: Path) -> None:
    [line] = search(file, text="QUIET oyama").lines
    assert (line.kind, line.call_id) == ("NoteAdded", CALL)
    assert search(file, text="quiet nowhere").lines == ()


def test_a_call_brings_its_flights_and_their_orders(file: Path) -> None:
    kinds = {line.kind for line in search(file, call_id=CALL).lines}
    assert {"CallReceived", "FlightOpened", "OrderAsked", "NoteAdded"} <= kinds
    assert "ConsoleOpened" not in kinds
    assert search(file, call_id="9999").lines == ()


def test_an_aircraft_a_person_a_kind_and_a_time_narrow_it(file: Path) -> None:
    assert {line.drone for line in search(file, drone="D1").lines} == {"D1"}
    assert {line.operator for line in search(file, account="oyama").lines} == {"oyama"}
    asked = sum(isinstance(stored.event, OrderAsked) for stored in SHIFT.log)
    assert len(search(file, kind="OrderAsked").lines) == asked
    notes = [stored.at for stored in SHIFT.log if isinstance(stored.event, NoteAdded)]
    found = search(file, kind="NoteAdded", since=notes[1], until=notes[1])
    assert [line.at for line in found.lines] == [notes[1]]


def test_a_list_is_carried_on_behind_its_newest(file: Path) -> None:
    last = len(SHIFT.log)
    assert [line.seq for line in search(file, after_seq=last - 2).lines] == [last, last - 1]
    assert search(file, after_seq=last).lines == ()


def test_hostile_text_comes_as_one_clean_line(file: Path) -> None:
    [line] = search(file, text="then he ran").lines
    assert line.words.isprintable()
    assert "[red]gnp and then he ran" in line.words


@pytest.mark.parametrize(
    "asked",
    [
        {"before_seq": 2**80},
        {"before_seq": -(2**80)},
        {"after_seq": 2**80},
        {"limit": -5},
        {"limit": 10**9},
        {"text": "x" * 100_000},
        {"since": datetime(1, 1, 1, tzinfo=UTC)},
        {"until": datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)},
    ],
)
def test_absurd_questions_are_answered(file: Path, asked: dict[str, Any]) -> None:
    found = search(file, **asked)
    assert len(found.lines) <= 500
    assert found.trouble.isprintable()


# --- a journal that is not whole -------------------------------------------------------------------


async def test_a_row_that_was_edited_is_told_and_never_folded(tmp_path: Path) -> None:
    path = await write(tmp_path / "journal.db")
    seq = next(each.seq for each in SHIFT.log if isinstance(each.event, NoteAdded))
    with tampering(path) as connection:
        row = row_of(connection, seq)
        put(connection, row._replace(body=row.body.replace("he ran", "she sat")))
    [line] = search(path, text="she sat").lines
    assert line.is_damaged
    assert "NOT AS IT WAS WRITTEN" in line.words
    past = JournalPast(path)
    assert past.look_back(LookBack(query_id="q", seq=seq - 1)).state == folded(seq - 1)
    looked = past.look_back(LookBack(query_id="q", seq=seq))
    assert looked.state is None
    assert f"event {seq}" in looked.trouble
    assert "rtcc journal verify" in looked.trouble


@pytest.mark.parametrize("content", [b"", b"not a journal at all" * 500, None])
def test_a_file_that_is_no_journal_gives_words(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "journal.db"
    if content is not None:
        path.write_bytes(content)
    past, at = JournalPast(path), NOON
    answers = (
        past.search(SearchJournal(query_id="q")),
        past.look_back(LookBack(query_id="q", at=at)),
        past.read_on(ReadOn(query_id="q", after_seq=0, since=at, until=at)),
    )
    for answer in answers:
        assert "journal" in answer.trouble
        assert answer.trouble.isprintable()


# --- over the socket -------------------------------------------------------------------------------


@asynccontextmanager
async def served(path: Path, past: JournalPast) -> AsyncIterator[CoreLink]:
    house = House(drones=DRONES)
    async with running(house.desk):
        await house.open(uid=os.getuid() - 1)  # so that whoever runs this is the observer
        server = ConsoleServer(
            desk=house.desk, fanout=house.fanout, clock=house.clock, socket_path=path,
            queries=ConsoleQueries(past=past),
        )  # fmt: skip
        await server.start()
        link = await connect(path, client="test")
        try:
            yield link
        finally:
            await link.close()
            await server.stop("the test is over")


async def replies(link: CoreLink, count: int) -> list[Reply | Answer]:
    got: list[Reply | Answer] = []
    async with asyncio.timeout(20):
        async for message in link.messages():
            if isinstance(message, JournalFound | LookedBack | ReadBack | Answer):
                got.append(message)
                if len(got) == count:
                    return got
    raise AssertionError(f"the core left after {got}")


async def test_an_observer_searches_and_looks_back_over_the_socket(file: Path, tmp_path: Path) -> None:
    async with served(tmp_path / "core.sock", JournalPast(file)) as link:
        assert link.welcome.you.account == "ives"
        questions: list[Query] = [
            SearchJournal(query_id="q1", call_id=CALL),
            LookBack(query_id="q2", seq=10),
            ReadOn(query_id="q3", after_seq=10, since=NOON, until=NOON + timedelta(minutes=1)),
        ]
        for question in questions:
            await link.query(question)
        found, looked, told = await replies(link, 3)
    assert isinstance(found, JournalFound)
    assert found.lines
    assert isinstance(looked, LookedBack)
    assert looked.state == folded(10)
    assert isinstance(told, ReadBack)
    assert [each.query_id for each in (found, looked, told)] == ["q1", "q2", "q3"]


class SlowPast(JournalPast):
    """A search that lasts until the test lets it go."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.loop = asyncio.get_running_loop()
        self.begun = asyncio.Event()
        self.go = asyncio.Event()

    def search(self, asked: SearchJournal) -> JournalFound:
        self.loop.call_soon_threadsafe(self.begun.set)
        asyncio.run_coroutine_threadsafe(self.go.wait(), self.loop).result(30)
        return super().search(asked)


async def test_a_hold_never_waits_behind_a_search(file: Path, tmp_path: Path) -> None:
    past = SlowPast(file)
    async with served(tmp_path / "core.sock", past) as link:
        await link.query(SearchJournal(query_id="q1"))
        await asyncio.wait_for(past.begun.wait(), 20)
        await link.do(HoldDrone(command_id="c1", drone="D1"))
        [answer] = await replies(link, 1)
        assert isinstance(answer, Answer)
        past.go.set()
        [found] = await replies(link, 1)
        assert isinstance(found, JournalFound)
