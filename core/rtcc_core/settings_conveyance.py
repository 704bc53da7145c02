"""EIDO conveyance in agency.toml, key by key: what to subscribe to, and who may subscribe to us."""

from __future__ import annotations

from rtcc_core.settings_kinds import Field, Kind, Section, Unit, flag

_LISTEN = r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):[0-9]{1,5}"

NOTIFIER = Section(
    name="notifier",
    doc="Other consoles and CADs may subscribe to our calls and aircraft (EIDO). Left out, nobody can.",
    is_shown=False,
    fields=(
        Field(
            key="listen", doc="Address and port; anything but this machine itself needs certificates.",
            example='"0.0.0.0:8444"', pattern=_LISTEN, pattern_words="HOST:PORT, such as 127.0.0.1:8444",
        ),
        Field(
            key="element", doc="This machine's full name, as others reach it and as each EIDO says.",
            example='"dfr.riverton.example"', is_required=True,
            pattern=r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?", pattern_words="a host name",
        ),
        Field(
            key="agency_id", doc="The agency's own name among agencies; the element's name if absent.",
            example='"pd.riverton.example"', is_shown=False, pattern=r"[!-~]{1,200}",
            pattern_words="1 to 200 printable characters without blanks",
        ),
        Field(
            key="agency_type", doc="Its kind of responder, as in urn:emergency:service:responder.",
            example='"police"', is_shown=False, pattern=r"[a-z][a-z.-]{0,63}",
            pattern_words="a name of that registry, such as police or fire",
        ),
        Field(
            key="certificate_file", doc="Our certificate (PEM).", example='"/etc/rtcc/dfr.pem"',
            kind=Kind.PATH,
        ),
        Field(key="key_file", doc="Its key (PEM).", example='"/etc/rtcc/dfr.key"', kind=Kind.PATH),
        Field(
            key="client_ca_file", doc="Authorities (PEM) whose certificates the others must show.",
            example='"/etc/rtcc/partners-ca.pem"', kind=Kind.PATH,
        ),
        Field(
            key="peers", doc="Names in the certificates of those who may come in; if absent, all that "
            "client_ca_file vouches for.",
            example='["cad.county.example"]', kind=Kind.WORDS, pattern=r"[!-~]{1,253}",
            pattern_words="a name without blanks",
        ),
        Field(
            key="feeds", doc="The feeds ([[cad]], [[webhook]], [[ticketscad]]) whose calls are passed on, by "
            "name; all if absent. What comes back from another house is known again either way.",
            example='["COUNTY"]', kind=Kind.WORDS,
        ),
        flag("shares_notes", "Pass on the notes typed on our own consoles, too.", "false"),
    ),
)  # fmt: skip

SUBSCRIPTION_FIELDS = (
    Field(
        key="subscribes_to", doc="What to ask of an EIDO CAD: new = every incident, single = the one of "
        "incident_id, resource = those of unit_id. Several feeds of one url share its socket.",
        example='"new"', choices=("new", "single", "resource"), is_shown=False,
    ),
    Field(
        key="incident_id", doc="With single.", example='"urn:emergency:uid:incidentid:a56e:pd.example"',
        is_shown=False,
    ),
    Field(key="unit_id", doc="With resource.", example='"4A21"', is_shown=False),
    Field(
        key="filter", doc="The CAD's own filter (qualFilter), passed on as it is; not with single.",
        example='"incidentComponent.incidentCommonPriorityNumber >= 5"', is_shown=False,
    ),
    Field(
        key="max_rate_s", doc="The CAD should not send more often than this; as often as it likes if absent.",
        example="1", kind=Kind.INTEGER, unit=Unit.SECONDS, low=1, high=3_600, is_shown=False,
    ),
    Field(
        key="expires_s", doc="How long a subscription is asked for; it is renewed in time.", example="3600",
        kind=Kind.INTEGER, unit=Unit.SECONDS, low=15, high=86_400, is_shown=False,
    ),
)  # fmt: skip
"""Keys of [[cad]] that say what to subscribe to."""
