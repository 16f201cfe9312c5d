"""Which OAuth client asks: an app by its API key, or a public one that has none (RFC 6749 2.3).

The id of an API key is no secret; whoever names it shows the key too, in one of three ways: by
Basic, in the form, or as every other path takes it.
"""

from __future__ import annotations

from base64 import b64decode
from urllib.parse import unquote_plus

from protekt_cli.core.ids import Prefix
from protekt_cli.errors import InvalidRequest
from protekt_cli.models import ApiKey
from protekt_cli.server.admission import refuse_in_browser
from protekt_cli.server.forms import Form
from protekt_cli.server.oauth_errors import InvalidClient
from protekt_cli.server.request import Request
from protekt_cli.server.services import Services


class ClientForm(Form):
    """What every form may say of the client that sends it."""

    client_id: str | None = None
    client_secret: str | None = None


def identify(services: Services, request: Request, form: ClientForm) -> ApiKey | None:
    """Return the API key of the client, which then is the request's; None for a public client.

    Raises:
        InvalidClient: It is not who it says it is, or does not show the key that it names.
        InvalidRequest: It authenticates in two ways at once.
        Forbidden: A page in a browser uses a key that does not belong there.
    """
    basic = _basic_of(request)
    ways = (basic is not None, form.client_secret is not None, request.key is not None)
    if sum(ways) > 1:
        raise InvalidRequest("the client authenticates in more than one way", hint="choose one")
    by_basic = basic is not None
    name, secret = basic or (form.client_id, form.client_secret)
    if form.client_id not in (None, name):
        raise InvalidClient("the form names another client than Basic does", by_basic=by_basic)
    if secret:
        key = services.find_key(secret)
        if key is None or key.id != name:
            raise InvalidClient("no such client has this secret", by_basic=by_basic)
        refuse_in_browser(request, key)
        request.key = key
    _check_name(request, name, by_basic=by_basic)
    return request.key


def require_client(services: Services, request: Request, form: ClientForm) -> ApiKey:
    """Return the API key of the client, which must have one.

    Raises:
        InvalidClient: It has none, or as `identify` says.
    """
    key = identify(services, request, form)
    if key is None:
        by_basic = _basic_of(request) is not None
        raise InvalidClient("this needs a client that authenticates", by_basic=by_basic)
    return key


def _check_name(request: Request, name: str | None, *, by_basic: bool) -> None:
    if request.key is not None:
        if name not in (None, request.key.id):
            raise InvalidClient("the API key is not the client's that is named", by_basic=by_basic)
    elif name is not None and name.startswith(f"{Prefix.API_KEY}_"):
        raise InvalidClient("this client needs its secret", by_basic=by_basic)


def _basic_of(request: Request) -> tuple[str, str] | None:
    """Return id and secret of a Basic credential; each is form-urlencoded within (2.3.1)."""
    scheme, _, credential = request.fields.get(b"authorization", b"").partition(b" ")
    if scheme.lower() != b"basic":
        return None
    try:
        name, colon, secret = b64decode(credential.strip(), validate=True).decode().partition(":")
        if not colon:
            raise ValueError("no colon")
        return unquote_plus(name, errors="strict"), unquote_plus(secret, errors="strict")
    except ValueError:
        raise InvalidClient("the Basic credential cannot be read", by_basic=True) from None
