"""Every verb of the registry in the line mode: what is heard back is true, and what leaves is known."""

from __future__ import annotations

from pathlib import Path

import msgspec
from tests.tui.fakecore import PEOPLE, SCENE, FakeCore
from tests.tui.incoming import knows, lists_assets, senses
from tests.tui.talk import Talk

from rtcc_core.domain import commands as cmd
from rtcc_core.domain import events as ev
from rtcc_core.domain.call import Place
from rtcc_core.domain.flight import Outcome
from rtcc_core.domain.geo import offset
from rtcc_core.domain.people import Role
from rtcc_core.domain.suggestions import SuggestionKind
from rtcc_tui.actions import ACTIONS

SAID: dict[str, tuple[str, str]] = {
    "dispatch": (
        "dispatch",
        "CALL 1041 priority 1 ROBBERY IN PROGRESS at Laguna Blvd x Bruceville Rd: D1 on scene",
    ),
    "fleet": (
        "fleet",
        "D1 of HQ on scene for 1041, orbit UNKNOWN, 197 feet, 8 knots, battery 95 percent, bingo ",
    ),
    "flight": ("flight D1", "D1 on scene, flown by you; "),
    "sites": ("sites", "D2 of South ready, battery 95 percent, heard under 1 second ago, flown 0.0 hours"),
    "air": ("air", "WIND 6 knots from 240 degrees; "),
    "people": (
        "people",
        "A. REYES, you, dispatcher, says nothing of a shift, no console open, has 1 of 1 aircraft",
    ),
    "drill": ("drill", "no note"),
    "alarms": ("alarms", "CRITICAL D1 orbit UNKNOWN"),
    "alerts": ("alerts", "A1 PLATE priority 2 STOLEN VEHICLE 8ABC123, "),
    "near": ("near 1041", "CAMERA LAGUNA NE: 390 feet north-east, health ok, consent given"),
    "feeds": ("feeds", "COUNTY DOWN since 12:0"),
    "suggestions": ("suggestions", "health: D1 wind 14 metres per second: hold it?"),
    "map": ("map 1041", "D1 "),
    "sort": ("sort age", "calls by age"),
    "filter": ("filter P1", "sorted by age, only priority 1: 2 calls hidden"),
    "help": ("help relief", "relief [AIRCRAFT] [with AIRCRAFT] [override REASON]: send another aircraft"),
}
"""What only looks: the line, and what has to be heard."""

ASKED: dict[str, tuple[str, str, type[cmd.Command]]] = {
    "launch": ("launch D2 1050", "LAUNCH D2 to 1050 FIRE, overhead in ", cmd.LaunchDrone),
    "relief": (
        "relief D1 with D2",
        "RELIEVE D1 (on scene, call 1041) with D2: overhead in ",
        cmd.RelieveDrone,
    ),
    "divert": ("divert D1 1050", "DIVERT D1 from 1041 (priority 1) to 1050 (priority 2)", cmd.DivertDrone),
    "hold": ("hold D1", "HOLD D1 (on scene, call 1041): stops and hovers", cmd.HoldDrone),
    "rtl": ("rtl D1", "RETURN D1 (on scene, call 1041): comes home and lands", cmd.ReturnDrone),
    "land": ("land D1", "LAND D1 (on scene, call 1041): lands where it is now", cmd.LandDrone),
    "orbit": ("orbit D1 radius 40", "ORBIT D1 (on scene, call 1041): ", cmd.OrbitScene),
    "move": ("move D1 270 50", "50 metres (164 feet) towards 270 degrees", cmd.MoveDrone),
    "goto": ("goto D1 1050", "GO TO 1050 (", cmd.GoTo),
    "height": ("height D1 80", "HEIGHT D1 80 metres (262 feet) above its launch point", cmd.SetHeight),
    "raise": ("raise D1 10", "HEIGHT D1 70 metres", cmd.SetHeight),
    "lower": ("lower D1 10", "HEIGHT D1 50 metres", cmd.SetHeight),
    "face": ("face D1 270", "FACE D1 (on scene, call 1041): to 270", cmd.FaceDrone),
    "line": ("line D1 1041 1050", "LINE D1 (on scene, call 1041): along 2 points", cmd.FollowLine),
    "follow": ("follow D1", "FOLLOW D1 (on scene, call 1041): goes to where", cmd.FollowCall),
    "aim": ("aim D1 down", "REFUSED: aim D1", cmd.AimCamera),
    "record": ("record D1 on", "REFUSED: record D1", cmd.RecordVideo),
    "accept": (
        "accept D1",
        "ACCEPT: hold D1; because D1 wind 14 metres per second: hold it?",
        cmd.AcceptSuggestion,
    ),
    "decline": ("decline D1 calm here", "REFUSED: decline", cmd.DeclineSuggestion),
    "request": ("request D2", "REFUSED: request D2", cmd.RequestControl),
    "give": ("give D1 to oyama", "GIVE D1 to K. OYAMA", cmd.HandOver),
    "takeover": ("takeover D1 ill", "TAKE OVER D1 from A. REYES: ill", cmd.TakeOver),
    "shift": ("shift 8", "REFUSED: ", cmd.BeginShift),
    "lost": ("lost D1 crashed", "GIVE UP D1 (on scene, call 1041) as DOWN: crashed", cmd.DeclareDown),
    "ground": ("ground D2 propeller", "GROUND D2: not launched until", cmd.GroundAircraft),
    "inservice": ("inservice D2 new propeller", "PUT D2 BACK IN SERVICE: new", cmd.ReturnToService),
    "take": ("take 1041", "REFUSED: take 1041", cmd.TakeCall),
    "release": ("release 1041", "REFUSED: release 1041", cmd.ReleaseCall),
    "note": ("note 1041 two people running north", "REFUSED: note on 1041", cmd.AddNote),
    "wind": ("wind 5m/s 240", "REFUSED: wind 5 metres per second (10 knots)", cmd.ReportWind),
    "new": ("new 9260 elk park dr, p1 shots heard", "REFUSED: ", cmd.OpenCall),
    "place": ("place 1041 38.41,-121.42", "REFUSED: place 1041", cmd.PlaceCall),
    "confirm": ("confirm 1041", "REFUSED: confirm ", cmd.ConfirmPlace),
    "merge": ("merge C3 into 1041", "REFUSED: merge C3", cmd.MergeCalls),
    "split": ("split C3", "REFUSED: split C3", cmd.SplitCalls),
    "close": ("close C3 over", "REFUSED: close C3", cmd.CloseCall),
    "call": ("call A1", "REFUSED: ", cmd.MakeCall),
    "attach": ("attach A1 1041", "REFUSED: attach A1", cmd.AttachAlert),
    "dismiss": ("dismiss A1 known car", "REFUSED: dismiss A1", cmd.DismissAlert),
    "ack": ("ack", "REFUSED: acknowledge D1 orbit UNKNOWN", cmd.AcknowledgeAlarm),
    "shelve": ("shelve 3 known antenna", "REFUSED: shelve for 3 minutes: D1 orbit UNKNOWN", cmd.ShelveAlarm),
    "unshelve": ("unshelve feed:COUNTY", "REFUSED: unshelve ", cmd.UnshelveAlarm),
}
"""What asks the core for something: the line, what has to be heard, and which request leaves."""

ELSEWHERE = {"journal", "replay", "lock", "quit", "theme", "glyphs"}
"""Tried in tests of their own, or about a screen that is not there."""


def busy() -> FakeCore:
    """D1 on scene with an alarm and a suggestion, D2 ready, calls, an alert, a shelved alarm, cameras."""
    core = FakeCore(msgspec.structs.replace(PEOPLE[0], role=Role.SUPERVISOR))
    core.calm()
    core.call()
    core.call("1050", priority=2, type_text="FIRE", place=Place(position=offset(SCENE, 90.0, 600.0)))
    core.tell(cmd.OpenCall(command_id="c", call_type="NOISE", position=SCENE), by="reyes")
    core.tell(cmd.LaunchDrone(command_id="x", drone="D1", call_id="1041"), by="reyes")
    core.settle("D1")
    core.fly("D1")
    core.happens(ev.FeedDown(feed="COUNTY", reason="refused"))
    core.tell(cmd.ShelveAlarm(command_id="s", alarm_id="feed:COUNTY", minutes=30, reason="known"), by="reyes")
    core.tell(cmd.OrbitScene(command_id="o", drone="D1"), by="reyes")
    core.settle("D1", Outcome.UNKNOWN, "no acknowledgement")
    core.suggests(cmd.HoldDrone(command_id="", drone="D1"), "D1 wind 14 m/s: hold it?", SuggestionKind.HEALTH)
    senses(core)
    lists_assets(core)
    knows(core, "9260 elk park dr", "9260 Elk Park Dr")
    return core


def test_every_verb_is_tried() -> None:
    verbs = {action.verb for action in ACTIONS if action.verb}
    assert verbs == set(SAID) | set(ASKED) | ELSEWHERE


async def test_what_looks_is_read_out_and_asks_nothing(tmp_path: Path) -> None:
    core = busy()
    async with core.serve(tmp_path / "s") as path:
        talk = Talk(core, path)
        await talk.hears("DRILL. ELK MEADOW.")
        for line, words in SAID.values():
            talk.said.clear()
            talk.type(line)
            await talk.hears(words)
        assert await talk.end() == 0
    assert core.asked == []


async def test_what_asks_says_what_it_asks_and_exactly_that_leaves(tmp_path: Path) -> None:
    core = busy()
    core.is_stubborn = True  # nothing changes: each verb meets the same state
    async with core.serve(tmp_path / "s") as path:
        talk = Talk(core, path)
        await talk.hears("DRILL. ELK MEADOW.")
        for line, words, kind in ASKED.values():
            talk.said.clear()
            count = len(core.asked)
            talk.type(line)
            await talk.hears(words)
            if len(core.asked) == count and words[:7] != "REFUSED":
                await talk.hears("go sends it")
                assert len(core.asked) == count, line
                talk.type("go")
            await core.commands(count + 1)
            assert [type(each) for each in core.asked[count:]] == [kind], line
            await talk.hears("REFUSED: ")
        assert await talk.end() == 1
