"""`rtcc doctor --settings FILE`: what people need to open and unlock a console, and the map they see."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from rtcc_core.adapters.pin_book import PinBook, PinError
from rtcc_core.adapters.unix_socket import closed_folder
from rtcc_core.doctor_findings import Finding, Grade
from rtcc_core.domain.text import clean

if TYPE_CHECKING:
    from rtcc_core.settings import Settings


def console_findings(settings: Settings, socket: Path) -> Iterator[Finding]:
    """Everything about the consoles; `socket` is where they connect."""
    yield from check_group(settings, socket)
    yield from check_pins(settings)
    yield from check_map(settings)


def check_group(settings: Settings, socket: Path) -> Iterator[Finding]:
    """The members of [console] group reach the socket."""
    group = settings.console_group
    if group is None:
        return
    closed = closed_folder(socket, group)
    if closed is None:
        yield Finding(Grade.OK, "group", f"who is in {group} may open a console at {socket}")
        return
    said = f"nobody of {group} can open a console: {closed} is closed to them"
    yield Finding(Grade.FAIL, "group", said, f"Give it to them (chgrp {group} {closed}; chmod g+x {closed})")


def check_pins(settings: Settings) -> Iterator[Finding]:
    """The PINs that unlock screens can be read, and who has none."""
    if settings.pin_file is None:
        return
    book = PinBook(settings.pin_file)
    try:
        without = [person.account for person in settings.people if not book.has(person.account)]
    except PinError as error:
        yield Finding(Grade.WARN, "pins", clean(str(error)), "Until then only a new login unlocks a screen")
        return
    if without:
        said = f"no PIN for {clean(', '.join(without))}: only a new login unlocks their screen"
        yield Finding(Grade.WARN, "pins", said, "Set one: rtcc admin pin ACCOUNT, as the core's account")
    else:
        yield Finding(Grade.OK, "pins", f"all of [[person]] have one in {settings.pin_file}")


def check_map(settings: Settings) -> Iterator[Finding]:
    """The imported map can be shown."""
    if settings.map_file is None:
        return
    from rtcc_core.adapters.map_files import MapFileUnusable, read_map

    try:
        sheet = read_map(settings.map_file)
    except MapFileUnusable as error:
        yield Finding(
            Grade.WARN, "map", clean(str(error)), "Until then consoles show distance rings: rtcc map import"
        )
        return
    yield Finding(Grade.OK, "map", f"{len(sheet):,} lines in {settings.map_file}")
