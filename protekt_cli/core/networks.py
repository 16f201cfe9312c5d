"""Addresses: their one spelling is made at the edges; here it is asked which are near."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network

Bits = Mapping[int, int]

#: How many leading bits the addresses of one network share, by IP version: of the network that a
#: session stays in, and of the one that a customer of a provider has.
BINDING: Bits = {4: 24, 6: 48}
GUESSING: Bits = {4: 24, 6: 64}

#: Of a mapped address, the bits before those of IPv4 (RFC 4291 2.5.5.2).
_MAPPED_BITS = 96


def parse(text: str) -> Network:
    """Read an address or a CIDR network; IPv4 that came mapped into IPv6 is IPv4.

    Raises:
        ValueError: It is neither.
    """
    network = ip_network(text, strict=False)
    if isinstance(network, IPv6Network) and network.prefixlen >= _MAPPED_BITS:
        mapped = network.network_address.ipv4_mapped
        if mapped is not None:
            return ip_network((mapped, network.prefixlen - _MAPPED_BITS))
    return network


def network_of(address: str, bits: Bits = BINDING) -> Network | None:
    """Return the network that an address is taken to be of; None for what is no address."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return None
    return ip_network((parsed, bits[parsed.version]), strict=False)


def are_near(one: str | None, other: str | None) -> bool:
    """Whether two addresses are of one network; two absent ones are, one absent is not."""
    if one is None or other is None or one == other:
        return one == other
    network = network_of(one)
    return network is not None and network == network_of(other)
