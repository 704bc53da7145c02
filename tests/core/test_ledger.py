"""The chain of the journal: whatever is done to its rows is found, and the first bad one is named."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtcc_core.domain.events import CallTaken, Draft, FeedDown, FeedUp, WeatherObserved
from rtcc_core.wire.ledger import (
    GENESIS,
    Broken,
    Head,
    LedgerError,
    Row,
    Verified,
    decode_row,
    encode_rows,
    from_ms,
    row_hash,
    sample_hash,
    to_ms,
    verify_rows,
)

TEXT = st.text(st.characters(codec="utf-8"), max_size=30)
TIMES = st.datetimes(timezones=st.just(UTC))
EVENTS = st.one_of(
    st.builds(FeedUp, feed=TEXT, detail=TEXT),
    st.builds(FeedDown, feed=TEXT, reason=TEXT),
    st.builds(CallTaken, call_id=TEXT, account=TEXT),
)
DRAFTS = st.lists(
    st.builds(Draft, at=TIMES, operator=TEXT, cause=TEXT, event=EVENTS), min_size=1, max_size=12
)


def head_of(rows: list[Row]) -> Head:
    return Head(rows[-1].seq, rows[-1].hash)


def rehashed(row: Row) -> Row:
    return row._replace(hash=row_hash(row))


def chain(count: int) -> list[Row]:
    """Rows of events that differ."""
    at = datetime(2026, 3, 1, tzinfo=UTC)
    drafts = [
        Draft(at=at, operator="core", event=FeedUp(feed="COUNTY", detail=f"try {number}"))
        for number in range(1, count + 1)
    ]
    return encode_rows(drafts, GENESIS)


@given(DRAFTS)
def test_what_is_written_reads_back(drafts: list[Draft]) -> None:
    rows = encode_rows(drafts, GENESIS)
    assert verify_rows(rows, witness=head_of(rows)) == Verified(len(rows), head_of(rows))
    for draft, stored in zip(drafts, map(decode_row, rows), strict=True):
        assert (stored.operator, stored.cause, stored.event) == (draft.operator, draft.cause, draft.event)
        assert timedelta() <= draft.at - stored.at < timedelta(milliseconds=1)


@given(DRAFTS, st.data())
def test_an_edit_of_any_field_is_found_at_its_row(drafts: list[Draft], data: st.DataObject) -> None:
    rows = encode_rows(drafts, GENESIS)
    index = data.draw(st.integers(0, len(rows) - 1))
    row = rows[index]
    edits = [
        row._replace(at_ms=row.at_ms + 1),
        row._replace(kind=f"{row.kind}x"),
        row._replace(operator=f"{row.operator}x"),
        row._replace(cause=f"{row.cause}x"),
        row._replace(body=f"{row.body} "),
        row._replace(prev_hash=row.hash),
        row._replace(hash=row.prev_hash),
    ]
    rows[index] = data.draw(st.sampled_from(edits))
    verdict = verify_rows(rows)
    assert isinstance(verdict, Broken)
    assert verdict.seq == index + 1


@given(st.integers(2, 12), st.data())
def test_an_edit_with_a_fresh_hash_is_found_at_its_row(count: int, data: st.DataObject) -> None:
    rows = chain(count)
    honest = head_of(rows)
    index = data.draw(st.integers(0, count - 1))
    rows[index] = rehashed(rows[index]._replace(operator="nobody"))
    verdict = verify_rows(rows, witness=honest)
    assert isinstance(verdict, Broken)
    assert verdict.seq == index + 1


@given(st.integers(2, 12), st.data())
def test_a_deleted_row_is_named(count: int, data: st.DataObject) -> None:
    rows = chain(count)
    honest = head_of(rows)
    index = data.draw(st.integers(0, count - 1))
    del rows[index]
    verdict = verify_rows(rows, witness=honest)
    assert isinstance(verdict, Broken)
    assert verdict.seq == index + 1


@given(st.integers(3, 12), st.data())
def test_a_deleted_row_is_named_though_the_rest_was_renumbered(count: int, data: st.DataObject) -> None:
    rows = chain(count)
    index = data.draw(st.integers(0, count - 2))
    rows = rows[:index] + [row._replace(seq=row.seq - 1) for row in rows[index + 1 :]]
    verdict = verify_rows(rows)
    assert isinstance(verdict, Broken)
    assert verdict.seq == index + 1


@given(st.integers(2, 12), st.data())
def test_rows_that_changed_places_are_found_at_the_first(count: int, data: st.DataObject) -> None:
    rows = chain(count)
    first = data.draw(st.integers(0, count - 2))
    second = data.draw(st.integers(first + 1, count - 1))
    rows[first], rows[second] = (
        rows[second]._replace(seq=rows[first].seq),
        rows[first]._replace(seq=rows[second].seq),
    )
    verdict = verify_rows(rows)
    assert isinstance(verdict, Broken)
    assert verdict.seq == first + 1


def test_a_row_put_in_between_is_found() -> None:
    rows = chain(6)
    forged = rehashed(rows[3]._replace(prev_hash=rows[2].hash, operator="nobody"))
    rows = [*rows[:3], forged, *(row._replace(seq=row.seq + 1) for row in rows[3:])]
    verdict = verify_rows(rows)
    assert isinstance(verdict, Broken)
    assert verdict.seq in (4, 5)


def test_a_row_added_at_the_end_is_found_by_the_head_record() -> None:
    rows = chain(3)
    honest = head_of(rows)
    rows += encode_rows([Draft(at=from_ms(0), operator="x", event=FeedUp(feed="X"))], honest)
    assert verify_rows(rows).__class__ is Verified
    verdict = verify_rows(rows, witness=honest)
    assert isinstance(verdict, Broken)
    assert verdict.seq == 4


@given(st.integers(1, 10), st.data())
def test_rows_cut_off_the_end_are_found_by_the_head_record(count: int, data: st.DataObject) -> None:
    rows = chain(count)
    honest = head_of(rows)
    left = data.draw(st.integers(0, count - 1))
    verdict = verify_rows(rows[:left], witness=honest)
    assert isinstance(verdict, Broken)
    assert verdict.seq == left + 1


@given(st.tuples(TEXT, TEXT), st.tuples(TEXT, TEXT))
def test_text_moved_between_fields_changes_the_hash(one: tuple[str, str], other: tuple[str, str]) -> None:
    row = chain(1)[0]
    hashes = {row_hash(row._replace(operator=each[0], cause=each[1])) for each in (one, other)}
    assert len(hashes) == len({one, other})


def test_the_chain_can_be_followed_from_the_middle() -> None:
    rows = chain(8)
    assert verify_rows(rows[4:], start=Head(4, rows[3].hash)) == Verified(4, head_of(rows))


def test_a_track_is_chained_by_flight_time_and_content() -> None:
    seals = {
        sample_hash(previous, flight, at_ms, body)
        for previous in ("a", "b")
        for flight in ("F1", "F2")
        for at_ms in (1, 2)
        for body in ("{}", "[]")
    }
    assert len(seals) == 16


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(LedgerError, match="UTC"):
        to_ms(from_ms(0).replace(tzinfo=None))


def test_a_time_of_another_zone_is_the_same_moment() -> None:
    there = datetime(2026, 3, 1, 2, tzinfo=timezone(timedelta(hours=2)))
    assert from_ms(to_ms(there)) == datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "draft",
    [
        Draft(
            at=from_ms(0),
            operator="core",
            event=WeatherObserved(
                wind_speed_m_s=float("nan"), wind_from_deg=0, gust_m_s=None, observed_at=from_ms(0), source=""
            ),
        ),
        Draft(at=from_ms(0), operator="core", event=FeedUp(feed="\ud800")),
        Draft(at=from_ms(0), operator="\ud800", event=FeedUp(feed="A")),
    ],
    ids=["not a number", "half a character", "operator that is no text"],
)
def test_what_would_not_read_back_is_refused(draft: Draft) -> None:
    with pytest.raises(LedgerError):
        encode_rows([draft], GENESIS)


def test_a_row_of_a_later_version_says_so() -> None:
    row = chain(1)[0]._replace(body='{"type": "MoonLanded"}', kind="MoonLanded")
    with pytest.raises(LedgerError, match="MoonLanded"):
        decode_row(row)
