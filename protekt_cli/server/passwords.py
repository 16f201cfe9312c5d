"""Passwords in requests: checked and hashed in threads of their own, and nothing of them said.

A try that was counted and then not looked at is withdrawn here, whichever endpoint it came by.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

from protekt_cli.engine import authentication, strength
from protekt_cli.engine.authentication import Attempt
from protekt_cli.errors import InvalidRequest, Overloaded
from protekt_cli.server.services import Services

T = TypeVar("T")

_log = logging.getLogger("protekt")


async def check_or_withdraw(services: Services, attempt: Attempt, check: Callable[[], T]) -> T:
    """Return what the slow *check* of a counted try returns.

    Raises:
        Overloaded: Too many wait, or there is no memory; the try does not count.
        InvalidRequest: What came beside the password is wrong; the try does not count.
    """
    try:
        return await services.hashing.run(check)
    except (InvalidRequest, Overloaded):
        await services.submit(lambda transaction: authentication.withdraw(transaction, attempt))
        raise


async def hash_new(services: Services, password: str, email: str, name: str | None) -> str:
    """Return the hash of a new password that may be one, of the user with this e-mail and name.

    Raises:
        InvalidRequest: It is too short, too long or too easily guessed.
        Overloaded: Too many wait, or there is no memory.
    """
    passwords = services.engine.passwords

    def make() -> tuple[str | None, str]:
        warning = passwords.check_new(password, strength.known_words(email, name))
        return warning, passwords.hash(password)

    warning, password_hash = await services.hashing.run(make)
    warn(warning)
    return password_hash


def warn(weakness: str | None) -> None:
    """Say in the log that a new password, which was accepted, is easily guessed, and why."""
    if weakness is not None:
        _log.warning("a new password is easily guessed: %s", weakness)
