"""Who gets the next key, and what the middle of the screen can show."""

from __future__ import annotations

from enum import Enum


class Mode(Enum):
    """Who gets the next key."""

    LOOK = "look"
    PROMPT = "prompt"
    CONFIRM = "confirm"
    LOCKED = "locked"


class View(Enum):
    """What the middle of the screen shows."""

    ALL = "everything"
    CALL = "the call"
    FLEET = "aircraft and gates"
    HELP = "help"
    ALARMS = "alarms"
    SUGGESTIONS = "suggestions"
    ALERTS = "alerts"
    NEAR = "what is near"
    FEEDS = "feeds"
    MAP = "the map"
    FLIGHT = "flight"
    SITES = "aircraft and sites"
    AIR = "airspace and weather"
    PEOPLE = "people on shift"
    JOURNAL = "journal"
    DRILL = "drill"


PAGES = frozenset(View) - {View.ALL, View.CALL, View.FLEET}
"""Views that cover everything but the lines that are always there."""


VIEW_CYCLE = (View.ALL, View.CALL, View.FLEET)
