"""Which of an EIDO's locations is where the call is.

CurrentIncident before InitialIncident before Caller before RoutingLocation before a tower; the last two
are never flown to before a person said so. The first that gives a position or an address is the place:
where the current location is only an address, an older position is not used in its stead, since the
incident may have moved. Locations of one and the same kind complete each other, position and address.
A location that is only a link waits among the others until somebody fetches it.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from rtcc_core.domain.call import Place, PlaceKind
from rtcc_core.domain.geo import LatLon
from rtcc_core.domain.text import clean
from rtcc_core.wire.eido.components import Eido, LocationInfo
from rtcc_core.wire.eido.parts import Reading
from rtcc_core.wire.eido.tables import folded
from rtcc_core.wire.pidf_civic import Civic, crossed
from rtcc_core.wire.pidf_lo import Location, PidfLoError, read_pidf_lo

MAX_LOCATIONS: Final = 30
MAX_URL: Final = 2_000
MAX_CROSSINGS: Final = 5

_BY_NAME: Final = {folded(kind.value): kind for kind in PlaceKind}
_ASIDE: Final = frozenset({"staging", "investigation"})
"""Kinds that belong to the incident but are not where it is."""
_ORDER: Final = tuple(PlaceKind)
"""The order of the enumeration is the order of choice; OTHER stands for a kind that nobody knows."""


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """Where the call is, and the rest."""

    place: Place = Place()
    others: tuple[Place, ...] = ()
    """Best first."""
    location: Location | None = None
    """What the document of the chosen position said besides."""
    cross_streets: tuple[str, ...] = ()
    """The nearest to it, where the sender named any."""


class _Found(msgspec.Struct, frozen=True, kw_only=True):
    place: Place
    location: Location | None = None
    may_be_chosen: bool = True


def choose_place(eido: Eido, near: LatLon | None, reading: Reading) -> Chosen:
    """The place of the call; an empty Place, with a warning, where no location says one."""
    found = [each for each in _read_all(eido, near, reading) if each.place != Place(kind=each.place.kind)]
    usable = [each for each in found if each.may_be_chosen and _is_told(each.place)]
    first = usable[0] if usable else next((each for each in found if each.may_be_chosen), None)
    if first is None:
        if not eido.all(LocationInfo):
            reading.warn("the message has no location")
        return Chosen(others=tuple(each.place for each in found))
    chosen = first.place
    if chosen.position is None:
        _say_unused(chosen, usable, reading)
    if chosen.kind is PlaceKind.OTHER and chosen.position is not None:
        reading.warn("the kind of the location is unknown; confirm it before flying")
    others = tuple(each.place for each in found if each is not first)
    cross = (
        street
        for each in eido.all(LocationInfo)
        if each.cross_streets and folded(each.kind) == folded(chosen.kind.value)
        for street in _streets(each.cross_streets)
    )
    return Chosen(
        place=chosen, others=others, location=first.location, cross_streets=tuple(dict.fromkeys(cross))
    )


def _is_told(place: Place) -> bool:
    return place.position is not None or bool(place.address)


def _say_unused(chosen: Place, usable: Iterable[_Found], reading: Reading) -> None:
    for other in usable:
        if other.place.position is not None:
            kind = other.place.kind.value
            reading.warn(f"only an address for the call; the {kind} position was not used")


def _read_all(eido: Eido, near: LatLon | None, reading: Reading) -> list[_Found]:
    """One place for each kind, in the order of choice; then those of unknown kind, then those aside."""
    referred, rest = _in_order(eido)
    by_kind: dict[PlaceKind, list[LocationInfo]] = {}
    alone: list[_Found] = []
    for location in [*referred, *rest][:MAX_LOCATIONS]:
        name = folded(location.kind)
        if name == "unitlocation":
            continue
        kind = _BY_NAME.get(name, PlaceKind.OTHER)
        if name in _ASIDE or (kind is PlaceKind.OTHER and location not in referred):
            place, read = _merged(kind, [location], near, reading)
            words = f"{name}: {place.address}" if name in _ASIDE and place.address else place.address
            place = msgspec.structs.replace(place, address=clean(words))
            alone.append(_Found(place=place, location=read, may_be_chosen=False))
        else:
            by_kind.setdefault(kind, []).append(location)
    chosen = []
    for kind in _ORDER:
        if kind in by_kind:
            place, read = _merged(kind, by_kind[kind], near, reading)
            chosen.append(_Found(place=place, location=read))
    return chosen + alone


def _in_order(eido: Eido) -> tuple[list[LocationInfo], list[LocationInfo]]:
    """What the incident itself refers to first, then the rest, the newest first."""
    ids = eido.incident.locations if eido.incident else ()
    referred = [found for each in ids if (found := eido.get(each, LocationInfo))]
    rest = [each for each in eido.all(LocationInfo) if not any(each is other for other in referred)]
    rest.sort(key=lambda one: one.updated_at.timestamp() if one.updated_at else 0.0, reverse=True)
    return referred, rest


def _merged(
    kind: PlaceKind, locations: Sequence[LocationInfo], near: LatLon | None, reading: Reading
) -> tuple[Place, Location | None]:
    """One kind's locations as one place: the first position, the first address, else the first link."""
    best: Location | None = None
    address = description = url = ""
    for each in locations:
        found = _by_value(kind, each, near, reading)
        description = description or each.description
        if found is None:
            url = url or _link(kind, each, reading)
            continue
        if best is None and found.position is not None:
            best = found
        if not address and found.civic:
            address = crossed(found.civic, _streets(each.crossings)).line
    if best is not None or address:
        url = ""
    if kind is PlaceKind.TOWER and (tower := next((each.tower for each in locations if each.tower), "")):
        description = description or f"cell sector {tower}"
    return place_of(best, kind, address=clean(address or description), url=url), best


def place_of(location: Location | None, kind: PlaceKind, *, address: str = "", url: str = "") -> Place:
    """A location document as a Place of that kind; `address` stands before the document's own."""
    return Place(
        position=location.position if location else None,
        uncertainty_m=location.uncertainty_m if location else None,
        address=address or (location.address if location else ""),
        kind=kind,
        shape=location.shape if location else "",
        by_reference=url,
    )


def _link(kind: PlaceKind, location: LocationInfo, reading: Reading) -> str:
    url = clean(location.url, limit=MAX_URL)
    if not url:
        return ""
    if url != location.url:
        reading.warn(f"the link of the {kind.value} location is no address that could be followed")
        return ""
    reading.warn(f"the {kind.value} location is only a link, which the sender expects to be followed")
    return url


def _by_value(
    kind: PlaceKind, location: LocationInfo, near: LatLon | None, reading: Reading
) -> Location | None:
    value = location.document
    if isinstance(value, list):
        value = next((item for item in value if isinstance(item, str)), None)
    if not isinstance(value, str):
        if value is not None:
            reading.warn(f"the {kind.value} location is not a PIDF-LO document")
        return None
    if value.lstrip()[:4].lower() == "&lt;":
        reading.warn(f"the {kind.value} location came escaped twice")
        value = html.unescape(value)
    try:
        found = read_pidf_lo(value, near=near)
    except PidfLoError as exc:
        reading.warn(f"the {kind.value} location cannot be used: {exc}")
        return None
    for said in found.warnings:
        reading.warn(f"{kind.value}: {said}")
    return found


def _streets(documents: Sequence[str]) -> list[str]:
    """The streets that PIDF-LO documents name; one that cannot be read names none."""
    found: list[str] = []
    for value in documents[:MAX_CROSSINGS]:
        try:
            civic = read_pidf_lo(value).civic or Civic()
        except PidfLoError:
            continue
        found.append(civic.street or civic.landmark)
    return [street for street in found if street]
