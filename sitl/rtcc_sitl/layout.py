"""A scenario on the ground: every offset turned into a position, around its own city or around the homes
of aircraft that somebody else started."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

from rtcc_core.domain.drone import Drone, Site
from rtcc_core.domain.geo import LatLon, bearing_deg, distance_m, offset
from rtcc_sitl.autopilot_name import AutopilotName
from rtcc_sitl.scenario import Scenario, ScenarioError, sysids
from rtcc_sitl.scenario_tables import DroneTable, SiteTable, Where

PAD_SPACING_M = 5.0
"""Aircraft of one site stand on pads this far apart, eastwards."""


class Visitor(msgspec.Struct, frozen=True, kw_only=True):
    """An aircraft that somebody else started: its MAVLink system id and where it calls home."""

    sysid: int
    home: LatLon
    home_amsl_m: float | None = None


class Pad(msgspec.Struct, frozen=True, kw_only=True):
    """One aircraft of the drill and where it stands."""

    drone: Drone
    battery: float
    """Charge at the start, 0 … 1."""
    home: LatLon
    home_amsl_m: float
    autopilot: AutopilotName = "px4"
    """Whose manners it has where it is simulated."""
    has_gimbal: bool = True
    has_camera: bool = True
    """What it carries where it is simulated."""
    has_orbit: bool = True
    """Whether it knows DO_ORBIT where it is simulated."""


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """A scenario with positions."""

    scenario: Scenario
    centre: LatLon
    sites: tuple[Site, ...]
    pads: tuple[Pad, ...]

    def place(self, where: Where) -> LatLon | None:
        """The position of a place of the scenario; None where it has none."""
        return _place(self.scenario, self.centre, where)


def lay_out(scenario: Scenario, visitors: Sequence[Visitor] | None = None) -> Layout:
    """Put the scenario on the ground.

    With `visitors`, each drone of the scenario is flown by one of them, in order: its site stands at that
    aircraft's home, and the city is moved so that the first drone's site falls on the first home. Raises
    ScenarioError when there are fewer aircraft than drones.
    """
    if visitors is None:
        return _at_home(scenario)
    if len(visitors) < len(scenario.drone):
        raise ScenarioError(
            f"{scenario.name} needs {len(scenario.drone)} aircraft, {len(visitors)} heard: "
            "start more of them or choose a smaller scenario"
        )
    return _around(scenario, visitors)


def _at_home(scenario: Scenario) -> Layout:
    centre = LatLon(scenario.city.latitude_deg, scenario.city.longitude_deg)
    sites = {table.name: _site(scenario, centre, table) for table in scenario.site}
    pads = []
    for index, (table, sysid) in enumerate(zip(scenario.drone, sysids(scenario), strict=True)):
        neighbours = sum(1 for other in scenario.drone[:index] if other.site == table.site)
        pads.append(
            Pad(
                drone=_drone(table, sysid, table.site),
                battery=table.battery,
                home=offset(sites[table.site].position, 90.0, neighbours * PAD_SPACING_M),
                home_amsl_m=scenario.city.ground_amsl_m,
                autopilot=table.autopilot,
                has_gimbal=table.gimbal,
                has_camera=table.camera,
                has_orbit=table.has_orbit,
            )
        )
    return Layout(scenario=scenario, centre=centre, sites=tuple(sites.values()), pads=tuple(pads))


def _around(scenario: Scenario, visitors: Sequence[Visitor]) -> Layout:
    first_site = next(site for site in scenario.site if site.name == scenario.drone[0].site)
    north_m, east_m = _offset(scenario, first_site) or (0.0, 0.0)
    centre = _moved(visitors[0].home, -north_m, -east_m)
    sites, pads = [], []
    for table, visitor in zip(scenario.drone, visitors, strict=False):
        is_shared = sum(1 for other in scenario.drone if other.site == table.site) > 1
        site = Site(name=f"{table.site} {table.callsign}" if is_shared else table.site, position=visitor.home)
        sites.append(site)
        pads.append(
            Pad(
                drone=_drone(table, visitor.sysid, site.name),
                battery=table.battery,
                home=visitor.home,
                home_amsl_m=visitor.home_amsl_m or scenario.city.ground_amsl_m,
            )
        )
    return Layout(scenario=scenario, centre=centre, sites=tuple(sites), pads=tuple(pads))


def _drone(table: DroneTable, sysid: int, site: str) -> Drone:
    return Drone(
        callsign=table.callsign,
        sysid=sysid,
        site=site,
        cruise_speed_m_s=table.cruise_speed_m_s,
        climb_speed_m_s=table.climb_speed_m_s,
        descent_speed_m_s=table.descent_speed_m_s,
        endurance_min=table.endurance_min,
        max_wind_m_s=table.max_wind_m_s,
        max_range_m=table.max_range_m,
    )


def _site(scenario: Scenario, centre: LatLon, table: SiteTable) -> Site:
    return Site(name=table.name, position=_place(scenario, centre, table) or centre)


def _place(scenario: Scenario, centre: LatLon, where: Where) -> LatLon | None:
    metres = _offset(scenario, where)
    return None if metres is None else _moved(centre, *metres)


def _offset(scenario: Scenario, where: Where) -> tuple[float, float] | None:
    """Metres north and east of the scenario's own centre; None for a place that is nowhere."""
    if where.north_m is not None and where.east_m is not None:
        return where.north_m, where.east_m
    if where.latitude_deg is None or where.longitude_deg is None:
        return None
    centre = LatLon(scenario.city.latitude_deg, scenario.city.longitude_deg)
    point = LatLon(where.latitude_deg, where.longitude_deg)
    away_m, theta = distance_m(centre, point), math.radians(bearing_deg(centre, point))
    return away_m * math.cos(theta), away_m * math.sin(theta)


def _moved(origin: LatLon, north_m: float, east_m: float) -> LatLon:
    bearing = math.degrees(math.atan2(east_m, north_m)) % 360.0
    return offset(origin, bearing, math.hypot(north_m, east_m))
