"""What the map looks like: small maps in every drawing, signs, names, airspace, and hostile words."""

from __future__ import annotations

import re
from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from tests.tui.fakecore import HQ, SCENE, FakeCore, in_air, on_ground
from tests.tui.mapped import NOW, at, city, looking

from rtcc_core.domain.air import Air
from rtcc_core.domain.airspace import Airspace, Volume, VolumeKind
from rtcc_core.domain.call import Place
from rtcc_core.domain.commands import LaunchDrone
from rtcc_core.domain.drone import GimbalSeen
from rtcc_core.domain.geo import LatLon, offset
from rtcc_core.domain.heights import Agl
from rtcc_core.domain.street_map import Road, RoadClass, street_map
from rtcc_core.domain.traffic import Intruder
from rtcc_tui.glyphs import ASCII, UNICODE, Glyphs
from rtcc_tui.looking import View
from rtcc_tui.map.labels import Board, Mark, printable, spread
from rtcc_tui.map.viewport import Viewport
from rtcc_tui.session import Session
from rtcc_tui.spans import Line, Tone, plain
from rtcc_tui.views.map import map_pane, map_screen

SMALL = Viewport(at(0, 20), 10, 60, 14)


def shown(session: Session, viewport: Viewport = SMALL, now: float = NOW) -> list[str]:
    """The map without its heading and its foot."""
    session.map.hand = viewport
    lines = map_screen(session, now, viewport.columns, viewport.rows + 2)
    return [plain(line) for line in lines[1:-1]]


def spans(session: Session, text: str) -> set[Tone]:
    """The tones of the spans in which a text stands."""
    lines: list[Line] = map_screen(session, NOW, *session.map.size)
    return {tone for line in lines for part, tone in line if text in part}


GOLDEN = {
    "braille": r"""
                              ⡇                            ⣀
          ⠆                   ⡇                       ⢀⡠⠤⠒⠉
          ⡅                   ⡇                   ⣀⠤⠔⠊⠁
          ⡂             Bruceville Rd        ⢀⡠⠔⠒⠉
          ⠅                   ⡇          ⣀⠤⠒⠊⠁
          ⠃                   ⡇     ⢀⡠⠔⠒⠉
                              ⠇ ⣀⠤⠒⠊⠁
⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒Laguna Blvd⠒⠒⠒⠒⠒⠒⢒⡲⠖■HQ⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒
                       ⣀⠤⠒⠊⠁  ⡇
                  ⢀⡠⠔⠊⠉       ⡇                   Elk Creek⣀
              ⣀⠤⠒⠉⠁           ⡇                     ⢰⠁
         ⢀⡠⠔⠊⠉                ⡇                    ⢠⠃
     ⣀⠤⠒⠉⠁                    ⡇                   ⢠⠃
⢀⡠⠔⠊⠉                         ⡇                  ⢠⠃
""",
    "block": r"""
                              ▌                            ▄
          ▖                   ▌                       ▗▄▄▀▀
          ▖                   ▌                   ▄▄▞▀▘
          ▘             Bruceville Rd        ▗▄▞▀▀
          ▘                   ▌          ▄▄▀▀▘
          ▘                   ▌     ▗▄▞▀▀
                              ▌ ▄▄▀▀▘
▀▀▀▀▀▀▀▀▀▀Laguna Blvd▀▀▀▀▀▀▜█▛■HQ▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀
                       ▄▄▀▀▘  ▌
                  ▗▄▞▀▀       ▌                   Elk Creek▄
              ▄▄▀▀▘           ▌                     ▗▘
         ▗▄▞▀▀                ▌                    ▗▘
     ▄▄▀▀▘                    ▌                   ▗▘
▗▄▞▀▀                         ▌                  ▗▘
""",
    "ascii": r"""
                              |                            -
                              |                        ----
                              |                   -----
                        Bruceville Rd         ----
                              |          -----
                              |      ----
                              | -----
----------Laguna Blvd---------#HQ---------------------------
                       -----  |
                   ----       |                   Elk Creek-
              -----           |                      /
          ----                |                     /
     -----                    |                    /
 ----                         |                   /
""",
}


def normal(lines: list[str]) -> str:
    return "\n".join(line.rstrip() for line in lines)


def quiet_core() -> FakeCore:
    """Sites and nothing else."""
    core = FakeCore()
    core.calm()
    core.sky = {}
    return core


@pytest.mark.parametrize("name", ["braille", "block", "ascii"])
def test_a_small_city_is_drawn_like_this(name: str) -> None:
    session = looking(quiet_core(), streets=city(), glyphs=ASCII if name == "ascii" else UNICODE)
    session.map.drawing = name
    assert normal(shown(session)) == GOLDEN[name].strip("\n")


def test_streets_are_named_only_where_they_are_large_enough() -> None:
    session = looking(quiet_core(), streets=city())
    near, far = shown(session), shown(session, Viewport(HQ, 16, 60, 14))
    assert "Laguna Blvd" in "\n".join(near)
    assert "Laguna" not in "\n".join(far)


def test_without_streets_there_are_rings_with_their_distance() -> None:
    core = quiet_core()
    core.call()
    session = looking(core)
    lines = "\n".join(shown(session, Viewport(SCENE, 10, 100, 40)))
    assert "NO STREETS" in plain(map_screen(session, NOW, 100, 40)[0])
    assert re.search(r"\d00 ft|\d mi", lines)


def test_calls_show_their_number_and_priority_and_how_many_share_a_cell() -> None:
    core = quiet_core()
    core.call("1041")
    core.call("1042", priority=3)
    core.call("1043", priority=2, place=Place(position=at(-300, 100)))
    session = looking(core, streets=city())
    text = "\n".join(shown(session, Viewport(HQ, 12, 70, 20)))
    assert "●1041 P1 +1" in text
    assert "●1043 P2" in text
    assert spans(session, "1041 P1") == {Tone.SELECTED}


def test_an_aircraft_shows_where_it_heads_and_how_old_that_is() -> None:
    core = quiet_core()
    core.sees(in_air("D1", at(200, 100), 60.0, track_deg=100.0))
    core.sees(in_air("D2", at(-200, -100), 60.0, track_deg=310.0, position_age_s=14.0))
    session = looking(core, streets=city())
    text = "\n".join(shown(session))
    assert "→D1" in text
    assert "↖D2?14s" in text
    assert spans(session, "→D1") == {Tone.STRONG}
    assert spans(session, "D2?14s") == {Tone.WARN}


def test_an_aircraft_over_its_call_hides_neither() -> None:
    core = quiet_core()
    core.call()
    core.sees(in_air("D1", SCENE, 60.0))
    text = "\n".join(shown(looking(core, streets=city()), Viewport(SCENE, 14, 60, 14)))
    assert "○D1" in text
    assert "●1041 P1" in text


def test_aircraft_on_their_site_stand_in_its_name() -> None:
    core = quiet_core()
    core.sees(on_ground("D1"))
    core.sees(on_ground("D2"))
    assert any("■HQ D1 D2" in line for line in shown(looking(core)))


def test_a_flight_leaves_a_trail_and_its_way_lies_before_it() -> None:
    core = FakeCore()
    core.calm()
    core.call()
    core.tell(LaunchDrone(command_id="x", drone="D1", call_id="1041"), by="reyes")
    core.settle("D1")
    core.fly("D1")
    session = looking(core, streets=city())
    for step in range(6):
        core.sees(in_air("D1", offset(SCENE, 270.0, 60.0 * step), 60.0))
        session.received(core.frame(), NOW)
    assert len(session.map.trails["D1"]) == 6
    before = shown(session, Viewport(SCENE, 8, 60, 14))
    session.map.trails.clear()
    assert shown(session, Viewport(SCENE, 8, 60, 14)) != before
    core.sees(on_ground("D1"))
    session.received(core.frame(), NOW)
    assert session.map.trails == {}


def test_traffic_shows_hundreds_of_feet_above_us_and_its_age() -> None:
    core = quiet_core()
    core.sees(in_air("D1", HQ, 60.0, altitude_amsl_m=100.0))
    helicopter = Intruder(
        id="a1b2c3", callsign="N123AB", position=at(300, 150), position_age_s=1.0, altitude_amsl_m=222.0
    )
    old = Intruder(id="a1b2c4", position=at(-300, -150), position_age_s=20.0)
    core.air = Air(intruders=(helicopter, old))
    text = "\n".join(shown(looking(core), Viewport(HQ, 10, 80, 20)))
    assert "◊N123AB +04" in text
    assert "◊a1b2c4 +?? ?20s" in text


def test_airspace_in_force_is_drawn_and_named() -> None:
    def square(east_m: float, half_m: float) -> tuple[LatLon, ...]:
        corners = ((-1, -1), (1, -1), (1, 1), (-1, 1))
        return tuple(at(east_m + half_m * x, half_m * y) for x, y in corners)

    core = quiet_core()
    city_fence = Volume(name="City", kind=VolumeKind.FENCE, outline=square(0, 420))
    jail = Volume(name="Jail", kind=VolumeKind.KEEP_OUT, outline=square(500, 320), ceiling=Agl(121.92))
    over = Volume(name="Game", kind=VolumeKind.RESTRICTION, outline=square(-500, 250), ends_at=core.at)
    core.state = msgspec.structs.replace(
        core.state, airspace=Airspace(volumes=(city_fence, jail, over), digest="x")
    )
    session = looking(core, streets=city())
    text = "\n".join(shown(session, Viewport(HQ, 10, 90, 30)))
    assert "FENCE City" in text
    assert "KEEP OUT to 400 ft Jail" in text
    assert "Game" not in text
    assert Tone.WARN in spans(session, "KEEP OUT")


def test_a_camera_that_looks_down_shows_where() -> None:
    gimbal = GimbalSeen(pitch_deg=-30.0, yaw_deg=90.0, age_s=0.1)
    core = quiet_core()
    core.sees(in_air("D1", HQ, 60.0, gimbal=gimbal))
    looking_down = shown(looking(core), Viewport(HQ, 8, 60, 14))
    row = next(line for line in looking_down if "×" in line)
    assert 3 <= row.index("×") - 30 <= 8  # 104 m east, 12.6 m in a column
    core.sees(in_air("D1", HQ, 60.0, gimbal=msgspec.structs.replace(gimbal, pitch_deg=-1.0)))
    assert not any("×" in line for line in shown(looking(core), Viewport(HQ, 8, 60, 14)))


HOSTILE = (
    "\x1b]52;c;x\x07" + "Å" * 40,
    "\u202eevil",
    "北京路北京路北京路",
    "a" + "\u0301" * 90,
    "[red]x[/]",
)


@pytest.mark.parametrize("name", HOSTILE, ids=("codes", "bidi", "wide", "marks", "markup"))
@pytest.mark.parametrize("glyphs", [UNICODE, ASCII])
def test_hostile_names_keep_every_line_as_wide_as_its_screen(name: str, glyphs: Glyphs) -> None:
    core = quiet_core()
    core.call(name, place=Place(position=at(100, 100), address=name))
    core.state = msgspec.structs.replace(
        core.state,
        airspace=Airspace(
            volumes=(
                Volume(name=name, kind=VolumeKind.KEEP_OUT, outline=(at(-200, 0), at(200, 0), at(0, 200))),
            ),
            digest="x",
        ),
    )
    core.air = Air(intruders=(Intruder(id="1", callsign=name, position=at(0, -100), position_age_s=0.0),))
    roads = [Road(RoadClass.ARTERIAL, name, (at(-900, north), at(900, north))) for north in (-300, 50, 300)]
    session = looking(core, streets=street_map(roads, credit=name), glyphs=glyphs)
    session.map.hand = Viewport(HQ, 8, 80, 20)
    lines = map_screen(session, NOW, 80, 22)
    assert not glyphs.is_ascii or all(plain(line).isascii() for line in lines[1:-1])
    for line in lines:
        assert sum(cell_len(part) for part, _ in line) == 80
        assert "\0" not in plain(line)
        assert "\x1b" not in plain(line)


@given(st.text(max_size=40), st.integers(0, 20), st.booleans())
def test_text_fits_the_cells_it_is_given(text: str, limit: int, is_ascii: bool) -> None:
    kept = printable(text, limit=limit, is_ascii=is_ascii)
    assert cell_len(kept) <= max(limit, 1)
    assert len(spread(kept)) == cell_len(kept)


@given(
    st.lists(st.tuples(st.integers(-5, 45), st.integers(-3, 14), st.text("ab好", max_size=9)), max_size=40)
)
def test_no_two_words_share_a_cell(places: list[tuple[int, int, str]]) -> None:
    board = Board(40, 12)
    for column, row, label in places:
        board.put(Mark(column, row, "*", label, Tone.NORMAL, must_be_named=len(label) % 2 == 0))
    cells = [(word.column + x, word.row) for word in board.words for x in range(cell_len(word.text))]
    assert len(cells) == len(set(cells))
    assert all(0 <= x < 40 and 0 <= y < 12 for x, y in cells)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (30, 4), (5, 2), (1, 1)])
def test_an_empty_world_is_no_trouble(size: tuple[int, int]) -> None:
    core = FakeCore()
    core.state = msgspec.structs.replace(core.state, sites={}, programme=None)
    for draw in (map_pane, map_screen):
        lines = draw(looking(core), NOW, *size)
        assert all(sum(cell_len(part) for part, _ in line) == size[0] for line in lines)
        assert len(lines) == size[1]


@pytest.mark.parametrize(
    "point", [LatLon(90.0, 0.0), LatLon(-90.0, 180.0), LatLon(0.0, -180.0), LatLon(0.0, 0.0)]
)
def test_the_ends_of_the_earth_are_no_trouble(point: LatLon) -> None:
    core = quiet_core()
    core.call(place=Place(position=point))
    core.sees(in_air("D1", point, 60.0, track_deg=float("nan"), position_age_s=float("nan")))
    session = looking(core, streets=city())
    for _ in range(3):
        lines = map_screen(session, NOW, 80, 24)
        assert any("1041" in plain(line) for line in lines[1:])
        session.map.zoom(session, NOW, 40)
        session.map.pan(session, NOW, 1, 1)
        session.map.go_home()


def test_a_thousand_calls_and_fifty_aircraft_are_no_trouble() -> None:
    core = quiet_core()
    for number in range(200):
        core.call(str(2000 + number), place=Place(position=offset(HQ, number * 7.0, 10.0 * number)))
    some = dict(core.state.calls)
    calls = {
        f"{call_id}-{copy}": msgspec.structs.replace(call, call_id=f"{call_id}-{copy}")
        for copy in range(5)
        for call_id, call in some.items()
    }
    drones = {f"X{n}": msgspec.structs.replace(core.state.drones["D1"], callsign=f"X{n}") for n in range(50)}
    core.state = msgspec.structs.replace(core.state, calls=calls, drones=drones)
    core.sky = {name: in_air(name, offset(HQ, n * 8.0, 20.0 * n), 60.0) for n, name in enumerate(drones)}
    session = looking(core, streets=city())
    text = "\n".join(shown(session, Viewport(HQ, 12, 120, 36)))
    assert text.count("○X") > 20
    assert "●" in text


def test_the_clock_of_the_core_decides_which_airspace_holds() -> None:
    core = quiet_core()
    volume = Volume(
        name="Later",
        kind=VolumeKind.RESTRICTION,
        outline=(at(-200, -200), at(200, -200), at(0, 200)),
        starts_at=core.at + timedelta(minutes=5),
    )
    core.state = msgspec.structs.replace(core.state, airspace=Airspace(volumes=(volume,), digest="x"))
    session = looking(core, streets=city())
    assert "TFR" not in "\n".join(shown(session))
    assert "TFR Later" in "\n".join(shown(session, now=NOW + 301.0))


def test_the_pane_says_what_it_shows() -> None:
    core = quiet_core()
    core.call()
    session = looking(core, view=View.ALL, streets=city())
    heading = plain(map_pane(session, NOW, 70, 15)[0])
    assert heading.startswith(" MAP 1041")
    assert "N↑" in heading
    assert " ft┤" in heading or " ft─" in heading
