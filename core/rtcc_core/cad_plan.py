"""From agency.toml to EIDO conveyance both ways: what we subscribe to, and who may subscribe to us."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC
from pathlib import Path
from zoneinfo import ZoneInfo

from rtcc_core.adapters.cad_eido import EidoFeed, EidoFeedSettings, by_line
from rtcc_core.adapters.eido_notifier import EidoNotifier
from rtcc_core.ports import CallFeed, Clock, FactSink, Look, Teller
from rtcc_core.settings import Settings
from rtcc_core.settings_cad import CadFeed
from rtcc_core.wire.conveyance import About
from rtcc_core.wire.eido import Tables


def eido_feeds(settings: Settings, sink: FactSink, clock: Clock) -> list[CallFeed]:
    """One for each socket. Raises ValueError, in words, for settings that do not go together."""
    each = [eido_settings(cad, settings) for cad in settings.cad]
    return [EidoFeed(line, sink, jitter=random.Random(), clock=clock) for line in by_line(each)]


def eido_settings(cad: CadFeed, settings: Settings) -> EidoFeedSettings:
    """One [[cad]] as its adapter takes it."""

    def text(path: Path | None) -> str | None:
        return str(path) if path else None

    return EidoFeedSettings(
        name=cad.name,
        url=cad.url,
        about=About(cad.subscribes_to),
        incident_id=cad.incident_id,
        unit_id=cad.unit_id,
        qual_filter=cad.filter,
        min_rate_s=round(cad.min_rate_s),
        max_rate_s=cad.max_rate_s,
        expires_s=cad.expires_s,
        ca_file=text(cad.ca_file),
        cert_file=text(cad.certificate_file),
        key_file=text(cad.key_file),
        near=settings.programme.centre,
        zone=UTC if settings.time_zone == "UTC" else ZoneInfo(settings.time_zone),
        tables=Tables(
            types=cad.types,
            statuses=cad.statuses,
            unit_statuses=cad.unit_statuses,
            priorities=cad.priorities,
        ),
    )


def notifiers(settings: Settings, look: Look, sink: FactSink, clock: Clock) -> Sequence[Teller]:
    """The door for other consoles and CADs, where [notifier] opens one."""
    if settings.notifier is None:
        return ()
    agency = settings.programme.agency
    return (EidoNotifier(settings.notifier, look, sink, clock, agency_name=agency),)
