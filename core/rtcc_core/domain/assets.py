"""Which assets are near a place: what one key answers for a call."""

from __future__ import annotations

import math

import msgspec

from rtcc_core.domain.asset_values import Asset
from rtcc_core.domain.geo import EARTH_RADIUS_M, LatLon, distance_m
from rtcc_core.domain.state import State

NEAR_M = 400.0
"""Radius that "near" means where nobody says otherwise."""


class NearAsset(msgspec.Struct, frozen=True, kw_only=True):
    """An asset and how far it is from the place asked about."""

    asset: Asset
    away_m: float


def assets_near(state: State, position: LatLon, radius_m: float = NEAR_M) -> tuple[NearAsset, ...]:
    """The assets within `radius_m` metres, nearest first; those equally near by name."""
    if state.assets is None:
        return ()
    # A band of latitude is cheap to test, and leaves few that need a real distance.
    band_deg = math.degrees(radius_m / EARTH_RADIUS_M) * 1.001
    found = [
        NearAsset(asset=asset, away_m=away_m)
        for asset in state.assets.items
        if abs(asset.position.latitude_deg - position.latitude_deg) <= band_deg
        and (away_m := distance_m(position, asset.position)) <= radius_m
    ]
    return tuple(sorted(found, key=lambda near: (near.away_m, near.asset.name)))
