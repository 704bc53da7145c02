"""The requests of one console that are not settled: how they were said, and whose end nobody knows."""

from __future__ import annotations

from collections.abc import Container

from rtcc_core.domain import commands as cmd
from rtcc_core.domain.commands import AnyCommand
from rtcc_core.wire.console import Answer, AnswerStatus
from rtcc_tui.echoes import Echo, Said, answered
from rtcc_tui.spans import Tone


class Outstanding:
    """Kept from the asking to the answer; words are of then, because an answered suggestion is gone."""

    def __init__(self) -> None:
        self._said: dict[str, Said] = {}
        self._doubtful: set[str] = set()
        self._opening: set[str] = set()
        """Those whose call is selected when it comes."""
        self._arrived: set[str] = set()
        """Those whose call is here: its number says more than their answer."""

    @property
    def is_opening(self) -> bool:
        """True from the request for a new call until it is here."""
        return bool(self._opening)

    def asked(self, command: AnyCommand, said: Said) -> None:
        """A request with its id goes out."""
        self._said[command.command_id] = said
        if isinstance(command, cmd.OpenCall | cmd.MakeCall):
            self._opening.add(command.command_id)

    def answered(self, answer: Answer) -> Echo | None:
        """What the core's answer has to say; None where nothing, or for a request of somebody else."""
        said = self._said.pop(answer.command_id, None)
        self._doubtful.discard(answer.command_id)
        if answer.status is AnswerStatus.REFUSED:
            self._opening.discard(answer.command_id)
        return answered(answer, said) if said and answer.command_id not in self._arrived else None

    def has_come(self, cause: str) -> bool:
        """True once for the call that a request of this console opened."""
        if cause not in self._opening:
            return False
        self._opening.discard(cause)
        self._arrived.add(cause)
        return True

    def doubted(self, command_id: str, why: str) -> Echo:
        """No answer came: UNKNOWN until facts show it."""
        self._opening.discard(command_id)
        self._doubtful.add(command_id)
        said = self._said.get(command_id, Said("a request", is_order=False))
        watch = "; the aircraft's own row shows what it does" if said.is_order else ""
        return Echo(f"UNKNOWN: {said.words}: {why}{watch}", Tone.ALARM)

    def welcomed(self, done: Container[str]) -> Echo | None:
        """A new snapshot: no call is on its way any more, and what was doubtful may be stored in it."""
        self._opening.clear()
        settled = [command_id for command_id in sorted(self._doubtful) if command_id in done]
        words = [self._said.pop(command_id).words for command_id in settled if command_id in self._said]
        self._doubtful -= set(settled)
        return Echo(f"was stored after all: {'; '.join(words)}") if words else None
