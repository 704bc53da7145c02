"""What the codes of the EIDO registries mean to a dispatcher, in our own words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from rtcc_core.domain.call import CallStatus

NO_CODE: Final = "NCRNONE"
"""The registry's own code for "none of these"; an agency's internal code says more."""

_TYPES = """
911H=911 hang-up|911OPN=911 open line|ABDOM=Abdominal pain|ABDUCTF=Abduction, family|ABDUCTNF=Abduction
ABUSE=Abuse|ACCIND=Industrial accident|ACTSHOOT=Active shooter|ADMIN=Administrative|AIR=Aircraft incident
ALLERGIC=Allergic reaction|ALMA=Audible alarm|ALMB=Commercial alarm|ALMH=Hold-up alarm|ALMR=Residential alarm
ALRBA=Burglar alarm, audible|ALRBS=Burglar alarm, silent|ALRCO=Carbon monoxide alarm|ALRF=Fire alarm
ALRGAS=Gas alarm|ALRMED=Medical alarm|ALRPANA=Panic alarm|ALRPANS=Panic alarm, silent
ALRROBA=Robbery alarm|ALRROBS=Robbery alarm, silent|ALRU=Alarm|ALRVEH=Vehicle alarm|ALS=Medical, advanced
ANIMAL=Animal|ASSAULT=Assault|ASSIST=Assist other agency|BACK=Back pain|BARICADE=Barricaded person
BITE=Animal bite|BLDCLPSE=Building collapse|BLEEDING=Bleeding|BLS=Medical, basic|BOMB=Bomb threat
BURGLARY=Burglary|BURN=Burns|CARDIAC=Cardiac|CARJACK=Carjacking|CHEMICAL=Chemical incident
CHESPAIN=Chest pain|CHOKE=Choking|CITASST=Citizen assist|CIVDIS=Civil disobedience|CRIMTRAF=Criminal traffic
CRWD=Crowd|CU1=Civil unrest, violent|CU2=Civil unrest|DEATH=Death|DIABETIC=Diabetic|DISORD=Disorderly
DISVEH=Disabled vehicle|DROWN=Drowning|DRUGS=Drugs|DUI=Impaired driver|DVA=Domestic, violent
DVNA=Domestic, non-violent|EDP=Person in crisis|ELEC=Electrocution|ELECHZD=Electrical hazard
ELUDING=Eluding|ENTRAP=Entrapment|ESCAPE=Escape|EXPLOS=Explosion|EXPOSURE=Heat or cold exposure
FAIRC=Aircraft fire|FALL=Fall|FAPT=Apartment fire|FARSON=Arson|FAS=Felony assault
FASX=Felony assault, suspect near|FBRUSH=Brush fire|FELEC=Electrical fire|FFUEL=Fuel fire|FIGHT=Fight
FIREWRKS=Fireworks|FMARINE=Boat fire|FORCENTR=Forced entry|FOTHER=Fire, other|FSMOKE=Smoke investigation
FSTRU=Structure fire|FTRAILER=Trailer fire|FTRAIN=Train fire|FTRASH=Trash fire|FTRUCK=Truck fire
FUNK=Fire, unknown|FVEH=Vehicle fire|GASLEAK=Gas leak|GASLEAKI=Gas leak inside|GASLEAKO=Gas leak outside
HARR=Harassment|HAZ=Hazard|HAZMAT=Hazardous materials|HLP1=Officer needs help|HLP2=Officer assist
HOLD=Holding a suspect|HOMICIDE=Homicide|HOSTAGE=Hostage|INDECENT=Indecency|INTOX=Intoxicated person
INVEST=Investigation|JUV=Juvenile|LARCENY=Larceny|MAJORINC=Major incident|MAYDAY=Mayday
MCI=Mass casualty|MISBOATR=Missing boater|MNTL=Mental health|MTLV=Mental health, violent|MVA=Vehicle crash
MVAHR=Hit and run|MVAINJY=Vehicle crash with injury|MVAUNK=Vehicle crash, unknown injury
MVCP=Crash on private property|NCRASLTWF=Assault with weapon|NCRELEV=Elevator rescue
NOISE=Noise|NONEMERG=Not an emergency|OD=Overdose|ODOR=Odor investigation|PARKING=Parking
PERFND=Found person|PERMISS=Missing person|PERSUSP=Suspicious person|PERUNCON=Unconscious person
PERWANT=Wanted person|PREG=Childbirth|PROPSTLN=Stolen property|PROW=Prowler|PURSUIT=Pursuit
RADIAT=Radiation|RECKDRV=Reckless driver|RESCUE=Rescue|RESP=Breathing problem|RESPARR=Respiratory arrest
ROBBERY=Robbery|RUNAWAY=Runaway|SAR=Search and rescue|SCRM=Screaming|SEIZURE=Seizure|SEXOFFNS=Sex offense
SHOOT=Shooting|SHOPLIFT=Shoplifting|SICK=Sick person|SLMP=Person slumped in vehicle|STABBING=Stabbing
STDBY=Stand-by|STROKE=Stroke|SUICIDE=Suicide|SUICTHRT=Suicide threat|SUSP=Suspicious circumstances
TERROR=Terrorism|THAZ=Traffic hazard|THREATS=Threats|TRAINDRL=Train derailment|TRAUMA=Injury
TRAUMAP=Penetrating injury|TRESPASS=Trespass|TROUBLE=Unknown trouble|TSTOP=Traffic stop|VANDAL=Vandalism
VEHABND=Abandoned vehicle|VEHREC=Recovered vehicle|VEHSTLN=Stolen vehicle|VEHSUSP=Suspicious vehicle
WARRANT=Search warrant|WATER=Water rescue|WEAPON=Weapon|WELFARE=Welfare check|WIRES=Wires down
XTRICATE=Extrication
"""

TYPE_WORDS: Final[Mapping[str, str]] = {
    code: words for code, _, words in (entry.partition("=") for entry in re.split(r"[|\n]", _TYPES.strip()))
}
"""APCO ANS 2.103 code → words, for the codes that calls mostly have."""

STATUS_WORDS: Final[Mapping[str, str]] = {
    "active": "active",
    "cancelled": "cancelled",
    "closed": "closed",
    "fireundercontrol": "fire under control",
    "newlocation": "new location",
    "reopened": "re-opened",
    "resourcesassigned": "units assigned",
    "resourcesenroute": "units en route",
    "resourcesonscene": "units on scene",
    "structurecleared": "structure cleared",
}
"""IncidentStatus registry, folded (see `folded`) → words."""

DECIDING_STATUS: Final[Mapping[str, CallStatus]] = {
    "active": CallStatus.ACTIVE,
    "reopened": CallStatus.ACTIVE,
    "cancelled": CallStatus.CANCELLED,
    "canceled": CallStatus.CANCELLED,
    "closed": CallStatus.CLOSED,
}
"""The registry values that open or end a call, folded; the last one a sender lists decides."""

_PRIORITY_BY_EIDO: Final = (5, 5, 5, 4, 4, 3, 3, 2, 2, 1, 1)
_EIDO_BY_PRIORITY: Final[Mapping[int, int]] = {1: 10, 2: 8, 3: 6, 4: 4, 5: 1}


def folded(text: str) -> str:
    """A registry value without its case, spaces and hyphens, which senders do not agree on."""
    return "".join(char for char in text.lower() if char.isalnum())


def house_priority(eido_number: int) -> int | None:
    """EIDO incidentCommonPriorityNumber (0 … 10, 10 highest) → 1 (highest) … 5; None outside it."""
    return _PRIORITY_BY_EIDO[eido_number] if 0 <= eido_number <= 10 else None


def eido_priority(house: int) -> int:
    """1 (highest) … 5 → an EIDO number that reads back as the same priority."""
    return _EIDO_BY_PRIORITY[min(5, max(1, house))]


def words(registry_value: str) -> str:
    """`OnScene` → "on scene"; text that is words already stays as it is."""
    if " " in registry_value or not registry_value.isalpha():
        return registry_value
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", registry_value)
    return " ".join(part.lower() for part in parts) or registry_value


_UNIT_STATUS_REGISTRY = (
    "AcknowledgedTransmission AlternateLocation Arrived Assigned AssignmentCancelled Backup Cleared "
    "Delayed Departed Dispatched EnRoute EquipmentIssues Hospital InService Investigation OnDuty OnScene "
    "OutofService PatientContact Staging Station TrafficStop Training Transporting"
)

UNIT_STATUS_CODES: Final[Mapping[str, str]] = {
    folded(value): value for value in _UNIT_STATUS_REGISTRY.split()
}
"""Words of a unit's status, folded → SecondaryUnitStatus registry value."""
