"""What sees and hears near a call: cameras, readers, sensors, posts and sites, by distance and bearing."""

from __future__ import annotations

from rtcc_core.domain.asset_values import Asset
from rtcc_core.domain.assets import NEAR_M, NearAsset, assets_near
from rtcc_core.domain.geo import LatLon, bearing_deg
from rtcc_tui.session import Session
from rtcc_tui.spans import Tone
from rtcc_tui.words import far_words

FURTHER_M = 5_000.0
"""Where nothing is near, the nearest within this are named."""

FURTHER_MOST = 3

_WINDS = ("N", "NE", "E", "SE", "S", "SW", "W", "NW")


def near_heading(session: Session) -> str:
    """`NEAR 1041 Laguna Blvd, within 0.2 mi`."""
    call = session.call(session.near_call)
    if call is None:
        return "NEAR: no call is selected"
    where = call.place.address or (str(call.place.position) if call.place.position else "NO POSITION")
    return f"NEAR {call.call_id} {where}, within {far_words(NEAR_M)}"


def near_texts(session: Session) -> list[tuple[str, Tone]]:
    """One line for each thing, nearest first; why there is none where there is none."""
    call, state = session.call(session.near_call), session.model.state
    if call is None:
        return [("no call is selected", Tone.QUIET)]
    position = call.place.position
    if position is None:
        return [(f"{call.call_id} has no position: place {call.call_id} ADDRESS", Tone.WARN)]
    if state.assets is None:
        return [("no asset file is read: the administrator names one in agency.toml, [[assets]]", Tone.QUIET)]
    near = assets_near(state, position)
    texts = [(asset_words(found, position), _tone(found.asset)) for found in near]
    if not near:
        further = assets_near(state, position, FURTHER_M)[:FURTHER_MOST]
        said = "nothing within that; the nearest:" if further else f"nothing within {far_words(FURTHER_M)}"
        texts = [(said, Tone.WARN), *((asset_words(each, position), _tone(each.asset)) for each in further)]
    if state.assets.problems:
        texts.append((f"{len(state.assets.problems)} lines of the files were left out", Tone.WARN))
    return texts


def asset_words(found: NearAsset, position: LatLon) -> str:
    """`CAMERA Laguna NE corner: 390 ft NE, health ok, CONSENT NOT TOLD, City, rtsp://…`."""
    asset = found.asset
    towards = _WINDS[round(bearing_deg(position, asset.position) / 45.0) % len(_WINDS)]
    parts = [f"{far_words(found.away_m)} {towards}", f"health {asset.health or 'NOT TOLD'}"]
    parts.append(_consent(asset))
    parts += [part for part in (asset.owner, asset.stream_url) if part]
    return f"{asset.kind.value.upper()} {asset.name}: {', '.join(parts)}"


def _consent(asset: Asset) -> str:
    if asset.has_consent is None:
        return "CONSENT NOT TOLD"
    return "consent given" if asset.has_consent else "NO CONSENT"


def _tone(asset: Asset) -> Tone:
    return Tone.NORMAL if asset.has_consent else Tone.QUIET
