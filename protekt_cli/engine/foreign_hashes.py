"""Password hashes that were made elsewhere: what forms are known, and how each is verified.

Argon2 and scrypt in PHC form, bcrypt, and Django's PBKDF2; none is ever made here. Each is read
strictly and within bounds, so that no stored text makes a login take hours, or all memory.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable

#: Whether a hash is of this password, in bytes.
Matching = Callable[[bytes], bool]

#: The most that one hash may take: bytes, passes over as many, rounds that take none.
MAX_MEMORY = 2**30
MAX_PASSES = 20
MAX_ROUNDS = 10**7
#: log2 of scrypt's N.
MAX_LN = 20
#: Lanes of Argon2, each of them a thread.
MAX_LANES = 255

#: bcrypt never looked at more of a password, wherever the hash was made.
_BCRYPT_BYTES = 72

_ARGON2 = re.compile(
    r"\$argon2(?:id|i|d)(?:\$v=(?:16|19))?\$m=([0-9]{1,9}),t=([0-9]{1,9}),p=([0-9]{1,9})"
    r"\$[A-Za-z0-9+/]{11,128}\$[A-Za-z0-9+/]{16,128}"
)
_SCRYPT = re.compile(
    r"\$scrypt\$ln=([0-9]{1,9}),r=([0-9]{1,9}),p=([0-9]{1,9})"
    r"\$([A-Za-z0-9+/]{0,128})\$([A-Za-z0-9+/]{22,128})"
)
_BCRYPT = re.compile(r"\$2[aby]\$([0-9]{2})\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{31}")
_DJANGO = re.compile(r"pbkdf2_sha256\$([0-9]{1,9})\$([^$]{1,128})\$([A-Za-z0-9+/]{43}=)")


class Unusable(ValueError):
    """The text is no hash of a known form, or takes more than one may; it says which."""


class NoMemory(Exception):
    """There is less memory than the hash takes."""


def check(text: str) -> None:
    """Make sure that passwords can be verified by a hash.

    Raises:
        Unusable: They cannot.
    """
    found = _ARGON2.fullmatch(text)
    if found is None:
        parse(text)
        return
    kib, passes, lanes = (int(part) for part in found.groups())
    _bound("memory", kib * 1024, MAX_MEMORY)
    _bound("time cost", passes, MAX_PASSES)
    _bound("lanes", lanes, MAX_LANES)
    if not passes or not lanes or kib < 8 * lanes:
        raise Unusable("its parameters are impossible")


def parse(text: str) -> Matching:
    """Return what verifies passwords by a hash that is none of Argon2.

    Raises:
        Unusable: It is no such hash.
    """
    if found := _SCRYPT.fullmatch(text):
        ln, r, p = (int(part) for part in found.groups()[:3])
        return _scrypt(ln, r, p, _decoded(found[4]), _decoded(found[5]))
    if found := _BCRYPT.fullmatch(text):
        return _bcrypt(int(found[1]), text)
    if found := _DJANGO.fullmatch(text):
        return _pbkdf2(int(found[1]), found[2].encode(), _decoded(found[3]))
    raise Unusable("it is of no known form")


def _scrypt(ln: int, r: int, p: int, salt: bytes, expected: bytes) -> Matching:
    _bound("ln", ln, MAX_LN)
    memory = 128 * r * max(2**ln, p)
    _bound("memory", memory, MAX_MEMORY)
    _bound("passes over its memory", memory * p, MAX_MEMORY * MAX_PASSES)
    if not r or not p or not 0 < ln < 16 * r:  # RFC 7914, 2
        raise Unusable("its parameters are impossible")

    def matches(password: bytes) -> bool:
        try:
            derived = hashlib.scrypt(
                password,
                salt=salt,
                n=2**ln,
                r=r,
                p=p,
                maxmem=128 * r * (2**ln + p + 2),
                dklen=len(expected),
            )
        except (MemoryError, ValueError) as error:  # nothing else is wrong with these arguments
            raise NoMemory(str(error)) from error
        return hmac.compare_digest(derived, expected)

    return matches


def _bcrypt(cost: int, text: str) -> Matching:
    if cost < 4:
        raise Unusable("its cost is impossible")
    _bound("rounds", 2**cost, MAX_ROUNDS)

    def matches(password: bytes) -> bool:
        import bcrypt

        return bcrypt.checkpw(password[:_BCRYPT_BYTES], text.encode())

    return matches


def _pbkdf2(rounds: int, salt: bytes, expected: bytes) -> Matching:
    _bound("rounds", rounds, MAX_ROUNDS)
    if not rounds:
        raise Unusable("its rounds are impossible")

    def matches(password: bytes) -> bool:
        derived = hashlib.pbkdf2_hmac("sha256", password, salt, rounds)
        return hmac.compare_digest(derived, expected)

    return matches


def _bound(what: str, value: int, most: int) -> None:
    if value > most:
        raise Unusable(f"its {what}, {value}, is more than {most}")


def _decoded(text: str) -> bytes:
    bare = text.rstrip("=")
    try:
        return base64.b64decode(bare + "=" * (-len(bare) % 4))
    except ValueError:
        raise Unusable("its base64 is broken") from None
