"""agency.toml, field by field: what each key means, its unit and its bounds.

The checker, the example file and every error message are made from this one list.
"""

from __future__ import annotations

from enum import Enum

import msgspec


class Kind(Enum):
    """What a value must be."""

    NUMBER = "a number"
    INTEGER = "a whole number"
    TEXT = "text in double quotes"
    PATH = "a path in double quotes"
    TIME = "a time with its zone, 2026-03-01T18:00:00Z"
    WORDS = "a list of texts in square brackets"


class Unit(Enum):
    """The units of the file: key suffix and words."""

    NONE = ""
    METRES = "metres (m)"
    METRES_PER_SECOND = "metres per second (m/s)"
    SECONDS = "seconds (s)"
    MINUTES = "minutes (min)"
    DEGREES = "degrees (decimal, WGS 84)"
    FRACTION = "a fraction from 0 to 1"


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One key."""

    key: str
    doc: str
    example: str
    """As written in the example file, TOML."""
    kind: Kind = Kind.TEXT
    unit: Unit = Unit.NONE
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    pattern: str = ""
    """The whole value must match it."""
    pattern_words: str = ""
    is_required: bool = False
    is_shown: bool = True
    """False: commented out in the example."""


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """One table, or one kind of repeated table."""

    name: str
    doc: str
    fields: tuple[Field, ...]
    is_many: bool = False
    is_shown: bool = True

    @property
    def title(self) -> str:
        return f"[[{self.name}]]" if self.is_many else f"[{self.name}]"


def _number(
    key: str,
    doc: str,
    example: str,
    low: float,
    high: float,
    unit: Unit,
    *,
    is_required: bool = False,
) -> Field:
    return Field(
        key=key, doc=doc, example=example, kind=Kind.NUMBER, unit=unit, low=low, high=high,
        is_required=is_required,
    )  # fmt: skip


_M, _M_S, _S, _MIN, _DEG = Unit.METRES, Unit.METRES_PER_SECOND, Unit.SECONDS, Unit.MINUTES, Unit.DEGREES

_WORD = r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}"
_WORD_WORDS = "1 to 32 letters, digits, - or _"

ROLES = ("dispatcher", "pilot", "rtcc-operator", "supervisor", "trainer", "observer")

AGENCY = Section(
    name="agency",
    doc="Who flies.",
    fields=(
        Field(key="name", doc="As shown on every screen.", example='"RIVERTON PD"', is_required=True),
        _number("centre_latitude", "About the middle of the service area.", "45.52", -90, 90, _DEG),
        _number("centre_longitude", "It helps to notice swapped coordinates.", "-122.67", -180, 180, _DEG),
        Field(
            key="policy",
            doc="How launches come about: reactive (a call comes in, a person launches).",
            example='"reactive"',
            choices=("reactive",),
        ),
    ),
)

CAD = Section(
    name="cad",
    doc="A feed of calls; one table for each. Without any, calls do not come in.",
    is_many=True,
    fields=(
        Field(
            key="name", doc="Short name; stands in the journal as feed:NAME.", example='"COUNTY"',
            pattern=_WORD, pattern_words=_WORD_WORDS, is_required=True,
        ),
        Field(
            key="kind", doc="The protocol: eido = NENA EIDO conveyance over a websocket.", example='"eido"',
            choices=("eido",),
        ),
        Field(
            key="url", doc="Where the CAD's websocket is; wss:// wherever it leaves this machine.",
            example='"wss://cad.riverton.example:8443/eido"', pattern=r"wss?://[^\s/]+(/\S*)?",
            pattern_words="a websocket address such as wss://cad.example:8443/eido", is_required=True,
        ),
        Field(
            key="ca_file", doc="Certificates (PEM) that the CAD's own come from; the system's if absent.",
            example='"/etc/rtcc/cad-ca.pem"', kind=Kind.PATH, is_shown=False,
        ),
        Field(
            key="certificate_file", doc="Our certificate (PEM), where the CAD wants to know who asks.",
            example='"/etc/rtcc/core.pem"', kind=Kind.PATH, is_shown=False,
        ),
        Field(
            key="key_file", doc="The key of that certificate (PEM).",
            example='"/etc/rtcc/core.key"', kind=Kind.PATH, is_shown=False,
        ),
        _number(
            "min_rate_s", "The CAD must say something this often; three times the silence is a dead line.",
            "10", 5, 3_600, _S,
        ),
    ),
)  # fmt: skip

FLEET = Section(
    name="fleet",
    doc="How the fleet is reached, and how it flies.",
    fields=(
        Field(
            key="connection", doc="Where the aircraft's MAVLink arrives.", example='"udpin://127.0.0.1:14550"',
            pattern=r"(udpin|udpout|tcpin|tcpout|serial)://\S+",
            pattern_words="udpin://ADDRESS:PORT, udpout://, tcpin://, tcpout:// or serial:///dev/NAME:BAUD",
            is_required=True,
        ),
        _number("transit_height_m", "Height on the way, above the launch point.", "60", 10, 500, _M),
        _number("overwatch_height_m", "Height over the call, above the launch point.", "60", 10, 500, _M),
        _number("orbit_radius_m", "Radius of the orbit round the call.", "40", 5, 1_000, _M),
        _number("orbit_speed_m_s", "Speed on the orbit.", "5", 0.5, 30, _M_S),
        _number("battery_reserve", "What must be left at landing.", "0.2", 0.05, 0.9, Unit.FRACTION),
        _number("stale_after_s", "An older value is shown as old and not flown on.", "2", 0.5, 60, _S),
        _number("lost_after_s", "Silence after which a link counts as lost here.", "10", 1, 300, _S),
        Field(
            key="link_loss_failsafe", doc="What the autopilots are set to do on link loss, for the screen.",
            example='"returns home by itself"',
        ),
        Field(
            key="aircraft_per_person", doc="How many aircraft one person may control (14 CFR 107.35: one).",
            example="1", kind=Kind.INTEGER, low=1, high=4,
        ),
        Field(
            key="recall_roles", doc="Who may hold, return and land aircraft that somebody else flies.",
            example='["dispatcher", "pilot", "rtcc-operator", "supervisor", "trainer"]', kind=Kind.WORDS,
            choices=ROLES,
        ),
        _number("lease_s", "A pilot without a console: after this the aircraft holds.", "30", 5, 600, _S),
        _number("lease_return_s", "And so long after that hold it is sent home.", "60", 5, 3_600, _S),
        _number("downed_after_s", "Lost, and so long overdue at home: it is down.", "60", 10, 3_600, _S),
    ),
)  # fmt: skip

WEATHER = Section(
    name="weather",
    doc="Wind. Without a file, people report it (`wind 5 240`).",
    fields=(
        Field(
            key="file", doc="JSON that a station's program keeps writing: wind_speed_m_s, wind_from_deg, "
            "gust_m_s, observed_at.",
            example='"/var/lib/rtcc/wind.json"', kind=Kind.PATH, is_shown=False,
        ),
        _number("valid_min", "An observation older than this is UNKNOWN.", "60", 1, 1_440, _MIN),
    ),
)  # fmt: skip

SITE = Section(
    name="site",
    doc="A launch site; one table for each.",
    is_many=True,
    fields=(
        Field(
            key="name", doc="As shown, and as the drones name it.", example='"CENTRAL"',
            pattern=r"\S(.{0,30}\S)?", pattern_words="1 to 32 characters", is_required=True,
        ),
        _number("latitude", "Where the pad is.", "45.5231", -90, 90, _DEG, is_required=True),
        _number("longitude", "West is negative.", "-122.6765", -180, 180, _DEG, is_required=True),
    ),
)  # fmt: skip

DRONE = Section(
    name="drone",
    doc="An aircraft; one table for each. Figures of the aircraft as it flies for you, not of its brochure.",
    is_many=True,
    fields=(
        Field(
            key="callsign", doc="What people type: `launch D1 1041`.", example='"D1"',
            pattern=r"(?=.*[A-Za-z])[A-Za-z0-9](?:[A-Za-z0-9-]{0,6}[A-Za-z0-9])?",
            pattern_words="1 to 8 letters, digits or -, with at least one letter (call numbers are digits)",
            is_required=True,
        ),
        Field(
            key="sysid", doc="MAVLink system id, its own for each aircraft.", example="1",
            kind=Kind.INTEGER, low=1, high=254, is_required=True,
        ),
        Field(key="site", doc="Name of its launch site.", example='"CENTRAL"', is_required=True),
        _number("cruise_speed_m_s", "Airspeed in transit.", "15", 1, 60, _M_S),
        _number("climb_speed_m_s", "Climb.", "4", 0.5, 20, _M_S),
        _number("descent_speed_m_s", "Descent.", "2", 0.3, 15, _M_S),
        _number("endurance_min", "Full battery to empty, in flight, without wind.", "30", 2, 600, _MIN),
        _number("max_wind_m_s", "No launch in more wind, gusts included.", "12", 1, 40, _M_S),
        _number("max_range_m", "No launch to a call further from its site.", "5000", 100, 100_000, _M),
    ),
)  # fmt: skip

PERSON = Section(
    name="person",
    doc="Who may work here, by Unix account; one table for each. The operating system says who is asking.",
    is_many=True,
    fields=(
        Field(
            key="account", doc="Unix account; stands in the journal.", example='"root"',
            pattern=r"[A-Za-z0-9_.][A-Za-z0-9_.@-]{0,63}", pattern_words="a Unix account name",
        ),
        Field(
            key="uid", doc="Unix user id; needed only where this machine does not know the account.",
            example="0", kind=Kind.INTEGER, low=0, high=4_294_967_294, is_shown=False,
        ),
        Field(key="name", doc="As shown.", example='"A. REYES"', is_required=True),
        Field(
            key="role", doc="What the person may do.", example='"dispatcher"', is_required=True,
            choices=ROLES,
        ),
        Field(
            key="aircraft_max", doc="Aircraft that this person may control; the fleet's figure if absent.",
            example="2", kind=Kind.INTEGER, low=1, high=4, is_shown=False,
        ),
    ),
)  # fmt: skip

CONSOLE = Section(
    name="console",
    doc="The socket that consoles connect to.",
    fields=(
        Field(
            key="socket", doc="Its path, at most 107 bytes; in the state directory if absent.",
            example='"/run/rtcc/console.sock"', kind=Kind.PATH, is_shown=False,
        ),
        Field(
            key="group", doc="Unix group whose members may connect; the core's own group if absent.",
            example='"dfr-console"', is_shown=False,
        ),
    ),
)  # fmt: skip

JOURNAL = Section(
    name="journal",
    doc="Where everything is written down.",
    fields=(
        Field(
            key="path", doc="On a local disk; journal.db in the state directory if absent.",
            example='"/var/lib/rtcc/journal.db"', kind=Kind.PATH, is_shown=False,
        ),
    ),
)  # fmt: skip

DRILL = Section(
    name="drill",
    doc="Only in a drill: every screen and record then says DRILL. `rtcc drill` writes this by itself.",
    is_shown=False,
    fields=(
        _number("speed", "How many times faster than the world its clock runs.", "1", 1, 50, Unit.NONE),
        Field(
            key="started_at_wall", doc="This moment of the machine's clock …", example="2026-03-01T18:00:00Z",
            kind=Kind.TIME,
        ),
        Field(
            key="started_at_drill", doc="… is this moment of the drill.", example="2026-03-01T18:00:00Z",
            kind=Kind.TIME,
        ),
    ),
)  # fmt: skip

SECTIONS = (AGENCY, CAD, FLEET, WEATHER, SITE, DRONE, PERSON, CONSOLE, JOURNAL, DRILL)
