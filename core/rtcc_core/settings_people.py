"""[[person]] of agency.toml: the account and its user id, the missing one from this machine's own list."""

from __future__ import annotations

import pwd
from collections.abc import Callable, Mapping

from rtcc_core.settings_check import shown


class UnknownPerson(Exception):
    """A person cannot be told from this machine's own list; says which key, what is wrong, and the remedy."""

    def __init__(self, key: str, what: str, remedy: str) -> None:
        self.key, self.what, self.remedy = key, what, remedy


def _or_none(look_up: Callable[..., object], key: object) -> object | None:
    try:
        return look_up(key)
    except (KeyError, OverflowError):
        return None


def complete_person(table: Mapping[str, object], *, has_account: bool) -> dict[str, object]:
    """Account and uid both, the missing one from this machine's own list. Raises UnknownPerson.

    `has_account` False: an account that this machine does not know comes back without a uid.
    """
    account, uid = table.get("account"), table.get("uid")
    if account is None and uid is None:
        raise UnknownPerson("account", "the person has neither account nor uid", 'Add account = "…"')
    if account is not None and uid is not None:
        return dict(table)
    entry = _or_none(pwd.getpwnam, account) if uid is None else _or_none(pwd.getpwuid, uid)
    if not isinstance(entry, pwd.struct_passwd):
        if account is not None and not has_account:
            return dict(table)
        given, missing = ("account", "uid") if uid is None else ("uid", "account")
        raise UnknownPerson(
            given,
            f"this machine knows no {given} {shown(table[given])}",
            f"Correct it, make the account, or give its {missing} as well",
        )
    return {**table, "account": entry.pw_name, "uid": entry.pw_uid}
