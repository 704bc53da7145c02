"""A JSON object in, its components out: read by the table, indexed by `$id`, references checked.

References are followed one step at a time and never further, so a circle of them is harmless. What is
said about them: those that lead nowhere, circles that the standard does not intend, and an `$id` that
two components share (the first is found, both are read).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from rtcc_core.domain.text import clean
from rtcc_core.wire.eido.components import Eido, Incident, Prologue
from rtcc_core.wire.eido.layout import LAYOUTS, MAX_UID, read_component
from rtcc_core.wire.eido.parts import Component, Reading, Unusable, components, line, references, updated_at

_ROOT_MEMBERS: Final = frozenset(
    {
        *(layout.root_key for layout in LAYOUTS),
        "$id",
        "lastUpdateTimeStamp",
        "updatedByAgencyReference",
        "updatedByAgentReference",
        "AlternateValueReferences",
        "externalInformationSourceReferences",
        "mediaReferences",
        "eidoVersion",
        "eidoExtensionId",
        "issuingElementIdentification",
        "@context",
    }
)

_CIRCULAR_BY_DESIGN: Final = frozenset(
    {"connectedSharedCommunicationResources", "updatedByAgencyReference", "updatedByAgentReference"}
)


def read_message(root: object, reading: Reading) -> Eido:
    """Every component of one EIDO. Raises Unusable, and nothing else, where nothing says which incident."""
    if not isinstance(root, dict):
        raise Unusable(f"an EIDO is a JSON object, this is a {type(root).__name__}")
    uid = _incident_uid(root, reading)
    by_kind: dict[type[Prologue], tuple[Prologue, ...]] = {}
    by_id: dict[str, Prologue] = {}
    raw: list[Component] = []
    for layout in LAYOUTS:
        found = components(root, layout.root_key, reading) if layout.root_key in root else []
        if found:
            raw += found
            read = tuple(read_component(layout, each, reading) for each in found)
            by_kind[layout.kind] = read
            _index(by_id, read, reading)
    _check_references(raw, by_id, reading)
    identity = root.get("$id")
    return Eido(
        identity=identity if isinstance(identity, str) else uid,
        updated_at=updated_at(root, reading),
        uid=uid,
        version=_version(root, reading),
        issuer=line(root.get("issuingElementIdentification")),
        updated_by=tuple(references(root.get("updatedByAgencyReference"))),
        incident=_incident(root, by_kind, reading),
        by_kind=by_kind,
        by_id=by_id,
        unknown={key: value for key, value in root.items() if key not in _ROOT_MEMBERS},
    )


def _incident_uid(root: Component, reading: Reading) -> str:
    value = root.get("$id")
    if isinstance(value, int) and not isinstance(value, bool):
        reading.warn("the incident's $id is a number")
        value = line(value)
    if not isinstance(value, str):
        raise Unusable("the EIDO has no $id, so nothing says which incident it is about")
    if len(value) > MAX_UID:
        raise Unusable(f"the incident's $id has {len(value)} characters; at most {MAX_UID} are accepted")
    uid = clean(value, limit=MAX_UID)
    if not uid:
        raise Unusable("the EIDO has an empty $id, so nothing says which incident it is about")
    if uid != value:
        reading.warn("the incident's $id held characters that do not print")
    return uid


def _version(root: Component, reading: Reading) -> str:
    version = line(root.get("eidoVersion"))
    if version and version.split(".")[0] != "1":
        reading.warn(f"EIDO version {version} was read as version 1")
    return version


def _incident(
    root: Component, by_kind: Mapping[type[Prologue], tuple[Prologue, ...]], reading: Reading
) -> Incident | None:
    first = next(iter(by_kind.get(Incident, ())), None)
    if not isinstance(first, Incident):
        reading.warn("the message has no incidentComponent: no type, priority or status")
        return None
    if isinstance(root.get("incidentComponent"), list):
        reading.warn("incidentComponent is a list; its first entry is used")
    return first


def _index(by_id: dict[str, Prologue], found: Iterable[Prologue], reading: Reading) -> None:
    for component in found:
        if not component.identity:
            continue
        if component.identity in by_id:
            name = clean(component.identity, limit=60)
            reading.warn(f"two components are called {name}; the first is found by that name")
        by_id.setdefault(component.identity, component)


def _check_references(raw: Iterable[Component], by_id: Mapping[str, Prologue], reading: Reading) -> None:
    edges: dict[str, list[str]] = {}
    for component in raw:
        identity = component.get("$id")
        for key, value in component.items():
            if not isinstance(value, dict | list) or not _is_reference(key):
                continue
            for target in references(value):
                # A JSON pointer's '#' is seen before the $id, although references are plain ids.
                name = target if target in by_id else target.removeprefix("#")
                if name not in by_id:
                    shown = clean(target, limit=60)
                    reading.warn(f"{clean(key, limit=60)} refers to {shown}, which is not in the message")
                elif isinstance(identity, str) and key not in _CIRCULAR_BY_DESIGN:
                    edges.setdefault(identity, []).append(name)
    circle = _circle(edges)
    if circle:
        names = " → ".join(clean(name, limit=30) for name in circle[:4])
        reading.warn(f"components refer to each other in a circle ({names})")


def _is_reference(key: str) -> bool:
    return key.endswith(("Reference", "References")) or key == "connectedSharedCommunicationResources"


def _circle(edges: Mapping[str, list[str]]) -> list[str]:
    """One circle among the references, its first name again at its end; empty where there is none."""
    done: set[str] = set()
    for start in edges:
        path: list[str] = []
        on_path: set[str] = set()
        stack: list[tuple[str, bool]] = [(start, False)]
        while stack:
            name, is_left = stack.pop()
            if is_left:
                on_path.discard(path.pop())
                done.add(name)
            elif name in on_path:
                return [*path[path.index(name) :], name]
            elif name not in done:
                path.append(name)
                on_path.add(name)
                stack.append((name, True))
                stack.extend((target, False) for target in edges.get(name, ()))
    return []
