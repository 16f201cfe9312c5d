"""Where a request comes from, and what binding a session to its device and address makes of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from ipaddress import IPv4Address, ip_address, ip_network

from tests.faults.history import Expected, one
from tests.faults.installations import Settings

_REFUSALS = {"device": "binding_mismatch", "ip": "ip_mismatch"}


def are_neighbours(one_address: str, other: str) -> bool:
    """Say whether two addresses are of one network: /24, or /48 for IPv6."""
    address = ip_address(one_address)
    size = 24 if isinstance(address, IPv4Address) else 48
    return ip_address(other) in ip_network(f"{address}/{size}", strict=False)


@dataclass(frozen=True, slots=True)
class Context:
    """Where a request came from, as far as its sender let it be known."""

    device_id: str | None
    address: str
    user_agent: str

    def is_that_of(self, other: Context) -> bool:
        """Say whether the two count as one: by the device, where either names one."""
        if self.device_id is not None or other.device_id is not None:
            return self.device_id == other.device_id
        is_near = are_neighbours(self.address, other.address)
        return is_near and self.user_agent == other.user_agent


@dataclass(frozen=True, slots=True)
class Binding:
    """What binding makes of a request: refused or not, and what is recorded of it."""

    refusal: str | None = None
    recorded: tuple[Expected, ...] = ()

    def ignored(self) -> Binding:
        """Return what is left where nothing is refused for it, and it may be recorded or not."""
        return Binding(None, tuple(replace(event, is_optional=True) for event in self.recorded))


def bind(
    settings: Settings,
    device_id: str,
    ip: str | None,
    shown_device: str | None,
    shown_ip: str | None,
) -> Binding:
    """Judge what a request shows, by the device and the address of the session's login."""
    is_near = ip is None or (shown_ip is not None and are_neighbours(ip, shown_ip))
    judged = (
        ("device", settings.device_binding, shown_device, shown_device == device_id),
        ("ip", settings.ip_matching, shown_ip, is_near),
    )
    wrong = [(kind, mode, shown) for kind, mode, shown, is_right in judged if not is_right]
    refused = [kind for kind, mode, _ in wrong if mode == "enforce"]
    logged = [kind for kind, mode, shown in wrong if mode == "log" and shown is not None]
    # Of a request that is refused only the first fault is sure to have been looked at.
    recorded = [one("session:mismatch", kind, optional=kind != refused[0]) for kind in refused]
    recorded += [one("session:mismatch", kind, optional=bool(refused)) for kind in logged]
    return Binding(_REFUSALS[refused[0]] if refused else None, tuple(recorded))
