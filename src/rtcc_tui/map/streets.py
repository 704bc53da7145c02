"""An imported street map made ready to be drawn: pieces of line on the Mercator plane: coarse ones first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rtcc_core.domain.street_map import UNIT_PER_DEG, RoadClass, StreetMap
from rtcc_tui.map.drawing import Drawing
from rtcc_tui.map.ink import Ink
from rtcc_tui.map.raster import Bytes, Floats, Ints, Lines
from rtcc_tui.map.viewport import MERCATOR_RADIUS_M, NORTHMOST_DEG, WORLD_M, Viewport, mercator

_SHOWN_TO_M: tuple[tuple[RoadClass, float], ...] = (
    (RoadClass.MOTORWAY, 1e9),
    (RoadClass.WATER, 300.0),
    (RoadClass.ARTERIAL, 150.0),
    (RoadClass.COLLECTOR, 60.0),
    (RoadClass.RAIL, 60.0),
    (RoadClass.LOCAL, 28.0),
    (RoadClass.SERVICE, 9.0),
    (RoadClass.PATH, 6.0),
)
"""Up to how many metres of ground in a Braille column each class is drawn: more is a grey field."""

FEW = 3_000
"""A map of fewer pieces is drawn finer: there is room."""

_INKS = {
    RoadClass.MOTORWAY: Ink.MOTORWAY,
    RoadClass.ARTERIAL: Ink.ROAD,
    RoadClass.COLLECTOR: Ink.STREET,
    RoadClass.LOCAL: Ink.STREET,
    RoadClass.SERVICE: Ink.LANE,
    RoadClass.PATH: Ink.LANE,
    RoadClass.RAIL: Ink.RAIL,
    RoadClass.WATER: Ink.WATER,
}


@dataclass(frozen=True, slots=True, eq=False)
class Streets:
    """All pieces of a street map, sorted so that every level of detail is the first so many of them."""

    source: StreetMap
    lines: Lines
    classes: Bytes
    """For each piece its `RoadClass`."""
    names: Ints
    """For each piece the place of its name in `source.names`."""
    middle_x: float
    """Mercator metres: maps are drawn in the world that is nearest to it."""

    def shown(self, viewport: Viewport, drawing: Drawing) -> Lines:
        """The pieces that are drawn at this scale, in the world the viewport looks at."""
        ground_m = viewport.ground_m * 2.0 / drawing.dots_x
        finer = 4.0 if len(self.lines) < FEW else 1.0
        levels = [road_class for road_class, to_m in _SHOWN_TO_M if ground_m <= to_m * finer]
        count = int(np.isin(self.classes, levels).sum())
        ends = self.lines.ends[:, :count]
        worlds = round((mercator(viewport.centre)[0] - self.middle_x) / WORLD_M)
        if worlds:
            ends = ends + np.array([[worlds * WORLD_M], [0.0], [worlds * WORLD_M], [0.0]])
        return Lines(ends, self.lines.inks[:count])


def prepared(source: StreetMap) -> Streets:
    """The map as pieces of line."""
    starts = np.frombuffer(source.starts, dtype="<u4").astype(np.int64)
    x, y = _projected(source)
    is_last = np.zeros(len(x), dtype=np.bool_)
    is_last[starts[1:] - 1] = True  # no piece begins at the last point of a line
    begin = np.flatnonzero(~is_last)
    counts = np.diff(starts) - 1
    classes = np.repeat(np.frombuffer(source.classes, dtype=np.uint8), counts)
    names = np.repeat(np.frombuffer(source.name_indices, dtype="<u4").astype(np.int64), counts)
    ranks = np.zeros(len(RoadClass), dtype=np.uint8)
    inks = np.zeros(len(RoadClass), dtype=np.uint8)
    for rank, (road_class, _) in enumerate(_SHOWN_TO_M):
        ranks[road_class], inks[road_class] = rank, _INKS[road_class]
    order = np.argsort(ranks[classes], kind="stable")
    begin, classes, names = begin[order], classes[order], names[order]
    x1 = x[begin] + (x[begin + 1] - x[begin] + WORLD_M / 2.0) % WORLD_M - WORLD_M / 2.0
    ends = np.array([x[begin], y[begin], x1, y[begin + 1]])
    middle_x = float((x.min() + x.max()) / 2.0) if len(x) else 0.0
    return Streets(source, Lines(ends, inks[classes]), classes, names, middle_x)


def _projected(source: StreetMap) -> tuple[Floats, Floats]:
    """Mercator metres of every point; those over the antimeridian stand beside the others."""
    longitude = np.frombuffer(source.longitudes, dtype="<i4") / UNIT_PER_DEG
    latitude = np.clip(
        np.frombuffer(source.latitudes, dtype="<i4") / UNIT_PER_DEG, -NORTHMOST_DEG, NORTHMOST_DEG
    )
    x = np.radians(longitude) * MERCATOR_RADIUS_M
    if len(x):
        x = x[0] + (x - x[0] + WORLD_M / 2.0) % WORLD_M - WORLD_M / 2.0
    return x, np.arcsinh(np.tan(np.radians(latitude))) * MERCATOR_RADIUS_M
