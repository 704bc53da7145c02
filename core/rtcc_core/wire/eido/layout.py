"""Where each value of an EIDO component stands: one table, from which components are read."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Final

import msgspec

from rtcc_core.wire.eido import components as c
from rtcc_core.wire.eido.parts import (
    Component,
    Reading,
    documents,
    line,
    lines,
    parse_stamp,
    references,
    updated_at,
)

MAX_UID: Final = 500


class How(Enum):
    """How the value of a member is read."""

    LINE = "one cleaned line"
    LINES = "cleaned lines"
    UID = "an incident's id: a cleaned line of up to MAX_UID characters"
    UIDS = "incidents' ids"
    DOCUMENT = "text as sent"
    DOCUMENTS = "texts as sent"
    REFERENCES = "ids of other components"
    TIME = "a time in UTC"
    FLAG = "true or false"
    OPAQUE = "whatever was sent, whole"


Members = Mapping[str, tuple[str, How]]
"""Field of our type → its JSON name and how it is read."""


class Layout(msgspec.Struct, frozen=True):
    """One kind of component."""

    root_key: str
    """The root's member that holds it; empty where it stands inside another component."""
    kind: type[c.Prologue]
    members: Members
    needs: tuple[str, ...] = ()
    """Members that the schema requires beside the prologue, by their JSON names."""


_AGENCY: Members = {
    "card": ("agencyJcard", How.DOCUMENT),
    "roles": ("agencyRoleDescriptionRegistryText", How.LINES),
    "types": ("agencyType", How.LINES),
    "is_owner": ("incidentOwningAgencyIndicator", How.FLAG),
}
_AGENT: Members = {
    "card": ("agentJcard", How.DOCUMENT),
    "position": ("agentWorkstationPositionIdentification", How.LINE),
    "roles": ("agentRoleRegistryText", How.LINES),
    "agency": ("agencyReference", How.REFERENCES),
}
_INCIDENT: Members = {
    "type_code": ("incidentTypeCommonRegistryText", How.LINE),
    "type_own_code": ("incidentTypeInternalCode", How.LINE),
    "type_own_words": ("incidentTypeInternalText", How.LINE),
    "statuses": ("incidentStatusCommonRegistryText", How.LINES),
    "own_statuses": ("incidentStatusInternalText", How.LINES),
    "number": ("internalIncidentId", How.LINE),
    "priority": ("incidentCommonPriorityNumber", How.OPAQUE),
    "own_priority": ("incidentPriorityInternalText", How.LINE),
    "beat": ("beatOrDispatchGroupText", How.LINE),
    "locations": ("locationReference", How.REFERENCES),
    "dispositions": ("dispositionComponent", How.OPAQUE),
}
_DISPOSITION: Members = {
    "code": ("dispositionCommonRegistryCode", How.LINE),
    "category": ("dispositionCategoryText", How.LINE),
    "words": ("dispositionDescriptionText", How.LINE),
}
_CALL: Members = {
    "state": ("callStateRegistryText", How.LINE),
    "direction": ("direction", How.LINE),
    "primary_type": ("standardPrimaryCallType", How.LINE),
    "local_type": ("localCallType", How.LINE),
    "priority": ("priorityIdentifier", How.LINE),
    "queue": ("queueIdentifier", How.LINE),
    "verstat": ("verstat", How.LINE),
    "started_at": ("callStartTimestamp", How.TIME),
    "answered_at": ("answerDate", How.TIME),
    "callbacks": ("callBackReference", How.REFERENCES),
    "locations": ("locationReference", How.REFERENCES),
}
_CALLBACK: Members = {
    "uris": ("callBackInformationUri", How.LINES),
    "device": ("deviceContactHeader", How.LINE),
    "updated": ("updatedCbn", How.OPAQUE),
}
_LOCATION: Members = {
    "kind": ("locationTypeDescriptionRegistryText", How.LINE),
    "document": ("locationByValue", How.OPAQUE),
    "url": ("locationByReferenceUrl", How.DOCUMENT),
    "description": ("locationDescriptionText", How.LINE),
    "cross_streets": ("crossStreetByValue", How.DOCUMENTS),
    "crossings": ("intersectingStreetByValue", How.DOCUMENTS),
    "tower": ("cellTowerSectorId", How.LINE),
}
_NOTE: Members = {
    "source": ("notesActionComments", How.DOCUMENT),
    "agents": ("agentReference", How.REFERENCES),
    "cautions": ("cautionReference", How.REFERENCES),
}
_DISPATCH: Members = {
    "agency": ("agencyReference", How.REFERENCES),
    "resources": ("emergencyResourceReference", How.REFERENCES),
}
_RESOURCE: Members = {
    "name": ("emergencyResourceName", How.LINE),
    "kind": ("emergencyResourceTypeCommonRegistryText", How.LINE),
    "primary": ("primaryUnitStatusRegistryText", How.LINES),
    "secondary": ("secondaryUnitStatusRegistryText", How.LINES),
    "own_status": ("unitStatusInternal", How.LINES),
    "agents": ("agentReference", How.REFERENCES),
    "active_on": ("activeOnIncidentId", How.UID),
    "stacked_on": ("stackedOnIncidentId", How.UIDS),
    "eta": ("eta", How.TIME),
}
_PERSON: Members = {
    "roles": ("personIncidentRoleRegistryText", How.LINES),
    "body": ("ncPersonComponent", How.OPAQUE),
    "cautions": ("cautionReference", How.REFERENCES),
    "callbacks": ("callBackReference", How.REFERENCES),
}
_ORGANIZATION: Members = {
    "roles": ("organizationIncidentRoleRegistryText", How.LINES),
    "body": ("ncOrganizationComponent", How.OPAQUE),
}
_VEHICLE: Members = {
    "roles": ("vehicleRelationshipType", How.LINES),
    "body": ("ncVehicleComponent", How.OPAQUE),
    "commercial": ("jCommercialVehicleComponent", How.OPAQUE),
    "cautions": ("cautionReference", How.REFERENCES),
}
_ITEM: Members = {"body": ("ncItemType", How.OPAQUE)}
_DATA: Members = {
    "url": ("additionalDataByReferenceUrl", How.DOCUMENT),
    "document": ("additionalDataByValue", How.DOCUMENT),
    "purpose": ("urlPurpose", How.LINE),
}
_ALARM: Members = {
    "document": ("csaaAlarmInformation", How.DOCUMENT),
    "url": ("alarmUrl", How.DOCUMENT),
}
_MERGE: Members = {
    "incident_uid": ("incidentTrackingIdentifier", How.UID),
    "direction": ("incidentMergeDirectionCode", How.LINE),
}
_LINK: Members = {
    "incident_uid": ("incidentTrackingIdentifier", How.UID),
    "direction": ("linkDirectionCode", How.LINE),
    "reason": ("transactionReasonText", How.LINE),
}
_MEDIA: Members = {
    "uri": ("uri", How.DOCUMENT),
    "content_type": ("contentType", How.LINE),
    "label": ("label", How.LINE),
}
_CAUTION: Members = {
    "own_words": ("cautionTypeInternalText", How.LINE),
    "common": ("cautionTypeCommonRegistryText", How.LINES),
    "more": ("cautionTypeCommonSubRegistryText", How.LINES),
    "severity": ("cautionSeverity", How.LINE),
    "source": ("cautionSource", How.LINE),
}
_SHARED: Members = {
    "kind": ("sharedCommunicationResourceType", How.LINE),
    "url": ("sharedCommunicationResourceByReferenceUrl", How.DOCUMENT),
    "document": ("sharedCommunicationResourceByValue", How.DOCUMENT),
    "connected": ("connectedSharedCommunicationResources", How.REFERENCES),
}
_EXTERNAL: Members = {
    "source": ("externalSourceRegistryText", How.LINE),
    "access": ("externalSourceAcessString", How.LINE),  # the published schema's own spelling
}
_EMERGENCY: Members = {
    "kind": ("emergencyStateType", How.LINE),
    "severity": ("severity", How.LINE),
    "device": ("originatingDevice", How.LINE),
    "started_at": ("startTimestamp", How.TIME),
    "stopped_at": ("stopTimestamp", How.TIME),
}

_RESOURCE_NEEDS = (
    "agentReference",
    "emergencyResourceTypeCommonRegistryText",
    "primaryUnitStatusRegistryText",
    "resourceAttributeRegistryText",
    "secondaryUnitStatusRegistryText",
)
_CALL_NEEDS = ("callStateRegistryText", "standardPrimaryCallType", "direction", "callStartTimestamp")
_VEHICLE_NEEDS = ("vehicleRelationshipType", "vehicleRelationshipTimeStamp")
_CAUTION_NEEDS = ("cautionTypeInternalText", "cautionTypeCommonRegistryText", "cautionSeverity")
_MERGE_NEEDS = ("incidentTrackingIdentifier", "incidentMergeDirectionCode")
_ROLES, _PARTIES = "agencyRoleDescriptionRegistryText", "organizationIncidentRoleRegistryText"

LAYOUTS: Final = (
    Layout("agencyComponent", c.Agency, _AGENCY, (_ROLES, "agencyType")),
    Layout("agentComponent", c.Agent, _AGENT, ("agentRoleRegistryText", "agencyReference")),
    Layout("incidentComponent", c.Incident, _INCIDENT, ("incidentTypeCommonRegistryText",)),
    Layout("callComponent", c.CallInfo, _CALL, _CALL_NEEDS),
    Layout("callbackComponent", c.Callback, _CALLBACK),
    Layout("locationComponent", c.LocationInfo, _LOCATION, ("locationTypeDescriptionRegistryText",)),
    Layout("notesComponent", c.NoteInfo, _NOTE, ("notesActionComments",)),
    Layout("dispatchComponent", c.Dispatch, _DISPATCH),
    Layout("emergencyResourceComponent", c.Resource, _RESOURCE, _RESOURCE_NEEDS),
    Layout("personComponent", c.Person, _PERSON, ("personIncidentRoleRegistryText",)),
    Layout("organizationComponent", c.Organization, _ORGANIZATION, (_PARTIES,)),
    Layout("vehicleComponent", c.Vehicle, _VEHICLE, _VEHICLE_NEEDS),
    Layout("itemComponent", c.Item, _ITEM),
    Layout("additionalDataComponent", c.AdditionalData, _DATA),
    Layout("alarmsSensorsComponent", c.Alarm, _ALARM),
    Layout("mergeComponent", c.Merge, _MERGE, _MERGE_NEEDS),
    Layout("linkComponent", c.Link, _LINK, ("incidentTrackingIdentifier", "linkDirectionCode")),
    Layout("mediaComponent", c.Media, _MEDIA, ("uri", "contentType")),
    Layout("cautionComponent", c.Caution, _CAUTION, _CAUTION_NEEDS),
    Layout(
        "sharedCommunicationResourceComponent",
        c.SharedResource,
        _SHARED,
        ("sharedCommunicationResourceType",),
    ),
    Layout(
        "externalInformationSourceComponent", c.ExternalSource, _EXTERNAL, ("externalSourceRegistryText",)
    ),
    Layout("unitEmergencyStateComponent", c.UnitEmergency, _EMERGENCY, ("severity", "startTimestamp")),
)
"""Every kind that can stand in the root."""

DISPOSITION: Final = Layout("", c.Disposition, _DISPOSITION, ("dispositionCommonRegistryCode",))

PROLOGUE: Final = ("$id", "lastUpdateTimeStamp", "updatedByAgencyReference")
"""What the schema requires of every component."""

ROOT_NEEDS: Final = (*PROLOGUE, "eidoVersion", "issuingElementIdentification", "agencyComponent")


def read_component(layout: Layout, component: Component, reading: Reading) -> c.Prologue:
    """One component in our own type; what is missing or of the wrong kind is empty."""
    values: dict[str, object] = {
        field: _value(component[key], how, reading)
        for field, (key, how) in layout.members.items()
        if component.get(key) is not None
    }
    identity = component.get("$id")
    return layout.kind(
        identity=identity if isinstance(identity, str) else "",
        updated_at=updated_at(component, reading),
        **values,
    )


def _value(value: object, how: How, reading: Reading) -> object:
    match how:
        case How.LINE:
            return line(value)
        case How.LINES:
            return lines(value)
        case How.UID:
            return line(value, limit=MAX_UID)
        case How.UIDS:
            return tuple(line(each, limit=MAX_UID) for each in documents(value))
        case How.DOCUMENT:
            return next(iter(documents(value)), "")
        case How.DOCUMENTS:
            return documents(value)
        case How.REFERENCES:
            return tuple(references(value))
        case How.TIME:
            return parse_stamp(value, reading)
        case How.FLAG:
            return value if isinstance(value, bool) else None
        case How.OPAQUE:
            return value
