"""Whole requests, one for everything that a server describes, made to be garbled."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from tests.faults.garbling import Parts
from tests.faults.running import PASSWORD

_METHODS = ("get", "post", "put", "patch", "delete")
#: Makes a key at each call: nothing to be done ten thousand times.
_LEFT_OUT = "/v1/admin/keys/rotate"
_NOBODY = "0" * 26


def seeds(described: Any, session: Any, key: str) -> list[Parts]:
    """Return a request for each operation with each credential that a session and a key give."""
    token = session["sessionToken"]
    credentials = (
        f"Authorization: Bearer {token}",
        f"Cookie: session_token={token}; device_id={session['deviceId']}",
        f"X-API-Key: {key}",
    )
    known = _bodies(session)
    return [
        _request(method, path, credential, session, known)
        for path, operations in described.items()
        for method in _METHODS
        if method in operations and path != _LEFT_OUT
        for credential in credentials
    ]


def _bodies(session: Any) -> dict[str, Any]:
    """Return a body for each operation for which an empty one is not enough."""
    token, email = session["sessionToken"], session["user"]["email"]
    named = {"name": "x", "metadata": {"a": [1]}}
    return {
        "post /v1/sessions": {"type": "password", "email": email, "password": "x", "device": {}},
        "post /v1/sessions/validate": {"sessionToken": token, "ip": "::1", "deviceId": "x"},
        "post /v1/sessions/refresh": {"refreshToken": session["refreshToken"], "deviceId": "x"},
        "post /v1/sessions/revoke": {"sessionId": f"sess_{_NOBODY}"},
        "post /v1/password": {"currentPassword": "wrong", "newPassword": PASSWORD},
        "patch /v1/devices/{device_id}": {"name": "mine"},
        "patch /v1/admin/devices/{device_id}": {"name": "mine", "trusted": True},
        "post /v1/admin/tokens/verify": {"token": token},
        "post /v1/admin/users": {"email": email, "password": PASSWORD, **named},
        "patch /v1/admin/users/{user}": named,
        "put /v1/admin/users/{user}/password": {"password": PASSWORD},
        "post /v1/admin/apikeys": {"name": "x", "scope": "client", "expiresIn": "1s"},
        "post /v1/admin/sessions": {"userId": session["user"]["id"], "claims": {"a": 1}},
        "post /v1/admin/sessions/revoke": {"ids": [f"sess_{_NOBODY}"], "dryRun": True},
    }


def _request(method: str, path: str, credential: str, session: Any, known: Any) -> Parts:
    target = "".join(_concrete(path, {} if method == "delete" else session)).encode()
    headers = [b"Host: localhost", credential.encode(), b"Connection: close"]
    if method in ("get", "delete"):
        return Parts(method.upper().encode(), target, headers, b"")
    if path.startswith("/oauth/"):
        body = f"grant_type=refresh_token&token={session['sessionToken']}&refresh_token=x".encode()
        headers.append(b"Content-Type: application/x-www-form-urlencoded")
    else:
        body = json.dumps(known.get(f"{method} {path}", {})).encode()
        headers.append(b"Content-Type: application/json")
    return Parts(method.upper().encode(), target, headers, body)


def _concrete(path: str, session: Any) -> Iterator[str]:
    """Name what there is, as far as a session tells it."""
    there = {"{session_id}": "sessionId", "{device_id}": "deviceId"}
    for piece in re.split(r"(\{[^}]*\})", path):
        if not piece.startswith("{"):
            yield piece
        elif piece in there and session:
            yield str(session[there[piece]])
        else:
            yield str(session["user"]["id"]) if session else f"user_{_NOBODY}"
