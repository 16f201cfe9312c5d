"""Which credential each endpoint takes, as an OpenAPI document says it (OpenAPI 3.1, 4.8.27).

It describes; who is let in is decided where requests are answered.
"""

from __future__ import annotations

from typing import Any

from protekt_cli.config import Settings

_Taken = list[dict[str, list[str]]]

_OWN: _Taken = [{"accessToken": []}, {"sessionCookie": []}]
_KEY: _Taken = [{"apiKey": []}]
_CLIENT: _Taken = [{"client": []}, *_KEY]
#: What apps ask: without an API key only where the settings let them.
_OF_APPS: dict[tuple[str, str], _Taken] = {
    ("post", "/v1/sessions"): _KEY,
    ("post", "/v1/sessions/validate"): _KEY,
    ("post", "/v1/sessions/refresh"): _KEY,
    ("post", "/oauth/token"): _CLIENT,
}
_EXACT = {("post", "/oauth/introspect"): _CLIENT}
#: The first that a path begins with counts.
_BELOW = (("/v1/admin/", _KEY), ("/v1/", _OWN), ("/oauth/", [{}, *_CLIENT]), ("/", None))


def describe(document: dict[str, Any], settings: Settings) -> None:
    """Add to a document what its endpoints take, as the settings have it."""
    document.setdefault("components", {})["securitySchemes"] = {
        "accessToken": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
        "sessionCookie": {"type": "apiKey", "in": "cookie", "name": settings.cookies.session_name},
        "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
        "client": {"type": "http", "scheme": "basic"},
    }
    without: _Taken = [] if settings.server.require_api_key else [{}]
    exact = _EXACT | {asked: without + taken for asked, taken in _OF_APPS.items()}
    for path, methods in document["paths"].items():
        below = next(taken for start, taken in _BELOW if path.startswith(start))
        for method, operation in methods.items():
            taken = exact.get((method, path), below)
            if taken is not None:
                operation["security"] = taken
