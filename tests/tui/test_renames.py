"""An agency's own verbs, keys and status words: what is taken, what is refused, and what then happens."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.tui.fakecore import ROSTER, FakeCore

from rtcc_core.cli import main
from rtcc_core.domain.commands import HoldDrone, LaunchDrone
from rtcc_core.domain.renames import Renames
from rtcc_core.settings import SettingsError, parse_settings
from rtcc_core.settings_cli import example_text
from rtcc_tui.actions import ACTIONS, REGISTRY
from rtcc_tui.grammar import parse
from rtcc_tui.grammar_values import Around, Understood
from rtcc_tui.key_names import key_name, key_word
from rtcc_tui.keys import Keys
from rtcc_tui.renaming import SAFETY, check, registry_of, status_words
from rtcc_tui.session import Session

Console = Callable[..., AbstractAsyncContextManager[Any]]

RTB = Renames(
    verbs={"return": ("rtb", "recall"), "launch": ("deploy",)},
    keys={"launch": ("F2",), "near": ("v",)},
    status={"on_scene": "10-97", "asked": "ASK", "priority_1": "E"},
)


def test_the_agencys_words_come_first_and_the_shipped_ones_go_on() -> None:
    registry, wrong = registry_of(RTB)
    assert wrong == []
    assert registry.named("return").verbs == ("rtb", "recall", "rtl", "return", "home")
    assert registry.named("return").usage == "rtb [AIRCRAFT] [to SITE]"
    assert registry.named("return").label == "rtb"
    assert registry.for_key("f2") is registry.named("launch")
    assert registry.for_key("l") is None
    around = Around(drones=("D1",), calls=("1041",), registry=registry)
    launch = Understood(LaunchDrone(command_id="", drone="D1", call_id="1041"))
    assert parse("deploy d1 1041", around) == parse("launch d1 1041", around) == launch


@pytest.mark.parametrize(
    ("renames", "said"),
    [
        (Renames(verbs={"lanch": ("go2",)}), "there is no such action"),
        (Renames(verbs={"return": ("rtb",), "rtl": ("back",)}), "is the same action as return"),
        (Renames(verbs={"launch": ("go-to",), "move": ("GO-TO",)}), '"go-to" is a verb of launch already'),
        (Renames(verbs={"launch": ("hold",)}), '"hold" stops an aircraft (hold)'),
        (Renames(verbs={"launch": ("home",)}), '"home" stops an aircraft (return)'),
        (Renames(verbs={"note": ("take",), "take": ("note",), "release": ("claim",)}), ""),
        (Renames(verbs={"take": ("note",)}), '"note" was taken by take, and note has no other verb'),
        (Renames(verbs={"launch": ("with",)}), "stands behind verbs"),
        (Renames(verbs={"launch": ("air1",)}), "is the callsign of an aircraft"),
        (Renames(verbs={"launch": ()}), "is an empty list"),
        (Renames(verbs={"next": ("down2",)}), "is done by a key only"),
        (Renames(keys={"launch": ("g",)}), '"g" is a key of alerts already'),
        (Renames(keys={"launch": ("h",)}), '"h" is a key of hold already'),
        (Renames(keys={"launch": ("v",), "near": ("V",), "alerts": ("v",)}), '"v" is a key of'),
        (Renames(keys={"launch": ("Enter",)}), "means the same on every console"),
        (Renames(keys={"launch": (":",)}), "means the same on every console"),
        (Renames(keys={"launch": ("2",)}), "picks an aircraft"),
        (Renames(keys={"launch": ("[",)}), "is part of what terminals send"),
        (Renames(keys={"launch": ("Ctrl+M",)}), "does not reach a console"),
        (Renames(keys={"launch": ("Banana",)}), "is no key"),
        (Renames(keys={"hold": ()}), "is an empty list"),
        (Renames(status={"onscene": "x"}), "there is no such status"),
        (Renames(status={"on_scene": "returning"}), "is what returning is called already"),
        (Renames(status={"accepted": "unknown"}), "is what unknown is called already"),
        (Renames(status={"priority_1": "EMG"}), "has more than 2 characters"),
    ],
)
def test_what_cannot_be_is_said(renames: Renames, said: str) -> None:
    found = "; ".join(each.what for each in check(renames, ("AIR1", "D2")))
    assert said in found if said else not found
    registry, wrong = registry_of(renames)
    assert not wrong or registry.verbs() == REGISTRY.verbs()


WORDS = st.sampled_from(sorted({verb for action in ACTIONS for verb in action.verbs} | {"go2", "rtb", "x1"}))
NAMES = st.sampled_from(sorted(action.name for action in ACTIONS))


@given(st.dictionaries(NAMES, st.lists(WORDS, min_size=1, max_size=3).map(tuple), max_size=5))
def test_whatever_is_renamed_every_verb_is_one_actions_and_safety_keeps_its_words(
    verbs: dict[str, tuple[str, ...]],
) -> None:
    registry, _ = registry_of(Renames(verbs=verbs))
    every = [verb for action in registry.actions for verb in action.verbs]
    assert len(every) == len(set(every))
    for action in ACTIONS:
        assert bool(registry.named(action.name).verbs) is bool(action.verbs)
    for name in SAFETY:
        assert set(REGISTRY.named(name).verbs) <= set(registry.named(name).verbs)


def test_keys_are_written_as_a_person_writes_them() -> None:
    textual = __import__("textual.keys", fromlist=["_character_to_key"])._character_to_key
    for char in map(chr, range(0x21, 0x7F)):
        assert key_name(char) == textual(char)
        assert key_word(key_name(char)) == char
    assert [key_name(each) for each in ("F5", "Ctrl+X", "PgUp", "Space")] == [
        "f5",
        "ctrl+x",
        "pageup",
        "space",
    ]


def test_every_status_that_is_shipped_differs_from_every_other() -> None:
    words = {name: word.casefold() for name, word in status_words().items()}
    assert len(set(words.values())) == len(words)


def test_a_clash_is_an_error_of_the_settings_with_its_line() -> None:
    text = example_text() + '\n[console.verbs]\nreturn = ["rtb"]\nlaunch = ["land"]\n'
    with pytest.raises(SettingsError) as raised:
        parse_settings(text, Path("agency.toml"))
    (problem,) = raised.value.problems
    assert problem.line == len(text.splitlines())
    assert '[console.verbs] launch: "land" stops an aircraft' in str(problem)


def test_good_names_travel_in_the_programme() -> None:
    text = example_text() + '\n[console.status]\non_scene = "10-97"\n[console.keys]\nlaunch = ["F2"]\n'
    renames = parse_settings(text, Path("agency.toml")).programme.renames
    assert renames.shown("on scene") == "10-97"
    assert renames.keys == {"launch": ("F2",)}


async def test_the_console_takes_the_agencys_words_from_its_core(console: Console) -> None:
    core = FakeCore()
    core.tell(
        msgspec.structs.replace(ROSTER, programme=msgspec.structs.replace(ROSTER.programme, renames=RTB))
    )
    core.calm()
    core.call()
    async with console(core) as hand:
        assert "F2 deploy" in hand.screen()
        await hand.press("l")
        assert hand.app.session.proposal is None
        await hand.press("f2")
        await hand.decide()
        (asked,) = await core.commands(1)
        assert isinstance(asked, LaunchDrone)
        await hand.until(lambda app: "launch ASK" in hand.screen())
        assert " E! 1041" in hand.screen()
        core.settle("D1")
        core.fly("D1")
        await core.change(lambda c: None)
        await hand.write(":rtb d1")
        assert "RETURN D1" in hand.screen()
        await hand.press("escape", "h")
        assert "HOLD D1" in hand.screen()
        await hand.decide()
        assert isinstance((await core.commands(2))[1], HoldDrone)


async def test_words_that_cannot_be_leave_those_of_the_house(console: Console) -> None:
    core = FakeCore()
    broken = Renames(keys={"launch": ("h",)})
    core.tell(
        msgspec.structs.replace(ROSTER, programme=msgspec.structs.replace(ROSTER.programme, renames=broken))
    )
    core.calm()
    core.call()
    async with console(core) as hand:
        assert "cannot be used" in hand.app.session.echo.text
        await hand.press("h")
        assert hand.app.session.proposal is None
        await hand.press("l")
        assert "LAUNCH D1" in hand.screen()


def test_a_core_with_names_that_clash_does_not_start(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = example_text() + '\n[console.keys]\nlaunch = ["Enter"]\n'
    file = tmp_path / "agency.toml"
    file.write_text(text, "utf-8")
    assert main(["core", "--settings", str(file), "--state-dir", str(tmp_path)]) == 2
    assert '[console.keys] launch: "Enter" means the same on every console' in capsys.readouterr().err
    assert main(["settings", "check", str(file)]) == 1


def test_what_the_console_types_by_itself_is_in_the_agencys_words(core: FakeCore) -> None:
    """A prompt that is filled for a person must not carry a verb that another action was given."""
    swapped = Renames(verbs={"take": ("note",), "note": ("remark",)})
    session = Session(send=lambda _: None, new_id=lambda: "id")
    core.tell(
        msgspec.structs.replace(ROSTER, programme=msgspec.structs.replace(ROSTER.programme, renames=swapped))
    )
    session.received(core.welcome(), 1.0)
    Keys(session).press("n", "n", 2.0)
    assert session.prompt.text == "remark 1041 "
