"""Keys: as a person writes them in agency.toml, as the toolkit names them, and as they are printed."""

from __future__ import annotations

import unicodedata

FIXED_KEYS = frozenset({"escape", "enter", "colon", "question_mark"})
"""What means the same on every console of every agency."""

KEY_WORDS = {
    "colon": ":",
    "question_mark": "?",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "tab": "Tab",
    "up": "Up",
    "down": "Down",
    "left": "Left",
    "right": "Right",
    "home": "Home",
    "end": "End",
    "insert": "Ins",
    "delete": "Del",
    "space": "Space",
    "escape": "Esc",
    "enter": "Enter",
}
"""How a key is printed whose name is not what stands on it."""

_UNICODE_NAMES = {
    "solidus": "slash",
    "reverse_solidus": "backslash",
    "commercial_at": "at",
    "hyphen_minus": "minus",
    "plus_sign": "plus",
    "low_line": "underscore",
}
"""Where the toolkit's name of a character is not the one that Unicode gives it."""

FREE_CTRL = frozenset("efgklnoprtuvwxy")
"""Ctrl with any other letter is another key to a terminal (h, i, j, m), a signal (c, d, z), flow control
(q, s) or the prefix of tmux and screen (a, b)."""

IN_SEQUENCES = frozenset("[O")
"""What stands behind the Esc of arrows and function keys: over a slow line it can come alone."""

_FUNCTION_KEYS = {f"f{number}" for number in range(1, 13)}


def character_key(char: str) -> str:
    """The toolkit's name for a printed character: `slash` for `/`, `a` for `a`."""
    if char.isalnum():
        return char
    name = unicodedata.name(char, char).lower().replace("-", "_").replace(" ", "_")
    return _UNICODE_NAMES.get(name, name)


def key_name(typed: str) -> str:
    """The toolkit's name for a key as a person writes it: `F5`, `Ctrl+X`, `/`, `PgUp`."""
    word = typed.strip()
    if len(word) == 1:
        return character_key(word)
    printed = {shown.casefold(): name for name, shown in KEY_WORDS.items()}
    return printed.get(word.casefold(), word.casefold())


def key_word(key: str) -> str:
    """A key as a person reads it: `:`, `Ctrl+Q`, `F1`."""
    if key.startswith("ctrl+"):
        return f"Ctrl+{key_word(key.removeprefix('ctrl+')).upper()}"
    if key in _FUNCTION_KEYS:
        return key.upper()
    if key in KEY_WORDS:
        return KEY_WORDS[key]
    return _CHARACTERS.get(key, key)


_CHARACTERS = {character_key(char): char for char in "!\"#$%&'()*+,-./;<=>@[\\]^_`{|}~"}


def why_not_a_key(typed: str) -> str:
    """Why an action cannot have that key; empty where it can."""
    key, shown = key_name(typed), f'"{typed}"'
    if key in FIXED_KEYS:
        return f"{shown} means the same on every console"
    if len(key) == 1 and key.isdecimal():
        return f"{shown} picks an aircraft on a confirmation, and a screen"
    if typed.strip() in IN_SEQUENCES:
        return f"{shown} is part of what terminals send for other keys"
    if key.startswith("ctrl+"):
        return "" if key.removeprefix("ctrl+") in FREE_CTRL else f"{shown} does not reach a console as such"
    is_one = len(typed.strip()) == 1 and typed.strip().isascii() and typed.strip().isprintable()
    is_named = key in KEY_WORDS or key in _FUNCTION_KEYS
    return "" if is_one or is_named else f"{shown} is no key that is known here"
