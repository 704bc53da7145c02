"""Alerts of a crime centre: taken in once, made work of by people, said loudly when they are taken back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.flights import NOON, SCENE, House, airborne, orders

from rtcc_core.domain import commands as cmd
from rtcc_core.domain import events as ev
from rtcc_core.domain import facts
from rtcc_core.domain.alert import AlertKind, AlertReport
from rtcc_core.domain.alert_alarms import AT_ONCE, SEVERITIES
from rtcc_core.domain.call import Place
from rtcc_core.domain.evolve.alerts import DONE_ALERTS_KEPT, OPEN_ALERTS_KEPT, PRUNED_EVERY
from rtcc_core.domain.geo import offset
from rtcc_core.domain.state import Severity
from rtcc_core.domain.suggestions import SuggestionKind
from rtcc_core.wire.console import for_consoles

THERE = offset(SCENE, 90.0, 400.0)


def report(uid: str = "u1", **changed: Any) -> AlertReport:
    base = AlertReport(
        source="FLOCK",
        alert_uid=uid,
        kind=AlertKind.PLATE,
        title="STOLEN VEHICLE 8ABC123 blue Honda Civic",
        place=Place(position=THERE, address="Laguna / Bruceville"),
        sensed_at=NOON - timedelta(seconds=15),
        priority=2,
        confidence=0.93,
        reason="NCIC: Stolen Vehicle",
        valid_until=NOON + timedelta(hours=1),
        plate="8ABC123",
        sensor="LPR 14 NB",
    )
    return replace(base, **changed)


def tells(house: House, *reports: AlertReport) -> list[ev.AnyEvent]:
    return [
        event for each in reports for event in house.tell(facts.AlertReported(report=each, original="{}"))
    ]


@pytest.fixture
def house() -> House:
    found = House()
    tells(found, report())
    return found


class TestComingIn:
    def test_it_has_a_short_id_and_waits_for_a_person(self, house: House) -> None:
        alert = house.state.alerts["A1"]
        assert (alert.is_open, alert.is_valid(house.at), alert.call_id) == (True, True, None)
        assert list(house.state.calls) == ["1041"]
        assert not house.state.flights
        house.restart()

    def test_a_repeat_decides_to_nothing(self, house: House) -> None:
        assert tells(house, report()) == []
        assert tells(house, report(source="OTHER"))[0] == ev.AlertReceived(
            alert_id="A2", report=report(source="OTHER"), original="{}"
        )

    def test_what_changed_is_said(self, house: House) -> None:
        (updated,) = tells(house, report(plate="8ABC128", priority=1, confidence=0.5))
        assert isinstance(updated, ev.AlertUpdated)
        assert updated.changes == ("plate now 8ABC128", "priority 2 → 1", "confidence 50%")

    def test_what_was_taken_back_stays_so_whatever_comes_late(self, house: House) -> None:
        (taken,) = tells(house, report(retracted="misread"))
        assert isinstance(taken, ev.AlertRetracted)
        assert tells(house, report(), report(priority=1)) == []
        assert not house.state.alerts["A1"].is_valid(house.at)
        assert not house.state.alarms

    def test_the_end_of_its_time_is_said_once(self, house: House) -> None:
        house.at += timedelta(hours=1)
        assert ev.AlertExpired(alert_id="A1") in house.look()
        assert ev.AlertExpired(alert_id="A1") not in house.look()
        tells(house, report(valid_until=house.at + timedelta(hours=1)))
        assert house.state.alerts["A1"].expired_at is None

    def test_consoles_do_not_get_the_original(self, house: House) -> None:
        received = next(stored for stored in house.log if isinstance(stored.event, ev.AlertReceived))
        before, shown = received.event, for_consoles(received).event
        assert isinstance(before, ev.AlertReceived)
        assert shown == replace(before, original="")
        assert before.original == "{}"

    def test_a_storm_is_bounded_and_keeps_what_calls_rest_on(self, house: House) -> None:
        house.ask(cmd.AttachAlert, alert_id="A1", call_id="1041")
        for number in range(2, OPEN_ALERTS_KEPT + 1_000):
            tells(house, report(f"u{number}", retracted="" if number % 2 else "noise"))
        state = house.state
        assert len(state.alerts) <= OPEN_ALERTS_KEPT + DONE_ALERTS_KEPT + PRUNED_EVERY + 1
        assert "A1" in state.alerts
        assert set(state.alert_by_uid.values()) == set(state.alerts)


class TestUrgent:
    """A gunshot, or what its source ranks first, is not only a row beside the queue."""

    @pytest.mark.parametrize("kind", list(AlertKind))
    @pytest.mark.parametrize("priority", [None, 1, 2])
    def test_the_severity_is_by_the_table(self, kind: AlertKind, priority: int | None) -> None:
        found = House()
        tells(found, report(kind=kind, priority=priority))
        alarm = found.state.alarms.get("sensed:A1")
        wanted = SEVERITIES.get((kind, priority == 1))
        assert (alarm.severity if alarm else None) is wanted
        assert (wanted is not None) is (kind is AlertKind.GUNSHOT or priority == 1)
        found.restart()

    def test_it_says_what_where_who_and_what_to_do(self) -> None:
        found = House()
        tells(found, report(kind=AlertKind.GUNSHOT, priority=1, title="3 ROUNDS", source="SHOTS"))
        assert found.state.alarms["sensed:A1"].text == (
            "A1 GUNSHOT · 3 ROUNDS · Laguna / Bruceville · SHOTS, 93% sure · call A1 makes it a call, "
            "dismiss A1 REASON puts it aside"
        )

    def test_it_ends_when_somebody_makes_work_of_it_and_not_when_it_is_only_seen(self) -> None:
        found = House()
        tells(found, report(kind=AlertKind.GUNSHOT))
        found.ask(cmd.AcknowledgeAlarm, alarm_id="sensed:A1")
        assert found.state.alarms["sensed:A1"].acknowledged_by == "reyes"
        tells(found, report(kind=AlertKind.GUNSHOT, confidence=0.5))
        assert found.state.alarms["sensed:A1"].acknowledged_by == "reyes"
        found.ask(cmd.MakeCall, alert_id="A1")
        assert "sensed:A1" not in found.state.alarms

    def test_one_that_becomes_urgent_is_raised_then_and_one_that_is_over_is_not(self, house: House) -> None:
        assert not house.state.alarms
        tells(house, report(priority=1))
        assert [alarm.is_over for alarm in house.state.alarms.values()] == [False]
        tells(house, report(priority=1, retracted="misread"))
        assert house.state.alarms["sensed:A1"].is_over
        late = house.at - timedelta(seconds=1)
        tells(house, report("u2", priority=1, valid_until=late), report("u3", priority=1, retracted="noise"))
        assert list(house.state.alarms) == ["sensed:A1"]

    def test_a_storm_of_them_is_one_alarm_more(self, house: House) -> None:
        tells(house, *(report(f"g{number}", kind=AlertKind.GUNSHOT) for number in range(AT_ONCE + 30)))
        assert len(house.state.alarms) == AT_ONCE + 1
        assert "alerts shows all" in house.state.alarms["alerts:many"].text
        house.ask(cmd.AcknowledgeAlarm, alarm_id="alerts:many")
        assert "alerts:many" not in house.state.alarms


class TestMakingWork:
    def test_a_call_where_it_was_sensed_with_all_that_is_known(self, house: House) -> None:
        received, handled, advice = house.ask(cmd.MakeCall, alert_id="A1")
        assert isinstance(received, ev.CallReceived)
        assert isinstance(advice, ev.AdviceGiven)
        assert handled == ev.AlertHandled(alert_id="A1", account="reyes", call_id="C2")
        call = house.state.calls["C2"]
        assert (call.title, call.place.position, call.report.priority) == ("PLATE HIT", THERE, 2)
        assert (call.alerts, call.is_provisional, call.report.agency) == (("A1",), True, "FLOCK")
        assert call.started_at == NOON - timedelta(seconds=15)
        assert [note.text for note in call.report.notes] == [
            "STOLEN VEHICLE 8ABC123 blue Honda Civic",
            "sensed 2026-03-01 11:59:45Z by FLOCK, LPR 14 NB, confidence 93%",
            "reason: NCIC: Stolen Vehicle",
            "valid until 2026-03-01 13:00Z",
        ]
        assert not house.state.flights
        assert not house.state.alerts["A1"].is_open
        house.ask(cmd.LaunchDrone, drone="D1", call_id="C2")
        house.restart()

    def test_once(self, house: House) -> None:
        house.ask(cmd.MakeCall, alert_id="A1")
        assert "A1 belongs to C2 already (A. REYES)" in house.refuses(cmd.MakeCall, alert_id="A1")
        assert "belongs to C2" in house.refuses(cmd.AttachAlert, alert_id="A1", call_id="1041")
        assert "belongs to C2" in house.refuses(cmd.DismissAlert, alert_id="A1", reason="no")
        assert house.ask(cmd.AttachAlert, alert_id="A1", call_id="C2") == []

    def test_attached_to_a_call_that_is_there(self, house: House) -> None:
        house.ask(cmd.AttachAlert, alert_id="A1", call_id="1041")
        assert house.state.calls["1041"].alerts == ("A1",)
        tells(house, report("u2"))
        house.cancel("1041")
        assert "cancelled" in house.refuses(cmd.AttachAlert, alert_id="A2", call_id="1041")
        assert "no alert A9" in house.refuses(cmd.AttachAlert, alert_id="A9", call_id="1041")
        assert "no call 9" in house.refuses(cmd.AttachAlert, alert_id="A2", call_id="9")

    def test_put_aside_with_a_reason_and_taken_up_again(self, house: House) -> None:
        assert "say why" in house.refuses(cmd.DismissAlert, alert_id="A1", reason="")
        house.ask(cmd.DismissAlert, alert_id="A1", reason="our own car")
        assert house.state.alerts["A1"].dismissed == "our own car"
        house.ask(cmd.AttachAlert, alert_id="A1", call_id="1041")
        assert house.state.alerts["A1"].dismissed == ""

    def test_nothing_is_begun_after_a_plate_that_ran_out(self, house: House) -> None:
        house.at += timedelta(hours=2)
        assert "A1 is out of date since 2026-03-01 13:00Z" in house.refuses(cmd.MakeCall, alert_id="A1")

    def test_a_shot_is_worth_a_look_when_its_time_is_over_and_says_so(self, house: House) -> None:
        tells(house, report("u2", kind=AlertKind.GUNSHOT))
        house.at += timedelta(hours=2)
        house.ask(cmd.MakeCall, alert_id="A2")
        assert house.state.calls["C2"].report.notes[-1].text.endswith("OUT OF DATE")

    def test_nor_of_what_was_taken_back(self, house: House) -> None:
        tells(house, report(retracted="misread"))
        assert "A1 was taken back by FLOCK: misread" in house.refuses(cmd.MakeCall, alert_id="A1")

    def test_it_goes_along_when_calls_are_one(self, house: House) -> None:
        house.ask(cmd.MakeCall, alert_id="A1")
        house.call("1044", offset(THERE, 0.0, 50.0))
        house.look()
        house.ask(cmd.AcceptSuggestion, suggestion_id="same:C2:1044")
        assert set(house.state.calls["1044"].alerts) == {"A1"}
        assert house.state.alerts["A1"].call_id == "1044"
        house.ask(cmd.SplitCalls, call_id="C2")
        assert not house.state.calls["1044"].alerts
        assert house.state.alerts["A1"].call_id == "C2"


class TestTakenBack:
    def test_under_a_flight_it_is_the_loudest_alarm_and_turns_nothing(self, house: House) -> None:
        tells(house, report("u2", kind=AlertKind.GUNSHOT, title="GUNFIRE 4 rounds"))
        house.ask(cmd.MakeCall, alert_id="A2")
        airborne(house, call_id="C2")
        gone = report("u2", kind=AlertKind.GUNSHOT, title="GUNFIRE 4 rounds", retracted="fireworks")
        found = tells(house, gone)
        assert orders(found + house.look()) == []
        alarm = house.state.alarms["alert:A2"]
        assert (alarm.severity, alarm.drone) == (Severity.CRITICAL, "D1")
        assert alarm.text == "A2 GUNFIRE 4 rounds TAKEN BACK by FLOCK: fireworks · D1 flies to C2 for it"
        proposed = house.state.suggestions["retracted:F1:A2"]
        assert proposed.kind is SuggestionKind.ALERT_RETRACTED
        house.ask(cmd.AcceptSuggestion, suggestion_id="retracted:F1:A2")
        house.look()
        assert "retracted:F1:A2" not in house.state.suggestions

    def test_without_a_flight_a_warning_and_nothing_is_sent_any_more(self, house: House) -> None:
        house.ask(cmd.MakeCall, alert_id="A1")
        tells(house, report(retracted="misread"))
        words = house.refuses(cmd.LaunchDrone, drone="D1", call_id="C2")
        assert words.startswith(
            "A1 was taken back by FLOCK: misread; if there is a reason to fly all the same"
        )
        tells(house, report("u2"))
        house.ask(cmd.AttachAlert, alert_id="A2", call_id="C2")
        house.ask(cmd.LaunchDrone, drone="D1", call_id="C2")
        house.at += timedelta(hours=2)
        assert "A2 is out of date" in house.refuses(cmd.LaunchDrone, drone="D2", call_id="C2")
        assert house.state.alarms["alert:A1"].severity is Severity.WARNING

    def test_out_of_date_under_a_flight_is_a_warning(self, house: House) -> None:
        house.ask(cmd.MakeCall, alert_id="A1")
        airborne(house, call_id="C2")
        tells(house, report(valid_until=house.at + timedelta(seconds=2)))
        house.look(after_s=3.0)
        assert house.state.alarms["alert:A1"].severity is Severity.WARNING


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.builds(
            report,
            st.sampled_from(["u1", "u2"]),
            priority=st.integers(1, 5),
            retracted=st.sampled_from(["", "", "fireworks"]),
        ),
        max_size=12,
    ),
    st.lists(st.sampled_from([cmd.MakeCall, cmd.AttachAlert, cmd.DismissAlert]), max_size=6),
)
def test_whatever_comes_and_whoever_asks_nothing_flies_and_nothing_is_lost(
    reports: list[AlertReport], asked: list[type[cmd.Command]]
) -> None:
    house = House()
    for number, each in enumerate(reports):
        tells(house, each)
        if number < len(asked):
            fields: dict[str, Any] = {"alert_id": "A1"}
            fields |= {"call_id": "1041"} if asked[number] is cmd.AttachAlert else {}
            fields |= {"reason": "no"} if asked[number] is cmd.DismissAlert else {}
            try:
                house.ask(asked[number], **fields)
            except AssertionError:
                assert house.refuses(asked[number], **fields)
        house.look()
    assert not house.state.flights
    assert len(house.state.alerts) == len({each.alert_uid for each in reports})
    for alert_id, alert in house.state.alerts.items():
        holders = [call.call_id for call in house.state.calls.values() if alert_id in call.alerts]
        assert holders == ([alert.call_id] if alert.call_id else [])
    house.restart()
