"""The bottom rows: what was said or would be done, what is suggested, the prompt, the keys."""

from __future__ import annotations

from rtcc_core.domain.commands import AnyCommand, LaunchDrone
from rtcc_tui.confirmations import proposed_words
from rtcc_tui.session import Mode, Session
from rtcc_tui.spans import Line, Tone, cut, row, wrap
from rtcc_tui.views.offering import offer_lines, palette_lines
from rtcc_tui.views.suggesting import suggestion_lines

ECHO_ROWS = 2
"""Rows the bottom has at least; it grows while there is more to read before an answer."""

READ_AFTER_S = 5.0
"""An answer that is so old has been read: a suggestion has its row, too (real seconds)."""

WORDS_ROWS = 5
"""Rows that a confirmation may take: a suggestion is shown whole."""


def echo_lines(session: Session, now: float, width: int) -> list[Line]:
    """The confirmation and how to answer it; or the newest thing to say, and what is suggested."""
    match session.mode:
        case Mode.CONFIRM:
            return _confirmation(session, now, width)
        case Mode.PROMPT:
            return _preview(session, now, width)
        case _:
            return _looking(session, now, width)


def _looking(session: Session, now: float, width: int) -> list[Line]:
    echo = session.echo
    is_old = echo is session.timed_echo and now - session.echo_since >= READ_AFTER_S
    gives_way = is_old and echo.tone is Tone.NORMAL and bool(session.model.suggestions())
    said = [] if gives_way else _wrapped(echo.text, width, ECHO_ROWS, echo.tone)
    suggested = suggestion_lines(session, now, width, 1 if said else ECHO_ROWS)
    return _at_least(said + suggested, width)


def _wrapped(text: str, width: int, rows: int, tone: Tone) -> list[Line]:
    """At most so many rows; the last one is cut where there is more."""
    texts = wrap(text, width - 2)
    if len(texts) > rows:
        texts = [*texts[: rows - 1], " ".join(texts[rows - 1 :])]
    return [row(width, (f" {cut(each, width - 2)}", tone)) for each in texts]


def _at_least(lines: list[Line], width: int) -> list[Line]:
    return lines + [row(width, ("", Tone.NORMAL))] * (ECHO_ROWS - len(lines))


def _confirmation(session: Session, now: float, width: int) -> list[Line]:
    proposal, dot = session.proposal, session.glyphs.dot
    command = proposal.command if proposal else None
    if command is None:
        answer = f" Enter leaves {dot} Esc stays"
    elif isinstance(command, LaunchDrone):
        answer = f" Enter sends {dot} Esc keeps it on the ground"
    else:
        answer = f" Enter sends {dot} Esc leaves it as it is"
    if proposal and len(proposal.choices) > 1:
        answer += f" {dot} 1-{min(9, len(proposal.choices))} another aircraft"
    against = session.obstacle(now)
    remark = against or (proposal.remark if proposal else "")
    spans = [(answer, Tone.STRONG)]
    if remark:
        said = (f" {remark} ", Tone.WARN)
        spans = [said, *spans] if against else [*spans, (f" {said[0]}", Tone.WARN)]
    words = _wrapped(proposed_words(session, now), width, WORDS_ROWS, Tone.CONFIRM)
    return [*words, row(width, *spans)]


def _preview(session: Session, now: float, width: int) -> list[Line]:
    echo = session.echo
    if session.prompt.palette is not None:
        return palette_lines(session, session.prompt.palette, width)
    if session.proposal is None:
        # What Enter was answered with may be what stood there already: once is enough.
        is_said = echo.text == session.preview
        said = [] if is_said else _wrapped(session.preview, width, ECHO_ROWS, Tone.NORMAL)
        said += _wrapped(echo.text, width, WORDS_ROWS - len(said), echo.tone)
        return _at_least(said + offer_lines(session, width, WORDS_ROWS + 1 - len(said)), width)
    against = session.obstacle(now)
    answer = echo.text or against or f"Enter sends {session.glyphs.dot} Esc closes"
    tone = echo.tone if echo.text else Tone.WARN if against else Tone.STRONG
    words = _wrapped(proposed_words(session, now), width, WORDS_ROWS, Tone.CONFIRM)
    others = offer_lines(session, width, WORDS_ROWS - len(words), besides=_sent(session.proposal.command))
    return [*words, row(width, (f" {answer}", tone)), *others]


def _sent(command: AnyCommand | None) -> str:
    """The aircraft that a request would send."""
    by = getattr(command, "by", None)
    return str(by or getattr(command, "drone", ""))


def prompt_line(session: Session, width: int) -> Line:
    """The command line with its cursor; empty while it is closed."""
    if session.mode is not Mode.PROMPT:
        return row(width, ("", Tone.NORMAL))
    prompt = session.prompt
    room = max(1, width - 4)
    # Show the part around the cursor; a long note scrolls under it.
    start = max(0, prompt.cursor - room)
    before = prompt.text[start : prompt.cursor]
    under = prompt.text[prompt.cursor : prompt.cursor + 1] or " "
    after = prompt.text[prompt.cursor + 1 :]
    return row(
        width, (f" > {before}", Tone.STRONG), (under, Tone.CURSOR), (after, Tone.STRONG), ("", Tone.NORMAL)
    )
