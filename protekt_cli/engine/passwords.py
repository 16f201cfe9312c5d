"""Passwords: Argon2id, the rules for new ones, and the same time whether or not there is a user.

The parameters are those of the OWASP Password Storage Cheat Sheet unless configured. Passwords
are NFKC (NIST SP 800-63B 3.1.1.2), never trimmed or cut. Hashing takes tens of milliseconds and
releases the GIL: it is done outside any transaction.
"""

from __future__ import annotations

import unicodedata
from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import (
    HashingError,
    InvalidHashError,
    VerificationError,
    VerifyMismatchError,
)

from protekt_cli.config.protection import Passwords as PasswordSettings
from protekt_cli.errors import InvalidRequest, Overloaded


class Passwords:
    """Hashes and verifies by the settings of one installation."""

    def __init__(self, settings: PasswordSettings) -> None:
        self._settings = settings
        self._hasher = PasswordHasher(
            time_cost=settings.argon2_time_cost,
            memory_cost=settings.argon2_memory_kib,
            parallelism=settings.argon2_parallelism,
        )

    @cached_property
    def _dummy(self) -> str:
        return self.hash("nobody has this password")

    def warm_up(self) -> None:
        """Compute the dummy hash now, so that the first unknown e-mail takes no longer."""
        _ = self._dummy

    def check_new(self, password: str) -> None:
        """Refuse a new password that is too short or too long.

        Raises:
            InvalidRequest: It says which, never the password.
        """
        least, most = self._settings.min_length, self._settings.max_bytes
        if len(unicodedata.normalize("NFKC", password)) < least:
            raise InvalidRequest(f"the password is too short: at least {least} characters")
        if self.is_too_long(password):
            raise InvalidRequest(f"the password is too long: at most {most} bytes")

    def is_too_long(self, password: str) -> bool:
        """Whether the password, as it was sent, is longer than any that is accepted."""
        return len(password.encode("utf-8", "surrogatepass")) > self._settings.max_bytes

    def hash(self, password: str) -> str:
        """Return the Argon2id hash, in PHC form."""
        try:
            return self._hasher.hash(_normalised(password))
        except HashingError as error:
            raise _no_memory(error) from error

    def verify(self, stored: str | None, password: str) -> bool:
        """Whether the password is the one of the *stored* hash.

        None (an unknown user, or one without a password) is verified against a dummy hash, so
        that it takes as long (OWASP Authentication Cheat Sheet, "Authentication Responses").
        """
        try:
            self._hasher.verify(stored or self._dummy, _normalised(password))
        except (VerifyMismatchError, InvalidHashError):
            return False
        except VerificationError as error:
            if "memory" in str(error).lower():
                raise _no_memory(error) from error
            return False  # what is stored is no hash
        return stored is not None

    def needs_rehash(self, stored: str) -> bool:
        """Whether the hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(stored)


def _no_memory(error: Exception) -> Overloaded:
    """Return what it means that a password could not be hashed, which is not that it is wrong."""
    return Overloaded(
        f"the password cannot be hashed: {str(error).lower()}",
        hint="there is less memory than passwords.argon2_memory_kib asks for",
    )


def _normalised(password: str) -> bytes:
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
