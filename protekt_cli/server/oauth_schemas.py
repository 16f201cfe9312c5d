"""The forms that the OAuth endpoints read and the documents they answer, named as the RFCs do.

Documents are written where they are answered; their models here only describe them.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

from protekt_cli.errors import EndReason, Reason
from protekt_cli.server.forms import MEDIA_TYPE, Form
from protekt_cli.server.oauth_clients import ClientForm


class TokenForm(ClientForm):
    """RFC 6749 6; where from the end user comes only an app with an API key may say."""

    grant_type: str
    refresh_token: str | None = None
    device_id: str | None = None
    ip: str | None = None
    user_agent: str | None = None


class IntrospectionForm(ClientForm):
    """RFC 7662 2.1, and from where the end user comes."""

    token: str
    device_id: str | None = None
    ip: str | None = None


class RevocationForm(ClientForm):
    """RFC 7009 2.1."""

    token: str


class Tokens(BaseModel):
    """RFC 6749 5.1."""

    access_token: str
    token_type: str
    expires_in: int
    refresh_token: str


class Introspection(BaseModel):
    """RFC 7662 2.2; of a token that is not active nothing else is said."""

    model_config = ConfigDict(extra="allow")

    active: bool
    token_type: str | None = None
    username: str | None = None
    client_id: str | None = None
    iss: str | None = None
    sub: str | None = None
    sid: str | None = None
    iat: int | None = None
    exp: int | None = None


class Nothing(BaseModel):
    """An empty document."""


class ServerMetadata(BaseModel):
    """RFC 8414 2."""

    issuer: str
    token_endpoint: str
    introspection_endpoint: str
    revocation_endpoint: str
    jwks_uri: str
    grant_types_supported: list[str]
    response_types_supported: list[str]
    token_endpoint_auth_methods_supported: list[str]
    introspection_endpoint_auth_methods_supported: list[str]
    revocation_endpoint_auth_methods_supported: list[str]


class OAuthError(BaseModel):
    """RFC 6749 5.2, with what the other paths call it."""

    error: str
    error_description: str
    code: str
    reason: Reason | None
    end_reason: EndReason | None


def form_body(model: type[Form]) -> dict[str, Any]:
    """Return what OpenAPI says of a form: FastAPI would read the body itself."""
    schema = model.model_json_schema()
    return {"requestBody": {"required": True, "content": {MEDIA_TYPE: {"schema": schema}}}}
