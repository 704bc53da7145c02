"""Everything a core can tell, and the same with harm in every string of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import Enum
from typing import Any

import msgspec
from tests.tui.fakecore import HQ, NOON, PEOPLE, SCENE, FakeCore, in_air, on_ground
from tests.tui.incoming import lists_assets, senses

from rtcc_core.domain import events as ev
from rtcc_core.domain import facts
from rtcc_core.domain.air import Air
from rtcc_core.domain.airspace import Airspace, AirspaceSource, SourceKind, Volume, VolumeKind
from rtcc_core.domain.alert import AlertKind
from rtcc_core.domain.call import Detail, Note, Place, Unit
from rtcc_core.domain.commands import AddNote, HoldDrone, LaunchDrone, TakeCall
from rtcc_core.domain.drill_note import DrillFault, DrillNote, DrillObjective
from rtcc_core.domain.drone import RemoteIdSeen
from rtcc_core.domain.flight import Outcome
from rtcc_core.domain.geo import offset
from rtcc_core.domain.heights import Agl
from rtcc_core.domain.renames import Renames
from rtcc_core.domain.state import Alarm, Control, Grounding, Relief, Severity
from rtcc_core.domain.street_map import Road, RoadClass, pack, street_map
from rtcc_core.domain.suggestions import SuggestionKind
from rtcc_core.domain.traffic import Intruder, TrafficSource
from rtcc_core.domain.well_clear import Conflict
from rtcc_core.wire.console import Health, JournalLine

HARM = {
    "orders": "\x1b]52;c;aGk=\x07\x1b[5n\x1b[2J\x1b]0;t\x1b\\\x9b31m\x90q\x9c\r\n\t\x08\x00\x7f",
    "directions": "\u202eevil\u2066abc\u2069\u200b\u200d\ufeff\u2028\U000e0041\ue000\U000fffff",
    "markup": "[red]x[/red][@click=app.exit]y[/][link=http://e.x]z[/link]\x1b]8;;http://e.x\x1b\\w",
    "marks": "e" + "\u0301" * 10_000,
    "wide": "日本語漢字" * 8 + "🚁👩‍🚒🇺🇸" * 8 + "\uff21" * 40,
}
"""What a text can try: to order the terminal, to turn lines round, to be markup, to be heavy, to be wide."""

UNTOUCHED = frozenset({"query_id", "command_id", "console_id"})
"""What a console made itself and only gets back."""


def harmed(value: Any, harm: str, *, fills: bool = False) -> Any:
    """The same value with `harm` behind every string in it, keys included; `fills`: behind empty ones too.

    One string always becomes the same other one, so that what refers to something still does.
    """
    if isinstance(value, Enum) or value is None:
        return value
    if isinstance(value, str):
        return value + harm if value or fills else value
    if isinstance(value, msgspec.Struct):
        return msgspec.structs.replace(
            value,
            **{
                name: harmed(getattr(value, name), harm, fills=fills)
                for name in value.__struct_fields__
                if name not in UNTOUCHED
            },
        )
    if isinstance(value, Mapping):
        return {harmed(key, harm): harmed(kept, harm, fills=fills) for key, kept in value.items()}
    if isinstance(value, tuple | list):
        return type(value)(harmed(each, harm, fills=fills) for each in value)
    return value


def busy() -> FakeCore:
    """A core with something of everything that it can tell."""
    core = FakeCore()
    core.calm()
    _calls(core)
    _flights(core)
    _house(core)
    _air(core)
    senses(core)
    senses(
        core, "2", kind=AlertKind.GUNSHOT, title="3 ROUNDS", warnings=("no clock",), image_url="http://x/1"
    )
    senses(core, "3", retracted="plate misread")
    lists_assets(core)
    core.drill = drill()
    return core


def _calls(core: FakeCore) -> None:
    core.call(
        notes=(Note(text="caller: two men, one with a handgun", author="4A21", at=NOON),),
        details=(
            Detail(kind="caution", text="WEAPON: handgun", severity=1),
            Detail(kind="media", text="CAM 4"),
        ),
        units=(Unit(callsign="4A21", status="en route"),),
        other_places=(Place(address="9000 Laguna Blvd", shape="polygon"),),
        warnings=("time without a zone",),
        agency="ELK MEADOW PD",
        type_code="ROB",
    )
    core.call("1040", priority=3, type_text="SUSPICIOUS VEHICLE", place=Place(address="Elk Park"))
    core.call("1039", priority=2, type_text="FIGHT", beat="7")
    core.call(
        notes=(Note(text="they ran north", author="4A21", at=NOON),), updated_at=NOON + timedelta(seconds=9)
    )
    core.tell(AddNote(command_id="n", call_id="1041", text="gate code 4711"), by="oyama")
    core.tell(TakeCall(command_id="t", call_id="1040"), by="oyama")


def _flights(core: FakeCore) -> None:
    core.tell(LaunchDrone(command_id="x", drone="D1", call_id="1041"), by="reyes")
    core.settle("D1")
    core.fly("D1")
    core.tell(HoldDrone(command_id="h", drone="D1"), by="oyama")
    core.settle("D1", Outcome.REFUSED, "mode change denied")
    core.happens(
        ev.FlightOpened(flight_id="F9", drone="D2", call_id="1039", target=SCENE, gates=()), by="oyama"
    )
    away = offset(SCENE, 200.0, 700.0)
    core.sees(
        in_air(
            "D2", away, 75.0, ground_speed_m_s=14.0, link_age_s=14.0, position_age_s=14.0,
            is_connected=False, trouble="two aircraft answer as sysid 2", health="compass not calibrated",
            remote_id=RemoteIdSeen(is_good=False, trouble="no operator location", age_s=1.0),
        ),
        1.0,
    )  # fmt: skip
    core.suggests(
        HoldDrone(command_id="", drone="D1"), "D1 hold, helicopter N123AB below", SuggestionKind.TRAFFIC
    )


def _house(core: FakeCore) -> None:
    core.tell(facts.FeedConnected(feed="SHOTS"))
    core.tell(facts.FeedLost(feed="SHOTS", reason="the other side closed"))
    core.health = Health(journal_error="disk full", journal_failed_at=core.at)
    state = core.state
    assert state.programme is not None
    alarms = [
        Alarm(
            alarm_id=f"{kind}:{drone}",
            severity=severity,
            text=f"{drone} {kind}",
            raised_at=core.at,
            drone=drone,
        )
        for kind, severity in (("order", Severity.WARNING), ("low", Severity.NOTICE))
        for drone in ("D1", "D2")
    ]
    shelved = Alarm(
        alarm_id="feed:SHOTS", severity=Severity.NOTICE, text="SHOTS DOWN", raised_at=core.at,
        shelved_until=core.at + timedelta(minutes=9), shelved_by="oyama", shelved_reason="being mended",
    )  # fmt: skip
    drones = {
        name: msgspec.structs.replace(drone, model="X10", video_url="rtsp://d/1")
        for name, drone in state.drones.items()
    }
    spare = msgspec.structs.replace(drones["D1"], callsign="D3", sysid=3)
    core.state = msgspec.structs.replace(
        state,
        drones={**drones, "D3": spare},
        alarms={**state.alarms, **{alarm.alarm_id: alarm for alarm in [*alarms, shelved]}},
        control={
            **state.control,
            "D2": Control(account="oyama", since=core.at, requested_by="guest"),
        },
        grounded={"D3": Grounding(account="oyama", reason="propeller cracked", since=core.at)},
        reliefs={"F9": Relief(by="D1", launch_at=core.at, must_leave_at=core.at, why="nobody else is ready")},
        shifts={person.account: core.at + timedelta(hours=3) for person in PEOPLE},
        unwell={"D1": {"wind": "gusts over its limit"}},
        unwell_since={"D1": {"wind": core.at}},
        programme=msgspec.structs.replace(state.programme, renames=Renames(status={"on_scene": "10-97"})),
    )
    core.sees(on_ground("D3", is_armable=False, health="compass not calibrated"))


def _air(core: FakeCore) -> None:
    corners = tuple(offset(HQ, bearing, 800.0) for bearing in (0.0, 90.0, 180.0, 270.0))
    kept = Volume(name="HOSPITAL", kind=VolumeKind.KEEP_OUT, outline=corners, ceiling=Agl(120.0))
    stadium = Volume(
        name="STADIUM", kind=VolumeKind.RESTRICTION, outline=corners, citation="FDC 6/1234",
        starts_at=NOON + timedelta(hours=2),
    )  # fmt: skip
    source = AirspaceSource(
        name="own.geojson",
        kind=SourceKind.OWN,
        read_at=NOON,
        sha256="00ff",
        volumes=2,
        problems=("feature 3: no ring",),
    )
    raw = "KSAC 011153Z 24006KT 10SM FEW250 12/04 A3002"
    core.tell(
        facts.WeatherReported(
            wind_speed_m_s=3, wind_from_deg=240, observed_at=core.at, source="KSAC", raw=raw
        )
    )
    conflict = Conflict(
        drone="D1", intruder_id="a1b2c3", callsign="N123AB", category="A7", in_s=20.0, closest_in_s=30.0,
        horizontal_m=100.0, vertical_m=20.0, distance_now_m=900.0, is_now=False, bearing_deg=10.0,
        closest_bearing_deg=15.0, position_age_s=1.0, altitude_by=None,
    )  # fmt: skip
    core.state = msgspec.structs.replace(
        core.state,
        airspace=Airspace(volumes=(kept, stadium), sources=(source,), centre=HQ, digest="1"),
        conflicts={"D1": {"a1b2c3": conflict}},
        alerted_at={"D1": core.at},
        receivers={"ROOF": False},
    )
    intruder = Intruder(
        id="a1b2c3", callsign="N123AB", position=offset(SCENE, 0.0, 500.0), position_age_s=1.0, category="A7",
        altitude_amsl_m=90.0, track_deg=180.0, ground_speed_m_s=40.0, sources=("ROOF",),
    )  # fmt: skip
    roof = TrafficSource(name="ROOF", is_up=False, age_s=9.0, detail="12 damaged messages")
    core.air = Air(intruders=(intruder,), sources=(roof,))


def drill() -> DrillNote:
    """As a trainer is told it."""
    return DrillNote(
        scenario="relief",
        title="Relief",
        story="A robbery, and a battery that ends too soon",
        written_at=NOON,
        began_at=NOON,
        time_limit_s=600.0,
        objectives=(DrillObjective(name="over 2071 in 3 minutes", is_met=True, detail="1:50"),),
        injected=(DrillFault(at=NOON, drone="D1", words="wind 12"),),
        to_come=(DrillFault(at=NOON + timedelta(minutes=5), drone="D2", words="gps off"),),
    )


def journal_lines(core: FakeCore) -> tuple[JournalLine, ...]:
    """What a search of its journal gives, the newest first."""
    return tuple(
        JournalLine(
            seq=stored.seq, at=stored.at, operator=stored.operator, kind=type(stored.event).__name__,
            words=f"{type(stored.event).__name__} of 1041", call_id="1041", drone="D1",
        )
        for stored in reversed(core.log)
    )  # fmt: skip


def sheet(harm: str) -> bytes:
    """A map whose every name carries harm."""
    roads = [
        Road(kind, f"{name}{harm}", (offset(SCENE, bearing, 600.0), offset(SCENE, bearing + 180.0, 600.0)))
        for kind, name, bearing in (
            (RoadClass.ARTERIAL, "Laguna Blvd", 90.0),
            (RoadClass.ARTERIAL, "Bruceville Rd", 0.0),
            (RoadClass.WATER, "Elk Creek", 45.0),
        )
    ]
    return pack(street_map(roads, name=f"Elk Meadow{harm}", credit=f"by hand{harm}"))
