"""Garbled HTTP: whole requests, of which a line, a header, the framing or some bytes are wrong.

What comes of it is sent as it is over a socket. The shapes are those of request smuggling
(RFC 9112 11.2), of old and lenient parsers, and of plain damage.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tests.faults.garbled_json import garbled_json

Garbling = Callable[[random.Random, "Parts"], None]

_NUMBERS = (
    *(b"", b"0", b"-1", b"+5", b"05", b"5 5", b"5, 5", b"5,6", b"0x5", b"1e1", b"5;", b"\x0b5"),
    *(b"99999999999999999999", b"18446744073709551615", b"9" * 5_000, b"NaN", b"\xd9\xa3", b"4"),
)
_CODINGS = (
    *(b"chunked", b"Chunked", b"\tchunked", b"chunked\x0b", b"xchunked", b"chunked, identity"),
    *(b"identity, chunked", b"identity", b"gzip, chunked", b"chunked;q=1", b"", b'"chunked"'),
    *(b"chunked, chunked", b"\x00chunked", b"c\xc2hunked", b"trailers"),
)
_METHODS = (
    *(b"", b"get", b"BREW", b"TRACE", b"CONNECT", b"PRI", b"OPTIONS", b"HEAD", b"PUT", b"DELETE"),
    *(b"G\0ET", b"GET\t", b"G" * 9_000, b"\xff", b"GET GET", b"{}", b"_", b"M-SEARCH"),
)
_VERSIONS = (
    *(b"HTTP/1.0", b"HTTP/0.9", b"HTTP/2.0", b"HTTP/1.2", b"HTTP/9999.1", b"http/1.1", b"", b"X"),
    *(b"HTTP/1.1 HTTP/1.1", b"HTTP/1.1\t", b"HTTP/1", b"HTTPS/1.1", b"HTTP/1.1\0"),
)
_ENDS = (b"\n", b"\r", b"\r\r\n", b"\n\r", b"\0\r\n", b"\r\n\r\n", b"")
_FIELDS = (
    *(b"Host: evil.example", b"Host:", b"Host : localhost", b" Host: localhost", b"Host: a, b"),
    *(b"Connection: upgrade", b"Upgrade: websocket", b"Upgrade: h2c", b"Expect: 100-continue"),
    *(b"Expect: 200-maybe", b"HTTP2-Settings: AAMAAABk", b"Sec-WebSocket-Key: AAAA", b"TE: gzip"),
    *(b"X-Forwarded-For: " + b"1.1.1.1, " * 300, b"X-Forwarded-For: \xff", b"Forwarded: for=\0"),
    *(b"X-Device-Id: " + b"\xf0\x9f\x94\x91" * 99, b"User-Agent: \xff\xfe", b"Origin: null"),
    *(b"Cookie: " + b"a=b; " * 900, b"Cookie: session_token", b"Cookie: \x01=\x02;;;=", b"Cookie:"),
    *(b"Authorization: Basic " + b"Og==" * 9, b"Authorization: Basic \xff", b"Authorization:"),
    *(b"Content-Type: text/plain", b"Content-Type: application/json; charset=\xff", b"Accept: *"),
    *(b"Content-Encoding: gzip", b"Range: bytes=0-", b"Last-Event-ID: " + b"9" * 400, b"X" * 9_000),
    *(
        b"Last-Event-ID: -1",
        b"Last-Event-ID: \xd9\xa3",
        b"X-Request-Id: \r",
        b": x",
        b"",
        b"x",
        b"\0",
    ),
    *(b"X-API-Key: pk_\xff", b"X-API-Key: " + b"k" * 9_000, b"If-None-Match: *", b"\xff\xfe: x"),
    *(b"A: b\r\n c: obs-fold", b"A: b\n\tc", b"Trailer: Content-Length", b"Content-Length : 3"),
)


@dataclass(slots=True)
class Parts:
    """A request in the parts that it is put together of."""

    method: bytes
    target: bytes
    headers: list[bytes]
    body: bytes
    version: bytes = b"HTTP/1.1"
    end: bytes = b"\r\n"
    is_chunked: bool = False

    def whole(self) -> bytes:
        """Put the request together, framed by its length where it has a body."""
        headers = list(self.headers)
        if self.is_chunked:
            headers.append(b"Transfer-Encoding: chunked")
        elif self.body:
            headers.append(b"Content-Length: %d" % len(self.body))
        lines = [b" ".join((self.method, self.target, self.version)), *headers, b"", b""]
        return self.end.join(lines) + self.body


def garbled_once(dice: random.Random, seeds: Sequence[Parts]) -> list[bytes]:
    """Return requests of which one thing is odd: each method, version, header and length once."""
    odd: list[dict[str, Any]] = [
        *({"method": method} for method in _METHODS),
        *({"version": version} for version in _VERSIONS),
        *({"end": end} for end in _ENDS),
    ]
    made = [replace(_copy(dice.choice(seeds)), **change).whole() for change in odd]
    lines = [b"Content-Length: " + number for number in _NUMBERS]
    lines += [b"Transfer-Encoding: " + coding for coding in _CODINGS]
    for line in (*_FIELDS, *lines):
        parts = _copy(dice.choice(seeds))
        parts.headers.insert(dice.randrange(len(parts.headers) + 1), line)
        made.append(parts.whole())
    return made


def _copy(parts: Parts) -> Parts:
    return replace(parts, headers=list(parts.headers))


def garbled(dice: random.Random, seeds: Sequence[Parts]) -> bytes:
    """Return what is left of one request or two, garbled once or more often."""
    parts = _copy(dice.choice(seeds))
    dice.choice(_GARBLINGS)(dice, parts)
    while not dice.randrange(3):
        dice.choice(_GARBLINGS)(dice, parts)
    whole = parts.whole()
    if not dice.randrange(8):
        whole += dice.choice((b"", b"\r\n", b"\0", b"x")) + dice.choice(seeds).whole()
    if not dice.randrange(8):
        whole = whole[: dice.randrange(len(whole))]
    return _damaged(dice, whole) if not dice.randrange(4) else whole


def _damaged(dice: random.Random, whole: bytes) -> bytes:
    """Flip, drop, double or put in some bytes, wherever they are."""
    made = bytearray(whole)
    for _ in range(dice.randrange(1, 6)):
        at = dice.randrange(len(made) + 1)
        piece = bytes(made[at : at + dice.randrange(1, 9)])
        put = dice.choice((b"", piece * 2, dice.randbytes(dice.randrange(1, 9)), b"\r\n", b"\0"))
        made[at : at + len(piece)] = put
    return bytes(made)


def _line(dice: random.Random, parts: Parts) -> None:
    if dice.randrange(2):
        parts.method = dice.choice(_METHODS)
    if not dice.randrange(3):
        parts.version = dice.choice(_VERSIONS)


def _target(dice: random.Random, parts: Parts) -> None:
    path = parts.target
    odd = b"%%%02x" % dice.randrange(256)
    parts.target = dice.choice(
        (
            *(b"http://localhost" + path, b"http://evil.example" + path, b"//evil.example" + path),
            *(
                b"localhost:80",
                b"*",
                b"",
                b"/",
                path + b"/",
                path + b"?",
                path + b"#x",
                b"?" + path,
            ),
            *(b"/.." + path, b"/%2e%2e" + path, path + odd, path + b"%", path + b"%zz", b"/" + odd),
            *(
                path + b"\0",
                path + b"\xff\xfe",
                path + b" x",
                path.upper(),
                path + b";a=b",
                path * 200,
            ),
            *(path + b"?access_token=x", path + b"?a=%ff&a=%00&=&&", path + b"?" + b"a=1&" * 1_500),
            *(path + b"?limit=" + dice.choice(_NUMBERS)[:99], path + b"?cursor=\xc3\x28&status=x"),
            path + b"?since=" + dice.choice((b"1e400", b"-1", b"9" * 50, b"0000-00-00", b"%00")),
        )
    )


def _header(dice: random.Random, parts: Parts) -> None:
    for _ in range(dice.choice((1, 1, 1, 2, 3))):
        at = dice.randrange(len(parts.headers) + 1)
        choice = dice.randrange(4)
        if choice == 0 and parts.headers:
            del parts.headers[at - 1]
        elif choice == 1 and parts.headers:
            parts.headers.insert(at, dice.choice(parts.headers))
        else:
            parts.headers.insert(at, dice.choice(_FIELDS))
    if not dice.randrange(10):
        parts.headers += [b"X-%d: x" % number for number in range(dice.choice((90, 200)))]


def _ends(dice: random.Random, parts: Parts) -> None:
    parts.end = dice.choice(_ENDS)


def _framing(dice: random.Random, parts: Parts) -> None:
    """Say two things of how long the body is, or one that is not so."""
    chosen = dice.randrange(4)
    if chosen != 1:
        parts.headers.append(b"Content-Length: " + dice.choice(_NUMBERS))
    if chosen:
        parts.headers.append(b"Transfer-Encoding: " + dice.choice(_CODINGS))
    if chosen == 3:
        parts.headers.append(b"Transfer-Encoding: " + dice.choice(_CODINGS))
    if not dice.randrange(3):
        parts.body += b"0\r\n\r\nGET /v1/session HTTP/1.1\r\nHost: localhost\r\n\r\n"


def _chunks(dice: random.Random, parts: Parts) -> None:
    """Send the body in chunks, of which one is odd."""
    parts.is_chunked = True
    size = dice.choice((b"%x" % len(parts.body), *_NUMBERS, b"f" * 16, b"F" * 17, b"7fffffff"))
    mark = dice.choice(
        (b"\r\n", b"\r\n", b"\n", b";a=b\r\n", b";" + b"a" * 9_000 + b"\r\n", b" \r\n")
    )
    last = dice.choice(
        (b"\r\n0\r\n\r\n", b"0\r\n\r\n", b"\r\n0\r\nHost: x\r\n\r\n", b"\r\n00\r\n\r\n", b"")
    )
    parts.body = size + mark + parts.body + last


def _body(dice: random.Random, parts: Parts) -> None:
    parts.body = garbled_json(dice, parts.body)


def _size(dice: random.Random, parts: Parts) -> None:
    parts.body += dice.choice((b" " * 70_000, b"[" * 60_000, b"\0" * 9, b"\xef\xbb\xbf", b"}" * 99))


_GARBLINGS: tuple[Garbling, ...] = (
    *(_line, _target, _target, _header, _header, _ends, _framing, _chunks, _size),
    *(_body, _body, _body, _body),
)
