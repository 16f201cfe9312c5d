"""`protekt token show`, `refresh` and `revoke` over HTTP, by the stored login or a given token."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import PASSWORD, Run
from tests.cli.service import Service


@pytest.fixture
def given(service: Service, member: str) -> dict[str, Any]:
    """The session response of a session that is nobody's stored login."""
    login = {"type": "password", "email": member, "password": PASSWORD}
    answer: dict[str, Any] = service.server.ask("POST", "/v1/sessions", login).json()
    return answer


def test_show_prints_the_stored_access_token(
    remote: Run, logged_in_there: str, service: Service, credentials: Path
) -> None:
    """As it is, while it is good."""
    done = remote("token", "show")

    entry = json.loads(credentials.read_text())[service.url]
    assert (done.code, done.out) == (0, f"{entry['sessionToken']}\n")


def test_show_of_an_ended_session_is_refused(
    remote: Run, logged_in_there: str, service: Service
) -> None:
    """A token that nobody takes is not printed."""
    service.revoke(logged_in_there)

    done = remote("token", "show")

    assert (done.code, done.out) == (4, "")


def test_refresh_renews_the_stored_login(
    remote: Run, logged_in_there: str, service: Service, credentials: Path
) -> None:
    """The new tokens are kept, and with --json the whole response is printed."""
    answer = remote("token", "refresh", "--json").json

    entry = json.loads(credentials.read_text())[service.url]
    assert answer["sessionId"] == logged_in_there
    assert answer["refreshGeneration"] == 1
    assert answer["sessionToken"] == entry["sessionToken"]


def test_refresh_of_a_given_token_prints_its_successor(
    remote: Run, given: dict[str, Any], credentials: Path
) -> None:
    """Nothing is kept on this machine."""
    done = remote("token", "refresh", "-", stdin=f"{given['refreshToken']}\n")

    access, successor = done.out.split()
    again = remote("token", "refresh", "-", "--json", stdin=successor)
    assert access.count(".") == 2
    assert (again.code, again.json["refreshGeneration"]) == (0, 2)
    assert not credentials.exists()


def test_refresh_by_the_stored_logins_own_token_keeps_what_it_yields(
    remote: Run, logged_in_there: str, service: Service, credentials: Path
) -> None:
    """Else the stored login would present a rotated token the next time."""
    own = json.loads(credentials.read_text())[service.url]["refreshToken"]

    remote("token", "refresh", "-", stdin=own)

    entry = json.loads(credentials.read_text())[service.url]
    assert entry["refreshGeneration"] == 1


def test_reused_token_is_refused(remote: Run, given: dict[str, Any], service: Service) -> None:
    """Exit 4 and the code of the database itself; the session is over."""
    remote("token", "refresh", "-", stdin=given["refreshToken"])
    successor = remote("token", "refresh", "-", stdin=given["refreshToken"]).out.split()[1]
    remote("token", "refresh", "-", stdin=successor)

    done = remote("token", "refresh", "-", "--json", stdin=given["refreshToken"])

    assert (done.code, json.loads(done.err)["error"]["code"]) == (4, "refresh_reused")
    assert service.session(given["sessionId"])["endReason"] == "reuse_detected"


@pytest.mark.parametrize("kind", ["sessionToken", "refreshToken"])
def test_revoke_ends_the_session_of_a_given_token(
    remote: Run, given: dict[str, Any], service: Service, kind: str
) -> None:
    """Whichever it is; the second time there is nothing to be ended, which is no error."""
    first = remote("token", "revoke", "-", "--json", stdin=f" Bearer {given[kind]}\n")

    assert (first.code, first.json["revoked"], first.json["ids"]) == (0, 1, [given["sessionId"]])
    assert service.session(given["sessionId"])["endReason"] == "logout"


def test_revoke_of_an_older_refresh_token_is_a_logout(
    remote: Run, given: dict[str, Any], service: Service
) -> None:
    """And no reuse."""
    remote("token", "refresh", "-", stdin=given["refreshToken"])

    done = remote("token", "revoke", "-", stdin=given["refreshToken"])

    assert done.code == 0
    assert service.session(given["sessionId"])["endReason"] == "logout"


@pytest.mark.parametrize("kind", ["sessionToken", "refreshToken"])
def test_revoke_of_a_session_that_has_ended_changes_nothing(
    remote: Run, given: dict[str, Any], service: Service, kind: str
) -> None:
    """No error, and none counted."""
    service.revoke(given["sessionId"])

    done = remote("token", "revoke", "-", "--json", stdin=given[kind])

    assert (done.code, done.json["revoked"]) == (0, 0)
    assert service.session(given["sessionId"])["endReason"] == "revoked"


def test_revoke_of_the_stored_login_ends_its_session(
    remote: Run, logged_in_there: str, service: Service
) -> None:
    """With an expired access token, too."""
    service.advance("61m")

    done = remote("token", "revoke", "--json")

    assert (done.code, done.json["ids"]) == (0, [logged_in_there])
    assert service.session(logged_in_there)["endReason"] == "logout"


@pytest.mark.parametrize(
    "token", ["", "garbage", "a.b.c", "ref_garbage", "ref_" + "A" * 68, "ünïcode"]
)
def test_what_is_no_token_is_refused(remote: Run, service: Service, token: str) -> None:
    """Exit 4, by both commands, though a server says yes to whatever it is given back."""
    codes = [
        remote("token", verb, "-", "--json", stdin=token, environ={}).code
        for verb in ("refresh", "revoke")
    ]

    assert codes == [4, 4]


def test_forged_refresh_token_ends_nothing(
    remote: Run, given: dict[str, Any], service: Service
) -> None:
    """It is refused for its form, as by the database itself."""
    genuine = given["refreshToken"]
    forged = genuine[:-1] + ("A" if genuine[-1] != "A" else "B")

    done = remote("token", "revoke", "-", stdin=forged)

    assert done.code == 4
    assert "(malformed)" in done.err
    assert service.session(given["sessionId"])["status"] == "active"
