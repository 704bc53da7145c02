"""Signs on the map: aircraft, calls, sites, other traffic. What matters most is placed first."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rtcc_core.domain.call import Call
from rtcc_core.domain.drone import Telemetry
from rtcc_core.domain.geo import LatLon, distance_m
from rtcc_core.domain.traffic import Intruder, is_high
from rtcc_tui.map.drawing import Drawing
from rtcc_tui.map.labels import Mark, printable
from rtcc_tui.map.viewport import Viewport
from rtcc_tui.spans import Tone
from rtcc_tui.words import FEET_PER_METRE, short_age

if TYPE_CHECKING:
    from rtcc_tui.session import Session

AT_SITE_M = 60.0
"""An aircraft on the ground this near to a site stands on it."""

NAME_MOST = 14
"""Cells of a callsign or a site's name."""

URGENT = 1
"""Calls of this priority are named in words of their own."""

NAMED_CALLS = 60
"""More calls than this are signs without a number, but for the first ones of the queue."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What signs are made from."""

    session: Session
    now: float
    viewport: Viewport
    drawing: Drawing

    def name(self, text: str, limit: int = NAME_MOST) -> str:
        """Outside text as a map can hold it."""
        return printable(text, limit=limit, is_ascii=self.drawing.is_directed)

    @property
    def stale_s(self) -> float:
        return self.session.model.programme.stale_after_s


def signs(scene: Scene) -> list[Mark]:
    """Every sign in sight, the most important first."""
    aircraft = list(_aircraft(scene))
    calls = list(_calls(scene))
    chosen = [mark for mark in calls if mark.must_be_named]
    rest = [mark for mark in calls if not mark.must_be_named]
    near, far = _traffic(scene)
    return [*aircraft, *chosen, *near, *_sites(scene), *rest, *far]


# --- our own aircraft -----------------------------------------------------------------------------


def _aircraft(scene: Scene) -> Iterable[Mark]:
    for callsign in scene.session.model.state.drones:
        seen = scene.session.model.seen(callsign, scene.now)
        if seen.position is None or _stands_at(scene, seen):
            continue
        cell = scene.viewport.cell(seen.position)
        if cell is not None:
            yield _aircraft_mark(scene, seen, cell)


def _aircraft_mark(scene: Scene, seen: Telemetry, cell: tuple[int, int]) -> Mark:
    age_s = seen.position_age_s
    old = ""
    if age_s is None or not age_s <= scene.stale_s:
        old = "?" if age_s is None or not math.isfinite(age_s) else f"?{short_age(age_s)}"
    conflict = "!" if scene.session.model.state.conflicts.get(seen.drone) else ""
    tone = Tone.ALARM if conflict else Tone.WARN if old else Tone.STRONG
    glyph = scene.drawing.hovering
    turned = seen.track_deg if seen.track_deg is not None else seen.heading_deg
    if seen.is_airborne is not False and turned is not None and math.isfinite(turned):
        glyph = scene.drawing.headings[round(turned / 45.0) % 8]
    return Mark(*cell, glyph, f"{scene.name(seen.drone)}{conflict}{old}", tone, must_be_named=True)


def _stands_at(scene: Scene, seen: Telemetry) -> str | None:
    """The site an aircraft stands on; None where it flies, or stands elsewhere, or nobody knows."""
    position = seen.position
    if position is None or seen.is_airborne is not False:
        return None
    sites = scene.session.model.state.sites
    return next(
        (name for name, site in sites.items() if distance_m(site.position, position) <= AT_SITE_M), None
    )


# --- sites and calls ------------------------------------------------------------------------------


def _sites(scene: Scene) -> Iterable[Mark]:
    model = scene.session.model
    standing: dict[str, list[str]] = {}
    for callsign in model.state.drones:
        site = _stands_at(scene, model.seen(callsign, scene.now))
        if site is not None:
            standing.setdefault(site, []).append(scene.name(callsign))
    for name, site_of in model.state.sites.items():
        cell = scene.viewport.cell(site_of.position)
        if cell is None:
            continue
        there = standing.get(name, [])
        more = f" +{len(there) - 3}" if len(there) > 3 else ""
        label = " ".join((scene.name(name), *there[:3])) + more
        yield Mark(*cell, scene.drawing.site, label, Tone.NORMAL)


def _calls(scene: Scene) -> Iterable[Mark]:
    """One sign for each cell: the most urgent call of it, and how many more there are."""
    session = scene.session
    cells: dict[tuple[int, int], list[Call]] = {}
    for call in session.model.queue(session.selected):
        position = call.place.position
        cell = scene.viewport.cell(position) if position is not None else None
        if cell is not None:
            cells.setdefault(cell, []).append(call)
    for number, (cell, calls) in enumerate(cells.items()):
        chosen = next((call for call in calls if call.call_id == session.selected), None)
        call = chosen or calls[0]
        more = f" +{len(calls) - 1}" if len(calls) > 1 else ""
        label = f"{_call_words(scene, call)}{more}" if chosen or number < NAMED_CALLS else ""
        urgent = Tone.STRONG if call.report.priority == URGENT else Tone.NORMAL
        tone = Tone.SELECTED if chosen else urgent
        yield Mark(*cell, scene.drawing.call, label, tone, must_be_named=chosen is not None)


def _call_words(scene: Scene, call: Call) -> str:
    """`1041 P1`, with what is doubtful about its place."""
    priority = f" P{call.report.priority}" if call.report.priority else ""
    doubt = "?" if call.place.needs_confirmation else ""
    return f"{scene.name(call.call_id)}{priority}{doubt}"


# --- others ---------------------------------------------------------------------------------------


def _traffic(scene: Scene) -> tuple[list[Mark], list[Mark]]:
    """Other aircraft: those that an alert is about, and the rest."""
    model = scene.session.model
    ours = [seen for seen in model.sky.values() if seen.is_airborne and seen.position is not None]
    alerted = {intruder for found in model.state.conflicts.values() for intruder in found}
    near: list[Mark] = []
    far: list[Mark] = []
    for intruder in model.air_now(scene.now).intruders:
        reference = _nearest(ours, intruder.position)
        amsl_m = reference.altitude_amsl_m if reference else None
        cell = scene.viewport.cell(intruder.position)
        if cell is None or intruder.on_ground or is_high(intruder, amsl_m):
            continue
        is_alerted = intruder.id in alerted
        label = _traffic_words(scene, intruder, amsl_m) + ("!" if is_alerted else "")
        tone = Tone.ALARM if is_alerted else Tone.QUIET if intruder.is_stale else Tone.NORMAL
        mark = Mark(*cell, scene.drawing.traffic, label, tone, must_be_named=is_alerted)
        (near if is_alerted else far).append(mark)
    return near, far


def _nearest(ours: list[Telemetry], position: LatLon) -> Telemetry | None:
    return min(
        ours,
        key=lambda seen: distance_m(seen.position, position) if seen.position else math.inf,
        default=None,
    )


def _traffic_words(scene: Scene, intruder: Intruder, our_amsl_m: float | None) -> str:
    """`N123AB +04`: hundreds of feet above (below) our nearest aircraft; `A12` above the sea without one."""
    name = scene.name(intruder.callsign or intruder.id, 10)
    height_m = intruder.altitude_amsl_m
    if height_m is None or not math.isfinite(height_m):
        height = "+??"
    elif our_amsl_m is None:
        height = f"A{round(height_m * FEET_PER_METRE / 100.0):02d}"
    else:
        height = f"{round((height_m - our_amsl_m) * FEET_PER_METRE / 100.0):+03d}"
    old = f" ?{short_age(intruder.position_age_s)}" if intruder.is_stale else ""
    return f"{name} {height}{old}"
