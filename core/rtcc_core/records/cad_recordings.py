"""`rtcc cad record` and `rtcc cad replay`: what a CAD says, kept raw, and said again to any core."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rtcc_core.domain.text import clean

if TYPE_CHECKING:
    from rtcc_core.adapters.cad_eido import EidoFeedSettings
    from rtcc_core.wire.recording import Replayed

    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

SETTINGS_NAME = "agency.toml"
ANSWERS_WITHIN_S = 10.0
SETTLE_S = 1.0
"""After the last answer, so that whoever looks at the core finds everything there."""


def add_record(verbs: Subparsers) -> None:
    """Register `rtcc cad record`."""
    parser = verbs.add_parser(
        "record",
        help="keep what a CAD sends, frame by frame, in a file",
        description="Subscribes at a CAD beside the core and writes every frame of both directions with its "
        "time, one JSON object on each line, until Ctrl-C. The file holds what callers said: it is made for "
        "its owner's eyes alone, and is to be kept as the journal is.",
    )
    parser.add_argument("cad", metavar="NAME|URL", help="a [[cad]] of agency.toml, or ws://… or wss://…")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="written to its end")
    parser.add_argument("--seconds", type=_positive, metavar="N", help="stop after so long")
    parser.add_argument(
        "--settings",
        type=Path,
        default=Path(SETTINGS_NAME),
        metavar="FILE",
        help=f"the agency's settings (default: {SETTINGS_NAME} in this folder)",
    )
    parser.set_defaults(run=_record)


def add_replay(verbs: Subparsers) -> None:
    """Register `rtcc cad replay`."""
    parser = verbs.add_parser(
        "replay",
        help="be a CAD that says again what was recorded",
        description="Serves a recording as a CAD on this machine, at its own pace or faster; put the address "
        "that it says into [[cad]] url of a core to try. The clock starts with the first subscriber. Ends "
        "when everything was said and answered; exit code 1 where an event was not accepted.",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="a recording of rtcc cad record")
    parser.add_argument(
        "--speed", type=_positive, default=1.0, metavar="N", help="times faster than it was recorded"
    )
    parser.add_argument("--port", type=int, default=0, metavar="PORT", help="0 takes a free one")
    parser.set_defaults(run=_replay)


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0.0 < value < 1e9:
        raise argparse.ArgumentTypeError(f"{clean(text, limit=20)!r} is not a number above 0")
    return value


# --- record -----------------------------------------------------------------------------------------


def _record(arguments: argparse.Namespace) -> int:
    from rtcc_core.adapters.cad_recorder import RecordingFailedError

    try:
        settings = _feed(arguments.cad, arguments.settings)
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(_record_until(settings, arguments.out, arguments.seconds))
    except (LookupError, RecordingFailedError) as error:
        sys.stderr.write(f"rtcc cad record: {error.args[0]}\n")
        return 2
    except OSError as error:
        sys.stderr.write(f"rtcc cad record: {arguments.out} cannot be written: {error.strerror}\n")
        return 2
    return 0


def _feed(name: str, settings_path: Path) -> EidoFeedSettings:
    """What to subscribe to. Raises LookupError, in words."""
    from rtcc_core.adapters.cad_eido import EidoFeedSettings
    from rtcc_core.cad_plan import eido_settings
    from rtcc_core.settings import SettingsError, read_settings

    if name.startswith(("ws://", "wss://")):
        return EidoFeedSettings(name="recording", url=name)
    try:
        settings = read_settings(settings_path)
    except SettingsError as error:
        raise LookupError(f"{settings_path} cannot be used\n{error}") from error
    found = next((cad for cad in settings.cad if cad.name == name), None)
    if found is None:
        names = ", ".join(cad.name for cad in settings.cad) or "none"
        raise LookupError(f"there is no [[cad]] {clean(name)} in {settings_path}; there is: {names}")
    return eido_settings(found, settings)


async def _record_until(settings: EidoFeedSettings, path: Path, seconds: float | None) -> None:
    from rtcc_core.adapters.cad_recorder import CadRecorder
    from rtcc_core.clocks import SystemClock

    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as out:
        recorder = CadRecorder(settings, out, SystemClock(), tell=_tell)
        try:
            async with asyncio.timeout(seconds):
                await recorder.run()
        except TimeoutError:
            pass
        finally:
            _tell(f"{recorder.events} events, {recorder.frames} frames in {path}")


def _tell(words: str) -> None:
    sys.stderr.write(f"{words}\n")
    sys.stderr.flush()


# --- replay -----------------------------------------------------------------------------------------


def _replay(arguments: argparse.Namespace) -> int:
    from rtcc_core.wire.recording import NotARecording, read_recording

    try:
        with arguments.file.open("rb") as file:
            frames = read_recording(file)
        return asyncio.run(_serve(frames, arguments.speed, arguments.port))
    except NotARecording as error:
        sys.stderr.write(f"rtcc cad replay: {arguments.file}: {error}\n")
        return 2
    except OSError as error:
        sys.stderr.write(f"rtcc cad replay: {error}\n")
        return 2


async def _serve(frames: tuple[Replayed, ...], speed: float, port: int) -> int:
    from rtcc_core.adapters.cad_replayer import CadReplayer

    async with CadReplayer(frames, speed=speed, port=port) as cad:
        lasts_s = frames[-1].after_s / speed
        sys.stdout.write(f"{cad.url}\n")
        sys.stdout.flush()
        _tell(f"{len(frames)} frames, {lasts_s:.0f} s; waiting for a subscriber")
        await cad.finished(answers_within_s=ANSWERS_WITHIN_S)
        await asyncio.sleep(SETTLE_S)
        refused = ", ".join(f"{status}" for status in sorted(set(cad.refused.values())))
        more = f"; {len(cad.refused)} answered with {refused}" if refused else ""
        _tell(f"{cad.sent} frames said, {len(cad.acknowledged)} acknowledged{more}")
        return 1 if cad.refused else 0
