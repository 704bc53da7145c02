"""How this agency flies: figures and policy that every decision reads."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from rtcc_core.domain.geo import LatLon
from rtcc_core.domain.people import Role
from rtcc_core.domain.renames import NO_RENAMES, Renames


class Units(StrEnum):
    """What the consoles show; everything inside is metres and seconds."""

    US = "us"
    """Feet, knots, miles."""
    METRIC = "metric"
    """Metres, metres per second, kilometres."""


class Programme(msgspec.Struct, frozen=True, kw_only=True):
    """The agency's own figures, from agency.toml `[agency]` and `[fleet]`."""

    agency: str
    centre: LatLon | None = None
    """About the middle of the service area; helps to notice swapped coordinates."""
    element: str = ""
    """This machine's full name among those we share calls with (`[notifier] element`); empty: with nobody."""
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
    separation_m: float = 15.0
    """Vertical distance between our own aircraft on the way and over one scene."""
    clearance_m: float = 30.0
    """Kept from every volume that must not be entered."""
    aircraft_per_person: int = 1
    """14 CFR 107.35: one, unless the agency's authority says more; never above 4."""
    recall_roles: tuple[Role, ...] = tuple(role for role in Role if role is not Role.OBSERVER)
    """Who may hold, return and land aircraft that they do not control."""
    lease_s: float = 30.0
    """How long an aircraft stays with somebody whose last console went away: alarm at once, then hold."""
    lease_return_s: float = 60.0
    """And how long after that hold it is sent home."""
    relief_lead_s: float = 45.0
    """A relief should be eyes-on so long before the first aircraft must leave."""
    downed_after_s: float = 60.0
    """An aircraft lost in flight for as long, and not where its failsafe should bring it, counts as down."""
    lock_after_min: float = 15.0
    """A console that nobody touches for as long hides its screen; 0: never."""
    units: Units = Units.US
    """What the consoles show lengths, heights and speeds in."""
    records_on_scene: bool = False
    """Recording starts when the scene is reached and stops when it is left."""
    remote_id_required: bool = False
    requires_traffic_feed: bool = False
    is_authorised_at_night: bool = True
    max_ground_speed_m_s: float = 44.7
    """87 knots (14 CFR 107.51(a))."""
    min_visibility_m: float = 4_828.0
    """3 statute miles (14 CFR 107.51(c))."""
    max_height_agl_m: float = 121.9
    """400 feet (14 CFR 107.51(b)), or what the agency's waiver says."""
    requires_airspace: bool = False
    """The agency gave airspace files: without them read, nobody knows where it may fly."""
    requires_recency: bool = False
    requires_shift: bool = False
    takes_metar: bool = False
    """Weather comes as METAR: visibility is then a gate."""
    renames: Renames = NO_RENAMES
    """What this agency calls verbs, keys and statuses on its consoles."""
