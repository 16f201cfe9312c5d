"""Guesses at passwords, and how many of them are counted."""

from __future__ import annotations

from protekt_cli.engine import authentication
from protekt_cli.engine.engine import Engine
from protekt_cli.errors import InvalidCredentials, RateLimited
from protekt_cli.models import Caller, Grant

#: What is built in: so long do so many failures count.
WINDOW = 15 * 60
MOST = 10
HOME, ABROAD = "192.0.2.1", "198.51.100.7"
NOBODY = "nobody@example.com"
WRONG = "off with her head"


def guess(
    engine: Engine, email: str, ip: str | None = HOME, *, password: str = WRONG
) -> Grant | int | None:
    """Return what a login gave, None where its password was wrong, or how long it has to wait."""
    try:
        return authentication.login(engine, email, password, Caller(ip=ip))
    except InvalidCredentials:
        return None
    except RateLimited as limited:
        return limited.retry_after


def fail(engine: Engine, email: str, ip: str | None = HOME, *, times: int = MOST) -> None:
    """Try wrong passwords, each of which is looked at."""
    assert [guess(engine, email, ip) for _ in range(times)] == [None] * times


def counts(engine: Engine) -> dict[str, int]:
    """Return how many tries are counted, by what they are counted by."""
    rows = engine.read(
        lambda view: view.rows("SELECT kind, sum(attempts) FROM throttle GROUP BY kind")
    )
    return dict(rows)
