"""How this agency flies: figures and policy that every decision reads."""

from __future__ import annotations

import msgspec

from rtcc_core.domain.geo import LatLon


class Programme(msgspec.Struct, frozen=True, kw_only=True):
    """The agency's own figures, from agency.toml `[agency]` and `[fleet]`."""

    agency: str
    centre: LatLon | None = None
    """About the middle of the service area; helps to notice swapped coordinates."""
    is_drill: bool = False
    """Every screen and every record says DRILL."""
    drill_speed: float = 1.0
    policy: str = "reactive"
    transit_height_m: float = 60.0
    """Above the launch point."""
    overwatch_height_m: float = 60.0
    orbit_radius_m: float = 40.0
    orbit_speed_m_s: float = 5.0
    battery_reserve: float = 0.2
    """Fraction that must be left at landing."""
    stale_after_s: float = 2.0
    """A value older than this is never shown or used as if it were new."""
    lost_after_s: float = 10.0
    """Silence after which a link counts as lost on our side; the aircraft's own rule may be sooner."""
    weather_valid_min: float = 60.0
    link_loss_failsafe: str = "returns home by itself"
    """What the fleet's autopilots are set to do on link loss, in words for the screen."""
