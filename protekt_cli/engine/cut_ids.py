"""Ids as people type them: whole, or cut to any unambiguous start."""

from __future__ import annotations

from protekt_cli.core import ids
from protekt_cli.store import cut_ids
from protekt_cli.store.database import View

_TABLES = {
    ids.Prefix.USER: "users",
    ids.Prefix.DEVICE: "devices",
    ids.Prefix.SESSION: "sessions",
    ids.Prefix.API_KEY: "api_keys",
    ids.Prefix.SIGNING_KEY: "signing_keys",
}


def resolve(view: View, prefix: ids.Prefix, text: str) -> str:
    """Return the whole id that *text* is, or is the start of.

    Raises:
        NotFound: Nothing has an id that begins so.
        AmbiguousId: Several have, or *text* is too short to tell.
    """
    start = ids.check_cut(prefix, text)
    return ids.the_one(prefix, text, cut_ids.starting_with(view, _TABLES[prefix], start, limit=2))
