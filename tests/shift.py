"""A shift of the domain driven by hand: people at consoles, aircraft in a sky that a test paints."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from msgspec.structs import replace
from tests.support import ready

from rtcc_core.domain import commands as cmd
from rtcc_core.domain import events as ev
from rtcc_core.domain import facts
from rtcc_core.domain.call import CallReport, Place, PlaceKind
from rtcc_core.domain.decide import Refused, decide
from rtcc_core.domain.drone import Drone, Landed, Mode, Site, Sky, Telemetry
from rtcc_core.domain.evolve import evolve
from rtcc_core.domain.flight import PENDING, Outcome, Verb
from rtcc_core.domain.geo import LatLon, offset
from rtcc_core.domain.people import Person, Role
from rtcc_core.domain.programme import Programme
from rtcc_core.domain.state import State

NOON = datetime(2026, 3, 1, 20, tzinfo=UTC)
"""Noon in California, so that no gate speaks of the night."""
HOME = LatLon(38.42, -121.42)
SCENE = offset(HOME, 45.0, 1_000.0)
DRONES = ("D1", "D2", "D3")
PEOPLE = (
    Person(account="reyes", name="A. REYES", role=Role.DISPATCHER, uid=1000),
    Person(account="oyama", name="K. OYAMA", role=Role.PILOT, uid=1001),
    Person(account="sato", name="M. SATO", role=Role.SUPERVISOR, uid=1002),
    Person(account="guest", name="B. GUEST", role=Role.OBSERVER, uid=1003),
)

FIELDS: dict[Callable[..., cmd.Command], dict[str, Any]] = {
    cmd.DivertDrone: {"call_id": "1041"},
    cmd.MoveDrone: {"bearing_deg": 0.0, "length_m": 50.0},
    cmd.GoTo: {"target": SCENE},
    cmd.SetHeight: {"height_m": 60.0},
    cmd.FollowLine: {"points": (HOME, SCENE)},
    cmd.RecordVideo: {"is_on": True},
    cmd.HandOver: {"to_account": "sato"},
    cmd.TakeOver: {"reason": "so"},
    cmd.LaunchDrone: {"call_id": "1041"},
    cmd.DeclareDown: {"reason": "seen falling"},
    cmd.GroundAircraft: {"reason": "crack"},
    cmd.ReturnToService: {"reason": "mended"},
}
"""What a command needs besides its aircraft."""

E = TypeVar("E", bound=ev.Event)


class Shift:
    """Decide, number, fold, as the desk does with a journal between."""

    def __init__(self, **programme: Any) -> None:
        self.state = State()
        self.at = NOON
        self.sky: Sky = {}
        self.log: list[ev.Stored] = []
        self._ids = itertools.count(1)
        self.tell(self.roster(**programme), by="core")
        wind = facts.WeatherReported(wind_speed_m_s=3, wind_from_deg=240, observed_at=NOON, source="mast")
        self.tell(wind, by="core")
        for callsign in DRONES:
            self.see(on_ground(callsign))
        self.at += timedelta(seconds=10.0)  # heard for a while
        for person in PEOPLE:
            self.joins(person.account)
        self.tell(facts.CallReported(report=report()), by="feed:COUNTY")

    @staticmethod
    def roster(**programme: Any) -> facts.CoreCameUp:
        return facts.CoreCameUp(
            version="test",
            programme=Programme(**{"agency": "ELK MEADOW", "centre": HOME, **programme}),
            sites=(Site(name="HQ", position=HOME, pads=4),),
            drones=tuple(Drone(callsign=name, sysid=n, site="HQ") for n, name in enumerate(DRONES, 1)),
            people=PEOPLE,
        )

    # --- what happens -----------------------------------------------------------------------------

    def tell(self, asked: cmd.Command | facts.Fact, *, by: str) -> list[ev.AnyEvent]:
        decided = decide(self.state, asked, by, self.at, self.sky)
        assert not isinstance(decided, Refused), decided
        cause = asked.command_id if isinstance(asked, cmd.Command) else ""
        for event in decided:
            stored = ev.Stored(seq=self.state.seq + 1, at=self.at, operator=by, cause=cause, event=event)
            self.log.append(stored)
            self.state = evolve(self.state, stored)
        return list(decided)

    def asks(self, by: str, kind: type[cmd.Command], **fields: Any) -> list[ev.AnyEvent]:
        """A person's command under a new id; it must not be refused."""
        return self.tell(kind(command_id=f"c{next(self._ids)}", **fields), by=by)

    def refuses(self, by: str, kind: type[cmd.Command], **fields: Any) -> str:
        """The reasons for which a person's command is refused."""
        decided = decide(self.state, kind(command_id=f"c{next(self._ids)}", **fields), by, self.at, self.sky)
        assert isinstance(decided, Refused), decided
        return " | ".join(decided.reasons)

    def look(self, after_s: float = 0.5) -> list[ev.AnyEvent]:
        self.at += timedelta(seconds=after_s)
        return self.tell(facts.TimePassed(), by="core")

    def see(self, telemetry: Telemetry, after_s: float = 0.5) -> list[ev.AnyEvent]:
        self.sky = {**self.sky, telemetry.drone: telemetry}
        return self.look(after_s)

    def silence(self, callsign: str, *, last: Telemetry | None = None) -> list[ev.AnyEvent]:
        """Nothing is heard any more of an aircraft."""
        seen = last or self.sky[callsign]
        return self.see(replace(seen, is_connected=False, link_age_s=4.0, position_age_s=4.0), 4.0)

    def joins(self, account: str, console: str = "1") -> list[ev.AnyEvent]:
        opened = facts.ConsoleOpened(console_id=f"{account}-{console}", account=account, uid=0)
        return self.tell(opened, by=account)

    def leaves(self, account: str, console: str = "1") -> list[ev.AnyEvent]:
        closed = facts.ConsoleClosed(console_id=f"{account}-{console}", account=account)
        return self.tell(closed, by=account)

    # --- an aircraft that does as told --------------------------------------------------------------

    def obeys(self, callsign: str, outcome: Outcome = Outcome.ACCEPTED) -> None:
        """Every order on its way to it ends so."""
        for order in self.state.orders.get(callsign, ()):
            if order.outcome in PENDING:
                self.tell(facts.OrderSentOut(drone=callsign, order_id=order.order_id), by="core")
                settled = facts.OrderSettled(drone=callsign, order_id=order.order_id, outcome=outcome)
                self.tell(settled, by="core")

    def launch(self, callsign: str = "D1", by: str = "reyes", call_id: str = "1041") -> None:
        self.asks(by, cmd.LaunchDrone, drone=callsign, call_id=call_id)
        self.obeys(callsign)
        self.see(in_air(callsign, HOME, 20.0, mode=Mode.TAKEOFF))

    def in_transit(self, callsign: str = "D1", by: str = "reyes") -> None:
        """Half way out."""
        self.launch(callsign, by)
        self.see(in_air(callsign, HOME, 200.0))
        self.obeys(callsign)
        self.see(in_air(callsign, offset(HOME, 45.0, 500.0), 60.0, ground_speed_m_s=15.0, track_deg=45.0))
        self.obeys(callsign)

    def on_scene(self, callsign: str = "D1", by: str = "reyes") -> None:
        """Circling the call."""
        self.in_transit(callsign, by)
        self.see(in_air(callsign, offset(SCENE, 225.0, 40.0), 60.0))
        self.obeys(callsign)
        self.circles(callsign)

    def circles(self, callsign: str = "D1", **changed: Any) -> list[ev.AnyEvent]:
        place = offset(SCENE, 225.0, 40.0)
        seen = in_air(callsign, place, 60.0, mode=Mode.ORBIT, ground_speed_m_s=5.0)
        return self.see(replace(seen, **changed))

    # --- what is read -------------------------------------------------------------------------------

    def events(self, kind: type[E]) -> list[E]:
        return [stored.event for stored in self.log if isinstance(stored.event, kind)]

    def newest_verb(self, callsign: str = "D1") -> Verb | None:
        order = self.state.newest_order(callsign)
        return order.verb if order else None


def on_ground(callsign: str, **changed: Any) -> Telemetry:
    """An aircraft that passes every gate."""
    place = offset(HOME, 90.0, 3.0 * int(callsign[1:]))
    amsl = {"altitude_amsl_m": 14.0, "home_amsl_m": 14.0, "climb_m_s": 0.0, "heading_deg": 45.0}
    usual = {"position": place, "home": HOME, "battery_fraction": 0.95, "battery_age_s": 0.5, **amsl}
    return ready(callsign, **{**usual, **changed})


def in_air(callsign: str, position: LatLon, height_m: float, **changed: Any) -> Telemetry:
    """One that hovers there."""
    up = on_ground(
        callsign,
        position=position,
        height_m=height_m,
        altitude_amsl_m=14.0 + height_m,
        armed=True,
        landed=Landed.IN_AIR,
    )
    return replace(up, **changed)


def report(**changed: Any) -> CallReport:
    base = CallReport(
        feed="COUNTY",
        incident_uid="urn:emergency:uid:incidentid:1",
        number="1041",
        type_text="ROBBERY IN PROGRESS",
        priority=1,
        place=Place(position=SCENE, kind=PlaceKind.CURRENT_INCIDENT, address="Laguna Blvd"),
        updated_at=NOON,
    )
    return replace(base, **changed)


def flight_orders(events: list[ev.AnyEvent]) -> list[Verb]:
    """What aircraft were ordered."""
    return [event.order.verb for event in events if isinstance(event, ev.OrderAsked)]
