"""What the keys and verbs of the journal and the replay do, and what a replay keeps from being asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from rtcc_core.domain import commands as cmd
from rtcc_core.domain.commands import AnyCommand
from rtcc_core.wire.console import FromCore, JournalFound, LookedBack, ReadBack, Welcome
from rtcc_tui.journal_look import Only
from rtcc_tui.looking import View
from rtcc_tui.moments import USAGE, moment
from rtcc_tui.requests import RECALLS
from rtcc_tui.spans import Tone
from rtcc_tui.words import clock

if TYPE_CHECKING:
    from rtcc_tui.session import Session

PAGE_ROWS = 15
"""Events that PgUp and PgDn move."""

WRITTEN_AFTER_S = 3.0
"""What is younger may not be on the core's disk yet (real seconds): a replay ends there."""

GOES_THROUGH: tuple[type[AnyCommand], ...] = (*RECALLS, cmd.AcknowledgeAlarm, cmd.ShelveAlarm)
"""What may be asked during a replay: it is about what is now, and says so."""

NOT_IN_REPLAY = "this is a REPLAY: only hold, return, land and ack go through, to what is live. Esc ends it"
NO_REPLAY = f"no replay is on: replay {USAGE}"
OTHER_JOURNAL = "the replay is over: the core came back with another journal. This is now"
BEGUN = (
    "hold, return and land still act LIVE; what stood on the ground left no telemetry. Esc ends the replay"
)

RATE_WORDS = {
    0: "the replay stands still",
    1: "the replay plays as fast as it happened",
    10: "the replay plays ten times as fast as it happened",
}

_STEPS = {
    "replay_back": timedelta(minutes=-1),
    "replay_on": timedelta(minutes=1),
    "replay_bit_back": timedelta(seconds=-10),
    "replay_bit_on": timedelta(seconds=10),
}


def do_past(session: Session, name: str, now: float, about: str = "") -> bool:
    """Do what an action of the journal or the replay stands for; False where it is none of them."""
    if name.startswith("replay"):
        _replay(session, name, now, about)
    elif name.startswith("journal"):
        _journal(session, name, now, about)
    else:
        return False
    return True


def refusal(session: Session, command: AnyCommand) -> str:
    """Why this is not asked while the screens show the past; empty where it may be."""
    return NOT_IN_REPLAY if session.replay.is_on and not isinstance(command, GOES_THROUGH) else ""


def key_meant(session: Session, key: str) -> str:
    """The action a key stands for beside the registry: Space plays a replay, Enter opens one from a row."""
    meant = session.registry.for_key(key, session.view)
    is_play = key == "space" or (meant is not None and meant.name == "journal_replay")
    if is_play and session.replay.is_on:
        return "replay_play"  # a key that has begun a replay never begins another one
    if key == "enter" and session.view is View.JOURNAL:
        return "journal_replay"
    return ""


def escaped(session: Session) -> bool:
    """Esc during a replay ends it and nothing else."""
    if not session.replay.is_on and not session.replay.is_waiting:
        return False
    end(session)
    return True


def end(session: Session) -> None:
    """Back to now."""
    session.replay.end()
    session.say("the replay is over: this is now")
    if (kept := session.screens.before_replay) is not None:
        session.selected, session.anchor, session.scroll_back = kept
        session.screens.before_replay = None
    _select_shown(session)


# --- what comes in ----------------------------------------------------------------------------------


def told(session: Session, message: FromCore, now: float) -> None:
    """The core's answers to what was asked of the past."""
    match message:
        case Welcome(state=state) if session.replay.is_of_another(state):
            _begin_anew(session)
        case JournalFound():
            session.journal.found(message, session.question)
        case LookedBack():
            if session.replay.looked_back(message, session.question):
                _say_where(session, now)
        case ReadBack():
            if session.replay.read_back(message, session.question):
                _say_where(session, now)


def _begin_anew(session: Session) -> None:
    """The core came back with another journal: what is known of the old one is not its past."""
    if session.replay.is_on:
        end(session)
        session.say(OTHER_JOURNAL, Tone.WARN)
    if session.journal.is_begun:
        _begin(session, session.journal.only)


def ticked(session: Session, now: float) -> None:
    """Time passed: the list follows, what plays goes on."""
    if session.view is View.JOURNAL and session.live.is_connected:
        session.journal.ticked(now, session.live.state.seq, session.question)
        if session.replay.at is not None:
            session.journal.seek(session.replay.at, session.question)
    newest = latest(session, now)
    if newest is not None and session.replay.ticked(now, newest, session.question):
        session.say("the replay has come to now; Esc ends it")


def lost(session: Session) -> None:
    """The core is gone."""
    session.journal.lost()
    session.replay.lost(session.live.state)


def latest(session: Session, now: float) -> datetime | None:
    """The newest moment that can be replayed."""
    at = session.live.core_now(now)
    speed = max(1.0, session.live.programme.drill_speed)
    return at - timedelta(seconds=WRITTEN_AFTER_S * speed) if at is not None else None


def _say_where(session: Session, now: float) -> None:
    replay = session.replay
    if replay.trouble:
        session.say(replay.trouble, Tone.WARN)
    elif replay.progress is not None:
        session.say(f"the core reads its journal for that moment: {replay.progress:.0%}")
    elif replay.at is not None:
        session.say(BEGUN)
        if session.screens.before_replay is None:
            session.screens.before_replay = session.selected, session.anchor, session.scroll_back
        with session.looking_back(now):
            _select_shown(session)


def _select_shown(session: Session) -> None:
    """What is selected is something that is shown."""
    if session.selected not in session.model.state.calls:
        first = session.model.queue()
        session.selected = first[0].call_id if first else None
        session.scroll_back = 0


# --- the replay ---------------------------------------------------------------------------------------


def _replay(session: Session, name: str, now: float, about: str) -> None:
    replay, newest = session.replay, latest(session, now)
    if about == "end":
        end(session)
    elif newest is None or not session.live.is_connected:
        session.say("NO CORE: nobody can be asked about the past", Tone.ALARM)
    elif name == "replay":
        _go(session, about, now, newest)
    elif not replay.is_on:
        session.say(NO_REPLAY, Tone.WARN)
    elif name == "replay_play":
        rate = replay.play()
        session.say(RATE_WORDS[rate])
    else:
        replay.step(_STEPS[name], newest, session.question)


def _go(session: Session, about: str, now: float, newest: datetime) -> None:
    if about.startswith("#"):
        session.replay.go(int(about[1:]), newest, session.question)
        session.say(f"asking the core how it was after event {about}")
        return
    at = moment(about, session.live.core_now(now) or newest)
    if at is None:
        session.say(f"{about} is no moment that has been; {USAGE}", Tone.WARN)
        return
    session.say(f"asking the core how it was at {at:%Y-%m-%d} {clock(at)}")
    session.replay.go(at, newest, session.question)
    if session.replay.is_on and not session.replay.is_waiting:
        _say_where(session, now)


# --- the journal --------------------------------------------------------------------------------------


def _journal(session: Session, name: str, now: float, about: str) -> None:
    look, ask = session.journal, session.question
    if name == "journal":
        _open(session, about)
        return
    match name:
        case "journal_up" | "journal_down":
            look.move(1 if name == "journal_down" else -1, ask)
        case "journal_earlier" | "journal_later":
            look.move(PAGE_ROWS if name == "journal_later" else -PAGE_ROWS, ask)
        case "journal_end":
            look.follow()
        case "journal_call":
            _narrow(session, call_id=(look.line.call_id if look.line else "") or session.selected)
        case "journal_craft":
            _narrow(session, drone=look.line.drone if look.line else None)
        case "journal_all":
            _begin(session, Only())
        case "journal_replay":
            if look.line is None:
                session.say("there is no event to replay from", Tone.WARN)
            else:
                session.view = View.ALL  # the list is of all times: the moment is seen on dispatch
                _replay(session, "replay", now, f"#{look.line.seq}")


def _open(session: Session, about: str) -> None:
    look = session.journal
    is_there = session.view is View.JOURNAL
    session.view, session.page_top = View.JOURNAL, 0
    if about or is_there or not look.is_begun or look.trouble:
        _begin(session, only_of(session, about))


def _begin(session: Session, only: Only) -> None:
    if not session.live.is_connected:
        session.say("NO CORE: the journal cannot be asked", Tone.ALARM)
        return
    session.journal.begin(only, session.live.state.seq, session.question)


def _narrow(session: Session, *, call_id: str | None = None, drone: str | None = None) -> None:
    if not call_id and not drone:
        session.say("that event belongs to none; journal CALL or journal AIRCRAFT narrows it", Tone.WARN)
        return
    _begin(session, session.journal.narrowed(call_id=call_id, drone=drone))


def only_of(session: Session, text: str) -> Only:
    """`1041 D2 handgun`: what names a call, an aircraft or a person's account narrows; the rest is text. With
    `all` before it the house's own notes are found, too."""
    state, only, rest = session.live.state, Only(), list[str]()
    calls = {name.casefold(): name for name in state.calls}
    drones = {name.casefold(): name for name in state.drones}
    people = {name.casefold(): name for name in state.people}
    words = text.split()
    if words and words[0].casefold() in ("all", "*"):
        only, words = replace(only, has_everything=True), words[1:]
    for word in words:
        key = word.casefold()
        if key in calls and not only.call_id:
            only = replace(only, call_id=calls[key])
        elif key in drones and not only.drone:
            only = replace(only, drone=drones[key])
        elif key in people and not only.account:
            only = replace(only, account=people[key])
        else:
            rest.append(word)
    return replace(only, text=" ".join(rest))
