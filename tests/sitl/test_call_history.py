"""Real call history becomes a CAD's work: in order, each once, with what was left out counted."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtcc_core.domain.call import CallStatus
from rtcc_sitl.call_history import History, HistoryError, read_columns, read_history, steps

SEATTLE = "Address,Type,Datetime,Latitude,Longitude,Report Location,Incident Number\n"
ROWS = """\
2122 Alki Ave Sw,Rescue Elevator,2022-01-21 13:44:00,47.585742,-122.398482,POINT,F2
5300 24th Ave Ne,Aid Response,2022-01-21 13:43:00,47.66707,-122.301946,POINT,F1
5300 24th Ave Ne,Aid Response,2022-01-21 13:43:00,47.66707,-122.301946,POINT,F1
1 Nowhere,Aid Response -,2022-01-21 13:50:00,,,,F3
2 Null Island,Aid Response,2022-01-21 13:51:00,0,0,,F4
3 No Time,Aid Response,24:10,47.6,-122.3,,F5
4 No Type,,2022-01-21 13:52:00,47.6,-122.3,,F6
"""


def write(folder: Path, text: str, name: str = "calls.csv") -> Path:
    path = folder / name
    data = text.encode()
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return path


@pytest.mark.parametrize("name", ["calls.csv", "calls.csv.gz"])
def test_rows_in_order_each_once_and_the_dirt_counted(tmp_path: Path, name: str) -> None:
    history = read_history(write(tmp_path, SEATTLE + ROWS, name), zone="America/Los_Angeles")
    assert [call.number for call in history.calls] == ["F1", "F2", "F3", "F4"]
    assert history.calls[0].at == datetime(2022, 1, 21, 21, 43, tzinfo=UTC)
    assert [call.position is None for call in history.calls] == [False, False, True, True]
    assert history.calls[2].type_text == "Aid Response"
    assert history.left_out == {"twice": 1, "no coordinates (sent without)": 2, "no time": 1, "no type": 1}


def test_a_file_of_ones_own_says_which_column_is_which(tmp_path: Path) -> None:
    path = write(tmp_path, "when,what\n2026-03-01T10:00:00Z,FIRE\n")
    with pytest.raises(HistoryError, match="--columns"):
        read_history(path)
    history = read_history(path, columns=read_columns("time=when,type=what"))
    assert [call.type_text for call in history.calls] == ["FIRE"]
    with pytest.raises(HistoryError, match="no column 'where'"):
        read_history(path, columns=read_columns("time=when,type=what,address=where"))


@pytest.mark.parametrize("columns", ["", "time", "when=x", "time=a", "lat=a,lon=b"])
def test_columns_that_make_no_sense_are_refused(columns: str) -> None:
    with pytest.raises(HistoryError):
        read_columns(columns)


def test_a_file_that_cannot_be_read_or_a_zone_that_is_none_says_so(tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match="cannot be read"):
        read_history(tmp_path / "missing.csv")
    (tmp_path / "broken.csv.gz").write_bytes(b"no gzip")
    with pytest.raises(HistoryError, match="cannot be read"):
        read_history(tmp_path / "broken.csv.gz")
    with pytest.raises(HistoryError, match="no time zone"):
        read_history(write(tmp_path, SEATTLE + ROWS), zone="Mars/Olympus")


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> History:
    return read_history(write(tmp_path_factory.mktemp("history"), SEATTLE + ROWS), zone="UTC")


@given(st.floats(0.5, 3_600.0), st.floats(1.0, 120.0))
def test_each_call_comes_before_it_is_closed_and_times_are_news(
    history: History, speed: float, open_min: float
) -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    plan = steps(history, open_for=timedelta(minutes=open_min), started_at=now, speed=speed)
    assert [step.at_s for step in plan] == sorted(step.at_s for step in plan)
    seen: set[str] = set()
    for step in plan:
        is_active = step.report.status is CallStatus.ACTIVE
        assert is_active is (step.report.number not in seen)
        seen.add(step.report.number)
        assert step.report.updated_at >= now
    assert len(plan) == 2 * len(history.calls)
