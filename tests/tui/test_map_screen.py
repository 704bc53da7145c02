"""The map under a person's hand: keys, verbs, what moves it and what does not, and what a move costs."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.tui.fakecore import HQ, SCENE, SOUTH, FakeCore, in_air
from tests.tui.mapped import NOW, city, looking

from rtcc_core.domain.call import Place
from rtcc_core.domain.commands import LaunchDrone
from rtcc_core.domain.geo import distance_m, offset
from rtcc_core.domain.street_map import pack, unpack
from rtcc_core.wire.console import GetMap, MapSheet, Query
from rtcc_tui.glyphs import ASCII, UNICODE
from rtcc_tui.grammar import parse
from rtcc_tui.grammar_values import Around, Local, Mistake, Question
from rtcc_tui.looking import View
from rtcc_tui.map.viewport import Viewport
from rtcc_tui.map_keys import do_map
from rtcc_tui.readings import reading
from rtcc_tui.session import Session
from rtcc_tui.spans import Tone, plain
from rtcc_tui.views.arrange import Needs, arrange
from rtcc_tui.views.map import map_pane, map_screen
from rtcc_tui.widgets.pane import changed_cells

Console = Callable[..., AbstractAsyncContextManager[Any]]
DATA = Path(__file__).parents[3] / "shared" / "data"


def flying() -> FakeCore:
    core = FakeCore()
    core.calm()
    core.call()
    core.call("1040", priority=3, place=Place(position=offset(HQ, 200.0, 3_000.0)))
    core.tell(LaunchDrone(command_id="x", drone="D1", call_id="1041"), by="reyes")
    core.settle("D1")
    core.fly("D1")
    return core


def pane_view(session: Session, now: float = NOW) -> Viewport:
    map_pane(session, now, 60, 15)
    assert session.map.pane.viewport is not None
    return session.map.pane.viewport


# --- the map that fits itself ---------------------------------------------------------------------


def test_the_pane_holds_the_call_its_aircraft_and_their_site() -> None:
    core = flying()
    view = pane_view(looking(core, view=View.ALL))
    assert all(view.holds(point) for point in (SCENE, HQ))


def test_the_pane_stands_still_while_nothing_leaves_it() -> None:
    core = flying()
    session = looking(core, view=View.ALL)
    view = pane_view(session)
    for step in range(30):
        core.sees(in_air("D1", offset(SCENE, step * 12.0, 100.0), 60.0))
        session.received(core.frame(), NOW)
        assert pane_view(session) == view
    core.sees(in_air("D1", offset(SCENE, 45.0, 2_500.0), 60.0))
    session.received(core.frame(), NOW)
    further = pane_view(session)
    assert further != view
    core.sees(in_air("D1", SCENE, 60.0))
    session.received(core.frame(), NOW)
    assert pane_view(session) == further  # it does not come closer by itself


def test_another_call_is_another_map_and_a_wrong_position_is_none() -> None:
    core = flying()
    session = looking(core, view=View.ALL)
    view = pane_view(session)
    core.sees(in_air("D1", offset(SCENE, 10.0, 900_000.0), 60.0))
    session.received(core.frame(), NOW)
    assert pane_view(session) == view
    session.selected = "1040"
    assert pane_view(session).holds(offset(HQ, 200.0, 3_000.0))
    assert pane_view(session) != view


def test_a_call_without_a_position_shows_the_programme() -> None:
    core = FakeCore()
    core.calm()
    core.call(place=Place(address="somewhere"))
    session = looking(core, view=View.ALL)
    view = pane_view(session)
    assert view.holds(HQ)
    assert view.holds(SOUTH)
    session.view = View.MAP
    assert "1041 NO POSITION" in plain(map_screen(session, NOW, 100, 20)[-1])


@given(st.integers(80, 260), st.integers(24, 90), st.integers(0, 60), st.integers(0, 9))
def test_where_there_is_room_there_is_a_map_and_the_queue_keeps_most(
    width: int, height: int, drones: int, alerts: int
) -> None:
    boxes = arrange(width, height, Needs(drones=drones, candidates=drones, alerts=alerts))
    if "map" in boxes:
        assert width >= 120
        assert boxes["map"].height >= 8
        assert boxes["queue"].height >= boxes["map"].height // 2
    assert ("map" in boxes) or width < 120 or height < 40 or drones > 4


# --- what the core sends --------------------------------------------------------------------------


def test_the_streets_are_asked_for_after_the_first_frame_and_again_after_a_new_start() -> None:
    asked: list[Query] = []
    core = flying()
    session = Session(send=lambda _: None, new_id=lambda: "id", query=asked.append)
    session.received(core.welcome(), NOW)
    session.received(core.frame(), NOW)
    assert asked == []  # no map was drawn yet: a line mode never asks
    map_pane(session, NOW, 60, 15)
    for _ in range(3):
        session.received(core.frame(), NOW)
    assert asked == [GetMap(query_id="id")]
    session.received(MapSheet(query_id="id", sheet=pack(city())), NOW)
    assert session.map.sheet == city()
    session.received(core.welcome(), NOW)
    session.received(core.frame(), NOW)
    assert asked == [GetMap(query_id="id")] * 2


@pytest.mark.parametrize("sheet", [b"PK\x03\x04", pack(city())[:-9], b"\0" * 50])
def test_streets_that_cannot_be_read_are_said_and_the_map_goes_on(sheet: bytes) -> None:
    session = looking(flying())
    session.received(MapSheet(query_id="id", sheet=sheet), NOW)
    assert session.map.sheet is None
    assert "map" in plain(map_screen(session, NOW, 120, 20)[-1]).partition("·")[2]


def test_the_credit_of_the_streets_is_shown() -> None:
    session = looking(flying(), streets=city())
    assert "drawn by hand" in plain(map_screen(session, NOW, 100, 20)[-1])


# --- keys and verbs -------------------------------------------------------------------------------


def shows(hand: Any) -> View:
    """What the middle of the screen shows now."""
    view: View = hand.app.session.view
    return view


def followed(session: Session) -> str | None:
    """The aircraft that the map follows now."""
    return session.map.follows


def hand_of(session: Session) -> Viewport:
    """The viewport that the person moved."""
    assert session.map.hand is not None
    return session.map.hand


async def test_m_opens_the_map_and_its_keys_move_it(core: FakeCore, console: Console) -> None:
    async with console(core, size=(100, 30)) as hand:
        desk = hand.app.session.map
        await hand.press("m")
        assert shows(hand) is View.MAP
        assert "NO STREETS" in hand.screen()
        await hand.press("right")
        panned = desk.hand
        await hand.press("left")
        assert distance_m(desk.hand.centre, panned.moved(-50.0, 0.0).centre) < 1.0
        await hand.press("plus", "plus", "minus")
        assert desk.hand.step == panned.step - 2
        await hand.press("0")
        assert desk.hand is None
        await hand.press("x", "right", "down")
        assert desk.cross is not None
        assert "cross 38." in hand.screen()
        await hand.press("b")
        assert desk.drawing == "block"
        await hand.press("m")
        assert shows(hand) is View.ALL
        await hand.press("m", "escape")
        assert shows(hand) is View.ALL
        assert core.asked == []


async def test_hold_return_and_launch_work_from_the_map(core: FakeCore, console: Console) -> None:
    async with console(core, size=(100, 30)) as hand:
        await hand.press("m", "l")
        assert "LAUNCH D1 → 1041" in hand.screen()
        await hand.decide()
        (asked,) = await core.commands(1)
        assert isinstance(asked, LaunchDrone)


def test_who_must_be_named_is_named_in_ascii_too() -> None:
    streets = msgspec.structs.replace(city(), credit="© OpenStreetMap contributors")
    for glyphs, said in ((ASCII, "(c) OpenStreetMap"), (UNICODE, "© OpenStreetMap")):
        session = looking(flying(), streets=streets, glyphs=glyphs)
        assert any(said in plain(line) for line in map_screen(session, NOW, 120, 30))


def test_following_brings_an_aircraft_back_only_at_the_edge() -> None:
    core = flying()
    session = looking(core)
    map_screen(session, NOW, 80, 24)
    assert do_map(session, "map_follow", NOW)
    assert session.map.follows == "D1"
    map_screen(session, NOW, 80, 24)
    view = hand_of(session)
    for step in range(60):
        core.sees(in_air("D1", offset(SCENE, 90.0, 4.0 * view.ground_m * step / 10.0), 60.0))
        session.received(core.frame(), NOW)
        map_screen(session, NOW, 80, 24)
        seen = core.sky["D1"].position
        assert seen is not None
        assert hand_of(session).holds(seen, 0.2)
    moves = round(distance_m(hand_of(session).centre, view.centre) / view.ground_m)
    assert moves == pytest.approx(20, abs=4)
    do_map(session, "map_follow", NOW)
    assert session.map.follows is None


def test_panning_lets_the_aircraft_go_and_home_forgets_everything() -> None:
    session = looking(flying())
    map_screen(session, NOW, 80, 24)
    do_map(session, "map", NOW, "D1")
    assert followed(session) == "D1"
    do_map(session, "map_east", NOW)
    assert followed(session) is None
    assert session.echo is not None
    assert session.echo.text == "the map follows D1 no more"
    do_map(session, "map_cross", NOW)
    do_map(session, "map_home", NOW)
    assert (session.map.hand, session.map.cross) == (None, None)


def test_a_verb_looks_at_a_call_an_aircraft_or_a_place() -> None:
    session = looking(flying())
    for about, point in (("1040", offset(HQ, 200.0, 3_000.0)), ("South", SOUTH), ("38.5,-121.5", None)):
        do_map(session, "map", NOW, about)
        assert session.view is View.MAP
        if point is not None:
            assert distance_m(hand_of(session).centre, point) < 1.0
    do_map(session, "map", NOW, "D2")
    assert session.map.follows == "D2"


def test_a_place_stays_in_the_middle_though_another_call_was_chosen_before() -> None:
    session = looking(flying())
    do_map(session, "map_in", NOW)
    session.selected = "1040"
    do_map(session, "map", NOW, "38.5,-121.5")
    map_screen(session, NOW, 80, 24)
    assert hand_of(session).centre.latitude_deg == pytest.approx(38.5)


def test_choosing_another_call_brings_it_into_sight_at_the_same_scale() -> None:
    session = looking(flying())
    map_screen(session, NOW, 80, 24)
    do_map(session, "map_in", NOW)
    map_screen(session, NOW, 80, 24)
    before = hand_of(session)
    session.selected = "1040"
    map_screen(session, NOW, 80, 24)
    after = hand_of(session)
    assert after.step == before.step
    assert after.holds(offset(HQ, 200.0, 3_000.0))


AROUND = Around(drones=("D1",), calls=("1041",), selected_call="1041", places={"1041": SCENE, "North": HQ})


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("map", Local("map")),
        ("map 1041", Local("map", about="1041")),
        ("d1 map", Local("map", about="D1")),
        ("map follow d1", Local("map", about="D1")),
        ("map follow", Local("map_follow")),
        ("map North", Local("map", about="North")),
        ("map east", Local("map_east")),
        ("map +", Local("map_in")),
        ("map out", Local("map_out")),
        ("map home", Local("map_home")),
        ("map 38.5,-121.4", Local("map", about="38.5,-121.4")),
    ],
)
def test_a_typed_line_means(line: str, meant: Local) -> None:
    assert parse(line, AROUND) == meant


def test_a_place_nobody_here_knows_is_asked_for() -> None:
    asked = parse("map laguna blvd and bruceville rd", AROUND)
    assert isinstance(asked, Question)
    assert asked.locate == "laguna blvd and bruceville rd"
    assert not isinstance(parse("map xx", AROUND), Mistake)


def test_the_line_mode_reads_out_what_is_around() -> None:
    core = flying()
    core.sees(in_air("D1", offset(SCENE, 90.0, 300.0), 60.0, position_age_s=12.0))
    session = looking(core)
    said = reading("map", session, NOW)
    assert said[0].startswith("around 1041, 38.")
    assert "D1 980 ft E of 1041, holding for 1041, 197 ft, 0 kt, position 12s old" in said
    assert "site HQ 0.6 mi SW of 1041" in said
    assert any(line.startswith("call 1040 P3") for line in said)
    session.near_call = "D2"
    assert "site South at D2" in reading("map", session, NOW)
    session.near_call = "nowhere"
    assert reading("map", session, NOW) == ["nowhere has no position"]


# --- what a move costs ----------------------------------------------------------------------------


def test_a_moving_aircraft_changes_few_cells() -> None:
    core = flying()
    session = looking(core, streets=city())
    before = map_screen(session, NOW, 120, 36)
    core.sees(in_air("D1", offset(SCENE, 90.0, 15.0), 60.0))
    session.received(core.frame(), NOW)
    after = map_screen(session, NOW, 120, 36)
    cells = sum(
        length
        for was, is_now in zip(before, after, strict=True)
        if was != is_now
        for _, length in changed_cells(was, is_now, 120)
    )
    assert 0 < cells < 80


def test_changed_cells_are_found_by_text_and_tone_and_width() -> None:
    quiet, loud = Tone.QUIET, Tone.ALARM
    assert changed_cells((("abcdefghij", quiet),), (("abcXefghij", quiet),), 10) == [(3, 1)]
    assert changed_cells((("abcdefghij", quiet),), (("abc", quiet), ("d", loud), ("efghij", quiet)), 10) == [
        (3, 1)
    ]
    assert changed_cells((("好b", quiet),), (("好c", quiet),), 3) == [(2, 1)]
    assert changed_cells((("好b", quiet),), (("ab", quiet), ("b", quiet)), 3) == [(0, 2)]
    far_apart = changed_cells((("a" + "." * 20 + "a", quiet),), (("b" + "." * 20 + "b", quiet),), 22)
    assert far_apart == [(0, 1), (21, 1)]
    assert changed_cells((), (("ab", quiet),), 2) == [(0, 2)]


@given(st.text("ab. 好é", max_size=12), st.text("ab. 好é", max_size=12))
def test_changed_cells_cover_every_difference(was: str, is_now: str) -> None:
    old, new = ((was.ljust(24, "."), Tone.QUIET),), ((is_now.ljust(24, "."), Tone.QUIET),)
    for x, length in changed_cells(old, new, 24):
        assert 0 <= x < x + length <= 24


# --- a real city ----------------------------------------------------------------------------------


@pytest.mark.skipif(
    not (DATA / "columbus.osm.pbf").exists(), reason="the real map data is not on this machine"
)
def test_a_real_city_is_drawn_with_its_streets_and_their_names(tmp_path: Path) -> None:
    pytest.importorskip("osmium")
    from rtcc_core.cli import main

    out = tmp_path / "columbus.rtccmap"
    assert main(["map", "import", str(DATA / "columbus.osm.pbf"), "-o", str(out)]) == 0
    sheet = unpack(out.read_bytes())
    assert sheet.bounds is not None
    core = flying()
    session = looking(core, streets=sheet)
    do_map(session, "map", NOW, f"{sheet.bounds.centre.latitude_deg},{sheet.bounds.centre.longitude_deg}")
    session.map.hand = Viewport(sheet.bounds.centre, 10, 120, 36)
    text = "\n".join(plain(line) for line in map_screen(session, NOW, 120, 38))
    assert "OpenStreetMap" in text
    assert sum(text.count(word) for word in (" Ave", " St", " Rd")) > 8
    drawn = sum("\u2800" < char <= "\u28ff" for char in text)
    assert 800 < drawn < 3_500
