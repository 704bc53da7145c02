"""The page of all keys and verbs (docs/keys.md), made from the registry that the console itself uses."""

from __future__ import annotations

from rtcc_core.domain.people import RIGHTS, Right, Role
from rtcc_tui.actions import REGISTRY, Action, Danger, Registry, key_word
from rtcc_tui.looking import View

_OPENING = """\
# Keys and verbs

Made by `rtcc console --keys` from the list that the console works with; `?` on the console shows it as your
agency calls things (`[console]` in agency.toml, [administrator](administrator.md)). The name is what stands
there for an action. **Flies**: shown whole first, sent by Enter. **Writes**: stored with your name. A key
with a screen behind it means this on that screen only. A verb may be cut short while it can be no other
(`lau D2`); one that flies takes three letters.
"""

_HEADING = "| name | verb | also | keys | does | who | what it is for |\n|---|---|---|---|---|---|---|\n"

_DOES = {Danger.LOOKS: "looks", Danger.WRITES: "writes", Danger.FLIES: "**flies**"}


def key_table(registry: Registry = REGISTRY) -> str:
    """The whole page, Markdown."""
    rows = [_row(action) for action in registry.actions]
    return f"{_OPENING}\n{_HEADING}{chr(10).join(rows)}\n"


def _row(action: Action) -> str:
    cells = (
        action.name,
        _code(action.usage),
        ", ".join(_code(alias) for alias in action.aliases),
        ", ".join(_key(key, action.view) for key in action.keys),
        _DOES[action.danger],
        _who(action.right),
        action.help,
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


def _key(key: str, view: View | None) -> str:
    shown = key_word(key)
    quoted = f"`` {shown} ``" if "`" in shown else f"`{shown}`"
    return f"{quoted} ({view.value})" if view is not None else quoted


def _who(right: Right | None) -> str:
    """Everybody, or the roles that hold the right; written by those that do not where they are fewer."""
    if right is None:
        return "everybody"
    may = [role for role in Role if right in RIGHTS[role]]
    others = [role for role in Role if role not in may]
    if others == [Role.OBSERVER]:
        return "all but observers"
    return ", ".join(may)
