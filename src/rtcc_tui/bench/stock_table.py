"""The console's load drawn with stock Textual: two `DataTable`s on the same socket, for `rtcc bench console`.

Written as Textual's documentation teaches it, with care: a cell is updated only where its text changed, rows
are added and removed as calls come and go, no column is re-measured. Everything else is Textual's own.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from textual.app import App, ComposeResult
from textual.widgets import DataTable, Static

from rtcc_core.domain.call import Call
from rtcc_core.wire.console import FromCore
from rtcc_tui.connection import Connection
from rtcc_tui.model import ConsoleModel
from rtcc_tui.words import clock, height_words, percent, short_age, since, speed_words

CLIENT = "rtcc bench stock table"
CALLS = {"P": 3, "CALL": 8, "AGE": 6, "TYPE": 24, "WHERE": 34, "DRONE": 24}
FLEET = {"CRAFT": 6, "SITE": 8, "PHASE": 12, "FOR": 6, "HEIGHT": 8, "SPEED": 8, "BATT": 6, "LINK": 6}
"""Columns and their cells."""

Rows = Mapping[str, tuple[str, ...]]
"""What the cells say, by the row's key."""


class StockTable(App[None]):
    """Calls above, aircraft below."""

    CSS = """
    #calls { height: 1fr; }
    #fleet { height: 12; }
    Static { height: 1; }
    """

    def __init__(self, socket_path: Path, *, every_s: float) -> None:
        super().__init__()
        self._line = Connection(socket_path, client=CLIENT)
        self._every_s = every_s
        self._model = ConsoleModel()
        self._shown: dict[str, Rows] = {"calls": {}, "fleet": {}}
        self._drawn_s = 0.0

    def compose(self) -> ComposeResult:
        yield Static(id="top")
        yield DataTable[str](id="calls", cursor_type="row")
        yield DataTable[str](id="fleet", cursor_type="none")
        yield Static(id="selected")

    def on_mount(self) -> None:
        for name, columns in (("calls", CALLS), ("fleet", FLEET)):
            table = self._table(name)
            for label, width in columns.items():
                table.add_column(label, key=label, width=width)
        self._table("calls").focus()
        self.run_worker(self._line.run(self), name="core")

    def on_data_table_row_highlighted(self, event: DataTable.RowHighlighted) -> None:
        if event.data_table.id == "calls":
            self.query_one("#selected", Static).update(f"SELECTED {event.row_key.value}")

    # --- what the core says -----------------------------------------------------------------------

    def received(self, message: FromCore) -> None:
        """Draw what it changed, at once or at the next turn of `every_s`."""
        now = time.monotonic()
        self._model = self._model.received(message, now)
        if self._model.has_gap:
            self._line.restart()
        if now - self._drawn_s >= self._every_s:
            self._drawn_s = now
            self._draw(now)

    def lost(self, reason: str) -> None:
        """The core is gone."""
        self.query_one("#top", Static).update(f"NO CORE: {reason}", layout=False)

    def _draw(self, now: float) -> None:
        model = self._model
        at = model.core_now(now)
        calls = model.queue()
        is_open = sum(call.is_open for call in calls)
        top = f"CALLS {is_open} open   {clock(at) if at else ''}"
        self.query_one("#top", Static).update(top, layout=False)
        self._show("fleet", {drone: self._aircraft(drone, now) for drone in model.state.drones}, FLEET)
        self._show("calls", {call.call_id: self._call(call, now) for call in calls}, CALLS)

    def _call(self, call: Call, now: float) -> tuple[str, ...]:
        at = self._model.core_now(now)
        crews = self._model.crews(call.call_id)
        drone = f"{crews[0].drone} {crews[0].phase.value}" if crews else "none yet"
        age = since(call.received_at, at) if at else "?"
        place = call.place.address
        return str(call.report.priority or "?"), call.call_id, age, call.title, place, drone

    def _aircraft(self, drone: str, now: float) -> tuple[str, ...]:
        seen, flight = self._model.seen(drone, now), self._model.state.flight_of(drone)
        return (
            drone,
            self._model.state.drones[drone].site,
            flight.phase.value if flight else "ready",
            flight.call_id if flight else "",
            "?" if seen.height_m is None else height_words(seen.height_m),
            "?" if seen.ground_speed_m_s is None else speed_words(seen.ground_speed_m_s),
            "?" if seen.battery_fraction is None else percent(seen.battery_fraction),
            "?" if seen.link_age_s is None else short_age(seen.link_age_s),
        )

    # --- the tables -------------------------------------------------------------------------------

    def _table(self, name: str) -> DataTable[str]:
        table: DataTable[str] = self.query_one(f"#{name}", DataTable)
        return table

    def _show(self, name: str, rows: Rows, columns: Mapping[str, int]) -> None:
        table, before = self._table(name), self._shown[name]
        for key in before.keys() - rows.keys():
            table.remove_row(key)
        new = [key for key in rows if key not in before]
        for key in new:
            table.add_row(*rows[key], key=key)
        for key, cells in rows.items():
            was = before.get(key, cells)
            for label, old, text in zip(columns, was, cells, strict=False):
                if text != old:
                    table.update_cell(key, label, text)
        if new and name == "calls":
            # The queue's own order, which `rows` stands in: most urgent first, then oldest.
            place = {call_id: index for index, call_id in enumerate(rows)}
            table.sort("CALL", key=place.__getitem__)
        self._shown[name] = rows


def main() -> int:
    """Show it until the terminal goes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--socket", type=Path, required=True)
    parser.add_argument("--every", type=float, default=0.0, help="seconds between two drawings; 0: as told")
    arguments = parser.parse_args()
    StockTable(arguments.socket, every_s=arguments.every).run(mouse=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
