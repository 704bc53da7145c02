"""What happened to calls, feeds and the weather."""

from __future__ import annotations

from datetime import datetime

from rtcc_core.domain.advice_values import Advice
from rtcc_core.domain.call import CallReport, Note, Place
from rtcc_core.domain.events.base import Event


class CallReceived(Event, frozen=True, kw_only=True):
    call_id: str
    report: CallReport
    original: str = ""
    """The message as it came; not sent to consoles."""
    is_provisional: bool = False
    """Opened by a person here, before CAD had it."""


class CallUpdated(Event, frozen=True, kw_only=True):
    call_id: str
    report: CallReport
    changes: tuple[str, ...]
    original: str = ""


class CallMissing(Event, frozen=True, kw_only=True):
    """The feed's newest snapshot no longer lists this call: closed or lost there, not deleted here."""

    call_id: str


class CallListedAgain(Event, frozen=True, kw_only=True):
    """The feed's newest snapshot lists a call again that was missing."""

    call_id: str


class FeedListsNone(Event, frozen=True, kw_only=True):
    """A feed that had several open calls lists none any more: a restart there, or all of them are over.

    Nothing is closed by it; a person looks, and closes what is over (CloseCalls)."""

    feed: str
    open_calls: int
    """How many of its calls are open here."""


class CallPlaced(Event, frozen=True, kw_only=True):
    """A person said where a call is, or confirmed where its feed says it is."""

    call_id: str
    account: str
    place: Place | None
    """None: where the feed says, again."""


class CallClosed(Event, frozen=True, kw_only=True):
    """A person closed a call that no feed will close."""

    call_id: str
    account: str
    reason: str


class CallsMerged(Event, frozen=True, kw_only=True):
    """Two calls were the same one: its flights, notes, alerts and times go on with `into`."""

    call_id: str
    """The call that ends."""
    into: str
    account: str
    flights: tuple[str, ...] = ()
    """Ids of the flights that go on for `into`; none of them was ordered anything by this."""


class CallsSplit(Event, frozen=True, kw_only=True):
    """Two calls were merged that are not the same: the one goes on by itself again."""

    call_id: str
    """The call that is open again."""
    was_with: str
    account: str
    flights: tuple[str, ...] = ()
    """Ids of the flights that go back to it; none of them was ordered anything by this."""


class CallTaken(Event, frozen=True, kw_only=True):
    call_id: str
    account: str


class CallReleased(Event, frozen=True, kw_only=True):
    call_id: str
    account: str


class NoteAdded(Event, frozen=True, kw_only=True):
    call_id: str
    note: Note


class AdviceGiven(Event, frozen=True, kw_only=True):
    """What was recommended for a call, and why the others lost, when it came in."""

    advice: Advice


class MessageQuarantined(Event, frozen=True, kw_only=True):
    """A feed's message could not be used; kept whole."""

    quarantine_id: str
    feed: str
    reason: str
    original: str
    """Not sent to consoles."""


class FeedUp(Event, frozen=True, kw_only=True):
    feed: str
    detail: str = ""


class FeedDown(Event, frozen=True, kw_only=True):
    feed: str
    reason: str


class WeatherObserved(Event, frozen=True, kw_only=True):
    wind_speed_m_s: float
    wind_from_deg: float
    gust_m_s: float | None
    observed_at: datetime
    source: str
    has_wind: bool = True
    """False: the report tells no wind, and the speed stands at 0 for want of one."""
    is_variable: bool = False
    """The wind has no steady direction."""
    visibility_m: float | None = None
    cloud_base_m: float | None = None
    """Lowest broken or overcast layer above the ground; None: none, or not told."""
    qnh_hpa: float | None = None
    """Pressure reduced to sea level; None: not told."""
    raw: str = ""
    """The METAR as it came, cleaned; empty for other sources."""
