"""Who may call the admin API at all, said once for every path below it.

It judges before a body is read, so that nobody without a key learns what a body should be.
"""

from __future__ import annotations

from protekt_cli.models import Scope
from protekt_cli.server.access import require_key
from protekt_cli.server.request import Request

#: Below this path is what is guarded.
ROOT = "/v1/admin/"

_READING = frozenset({"GET", "HEAD"})
#: Looks as a GET does, and is a POST because no token belongs into a path.
_VERIFY = "/v1/admin/tokens/verify"


def check(request: Request) -> None:
    """Refuse a request whose API key does not suffice for what it does.

    Raises:
        InvalidApiKey: None came.
        Forbidden: Its scope is less than is needed.
    """
    is_reading = request.method in _READING or request.path == _VERIFY
    require_key(request, Scope.READ if is_reading else Scope.ADMIN)
