"""The agency's own list of cameras, readers, sensors and posts: GeoJSON points (RFC 7946) or CSV, to assets.

GeoJSON: a FeatureCollection of Points with these properties. CSV: the same as columns, with `latitude` and
`longitude` (WGS 84 degrees) besides; the first line names the columns, in any order.

    name         what people call it
    kind         camera | reader | sensor | guard | site | other; another word counts as other
    owner        whose it is
    stream_url   where its picture is; an account or password in it is left out, and said
    health       in the owner's words
    has_consent  yes | no, true | false, 1 | 0; nothing: not told

Nothing is repaired: a line that is wrong is left out, alone, and told as a problem.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from urllib.parse import urlsplit, urlunsplit

import msgspec

from rtcc_core.domain.asset_values import Asset, AssetKind, Assets
from rtcc_core.domain.geo import LatLon, distance_m
from rtcc_core.domain.text import clean
from rtcc_core.wire.geojson import Collection, Feature

ASSETS_MAX = 20_000
"""Of one file."""

PROBLEMS_MAX = 50
REACH_M = 200_000.0
"""An asset further from the agency's centre than this is an error, not a place."""

NAME_MAX = 60
CONSENT = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


class FileUnusable(ValueError):
    """Nothing in the file can be used; the message says why and what to do."""


class _LineUnusable(ValueError):
    """This one asset is left out."""


def read_assets(raw: bytes, *, source: str, near: LatLon) -> Assets:
    """Every asset of one file; GeoJSON where it begins with a brace, else CSV. Raises FileUnusable."""
    text = _text(raw)
    rows = _geojson(text) if text.lstrip().startswith("{") else _csv(text)
    found: list[Asset] = []
    problems: list[str] = []
    for name, row in rows:
        try:
            asset, remark = _asset(row, near)
        except _LineUnusable as wrong:
            problems.append(f"{source}, {name}: {wrong}")
            continue
        if len(found) >= ASSETS_MAX:
            problems.append(f"{source}: more than {ASSETS_MAX} assets; the rest is left out: split the file")
            break
        found.append(asset)
        if remark:
            problems.append(f"{source}, {name}: {remark}")
    return Assets(items=tuple(found), digest=hashlib.sha256(raw).hexdigest(), problems=_told(problems))


def together(parts: Sequence[Assets]) -> Assets:
    """The assets of several files as one list."""
    items = tuple(asset for part in parts for asset in part.items)
    problems = tuple(problem for part in parts for problem in part.problems)
    digest = hashlib.sha256(msgspec.json.encode((items, problems))).hexdigest()
    return Assets(items=items, digest=digest, problems=problems)


def _told(problems: list[str]) -> tuple[str, ...]:
    if len(problems) <= PROBLEMS_MAX:
        return tuple(problems)
    return (*problems[: PROBLEMS_MAX - 1], f"and {len(problems) - PROBLEMS_MAX + 1} more")


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileUnusable("it is not UTF-8 text: save it as CSV UTF-8 or GeoJSON") from error


def _geojson(text: str) -> Iterator[tuple[str, Mapping[str, object]]]:
    try:
        collection = msgspec.json.decode(text, type=Collection)
    except (msgspec.DecodeError, RecursionError) as error:
        raise FileUnusable(f"it is not GeoJSON: {clean(str(error))}") from error
    if collection.type != "FeatureCollection" or collection.features is None:
        raise FileUnusable('it is not a GeoJSON FeatureCollection: export it with "features"')
    return _features(collection.features)


def _features(features: Iterable[msgspec.Raw]) -> Iterator[tuple[str, Mapping[str, object]]]:
    for number, raw in enumerate(features, 1):
        try:
            feature = msgspec.json.decode(raw, type=Feature)
        except (msgspec.DecodeError, RecursionError):
            yield f"feature {number}", {}
            continue
        row = dict(feature.properties or {})
        geometry = feature.geometry or {}
        # A property of that name is not the point's own position.
        row = {key: value for key, value in row.items() if key not in ("latitude", "longitude")}
        match (geometry.get("type"), geometry.get("coordinates")):
            case ("Point", [longitude, latitude, *_]):
                row |= {"latitude": latitude, "longitude": longitude}
            case _:
                pass
        yield f"feature {number}", row


def _csv(text: str) -> Iterator[tuple[str, Mapping[str, object]]]:
    reader = csv.DictReader(io.StringIO(text, newline=""))
    try:
        columns = [clean(name).casefold() for name in reader.fieldnames or ()]
    except csv.Error as error:
        raise FileUnusable(f"it is not CSV: {clean(str(error))}") from error
    missing = [name for name in ("name", "latitude", "longitude") if name not in columns]
    if missing:
        raise FileUnusable(f"its first line names no column {' and no '.join(missing)}")
    return _lines(reader, columns)


def _lines(reader: csv.DictReader[str], columns: list[str]) -> Iterator[tuple[str, Mapping[str, object]]]:
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield f"line {reader.line_num}", {"name": f"not CSV: {clean(str(error))}"}
            continue
        yield f"line {reader.line_num}", dict(zip(columns, row.values(), strict=False))


def _asset(row: Mapping[str, object], near: LatLon) -> tuple[Asset, str]:
    name = _word(row, "name", NAME_MAX)
    if not name:
        raise _LineUnusable("has no name: left out")
    stream_url, remark = _without_account(_word(row, "stream_url"))
    asset = Asset(
        name=name,
        kind=_kind(_word(row, "kind")),
        position=_position(row, near),
        owner=_word(row, "owner"),
        stream_url=stream_url,
        health=_word(row, "health"),
        has_consent=CONSENT.get(_word(row, "has_consent").casefold()),
    )
    return asset, remark


def _word(row: Mapping[str, object], key: str, limit: int = 200) -> str:
    value = row.get(key)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return clean(str(value), limit=limit) if isinstance(value, str | int | float) else ""


def _kind(word: str) -> AssetKind:
    try:
        return AssetKind(word.casefold())
    except ValueError:
        return AssetKind.OTHER


def _position(row: Mapping[str, object], near: LatLon) -> LatLon:
    try:
        position = LatLon(_degrees(row, "latitude"), _degrees(row, "longitude"))
    except ValueError as error:
        raise _LineUnusable(f"{error}: left out") from error
    if position.is_null_island:
        raise _LineUnusable("lies at 0, 0: left out")
    if (away_m := distance_m(near, position)) > REACH_M:
        raise _LineUnusable(
            f"lies {away_m / 1_000.0:,.0f} km from the agency: left out; are latitude and longitude swapped?"
        )
    return position


def _degrees(row: Mapping[str, object], key: str) -> float:
    value = row.get(key)
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        try:
            return float(value)
        except (ValueError, OverflowError):
            pass
    raise ValueError(f"has no {key} in degrees")


def _without_account(url: str) -> tuple[str, str]:
    """An address as it may be shown and written down; passwords belong in neither."""
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")
    except ValueError:
        return "", "its stream_url is not an address: left out"
    if not host[1]:
        return url, ""
    bare = urlunsplit(parts._replace(netloc=host[2]))
    return bare, "the account and password in its stream_url are left out"
