"""The client's address behind proxies: believed as far as they are trusted."""

from __future__ import annotations

import pytest

from protekt_cli.server.answer import Header
from tests.server.application import PASSWORD
from tests.server.conftest import Start

LOGIN = {"type": "password", "email": "alice@example.com", "password": PASSWORD}


def forwarded(*values: bytes) -> list[Header]:
    return [(b"x-forwarded-for", value) for value in values]


@pytest.mark.parametrize(
    ("trusted", "headers", "expected"),
    [
        ([], forwarded(b"198.51.100.1"), "192.0.2.7"),
        (["10.0.0.0/8"], forwarded(b"198.51.100.1"), "192.0.2.7"),
        (["192.0.2.7"], [], "192.0.2.7"),
        (["192.0.2.7"], forwarded(b"198.51.100.1"), "198.51.100.1"),
        (["192.0.2.7"], forwarded(b"6.6.6.6, 198.51.100.1"), "198.51.100.1"),
        (["192.0.2.0/24"], forwarded(b"6.6.6.6, 198.51.100.1, 192.0.2.9"), "198.51.100.1"),
        (["192.0.2.0/24"], forwarded(b"6.6.6.6", b"198.51.100.1", b"192.0.2.9"), "198.51.100.1"),
        (["192.0.2.0/24"], forwarded(b"192.0.2.8, 192.0.2.9"), "192.0.2.8"),
        (["192.0.2.0/24"], forwarded(b"198.51.100.1, nonsense, 192.0.2.9"), "192.0.2.9"),
        (["192.0.2.0/24"], forwarded(b"nonsense"), "192.0.2.7"),
        (["192.0.2.0/24"], forwarded(b""), "192.0.2.7"),
        (["192.0.2.7"], forwarded(b"[2001:DB8::1]:4711"), "2001:db8::1"),
        (["192.0.2.7"], forwarded(b"::ffff:198.51.100.1"), "198.51.100.1"),
        (["192.0.2.7"], forwarded(b"198.51.100.1:4711"), "198.51.100.1"),
        (["192.0.2.7"], [(b"forwarded", b"for=198.51.100.1")], "192.0.2.7"),
    ],
)
def test_right_most_address_that_is_no_trusted_proxy_counts(
    start: Start, trusted: list[str], headers: list[Header], expected: str
) -> None:
    """What stands further left, anybody may have written."""
    app = start({"server.trusted_proxies": trusted})
    app.add_user("alice@example.com")

    granted = app.ask("POST", "/v1/sessions", LOGIN, headers=headers, client="192.0.2.7")
    own = app.ask("GET", "/v1/session", bearer=granted.json()["sessionToken"])

    assert expected == own.json()["session"]["ip"]
