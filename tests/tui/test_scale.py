"""A thousand open calls, fifty aircraft, a long day behind them: the console stays as quick as with ten."""

from __future__ import annotations

import time
import tracemalloc
from datetime import timedelta

import msgspec
import pytest
from rich.cells import cell_len
from tests.tui.fakecore import HQ, NOON, SCENE, FakeCore, in_air, on_ground

from rtcc_core.domain import events as ev
from rtcc_core.domain.flight import Flight, Phase
from rtcc_core.domain.geo import offset
from rtcc_core.wire.console import FRAME_MAX_BYTES, Facts, Welcome, decode_from_core, encode
from rtcc_tui.keys import Keys
from rtcc_tui.looking import View
from rtcc_tui.screenful import boxes, draw, pane_lines
from rtcc_tui.session import Session

NOW = 100.0
SIZE = (160, 48)


def house(calls: int, aircraft: int, ended: int) -> FakeCore:
    """So many open calls and aircraft, every third of them out, and flights that are over."""
    core = FakeCore()
    core.calm()
    core.call()
    one, first = core.state.calls["1041"], core.state.drones["D1"]
    many = {
        f"{2000 + n}": msgspec.structs.replace(
            one,
            call_id=f"{2000 + n}",
            received_at=NOON - timedelta(seconds=n),
            report=msgspec.structs.replace(
                one.report, number=f"{2000 + n}", priority=n % 5 + 1, beat=f"{n % 9}"
            ),
        )
        for n in range(calls)
    }
    drones = {
        f"D{n}": msgspec.structs.replace(first, callsign=f"D{n}", sysid=n, site=("HQ", "South")[n % 2])
        for n in range(1, aircraft + 1)
    }
    old = {
        f"P{n}": Flight(
            flight_id=f"P{n}", drone=f"D{n % aircraft + 1}", call_id=f"{2000 + n % calls}", target=SCENE,
            operator="reyes", opened_at=NOON, ended_at=NOON, phase=Phase.LANDED,
        )
        for n in range(ended)
    }  # fmt: skip
    core.state = msgspec.structs.replace(core.state, calls=many, drones=drones, flights=old)
    core.sky = {name: on_ground(name, offset(HQ, 7.0 * n, 50.0 * n)) for n, name in enumerate(drones)}
    for n in range(1, aircraft + 1, 3):
        flown = ev.FlightOpened(
            flight_id=f"F{n}", drone=f"D{n}", call_id=f"{2000 + n % calls}", target=SCENE, gates=()
        )
        core.happens(flown, by="oyama")
        core.sky[f"D{n}"] = in_air(f"D{n}", offset(SCENE, 7.0 * n, 30.0 * n), 60.0, ground_speed_m_s=12.0)
    return core


def seen(core: FakeCore) -> Session:
    session = Session(send=lambda _: None, new_id=lambda: "id")
    session.received(core.welcome(), NOW)
    session.received(core.frame(), NOW)
    return session


def cost_s(session: Session, view: View) -> float:
    """Processor time of one drawing, with everything worked out anew as each second; the best of some."""
    session.view = view
    took = []
    for second in range(4):
        began = time.process_time()
        draw(session, NOW + 1.0 + second, *SIZE)
        took.append(time.process_time() - began)
    return min(took)


def test_every_screen_costs_about_the_same_with_a_hundred_times_the_calls_and_a_long_day() -> None:
    few, many = seen(house(10, 50, 0)), seen(house(1_000, 50, 2_000))
    costs = {view: (cost_s(few, view), cost_s(many, view)) for view in View}
    few_s, many_s = (sum(each) for each in zip(*costs.values(), strict=True))
    assert many_s < 8.0 * few_s, costs
    # The floor is for screens of a fifth of a millisecond, where one step of the machine is a factor.
    assert not {view: pair for view, pair in costs.items() if pair[1] > 30.0 * max(pair[0], 0.001)}


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (160, 48)])
def test_every_screen_of_a_thousand_calls_is_exact(size: tuple[int, int]) -> None:
    session = seen(house(1_000, 50, 100))
    for view in View:
        session.view = view
        for name, box in boxes(session, NOW, *size).items():
            lines = pane_lines(name, session, NOW, box)
            assert len(lines) <= box.height
            assert all(sum(cell_len(text) for text, _ in line) == box.width for line in lines), (view, name)


def test_the_selection_stays_on_its_row_while_calls_pour_in_and_keys_go_on() -> None:
    core = house(1_000, 50, 0)
    session = seen(core)
    keys = Keys(session)
    now = NOW
    draw(session, now, *SIZE)
    for key in (*["down"] * 30, *["up"] * 4):  # the last row may be needed for words about what came
        now += 0.3
        session.received(core.frame(), now)
        keys.press(key, None, now)
        before = row_of(session, now)
    chosen = session.selected
    for number in range(30):
        since = core.state.seq
        core.call(f"9{number:02}", priority=1)
        session.received(Facts(events=tuple(stored for stored in core.log if stored.seq > since)), now)
        assert (session.selected, row_of(session, now)) == (chosen, before)
    assert "1030 open" in "\n".join(draw(session, now, *SIZE))
    session.received(core.frame(), now)
    keys.press("l", "l", now + 1.0)
    assert session.proposal is not None, session.echo
    assert chosen is not None
    assert f"→ {chosen} " in "\n".join(draw(session, now + 1.0, *SIZE))


def row_of(session: Session, now: float) -> int:
    """The row that the selected call stands on."""
    return next(y for y, line in enumerate(draw(session, now, *SIZE)) if line.startswith("▸"))


def test_a_thousand_calls_are_a_snapshot_of_a_few_megabytes() -> None:
    core = house(1_000, 50, 2_000)
    raw = encode(core.welcome())
    assert len(raw) < FRAME_MAX_BYTES // 10
    tracemalloc.start()
    welcome = decode_from_core(raw)
    _, most_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert isinstance(welcome, Welcome)
    assert welcome.state == core.state
    assert most_bytes < 20 * len(raw)
