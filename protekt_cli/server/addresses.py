"""Addresses of clients in their one spelling: no port, no zone, IPv4 also where it came mapped."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address


def normalise(text: str) -> str:
    """Return *text*, an address with or without a port, in its one spelling.

    Raises:
        ValueError: It is no address.
    """
    address: IPv4Address | IPv6Address = ip_address(_without_port(text).partition("%")[0])
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return str(address)


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
