"""`rtcc console`: options in, exit code out; Textual is imported only when the full screen is wanted."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from rtcc_core.adapters.running_drills import running_drills, runtime_folder
from rtcc_tui.glyphs import GLYPH_NAMES
from rtcc_tui.looks import THEME_NAMES


class Subparsers(Protocol):
    """What `argparse.ArgumentParser.add_subparsers` returns, as far as this needs it."""

    def add_parser(self, name: str, *, help: str, description: str) -> argparse.ArgumentParser: ...  # noqa: A002


def default_socket() -> Path:
    """RTCC_SOCKET, else the core's place in the runtime directory, else one per user under /tmp."""
    return Path(os.environ.get("RTCC_SOCKET") or runtime_folder() / "core.sock")


def where_to(named: Path | None) -> tuple[Path, str]:
    """The socket to join, and a word about it: the one that is named, the house's own, else the newest drill.

    Where the house's core runs, or ran and left its socket, a drill is never joined unasked.
    """
    socket = named or default_socket()
    if named is not None or "RTCC_SOCKET" in os.environ:
        return socket, ""
    drills = running_drills()
    is_usual = socket.exists()
    if is_usual or not drills:
        return socket, _others([f"the drill {each.name} with --socket {each.socket_path}" for each in drills])
    others = _others([f"{each.name} with --socket {each.socket_path}" for each in drills[1:]])
    which = (
        f"the newest of {len(drills)} drills, {drills[0].name}" if others else f"the drill {drills[0].name}"
    )
    return Path(drills[0].socket_path), f"this is {which}" + (f"; {others}" if others else "")


def _others(doors: list[str]) -> str:
    return f"there is also {', and '.join(doors)}" if doors else ""


def add(subparsers: Subparsers) -> None:
    """Register `rtcc console`."""
    parser = subparsers.add_parser(
        "console",
        help="open the dispatch console on a running core",
        description="The dispatch console: calls, the recommended aircraft, the fleet and a command line. "
        "It is a client of a core that is already running (`rtcc core`); `rtcc drill` starts both.",
    )
    parser.add_argument(
        "--socket",
        type=Path,
        default=None,
        help="the core's socket (default: RTCC_SOCKET, else the core here, else the drill that you run)",
    )
    parser.add_argument(
        "--plain",
        action="store_true",
        help="line mode, for screen readers, serial lines and scripts: one line per event; "
        "exit code 0: everything was done, 1: something was not, 2: no core (docs/plain.md)",
    )
    parser.add_argument("--yes", action="store_true", help="with --plain: flight verbs act without `go`")
    parser.add_argument(
        "--glyphs",
        choices=GLYPH_NAMES,
        default=None,
        help="drawing characters (default: as the terminal can)",
    )
    parser.add_argument(
        "--theme",
        choices=THEME_NAMES,
        default=None,
        help="colours (default: night, 16 where the terminal has sixteen, mono where NO_COLOR is set)",
    )
    parser.add_argument(
        "--mouse",
        action="store_true",
        help="ask the terminal for the mouse's wheel and clicks; its own copying then needs Shift",
    )
    parser.add_argument("--no-bell", action="store_true", help="never ring the terminal's bell")
    parser.add_argument(
        "--leaving-note",
        default="",
        metavar="WORDS",
        help="what leaving means while aircraft are out, said when a person leaves (`rtcc drill` sets it)",
    )
    parser.add_argument("--keys", action="store_true", help="print every key and verb as shipped, and leave")
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    if args.keys:
        from rtcc_tui.key_table import key_table

        sys.stdout.write(key_table())
        return 0
    socket, remark = where_to(args.socket)
    if remark:
        sys.stderr.write(f"rtcc console: {remark}\n")
    return run_console(
        socket,
        plain=args.plain,
        assume_yes=args.yes,
        glyphs=args.glyphs,
        theme=args.theme,
        has_mouse=args.mouse,
        has_bell=not args.no_bell,
        leaving_note=args.leaving_note,
        remark=remark,
    )


def run_console(
    socket_path: Path,
    *,
    plain: bool = False,
    assume_yes: bool = False,
    glyphs: str | None = None,
    theme: str | None = None,
    has_mouse: bool = False,
    has_bell: bool = True,
    leaving_note: str = "",
    remark: str = "",
) -> int:
    """Run a console in the foreground until the person leaves; `remark` is the first thing it says.

    `leaving_note` ends the sentence that asks whether to leave while aircraft are out, for a caller that
    stops them with it (`rtcc drill`). Returns 0; 1 where something of a plain session was refused, unknown or
    not understood; 2 where this terminal cannot show the full screen (a word on standard error says why), or
    a script of the line mode found no core.
    """
    if plain:
        from rtcc_tui.plain_run import run_plain

        return run_plain(socket_path, assume_yes=assume_yes, leaving_note=leaving_note)
    from rtcc_tui.terminal import UnfitTerminal, prepare_environment, probe, speak_utf8

    try:
        # What draws is loaded while the terminal answers; Textual only then: it reads what was found out.
        terminal = probe(
            glyphs=glyphs, theme=theme, meanwhile=lambda: importlib.import_module("rtcc_tui.screenful")
        )
    except UnfitTerminal as error:
        sys.stderr.write(f"rtcc console: {error}\n")
        return 2
    if remark:
        terminal = replace(terminal, remark="; ".join(part for part in (remark, terminal.remark) if part))
    prepare_environment(terminal)
    if not terminal.glyphs.is_ascii:
        speak_utf8()
    from rtcc_tui.app import run_app

    return run_app(socket_path, terminal, has_bell=has_bell, has_mouse=has_mouse, leaving_note=leaving_note)
