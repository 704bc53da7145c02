"""`rtcc sitl cad`: a CAD that replays real call history to whoever subscribes, faster than it happened."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

from rtcc_core.domain.call import CallStatus
from rtcc_sitl.cad_server import SimCad
from rtcc_sitl.call_history import History, steps

LINGER_S = 5.0
"""How long the CAD stays after its last message, so that it is taken in."""


async def replay(history: History, *, speed: float, open_for: timedelta, port: int, wait_s: float) -> int:
    """Serve until the history is over; says where it is and, at the end, what was sent. Returns an exit code.

    The clock starts with the first subscriber, or after `wait_s` real seconds without one.
    """
    async with SimCad(port=port) as cad:
        _say(cad_url=cad.url, calls=len(history.calls), left_out=dict(history.left_out))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                await cad.wait_for(lambda: cad.is_subscribed)
        sent: Counter[str] = Counter()
        started_s = time.monotonic()
        plan = steps(history, open_for=open_for, started_at=datetime.now(UTC), speed=speed)
        for step in plan:
            await asyncio.sleep(max(0.0, started_s + step.at_s / speed - time.monotonic()))
            await cad.publish(step.report)
            sent["opened" if step.report.status is CallStatus.ACTIVE else "closed"] += 1
        await asyncio.sleep(LINGER_S)
        refused = sum(ack.status != 200 for ack in cad.acks)
        _say(done=True, **sent, acknowledged=len(cad.acks) - refused, not_accepted=refused)
    return 0


def _say(**values: object) -> None:
    sys.stdout.write(json.dumps(values) + "\n")
    sys.stdout.flush()
