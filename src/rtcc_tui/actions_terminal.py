"""How this screen is drawn, and that it is hidden."""

from __future__ import annotations

from rtcc_tui.action_values import Action

TERMINAL: tuple[Action, ...] = (
    Action(
        name="lock",
        verb="lock",
        usage="lock",
        help="hide every call until your PIN is typed (without one: until you log in again, in a drill "
        "until Enter); alarms ring on, no aircraft is affected",
    ),
    Action(
        name="theme",
        verb="theme",
        usage="theme night, day, high-contrast, 16 or mono",
        help="the colours of this screen",
    ),
    Action(
        name="glyphs",
        verb="glyphs",
        usage="glyphs braille, block or ascii",
        help="the characters that lines and maps are drawn with",
    ),
)
