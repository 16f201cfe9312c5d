"""What OAuth clients learn of this server before they ask it anything (RFC 8414)."""

from __future__ import annotations

from protekt_cli.server.answer import Answer
from protekt_cli.server.locating import url_of
from protekt_cli.server.request import Request
from protekt_cli.server.services import Services

_BY_SECRET = ("client_secret_basic", "client_secret_post")
_BY_ANYBODY = (*_BY_SECRET, "none")


def describe(services: Services, request: Request) -> Answer:
    """Return the document: who issues tokens, where its endpoints are, and what they take."""
    settings = services.engine.settings
    base = url_of(settings, request)
    renewed_by = _BY_SECRET if settings.server.require_api_key else _BY_ANYBODY
    return Answer.json(
        200,
        {
            "issuer": settings.issuer,
            "token_endpoint": f"{base}/oauth/token",
            "introspection_endpoint": f"{base}/oauth/introspect",
            "revocation_endpoint": f"{base}/oauth/revoke",
            "jwks_uri": f"{base}/.well-known/jwks.json",
            "grant_types_supported": ["refresh_token"],
            "response_types_supported": [],
            "token_endpoint_auth_methods_supported": renewed_by,
            "introspection_endpoint_auth_methods_supported": _BY_SECRET,
            "revocation_endpoint_auth_methods_supported": _BY_ANYBODY,
        },
    )
