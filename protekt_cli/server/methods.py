"""Which methods a path of a Starlette or FastAPI application takes, all of its routes counted."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.routing import BaseRoute, Match

from protekt_cli.server.answer import Scope

#: What the server knows at all (RFC 9110, 9.3, without CONNECT and TRACE, and RFC 5789).
KNOWN = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})


def methods_of(routes: Iterable[BaseRoute], scope: Scope) -> set[str]:
    """Return the methods that the path of *scope* takes.

    The framework's own `Allow` names those of the first route that fits, and no other's.
    """
    routes = tuple(routes)
    return {
        method
        for method in KNOWN
        if any(route.matches({**scope, "method": method})[0] is Match.FULL for route in routes)
    }
