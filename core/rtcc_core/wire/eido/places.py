"""Which of an EIDO's locations is where the call is.

CurrentIncident before InitialIncident before Caller before RoutingLocation, and never a cell tower, a
unit or a staging area. The first of these that gives a position or an address is the place: where the
current location is only an address, an older position is not used in its stead, since the incident may
have moved. Locations of one and the same kind complete each other, position and address.
"""

from __future__ import annotations

import html
from collections.abc import Iterable
from typing import Final

from rtcc_core.domain.call import Place, PlaceKind
from rtcc_core.domain.geo import LatLon
from rtcc_core.domain.text import clean
from rtcc_core.wire.eido import tables
from rtcc_core.wire.eido.parts import Component, Parts, Warnings, text, updated_at
from rtcc_core.wire.pidf_lo import Location, PidfLoError, read_pidf_lo

MAX_LOCATIONS: Final = 30

_BY_NAME: Final = {tables.folded(kind.value): kind for kind in PlaceKind}
_NEVER: Final = frozenset({"towerlocation", "unitlocation", "staging", "investigation"})
_ORDER: Final = tuple(PlaceKind)
"""The order of the enumeration is the order of choice; OTHER stands for a kind that nobody knows."""


def choose_place(parts: Parts, incident: Component, near: LatLon | None) -> Place:
    """The place of the call; an empty Place, with a warning, where no location says one."""
    candidates = _candidates(parts, incident)
    chosen = Place()
    for kind in _ORDER:
        of_kind = [location for found, location in candidates if found is kind]
        place = _merged(kind, of_kind, near, parts.warnings)
        if place is None:
            continue
        if chosen == Place():
            chosen = place
        elif chosen.position is None and place.position is not None:
            parts.warnings.add(f"only an address for the call; the {kind.value} position was not used")
    if chosen.kind is PlaceKind.OTHER and chosen.position is not None:
        parts.warnings.add("the kind of the location is unknown; confirm it before flying")
    if chosen == Place() and not parts.components("locationComponent"):
        parts.warnings.add("the message has no location")
    return chosen


def _candidates(parts: Parts, incident: Component) -> list[tuple[PlaceKind, Component]]:
    """Usable kinds only; what the incident itself refers to first, then the newest."""
    referred = [found for _, found in parts.referenced(incident, "locationReference") if found]
    rest = [found for found in parts.components("locationComponent") if not _holds(referred, found)]
    silent = Warnings()
    rest.sort(key=lambda one: at.timestamp() if (at := updated_at(one, silent)) else 0.0, reverse=True)
    candidates = []
    for location in [*referred, *rest][:MAX_LOCATIONS]:
        name = tables.folded(text(location, "locationTypeDescriptionRegistryText"))
        kind = _BY_NAME.get(name, PlaceKind.OTHER)
        if name in _NEVER or (kind is PlaceKind.OTHER and not _holds(referred, location)):
            continue
        candidates.append((kind, location))
    return candidates


def _holds(components: Iterable[Component], wanted: Component) -> bool:
    return any(component is wanted for component in components)


def _merged(
    kind: PlaceKind, locations: list[Component], near: LatLon | None, warnings: Warnings
) -> Place | None:
    """One kind's locations as one place: the first position, the first address."""
    position: Location | None = None
    address = description = ""
    for component in locations:
        found = _by_value(kind, component, near, warnings)
        description = description or text(component, "locationDescriptionText")
        if found is None:
            continue
        if position is None and found.position is not None:
            position = found
        if not address and found.address:
            address = found.address + _crossing(component)
    address = clean(address or description)
    if position is None and not address:
        return None
    return Place(
        position=position.position if position else None,
        uncertainty_m=position.uncertainty_m if position else None,
        address=address,
        kind=kind,
    )


def _by_value(
    kind: PlaceKind, component: Component, near: LatLon | None, warnings: Warnings
) -> Location | None:
    value = component.get("locationByValue")
    if isinstance(value, list):
        value = next((item for item in value if isinstance(item, str)), None)
    if not isinstance(value, str):
        if value is not None:
            warnings.add(f"the {kind.value} location is not a PIDF-LO document")
        elif component.get("locationByReferenceUrl"):
            warnings.add(f"the {kind.value} location is only a link, which is not followed")
        return None
    if value.lstrip()[:4].lower() == "&lt;":
        warnings.add(f"the {kind.value} location came escaped twice")
        value = html.unescape(value)
    try:
        found = read_pidf_lo(value, near=near)
    except PidfLoError as exc:
        warnings.add(f"the {kind.value} location cannot be used: {exc}")
        return None
    for said in found.warnings:
        warnings.add(f"{kind.value}: {said}")
    return found


def _crossing(component: Component) -> str:
    """` / Oak Ave` for the street that makes the place an intersection; empty where none is named."""
    for value in _documents(component, "intersectingStreetByValue"):
        try:
            street = read_pidf_lo(value).address
        except PidfLoError:
            continue
        if street:
            return f" / {street.partition(',')[0]}"
    return ""


def _documents(component: Component, key: str) -> list[str]:
    """The raw texts under `key`: documents, which cleaning would cut."""
    value = component.get(key)
    return [item for item in value[:5] if isinstance(item, str)] if isinstance(value, list) else []
