"""Cameras, readers and posts: files of any quality, the nearest to a place, adopted once and read again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.agency import AGENCY
from tests.flights import HOME, House

from rtcc_core.adapters.assets_files import AssetsFiles
from rtcc_core.domain import events as ev
from rtcc_core.domain import facts
from rtcc_core.domain.asset_values import Asset, AssetKind, Assets
from rtcc_core.domain.assets import assets_near
from rtcc_core.domain.facts import AssetsRead, Fact
from rtcc_core.domain.geo import LatLon, distance_m, offset
from rtcc_core.domain.state import State
from rtcc_core.ports import JournalUnavailable
from rtcc_core.settings import parse_settings
from rtcc_core.wire.assets_file import FileUnusable, read_assets, together

CSV = """\ufeffName,Kind,Latitude,Longitude,Owner,stream_url,health,has_consent
Laguna & Bruceville,camera,38.421,-121.42,City,rtsp://viewer:secret@10.0.0.9/s1,ok,yes
Mall north,READER,38.42,-121.421,"Mall, Inc.",,,no
Night watch,dog,38.419,-121.42,,,,
"""


def read(text: str) -> Assets:
    return read_assets(text.encode(), source="cameras.csv", near=HOME)


def feature(x: object, y: object, **properties: object) -> dict[str, object]:
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": "Point", "coordinates": [x, y]},
    }


class TestFiles:
    def test_csv(self) -> None:
        camera, reader, watch = read(CSV).items
        assert camera == Asset(
            name="Laguna & Bruceville",
            kind=AssetKind.CAMERA,
            position=LatLon(38.421, -121.42),
            owner="City",
            stream_url="rtsp://10.0.0.9/s1",
            health="ok",
            has_consent=True,
        )
        assert (reader.kind, reader.owner, reader.has_consent) == (AssetKind.READER, "Mall, Inc.", False)
        assert (watch.kind, watch.has_consent) == (AssetKind.OTHER, None)

    def test_a_password_is_neither_shown_nor_written_down(self) -> None:
        found = read(CSV)
        assert "secret" not in repr(found)
        assert found.problems == (
            "cameras.csv, line 2: the account and password in its stream_url are left out",
        )

    def test_geojson_has_longitude_first(self) -> None:
        features = [
            feature(-121.42, 38.42, name="A", kind="sensor", has_consent=True),
            feature(38.42, -121.42, name="swapped"),
            feature(-121.42, 38.42, kind="camera"),
            feature(-121.42, "north", name="B", latitude=38.42),
            {
                "type": "Feature",
                "geometry": {"type": "Polygon", "coordinates": []},
                "properties": {"name": "C"},
            },
            "not a feature",
        ]
        found = read(json.dumps({"type": "FeatureCollection", "features": features}))
        (one,) = found.items
        assert (one.name, one.position, one.has_consent) == ("A", LatLon(38.42, -121.42), True)
        assert [problem.split(": ", 1)[0] for problem in found.problems] == [
            f"cameras.csv, feature {number}" for number in range(2, 7)
        ]

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("", "names no column name and no latitude and no longitude"),
            ("name,lat,lon\nA,1,2\n", "no column latitude"),
            ('{"type": "Feature"}', "not a GeoJSON FeatureCollection"),
            ("{", "not GeoJSON"),
        ],
    )
    def test_what_cannot_be_used_at_all(self, text: str, words: str) -> None:
        with pytest.raises(FileUnusable, match=words):
            read(text)

    @pytest.mark.parametrize("place", ["999,-121.4", "0,0", "38.4,", "nan,-121.4", "-38.4,-121.4"])
    def test_a_line_without_a_place_is_left_out_alone(self, place: str) -> None:
        found = read(f"name,latitude,longitude\nA,{place}\nB,38.42,-121.42\n")
        assert [asset.name for asset in found.items] == ["B"]
        assert len(found.problems) == 1
        assert "line 2" in found.problems[0]

    def test_names_are_text(self) -> None:
        (one,) = read("name,latitude,longitude\n\x1b[31mRED\u202e,38.42,-121.42\n").items
        assert one.name == "[31mRED"

    @given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
    def test_only_our_own_error_leaves_the_reader(self, raw: bytes) -> None:
        for each in (
            raw,
            b"name,latitude,longitude\n" + raw,
            b'{"type":"FeatureCollection","features":[' + raw,
        ):
            try:
                read_assets(each, source="x", near=HOME)
            except FileUnusable:
                continue


class TestNear:
    def test_within_the_radius_the_nearest_first(self) -> None:
        assets = tuple(
            Asset(name=f"{away_m:.0f}", kind=AssetKind.CAMERA, position=offset(HOME, bearing, away_m))
            for away_m, bearing in (
                (399.0, 0.0),
                (10.0, 90.0),
                (401.0, 180.0),
                (250.0, 270.0),
                (5_000.0, 90.0),
            )
        )
        near = assets_near(State(assets=Assets(items=assets)), HOME)
        assert [each.asset.name for each in near] == ["10", "250", "399"]
        assert [round(each.away_m) for each in near] == [10, 250, 399]

    def test_nothing_where_the_agency_gave_no_file(self) -> None:
        assert assets_near(State(), HOME) == ()

    @given(
        st.lists(st.tuples(st.floats(0.0, 359.0), st.floats(0.0, 900.0)), max_size=30),
        st.floats(1.0, 800.0),
    )
    def test_exactly_those_that_are_that_near(
        self, where: list[tuple[float, float]], radius_m: float
    ) -> None:
        items = tuple(
            Asset(name=str(n), kind=AssetKind.OTHER, position=offset(HOME, bearing, away_m))
            for n, (bearing, away_m) in enumerate(where)
        )
        near = assets_near(State(assets=Assets(items=items)), HOME, radius_m)
        assert {each.asset.name for each in near} == {
            asset.name for asset in items if distance_m(HOME, asset.position) <= radius_m
        }
        assert [each.away_m for each in near] == sorted(each.away_m for each in near)


class TestAdopting:
    def test_the_same_assets_decide_to_nothing(self) -> None:
        house = House()
        (adopted,) = house.tell(facts.AssetsRead(assets=read(CSV)))
        assert isinstance(adopted, ev.AssetsAdopted)
        assert house.tell(facts.AssetsRead(assets=read(CSV))) == []
        assert house.state.assets == read(CSV)
        house.restart()

    def test_two_files_are_one_list(self) -> None:
        both = together([read(CSV), read("name,latitude,longitude\nE,38.42,-121.42\n")])
        assert len(both.items) == 4
        assert both.digest != together([read(CSV)]).digest


class Desk:
    """Keeps what it is told; `trouble` makes it unable to."""

    def __init__(self) -> None:
        self.read: list[Assets] = []
        self.trouble = ""

    async def store(self, facts: Sequence[Fact], *, source: str) -> None:
        assert source == "feed:assets"
        if self.trouble:
            raise JournalUnavailable(self.trouble)
        self.read += [fact.assets for fact in facts if isinstance(fact, AssetsRead)]


class TestAdapter:
    async def test_reads_again_what_changed_and_keeps_what_was_good(self, tmp_path: Path) -> None:
        path, desk = tmp_path / "cameras.csv", Desk()
        path.write_text(CSV)
        files = AssetsFiles([path], desk, near=HOME)
        await files.look()
        await files.look()
        assert [len(assets.items) for assets in desk.read] == [3]
        path.with_suffix(".new").write_text("half of")
        path.with_suffix(".new").replace(path)
        await files.look()
        assert len(desk.read[-1].items) == 3
        assert (
            desk.read[-1].problems[0].startswith("cameras.csv cannot be used: its first line names no column")
        )
        assert desk.read[-1].problems[0].endswith("what it said before stays")
        path.unlink()
        await files.look()
        assert (len(desk.read[-1].items), "No such file" in desk.read[-1].problems[0]) == (3, True)

    async def test_what_the_journal_could_not_take_is_told_again(self, tmp_path: Path) -> None:
        path, desk = tmp_path / "cameras.csv", Desk()
        path.write_text(CSV)
        files = AssetsFiles([path], desk, near=HOME)
        desk.trouble = "disk full"
        await files.look()
        assert desk.read == []
        desk.trouble = ""
        await files.look()
        assert len(desk.read) == 1

    async def test_a_directory_is_no_file(self, tmp_path: Path) -> None:
        assert "is not a file" in AssetsFiles([tmp_path], Desk(), near=HOME).read().problems[0]


def test_settings_name_the_files(tmp_path: Path) -> None:
    text = f"""{AGENCY}
    [[assets]]
    file = "cameras.csv"
    """
    settings = parse_settings(text, tmp_path / "agency.toml")
    assert [table.file for table in settings.assets] == [tmp_path / "cameras.csv"]
    assert msgspec.json.encode(read(CSV))
