"""What somebody may have meant who mistyped a name: the one that is spelt almost so.

Only what the asker may list anyhow is guessed at, and nothing is done about it: a guess is a hint.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher, get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from protekt_cli.store.database import View

#: Users that are compared, of each way to look for them.
_MOST = 300
#: How much of the beginning of an e-mail is thought to be right.
_BEGINNING = 2
#: How alike two e-mails have to be, of 1, before the @ and behind it.
_ALIKE = 0.75


def closest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that is most like *word*, if one is."""
    close = get_close_matches(word, list(known), n=1)
    return close[0] if close else None


def email(view: View, named: str) -> str | None:
    """Return the e-mail of a user that was meant by *named*: mistyped, or without its domain."""
    typed = named.strip().casefold()
    local, at, domain = typed.partition("@")
    searches = (f"{local}@", local[:_BEGINNING], f"@{domain}") if at else (f"{local}@",)
    found = _emails(view, [search for search in searches if search.strip("@")])
    if at:
        best = max(found, key=lambda each: _likeness(typed, each), default="")
        return found[best] if best and _likeness(typed, best) >= _ALIKE else None
    called_so = [shown for each, shown in found.items() if each.partition("@")[0] == local]
    return called_so[0] if len(called_so) == 1 else None


def _emails(view: View, searches: Iterable[str]) -> dict[str, str]:
    """Return e-mails that hold one of some texts, by what they are without their case."""
    from protekt_cli.store import users

    return {
        user.email.casefold(): user.email
        for search in searches
        for user in users.list_matching(view, status=None, search=search, limit=_MOST)
    }


def _likeness(typed: str, other: str) -> float:
    """Return how alike two e-mails are in the part that differs more: a domain is soon shared."""
    parts = zip(typed.partition("@"), other.partition("@"), strict=True)
    return min(SequenceMatcher(None, one, another).ratio() for one, another in parts)
