"""Aircraft that somebody else started: found on their port, in a process of its own so that the port is free
again for the core whatever the flight library holds on to."""

from __future__ import annotations

import asyncio
import sys

import msgspec

from rtcc_sitl.layout import Visitor

FIND_WITHIN_S = 120.0
"""ArduPilot needs most of a minute for its position."""


async def find_visitors(url: str, *, count: int, timeout_s: float = FIND_WITHIN_S) -> list[Visitor]:
    """The first `count` aircraft heard at a MAVSDK connection address, by system id.

    Raises TimeoutError that says what was heard instead.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "rtcc_core.cli", "sitl", "find", url),
        *("--count", str(count), "--timeout", str(timeout_s)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        out, errors = await process.communicate()
    except BaseException:
        if process.returncode is None:
            process.kill()
            await process.wait()
        raise
    if process.returncode != 0:
        raise TimeoutError(errors.decode("utf-8", "replace").strip() or f"nothing was heard at {url}")
    return msgspec.json.decode(out, type=list[Visitor])[:count]


async def print_visitors(url: str, *, count: int, timeout_s: float) -> int:
    """Look for aircraft and write them to stdout as JSON; 1 and the reason on stderr when there are fewer."""
    from rtcc_core.adapters.mavsdk_fleet import discover  # loads the flight library: only where it is needed

    try:
        found = await discover(url, count=count, timeout_s=timeout_s)
    except (TimeoutError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    visitors = [Visitor(sysid=each.sysid, home=each.position, home_amsl_m=each.home_amsl_m) for each in found]
    sys.stdout.write(msgspec.json.encode(visitors).decode() + "\n")
    return 0
