"""What the tests of pushed feeds share: a listener on a real socket with a desk behind it, and senders."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from msgspec.structs import replace
from tests.support import House, running

from rtcc_core.adapters.https_listener import ListenerApp, Route
from rtcc_core.adapters.https_server import HttpsServer, ListenerSettings
from rtcc_core.adapters.push_auth import Door, Secrets
from rtcc_core.adapters.push_memory import Deliveries
from rtcc_core.domain.alert import Alert
from rtcc_core.domain.call import Call
from rtcc_core.domain.events import MessageQuarantined
from rtcc_core.domain.geo import LatLon
from rtcc_core.domain.programme import Programme
from rtcc_core.push_plan import source_of
from rtcc_core.settings import Settings
from rtcc_core.settings_push import Webhook
from rtcc_core.wire.push_values import Around

SECRET = "a secret of the tests, long enough"
CENTRE = LatLon(45.5231, -122.6765)
AT = datetime(2026, 3, 1, 12, 0, 30, tzinfo=UTC)
AROUND = Around(feed="bridge", received_at=AT, near=CENTRE)
Json = dict[str, Any]

AGENCY = Settings(
    programme=Programme(agency="RIVERTON PD", centre=CENTRE),
    sites=(),
    drones=(),
    people=(),
    connection="udpin://127.0.0.1:14550",
    time_zone="America/Los_Angeles",
)


class Bridge:
    """A sender, and the house behind the door it knocks at."""

    def __init__(self, house: House, client: httpx.AsyncClient, secret_file: Path) -> None:
        self.house = house
        self.client = client
        self.secret_file = secret_file

    async def post(
        self, path: str, body: object, *, headers: Mapping[str, str] | None = None, method: str = "POST"
    ) -> httpx.Response:
        """With the bearer secret unless other headers are given."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        given = {"Content-Type": "application/json"}
        given |= {"Authorization": f"Bearer {SECRET}"} if headers is None else headers
        # As bytes, so that a header may hold what no well-meant client would send.
        encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in given.items()]
        async with asyncio.timeout(30):
            return await self.client.request(method, path, content=raw, headers=encoded)

    @property
    def calls(self) -> dict[str, Call]:
        """By the sender's id."""
        return {call.report.incident_uid: call for call in self.house.desk.state.calls.values()}

    @property
    def alerts(self) -> dict[str, Alert]:
        return {alert.report.alert_uid: alert for alert in self.house.desk.state.alerts.values()}

    @property
    def quarantined(self) -> list[MessageQuarantined]:
        events = (stored.event for stored in self.house.journal.stored)
        return [event for event in events if isinstance(event, MessageQuarantined)]

    def count(self, kind: str) -> int:
        return self.house.journal.kinds().count(kind)


def signed(
    raw: bytes, *, at_s: float | None = None, delivery: str = "", secret: str = SECRET
) -> dict[str, str]:
    """The headers of a signed delivery."""
    stamp = str(int(time.time() if at_s is None else at_s))
    digest = hmac.new(secret.encode(), stamp.encode() + b"." + raw, hashlib.sha256).hexdigest()
    headers = {"X-Webhook-Timestamp": stamp, "X-Webhook-Signature-V2": f"sha256={digest}"}
    return headers | ({"X-Webhook-Delivery": delivery} if delivery else {})


@asynccontextmanager
async def listening(
    tmp_path: Path,
    webhooks: Sequence[Webhook],
    *,
    house: House | None = None,
    verify: Any = True,
    **more: Any,
) -> AsyncIterator[Bridge]:
    """The real server on a free port, in front of a real desk."""
    secret_file = tmp_path / "secret"
    if not secret_file.exists():
        secret_file.write_text(SECRET)
    house = house or House()
    house.clock.at = AT
    deliveries = Deliveries(time.monotonic)
    pollers = more.pop("pollers", None)
    routes = [
        Route(
            path=hook.path,
            source=source_of(
                hook, AGENCY, house.desk, house.clock, lambda: house.desk.state, pollers, deliveries
            ),
            door=Door(hook.auth, Secrets(secret_file), now_s=time.time),
        )
        for hook in webhooks
    ]
    app = ListenerApp(routes, house.desk, house.clock, deliveries=deliveries)
    port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    server = HttpsServer(replace(ListenerSettings(port=0), **more), app, on_bound=port.set_result)
    async with running(house.desk):
        task = asyncio.create_task(server.run())
        try:
            async with asyncio.timeout(30):
                scheme = "https" if "certificate_file" in more else "http"
                base = f"{scheme}://127.0.0.1:{await port}"
            async with httpx.AsyncClient(base_url=base, verify=verify, trust_env=False) as client:
                yield Bridge(house, client, secret_file)
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


def hook(kind: str, *, auth: str = "bearer", name: str = "bridge", **more: Any) -> Webhook:
    return Webhook(name=name, kind=kind, path=f"/{name}", auth=auth, secret_file=Path("secret"), **more)


FLOCK_EVENT: Json = {
    "externalId": "26-0002",
    "eventType": "ROBBERY",
    "priority": 1,
    "timestamp": "2026-03-01T11:58:00Z",
    "displayStatus": "DISPATCHED",
    "area": "CENTRAL 2",
    "narratives": ["male in a red hoodie", "left on foot"],
    "location": {
        "name": "PLAID PANTRY", "streetAddress": "100 SW MAIN ST", "city": "RIVERTON", "state": "OR",
        "latitude": 45.52, "longitude": -122.67,
    },
    "dispatchedUnits": [
        {"id": "u1", "displayId": "4A21", "dispatchTime": "2026-03-01T11:59:00Z"},
        {"id": "4A22", "dispatchTime": "2026-03-01T11:59:00Z", "arrivalTime": "2026-03-01T12:00:00Z"},
    ],
    "involvedVehicles": [{"color": "blue", "make": "Honda", "plateNumber": "8ABC123", "plateState": "OR"}],
    "involvedPersons": [{"name": "DOE, J", "age": 30}],
    "callerInfo": {"name": "SMITH", "phoneNumber": "+15035550100"},
}  # fmt: skip

PLATE_HIT: Json = {
    "deviceExternalId": "d-1",
    "deviceName": "BURNSIDE WB",
    "deviceLat": 45.523,
    "deviceLong": -122.66,
    "objectId": "read-1",
    "eventTime": "2026-03-01T12:00:00Z",
    "imageUrl": "https://images.example/1.jpg?sig=abc",
    "ocr": {"label": "8ABC123", "labelConfidence": 0.93, "state": "OR", "stateConfidence": 0.8},
    "sources": [{"name": "NCIC", "reason": "Stolen Vehicle", "caseNumber": "26-77"}],
}
