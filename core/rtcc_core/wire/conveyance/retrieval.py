"""The retrieval service (EIDO-Conveyance-Incident-Data-API 1.0.1): one incident by its id, over HTTPS."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Final
from urllib.parse import quote, unquote, urlsplit

import msgspec

from rtcc_core.wire.conveyance.granting import Eido
from rtcc_core.wire.conveyance.messages import json_text

ROOT: Final = "/IncidentData"
EVENTS: Final = f"{ROOT}/ent"
INCIDENTS: Final = f"{ROOT}/v1/incidents/"
REFERENCES: Final = f"{ROOT}/v1/references/"
VERSIONS: Final = f"{ROOT}/Versions"
EIDO_TYPE: Final = "application/emergency.eido+json"

_VERSIONS = re.compile(r"""version\s*=\s*"?([0-9.,\s]+)"?""", re.IGNORECASE)


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """An HTTP answer."""

    status: HTTPStatus
    content_type: str
    body: str


def retrieve(
    target: str, accept: Sequence[str], *, find: Callable[[str], Eido | None], base_url: str, version: str
) -> Reply:
    """Answer a GET of `target` with these Accept headers; `find` gives the EIDO of an incident.

    `base_url` is where others reach us (`https://dfr.example:8444`), `version` that of this program.
    """
    try:
        path = urlsplit(target).path
    except ValueError:
        return _words(HTTPStatus.NOT_FOUND, "there is nothing here")
    if path == VERSIONS:
        own = [{"major": 1, "minor": 0, "vendor": "rtcc"}]
        return _json([{"fingerprint": f"rtcc-{version}", "versions": own}], "application/json")
    for start, is_reference in ((INCIDENTS, False), (REFERENCES, True)):
        if path.startswith(start):
            return _incident(
                unquote(path.removeprefix(start)), accept, find, base_url if is_reference else ""
            )
    return _words(HTTPStatus.NOT_FOUND, "there is nothing here")


def _incident(
    incident_uid: str, accept: Sequence[str], find: Callable[[str], Eido | None], base_url: str
) -> Reply:
    """`base_url` is set where only the address of the incident was asked for."""
    taken = "text/plain" if _takes(accept, ("text/plain",)) else ""
    if not base_url:
        taken = _eido_type(accept)
    if not taken:
        return _words(HTTPStatus.NOT_ACCEPTABLE, f'{EIDO_TYPE};version="1" and application/json are sent')
    eido = find(incident_uid)
    if eido is None:
        return _words(HTTPStatus.NOT_FOUND, "no such incident is known")
    if base_url:
        address = f"{base_url}{INCIDENTS}{quote(incident_uid, safe='')}"
        return Reply(status=HTTPStatus.OK, content_type="text/plain; charset=utf-8", body=address)
    return _json(eido, taken)


def _eido_type(accept: Sequence[str]) -> str:
    """What to call the EIDO: as it was asked for; empty where none of it is acceptable."""
    if not "".join(accept).strip():
        return "application/json"
    for wish in _wishes(accept):
        kind = wish.partition(";")[0].strip().lower()
        if kind == EIDO_TYPE and _has_version_1(wish):
            return f'{EIDO_TYPE}; version="1"'
        if kind in ("application/json", "application/*", "*/*"):
            return "application/json"
    return ""


def _takes(accept: Sequence[str], kinds: Sequence[str]) -> bool:
    if not "".join(accept).strip():
        return True
    wished = {wish.partition(";")[0].strip().lower() for wish in _wishes(accept)}
    return bool(wished & {*kinds, "*/*", *(f"{kind.partition('/')[0]}/*" for kind in kinds)})


def _wishes(accept: Sequence[str]) -> list[str]:
    """The media ranges of Accept headers; a comma within quotes parts nothing."""
    return re.findall(r'(?:[^,"]|"[^"]*")+', ",".join(accept)[:2_000])


def _has_version_1(wish: str) -> bool:
    found = _VERSIONS.search(wish)
    if found is None:
        return True
    return any(one.strip().split(".")[0] == "1" for one in found[1].split(","))


def _json(value: object, content_type: str) -> Reply:
    return Reply(status=HTTPStatus.OK, content_type=content_type, body=json_text(value))


def _words(status: HTTPStatus, words: str) -> Reply:
    return Reply(status=status, content_type="text/plain; charset=utf-8", body=f"{words}\n")
