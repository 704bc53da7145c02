"""The tables of a scenario file, each with what may stand in it.

Every place is given in metres north and east of the city's centre or as latitude and longitude.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from rtcc_core.domain.people import Role
from rtcc_core.domain.suggestions import SuggestionKind
from rtcc_sitl.autopilot_name import AutopilotName

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
    wind_shear: Annotated[float, msgspec.Meta(ge=0, le=0.6)] = 0.0
    """How the wind grows with height: its exponent over the mast's 10 m; 0.15 open land, 0.3 a town."""
    wind_variation: Fraction = 0.0
    """By what share it swings with place and time, 0 … 1."""


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
    gimbal: bool = True
    camera: bool = True
    """What the simulated aircraft carries."""
    has_orbit: bool = True
    """False: DO_ORBIT is answered with "unsupported"; the core must fly the circle itself."""


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
    aircraft_per_person: Annotated[int, msgspec.Meta(ge=1, le=4)] = 1
    """How many aircraft one person may control at once."""


class OperatorTable(Table, frozen=True, kw_only=True):
    """`[operator]`: how the automatic operator of a headless drill works."""

    stay_on_scene_s: NotNegative = 45.0
    """Drill seconds an aircraft is kept over its call before it is sent home."""
    takes_up: tuple[SuggestionKind, ...] = tuple(
        kind for kind in SuggestionKind if kind not in (SuggestionKind.CONTROL, SuggestionKind.DIVERT)
    )
    """Which suggestions of the house it accepts; the others it leaves alone."""
    goes_again: bool = True
    """Whether it sends another aircraft to a call that one was over and left before its time."""


class VolumeTable(Table, frozen=True, kw_only=True):
    """`[[volume]]`: a fence to stay in or a keep-out to fly around; the drill's core gets it as a file."""

    name: Name
    kind: Literal["fence", "keep-out"]
    corners: Annotated[tuple[tuple[float, float], ...], msgspec.Meta(min_length=3)]
    """Metres north and east of the city's centre, in order round the edge."""
    floor_m_agl: NotNegative | None = None
    ceiling_m_agl: Positive | None = None


class WindZoneTable(Where, frozen=True, kw_only=True):
    """`[[wind_zone]]`: a circle with a wind of its own, at every height; it fades out at its edge."""

    radius_m: Positive
    wind_speed_m_s: NotNegative
    wind_from_deg: Bearing
    gust_m_s: NotNegative | None = None


class FaultTable(Table, frozen=True, kw_only=True):
    """`[[fault]]`: something goes wrong with an aircraft; the same words as `rtcc sitl fault` takes."""

    at_s: NotNegative
    """Drill seconds after the start; not before this where it waits for one of the next two as well."""
    drone: Name
    """A callsign, or `all`."""
    fault: Name
    args: tuple[str | float | int, ...] = ()
    flying_s: NotNegative | None = None
    """It also waits until the aircraft has been in the air for so many seconds of its own."""
    after_s: NotNegative | None = None
    """It also waits until so many seconds after the fault of this aircraft that stands before it."""

    @property
    def is_bound(self) -> bool:
        """True where it waits for more than the drill's clock."""
        return self.flying_s is not None or self.after_s is not None

    @property
    def words(self) -> tuple[str, ...]:
        """Its arguments as they are typed."""
        return tuple(f"{arg:g}" if isinstance(arg, float) else str(arg) for arg in self.args)
