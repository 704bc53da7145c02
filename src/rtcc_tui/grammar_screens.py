"""Verbs of the screens: which aircraft to show, in which order the calls, and which of them. Pure."""

from __future__ import annotations

from rtcc_core.domain.text import clean
from rtcc_tui.action_values import Action
from rtcc_tui.grammar_values import Local, Mistake, Names, Parsed, Question, Rule, find, some
from rtcc_tui.queueing import FILTERS, PRIORITIES, SORTS

FLIGHT_MOST = 4


def _flight(action: Action, names: Names, words: list[str]) -> Parsed:
    """Aircraft by their callsigns, which may have several words each."""
    shown = [names.drone] if names.drone else []
    if names.call is not None:
        return Mistake(f"{action.verb} shows aircraft; {names.call} is a call")
    while words:
        for count in range(min(3, len(words)), 0, -1):
            drone = find(" ".join(words[:count]), names.around.drones)
            if drone is not None:
                shown.append(drone)
                words = words[count:]
                break
        else:
            fleet = some(names.around.drones)
            return Mistake(f"{clean(words[0], limit=20)} is not an aircraft; aircraft: {fleet}")
    shown = list(dict.fromkeys(shown))
    if len(shown) > FLIGHT_MOST:
        return Mistake(f"at most {FLIGHT_MOST} aircraft stand side by side; name those")
    return Local(action.name, about="\n".join(shown))


def _sort(action: Action, names: Names, words: list[str]) -> Parsed:
    if not words and not names.drone and not names.call:
        return Question(f"{action.verb} by what? {', '.join(SORTS)}", fill=f"{action.verb} ")
    wanted = [sort for sort in SORTS if len(words) == 1 and sort.startswith(words[0].casefold())]
    if not wanted:
        return Mistake(f"calls can be sorted by {', '.join(SORTS)}")
    return Local(action.name, about=wanted[0])


def _filter(action: Action, names: Names, words: list[str]) -> Parsed:
    beats = names.around.beats
    if not words and not names.drone and not names.call:
        known = ", ".join(("P1", *FILTERS[1:], "off"))
        return Question(f"{action.verb} by what? {known}, or a beat: {some(beats)}", fill=f"{action.verb} ")
    text = " ".join(words[1:] if len(words) > 1 and words[0].casefold() == "beat" else words)
    word = text.casefold()
    if word in ("off", "all", "none"):
        return Local(action.name, about="off")
    if word in PRIORITIES or word in FILTERS:
        return Local(action.name, about=word)
    beat = find(text, beats)
    if beat is None:
        return Mistake(f"no call is in a beat {clean(text, limit=20)}; beats: {some(beats)}")
    return Local(action.name, about=beat)


RULES: dict[str, Rule] = {"flight": _flight, "sort": _sort, "filter": _filter}
