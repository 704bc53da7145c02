"""[listener], [[webhook]] and [[ticketscad]]: values, and every mistake with its line and remedy."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support import StillClock

from rtcc_core import cli
from rtcc_core.push_plan import push_feeds
from rtcc_core.records.cad_try import guessed_path
from rtcc_core.settings import Settings, SettingsError, parse_settings
from rtcc_core.settings_cli import summary

AGENCY = """\
[agency]
name = "RIVERTON PD"
centre_latitude = 45.52
centre_longitude = -122.67
time_zone = "America/Los_Angeles"
[fleet]
connection = "udpin://127.0.0.1:14550"
[[site]]
name = "CENTRAL"
latitude = 45.5231
longitude = -122.6765
[[drone]]
callsign = "D1"
sysid = 1
site = "CENTRAL"
[[person]]
account = "root"
name = "A. REYES"
role = "dispatcher"
"""
HOOK = '[[webhook]]\nname = "b"\nkind = "flock"\npath = "/b"\nauth = "bearer"\nsecret_file = "s"\n'
MAPPED = HOOK.replace("flock", "mapped")
LISTENER = "[listener]\nport = 8443\n"
TICKETS = '[[ticketscad]]\nname = "t"\nurl = "https://cad/api/external/v1"\ntoken_file = "s"\n'


def read(text: str, folder: Path) -> Settings:
    (folder / "s").write_text("a secret of the tests, long enough")
    return parse_settings(AGENCY + text, folder / "agency.toml")


def test_what_is_right_becomes_values(tmp_path: Path) -> None:
    text = LISTENER + MAPPED + '[webhook.map]\nid = "$.i"\npriority = "$.p"\n[webhook.priorities]\n10 = 1\n'
    settings = read(text + TICKETS, tmp_path)
    assert settings.listener is not None
    assert (settings.listener.address, settings.listener.port) == ("127.0.0.1", 8443)
    (webhook,) = settings.webhooks
    assert webhook.mapping().priorities == {"10": 1}
    assert settings.ticketscad[0].poll_every_s == 15.0
    assert read("", tmp_path).listener is None
    assert guessed_path(webhook, b"{}") == ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (HOOK, "nobody listens"),
        (LISTENER + 'address = "0.0.0.0"\n' + HOOK, "there is no certificate"),
        (LISTENER + 'certificate_file = "s"\n' + HOOK, "belong together"),
        (LISTENER + HOOK.replace('"s"', '"none"'), "there is no file"),
        (LISTENER + HOOK.replace("bearer", "none"), "none of its values"),
        (LISTENER + HOOK.replace('"/b"', '"b"'), "a path such as /bridge"),
        (LISTENER + HOOK + HOOK.replace('"b"', '"c"'), "stands in line"),
        (LISTENER + HOOK + 'time_zone = "America/Denvr"\n', "America/Denver"),
        (LISTENER + HOOK + 'makes = "alert"\n', "means nothing to a webhook of kind flock"),
        (LISTENER + MAPPED, "map.id: is missing"),
        (LISTENER + MAPPED + '[webhook.map]\nid = "$.i"\npriority = "$.p"\n', "priorities: is missing"),
        (LISTENER + MAPPED + '[webhook.priorities]\nHIGH = 7\n[webhook.map]\nid = "$.i"\n', "out of range"),
        (LISTENER + HOOK + HOOK.replace('"b"', '"B"').replace('"/b"', '"/c"'), "stands in line"),
        (LISTENER + HOOK.replace('"b"', '"t"') + TICKETS, "the name of another feed"),
        (TICKETS.replace("https://cad", "http://cad"), "in the open"),
        ('[[cad]]\nname = "T"\nurl = "ws://127.0.0.1/x"\n' + TICKETS, "the name of another feed"),
    ],
)
def test_what_cannot_be_right_is_refused_in_words(text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        read(text, tmp_path)
    assert words in str(refused.value)


def test_a_mistake_in_a_mapping_names_its_own_line(tmp_path: Path) -> None:
    text = LISTENER + HOOK + MAPPED.replace('"b"', '"c"').replace("/b", "/c") + '[webhook.map]\nid = "i"\n'
    with pytest.raises(SettingsError) as refused:
        read(text, tmp_path)
    (problem,) = refused.value.problems
    assert (AGENCY + text).splitlines()[problem.line - 1] == 'id = "i"'


def test_a_ticketscad_and_its_webhook_share_a_name(tmp_path: Path) -> None:
    hook = HOOK.replace('"b"', '"t"').replace("flock", "ticketscad")
    settings = read(LISTENER + hook + TICKETS, tmp_path)
    assert settings.webhooks[0].name == settings.ticketscad[0].name


def test_the_core_listens_and_asks(tmp_path: Path) -> None:
    class Sink:
        async def store(self, facts: object, *, source: str) -> None: ...

    settings = read(LISTENER + HOOK + TICKETS, tmp_path)
    kinds = [type(feed).__name__ for feed in push_feeds(settings, Sink(), StillClock())]
    assert kinds == ["TicketsCad", "HttpsServer"]
    (tmp_path / "s").write_text("short")
    with pytest.raises(OSError, match="fewer than 16"):
        push_feeds(settings, Sink(), StillClock())


POINTS = "number,street,lat,lon\n1,Main St,45.5203,-122.671\n"


def test_an_address_of_a_tried_message_or_a_spreadsheet_is_found_as_a_live_call_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = LISTENER + MAPPED + '[webhook.map]\nid = "$.i"\naddress = "$.street"\ntype_text = "$.what"\n'
    settings, message, table = (tmp_path / name for name in ("agency.toml", "message.json", "calls.csv"))
    (tmp_path / "s").write_text("a secret of the tests, long enough")
    (tmp_path / "points.csv").write_text(POINTS)
    settings.write_text(AGENCY + text + f'[[streets]]\nfile = "{tmp_path}/points.csv"\n')
    message.write_text('{"i": 7, "street": "1 MAIN ST", "what": "FIRE"}')
    assert cli.main(["cad", "try", str(message), "--settings", str(settings), "--webhook", "b"]) == 0
    assert "position       45.52030 -122.67100 EXACT" in capsys.readouterr().out
    table.write_text("Nr,Nature,Addr\n26-1,FIRE,1 MAIN ST\n26-2,FIRE,9 NOWHERE RD\n")
    asked = ["cad", "import", str(table), "--columns", "id=Nr,type=Nature,address=Addr", "--dry-run"]
    assert cli.main([*asked, "--settings", str(settings)]) == 0
    told = capsys.readouterr()
    assert "1 MAIN ST at 45.52030 -122.67100 EXACT" in told.out
    assert "line 3: address not found" in told.err
    settings.write_text("[agency")
    assert cli.main([*asked, "--settings", str(settings)]) == 1
    assert "agency.toml cannot be used" in capsys.readouterr().err


def test_the_check_counts_every_feed(tmp_path: Path) -> None:
    words = summary(read(LISTENER + HOOK + TICKETS, tmp_path))
    assert words.endswith("0 CAD feeds, 1 webhook, 1 TicketsCAD")


def test_trying_a_message(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (
        LISTENER + MAPPED + '[webhook.map]\nid = "$.i"\naddress = "$.street, $.city"\ntype_text = "$.what"\n'
    )
    settings, message = tmp_path / "agency.toml", tmp_path / "message.json"
    (tmp_path / "s").write_text("a secret of the tests, long enough")
    settings.write_text(AGENCY + text)
    asked = ["cad", "try", str(message), "--settings", str(settings), "--webhook"]
    message.write_text('{"i": 7, "street": "1 MAIN", "what": "FIRE\\u001b[2J"}')
    assert cli.main([*asked, "b"]) == 0
    out = capsys.readouterr().out
    assert "$.city" in out
    assert "MISSING: nothing stands there" in out
    assert "CALL 7 (id 7)" in out
    assert "\x1b" not in out
    message.write_text("<html>")
    assert cli.main([*asked, "b"]) == 1
    assert "QUARANTINE: this is a web page" in capsys.readouterr().out
    assert cli.main([*asked, "c"]) == 2
    assert "there is no [[webhook]] c; there are: b" in capsys.readouterr().err
