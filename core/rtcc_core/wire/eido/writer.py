"""`CallReport` in, EIDO out: strictly by the schema, every required member of every component present."""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from rtcc_core.domain.call import CallReport, CallStatus, Note, Unit
from rtcc_core.wire.eido import tables
from rtcc_core.wire.eido.registry_words import TYPE_WORDS
from rtcc_core.wire.pidf_lo import write_pidf_lo

Json = dict[str, object]


class Issuer(msgspec.Struct, frozen=True, kw_only=True):
    """Who sends the EIDO."""

    element: str = "cad.invalid"
    """FQDN of the sending element."""
    agency_uid: str = "agency.invalid"
    """Globally unique id of the owning agency."""
    agency_type: str = "police"
    """IANA urn:emergency:service:responder name without its prefix."""


class _Writer:
    """Builds the components of one EIDO; every id is made from the incident's, so equal reports are equal."""

    def __init__(self, report: CallReport, issuer: Issuer) -> None:
        self.report = report
        self.issuer = issuer
        self.agents: dict[str, Json] = {}

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
            "agentJcard": json.dumps(["vcard", [["version", {}, "text", "4.0"], ["fn", {}, "text", name]]]),
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

    def location(self) -> Json | None:
        place = self.report.place
        if place.position is None and not place.address:
            return None
        return {
            **self.prologue(self.id_of("location")),
            "locationTypeDescriptionRegistryText": place.kind.value,
            "locationByValue": write_pidf_lo(
                place.position, uncertainty_m=place.uncertainty_m, address=place.address
            ),
        }

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

    def merges(self) -> list[Json]:
        other = self.report.merged_into_uid
        if other is None:
            return []
        merge: Json = {"incidentTrackingIdentifier": other, "incidentMergeDirectionCode": "REPLACED"}
        return [{**self.prologue(self.id_of("merge")), **merge}]

    def agency(self) -> Json:
        return {
            **self.prologue(self.issuer.agency_uid),
            "agencyRoleDescriptionRegistryText": ["Dispatching"],
            "agencyType": [self.issuer.agency_type],
            "incidentOwningAgencyIndicator": True,
        }


def write_eido(report: CallReport, issuer: Issuer | None = None) -> Json:
    """The report as a schema-valid EIDO 1.0 that reads back as the same report.

    `feed` and `warnings` are the reader's own and are not written; the words for a registered type code
    are the reader's own too.
    """
    writer = _Writer(report, issuer or Issuer())
    incident = writer.incident()
    notes = [writer.note(note, number) for number, note in enumerate(report.notes, start=1)]
    units = [writer.unit(unit) for unit in report.units]
    location = writer.location()
    if location is not None:
        incident["locationReference"] = [{"$ref": location["$id"]}]
    if notes:
        incident["notesReference"] = [{"$ref": note["$id"]} for note in notes]
    eido: Json = {
        **writer.prologue(report.incident_uid),
        "eidoVersion": "1.0",
        "issuingElementIdentification": writer.issuer.element,
        "agencyComponent": [writer.agency()],
        "incidentComponent": incident,
    }
    lists: Sequence[tuple[str, list[Json]]] = (
        ("agentComponent", list(writer.agents.values())),
        ("locationComponent", [location] if location is not None else []),
        ("notesComponent", notes),
        ("emergencyResourceComponent", units),
        ("mergeComponent", writer.merges()),
    )
    eido.update({key: components for key, components in lists if components})
    return eido


def stamp(at: datetime) -> str:
    """RFC 3339 in UTC with milliseconds."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _status(status: CallStatus) -> str:
    return {"active": "Active", "cancelled": "Cancelled", "closed": "Closed"}[status.value]
