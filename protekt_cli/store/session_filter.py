"""Which sessions a list is about, in SQL: judged at one `now`, as `policy` judges.

In every condition the table of sessions is `s`, and `:now` a parameter.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Any

from protekt_cli.models import SessionStatus
from protekt_cli.store.database import View

#: The same judgement as `policy.status`, for lists; a test holds the two together.
LIVE = (
    "(s.ended_at IS NULL AND s.idle_expires_at > :now AND s.refresh_expires_at > :now"
    " AND s.absolute_expires_at > :now)"
)
_EXPIRIES = "('idle_timeout', 'refresh_expired', 'absolute_timeout')"
IN_STATUS = {
    SessionStatus.ACTIVE: LIVE,
    SessionStatus.EXPIRED: (
        f"(s.end_reason IN {_EXPIRIES} OR (s.ended_at IS NULL AND NOT {LIVE}))"
    ),
    SessionStatus.REVOKED: f"s.end_reason NOT IN {_EXPIRIES}",
}


@dataclass(frozen=True, slots=True)
class Filter:
    """Which sessions: all that is given must hold."""

    user_id: str | None = None
    device_id: str | None = None
    status: SessionStatus | None = None
    ids: tuple[str, ...] | None = None
    except_ids: tuple[str, ...] = ()
    #: Active at this time or later.
    since: int | None = None
    #: Not active after this time.
    not_since: int | None = None
    network: IPv4Network | IPv6Network | None = None


def condition_of(view: View, wanted: Filter) -> tuple[str, dict[str, Any]]:
    """Return the condition that the sessions of a filter meet, and its parameters."""
    parameters: dict[str, Any] = {"now": view.now.seconds}
    terms = ["1"]
    if wanted.user_id is not None:
        terms.append("s.user_id = :user_id")
        parameters["user_id"] = wanted.user_id
    if wanted.device_id is not None:
        terms.append("s.device_id = :device_id")
        parameters["device_id"] = wanted.device_id
    if wanted.ids is not None:
        terms.append("s.id IN (SELECT value FROM json_each(:ids))")
        parameters["ids"] = json.dumps(wanted.ids)
    if wanted.except_ids:
        terms.append("s.id NOT IN (SELECT value FROM json_each(:except_ids))")
        parameters["except_ids"] = json.dumps(wanted.except_ids)
    if wanted.since is not None:
        terms.append("s.last_active_at >= :since")
        parameters["since"] = wanted.since
    if wanted.not_since is not None:
        terms.append("s.last_active_at <= :not_since")
        parameters["not_since"] = wanted.not_since
    if wanted.network is not None:
        terms.append("s.ip IN (SELECT value FROM json_each(:addresses))")
        parameters["addresses"] = json.dumps(_addresses_within(view, wanted.network))
    if wanted.status is not None:
        terms.append(IN_STATUS[wanted.status])
    return " AND ".join(terms), parameters


def _addresses_within(view: View, network: IPv4Network | IPv6Network) -> list[str]:
    """Return the addresses of sessions that are in the network, which SQL cannot tell."""
    if network.num_addresses == 1:
        return [str(network.network_address)]
    rows = view.rows("SELECT DISTINCT ip FROM sessions WHERE ip IS NOT NULL")
    return [address for (address,) in rows if ip_address(address) in network]
