"""When a fault of a scenario may come: what it waits for besides the drill's clock."""

from __future__ import annotations

from rtcc_sitl.hangar import Hangar
from rtcc_sitl.scenario_tables import FaultTable


def may_strike(table: FaultTable, hangar: Hangar, *, before_s: float) -> bool:
    """False while a fault waits for its aircraft; `before_s`: when the fault of it before this one struck.

    Counted in simulated seconds, as the aircraft counts: on a machine that stalls these fall behind the
    drill's clock, and what is to fail in flight must not fail on the pad. Aircraft that are not in the hangar
    are waited for by nobody.
    """
    if table.after_s is not None and hangar.clock.elapsed_s < before_s + table.after_s:
        return False
    if table.flying_s is None:
        return True
    named = (vehicle.state for vehicle in hangar if vehicle.spec.callsign == table.drone)
    return all(0.0 < state.flying_s >= table.flying_s for state in named)
