"""Street files on a disk: read in a thread, again when they change, and never lost to a bad copy."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.support import until

from rtcc_core import cli
from rtcc_core.adapters import street_files
from rtcc_core.adapters.street_files import StreetFile, StreetFiles
from rtcc_core.domain.geo import LatLon
from rtcc_core.settings import SettingsError, parse_settings, read_settings
from rtcc_core.settings_cli import example_text

HERE = LatLon(45.52, -122.67)


def write(path: Path, *names: str, key: str = "name") -> Path:
    """Streets that all cross the first of them."""
    features = []
    for number, name in enumerate(names):
        east = -122.67 + 0.001 * number
        line = [[-122.68, 45.52], [-122.66, 45.52]] if number == 0 else [[east, 45.51], [east, 45.53]]
        geometry = {"type": "LineString", "coordinates": line}
        features.append({"type": "Feature", "properties": {key: name}, "geometry": geometry})
    aside = path.with_suffix(".new")
    aside.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return aside.replace(path)


def labels(files: StreetFiles, text: str) -> list[str]:
    return [match.label for match in files.locate(text).matches]


def files_of(*paths: Path) -> StreetFiles:
    return StreetFiles([StreetFile(file=path) for path in paths], near=HERE)


def test_lines_and_addresses_of_several_files_are_one_gazetteer(tmp_path: Path) -> None:
    addresses = tmp_path / "addresses.CSV"
    addresses.write_text("number,street,lat,lon\n100,Main St,45.5203,-122.671\n")
    files = files_of(write(tmp_path / "a.geojson", "Main St", "Oak Ave"), addresses)
    assert "still being read" in files.locate("main / oak").trouble
    assert files.refresh()
    assert labels(files, "main / oak") == ["Main St / Oak Ave"]
    assert labels(files, "100 main st") == ["100 Main St"]
    assert not files.refresh()
    assert files.problems == ()


@pytest.mark.parametrize("bad", ["half", "gone", "folder", "large"])
def test_what_a_file_gave_stays_when_it_goes_bad(
    tmp_path: Path, bad: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "a.geojson", "Main St", "Oak Ave")
    files = files_of(path)
    files.refresh()
    if bad == "large":
        monkeypatch.setattr(street_files, "FILE_MAX_BYTES", 10)
        write(path, "Main St", "Oak Ave", "Elm St")
    elif bad == "half":
        path.write_bytes(path.read_bytes()[:50])
    else:
        path.unlink()
        if bad == "folder":
            path.mkdir()
    assert files.refresh()
    assert labels(files, "main / oak") == ["Main St / Oak Ave"]
    [problem] = files.problems
    assert problem.startswith("a.geojson: cannot be used: ")
    assert problem.endswith("; what it gave before is kept")


def test_a_file_that_was_never_good_takes_the_others_nothing(tmp_path: Path) -> None:
    files = files_of(tmp_path / "none.geojson", write(tmp_path / "a.geojson", "Main St", "Oak Ave"))
    files.refresh()
    assert labels(files, "main / oak") == ["Main St / Oak Ave"]
    assert files.problems == ("none.geojson: cannot be used: No such file or directory",)


async def test_a_changed_file_is_read_again_while_the_core_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(street_files, "POLL_EVERY_S", 0.01)
    path = write(tmp_path / "a.geojson", "Main St", "Oak Ave")
    files = files_of(path)
    running = asyncio.create_task(files.run())
    try:
        await until(lambda: labels(files, "main / oak") != [])
        write(path, "Main St", "Elm Ave")
        await until(lambda: labels(files, "main / elm") == ["Main St / Elm Ave"])
        path.write_text("{")
        await until(lambda: "a.geojson: cannot be used: it is not GeoJSON" in caplog.text)
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


async def test_without_files_there_is_nothing_to_run() -> None:
    files = files_of()
    await files.run()
    assert "no street file is loaded" in files.locate("main / oak").trouble


# --- agency.toml and the command line -----------------------------------------------------------------

STREETS = '\n[[streets]]\nfile = "a.geojson"\nline_name = ["NM"]\n'


def agency(folder: Path, *tables: str) -> Path:
    path = folder / "agency.toml"
    path.write_text(example_text() + "".join(tables))
    return path


def test_agency_toml_names_files_and_their_properties(tmp_path: Path) -> None:
    [table] = read_settings(agency(tmp_path, STREETS)).streets
    assert table.file == tmp_path / "a.geojson"
    assert table.keys.name == (("NM",),)
    assert table.keys.street[0] == ("addr:street",)


def test_a_mistake_in_it_names_its_line(tmp_path: Path) -> None:
    text = example_text() + '\n[[streets]]\nline_name = "NM"\n'
    with pytest.raises(SettingsError) as caught:
        parse_settings(text, tmp_path / "agency.toml")
    said = str(caught.value)
    assert "[[streets]] file: is missing" in said
    assert "[[streets]] line_name" in said


def locate(capsys: pytest.CaptureFixture[str], settings: Path, *words: str) -> tuple[int, str, str]:
    code = cli.main(["locate", "--settings", str(settings), *words])
    said = capsys.readouterr()
    return code, said.out, said.err


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["main st / oak ave"], 0, "45.52000 -122.66900  CROSSING ±10 m  Main St / Oak Ave\n"),
        (["main", "/", "oak"], 0, "CROSSING"),
        (["mian st / oak ave"], 1, "did you mean: CROSSING ±10 m  Main St / Oak Ave"),
        (["main st"], 1, "STREET ONLY  Main St\nnot certain: no number or crossing was found"),
        (["nowhere"], 1, "is in none of the street files"),
    ],
)
def test_rtcc_locate(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: Sequence[str], code: int, says: str
) -> None:
    write(tmp_path / "a.geojson", "Main St", "Oak Ave", "Elm Ave", key="NM")
    ended, out, err = locate(capsys, agency(tmp_path, STREETS), *words)
    assert (ended, err) == (code, "")
    assert says in out


def test_rtcc_locate_without_what_it_needs_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert locate(capsys, tmp_path / "none.toml", "main / oak")[0] == 2
    code, out, _ = locate(capsys, agency(tmp_path), "main / oak")
    assert (code, "no street file is loaded" in out) == (2, True)
    code, _, err = locate(capsys, agency(tmp_path, STREETS), "main / oak")
    assert (code, "a.geojson: cannot be used: No such file" in err) == (1, True)
