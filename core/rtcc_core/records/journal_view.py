"""The journal in words: one line for each event, and which events belong to a call or a flight."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

import msgspec

from rtcc_core.domain.alert import AlertReport
from rtcc_core.domain.call import CallReport
from rtcc_core.domain.events import (
    AdviceGiven,
    AirspaceAdopted,
    AlarmShelved,
    AlarmUnshelved,
    AlertReceived,
    AlertRetracted,
    AlertUpdated,
    AssetsAdopted,
    CallReceived,
    CallUpdated,
    CommandRefused,
    ConsoleLockChanged,
    CoreStarted,
    EvidenceHeld,
    FlightClosed,
    FlightOpened,
    JournalGapClosed,
    LinkLost,
    MessageQuarantined,
    NoteAdded,
    OrderAsked,
    OverwatchHandedOver,
    Stored,
    SuggestionMade,
    TrafficAlerted,
    WayChosen,
    WeatherObserved,
)
from rtcc_core.domain.flight import GateResult, Order, Verdict
from rtcc_core.domain.geo import LatLon
from rtcc_core.domain.text import clean
from rtcc_core.wire.ledger import LedgerError, Row, decode_row, from_ms

WORDS_MAX = 1_000
"""Characters of one event's line; the whole of it is in `--json`."""

_NAMES_A_FLIGHT = ("flight_id", "from_flight", "to_flight", "relieves")


class Selection:
    """Which events belong to one call or one flight. Events must be shown to it in order."""

    def __init__(self, *, call: str | None = None, flight: str | None = None) -> None:
        self._call = call
        self._flights = {flight} if flight else set()
        self._orders: set[str] = set()
        self._takes_all = not call and not flight

    def wants(self, stored: Stored) -> bool:
        if self._takes_all:
            return True
        event = stored.event
        if isinstance(event, FlightOpened) and event.call_id == self._call:
            self._flights.add(event.flight_id)
        if isinstance(event, OrderAsked) and event.order.flight_id in self._flights:
            self._orders.add(event.order.order_id)
            return True
        if isinstance(event, AdviceGiven):
            return event.advice.call_id == self._call
        if getattr(event, "order_id", None) in self._orders:
            return True
        if any(getattr(event, name, None) in self._flights for name in _NAMES_A_FLIGHT):
            return True
        return self._call is not None and getattr(event, "call_id", None) == self._call


def line(row: Row, stored: Stored | None) -> str:
    """`   12  2026-03-01T18:00:00.123Z  dispatcher   CallTaken  …`; every text of it cleaned."""
    words = in_words(stored) if stored else "(not readable by this version; see --json)"
    operator = clean(row.operator, limit=24)
    return (
        f"{row.seq:>6}  {stamp(row.at_ms)}  {operator:<14} {clean(row.kind, limit=24):<18} {words}".rstrip()
    )


def json_line(row: Row) -> str:
    """The whole event as one line of JSON, in ASCII, so that no terminal can be tricked by it."""
    try:
        body: object = json.loads(row.body)
    except ValueError:
        body = row.body
    whole = {
        "seq": row.seq, "at": stamp(row.at_ms), "kind": row.kind, "operator": row.operator,
        "cause": row.cause, "event": body, "prev_hash": row.prev_hash, "hash": row.hash,
    }  # fmt: skip
    return json.dumps(whole, ensure_ascii=True)


def stamp(at_ms: int) -> str:
    """UTC, ISO 8601, milliseconds; the bare number where it is no time."""
    try:
        return from_ms(at_ms).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at_ms % 1000:03d}Z"
    except LedgerError:
        return f"{at_ms} ms"


def decoded(row: Row) -> Stored | None:
    """The event; None where this version cannot read it."""
    try:
        return decode_row(row)
    except LedgerError:
        return None


def in_words(stored: Stored) -> str:
    """What happened, in one cleaned line."""
    words = _special(stored) or _fields(stored.event)
    return clean(f"{words} <- {stored.cause}" if stored.cause else words, limit=WORDS_MAX)


def _special(stored: Stored) -> str:
    """Events whose fields hold more than a line can say."""
    match stored.event:
        case CallReceived() as event:
            return f"call {event.call_id}: {_report(event.report)}"
        case CallUpdated() as event:
            return f"call {event.call_id}: {', '.join(event.changes) or 'no visible change'}"
        case NoteAdded() as event:
            return f"call {event.call_id}: {event.note.author}: {event.note.text}"
        case MessageQuarantined() as event:
            size = len(event.original.encode("utf-8", "surrogatepass"))
            return f"{event.quarantine_id} from {event.feed}: {event.reason} ({size:,} bytes kept)"
        case OrderAsked(order=order):
            return _order(order)
        case FlightOpened() as event:
            why = f"; override: {event.override_reason}" if event.override_reason else ""
            why += f"; not set up: {', '.join(event.unchecked)}" if event.unchecked else ""
            return (
                f"flight {event.flight_id}: {event.drone} to call {event.call_id}{_gates(event.gates)}{why}"
            )
        case FlightClosed() as event:
            seal = event.track_sha256[:12] or "no seal"
            return f"flight {event.flight_id}: {event.drone}, {event.track_samples} track samples, {seal}"
        case _:
            return _of_flights(stored)


def _of_flights(stored: Stored) -> str:
    match stored.event:
        case WayChosen(way=way) as event:
            around = f", around {', '.join(way.goes_around)}" if way.goes_around else ""
            where = f" to {way.site}" if way.site else ""
            points = f"{len(way.points)} points" if len(way.points) > 1 else "straight"
            flown = f"{way.leg.value}{where} at {way.height_m:.0f} m, {points}{around}"
            return f"flight {event.flight_id}: {event.drone} {flown}"
        case SuggestionMade(suggestion=suggestion):
            return f"{suggestion.suggestion_id}: {suggestion.text}"
        case LinkLost() as event:
            return f"{event.drone}: {event.failsafe}"
        case EvidenceHeld() as event:
            return f"{event.drone}, flight {event.flight_id}: its last telemetry, whole; {event.reason}"
        case TrafficAlerted() as event:
            return f"{event.drone}: {event.text}"
        case OverwatchHandedOver() as event:
            return f"call {event.call_id}: {event.to_flight} watches, {event.from_flight} is free to leave"
        case AdviceGiven(advice=advice):
            ranked = "; ".join(f"{each.drone}: {each.why}" for each in advice.candidates)
            return f"call {advice.call_id}: {ranked or 'no aircraft'}"
        case _:
            return _of_alarms(stored)


def _of_alarms(stored: Stored) -> str:
    match stored.event:
        case AlarmShelved() as event:
            return f"{event.alarm_id} by {event.account} until {_text(event.until)}: {event.reason}"
        case AlarmUnshelved() as event:
            return f"{event.alarm_id} by {event.account}: {event.reason}"
        case AlertReceived() as event:
            return f"alert {event.alert_id}: {_alert(event.report)}"
        case AlertUpdated() as event:
            return f"alert {event.alert_id}: {', '.join(event.changes) or 'no visible change'}"
        case AlertRetracted() as event:
            return f"alert {event.alert_id}: {event.report.source} took it back: {event.reason}"
        case _:
            return _of_the_house(stored)


def _of_the_house(stored: Stored) -> str:
    match stored.event:
        case AirspaceAdopted(airspace=airspace):
            files = ", ".join(source.name for source in airspace.sources)
            wrong = f"; {'; '.join(airspace.problems)}" if airspace.problems else ""
            return f"{len(airspace.volumes)} volumes from {files or 'no file'}{wrong}"
        case AssetsAdopted(assets=assets):
            wrong = f"; {'; '.join(assets.problems)}" if assets.problems else ""
            return f"{len(assets.items)} cameras, readers, sensors and posts{wrong}"
        case ConsoleLockChanged() as event:
            why = f": {event.reason}" if event.reason else ""
            return f"screen of {event.account} {event.step.value}{why}"
        case CoreStarted() as event:
            drill = " DRILL" if event.programme.is_drill else ""
            fleet = ", ".join(drone.callsign for drone in event.drones)
            gone = f"; {event.volumes_dropped} volumes of airspace are gone" if event.volumes_dropped else ""
            return f"{event.programme.agency}{drill}: rtcc {event.version}, fleet {fleet}{gone}"
        case CommandRefused() as event:
            about = " ".join(part for part in (event.command, event.drone, event.call_id) if part)
            return f"{about}: {'; '.join(event.reasons)}"
        case JournalGapClosed() as event:
            orders = "; ".join(_order(order) for order in event.orders) or "no orders"
            return f"nothing was written since {_text(event.since)}: {event.reason}; meanwhile {orders}"
        case WeatherObserved() as event:
            gust = f", gusts {round(event.gust_m_s, 1):g}" if event.gust_m_s is not None else ""
            side = "variable" if event.is_variable else f"from {event.wind_from_deg:03.0f}"
            wind = f"{round(event.wind_speed_m_s, 1):g} m/s {side}{gust}"
            qnh = f", QNH {event.qnh_hpa:.0f} hPa" if event.qnh_hpa is not None else ""
            return f"wind {wind}{qnh} at {_text(event.observed_at)}, {event.source}"
        case _:
            return ""


def _report(report: CallReport) -> str:
    priority = f"P{report.priority}" if report.priority is not None else "P?"
    where = report.place.address or _text(report.place.position)
    warnings = f" (tolerated: {', '.join(report.warnings)})" if report.warnings else ""
    return f"{priority} {report.type_text or report.type_code or 'UNKNOWN TYPE'} at {where}{warnings}"


def _alert(report: AlertReport) -> str:
    where = report.place.address or _text(report.place.position)
    sure = f", {report.confidence:.0%} sure" if report.confidence is not None else ""
    reason = f", {report.reason}" if report.reason else ""
    return f"{report.kind.value} {report.title} at {where} from {report.source}{sure}{reason}"


def _order(order: Order) -> str:
    at = f" at {order.target}" if order.target else ""
    return f"{order.drone} {order.verb.value}{at} ({order.order_id}) by {order.operator}"


def _gates(gates: Sequence[GateResult]) -> str:
    open_questions = [
        f"{gate.gate} {gate.verdict.value}" for gate in gates if gate.verdict is not Verdict.PASS
    ]
    return f" ({', '.join(open_questions)})" if open_questions else ""


def _fields(event: msgspec.Struct) -> str:
    """`drone=D1 phase=on scene`: every field that says something."""
    values = ((name, getattr(event, name)) for name in event.__struct_fields__)
    return " ".join(f"{name}={_text(value)}" for name, value in values if value not in (None, "", ()))


def _text(value: object) -> str:
    if value is None:
        return "an unknown place"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, tuple):
        return ", ".join(_text(each) for each in value)
    if isinstance(value, LatLon):
        return f"({value})"
    return str(value)
