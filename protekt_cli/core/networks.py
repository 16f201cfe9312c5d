"""Addresses: their one spelling is made at the edges; here it is asked which are near."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network

#: How many leading bits two addresses of one network share, by IP version.
_BINDING = {4: 24, 6: 48}


def network_of(address: str) -> Network | None:
    """Return the network that an address is taken to stay in; None for what is no address."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return None
    return ip_network((parsed, _BINDING[parsed.version]), strict=False)


def are_near(one: str | None, other: str | None) -> bool:
    """Whether two addresses are of one network; two absent ones are, one absent is not."""
    if one is None or other is None or one == other:
        return one == other
    network = network_of(one)
    return network is not None and network == network_of(other)
