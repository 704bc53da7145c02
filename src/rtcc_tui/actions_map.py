"""The map: one verb, one key from everywhere, and the keys of its own screen."""

from __future__ import annotations

from rtcc_tui.action_values import Action
from rtcc_tui.looking import View

MAPPING: tuple[Action, ...] = (
    Action(
        name="map",
        verb="map",
        usage="map [CALL, AIRCRAFT or PLACE]",
        keys=("m",),
        label="map",
        help="the map; of a place, a call or an aircraft, which is then followed; map in, map out, map north",
    ),
    Action(name="map_west", keys=("left",), view=View.MAP, help="map: half a screen west"),
    Action(name="map_east", keys=("right",), view=View.MAP, help="map: half a screen east"),
    Action(name="map_north", keys=("up",), view=View.MAP, help="map: half a screen north"),
    Action(name="map_south", keys=("down",), view=View.MAP, help="map: half a screen south"),
    Action(name="map_in", keys=("plus", "equals_sign"), view=View.MAP, help="map: closer"),
    Action(name="map_out", keys=("minus",), view=View.MAP, help="map: wider"),
    Action(
        name="map_follow",
        keys=("f",),
        view=View.MAP,
        help="map: follow the next aircraft in the air; after the last one none",
    ),
    Action(
        name="map_home",
        keys=("0", "home"),
        view=View.MAP,
        help="map: the selected call again, with its aircraft",
    ),
    Action(
        name="map_cross",
        keys=("x",),
        view=View.MAP,
        help="map: a cross that the arrows move, with its coordinates; again: the arrows move the map",
    ),
    Action(
        name="map_drawing",
        keys=("b",),
        view=View.MAP,
        help="map: draw with Braille dots or with blocks, where the terminal's font has no Braille",
    ),
)
