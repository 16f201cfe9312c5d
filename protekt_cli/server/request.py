"""One request as an endpoint sees it.

Made for the hot paths: a header is found in a dictionary, and what an endpoint does not ask for
is not computed. Nothing here decides whether a credential is good.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl

from protekt_cli.core import networks
from protekt_cli.errors import InvalidRequest
from protekt_cli.models import ApiKey
from protekt_cli.server.answer import Answer, Header, Receive, Scope
from protekt_cli.server.body import BodyReader

_QUERY_TOKENS = frozenset({"access_token", "token", "sessionToken"})
_ODD_ESCAPE = re.compile(rb"%(?:[01][0-9a-f]|7f|2f|5c)", re.IGNORECASE)
_SCOPE_KEY = "protekt.request"
_NO_COOKIES: Mapping[bytes, bytes] = MappingProxyType({})

Endpoint = Callable[["Request"], Awaitable[Answer]]


class Request:
    """A request whose body is still to be read."""

    __slots__ = (
        "_headers",
        "_reader",
        "_receive",
        "_scope",
        "cookies",
        "fields",
        "id",
        "key",
        "method",
        "route",
    )

    def __init__(self, scope: Scope, receive: Receive, reader: BodyReader) -> None:
        #: What the client and the log call this request; the gate sets it.
        self.id = ""
        #: The template of the path that answers; the gate sets it where there is one.
        self.route = ""
        #: Set on admission: the good API key that came, and those of our cookies that did.
        self.key: ApiKey | None = None
        self.cookies: Mapping[bytes, bytes] = _NO_COOKIES
        self.method: str = scope["method"]
        #: Header fields by lower-case name; those that came more than once are joined.
        self.fields: dict[bytes, bytes] = dict(scope["headers"])
        self._headers: Sequence[Header] = scope["headers"]
        if len(self.fields) != len(self._headers):
            self.fields = _joined(self._headers)
        self._scope = scope
        self._receive = receive
        self._reader = reader
        scope[_SCOPE_KEY] = self

    @classmethod
    def of(cls, scope: Scope) -> Request:
        """Return the request that the gate made of *scope*: for handlers behind a framework."""
        request: Request = scope[_SCOPE_KEY]
        return request

    @property
    def path(self) -> str:
        """The path, percent-decoded."""
        path: str = self._scope["path"]
        return path

    @property
    def has_odd_path(self) -> bool:
        """Whether the path hides a separator or a control character behind an escape.

        What stands before this server, a proxy with rules for paths, reads such a path otherwise.
        """
        raw_path: bytes = self._scope.get("raw_path") or b""
        return b"%" in raw_path and _ODD_ESCAPE.search(raw_path) is not None

    @property
    def query(self) -> bytes:
        """The query string as it was sent."""
        query: bytes = self._scope["query_string"]
        return query

    @property
    def target_bytes(self) -> int:
        """How long the request target is."""
        raw_path = self._scope.get("raw_path") or self.path.encode()
        return len(raw_path) + len(self.query) + (1 if self.query else 0)

    @property
    def peer(self) -> str | None:
        """The address that the connection came from, in its one spelling."""
        client = self._scope.get("client")
        if not client or not client[0]:
            return None
        address: str = client[0]
        return networks.normalise(address) if ":" in address else address

    def header(self, name: bytes) -> str | None:
        """Return a header's value by its lower-case *name*."""
        value = self.fields.get(name)
        return None if value is None else value.decode("latin-1")

    def is_repeated(self, name: bytes) -> bool:
        """Whether a header came more than once."""
        if len(self.fields) == len(self._headers):
            return False
        return sum(field == name for field, _ in self._headers) > 1

    def bearer(self) -> str | None:
        """Return the access token of the Authorization header, exactly as it was sent.

        None where none came; an empty one, or one with a space within, is for others to refuse.
        Another scheme, or an API key, is no access token.

        Raises:
            InvalidRequest: There are two of a kind.
        """
        self.refuse_two_credentials()
        credential = self._bearer_credential()
        return None if _is_key(credential) else credential

    def api_key(self) -> str | None:
        """Return the API key that came, in a header of its own or as a bearer credential."""
        value = self.header(b"x-api-key")
        if value is not None:
            return value
        credential = self._bearer_credential()
        return credential if _is_key(credential) else None

    def refuse_stray_credentials(self) -> None:
        """Refuse a request that carries a credential twice, or where others can read it.

        Query strings end up in logs, histories and `Referer` headers (RFC 9700, 4.3.2).

        Raises:
            InvalidRequest: There are two of a kind, or a token in the query.
        """
        self.refuse_two_credentials()
        if not self.query:
            return
        names = {name for name, _ in parse_qsl(self.query.decode("latin-1"), True)}
        if not _QUERY_TOKENS.isdisjoint(names):
            raise InvalidRequest(
                "a token came in the query string", hint="send it as a bearer header"
            )

    async def json(self) -> dict[str, Any] | None:
        """Read the body, which must be a JSON object; None where there is none.

        Raises:
            Problem: It is too large, too slow, of another type, or not strict JSON.
        """
        return await self._reader.read_json(self.fields, self._receive)

    async def content(self) -> bytes:
        """Read the body as it was sent, of whatever type it is.

        Raises:
            Problem: It is too large, too slow, or cut short.
        """
        return await self._reader.read_bytes(self.fields, self._receive)

    async def discard_content(self) -> None:
        """Take the body, whatever it is, and keep nothing of it."""
        await self._reader.discard(self.fields, self._receive)

    def refuse_two_credentials(self) -> None:
        """Refuse a request with two Authorization headers, or two API keys.

        Raises:
            InvalidRequest: There are two.
        """
        if self.is_repeated(b"authorization"):
            raise InvalidRequest("two Authorization headers came", hint="send one")
        if b"x-api-key" in self.fields and _is_key(self._bearer_credential()):
            raise InvalidRequest("two API keys came", hint="send one")

    def _bearer_credential(self) -> str | None:
        value = self.fields.get(b"authorization")
        if value is None:
            return None
        scheme, _, credential = value.partition(b" ")
        return credential.decode("latin-1") if scheme.lower() == b"bearer" else None


def _is_key(credential: str | None) -> bool:
    return credential is not None and credential.startswith("pk_")


def _joined(headers: Sequence[Header]) -> dict[bytes, bytes]:
    """Join what came more than once, as RFC 9110 (5.3) reads it and RFC 6265 (5.4) cookies."""
    fields: dict[bytes, bytes] = {}
    for name, value in headers:
        if name not in fields:
            fields[name] = value
        else:
            fields[name] += (b"; " if name == b"cookie" else b", ") + value
    return fields
