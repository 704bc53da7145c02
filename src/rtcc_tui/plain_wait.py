"""`wait`: what a script waits for, and whether it has come, by the core's own clock."""

from __future__ import annotations

from datetime import datetime

from rtcc_core.domain.events import PhaseObserved, Stored
from rtcc_core.domain.flight import ENDED, Flight
from rtcc_tui.plain_words import READY, Wait
from rtcc_tui.session import Session
from rtcc_tui.words import minutes_seconds


class Waiting:
    """At most one `wait` at a time, and the phases that were seen since each aircraft's newest order."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._phases: dict[str, set[str]] = {}
        self._wait: Wait | None = None
        self._since: datetime | float = 0.0
        self._ordered: set[str] = set()
        self._flight_id = ""
        """The open flight of the aircraft that is waited for, when the wait began."""

    @property
    def is_on(self) -> bool:
        return self._wait is not None

    def observed(self, stored: Stored) -> None:
        """A phase that is over before anybody waits for it was reached all the same."""
        if isinstance(stored.event, PhaseObserved):
            self._phases.setdefault(stored.event.drone, set()).add(stored.event.phase)

    def ordered(self, drone: str | None) -> None:
        """What was seen before an order does not count after it; of an unknown aircraft: of all."""
        if drone is None:
            self._phases.clear()
        else:
            self._phases.pop(drone, None)
            self._ordered.add(drone)

    def begin(self, wait: Wait, now: float) -> None:
        """Wait from now on."""
        self._wait, self._since = wait, self._time(now)
        flight = self._newest(wait.drone)
        # A flight that was ordered here may be over before anybody waits for anything of it.
        counts = flight is not None and (flight.is_open or wait.drone in self._ordered)
        self._flight_id = flight.flight_id if flight is not None and counts else ""

    def stop(self) -> str:
        """End it; returns what was waited for."""
        words = self._wait.words if self._wait else ""
        self._wait = None
        return words

    def outcome(self, now: float) -> tuple[str, bool] | None:
        """What to say and whether it has come; None while it goes on."""
        wait = self._wait
        if wait is None:
            return None
        gone_s = self._gone_s(now)
        found: tuple[str, bool] | None = None
        if wait.is_pause:
            found = (f"waited {minutes_seconds(wait.seconds)}", True) if gone_s >= wait.seconds else None
        elif self._is_reached(wait, now):
            found = f"wait is over: {self._about(wait)}, after {minutes_seconds(gone_s)}", True
        elif why := self._never(wait):
            found = why, False
        elif gone_s >= wait.seconds:
            found = f"{self._about(wait)}: NOT within {minutes_seconds(wait.seconds)}{self._now(wait)}", False
        if found is not None:
            self._wait = None
        return found

    def _time(self, now: float) -> datetime | float:
        at = self._session.live.core_now(now)
        return at if at is not None else now

    def _gone_s(self, now: float) -> float:
        time = self._time(now)
        if isinstance(time, datetime) and isinstance(self._since, datetime):
            return (time - self._since).total_seconds()
        if isinstance(time, float) and isinstance(self._since, float):
            return time - self._since
        self._since = time  # the core has been heard for the first time
        return 0.0

    def _is_reached(self, wait: Wait, now: float) -> bool:
        state = self._session.live.state
        if wait.call:
            return bool(state.calls) if wait.call.casefold() == "call" else wait.call in state.calls
        if wait.phase == READY:
            seen = self._session.live.seen(wait.drone, now)
            is_heard = (seen.link_age_s or 0.0) <= self._session.live.programme.stale_after_s
            is_able = bool(seen.is_armable and seen.has_fix and seen.link_age_s is not None and is_heard)
            return is_able and state.flight_of(wait.drone) is None
        flight = self._newest(wait.drone)
        is_in_it = flight is not None and flight.phase == wait.phase
        return is_in_it or wait.phase in self._phases.get(wait.drone, ())

    def _never(self, wait: Wait) -> str:
        """Why it cannot come any more: the flight it was waited for on is over."""
        flight = self._newest(wait.drone)
        if not self._flight_id or wait.phase == READY or flight is None:
            return ""
        if flight.flight_id != self._flight_id or flight.phase not in ENDED:
            return ""
        return f"{wait.drone} {self._session.shown(flight.phase)}: it was not {self._shown(wait)}"

    def _newest(self, drone: str) -> Flight | None:
        flights = self._session.live.state.flights.values()
        return next((each for each in reversed(flights) if each.drone == drone), None)

    def _shown(self, wait: Wait) -> str:
        return self._session.shown(wait.phase)

    def _about(self, wait: Wait) -> str:
        if wait.call:
            return "a call is here" if wait.call.casefold() == "call" else f"call {wait.call}"
        return f"{wait.drone} {self._shown(wait)}"

    def _now(self, wait: Wait) -> str:
        flight = self._newest(wait.drone)
        return f"; it is {self._session.shown(flight.phase)}" if flight is not None else ""
