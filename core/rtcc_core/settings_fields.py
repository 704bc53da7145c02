"""agency.toml, field by field: what each key means, its unit and its bounds.

The checker, the example file and every error message are made from this one list.
"""

from __future__ import annotations

from rtcc_core.settings_assets import ASSETS
from rtcc_core.settings_console_fields import CONSOLE
from rtcc_core.settings_conveyance import NOTIFIER, SUBSCRIPTION_FIELDS
from rtcc_core.settings_kinds import Field, Kind, Section, Unit, flag, number
from rtcc_core.settings_map import MAP
from rtcc_core.settings_push_fields import PUSH_SECTIONS
from rtcc_core.settings_streets import STREETS

_M, _M_S, _S, _MIN, _DEG = Unit.METRES, Unit.METRES_PER_SECOND, Unit.SECONDS, Unit.MINUTES, Unit.DEGREES

_WORD = r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}"
_WORD_WORDS = "1 to 32 letters, digits, - or _"

ROLES = ("dispatcher", "pilot", "rtcc-operator", "supervisor", "trainer", "observer")

AGENCY = Section(
    name="agency",
    doc="Who flies.",
    fields=(
        Field(key="name", doc="As shown on every screen.", example='"RIVERTON PD"', is_required=True),
        number("centre_latitude", "About the middle of the service area.", "45.52", -90, 90, _DEG),
        number("centre_longitude", "It helps to notice swapped coordinates.", "-122.67", -180, 180, _DEG),
        Field(
            key="time_zone",
            doc="For the times that a CAD sends without one; UTC if absent.",
            example='"America/Los_Angeles"',
            pattern=r"[A-Za-z]+(/[A-Za-z0-9_+-]+){0,2}",
            pattern_words="a zone of the time zone database, such as America/Denver",
            is_shown=False,
        ),
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
        number(
            "min_rate_s", "The CAD must say something this often; three times the silence is a dead line.",
            "10", 5, 3_600, _S,
        ),
        *SUBSCRIPTION_FIELDS,
        Field(
            key="location_hosts", doc="Hosts whose location links are followed (https only); none if absent. "
            "A private address must be listed itself.",
            example='["lis.riverton.example"]', kind=Kind.WORDS, is_shown=False,
            pattern=r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|[0-9A-Fa-f:.]{2,45}",
            pattern_words="a host name or an address, without https:// and port",
        ),
        Field(
            key="types", doc="Your meaning of the CAD's type codes, before that of APCO.",
            example='{ "77D" = "Boat ramp", "SHOOT" = "Shots fired" }', kind=Kind.TABLE, is_shown=False,
        ),
        Field(
            key="priorities", doc="Its priorities, by their text or number, as ours: 1 is the highest.",
            example='{ "P1" = 1, "P2" = 2, "P3" = 4 }', kind=Kind.TABLE, low=1, high=5, is_shown=False,
        ),
        Field(
            key="statuses", doc="Its statuses that open or end a call.", kind=Kind.TABLE, is_shown=False,
            example='{ "PEND" = "active", "CLR" = "closed" }', choices=("active", "cancelled", "closed"),
        ),
        Field(
            key="unit_statuses", doc="Its unit statuses, in your words.",
            example='{ "10-97" = "on scene" }', kind=Kind.TABLE, is_shown=False,
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
        number("transit_height_m", "Height on the way, above the launch point.", "60", 10, 500, _M),
        number("overwatch_height_m", "Height over the call, above the launch point.", "60", 10, 500, _M),
        number("orbit_radius_m", "Radius of the orbit round the call.", "40", 5, 1_000, _M),
        number("orbit_speed_m_s", "Speed on the orbit.", "5", 0.5, 30, _M_S),
        number("battery_reserve", "What must be left at landing.", "0.2", 0.05, 0.9, Unit.FRACTION),
        number("stale_after_s", "An older value is shown as old and not flown on.", "2", 0.5, 60, _S),
        number("lost_after_s", "Silence after which a link counts as lost here.", "10", 1, 300, _S),
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
        number("lease_s", "A pilot without a console: after this the aircraft holds.", "30", 5, 600, _S),
        number("lease_return_s", "And so long after that hold it is sent home.", "60", 5, 3_600, _S),
        number("downed_after_s", "Lost, and so long overdue at home: it is down.", "60", 10, 3_600, _S),
    ),
)  # fmt: skip

WEATHER = Section(
    name="weather",
    doc="Wind. Without a file, people report it (`wind 5 240`).",
    fields=(
        Field(
            key="file", doc="A METAR, or JSON that a station's program keeps writing: wind_speed_m_s, "
            "wind_from_deg, gust_m_s, qnh_hpa, observed_at.",
            example='"/var/lib/rtcc/wind.json"', kind=Kind.PATH, is_shown=False,
        ),
        number("valid_min", "An observation older than this is UNKNOWN.", "60", 1, 1_440, _MIN),
    ),
)  # fmt: skip

TRAFFIC = Section(
    name="traffic",
    doc="A receiver of other people's aircraft; one table for each. Those in our aircraft need none.",
    is_many=True,
    is_shown=False,
    fields=(
        Field(
            key="name", doc="Short name, as shown.", example='"roof"', is_required=True,
            pattern=_WORD, pattern_words=_WORD_WORDS,
        ),
        Field(
            key="file", doc="The aircraft.json that readsb or dump1090 keeps writing on this machine …",
            example='"/run/readsb/aircraft.json"', kind=Kind.PATH,
        ),
        Field(
            key="url", doc="… or the same on a web server …", is_shown=False,
            example='"http://roof.riverton.example/data/aircraft.json"', pattern=r"https?://[^\s/@]+(/[!-~]*)?",
            pattern_words="a web address without a password, such as http://roof.example/data/aircraft.json",
        ),
        Field(
            key="sbs", doc="… or an SBS (BaseStation) server's address.", is_shown=False,
            example='"127.0.0.1:30003"', pattern=r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):[0-9]{1,5}",
            pattern_words="HOST:PORT, such as 127.0.0.1:30003",
        ),
        Field(
            key="ca_file", doc="Certificates (PEM) an https:// server's own come from, if not the system's.",
            example='"/etc/rtcc/roof-ca.pem"', kind=Kind.PATH, is_shown=False,
        ),
    ),
)  # fmt: skip

TAK = Section(
    name="tak",
    doc="A TAK server that is told of our aircraft in the air and of open calls (Cursor-on-Target).",
    is_shown=False,
    fields=(
        Field(
            key="url", doc="Where it is; tls:// wherever it leaves this machine.",
            example='"tls://tak.riverton.example:8089"', pattern=r"(tls|tcp)://[^\s/:]+:\d{1,5}",
            pattern_words="tls://HOST:PORT or tcp://HOST:PORT", is_required=True,
        ),
        Field(
            key="ca_file", doc="Certificates (PEM) that the server's own comes from.",
            example='"/etc/rtcc/tak-ca.pem"', kind=Kind.PATH, is_shown=False,
        ),
        Field(
            key="certificate_file", doc="Our certificate (PEM), where the server wants to know who speaks.",
            example='"/etc/rtcc/tak.pem"', kind=Kind.PATH, is_shown=False,
        ),
        Field(
            key="key_file", doc="The key of that certificate (PEM).", example='"/etc/rtcc/tak.key"',
            kind=Kind.PATH, is_shown=False,
        ),
    ),
)  # fmt: skip

AIRSPACE = Section(
    name="airspace",
    doc="A file that says where to fly and where not; one table for each. Read again when it changes.",
    is_many=True,
    is_shown=False,
    fields=(
        Field(
            key="kind", doc="What it is: own fences and keep-outs, a facility map, temporary restrictions "
            "(all GeoJSON), terrain or surface heights (ESRI ASCII grid).", example='"own"', is_required=True,
            choices=("own", "facility-map", "restrictions", "terrain", "surface"),
        ),
        Field(
            key="file", doc="Its path.", example='"fences.geojson"', kind=Kind.PATH, is_required=True,
        ),
    ),
)  # fmt: skip

RULES = Section(
    name="rules",
    doc="What a launch is held to (`rtcc gates`). What is left out is not asked, and each flight says so.",
    fields=(
        number("max_height_agl_m", "400 ft (14 CFR 107.51(b)), or your waiver.", "121.9", 10, 500, _M),
        number("min_visibility_m", "3 miles (14 CFR 107.51(c)); where the weather is METAR.", "4828", 100,
               20_000, _M),
        flag("takes_metar", "The weather file is METAR: visibility and cloud are then asked.", "false"),
        flag("is_authorised_at_night", "Flights by night (14 CFR 107.29).", "true"),
        flag("requires_recency", "Knowledge within 24 months (14 CFR 107.65) must be on file.", "false"),
        flag("requires_shift", "Who launches must have said to be on shift.", "false"),
        flag("remote_id_required", "Remote ID must be heard and ready (14 CFR 89.110).", "false"),
        flag("requires_traffic_feed", "Somebody must listen for other aircraft.", "false"),
        flag("records_on_scene", "The camera records from arrival to departure, not on the way.", "false"),
        number("separation_m", "Between our own aircraft, up and down.", "15", 5, 100, _M),
        number("clearance_m", "Kept from every volume that must not be entered.", "30", 0, 500, _M),
        number("relief_lead_s", "A relief is eyes-on so long before the first must leave.", "45", 5, 600, _S),
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
        number("latitude", "Where the pad is.", "45.5231", -90, 90, _DEG, is_required=True),
        number("longitude", "West is negative.", "-122.6765", -180, 180, _DEG, is_required=True),
        number("ground_amsl_m", "Height of the pad above mean sea level.", "15", -430, 5_000, _M),
        Field(
            key="pads", doc="How many aircraft may stand here; if absent, those based here and one more.",
            example="3", kind=Kind.INTEGER, low=1, high=99, is_shown=False,
        ),
        Field(
            key="takes", doc="Models that may land here; all if absent.", example='["X10"]', kind=Kind.WORDS,
            is_shown=False,
        ),
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
        number("cruise_speed_m_s", "Airspeed in transit.", "15", 1, 60, _M_S),
        number("climb_speed_m_s", "Climb.", "4", 0.5, 20, _M_S),
        number("descent_speed_m_s", "Descent.", "2", 0.3, 15, _M_S),
        number("endurance_min", "Full battery to empty, in flight, without wind.", "30", 2, 600, _MIN),
        number("max_wind_m_s", "No launch in more wind, gusts included.", "12", 1, 40, _M_S),
        number("max_range_m", "No launch to a call further from its site.", "5000", 100, 100_000, _M),
        number("max_height_m", "Your own limit for it, above the launch point.", "120", 10, 500, _M),
        Field(
            key="video_url", doc="Where its picture can be seen; told to the field, never opened here.",
            example='"rtsp://video.example:8554/d1"', pattern=r"[a-z]+://\S+", pattern_words="an address",
            is_shown=False,
        ),
        number("camera_fov_deg", "Field of view of its camera, across, at its widest.", "65", 5, 170, _DEG),
        Field(key="model", doc="For sites that take only some.", example='"X10"', is_shown=False),
        flag("is_lit", "Anti-collision lights, visible for 3 miles (14 CFR 107.29(a)(2)).", "true"),
        Field(
            key="inspect_after_h", doc="Hours of flight after which it waits for an inspection.",
            example="50", kind=Kind.NUMBER, unit=Unit.HOURS, low=1, high=10_000, is_shown=False,
        ),
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
        flag("is_night_trained", "Training or test covered the night (14 CFR 107.29(a)(1)).", "true"),
        Field(
            key="knowledge_until", doc="Last day of the 24 calendar months (14 CFR 107.65).",
            example="2027-01-31", kind=Kind.DATE, is_shown=False,
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
        number("speed", "How many times faster than the world its clock runs.", "1", 1, 50, Unit.NONE),
        Field(
            key="started_at_wall", doc="This moment of the machine's clock …", example="2026-03-01T18:00:00Z",
            kind=Kind.TIME,
        ),
        Field(
            key="started_at_drill", doc="… is this moment of the drill.", example="2026-03-01T18:00:00Z",
            kind=Kind.TIME,
        ),
        Field(
            key="note", doc="Where `rtcc drill` writes down how its objectives stand, for the drill screen.",
            example='"/run/rtcc/drill.json"', kind=Kind.PATH,
        ),
    ),
)  # fmt: skip

SECTIONS = (
    AGENCY,
    CAD,
    *PUSH_SECTIONS,
    NOTIFIER,
    FLEET,
    WEATHER,
    AIRSPACE,
    TAK,
    STREETS,
    ASSETS,
    MAP,
    RULES,
    TRAFFIC,
    SITE,
    DRONE,
    PERSON,
    CONSOLE,
    JOURNAL,
    DRILL,
)
