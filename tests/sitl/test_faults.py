"""What can go wrong, in words."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtcc_sitl import faults as ft
from rtcc_sitl.faults import CATALOGUE, AnyFault, FaultError, parse
from rtcc_sitl.wind import Wind


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        ("gps", ft.Gps(False)),
        ("gps on", ft.Gps(True)),
        ("link", ft.Link(False)),
        ("link 20", ft.Link(False, 20.0)),
        ("link on", ft.Link(True)),
        ("battery 0.1", ft.Charge(0.1)),
        ("battery drain 4", ft.Drain(4.0)),
        ("battery failing", ft.CellFailure()),
        ("motor", ft.MotorStop(True)),
        ("motor silent", ft.MotorStop(False)),
        ("wind 12", ft.WindChange(12.0)),
        ("wind 12 270 gust 18", ft.WindChange(12.0, 270.0, 18.0)),
        ("wind 9 gust 9", ft.WindChange(9.0, None, 9.0)),
        ("wind off", ft.WindChange(None)),
        ("refuse", ft.RefuseNext()),
        ("refuse return", ft.RefuseNext(is_return=True)),
        ("mute obeyed", ft.MuteNext(True)),
        ("mute return", ft.MuteNext(is_return=True)),
        ("mute obeyed return", ft.MuteNext(True, is_return=True)),
        ("reboot", ft.Reboot(True)),
        ("reboot falling", ft.Reboot(False)),
        ("sysid 7", ft.NewSysid(7)),
        ("twin off", ft.Twin(False)),
        ("rtl", ft.ActAlone("rtl")),
        ("land", ft.ActAlone("land")),
        ("flood", ft.Flood(True)),
        ("norates", ft.ForgetRates()),
        ("clock -30", ft.ClockJump(-30.0)),
        ("gimbal STUCK", ft.GimbalStuck(True)),
    ],
)
def test_each_fault_is_read_from_its_words(words: str, fault: AnyFault) -> None:
    word, *args = words.split()
    assert parse(word, args) == fault


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("fire", "no fault 'fire'; faults: gps, link"),
        ("gps maybe", "'maybe' is none of off, on"),
        ("gps off on", "one word"),
        ("link -3", "from 0 to 86400"),
        ("battery 12", "from 0 to 1, not '12'"),
        ("battery nan", "from 0 to 1"),
        ("battery drain", "written: battery FRACTION | drain FACTOR | failing"),
        ("wind", "a speed"),
        ("wind 12 400", "from 0 to 360"),
        ("wind 12 gust 8", "gusts are not below the wind"),
        ("wind 12 gust", "the gust is one number"),
        ("rtl me", "nothing follows it"),
        ("sysid 255", "from 1 to 254"),
        ("sysid 1.5", "whole number"),
        ("clock", "written: clock SECONDS"),
    ],
)
def test_what_cannot_be_used_says_why_and_how_it_is_written(words: str, why: str) -> None:
    word, *args = words.split()
    with pytest.raises(FaultError) as refused:
        parse(word, args)
    assert why in str(refused.value)


@given(st.sampled_from(sorted(CATALOGUE)), st.lists(st.text(max_size=12), max_size=4))
def test_any_words_are_a_fault_or_an_error_in_words(word: str, args: list[str]) -> None:
    with contextlib.suppress(FaultError):
        assert isinstance(parse(word, args), ft.Fault)


def test_a_wind_without_direction_comes_from_where_it_came() -> None:
    assert ft.WindChange(12.0).over(Wind(3.0, 240.0, 5.0)) == Wind(12.0, 240.0)
    assert ft.WindChange(12.0, 90.0, 15.0).over(Wind(3.0, 240.0)) == Wind(12.0, 90.0, 15.0)


def test_the_catalogue_describes_itself_in_eighty_columns() -> None:
    text = ft.described()
    assert all(f"  {word}" in text for word in CATALOGUE)
    assert max(map(len, text.splitlines())) <= 80
