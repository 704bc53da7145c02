"""[listener], [[webhook]] and [[ticketscad]] of agency.toml, field by field."""

from __future__ import annotations

from rtcc_core.settings_kinds import Field, Kind, Section, Unit, number

_WORD = r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}"
_WORD_WORDS = "1 to 32 letters, digits, - or _"
_ZONE = r"[A-Za-z]+(/[A-Za-z0-9_+-]+){0,2}"
_ZONE_WORDS = "a zone of the time zone database, such as America/Denver"

LISTENER = Section(
    name="listener",
    doc="Where CAD bridges and sensors push to ([[webhook]]). Without certificates only this machine can.",
    is_shown=False,
    fields=(
        Field(
            key="address", doc="Address of this machine to listen at; 127.0.0.1 if absent.",
            example='"0.0.0.0"', pattern=r"[0-9A-Za-z:.-]{1,100}",
            pattern_words="an address, such as 0.0.0.0",
        ),
        Field(key="port", doc="Its port.", example="8443", kind=Kind.INTEGER, low=1, high=65_535),
        Field(
            key="certificate_file",
            doc="Our certificate with its chain (PEM); a renewed one is taken at once.",
            example='"/etc/rtcc/listener.pem"', kind=Kind.PATH,
        ),
        Field(
            key="key_file", doc="The key of that certificate (PEM).", example='"/etc/rtcc/listener.key"',
            kind=Kind.PATH,
        ),
    ),
)  # fmt: skip

WEBHOOK = Section(
    name="webhook",
    doc="One sender that pushes calls or alerts to the listener; one table for each.",
    is_many=True,
    is_shown=False,
    fields=(
        Field(
            key="name", doc="Short name; stands in the journal as feed:NAME.", example='"bridge"',
            pattern=_WORD, pattern_words=_WORD_WORDS, is_required=True,
        ),
        Field(
            key="kind", doc="What it speaks: flock (CAD events and alerts), active911, ticketscad, or mapped "
            "(JSON of any shape, by the mapping below).",
            example='"mapped"', choices=("flock", "active911", "mapped", "ticketscad"), is_required=True,
        ),
        Field(
            key="path", doc="Its address below the listener's.", example='"/bridge"', is_required=True,
            pattern=r"(/[A-Za-z0-9._~-]{1,60}){1,4}", pattern_words="a path such as /bridge",
        ),
        Field(
            key="auth", doc="How it shows who it is: hmac (signed), bearer, basic (USER:PASSWORD), link (the "
            "secret ends the address).",
            example='"bearer"', choices=("hmac", "bearer", "basic", "link"), is_required=True,
        ),
        Field(
            key="secret_file", doc="The secret, at least 16 characters; several lines while it is changed.",
            example='"bridge.secret"', kind=Kind.PATH, is_required=True,
        ),
        Field(
            key="time_zone", doc="Of its times without a zone, if not the agency's.",
            example='"America/Los_Angeles"', pattern=_ZONE, pattern_words=_ZONE_WORDS, is_shown=False,
        ),
        number("silent_after_min", "Silence after which it counts as down; never if absent.", "60", 1, 10_080,
               Unit.MINUTES),
        Field(
            key="makes", doc="mapped: what a message becomes.", example='"call"', choices=("call", "alert"),
        ),
        Field(key="each", doc="mapped: where the incidents stand, if one message holds many.",
              example='"$.incidents[*]"'),
        Field(
            key="map", doc="mapped: our field = path in the message; try it: rtcc cad try FILE.json.",
            kind=Kind.TABLE,
            example='{ id = "$.id", type_code = "$.type", priority = "$.prio", address = "$.street, $.city", '
            'latitude = "$.lat", longitude = "$.lon" }',
        ),
        Field(
            key="coordinate_order", doc="mapped: which comes first where one value holds both.",
            example='"lat-lon"', choices=("lat-lon", "lon-lat"),
        ),
        Field(
            key="types", doc="mapped: its type codes in words.", example='{ "77D" = "Structure fire" }',
            kind=Kind.TABLE,
        ),
        Field(
            key="priorities", doc="mapped, active911: its priorities as ours: 1 is the highest.",
            example='{ "HIGH" = 1, "LOW" = 4 }', kind=Kind.TABLE, low=1, high=5,
        ),
        Field(
            key="statuses", doc="mapped: its statuses that open or end a call.",
            example='{ "OPEN" = "active", "CLR" = "closed" }', kind=Kind.TABLE,
            choices=("active", "cancelled", "closed"),
        ),
        Field(
            key="kinds", doc="mapped: its kinds of alerts.", example='{ "SHOT" = "gunshot" }',
            kind=Kind.TABLE, choices=("plate", "gunshot", "alarm", "other"),
        ),
    ),
)  # fmt: skip

TICKETSCAD = Section(
    name="ticketscad",
    doc="A TicketsCAD whose external API is asked; a [[webhook]] of the same name makes it faster.",
    is_many=True,
    is_shown=False,
    fields=(
        Field(
            key="name", doc="Short name; stands in the journal as feed:NAME.", example='"county"',
            pattern=_WORD, pattern_words=_WORD_WORDS, is_required=True,
        ),
        Field(
            key="url", doc="Its external API; https:// wherever it leaves this machine.",
            example='"https://cad.riverton.example/api/external/v1"', is_required=True,
            pattern=r"https?://[^\s/@]+(/[!-~]*)?", pattern_words="a web address without a password",
        ),
        Field(
            key="token_file", doc="The bearer token (tcad_p_…), with the scope incidents:read.",
            example='"ticketscad.token"', kind=Kind.PATH, is_required=True,
        ),
        Field(
            key="time_zone", doc="Of the server, whose times have no zone; the agency's if absent.",
            example='"America/Chicago"', pattern=_ZONE, pattern_words=_ZONE_WORDS,
        ),
        number("poll_every_s", "Its own limit is 1,000 questions an hour.", "15", 4, 600, Unit.SECONDS),
        Field(
            key="ca_file", doc="Certificates (PEM) the server's own come from; the system's if absent.",
            example='"/etc/rtcc/cad-ca.pem"', kind=Kind.PATH, is_shown=False,
        ),
    ),
)  # fmt: skip

PUSH_SECTIONS = (LISTENER, WEBHOOK, TICKETSCAD)
