"""The bottom rows: what was said or would be done, the prompt, the keys."""

from __future__ import annotations

from rtcc_core.domain.commands import AnyCommand, HoldDrone, LandDrone, LaunchDrone, ReturnDrone
from rtcc_tui.actions import ACTIONS, key_word
from rtcc_tui.proposals import launch_words, recall_words
from rtcc_tui.session import Mode, Session
from rtcc_tui.spans import Line, Tone, row, wrap

ECHO_ROWS = 2


def echo_lines(session: Session, now: float, width: int) -> list[Line]:
    """Two rows: the confirmation and how to answer it, or the newest thing to say."""
    match session.mode:
        case Mode.CONFIRM:
            return _confirmation(session, now, width)
        case Mode.PROMPT:
            return _preview(session, now, width)
        case Mode.LOOK:
            texts = wrap(session.echo.text, width - 2)
            if len(texts) > ECHO_ROWS:
                texts = [texts[0], " ".join(texts[1:])]
            texts += [""] * (ECHO_ROWS - len(texts))
            return [row(width, (f" {text}", session.echo.tone)) for text in texts[:ECHO_ROWS]]


def proposed_words(session: Session, now: float) -> str:
    """What the open proposal would do."""
    command = session.proposal.command if session.proposal else None
    if command is None:
        out = ", ".join(session.model.out())
        return f"LEAVE this console? {f'{out} out' if out else 'nothing flies'}; {session.leaving_note}"
    return command_words(session, command, now)


def command_words(session: Session, command: AnyCommand, now: float) -> str:
    """A flight request as the confirmation line says it."""
    match command:
        case LaunchDrone():
            candidate = session.candidate(command, now)
            return launch_words(command, session.call(command.call_id), candidate, session.glyphs)
        case HoldDrone() | ReturnDrone() | LandDrone():
            return recall_words(command, session.model.state.flight_of(command.drone))
        case _:
            return ""


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
    against = session.obstacle(now) or (proposal.remark if proposal else "")
    spans = [(answer, Tone.STRONG)]
    if against:
        spans = (
            [(f" {against} ", Tone.WARN), *spans]
            if session.obstacle(now)
            else [*spans, (f"  {against}", Tone.WARN)]
        )
    return [
        row(width, (f" {proposed_words(session, now)}", Tone.CONFIRM)),
        row(width, *spans),
    ]


def _preview(session: Session, now: float, width: int) -> list[Line]:
    echo = session.echo
    if session.proposal is None:
        return [row(width, (f" {session.preview}", Tone.NORMAL)), row(width, (f" {echo.text}", echo.tone))]
    against = session.obstacle(now)
    answer = echo.text or against or f"Enter sends {session.glyphs.dot} Esc closes"
    tone = echo.tone if echo.text else Tone.WARN if against else Tone.STRONG
    return [
        row(width, (f" {proposed_words(session, now)}", Tone.CONFIRM)),
        row(width, (f" {answer}", tone)),
    ]


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


def key_line(session: Session, width: int) -> Line:
    """The frequent keys, from the registry; what this person may not do is left out."""
    shown = [
        f"{key_word(action.keys[0])} {action.label}"
        for action in ACTIONS
        if action.label and action.keys and session.model.may(action.right)
    ]
    return row(width, (" " + "  ".join(shown), Tone.QUIET))
