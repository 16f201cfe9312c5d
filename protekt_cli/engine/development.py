"""What an installation for development may do and no other: have its clock moved, be emptied.

The mark in the database is the fence around it: whoever reaches a server of such an installation
may empty it, so nothing is ever marked that holds somebody's users.
"""

from __future__ import annotations

from ipaddress import ip_address

from protekt_cli.config import Settings
from protekt_cli.durations import LONGEST, format_duration
from protekt_cli.engine.engine import Engine
from protekt_cli.errors import Forbidden, InvalidRequest, Usage
from protekt_cli.store import meta, reset
from protekt_cli.store import users as user_table
from protekt_cli.store.database import Transaction, View

#: What brings a clock that was moved back.
BACK_TO_REAL_TIME = 'run protekt serve --dev, and POST {"real": true} to /dev/clock'


def claim(engine: Engine) -> None:
    """Mark the database as one for development, if it is not marked yet.

    Raises:
        Usage: It has users, and was not made for this.
    """
    engine.submit(lambda transaction: _mark(engine, transaction))
    engine.store.look_for_mark()


def refuse_reachable(settings: Settings) -> None:
    """Refuse settings by which anybody but this machine reaches the server.

    Raises:
        Usage: Such a setting is there.
    """
    server = settings.server
    if not _is_loopback(server.host):
        raise Usage(
            f"--dev listens on this machine alone, and server.host is {server.host!a}",
            hint="set it to 127.0.0.1, or leave --dev out",
        )
    for name in ("public_url", "trusted_proxies"):
        if getattr(server, name):
            raise Usage(
                f"--dev is for this machine alone, and server.{name} is set",
                hint=f"take server.{name} away, or leave --dev out",
            )


def refuse_moved_clock(engine: Engine) -> None:
    """Refuse a database whose clock is not the real one.

    Raises:
        Usage: Its clock was moved.
    """
    if engine.read(_offset):
        raise Usage(
            f"the clock of {engine.store.path} was moved",
            hint=BACK_TO_REAL_TIME,
        )


def move_clock(transaction: Transaction, seconds: int) -> None:
    """Move the clock that everything goes by, further forward.

    Raises:
        InvalidRequest: It would go too far ahead of real time.
    """
    _require_mark(transaction)
    offset = _offset(transaction) + seconds * 1000
    if offset > LONGEST * 1000:
        raise InvalidRequest(f"the clock goes at most {format_duration(LONGEST)} ahead")
    meta.put(transaction, meta.CLOCK_OFFSET, offset)


def restore_clock(transaction: Transaction) -> None:
    """Take the clock back to real time."""
    _require_mark(transaction)
    meta.remove(transaction, meta.CLOCK_OFFSET)


def empty(transaction: Transaction) -> None:
    """Empty the database, and take its clock back to real time; all keys stay."""
    _require_mark(transaction)
    reset.empty(transaction)


def _mark(engine: Engine, transaction: Transaction) -> None:
    if meta.find(transaction, meta.DEV):
        return
    if user_table.list_matching(transaction, status=None, search=None, limit=1):
        raise Usage(
            f"{engine.store.path} has users, and was not made for development",
            hint="anybody on this machine could empty it; make one with: protekt init --dev",
        )
    meta.put(transaction, meta.DEV, 1)


def _require_mark(view: View) -> None:
    """Refuse a database that was restored from one without the mark since the server started.

    Raises:
        Forbidden: It is not one for development.
    """
    if not meta.find(view, meta.DEV):
        raise Forbidden("this database is not one for development any more")


def _offset(view: View) -> int:
    return meta.find(view, meta.CLOCK_OFFSET) or 0


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
