"""What the panes say, as text, and that they never overlap."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from tests.tui.fakecore import SCENE, FakeCore, call_report, in_air, on_ground
from tests.tui.incoming import lists_assets, senses

from rtcc_core.domain import facts
from rtcc_core.domain.call import CallStatus, Detail, IncidentLink, LinkKind, Note, Place, PlaceKind
from rtcc_core.domain.commands import AcknowledgeAlarm, AttachAlert, LaunchDrone
from rtcc_core.wire.console import Health
from rtcc_tui.glyphs import ASCII, UNICODE
from rtcc_tui.looking import View
from rtcc_tui.screenful import boxes, draw, pane_lines
from rtcc_tui.session import Session
from rtcc_tui.spans import Tone, cut, left, plain, right, row, wrap
from rtcc_tui.views.alerts import PAGE_ALERTS, alert_texts
from rtcc_tui.views.arrange import LEFT_LEAST, Box, Needs, arrange
from rtcc_tui.words import minutes, minutes_seconds, short_age

NOW = 100.0


def seen(core: FakeCore, *, view: View = View.ALL) -> Session:
    session = Session(send=lambda _: None, new_id=lambda: "id")
    session.received(core.welcome(), NOW)
    session.received(core.frame(), NOW)
    session.view = view
    return session


def text(session: Session, now: float = NOW, size: tuple[int, int] = (120, 40)) -> str:
    return "\n".join(draw(session, now, *size))


def flying() -> FakeCore:
    core = FakeCore()
    core.calm()
    core.call()
    core.tell(LaunchDrone(command_id="x", drone="D1", call_id="1041"), by="reyes")
    core.settle("D1")
    core.fly("D1")
    return core


@given(
    st.integers(1, 300),
    st.integers(1, 100),
    st.integers(0, 4),
    st.integers(0, 60),
    st.integers(0, 9),
    st.sampled_from(View),
    st.booleans(),
)
def test_panes_fill_the_screen_and_never_overlap(
    width: int, height: int, troubles: int, drones: int, alerts: int, view: View, is_prompting: bool
) -> None:
    needs = Needs(
        troubles=troubles,
        drones=drones,
        candidates=drones,
        alerts=alerts,
        view=view,
        is_prompting=is_prompting,
    )
    taken: set[tuple[int, int]] = set()
    for box in arrange(width, height, needs).values():
        cells = {(x, y) for x in range(box.x, box.x + box.width) for y in range(box.y, box.y + box.height)}
        assert not cells & taken
        taken |= cells
    assert taken == {(x, y) for x in range(width) for y in range(height)}


@given(st.integers(80, 220), st.integers(24, 80), st.integers(2, 9), st.integers(0, 60), st.integers(0, 9))
def test_what_is_to_be_confirmed_covers_and_moves_little(
    width: int, height: int, echo: int, drones: int, alerts: int
) -> None:
    def stand(echo: int) -> dict[str, Box]:
        return arrange(width, height, Needs(drones=drones, candidates=drones, alerts=alerts, echo=echo))

    usual, asking = stand(2), stand(echo)
    rows: list[set[int]] = [set() for _ in range(height)]
    for box in asking.values():
        for y in range(box.y, box.y + box.height):
            rows[y] |= set(range(box.x, box.x + box.width))
    assert all(row == set(range(width)) for row in rows)
    moved = {name for name in usual if asking.get(name) != usual[name]}
    if "map" in asking and moved == {"rule", "fleet", "echo"}:
        left = asking["rule"].y - max(asking["map"].y, asking["sending"].y)
        assert left >= LEFT_LEAST


def test_a_confirmation_on_a_wide_screen_leaves_the_body_where_it_is() -> None:
    usual, asking = (arrange(120, 40, Needs(drones=2, candidates=2, echo=echo)) for echo in (2, 4))
    assert {name for name in usual if asking[name] != usual[name]} == {"rule", "fleet", "echo"}
    assert asking["fleet"].y == usual["fleet"].y - 2


@pytest.mark.parametrize("size", [(80, 24), (100, 30), (120, 40), (160, 48), (200, 60), (60, 20)])
@pytest.mark.parametrize("view", list(View))
def test_every_line_is_exactly_as_wide_as_its_pane(size: tuple[int, int], view: View) -> None:
    core = flying()
    senses(core)
    senses(core, "2")
    lists_assets(core)
    session = seen(core, view=view)
    for name, box in boxes(session, NOW, *size).items():
        for line in pane_lines(name, session, NOW, box):
            assert sum(cell_len(part) for part, _ in line) == box.width, (name, plain(line))


def test_a_silent_link_shows_its_age_and_question_marks() -> None:
    core = flying()
    core.sees(in_air("D1", SCENE, 60.0, link_age_s=4.0, position_age_s=4.0, battery_age_s=4.0))
    line = next(row for row in text(seen(core)).splitlines() if row.startswith(" D1"))
    assert "? " in line
    assert "197 ft?" in line
    assert "95%?" in line
    assert " 4s " in line


def test_a_lost_link_says_for_how_long_and_what_the_aircraft_does_now() -> None:
    core = flying()
    core.sees(in_air("D1", SCENE, 60.0, link_age_s=14.0, position_age_s=14.0, is_connected=False), after_s=1)
    screen = text(seen(core))
    assert "LINK LOST 0:14, returns home by itself" in screen
    assert "last 197 ft? 95%?" in screen
    assert "CRITICAL D1 LINK LOST" in screen
    assert "a acknowledges" in screen


def test_a_core_that_went_silent_is_said() -> None:
    session = seen(flying())
    screen = text(session, NOW + 7.0)
    assert "CORE SILENT for 0:07: what you see is that old" in screen
    assert "Z?" in screen.splitlines()[0]


def test_a_call_without_a_position_says_so_everywhere() -> None:
    core = FakeCore()
    core.calm()
    core.call(place=Place(address="Elk Park"))
    screen = text(seen(core), size=(200, 60))
    assert "NO POSITION Elk Park" in screen
    assert "NO POSITION: type :place 1041 ADDRESS, CROSSING or LAT,LON  said: Elk Park" in screen
    assert "NONE MAY GO" in screen


def test_cautions_stand_first_weapons_before_all_and_every_view_is_told() -> None:
    core = FakeCore()
    core.calm()
    core.call(
        details=(
            Detail(kind="vehicle", text="suspect: blue sedan"),
            Detail(kind="caution", text="dog", severity=2),
            Detail(kind="caution", text="WEAPON: handgun", severity=3),
        ),
        other_places=(Place(address="9000 Laguna Blvd", kind=PlaceKind.CALLER),),
    )
    other = call_report("1041", feed="FIRENET", agency="ELK FIRE", type_text="STAND BY", priority=2)
    core.tell(facts.CallReported(report=other), by="feed:FIRENET")
    lines = [line.partition("│")[2] for line in draw(seen(core), NOW, 160, 48)]
    first = next(y for y, line in enumerate(lines) if "WEAPON" in line)
    assert "! WEAPON: handgun (severity 3 of 5) / ! dog (severity 2 of 5)" in lines[first]
    assert "Laguna Blvd x Bruceville Rd" in lines[first - 1]
    screen = " ".join(" ".join(lines).split())
    assert "ELK FIRE (FIRENET) says: STAND BY, P2, active, Laguna Blvd x Bruceville Rd" in screen
    assert "+ vehicle: suspect: blue sedan" in screen
    assert "COUNTY also has it at 9000 Laguna Blvd NO POSITION (Caller)" in screen


def test_linked_and_merged_calls_are_named() -> None:
    core = FakeCore()
    core.calm()
    core.call()
    uid = core.state.calls["1041"].report.incident_uid
    link = IncidentLink(kind=LinkKind.RELATED, incident_uid=uid)
    core.call("1045", links=(link,))
    session = seen(core)
    session.selected = "1041"
    assert " linked 1045" in text(session)
    core.call("1045", links=(), updated_at=core.at + timedelta(seconds=1))
    session = seen(core)
    session.selected = "1041"
    assert "NO LONGER WITH 1045" in text(session)


def test_a_retracted_alert_of_a_call_says_so_and_why() -> None:
    core = FakeCore()
    core.calm()
    core.call()
    senses(core)
    core.tell(AttachAlert(command_id="x", alert_id="A1", call_id="1041"), by="reyes")
    senses(core, retracted="plate misread")
    screen = " ".join(line.partition("│")[2].strip() for line in draw(seen(core), NOW, 160, 48))
    assert "alert A1 RETRACTED PLATE P2 STOLEN VEHICLE 8ABC123" in screen
    assert "plate misread" in screen


def test_what_cad_said_last_stays_in_sight_below_any_number_of_cautions() -> None:
    core = FakeCore()
    core.calm()
    many = tuple(Detail(kind="caution", text=f"caution number {n} of a long list") for n in range(60))
    core.call(details=many, notes=(Note(text="he is running", at=core.at),))
    for size in ((80, 24), (120, 40), (160, 48)):
        assert "+ he is running" in text(seen(core), size=size)


def test_a_storm_of_alerts_leaves_the_queue_its_room() -> None:
    core = flying()
    for number in range(300):
        senses(core, str(number))
    for size in ((80, 24), (120, 40), (160, 48)):
        screen = text(seen(core), size=size)
        assert "ALERTS 300 wait" in screen
        assert "▸ 1! 1041" in screen
    assert len(alert_texts(seen(core), NOW)) == PAGE_ALERTS + 1


def test_the_story_of_a_call_is_in_order_and_scrolls() -> None:
    core = FakeCore()
    core.calm()
    core.call(notes=tuple(Note(text=f"remark {n}", at=core.at) for n in range(40)))
    session = seen(core)
    assert "remark 39" in text(session)
    assert "earlier lines" in text(session)
    assert "received from COUNTY" in text(session)
    session.scroll_back = 1_000
    screen = text(session)
    assert screen.index("remark 0") < screen.index("remark 1")


def test_a_closed_call_stays_while_an_aircraft_is_on_it() -> None:
    core = flying()
    core.call("1041", status=CallStatus.CLOSED, updated_at=core.at)
    core.call("1042")
    session = seen(core)
    session.selected = "1042"
    screen = text(session)
    assert "1041" in screen
    assert "D1 on scene" in screen


def test_feed_trouble_and_quarantine_are_on_the_top_line() -> None:
    core = FakeCore()
    core.calm()
    core.tell(facts.MessageUnusable(feed="COUNTY", reason="not JSON", original="{"))
    core.tell(facts.FeedLost(feed="COUNTY", reason="closed"))
    top = text(seen(core)).splitlines()[0]
    assert "CAD COUNTY DOWN 0:00" in top
    assert "CAD msg UNREADABLE" in top
    assert "DRILL" in top
    assert "A. REYES" in top


def test_what_could_not_be_read_leaves_the_top_line_with_its_notice_and_stays_under_feeds() -> None:
    core = FakeCore()
    core.calm()
    core.tell(facts.MessageUnusable(feed="COUNTY", reason="not JSON", original="{"))
    core.tell(AcknowledgeAlarm(command_id="a", alarm_id="quarantine:COUNTY"), by="reyes")
    session = seen(core)
    assert "UNREADABLE" not in text(session)
    session.view = View.FEEDS
    assert "1 quarantined, the newest Q1: not JSON" in " ".join(text(session).split())


def test_the_top_line_drops_the_least_important_first() -> None:
    core = FakeCore()
    core.calm()
    assert core.state.programme is not None
    agency = "A VERY LONG NAME OF AN AGENCY INDEED, WITH ITS COUNTY"
    programme = msgspec.structs.replace(core.state.programme, agency=agency)
    core.state = msgspec.structs.replace(core.state, programme=programme)
    top = draw(seen(core), NOW, 80, 24)[0]
    assert "DRILL" in top
    assert "CAD ok" in top
    assert "12:00:00Z" in top


def test_on_80_columns_whose_screen_this_is_outlasts_the_weather_and_what_was_unread() -> None:
    core = FakeCore()
    core.calm()
    core.tell(facts.MessageUnusable(feed="COUNTY", reason="not JSON", original="{"))
    top = draw(seen(core), NOW, 80, 24)[0]
    for words in (" ELK MEADOW", "DRILL", "CAD ok", "CAD msg UNREADABLE", "12:00:00Z", "A. REYES"):
        assert words in top
    assert "wind" not in top
    tops = [draw(seen(core), NOW, width, 24)[0] for width in range(160, 79, -1)]
    order = [
        next(index for index, line in enumerate([*tops, ""]) if words not in line)
        for words in (" out", "wind", "UNREADABLE", "ELK MEADOW", "A. REYES")
    ]
    assert order == sorted(order)


def test_a_hundred_aircraft_show_those_that_are_out_first() -> None:
    core = flying()
    drone = core.state.drones["D1"]
    many = {f"X{n}": msgspec.structs.replace(drone, callsign=f"X{n}", sysid=n + 3) for n in range(100)}
    core.state = msgspec.structs.replace(core.state, drones={**many, **core.state.drones})
    core.sees(on_ground("X1"))
    assert core.state.flight_of("D1")
    screen = text(seen(core), size=(80, 24))
    assert "D1    on scene" in screen
    assert " +98   PHASE" in screen  # two aircraft are ours, a hundred came, four have a row


def test_calls_that_do_not_fit_are_counted() -> None:
    core = FakeCore()
    core.calm()
    for number in range(2000, 2040):
        core.call(str(number), priority=3)
    heading = next(line for line in draw(seen(core), NOW, 80, 24) if "P CALL" in line)
    assert " more" in heading.split("DRONE")[1]


def test_while_the_journal_cannot_write_nothing_stored_is_shown_as_if_it_were_new() -> None:
    core = flying()
    core.health = Health(journal_error="disk full", journal_failed_at=core.at)
    screen = text(seen(core))
    assert "CAD HELD BACK" in screen
    assert "CAD ok" not in screen
    assert "? on scene" in screen


def test_the_queue_keeps_the_selected_call_on_its_row() -> None:
    core = FakeCore()
    core.calm()
    for number in range(2000, 2040):
        core.call(str(number), priority=3)
    session = seen(core)
    session.selected, session.anchor = "2030", 10
    before = next(y for y, line in enumerate(draw(session, NOW, 120, 40)) if "▸ 3  2030" in line)
    core.call("2050", priority=1)
    core.call("2051", priority=1)
    session.received(core.welcome(), NOW)
    session.received(core.frame(), NOW)
    after = next(y for y, line in enumerate(draw(session, NOW, 120, 40)) if "▸ 3  2030" in line)
    assert before == after


@given(st.text(max_size=80), st.integers(0, 40))
def test_fitting_text_is_exact(sample: str, width: int) -> None:
    assert cell_len(cut(sample, width)) <= width
    assert cell_len(left(sample, width)) == width
    assert cell_len(right(sample, width)) == width
    line = row(width, (sample, Tone.NORMAL), (sample, Tone.ALARM))
    assert sum(cell_len(part) for part, _ in line) == width
    # One character may itself be two cells wide.
    assert all(cell_len(piece) <= max(2, width) for piece in wrap(sample, width))


def test_time_that_is_left_is_never_rounded_up() -> None:
    assert minutes(119.9) == "1 min"
    assert minutes_seconds(3_725) == "1h02"
    assert minutes_seconds(-5) == "0:00"
    assert short_age(0.4) == "<1s"


def test_ascii_glyphs_are_ascii() -> None:
    session = seen(flying())
    session.glyphs = ASCII
    assert text(session).isascii()
    session.glyphs = UNICODE
    assert not text(session).isascii()
