"""Where a request comes from, when proxies stand before the server.

What a proxy says of its client is believed as far as the proxies are trusted, and no further:
whoever may write `X-Forwarded-For` freely could be anybody.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import ip_address, ip_network

from protekt_cli.core import networks
from protekt_cli.server.request import Request


class Proxies:
    """The addresses whose `X-Forwarded-For` is believed."""

    def __init__(self, trusted: Iterable[str]) -> None:
        known = tuple(ip_network(each, strict=False) for each in trusted)
        self._any = bool(known)

        @lru_cache(maxsize=1024)
        def is_trusted(address: str) -> bool:
            parsed = ip_address(address)
            return any(parsed in network for network in known)

        self._is_trusted = is_trusted

    def client_of(self, request: Request) -> str | None:
        """Return the right-most address of the way here that is not a trusted proxy's.

        An entry that is no address ends the way: the proxy that passed it on stands for it.
        """
        address = request.peer
        if not self._any or address is None or not self._is_trusted(address):
            return address
        for entry in reversed((request.header(b"x-forwarded-for") or "").split(",")):
            try:
                address = networks.normalise(entry.strip())
            except ValueError:
                return address
            if not self._is_trusted(address):
                return address
        return address
