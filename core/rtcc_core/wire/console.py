"""The console protocol: JSON text frames over a websocket on a Unix socket.

A console says Hello, is told Welcome with the whole state, then gets every stored event in order (Facts)
and the newest telemetry when there is room for it (Frame). It asks with Do and is answered with Answer;
what then happens to the aircraft arrives as events, like everything else. Locate asks where a typed place is
and is answered with Located: the street files stay in the core.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from rtcc_core.domain.air import NOBODY_LISTENS, Air
from rtcc_core.domain.commands import AnyCommand
from rtcc_core.domain.drill_note import DrillNote
from rtcc_core.domain.drone import Telemetry
from rtcc_core.domain.events import (
    AlertReceived,
    AlertRetracted,
    AlertUpdated,
    CallReceived,
    CallUpdated,
    MessageQuarantined,
    Stored,
)
from rtcc_core.domain.people import Person
from rtcc_core.domain.state import State
from rtcc_core.domain.streets import Match

PROTOCOL = 1
"""Version of this protocol; a peer with another major version is told so and refused."""

FRAME_MAX_BYTES = 64 * 1024 * 1024
"""A snapshot of thousands of calls fits; anything larger is not ours."""


class Message(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Base of everything that crosses the console socket."""


class Hello(Message, frozen=True, kw_only=True):
    """A console introduces itself; who is asking comes from the socket, not from here."""

    protocol: int = PROTOCOL
    client: str = ""
    login: str = ""
    """How the person came in, for the record (`adapters.login_words`)."""


class Do(Message, frozen=True, kw_only=True):
    """A person asks for something."""

    command: AnyCommand


class Locate(Message, frozen=True, kw_only=True):
    """A person typed a place; asks where it may be. Stores nothing."""

    query_id: str
    """Made by the console; comes back with the answer."""
    text: str


class GetMap(Message, frozen=True, kw_only=True):
    """A console asks for the map of the city, once it has shown everything that matters more."""

    query_id: str


class SearchJournal(Message, frozen=True, kw_only=True):
    """A person looks for events of the journal; whatever is given narrows it. Stores nothing."""

    query_id: str
    text: str = ""
    """Every word of it stands in the event's line, its kind or its operator, in any case of letters."""
    call_id: str = ""
    """What belongs to this call, its flights and their orders included."""
    drone: str = ""
    account: str = ""
    kind: str = ""
    """Name of the event's type, `FlightOpened`."""
    since: datetime | None = None
    until: datetime | None = None
    before_seq: int | None = None
    """Only what is older than this event: how the page before is asked for; None: from the newest."""
    after_seq: int = 0
    """Only what is newer than this event: how a list is carried on."""
    limit: int = 200
    """Lines at most; the core gives fewer where it is asked for very many."""
    with_housekeeping: bool = True
    """False: without the events that no person did and nobody has to know of."""


class LookBack(Message, frozen=True, kw_only=True):
    """A person wants to see the past: everything as it stood at a moment, or after an event."""

    query_id: str
    at: datetime | None = None
    seq: int | None = None
    """Stands before `at`."""


class ReadOn(Message, frozen=True, kw_only=True):
    """A person who sees the past goes on from there: what happened, and what was seen, after it."""

    query_id: str
    after_seq: int
    since: datetime
    until: datetime
    flights: tuple[str, ...] = ()
    """Ids of the flights open at `since`: their telemetry is told, and that of those opened later."""


class Lock(Message, frozen=True, kw_only=True):
    """Hide this console's screen; until it is unlocked the core takes no order from it."""

    query_id: str
    reason: str = ""
    """`idle for 15 min`, `asked for`."""


class Unlock(Message, frozen=True, kw_only=True):
    """The person is back and shows who they are. The PIN is never stored, logged or told to anybody."""

    query_id: str
    pin: str


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """How the core itself is; told with every frame because it may be unable to store an event."""

    journal_error: str = ""
    """Empty while the journal writes; else why it does not, in words."""
    journal_failed_at: datetime | None = None


class Welcome(Message, frozen=True, kw_only=True):
    """The snapshot: everything known at `state.seq`."""

    protocol: int
    core_version: str
    you: Person
    console_id: str
    state: State
    at: datetime
    """The core's own time now."""


class Facts(Message, frozen=True, kw_only=True):
    """Stored events, in order, none missing since the Welcome."""

    events: tuple[Stored, ...]


class Frame(Message, frozen=True, kw_only=True):
    """The newest telemetry of the whole fleet; a slow console gets fewer of these, never old ones."""

    at: datetime
    sky: tuple[Telemetry, ...]
    health: Health = Health()
    air: Air = NOBODY_LISTENS


class AnswerStatus(StrEnum):
    DONE = "done"
    """Decided and stored; for flight orders this means ASKED, not accepted."""
    REFUSED = "refused"
    UNRECORDED = "unrecorded"
    """Carried although the journal could not write: only hold, return and land."""


class Answer(Message, frozen=True, kw_only=True):
    """What the desk decided about a command."""

    command_id: str
    status: AnswerStatus
    reasons: tuple[str, ...] = ()
    seq: int = 0
    """Sequence number of the newest event of this decision."""


class Located(Message, frozen=True, kw_only=True):
    """Where a typed place may be, by the agency's street files."""

    query_id: str
    matches: tuple[Match, ...] = ()
    """The best first. Only a single one that `may_be_flown_to` and is no suggestion needs no choice; with
    more, or a suggestion, a person chooses."""
    more: int = 0
    """How many further matches there are."""
    trouble: str = ""
    """Why nothing was found, and what to do."""


class MapSheet(Message, frozen=True, kw_only=True):
    """The map of the city."""

    query_id: str
    sheet: bytes = b""
    """As `domain.street_map.pack` makes it; empty where there is none."""
    trouble: str = ""
    """Why there is none, and what to do; empty where the agency has simply set up none."""


class JournalLine(msgspec.Struct, frozen=True, kw_only=True):
    """One event in words, every text of it cleaned."""

    seq: int
    at: datetime
    operator: str
    kind: str
    words: str
    call_id: str = ""
    drone: str = ""
    is_damaged: bool = False
    """It is not as it was written."""
    told: str = ""
    """As a dispatcher would say it; empty where `words` are as good, and from an older core."""
    flight_id: str = ""
    """The flight that `told` is of, where it does not name the call itself."""


class JournalFound(Message, frozen=True, kw_only=True):
    """What a search has found so far."""

    query_id: str
    lines: tuple[JournalLine, ...] = ()
    """The newest first."""
    looked_to: int = 1
    """The oldest event that was looked at: `before_seq` of the page before."""
    has_older: bool = False
    """There are events older than `looked_to` that were not looked at."""
    trouble: str = ""
    """Why the journal cannot be read, and what to do."""


class LookedBack(Message, frozen=True, kw_only=True):
    """Everything as it stood at a moment of the past."""

    query_id: str
    at: datetime | None = None
    """The moment; None where there is none to show."""
    state: State | None = None
    """The fold of the events up to `state.seq`; None while the journal is still read, and with trouble."""
    sky: tuple[Telemetry, ...] = ()
    """The newest of each aircraft by the track of its flight; what was on the ground left no track."""
    progress: float = 0.0
    """How much of the way the journal is read, 0 … 1; the same question again goes on from there."""
    trouble: str = ""


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """Telemetry as it was recorded."""

    at: datetime
    telemetry: Telemetry


class ReadBack(Message, frozen=True, kw_only=True):
    """What happened after a moment of the past."""

    query_id: str
    events: tuple[Stored, ...] = ()
    """In order, none missing."""
    samples: tuple[Sample, ...] = ()
    """In order of time; at most one a second of each flight."""
    until: datetime | None = None
    """Everything up to here is told; may be before what was asked for where there is much."""
    trouble: str = ""


class AskDrill(Message, frozen=True, kw_only=True):
    """How the drill stands, asked while somebody looks at it. Stores nothing."""

    query_id: str


class DrillTold(Message, frozen=True, kw_only=True):
    """What whoever runs the drill wrote down last, as far as this person's role may see it."""

    query_id: str
    note: DrillNote | None = None
    trouble: str = ""
    """Why there is none, in words."""


class LockTold(Message, frozen=True, kw_only=True):
    """How the lock of this console stands."""

    query_id: str
    is_locked: bool
    trouble: str = ""
    """Why it stays locked, and what to do."""
    has_pin: bool = True
    """False where no PIN can unlock it: only a new login helps."""


class Goodbye(Message, frozen=True, kw_only=True):
    """The core closes this console, and why in words."""

    reason: str
    is_final: bool = False
    """True where the person has to log in again: the console ends instead of coming back by itself."""
    protocol: int = PROTOCOL
    """The version that this core speaks."""
    core_version: str = ""


Question = Locate | GetMap | SearchJournal | LookBack | ReadOn | AskDrill
"""What is answered from what the core keeps: it has a `query_id`, stores nothing and moves nothing."""
Query = Question | Lock | Unlock
"""Everything that is asked beside requests, and has a `query_id`."""
Reply = Located | MapSheet | JournalFound | LookedBack | ReadBack | DrillTold | LockTold
"""Its answer, with the same `query_id`."""

FromConsole = Hello | Do | Query
FromCore = Welcome | Facts | Frame | Answer | Reply | Goodbye

_encoder = msgspec.json.Encoder()
_from_console: msgspec.json.Decoder[FromConsole] = msgspec.json.Decoder(FromConsole)
_from_core: msgspec.json.Decoder[FromCore] = msgspec.json.Decoder(FromCore)


class NotUnderstood(ValueError):
    """A frame that is not of this protocol; the message says what is wrong."""


def encode(message: Message) -> bytes:
    """One frame."""
    return _encoder.encode(message)


def decode_from_console(frame: str | bytes) -> FromConsole:
    """Raises NotUnderstood."""
    try:
        return _from_console.decode(frame)
    except (msgspec.DecodeError, ValueError) as error:
        raise NotUnderstood(str(error)) from error


def decode_from_core(frame: str | bytes) -> FromCore:
    """Raises NotUnderstood."""
    try:
        return _from_core.decode(frame)
    except (msgspec.DecodeError, ValueError) as error:
        raise NotUnderstood(str(error)) from error


_WITH_ORIGINAL = (
    AlertReceived,
    AlertRetracted,
    AlertUpdated,
    CallReceived,
    CallUpdated,
    MessageQuarantined,
)


def for_consoles(stored: Stored) -> Stored:
    """The event without the feed's original message, which stays in the journal."""
    event = stored.event
    if isinstance(event, _WITH_ORIGINAL) and event.original:
        return msgspec.structs.replace(stored, event=msgspec.structs.replace(event, original=""))
    return stored
