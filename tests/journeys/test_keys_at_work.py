"""Signing keys and the master key are changed beside a running server, which goes by it at once."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jwt
import pytest

from tests.journeys.asking import Client
from tests.journeys.installation import EMAIL, PASSWORD, Installation, Server, until

ROTATIONS = 20


@dataclass
class Load:
    """What clients were answered that ask without a pause."""

    answers: Counter[str] = field(default_factory=Counter)

    @property
    def count(self) -> int:
        return self.answers.total()


@contextmanager
def asking(server: Server, ask: Callable[[Client], str]) -> Iterator[Load]:
    """Let a client ask until the end of the block."""
    load, done = Load(), threading.Event()

    def run() -> None:
        with Client(server.port) as client:
            while not done.is_set():
                load.answers[ask(client)] += 1

    thread = threading.Thread(target=run)
    thread.start()
    try:
        until(lambda: load.count or not thread.is_alive(), "the first answer")
        yield load
    finally:
        done.set()
        thread.join()


def validating(token: str) -> Callable[[Client], str]:
    def ask(client: Client) -> str:
        answer = client.ask("POST", "/v1/sessions/validate", {"sessionToken": token})
        return str(answer.json().get("reason", answer.status))

    return ask


def logging_in(client: Client) -> str:
    body = {"type": "password", "email": EMAIL, "password": PASSWORD}
    answer = client.ask("POST", "/v1/sessions", body)
    return str(answer.json().get("code", answer.status))


def jwks_of(server: Server) -> dict[str, jwt.PyJWK]:
    """Fetch the keys as a verifier does that keeps them."""
    fetched = server.ask("GET", "/.well-known/jwks.json").json()
    return {str(key.key_id): key for key in jwt.PyJWKSet.from_dict(fetched).keys}


def verified(token: str, cached: dict[str, jwt.PyJWK]) -> Any:
    """Return the claims of a token, verified by nothing but keys that were fetched before."""
    key = cached[jwt.get_unverified_header(token)["kid"]]
    return jwt.decode(token, key, algorithms=["ES256"], audience="protekt")


def active_kid(installation: Installation) -> str:
    (kid,) = (
        key["kid"]
        for key in installation.run("keys", "list", "--json").json()
        if key["status"] == "active"
    )
    return str(kid)


def test_rotations_refuse_nobody(installation: Installation) -> None:
    """A client validates without a pause, verifiers go by the keys that they fetched before."""
    with installation.serve() as server:
        first = server.login(EMAIL, PASSWORD)["sessionToken"]
        tokens, kids = [first], []
        with asking(server, validating(first)) as load:
            for _ in range(ROTATIONS):
                cached = jwks_of(server)
                rotated = installation.run("keys", "rotate", "--json").json()
                tokens.append(server.login(EMAIL, PASSWORD)["sessionToken"])
                kids.append(rotated["kid"])
                assert jwt.get_unverified_header(tokens[-1])["kid"] == rotated["kid"]
                assert verified(tokens[-1], cached)["client_id"] == "protekt"

        assert load.answers == {"200": load.count}
        assert load.count > 10 * ROTATIONS
        assert [server.validate(token)["valid"] for token in tokens] == [True] * len(tokens)
    assert len(set(kids)) == ROTATIONS


def test_a_revoked_key_is_refused_by_the_running_server_at_once(
    installation: Installation,
) -> None:
    """The first validation after the command has ended; the session lives on and renews."""
    with installation.serve() as server:
        session = server.login(EMAIL, PASSWORD)
        signed_by = active_kid(installation)
        installation.run("keys", "rotate")
        before = server.validate(session["sessionToken"])["valid"]

        revoked = installation.run("keys", "revoke", signed_by, "--yes")

        assert (before, revoked.code) == (True, 0)
        assert server.why_ended(session["sessionToken"]) == ("unknown_key", None)
        assert signed_by not in jwks_of(server)
        renewed = server.refresh(session["refreshToken"]).json()
        assert renewed["sessionId"] == session["sessionId"]
        assert server.validate(renewed["sessionToken"])["valid"]


@pytest.mark.parametrize("algorithm", ["HS256", "EdDSA", "RS256"])
def test_a_running_server_signs_with_another_algorithm_at_once(
    installation: Installation, algorithm: str
) -> None:
    """And verifies what it signed before with the old one."""
    with installation.serve() as server:
        before = server.login(EMAIL, PASSWORD)["sessionToken"]

        installation.run("keys", "rotate", "--algorithm", algorithm)
        after = server.login(EMAIL, PASSWORD)["sessionToken"]

        assert jwt.get_unverified_header(after)["alg"] == algorithm
        assert [server.validate(token)["valid"] for token in (before, after)] == [True, True]


def test_a_server_keyed_by_a_file_goes_on_after_a_rekey(installation: Installation) -> None:
    """Logins go on all the while; every older session has ended, and the events still verify."""
    with installation.serve() as server:
        old = server.login(EMAIL, PASSWORD)
        head = installation.run("events", "verify", "--json").json()["head"]
        with asking(server, logging_in) as load:
            ran = installation.run("db", "rekey", "--yes")
            asked = load.count
            until(lambda: load.count > asked + 5, "logins after the rekey")

        # One whose password was checked before the rekey creates no session.
        assert ran.code == 0, ran
        assert set(load.answers) <= {"201", "invalid_credentials"}
        assert load.answers["invalid_credentials"] <= 1
        assert server.why_ended(old["sessionToken"]) == ("unknown_key", None)
        assert server.refresh(old["refreshToken"]).problem()[:2] == (401, "invalid_token")
        new = server.login(EMAIL, PASSWORD)
        assert server.refresh(new["refreshToken"]).status == 200
        assert server.ask("GET", "/readyz").status == 200
    shown = installation.run("sessions", "show", old["sessionId"], "--json").json()
    assert (shown["status"], shown["endReason"]) == ("revoked", "revoked")
    assert installation.run("events", "verify", "--head", head).code == 0


def test_a_server_keyed_by_the_variable_needs_a_restart_after_a_rekey(
    installation: Installation, tmp_path: Path
) -> None:
    """Until then it is alive and says that it has no store."""
    key_file = installation.folder / "protekt.key"
    by_variable = {"PROTEKT_MASTER_KEY": key_file.read_text().strip()}
    by_file = {"PROTEKT_MASTER_KEY_FILE": str(tmp_path / "new.key")}
    with installation.serve(environ=by_variable) as server:
        old = server.login(EMAIL, PASSWORD)
        arguments = ("db", "rekey", "--yes", "--key-file", str(tmp_path / "new.key"))
        assert installation.run(*arguments, environ=by_variable).code == 0

        login = {"type": "password", "email": EMAIL, "password": PASSWORD}
        refused = [
            server.ask("POST", "/v1/sessions", login),
            server.ask("POST", "/v1/sessions/validate", {"sessionToken": old["sessionToken"]}),
            server.refresh(old["refreshToken"]),
            server.ask("GET", "/v1/session", token=old["sessionToken"]),
            server.ask("GET", "/readyz"),
        ]

        assert [answer.problem()[:2] for answer in refused] == [(503, "store_unavailable")] * 5
        assert server.ask("GET", "/healthz").status == 200
    with installation.serve(environ=by_file) as server:
        assert server.validate(server.login(EMAIL, PASSWORD)["sessionToken"])["valid"]
