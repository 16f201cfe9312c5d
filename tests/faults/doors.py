"""The doors of a server: every way to present an access token to it, and what each one tells.

Some are known by name. The others are found: whatever the server describes that wants a session
is one, so that a new endpoint is attacked as soon as it is there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import quote

from tests.faults.running import PASSWORD, Installation
from tests.parallel import Answered, Connection, request

#: In place of a reason: the token was taken for good.
ACCEPTED = "accepted"

#: Those that have to be there, and have to let a good token in.
NAMED = frozenset(
    {
        "validate",
        "bearer: GET /v1/session",
        "cookie: GET /v1/session",
        "bearer: PUT /v1/forward-auth/any/path",
        "cookie: GET /v1/forward-auth",
        "introspection",
        "administrator's check",
    }
)
#: Those that want a session, and have to be found to do so.
GUARDED = frozenset(
    {
        "bearer: GET /v1/sessions",
        "bearer: POST /v1/sessions/revoke",
        "bearer: DELETE /v1/sessions/{session_id}",
        "bearer: POST /v1/password",
        "bearer: GET /v1/devices",
        "bearer: GET /v1/devices/{device_id}",
        "bearer: PATCH /v1/devices/{device_id}",
        "bearer: DELETE /v1/devices/{device_id}",
        "bearer: GET /v1/events",
    }
)

_FORWARD_AUTH = "/v1/forward-auth"
_REFRESH = "/v1/sessions/refresh"
_METHODS = {"get", "post", "put", "patch", "delete"}
#: Bodies that are in order, so that only the token can be wrong.
_BODIES: dict[str, Any] = {
    "post /v1/password": {"currentPassword": PASSWORD, "newPassword": "another horse battery"},
    "patch /v1/devices/{device_id}": {"name": "mine"},
}
#: What a header can carry so that it arrives as it was: nothing is trimmed of it.
_IN_A_HEADER = re.compile(r"[!-~]([ -~]{0,7000}[!-~])?")
_IN_A_COOKIE = re.compile(r"[!-:<-~]{1,7000}")

Tells = Callable[[Answered], str | None]


@dataclass(frozen=True, slots=True)
class Door:
    """A way to present a token."""

    name: str
    #: Returns the request that presents a token; None where it cannot carry that one.
    request: Callable[[str], bytes | None]
    #: Returns why the token was refused, `ACCEPTED`, or None where the answer does not say.
    tells: Tells
    #: Whether a good token may be presented, or something would end by it.
    is_harmless: bool = True


async def answered(connection: Connection, asking: bytes) -> Answered:
    """Send a whole request, and return its answer, of which only JSON is read."""
    status, content = await connection.exchange(asking)
    return Answered(status, json.loads(content) if content.startswith(b"{") else None)


async def find_doors(connection: Connection, installation: Installation) -> list[Door]:
    """Return all doors of a server: the named ones it has, and those that are found."""
    described = (await connection.ask("GET", "/openapi.json")).body["paths"]
    doors = [validate_door(), *_own_doors(described)]
    doors += _asking_doors(described, installation)
    known = {door.name for door in doors}
    for path, operations in described.items():
        for method in _METHODS & operations.keys():
            name = f"bearer: {method.upper()} {path}"
            # The token that is missing at a refresh is of another kind.
            if path == _REFRESH or name in known:
                continue
            if await _wants_a_session(connection, method, path):
                doors.append(bearer_door(method, path, is_harmless=False))
    return doors


def validate_door() -> Door:
    """Return the door where an app asks whether a token is good."""
    return _posting("validate", "/v1/sessions/validate", "sessionToken")


def bearer_door(method: str, path: str, *, is_harmless: bool = True) -> Door:
    """Return an endpoint that a token is for."""
    ask = partial(_bearer, method, path)
    return Door(f"bearer: {method.upper()} {path}", ask, _guard_tells, is_harmless)


def _own_doors(described: Any) -> Iterator[Door]:
    """Those that say whose a request is."""
    for method, path in (("get", "/v1/session"), ("put", f"{_FORWARD_AUTH}/any/path")):
        if path in described or _FORWARD_AUTH in described:
            yield bearer_door(method, path)
    for path in ("/v1/session", _FORWARD_AUTH):
        if path in described:
            yield Door(f"cookie: GET {path}", partial(_cookie, path), _guard_tells)


def _asking_doors(described: Any, installation: Installation) -> Iterator[Door]:
    """Those where somebody else asks about a token; for two of them with an API key."""
    if "/v1/admin/tokens/verify" in described:
        key = api_key(installation, "admin")
        yield _posting("administrator's check", "/v1/admin/tokens/verify", "token", key)
    if "/oauth/introspect" in described:
        key = api_key(installation, "client")
        ask = partial(_form, "/oauth/introspect", key)
        yield Door("introspection", ask, _introspection_tells)
    if "/oauth/revoke" in described:
        yield Door("OAuth revocation", partial(_form, "/oauth/revoke", ""), _nothing_told, False)


def api_key(installation: Installation, scope: str) -> str:
    return str(installation.shown("apikeys", "create", "attacker", "--scope", scope)["key"])


async def _wants_a_session(connection: Connection, method: str, path: str) -> bool:
    """Whether it is for want of an access token that a request without one is refused."""
    answer = await answered(connection, _request(method, path, ""))
    return answer.status == 401 and _reason(answer) == "missing"


def _request(method: str, path: str, headers: str) -> bytes:
    body = _BODIES.get(f"{method} {path}")
    sent = b"" if body is None else json.dumps(body).encode()
    return request(method.upper(), re.sub(r"\{[^}]*\}", "x", path), sent, headers)


def _bearer(method: str, path: str, token: str) -> bytes | None:
    if not _IN_A_HEADER.fullmatch(token):
        return None
    return _request(method, path, f"Authorization: Bearer {token}\r\n")


def _cookie(path: str, token: str) -> bytes | None:
    if not _IN_A_COOKIE.fullmatch(token):
        return None
    return _request("get", path, f"Cookie: a=b; session_token={token}; c=d\r\n")


def _form(path: str, key: str, token: str) -> bytes:
    body = f"token={quote(token, safe='', errors='surrogatepass')}".encode()
    headers = f"X-API-Key: {key}\r\n" if key else ""
    head = f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
    return request("POST", path, headers=headers + head) + body


def _posting(name: str, path: str, member: str, key: str = "") -> Door:
    headers = f"X-API-Key: {key}\r\n" if key else ""

    def ask(token: str) -> bytes:
        return request("POST", path, json.dumps({member: token}).encode(), headers)

    return Door(name, ask, _check_tells)


def _check_tells(answer: Answered) -> str:
    if answer.status != 200:
        return str(answer.status)
    return ACCEPTED if answer.body["valid"] else str(answer.body["reason"])


def _guard_tells(answer: Answered) -> str:
    if answer.status == 401:
        return str(_reason(answer))
    return ACCEPTED if answer.status < 300 else str(answer.status)


def _introspection_tells(answer: Answered) -> str | None:
    if answer.status != 200:
        return str(answer.status)
    return ACCEPTED if answer.body["active"] else None


def _nothing_told(answer: Answered) -> str | None:
    """RFC 7009 2.2: the answer is the same for a token that is none."""
    return None if answer.status == 200 else str(answer.status)


def _reason(answer: Answered) -> str | None:
    return answer.body.get("reason") if isinstance(answer.body, dict) else None
