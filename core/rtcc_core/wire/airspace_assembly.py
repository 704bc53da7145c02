"""Volumes from several files put together: the union of the fences, what is near, one digest.

The geometry that needs a library is done here, once, when the files are read; finding a way needs none.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import msgspec
import shapely
from shapely.geometry.base import BaseGeometry

from rtcc_core.domain.airspace import Airspace, AirspaceSource, Area, Fenced, Ring, Volume, VolumeKind
from rtcc_core.domain.geo import LatLon
from rtcc_core.domain.plane import Plane
from rtcc_core.domain.terrain import Terrain

GRID_DEG = 1e-7
"""Corners closer than this (1 cm) are the same one when areas are united."""


_EPOCH = datetime.fromtimestamp(0, UTC)


def assemble(
    volumes: Iterable[Volume],
    *,
    centre: LatLon,
    sources: Sequence[AirspaceSource] = (),
    terrain: Terrain | None = None,
) -> Airspace:
    """Everything that was read, as one airspace.

    Facility map cells of one airport and ceiling are united where there is no terrain: it makes no
    difference to any answer then, and a city has a thousand of them.
    """
    kept = tuple(volumes)
    if terrain is None:
        kept = united_cells(kept)
    fenced = fenced_areas(tuple(volume for volume in kept if volume.kind is VolumeKind.FENCE))
    whole = Airspace(volumes=kept, fenced=fenced, sources=tuple(sources), terrain=terrain, centre=centre)
    return msgspec.structs.replace(whole, digest=digest_of(whole))


def digest_of(airspace: Airspace) -> str:
    """SHA-256 of the content, whenever it was read."""
    timeless = [
        msgspec.structs.replace(source, read_at=_EPOCH, written_at=None) for source in airspace.sources
    ]
    content = (airspace.volumes, airspace.fenced, timeless, airspace.terrain, airspace.centre)
    return hashlib.sha256(msgspec.json.encode(content)).hexdigest()


def fenced_areas(fences: Sequence[Volume]) -> tuple[Fenced, ...]:
    """The union of the fences for each span of time in which the same ones are in force."""
    if not fences:
        return ()
    moments = sorted({m for fence in fences for m in (fence.starts_at, fence.ends_at) if m is not None})
    bounds: list[datetime | None] = [None, *moments, None]
    return tuple(
        Fenced(starts_at=start, ends_at=end, areas=_union([f for f in fences if _holds(f, start, end)]))
        for start, end in itertools.pairwise(bounds)
    )


def united_cells(volumes: Sequence[Volume]) -> tuple[Volume, ...]:
    """The volumes with alike facility map cells united; all others, and their order, as they were."""
    alike: dict[Volume, list[Volume]] = {}
    others: list[Volume] = []
    for volume in volumes:
        if volume.kind is VolumeKind.CEILING:
            alike.setdefault(msgspec.structs.replace(volume, outline=(), holes=()), []).append(volume)
        else:
            others.append(volume)
    united = [
        msgspec.structs.replace(like, outline=area.outline, holes=area.holes)
        for like, cells in alike.items()
        for area in _union(cells)
    ]
    return (*others, *united)


def polygon_of(outline: Sequence[LatLon], holes: Iterable[Sequence[LatLon]] = ()) -> shapely.Polygon:
    """The polygon in longitude and latitude."""
    return shapely.Polygon(_pairs(outline), [_pairs(hole) for hole in holes])


def distance_from_m(volume: Volume, points: Sequence[LatLon]) -> float:
    """The least distance in metres from any of the points to the volume's outline; 0 within it."""
    plane = Plane(points[0])
    ring = shapely.Polygon([plane.to_xy(corner) for corner in volume.outline])
    return min(float(ring.distance(shapely.Point(plane.to_xy(point)))) for point in points)


def _holds(fence: Volume, start: datetime | None, end: datetime | None) -> bool:
    """True where it holds throughout a span that none of its own ends cut."""
    begins = fence.starts_at is None or (start is not None and fence.starts_at <= start)
    lasts = fence.ends_at is None or (end is not None and end <= fence.ends_at)
    return begins and lasts


def _union(volumes: Sequence[Volume]) -> tuple[Area, ...]:
    polygons = [polygon_of(volume.outline, volume.holes) for volume in volumes]
    if len(polygons) == 1:
        return (Area(volumes[0].outline, volumes[0].holes),)
    return tuple(_areas(shapely.union_all(polygons, grid_size=GRID_DEG)))


def _areas(geometry: BaseGeometry) -> Iterable[Area]:
    for part in shapely.get_parts(geometry):
        if isinstance(part, shapely.Polygon) and not part.is_empty:
            # without the corners that lie on a straight edge between two cells
            tidy = shapely.simplify(part, GRID_DEG, preserve_topology=True)
            yield Area(_ring(tidy.exterior), tuple(_ring(hole) for hole in tidy.interiors))


def _ring(ring: shapely.LinearRing) -> Ring:
    return tuple(LatLon(round(y, 7), round(x, 7)) for x, y, *_ in ring.coords[:-1])


def _pairs(corners: Sequence[LatLon]) -> list[tuple[float, float]]:
    return [(corner.longitude_deg, corner.latitude_deg) for corner in corners]
