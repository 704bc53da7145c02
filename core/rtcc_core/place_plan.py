"""From agency.toml to what stands between the feeds and the desk: street files, and links to be followed."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Sequence

from rtcc_core.adapters.location_fetch import LocationFetcher
from rtcc_core.adapters.place_finding import PlaceFinder
from rtcc_core.domain.facts import Fact
from rtcc_core.ports import FactSink, Places
from rtcc_core.settings import Settings
from rtcc_core.settings_cad import CadFeed


def place_finder(settings: Settings, sink: FactSink, places: Places) -> PlaceFinder:
    """The door of the desk for feeds of calls. It must run beside them where it is to follow links."""
    return PlaceFinder(
        sink,
        streets=places if settings.streets else None,
        fetchers={
            cad.name: LocationFetcher(cad.location_hosts, tls=_tls(cad))
            for cad in settings.cad
            if cad.location_hosts
        },
        near=settings.programme.centre,
    )


class Paper:
    """A sink that only remembers: what the desk would have been told."""

    def __init__(self) -> None:
        self.facts: list[Fact] = []

    async def store(self, facts: Sequence[Fact], *, source: str) -> None:
        """Remember them, in order."""
        self.facts += facts


def place_finder_on_paper(settings: Settings, paper: Paper) -> PlaceFinder:
    """As the running core's for addresses; it reads the street files now, and follows no links."""
    from rtcc_core.commands import streets_of

    streets = streets_of(settings)
    streets.refresh()
    return PlaceFinder(paper, streets=streets if settings.streets else None, near=settings.programme.centre)


def _tls(cad: CadFeed) -> Callable[[], ssl.SSLContext | None]:
    """The certificates of the CAD's own line: who vouches for it vouches for its location servers."""

    def context() -> ssl.SSLContext | None:
        if cad.ca_file is None and cad.certificate_file is None:
            return None
        made = ssl.create_default_context(cafile=cad.ca_file)
        if cad.certificate_file is not None:
            made.load_cert_chain(cad.certificate_file, cad.key_file)
        return made

    return context
