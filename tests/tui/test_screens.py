"""The screens beside dispatch: exact at every size, honest about what is old, with what a role may see."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from tests.tui.fakecore import HQ, NOON, PEOPLE, SCENE, FakeCore, in_air, on_ground

from rtcc_core.domain import events as ev
from rtcc_core.domain.airspace import Airspace, Volume, VolumeKind
from rtcc_core.domain.call import Note
from rtcc_core.domain.commands import HoldDrone, LaunchDrone
from rtcc_core.domain.drill_note import DrillFault, DrillNote, DrillObjective
from rtcc_core.domain.geo import offset
from rtcc_core.domain.heights import Agl
from rtcc_core.domain.people import Role
from rtcc_core.domain.state import State
from rtcc_core.wire.console import AskDrill, DrillTold, Facts, Query
from rtcc_tui.flying import tiles
from rtcc_tui.glyphs import ASCII
from rtcc_tui.grammar import parse
from rtcc_tui.grammar_values import Local, Mistake, Question
from rtcc_tui.keys import Keys
from rtcc_tui.looking import View
from rtcc_tui.roles import NAMES, OFFERS, screens_of
from rtcc_tui.screenful import boxes, draw, pane_lines
from rtcc_tui.session import Session
from rtcc_tui.spans import plain
from rtcc_tui.views.flight import grid

NOW = 100.0
NASTY = (
    "\u202e[red]x[/] \u0301\u0301\u0301 \u5b57\u5b57 \U0001f681 " + "A-LONG-WORD-WITHOUT-ANY-BREAK-IN-IT-" * 2
)
MINE = (View.FLIGHT, View.SITES, View.AIR, View.PEOPLE, View.DRILL, View.ALL)


def seen(core: FakeCore, view: View = View.ALL, asked: list[Query] | None = None) -> Session:
    session = Session(
        send=lambda _: None, new_id=lambda: "id", query=(asked if asked is not None else []).append
    )
    session.received(core.welcome(), NOW)
    session.received(core.frame(), NOW)
    session.view = view
    return session


def screen(session: Session, size: tuple[int, int] = (120, 40)) -> str:
    return "\n".join(draw(session, NOW, *size))


def press(session: Session, *keys: str) -> None:
    hand = Keys(session)
    for index, key in enumerate(keys):
        hand.press(key, key if len(key) == 1 else None, NOW + index)


def fleet(core: FakeCore, count: int, **more: Any) -> None:
    """So many aircraft instead of two, all on the ground."""
    first = core.state.drones["D1"]
    drones = {
        f"D{n}": msgspec.structs.replace(first, callsign=f"D{n}", sysid=n, **more)
        for n in range(1, count + 1)
    }
    core.state = msgspec.structs.replace(core.state, drones=drones)
    core.sky = {name: on_ground(name) for name in drones}


def goes(core: FakeCore, drone: str, call: str, **changed: Any) -> None:
    """An aircraft is on its way to a call."""
    if call not in core.state.calls:
        core.call(call)
    core.happens(
        ev.FlightOpened(flight_id=f"F-{drone}", drone=drone, call_id=call, target=SCENE, gates=()), by="oyama"
    )
    away = changed.pop("position", offset(HQ, 45.0, 400.0))
    core.sees(in_air(drone, away, 60.0, ground_speed_m_s=12.0, **changed))


def everything() -> FakeCore:
    """Fifty aircraft, a thousand calls, text that means harm, airspace, alarms."""
    core = FakeCore()
    core.calm()
    fleet(core, 50, video_url=NASTY, model=NASTY)
    calls = dict(core.state.calls)
    core.call("1041", type_text=NASTY, notes=tuple(Note(text=NASTY, at=NOON) for _ in range(20)))
    call = core.state.calls["1041"]
    calls |= {
        str(n): msgspec.structs.replace(
            call,
            call_id=str(n),
            report=msgspec.structs.replace(call.report, number=str(n), priority=n % 5 + 1),
        )
        for n in range(2_000, 3_000)
    }
    core.state = msgspec.structs.replace(core.state, calls={**core.state.calls, **calls})
    for drone in ("D1", "D2", "D3", "D4", "D5"):
        goes(core, drone, "1041", wind_speed_m_s=5.0, wind_from_deg=240.0)
    core.state = msgspec.structs.replace(
        core.state,
        airspace=airspace(),
        unwell={"D1": {"cells": NASTY}},
        people={
            person.account: msgspec.structs.replace(person, name=f"{person.name} {NASTY}")
            for person in PEOPLE
        },
    )
    return core


def airspace() -> Airspace:
    def box(name: str, kind: VolumeKind, **more: Any) -> Volume:
        corners = tuple(offset(HQ, bearing, 800.0) for bearing in (0.0, 90.0, 180.0, 270.0))
        return Volume(name=name, kind=kind, outline=corners, **more)

    return Airspace(
        volumes=(
            box("HOSPITAL", VolumeKind.KEEP_OUT, ceiling=Agl(120.0)),
            box("STADIUM", VolumeKind.RESTRICTION, starts_at=NOON + timedelta(hours=2), citation=NASTY),
            box("GONE", VolumeKind.RESTRICTION, ends_at=NOON - timedelta(hours=2)),
            *(box(f"CELL {n}", VolumeKind.CEILING, ceiling=Agl(60.0)) for n in range(300)),
        ),
        digest="1",
    )


EVERYTHING = everything()


@settings(max_examples=25, deadline=None)
@given(st.integers(80, 220), st.integers(24, 70), st.sampled_from(MINE), st.booleans())
def test_every_screen_fills_every_size_whatever_stands_on_it(
    width: int, height: int, view: View, is_ascii: bool
) -> None:
    session = seen(EVERYTHING, view)
    session.screens.drill.note = note()
    session.glyphs = ASCII if is_ascii else session.glyphs
    for name, box in boxes(session, NOW, width, height).items():
        lines = pane_lines(name, session, NOW, box)
        assert len(lines) <= box.height
        for line in lines:
            assert sum(cell_len(part) for part, _ in line) == box.width, (name, plain(line))


class TestFlight:
    def test_tiles_stand_side_by_side_where_there_is_room(self) -> None:
        assert [(grid(n, 80).columns, grid(n, 80).rows) for n in (1, 2, 3, 4)] == [
            (1, 1),
            (2, 1),
            (2, 2),
            (2, 2),
        ]
        assert [(grid(n, 120).columns, grid(n, 120).rows) for n in (3, 4)] == [(3, 1), (2, 2)]
        assert grid(4, 160).columns == 4

    def test_mine_come_first_else_those_that_are_out(self) -> None:
        core = FakeCore()
        core.calm()
        goes(core, "D1", "1041")
        goes(core, "D2", "1042")
        assert set(tiles(seen(core), NOW)) == {"D1", "D2"}
        core.happens(ev.ControlTaken(drone="D2", account="reyes", how="launch"))
        assert tiles(seen(core), NOW) == ("D2",)

    def test_nobody_changes_places_and_the_most_urgent_is_there(self) -> None:
        core = FakeCore()
        core.calm()
        fleet(core, 6)
        for n in range(1, 6):
            goes(core, f"D{n}", str(1040 + n))
        session = seen(core)
        assert tiles(session, NOW) == ("D1", "D2", "D3", "D4")
        lost = in_air("D5", SCENE, 60.0, link_age_s=60.0, is_connected=False)
        core.sky = {**core.sky, "D5": lost}
        session.received(core.frame(), NOW)
        assert tiles(session, NOW) == ("D1", "D2", "D3", "D5")
        assert "1 more: D4" in screen_of(session, View.FLIGHT)

    def test_a_value_that_is_old_says_how_old(self) -> None:
        core = FakeCore()
        core.calm()
        goes(core, "D1", "1041", link_age_s=5.0, position_age_s=5.0, battery_age_s=5.0)
        text = screen_of(seen(core), View.FLIGHT)
        assert "95%  5s old" in text
        assert "197 ft above launch  5s old" in text
        assert "LINK    5s ago" in text

    def test_what_the_aircraft_does_by_itself_is_said(self) -> None:
        core = FakeCore()
        core.calm()
        goes(core, "D1", "1041")
        seen_mode = core.sky["D1"].mode
        core.state = msgspec.structs.replace(core.state, acting={"D1": seen_mode})
        assert f"{seen_mode.value} BY ITSELF" in screen_of(seen(core), View.FLIGHT)

    def test_new_notes_and_the_timeline_stand_beside_the_figures(self) -> None:
        core = FakeCore()
        core.calm()
        core.call(notes=(Note(text="he is running north", at=NOON, author="4A21"),))
        goes(core, "D1", "1041")
        text = screen_of(seen(core), View.FLIGHT, (80, 24))
        assert "4A21: he is running" in text
        assert "asked" in text

    def test_arrows_choose_and_hold_means_the_chosen_one(self) -> None:
        core = FakeCore()
        core.calm()
        goes(core, "D1", "1041")
        goes(core, "D2", "1042")
        session = seen(core)
        press(session, "2", "right", "h")
        assert session.proposal is not None
        assert session.proposal.command == HoldDrone(command_id="", drone="D2")
        assert session.around(NOW).focus == "D2"
        assert session.selected == "1041"
        assert "HOLD D2" in screen(session)

    def test_a_named_aircraft_is_shown_on_the_ground_too(self) -> None:
        core = FakeCore()
        core.calm()
        core.call()
        session = seen(core)
        press(session, "2")
        assert "nothing is out" in screen(session)
        assert parse("flight d2 D1", session.around(NOW)) == Local("flight", about="D2\nD1")
        hand = Keys(session)
        hand.open_prompt("flight d2 D1", NOW)
        hand.press("enter", None, NOW + 1.0)
        assert session.view is View.FLIGHT
        assert tiles(session, NOW) == ("D2", "D1")
        assert "D2 ready" in screen(session)

    @pytest.mark.parametrize("line", ["flight 1041", "flight X9", "sort colour", "filter 99"])
    def test_what_cannot_be_shown_is_refused_in_words(self, line: str) -> None:
        core = FakeCore()
        core.calm()
        core.call()
        assert isinstance(parse(line, seen(core).around(NOW)), Mistake)

    def test_a_filter_wants_to_know_which(self) -> None:
        core = FakeCore()
        core.calm()
        core.call()
        asked = parse("filter", seen(core).around(NOW))
        assert isinstance(asked, Question)
        assert "4" in asked.text


def screen_of(session: Session, view: View, size: tuple[int, int] = (120, 40)) -> str:
    session.view = view
    return screen(session, size)


class TestPages:
    def test_sites_say_what_keeps_an_aircraft_and_who_grounded_it(self) -> None:
        core = FakeCore()
        core.calm()
        core.sees(on_ground("D1", is_armable=False, health="compass not calibrated"))
        core.happens(ev.AircraftGrounded(drone="D2", account="oyama", reason="cracked prop"))
        text = screen_of(seen(core), View.SITES)
        assert "ready: compass not calibrated" in text
        assert "grounded by K. OYAMA: cracked prop" in text
        assert "1 of 2 places free" in text
        assert "2, 0 ready" in text

    def test_airspace_now_and_next_and_what_nobody_looks_at(self) -> None:
        core = FakeCore()
        core.calm()
        core.state = msgspec.structs.replace(core.state, airspace=airspace())
        session = seen(core)
        text = "\n".join(draw_page(session, View.AIR))
        assert "HOSPITAL: from the ground to 120 m above ground (394 ft)" in text
        assert "NEXT, in 2h00: STADIUM" in text
        assert "GONE" not in text
        assert "and 260 further away" in text
        assert "gates that are off: recency" in text
        assert "civil twilight" in text

    def test_people_by_name_with_what_they_hold_and_who_waits(self) -> None:
        core = FakeCore()
        core.calm()
        late = msgspec.structs.replace(PEOPLE[1], knowledge_until=date(2026, 2, 1), is_night_trained=False)
        core.state = msgspec.structs.replace(core.state, people={**core.state.people, "oyama": late})
        goes(core, "D1", "1041")
        core.happens(ev.ControlTaken(drone="D1", account="oyama", how="launch"))
        core.happens(ev.ControlRequested(drone="D1", account="reyes"))
        core.happens(ev.ShiftBegan(account="oyama", until=NOON + timedelta(hours=6)))
        text = screen_of(seen(core), View.PEOPLE)
        assert "to 18:00Z" in text
        assert "1 of 1" in text
        assert "ENDED 02-01" in text
        assert "A. REYES asks for D1: give D1 to oyama" not in text
        assert "A. REYES asks for D1: give D1 to reyes" in text
        assert "waits for D1, which K. OYAMA has" in text


def draw_page(session: Session, view: View) -> list[str]:
    """The whole page, however long."""
    session.view = view
    return draw(session, NOW, 120, 400)


def note() -> DrillNote:
    return DrillNote(
        scenario="relief",
        title="Relief",
        story=NASTY,
        written_at=NOON,
        began_at=NOON,
        time_limit_s=600.0,
        objectives=(
            DrillObjective(name="over 2071 in 3 minutes", is_met=True, detail="1:50"),
            DrillObjective(name="no gap", is_met=False),
        ),
        injected=(DrillFault(at=NOON, drone="D1", words="wind 12"),),
        to_come=(DrillFault(at=NOON + timedelta(minutes=5), drone="D2", words="gps off"),),
    )


class TestDrill:
    def test_a_trainee_sees_the_objectives_and_not_the_faults(self) -> None:
        core = FakeCore()
        core.calm()
        session = seen(core, View.DRILL)
        session.received(DrillTold(query_id="id", note=note()), NOW)
        text = screen(session)
        assert "DRILL relief: 1 of 2 objectives met" in text
        assert "open  no gap" in text
        assert "gps off" not in text
        assert "for the trainer" in text

    def test_a_trainer_sees_what_is_to_come(self) -> None:
        core = FakeCore(msgspec.structs.replace(PEOPLE[1], role=Role.TRAINER))
        core.calm()
        session = seen(core, View.DRILL)
        session.received(DrillTold(query_id="id", note=note()), NOW)
        assert "D2 gps off in 5:00" in screen(session)

    def test_the_core_is_asked_while_the_screen_is_open_and_not_oftener(self) -> None:
        core = FakeCore()
        core.calm()
        asked: list[Query] = []
        session = seen(core, asked=asked)
        press(session, "7")
        for second in range(5):
            session.ticked(NOW + second)
        press(session, "1")
        session.ticked(NOW + 10.0)
        assert sum(isinstance(each, AskDrill) for each in asked) == 3

    def test_where_everything_is_real_it_says_so(self) -> None:
        core = FakeCore()
        core.calm()
        assert core.state.programme is not None
        real = msgspec.structs.replace(core.state.programme, is_drill=False)
        core.state = msgspec.structs.replace(core.state, programme=real)
        session = seen(core)
        press(session, "7")
        assert session.view is View.ALL
        assert "this is no drill" in screen(session)


class TestRoles:
    def test_every_role_has_its_screens_and_the_drill_is_there_in_a_drill_only(self) -> None:
        assert set(OFFERS) == set(Role)
        for person in PEOPLE:
            assert View.DRILL not in screens_of(person, is_drill=False)
            assert View.DRILL in screens_of(person, is_drill=True)
            assert all(view in NAMES for view in screens_of(person, is_drill=True))

    def test_a_pilot_with_an_aircraft_begins_flying(self) -> None:
        core = FakeCore(PEOPLE[1])
        core.calm()
        goes(core, "D1", "1041")
        core.happens(ev.ControlTaken(drone="D1", account="oyama", how="launch"))
        session = Session(send=lambda _: None, new_id=lambda: "id")
        session.received(core.welcome(), NOW)
        assert session.view is View.FLIGHT
        session.view = View.ALL
        session.received(core.welcome(), NOW)  # the core came back: the person stays where they were
        assert session.view is View.ALL

    def test_an_observer_is_offered_nothing_that_acts(self) -> None:
        core = FakeCore(PEOPLE[2])
        core.calm()
        core.call()
        for view in (View.ALL, View.FLIGHT):
            keys = screen_of(seen(core), view).splitlines()[-1]
            assert "launch" not in keys
            assert "hold" not in keys
            assert "help" in keys


class TestQueue:
    def calls(self) -> FakeCore:
        core = FakeCore()
        core.calm()
        core.call("1041", priority=1, type_text="ROBBERY")
        core.at += timedelta(seconds=60)
        core.call("1042", priority=3, type_text="ALARM", beat="7")
        return core

    def test_a_filter_says_how_many_it_hides_and_which_of_them_are_urgent(self) -> None:
        core = self.calls()
        core.call("1043", priority=2)
        session = seen(core)
        session.selected = "1042"
        for only, words in (
            ("p3", "only P3: 2 calls hidden: 1041 P1, 1043 P2"),
            ("p1", "only P1: 1 call hidden: 1043 P2; 1042 stays, it is selected"),
        ):
            hand = Keys(session)
            hand.open_prompt(f"filter {only}", NOW)
            hand.press("enter", None, NOW + 1.0)
            assert session.echo.text == words

    def rows(self, session: Session) -> list[str]:
        lines = draw(session, NOW, 120, 40)
        return [
            word
            for line in lines
            for word in line.partition("\u2502")[0].split()
            if word in session.model.state.calls
        ]

    def test_o_steps_through_the_orders_and_the_selection_stays(self) -> None:
        session = seen(self.calls())
        assert session.selected == "1041"
        assert self.rows(session)[:2] == ["1041", "1042"]
        press(session, "o")
        assert self.rows(session)[:2] == ["1042", "1041"]
        assert session.selected == "1041"
        assert "SORTED BY AGE" in screen(session)
        press(session, "o")
        assert self.rows(session)[:2] == ["1042", "1041"]

    def test_a_filter_keeps_the_selected_call_and_escape_clears_it(self) -> None:
        session = seen(self.calls())
        session.selected = "1042"
        press(session, "f")
        assert session.screens.queue.only == "p1"
        assert self.rows(session)[:2] == ["1041", "1042"]
        press(session, "up", "2", "escape")
        assert session.screens.queue.only == "p1"
        assert "1042" not in self.rows(session)
        assert "ONLY P1 (HIDES 1)" in screen(session, (80, 24))
        press(session, "escape")
        assert session.screens.queue.only == ""
        assert "1042" in self.rows(session)

    def test_a_new_p1_that_is_hidden_is_said(self) -> None:
        core = self.calls()
        session = seen(core)
        press(session, "colon", "escape")
        session.screens.queue.only = "7"
        before = core.state.seq
        core.call("1050", priority=1, beat="2")
        core.call("1051", priority=2, beat="2")
        session.received(Facts(events=tuple(s for s in core.log if s.seq > before)), NOW)
        assert "NEW P1 1050" in screen(session)
        assert "the filter beat 7 hides it: Esc" in screen(session, (100, 30))
        assert "(HIDES 2, 1 OF THEM P1)" in screen(session)

    def test_mine_are_taken_or_flown_by_me(self) -> None:
        core = self.calls()
        core.call("1043", priority=3)
        core.happens(ev.CallTaken(call_id="1042", account="reyes"))
        goes(core, "D1", "1043")
        core.happens(ev.ControlTaken(drone="D1", account="reyes", how="launch"))
        session = seen(core)
        session.screens.queue.only = "mine"
        session.selected = "1043"
        assert sorted(set(self.rows(session))) == ["1042", "1043"]

    def test_numbers_are_never_cut_to_look_alike_and_states_are_told_apart(self) -> None:
        core = self.calls()
        core.call("DOWN-D1")
        core.call("DOWN-D2")
        core.happens(ev.CallTaken(call_id="1042", account="oyama"))
        text = screen(seen(core), (80, 24))
        assert "DOWN-D1" in text
        assert "DOWN-D2" in text
        assert "none yet" in text
        assert "taken K. OY" in text
        assert "CALLS 4 open" in screen(seen(core))


def test_state_of_nothing_is_drawn() -> None:
    """A core that knows nothing yet: every screen says so and none fails."""
    core = FakeCore()
    core.state = State(seq=core.state.seq, programme=core.state.programme, people=core.state.people)
    for view in MINE:
        assert screen_of(seen(core), view)


def test_a_launch_by_key_still_means_the_selected_call_on_every_screen() -> None:
    core = FakeCore()
    core.calm()
    core.call()
    for digit in "12345":
        session = seen(core)
        press(session, digit, "l")
        assert session.proposal is not None
        assert isinstance(session.proposal.command, LaunchDrone)
