"""What is asked of every request before any endpoint sees it: host, path, and credentials.

It judges by the request's line and headers alone. It knows API keys; it does not know which
endpoint needs one.
"""

from __future__ import annotations

from collections.abc import Callable

from protekt_cli.config import Settings
from protekt_cli.errors import (
    Forbidden,
    InvalidApiKey,
    InvalidRequest,
    InvalidToken,
    NotFound,
    Reason,
)
from protekt_cli.models import ApiKey, Scope
from protekt_cli.server.cookies import Cookies
from protekt_cli.server.hosts import Hosts
from protekt_cli.server.problems import UriTooLong
from protekt_cli.server.request import Request

FORWARD_AUTH = "/v1/forward-auth"
_PROBES = frozenset({"/healthz", "/readyz", "/metrics"})
_MAX_TARGET_BYTES = 8192


class Admission:
    """Judges requests by the settings of one installation."""

    def __init__(self, settings: Settings, find_key: Callable[[str], ApiKey | None]) -> None:
        """
        Args:
            find_key: Returns the good API key that a program presents, if it is one.
        """
        self._hosts = Hosts(
            public_url=settings.public_url, allowed_hosts=settings.server.allowed_hosts
        )
        self._cookies = Cookies(settings.cookies)
        self._find_key = find_key

    def admit(self, request: Request) -> None:
        """Refuse what no path takes, and note what the request brings.

        Too long a header block never gets here: the server's answer to it is 431.

        Raises:
            Problem: It is not to be answered in any other way.
        """
        if request.target_bytes > _MAX_TARGET_BYTES:
            raise UriTooLong(_MAX_TARGET_BYTES)
        is_probe = request.path in _PROBES
        is_forward_auth = is_for_forward_auth(request)
        self._hosts.check(request, any_name=is_probe or is_forward_auth)
        if request.has_odd_path and not is_forward_auth:
            raise NotFound("there is nothing at this path")
        if is_probe:
            return
        if is_forward_auth:
            self._note_for_proxy(request)
            return
        request.refuse_stray_credentials()
        request.cookies = self._cookies.read(request.fields.get(b"cookie"))
        self._note_key(request)

    def _note_for_proxy(self, request: Request) -> None:
        """Say no in the one way that a proxy passes on: with 401."""
        try:
            request.refuse_two_credentials()
            request.cookies = self._cookies.read(request.fields.get(b"cookie"))
            self._note_key(request)
        except InvalidRequest as error:
            raise InvalidToken(Reason.MALFORMED, hint=error.message) from None
        except Forbidden as error:
            raise InvalidApiKey(error.message, hint=error.hint) from None

    def _note_key(self, request: Request) -> None:
        presented = request.api_key()
        if presented is None:
            return
        key = self._find_key(presented)
        if key is None:
            raise InvalidApiKey("this API key is not known here")
        refuse_in_browser(request, key)
        request.key = key


def refuse_in_browser(request: Request, key: ApiKey) -> None:
    """Refuse a key that is not for apps in a request that a page sent.

    Raises:
        Forbidden: It is of a greater scope.
    """
    is_browser = b"origin" in request.fields or b"sec-fetch-site" in request.fields
    if key.scope is not Scope.CLIENT and is_browser:
        raise Forbidden(
            f"a key of scope {key.scope} does not belong into a browser",
            hint="call from a server, or use a key of scope client",
        )


def is_for_forward_auth(request: Request) -> bool:
    """Whether a proxy asks: then nothing of the request but its credential counts."""
    path = request.path
    return path == FORWARD_AUTH or path.startswith(f"{FORWARD_AUTH}/")
