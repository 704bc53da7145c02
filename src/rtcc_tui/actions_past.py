"""The journal screen and the replay: everything here only looks."""

from __future__ import annotations

from rtcc_tui.action_values import Action
from rtcc_tui.looking import View

PAST: tuple[Action, ...] = (
    Action(
        name="journal",
        verb="journal",
        aliases=("log",),
        usage="journal [CALL] [AIRCRAFT] [PERSON] [TEXT]",
        keys=("6",),
        help="what happened, in words; with words only what has them all; journal all: housekeeping, too",
    ),
    Action(
        name="replay",
        verb="replay",
        aliases=("rewind",),
        usage="replay TIME or end",
        help="the screens as they were: replay 03:12, yesterday 03:12, -10m; hold, return and land stay live",
    ),
    Action(name="journal_up", keys=("up", "k"), view=View.JOURNAL, help="journal: the event before"),
    Action(name="journal_down", keys=("down", "j"), view=View.JOURNAL, help="journal: the next event"),
    Action(name="journal_earlier", keys=("pageup",), view=View.JOURNAL, help="journal: earlier events"),
    Action(name="journal_later", keys=("pagedown",), view=View.JOURNAL, help="journal: later events"),
    Action(
        name="journal_end",
        keys=("G", "end"),
        view=View.JOURNAL,
        help="journal: the newest events, and on with them as they happen",
    ),
    Action(
        name="journal_search", keys=("slash",), view=View.JOURNAL, help="journal: type what to search for"
    ),
    Action(
        name="journal_call",
        keys=("f",),
        view=View.JOURNAL,
        help="journal: only the chosen event's call (else the selected one); again: everything",
    ),
    Action(
        name="journal_craft",
        keys=("d",),
        view=View.JOURNAL,
        help="journal: only the chosen event's aircraft; again: everything",
    ),
    Action(name="journal_all", keys=("x",), view=View.JOURNAL, help="journal: everything again"),
    Action(
        name="journal_replay",
        keys=("p",),
        view=View.JOURNAL,
        help="journal: replay from the chosen event, on dispatch; Enter too; in a replay it plays",
    ),
    Action(name="replay_back", keys=("less_than_sign",), help="replay: a minute back"),
    Action(name="replay_on", keys=("greater_than_sign",), help="replay: a minute on"),
    Action(name="replay_bit_back", keys=("comma",), help="replay: ten seconds back"),
    Action(name="replay_bit_on", keys=("full_stop",), help="replay: ten seconds on"),
    Action(
        name="replay_play", keys=("p",), help="replay: play, play ten times as fast, stand still; Space too"
    ),
)
