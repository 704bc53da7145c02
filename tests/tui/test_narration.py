"""Whatever can happen has a line, or is known to need none."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import msgspec
import pytest
from tests.tui.fakecore import NOON, SCENE, FakeCore
from tests.tui.incoming import PLATE

from rtcc_core.domain import commands as cmd
from rtcc_core.domain import events as ev
from rtcc_core.domain.asset_values import Assets
from rtcc_core.domain.call import Place
from rtcc_core.domain.drone import Mode
from rtcc_core.domain.flight import Phase
from rtcc_core.domain.programme import Programme
from rtcc_core.domain.suggestions import Suggestion, SuggestionKind
from rtcc_tui import narrate as narration
from rtcc_tui.narrate import SILENT, narrate, plainly

TOLD_IN = sorted(Path(narration.__file__).parent.glob("narrate_*.py"))


def test_every_line_and_every_silence_is_of_an_event_that_there_is() -> None:
    source = "".join(path.read_text("utf-8") for path in TOLD_IN)
    told = set(re.findall(r"case ev\.(\w+)\(", source))
    silent = {kind.__name__ for kind in SILENT}
    every = {kind.__name__ for kind in get_args(ev.AnyEvent)}
    assert told & silent == set()
    assert (told | silent) <= every


def test_whatever_happens_to_calls_and_alerts_has_a_line() -> None:
    source = "".join(path.read_text("utf-8") for path in TOLD_IN)
    for kind in get_args(ev.AnyEvent):
        if kind.__module__.endswith((".calls", ".alerts")):
            assert f"case ev.{kind.__name__}(" in source or kind in SILENT, kind


def test_an_event_without_a_line_of_its_own_is_told_plainly() -> None:
    assert plainly(ev.CallTaken(call_id="1041", account="reyes")) == "CALL TAKEN: call id 1041, account reyes"


def test_what_changed_nothing_is_not_told() -> None:
    core = FakeCore()
    core.call()
    report = core.state.calls["1041"].report
    for event in (
        ev.CallUpdated(call_id="1041", report=report, changes=(), original="{}"),
        ev.LinkTroubled(drone="D1", trouble=""),
        ev.OrderObserved(drone="D1", order_id="o1"),
    ):
        stored = ev.Stored(seq=1, at=NOON, operator="core", cause="", event=event)
        assert narrate(stored, core.state) is None


HOLD = cmd.HoldDrone(command_id="", drone="D1")
STARTED = ev.CoreStarted(
    version="1.0", programme=Programme(agency="ELK MEADOW"), sites=(), drones=(), people=()
)


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (
            ev.ControlTaken(drone="D1", account="oyama", how="take over", from_account="reyes", reason="ill"),
            "D1 is flown by K. OYAMA from A. REYES (take over): ill",
        ),
        (
            ev.AlarmShelved(alarm_id="wind:D1", account="reyes", until=NOON, reason="gusts"),
            "ALARM WIND (D1): shelved by A. REYES until 12:00:00Z: gusts",
        ),
        (
            ev.AlarmUnshelved(alarm_id="wind:D1", account="core", reason="its time is over"),
            "ALARM WIND (D1): off the shelf, by core: its time is over",
        ),
        (
            ev.LeaseBegan(drone="D1", account="reyes", until=NOON),
            "D1 LEASE: A. REYES has no console open; it holds at 12:00:00Z",
        ),
        (
            ev.ReliefPlanned(
                flight_id="F1", drone="D1", by=None, launch_at=None, must_leave_at=NOON, why="nobody is free"
            ),
            "RELIEF of D1 by NOBODY: nobody is free",
        ),
        (
            ev.FlightDiverted(
                flight_id="F1",
                drone="D1",
                from_call="1040",
                to_call="1041",
                target=FakeCore().state.sites["HQ"].position,
                reason="overhead 0:40",
            ),
            "D1 DIVERTED from 1040 to 1041: overhead 0:40",
        ),
        (
            ev.SuggestionMade(
                suggestion=Suggestion(
                    suggestion_id="health:D1:motors",
                    kind=SuggestionKind.HEALTH,
                    text="D1 motor 2 stopped: hold it?",
                    command=HOLD,
                    raised_at=NOON,
                    drone="D1",
                )
            ),
            "SUGGESTED health: D1 motor 2 stopped: hold it? accept D1, or decline D1 REASON",
        ),
        (
            ev.GimbalObserved(flight_id="F1", drone="D1", looks_down=True, pitch_deg=-80, is_allowed=False),
            "D1 camera looks down, where it must be level: privacy",
        ),
        (
            ev.HealthChanged(drone="D1", what="position", is_well=False, detail="no position fix"),
            "D1 position FAILED: no position fix",
        ),
        (ev.ReceiverSilent(name="roof", detail="refused"), "TRAFFIC receiver roof is SILENT: refused"),
        (
            ev.AutopilotActed(drone="D1", mode=Mode.LAND, detail="it lands where it is"),
            "D1 changed to land by itself: it lands where it is",
        ),
        (ev.PhaseObserved(flight_id="F1", drone="D1", phase=Phase.RELIEVED, evidence=""), "D1 relieved"),
        (
            ev.CallPlaced(
                call_id="1041",
                account="reyes",
                place=Place(position=SCENE, address="1 Oak St", found_by="BLOCK"),
            ),
            f"CALL 1041 placed at 1 Oak St ({SCENE}, BLOCK, TO BE CONFIRMED), by A. REYES",
        ),
        (
            ev.CallPlaced(call_id="1041", account="reyes", place=None),
            "CALL 1041 is where CAD says again, by A. REYES",
        ),
        (
            ev.CallClosed(call_id="C7", account="reyes", reason="all quiet"),
            "CALL C7 CLOSED here by A. REYES: all quiet",
        ),
        (
            ev.CallsMerged(call_id="C7", into="1041", account="reyes", flights=("F1",)),
            "CALL C7 MERGED INTO 1041 by A. REYES; flights F1 go on for 1041",
        ),
        (
            ev.CallsSplit(call_id="C7", was_with="1041", account="reyes", flights=("F1",)),
            "CALL C7 is not the same as 1041, by A. REYES; flights F1 go back to it",
        ),
        (
            ev.FeedListsNone(feed="COUNTY", open_calls=3),
            "CAD COUNTY lists no calls any more; 3 are open here",
        ),
        (ev.CallListedAgain(call_id="1041"), "CALL 1041 is listed by CAD again"),
        (
            ev.AlertReceived(alert_id="A1", report=PLATE),
            "ALERT A1 PLATE priority 2 STOLEN VEHICLE 8ABC123 at Laguna Blvd, 93% sure, by FLOCK. "
            "call A1 makes it a call",
        ),
        (
            ev.AlertRetracted(alert_id="A1", report=PLATE, reason="wrong plate"),
            "ALERT A1 STOLEN VEHICLE 8ABC123 TAKEN BACK by its source: wrong plate",
        ),
        (ev.AlertExpired(alert_id="A1"), "ALERT A1 is out of date"),
        (
            ev.AlertHandled(alert_id="A1", account="reyes", call_id="1041"),
            "ALERT A1 belongs to 1041, by A. REYES",
        ),
        (
            ev.AlertHandled(alert_id="A1", account="reyes", dismissed="test"),
            "ALERT A1 dismissed by A. REYES: test",
        ),
        (STARTED, "CORE 1.0 started"),
        (
            msgspec.structs.replace(STARTED, volumes_dropped=3),
            "CORE 1.0 started WITHOUT the airspace it had (3 fences, keep-outs and the like):"
            " agency.toml names no [[airspace]] file any more",
        ),
        (
            ev.AssetsAdopted(assets=Assets(problems=("line 3",))),
            "ASSETS 0 cameras, sensors and sites are known, 1 lines left out",
        ),
    ],
)
def test_lines(event: ev.AnyEvent, line: str) -> None:
    stored = ev.Stored(seq=1, at=NOON, operator="core", cause="", event=event)
    assert narrate(stored, FakeCore().state) == line


def test_a_call_without_an_address_says_where_it_is_all_the_same() -> None:
    core = FakeCore()
    core.call()
    call = core.state.calls["1041"]
    place = msgspec.structs.replace(call.report.place, address="")
    event = ev.CallReceived(call_id="1041", report=msgspec.structs.replace(call.report, place=place))
    line = narrate(ev.Stored(seq=1, at=NOON, operator="x", cause="", event=event), core.state)
    assert line == f"NEW CALL 1041 priority 1 ROBBERY IN PROGRESS at {place.position}"


def test_what_is_done_about_an_alarm_is_told_in_the_alarms_words() -> None:
    core = FakeCore()
    core.calm()
    core.happens(ev.FeedDown(feed="COUNTY", reason="refused"))
    (alarm_id,) = core.state.alarms
    said = _told(core, ev.AlarmAcknowledged(alarm_id=alarm_id, account="reyes"))
    assert said == f"ALARM {core.state.alarms[alarm_id].text}: acknowledged by A. REYES"


def test_an_alarm_that_went_with_its_acknowledgement_is_told_by_its_cause() -> None:
    said = _told(FakeCore(), ev.AlarmAcknowledged(alarm_id="quarantine:COUNTY", account="reyes"))
    assert said == "ALARM CAD MESSAGE NOT READ (COUNTY): acknowledged by A. REYES"


def _told(core: FakeCore, event: ev.AnyEvent) -> str | None:
    return narrate(ev.Stored(seq=1, at=NOON, operator="core", cause="", event=event), core.state)
