"""Addresses and networks as they are given on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protekt_cli.errors import Usage

if TYPE_CHECKING:
    from protekt_cli.core.networks import Network


def parse_network(text: str) -> Network:
    """Read an address or a CIDR network; an IPv4 address that came mapped into IPv6 is IPv4.

    Raises:
        Usage: It is neither.
    """
    from protekt_cli.core import networks

    try:
        return networks.parse(text)
    except ValueError:
        raise Usage(
            f"--ip {text} is not possible", hint="write an address, or a network: 192.0.2.0/24"
        ) from None
