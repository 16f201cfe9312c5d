"""Cookies, in and out: read byte by byte, written with the flags of the settings (RFC 6265bis).

Nothing is trimmed from a name but the blanks that separate it: a lenient parser lets another name,
say one with a no-break space before it, stand for a `__Host-` cookie that a browser guards.
"""

from __future__ import annotations

from protekt_cli.config.serving import Cookies as CookieSettings
from protekt_cli.core import policy
from protekt_cli.errors import InvalidRequest
from protekt_cli.models import Grant
from protekt_cli.server.answer import Header

#: Where the refresh cookie goes, and nowhere else.
REFRESH_PATH = "/v1/sessions/refresh"
#: Seconds that a device's id is kept: the longest that browsers keep any cookie.
_DEVICE_MAX_AGE = 400 * 86_400
_BLANKS = b" \t"


class Cookies:
    """The three cookies of a session in a browser."""

    def __init__(self, settings: CookieSettings) -> None:
        self.session, self.refresh, self.device = (
            name.encode()
            for name in (settings.session_name, settings.refresh_name, settings.device_name)
        )
        self._ours = frozenset({self.session, self.refresh, self.device})
        shared = f"; Path={settings.path}"
        if settings.domain:
            shared += f"; Domain={settings.domain}"
        flags = f"; SameSite={settings.same_site.capitalize()}"
        if settings.http_only:
            flags += "; HttpOnly"
        if settings.secure:
            flags += "; Secure"
        self._shared, self._refresh_only = shared + flags, f"; Path={REFRESH_PATH}{flags}"

    def read(self, header: bytes | None) -> dict[bytes, bytes]:
        """Return those of the three that came, by name; other people's are no matter.

        Raises:
            InvalidRequest: One of them came twice.
        """
        found: dict[bytes, bytes] = {}
        if header is None:
            return found
        for pair in header.split(b";"):
            name, equals, value = pair.partition(b"=")
            name = name.strip(_BLANKS)
            if not equals or name not in self._ours:
                continue
            if name in found:
                raise InvalidRequest("a cookie of this server came twice", hint="send one")
            found[name] = value.strip(_BLANKS)
        return found

    def set_to(self, grant: Grant) -> tuple[Header, ...]:
        """Return the headers that give a browser its tokens and its device's id.

        Both tokens are kept as long as the refresh token is good, so that an access token that
        has expired still comes along to log out.
        """
        session = grant.session
        max_age = max(0, policy.refresh_ends_at(session) - grant.issued_at)
        return (
            self._header(self.session, grant.access_token, max_age, self._shared),
            self._header(self.refresh, grant.refresh_token, max_age, self._refresh_only),
            self._header(self.device, session.device_id, _DEVICE_MAX_AGE, self._shared),
        )

    def clearing(self) -> tuple[Header, ...]:
        """Return the headers that take the two tokens away; the device stays."""
        return (
            self._header(self.session, "", 0, self._shared),
            self._header(self.refresh, "", 0, self._refresh_only),
        )

    def _header(self, name: bytes, value: str, max_age: int, attributes: str) -> Header:
        return (
            b"set-cookie",
            b"%b=%b" % (name, f"{value}; Max-Age={max_age}{attributes}".encode()),
        )
