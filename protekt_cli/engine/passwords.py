"""Passwords: Argon2id, the rules for new ones, and the same time whether or not there is a user.

The parameters are those of the OWASP Password Storage Cheat Sheet unless configured. Passwords
are NFKC (NIST SP 800-63B 3.1.1.2), never trimmed or cut. A hash that was made elsewhere may be of
a password as it was typed, so both are tried. Hashing takes tens of milliseconds and releases the
GIL: it is done outside any transaction.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from enum import Enum, auto
from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import (
    HashingError,
    InvalidHashError,
    VerificationError,
    VerifyMismatchError,
)

from protekt_cli.config.protection import Passwords as PasswordSettings
from protekt_cli.engine import foreign_hashes
from protekt_cli.engine.strength import find_weakness
from protekt_cli.errors import InvalidRequest, Overloaded

#: What hashes begin with that argon2-cffi verifies.
_OUR_KIND = "$argon2"


class Verdict(Enum):
    """What a password is, measured by a stored hash."""

    WRONG = auto()
    RIGHT = auto()
    #: Right, and its hash is to be made anew: as it is, none would be made today.
    DUE = auto()


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

    def check_new(self, password: str, known: Iterable[str] = ()) -> str | None:
        """Refuse a new password that is too short, too long, or too easily guessed.

        Takes milliseconds: not to be called inside a transaction.

        Args:
            known: Words that whoever guesses tries first: `strength.known_words` of the user.

        Returns:
            Why it is easily guessed, where it is accepted nevertheless.

        Raises:
            InvalidRequest: It says why, never the password.
        """
        least, most = self._settings.min_length, self._settings.max_bytes
        if self.is_too_long(password):  # first: to normalise a long run of marks takes for ever
            raise InvalidRequest(f"the password is too long: at most {most} bytes")
        if len(unicodedata.normalize("NFKC", password)) < least:
            raise InvalidRequest(f"the password is too short: at least {least} characters")
        if self._settings.blocklist == "off":
            return None
        weakness = find_weakness(password, known)
        if weakness is None or self._settings.blocklist == "warn":
            return weakness
        raise InvalidRequest(
            f"the password is too easily guessed: {weakness}",
            hint="take several words that do not belong together",
        )

    @staticmethod
    def check_foreign(text: str) -> None:
        """Refuse a password hash, made elsewhere, that no password can be verified by.

        Raises:
            InvalidRequest: It is of no known form, or takes too much memory or time.
        """
        try:
            foreign_hashes.check(text)
        except foreign_hashes.Unusable as error:
            raise InvalidRequest(
                f"the password hash cannot be used: {error}",
                hint="argon2 and scrypt in PHC form, bcrypt, and pbkdf2_sha256 of Django can be",
            ) from None

    def is_too_long(self, password: str) -> bool:
        """Whether the password, as it was sent, is longer than any that is accepted."""
        return len(password.encode("utf-8", "surrogatepass")) > self._settings.max_bytes

    def hash(self, password: str) -> str:
        """Return the Argon2id hash, in PHC form."""
        try:
            return self._hasher.hash(_normalised(password))
        except HashingError as error:
            raise _no_memory(error) from error

    def verify(self, stored: str | None, password: str) -> Verdict:
        """Return what the password is by the *stored* hash.

        None (an unknown user, or one without a password) is verified against a dummy hash, so
        that it takes as long (OWASP Authentication Cheat Sheet, "Authentication Responses").

        Raises:
            Overloaded: There is no memory for it.
        """
        normalised, typed = _normalised(password), _encoded(password)
        hash_ = stored or self._dummy
        # Both in any case, so that a right one takes no less time than a wrong one.
        as_typed = typed != normalised and self._matches(hash_, typed)
        matched = self._matches(hash_, normalised) or as_typed
        if stored is None or not matched:
            return Verdict.WRONG
        return Verdict.DUE if as_typed or self._needs_rehash(stored) else Verdict.RIGHT

    def _matches(self, stored: str, password: bytes) -> bool:
        try:
            if stored.startswith(_OUR_KIND):
                return self._hasher.verify(stored, password)
            return foreign_hashes.parse(stored)(password)
        except (VerifyMismatchError, InvalidHashError, foreign_hashes.Unusable):
            return False
        except foreign_hashes.NoMemory as error:
            raise _no_memory(error) from error
        except VerificationError as error:
            if "memory" in str(error).lower():
                raise _no_memory(error) from error
            return False  # what is stored is no hash

    def _needs_rehash(self, stored: str) -> bool:
        """Whether the hash was made with other parameters than today's, or by another function."""
        return not stored.startswith(_OUR_KIND) or self._hasher.check_needs_rehash(stored)


def _no_memory(error: Exception) -> Overloaded:
    """Return what it means that a password could not be hashed, which is not that it is wrong."""
    return Overloaded(
        f"the password cannot be hashed: {str(error).lower()}",
        hint="there is less memory than passwords.argon2_memory_kib, or an imported hash, asks for",
    )


def _normalised(password: str) -> bytes:
    return _encoded(unicodedata.normalize("NFKC", password))


def _encoded(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")
