"""Passwords: the rules for new ones, and the parameters that they are hashed with."""

from __future__ import annotations

import pytest

from protekt_cli.config.protection import Passwords as PasswordSettings
from protekt_cli.engine.passwords import Passwords, Verdict
from protekt_cli.errors import InvalidRequest, Overloaded

CHEAPEST = PasswordSettings(argon2_time_cost=1, argon2_memory_kib=8)


def test_the_built_in_parameters_are_those_of_owasp() -> None:
    """Argon2id with 19 MiB, two passes, one lane (OWASP Password Storage Cheat Sheet)."""
    hashed = Passwords(PasswordSettings()).hash("wonderland is real")

    assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_a_hash_is_salted() -> None:
    """The same password has another one each time, and each of them verifies."""
    passwords = Passwords(CHEAPEST)

    hashes = {passwords.hash("wonderland is real") for _ in range(3)}

    assert len(hashes) == 3
    assert {passwords.verify(each, "wonderland is real") for each in hashes} == {Verdict.RIGHT}


@pytest.mark.parametrize("stored", ["", "plain", "$argon2id$", "$2b$12$" + "x" * 53])
def test_what_is_no_argon2_hash_matches_nothing(stored: str) -> None:
    """It is a refusal, not an error."""
    assert Passwords(CHEAPEST).verify(stored, "wonderland is real") is Verdict.WRONG


@pytest.mark.parametrize(
    ("password", "accepted"),
    [
        ("12345678", True),
        ("1234567", False),
        ("\U0001f600" * 8, True),
        ("\U0001f600" * 7, False),
        ("e\u0301" * 8, True),
        ("e\u0301" * 7, False),  # fourteen code points, seven after NFKC
        ("\ufb03" * 3, True),  # three code points, nine after NFKC
        ("        ", True),
        ("x" * 1024, True),
        ("x" * 1025, False),
        ("\u00e9" * 512, True),
        ("\u00e9" * 513, False),
    ],
)
def test_a_new_password_is_neither_too_short_nor_too_long(password: str, accepted: bool) -> None:
    """At least eight code points after NFKC, at most 1024 bytes as it was sent."""
    passwords = Passwords(PasswordSettings())

    if accepted:
        passwords.check_new(password)
    else:
        with pytest.raises(InvalidRequest) as caught:
            passwords.check_new(password)
        assert password not in caught.value.message


def test_memory_that_is_not_there_is_no_wrong_password() -> None:
    """Nobody is refused, and no failure counted, for what the machine lacks."""
    huge = Passwords(PasswordSettings(argon2_memory_kib=2**32 - 1))

    with pytest.raises(Overloaded, match="cannot be hashed"):
        huge.hash("correct horse")


def test_a_hash_of_other_parameters_is_due() -> None:
    """Weaker or stronger, it is made anew; one of today's is not."""
    stored = Passwords(CHEAPEST).hash("wonderland is real")

    assert Passwords(CHEAPEST).verify(stored, "wonderland is real") is Verdict.RIGHT
    assert Passwords(PasswordSettings()).verify(stored, "wonderland is real") is Verdict.DUE
