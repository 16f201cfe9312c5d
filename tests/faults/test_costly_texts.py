"""Texts made to take long: what anybody may send is read in a time that grows with its length.

Measured is the time of the processor: sixteen times the text may take no more than some forty times
as long, where a search within a search takes two hundred and fifty.
"""

from __future__ import annotations

import itertools
import string
import time
from collections.abc import Callable

import pytest

from protekt_cli.core import strict_json
from protekt_cli.engine import users
from protekt_cli.engine.strength import find_weakness
from protekt_cli.errors import InvalidRequest
from tests.conftest import Install

#: Combining marks in the wrong order, which a normal form has to sort.
MARKS = "\u0300\u0316"
LEET = "a@4b8c({[<e3g69i!1|lo0s$5t+7x%z2"


def doubled(length: int) -> bytes:
    """Return an object of so many members, the last of which is there twice."""
    names = itertools.islice(itertools.product(string.ascii_lowercase, repeat=3), length)
    members = ",".join(f'"{"".join(name)}":0' for name in names)
    return f'{{{members},"zzz":0,"zzz":0}}'.encode()


def read_doubled(length: int) -> None:
    with pytest.raises(ValueError, match="zzz"):
        strict_json.loads(doubled(length))


def look_up(length: int) -> None:
    assert users.key_of(f"a{MARKS * length}@example.com") != users.key_of("a@example.com")


def spell(length: int) -> None:
    with pytest.raises(InvalidRequest):
        users.normalise_email(f"a{MARKS * length}")


TEXTS: list[Callable[[int], None]] = [read_doubled, look_up, spell]


@pytest.mark.parametrize("read", TEXTS, ids=lambda read: read.__name__)
def test_text_is_read_in_a_time_that_grows_with_it(read: Callable[[int], None]) -> None:
    """A doubled member among thousands, and marks in an e-mail that nobody has."""
    least: list[float] = []

    for length in (500, 8000):
        began = time.process_time()
        read(length)
        least.append(time.process_time() - began)

    assert least[1] < 40 * max(least[0], 0.0002)


def test_long_new_password_is_refused_before_it_is_spelled_out(install: Install) -> None:
    """Its length in bytes says enough."""
    passwords = install().passwords

    began = time.process_time()
    with pytest.raises(InvalidRequest, match="too long"):
        passwords.check_new(MARKS * 16_000)
    took = time.process_time() - began

    assert took < 0.2


def test_new_password_is_weighed_in_pieces() -> None:
    """One that was made to take long takes a fraction of a second, not several."""
    began = time.process_time()
    find_weakness((LEET * 3)[:72])
    took = time.process_time() - began

    assert took < 1
