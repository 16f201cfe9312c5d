"""Hashes that were made elsewhere: published ones verify, and are made anew at the first login."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import argon2
import bcrypt
import pytest

from protekt_cli.config.protection import Passwords as PasswordSettings
from protekt_cli.engine import authentication, user_changes, users
from protekt_cli.engine.engine import Engine
from protekt_cli.engine.passwords import Passwords, Verdict
from protekt_cli.errors import InvalidCredentials, InvalidRequest
from protekt_cli.models import Caller
from protekt_cli.store import users as user_table

if TYPE_CHECKING:
    from tests.conftest import Person

CHEAPEST = PasswordSettings(argon2_time_cost=1, argon2_memory_kib=8)


def b64(text: str, *, pad: bool = False) -> str:
    encoded = base64.b64encode(bytes.fromhex(text)).decode()
    return encoded if pad else encoded.rstrip("=")


#: RFC 7914, sections 12 and 11; the first block of the latter is all that Django keeps.
SCRYPT_1024 = (
    "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
    "2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640"
)
PBKDF2_80000 = "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56"

PUBLISHED = {
    "scrypt of RFC 7914": (
        "password",
        f"$scrypt$ln=10,r=8,p=16${b64('4e61436c')}${b64(SCRYPT_1024)}",
    ),
    "scrypt of passlib's pages": (
        "password",
        "$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E",
    ),
    "bcrypt of jBCrypt's tests": (
        "abc",
        "$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i",
    ),
    "PBKDF2 of RFC 7914, as Django writes it": (
        "Password",
        f"pbkdf2_sha256$80000$NaCl${b64(PBKDF2_80000, pad=True)}",
    ),
    "argon2id of the reference's tests": (
        "password",
        "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
    ),
    "argon2i of the reference's tests": (
        "password",
        "$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA",
    ),
    "argon2i before versions": (
        "password",
        "$argon2i$m=65536,t=2,p=1$c29tZXNhbHQ$9sTbSlTio3Biev89thdrlKKiCaYsjjYVJxGAL3swxpQ",
    ),
}


@pytest.mark.parametrize(("password", "hash_"), PUBLISHED.values(), ids=PUBLISHED)
def test_a_published_hash_verifies(password: str, hash_: str) -> None:
    """Its own password, which makes a new hash due, and no other."""
    passwords = Passwords(CHEAPEST)

    Passwords.check_foreign(hash_)

    assert passwords.verify(hash_, password) is Verdict.DUE
    assert passwords.verify(hash_, password + "x") is Verdict.WRONG


def give(engine: Engine, person: Person, hash_: str) -> None:
    """Let a user have this hash, as an import would."""
    engine.submit(lambda t: user_changes.set_password(engine, t, person.user, hash_, actor="cli"))


def hash_of(engine: Engine, person: Person) -> str | None:
    user = engine.read(lambda view: user_table.find(view, person.id))
    assert user is not None
    return engine.read(lambda view: users.open_password(engine, view, user))


@pytest.mark.parametrize(("password", "hash_"), PUBLISHED.values(), ids=PUBLISHED)
def test_the_first_login_makes_the_hash_anew(
    engine: Engine, alice: Person, password: str, hash_: str
) -> None:
    """With the right password, as one of today's; a wrong one leaves it."""
    give(engine, alice, hash_)
    with pytest.raises(InvalidCredentials):
        alice.login(password="wrong")
    untouched = hash_of(engine, alice)

    alice.login(password=password)
    renewed = hash_of(engine, alice)
    alice.login(password=password)

    assert untouched == hash_
    assert str(renewed).startswith("$argon2id$v=19$m=8,t=1,p=1$")
    assert hash_of(engine, alice) == renewed


def test_nobody_who_is_refused_costs_a_second_hash(engine: Engine, alice: Person) -> None:
    """A right password of a disabled user takes as long as a wrong one."""
    give(engine, alice, bcrypt.hashpw(alice.password.encode(), bcrypt.gensalt(4)).decode())
    engine.submit(lambda t: user_changes.disable(engine, t, alice.user, actor="cli"))
    attempt = engine.submit(lambda t: authentication.begin(engine, t, alice.email, Caller()))

    assert authentication.check(engine, attempt, alice.password) == (True, None)
    with pytest.raises(InvalidCredentials):
        alice.login()


def typed_and_nfkc() -> dict[str, tuple[str, bytes]]:
    """Return a password that NFKC changes, as typed, with either that a hash may be of."""
    typed = "\ufb01rst cafe\u0301 \uff11"
    return {"as typed": (typed, typed.encode()), "NFKC": (typed, "first caf\u00e9 1".encode())}


@pytest.mark.parametrize(
    ("typed", "hashed"), typed_and_nfkc().values(), ids=typed_and_nfkc().keys()
)
def test_an_imported_hash_is_tried_as_typed_and_in_nfkc(
    engine: Engine, alice: Person, typed: str, hashed: bytes
) -> None:
    """Others hash what was typed; afterwards the hash is of the one spelling."""
    give(engine, alice, bcrypt.hashpw(hashed, bcrypt.gensalt(4)).decode())

    alice.login(password=typed)

    assert alice.login(password="first caf\u00e9 1")


def test_a_hash_of_today_of_what_was_typed_is_made_anew() -> None:
    """Nothing else tells it from one of ours."""
    typed = "\ufb01rst"
    imported = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(typed)
    passwords = Passwords(CHEAPEST)

    assert passwords.verify(imported, typed) is Verdict.DUE
    assert passwords.verify(passwords.hash(typed), typed) is Verdict.RIGHT


def test_bcrypt_never_looked_at_more_than_72_bytes() -> None:
    """A longer password was cut where its hash was made, and logs in with all of itself."""
    password = "x" * 71 + "\u00e9" + "more"
    hash_ = bcrypt.hashpw(password.encode()[:72], bcrypt.gensalt(4)).decode()

    assert Passwords(CHEAPEST).verify(hash_, password) is Verdict.DUE


SALT, DIGEST = "c29tZXNhbHQ", "CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
BCRYPT = "If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i"


@pytest.mark.parametrize(
    "hash_",
    [
        f"$argon2id$v=19$m=1048576,t=20,p=255${SALT}${DIGEST}",
        f"$scrypt$ln=20,r=8,p=1${SALT}${DIGEST}",
        f"$scrypt$ln=1,r=1,p=1$${DIGEST}",
        f"$2y$23${BCRYPT}",
        f"pbkdf2_sha256$10000000$salt${DIGEST}=",
    ],
)
def test_a_hash_may_take_so_much(hash_: str) -> None:
    """A gibibyte, twenty passes, ln of twenty, ten million rounds."""
    Passwords.check_foreign(hash_)


@pytest.mark.parametrize(
    ("hash_", "why"),
    [
        (f"$argon2id$v=19$m=1048577,t=1,p=1${SALT}${DIGEST}", "memory"),
        (f"$argon2id$v=19$m=64,t=21,p=1${SALT}${DIGEST}", "time cost"),
        (f"$argon2id$v=19$m=1048576,t=1,p=256${SALT}${DIGEST}", "lanes"),
        (f"$argon2id$v=19$m=7,t=1,p=1${SALT}${DIGEST}", "impossible"),
        (f"$argon2id$v=19$m=64,t=0,p=1${SALT}${DIGEST}", "impossible"),
        (f"$argon2id$v=19$m=64,t=1,p=0${SALT}${DIGEST}", "impossible"),
        (f"$argon2id$v=18$m=64,t=1,p=1${SALT}${DIGEST}", "no known form"),
        (f"$argon2id$v=19$m=64,t=1,p=1,data=x${SALT}${DIGEST}", "no known form"),
        (f"$scrypt$ln=21,r=1,p=1${SALT}${DIGEST}", "ln"),
        (f"$scrypt$ln=20,r=9,p=1${SALT}${DIGEST}", "memory"),
        (f"$scrypt$ln=20,r=8,p=21${SALT}${DIGEST}", "passes"),
        (f"$scrypt$ln=0,r=8,p=1${SALT}${DIGEST}", "impossible"),
        (f"$scrypt$ln=16,r=1,p=1${SALT}${DIGEST}", "impossible"),
        (f"$scrypt$ln=10,r=0,p=1${SALT}${DIGEST}", "impossible"),
        (f"$scrypt$ln=10,r=8,p=0${SALT}${DIGEST}", "impossible"),
        (f"$scrypt$ln=10,r=8,p=1$x${DIGEST}", "base64"),
        (f"$2b$24${BCRYPT}", "rounds"),
        (f"$2b$03${BCRYPT}", "impossible"),
        (f"$2b$12${'x' * 53}", "no known form"),
        (f"$2x$12${BCRYPT}", "no known form"),
        (f"pbkdf2_sha256$10000001$salt${DIGEST}=", "rounds"),
        (f"pbkdf2_sha256$0$salt${DIGEST}=", "impossible"),
        (f"pbkdf2_sha1$1$salt${DIGEST}=", "no known form"),
        ("", "no known form"),
        ("hunter2", "no known form"),
        ("5f4dcc3b5aa765d61d8327deb882cf99", "no known form"),
        (f"$argon2id$v=19$m=64,t=1,p=1${SALT}${DIGEST}\n", "no known form"),
    ],
)
def test_a_hash_that_takes_more_or_is_none_is_refused(hash_: str, why: str) -> None:
    """Before it is stored, and the message holds nothing of it; a login by it is only refused."""
    with pytest.raises(InvalidRequest, match=why) as caught:
        Passwords.check_foreign(hash_)

    assert DIGEST not in caught.value.message
    assert not hash_ or hash_ not in caught.value.message
    if not hash_.startswith("$argon2"):
        assert Passwords(CHEAPEST).verify(hash_, "wonderland is real") is Verdict.WRONG
