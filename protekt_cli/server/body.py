"""The one reader of request bodies: limits, the deadline, and strict JSON.

It refuses before it reads where the headers already tell, holds little more than the limit, and
takes nothing for JSON that another program could read differently.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from protekt_cli.core import strict_json
from protekt_cli.errors import InvalidRequest
from protekt_cli.server.answer import Receive
from protekt_cli.server.deadline import Deadline
from protekt_cli.server.problems import PayloadTooLarge, RequestTimeout, UnsupportedMediaType


class BodyReader:
    """Reads bodies of *max_bytes* at most, which may take *seconds*."""

    def __init__(self, *, max_bytes: int, seconds: float = 10.0) -> None:
        self._max_bytes = max_bytes
        self._deadline = Deadline(seconds)

    async def read_json(
        self, fields: Mapping[bytes, bytes], receive: Receive
    ) -> dict[str, Any] | None:
        """Read a JSON object; None where the body is empty.

        Args:
            fields: The request's headers, by lower-case name.

        Raises:
            Problem: It is too large, too slow, of another type, cut short, or not strict JSON.
        """
        raw = await self.read_bytes(fields, receive)
        if not raw:
            return None
        _check_type(fields)
        try:
            value = strict_json.loads(raw)
        except ValueError as error:
            raise InvalidRequest(f"the body cannot be read: {error}") from None
        if not isinstance(value, dict):
            raise InvalidRequest("the body is not a JSON object")
        return value

    async def read_bytes(self, fields: Mapping[bytes, bytes], receive: Receive) -> bytes:
        """Read a body of any type.

        Raises:
            Problem: It is too large, too slow, encoded, or cut short.
        """
        expected = _expected_bytes(fields)
        if expected == 0:
            return b""
        if fields.get(b"content-encoding", b"identity").strip().lower() != b"identity":
            raise UnsupportedMediaType("an encoded body is not read here", hint="send it as it is")
        if expected is not None and expected > self._max_bytes:
            raise PayloadTooLarge(self._max_bytes)
        try:
            return await self._deadline.keep(_read(receive, self._max_bytes, expected))
        except TimeoutError:
            raise RequestTimeout from None

    async def discard(self, fields: Mapping[bytes, bytes], receive: Receive) -> None:
        """Take a body of any size and keep nothing of it.

        A connection is cut where an answer comes before the end of a body: this lets one go on
        whose body is nobody's business. One that is too slow is cut still.
        """
        if fields.get(b"content-length", b"0") == b"0" and b"transfer-encoding" not in fields:
            return
        with suppress(TimeoutError):
            await self._deadline.keep(_skip(receive))


async def _skip(receive: Receive) -> None:
    while (await receive()).get("more_body"):
        pass


async def _read(receive: Receive, limit: int, expected: int | None) -> bytes:
    body = bytearray()
    # Where the length is known, the message that only says "no more" need not be waited for.
    while len(body) != expected:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise InvalidRequest("the body ended too early")
        body += message.get("body", b"")
        if len(body) > limit:
            raise PayloadTooLarge(limit)
        if not message.get("more_body"):
            break
    return bytes(body)


def _expected_bytes(fields: Mapping[bytes, bytes]) -> int | None:
    """Return how long the body says it is; None where only its end will tell."""
    coding = fields.get(b"transfer-encoding")
    if coding is not None:
        if coding.lower() != b"chunked":
            raise InvalidRequest("that Transfer-Encoding is not read here")
        return None
    declared = fields.get(b"content-length", b"0")
    if not declared.isdigit():
        raise InvalidRequest("the Content-Length is no number")
    # A number this long is past any limit, and Python refuses to read one of 4,301 digits.
    return int(declared[:20])


def media_type_of(fields: Mapping[bytes, bytes]) -> tuple[bytes, bytes]:
    """Return what type a body says it is, in lower case, and the parameters of that."""
    media_type, _, parameters = fields.get(b"content-type", b"").lower().partition(b";")
    return media_type.strip(), parameters


def _check_type(fields: Mapping[bytes, bytes]) -> None:
    if fields.get(b"content-type") == b"application/json":
        return
    media_type, parameters = media_type_of(fields)
    given = (each.strip().replace(b'"', b"") for each in parameters.split(b";"))
    charsets = [each for each in given if each.startswith(b"charset=")]
    if media_type != b"application/json" or charsets not in ([], [b"charset=utf-8"]):
        raise UnsupportedMediaType(
            "the body is not JSON by its Content-Type", hint="send application/json"
        )
