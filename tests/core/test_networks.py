"""Addresses and networks as they are given to filter by."""

from __future__ import annotations

import pytest

from protekt_cli.core import networks


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("192.0.2.7", "192.0.2.7/32"),
        ("192.0.2.0/24", "192.0.2.0/24"),
        ("192.0.2.7/24", "192.0.2.0/24"),
        ("2001:DB8::1", "2001:db8::1/128"),
        ("2001:db8::/32", "2001:db8::/32"),
        ("::ffff:192.0.2.7", "192.0.2.7/32"),
        ("::ffff:192.0.2.0/120", "192.0.2.0/24"),
        ("::/0", "::/0"),
    ],
)
def test_a_network_is_an_address_or_a_cidr(text: str, expected: str) -> None:
    """In whichever spelling, and of IPv4 also where it came mapped."""
    assert expected == str(networks.parse(text))


@pytest.mark.parametrize("text", ["", "10", "192.0.2", "192.0.2.7/33", "here", "192.0.2.7:80"])
def test_what_is_neither_is_refused(text: str) -> None:
    """Nothing is guessed."""
    with pytest.raises(ValueError, match="does not appear"):
        networks.parse(text)
