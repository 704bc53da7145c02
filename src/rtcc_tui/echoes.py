"""What the console last had to say: what became of a request, in one line."""

from __future__ import annotations

from dataclasses import dataclass

from rtcc_core.domain.commands import AnyCommand
from rtcc_core.wire.console import Answer, AnswerStatus
from rtcc_tui.requests import is_flight
from rtcc_tui.spans import Tone


@dataclass(frozen=True, slots=True)
class Echo:
    """The newest thing this console has to say about a request."""

    text: str = ""
    tone: Tone = Tone.NORMAL


def answered(answer: Answer, command: AnyCommand, words: str) -> Echo:
    """The line for the core's answer to a request that was said in these words."""
    because = "; ".join(answer.reasons)
    match answer.status:
        case AnswerStatus.DONE:
            text = f"ASKED: {words}" if is_flight(command) else f"done: {words}"
            return Echo(f"{text} ({because})" if because else text)
        case AnswerStatus.REFUSED:
            return Echo(f"REFUSED: {words}: {because or 'the core gave no reason'}", Tone.WARN)
        case AnswerStatus.UNRECORDED:
            return Echo(f"ASKED, NOT RECORDED: {words}: {because or 'the journal cannot write'}", Tone.ALARM)
