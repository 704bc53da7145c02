"""`CallReport` and aircraft in, EIDO out: strictly by the schema, every required member present."""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import msgspec

from rtcc_core.domain.call import CallReport, CallStatus, IncidentLink, LinkKind, Note, Place, Unit
from rtcc_core.domain.geo import LatLon
from rtcc_core.wire.eido import tables
from rtcc_core.wire.eido.air_units import ATTRIBUTES, RESOURCE_TYPE, THERMAL, AirUnit, unit_status
from rtcc_core.wire.eido.registry_words import TYPE_WORDS
from rtcc_core.wire.pidf_lo import write_pidf_lo

Json = dict[str, object]


class Issuer(msgspec.Struct, frozen=True, kw_only=True):
    """Who sends the EIDO."""

    element: str = "cad.invalid"
    """FQDN of the sending element."""
    agency_uid: str = "agency.invalid"
    """Globally unique id of the owning agency."""
    agency_name: str = ""
    """In words, for the screens of others; empty: its id must do."""
    agency_type: str = "police"
    """IANA urn:emergency:service:responder name without its prefix."""


class _Writer:
    """Builds the components of one EIDO; every id is made from the incident's, so equal reports are equal."""

    def __init__(self, report: CallReport, issuer: Issuer) -> None:
        self.report = report
        self.issuer = issuer
        self.agents: dict[str, Json] = {}

        self.locations: list[Json] = []
        self.media: list[Json] = []

    def prologue(self, identity: str, at: datetime | None = None) -> Json:
        return {
            "$id": identity,
            "lastUpdateTimeStamp": stamp(at or self.report.updated_at),
            "updatedByAgencyReference": {"$ref": self.issuer.agency_uid},
        }

    def id_of(self, what: str, number: int | str = 1) -> str:
        return f"{self.report.incident_uid}:{what}:{number}"

    def agent(self, name: str, role: str) -> Json:
        """A reference to the agent of that name, added once."""
        identity = self.id_of("agent", name)
        self.agents[identity] = {
            **self.prologue(identity),
            "agentRoleRegistryText": [role],
            "agencyReference": {"$ref": self.issuer.agency_uid},
            "agentJcard": _card(name),
        }
        return {"$ref": identity}

    def incident(self) -> Json:
        report = self.report
        known = report.type_code in TYPE_WORDS
        component: Json = {
            **self.prologue(self.id_of("incident")),
            "incidentTypeCommonRegistryText": report.type_code if known else tables.NO_CODE,
            "incidentStatusCommonRegistryText": [_status(report.status)],
        }
        if report.type_code and not known:
            component["incidentTypeInternalCode"] = report.type_code
        for key, value in (
            ("incidentTypeInternalText", report.type_text),
            ("internalIncidentId", report.number),
            ("beatOrDispatchGroupText", report.beat),
        ):
            if value:
                component[key] = value
        if report.status_text:
            component["incidentStatusInternalText"] = [report.status_text]
        if report.priority is not None:
            component["incidentCommonPriorityNumber"] = tables.eido_priority(report.priority)
        return component

    def place(self, place: Place, number: int = 1) -> Json | None:
        """A reference to the location, added once; None for a place that says nothing."""
        by_value = place.position is not None or bool(place.address)
        if not by_value and not place.by_reference:
            return None
        component: Json = {
            **self.prologue(self.id_of("location", number)),
            "locationTypeDescriptionRegistryText": place.kind.value,
        }
        if by_value:
            component["locationByValue"] = write_pidf_lo(
                place.position, uncertainty_m=place.uncertainty_m, address=place.address
            )
        else:
            component["locationByReferenceUrl"] = place.by_reference
        self.locations.append(component)
        return {"$ref": component["$id"]}

    def spot(self, unit: AirUnit, what: str, position: LatLon, kind: str) -> Json:
        """A reference to where an aircraft is, or goes."""
        by_value = write_pidf_lo(position, uncertainty_m=unit.uncertainty_m if what == "at" else None)
        identity = self.id_of(f"{what}:{unit.callsign}")
        location: Json = {"locationTypeDescriptionRegistryText": kind, "locationByValue": by_value}
        self.locations.append({**self.prologue(identity, unit.at), **location})
        return {"$ref": identity}

    def note(self, note: Note, number: int) -> Json:
        component = {
            **self.prologue(self.id_of("note", number), note.at),
            "notesActionComments": html.escape(note.text, quote=False),
        }
        if note.author:
            component["agentReference"] = self.agent(note.author, "Dispatching")
        return component

    def unit(self, unit: Unit) -> Json:
        registered = tables.UNIT_STATUS_CODES.get(tables.folded(unit.status))
        component: Json = {
            **self.prologue(self.id_of("unit", unit.callsign)),
            "emergencyResourceName": unit.callsign,
            "emergencyResourceTypeCommonRegistryText": "PatrolUnit",
            "resourceAttributeRegistryText": [],
            "primaryUnitStatusRegistryText": "NotAvailable",
            "secondaryUnitStatusRegistryText": [registered] if registered else [],
            "agentReference": [self.agent(unit.callsign, "Responding")],
        }
        if unit.status and not registered:
            component["unitStatusInternal"] = [unit.status]
        return component

    def aircraft(self, unit: AirUnit) -> Json:
        primary, secondary = unit_status(unit)
        component: Json = {
            **self.prologue(unit.resource_uid, unit.at),
            "emergencyResourceName": unit.callsign,
            "emergencyResourceTypeCommonRegistryText": RESOURCE_TYPE,
            "resourceAttributeRegistryText": [*ATTRIBUTES, *([THERMAL] if unit.has_thermal else [])],
            "primaryUnitStatusRegistryText": primary,
            "secondaryUnitStatusRegistryText": [*secondary],
            "unitStatusInternal": [unit.phase.value if unit.phase else "ready" if unit.is_ready else "down"],
            "agentReference": [self.agent(unit.pilot or unit.callsign, "Responding")],
        }
        if unit.position is not None:
            component["unitLocationReference"] = self.spot(unit, "at", unit.position, "UnitLocation")
        if unit.destination is not None:
            component["unitDestinationReference"] = self.spot(unit, "to", unit.destination, "Other")
        if unit.eta is not None:
            component["eta"] = stamp(unit.eta)
        if unit.incident_uid is not None:
            component["activeOnIncidentId"] = unit.incident_uid
        if unit.stream_url:
            identity = self.id_of(f"media:{unit.callsign}")
            self.media.append(
                {
                    **self.prologue(identity, unit.at),
                    "uri": unit.stream_url,
                    "contentType": unit.stream_type,
                    "label": f"picture of {unit.callsign}",
                }
            )
            component["mediaReferences"] = [{"$ref": identity}]
        return component

    def dispatch(self, units: Sequence[AirUnit]) -> list[Json]:
        """That these aircraft were sent to this incident."""
        sent = [unit for unit in units if unit.incident_uid == self.report.incident_uid]
        if not sent:
            return []
        resources = [{"$ref": unit.resource_uid} for unit in sent]
        agency = {"agencyReference": {"$ref": self.issuer.agency_uid}}
        return [{**self.prologue(self.id_of("dispatch")), **agency, "emergencyResourceReference": resources}]

    def merges(self) -> list[Json]:
        links = self.report.links
        merged_into = self.report.merged_into_uid
        if merged_into is not None and not any(link.kind is LinkKind.REPLACED for link in links):
            links = (IncidentLink(kind=LinkKind.REPLACED, incident_uid=merged_into), *links)
        return [
            {
                **self.prologue(self.id_of("merge", number)),
                "incidentTrackingIdentifier": link.incident_uid,
                "incidentMergeDirectionCode": link.kind.value,
            }
            for number, link in enumerate(links, start=1)
            if link.kind in _MERGES
        ]

    def links(self) -> list[Json]:
        return [
            {
                **self.prologue(self.id_of("link", number)),
                "incidentTrackingIdentifier": link.incident_uid,
                "linkDirectionCode": link.kind.value,
            }
            for number, link in enumerate(self.report.links, start=1)
            if link.kind not in _MERGES
        ]

    def cautions(self) -> list[Json]:
        """Cautions alone: what the sender of the other details said must be asked of that sender."""
        return [
            {
                **self.prologue(self.id_of("caution", number)),
                "cautionTypeInternalText": detail.text,
                "cautionTypeCommonRegistryText": "Other",
                "cautionSeverity": _SEVERITY.get(detail.severity or 3, "normal"),
            }
            for number, detail in enumerate(self.report.details, start=1)
            if detail.kind == "caution"
        ]

    def agency(self) -> Json:
        component: Json = {
            **self.prologue(self.issuer.agency_uid),
            "agencyRoleDescriptionRegistryText": ["Dispatching"],
            "agencyType": [self.issuer.agency_type],
            "incidentOwningAgencyIndicator": True,
        }
        if self.issuer.agency_name:
            component["agencyJcard"] = _card(self.issuer.agency_name)
        return component


_MERGES: Final = frozenset({LinkKind.REPLACED, LinkKind.REPLACING, LinkKind.SPLIT})
_SEVERITY: Final = {number: word for word, number in tables.SEVERITY.items()}


def write_eido(report: CallReport, issuer: Issuer | None = None, *, aircraft: Sequence[AirUnit] = ()) -> Json:
    """The report, and our aircraft on it, as a schema-valid EIDO 1.0 that reads back as the same report.

    Not written are what the reader makes itself (`feed`, `warnings`, `shape`, the words for a registered
    type), `started_at`, and of the details all but cautions: they are another sender's to tell.
    """
    writer = _Writer(report, issuer or Issuer())
    incident = writer.incident()
    notes = [writer.note(note, number) for number, note in enumerate(report.notes, start=1)]
    units = [*map(writer.unit, report.units), *map(writer.aircraft, aircraft)]
    first = writer.place(report.place)
    for number, place in enumerate(report.other_places, start=2):
        writer.place(place, number)
    if first is not None:
        incident["locationReference"] = [first]
    if notes:
        incident["notesReference"] = [{"$ref": note["$id"]} for note in notes]
    return _assembled(
        writer,
        {"incidentComponent": incident},
        (
            ("notesComponent", notes),
            ("emergencyResourceComponent", units),
            ("dispatchComponent", writer.dispatch(aircraft)),
            ("cautionComponent", writer.cautions()),
            ("mergeComponent", writer.merges()),
            ("linkComponent", writer.links()),
        ),
    )


def write_aircraft_eido(unit: AirUnit, issuer: Issuer) -> Json:
    """One aircraft that may be on no incident, for subscribers of a resource (`requestSubType` resource).

    The root needs an incident's id all the same: it is the aircraft's own where it flies for none, by
    which a reader tells that it is no incident.
    """
    uid = unit.incident_uid or unit.resource_uid
    writer = _Writer(CallReport(feed="", incident_uid=uid, updated_at=unit.at), issuer)
    return _assembled(writer, {}, (("emergencyResourceComponent", [writer.aircraft(unit)]),))


def _assembled(writer: _Writer, parts: Json, lists: Sequence[tuple[str, list[Json]]]) -> Json:
    eido: Json = {
        **writer.prologue(writer.report.incident_uid),
        "eidoVersion": "1.0",
        "issuingElementIdentification": writer.issuer.element,
        "agencyComponent": [writer.agency()],
        **parts,
    }
    everything = (
        ("agentComponent", list(writer.agents.values())),
        ("locationComponent", writer.locations),
        *lists,
        ("mediaComponent", writer.media),
    )
    eido.update({key: components for key, components in everything if components})
    return eido


def stamp(at: datetime) -> str:
    """RFC 3339 in UTC with milliseconds."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _card(name: str) -> str:
    """A jCard (RFC 7095) that says no more than a name."""
    return json.dumps(["vcard", [["version", {}, "text", "4.0"], ["fn", {}, "text", name]]])


def _status(status: CallStatus) -> str:
    return {"active": "Active", "cancelled": "Cancelled", "closed": "Closed"}[status.value]
