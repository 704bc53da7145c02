"""`rtcc cad import`: a spreadsheet's calls through the console's own door of a running core."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from tests.support import House, running

from rtcc_core import cli
from rtcc_core.adapters.console_server import ConsoleServer

COLUMNS = "id=Nr,type=Nature,address=Addr,latitude=Lat,longitude=Lon,priority=P,status=S"
CSV = """\
Nr,Nature,Addr,Lat,Lon,P,S
26-1,FIRE,"1 MAIN, RIVERTON",45.52,-122.67,P1,
26-2,FALL,2 OAK,,,P2,open
26-3,NOISE,3 ELM,45.5,-122.6,P2,closed
,LOST,4 ASH,,,P2,
"""


async def run(*arguments: str) -> int:
    return await asyncio.to_thread(cli.main, ["cad", "import", *arguments])


async def test_each_open_call_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, socket = tmp_path / "calls.csv", tmp_path / "core.sock"
    file.write_text(CSV)
    house = House()
    server = ConsoleServer(desk=house.desk, fanout=house.fanout, clock=house.clock, socket_path=socket)
    async with running(house.desk):
        await house.open(uid=os.getuid())
        await server.start()
        try:
            asked = (str(file), "--columns", COLUMNS, "--priorities", "P1=1,P2=3", "--socket", str(socket))
            for _ in range(2):
                assert await run(*asked) == 1  # one line has no id
            told = capsys.readouterr()
            assert "2 calls are open, 0 refused, 1 lines not used" in told.out
            assert "line 5: not used: it has no id" in told.err
            assert "closed already" in told.err
            reports = [call.report for call in house.desk.state.calls.values() if call.is_provisional]
            assert [(each.type_text, each.priority) for each in reports] == [("FIRE", 1), ("FALL", 3)]
            assert reports[0].place.address == "1 MAIN, RIVERTON"
            assert {stored.operator for stored in house.journal.stored if stored.seq > 4} >= {"reyes"}
            assert await run(*asked, "--limit", "1") == 1
            assert "need --limit 2" in capsys.readouterr().err
        finally:
            await server.stop("the test is over")


async def test_without_a_core(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "calls.csv"
    file.write_text(CSV)
    asked = (str(file), "--columns", COLUMNS, "--priorities", "P1=1,P2=3")
    assert await run(*asked, "--socket", str(tmp_path / "none.sock")) == 1
    assert "no core is running" in capsys.readouterr().err
    assert await run(*asked, "--dry-run") == 1
    assert "line 2: 26-1, FIRE, 1 MAIN, RIVERTON" in capsys.readouterr().out
    file.write_bytes(b"Nr\xff")
    assert await run(*asked, "--dry-run") == 1
    assert "not UTF-8" in capsys.readouterr().err
