"""A small city and a session that looks at it."""

from __future__ import annotations

from tests.tui.fakecore import HQ, FakeCore

from rtcc_core.domain.geo import LatLon, offset
from rtcc_core.domain.street_map import Road, RoadClass, StreetMap, street_map
from rtcc_tui.glyphs import UNICODE, Glyphs
from rtcc_tui.looking import View
from rtcc_tui.session import Session

NOW = 100.0


def at(east_m: float, north_m: float) -> LatLon:
    """A point so far from headquarters."""
    return offset(offset(HQ, 90.0, east_m), 0.0, north_m)


def city() -> StreetMap:
    """Two arterials that cross, a motorway across both, a lane, a river."""
    return street_map(
        [
            Road(RoadClass.ARTERIAL, "Laguna Boulevard", (at(-900, 0), at(900, 0))),
            Road(RoadClass.ARTERIAL, "Bruceville Road", (at(0, -500), at(0, 500))),
            Road(RoadClass.MOTORWAY, "", (at(-900, -400), at(900, 400))),
            Road(RoadClass.SERVICE, "", (at(-500, 100), at(-500, 300))),
            Road(RoadClass.WATER, "Elk Creek", (at(400, -500), at(600, -100), at(900, -150))),
        ],
        name="Elk Meadow",
        credit="drawn by hand",
    )


def looking(
    core: FakeCore, *, view: View = View.MAP, streets: StreetMap | None = None, glyphs: Glyphs = UNICODE
) -> Session:
    """A console that has heard the core once."""
    session = Session(send=lambda _: None, new_id=lambda: "id", glyphs=glyphs)
    session.received(core.welcome(), NOW)
    session.received(core.frame(), NOW)
    session.map.sheet = streets
    session.view = view
    return session
