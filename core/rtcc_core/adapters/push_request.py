"""What a webhook asks and what it is answered, apart from any server."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final, Protocol

import msgspec

RETRY_SOON_S: Final = 2


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One request whose sender is known."""

    method: str
    path: str
    """Below the source's own path: `/cad/events`, or empty."""
    query: Mapping[str, str] = {}
    headers: Mapping[str, str] = {}
    """Names in lower case."""
    body: bytes
    received_at: datetime

    @property
    def original(self) -> str:
        """The body as it came, whole, for the journal; bytes that are not UTF-8 as \\xNN."""
        return self.body.decode("utf-8", "backslashreplace")


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """An answer in JSON."""

    status: int = 200
    fields: Mapping[str, object] = {}
    retry_after_s: int | None = None


class Refusal(Exception):
    """The request is not taken; the words are for whoever set the sender up, and tell nothing of our own."""

    def __init__(self, status: int, words: str, *, retry_after_s: int | None = None) -> None:
        self.status = status
        self.retry_after_s = retry_after_s
        super().__init__(words)

    @property
    def reply(self) -> Reply:
        return Reply(status=self.status, fields={"error": str(self)}, retry_after_s=self.retry_after_s)


class PushSource(Protocol):
    """One configured sender: its messages become facts."""

    @property
    def name(self) -> str: ...

    async def take(self, request: Request) -> Reply:
        """Answer when the journal has it. Raises Refusal and JournalUnavailable."""
        ...
