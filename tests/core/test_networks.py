"""Addresses in their one spelling, and networks as they are given to filter by."""

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
        ("fe80::1%eth0", "fe80::1/128"),
        ("fe80::1%eth0/64", "fe80::/64"),
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


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("192.0.2.7:443", "192.0.2.7"),
        ("2001:DB8:0::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("[::ffff:192.0.2.7]:443", "192.0.2.7"),
    ],
)
def test_address_is_normalised(text: str, address: str) -> None:
    """No port, no zone, no mapping, lower case, shortest."""
    assert address == networks.normalise(text)


@pytest.mark.parametrize(
    "text", ["", "localhost", "192.0.2", "192.0.2.7:", "192.0.2.7:x", "[::1", "[::1]x", "[::1]:"]
)
def test_what_is_no_address_is_not_normalised(text: str) -> None:
    """A name, or an address with something around it, is not guessed at."""
    with pytest.raises(ValueError, match="address"):
        networks.normalise(text)
