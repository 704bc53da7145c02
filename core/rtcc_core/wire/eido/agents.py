"""Who is who in an EIDO: people by their jCard, units by their callsign, the agency that speaks."""

from __future__ import annotations

import json
import re
from typing import Final

from rtcc_core.domain.call import Unit
from rtcc_core.domain.text import clean
from rtcc_core.wire.eido.components import Agency, Agent, Dispatch, Eido, LocationInfo, Media, Resource
from rtcc_core.wire.eido.parts import Reading
from rtcc_core.wire.eido.tables import Tables, folded

MAX_UNITS: Final = 200

_MAX_JCARD: Final = 20_000
_DESK_ROLES: Final = ("call", "dispatch", "supervis")
"""Beginnings of the agent roles that sit at a desk: never the crew of a unit, although some say so."""

_STEPS = """
Assigned Dispatched AcknowledgedTransmission EnRoute Arrived OnScene PatientContact Transporting Departed
Cleared AssignmentCancelled InService OutofService
"""
_PROGRESS: Final = frozenset(folded(value) for value in _STEPS.split())
"""Unit statuses that follow each other: of these a sender's last counts. The others say where or why."""


def agent_name(agent: Agent) -> str:
    """The name a person reads: jCard's formatted name, else the position, else the short form of its id."""
    return card_name(agent.card) or agent.position or short_name(clean(agent.identity))


def agency_of(eido: Eido) -> str:
    """Who says so: the agency that issued this view, else the one that owns the incident, else the sender."""
    issuer = next((found for each in eido.updated_by if (found := eido.get(each, Agency))), None)
    owner = next((agency for agency in eido.all(Agency) if agency.is_owner), None)
    agency = issuer or owner
    named = card_name(agency.card) if agency is not None else ""
    name = named or next((clean(each) for each in eido.updated_by), "") or eido.issuer
    return "" if name.endswith(".invalid") else name  # RFC 2606: a name that nobody has


def is_passed_on(eido: Eido) -> bool:
    """True where the agency that tells it says itself that the incident is another's."""
    issuer = next((found for each in eido.updated_by if (found := eido.get(each, Agency))), None)
    return issuer is not None and issuer.is_owner is False


def card_name(card: str) -> str:
    """The `fn` of an RFC 7095 jCard, which EIDO carries as a string, or of an `FN:` line in its place."""
    if not card or len(card) > _MAX_JCARD:
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


def read_units(eido: Eido, tables: Tables, reading: Reading) -> tuple[Unit, ...]:
    """The units on this incident: its resources, then those dispatched that it does not describe."""
    sent = {target.removeprefix("#") for each in eido.all(Dispatch) for target in each.resources}
    units: dict[str, Unit] = {}
    for resource in eido.all(Resource):
        is_stacked = eido.uid in resource.stacked_on
        if resource.active_on and resource.active_on != eido.uid and not is_stacked:
            continue
        status = _status(resource, tables, was_sent=resource.identity in sent)
        if is_stacked and resource.active_on != eido.uid:
            status = "queued, " + (status or "busy elsewhere")
        if callsign := _callsign(eido, resource):
            units.setdefault(callsign, Unit(callsign=callsign, status=status))
    for target in dict.fromkeys(target for each in eido.all(Dispatch) for target in each.resources):
        if eido.get(target, Resource) is None and (callsign := clean(short_name(clean(target)))):
            units.setdefault(callsign, Unit(callsign=callsign, status="dispatched"))
    if len(units) > MAX_UNITS:
        reading.warn(f"of {len(units)} units the first {MAX_UNITS} are shown")
    return tuple(units.values())[:MAX_UNITS]


def tells_only_of_units(eido: Eido) -> bool:
    """True for a report about units of which none is on an incident (a `resource` subscription's).

    The root needs an id all the same, so one that is also a unit's is nobody's incident. Of another id it is
    told by what is missing: no incident, call, dispatch or note, no location but the units' own, and no unit
    under way.
    """
    units = eido.all(Resource)
    if eido.incident is not None or not units or any(each.active_on or each.stacked_on for each in units):
        return False
    if eido.get(eido.identity, Resource) is not None:
        return True
    if any(kind not in _OF_UNITS for kind in eido.by_kind):
        return False
    if any(folded(value) in _UNDER_WAY for each in units for value in each.secondary):
        return False
    return all(folded(each.kind) in _PLACES_OF_UNITS for each in eido.all(LocationInfo))


_OF_UNITS: Final = frozenset({Agency, Agent, LocationInfo, Media, Resource})
_PLACES_OF_UNITS: Final = frozenset({"unitlocation", "other", "staging"})
_UNDER_WAY: Final = _PROGRESS - {"cleared", "assignmentcancelled", "inservice", "outofservice"}


def _callsign(eido: Eido, resource: Resource) -> str:
    if resource.name:
        return resource.name
    for identity in resource.agents:
        agent = eido.get(identity, Agent)
        if agent is None or any(folded(role).startswith(_DESK_ROLES) for role in agent.roles):
            continue
        if name := agent_name(agent):
            return name
    return clean(short_name(clean(resource.identity)))


def _status(resource: Resource, tables: Tables, *, was_sent: bool) -> str:
    """`en route, hospital`: the last step of its way, then what it is about; the agency's own words."""
    if resource.secondary:
        steps = [value for value in resource.secondary if folded(value) in _PROGRESS]
        others = [value for value in resource.secondary if folded(value) not in _PROGRESS]
        return clean(", ".join(tables.unit_status(value) for value in [*steps[-1:], *others[:3]]))
    if resource.own_status:
        return clean(tables.unit_status(resource.own_status[-1]))
    if was_sent:
        return "dispatched"
    return clean(tables.unit_status(resource.primary[-1])) if resource.primary else ""
