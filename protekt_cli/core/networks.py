"""Addresses: their one spelling (no port, no zone, mapped IPv4 as IPv4), and which are near."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

Network = IPv4Network | IPv6Network

Bits = Mapping[int, int]

#: How many leading bits the addresses of one network share, by IP version: of the network that a
#: session stays in, and of the one that a customer of a provider has.
BINDING: Bits = {4: 24, 6: 48}
GUESSING: Bits = {4: 24, 6: 64}

#: Of a mapped address, the bits before those of IPv4 (RFC 4291 2.5.5.2).
_MAPPED_BITS = 96


def normalise(text: str) -> str:
    """Return *text*, an address with or without a port, in its one spelling.

    Raises:
        ValueError: It is no address.
    """
    address: IPv4Address | IPv6Address = ip_address(_without_zone(_without_port(text)))
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return str(address)


def parse(text: str) -> Network:
    """Read an address or a CIDR network, as addresses are spelled: no zone, IPv4 never mapped.

    Raises:
        ValueError: It is neither.
    """
    address, *bits = text.split("/")
    network = ip_network("/".join([_without_zone(address), *bits]), strict=False)
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


def _without_zone(address: str) -> str:
    return address.partition("%")[0]


def _without_port(text: str) -> str:
    if text.startswith("["):
        host, bracket, port = text[1:].partition("]")
        if not bracket or (port and not _is_port(port)):
            raise ValueError(f"{text!a} is no address")
        return host
    if text.count(":") == 1:
        host, _, port = text.partition(":")
        if not _is_port(f":{port}"):
            raise ValueError(f"{text!a} is no address")
        return host
    return text


def _is_port(text: str) -> bool:
    return text[0] == ":" and text[1:].isascii() and text[1:].isdigit()
