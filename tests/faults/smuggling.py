"""Requests with another hidden in their body: whoever reads the framing otherwise sees two.

A proxy and the server behind it must agree on where a request ends (RFC 9112 11.2). So each of
these has at most one answer: the hidden request is body to everybody, or nobody reads on.
"""

from __future__ import annotations

from collections.abc import Iterator

_HIDDEN = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
_START = (
    b"POST /v1/sessions/validate HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
)
#: Ends the body for a reader of chunks, and only for that one.
_AFTER_CHUNKS = b"0\r\n\r\n" + _HIDDEN
#: Is one chunk for a reader of chunks, and longer than four bytes for one of lengths.
_IN_A_CHUNK = b"%x\r\n%s\r\n0\r\n\r\n" % (len(_HIDDEN), _HIDDEN)
_LENGTH = b"Content-Length: %d\r\n" % len(_AFTER_CHUNKS)
_CHUNKED = b"Transfer-Encoding: chunked\r\n"

#: Ways to say that a body is chunked so that only some will hear it.
_HALF_SAID = (
    *(
        b"Transfer-Encoding: xchunked",
        b"Transfer-Encoding:\x0bchunked",
        b"Transfer-Encoding:chunked",
    ),
    *(
        b"Transfer-Encoding : chunked",
        b" Transfer-Encoding: chunked",
        b"Transfer-Encoding\t:chunked",
    ),
    *(b"Transfer-Encoding:\r\n chunked", b"X: x\nTransfer-Encoding: chunked", b"X: x\rTE: chunked"),
    *(b"Transfer-Encoding: identity, chunked", b"Transfer-Encoding: chunked, identity"),
    *(b"Transfer-Encoding: chunked;x=1", b"Transfer-Encoding: \xffchunked", b"TE: chunked"),
    *(b"Transfer_Encoding: chunked", b"Transfer-Encoding: CHUNKED\0", b"Transfer-Encoding: cow"),
    *(b"\0Transfer-Encoding: chunked", b"Transfer-Encodin\xc7\xb0: chunked", b"Transfer-Encoding:"),
)
_LENGTHS = (
    *(
        b"0",
        b"+0",
        b"-0",
        b"00",
        b" ",
        b"0, 0",
        b"0,",
        b"0;",
        b"0x0",
        b"0e0",
        b"0 0",
        b"\x0b0",
        b"0\0",
    ),
)
_SIZES = (b"0x0", b"-0", b"+0", b" 0", b"0_0", b"0\0", b"0\x0b", b"")


def hidden_requests() -> Iterator[tuple[str, bytes]]:
    """Return requests that hide one, by how they do it."""
    yield "a length and chunks", _START + _LENGTH + _CHUNKED + b"\r\n" + _AFTER_CHUNKS
    yield "chunks and a length", _START + _CHUNKED + _LENGTH + b"\r\n" + _AFTER_CHUNKS
    short = b"Content-Length: 4\r\n"
    yield "a short length and chunks", _START + short + _CHUNKED + b"\r\n" + _IN_A_CHUNK
    yield "chunks and a short length", _START + _CHUNKED + short + b"\r\n" + _IN_A_CHUNK
    for header in _HALF_SAID:
        yield f"a length and {header!r}", _START + _LENGTH + header + b"\r\n\r\n" + _AFTER_CHUNKS
        yield f"chunks and {header!r}", _START + _CHUNKED + header + b"\r\n\r\n" + _IN_A_CHUNK
    for length in _LENGTHS:
        twice = b"Content-Length: " + length + b"\r\n"
        yield f"a length and {length!r}", _START + _LENGTH + twice + b"\r\n" + _AFTER_CHUNKS
        yield f"{length!r} and a length", _START + twice + _LENGTH + b"\r\n" + _AFTER_CHUNKS
    for size in _SIZES:
        body = b"1\r\n{\r\n" + size + b"\r\n\r\n" + _HIDDEN
        yield f"a last chunk of {size!r}", _START + _CHUNKED + b"\r\n" + body
    for end in (b"\n", b"\r", b"\r\r\n"):
        body = b"%x%s%s%s0%s%s" % (len(_HIDDEN), end, _HIDDEN, end, end, end)
        yield f"chunks that end in {end!r}", _START + _CHUNKED + b"\r\n" + body
    yield (
        "a chunk larger than any",
        _START + _CHUNKED + b"\r\n1" + b"0" * 16 + b"0\r\n\r\n" + _HIDDEN,
    )
