"""The report is told and judged from the journal's events alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from rtcc_core.domain.advice_values import Advice, Candidate
from rtcc_core.domain.call import CallReport
from rtcc_core.domain.drone import Drone, Mode
from rtcc_core.domain.events import (
    AdviceGiven,
    AircraftDowned,
    AnyEvent,
    AutopilotActed,
    CallReceived,
    CoreStarted,
    FlightOpened,
    MessageQuarantined,
    OrderAccepted,
    OrderAsked,
    OrderSent,
    PhaseObserved,
    SceneCleared,
    Stored,
)
from rtcc_core.domain.flight import GateResult, Order, Phase, Verb, Verdict
from rtcc_core.domain.geo import LatLon
from rtcc_core.domain.people import Person, Role
from rtcc_core.domain.programme import Programme
from rtcc_sitl.objectives import (
    Alarmed,
    AsAsked,
    Covered,
    Downed,
    JournalProof,
    JournalVerified,
    LandedHome,
    NotLaunchable,
    Objective,
    OnScene,
    Quarantined,
    Recommended,
    Rejoined,
    WatcherLanded,
    judge,
)
from rtcc_sitl.report import Latency, build_report, encode, percentile, spread
from rtcc_sitl.scenario import load
from rtcc_sitl.story import Story

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
TARGET = LatLon(38.4, -121.4)
PROVED = JournalProof(path="/x/journal.db", events=9, verified=True)


def stored(*events: tuple[float, AnyEvent]) -> list[Stored]:
    """The events at so many seconds after the start."""
    return [
        Stored(seq=seq, at=START + timedelta(seconds=at_s), operator="core", cause="", event=event)
        for seq, (at_s, event) in enumerate(events, start=1)
    ]


def received(call_id: str = "C1", number: str = "1041") -> CallReceived:
    report = CallReport(feed="CAD", incident_uid=f"u-{number}", number=number, updated_at=START)
    return CallReceived(call_id=call_id, report=report)


def candidate(drone: str, *blocked_by: str) -> Candidate:
    gates = tuple(GateResult(gate=gate, verdict=Verdict.BLOCK, reason="no") for gate in blocked_by)
    return Candidate(
        drone=drone,
        site="HQ",
        gates=gates,
        overhead_s=60.0,
        on_scene_s=600.0,
        land_with_fraction=0.5,
        why=" ".join(blocked_by) or "all gates pass",
    )


def advice(*candidates: Candidate, call_id: str = "C1") -> AdviceGiven:
    return AdviceGiven(advice=Advice(call_id=call_id, at=START, candidates=candidates))


def order(verb: Verb, order_id: str) -> OrderAsked:
    return OrderAsked(
        order=Order(order_id=order_id, drone="D1", verb=verb, operator="a", asked_at=START, flight_id="F1")
    )


def phase(seen: Phase) -> PhaseObserved:
    return PhaseObserved(flight_id="F1", drone="D1", phase=seen, evidence="telemetry")


A_FLIGHT: tuple[tuple[float, AnyEvent], ...] = (
    (10.0, received()),
    (10.2, advice(candidate("D1"))),
    (14.0, FlightOpened(flight_id="F1", drone="D1", call_id="C1", target=TARGET, gates=())),
    (14.0, order(Verb.LAUNCH, "O1")),
    (14.1, OrderSent(drone="D1", order_id="O1")),
    (14.4, OrderAccepted(drone="D1", order_id="O1")),
    (15.0, phase(Phase.ARMED)),
    (17.0, phase(Phase.CLIMBING)),
    (30.0, phase(Phase.TRANSIT)),
    (30.0, order(Verb.TRANSIT, "O2")),
    (30.1, OrderSent(drone="D1", order_id="O2")),
    (70.0, phase(Phase.ON_SCENE)),
    (115.0, SceneCleared(flight_id="F1", drone="D1", reason="return")),
    (116.0, phase(Phase.RETURNING)),
    (180.0, phase(Phase.LANDED)),
)


def test_a_flight_is_told_moment_by_moment() -> None:
    report = build_report(
        load("first-flight"), stored(*A_FLIGHT), seed=7, speed=10.0, proof=PROVED, latency=Latency()
    )
    assert report.unmet == []
    [line] = report.calls
    assert (line.call, line.drone) == ("1041", "D1")
    assert msgspec.to_builtins(line.timeline) == {
        "received": "2026-01-02T03:04:15.000Z",
        "advised": "2026-01-02T03:04:15.200Z",
        "asked": "2026-01-02T03:04:19.000Z",
        "sent": "2026-01-02T03:04:19.100Z",
        "accepted": "2026-01-02T03:04:19.400Z",
        "armed": "2026-01-02T03:04:20.000Z",
        "airborne": "2026-01-02T03:04:22.000Z",
        "on_scene": "2026-01-02T03:05:15.000Z",
        "clear": "2026-01-02T03:06:00.000Z",
        "returning": "2026-01-02T03:06:01.000Z",
        "landed": "2026-01-02T03:07:05.000Z",
    }


def test_the_file_holds_exactly_what_is_promised() -> None:
    report = build_report(
        load("first-flight"), stored(*A_FLIGHT[:2]), seed=7, speed=10.0, proof=PROVED, latency=Latency()
    )
    written = msgspec.json.decode(encode(report))
    assert list(written) == ["scenario", "seed", "speed", "objectives", "calls", "latency_ms", "journal"]
    assert {tuple(each) for each in written["objectives"]} == {("name", "met", "detail")}
    assert written["calls"][0]["drone"] is None
    assert written["calls"][0]["timeline"]["landed"] is None
    assert written["latency_ms"] == {
        "cad_to_console": {"p50": None, "p99": None},
        "command_to_mavlink": {"p50": None, "p99": None},
    }
    assert written["journal"] == {"path": "/x/journal.db", "events": 9, "verified": True}


@given(st.lists(st.sampled_from([event for _, event in A_FLIGHT]), max_size=30))
def test_any_order_of_events_makes_a_report(events: list[AnyEvent]) -> None:
    lines = stored(*((float(n), event) for n, event in enumerate(events)))
    report = build_report(load("first-flight"), lines, seed=0, speed=1.0, proof=PROVED, latency=Latency())
    assert len(report.objectives) == 3
    assert encode(report)


ON_TIME = OnScene(name="x", call="1041", within_s=60.0)
LATE = OnScene(name="x", call="1041", within_s=59.0)
D2_OVER_D1 = Recommended(name="x", call="1041", drone="D2", over="D1", because="battery")
NOTHING = NotLaunchable(name="x", call="1041")


@pytest.mark.parametrize(
    ("objective", "events", "met", "words"),
    [
        (ON_TIME, A_FLIGHT, True, "D1 on scene after 60.0 s"),
        (LATE, A_FLIGHT, False, "59 s allowed"),
        (ON_TIME, A_FLIGHT[:8], False, "not seen on scene; observed: armed, climbing"),
        (ON_TIME, A_FLIGHT[:1], False, "no drone was sent"),
        (ON_TIME, (), False, "1041 has not come in"),
        (WatcherLanded(name="x"), A_FLIGHT, True, "D1: 1 flight, on the ground"),
        (WatcherLanded(name="x"), A_FLIGHT[:-1], False, "not seen to land from F1"),
        (WatcherLanded(name="x"), A_FLIGHT[:8], False, "nobody has watched a scene"),
        (Covered(name="x", call="1041"), A_FLIGHT[:12], False, "not yet, the call goes on: uncovered for"),
        (LandedHome(name="x", drone="D1"), A_FLIGHT, True, "1 flight, on the ground"),
        (LandedHome(name="x", drone="D1"), A_FLIGHT[:-1], False, "not seen to land from F1"),
        (LandedHome(name="x", drone="D2"), A_FLIGHT, False, "D2 did not fly"),
        (
            D2_OVER_D1,
            ((0, received()), (1, advice(candidate("D2"), candidate("D1", "battery")))),
            True,
            "D1 lost",
        ),
        (D2_OVER_D1, ((0, received()), (1, advice(candidate("D2"), candidate("D1", "wind")))), False, "wind"),
        (D2_OVER_D1, ((0, received()), (1, advice(candidate("D2")))), False, "D1 was not weighed"),
        (D2_OVER_D1, ((0, received()), (1, advice(candidate("D1")))), False, "D1 was recommended, not D2"),
        (D2_OVER_D1, ((0, received()),), False, "no advice"),
        (NOTHING, ((0, received()), (1, advice(candidate("D1", "target")))), True, "target"),
        (NOTHING, ((0, received()), (1, advice(candidate("D1")))), False, "D1 was recommended"),
        (NOTHING, ((0, received()),), False, "no advice"),
        (NOTHING, A_FLIGHT, False, "D1 was sent"),
        (
            Quarantined(name="x", count=1),
            ((0, MessageQuarantined(quarantine_id="Q1", feed="CAD", reason="not JSON", original="{")),),
            True,
            "not JSON",
        ),
        (Quarantined(name="x", count=1), (), False, "0 quarantined, 1 wanted"),
        (JournalVerified(name="x"), (), True, "9 events"),
    ],
)
def test_an_objective_says_whether_it_was_met_and_why(
    objective: Objective, events: tuple[tuple[float, AnyEvent], ...], met: bool, words: str
) -> None:
    judged = judge(objective, Story(stored(*events)), PROVED)
    assert judged.met is met
    assert words in judged.detail


ROSTER = CoreStarted(
    version="1",
    programme=Programme(agency="X"),
    sites=(),
    drones=(Drone(callsign="D1", sysid=1, site="HQ"),),
    people=(Person(account="a", name="A. REYES", role=Role.PILOT, uid=1),),
)
OPENED = FlightOpened(flight_id="F1", drone="D1", call_id="C1", target=TARGET, gates=())
DOWN = AircraftDowned(
    flight_id="F1",
    drone="D1",
    reason="its motors are off in the air at 60 m",
    last_position=TARGET,
    last_height_m=60.0,
    heading_deg=None,
    ground_speed_m_s=None,
    last_heard_at=START,
    search_centre=TARGET,
    search_radius_m=40.0,
)
SEARCH = CallReceived(
    call_id="C2", report=CallReport(feed="house", incident_uid="down", number="DOWN-D1", updated_at=START)
)
OTHER_OPENED = FlightOpened(flight_id="F2", drone="D2", call_id="C2", target=TARGET, gates=())
OTHER_WATCHES = PhaseObserved(flight_id="F2", drone="D2", phase=Phase.ON_SCENE, evidence="telemetry")
GIVEN_UP: tuple[tuple[float, AnyEvent], ...] = ((0, received()), (1, OPENED), (50, DOWN), (50, SEARCH))
ACTED = AutopilotActed(drone="D1", mode=Mode.RETURN, detail="it returns home, not ordered by us")
IS_DOWN = Downed(name="x", drone="D1")
IS_SEARCHED = Downed(name="x", drone="D1", watched_within_s=60.0)
IS_REJOINED = Rejoined(name="x", drone="D1")
MOTORS_ALARM = Alarmed(name="x", alarm="down:D1", call="1041", within_s=55.0)


@pytest.mark.parametrize(
    ("objective", "events", "met", "words"),
    [
        (IS_DOWN, GIVEN_UP, True, "call for the search: C2"),
        (IS_DOWN, GIVEN_UP[:3], False, "no call was opened"),
        (IS_DOWN, GIVEN_UP[:2], False, "not given up"),
        (Downed(name="x", drone="D2"), GIVEN_UP, False, "D2 was not given up"),
        (IS_SEARCHED, GIVEN_UP, False, "no drone was sent"),
        (IS_SEARCHED, (*GIVEN_UP, (60, OTHER_OPENED), (110, OTHER_WATCHES)), True, "D2 on scene after 60.0"),
        (IS_SEARCHED, (*GIVEN_UP, (60, OTHER_OPENED), (111, OTHER_WATCHES)), False, "60 s allowed"),
        (MOTORS_ALARM, GIVEN_UP, True, "raised after 50.0 s"),
        (replace(MOTORS_ALARM, within_s=49.0), GIVEN_UP, False, "49 s allowed"),
        (replace(MOTORS_ALARM, alarm="gps:D1"), GIVEN_UP, False, "never raised; there were: down:D1"),
        (IS_REJOINED, A_FLIGHT[:12], False, "was not lost in flight"),
        (IS_REJOINED, (*A_FLIGHT[:12], (80, phase(Phase.LOST))), False, "never recognised again"),
        (
            IS_REJOINED,
            (*A_FLIGHT[:12], (80, phase(Phase.LOST)), (101, phase(Phase.RETURNING))),
            True,
            "recognised 21 s later",
        ),
    ],
)
def test_a_failure_is_followed_to_its_end(
    objective: Objective, events: tuple[tuple[float, AnyEvent], ...], met: bool, words: str
) -> None:
    judged = judge(objective, Story(stored(*events)), PROVED)
    assert (judged.met, words in judged.detail) == (met, True), judged.detail


def of(operator: str, event: AnyEvent) -> Stored:
    return Stored(seq=1, at=START, operator=operator, cause="", event=event)


BY_HAND = [of("core", ROSTER), of("a", OPENED), of("a", order(Verb.LAUNCH, "O1"))]
BY_THE_CORE = OrderAsked(
    order=Order(order_id="O2", drone="D1", verb=Verb.TRANSIT, operator="core", asked_at=START, flight_id="F1")
)


@pytest.mark.parametrize(
    ("events", "but", "met", "words"),
    [
        (BY_HAND, (), True, "1 flights, each asked for by a person; seen to act by itself: nobody"),
        ([*BY_HAND, of("core", BY_THE_CORE)], (), True, "each asked for"),
        ([of("core", ROSTER), of("core", OPENED)], (), False, "F1 of D1 was opened by no person"),
        ([*BY_HAND, of("core", ACTED)], (), False, "D1: it returns home"),
        ([*BY_HAND, of("core", ACTED)], ("D1",), True, "seen to act by itself: D1"),
        ([of("core", ROSTER), of("core", BY_THE_CORE)], (), False, "D1 was told to transit outside"),
        (
            [*BY_HAND, of("core", replace(BY_THE_CORE, order=replace(BY_THE_CORE.order, drone="D2")))],
            (),
            False,
            "D2 was told to transit outside a flight of its own",
        ),
        (
            [*BY_HAND, of("core", replace(BY_THE_CORE, order=replace(BY_THE_CORE.order, verb=Verb.LAUNCH)))],
            (),
            False,
            "D1 was told to launch",
        ),
    ],
)
def test_what_nobody_asked_is_found(
    events: list[Stored], but: tuple[str, ...], met: bool, words: str
) -> None:
    judged = judge(AsAsked(name="x", but=but), Story(events), PROVED)
    assert (judged.met, words in judged.detail) == (met, True), judged.detail


def test_a_journal_that_cannot_be_proved_fails_with_its_reason() -> None:
    proof = JournalProof(path=None, events=3, verified=False, detail="event 2 was changed")
    assert judge(JournalVerified(name="x"), Story(), proof).detail == "event 2 was changed"


@given(st.lists(st.floats(0, 1e6), min_size=1))
def test_percentiles_are_measured_values_in_order(values: list[float]) -> None:
    median, high = percentile(values, 0.5), percentile(values, 0.99)
    assert median in values
    assert high in values
    assert median is not None
    assert high is not None
    assert min(values) <= median <= high <= max(values)


def test_percentile_of_a_hundred() -> None:
    values = [float(n) for n in range(1, 101)]
    assert (percentile(values, 0.5), percentile(values, 0.99)) == (50.0, 99.0)
    assert spread([]) == spread([])
    assert spread(values).p99 == 99.0
