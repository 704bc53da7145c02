"""What the keys and the verb of the map do. Nothing here asks anything of an aircraft."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rtcc_tui.grammar_values import place
from rtcc_tui.looking import View
from rtcc_tui.map.drawing import BLOCK, BRAILLE, drawing_for
from rtcc_tui.spans import Tone

if TYPE_CHECKING:
    from rtcc_tui.session import Session

ZOOM_STEPS = 2
"""Steps of the scale behind one key: a factor of two."""

_MOVES = {"map_west": (-1, 0), "map_east": (1, 0), "map_north": (0, -1), "map_south": (0, 1)}
"""East and south."""


def do_map(session: Session, name: str, now: float, about: str = "") -> bool:
    """Do what an action of the map stands for; False where it is none of them."""
    if name != "map" and not name.startswith("map_"):
        return False
    desk = session.map
    is_shown, followed = session.view is View.MAP, desk.follows
    session.view = View.MAP
    match name:
        case "map" if about:
            _look_at(session, now, about)
        case "map" if is_shown:
            session.view = View.ALL
        case "map_in" | "map_out":
            desk.zoom(session, now, -ZOOM_STEPS if name == "map_in" else ZOOM_STEPS)
        case "map_follow":
            drone = desk.follow_next(session, now)
            session.say(f"the map follows {drone}" if drone else "the map follows no aircraft")
        case "map_home":
            desk.go_home()
        case "map_cross":
            desk.toggle_cross(session, now)
        case "map_drawing":
            _step_drawing(session)
        case _ if name in _MOVES:
            desk.pan(session, now, *_MOVES[name])
    if followed and desk.follows is None and name != "map_follow":
        session.say(f"the map follows {followed} no more")
    return True


def _look_at(session: Session, now: float, about: str) -> None:
    """An aircraft is followed; a call or a place comes into the middle."""
    if about in session.model.state.drones:
        if not session.map.follow(session, now, about):
            session.say(f"nobody knows where {about} is", Tone.WARN)
        return
    point = place(about, session.around(now))
    if point is not None:
        session.map.go_to(session, now, point)
    else:
        session.say(f"{about} has no position", Tone.WARN)


def _step_drawing(session: Session) -> None:
    if session.glyphs.is_ascii:
        session.say("this terminal shows ASCII only")
        return
    is_block = drawing_for(session.glyphs, session.map.drawing) is BLOCK
    drawing = BRAILLE if is_block else BLOCK
    session.map.drawing = drawing.name
    session.say(f"the map is drawn in {drawing.name}")
