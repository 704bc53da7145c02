"""Outside text is data: whatever a caller, a CAD or an aircraft writes, the terminal gets plain text."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from tests.tui.fakecore import NOON, SCENE, FakeCore, on_ground
from textual.color import Color
from textual.geometry import Region

from rtcc_core.domain.alert import Alert, AlertKind, AlertReport
from rtcc_core.domain.asset_values import Asset, AssetKind, Assets
from rtcc_core.domain.call import Detail, Note, Place, Unit
from rtcc_core.domain.state import Alarm, Feed, Severity, State
from rtcc_tui.glyphs import ASCII, UNICODE, Glyphs
from rtcc_tui.looking import View
from rtcc_tui.safety import SafetyFilter, safe

Console = Callable[..., AbstractAsyncContextManager[Any]]

NASTY = (
    "\x1b]52;c;aGk=\x07\x1b[5n\x1b[2J\x9b31m\u202e\u2066abc\u200b[red]x[/red][@click=app.exit]y[/]"
    "\x00\r\n\x08\x7f" + "e" + "\u0301" * 50 + "日本🚁"
)


@given(st.text())
def test_nothing_a_terminal_acts_on_gets_through(text: str) -> None:
    for ascii_only in (False, True):
        shown = safe(text, ascii_only)
        assert not any(unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn") for char in shown)
        assert cell_len(shown) == cell_len(text)
        assert not ascii_only or shown.isascii()


def test_plain_segments_are_not_touched() -> None:
    segments = [Segment("LAUNCH D1", Style(bold=True))]
    assert SafetyFilter(ascii_only=False).apply(segments, Color(0, 0, 0))[0] is segments[0]


NASTY_CAMERA = Asset(
    name=NASTY, kind=AssetKind.CAMERA, position=SCENE, owner=NASTY, stream_url=NASTY, health=NASTY
)


def nasty_alert(alert_id: str) -> Alert:
    report = AlertReport(
        source=NASTY,
        alert_uid=NASTY,
        kind=AlertKind.PLATE,
        title=NASTY,
        place=Place(address=NASTY),
        sensed_at=NOON,
        reason=NASTY,
        retracted=NASTY,
        plate=NASTY,
        sensor=NASTY,
        image_url=NASTY,
        warnings=(NASTY,),
    )
    return Alert(alert_id=alert_id, report=report, received_at=NOON, changes=(NASTY,))


def poisoned(core: FakeCore) -> State:
    """A state as if the core had cleaned nothing."""
    state = core.state
    assert state.programme is not None
    call = state.calls["1041"]
    report = msgspec.structs.replace(
        call.report,
        type_text=NASTY,
        place=Place(position=SCENE, address=NASTY),
        beat=NASTY,
        notes=(Note(text=NASTY, author=NASTY, at=NOON),),
        details=(Detail(kind="caution", text=NASTY), Detail(kind=NASTY, text=NASTY)),
        other_places=(Place(address=NASTY, shape=NASTY),),
        agency=NASTY,
        units=(Unit(callsign=NASTY, status=NASTY),),
        warnings=(NASTY,),
    )
    call = msgspec.structs.replace(
        call,
        other_views=(report,),
        placed=Place(position=SCENE, address=NASTY, found_by=NASTY, confirmed_by=NASTY, shape=NASTY),
        linked=(NASTY,),
        unlinked=(NASTY,),
        alerts=("A1",),
        report=report,
        taken_by=NASTY,
        changes=(NASTY,),
        house_notes=(Note(text=NASTY, author=NASTY),),
    )
    drone = msgspec.structs.replace(state.drones["D1"], site=NASTY)
    alarm = Alarm(alarm_id=NASTY, severity=Severity.CRITICAL, text=NASTY, raised_at=NOON)
    return msgspec.structs.replace(
        state,
        calls={"1041": call},
        drones={**state.drones, "D1": drone},
        alarms={NASTY: alarm},
        alerts={"A1": nasty_alert("A1"), NASTY: nasty_alert(NASTY)},
        assets=Assets(items=(NASTY_CAMERA,), problems=(NASTY,)),
        feeds={NASTY: Feed(name=NASTY, since=NOON, detail=NASTY)},
        programme=msgspec.structs.replace(state.programme, agency=NASTY, link_loss_failsafe=NASTY),
    )


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII], ids=["unicode", "ascii"])
@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40), (160, 48)])
async def test_every_pane_shows_hostile_text_as_text(
    core: FakeCore, console: Console, glyphs: Glyphs, size: tuple[int, int]
) -> None:
    core.sees(on_ground("D2", trouble=NASTY, health=NASTY))
    core.state = poisoned(core)
    async with console(core, size=size, glyphs=glyphs) as hand:
        hand.app.session.say(NASTY)
        for view in View:
            hand.app.session.view = view
            hand.app.refresh_screen()
            await hand.pilot.pause()
            rows = [
                strip.text
                for pane in hand.app.panes.values()
                if pane.display
                for strip in pane.render_lines(Region(0, 0, *pane.size))
            ]
            text = "".join(rows)
            assert len(rows) >= size[1]
            assert not any(unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn") for char in text)
            assert glyphs is UNICODE or text.isascii()
        assert hand.app.is_running
        await hand.press("l")
        assert hand.app.session.proposal is not None
