"""The lookout: an alarm and a proposal when somebody comes too close, both gone when they are."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from msgspec.structs import replace
from tests.support import HOME, House, running

from rtcc_core.domain.air import Air
from rtcc_core.domain.commands import AcknowledgeAlarm, HoldDrone, SetHeight
from rtcc_core.domain.context import Context
from rtcc_core.domain.drone import Landed, Mode
from rtcc_core.domain.facts import TimePassed
from rtcc_core.domain.geo import offset
from rtcc_core.domain.lookout import look_out
from rtcc_core.domain.state import Severity
from rtcc_core.domain.suggestions import SuggestionKind
from rtcc_core.domain.traffic import AltitudeBy, Intruder, TrafficSource

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
    """D1 hovers at 60 m over the pad, 80 m above sea level."""

    def __init__(self) -> None:
        self.house = House()

    async def look(self, *intruders: Intruder, sources: tuple[TrafficSource, ...] = (ROOF,)) -> None:
        self.house.air = Air(intruders=intruders, sources=sources)
        await self.house.desk.store([TimePassed()], source="core")

    def fly(self, **changes: object) -> None:
        self.house.flying("D1")
        seen = replace(self.house.link.telemetry["D1"], altitude_amsl_m=80.0, climb_m_s=0.0, home_amsl_m=20.0)
        self.house.link.telemetry["D1"] = replace(seen, **changes)


@pytest.fixture
async def aloft() -> AsyncIterator[Aloft]:
    made = Aloft()
    async with running(made.house.desk):
        await made.house.open()
        made.fly()
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


async def test_what_it_does_already_is_not_proposed(aloft: Aloft) -> None:
    aloft.fly(height_m=31.0, altitude_amsl_m=51.0)
    await aloft.look(HELICOPTER)
    assert "TrafficAlerted" in kinds(aloft)
    assert aloft.house.desk.state.suggestions == {}
    aloft.fly(height_m=31.0, altitude_amsl_m=51.0, mode=Mode.ORBIT, ground_speed_m_s=5.0)
    await aloft.look(HELICOPTER, replace(HELICOPTER, id="a00002"))
    assert aloft.house.desk.state.suggestions["traffic:D1"].command == HoldDrone(command_id="", drone="D1")


async def test_on_the_way_home_or_down_nothing_is_proposed_that_would_undo_it(aloft: Aloft) -> None:
    for mode, intruder_id in ((Mode.RETURN, "a00001"), (Mode.LAND, "a00002")):
        aloft.fly(mode=mode, climb_m_s=-1.0)
        await aloft.look(replace(HELICOPTER, id=intruder_id))
        command = aloft.house.desk.state.suggestions.get("traffic:D1")
        assert command is None or isinstance(command.command, HoldDrone)


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
