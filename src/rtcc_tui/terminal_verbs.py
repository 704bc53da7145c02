"""What the verbs about this screen itself do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rtcc_tui.glyphs import glyphs_named
from rtcc_tui.locking import lock
from rtcc_tui.looks import INSTEAD
from rtcc_tui.spans import Tone

if TYPE_CHECKING:
    from rtcc_tui.session import Session


def do_terminal(session: Session, name: str, about: str) -> bool:
    """Do what an action about this screen stands for; False where it is none."""
    match name:
        case "lock":
            lock(session)
        case "theme":
            looks = session.screens.looks
            looks.theme = about
            if looks.is_replaced:
                session.say(INSTEAD.format(about), Tone.WARN)
            else:
                session.say(f"drawn in {about}")
        case "glyphs":
            session.glyphs, session.map.drawing = glyphs_named(about), ""
            session.say(f"drawn with {session.glyphs.name}")
        case _:
            return False
    return True
