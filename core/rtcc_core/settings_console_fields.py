"""[console] of agency.toml, field by field."""

from __future__ import annotations

from rtcc_core.settings_kinds import Field, Kind, Section, Unit

CONSOLE = Section(
    name="console",
    doc="The socket that consoles connect to, and what this agency calls things there "
    "(`rtcc console --keys`).",
    fields=(
        Field(
            key="socket", doc="Its path, at most 107 bytes; in the state directory if absent.",
            example='"/run/rtcc/console.sock"', kind=Kind.PATH, is_shown=False,
        ),
        Field(
            key="group", doc="Unix group whose members may connect; the core's own group if absent.",
            example='"dfr-console"', is_shown=False,
        ),
        Field(
            key="lock_after_min", doc="A console that nobody touches for as long hides its screen; 0: never.",
            example="15", kind=Kind.NUMBER, unit=Unit.MINUTES, low=0, high=480, is_shown=False,
        ),
        Field(
            key="pins", doc="File of the PINs that unlock a screen (`rtcc admin pin`); without it only a new "
            "login does.",
            example='"pins"', kind=Kind.PATH, is_shown=False,
        ),
        Field(
            key="units", doc="Lengths and speeds on the consoles: us (ft, kt, mi) or metric (m, m/s, km). "
            "What is asked of an aircraft is said in both; a typed number without a unit is metres or m/s.",
            example='"us"', choices=("us", "metric"), is_shown=False,
        ),
        Field(
            key="verbs", doc="What an action is typed as, the shown one first; shipped verbs still count.",
            example='{ return = ["rtb", "recall"], launch = ["deploy"] }', kind=Kind.LISTS, is_shown=False,
            pattern=r"[A-Za-z][A-Za-z0-9-]{1,15}",
            pattern_words="2 to 16 letters, digits or -, beginning with a letter",
        ),
        Field(
            key="keys", doc="An action's keys instead of the shipped ones.",
            example='{ launch = ["F2"], near = ["v"] }', kind=Kind.LISTS, is_shown=False,
        ),
        Field(
            key="status", doc="Shown for a phase, an order's outcome, a priority, an aircraft's state.",
            example='{ on_scene = "10-97", returning = "10-8", priority_1 = "E" }', kind=Kind.TABLE,
            is_shown=False,
        ),
    ),
)  # fmt: skip
