"""What an EIDO tells beside type, place, notes and units: one line each, the worst cautions first."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from rtcc_core.domain.call import Detail
from rtcc_core.domain.text import clean
from rtcc_core.wire.eido import components as c
from rtcc_core.wire.eido.agents import agent_name, card_name
from rtcc_core.wire.eido.layout import DISPOSITION, read_component
from rtcc_core.wire.eido.opaque import document_line, is_flagged, item_line, person_line, vehicle_line
from rtcc_core.wire.eido.parts import Reading, components, line
from rtcc_core.wire.eido.places import Chosen
from rtcc_core.wire.eido.registry_words import DISPOSITION_WORDS
from rtcc_core.wire.eido.tables import SEVERITY, folded, words

MAX_DETAILS: Final = 100

_WEAPON: Final = re.compile(
    r"\b(weapons?|fire ?arms?|(?:hand|shot)?guns?|rifles?|pistols?|revolvers?|kni(?:fe|ves)|machetes?|armed"
    r"|explosives?|bombs?)\b",
    re.IGNORECASE,
)
_NO_WEAPON: Final = re.compile(
    r"\b(?:no|not|without|denies|unknown)\s+(?:\w+\s+){0,2}(?:weapons?|guns?|armed)|weapons?\s*:?\s*(?:no|none|unk)",
    re.IGNORECASE,
)


def read_details(eido: c.Eido, chosen: Chosen, reading: Reading) -> tuple[Detail, ...]:
    """Every detail once; of more than MAX_DETAILS the first, with a warning."""
    cautions = sorted(_cautions(eido), key=lambda each: each.severity or 9)
    found = dict.fromkeys(
        each
        for each in (
            *cautions, *_people(eido), *_vehicles(eido), *_alarms(eido), *_calls(eido), *_media(eido),
            *_dispositions(eido, reading), *_position(chosen), *_data(eido),
        )
        if each.text
    )  # fmt: skip
    if len(found) > MAX_DETAILS:
        reading.warn(f"of {len(found)} details the first {MAX_DETAILS} are shown")
    return tuple(found)[:MAX_DETAILS]


def _cautions(eido: c.Eido) -> Iterator[Detail]:
    for each in eido.all(c.Caution):
        common = [words(value) for value in (*each.common, *each.more) if folded(value) != "other"]
        said = [each.own_words, *common]
        source = _name_of(eido, each.source)
        text = ", ".join(dict.fromkeys(filter(None, said))) + (f" (says {source})" if source else "")
        yield _caution(text, SEVERITY.get(folded(each.severity)))
    for item in eido.all(c.Item):
        found = item_line(item.body)
        yield (
            _caution(found, None)
            if _is_weapon(found)
            else Detail(kind="data", text=clean(f"item: {found}") if found else "")
        )
    for emergency in eido.all(c.UnitEmergency):
        if emergency.stopped_at is None:
            said = ["UNIT EMERGENCY", words(emergency.kind), emergency.device]
            severity = SEVERITY.get(folded(emergency.severity))
            yield Detail(kind="caution", text=clean(" ".join(filter(None, said))), severity=severity)


def _caution(text: str, severity: int | None) -> Detail:
    marked = f"WEAPON: {text}" if _is_weapon(text) and not text.startswith("WEAPON: ") else text
    return Detail(kind="caution", text=clean(marked), severity=severity)


def _is_weapon(text: str) -> bool:
    return bool(_WEAPON.search(text)) and not _NO_WEAPON.search(text)


def _name_of(eido: c.Eido, source: str) -> str:
    """A caution's source: the id of an agent, an agency or a person of this message, or free text."""
    if agent := eido.get(source, c.Agent):
        return agent_name(agent)
    if agency := eido.get(source, c.Agency):
        return card_name(agency.card) or source
    if person := eido.get(source, c.Person):
        return person_line(person.body) or _roles(person.roles)
    return source


def _roles(roles: tuple[str, ...]) -> str:
    return " and ".join(words(role) for role in roles[:3])


def _people(eido: c.Eido) -> Iterator[Detail]:
    for each in eido.all(c.Person):
        said = ": ".join(filter(None, (_roles(each.roles), person_line(each.body))))
        armed = is_flagged(each.body, "armedindicator", "weaponindicator")
        if armed:
            yield Detail(kind="caution", text=clean(f"WEAPON: {said} is said to be armed"))
        yield Detail(kind="person", text=clean(said))
    for party in eido.all(c.Organization):
        said = ": ".join(filter(None, (_roles(party.roles), item_line(party.body))))
        yield Detail(kind="person", text=clean(f"organization, {said}") if said else "")


def _vehicles(eido: c.Eido) -> Iterator[Detail]:
    for each in eido.all(c.Vehicle):
        looks = vehicle_line(each.body) or vehicle_line(each.commercial)
        yield Detail(kind="vehicle", text=clean(": ".join(filter(None, (_roles(each.roles), looks)))))


def _alarms(eido: c.Eido) -> Iterator[Detail]:
    for each in eido.all(c.Alarm):
        if each.document:
            yield Detail(kind="alarm", text=document_line(each.document, as_kind="alarm"))
        elif each.url:
            yield Detail(kind="alarm", text=clean(f"alarm data at {each.url}"))


def _calls(eido: c.Eido) -> Iterator[Detail]:
    told: set[str] = set()
    for each in eido.all(c.CallInfo):
        back = [found for identity in each.callbacks if (found := eido.get(identity, c.Callback))]
        told.update(found.identity for found in back)
        said = [
            f"{words(each.direction)} call".strip(),
            each.local_type or words(each.primary_type),
            words(each.state),
            f"priority {each.priority}" if each.priority else "",
            f"number {words(each.verstat)}" if each.verstat else "",
            *(_call_back(found) for found in back),
        ]
        yield Detail(kind="call", text=clean(", ".join(filter(None, said))))
    for callback in eido.all(c.Callback):
        if callback.identity not in told:
            yield Detail(kind="call", text=_call_back(callback))


def _call_back(callback: c.Callback) -> str:
    updated = callback.updated
    numbers = [*callback.uris]
    for entry in updated if isinstance(updated, list) else [updated]:
        if isinstance(entry, dict):
            who = line(entry.get("updatedCbnCallerDescription"))
            number = line(entry.get("updatedCbnIdentifierUri"))
            numbers.append(f"{number} ({who})" if number and who else number)
    shown = [number.removeprefix("tel:") for number in numbers[:4] if number] or [callback.device]
    return clean(f"call back {', '.join(shown)}") if any(shown) else ""


def _media(eido: c.Eido) -> Iterator[Detail]:
    for each in eido.all(c.Media):
        said = " ".join(filter(None, (each.label, each.content_type, each.uri)))
        yield Detail(kind="media", text=clean(said))


def _dispositions(eido: c.Eido, reading: Reading) -> Iterator[Detail]:
    value = eido.incident.dispositions if eido.incident else None
    if value is None:
        return
    for raw in components({"dispositionComponent": value}, "dispositionComponent", reading):
        each = read_component(DISPOSITION, raw, reading)
        if isinstance(each, c.Disposition):
            code = DISPOSITION_WORDS.get(each.code.zfill(2), each.code)
            said = dict.fromkeys(filter(None, (code, each.category, each.words)))
            yield Detail(kind="disposition", text=clean(", ".join(said)))


def _position(chosen: Chosen) -> Iterator[Detail]:
    """What was said besides: the cross streets, how it was found, how it moves, how high it is."""
    if chosen.cross_streets:
        yield Detail(kind="data", text=clean(f"cross street {', '.join(chosen.cross_streets)}"))
    location = chosen.location
    if location is None:
        return
    if location.speed_m_s is not None and location.speed_m_s >= 0.5:
        to = f" to {location.heading_deg:.0f}°" if location.heading_deg is not None else ""
        yield Detail(kind="data", text=f"the caller moves at {location.speed_m_s:.0f} m/s{to}")
    if location.altitude_hae_m is not None:
        yield Detail(kind="data", text=f"height {location.altitude_hae_m:.0f} m above the ellipsoid")
    if location.method:
        yield Detail(kind="data", text=clean(f"position by {location.method}"))


def _data(eido: c.Eido) -> Iterator[Detail]:
    for each in eido.all(c.AdditionalData):
        if each.document:
            yield Detail(kind="data", text=document_line(each.document))
        elif each.url:
            purpose = each.purpose or "additional data"
            yield Detail(kind="data", text=clean(f"{purpose} at {each.url}"))
    for shared in eido.all(c.SharedResource):
        said = (words(shared.kind), document_line(shared.document) if shared.document else "", shared.url)
        yield Detail(kind="data", text=clean(" ".join(filter(None, said))))
    for source in eido.all(c.ExternalSource):
        yield Detail(kind="data", text=clean(f"{words(source.source)} {source.access}"))
