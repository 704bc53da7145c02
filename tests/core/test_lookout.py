"""The lookout: an alarm and a proposal when somebody comes too close, both gone when they are."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from msgspec.structs import replace
from tests.support import HOME, House, running

from rtcc_core.domain.air import Air
from rtcc_core.domain.commands import (
    AcceptSuggestion,
    AcknowledgeAlarm,
    AnyCommand,
    FollowCall,
    HoldDrone,
    LaunchDrone,
    SetHeight,
)
from rtcc_core.domain.context import Context
from rtcc_core.domain.drone import Landed, Mode
from rtcc_core.domain.facts import OrderSettled, TimePassed, WeatherReported
from rtcc_core.domain.flight import Outcome, Verb
from rtcc_core.domain.geo import offset
from rtcc_core.domain.lookout import look_out
from rtcc_core.domain.state import Severity
from rtcc_core.domain.suggestions import Suggestion, SuggestionKind
from rtcc_core.domain.traffic import AltitudeBy, Intruder, TrafficSource
from rtcc_core.wire.console import AnswerStatus

ROOF = TrafficSource(name="roof", is_up=True, age_s=0.5, detail="1 aircraft near")
HELICOPTER = Intruder(
    id="a1b2c3",
    callsign="N123AB",
    position=offset(HOME, 0.0, 3_000.0),
    position_age_s=0.5,
    altitude_amsl_m=110.0,
    altitude_by=AltitudeBy.GEOMETRIC,
    track_deg=180.0,
    ground_speed_m_s=50.0,
    climb_m_s=0.0,
    category="A7",
    sources=("roof",),
)


class Aloft:
    """D1 was sent to call 1041 and hovers at 60 m over the pad, 80 m above sea level, on its way."""

    def __init__(self) -> None:
        self.house = House()
        self._settled: set[str] = set()

    async def look(self, *intruders: Intruder, sources: tuple[TrafficSource, ...] = (ROOF,)) -> None:
        self.house.air = Air(intruders=intruders, sources=sources)
        self.house.clock.move(1.0)
        await self.house.desk.store([TimePassed()], source="core")

    async def take_off(self) -> None:
        await self.asks(LaunchDrone(command_id="launch", drone="D1", call_id="1041"))
        self.fly()
        for _ in range(3):
            await self.look(sources=())
            await self.obey()
        assert self.house.orders[-1].verb is Verb.TRANSIT

    async def asks(self, command: AnyCommand) -> None:
        answer = await self.house.desk.submit_command(command, "reyes")
        assert answer.status is AnswerStatus.DONE, answer.reasons
        await self.obey()

    async def obey(self) -> None:
        """Every order that was given is accepted."""
        for order in self.house.orders:
            if order.order_id not in self._settled:
                self._settled.add(order.order_id)
                settled = OrderSettled(drone="D1", order_id=order.order_id, outcome=Outcome.ACCEPTED)
                await self.house.desk.store([settled], source="core")

    def fly(self, **changes: object) -> None:
        self.house.flying("D1")
        seen = replace(self.house.link.telemetry["D1"], altitude_amsl_m=80.0, climb_m_s=0.0, home_amsl_m=20.0)
        self.house.link.telemetry["D1"] = replace(seen, **changes)

    def proposed(self) -> Suggestion | None:
        return self.house.desk.state.suggestions.get("traffic:D1")


@pytest.fixture
async def aloft() -> AsyncIterator[Aloft]:
    made = Aloft()
    async with running(made.house.desk):
        await made.house.open()
        await made.take_off()
        yield made


def kinds(aloft: Aloft) -> list[str]:
    wanted = ("Traffic", "Suggestion", "Receiver")
    return [kind for kind in aloft.house.journal.kinds() if kind.startswith(wanted)]


async def test_somebody_who_comes_too_close_is_an_alarm_with_a_proposal_told_once(aloft: Aloft) -> None:
    for _ in range(3):
        await aloft.look(HELICOPTER)
    assert sorted(kinds(aloft)) == ["ReceiverHeard", "SuggestionMade", "TrafficAlerted"]
    state = aloft.house.desk.state
    alarm = state.alarms["traffic:D1:a1b2c3"]
    assert (alarm.severity, alarm.drone) == (Severity.CRITICAL, "D1")
    assert "D1 TRAFFIC · helicopter N123AB 3.0 km N, too close in" in alarm.text
    proposed = state.suggestions["traffic:D1"]
    assert proposed.kind is SuggestionKind.TRAFFIC
    assert proposed.command == SetHeight(command_id="", drone="D1", height_m=30.0)
    assert "descend D1 to 30 m" in proposed.text


async def test_it_is_told_again_when_it_comes_true_even_where_it_was_seen(aloft: Aloft) -> None:
    await aloft.look(HELICOPTER)
    seen = AcknowledgeAlarm(command_id="c1", alarm_id="traffic:D1:a1b2c3")
    await aloft.house.desk.submit_command(seen, "reyes")
    assert aloft.house.desk.state.alarms["traffic:D1:a1b2c3"].acknowledged_by == "reyes"
    await aloft.look(replace(HELICOPTER, position=offset(HOME, 0.0, 500.0)))
    alarm = aloft.house.desk.state.alarms["traffic:D1:a1b2c3"]
    assert alarm.acknowledged_by is None
    assert "too close NOW" in alarm.text


async def test_when_it_is_clear_the_alarm_is_over_and_the_proposal_withdrawn(aloft: Aloft) -> None:
    await aloft.look(HELICOPTER)
    await aloft.look(replace(HELICOPTER, track_deg=0.0))
    state = aloft.house.desk.state
    assert state.alarms["traffic:D1:a1b2c3"].is_over
    assert state.suggestions == {}
    assert state.conflicts == {}
    assert kinds(aloft)[-2:] == ["TrafficCleared", "SuggestionEnded"]


@pytest.mark.parametrize(("minutes_old", "is_corrected"), [(5.0, True), (90.0, False)])
async def test_todays_pressure_puts_a_pressure_altitude_right_while_it_is_fresh(
    aloft: Aloft, minutes_old: float, is_corrected: bool
) -> None:
    """180 m above D1: near enough to warn of a figure by standard pressure, not of one that is put right."""
    observed = WeatherReported(
        wind_speed_m_s=3.0,
        wind_from_deg=240.0,
        observed_at=aloft.house.clock.now(),
        source="KPDX",
        qnh_hpa=1_013.25,
    )
    aloft.house.clock.move(minutes_old * 60.0)
    await aloft.house.desk.store([observed], source="feed:weather")
    await aloft.look(replace(HELICOPTER, altitude_amsl_m=260.0, altitude_by=AltitudeBy.PRESSURE))
    assert ("TrafficAlerted" in kinds(aloft)) is not is_corrected


async def test_landing_ends_it(aloft: Aloft) -> None:
    await aloft.look(HELICOPTER)
    aloft.fly(landed=Landed.ON_GROUND, armed=False)
    await aloft.look(HELICOPTER)
    assert aloft.house.desk.state.conflicts == {}


async def test_one_that_is_no_longer_heard_is_over_only_while_somebody_listens(aloft: Aloft) -> None:
    await aloft.look(HELICOPTER)
    silent = replace(ROOF, is_up=False, age_s=70.0, detail="silent for 70 s")
    await aloft.look(sources=(silent,))
    assert aloft.house.desk.state.conflicts
    assert "silent for 70 s" in aloft.house.desk.state.alarms["receiver:roof"].text
    await aloft.look(sources=(ROOF,))
    assert aloft.house.desk.state.conflicts == {}
    assert aloft.house.desk.state.alarms["receiver:roof"].is_over


async def test_a_drones_own_receiver_may_be_silent(aloft: Aloft) -> None:
    own = TrafficSource(name="D1's receiver", is_up=True, age_s=1.0, is_standing=False)
    await aloft.look(HELICOPTER, sources=(own,))
    await aloft.look(sources=(replace(own, is_up=False, age_s=40.0),))
    assert aloft.house.desk.state.conflicts == {}
    assert not any(kind.startswith("Receiver") for kind in kinds(aloft))


async def test_what_does_not_help_or_is_done_already_is_not_proposed(aloft: Aloft) -> None:
    aloft.fly(height_m=31.0, altitude_amsl_m=51.0)
    await aloft.look(HELICOPTER)
    assert "TrafficAlerted" in kinds(aloft)
    assert aloft.proposed() is None


async def test_while_it_climbs_to_somebody_it_is_proposed_to_stop_there_and_go_on_later(aloft: Aloft) -> None:
    aloft.fly(height_m=25.0, altitude_amsl_m=45.0, climb_m_s=4.0)
    above = replace(HELICOPTER, altitude_amsl_m=150.0)
    await aloft.look(above)
    stop = aloft.proposed()
    assert stop is not None
    assert stop.command == HoldDrone(command_id="", drone="D1")
    assert "passes 105 m above where the aircraft is now" in stop.text
    await aloft.asks(AcceptSuggestion(command_id="accept", suggestion_id="traffic:D1"))
    aloft.fly(height_m=26.0, altitude_amsl_m=46.0)
    await aloft.look(replace(above, track_deg=0.0))
    go_on = aloft.proposed()
    assert go_on is not None
    assert go_on.command == FollowCall(command_id="", drone="D1")
    assert "is clear: 3.0 km N: go on to call 1041 with D1?" in go_on.text
    await aloft.asks(AcceptSuggestion(command_id="on", suggestion_id="traffic:D1"))
    assert aloft.house.orders[-1].verb is Verb.TRANSIT


async def test_after_a_descent_it_is_proposed_to_rise_again(aloft: Aloft) -> None:
    await aloft.look(HELICOPTER)
    await aloft.asks(AcceptSuggestion(command_id="accept", suggestion_id="traffic:D1"))
    assert aloft.house.orders[-1].height_m == 30.0
    aloft.fly(height_m=30.0, altitude_amsl_m=50.0)
    await aloft.look(replace(HELICOPTER, track_deg=0.0))
    rise = aloft.proposed()
    assert rise is not None
    assert rise.command == SetHeight(command_id="", drone="D1", height_m=60.0)
    # The next one takes its place.
    await aloft.look(replace(HELICOPTER, id="a00002"))
    assert aloft.proposed() is None


async def test_nobody_who_did_not_dodge_is_sent_on(aloft: Aloft) -> None:
    await aloft.look(HELICOPTER)
    await aloft.look(replace(HELICOPTER, track_deg=0.0))
    assert aloft.proposed() is None
    assert aloft.house.desk.state.alerted_at == {}


async def test_on_the_way_home_or_down_nothing_is_proposed_that_would_undo_it(aloft: Aloft) -> None:
    for mode, intruder_id in ((Mode.RETURN, "a00001"), (Mode.LAND, "a00002")):
        aloft.fly(mode=mode, climb_m_s=-1.0)
        await aloft.look(replace(HELICOPTER, id=intruder_id))
        assert aloft.proposed() is None


async def test_aircraft_on_the_pad_are_left_in_peace(aloft: Aloft) -> None:
    aloft.fly(landed=Landed.ON_GROUND, armed=False, height_m=0.0)
    await aloft.look(replace(HELICOPTER, position=offset(HOME, 0.0, 200.0)))
    assert "TrafficAlerted" not in kinds(aloft)


async def test_a_restart_keeps_the_alert_and_forgets_the_receivers(aloft: Aloft) -> None:
    await aloft.look(HELICOPTER)
    await aloft.house.open()
    state = aloft.house.desk.state
    assert state.receivers == {}
    assert "a1b2c3" in state.conflicts["D1"]
    # Nobody listens yet: nothing is over.
    quiet = Context(
        state,
        "core",
        aloft.house.clock.now(),
        aloft.house.link.sky(),
        Air(sources=(replace(ROOF, is_up=False),)),
    )
    assert look_out(quiet) == []
