"""`protekt integrate`: a proxy's configuration, filled in with what the settings say."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.running import Run

#: With a certificate only https is served, and by the name that it is for.
TLS = {"PROTEKT_SERVER_TLS_CERT": "cert.pem", "PROTEKT_SERVER_TLS_KEY": "key.pem"}
PROXIES = ("nginx", "caddy", "traefik", "envoy")


@pytest.mark.parametrize("proxy", PROXIES)
def test_configuration_is_filled_in(protekt: Run, proxy: str) -> None:
    """It needs no database, no key, and nothing on the command line."""
    done = protekt("integrate", proxy)

    assert (0, "") == (done.code, done.err)
    assert not list(Path().iterdir())
    for known in ("8080", "127.0.0.1", "8787", "3000", "/v1/forward-auth"):
        assert known in done.out
    assert "%{" not in done.out


@pytest.mark.parametrize("proxy", PROXIES)
def test_app_and_port_are_the_flags(protekt: Run, proxy: str) -> None:
    """And nothing is left of their defaults."""
    done = protekt("integrate", proxy, "--app", "http://app.internal:9000/", "--listen", "81")

    assert 0 == done.code
    assert "app.internal" in done.out
    assert "9000" in done.out
    assert "8080" not in done.out
    assert "3000" not in done.out


@pytest.mark.parametrize(
    ("environ", "url"),
    [
        ({"PROTEKT_SERVER_PORT": "9999"}, "http://127.0.0.1:9999"),
        ({"PROTEKT_SERVER_HOST": "0.0.0.0"}, "http://127.0.0.1:8787"),  # noqa: S104
        ({"PROTEKT_SERVER_HOST": "::"}, "http://[::1]:8787"),
        ({"PROTEKT_SERVER_HOST": "10.0.0.7"}, "http://10.0.0.7:8787"),
        ({"PROTEKT_SERVER_PUBLIC_URL": "https://auth.example.com"}, "http://127.0.0.1:8787"),
        (TLS, "https://127.0.0.1:8787"),
        (TLS | {"PROTEKT_SERVER_PUBLIC_URL": "https://a.example"}, "https://a.example:443"),
        ({"PROTEKT_SERVER": "http://127.0.0.1:4000"}, "http://127.0.0.1:4000"),
        ({"PROTEKT_SERVER": "https://auth.example.com"}, "https://auth.example.com:443"),
    ],
)
def test_proxy_asks_where_the_server_listens(
    protekt: Run, environ: dict[str, str], url: str
) -> None:
    """By an address that can be connected to, or at the server that is named instead."""
    done = protekt("integrate", "traefik", environ=environ)

    assert f"address: {url}/v1/forward-auth\n" in done.out


@pytest.mark.parametrize("proxy", ["nginx", "envoy"])
def test_https_is_verified(protekt: Run, proxy: str) -> None:
    """These two would speak it with anybody, unless they are told whom to trust."""
    plain = protekt("integrate", proxy)
    https = protekt("integrate", proxy, "--app", "https://app.example.com")

    assert "ssl_verify on" in https.out or "match_typed_subject_alt_names" in https.out
    assert "443" in https.out
    for word in ("ssl", "trusted_ca", "tls"):
        assert word not in plain.out


@pytest.mark.parametrize(
    "app",
    [
        "127.0.0.1:3000",
        "ftp://127.0.0.1",
        "http://",
        "http://a b",
        "http://a;b",
        "http://a:0",
        "http://a:65536",
        "http://a:x",
        "http://[::1",
        "http://user@a",
        "http://a/path",
        "http://a?x",
        "http://a#x",
        "http://a\nb",
        "",
    ],
)
def test_url_that_is_none_is_wrong_usage(protekt: Run, app: str) -> None:
    """Nothing of it gets into a configuration."""
    done = protekt("integrate", "nginx", "--app", app)

    assert (2, "") == (done.code, done.out)
    assert done.err.startswith("protekt: --app")


@pytest.mark.parametrize(
    "arguments", [["nginx", "--listen", "0"], ["nginx", "--listen", "65536"], ["apache"], []]
)
def test_what_is_not_possible_is_wrong_usage(protekt: Run, arguments: list[str]) -> None:
    """A port that there is not, a proxy that is not known, or none."""
    done = protekt("integrate", *arguments)

    assert (2, "") == (done.code, done.out)
