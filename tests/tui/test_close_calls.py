"""Ways to lose control of an aircraft, or the truth about one, that no key and no message may open."""

from __future__ import annotations

import msgspec
import pytest
from tests.tui.fakecore import FakeCore

from rtcc_core.domain.commands import AnyCommand
from rtcc_core.wire.console import Query
from rtcc_tui.plain import PlainConsole


class Recorder:
    """A line to a core, and a voice, that keep what goes out."""

    def __init__(self) -> None:
        self.sent: list[AnyCommand] = []
        self.asked: list[Query] = []
        self.said: list[str] = []

    async def run(self, listener: object) -> None:
        raise NotImplementedError(listener)

    def send(self, command: AnyCommand) -> None:
        self.sent.append(command)

    def query(self, question: Query) -> None:
        self.asked.append(question)

    def restart(self) -> None:
        raise NotImplementedError

    def say(self, line: str) -> None:
        self.said.append(line)

    def news(self, line: str) -> None:
        self.said.append(line)


def in_earnest(core: FakeCore, lock_after_min: float = 1.0) -> None:
    """No drill: consoles lock after a while."""
    assert core.state.programme is not None
    programme = msgspec.structs.replace(core.state.programme, is_drill=False, lock_after_min=lock_after_min)
    core.state = msgspec.structs.replace(core.state, programme=programme)


@pytest.mark.parametrize("is_script", [False, True], ids=["keyboard", "script"])
def test_a_line_mode_that_is_used_is_never_locked_behind_its_back(core: FakeCore, is_script: bool) -> None:
    in_earnest(core)
    line, now = Recorder(), 0.0
    plain = PlainConsole(line, voice=line, is_script=is_script, clock=lambda: now)
    plain.received(core.welcome())
    plain.received(core.frame())
    for second in range(1, 100):
        now = float(second)
        plain.received(core.frame())
        plain.heard("fleet")
        plain.tick()
    assert line.asked == []
