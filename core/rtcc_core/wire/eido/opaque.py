"""One line about what stays opaque: NIEM objects, RFC 7852 blocks, CAP, VEDS and ASAP documents.

Nothing here judges such a document; it picks what a dispatcher would look for first, and shows a few of
its own values where it is of a kind that nobody here knows. The whole stays in the journal.
"""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml import ElementTree

from rtcc_core.domain.text import clean
from rtcc_core.wire.eido.parts import line
from rtcc_core.wire.eido.tables import folded, words

MAX_NODES: Final = 2_000
"""Values of one opaque object that are looked at."""

MAX_CHARS: Final = 256 * 1024
_MAX_VALUES: Final = 6

_VALUE_KEYS: Final = ("value", "#text", "$", "_", "content")
"""Where JSON made from XML puts the text of an element."""

_PERSON: Final = (
    ("personfullname",),
    ("personphysicaldescriptiontext", "persondescriptiontext", "physicalfeaturedescriptiontext"),
    ("personsextext", "personsexcode", "sextext", "sexcode"),
    ("personracetext", "personracecode", "racetext", "racecode"),
    ("personagedescriptiontext", "measureintegervalue", "ageinteger", "age"),
    ("personheightdescriptiontext",),
    ("personhaircolortext", "personhaircolorcode"),
    ("personclothingdescriptiontext", "clothingdescriptiontext"),
)
_VEHICLE: Final = (
    ("vehiclecolorprimarytext", "vehiclecolorprimarycode", "conveyancecolorprimarytext", "itemcolortext"),
    ("vehicleyeardate", "itemmodelyeardate", "vehiclemodelyear"),
    ("vehiclemakename", "vehiclemaketext", "vehiclemakecode", "itemmakename"),
    ("vehiclemodelname", "vehiclemodeltext", "vehiclemodelcode", "itemmodelname"),
    ("vehiclestyletext", "vehiclestylecode", "itemstyletext"),
    ("itemdescriptiontext", "conveyancedescriptiontext"),
)
_PLATE: Final = (
    "vehiclelicenseplateidentification",
    "conveyanceregistrationplateidentification",
    "licenseplate",
)
_STATE: Final = ("identificationjurisdictiontext", "identificationjurisdiction", "jurisdictionansid20code")
_ITEM: Final = (("itemdescriptiontext",), ("itemcategorytext", "itemtypetext"), ("itemname", "itemmakename"))

_DOCUMENTS: Final[Mapping[str, tuple[str, ...]]] = {
    "alert": ("headline", "event", "severity", "urgency", "description", "instruction"),
    "emergencycalldatacomment": ("comment",),
    "emergencycalldataserviceinfo": ("serviceenvironment", "servicetype", "servicemobility"),
    "emergencycalldataproviderinfo": ("dataproviderstring", "contacturi"),
    "emergencycalldatadeviceinfo": ("deviceclassification", "devicemfgr", "devicemodelnr"),
    "alarm": (
        "alarmeventcategorytext", "alarmeventtypetext", "alarmtype", "alarmtypetext", "alarmcategorytext",
        "alarmdescriptiontext", "eventdescription", "sensordescriptiontext", "sensordetails", "sensorzoneid",
        "sensorlocation", "zone", "callsitename", "organizationname", "alarmpermitid", "callbackphone",
        "callbacknumber", "centralstationname",
    ),
    "crash": (
        "crashseverity", "severeinjurypredictor", "airbagdeployed", "airbagdeployment", "rollover",
        "rolloverindicator", "vehiclefinalrestorientation", "deltavelocity", "maximumdeltavelocity",
        "numberofoccupants", "occupants", "impactdirection", "multipleimpacts", "fueltype",
    ),
}  # fmt: skip
"""What is looked for first, by the root's name: folded, in order."""


def person_line(body: object) -> str:
    """`John Smith, male, 30`; empty where nothing of it is known here."""
    parts = [_first(body, names) for names in _PERSON]
    if not parts[0]:
        given, sur = _first(body, ("persongivenname",)), _first(body, ("personsurname",))
        parts[0] = f"{given} {sur}".strip()
    return clean(", ".join(filter(None, parts)))


def vehicle_line(body: object) -> str:
    """`plate 8ABC123 CA, blue 2019 Honda Civic`; empty where nothing of it is known here."""
    plate = next((found for name, node in _nodes(body) if name in _PLATE and (found := _plate(node))), "")
    looks = " ".join(filter(None, (_first(body, names) for names in _VEHICLE)))
    return clean(", ".join(filter(None, (f"plate {plate}" if plate else "", looks))))


def item_line(body: object) -> str:
    found = ", ".join(filter(None, (_first(body, names) for names in _ITEM)))
    return clean(found) or _values_line(body)


def is_flagged(body: object, *names: str) -> bool:
    """Whether any member whose name holds one of `names` (folded) says true."""
    return any(
        node is True or (isinstance(node, str) and node.strip().lower() == "true")
        for key, node in _nodes(body)
        if any(name in key for name in names)
    )


def _plate(node: object) -> str:
    own = line(_text(node))
    if own:
        return own
    number, state = _first(node, ("identificationid",)), _first(node, _STATE)
    return f"{number} {state}".strip() if number else ""


def _first(body: object, names: Sequence[str]) -> str:
    for wanted in names:
        for name, node in _nodes(body):
            if name == wanted and (found := line(_text(node), limit=80)):
                return found
    return ""


def _text(node: object) -> object:
    """A leaf's value; of an object made from an XML element, the element's own text."""
    if isinstance(node, list):
        node = node[0] if node else None
    if isinstance(node, dict):
        return next((node[key] for key in _VALUE_KEYS if key in node), None)
    return node


def _nodes(body: object) -> Iterator[tuple[str, object]]:
    """Every member of an object at any depth, nearest first, by its folded local name."""
    queue: deque[tuple[str, object]] = deque([("", body)])
    seen = 0
    while queue and seen < MAX_NODES:
        name, node = queue.popleft()
        seen += 1
        yield name, node
        if isinstance(node, dict):
            queue.extend((folded(str(key).rpartition(":")[2]), value) for key, value in node.items())
        elif isinstance(node, list):
            queue.extend((name, value) for value in node[:100])


def _values_line(body: object) -> str:
    """The first few values of anything."""
    found = (line(node, limit=60) for _, node in _nodes(body) if not isinstance(node, dict | list))
    return clean(", ".join([text for text in found if text][:_MAX_VALUES]))


def document_line(document: str, *, as_kind: str = "") -> str:
    """One line about an XML or JSON document; what it is, where it cannot be read."""
    source = document.strip()
    if len(source) > MAX_CHARS:
        return f"a document of {len(document) // 1024} kB"
    if source[:1] in "{[" and source:
        try:
            return _values_line(json.loads(source))
        except (ValueError, RecursionError):
            return clean(source)
    if not source.startswith("<"):
        return clean(source)
    try:
        root: Element = ElementTree.fromstring(
            source, forbid_dtd=True, forbid_entities=True, forbid_external=True
        )
    except ParseError:
        return "a document that is not well-formed XML"
    except (ValueError, LookupError, RecursionError):
        # Document types and entities are refused as ValueErrors; unknown encodings are LookupErrors.
        return "a document that was refused: it declares a document type, entities or an odd encoding"
    return _xml_line(root, as_kind)


def _xml_line(root: Element, as_kind: str) -> str:
    title = _local(root)
    leaves = _leaves(root)
    wanted = _DOCUMENTS.get(as_kind or _kind_of(title), ())
    picked = [f"{_said(name)}{text}" for want in wanted for name, text in leaves if folded(name) == want]
    if not picked:
        picked = [f"{_said(name)}{text}" for name, text in leaves]
    return clean(
        f"{words(re.sub(r'[^A-Za-z]+', '', title))}: {', '.join(dict.fromkeys(picked[:_MAX_VALUES]))}"
    )


def _said(name: str) -> str:
    plain = folded(name)
    if plain in ("headline", "event", "description", "comment", "dataproviderstring"):
        return ""
    return f"{_as_words(name)} "


def _as_words(name: str) -> str:
    return words(re.sub(r"[^A-Za-z]+", "", name))


def _kind_of(title: str) -> str:
    name = folded(title)
    if name in _DOCUMENTS:
        return name
    return next((kind for kind in ("crash", "alarm") if kind in name), "crash" if "veds" in name else "")


def _leaves(root: Element) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for number, element in enumerate(root.iter()):
        if number >= MAX_NODES or len(found) >= 200:
            break
        if len(element) == 0 and (text := clean(element.text or "", limit=80)):
            found.append((_local(element), text))
    return found


def _local(element: Element) -> str:
    return clean(element.tag.rpartition("}")[2], limit=60) if isinstance(element.tag, str) else ""
