"""The domain flown by hand: a house of decisions and folds, and aircraft that do what they are ordered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace
from tests.support import ready

from rtcc_core.domain import commands as cmd
from rtcc_core.domain import events as ev
from rtcc_core.domain import facts
from rtcc_core.domain.airspace import Airspace, Volume, VolumeKind
from rtcc_core.domain.call import CallReport, CallStatus, Place, PlaceKind
from rtcc_core.domain.decide import Refused, decide
from rtcc_core.domain.drone import CameraSeen, Drone, GimbalSeen, Landed, Mode, Site, Sky, Telemetry
from rtcc_core.domain.evolve import evolve
from rtcc_core.domain.flight import LEGAL_MOVES, Flight, Order, Outcome, Verb
from rtcc_core.domain.geo import LatLon, bearing_deg, distance_m, offset
from rtcc_core.domain.people import Person, Role
from rtcc_core.domain.programme import Programme
from rtcc_core.domain.state import State

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOME = LatLon(38.42, -121.42)
SOUTH = offset(HOME, 180.0, 1_500.0)
SCENE = offset(HOME, 45.0, 1_000.0)
PROGRAMME = Programme(agency="ELK MEADOW", centre=HOME, aircraft_per_person=4)
CRUISE_M_S = 15.0


def fleet(count: int = 2, **changed: Any) -> tuple[Drone, ...]:
    """D1, D3 … at HQ and D2, D4 … at South."""
    return tuple(
        Drone(
            callsign=f"D{n}",
            **{"sysid": n, "site": "HQ" if n % 2 else "South", "cruise_speed_m_s": CRUISE_M_S, **changed},
        )
        for n in range(1, count + 1)
    )


def keep_out(centre: LatLon, half_m: float, name: str = "HOSPITAL") -> Volume:
    """A square of `2 * half_m` metres."""
    corners = (45.0, 135.0, 225.0, 315.0)
    outline = tuple(offset(centre, bearing, half_m * 2**0.5) for bearing in corners)
    return Volume(name=name, kind=VolumeKind.KEEP_OUT, outline=outline)


def airspace(*volumes: Volume) -> Airspace:
    return Airspace(volumes=volumes, centre=HOME, digest="/".join(repr(volume) for volume in volumes))


class House:
    """Decide, number, fold, as the desk does with a journal between. All stand ready, call 1041 is open."""

    def __init__(
        self, *, drones: Sequence[Drone] = fleet(), programme: Programme = PROGRAMME, **more: Any
    ) -> None:
        self.state = State()
        self.at = NOON
        self.sky: Sky = {}
        self.log: list[ev.Stored] = []
        self._commands = 0
        sites = (Site(name="HQ", position=HOME), Site(name="South", position=SOUTH))
        self.tell(
            facts.CoreCameUp(
                version="test",
                programme=programme,
                sites=more.get("sites", sites),
                drones=tuple(drones),
                people=(
                    Person(account="reyes", name="A. REYES", role=Role.DISPATCHER, uid=1000),
                    Person(account="guest", name="GUEST", role=Role.OBSERVER, uid=1002),
                ),
            )
        )
        self.tell(facts.WeatherReported(wind_speed_m_s=3, wind_from_deg=240, observed_at=NOON, source="mast"))
        if "airspace" in more:
            self.tell(facts.AirspaceRead(airspace=more["airspace"]))
        self.sky = {drone.callsign: on_ground(self.state, drone) for drone in drones}
        self.call("1041", SCENE)

    def tell(self, fact: facts.Fact) -> list[ev.AnyEvent]:
        return self._fold(fact, "core")

    def ask(self, command: type[cmd.Command], *, by: str = "reyes", **fields: Any) -> list[ev.AnyEvent]:
        """What a person asks, done."""
        return self._fold(self._command(command, fields), by)

    def refuses(self, command: type[cmd.Command], *, by: str = "reyes", **fields: Any) -> str:
        """What a person asks, refused: the words."""
        decided = decide(self.state, self._command(command, fields), by, self.at, self.sky)
        assert isinstance(decided, Refused), decided
        return " | ".join(decided.reasons)

    def call(self, number: str, position: LatLon | None, **changed: Any) -> list[ev.AnyEvent]:
        """What CAD says of a call now."""
        known = self.state.calls.get(number)
        report = CallReport(
            feed="COUNTY",
            incident_uid=f"uid-{number}",
            number=number,
            type_text="ROBBERY",
            priority=1,
            place=Place(position=position, kind=PlaceKind.CURRENT_INCIDENT),
            updated_at=known.report.updated_at + timedelta(seconds=1) if known else NOON,
        )
        return self.tell(facts.CallReported(report=replace(report, **changed)))

    def cancel(self, number: str) -> list[ev.AnyEvent]:
        known = self.state.calls[number].report.place.position
        return self.call(number, known, status=CallStatus.CANCELLED)

    def look(self, *, after_s: float = 1.0) -> list[ev.AnyEvent]:
        """Time passes, and the house looks at the sky."""
        self.at += timedelta(seconds=after_s)
        return self.tell(facts.TimePassed())

    def settle(self, order: Order, outcome: Outcome = Outcome.ACCEPTED, reason: str = "") -> None:
        """The aircraft's answer to an order."""
        self.tell(facts.OrderSentOut(drone=order.drone, order_id=order.order_id))
        settled = facts.OrderSettled(
            drone=order.drone, order_id=order.order_id, outcome=outcome, reason=reason
        )
        self.tell(settled)

    def flight(self, callsign: str = "D1") -> Flight:
        """The newest flight of an aircraft."""
        return [flight for flight in self.state.flights.values() if flight.drone == callsign][-1]

    def newest(self, callsign: str = "D1") -> Order:
        order = self.state.newest_order(callsign)
        assert order is not None
        return order

    def restart(self) -> None:
        """What a core that was killed has afterwards: the journal, and nothing else."""
        state = State()
        for stored in self.log:
            state = evolve(state, stored)
        assert state == self.state
        self.state = state

    def _command(self, command: type[cmd.Command], fields: dict[str, Any]) -> cmd.Command:
        self._commands += 1
        return command(**{"command_id": f"c{self._commands}", **fields})

    def _fold(self, asked: cmd.Command | facts.Fact, by: str) -> list[ev.AnyEvent]:
        decided = decide(self.state, asked, by, self.at, self.sky)
        assert not isinstance(decided, Refused), decided
        cause = asked.command_id if isinstance(asked, cmd.Command) else ""
        for event in decided:
            self.fold(event, by=by, cause=cause)
        return list(decided)

    def fold(self, event: ev.AnyEvent, *, by: str = "core", cause: str = "") -> None:
        """One event more in the journal, whatever decided it."""
        stored = ev.Stored(seq=self.state.seq + 1, at=self.at, operator=by, cause=cause, event=event)
        self.log.append(stored)
        before, self.state = self.state, evolve(self.state, stored)
        legal_moves(before, self.state)


def legal_moves(before: State, after: State) -> None:
    """No event moves a flight to a phase that its phase does not lead to."""
    for key, flight in after.flights.items():
        known = before.flights.get(key)
        if known is not None and known.phase is not flight.phase:
            assert flight.phase in LEGAL_MOVES[known.phase], (known.phase, flight.phase)


def on_ground(state: State, drone: Drone, **changed: Any) -> Telemetry:
    """Ready, at its site."""
    pad = state.sites[drone.site].position
    usual = {"position": pad, "home": pad, "battery_fraction": 0.95, "battery_age_s": 0.5}
    return ready(drone.callsign, **{**usual, **changed})


def orders(found: Sequence[ev.AnyEvent]) -> list[Order]:
    return [event.order for event in found if isinstance(event, ev.OrderAsked)]


class Puppet:
    """An aircraft that takes up every order at once and flies it at cruise speed, in calm air."""

    def __init__(self, house: House, callsign: str = "D1", *, has_payload: bool = False) -> None:
        self.house = house
        self.callsign = callsign
        self.order: Order | None = None
        self.track: list[LatLon] = []
        self.carried: list[Order] = []
        self.gimbal_deg = 0.0
        self.is_recording = False
        self._has_payload = has_payload
        self._done: set[str] = set()

    @property
    def seen(self) -> Telemetry:
        return self.house.sky[self.callsign]

    @property
    def position(self) -> LatLon:
        assert self.seen.position is not None
        return self.seen.position

    def show(self, **changed: Any) -> None:
        """Change what it says of itself."""
        if self._has_payload:
            changed = {
                "gimbal": GimbalSeen(pitch_deg=self.gimbal_deg, age_s=0.1),
                "camera": CameraSeen(is_recording=self.is_recording, age_s=0.1),
                **changed,
            }
        self.house.sky = {**self.house.sky, self.callsign: replace(self.seen, **changed)}

    def fly(self, seconds: float, *, step_s: float = 1.0) -> list[ev.AnyEvent]:
        """So long, looking after every step; what happened."""
        found: list[ev.AnyEvent] = []
        for _ in range(round(seconds / step_s)):
            self._take_up()
            self._move(step_s)
            self.track.append(self.position)
            found += self.house.look(after_s=step_s)
        self._take_up()
        return found

    def until(self, verb: Verb, within_s: float = 600.0) -> list[ev.AnyEvent]:
        """Fly until it has taken up an order of this kind; what happened."""
        found: list[ev.AnyEvent] = []
        for _ in range(round(within_s)):
            found += self.fly(1.0)
            if self.order is not None and self.order.verb is verb:
                return found
        raise AssertionError(f"no {verb.value} within {within_s} s; carried {self.carried}")

    def _take_up(self) -> None:
        for order in self.house.state.orders.get(self.callsign, ()):
            if order.order_id in self._done:
                continue
            self._done.add(order.order_id)
            self.carried.append(order)
            self.house.settle(order)
            if order.verb is Verb.AIM:
                self.gimbal_deg = -40.0 if order.target else order.pitch_deg or 0.0
            elif order.verb is Verb.RECORD:
                self.is_recording = bool(order.is_on)
            else:
                self.order = order

    def _move(self, step_s: float) -> None:
        order = self.order
        if order is None:
            return
        match order.verb:
            case Verb.LAUNCH:
                self._rise(order.height_m or 0.0, 4.0 * step_s)
                self.show(armed=True, mode=Mode.TAKEOFF, landed=Landed.IN_AIR)
            case Verb.TRANSIT | Verb.MOVE:
                self.show(mode=Mode.HOLD)
                self._rise(order.height_m or 0.0, 4.0 * step_s)
                self._go(order.target, step_s)
            case Verb.ORBIT:
                self.show(mode=Mode.ORBIT)
                self._rise(order.height_m or 0.0, 4.0 * step_s)
                self._circle(order, step_s)
            case Verb.RETURN:
                self.show(mode=Mode.RETURN)
                self._go(self.seen.home, step_s)
                if distance_m(self.position, self.seen.home or self.position) < 1.0:
                    self._come_down(step_s)
            case Verb.LAND:
                self.show(mode=Mode.LAND)
                self._come_down(step_s)
            case _:
                self.show(mode=Mode.HOLD, ground_speed_m_s=0.0)

    def _go(self, target: LatLon | None, step_s: float) -> None:
        assert target is not None
        away_m = distance_m(self.position, target)
        moved_m = min(away_m, CRUISE_M_S * step_s)
        if away_m < 0.5:
            self.show(position=target, ground_speed_m_s=0.0)
            return
        self.show(
            position=offset(self.position, bearing_deg(self.position, target), moved_m),
            ground_speed_m_s=moved_m / step_s,
        )

    def _circle(self, order: Order, step_s: float) -> None:
        assert order.target is not None
        radius_m = order.radius_m or 40.0
        turn = (360.0 * (order.speed_m_s or 5.0) * step_s) / (6.2832 * radius_m)
        out_deg = bearing_deg(order.target, self.position) + (turn if order.is_clockwise else -turn)
        self._go(offset(order.target, out_deg, radius_m), step_s)

    def _rise(self, height_m: float, most_m: float) -> None:
        now_m = self.seen.height_m or 0.0
        self.show(height_m=now_m + max(-most_m, min(most_m, height_m - now_m)))

    def _come_down(self, step_s: float) -> None:
        height_m = max(0.0, (self.seen.height_m or 0.0) - 3.0 * step_s)
        self.show(height_m=height_m, landed=Landed.LANDING, ground_speed_m_s=0.0)
        if height_m == 0.0:
            self.show(armed=False, mode=Mode.HOLD, landed=Landed.ON_GROUND)


def airborne(house: House, callsign: str = "D1", *, call_id: str = "1041", **options: Any) -> Puppet:
    """An aircraft that was launched and flew until it circles its scene."""
    puppet = Puppet(house, callsign, **options)
    puppet.show()
    house.ask(cmd.LaunchDrone, drone=callsign, call_id=call_id)
    puppet.until(Verb.ORBIT)
    puppet.fly(5)
    return puppet
