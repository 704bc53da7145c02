"""The help page, generated from the registry of actions: first the dozen keys of a shift, then every verb by
subject, each with what it does."""

from __future__ import annotations

from rich.cells import cell_len

from rtcc_core.domain.people import Role
from rtcc_tui.actions import Action, Danger, key_word
from rtcc_tui.actions_alarms import ALARMS
from rtcc_tui.actions_calls import ALERTS, CALLS, OPENED
from rtcc_tui.actions_fly import FLYING
from rtcc_tui.actions_map import MAPPING
from rtcc_tui.actions_past import PAST
from rtcc_tui.actions_people import PEOPLE
from rtcc_tui.actions_screens import SCREENS
from rtcc_tui.roles import NAMES, screens_of
from rtcc_tui.session import Session
from rtcc_tui.spans import Line, Tone, cut, left, row, wrap

LEGEND = "! moves an aircraft: shown first, sent by Enter"

WIDE_FROM = 120
"""From here on what is typed stands beside what it does."""

VERB_W, KEYS_W, USAGE_W = 11, 8, 43

CLAUSE_LEAST = 16
"""Fewer letters say nothing by themselves."""

FIRST = (
    ("launch", "the best aircraft to the selected call"),
    ("hold", "stop and hover where it is"),
    ("return", "come home and land"),
    ("relieve", "send another aircraft to take over"),
    ("accept", "do what the house suggests"),
    ("take", "the selected call is yours; the others see it"),
    ("note", "write on the selected call"),
    ("ack", "you saw the alarm on the second line"),
    ("new", "open a call before CAD has it"),
    ("view", "everything, the call alone, aircraft and gates"),
    ("command", "type any verb below; Tab completes it"),
)
"""What most of a shift is done with, in plain words."""

_SUBJECTS: tuple[tuple[str, tuple[Action, ...]], ...] = (
    ("FLYING", FLYING),
    ("SUGGESTIONS, WHO FLIES WHAT, SHIFTS", PEOPLE),
    ("CALLS", (*CALLS, *OPENED)),
    ("ALARMS", ALARMS),
    ("ALERTS AND WHAT IS NEAR", ALERTS),
    ("SCREENS", SCREENS),
    ("JOURNAL AND REPLAY", PAST),
    ("MAP", MAPPING),
)
"""What belongs together; everything else is about this console."""

_NOTES = (
    "PLACE is LAT,LON, an address, two streets that cross, a call or a site. "
    "DIRECTION is degrees or n, ne, e ... Lengths are metres, or 200ft.",
    "ASKED is stored, SENT is given to the aircraft, then ACCEPTED, REFUSED or UNKNOWN.",
    "PHASE is what was seen of the aircraft, whatever it was ordered.",
    "1! is a P1 call. HEIGHT* is above the launch point. A ? is a value older than 2 s.",
    "17:09:30Z is a time of day (UTC); 4:05 and 17 min are how long.",
)


def help_lines(session: Session, width: int) -> list[Line]:
    """Keys, verbs and what they do; the first line is the heading."""
    back = "? or Esc goes back"
    lines = [row(width, (left(f" {LEGEND}", width - len(back) - 1), Tone.STRONG), (back, Tone.QUIET))]
    lines += _first(session, width)
    for title, actions in _by_subject(session):
        lines.append(row(width, (f" {title}", Tone.STRONG)))
        lines += [_entry(session, action, width) for action in actions]
    lines.append(row(width, (" WORDS", Tone.STRONG)))
    lines += [row(width, (f" {part}", Tone.NORMAL)) for note in _NOTES for part in wrap(note, width - 2)]
    return lines


def _first(session: Session, width: int) -> list[Line]:
    """The keys of this person's role; of an action without a key its verb."""
    lines: list[Line] = []
    for name, words in FIRST:
        action = session.registry.named(name)
        if session.model.may(action.right):
            key = key_word(action.keys[0]) if action.keys else action.verb
            called = f"{action.label or action.verb}: " if action.label not in ("", words) else ""
            lines.append(_row(_mark(action), key, f"{called}{words}", width))
    flies = session.model.you is not None and session.model.you.role in (Role.PILOT, Role.RTCC_OPERATOR)
    chooses = "Up and Down choose a call" + ("; on 2 the arrows choose an aircraft" if flies else "")
    lines.append(_row(" ", "arrows", chooses, width))
    lines.append(_row(" ", _digits(session), f"{_screens(session)}; Esc goes back", width))
    lines.append(_row(" ", "PgDn End", "the verbs by subject; :help VERB tells one of them whole", width))
    return lines


def _row(mark: str, key: str, words: str, width: int) -> Line:
    return row(width, (f"{mark}{left(key, 9)} {words}", Tone.NORMAL))


def _digits(session: Session) -> str:
    """`1-4 6 7 m`: a run only where no key is left out, for the names beside it are counted off."""
    runs: list[list[str]] = []
    for action in (*_screen_actions(session), session.registry.named("map")):
        key = key_word(action.keys[0]) if action.keys else ""
        last = runs[-1][-1] if runs else ""
        if key.isdecimal() and last.isdecimal() and int(key) == int(last) + 1:
            runs[-1].append(key)
        elif key:
            runs.append([key])
    return " ".join(f"{run[0]}-{run[-1]}" if len(run) > 2 else " ".join(run) for run in runs)


def _screens(session: Session) -> str:
    """`calls, flight, people, journal, drill, map`: in the order of their keys."""
    return ", ".join([*(action.name for action in _screen_actions(session)), "map"])


def _screen_actions(session: Session) -> list[Action]:
    offered = screens_of(session.model.you, is_drill=session.model.programme.is_drill)
    return [session.registry.named(NAMES[view]) for view in offered]


def _by_subject(session: Session) -> list[tuple[str, list[Action]]]:
    """Every action as this agency calls it; the rest under the console."""
    known = [(title, {each.name for each in actions}) for title, actions in _SUBJECTS]
    taken = set().union(*(names for _, names in known))
    actions = session.registry.actions
    found = [(title, [each for each in actions if each.name in names]) for title, names in known]
    return [*found, ("THIS CONSOLE", [each for each in actions if each.name not in taken])]


def _mark(action: Action) -> str:
    return "!" if action.danger is Danger.FLIES else " "


def _entry(session: Session, action: Action, width: int) -> Line:
    """One verb, or one key that has none, and what it does."""
    keys = "/".join(key_word(key) for key in action.keys)
    tone = Tone.NORMAL if session.model.may(action.right) else Tone.QUIET
    if width >= WIDE_FROM:
        head = f"{left(keys, KEYS_W + 5)} {left(action.usage, USAGE_W)}"
    elif action.verb:
        head = f"{left(action.verb, VERB_W)}{left(keys, KEYS_W)}"
    else:
        head = left(keys, VERB_W + KEYS_W)
    room = width - cell_len(head) - 2
    return row(width, (f"{_mark(action)}{head} {short(action.help, room)}", tone))


def short(text: str, room: int) -> str:
    """As much of a help as fits in one line: whole, else its first clause; `help VERB` tells the rest."""
    if len(text) <= room:
        return text
    clause = text.partition("; ")[0]
    before_examples = clause.partition(": ")[0]
    if len(clause) > room and len(before_examples) >= CLAUSE_LEAST:
        clause = before_examples
    return cut(clause, room)
