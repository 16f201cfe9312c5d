"""Which credential each endpoint takes, as an OpenAPI document says it (OpenAPI 3.1, 4.8.27).

It describes; who is let in is decided where requests are answered.
"""

from __future__ import annotations

from typing import Any

_SCHEMES = {
    "accessToken": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    "sessionCookie": {"type": "apiKey", "in": "cookie", "name": "session_token"},
    "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    "client": {"type": "http", "scheme": "basic"},
}
_Taken = list[dict[str, list[str]]]

_OWN: _Taken = [{"accessToken": []}, {"sessionCookie": []}]
_KEY: _Taken = [{"apiKey": []}]
_MAY_HAVE_KEY: _Taken = [{}, *_KEY]
_CLIENT: _Taken = [{"client": []}, *_KEY]
#: What is asked before there is a session to ask with.
_EXACT = {
    ("post", "/v1/sessions"): _MAY_HAVE_KEY,
    ("post", "/v1/sessions/validate"): _MAY_HAVE_KEY,
    ("post", "/v1/sessions/refresh"): _MAY_HAVE_KEY,
    ("post", "/oauth/introspect"): _CLIENT,
}
#: The first that a path begins with counts.
_BELOW = (("/v1/admin/", _KEY), ("/v1/", _OWN), ("/oauth/", [{}, *_CLIENT]), ("/", None))


def describe(document: dict[str, Any]) -> None:
    """Add to a document what its endpoints take."""
    document.setdefault("components", {})["securitySchemes"] = _SCHEMES
    for path, methods in document["paths"].items():
        below = next(taken for start, taken in _BELOW if path.startswith(start))
        for method, operation in methods.items():
            taken = _EXACT.get((method, path), below)
            if taken is not None:
                operation["security"] = taken
