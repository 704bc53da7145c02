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

from rtcc_sitl.air_traffic import TrafficTable, traffic_faults
from rtcc_sitl.autopilot_name import AutopilotName
from rtcc_sitl.faults import EVERYBODY, FaultError
from rtcc_sitl.faults import parse as parse_fault
from rtcc_sitl.objectives import Objective, calls_of, drones_of
from rtcc_sitl.scenario_tables import (
    CallTable,
    City,
    DroneTable,
    FaultTable,
    FlyingTable,
    Name,
    OperatorTable,
    PersonTable,
    Positive,
    RawTable,
    SiteTable,
    Table,
    VolumeTable,
    Where,
    WindZoneTable,
)

SUFFIX = ".toml"
LARGEST_FILE_BYTES = 1_000_000
FARTHEST_M = 60_000.0
"""The geometry of the house is a local one (domain.geo): nothing lies further from the centre than this."""


class ScenarioError(ValueError):
    """A scenario cannot be used; the message names the file, the key and the remedy."""


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
    fault: tuple[FaultTable, ...] = ()
    volume: tuple[VolumeTable, ...] = ()
    wind_zone: tuple[WindZoneTable, ...] = ()
    traffic: tuple[TrafficTable, ...] = ()
    objective: tuple[Objective, ...] = ()

    @property
    def ends_at_s(self) -> float:
        """Drill seconds from the start to the last thing on the timeline."""
        moments = [0.0, *(raw.at_s for raw in self.raw), *(fault.at_s for fault in self.fault)]
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
        *_fault_faults(scenario),
        *traffic_faults(scenario.traffic, farthest_m=FARTHEST_M),
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
    winds: list[tuple[str, City | WindZoneTable]] = [("city", scenario.city)]
    winds += [(f"wind_zone[{i}]", zone) for i, zone in enumerate(scenario.wind_zone)]
    for key, wind in winds:
        if wind.gust_m_s is not None and wind.gust_m_s < wind.wind_speed_m_s:
            what = "gusts are below the wind; raise it to wind_speed_m_s or leave it out"
            faults.append(f"{key}.gust_m_s: {what}")
    return faults


def _fault_faults(scenario: Scenario) -> list[str]:
    faults = []
    callsigns = [drone.callsign for drone in scenario.drone]
    for index, table in enumerate(scenario.fault):
        if table.drone not in (*callsigns, EVERYBODY):
            others = ", ".join(callsigns)
            faults.append(f"fault[{index}].drone: no drone {table.drone!r}; drones: {others}, or {EVERYBODY}")
        if table.flying_s is not None and table.drone == EVERYBODY:
            faults.append(f"fault[{index}].flying_s: {EVERYBODY} do not fly as one; name a drone")
        if table.after_s is not None and not any(
            other.drone == table.drone and other.at_s <= table.at_s for other in scenario.fault[:index]
        ):
            faults.append(f"fault[{index}].after_s: no fault of {table.drone} comes before it; leave it out")
        try:
            parse_fault(table.fault, table.words)
        except FaultError as error:
            faults.append(f"fault[{index}]: {error}")
    return faults


def _repeated(table: str, key: str, values: list[str] | list[int]) -> list[str]:
    twice = sorted({str(value) for value in values if list(values).count(value) > 1})
    return [f"{table}.{key}: {value} is used twice; give each its own" for value in twice]


def _place_faults(scenario: Scenario) -> list[str]:
    faults = []
    places: list[tuple[str, Where]] = [(f"site[{i}]", site) for i, site in enumerate(scenario.site)]
    places += [(f"wind_zone[{i}]", zone) for i, zone in enumerate(scenario.wind_zone)]
    places += [(f"call[{i}]", call) for i, call in enumerate(scenario.call)]
    for key, where in places:
        if where.fault:
            faults.append(f"{key}: {where.fault}")
        elif where.is_nowhere and not isinstance(where, CallTable):
            what = "a site" if isinstance(where, SiteTable) else "a zone"
            faults.append(f"{key}: {what} needs a place; add `north_m` and `east_m`")
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
