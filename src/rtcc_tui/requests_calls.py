"""What is asked of calls and alerts, in a dispatcher's words."""

from __future__ import annotations

from rtcc_core.domain import commands as cmd
from rtcc_core.domain.commands import AnyCommand


def call_words(command: AnyCommand) -> str:
    """The words of a request about a call or an alert; empty for others."""
    match command:
        case cmd.OpenCall():
            return _opened(command)
        case cmd.PlaceCall():
            return _placed(command)
        case cmd.ConfirmPlace():
            return f"confirm the place of {command.call_id}"
        case cmd.MergeCalls():
            return f"merge {command.call_id} into {command.into}; no aircraft is ordered anything by it"
        case cmd.SplitCalls():
            return f"split {command.call_id} off again"
        case cmd.CloseCall():
            return f"close {command.call_id}: {command.reason}"
        case cmd.CloseCalls():
            return f"close all that {command.feed} lists no longer: {command.reason}"
        case cmd.MakeCall():
            return f"make {command.alert_id} a call"
        case cmd.AttachAlert():
            return f"attach {command.alert_id} to {command.call_id}"
        case cmd.DismissAlert():
            return f"dismiss {command.alert_id}: {command.reason}"
        case _:
            return ""


def _opened(command: cmd.OpenCall) -> str:
    what = command.call_type or command.text or "a call"
    rank = f" P{command.priority}" if command.priority is not None else ""
    return f"new call{rank}: {what}, at {_where(command)}"


def _placed(command: cmd.PlaceCall) -> str:
    if command.position is None:
        return f"place {command.call_id} where CAD says"
    return f"place {command.call_id} at {_where(command)}"


def _where(command: cmd.OpenCall | cmd.PlaceCall) -> str:
    """`9260 Elk Park Dr (38.42000 -121.42000, INTERPOLATED)`; what has no position says so."""
    if command.position is None:
        return f"{command.label or 'an unknown place'} WITHOUT A POSITION: no aircraft can be sent yet"
    found = f"{command.position}, {command.found_by or 'by hand'}"
    return f"{command.label} ({found})" if command.label else found
