"""agency.toml as frozen values: read once at the start, checked whole, every problem told at once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path

import msgspec

from rtcc_core.domain.airspace import SourceKind
from rtcc_core.domain.call import HOUSE_FEED
from rtcc_core.domain.drone import Drone, Site
from rtcc_core.domain.geo import LatLon, distance_m
from rtcc_core.domain.people import NO_UID, Person
from rtcc_core.domain.programme import Programme
from rtcc_core.settings_assets import AssetTable
from rtcc_core.settings_cad import CadFeed as CadFeed
from rtcc_core.settings_cad import check_feeds, check_zone
from rtcc_core.settings_check import Problem, Problems, check_table, nearest, shown
from rtcc_core.settings_console import check_console, renames_of
from rtcc_core.settings_fields import SECTIONS
from rtcc_core.settings_kinds import Kind, Section
from rtcc_core.settings_lines import Place, locate
from rtcc_core.settings_notifier import NotifierSettings, check_notifier
from rtcc_core.settings_people import UnknownPerson, complete_person
from rtcc_core.settings_push import Listener, TicketsCadServer, Webhook, check_push
from rtcc_core.settings_streets import StreetTable
from rtcc_core.settings_tak import TakServer
from rtcc_core.settings_traffic import TrafficReceiver, check_receivers

SITE_MAX_FROM_CENTRE_M = 300_000.0
"""A site further than this from the agency's centre is a typing error, not a launch site."""

RESERVED_CALLSIGNS = frozenset(
    {
        "launch", "send", "hold", "hover", "stop", "rtl", "rtb", "return", "home", "recall", "land", "take",
        "claim", "release", "note", "ack", "acknowledge", "wind", "help", "quit", "exit", "relief",
        "relieve", "divert", "orbit", "circle", "move", "goto", "height", "raise", "lower", "face",
        "line", "follow", "aim", "camera", "record", "accept", "yes", "decline", "no", "request", "ask",
        "give", "handover", "takeover", "shift", "lost", "down", "ground", "inservice", "service", "calls",
        "fleet", "alarms", "suggestions", "cut", "os", "override", "because", "core", "none", "all",
        "with", "by", "to", "at", "on", "off", "cw", "ccw", "radius", "speed", "scene", "level", "ahead",
        "n", "ne", "e", "se", "s", "sw", "w", "nw", "new", "open", "place", "confirm", "merge", "into",
        "split", "close", "call", "alerts", "attach", "dismiss", "near", "cameras", "feeds", "cad",
        "dispatch", "flight", "sites", "air", "people", "drill", "sort", "filter", "only",
        "shelve", "unshelve", "over", "journal", "log", "replay", "rewind", "map", "tiles", "weather",
        "airspace", "lock", "theme", "glyphs", "?",
    }
)  # fmt: skip
"""Words of the command line, today's and the planned ones; a callsign must not be one."""


class AirspaceFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file that says where to fly and where not."""

    kind: SourceKind
    file: Path


class DrillTime(msgspec.Struct, frozen=True, kw_only=True):
    """A drill's clock: `started_at_drill + (now - started_at_wall) * speed`."""

    speed: float = 1.0
    started_at_wall: datetime | None = None
    """None: when the core starts."""
    started_at_drill: datetime | None = None
    """None: the same moment as `started_at_wall`."""
    note: Path | None = None
    """Where whoever runs it writes down how it stands (`domain.drill_note`)."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything agency.toml says."""

    programme: Programme
    sites: tuple[Site, ...]
    drones: tuple[Drone, ...]
    people: tuple[Person, ...]
    cad: tuple[CadFeed, ...] = ()
    time_zone: str = "UTC"
    """Name in the time zone database; for times that come without a zone."""
    notifier: NotifierSettings | None = None
    """Who may subscribe to us; None: nobody."""
    listener: Listener | None = None
    """None: nobody can push to us."""
    webhooks: tuple[Webhook, ...] = ()
    ticketscad: tuple[TicketsCadServer, ...] = ()
    connection: str
    """Where the aircraft's MAVLink arrives: `udpin://127.0.0.1:14550`."""
    weather_file: Path | None = None
    traffic: tuple[TrafficReceiver, ...] = ()
    airspace: tuple[AirspaceFile, ...] = ()
    tak: TakServer | None = None
    """None: nobody in the field is told."""
    streets: tuple[StreetTable, ...] = ()
    assets: tuple[AssetTable, ...] = ()
    map_file: Path | None = None
    """None: the lines of the street files are the map."""
    console_socket: Path | None = None
    """None: in the state directory."""
    console_group: str | None = None
    """Unix group whose members may connect; None: the core's own."""
    pin_file: Path | None = None
    """PINs that unlock screens; None: only a new login unlocks one."""
    journal_path: Path | None = None
    """None: `journal.db` in the state directory."""
    drill: DrillTime | None = None
    """None where aircraft and calls are real."""


class SettingsError(Exception):
    """The file cannot be used; `problems` names every line, key and remedy."""

    def __init__(self, path: Path, problems: tuple[Problem, ...]) -> None:
        self.path = path
        self.problems = problems
        super().__init__("\n".join(f"{path.name}, {problem}" for problem in problems))


def read_settings(path: Path, *, has_accounts: bool = True) -> Settings:
    """Read and check agency.toml. Paths in it are relative to its own folder. Raises SettingsError.

    `has_accounts` False: accounts and the consoles' group may still have to be made, and whoever has no
    account here has NO_UID.
    """
    try:
        text = path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        what = f"cannot be read: {getattr(error, 'strerror', None) or error}"
        remedy = "Name another file, or make one: rtcc settings example > agency.toml"
        raise SettingsError(path, (Problem(line=1, key=str(path), what=what, remedy=remedy),)) from error
    return parse_settings(text, path, has_accounts=has_accounts)


def parse_settings(text: str, path: Path, *, has_accounts: bool = True) -> Settings:
    """As `read_settings`, of a text that was read already."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(path, (_syntax_problem(str(error), text),)) from error
    reading = _Reading(text, path, has_accounts=has_accounts)
    reading.tables(raw)
    reading.cross_checks()
    if reading.problems.found:
        raise SettingsError(path, reading.problems.in_order())
    return reading.settings()


def _syntax_problem(words: str, text: str) -> Problem:
    found = re.search(r"\(at line (\d+), column (\d+)\)", words)
    line = int(found[1]) if found else len(text.splitlines())
    remedy = "Text stands in double quotes, numbers stand bare, one key = value on a line"
    if "overwrite" in words or "twice" in words:
        remedy = "Each key stands once in a table; several drones are several [[drone]] tables"
    what = words.partition(" (at ")[0]
    return Problem(line=max(1, line), key="TOML", what=f"is not written as TOML: {what}", remedy=remedy)


class _Reading:
    """One pass over the file: what is right so far, and what is not."""

    def __init__(self, text: str, path: Path, *, has_accounts: bool) -> None:
        self._folder = path.absolute().parent
        self._has_accounts = has_accounts
        self.problems = Problems(locate(text))
        self._single: dict[str, dict[str, object]] = {}
        self._many: dict[str, list[dict[str, object]]] = {}

    def tables(self, raw: Mapping[str, object]) -> None:
        known = {section.name: section for section in SECTIONS}
        for name, value in raw.items():
            if name in known:
                self._section(known[name], value)
                continue
            near = nearest(name, known)
            remedy = f"Did you mean {known[near].title}?" if near else f"There are: {_titles()}"
            self.problems.add((name,), f"[{shown(name)[1:-1]}]", "there is no such table or key", remedy)
        for name in ("agency", "fleet", "site", "drone", "person"):
            if name not in raw:
                title = known[name].title
                self.problems.add((), title, "is missing", f"Add it; `rtcc settings example` shows a {title}")

    def _section(self, section: Section, value: object) -> None:
        tables = value if isinstance(value, list) else [value]
        if isinstance(value, list) is not section.is_many or not all(isinstance(t, dict) for t in tables):
            why = "it can stand several times" if section.is_many else "it stands once"
            self.problems.add(
                (section.name,), section.name, "has the wrong brackets", f"Write {section.title}: {why}"
            )
            tables = [table for table in tables if isinstance(table, dict)]
        for index, table in enumerate(tables):
            place: Place = (section.name, index) if section.is_many else (section.name,)
            right = check_table(section, table, place, self.problems)
            for field in section.fields:
                if field.kind is Kind.PATH and field.key in right:
                    right[field.key] = self._folder / Path(str(right[field.key])).expanduser()
            if section.is_many:
                self._many.setdefault(section.name, []).append(right)
            else:
                self._single[section.name] = right

    def cross_checks(self) -> None:
        """What one table must know of another."""
        self._people()
        for name, key in (
            ("cad", "name"), ("webhook", "name"), ("webhook", "path"), ("ticketscad", "name"),
            ("traffic", "name"), ("site", "name"), ("drone", "callsign"), ("drone", "sysid"),
            ("person", "account"), ("person", "uid"),
        ):  # fmt: skip
            self._no_twins(name, key)
        self._drones()
        self._positions()
        callsigns = tuple(str(table.get("callsign", "")) for _, table in self._each("drone"))
        check_console(self._single.get("console", {}), callsigns, self.problems, has_group=self._has_accounts)
        check_feeds(self._each("cad"), self.problems)
        feeds = [
            table.get("name") for kind in ("cad", "webhook", "ticketscad") for _, table in self._each(kind)
        ]
        check_notifier(self._single.get("notifier"), [*feeds, HOUSE_FEED], self.problems)
        check_zone(self._single.get("agency", {}), self.problems)
        check_receivers(self._each("traffic"), self.problems)
        check_push(
            self._single.get("listener"),
            webhooks=self._each("webhook"),
            ticketscad=self._each("ticketscad"),
            cad=self._each("cad"),
            problems=self.problems,
        )

    def _each(self, name: str) -> Iterable[tuple[Place, dict[str, object]]]:
        return (((name, index), table) for index, table in enumerate(self._many.get(name, [])))

    def _no_twins(self, name: str, key: str) -> None:
        seen: dict[str, Place] = {}
        for place, table in self._each(name):
            if key not in table:
                continue
            folded = str(table[key]).casefold()
            if folded in seen:
                first = self.problems.line(seen[folded])
                self.problems.add(
                    (*place, key), f"[[{name}]] {key}", f"{shown(table[key])} stands in line {first} already",
                    f"No two may have the same {key}",
                )  # fmt: skip
            seen.setdefault(folded, (*place, key))

    def _drones(self) -> None:
        sites = [str(table["name"]) for _, table in self._each("site") if "name" in table]
        for place, table in self._each("drone"):
            callsign, site = str(table.get("callsign", "")), table.get("site")
            if callsign.casefold() in RESERVED_CALLSIGNS:
                self.problems.add(
                    (*place, "callsign"), "[[drone]] callsign",
                    f"{shown(callsign)} is a word of the command line",
                    'Choose another, such as "D1"',
                )  # fmt: skip
            if site is not None and site not in sites:
                near = nearest(str(site), sites)
                remedy = f'Did you mean "{near}"?' if near else "Add a [[site]] of that name"
                have = (
                    f". There are: {', '.join(shown(each) for each in sites)}" if sites and not near else ""
                )
                self.problems.add(
                    (*place, "site"), "[[drone]] site", f"there is no site {shown(site)}", remedy + have
                )

    def _people(self) -> None:
        for place, table in self._each("person"):
            try:
                table.update(complete_person(table, has_account=self._has_accounts))
            except UnknownPerson as unknown:
                self.problems.add(
                    (*place, unknown.key), f"[[person]] {unknown.key}", unknown.what, unknown.remedy
                )

    def _positions(self) -> None:
        agency = self._single.get("agency", {})
        if ("centre_latitude" in agency) is not ("centre_longitude" in agency):
            self.problems.add(
                ("agency",),
                "[agency] centre",
                "has one coordinate only",
                "Give centre_latitude and centre_longitude",
            )
        centre = _position(agency, "centre_latitude", "centre_longitude")
        for place, table in self._each("site"):
            site = _position(table, "latitude", "longitude")
            if site is None:
                continue
            if site.is_null_island:
                self.problems.add(
                    (*place, "latitude"),
                    "[[site]] latitude",
                    "0, 0 is no place on land",
                    "Give the pad's own position",
                )
            elif centre is not None and distance_m(site, centre) > SITE_MAX_FROM_CENTRE_M:
                away_km = distance_m(site, centre) / 1_000
                self.problems.add(
                    (*place, "latitude"), "[[site]] latitude",
                    f"the site is {away_km:,.0f} km from the agency's centre",
                    "Are latitude and longitude swapped, or a sign lost? West and south are negative",
                )  # fmt: skip

    def settings(self) -> Settings:
        """The values; only after every check has passed."""
        fleet, drill = dict(self._single["fleet"]), self._single.get("drill")
        console, weather = self._single.get("console", {}), self._single.get("weather", {})
        everything = {
            "programme": self._programme(fleet),
            "sites": [
                {key: value for key, value in site.items() if key not in ("latitude", "longitude")}
                | {"position": _position(site, "latitude", "longitude")}
                for site in self._many["site"]
            ],
            "drones": self._many["drone"],
            "people": [{"uid": NO_UID, **person} for person in self._many["person"]],
            "cad": self._many.get("cad", []),
            "time_zone": self._single["agency"].get("time_zone", "UTC"),
            "notifier": self._single.get("notifier"),
            "listener": self._single.get("listener"),
            "webhooks": self._many.get("webhook", []),
            "ticketscad": self._many.get("ticketscad", []),
            "connection": fleet["connection"],
            "weather_file": weather.get("file"),
            "traffic": self._many.get("traffic", []),
            "airspace": self._many.get("airspace", []),
            "streets": self._many.get("streets", []),
            "assets": self._many.get("assets", []),
            "map_file": self._single.get("map", {}).get("file"),
            "console_socket": console.get("socket"),
            "console_group": console.get("group"),
            "pin_file": console.get("pins"),
            "tak": self._single.get("tak"),
            "journal_path": self._single.get("journal", {}).get("path"),
            "drill": drill,
        }
        return msgspec.convert(everything, Settings, builtin_types=(date, datetime))

    def _programme(self, fleet: dict[str, object]) -> dict[str, object]:
        agency, drill = dict(self._single["agency"]), self._single.get("drill")
        programme = {key: value for key, value in fleet.items() if key != "connection"}
        programme |= self._single.get("rules", {})
        programme["requires_airspace"] = bool(self._many.get("airspace"))
        programme["agency"] = agency["name"]
        programme["element"] = self._single.get("notifier", {}).get("element", "")
        if (lock_min := self._single.get("console", {}).get("lock_after_min")) is not None:
            programme["lock_after_min"] = lock_min
        if (units := self._single.get("console", {}).get("units")) is not None:
            programme["units"] = units
        programme["renames"] = renames_of(self._single.get("console", {}))
        programme["centre"] = _position(agency, "centre_latitude", "centre_longitude")
        programme |= {key: agency[key] for key in ("policy",) if key in agency}
        if drill is not None:
            programme |= {"is_drill": True, "drill_speed": drill.get("speed", 1.0)}
        weather = self._single.get("weather", {})
        if "valid_min" in weather:
            programme["weather_valid_min"] = weather["valid_min"]
        return programme


def _titles() -> str:
    return ", ".join(section.title for section in SECTIONS)


def _position(table: Mapping[str, object], latitude: str, longitude: str) -> LatLon | None:
    values = table.get(latitude), table.get(longitude)
    if isinstance(values[0], int | float) and isinstance(values[1], int | float):
        return LatLon(float(values[0]), float(values[1]))
    return None
