"""What a typed line asks of an aircraft in the air, of who flies it, and of what the house suggests. Pure.

Each rule gets what was named already and the words behind the verb. Lengths are metres unless `ft` stands
behind them; directions are true degrees or `n`, `ne` … ; a place is `LAT,LON`, a call or a site.
"""

from __future__ import annotations

from collections.abc import Callable

from rtcc_core.domain import commands as cmd
from rtcc_core.domain.geo import LatLon
from rtcc_core.domain.text import clean
from rtcc_tui.actions import Action
from rtcc_tui.grammar_values import Around, Mistake, Names, Parsed, Question, Understood, find, number, some

FEET_PER_METRE = 3.280_839_895
WINDS = {word: index * 45.0 for index, word in enumerate(("n", "ne", "e", "se", "s", "sw", "w", "nw"))}
_OVERRIDE = frozenset({"override", "because"})

Rule = Callable[[Action, Names, list[str]], Parsed]


# --- values ----------------------------------------------------------------------------------------


def metres(word: str) -> float | None:
    """`80`, `80m`, `260ft`; None for what is no length."""
    folded = word.casefold()
    for unit, factor in (("ft", 1.0 / FEET_PER_METRE), ("m", 1.0), ("", 1.0)):
        if folded.endswith(unit):
            value = number(folded.removesuffix(unit))
            return None if value is None else value * factor
    return None


def bearing(word: str) -> float | None:
    """`270`, `270°`, `sw`; None for what is no direction."""
    if word.casefold() in WINDS:
        return WINDS[word.casefold()]
    value = number(word.rstrip("°"))
    return value % 360.0 if value is not None and -360.0 <= value <= 720.0 else None


def place(word: str, around: Around) -> LatLon | None:
    """`LAT,LON`, or the position of a call or a site."""
    parts = word.split(",")
    if len(parts) == 2:
        latitude_deg, longitude_deg = number(parts[0]), number(parts[1])
        if latitude_deg is None or longitude_deg is None:
            return None
        try:
            return LatLon(latitude_deg, longitude_deg)
        except ValueError:
            return None
    named = find(word, around.places)
    return around.places[named] if named else None


def _drone(action: Action, names: Names, words: list[str]) -> tuple[str, list[str]] | Parsed:
    """The aircraft that is meant: named, or the only one on the selected call; and the words left."""
    around = names.around
    drone = names.drone
    if drone is None and words and (found := find(words[0], around.drones)):
        drone, words = found, words[1:]
    if drone is None:
        crew = around.crews.get(names.call or around.selected_call or "", ())
        if len(crew) != 1:
            return Question(f"{action.verb} which aircraft? {action.usage}", fill=f"{action.verb} ")
        drone = crew[0]
    return drone, words


def _wrong(action: Action, word: str, wants: str) -> Mistake:
    return Mistake(f"{clean(word, limit=20)} is not {wants}; say: {action.usage}")


def _reason(words: list[str]) -> tuple[list[str], str | None]:
    """What stands before `override`, and the reason behind it."""
    folded = [word.casefold() for word in words]
    at = next((index for index, word in enumerate(folded) if word in _OVERRIDE), None)
    return (words, None) if at is None else (words[:at], " ".join(words[at + 1 :]) or None)


# --- relief, divert --------------------------------------------------------------------------------


def relieve(action: Action, names: Names, words: list[str]) -> Parsed:
    found = _drone(action, names, words)
    if not isinstance(found, tuple):
        return found
    drone, rest = found
    rest, reason = _reason(rest)
    by = find(rest[0], names.around.drones) if rest else None
    if rest and by is None:
        return _wrong(action, rest[0], "an aircraft")
    return Understood(cmd.RelieveDrone(command_id="", drone=drone, by=by, override_reason=reason))


def divert(action: Action, names: Names, words: list[str]) -> Parsed:
    found = _drone(action, names, words)
    if not isinstance(found, tuple):
        return found
    drone, rest = found
    rest, reason = _reason(rest)
    call = names.call or (find(rest[0], names.around.calls) if rest else names.around.selected_call)
    if call is None:
        return Question(f"divert {drone} to which call? " + some(names.around.calls), fill=f"divert {drone} ")
    return Understood(cmd.DivertDrone(command_id="", drone=drone, call_id=call, override_reason=reason))


# --- on scene --------------------------------------------------------------------------------------


def orbit(action: Action, names: Names, words: list[str]) -> Parsed:
    found = _drone(action, names, words)
    if not isinstance(found, tuple):
        return found
    drone, rest = found
    asked: dict[str, float | bool | LatLon] = {}
    keys = {"radius": "radius_m", "r": "radius_m", "speed": "speed_m_s", "at": "centre"}
    while rest:
        word = rest[0].casefold()
        if word in ("cw", "clockwise", "ccw", "anticlockwise"):
            asked["is_clockwise"] = word in ("cw", "clockwise")
            rest = rest[1:]
            continue
        value = None
        if word in keys and len(rest) > 1:
            value = place(rest[1], names.around) if word == "at" else metres(rest[1])
        if value is None:
            return _wrong(action, " ".join(rest[:2]), "a radius, a speed, a place, cw or ccw")
        asked[keys[word]] = value
        rest = rest[2:]
    return Understood(cmd.OrbitScene(command_id="", drone=drone, **asked))  # type: ignore[arg-type]  # by name


def move(action: Action, names: Names, words: list[str]) -> Parsed:
    found = _drone(action, names, words)
    if not isinstance(found, tuple):
        return found
    drone, rest = found
    if len(rest) != 2:
        return Question(f"move {drone} which way, how far? {action.usage}", fill=f"move {drone} ")
    towards, length_m = bearing(rest[0]), metres(rest[1])
    if towards is None:
        return _wrong(action, rest[0], "a direction")
    if length_m is None:
        return _wrong(action, rest[1], "a distance")
    return Understood(cmd.MoveDrone(command_id="", drone=drone, bearing_deg=towards, length_m=length_m))


def go_to(action: Action, names: Names, words: list[str]) -> Parsed:
    found = _drone(action, names, words)
    if not isinstance(found, tuple):
        return found
    drone, rest = found
    label = " ".join(rest) or (names.call or "")
    target = place(label, names.around) if label else None
    if target is None:
        words_ = f"{clean(label, limit=40)} is no place known here. " if label else ""
        return Question(f"{words_}go where? {action.usage}", fill=f"goto {drone} ")
    return Understood(cmd.GoTo(command_id="", drone=drone, target=target, label=label))


def height(action: Action, names: Names, words: list[str]) -> Parsed:
    found = _drone(action, names, words)
    if not isinstance(found, tuple):
        return found
    drone, rest = found
    value = metres(rest[0]) if len(rest) == 1 else None
    if value is None:
        return Question(f"how high? {action.usage}", fill=f"{action.verb} {drone} ")
    if action.name != "height":
        now_m = names.around.heights_m.get(drone)
        if now_m is None:
            return Mistake(f"how high {drone} is now is not known; say: height {drone} 60")
        value = now_m + (value if action.name == "raise" else -value)
    return Understood(cmd.SetHeight(command_id="", drone=drone, height_m=round(value, 1)))


def face(action: Action, names: Names, words: list[str]) -> Parsed:
    found = _drone(action, names, words)
    if not isinstance(found, tuple):
        return found
    drone, rest = found
    word = rest[0] if len(rest) == 1 else (names.call or "")
    if (heading := bearing(word)) is not None and word not in names.around.places:
        return Understood(cmd.FaceDrone(command_id="", drone=drone, heading_deg=heading))
    if (target := place(word, names.around)) is not None:
        return Understood(cmd.FaceDrone(command_id="", drone=drone, target=target))
    return Question(f"face which way? {action.usage}", fill=f"face {drone} ")


def line(action: Action, names: Names, words: list[str]) -> Parsed:
    found = _drone(action, names, words)
    if not isinstance(found, tuple):
        return found
    drone, rest = found
    points: list[LatLon] = []
    for word in rest:
        point = place(word, names.around)
        if point is None:
            return _wrong(action, word, "a place")
        points.append(point)
    if len(points) < 2:
        return Question(f"along which points? {action.usage}", fill=f"line {drone} ")
    return Understood(cmd.FollowLine(command_id="", drone=drone, points=tuple(points)))


def follow_call(action: Action, names: Names, words: list[str]) -> Parsed:
    found = _drone(action, names, words)
    if not isinstance(found, tuple):
        return found
    drone, rest = found
    return (
        _wrong(action, rest[0], "wanted here")
        if rest
        else Understood(cmd.FollowCall(command_id="", drone=drone))
    )


def aim(action: Action, names: Names, words: list[str]) -> Parsed:
    found = _drone(action, names, words)
    if not isinstance(found, tuple):
        return found
    drone, rest = found
    word = rest[0].casefold() if len(rest) == 1 else ("" if rest else "scene")
    fixed = {"level": 0.0, "ahead": 0.0, "down": -90.0}
    if word == "scene":
        return Understood(cmd.AimCamera(command_id="", drone=drone))
    pitch = fixed.get(word, number(word))
    if pitch is not None:
        return Understood(cmd.AimCamera(command_id="", drone=drone, pitch_deg=pitch))
    if (target := place(word, names.around)) is not None:
        return Understood(cmd.AimCamera(command_id="", drone=drone, target=target))
    return Question(f"aim where? {action.usage}", fill=f"aim {drone} ")


def record(action: Action, names: Names, words: list[str]) -> Parsed:
    found = _drone(action, names, words)
    if not isinstance(found, tuple):
        return found
    drone, rest = found
    switch = rest[0].casefold() if len(rest) == 1 else ""
    if switch not in ("on", "off"):
        return Question(f"on or off? {action.usage}", fill=f"record {drone} ")
    return Understood(cmd.RecordVideo(command_id="", drone=drone, is_on=switch == "on"))


# --- who flies -------------------------------------------------------------------------------------


def request(action: Action, names: Names, words: list[str]) -> Parsed:
    found = _drone(action, names, words)
    if not isinstance(found, tuple):
        return found
    return Understood(cmd.RequestControl(command_id="", drone=found[0]))


def give(action: Action, names: Names, words: list[str]) -> Parsed:
    found = _drone(action, names, words)
    if not isinstance(found, tuple):
        return found
    drone, rest = found
    rest = rest[1:] if rest and rest[0].casefold() == "to" else rest
    account = _person(" ".join(rest), names.around) if rest else None
    if account is None:
        people = some(f"{name} ({account})" for account, name in names.around.people.items())
        return Question(f"give {drone} to whom? {people}", fill=f"give {drone} ")
    return Understood(cmd.HandOver(command_id="", drone=drone, to_account=account))


def _person(typed: str, around: Around) -> str | None:
    """By account, or by any part of the name that only one has."""
    folded = typed.casefold()
    if account := find(typed, around.people):
        return account
    fits = [account for account, name in around.people.items() if folded in name.casefold()]
    return fits[0] if len(fits) == 1 else None


def _with_reason(
    kind: type[cmd.TakeOver | cmd.DeclareDown | cmd.GroundAircraft | cmd.ReturnToService],
) -> Rule:
    def rule(action: Action, names: Names, words: list[str]) -> Parsed:
        found = _drone(action, names, words)
        if not isinstance(found, tuple):
            return found
        drone, rest = found
        if not rest:
            return Question(f"say why: {action.usage}", fill=f"{action.verb} {drone} ")
        return Understood(kind(command_id="", drone=drone, reason=" ".join(rest)))

    return rule


def shift(action: Action, names: Names, words: list[str]) -> Parsed:
    if not words:
        return Understood(cmd.BeginShift(command_id=""))
    if words[0].casefold() in ("end", "off", "over"):
        return Understood(cmd.EndShift(command_id=""))
    hours = number(words[0])
    if hours is None or not 0.0 < hours <= 24.0:
        return _wrong(action, words[0], "a number of hours up to 24")
    return Understood(cmd.BeginShift(command_id="", hours=hours))


# --- suggestions -----------------------------------------------------------------------------------


def accept(action: Action, names: Names, words: list[str]) -> Parsed:
    words, reason = _reason(words)
    found = _suggestion(action, names, words)
    if not isinstance(found, str):
        return found
    return Understood(cmd.AcceptSuggestion(command_id="", suggestion_id=found, override_reason=reason))


def decline(action: Action, names: Names, words: list[str]) -> Parsed:
    found = _suggestion(action, names, words[:1] if words and find(words[0], names.around.drones) else [])
    if not isinstance(found, str):
        return found
    reason = " ".join(words[1:] if words and find(words[0], names.around.drones) else words)
    return Understood(cmd.DeclineSuggestion(command_id="", suggestion_id=found, reason=reason))


def _suggestion(action: Action, names: Names, words: list[str]) -> str | Parsed:
    """The suggestion about the named aircraft; unnamed, the one that is on the screen."""
    around = names.around
    drone = names.drone or (find(words[0], around.drones) if words else None)
    if words and drone is None:
        return _wrong(action, words[0], "an aircraft")
    if drone is None:
        return around.suggestion_id or Mistake("nothing is suggested now")
    about = next((key for key, each in around.suggestions.items() if each == drone), None)
    return about or Mistake(f"nothing is suggested for {drone} now")


RULES: dict[str, Rule] = {
    "relieve": relieve,
    "divert": divert,
    "orbit": orbit,
    "move": move,
    "goto": go_to,
    "height": height,
    "raise": height,
    "lower": height,
    "face": face,
    "line": line,
    "follow": follow_call,
    "aim": aim,
    "record": record,
    "request": request,
    "give": give,
    "takeover": _with_reason(cmd.TakeOver),
    "down": _with_reason(cmd.DeclareDown),
    "ground": _with_reason(cmd.GroundAircraft),
    "inservice": _with_reason(cmd.ReturnToService),
    "shift": shift,
    "accept": accept,
    "decline": decline,
}
