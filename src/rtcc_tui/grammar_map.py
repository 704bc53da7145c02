"""What a typed `map` line means: which place to look at, or how to move. Pure."""

from __future__ import annotations

from rtcc_tui.action_values import Action
from rtcc_tui.grammar_values import Local, Names, Parsed, Rule, find, place, unknown_place

MOVES = {
    "+": "map_in", "in": "map_in", "closer": "map_in", "-": "map_out", "out": "map_out", "wider": "map_out",
    "n": "map_north", "north": "map_north", "up": "map_north", "s": "map_south", "south": "map_south",
    "down": "map_south", "w": "map_west", "west": "map_west", "left": "map_west", "e": "map_east",
    "east": "map_east", "right": "map_east", "follow": "map_follow", "home": "map_home", "cross": "map_cross",
    "blocks": "map_drawing", "dots": "map_drawing",
}  # fmt: skip
"""Words that move the map, unless something is called so."""


def _map(action: Action, names: Names, words: list[str]) -> Parsed:
    rest = names.take(words)
    if rest[:1] and rest[0].casefold() == "follow":
        rest = names.take(rest[1:]) if names.drone is None else rest[1:]
        if names.drone is None and not rest:
            return Local("map_follow")
    about = names.drone or names.call or ""
    if not rest or about:
        return Local("map", about=about)
    text = " ".join(rest)
    if find(text, names.around.places) is None and text.casefold() in MOVES:
        return Local(MOVES[text.casefold()])
    if place(text, names.around) is None:
        return unknown_place(action, text, fill=f"{action.verb} ")
    return Local("map", about=text)


RULES: dict[str, Rule] = {"map": _map}
