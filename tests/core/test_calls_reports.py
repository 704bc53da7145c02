"""What feeds say of calls: replaced whole, told in words, linked both ways, seen by two, never lost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.flights import NOON, SCENE, House, airborne, orders
from tests.reports import report, tells

from rtcc_core.domain import commands as cmd
from rtcc_core.domain import events as ev
from rtcc_core.domain import facts
from rtcc_core.domain.call import (
    CallReport,
    CallStatus,
    Detail,
    IncidentLink,
    LinkKind,
    Note,
    Place,
    Unit,
)
from rtcc_core.domain.call_changes import CHANGES_MAX, what_changed
from rtcc_core.domain.geo import offset
from rtcc_core.domain.own_names import own_uid
from rtcc_core.domain.state import Severity
from rtcc_core.domain.suggestions import SuggestionKind

UNKNOWN = "an incident not known here"
URN = "urn:emergency:uid:incidentid:a56e556d871:bcf.state.pa.us"


def link(kind: LinkKind, number: str) -> IncidentLink:
    return IncidentLink(kind=kind, incident_uid=f"uid-{number}")


@pytest.fixture
def house() -> House:
    return House()


class TestWhatChanged:
    @pytest.mark.parametrize(
        ("old", "new", "words"),
        [
            ({}, {"priority": 3}, ("priority 1 → 3",)),
            ({"status": CallStatus.CLOSED}, {}, ("re-opened",)),
            ({}, {"status": CallStatus.CANCELLED}, ("now cancelled",)),
            ({}, {"type_text": "", "type_code": "SHOOT"}, ("type now SHOOT",)),
            ({}, {"place": Place(position=offset(SCENE, 0.0, 120.0))}, ("position moved 120 m",)),
            ({}, {"place": Place(position=offset(SCENE, 0.0, 2_340.0))}, ("position moved 2.3 km",)),
            ({"place": Place()}, {"place": Place(position=SCENE)}, ("position now known",)),
            ({}, {"place": Place()}, ("position no longer told",)),
            ({}, {"place": Place(position=SCENE, address="12 Oak St")}, ("address changed",)),
            ({}, {"place": Place(position=SCENE, uncertainty_m=400.0)}, ("position now good to 400 m",)),
            ({}, {"details": (Detail(kind="caution", text="weapon: yes"),)}, ("+ weapon: yes",)),
            ({"details": (Detail(kind="vehicle", text="red Honda"),)}, {}, ("no longer: red Honda",)),
            (
                {"details": (Detail(kind="caution", text="weapon: no"),)},
                {"details": (Detail(kind="caution", text="weapon: yes"),)},
                ("weapon: yes (was no)",),
            ),
            ({}, {"units": (Unit(callsign="4A21", status="en route"),)}, ("unit 4A21 en route",)),
            ({"units": (Unit(callsign="4A21"),)}, {}, ("unit 4A21 no longer on it",)),
            ({}, {"notes": (Note(text="he has a knife"),)}, ("+ he has a knife",)),
            ({}, {"merged_into_uid": "uid-1044"}, ("merged into 1044",)),
            ({"merged_into_uid": "uid-1044"}, {}, ("no longer merged into 1044",)),
            ({}, {"links": (link(LinkKind.RELATED, "1044"),)}, ("linked with 1044",)),
            ({}, {"links": (link(LinkKind.UNLINK, "1044"),)}, ("unlinked from 1044",)),
            (
                {"links": (link(LinkKind.PARENT, "9"),)},
                {},
                ("no longer linked with an incident not known here",),
            ),
            ({}, {"agency": "RIVERTON FD"}, ("details changed",)),
            ({}, {"updated_at": NOON + timedelta(minutes=9), "warnings": ("a blank",)}, ()),
        ],
    )
    def test_in_words(self, old: dict[str, Any], new: dict[str, Any], words: tuple[str, ...]) -> None:
        assert what_changed(report(**old), report(**new), {"uid-1044": "1044"}.get) == words

    def test_a_flood_of_notes_is_counted(self) -> None:
        notes = tuple(Note(text=f"note {n}") for n in range(200))
        changes = what_changed(report(), report(notes=notes))
        assert len(changes) == CHANGES_MAX + 1
        assert changes[-1] == f"and {200 - CHANGES_MAX} more changes"


class TestPassedOn:
    """What another house says of an incident that is not its own."""

    def test_it_keeps_no_call_open_that_a_first_hand_has_closed(self, house: House) -> None:
        copy = report(feed="CITY", incident_uid=URN, is_passed_on=True)
        tells(
            house,
            report(incident_uid=URN),
            copy,
            report(minute=1, incident_uid=URN, status=CallStatus.CLOSED),
        )
        assert not house.state.calls["1042"].is_open
        tells(house, replace(copy, updated_at=NOON + timedelta(minutes=2)))
        assert not house.state.calls["1042"].is_open
        house.restart()

    def test_a_first_hand_takes_over_and_among_copies_the_first_to_tell_leads(self, house: House) -> None:
        for feed in ("NORTH", "SOUTH"):
            tells(house, report(feed=feed, incident_uid=URN, is_passed_on=True))
        over = report(minute=1, feed="NORTH", incident_uid=URN, is_passed_on=True, status=CallStatus.CLOSED)
        tells(house, over)
        assert not house.state.calls["1042"].is_open
        tells(house, report(incident_uid=URN))
        assert house.state.calls["1042"].report.feed == "COUNTY"
        assert house.state.calls["1042"].is_open

    def test_one_plain_id_is_two_incidents_where_they_say_different_things(self, house: House) -> None:
        house.tell(facts.FeedConnected(feed="COUNTY"))
        tells(house, report(), report(feed="CITY", is_passed_on=True))
        assert [view.feed for view in house.state.calls["1042"].views] == ["COUNTY", "CITY"]
        away = Place(position=offset(SCENE, 0.0, 5_000.0))
        tells(house, report(feed="NORTH", is_passed_on=True, place=away), report(feed="SOUTH"))
        assert len([call for call in house.state.calls.values() if call.report.number == "1042"]) == 3

    def test_a_name_of_our_own_making_is_never_opened(self, house: House) -> None:
        assert house.state.programme is not None
        named = replace(house.state, programme=replace(house.state.programme, element="dfr.example"))
        house.state = named
        for uid, opens in ((own_uid("house", "gone", "dfr.example"), 0), (own_uid("house", "x", "b"), 1)):
            assert len(tells(house, report("7", feed="CITY", incident_uid=uid))) >= opens
            assert bool([call for call in house.state.calls.values() if call.report.number == "7"]) is bool(
                opens
            )


class TestOneFeed:
    def test_a_newer_time_alone_changes_nothing_on_the_screen(self, house: House) -> None:
        tells(house, report(), report(minute=1, priority=2))
        house.at += timedelta(minutes=2)
        (updated,) = tells(house, report(minute=2, priority=2))
        assert updated == ev.CallUpdated(
            call_id="1042", report=report(minute=2, priority=2), changes=(), original=""
        )
        call = house.state.calls["1042"]
        assert (call.changes, call.changed_at) == (("priority 1 → 2",), NOON)
        assert tells(house, report(minute=1, priority=3)) == []

    def test_re_opened_is_the_same_call_and_is_weighed_again(self, house: House) -> None:
        tells(house, report(), report(minute=1, status=CallStatus.CLOSED))
        updated, advice = tells(house, report(minute=2))
        assert isinstance(updated, ev.CallUpdated)
        assert (updated.call_id, updated.changes) == ("1042", ("re-opened",))
        assert isinstance(advice, ev.AdviceGiven)
        assert house.state.calls["1042"].is_open

    def test_an_id_used_again_next_year_is_another_call(self, house: House) -> None:
        tells(house, report(started_at=NOON), report(minute=1, started_at=NOON, status=CallStatus.CLOSED))
        later = NOON + timedelta(days=400)
        (received, *_) = tells(house, report(minute=400 * 1_440, started_at=later))
        assert isinstance(received, ev.CallReceived)
        assert received.call_id == "C3"
        assert not house.state.calls["1042"].is_open
        tells(house, report(minute=400 * 1_440 + 1, started_at=later, priority=2))
        assert house.state.calls["C3"].report.priority == 2

    def test_the_clocks_of_a_call(self, house: House) -> None:
        pickup = NOON - timedelta(seconds=40)
        tells(house, report(started_at=pickup))
        house.at += timedelta(seconds=9)
        house.ask(cmd.LaunchDrone, drone="D1", call_id="1042")
        house.at += timedelta(seconds=60)
        tells(house, report(minute=1, started_at=pickup, units=(Unit(callsign="4A21", status="OnScene"),)))
        call = house.state.calls["1042"]
        assert (call.started_at, call.cad_received_at, call.recommended_at) == (pickup, NOON, NOON)
        assert call.decided_at == NOON + timedelta(seconds=9)
        assert call.unit_on_scene_at == NOON + timedelta(seconds=69)


class TestSnapshots:
    def test_what_is_listed_again_is_no_longer_missing(self, house: House) -> None:
        tells(house, report())
        gone = facts.FeedSnapshotTaken(feed="COUNTY", incident_uids=("uid-1041",))
        assert house.tell(gone) == [ev.CallMissing(call_id="1042")]
        assert house.tell(gone) == []
        both = facts.FeedSnapshotTaken(feed="COUNTY", incident_uids=("uid-1041", "uid-1042"))
        assert house.tell(both) == [ev.CallListedAgain(call_id="1042")]
        house.tell(gone)
        assert tells(house, report()) == [ev.CallListedAgain(call_id="1042")]
        assert house.state.calls["1042"].missing_since is None

    def test_an_empty_list_closes_nothing_and_is_an_alarm(self, house: House) -> None:
        tells(house, *(report(str(number)) for number in range(1042, 1048)))
        empty = facts.FeedSnapshotTaken(feed="COUNTY", incident_uids=())
        assert house.tell(empty)[-1] == ev.FeedListsNone(feed="COUNTY", open_calls=7)
        assert all(call.is_open for call in house.state.calls.values())
        alarm = house.state.alarms["emptied:COUNTY"]
        assert alarm.text.startswith("COUNTY lists no calls any more: 7 open here")
        assert house.tell(empty) == []
        tells(house, report("1044", minute=1))
        assert house.state.alarms["emptied:COUNTY"].is_over

    def test_a_person_closes_what_is_missing_and_cad_may_open_it_again(self, house: House) -> None:
        tells(house, report(), report("1043"))
        assert "no open call here" in house.refuses(cmd.CloseCalls, feed="COUNTY", reason="CAD restarted")
        house.tell(facts.FeedSnapshotTaken(feed="COUNTY", incident_uids=()))
        tells(house, report("1043", minute=1))
        assert "say why" in house.refuses(cmd.CloseCalls, feed="COUNTY", reason=" ")
        house.ask(cmd.CloseCalls, feed="COUNTY", reason="CAD restarted")
        assert [call.call_id for call in house.state.open_calls] == ["1043"]
        assert house.state.calls["1042"].report.status_text == "closed here: CAD restarted"
        (updated, *_) = tells(house, report())
        assert isinstance(updated, ev.CallUpdated)
        assert "re-opened" in updated.changes
        assert house.state.calls["1042"].is_open

    def test_what_cad_has_open_is_closed_there(self, house: House) -> None:
        assert "open in COUNTY: close it there" in house.refuses(cmd.CloseCall, call_id="1041", reason="over")


class TestLinks:
    def test_either_may_name_the_other_and_before_it_comes(self, house: House) -> None:
        tells(house, report("1042", links=(link(LinkKind.PARENT, "1050"),)))
        assert not house.state.calls["1042"].linked
        tells(house, report("1050"))
        assert set(house.state.calls["1042"].linked) == {"1050"}
        assert set(house.state.calls["1050"].linked) == {"1042"}
        tells(house, report("1042", minute=1, links=(link(LinkKind.UNLINK, "1050"),)))
        assert not house.state.calls["1050"].linked
        assert house.state.calls["1050"].unlinked == ("1042",)

    def test_replaced_and_replacing_say_the_same(self, house: House) -> None:
        tells(house, report("1050"), report("1051", links=(link(LinkKind.REPLACING, "1050"),)))
        tells(house, report("1041", minute=1, merged_into_uid="uid-1051"))
        assert house.state.calls["1050"].merged_into == "1051"
        assert house.state.calls["1041"].merged_into == "1051"
        assert house.state.calls["1051"].merged_into is None

    def test_a_merge_under_a_flight_asks_and_turns_nothing(self, house: House) -> None:
        airborne(house)
        tells(house, report("1044", place=Place(position=offset(SCENE, 90.0, 300.0))))
        found = tells(house, report("1041", minute=1, merged_into_uid="uid-1044"))
        assert orders(found + house.look()) == []
        assert house.state.alarms["call:1041"].text == "call 1041 was merged into 1044 while D1 flies to it"
        proposed = house.state.suggestions["over:F1"]
        assert proposed.text == "call 1041 was merged into 1044: give D1 to it?"
        house.ask(cmd.AcceptSuggestion, suggestion_id="over:F1")
        assert house.state.flights["F1"].call_id == "1044"

    def test_a_call_that_replaces_the_one_flown_to_is_an_alarm_too(self, house: House) -> None:
        airborne(house)
        tells(house, report("1044", links=(link(LinkKind.REPLACING, "1041"),)))
        assert house.state.alarms["call:1041"].text == "call 1041 was merged into 1044 while D1 flies to it"
        house.look()
        assert house.state.suggestions["over:F1"].kind is SuggestionKind.CALL_OVER

    def test_an_unlink_under_a_flight_asks_which_call_it_is_for(self, house: House) -> None:
        there = Place(position=offset(SCENE, 90.0, 300.0))
        tells(house, report("1044", place=there, links=(link(LinkKind.RELATED, "1041"),)))
        airborne(house)
        house.look()
        assert not house.state.suggestions
        tells(house, report("1044", minute=1, place=there))
        house.look()
        proposed = house.state.suggestions["unlinked:F1:1044"]
        assert proposed.command == cmd.DivertDrone(command_id="", drone="D1", call_id="1044")
        assert house.state.flights["F1"].call_id == "1041"
        tells(house, report("1044", minute=2, place=there, links=(link(LinkKind.RELATED, "1041"),)))
        house.look()
        assert not house.state.suggestions


class TestTwoAgencies:
    def test_one_call_with_both_views_whole(self, house: House) -> None:
        police = report(incident_uid=URN)
        fire = replace(police, feed="FIRE", number="F-9", type_text="MEDICAL", agency="RIVERTON FD")
        tells(house, police)
        (seen,) = tells(house, fire)
        assert isinstance(seen, ev.CallUpdated)
        assert seen.changes == ("RIVERTON FD reports it, too",)
        call = house.state.calls["1042"]
        assert (call.report, call.other_views) == (police, (fire,))
        assert list(house.state.calls) == ["1041", "1042"]
        newer = replace(fire, priority=2, updated_at=NOON + timedelta(minutes=1))
        tells(house, newer)
        assert house.state.calls["1042"].other_views == (newer,)
        assert tells(house, fire, police) == []

    def test_it_is_open_as_long_as_one_of_them_has_it_open(self, house: House) -> None:
        police = report(incident_uid=URN)
        fire = replace(police, feed="FIRE", type_text="MEDICAL")
        tells(house, police, fire)
        airborne(house, call_id="1042")
        closed = {"status": CallStatus.CLOSED, "updated_at": NOON + timedelta(minutes=5)}
        tells(house, replace(police, **closed))
        call = house.state.calls["1042"]
        assert (call.is_open, call.report.feed) == (True, "FIRE")
        assert "call:1042" not in house.state.alarms
        tells(house, replace(fire, **closed))
        assert not house.state.calls["1042"].is_open
        assert house.state.alarms["call:1042"].severity is Severity.WARNING

    def test_a_short_id_means_something_in_its_own_feed_only(self, house: House) -> None:
        tells(house, report(incident_uid="26-0002"), report(incident_uid="26-0002", feed="FIRE"))
        assert list(house.state.calls) == ["1041", "1042", "C3"]

    def test_a_position_of_the_other_is_better_than_none(self, house: House) -> None:
        police = report(incident_uid=URN, place=Place(address="12 Oak St"))
        tells(house, police, replace(police, feed="FIRE", place=Place(position=SCENE)))
        assert house.state.calls["1042"].place.position == SCENE


# --- any order ------------------------------------------------------------------------------------

NUMBERS = ("1", "2", "3")
FEEDS = ("COUNTY", "FIRE")


def histories() -> st.SearchStrategy[list[CallReport]]:
    """Reports of a few incidents by two feeds, each at a moment of its own."""
    one = st.builds(
        lambda number, feed, status, priority, kind, other: report(
            number,
            feed=feed,
            incident_uid=f"urn:{number}",
            status=status,
            priority=priority,
            links=(IncidentLink(kind=kind, incident_uid=f"urn:{other}"),) if kind else (),
        ),
        st.sampled_from(NUMBERS),
        st.sampled_from(FEEDS),
        st.sampled_from(CallStatus),
        st.integers(1, 5),
        st.none() | st.sampled_from(LinkKind),
        st.sampled_from(NUMBERS),
    )
    return st.lists(one, min_size=1, max_size=12).map(
        lambda found: [replace(each, updated_at=NOON + timedelta(minutes=n)) for n, each in enumerate(found)]
    )


def picture(house: House) -> dict[str, object]:
    """What must not depend on the order in which reports came, by the sender's id of the incident."""
    uid = {call.call_id: call.report.incident_uid for call in house.state.calls.values()}
    return {
        call.report.incident_uid: (
            {view.feed: view for view in call.views},
            call.is_open,
            sorted(uid[other] for other in call.linked),
        )
        for call in house.state.calls.values()
    }


@settings(max_examples=60, deadline=None)
@given(histories(), st.randoms(use_true_random=False))
def test_any_order_and_repeats_lead_to_the_same_newest_state(reports: list[CallReport], chance: Any) -> None:
    straight, shuffled = House(), House()
    tells(straight, *reports)
    mixed = [*reports, *chance.sample(reports, len(reports) // 2)]
    chance.shuffle(mixed)
    tells(shuffled, *mixed)
    assert picture(straight) == picture(shuffled)
    newest = {(each.feed, each.incident_uid): each for each in reports}
    seen = {(v.feed, v.incident_uid): v for call in shuffled.state.calls.values() for v in call.views}
    assert {key: seen[key] for key in newest} == newest
    shuffled.restart()


@settings(max_examples=40, deadline=None)
@given(histories())
def test_links_stand_on_both_sides(reports: list[CallReport]) -> None:
    house = House()
    tells(house, *reports)
    for call in house.state.calls.values():
        for other in call.linked:
            assert call.call_id in house.state.calls[other].linked
