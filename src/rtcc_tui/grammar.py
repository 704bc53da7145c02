"""The command line: what a typed line means, or exactly why it means nothing. Pure.

A verb, and the aircraft and the call in any order: `launch d2 1041`, `1041 launch d2`, `d1 rtl`. What is
left out is filled from the selected call. Nothing here acts; the session confirms and sends.
"""

from __future__ import annotations

import difflib

from rtcc_core.domain.commands import (
    AddNote,
    HoldDrone,
    LandDrone,
    LaunchDrone,
    ReleaseCall,
    ReleaseControl,
    ReportWind,
    ReturnDrone,
    TakeCall,
)
from rtcc_core.domain.text import NOTE_MAX, clean
from rtcc_tui import (
    grammar_alarms,
    grammar_calls,
    grammar_fly,
    grammar_map,
    grammar_past,
    grammar_people,
    grammar_screens,
    grammar_terminal,
)
from rtcc_tui.action_values import Action, Danger
from rtcc_tui.grammar_values import (
    Around,
    Local,
    Mistake,
    Names,
    Nothing,
    Parsed,
    Question,
    Rule,
    Understood,
    find,
    metres_per_second,
    number,
    override_reason,
    some,
)
from rtcc_tui.words import is_metric

WIND_MAX_M_S = 75.0
"""Above the strongest sustained wind a hurricane brings: more is a slip of the finger."""

WIND_SAID = "wind 10kt 240, or wind 5m/s 240"

SPEED_UNITS = ("kt", "m/s")

PAGE_VERBS = (
    "calls", "fleet", "alarms", "suggestions", "alerts", "feeds", "sites", "air", "people", "drill",
)  # fmt: skip

ABBREVIATED_MIN, FLIGHT_ABBREVIATED_MIN = 2, 3
"""Letters from which a verb may be abbreviated; of one that flies it takes more."""

SEEN_NOT_TYPED = frozenset(
    {"os", "onscene", "er", "en", "enroute", "ar", "av", "avail", "available", "clear"}
)
"""What CAD people type as a unit's status: of an aircraft that is observed."""


def parse(line: str, around: Around) -> Parsed:
    """What `line` means; never raises."""
    words = clean(line, limit=NOTE_MAX).split()
    if not words:
        return Nothing()
    names, registry = Names(around), around.registry
    if registry.for_verb(words[0]) is None:
        words = names.take(words)
        if not words:
            named_first = names.drone or names.call
            return Question(f"{named_first}: and then? " + some(registry.verbs()), fill=f"{named_first} ")
    action = meant(words[0], names)
    if isinstance(action, Mistake):
        return action
    parsed = _RULES[action.name](action, names, words[1:])
    return Mistake(names.clash) if names.clash else parsed


def meant(word: str, names: Names) -> Action | Mistake:
    """The action of a verb, or of the beginning of one that can be no other."""
    fits = names.around.registry.meant(word)
    shown = clean(word, limit=20)
    is_whole = names.around.registry.for_verb(word) is not None
    if not fits or (len(word) < ABBREVIATED_MIN and not is_whole):
        return Mistake(_no_such_verb(word, names))
    if len(fits) > 1:
        verbs = some(next(verb for verb in each.verbs if verb.startswith(word.casefold())) for each in fits)
        return Mistake(f"{shown} can be {verbs}: type more of it")
    (action,) = fits
    if not is_whole and action.danger is Danger.FLIES and len(word) < FLIGHT_ABBREVIATED_MIN:
        return Mistake(f"{shown} is too short for a verb that flies ({action.verb}): type more of it")
    return action


# --- one rule per verb ---------------------------------------------------------------------------


def _launch(action: Action, names: Names, words: list[str]) -> Parsed:
    words, reason = override_reason(words)
    rest = names.take(words)
    if rest:
        return Mistake(_not_a_name(rest[0], names.around))
    call = names.call or names.around.selected_call
    if call is None:
        return Question(f"{action.verb} to which call? " + some(names.around.calls), fill=f"{action.verb} ")
    drone = names.drone or names.around.best(call)
    if drone is None:
        return Mistake(names.around.why_none(call))
    if reason == "":
        return Question(
            f"say why: {action.verb} {drone} {call} override REASON",
            fill=f"{action.verb} {drone} {call} override ",
        )
    return Understood(LaunchDrone(command_id="", drone=drone, call_id=call, override_reason=reason))


def _recall(action: Action, names: Names, words: list[str]) -> Parsed:
    rest = names.take(words)
    site: str | None = None
    if action.name == "return" and rest[:1] and rest[0].casefold() == "to":
        site, rest = grammar_fly.site_of(names, rest[1:]), []
        if site is None:
            return Question("to which site? " + some(names.around.sites))
    if rest:
        return Mistake(_not_a_name(rest[0], names.around))
    drone = names.drone
    if drone is None and names.call is None and action.name != "land":
        drone = names.around.focus  # as its key does on the flight screen
    if drone is None:
        call = names.call or names.around.selected_call
        crew = names.around.crews.get(call, ()) if call is not None else ()
        if len(crew) != 1 or (action.name == "land" and names.call is None):
            out = tuple(name for team in names.around.crews.values() for name in team)
            return Question(
                f"{action.verb} which aircraft? " + some(out or names.around.drones), f"{action.verb} "
            )
        drone = crew[0]
    match action.name:
        case "hold":
            return Understood(HoldDrone(command_id="", drone=drone))
        case "land":
            return Understood(LandDrone(command_id="", drone=drone))
        case _:
            return Understood(ReturnDrone(command_id="", drone=drone, site=site))


def _claim(action: Action, names: Names, words: list[str]) -> Parsed:
    rest = names.take(words)
    if rest:
        return Mistake(_not_a_name(rest[0], names.around))
    if names.drone is not None:
        return _release_aircraft(action, names, names.drone)
    call = names.call or names.around.selected_call
    if call is None:
        return Question(f"{action.verb} which call? " + some(names.around.calls), fill=f"{action.verb} ")
    kind = TakeCall if action.name == "take" else ReleaseCall
    return Understood(kind(command_id="", call_id=call))


def _release_aircraft(action: Action, names: Names, drone: str) -> Parsed:
    if action.name != "release":
        return Mistake(f"take claims a call; to get an aircraft: request {drone}")
    if names.call is not None:
        return Mistake(f"one thing at a time: release {drone}, or release {names.call}")
    return Understood(ReleaseControl(command_id="", drone=drone))


def _note(action: Action, names: Names, words: list[str]) -> Parsed:
    call = names.call
    if call is None and words:
        call = find(words[0], names.around.calls)
        if call is not None:
            words = words[1:]
        elif words[0].isdecimal() and len(words[0]) >= 3:
            # A mistyped call number must not become a remark on another call.
            return Mistake(
                f"{words[0]} is not a call here; to begin a note with a number, name the call first"
            )
    call = call or names.around.selected_call
    if call is None:
        return Question(f"{action.verb} on which call? " + some(names.around.calls), fill=f"{action.verb} ")
    if not words:
        return Question(
            f"{action.verb} {call}: and what? {action.verb} {call} TEXT", fill=f"{action.verb} {call} "
        )
    return Understood(AddNote(command_id="", call_id=call, text=" ".join(words)))


def _wind(action: Action, names: Names, words: list[str]) -> Parsed:
    if len(words) > 1 and words[1].casefold() in SPEED_UNITS:
        words = [words[0] + words[1], *words[2:]]
    if len(words) < 2:
        return Question(f"wind how strong, from where? say {WIND_SAID}", fill=f"{action.verb} ")
    if len(words) > 3:
        return Mistake(f"wind takes speed, direction in degrees and at most a gust: {WIND_SAID}")
    unit = next((unit for unit in SPEED_UNITS if words[0].casefold().endswith(unit)), "")
    # A gust without a unit has that of the speed.
    gust_word = "".join(words[2:]) + (unit if len(words) > 2 and number(words[2]) is not None else "")
    speed, from_deg = metres_per_second(words[0]), number(words[1])
    gust = metres_per_second(gust_word) if gust_word else None
    for word, value in zip(words, (speed, from_deg, gust), strict=False):
        if value is None:
            return Mistake(f"{clean(word, limit=20)} is not a number; say {WIND_SAID}")
    if speed is None or from_deg is None:
        return Mistake(f"say {WIND_SAID}")
    if why := _no_wind(speed, from_deg, gust):
        return Mistake(why)
    if not unit and not is_metric():
        # The screen tells knots: what is read there would be stored as twice that.
        said = clean(words[0], limit=20)
        rest = " ".join(words[1:])
        return Question(f"{said} kt or {said} m/s? type: {action.verb} {said}kt {rest}")
    return Understood(
        ReportWind(command_id="", wind_speed_m_s=speed, wind_from_deg=from_deg % 360.0, gust_m_s=gust)
    )


def _no_wind(speed_m_s: float, from_deg: float, gust_m_s: float | None) -> str:
    """Why no wind can be so; empty where one can."""
    if not 0 <= speed_m_s <= WIND_MAX_M_S:
        return f"wind of {speed_m_s:g} m/s cannot be; the speed comes first: {WIND_SAID}"
    if not 0 <= from_deg <= 360:
        return f"{from_deg:g} is not a direction; degrees from 0 to 360: {WIND_SAID}"
    if gust_m_s is not None and not speed_m_s <= gust_m_s <= WIND_MAX_M_S:
        return f"a gust of {gust_m_s:g} m/s with wind {speed_m_s:g} cannot be; wind 5m/s 240 9 is 5 gusting 9"
    return ""


def _local(action: Action, names: Names, words: list[str]) -> Parsed:
    if action.name == "quit" and (words or names.drone or names.call):
        names.take(words)
        home = f"; to bring {names.drone} home: rtl {names.drone}" if names.drone else ""
        return Mistake(f"quit leaves this console and takes nothing else: {action.verb}{home}")
    if action.name == "help" and words:
        fits = names.around.registry.meant(words[0])
        about = fits[0] if len(fits) == 1 else meant(words[0], names)
        return about if isinstance(about, Mistake) else Local("help", about.name)
    return Local(action.name)


_RULES: dict[str, Rule] = {
    "launch": _launch,
    "hold": _recall,
    "return": _recall,
    "land": _recall,
    "take": _claim,
    "release": _claim,
    "note": _note,
    "wind": _wind,
    **dict.fromkeys((*PAGE_VERBS, "help", "quit"), _local),
    **grammar_alarms.RULES,
    **grammar_calls.RULES,
    **grammar_fly.RULES,
    **grammar_map.RULES,
    **grammar_people.RULES,
    **grammar_past.RULES,
    **grammar_screens.RULES,
    **grammar_terminal.RULES,
}


# --- words for what went wrong -------------------------------------------------------------------

_NO_VERBS = dict.fromkeys(
    ("select", "choose", "pick"),
    "a call is chosen with Up and Down, or its number in what you ask: take 1041",
)
"""What people type for what is done in another way: a verb that looks like it would mislead."""


def _no_such_verb(word: str, names: Names) -> str:
    shown = clean(word, limit=20)
    registry = names.around.registry
    if (known := _NO_VERBS.get(word.casefold())) is not None:
        return f"{shown} is not a verb; {known}"
    near = difflib.get_close_matches(word.casefold(), registry.verbs(), n=1)
    meant = registry.for_verb(near[0]) if near else None
    hint = f"; did you mean: {meant.usage}" if meant else ""
    if names.drone and word.casefold() in SEEN_NOT_TYPED:
        return (
            f"{shown}: what {names.drone} does is seen, not typed; fleet shows it. A verb: hold, rtl, orbit"
        )
    after = names.drone or names.call
    where = f" after {after}" if after else ""
    return f"{shown} is not a verb{where}{hint or '; help lists them all'}"


def _not_a_name(word: str, around: Around) -> str:
    shown = clean(word, limit=20)
    near = difflib.get_close_matches(
        word.upper(), [name.upper() for name in (*around.drones, *around.calls)], n=1
    )
    if word[:1].isdecimal():
        return f"{shown} is not a call here; calls: {some(around.calls)}"
    hint = f" Did you mean {near[0]}?" if near else ""
    return f"{shown} is neither an aircraft nor a call; aircraft: {some(around.drones)}.{hint}"
