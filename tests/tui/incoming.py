"""What comes in besides calls: alerts, assets, and addresses that the street files know."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
from tests.tui.fakecore import NOON, SCENE, FakeCore

from rtcc_core.domain import facts
from rtcc_core.domain.alert import AlertKind, AlertReport
from rtcc_core.domain.asset_values import Asset, AssetKind, Assets
from rtcc_core.domain.call import Place
from rtcc_core.domain.geo import offset
from rtcc_core.domain.streets import Lookup, Match, Quality

PLATE = AlertReport(
    source="FLOCK",
    alert_uid="1",
    kind=AlertKind.PLATE,
    title="STOLEN VEHICLE 8ABC123",
    place=Place(position=SCENE, address="Laguna Blvd"),
    sensed_at=NOON,
    priority=2,
    confidence=0.93,
    reason="NCIC stolen",
    valid_until=NOON + timedelta(minutes=30),
    sensor="LPR 14",
)


def senses(core: FakeCore, uid: str = "1", **changed: Any) -> str:
    """A source reports an alert; returns its id here."""
    report = msgspec.structs.replace(PLATE, alert_uid=uid, **changed)
    core.tell(facts.AlertReported(report=report, original="{}"), by=f"feed:{report.source}")
    return core.state.alert_by_uid[f"{report.source}|{uid}"]


def lists_assets(core: FakeCore) -> None:
    """A camera 120 m away that works and is ours to see, and one across the city."""
    near = Asset(
        name="LAGUNA NE",
        kind=AssetKind.CAMERA,
        position=offset(SCENE, 45.0, 120.0),
        owner="City",
        stream_url="rtsp://cams.example/1",
        health="ok",
        has_consent=True,
    )
    far = Asset(name="AIRPORT", kind=AssetKind.READER, position=offset(SCENE, 180.0, 3_000.0))
    core.tell(facts.AssetsRead(assets=Assets(items=(near, far), digest="1")))


def knows(core: FakeCore, text: str, *labels: str, quality: Quality = Quality.INTERPOLATED) -> None:
    """The street files answer this text with these places."""
    core.streets[text] = Lookup(
        matches=tuple(
            Match(
                label=label,
                position=offset(SCENE, 90.0, 100.0 * number),
                quality=quality,
                uncertainty_m=25.0,
            )
            for number, label in enumerate(labels, 1)
        )
    )
