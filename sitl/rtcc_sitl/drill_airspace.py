"""The airspace of a scenario as the file an agency would write: GeoJSON of its own fences and keep-outs."""

from __future__ import annotations

import msgspec

from rtcc_core.domain.geo import LatLon
from rtcc_sitl.layout import Layout
from rtcc_sitl.scenario_tables import VolumeTable, Where


def airspace_geojson(layout: Layout) -> bytes:
    """A FeatureCollection as `wire.airspace_geojson` of the core reads it."""
    features = [_feature(layout, table) for table in layout.scenario.volume]
    return msgspec.json.format(msgspec.json.encode({"type": "FeatureCollection", "features": features}))


def _feature(layout: Layout, table: VolumeTable) -> dict[str, object]:
    corners = [_corner(layout, north_m, east_m) for north_m, east_m in table.corners]
    ring = [[corner.longitude_deg, corner.latitude_deg] for corner in (*corners, corners[0])]
    properties: dict[str, object] = {"kind": table.kind, "name": table.name}
    if table.floor_m_agl is not None:
        properties["floor_m_agl"] = table.floor_m_agl
    if table.ceiling_m_agl is not None:
        properties["ceiling_m_agl"] = table.ceiling_m_agl
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


def _corner(layout: Layout, north_m: float, east_m: float) -> LatLon:
    return layout.place(Where(north_m=north_m, east_m=east_m)) or layout.centre
