"""Passwords that are easily guessed: which, what is said of them, and what the setting does."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from protekt_cli.config.protection import Passwords as PasswordSettings
from protekt_cli.engine.passwords import Passwords
from protekt_cli.engine.strength import find_weakness, known_words
from protekt_cli.errors import InvalidRequest

OWN = "it is made of the e-mail or the name of its user"
KNOWN = known_words("lorina.pleasance@wonder.example", "Edith Liddell-Hargreaves")


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("password", "this is a top-10 common password"),
        ("P@ssw0rd", "this is similar to a commonly used password"),
        ("aaaaaaaaaaaa", 'repeats like "aaa" are easy to guess'),
        ("abcdefgh", 'sequences like "abc" or "6543" are easy to guess'),
        ("qwertyuiop", "this is a top-100 common password"),
        ("elizabeth", "names and surnames by themselves are easy to guess"),
        ("lorina.pleasance", OWN),
        ("Lorina.Pleasance@wonder.example", OWN),
        ("lorina.pleasance1", OWN),
        ("\uff50\uff41\uff53\uff53\uff57\uff4f\uff52\uff44", "this is a top-10 common password"),
        ("password" * 100, 'repeats like "abcabcabc" are only slightly harder to guess than "abc"'),
    ],
)
def test_a_password_that_is_easily_guessed_is_weak(password: str, why: str) -> None:
    """By lists, patterns, and what is known of its user; the reason holds nothing of it."""
    assert find_weakness(password, KNOWN) == why


@pytest.mark.parametrize(
    "password",
    [
        "wonderland is real",
        "xkqvbnzpa",
        "correct horse battery",
        "\U0001f600\u00e9\u4e16\u754c\ud800xyz",
        "lorina.pleasance hates treacle",
        "4@8({[<369&#!1/|0$5+7%2",
    ],
)
def test_a_password_that_takes_a_million_guesses_is_not(password: str) -> None:
    """Whatever its characters."""
    assert find_weakness(password, KNOWN) is None


@pytest.fixture
def hasty_threads() -> Iterator[None]:
    """Let threads take turns as often as they can."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.usefixtures("hasty_threads")
def test_what_is_known_of_one_user_is_not_of_another() -> None:
    """Also where several are asked about at once."""
    mine, others = ["zyxomma petiolatum"], ["something else"]

    def ask(number: int) -> bool:
        return find_weakness("zyxomma petiolatum", mine if number % 2 else others) is None

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(ask, range(40)))

    assert answers == [True, False] * 20


def test_known_are_the_email_its_local_part_and_the_names_parts() -> None:
    """Nothing where there is no name."""
    assert known_words("al@example.com", "Alice O\u2019Dodgson-Liddell") == [
        "al@example.com",
        "al",
        "Alice",
        "O",
        "Dodgson",
        "Liddell",
    ]
    assert known_words("al@example.com", None) == ["al@example.com", "al"]


def test_a_weak_password_is_told_of_as_built_in() -> None:
    """It is accepted."""
    assert Passwords(PasswordSettings()).check_new("password") == (
        "this is a top-10 common password"
    )
    assert Passwords(PasswordSettings()).check_new("wonderland is real") is None


def test_a_weak_password_is_refused_where_that_is_set() -> None:
    """The message says why, and not what."""
    passwords = Passwords(PasswordSettings(blocklist="reject"))

    with pytest.raises(InvalidRequest) as caught:
        passwords.check_new("hargreaves99", KNOWN)

    assert caught.value.message.startswith("the password is too easily guessed: ")
    assert "hargreaves" not in f"{caught.value.message} {caught.value.hint}".lower()
    assert passwords.check_new("wonderland is real") is None


def test_a_weak_password_is_none_where_nobody_looks() -> None:
    """Turned off, length is all there is."""
    passwords = Passwords(PasswordSettings(blocklist="off"))

    assert passwords.check_new("password") is None
    with pytest.raises(InvalidRequest, match="too short"):
        passwords.check_new("passwor")
