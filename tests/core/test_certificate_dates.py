"""The dates of certificates, against those that this machine's openssl makes."""

from __future__ import annotations

import base64
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.certificates import Authority

from rtcc_core.wire.certificate_dates import read_validities


def test_a_chain_tells_the_dates_of_each(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    leaf, _ = authority.leaf("cad.example", days=9_000)
    found = read_validities(leaf.read_bytes() + authority.file.read_bytes())
    now = datetime.now(UTC)
    assert [round((each.ends_at - now) / timedelta(days=1)) for each in found] == [9_000, 2]
    assert all(abs(each.begins_at - now) < timedelta(minutes=5) for each in found)


def test_years_after_2049_are_written_another_way(tmp_path: Path) -> None:
    leaf, _ = Authority(tmp_path).leaf("cad.example", days=12_000)
    assert read_validities(leaf.read_bytes())[0].ends_at.year > 2050


@pytest.mark.parametrize("raw", [b"", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_what_holds_no_certificate_is_said(raw: bytes) -> None:
    with pytest.raises(ValueError, match="no certificate"):
        read_validities(raw)


@given(st.binary(max_size=60))
def test_anything_is_read_or_refused_in_words(der: bytes) -> None:
    raw = b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(der) + b"-----END CERTIFICATE-----\n"
    with suppress(ValueError):
        assert read_validities(raw)
