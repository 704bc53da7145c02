"""The help page, generated from the registry of actions."""

from __future__ import annotations

from rtcc_tui.actions import Danger, key_word
from rtcc_tui.session import Session
from rtcc_tui.spans import Line, Tone, left, row, wrap

_NOTES = (
    "What moves an aircraft first shows a line that names it; Enter on that line sends it.",
    "PLACE is LAT,LON, a call or a site. DIRECTION is degrees or n, ne, e ... Lengths are metres, or 200ft.",
    "ASKED is stored, SENT is given to the aircraft, then ACCEPTED, REFUSED or UNKNOWN.",
    "PHASE is what was seen of the aircraft, whatever it was ordered.",
    "A ? is a value older than 2 s. Heights are feet above launch, speeds knots, times UTC.",
)


def help_lines(session: Session, width: int) -> list[Line]:
    """Keys, verbs and what they do; the first line is the heading."""
    lines = [
        row(
            width,
            (f" {left('KEY', 9)}{left('TYPED AS', 34)}", Tone.QUIET),
            ("? or Esc goes back", Tone.QUIET),
        )
    ]
    for action in session.registry.actions:
        keys = "/".join(key_word(key) for key in action.keys)
        tone = Tone.NORMAL if session.model.may(action.right) else Tone.QUIET
        usage = action.usage or session.glyphs.none
        where = f" (on the screen: {action.view.value})" if action.view is not None else ""
        mark = "!" if action.danger is Danger.FLIES else " "
        if width >= 100:
            lines.append(row(width, (f"{mark}{left(keys, 9)}{left(usage, 42)} {action.help}{where}", tone)))
        else:
            lines.append(
                row(
                    width, (f"{mark}{left(keys, 9)}{left(action.usage or f'{action.help}{where}', 68)}", tone)
                )
            )
    lines.append(row(width, (" ! moves an aircraft", Tone.QUIET)))
    lines += [row(width, (f" {part}", Tone.NORMAL)) for note in _NOTES for part in wrap(note, width - 2)]
    return lines
