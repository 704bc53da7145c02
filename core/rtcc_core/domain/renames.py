"""What an agency calls the things of its console: verbs, keys, and the words that are shown for a status."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

Words = tuple[str, ...]


class Renames(msgspec.Struct, frozen=True, kw_only=True):
    """The agency's own words, from agency.toml `[console]`; what is not in here keeps the shipped ones."""

    verbs: Mapping[str, Words] = {}
    """By action: what it is typed as; the first is the one that is shown."""
    keys: Mapping[str, Words] = {}
    """By action: its keys, in place of the shipped ones."""
    status: Mapping[str, str] = {}
    """By status (`on_scene`, `accepted`, `priority_1`): the word or ten-code that is shown for it."""

    def shown(self, word: str) -> str:
        """The agency's word for a phase, an outcome or a state; the shipped one where it has none."""
        return self.status.get(status_key(word), word) if self.status else word

    @property
    def is_empty(self) -> bool:
        """True where everything keeps its shipped name."""
        return not (self.verbs or self.keys or self.status)


NO_RENAMES = Renames()


class Misnamed(msgspec.Struct, frozen=True, kw_only=True):
    """A rename that cannot be."""

    table: str
    """`verbs`, `keys` or `status`."""
    name: str
    """The action or status that it stands under."""
    what: str
    remedy: str


def status_key(word: str) -> str:
    """How a status is named in agency.toml: `on scene` is `on_scene`."""
    return word.casefold().replace(" ", "_")
