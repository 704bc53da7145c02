"""A locked console hides its screen, and the core obeys it in nothing until its person is back."""

from __future__ import annotations

import io
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.support import House, came_up, running

from rtcc_core.adapters.console_client import CoreLink, connect
from rtcc_core.adapters.console_lock import NO_PIN, TRIES_MAX
from rtcc_core.adapters.console_server import LOCKED, ConsoleServer
from rtcc_core.adapters.pin_book import PinBook, PinError
from rtcc_core.cli import main
from rtcc_core.domain.commands import TakeCall
from rtcc_core.domain.events import ConsoleLockChanged
from rtcc_core.domain.people import LockStep
from rtcc_core.wire.console import Answer, AnswerStatus, FromCore, Goodbye, Lock, LockTold, Unlock

PIN = "4711-x"


class Locked(House):
    """A house with one console, and a PIN for reyes."""

    console: CoreLink
    pins: PinBook

    async def ask(self, question: Lock | Unlock) -> FromCore:
        await self.console.query(question)
        return await self.told(LockTold, Goodbye)

    async def told(self, *kinds: type[FromCore]) -> FromCore:
        async for message in self.console.messages():
            if isinstance(message, kinds):
                return message
        raise AssertionError("the core went away without a word")

    def steps(self) -> list[tuple[LockStep, str]]:
        events = [each.event for each in self.journal.stored]
        return [(each.step, each.reason) for each in events if isinstance(each, ConsoleLockChanged)]


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Locked]:
    house = Locked()
    house.pins = PinBook(tmp_path / "pins")
    path = tmp_path / "core.sock"
    server = ConsoleServer(
        desk=house.desk, fanout=house.fanout, clock=house.clock, socket_path=path, pins=house.pins
    )
    async with running(house.desk):
        await house.open(uid=os.getuid())
        await server.start()
        house.console = await connect(path, client="test")
        yield house
        await house.console.close()
        await server.stop("the test is over")


async def test_the_pin_unlocks_and_everything_is_recorded(house: Locked) -> None:
    house.pins.set("reyes", PIN)
    told = await house.ask(Lock(query_id="l", reason="idle for 15 min"))
    assert told == LockTold(query_id="l", is_locked=True)
    wrong = await house.ask(Unlock(query_id="u1", pin="0000"))
    assert isinstance(wrong, LockTold)
    assert wrong.is_locked
    assert f"{TRIES_MAX - 1} more" in wrong.trouble
    assert await house.ask(Unlock(query_id="u2", pin=PIN)) == LockTold(query_id="u2", is_locked=False)
    assert house.steps() == [
        (LockStep.LOCKED, "idle for 15 min"),
        (LockStep.REFUSED, f"wrong PIN, 1 of {TRIES_MAX}"),
        (LockStep.UNLOCKED, ""),
    ]
    assert PIN not in repr(house.journal.stored)


async def test_a_locked_console_is_obeyed_in_nothing(house: Locked) -> None:
    house.pins.set("reyes", PIN)
    await house.ask(Lock(query_id="l"))
    await house.console.do(TakeCall(command_id="c1", call_id="1041"))
    refused = await house.told(Answer)
    assert refused == Answer(command_id="c1", status=AnswerStatus.REFUSED, reasons=(LOCKED,))
    await house.ask(Unlock(query_id="u", pin=PIN))
    await house.console.do(TakeCall(command_id="c2", call_id="1041"))
    answer = await house.told(Answer)
    assert isinstance(answer, Answer)
    assert answer.status is AnswerStatus.DONE


async def test_too_many_wrong_pins_close_the_console(house: Locked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rtcc_core.adapters.console_lock.FIRST_WAIT_S", 0.001)
    house.pins.set("reyes", PIN)
    await house.ask(Lock(query_id="l"))
    for number in range(TRIES_MAX - 1):
        assert isinstance(await house.ask(Unlock(query_id=f"u{number}", pin="0000")), LockTold)
    last = await house.ask(Unlock(query_id="last", pin="0000"))
    assert isinstance(last, Goodbye)
    assert last.is_final
    assert "log in again" in last.reason


async def test_without_a_pin_only_a_new_login_helps(house: Locked) -> None:
    told = await house.ask(Lock(query_id="l"))
    assert told == LockTold(query_id="l", is_locked=True, trouble=NO_PIN, has_pin=False)
    told = await house.ask(Unlock(query_id="u", pin=""))
    assert told == LockTold(query_id="u", is_locked=True, trouble=NO_PIN, has_pin=False)


async def test_in_a_drill_no_pin_is_needed_where_none_is_set(house: Locked) -> None:
    house.pins.set("oyama", PIN)
    up = came_up(uid=os.getuid())
    await house.desk.store([replace(up, programme=replace(up.programme, is_drill=True))], source="core")
    await house.ask(Lock(query_id="l"))
    assert await house.ask(Unlock(query_id="u", pin="")) == LockTold(query_id="u", is_locked=False)
    house.pins.set("reyes", PIN)
    await house.ask(Lock(query_id="l2"))
    wrong = await house.ask(Unlock(query_id="u2", pin=""))
    assert isinstance(wrong, LockTold)
    assert wrong.is_locked, "whose PIN is set types it, in a drill too"


def test_a_pin_is_kept_as_a_hash_that_only_the_core_may_read(tmp_path: Path) -> None:
    path = tmp_path / "pins"
    book = PinBook(path)
    book.set("reyes", PIN)
    book.set("oyama", PIN)
    assert PIN not in path.read_text()
    assert len({line.split()[1] for line in path.read_text().splitlines()}) == 2, "salted"
    assert path.stat().st_mode & 0o777 == 0o600
    assert book.check("reyes", PIN)
    assert not book.check("reyes", "4711")
    assert not book.check("ives", PIN)
    path.chmod(0o644)
    with pytest.raises(PinError, match="chmod 600"):
        book.check("reyes", PIN)


@pytest.mark.parametrize("damage", ["reyes zz$zz", "reyes ab$abc", "reyes $", "reyes", "reyes \u00e9$00"])
async def test_a_damaged_file_opens_nothing_and_ends_no_console(
    house: Locked, tmp_path: Path, damage: str
) -> None:
    book, path = house.pins, tmp_path / "pins"
    book.set("reyes", PIN)
    await house.ask(Lock(query_id="l"))
    path.write_text(f"{damage}\n", encoding="utf-8")
    with pytest.raises(PinError, match="pins"):
        book.check("reyes", PIN)
    told = await house.ask(Unlock(query_id="u", pin=PIN))
    assert isinstance(told, LockTold)
    assert (told.is_locked, told.trouble) == (True, NO_PIN)
    path.unlink()
    book.set("reyes", PIN)
    told = await house.ask(Unlock(query_id="v", pin=PIN))
    assert isinstance(told, LockTold)
    assert not told.is_locked


@pytest.mark.parametrize("pin", ["", "123", "0000", "x" * 65, "12\x1b34"])
def test_a_pin_that_is_none_is_refused(tmp_path: Path, pin: str) -> None:
    with pytest.raises(PinError):
        PinBook(tmp_path / "pins").set("reyes", pin)


def test_the_administrator_sets_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = tmp_path / "agency.toml"
    assert main(["settings", "example"]) == 0
    example = capsys.readouterr().out
    account = example.split('account = "')[1].split('"')[0]
    settings.write_text(example)
    wanted = ["admin", "pin", account, "--settings", str(settings)]
    assert main(wanted) == 2
    assert "[console] pins" in capsys.readouterr().err
    settings.write_text(example.replace("[console]", '[console]\npins = "pins"'))
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PIN}\n"))
    assert main(wanted) == 0
    assert PinBook(tmp_path / "pins").check(account, PIN)
    assert main(["admin", "pin", "nobody-here", "--settings", str(settings)]) == 2
