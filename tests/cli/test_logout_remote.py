"""Logging out of a server over HTTP: the session ends there, and its tokens go here."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.running import PASSWORD, Run, Terminal
from tests.cli.service import Service


def kept(credentials: Path, service: Service) -> set[str]:
    """Return the names of what is kept for the server."""
    return set(json.loads(credentials.read_text())[service.url])


@pytest.fixture
def elsewhere(service: Service, member: str) -> str:
    """Another session of the same user."""
    login = {"type": "password", "email": member, "password": PASSWORD}
    answer = service.server.ask("POST", "/v1/sessions", login)
    session_id: str = answer.json()["sessionId"]
    return session_id


def test_logout_ends_the_session_and_forgets_its_tokens(
    remote: Run, logged_in_there: str, service: Service, credentials: Path
) -> None:
    """The device stays, for the next login."""
    done = remote("logout")

    assert (done.code, done.out) == (0, "logged out\n1 session revoked\n")
    assert service.session(logged_in_there)["endReason"] == "logout"
    assert kept(credentials, service) == {"deviceId", "deviceName"}
    assert remote("whoami").code == 4


def test_logout_as_json_is_the_report(remote: Run, logged_in_there: str) -> None:
    """The one that the database itself gives."""
    done = remote("logout", "--json")

    assert done.json == {"revoked": 1, "ids": [logged_in_there], "notFound": [], "dryRun": False}


def test_logout_works_with_an_expired_access_token(
    remote: Run, logged_in_there: str, service: Service
) -> None:
    """Nothing is renewed for it."""
    service.advance("61m")

    done = remote("logout")

    assert (done.code, service.session(logged_in_there)["endReason"]) == (0, "logout")
    assert service.refreshes(logged_in_there) == []


def test_logout_works_without_the_key_that_signed_the_token(
    remote: Run, logged_in_there: str, service: Service
) -> None:
    """The access token is good for nothing then, and the refresh token ends the session.

    It is not renewed for that: a renewal can be refused where a logout is not.
    """
    kid = remote("token", "decode", "--json").json["header"]["kid"]
    service.ask("POST", "/v1/admin/keys/rotate", {})
    service.ask("POST", f"/v1/admin/keys/{kid}/revoke")

    done = remote("logout", "--json")

    assert (done.code, done.json["ids"]) == (0, [logged_in_there])
    assert service.session(logged_in_there)["endReason"] == "logout"
    assert service.refreshes(logged_in_there) == []


def test_logout_of_a_session_that_has_ended_forgets_it(
    remote: Run, logged_in_there: str, service: Service, credentials: Path
) -> None:
    """That is what was wanted; a note says so."""
    service.revoke(logged_in_there)

    done = remote("logout", "--json")

    assert (done.code, done.json["revoked"], done.json["ids"]) == (0, 0, [])
    assert "note: there was no session to be ended: the session has been revoked" in done.err
    assert service.session(logged_in_there)["endReason"] == "revoked"
    assert kept(credentials, service) == {"deviceId", "deviceName"}


@pytest.mark.parametrize("kept_of_it", [0, 60], ids=["unknown session", "wrong seal"])
def test_logout_from_an_installation_that_is_another_by_now_forgets_the_session(
    remote: Run, logged_in_there: str, service: Service, credentials: Path, kept_of_it: int
) -> None:
    """Neither token is one that it ever gave."""
    entry = json.loads(credentials.read_text())[service.url]
    entry["sessionToken"] = entry["sessionToken"].rpartition(".")[0] + "." + "A" * 86
    entry["refreshToken"] = f"ref_{entry['refreshToken'][4:][:kept_of_it]:A<68}"
    credentials.write_text(json.dumps({service.url: entry}))

    done = remote("logout")

    assert (done.code, done.out) == (0, "logged out\n0 sessions revoked\n")
    assert kept(credentials, service) == {"deviceId", "deviceName"}


def test_logout_that_no_server_hears_keeps_the_login(
    protekt: Run, logged_in_there: str, service: Service, credentials: Path
) -> None:
    """Exit 6: a session that goes on would be forgotten."""
    dead = "http://127.0.0.1:9"
    entry = json.loads(credentials.read_text())[service.url]
    credentials.write_text(json.dumps({dead: entry}))

    done = protekt("--server", dead, "logout")

    assert (done.code, done.out) == (6, "")
    assert "the login is kept" in done.err
    assert json.loads(credentials.read_text()) == {dead: entry}


def test_logout_of_all_ends_every_session_of_the_user(
    remote: Run, logged_in_there: str, elsewhere: str, service: Service
) -> None:
    """With the reason that says so."""
    done = remote("logout", "--all", "--yes", "--json")

    assert done.json["revoked"] == 2
    assert set(done.json["ids"]) == {logged_in_there, elsewhere}
    assert service.session(elsewhere)["endReason"] == "revoked_all"
    assert remote("whoami").code == 4


def test_logout_of_several_asks_first(
    remote: Run, logged_in_there: str, elsewhere: str, service: Service
) -> None:
    """Where nobody can be asked, --yes is named; at a terminal the question says how many."""
    done = remote("logout", "--all")
    refused = Terminal("--server", service.url, "logout", "--all")
    refused.until("this ends 2 sessions. Go on? [y/N] ").type("n\n")

    assert (done.code, refused.end()) == (2, 1)
    assert "--yes" in done.err
    assert service.session(elsewhere)["status"] == "active"
    assert remote("whoami").code == 0


def test_dry_run_of_logout_changes_nothing(remote: Run, logged_in_there: str) -> None:
    """It says what would end."""
    done = remote("logout", "--dry-run", "--json")

    assert done.json == {"revoked": 1, "ids": [logged_in_there], "notFound": [], "dryRun": True}
    assert remote("whoami").code == 0


def test_logout_of_all_by_a_session_that_has_ended_is_refused(
    remote: Run, logged_in_there: str, elsewhere: str, service: Service
) -> None:
    """Its word ends nothing any more, and it is not said that it did."""
    service.revoke(logged_in_there)

    done = remote("logout", "--all", "--yes")

    assert (done.code, done.out) == (4, "")
    assert "log in again" in done.err
    assert service.session(elsewhere)["status"] == "active"
