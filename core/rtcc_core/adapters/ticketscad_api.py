"""TicketsCAD's external API over HTTPS: two questions, with a limit on everything."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import quote

import httpx

from rtcc_core.domain.text import clean
from rtcc_core.wire import ticketscad
from rtcc_core.wire.push_values import Component, Unusable, decode_json

logging.getLogger("httpx").setLevel(logging.WARNING)  # else every question is a line in the log

ANSWER_MAX_BYTES: Final = 8 * 1024 * 1024
WITHIN_S: Final = 10.0
SHOWN_MAX_CHARS: Final = 20_000
_TOKEN_MAX_BYTES: Final = 4_096


class TicketsCadApi:
    """Bearer token from a file that is read for each question, so that a new one needs no restart."""

    def __init__(self, url: str, token_file: Path, *, ca_file: Path | None = None) -> None:
        """`url` ends in `/api/external/v1`. Raises OSError for certificates that cannot be used."""
        self._url = url.rstrip("/")
        self._token_file = token_file
        tls = ssl.create_default_context(cafile=ca_file) if url.startswith("https:") else True
        self._client = httpx.AsyncClient(
            verify=tls, timeout=WITHIN_S, follow_redirects=False, trust_env=False
        )
        self.last_answer = ""
        """The start of the last answer that was no JSON, as text."""

    async def incidents(self, *, offset: int = 0, since: str = "", status: int | None = None) -> list[object]:
        """One page of rows. Raises Unanswered, Unusable, OSError and httpx.HTTPError."""
        query: dict[str, str | int] = {"limit": ticketscad.PAGE_MAX, "offset": offset}
        if since:
            query["since"] = since
        if status is not None:
            query["status"] = status
        return ticketscad.read_page(await self._get("/incidents", query))

    async def incident(self, ticket_id: str) -> Component:
        """One whole row. Raises as `incidents`."""
        return ticketscad.read_detail(await self._get(f"/incidents/{quote(ticket_id, safe='')}", {}))

    async def trouble(self) -> str:
        """What keeps it from answering, in words; empty where it answers. Raises nothing."""
        try:
            await self.incidents()
        except (ticketscad.Unanswered, Unusable, OSError, httpx.HTTPError) as error:
            return clean(str(error), limit=200) or type(error).__name__
        return ""

    async def close(self) -> None:
        await self._client.aclose()

    async def _get(self, path: str, query: Mapping[str, str | int]) -> object:
        with self._token_file.open("rb") as file:
            token = file.read(_TOKEN_MAX_BYTES).decode("ascii", "ignore").strip()
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        async with self._client.stream("GET", self._url + path, params=query, headers=headers) as answer:
            raw = bytearray()
            async for piece in answer.aiter_bytes():
                raw += piece
                if len(raw) > ANSWER_MAX_BYTES:
                    raise Unusable(f"its answer is larger than {ANSWER_MAX_BYTES // 1_048_576} MB")
        return self._read(answer, bytes(raw))

    def _read(self, answer: httpx.Response, raw: bytes) -> object:
        self.last_answer = raw.decode("utf-8", "backslashreplace")[:SHOWN_MAX_CHARS]
        try:
            body = decode_json(raw)
        except Unusable:
            if answer.status_code == 200:
                raise
            body = None
        if answer.status_code != 200:
            raise ticketscad.refusal(answer.status_code, body, answer.headers.get("retry-after", ""))
        return body
