"""Who is who in an EIDO: people by their jCard, units by their callsign."""

from __future__ import annotations

import json
import re
from typing import Final

from rtcc_core.domain.call import Unit
from rtcc_core.domain.text import clean
from rtcc_core.wire.eido import tables
from rtcc_core.wire.eido.parts import Component, Parts, text, texts

MAX_UNITS: Final = 200

_MAX_JCARD: Final = 20_000
_DESK_ROLES: Final = ("call", "dispatch", "supervis")
"""Beginnings of the agent roles that sit at a desk: never the crew of a unit, although some say so."""


def agent_name(agent: Component) -> str:
    """The name a person reads: jCard's formatted name, else the position, else the short form of its id."""
    name = _jcard_name(agent.get("agentJcard"))
    return name or text(agent, "agentWorkstationPositionIdentification") or short_name(text(agent, "$id"))


def _jcard_name(card: object) -> str:
    """The `fn` of an RFC 7095 jCard, which EIDO carries as a string, or of an `FN:` line in its place."""
    if not isinstance(card, str) or len(card) > _MAX_JCARD:
        return ""
    if card[:3].upper() == "FN:":
        return clean(card[3:])
    try:
        properties = json.loads(card)[1]
        names = [item[3] for item in properties if item[0] == "fn"]
    except (ValueError, TypeError, LookupError, RecursionError):
        return ""
    return clean(names[0]) if names and isinstance(names[0], str) else ""


def short_name(identity: str) -> str:
    """`urn:emergency:uid:resourceid:4A21:pd.example` → `4A21`; other ids by what follows their last sign."""
    fields = identity.split(":")
    if len(fields) >= 6 and fields[:3] == ["urn", "emergency", "uid"]:
        return fields[4]
    head = identity.partition("@")[0].rstrip("/#:")
    return re.split(r"[/#:]", head)[-1] or identity


def read_units(parts: Parts, uid: str) -> tuple[Unit, ...]:
    """The units on this incident: its resources, then those dispatched that it does not describe."""
    units: dict[str, Unit] = {}
    for resource in parts.components("emergencyResourceComponent"):
        active_on = text(resource, "activeOnIncidentId", limit=500)
        if active_on and active_on != uid:
            continue
        callsign = _callsign(parts, resource)
        if callsign:
            units.setdefault(callsign, Unit(callsign=callsign, status=_unit_status(resource)))
    for dispatch in parts.components("dispatchComponent"):
        for identity, found in parts.referenced(dispatch, "emergencyResourceReference"):
            callsign = clean(short_name(clean(identity))) if found is None else ""
            if callsign:
                units.setdefault(callsign, Unit(callsign=callsign, status="dispatched"))
    if len(units) > MAX_UNITS:
        parts.warnings.add(f"of {len(units)} units the first {MAX_UNITS} are shown")
    return tuple(units.values())[:MAX_UNITS]


def _callsign(parts: Parts, resource: Component) -> str:
    name = text(resource, "emergencyResourceName")
    if name:
        return name
    for _, agent in parts.referenced(resource, "agentReference"):
        roles = [tables.folded(role) for role in texts(agent, "agentRoleRegistryText")] if agent else []
        if agent and not any(role.startswith(_DESK_ROLES) for role in roles) and (name := agent_name(agent)):
            return name
    return short_name(text(resource, "$id"))


def _unit_status(resource: Component) -> str:
    for key in ("secondaryUnitStatusRegistryText", "unitStatusInternal", "primaryUnitStatusRegistryText"):
        values = texts(resource, key)
        if values:
            return clean(tables.words(values[-1]))
    return ""
