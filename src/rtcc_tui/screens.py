"""The screens beside dispatch: what each keeps while another one is shown."""

from __future__ import annotations

from dataclasses import dataclass, field

from rtcc_core.domain.drill_note import DrillNote
from rtcc_tui.arrivals import Arrivals
from rtcc_tui.locking import LockScreen
from rtcc_tui.looks import Looks
from rtcc_tui.queueing import QueueLook
from rtcc_tui.screen_age import ScreenAge

DRILL_ASKED_EVERY_S = 2.0
"""How often the drill screen asks how the objectives stand (real seconds)."""


@dataclass(slots=True)
class FlightLook:
    """Which aircraft stand side by side, and which of them the keys mean."""

    named: tuple[str, ...] = ()
    """As `flight D1 D3` named them; empty: the console chooses."""
    shown: tuple[str, ...] = ()
    """Those that were drawn last: they keep their places."""
    focus: str = ""


@dataclass(slots=True)
class DrillLook:
    """What the core last told of the drill."""

    note: DrillNote | None = None
    trouble: str = ""
    """Why there is nothing to tell, in words."""
    asked_at: float = float("-inf")
    waiting_id: str = ""
    """Of the question that is not answered yet."""


@dataclass(slots=True)
class Screens:
    """One console's screens."""

    flight: FlightLook = field(default_factory=FlightLook)
    queue: QueueLook = field(default_factory=QueueLook)
    drill: DrillLook = field(default_factory=DrillLook)
    looks: Looks = field(default_factory=Looks)
    lock: LockScreen = field(default_factory=LockScreen)
    age: ScreenAge = field(default_factory=ScreenAge)
    arrivals: Arrivals = field(default_factory=Arrivals)
    page_rows: int = 10
    """Rows of a scrolling page that were drawn last."""
    before_replay: tuple[str | None, int, int] | None = None
    """Call that was selected, its row, and how far it was scrolled, until the replay ends."""
