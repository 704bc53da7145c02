"""From agency.toml to the feeds that others push to: the listener, its sources, and TicketsCAD's poller."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from rtcc_core.adapters.https_listener import ListenerApp, Route
from rtcc_core.adapters.https_server import HttpsServer, ListenerSettings
from rtcc_core.adapters.push_auth import Door, Secrets
from rtcc_core.adapters.push_memory import Deliveries, Said
from rtcc_core.adapters.push_request import PushSource
from rtcc_core.adapters.push_sources import (
    Active911Source,
    FlockSource,
    MappedSource,
    TicketsCadSource,
)
from rtcc_core.adapters.ticketscad import TicketsCad
from rtcc_core.adapters.ticketscad_api import TicketsCadApi
from rtcc_core.domain.alert import AlertReport
from rtcc_core.domain.call import CallReport, call_key
from rtcc_core.domain.state import State
from rtcc_core.ports import CallFeed, Clock, FactSink
from rtcc_core.settings import Settings
from rtcc_core.settings_push import Webhook
from rtcc_core.wire.mapping import folded
from rtcc_core.wire.push_values import Around

Recall = Callable[[], State]


def push_feeds(settings: Settings, sink: FactSink, clock: Clock, recall: Recall = State) -> list[CallFeed]:
    """The feeds to run. `recall` is what the house knows, for senders that speak of what they said before.

    Raises OSError and ValueError, in words, for a secret or certificate that cannot be used.
    """
    pollers = {
        server.name: TicketsCad(
            _around(settings, server.name, server.time_zone),
            sink,
            said_of(server.name, recall),
            clock=clock,
            api=TicketsCadApi(server.url, server.token_file, ca_file=server.ca_file),
            poll_every_s=server.poll_every_s,
        )
        for server in settings.ticketscad
    }
    feeds: list[CallFeed] = list(pollers.values())
    if settings.listener is not None and settings.webhooks:
        feeds.append(_listener(settings, sink, clock, recall, pollers))
    return feeds


def _listener(
    settings: Settings, sink: FactSink, clock: Clock, recall: Recall, pollers: Mapping[str, TicketsCad]
) -> HttpsServer:
    assert settings.listener is not None
    deliveries = Deliveries(time.monotonic)
    routes = [
        Route(
            path=webhook.path,
            source=source_of(webhook, settings, sink, clock, recall, pollers, deliveries),
            door=_door(webhook),
            silent_after_s=webhook.silent_after_min * 60 if webhook.silent_after_min else None,
        )
        for webhook in settings.webhooks
    ]
    app = ListenerApp(routes, sink, clock, deliveries=deliveries)
    listener = settings.listener
    return HttpsServer(
        ListenerSettings(
            address=listener.address,
            port=listener.port,
            certificate_file=listener.certificate_file,
            key_file=listener.key_file,
        ),
        app,
    )


def _door(webhook: Webhook) -> Door:
    try:
        return Door(webhook.auth, Secrets(webhook.secret_file), now_s=time.time)
    except ValueError as error:
        raise OSError(f"[[webhook]] {webhook.name}: {webhook.secret_file}: {error}") from error


def source_of(
    webhook: Webhook,
    settings: Settings,
    sink: FactSink,
    clock: Clock,
    recall: Recall = State,
    pollers: Mapping[str, TicketsCad] | None = None,
    deliveries: Deliveries | None = None,
) -> PushSource:
    """One sender of agency.toml, without its door."""
    around = _around(settings, webhook.name, webhook.time_zone)
    said = said_of(webhook.name, recall)
    kept = deliveries or Deliveries(time.monotonic)
    match webhook.kind:
        case "flock":
            return FlockSource(around, sink, said, kept)
        case "active911":
            priorities = {folded(key): value for key, value in webhook.priorities.items()}
            return Active911Source(around, sink, said, kept, priorities=priorities)
        case "ticketscad":
            feed = (pollers or {}).get(webhook.name) or TicketsCad(around, sink, said, clock=clock)
            return TicketsCadSource(around, sink, said, kept, feed=feed)
        case _:
            return MappedSource(around, sink, said, kept, mapping=webhook.mapping())


def said_of(feed: str, recall: Recall) -> Said:
    """A feed's memory, with the house's behind it."""

    def call(name: str, uid: str) -> CallReport | None:
        state = recall()
        known = state.calls.get(state.call_by_uid.get(call_key(name, uid), ""))
        view = known.view_of(name) if known else None
        return view if view is not None and view.incident_uid == uid else None

    def alert(name: str, uid: str) -> AlertReport | None:
        reports = (each.report for each in recall().alerts.values())
        return next((each for each in reports if each.source == name and each.alert_uid == uid), None)

    return Said(feed, call, alert)


def _around(settings: Settings, name: str, zone: str | None) -> Around:
    return Around(
        feed=name,
        received_at=datetime.min.replace(tzinfo=UTC),  # each request brings its own
        near=settings.programme.centre,
        zone=ZoneInfo(zone or settings.time_zone),
    )
