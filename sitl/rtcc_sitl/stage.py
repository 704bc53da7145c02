"""Where a drill takes place: its directory, its socket, and the agency.toml its core starts with."""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import re
import shutil
import socket
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import msgspec

from rtcc_sitl.control_door import DOOR_NAME
from rtcc_sitl.layout import Layout, Pad
from rtcc_sitl.timeline import FEED

JOURNAL_NAME = "journal.db"
SETTINGS_NAME = "agency.toml"
WEATHER_NAME = "wind.json"
AIRCRAFT_NAME = "aircraft.json"
AIRSPACE_NAME = "airspace.geojson"
STREETS_NAME = "streets.geojson"
NOTE_NAME = "drill.json"
LONGEST_SOCKET_PATH = 100
"""Bytes; the kernel allows 107."""
FIRST_STRANGER_UID = 4_294_000_000
"""The scenario's other people get user ids that no machine gives out."""


class StageError(Exception):
    """The drill cannot be set up; the message says why and what to do."""


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """The paths of one drill."""

    directory: Path
    socket_path: Path
    is_kept: bool
    """False for a directory that goes with the drill."""

    @property
    def journal(self) -> Path:
        return self.directory / JOURNAL_NAME

    @property
    def settings(self) -> Path:
        return self.directory / SETTINGS_NAME

    @property
    def weather(self) -> Path:
        return self.directory / WEATHER_NAME

    @property
    def airspace(self) -> Path:
        return self.directory / AIRSPACE_NAME

    @property
    def streets(self) -> Path:
        return self.directory / STREETS_NAME

    @property
    def note(self) -> Path:
        """How the drill stands, for the drill screen."""
        return self.directory / NOTE_NAME

    @property
    def aircraft(self) -> Path:
        """What the drill's ADS-B decoder hears."""
        return self.directory / AIRCRAFT_NAME

    @property
    def control_door(self) -> Path:
        """Where the world hears what is to go wrong."""
        return self.socket_path.with_name(DOOR_NAME)

    def log(self, name: str) -> Path:
        return self.directory / f"{name}.log"


@contextlib.contextmanager
def open_stage(state_dir: Path | None, *, label: str) -> Iterator[Stage]:
    """A directory for one drill, and what is to go with the drill removed at the end.

    With `state_dir` everything but the socket stays there. Without one the drill keeps its records under
    `~/.local/state/rtcc/drills` (XDG_STATE_HOME), or nowhere where that cannot be written. Raises StageError.
    """
    directory, is_kept = _directory(state_dir, label)
    socket_home = None
    socket_path = directory / "console.sock"
    try:
        if len(os.fsencode(socket_path)) > LONGEST_SOCKET_PATH:
            socket_home = Path(tempfile.mkdtemp(prefix="rtcc-"))
            socket_path = socket_home / "console.sock"
            _point_to(socket_home / DOOR_NAME, directory / DOOR_NAME)
        yield Stage(directory=directory, socket_path=socket_path, is_kept=is_kept)
    finally:
        for left_behind in (socket_path, directory / DOOR_NAME):  # by a core or a world that was killed
            with contextlib.suppress(OSError):
                left_behind.unlink()
        for gone in (socket_home, None if is_kept else directory):
            if gone is not None:
                shutil.rmtree(gone, ignore_errors=True)


def _directory(state_dir: Path | None, label: str) -> tuple[Path, bool]:
    if state_dir is not None:
        directory = state_dir.absolute()
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise StageError(f"{directory} cannot be used: {error.strerror}; choose another") from error
        if (directory / JOURNAL_NAME).exists():
            raise StageError(
                f"{directory} already holds a journal; a drill begins with an empty one: "
                "choose another directory or move that journal away"
            )
        return directory, True
    with contextlib.suppress(OSError, RuntimeError):
        drills = drills_folder()
        drills.mkdir(mode=0o700, parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix=f"{label}-", dir=drills)), True
    return Path(tempfile.mkdtemp(prefix="rtcc-drill-")), False


def drills_folder() -> Path:
    """Where drills keep their records when nobody says where. Raises RuntimeError for who has no home."""
    home = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    return home / "rtcc" / "drills"


def _point_to(target: Path, link: Path) -> None:
    """A symbolic link, in the place of one that an earlier drill left."""
    with contextlib.suppress(OSError):
        link.unlink()
    with contextlib.suppress(OSError):
        link.symlink_to(target)


def free_udp_port() -> int:
    """A UDP port of this machine that nobody uses right now."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# --- agency.toml ------------------------------------------------------------------------------------


def agency_toml(
    layout: Layout,
    stage: Stage,
    *,
    fleet_url: str,
    cad_url: str,
    speed: float,
    started_at: datetime,
) -> str:
    """The settings of the drill's core. The drill's clock reads `started_at` when the machine's does."""
    lines = [
        "# Written by `rtcc drill`.",
        *_agency(layout),
        *_table("[[cad]]", name=FEED, kind="eido", url=cad_url),
        *_fleet(layout, fleet_url),
        *_table("[weather]", file=str(stage.weather)),
        *_receiver(layout, stage),
        *_airspace(layout, stage),
        *_table("[[streets]]", file=str(stage.streets)),
        *_table("[console]", socket=str(stage.socket_path)),
        *_table(
            "[drill]",
            speed=speed,
            started_at_wall=started_at,
            started_at_drill=started_at,
            note=str(stage.note),
        ),
    ]
    for site in layout.sites:
        place = site.position
        lines += _table(
            "[[site]]", name=site.name, latitude=place.latitude_deg, longitude=place.longitude_deg
        )
    for pad in layout.pads:
        lines += _drone(pad)
    for account, uid, name, role in people(layout):
        lines += _table("[[person]]", account=account, uid=uid, name=name, role=role)
    return "\n".join(lines) + "\n"


def people(layout: Layout) -> list[tuple[str, int, str, str]]:
    """Account, uid, name and role of everybody on shift; whoever runs the drill is the first of them."""
    uid = os.getuid()
    try:
        own_account = pwd.getpwuid(uid).pw_name
    except KeyError:
        own_account = f"uid{uid}"
    found: list[tuple[str, int, str, str]] = []
    for number, person in enumerate(layout.scenario.person):
        letters = re.sub(r"[^a-z0-9]+", ".", person.name.lower()).strip(".")
        account = f"{letters or 'person'}.{number}" if number else own_account
        found.append(
            (account, FIRST_STRANGER_UID + number if number else uid, person.name, person.role.value)
        )
    return found


def _receiver(layout: Layout, stage: Stage) -> list[str]:
    """A city whose scenario sends nobody else through it has no receiver either, as most do not."""
    if not layout.scenario.traffic:
        return []
    return _table("[[traffic]]", name="roof", file=str(stage.aircraft))


def _airspace(layout: Layout, stage: Stage) -> list[str]:
    if not layout.scenario.volume:
        return []
    return _table("[[airspace]]", kind="own", file=str(stage.airspace))


def _agency(layout: Layout) -> list[str]:
    return _table(
        "[agency]",
        name=layout.scenario.city.name,
        centre_latitude=layout.centre.latitude_deg,
        centre_longitude=layout.centre.longitude_deg,
    )


def _fleet(layout: Layout, url: str) -> list[str]:
    flying = layout.scenario.flying
    return _table(
        "[fleet]",
        connection=url,
        transit_height_m=flying.transit_height_m,
        overwatch_height_m=flying.overwatch_height_m,
        orbit_radius_m=flying.orbit_radius_m,
        battery_reserve=flying.battery_reserve,
        aircraft_per_person=flying.aircraft_per_person,
    )


def _drone(pad: Pad) -> list[str]:
    drone = pad.drone
    return _table(
        "[[drone]]",
        callsign=drone.callsign,
        sysid=drone.sysid,
        site=drone.site,
        cruise_speed_m_s=drone.cruise_speed_m_s,
        climb_speed_m_s=drone.climb_speed_m_s,
        descent_speed_m_s=drone.descent_speed_m_s,
        endurance_min=drone.endurance_min,
        max_wind_m_s=drone.max_wind_m_s,
        max_range_m=drone.max_range_m,
    )


def _table(header: str, **values: str | float | datetime) -> list[str]:
    return ["", header, *(f"{key} = {_toml(value)}" for key, value in values.items())]


def _toml(value: str | float | datetime) -> str:
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return value.isoformat() if isinstance(value, datetime) else repr(value)
