"""What the CAD bench compares with: `websockets` and `json` alone, and SQLite's commits alone.

Each runs in a process of its own. The first subscribes, reads each event by `json` and acknowledges it, and
keeps nothing. The second writes rows of the same bytes, each durable before the next, into a file of its own,
and prints what that took.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sqlite3
import sys
import time
from contextlib import closing
from pathlib import Path

from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from rtcc_core.wire.conveyance import SUBPROTOCOL


async def echo(url: str) -> None:
    """Acknowledge every event as soon as it is parsed, until the other side closes."""
    async with connect(
        url, subprotocols=[Subprotocol(SUBPROTOCOL)], compression=None, ping_interval=None, max_size=None
    ) as socket:
        await socket.send(json.dumps({"subscribe": {"requestId": "1", "requestType": "EIDO"}}))
        async for frame in socket:
            event = json.loads(frame).get("event")
            if event is not None:
                answer = {"transactionId": event["transactionId"], "statusCode": 200, "statusText": "OK"}
                await socket.send(json.dumps({"eventResponse": answer}))


def commit(path: Path, rows: int, size: int, together: int) -> list[float]:
    """Milliseconds that each commit of `together` rows of `size` bytes took."""
    text = "x" * size
    took_ms: list[float] = []
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        database.execute("CREATE TABLE events (seq INTEGER PRIMARY KEY, body TEXT NOT NULL)")
        for _ in range(rows // together):
            began_s = time.monotonic()
            database.execute("BEGIN IMMEDIATE")
            database.executemany("INSERT INTO events (body) VALUES (?)", [(text,)] * together)
            database.execute("COMMIT")
            took_ms.append(1e3 * (time.monotonic() - began_s))
    return took_ms


def main() -> None:
    """`echo URL` or `commit FILE ROWS BYTES TOGETHER`."""
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=("echo", "commit"))
    parser.add_argument("arguments", nargs="+")
    given = parser.parse_args()
    if given.what == "echo":
        asyncio.run(echo(given.arguments[0]))
        return
    path, rows, size, together = given.arguments
    sys.stdout.write(json.dumps(commit(Path(path), int(rows), int(size), int(together))) + "\n")


if __name__ == "__main__":
    main()
