"""Which class of road the words of a street file mean.

OpenStreetMap `highway`, `railway` and `waterway` values (the wiki's map features); the MAF/TIGER feature
class codes of the US Census Bureau (MTFCC, S1100 … S1830); and NENA-STA-006 road classes in words.
"""

from __future__ import annotations

from collections.abc import Mapping

from rtcc_core.domain.street_map import RoadClass

_HIGHWAYS: dict[RoadClass, str] = {
    RoadClass.MOTORWAY: "motorway motorway_link",
    RoadClass.ARTERIAL: "trunk trunk_link primary primary_link secondary secondary_link",
    RoadClass.COLLECTOR: "tertiary tertiary_link",
    RoadClass.LOCAL: "residential unclassified living_street road",
    RoadClass.SERVICE: "service busway services",
    RoadClass.PATH: "footway path cycleway bridleway pedestrian track steps",
}
_RAILWAYS = frozenset(["rail", "light_rail", "subway", "tram", "narrow_gauge"])
_WATERWAYS = frozenset(["river", "canal", "riverbank", "stream"])
_MTFCC: dict[str, RoadClass] = {
    "S1100": RoadClass.MOTORWAY,
    "S1200": RoadClass.ARTERIAL,
    "S1400": RoadClass.LOCAL,
    "S1500": RoadClass.PATH,
    "S1630": RoadClass.MOTORWAY,
    "S1640": RoadClass.SERVICE,
    "S1710": RoadClass.PATH,
    "S1720": RoadClass.PATH,
    "S1730": RoadClass.SERVICE,
    "S1740": RoadClass.SERVICE,
    "S1750": RoadClass.SERVICE,
    "S1780": RoadClass.SERVICE,
    "S1820": RoadClass.PATH,
    "S1830": RoadClass.PATH,
    "R1011": RoadClass.RAIL,
    "H3010": RoadClass.WATER,
    "H3020": RoadClass.WATER,
}
_WORDS: dict[str, RoadClass] = {
    "primary": RoadClass.ARTERIAL,
    "secondary": RoadClass.ARTERIAL,
    "local": RoadClass.LOCAL,
    "ramp": RoadClass.MOTORWAY,
    "alley": RoadClass.SERVICE,
    "private": RoadClass.SERVICE,
    "parking lot": RoadClass.SERVICE,
    "trail": RoadClass.PATH,
    "walkway": RoadClass.PATH,
    "freeway": RoadClass.MOTORWAY,
    "highway": RoadClass.ARTERIAL,
    "arterial": RoadClass.ARTERIAL,
    "major arterial": RoadClass.ARTERIAL,
    "minor arterial": RoadClass.ARTERIAL,
    "collector": RoadClass.COLLECTOR,
    **{word: kind for kind, words in _HIGHWAYS.items() for word in words.split()},
}
"""What agencies write in a column `roadclass`, `class` or the like."""

_BY_HIGHWAY = {word: kind for kind, words in _HIGHWAYS.items() for word in words.split()}
_CLASS_KEYS = ("roadclass", "road_class", "rd_class", "class", "funcclass", "func_class", "fclass", "type")

Tags = Mapping[str, str]


def of_osm(tags: Tags) -> RoadClass | None:
    """The class of an OpenStreetMap way; None for what a dispatch map does not show."""
    if tags.get("area") == "yes" or tags.get("tunnel") == "culvert":
        return None
    if (highway := tags.get("highway")) is not None:
        return _BY_HIGHWAY.get(highway)
    if tags.get("railway") in _RAILWAYS and tags.get("service") is None:
        return RoadClass.RAIL
    if tags.get("waterway") in _WATERWAYS or tags.get("natural") == "coastline":
        return RoadClass.WATER
    return None


def of_feature(tags: Tags) -> RoadClass | None:
    """The class of a line of a GeoJSON file, by its properties (folded names); LOCAL if they say nothing."""
    if any(key in tags for key in ("highway", "railway", "waterway", "natural")):
        return of_osm(tags)
    if (code := tags.get("mtfcc", "").upper()) in _MTFCC:
        return _MTFCC[code]
    told = (tags.get(key, "").casefold() for key in _CLASS_KEYS)
    return next((_WORDS[word] for word in told if word in _WORDS), RoadClass.LOCAL)
