"""OAuth libraries that know nothing of Protekt: they renew, ask about, and give back its tokens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session as AuthlibSession
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata
from oauthlib.oauth2 import InvalidGrantError  # type: ignore[import-untyped]
from requests_oauthlib import OAuth2Session as OAuthlibSession

from tests.journeys.installation import EMAIL, PASSWORD, Installation, Server
from tests.journeys.oauth import App, new_app

LOGGED_OUT = ("session_revoked", "logout")


@pytest.fixture(scope="module")
def app(shared: Installation) -> App:
    """An app with a key."""
    return new_app(shared)


@pytest.fixture(autouse=True)
def plain_http(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the libraries speak to a server of this machine without https."""
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")


def metadata(server: Server) -> Any:
    return server.ask("GET", "/.well-known/oauth-authorization-server").json()


def token_of(session: Any) -> dict[str, Any]:
    """Return a session response as the libraries keep tokens."""
    return {
        "access_token": session["sessionToken"],
        "refresh_token": session["refreshToken"],
        "token_type": session["tokenType"],
        "expires_in": session["expiresIn"],
    }


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_authlib_renews_asks_and_gives_back(server: Server, app: App, method: str) -> None:
    """By what the server says of itself, and nothing else."""
    endpoints, first = metadata(server), server.login(EMAIL, PASSWORD)
    client = AuthlibSession(app.id, app.key, method, token=token_of(first))

    second = client.refresh_token(endpoints["token_endpoint"])
    about = [
        client.introspect_token(endpoints["introspection_endpoint"], token=second[kind]).json()
        for kind in ("access_token", "refresh_token")
    ]
    with pytest.raises(OAuthError) as refused:
        client.refresh_token(endpoints["token_endpoint"], "ref_x")
    given_back = client.revoke_token(
        endpoints["revocation_endpoint"], second["refresh_token"], "refresh_token"
    )

    assert [True, True] == [answer["active"] for answer in about]
    assert [first["sessionId"]] * 2 == [answer["sid"] for answer in about]
    assert "invalid_grant" == refused.value.error
    assert 200 == given_back.status_code
    assert LOGGED_OUT == server.why_ended(second["access_token"])


def test_public_client_of_authlib_renews(server: Server) -> None:
    """It has an id of its own choice, and no secret."""
    endpoints, first = metadata(server), server.login(EMAIL, PASSWORD)
    client = AuthlibSession("web", token_endpoint_auth_method="none", token=token_of(first))

    second = client.refresh_token(endpoints["token_endpoint"])

    assert server.validate(second["access_token"])["valid"]


def test_authlib_renews_by_itself(server: Server) -> None:
    """A token that is about to expire is replaced before the request goes on."""
    endpoints, first = metadata(server), server.login(EMAIL, PASSWORD)
    kept: list[dict[str, Any]] = []
    old = token_of(first) | {"expires_at": 1}
    client = AuthlibSession(
        "web",
        token_endpoint_auth_method="none",
        token_endpoint=endpoints["token_endpoint"],
        token=old,
        update_token=lambda token, **_: kept.append(token),
    )

    answer = client.get(f"http://127.0.0.1:{server.port}/v1/session")

    assert (200, first["sessionId"]) == (answer.status_code, answer.json()["session"]["id"])
    assert [True] == [token["refresh_token"] != first["refreshToken"] for token in kept]


@pytest.mark.parametrize("by_basic", [True, False])
def test_requests_oauthlib_renews_asks_and_gives_back(
    server: Server, app: App, by_basic: bool
) -> None:
    """It renews by itself; introspection and revocation are posts of its own."""
    endpoints, first = metadata(server), server.login(EMAIL, PASSWORD)
    client = OAuthlibSession(app.id, token=token_of(first))
    shown: dict[str, Any] = {"auth": (app.id, app.key)} if by_basic else app.form

    second = client.refresh_token(endpoints["token_endpoint"], **shown)
    about = ask_oauthlib(client, endpoints["introspection_endpoint"], second["access_token"], app)
    with pytest.raises(InvalidGrantError) as refused:
        client.refresh_token(endpoints["token_endpoint"], "ref_x", **shown)
    given_back = ask_oauthlib(
        client, endpoints["revocation_endpoint"], second["refresh_token"], app
    )

    assert (True, first["sessionId"]) == (about.json()["active"], about.json()["sid"])
    assert "the token is malformed" == refused.value.description
    assert 200 == given_back.status_code
    assert LOGGED_OUT == server.why_ended(second["access_token"])


def ask_oauthlib(client: OAuthlibSession, url: str, token: str, app: App) -> Any:
    post: Callable[..., Any] = client.post
    return post(url, data={"token": token}, auth=(app.id, app.key), withhold_token=True)


def test_metadata_stands_up_to_a_library_that_checks_it(shared: Installation) -> None:
    """All that RFC 8414 wants of it holds, where the server has an https URL."""
    public = "https://auth.example.com"
    with shared.serve(environ={"PROTEKT_SERVER_PUBLIC_URL": public}) as server:
        document = metadata(server)

    # The library takes a list without a value for no list.
    AuthorizationServerMetadata({**document, "response_types_supported": ["none"]}).validate()
    assert public == document["issuer"]
    assert f"{public}/oauth/token" == document["token_endpoint"]
    assert f"{public}/.well-known/jwks.json" == document["jwks_uri"]
    assert (["refresh_token"], []) == (
        document["grant_types_supported"],
        document["response_types_supported"],
    )


def test_metadata_leads_to_where_it_came_from(server: Server) -> None:
    """Where the server has no public URL, clients go on with the one that they used."""
    document = metadata(server)
    jwks = document["jwks_uri"].removeprefix(f"http://127.0.0.1:{server.port}")

    assert "http://127.0.0.1:8787" == document["issuer"]
    assert 200 == server.ask("GET", jwks).status
    assert "none" in document["token_endpoint_auth_methods_supported"]
    assert "none" not in document["introspection_endpoint_auth_methods_supported"]


def test_metadata_names_no_public_clients_where_there_are_none(shared: Installation) -> None:
    """A client learns beforehand that it needs a key."""
    with shared.serve(environ={"PROTEKT_SERVER_REQUIRE_API_KEY": "true"}) as server:
        document = metadata(server)

    assert ["client_secret_basic", "client_secret_post"] == document[
        "token_endpoint_auth_methods_supported"
    ]
