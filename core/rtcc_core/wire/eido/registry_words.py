"""The EIDO registries in a dispatcher's words: ours, not the registry's descriptions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

_TYPES = """
911H=911 hang-up|911OPN=911 open line|ABDOM=Abdominal pain|ABDUCTF=Abduction, family|ABDUCTNF=Abduction
ABUSE=Abuse|ACCIND=Industrial accident|ACTSHOOT=Active shooter|ADMIN=Administrative|AIR=Aircraft incident
AIRINC=Airport incident|ALIEN=Immigration|ALLERGIC=Allergic reaction|ALMA=Audible alarm|ALMB=Commercial alarm
ALMH=Hold-up alarm|ALMR=Residential alarm|ALRBA=Burglar alarm, audible|ALRBOX=Box alarm
ALRBS=Burglar alarm, silent|ALRCO=Carbon monoxide alarm|ALRCO2=Carbon dioxide alarm
ALRDEFIB=Implanted defibrillator alarm|ALRF=Fire alarm|ALRGAS=Gas alarm|ALRHEAT=Heat alarm
ALRKPAD=Fire alarm, keypad|ALRMED=Medical alarm|ALRNGAS=Natural gas alarm|ALRPANA=Panic alarm
ALRPANS=Panic alarm, silent|ALRPROPN=Propane alarm|ALRPULL=Pull station|ALRROBA=Robbery alarm
ALRROBS=Robbery alarm, silent|ALRU=Alarm|ALRVEH=Vehicle alarm|ALRWTR=Sprinkler flow
ALS=Medical, advanced|ANIMAL=Animal|ASSAULT=Assault|ASSIST=Assist other agency|ATL=Attempt to locate
BACK=Back pain|BARICADE=Barricaded person|BIO=Biological threat|BITE=Animal bite
BLDCLPSE=Building collapse|BLEEDING=Bleeding|BLS=Medical, basic|BOMB=Bomb threat|BRGCLPSE=Bridge collapse
BURGLARY=Burglary|BURN=Burns|CARDIAC=Cardiac|CARJACK=Carjacking|CDX=Civil dispute
CHEMICAL=Chemical incident|CHESPAIN=Chest pain|CHOKE=Choking|CITASST=Citizen assist
CIVDIS=Civil disobedience|CIVIL=Civil matter|CNTRFT=Counterfeit money|COURT=Court order
CRIMPS=Criminal impersonation|CRIMTRAF=Criminal traffic|CRWD=Crowd|CU1=Civil unrest, violent
CU2=Civil unrest|CU3=Civil unrest, information|CURFEW=Curfew|CUST=Custody dispute|DEATH=Death
DEATHNTF=Death notification|DIABETIC=Diabetic|DISORD=Disorderly|DISVEH=Disabled vehicle
DMPX=Illegal dumping now|DROWN=Drowning|DRUGPAR=Drug paraphernalia|DRUGS=Drugs|DUI=Impaired driver
DVA=Domestic, violent|DVNA=Domestic, non-violent|EDP=Person in crisis|ELEC=Electrocution
ELECHZD=Electrical hazard|ELUDING=Eluding|ENTRAP=Entrapment|ESCAPE=Escape|EXPLOS=Explosion
EXPOSURE=Heat or cold exposure|EXTORT=Extortion|EYE=Eye injury|FAIRC=Aircraft fire|FALL=Fall
FAM=Family offense|FAPT=Apartment fire|FARSON=Arson|FAS=Felony assault|FASX=Felony assault, suspect near
FBRUSH=Brush fire|FELEC=Electrical fire|FFUEL=Fuel fire|FIGHT=Fight|FIREWRKS=Fireworks|FMARINE=Boat fire
FORCENTR=Forced entry|FOTHER=Fire, other|FRAUD=Fraud|FREPORT=Fire report only|FSMOKE=Smoke investigation
FSTRU=Structure fire|FTRAILER=Trailer fire|FTRAIN=Train fire|FTRASH=Trash fire|FTRUCK=Truck fire
FUNK=Fire, unknown|FVEH=Vehicle fire|GASLEAK=Gas leak|GASLEAKI=Gas leak inside|GASLEAKO=Gas leak outside
HARR=Harassment|HATE=Hate crime|HAZ=Hazard|HAZMAT=Hazardous materials|HEADACHE=Headache|HEMRG=Hemorrhage
HLP1=Officer needs help|HLP2=Officer assist|HOLD=Holding a suspect|HOMICIDE=Homicide|HOSTAGE=Hostage
IMP=Impersonation|INDECENT=Indecency|INFO=Information|INTERNET=Internet crime|INTOX=Intoxicated person
INVEST=Investigation|JUV=Juvenile|LARCENY=Larceny|LIQUOR=Liquor violation|MAJORINC=Major incident
MAYDAY=Mayday|MCI=Mass casualty|MISBOATR=Missing boater|MISCON=Misconduct|MNTL=Mental health
MTLV=Mental health, violent|MVA=Vehicle crash|MVAHR=Hit and run|MVAINJY=Vehicle crash with injury
MVAUNK=Vehicle crash, unknown injury|MVCP=Crash on private property|NCIC=NCIC hit
NCRASLTWF=Assault with weapon|NCRCPRF=CPR in progress|NCRELEV=Elevator rescue|NCRFACTR=Field blood products
NCRMUAIDF=Mutual aid, fire|NCRNDE=Notification only|NCRTASKFORCE=Task force|NCRTESTF=Test call
NCRTRANS=Transportation incident|NEGLECT=Neglect|NOISE=Noise|NONEMERG=Not an emergency|OD=Overdose
ODOR=Odor investigation|OPEN=Open building|ORDERV=Court order violated|PANDEMIC=Epidemic illness
PARKING=Parking|PERFND=Found person|PERMISS=Missing person|PERSUSP=Suspicious person
PERUNCON=Unconscious person|PERWANT=Wanted person|PHANDLE=Panhandling|PREG=Childbirth
PROPFND=Found property|PROPLOST=Lost property|PROPSTLN=Stolen property|PROW=Prowler
PUBWKS=Public works|PURSUIT=Pursuit|RADIAT=Radiation|RECKDRV=Reckless driver|REPO=Repossession
RESCUE=Rescue|RESIST=Resisting arrest|RESP=Breathing problem|RESPARR=Respiratory arrest|ROBBERY=Robbery
RUNAWAY=Runaway|SAR=Search and rescue|SCH=School offense|SCRM=Screaming|SEIZURE=Seizure
SEXOFFNS=Sex offense|SHOOT=Shooting|SHOPLIFT=Shoplifting|SICK=Sick person
SLMP=Person slumped in vehicle|SMOKING=Smoking violation|SOL=Soliciting|STABBING=Stabbing|STDBY=Stand-by
STKX=Stalking, suspect on scene|STROKE=Stroke|SUBJSTP=Subject stop|SUICIDE=Suicide
SUICTHRT=Suicide threat|SUSP=Suspicious circumstances|TERROR=Terrorism|THAZ=Traffic hazard
THREATS=Threats|TOW=Tow|TRAIN=Train incident|TRAINDRL=Train derailment|TRANSFER=Transfer|TRAUMA=Injury
TRAUMAP=Penetrating injury|TRESPASS=Trespass|TROUBLE=Unknown trouble|TRUANT=Truant|TSTOP=Traffic stop
VAG=Vagrancy|VANDAL=Vandalism|VEHABND=Abandoned vehicle|VEHASST=Motorist assist|VEHLOCK=Locked vehicle
VEHREC=Recovered vehicle|VEHSTLN=Stolen vehicle|VEHSUSP=Suspicious vehicle|VICE=Vice
WARRANT=Search warrant|WATER=Water rescue|WEAPON=Weapon|WELFARE=Welfare check|WILDLIFE=Wildlife violation
WIRES=Wires down|XTRICATE=Extrication
"""

_DISPOSITIONS = """
01=report taken|02=no report taken|03=arrest|04=citation|05=settled by phone|06=broadcast|07=civil
08=follow-up report|09=summons|10=cancelled|11=field interview|12=property|13=information|14=gone on arrival
15=referred|16=transport|17=false alarm|18=settled by contact|19=building condemned|20=building secure
21=cancelled en route|22=duplicate call|23=fire out|24=search and rescue|25=EMS transport
26=hazard handled|27=fire, rescue, hazard|28=service|29=assistance|30=information|31=stand-by
32=cancelled before arrival|33=patient taken by law enforcement|34=patient taken by private vehicle
35=stand-by, no service|36=stand-by, support|37=body transport|38=no patient found
39=dead at scene|40=dead at scene, transported|41=no treatment needed|42=patient refused
43=treated and released|44=handed to another EMS|45=treated and transported
"""


def _table(source: str) -> Mapping[str, str]:
    entries = (entry.partition("=") for entry in re.split(r"[|\n]", source.strip()))
    return {code: words for code, _, words in entries}


TYPE_WORDS: Final = _table(_TYPES)
"""APCO ANS 2.103 code → words: every code of the IncidentType-Common registry but NO_CODE."""

DISPOSITION_WORDS: Final = _table(_DISPOSITIONS)
"""CommonDispositionCode registry → words, without its reserved numbers."""

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
"""IncidentStatus registry, folded → words."""

_UNIT_STATUSES = """
AcknowledgedTransmission AlternateLocation Arrived Assigned AssignmentCancelled BacktoAssignedArea Backup
Break CheckedIn Cleared COP_or_POP Court CoveringAlternateArea Delayed Departed Dispatched EnRoute
EquipmentIssues Event Hospital InService Investigation Location Meal Meeting OffDuty OnDuty OnScene
OutofService PatientContact Post ResponderInitiatedEvent RollCall Roster ShiftPending Staging Station
TrafficStop Training Transporting Unmanned
"""

UNIT_STATUSES: Final = tuple(_UNIT_STATUSES.split())
"""SecondaryUnitStatus registry."""
