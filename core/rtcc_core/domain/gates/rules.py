"""The gates as data: what each asks, by which rule, of which version, in force since when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import msgspec

from rtcc_core.domain.gates import aircraft, battery, people, place, traffic, weather
from rtcc_core.domain.gates.answer import Answer
from rtcc_core.domain.gates.question import Question

Gate = Callable[[Question], Answer | None]

HOUSE = "this programme's own rule"


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One gate."""

    gate: str
    """Its name, as typed and shown."""
    asks: str
    citation: str = HOUSE
    version: str = "1"
    in_force_since: date | None = None
    """When the rule behind it came into force; None for our own."""
    ask: Gate


PART_107 = date(2016, 8, 29)
PART_107_NIGHT = date(2021, 4, 21)
PART_89_OPERATORS = date(2023, 9, 16)

RULES: tuple[Rule, ...] = (
    Rule(gate="operator", asks="May this person launch?", ask=people.operator_gate),
    Rule(
        gate="load", asks="How many aircraft has this person?", ask=people.load_gate,
        citation="14 CFR 107.35", in_force_since=PART_107,
    ),
    Rule(
        gate="recency", asks="Is the person's knowledge current?", ask=people.recency_gate,
        citation="14 CFR 107.65", version="2021-04-06", in_force_since=PART_107_NIGHT,
    ),
    Rule(gate="shift", asks="Is the person on shift?", ask=people.shift_gate),
    Rule(
        gate="link", asks="Is the aircraft heard now, and alone on its number?", ask=aircraft.link_gate,
        citation="14 CFR 107.49(a)(3)", in_force_since=PART_107,
    ),
    Rule(
        gate="position", asks="Does it know where it is?", ask=aircraft.position_gate,
        citation="14 CFR 107.49(a)(3)", in_force_since=PART_107,
    ),
    Rule(
        gate="ready", asks="Do its own checks let it arm?", ask=aircraft.ready_gate,
        citation="14 CFR 107.15(a)", in_force_since=PART_107,
    ),
    Rule(gate="free", asks="Has it no other flight?", ask=aircraft.free_gate),
    Rule(
        gate="service", asks="Is it in service and not due for inspection?", ask=aircraft.service_gate,
        citation="14 CFR 107.15(b)", in_force_since=PART_107,
    ),
    Rule(
        gate="remote-id", asks="Does Remote ID say it may take off?", ask=aircraft.remote_id_gate,
        citation="14 CFR 89.105, 89.110", in_force_since=PART_89_OPERATORS,
    ),
    Rule(gate="target", asks="Is there a place to fly to?", ask=place.target_gate),
    Rule(gate="range", asks="Is it near enough?", ask=place.range_gate),
    Rule(
        gate="height", asks="Is it low enough, and above the ground?", ask=place.height_gate,
        citation="14 CFR 107.51(b)", in_force_since=PART_107,
    ),
    Rule(
        gate="airspace", asks="Is there a way inside fences and ceilings?", ask=place.airspace_gate,
        citation="14 CFR 107.41, 107.45, 107.47", in_force_since=PART_107,
    ),
    Rule(
        gate="traffic", asks="Is nobody flying where it climbs?", ask=traffic.traffic_gate,
        citation="14 CFR 107.37(a); ASTM F3442", in_force_since=PART_107,
    ),
    Rule(gate="wind", asks="Is the wind within its limit?", ask=weather.wind_gate),
    Rule(
        gate="visibility", asks="Can one see far enough, and is the cloud high enough?",
        ask=weather.visibility_gate, citation="14 CFR 107.51(c), (d)", in_force_since=PART_107,
    ),
    Rule(
        gate="night", asks="Is it day, or night with all it needs?", ask=weather.night_gate,
        citation="14 CFR 107.29", version="2021-04-21", in_force_since=PART_107_NIGHT,
    ),
    Rule(
        gate="battery", asks="Does it come home with its reserve?", ask=battery.battery_gate,
        citation="14 CFR 107.49(a)(4)", in_force_since=PART_107,
    ),
)  # fmt: skip
"""In the order a pilot would read them."""
