"""What the console last had to say: what became of a request, in one line."""

from __future__ import annotations

from dataclasses import dataclass

from rtcc_core.wire.console import Answer, AnswerStatus
from rtcc_tui.spans import Tone


@dataclass(frozen=True, slots=True)
class Echo:
    """The newest thing this console has to say about a request."""

    text: str = ""
    tone: Tone = Tone.NORMAL


@dataclass(frozen=True, slots=True)
class Said:
    """A request as it was asked: its words, and whether it gives an aircraft an order."""

    words: str
    is_order: bool


def answered(answer: Answer, asked: Said) -> Echo:
    """The line for the core's answer to a request that was said so.

    What an aircraft is ordered is ASKED until the aircraft itself shows it; everything else is done.
    """
    words = asked.words
    because = "; ".join(answer.reasons)
    match answer.status:
        case AnswerStatus.DONE:
            text = f"ASKED: {words}" if asked.is_order else f"done: {words}"
            return Echo(f"{text} ({because})" if because else text)
        case AnswerStatus.REFUSED:
            return Echo(f"REFUSED: {words}: {because or 'the core gave no reason'}", Tone.WARN)
        case AnswerStatus.UNRECORDED:
            return Echo(f"ASKED, NOT RECORDED: {words}: {because or 'the journal cannot write'}", Tone.ALARM)
