"""What the keys and verbs of the screens do. Nothing here asks anything of an aircraft."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rtcc_core.wire.console import AskDrill, DrillTold
from rtcc_tui.flying import step_focus
from rtcc_tui.looking import View
from rtcc_tui.map_keys import do_map
from rtcc_tui.past_keys import do_past, escaped
from rtcc_tui.queueing import hidden_words
from rtcc_tui.roles import start_view
from rtcc_tui.screens import DRILL_ASKED_EVERY_S
from rtcc_tui.spans import Tone
from rtcc_tui.terminal_verbs import do_terminal

if TYPE_CHECKING:
    from rtcc_tui.session import Session

SCREEN_VIEWS = {
    "flight": View.FLIGHT,
    "sites": View.SITES,
    "air": View.AIR,
    "people": View.PEOPLE,
    "drill": View.DRILL,
}
"""What a digit or a verb opens; each name is an action's."""

NOT_A_DRILL = "this is no drill: everything here is real"


def do_screen(session: Session, name: str, now: float, about: str = "") -> bool:
    """Do what an action of the screens stands for; False where it is none of them."""
    if do_map(session, name, now, about) or do_terminal(session, name, about):
        return True
    match name:
        case "sort":
            _sort(session, about)
        case "filter":
            _filter(session, about)
        case "focus_next" | "focus_previous":
            step_focus(session, now, 1 if name == "focus_next" else -1)
        case _ if name in SCREEN_VIEWS:
            _open(session, name, now, about)
        case _:
            return do_past(session, name, now, about)
    return True


def _open(session: Session, name: str, now: float, about: str) -> None:
    if name == "drill" and not session.model.programme.is_drill:
        session.say(NOT_A_DRILL, Tone.WARN)
        return
    session.view, session.page_top = SCREEN_VIEWS[name], 0
    if name == "flight":
        session.screens.flight.named = tuple(about.split("\n")) if about else ()
        session.screens.flight.focus = ""


def _sort(session: Session, about: str) -> None:
    look = session.screens.queue
    if about:
        look.sort = about
    else:
        look.step_sort()
    session.view = View.ALL
    session.say(f"calls by {look.sort}")


def _filter(session: Session, about: str) -> None:
    look = session.screens.queue
    if about:
        look.only = "" if about == "off" else about
    else:
        look.step_filter()
    session.view = View.ALL
    session.say(f"{look.words}: {hidden_words(session)}" if look.only else "every call is shown")


def escape(session: Session) -> None:
    """Back to dispatch; there, every call is shown again."""
    if escaped(session):
        return
    if session.view is View.ALL and session.screens.queue.only:
        _filter(session, "off")
    else:
        session.view = View.ALL
        session.say("")


def begin(session: Session) -> None:
    """The first word of the core: begin where this role begins."""
    you = session.model.you
    if you is not None:
        session.view = start_view(you, session.model.state)


def ask_drill(session: Session, now: float) -> None:
    """While the drill screen is shown: ask how the objectives stand, every two seconds."""
    look = session.screens.drill
    if session.view is View.DRILL and now - look.asked_at >= DRILL_ASKED_EVERY_S:
        look.asked_at = now
        look.waiting_id = session.question(lambda query_id: AskDrill(query_id=query_id))


def drill_told(session: Session, told: DrillTold) -> None:
    """The answer: what is known is replaced whole; a late answer to an older question counts all the same."""
    look = session.screens.drill
    look.note, look.trouble, look.waiting_id = told.note, told.trouble, ""
