"""Guessing passwords over HTTP: who is sent away, for how long, and what does not count."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from protekt_cli.engine.engine import Engine
from protekt_cli.errors import InvalidRequest
from protekt_cli.models import Scope
from protekt_cli.server import passwords
from protekt_cli.server.services import Services
from tests.conftest import Install
from tests.server.application import PASSWORD, Application
from tests.server.conftest import Start
from tests.server.talking import Answered

ALICE, NOBODY = "alice@example.com", "nobody@example.com"
WRONG = "off with her head"
WINDOW = 15 * 60


@pytest.fixture
def app(start: Start) -> Application:
    app = start()
    app.add_user(ALICE)
    return app


def guess(
    app: Application,
    email: str,
    password: str = WRONG,
    *,
    client: str = "192.0.2.7",
    key: str | None = None,
    **more: str,
) -> Answered:
    """Try to log in."""
    body = {"type": "password", "email": email, "password": password, **more}
    return app.ask("POST", "/v1/sessions", body, client=client, key=key)


def statuses(app: Application, email: str, times: int) -> Counter[int]:
    """Return how often which status came of so many guesses at once."""
    with ThreadPoolExecutor(times) as threads:
        return Counter(threads.map(lambda _: guess(app, email).status, range(times)))


def counted(engine: Engine) -> dict[str, int]:
    """Return how many tries are counted, by what they are counted by."""
    rows = engine.read(
        lambda view: view.rows("SELECT kind, sum(attempts) FROM throttle GROUP BY kind")
    )
    return dict(rows)


@pytest.mark.parametrize("email", [ALICE, NOBODY])
def test_after_ten_failures_the_next_is_sent_away(app: Application, email: str) -> None:
    """With the seconds to wait, whatever the password; the answer is no challenge."""
    failures = {(each.status, each.code()) for each in (guess(app, email) for _ in range(10))}

    limited = guess(app, email, PASSWORD)

    assert failures == {(401, "invalid_credentials")}
    assert (limited.status, limited.code()) == (429, "rate_limited")
    assert limited.header(b"retry-after") == str(WINDOW).encode()
    assert limited.header(b"www-authenticate") is None
    assert limited.header(b"cache-control") == b"no-store"
    assert limited.json()["detail"] == "too many tries with a wrong password"
    assert guess(app, ALICE, PASSWORD, client="198.51.100.7").status == 201


def test_nobody_and_somebody_are_sent_away_alike(app: Application) -> None:
    """Not a byte of the answers, their request ids aside, says who is known."""
    answers = []
    for email in (ALICE, NOBODY):
        whole = [guess(app, email) for _ in range(12)]
        answers.append(
            [
                (each.status, {**each.json(), "requestId": None}, each.header(b"retry-after"))
                for each in whole
            ]
        )

    assert answers[0] == answers[1]


@pytest.mark.parametrize("email", [ALICE, NOBODY])
def test_fifty_guesses_at_once_are_ten(app: Application, email: str) -> None:
    """Each counts before its hash is computed."""
    assert statuses(app, email, 50) == {401: 10, 429: 40}


def test_fifty_guesses_at_a_current_password_are_ten(app: Application) -> None:
    """By session; another session of the user is not concerned, and its own goes on."""
    stolen, own = (guess(app, ALICE, PASSWORD).json()["sessionToken"] for _ in range(2))

    def change(token: str, current: str) -> int:
        body = {"currentPassword": current, "newPassword": "a stone of flint"}
        return app.ask("POST", "/v1/password", body, bearer=token).status

    with ThreadPoolExecutor(50) as threads:
        told = Counter(threads.map(lambda _: change(stolen, WRONG), range(50)))

    assert told == {401: 10, 429: 40}
    assert app.ask("GET", "/v1/session", bearer=stolen).status == 200
    assert change(stolen, PASSWORD) == 429
    assert change(own, PASSWORD) == 200


def test_right_passwords_at_once_are_all_granted(start: Start) -> None:
    """What is granted is taken back, and leaves nothing."""
    app = start({"throttle.account_attempts": 40})
    app.add_user(ALICE)

    with ThreadPoolExecutor(40) as threads:
        answers = list(threads.map(lambda _: guess(app, ALICE, PASSWORD).status, range(40)))

    assert answers == [201] * 40
    assert counted(app.engine) == {}


def test_what_was_too_much_to_hash_does_not_count(start: Start) -> None:
    """Whoever is told to come again was not refused."""
    app = start(
        {
            "throttle.account_attempts": 1000,
            "throttle.ip_attempts": 1000,
            "passwords.argon2_time_cost": 2000,
        }
    )

    told = statuses(app, NOBODY, 150)

    assert set(told) == {401, 503}
    assert counted(app.engine) == dict.fromkeys(("network", "email", "address"), told[401])


def test_a_backend_that_names_no_address_is_not_shut_out(start: Start) -> None:
    """Many users come through it; the address that it names is the one that counts."""
    app = start({"throttle.ip_attempts": 2})
    key = app.add_key(Scope.CLIENT)
    app.add_user(ALICE)

    for number in range(4):
        assert guess(app, f"{number}@example.com", key=key).status == 401
    assert guess(app, ALICE, PASSWORD, key=key).status == 201

    for number in range(2):
        assert guess(app, f"{number}@example.com", key=key, ip="198.51.100.7").status == 401
    assert guess(app, ALICE, PASSWORD, key=key, ip="198.51.100.7").status == 429
    assert guess(app, ALICE, PASSWORD, key=key, ip="198.51.100.8").status == 201


def test_an_over_long_password_counts(app: Application) -> None:
    """It is refused like a wrong one."""
    told = Counter(guess(app, ALICE, "x" * 2000).status for _ in range(11))

    assert told == {401: 10, 429: 1}


def test_who_is_logged_in_goes_on(app: Application) -> None:
    """Somebody else's guesses end nothing, and a bad token is no guess."""
    own = guess(app, ALICE, PASSWORD).json()
    statuses(app, ALICE, 12)

    for _ in range(12):
        assert app.ask("GET", "/v1/session", bearer="no.good.token").status == 401
        assert app.ask("POST", "/v1/sessions/refresh", {"refreshToken": "ref_x"}).status == 401

    assert app.ask("GET", "/v1/session", bearer=own["sessionToken"]).status == 200
    renewed = app.ask("POST", "/v1/sessions/refresh", {"refreshToken": own["refreshToken"]})
    assert renewed.status == 200


def test_a_weak_password_is_told_in_the_log(
    install: Install, caplog: pytest.LogCaptureFixture
) -> None:
    """It is accepted as built in, and refused where that is set; what it is stands nowhere."""

    async def make(engine: Engine, password: str) -> str:
        services = Services(engine.reopen())
        await services.start()
        try:
            return await passwords.hash_new(services, password, ALICE, "Edith Liddell")
        finally:
            services.stop()

    lax, strict = install(), install({"passwords.blocklist": "reject"})

    with caplog.at_level(logging.WARNING, "protekt"):
        assert asyncio.run(make(lax, "liddell99")).startswith("$argon2id$")
        assert asyncio.run(make(strict, PASSWORD)).startswith("$argon2id$")
    with pytest.raises(InvalidRequest, match="too easily guessed"):
        asyncio.run(make(strict, "liddell99"))

    assert [record.getMessage() for record in caplog.records] == [
        "a new password is easily guessed: it is made of the e-mail or the name of its user"
    ]
