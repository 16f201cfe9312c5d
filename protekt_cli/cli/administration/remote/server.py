"""The server that a command works on: the way to it, and how its lists are read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Self, cast

from protekt_cli.cli.administration import Json, Listed
from protekt_cli.cli.administration.refusals import ReportingConnection
from protekt_cli.cli.servers import API_KEY, API_KEY_FILE, find_api_key
from protekt_cli.clock import Clock
from protekt_cli.core.ids import Prefix, check_cut
from protekt_cli.errors import InvalidApiKey
from protekt_cli.sdk.admin import MOST, Admin

if TYPE_CHECKING:
    from protekt_cli.cli.invocation import Invocation


class Server:
    """What the nouns share."""

    def __init__(self, invocation: Invocation, url: str) -> None:
        """
        Raises:
            InvalidApiKey: There is no API key for it.
        """
        self.invocation = invocation
        self.url = url
        key = find_api_key(invocation.environ)
        if key is None:
            raise InvalidApiKey(
                f"there is no API key for {url}",
                hint=f"set {API_KEY} or {API_KEY_FILE}; where the server runs a key is made"
                " with: protekt apikeys create NAME --scope admin",
            )
        self.admin = Admin(ReportingConnection(url, {"X-API-Key": key}))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.admin.close()

    def now(self) -> int:
        """Return what time this machine has: a server goes by the same."""
        return Clock().now().seconds

    def prepare(self) -> None:
        """Fail now where the server or the API key is none that changes can be made with."""
        self.admin.revoke_sessions({"ids": [], "dryRun": True})


def user_part(named: str) -> str:
    """Return what names a user, as a part of a path.

    Raises:
        NotFound: It is neither an e-mail nor the start of an id.
        AmbiguousId: The start is too short.
    """
    return named if "@" in named else check_cut(Prefix.USER, named)


def listed(pages: Callable[[int], Iterator[Any]], limit: int) -> Listed:
    """Return the first *limit* items (0: all) of a list that is read in pages.

    Args:
        pages: Begins to read in pages of a given length.
    """
    if not limit:
        # The first page is read now: most of what can go wrong does so before anything is shown.
        items = pages(MOST)
        return Listed(chain(list(islice(items, 1)), items))
    found = list(islice(pages(min(MOST, limit + 1)), limit + 1))
    return Listed(found[:limit], is_cut=len(found) > limit)


def plain(answer: Mapping[str, Any]) -> Json:
    """Return a typed answer as the plain object that it is."""
    return cast("Json", answer)
