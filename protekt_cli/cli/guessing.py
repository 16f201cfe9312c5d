"""What somebody may have meant who mistyped a name: the one that is spelt almost so.

Only what the asker may list anyhow is guessed at, and nothing is done about it: a guess is a hint.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from protekt_cli.store.database import View

#: Users that are compared, of each way to look for them.
_MOST = 300
#: How much of the beginning of an e-mail is thought to be right.
_BEGINNING = 2
#: How alike two e-mails have to be, of 1: a domain alone makes them rather so.
_ALIKE = 0.8


def closest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that is most like *word*, if one is."""
    close = get_close_matches(word, list(known), n=1)
    return close[0] if close else None


def email(view: View, named: str) -> str | None:
    """Return the e-mail of a user that was meant by *named*: mistyped, or without its domain."""
    from protekt_cli.store import users

    typed = named.strip().casefold()
    local, at, domain = typed.partition("@")
    found: dict[str, str] = {}
    for search in (f"{local}@", local[:_BEGINNING], f"@{domain}" if at else ""):
        if search.strip("@"):
            matching = users.list_matching(view, status=None, search=search, limit=_MOST)
            found.update((user.email.casefold(), user.email) for user in matching)
    if not at:
        whole = [each for key, each in found.items() if key.partition("@")[0] == local]
        return whole[0] if len(whole) == 1 else None
    close = get_close_matches(typed, list(found), n=1, cutoff=_ALIKE)
    return found[close[0]] if close else None
