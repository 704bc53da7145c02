"""Calls that people open, place, confirm, merge and close: every clock from the first, nothing lost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.flights import HOME, NOON, SCENE, House, airborne, orders

from rtcc_core.domain import commands as cmd
from rtcc_core.domain import events as ev
from rtcc_core.domain import facts
from rtcc_core.domain.alert import AlertKind, AlertReport
from rtcc_core.domain.call import CallReport, CallStatus, Note, Place, PlaceKind
from rtcc_core.domain.evolve import evolve
from rtcc_core.domain.flight import Phase
from rtcc_core.domain.geo import LatLon, offset
from rtcc_core.domain.state import Severity
from rtcc_core.domain.suggestions import SuggestionKind

SAID = "man with a gun behind the bank"
NEARBY = offset(SCENE, 0.0, 120.0)


def odd_report(status: CallStatus = CallStatus.ACTIVE) -> CallReport:
    return CallReport(feed="COUNTY", incident_uid="uid-1041", status=status, updated_at=NOON)


def odd_alert(retracted: str = "") -> AlertReport:
    return AlertReport(
        source="S", alert_uid="1", kind=AlertKind.ALARM, title="", sensed_at=NOON, retracted=retracted
    )


@pytest.fixture
def house() -> House:
    return House()


def opens(house: House, **changed: Any) -> str:
    """A call opened by a person; its id."""
    asked = {"text": SAID, "position": NEARBY, "label": "4TH & OAK", **changed}
    received = house.ask(cmd.OpenCall, **asked)[0]
    assert isinstance(received, ev.CallReceived)
    return received.call_id


@pytest.mark.parametrize(
    ("told", "at", "placed", "shown"),
    [
        (
            "9260 ELK PARK DR APT 4",
            None,
            "ELK PARK / FRANKLIN",
            "9260 ELK PARK DR APT 4, near ELK PARK / FRANKLIN",
        ),
        (
            "9260 ELK PARK DR APT 4",
            NEARBY,
            "ELK PARK / FRANKLIN",
            "9260 ELK PARK DR APT 4, near ELK PARK / FRANKLIN",
        ),
        ("9260 ELK PARK DR", offset(SCENE, 0.0, 900.0), "4TH & OAK", "4TH & OAK (not 9260 ELK PARK DR)"),
        ("4th & Oak", None, "4TH & OAK", "4TH & OAK"),
        ("", None, "4TH & OAK", "4TH & OAK"),
        ("9260 ELK PARK DR", None, "", "9260 ELK PARK DR"),
    ],
)
def test_what_the_caller_said_of_the_place_stays(
    house: House, told: str, at: LatLon | None, placed: str, shown: str
) -> None:
    house.call("1042", at, place=Place(position=at, address=told))
    house.ask(cmd.PlaceCall, call_id="1042", position=SCENE, label=placed, found_by="CROSSING")
    call = house.state.calls["1042"]
    assert call.address == shown
    assert call.place.position == SCENE


class TestOpening:
    def test_it_can_be_launched_to_at_once_and_the_clocks_run(self, house: House) -> None:
        call_id = opens(house, priority=1)
        assert call_id == "C2"
        call = house.state.calls[call_id]
        assert (call.is_provisional, call.is_open, call.title) == (
            True,
            True,
            SAID,
        )
        assert (call.started_at, call.received_at, call.cad_received_at) == (NOON, NOON, None)
        assert (call.place.address, call.place.needs_confirmation) == ("4TH & OAK", False)
        assert call.report.notes[0].author == "A. REYES"
        house.ask(cmd.LaunchDrone, drone="D1", call_id=call_id)
        assert house.state.flights["F1"].target == NEARBY
        assert house.state.calls[call_id].decided_at == NOON
        house.restart()

    @pytest.mark.parametrize(
        ("changed", "words"),
        [
            ({"text": "\x1b", "label": "", "position": None}, "say what it is or where it is"),
            ({"priority": 0}, "a priority is 1"),
            ({"position": LatLon(0.0, 0.0)}, "0, 0 is no place"),
            ({"position": LatLon(-38.42, 121.42)}, "latitude comes first, west and south are negative"),
        ],
    )
    def test_refused_in_words(self, house: House, changed: dict[str, Any], words: str) -> None:
        asked = {"text": "x", "position": NEARBY, **changed}
        assert words in house.refuses(cmd.OpenCall, **asked)

    def test_without_a_place_it_waits_for_one(self, house: House) -> None:
        call_id = opens(house, position=None, label="the old mill")
        assert "no position" in house.refuses(cmd.LaunchDrone, drone="D1", call_id=call_id)
        house.ask(cmd.PlaceCall, call_id=call_id, position=NEARBY)
        house.ask(cmd.LaunchDrone, drone="D1", call_id=call_id)
        assert house.state.calls[call_id].place.address == "the old mill"

    def test_a_doubtful_match_is_confirmed_first(self, house: House) -> None:
        call_id = opens(house, found_by="FUZZY")
        assert "routed from" in house.refuses(cmd.LaunchDrone, drone="D1", call_id=call_id)
        house.ask(cmd.ConfirmPlace, call_id=call_id)
        house.ask(cmd.LaunchDrone, drone="D1", call_id=call_id)

    def test_observers_open_nothing(self, house: House) -> None:
        assert "may not" in house.refuses(cmd.OpenCall, by="guest", text="x")

    def test_ours_is_closed_by_us_and_an_aircraft_on_its_way_is_an_alarm(self, house: House) -> None:
        call_id = opens(house)
        assert "say why" in house.refuses(cmd.CloseCall, call_id=call_id, reason="")
        airborne(house, call_id=call_id)
        found = house.ask(cmd.CloseCall, call_id=call_id, reason="a film crew")
        assert orders(found + house.look()) == []
        assert house.state.alarms[f"call:{call_id}"].text == (
            f"call {call_id} was closed here (a film crew) while D1 flies to it"
        )
        assert house.state.suggestions["over:F1"].kind is SuggestionKind.CALL_OVER
        assert "is closed" in house.refuses(cmd.CloseCall, call_id=call_id, reason="again")


class TestPlacing:
    def test_by_hand_stands_before_what_cad_says(self, house: House) -> None:
        house.ask(cmd.PlaceCall, call_id="1041", position=NEARBY, label="REAR DOOR", found_by="EXACT")
        house.call("1041", offset(SCENE, 90.0, 400.0))
        place = house.state.calls["1041"].place
        assert (place.position, place.address, place.found_by) == (NEARBY, "REAR DOOR", "EXACT")
        assert place.confirmed_by == "reyes"
        house.ask(cmd.LaunchDrone, drone="D1", call_id="1041")
        assert house.state.flights["F1"].target == NEARBY

    def test_how_good_it_is_goes_along(self, house: House) -> None:
        for told_m in (75.0, None):
            house.ask(cmd.PlaceCall, call_id="1041", position=NEARBY, uncertainty_m=told_m)
            assert house.state.calls["1041"].place.uncertainty_m == told_m
        for wrong in (-1.0, float("nan"), float("inf")):
            words = house.refuses(cmd.PlaceCall, call_id="1041", position=NEARBY, uncertainty_m=wrong)
            assert "good to a radius in metres" in words

    def test_and_is_taken_back(self, house: House) -> None:
        house.ask(cmd.PlaceCall, call_id="1041", position=NEARBY)
        house.ask(cmd.PlaceCall, call_id="1041", position=None)
        assert house.state.calls["1041"].place.position == SCENE
        assert house.ask(cmd.PlaceCall, call_id="1041", position=None) == []

    def test_an_aircraft_on_its_way_is_not_turned_but_asked_about(self, house: House) -> None:
        airborne(house)
        found = house.ask(cmd.PlaceCall, call_id="1041", position=offset(SCENE, 90.0, 300.0))
        assert orders(found + house.look()) == []
        assert house.state.suggestions["moved:F1"].text == (
            "call 1041 is now about 300 m east of where D1 was sent: follow it?"
        )
        house.ask(cmd.AcceptSuggestion, suggestion_id="moved:F1")
        assert house.state.flights["F1"].target == offset(SCENE, 90.0, 300.0)

    def test_advice_is_for_the_new_place(self, house: House) -> None:
        near, far = house.state.advice["1041"].candidates[0].overhead_s, offset(HOME, 45.0, 3_000.0)
        house.ask(cmd.PlaceCall, call_id="1041", position=far)
        later = house.state.advice["1041"].candidates[0].overhead_s
        assert near is not None
        assert later is not None
        assert later > near + 60.0

    def test_whoever_launches_must_have_seen_it(self, house: House) -> None:
        seen_seq = house.state.seq
        house.ask(cmd.PlaceCall, call_id="1041", position=NEARBY)
        house.ask(cmd.LaunchDrone, drone="D1", call_id="1041", seen_seq=seen_seq)  # one's own is known
        other = replace(house.state.touched["1041"], account="oyama")
        house.state = replace(house.state, touched={"1041": other})
        words = house.refuses(cmd.LaunchDrone, drone="D2", call_id="1041", seen_seq=seen_seq)
        assert "since you looked" in words

    def test_a_confirmation_is_of_one_place(self, house: House) -> None:
        routed = Place(position=SCENE, kind=PlaceKind.ROUTING)
        house.call("1042", SCENE, place=routed)
        assert "routed from" in house.refuses(cmd.LaunchDrone, drone="D1", call_id="1042")
        house.ask(cmd.ConfirmPlace, call_id="1042")
        assert house.state.calls["1042"].place == replace(routed, confirmed_by="reyes")
        assert house.ask(cmd.ConfirmPlace, call_id="1042") == []
        house.call("1042", SCENE, place=routed, priority=2)
        assert not house.state.calls["1042"].place.needs_confirmation
        house.call("1042", SCENE, place=replace(routed, position=NEARBY))
        assert house.state.calls["1042"].place.needs_confirmation

    def test_what_needs_no_confirmation_gets_none(self, house: House) -> None:
        assert "needs no confirmation" in house.refuses(cmd.ConfirmPlace, call_id="1041")
        house.call("1042", None)
        assert "no position to confirm" in house.refuses(cmd.ConfirmPlace, call_id="1042")
        assert "no call 9999" in house.refuses(cmd.ConfirmPlace, call_id="9999")


class TestTheSameCall:
    def test_it_is_proposed_near_in_place_and_time_and_merged_by_a_person(self, house: House) -> None:
        call_id = opens(house, priority=2)
        airborne(house, call_id=call_id)
        house.ask(cmd.AddNote, call_id=call_id, text="heard on Live911")
        house.ask(cmd.TakeCall, call_id=call_id)
        house.at += timedelta(seconds=50)
        house.call("1044", SCENE, started_at=NOON - timedelta(seconds=20))
        house.look()
        proposed = house.state.suggestions[f"same:{call_id}:1044"]
        assert proposed.text == f"1044 ROBBERY, 120 m away: the same as {call_id}, which D1 flies to?"
        before = house.state.calls[call_id]
        found = house.ask(cmd.AcceptSuggestion, suggestion_id=proposed.suggestion_id)
        assert orders(found) == []
        gone, call = house.state.calls[call_id], house.state.calls["1044"]
        assert (gone.is_open, gone.merged_into) == (False, "1044")
        assert house.state.flights["F1"].call_id == "1044"
        assert [note.text for note in call.house_notes] == [
            SAID,
            "heard on Live911",
        ]
        assert call.taken_by == "reyes"
        assert (call.received_at, call.started_at) == (before.received_at, NOON - timedelta(seconds=20))
        assert call.cad_received_at is not None
        assert call.cad_received_at > call.received_at
        assert (call.recommended_at, call.decided_at) == (before.recommended_at, before.decided_at)
        assert house.state.alarms[f"merged:{call_id}"].severity is Severity.NOTICE
        house.look()
        assert list(house.state.suggestions) == ["moved:F1"]  # CAD's place is another, and nobody was turned
        assert f"{call_id} was merged into 1044" in house.refuses(
            cmd.LaunchDrone, drone="D2", call_id=call_id
        )
        house.restart()

    def test_a_declined_one_gives_way_to_the_next_nearest(self, house: House) -> None:
        call_id = opens(house, position=offset(SCENE, 180.0, 240.0))
        house.call("1044", offset(SCENE, 180.0, 100.0))
        house.look()
        assert list(house.state.suggestions) == [f"same:{call_id}:1044"]
        house.ask(cmd.DeclineSuggestion, suggestion_id=f"same:{call_id}:1044", reason="another bank")
        house.look()
        house.look()
        assert list(house.state.suggestions) == [f"same:{call_id}:1041"]

    @pytest.mark.parametrize(
        ("one", "two", "likelier"),
        [
            # (metres from ours, seconds after it, type)
            ((40.0, 5.0, "FALL"), (20.0, 90.0, "FIRE"), "two"),
            ((20.0, 5.0, "FALL"), (40.0, 5.0, "FIGHT"), "one"),
            ((20.0, 5.0, "FALL"), (20.0, 90.0, "FIGHT IN PROGRESS"), "two"),
            ((20.0, 90.0, "FIGHT"), (20.0, 60.0, "FIGHT"), "two"),
            ((60.0, 60.0, "FALL"), (20.0, -60.0, "FALL"), "two"),
            ((20.0, -5.0, "FALL"), (20.0, 60.0, "FALL"), "two"),
        ],
    )
    def test_of_several_the_nearest_then_the_same_type_then_by_time(
        self, house: House, one: tuple[float, float, str], two: tuple[float, float, str], likelier: str
    ) -> None:
        middle = offset(SCENE, 90.0, 2_000.0)
        start = house.at
        calls = {"1051": one, "1052": two}
        for number, (away_m, after_s, kind) in calls.items():
            if after_s < 0.0:
                house.at = start + timedelta(seconds=after_s)
                house.call(number, offset(middle, 0.0, away_m), type_text=kind)
        house.at = start
        call_id = opens(house, position=middle, call_type="fight")
        for number, (away_m, after_s, kind) in sorted(calls.items(), key=lambda each: each[1][1]):
            if after_s >= 0.0:
                house.at = start + timedelta(seconds=after_s)
                house.call(number, offset(middle, 0.0, away_m), type_text=kind)
        house.look()
        wanted = {"one": "1051", "two": "1052"}[likelier]
        assert list(house.state.suggestions) == [f"same:{call_id}:{wanted}"]

    @pytest.mark.parametrize(("away_m", "after_s"), [(260.0, 10.0), (100.0, 901.0)])
    def test_far_off_or_much_later_is_another(self, house: House, away_m: float, after_s: float) -> None:
        opens(house, position=offset(SCENE, 90.0, 2_000.0))
        house.at += timedelta(seconds=after_s)
        house.call("1044", offset(SCENE, 90.0, 2_000.0 + away_m))
        house.look()
        assert not house.state.suggestions

    def test_a_place_that_cad_lacks_is_kept(self, house: House) -> None:
        call_id = opens(house)
        house.call("1044", None)
        house.ask(cmd.MergeCalls, call_id=call_id, into="1044")
        assert house.state.calls["1044"].place.position == NEARBY

    def test_a_merge_that_cannot_be_right_is_refused(self, house: House) -> None:
        call_id = opens(house)
        house.call("1044", offset(SCENE, 90.0, 4_000.0))
        assert f"{call_id} is 4.0 km from 1044" in house.refuses(cmd.MergeCalls, call_id=call_id, into="1044")
        assert "comes from COUNTY" in house.refuses(cmd.MergeCalls, call_id="1041", into=call_id)
        assert "one call already" in house.refuses(cmd.MergeCalls, call_id=call_id, into=call_id)
        assert "no call X" in house.refuses(cmd.MergeCalls, call_id=call_id, into="X")
        house.cancel("1041")
        assert "cancelled" in house.refuses(cmd.MergeCalls, call_id=call_id, into="1041")

    def test_a_wrong_merge_is_taken_back(self, house: House) -> None:
        call_id = opens(house)
        airborne(house, call_id=call_id)
        house.ask(cmd.MergeCalls, call_id=call_id, into="1041")
        house.ask(cmd.LaunchDrone, drone="D2", call_id="1041")
        found = house.ask(cmd.SplitCalls, call_id=call_id)
        assert orders(found) == []
        call = house.state.calls[call_id]
        assert (call.is_open, call.merged_into) == (True, None)
        assert [flight.call_id for flight in house.state.flights.values()] == [call_id, "1041"]
        house.look()
        assert f"same:{call_id}:1041" not in house.state.suggestions
        assert "was not merged" in house.refuses(cmd.SplitCalls, call_id=call_id)
        assert house.state.flights["F1"].phase is Phase.ON_SCENE
        house.restart()

    def test_control_stays_with_whoever_has_it(self, house: House) -> None:
        call_id = opens(house)
        airborne(house, call_id=call_id)
        house.ask(cmd.MergeCalls, call_id=call_id, into="1041")
        assert house.state.controller("D1") == "reyes"
        house.ask(cmd.ReturnDrone, drone="D1")


def test_cad_says_of_a_merged_call_what_it_likes(house: House) -> None:
    """Updates of the call that goes on keep what came from the other."""
    call_id = opens(house)
    house.ask(cmd.MergeCalls, call_id=call_id, into="1041")
    house.call("1041", SCENE, notes=(Note(text="suspect left"),))
    call = house.state.calls["1041"]
    assert call.received_at == NOON
    assert [note.text for note in call.house_notes] == [SAID]
    house.call("1041", SCENE, status=CallStatus.CLOSED)
    assert not house.state.calls["1041"].is_open


def test_a_house_call_never_collides_with_a_feeds_own_ids(house: House) -> None:
    forged = CallReport(feed="COUNTY", incident_uid="opened:c1", number="", updated_at=NOON)
    call_id = opens(house)
    house.tell(facts.CallReported(report=forged))
    assert house.state.calls[call_id].report.feed == "house"
    assert len(house.state.calls) == 3


IDS = st.sampled_from(["1041", "1042", "C2", "none"])
ALERT_IDS = st.sampled_from(["A1", "none"])
ODD_EVENTS = st.one_of(
    st.builds(ev.CallReceived, call_id=IDS, report=st.builds(odd_report), is_provisional=st.booleans()),
    st.builds(
        ev.CallUpdated,
        call_id=IDS,
        report=st.builds(odd_report, st.sampled_from(CallStatus)),
        changes=st.just(()),
    ),
    st.builds(ev.CallMissing, call_id=IDS),
    st.builds(ev.CallListedAgain, call_id=IDS),
    st.builds(ev.CallPlaced, call_id=IDS, account=st.just("reyes"), place=st.none() | st.just(Place())),
    st.builds(ev.CallClosed, call_id=IDS, account=st.just("reyes"), reason=st.just("over")),
    st.builds(ev.CallsMerged, call_id=IDS, into=IDS, account=st.just("reyes"), flights=st.just(("F1", "F9"))),
    st.builds(ev.CallsSplit, call_id=IDS, was_with=IDS, account=st.just("reyes"), flights=st.just(("F1",))),
    st.builds(ev.FeedListsNone, feed=st.just("COUNTY"), open_calls=st.just(3)),
    st.builds(ev.AlertReceived, alert_id=ALERT_IDS, report=st.builds(odd_alert)),
    st.builds(
        ev.AlertRetracted,
        alert_id=ALERT_IDS,
        report=st.builds(odd_alert, st.just("no")),
        reason=st.just("no"),
    ),
    st.builds(ev.AlertExpired, alert_id=ALERT_IDS),
    st.builds(ev.AlertHandled, alert_id=ALERT_IDS, account=st.just("reyes"), call_id=st.none() | IDS),
)


@settings(max_examples=80, deadline=None)
@given(st.lists(ODD_EVENTS, max_size=12))
def test_any_sequence_folds_is_looked_at_and_answered(events: list[ev.AnyEvent]) -> None:
    house = House()
    airborne(house)
    for event in events:
        stored = ev.Stored(seq=house.state.seq + 1, at=house.at, operator="reyes", cause="", event=event)
        house.log.append(stored)
        house.state = evolve(house.state, stored)
    house.look()
    assert house.state.flights["F1"].phase in (Phase.ON_SCENE, Phase.HOLDING)
    for call in house.state.calls.values():
        assert call.place == (call.placed or call.told_place)
    house.restart()
