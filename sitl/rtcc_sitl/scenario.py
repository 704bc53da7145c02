"""A scenario: a city, its launch sites, aircraft and people, what CAD will say and when, and what is
to be reached. Written as TOML, read strictly, laid out on the ground by `layout`.

Every place is given in metres north and east of the city's centre or as latitude and longitude; both end
as an offset from the centre, so the same scenario can be laid around the homes of real aircraft.
"""

from __future__ import annotations

import math
from importlib import resources
from pathlib import Path
from typing import Annotated

import msgspec

from rtcc_core.domain.people import Role
from rtcc_sitl.autopilot_name import AutopilotName
from rtcc_sitl.objectives import Objective, calls_of, drones_of

Positive = Annotated[float, msgspec.Meta(gt=0)]
NotNegative = Annotated[float, msgspec.Meta(ge=0)]
Fraction = Annotated[float, msgspec.Meta(ge=0, le=1)]
Latitude = Annotated[float, msgspec.Meta(ge=-90, le=90)]
Longitude = Annotated[float, msgspec.Meta(ge=-180, le=180)]
Bearing = Annotated[float, msgspec.Meta(ge=0, le=360)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
SiteName = Annotated[str, msgspec.Meta(pattern=r"^\S(.{0,20}\S)?$")]
Callsign = Annotated[
    str, msgspec.Meta(pattern=r"^(?=.*[A-Za-z])[A-Za-z0-9](?:[A-Za-z0-9-]{0,6}[A-Za-z0-9])?$")
]
"""As agency.toml wants them: what people type, never to be taken for a call's number."""

SUFFIX = ".toml"
LARGEST_FILE_BYTES = 1_000_000
FARTHEST_M = 60_000.0
"""The geometry of the house is a local one (domain.geo): nothing lies further from the centre than this."""


class ScenarioError(ValueError):
    """A scenario cannot be used; the message names the file, the key and the remedy."""


class Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of every table of a scenario file: an unknown key is an error."""


class Where(Table, frozen=True, kw_only=True):
    """A place: metres from the city's centre, or latitude and longitude; neither where none is known."""

    north_m: float | None = None
    east_m: float | None = None
    latitude_deg: Latitude | None = None
    longitude_deg: Longitude | None = None

    @property
    def is_offset(self) -> bool:
        return self.north_m is not None and self.east_m is not None

    @property
    def is_geographic(self) -> bool:
        return self.latitude_deg is not None and self.longitude_deg is not None

    @property
    def is_nowhere(self) -> bool:
        given = (self.north_m, self.east_m, self.latitude_deg, self.longitude_deg)
        return all(value is None for value in given)

    @property
    def fault(self) -> str:
        """What is wrong with it, in words; empty when nothing is."""
        if self.is_nowhere or (self.is_offset != self.is_geographic and self._is_pure):
            return ""
        return "give `north_m` and `east_m`, or `latitude_deg` and `longitude_deg`, not a part of each"

    @property
    def _is_pure(self) -> bool:
        metres, degrees = (self.north_m, self.east_m), (self.latitude_deg, self.longitude_deg)
        return all(v is None for v in metres) or all(v is None for v in degrees)


class City(Table, frozen=True, kw_only=True):
    """`[city]`: where the scenario lies and what the wind does there."""

    name: Name
    latitude_deg: Latitude
    longitude_deg: Longitude
    ground_amsl_m: float = 0.0
    wind_speed_m_s: NotNegative = 0.0
    wind_from_deg: Bearing = 0.0
    gust_m_s: NotNegative | None = None


class SiteTable(Where, frozen=True, kw_only=True):
    """`[[site]]`: a launch site."""

    name: SiteName


class DroneTable(Table, frozen=True, kw_only=True):
    """`[[drone]]`: an aircraft, where it stands and what it can do."""

    callsign: Callsign
    site: Name
    sysid: Annotated[int, msgspec.Meta(ge=1, le=254)] | None = None
    """MAVLink system id; left out, the aircraft are numbered from 1 in the order of the file."""
    battery: Fraction = 1.0
    """Charge at the start of the drill, 0 … 1."""
    cruise_speed_m_s: Positive = 15.0
    climb_speed_m_s: Positive = 4.0
    descent_speed_m_s: Positive = 2.0
    endurance_min: Positive = 30.0
    max_wind_m_s: Positive = 12.0
    max_range_m: Positive = 5_000.0
    autopilot: AutopilotName = "px4"
    """Whose manners the simulated aircraft has."""


class PersonTable(Table, frozen=True, kw_only=True):
    """`[[person]]`: somebody on shift. Whoever runs the drill plays the first one."""

    name: Name
    role: Role


class NoteTable(Table, frozen=True, kw_only=True):
    """`[[call.note]]`: a remark that CAD adds `after_s` drill seconds after the call came in."""

    after_s: NotNegative
    text: str
    author: str = ""


class CallTable(Where, frozen=True, kw_only=True):
    """`[[call]]`: a call for service. Without a place it comes with its civic address only."""

    number: Name
    at_s: NotNegative
    """Drill seconds after the start."""
    type_text: Name
    type_code: str = ""
    priority: Annotated[int, msgspec.Meta(ge=1, le=5)] | None = None
    address: str = ""
    uncertainty_m: Positive | None = None
    beat: str = ""
    note: tuple[NoteTable, ...] = ()
    closes_after_s: NotNegative | None = None
    """Drill seconds after it came in at which CAD closes it; left out, it stays open."""


class RawTable(Table, frozen=True, kw_only=True):
    """`[[raw]]`: a text frame that CAD sends as it stands, however broken it is."""

    at_s: NotNegative
    text: str


class FlyingTable(Table, frozen=True, kw_only=True):
    """`[flying]`: the agency's policy figures where the scenario wants other than the usual ones."""

    transit_height_m: Positive = 60.0
    overwatch_height_m: Positive = 60.0
    orbit_radius_m: Positive = 40.0
    battery_reserve: Fraction = 0.2


class OperatorTable(Table, frozen=True, kw_only=True):
    """`[operator]`: how the automatic operator of a headless drill works."""

    stay_on_scene_s: NotNegative = 45.0
    """Drill seconds an aircraft is kept over its call before it is sent home."""


class Scenario(Table, frozen=True, kw_only=True):
    """A whole scenario file."""

    name: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
    title: Name
    story: str = ""
    time_limit_s: Positive = 1_200.0
    """Drill seconds from the start after which a headless drill ends whatever was reached."""
    city: City
    site: tuple[SiteTable, ...]
    drone: tuple[DroneTable, ...]
    person: tuple[PersonTable, ...]
    flying: FlyingTable = FlyingTable()
    operator: OperatorTable = OperatorTable()
    call: tuple[CallTable, ...] = ()
    raw: tuple[RawTable, ...] = ()
    objective: tuple[Objective, ...] = ()

    @property
    def ends_at_s(self) -> float:
        """Drill seconds from the start to the last thing on the timeline."""
        moments = [0.0, *(raw.at_s for raw in self.raw)]
        for call in self.call:
            later = (call.closes_after_s or 0.0, *(note.after_s for note in call.note))
            moments.append(call.at_s + max(later))
        return max(moments)


def shipped() -> list[str]:
    """Names of the scenarios that come with the product."""
    folder = resources.files("rtcc_sitl") / "scenarios"
    return sorted(
        entry.name.removesuffix(SUFFIX) for entry in folder.iterdir() if entry.name.endswith(SUFFIX)
    )


def load(name_or_path: str) -> Scenario:
    """Read a shipped scenario by name or any other by its path. Raises ScenarioError."""
    if "/" in name_or_path or name_or_path.endswith(SUFFIX):
        return _read_file(Path(name_or_path))
    if name_or_path not in shipped():
        raise ScenarioError(
            f"there is no scenario {name_or_path!r}: choose one of {', '.join(shipped())}, "
            f"or give the path of a {SUFFIX} file"
        )
    text = (resources.files("rtcc_sitl") / "scenarios" / f"{name_or_path}{SUFFIX}").read_text("utf-8")
    return parse(text, source=name_or_path)


def _read_file(path: Path) -> Scenario:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE_BYTES + 1)
    except OSError as error:
        raise ScenarioError(f"{path} cannot be read: {error.strerror}; check the path") from error
    if len(content) > LARGEST_FILE_BYTES:
        raise ScenarioError(f"{path} is larger than {LARGEST_FILE_BYTES} bytes; that is no scenario")
    try:
        return parse(content.decode("utf-8"), source=str(path))
    except UnicodeDecodeError as error:
        raise ScenarioError(f"{path} is not UTF-8 text; save it as UTF-8") from error


def parse(text: str, *, source: str = "scenario") -> Scenario:
    """Read a scenario from TOML text. Raises ScenarioError with every fault found."""
    try:
        scenario = msgspec.toml.decode(text, type=Scenario)
    except msgspec.ValidationError as error:
        raise ScenarioError(f"{source}: {_in_words(str(error))}") from error
    except msgspec.DecodeError as error:
        raise ScenarioError(f"{source} is not TOML: {error}; correct the line and try again") from error
    faults = _faults(scenario)
    if faults:
        raise ScenarioError("\n".join(f"{source}: {fault}" for fault in faults))
    return scenario


# --- what is wrong, in words ------------------------------------------------------------------------


def _in_words(message: str) -> str:
    """`Expected `float`, got `str` - at `$.drone[0].battery`` with the key in front and a remedy behind."""
    what, _, where = message.partition(" - at `$")
    key = where.strip("`").lstrip(".") or "the file"
    if "unknown field" in what:
        return f"{key}: {what}; remove it or correct its spelling"
    if "missing required field" in what:
        return f"{key}: {what}; add it"
    return f"{key}: {what}; correct the value"


def _faults(scenario: Scenario) -> list[str]:
    return [
        *_roster_faults(scenario),
        *_place_faults(scenario),
        *_objective_faults(scenario),
    ]


def _roster_faults(scenario: Scenario) -> list[str]:
    faults = [
        f"{key}: there is none; add a [[{key}]] table"
        for key in ("site", "drone", "person")
        if not getattr(scenario, key)
    ]
    faults += _repeated("site", "name", [site.name for site in scenario.site])
    faults += _repeated("drone", "callsign", [drone.callsign for drone in scenario.drone])
    faults += _repeated("drone", "sysid", sysids(scenario))
    faults += _repeated("person", "name", [person.name for person in scenario.person])
    faults += _repeated("call", "number", [call.number for call in scenario.call])
    names = [site.name for site in scenario.site]
    for index, drone in enumerate(scenario.drone):
        if drone.site not in names:
            faults.append(f"drone[{index}].site: no site is called {drone.site!r}; sites: {', '.join(names)}")
    gust_m_s = scenario.city.gust_m_s
    if gust_m_s is not None and gust_m_s < scenario.city.wind_speed_m_s:
        faults.append("city.gust_m_s: gusts are below the wind; raise it to wind_speed_m_s or leave it out")
    return faults


def _repeated(table: str, key: str, values: list[str] | list[int]) -> list[str]:
    twice = sorted({str(value) for value in values if list(values).count(value) > 1})
    return [f"{table}.{key}: {value} is used twice; give each its own" for value in twice]


def _place_faults(scenario: Scenario) -> list[str]:
    faults = []
    places: list[tuple[str, Where]] = [(f"site[{i}]", site) for i, site in enumerate(scenario.site)]
    places += [(f"call[{i}]", call) for i, call in enumerate(scenario.call)]
    for key, where in places:
        if where.fault:
            faults.append(f"{key}: {where.fault}")
        elif where.is_nowhere and isinstance(where, SiteTable):
            faults.append(f"{key}: a site needs a place; add `north_m` and `east_m`")
        elif where.is_offset and not math.hypot(where.north_m or 0, where.east_m or 0) < FARTHEST_M:
            faults.append(f"{key}: further than {FARTHEST_M / 1000:.0f} km from the centre; move it nearer")
    for index, call in enumerate(scenario.call):
        if call.is_nowhere and not call.address:
            faults.append(f"call[{index}]: has neither a place nor an address; add `address` at least")
    return faults


def _objective_faults(scenario: Scenario) -> list[str]:
    faults: list[str] = []
    calls = [call.number for call in scenario.call]
    drones = [drone.callsign for drone in scenario.drone]
    for index, objective in enumerate(scenario.objective):
        faults += [
            f"objective[{index}].call: no call {number!r}; calls: {', '.join(calls)}"
            for number in calls_of(objective)
            if number not in calls
        ]
        faults += [
            f"objective[{index}]: no drone {callsign!r}; drones: {', '.join(drones)}"
            for callsign in drones_of(objective)
            if callsign not in drones
        ]
    return faults


def flown_by(scenario: Scenario, autopilot: AutopilotName | None) -> Scenario:
    """The scenario with every simulated aircraft flown by this autopilot; None leaves each its own."""
    if autopilot is None:
        return scenario
    drones = tuple(msgspec.structs.replace(drone, autopilot=autopilot) for drone in scenario.drone)
    return msgspec.structs.replace(scenario, drone=drones)


def sysids(scenario: Scenario) -> list[int]:
    """MAVLink system ids of the scenario's aircraft, in the order of the file."""
    return [drone.sysid or number for number, drone in enumerate(scenario.drone, start=1)]
