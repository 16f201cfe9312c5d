"""Whose e-mail is known here: no answer to a login tells, nor the time that it takes."""

from __future__ import annotations

import random
from collections.abc import Mapping
from math import sqrt
from pathlib import Path
from statistics import mean, median, stdev
from time import perf_counter

import pytest

from tests.faults.running import EMAIL, PASSWORD, Installation, serving, times
from tests.journeys.asking import Answer, Client

NOBODY, NO_PASSWORD, DISABLED = "nobody@example.com", "carol@example.com", "dave@example.com"
WRONG = "wrong horse battery"
#: By what nobody may tell them from each other.
REFUSED = {
    "an unknown e-mail": (NOBODY, WRONG),
    "a wrong password": (EMAIL, WRONG),
    "no password": (NO_PASSWORD, WRONG),
    "a disabled user": (DISABLED, WRONG),
    "a disabled user, the right password": (DISABLED, PASSWORD),
}
#: The hashing of every installation, which takes longer than all else; and as cheap as can be.
USUAL = {
    "PROTEKT_PASSWORDS_ARGON2_MEMORY_KIB": "19456",
    "PROTEKT_PASSWORDS_ARGON2_TIME_COST": "2",
}
CHEAP: Mapping[str, str] = {}
#: How far from the others an answer's time may be.
ALIKE = 0.025


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    """An installation with a user, one without a password, and one who is disabled."""
    made = Installation(tmp_path, **(USUAL if times(1, everyday=0) else CHEAP))
    made.run("users", "create", NO_PASSWORD, "--no-password")
    made.add_user(DISABLED)
    made.run("users", "disable", DISABLED)
    return made


def log_in(client: Client, email: str, password: str) -> tuple[Answer, float]:
    """Return the answer to a login, and how long it took."""
    body = {"type": "password", "email": email, "password": password}
    begun = perf_counter()
    answer = client.ask("POST", "/v1/sessions", body)
    return answer, perf_counter() - begun


def told(answer: Answer) -> tuple[object, ...]:
    """Return all of a problem but what each has of its own: its time, and the request's id."""
    own = ("date", "x-request-id", "content-length", "retry-after")
    headers = [(name, value) for name, value in answer.headers if name.lower() not in own]
    return answer.status, sorted(headers), {**answer.json(), "requestId": None, "hint": None}


def compare(port: int, count: int) -> None:
    """Try all kinds of refused logins, in another order each time, and find no difference."""
    rounds: list[dict[str, float]] = []
    chance = random.Random(0)
    with Client(port) as client:
        for _ in range(count):
            answers, spent = {}, {}
            for kind in chance.sample(list(REFUSED), len(REFUSED)):
                answer, spent[kind] = log_in(client, *REFUSED[kind])
                answers[kind] = told(answer)
            assert dict.fromkeys(answers, answers["an unknown e-mail"]) == answers
            rounds.append(spent)
    for kind in REFUSED:
        # Measured by its round: what else this machine does makes all of a round slow.
        shares = [spent[kind] / mean(spent.values()) for spent in rounds]
        share, doubt = median(shares), 3 * stdev(shares) / sqrt(count)
        taken = median(spent[kind] for spent in rounds)
        print(f"\n{kind:<36} {taken * 1000:7.3f} ms  {share:.3f} ± {doubt:.3f}", end="")
        if times(1, everyday=0):
            assert abs(share - 1) <= ALIKE + doubt, kind


def test_refused_logins_are_alike(installation: Installation) -> None:
    """Answer and time are the same whoever is tried, and whatever is wrong with it."""
    with serving(installation) as server:
        compare(server.port, times(300, everyday=3))


def test_logins_that_are_not_heard_are_alike(installation: Installation) -> None:
    """After as many failures as may be, whoever it was that they were for."""
    with serving(installation, PROTEKT_THROTTLE_ACCOUNT_ATTEMPTS="1") as server:
        with Client(server.port) as client:
            for email, _ in REFUSED.values():
                log_in(client, email, WRONG)
            assert log_in(client, NOBODY, WRONG)[0].status == 429

        compare(server.port, times(300, everyday=3))
