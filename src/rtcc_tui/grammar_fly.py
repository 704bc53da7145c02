"""What a typed line asks of an aircraft in the air: relief, divert, and everything on the scene. Pure.

Each rule gets what was named already and the words behind the verb. Lengths are metres unless `ft` stands
behind them; directions are true degrees or `n`, `ne` … ; a place is `LAT,LON`, a call or a site.
"""

from __future__ import annotations

from msgspec.structs import replace

from rtcc_core.domain import commands as cmd
from rtcc_core.domain.geo import LatLon
from rtcc_core.domain.text import clean
from rtcc_tui.action_values import Action
from rtcc_tui.grammar_values import (
    WINDS,
    Mistake,
    Names,
    Parsed,
    Question,
    Rule,
    Understood,
    bearing,
    find,
    metres,
    metres_per_second,
    not_wanted,
    number,
    override_reason,
    place,
    some,
    unknown_place,
    which_drone,
)

# --- relief, divert --------------------------------------------------------------------------------


def relieve(action: Action, names: Names, words: list[str]) -> Parsed:
    words, reason = override_reason(words)
    found = which_drone(action, names, words)
    if not isinstance(found, tuple):
        return found
    drone, rest = found
    if rest and rest[0].casefold() in ("with", "by"):
        rest = rest[1:]
    by, left = names.take_drone(rest)
    if left:
        return not_wanted(action, left[0], "an aircraft")
    by = by or names.around.reliever(drone)
    if by is None:
        return Question(
            f"relieve {drone} with which aircraft? {action.usage}", fill=f"{action.verb} {drone} with "
        )
    return _override(action, cmd.RelieveDrone(command_id="", drone=drone, by=by), reason)


def divert(action: Action, names: Names, words: list[str]) -> Parsed:
    words, reason = override_reason(words)
    rest = [word for word in names.take(words) if word.casefold() != "to"]
    rest = names.take(rest)
    if rest:
        return not_wanted(action, rest[0], "an aircraft or a call")
    if names.drone is None:
        return Question(f"divert which aircraft? {action.usage}", fill=f"{action.verb} ")
    call = names.call or names.around.selected_call
    if call is None:
        around = names.around
        return Question(
            f"divert {names.drone} to which call? " + some(around.calls), fill=f"{action.verb} {names.drone} "
        )
    return _override(action, cmd.DivertDrone(command_id="", drone=names.drone, call_id=call), reason)


def _override(action: Action, command: cmd.RelieveDrone | cmd.DivertDrone, reason: str | None) -> Parsed:
    if reason == "":
        return Question(f"say why it may go all the same: {action.usage}")
    return Understood(replace(command, override_reason=reason))


# --- on scene --------------------------------------------------------------------------------------


def orbit(action: Action, names: Names, words: list[str]) -> Parsed:
    found = which_drone(action, names, words)
    if not isinstance(found, tuple):
        return found
    drone, rest = found
    asked = cmd.OrbitScene(command_id="", drone=drone)
    while rest:
        key, value, rest = rest[0].casefold(), rest[1:2], rest[1:]
        if key in ("cw", "clockwise", "ccw", "anticlockwise", "counterclockwise"):
            asked = replace(asked, is_clockwise=key in ("cw", "clockwise"))
            continue
        changed = _circle(asked, key, value[0], names) if value else None
        if changed is None:
            return not_wanted(action, " ".join([key, *value]), "a radius, a speed, a place, cw or ccw")
        asked, rest = changed, rest[1:]
    return Understood(asked)


def _circle(asked: cmd.OrbitScene, key: str, word: str, names: Names) -> cmd.OrbitScene | None:
    """The circle with one figure more; None where the words are no such figure."""
    match key:
        case "radius" | "r" if (radius_m := metres(word)) is not None:
            return replace(asked, radius_m=round(radius_m, 1))
        case "speed" if (speed_m_s := metres_per_second(word)) is not None:
            return replace(asked, speed_m_s=round(speed_m_s, 1))
        case "at" | "round" if (centre := place(word, names.around)) is not None:
            return replace(asked, centre=centre)
        case _:
            return None


def move(action: Action, names: Names, words: list[str]) -> Parsed:
    found = which_drone(action, names, words)
    if not isinstance(found, tuple):
        return found
    drone, rest = found
    if len(rest) < 2:
        return Question(f"move {drone} which way, how far? {action.usage}", fill=f"{action.verb} {drone} ")
    if _is_far_first(rest):
        rest = [rest[-1], *rest[:-1]]
    towards, length_m = bearing(rest[0]), metres("".join(rest[1:]))
    if towards is None:
        return not_wanted(action, rest[0], "a direction (0 to 360 degrees, or n, ne, e ...)")
    if length_m is None or length_m <= 0.0:
        return not_wanted(action, " ".join(rest[1:]), "a distance (50, 50m, 150ft)")
    return Understood(
        cmd.MoveDrone(command_id="", drone=drone, bearing_deg=towards, length_m=round(length_m, 1))
    )


def _is_far_first(words: list[str]) -> bool:
    """`100 north`, `100m 270`: the distance was said before the direction, and cannot be one itself."""
    last = words[-1].casefold().replace("-", "")
    is_length = metres("".join(words[:-1])) is not None
    return is_length and (last in WINDS or (number(words[0]) is None and bearing(last) is not None))


def go_to(action: Action, names: Names, words: list[str]) -> Parsed:
    found = which_drone(action, names, words)
    if not isinstance(found, tuple):
        return found
    drone, rest = found
    label = " ".join(rest) or (names.call or "")
    target = place(label, names.around) if label else None
    if target is None:
        return unknown_place(action, label, f"goto {drone} ")
    named = find(label, names.around.labels)
    label = names.around.labels[named] if named else clean(label, limit=60)
    return Understood(cmd.GoTo(command_id="", drone=drone, target=target, label=label))


def height(action: Action, names: Names, words: list[str]) -> Parsed:
    found = which_drone(action, names, words)
    if not isinstance(found, tuple):
        return found
    drone, rest = found
    if rest and rest[0].casefold() in ("to", "by"):
        rest = rest[1:]
    value = metres("".join(rest))
    if value is None:
        wrong = f"{clean(' '.join(rest), limit=20)} is no height. " if rest else ""
        return Question(f"{wrong}How high? {action.usage}", fill=f"{action.verb} {drone} ")
    if action.name == "height":
        return Understood(cmd.SetHeight(command_id="", drone=drone, height_m=round(value, 1)))
    now_m = names.around.heights_m.get(drone)
    if now_m is None:
        return Mistake(f"how high {drone} is now is not known; say: height {drone} 60")
    # Whole metres: the height it reads wavers by less.
    wanted_m = round(now_m + (value if action.name == "raise" else -value))
    return Understood(cmd.SetHeight(command_id="", drone=drone, height_m=float(wanted_m)))


def face(action: Action, names: Names, words: list[str]) -> Parsed:
    found = which_drone(action, names, words)
    if not isinstance(found, tuple):
        return found
    drone, rest = found
    label = " ".join(rest) or (names.call or "")
    if (target := place(label, names.around)) is not None:
        return Understood(cmd.FaceDrone(command_id="", drone=drone, target=target))
    if (heading := bearing(label)) is not None:
        return Understood(cmd.FaceDrone(command_id="", drone=drone, heading_deg=heading))
    return unknown_place(action, label, f"face {drone} ")


def line(action: Action, names: Names, words: list[str]) -> Parsed:
    found = which_drone(action, names, words)
    if not isinstance(found, tuple):
        return found
    drone, rest = found
    points: list[LatLon] = []
    for word in rest:
        point = place(word, names.around)
        if point is None:
            return not_wanted(action, word, "a place")
        points.append(point)
    if len(points) < 2:
        return Question(f"along which places? {action.usage}", fill=f"{action.verb} {drone} ")
    return Understood(cmd.FollowLine(command_id="", drone=drone, points=tuple(points)))


def follow_call(action: Action, names: Names, words: list[str]) -> Parsed:
    found = which_drone(action, names, words)
    if not isinstance(found, tuple):
        return found
    drone, rest = found
    if rest:
        return not_wanted(action, rest[0], "wanted here")
    return Understood(cmd.FollowCall(command_id="", drone=drone))


# --- the camera ------------------------------------------------------------------------------------

PITCHES = {"level": 0.0, "ahead": 0.0, "down": -90.0}
"""Degrees by word: 0 level, -90 straight down."""


def aim(action: Action, names: Names, words: list[str]) -> Parsed:
    found = which_drone(action, names, words)
    if not isinstance(found, tuple):
        return found
    drone, rest = found
    word = " ".join(rest).casefold() or "scene"
    if word == "scene":
        return Understood(cmd.AimCamera(command_id="", drone=drone))
    if (target := place(word, names.around)) is not None:
        return Understood(cmd.AimCamera(command_id="", drone=drone, target=target))
    pitch = PITCHES.get(word, number(word.rstrip("°")))
    if pitch is not None:
        return Understood(cmd.AimCamera(command_id="", drone=drone, pitch_deg=pitch))
    return unknown_place(action, word, f"aim {drone} ")


def record(action: Action, names: Names, words: list[str]) -> Parsed:
    found = which_drone(action, names, words)
    if not isinstance(found, tuple):
        return found
    drone, rest = found
    switch = rest[0].casefold() if len(rest) == 1 else ""
    if switch not in ("on", "off"):
        return Question(f"on or off? {action.usage}", fill=f"{action.verb} {drone} ")
    return Understood(cmd.RecordVideo(command_id="", drone=drone, is_on=switch == "on"))


def site_of(names: Names, words: list[str]) -> str | None:
    """The site behind `rtl D1 to`; None where it is none."""
    return find(" ".join(words), names.around.sites)


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
}
