"""Logging out: the session ends, its tokens go, and the device stays."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import AddUser
from tests.cli.running import PASSWORD, SHORT, Run, session_of, wait_until_expired


def test_logout_ends_the_session_and_forgets_its_tokens(
    protekt: Run, logged_in: str, credentials: Path
) -> None:
    """The device stays, for the next login."""
    done = protekt("logout")

    session = session_of(protekt, logged_in)
    (entry,) = json.loads(credentials.read_text()).values()
    assert (done.code, session["endReason"]) == (0, "logout")
    assert set(entry) == {"deviceId", "deviceName"}
    assert protekt("whoami").code == 4


def test_logout_works_with_an_expired_access_token(protekt: Run, alice: str) -> None:
    """Whoever comes back late can log out all the same."""
    answer = protekt("login", alice, "--password-stdin", "--json", stdin=PASSWORD, environ=SHORT)
    wait_until_expired(protekt)

    done = protekt("logout")

    session = session_of(protekt, answer.json["session"]["id"])
    assert (done.code, session["endReason"]) == (0, "logout")


def test_logout_of_a_session_that_has_ended_is_no_error(protekt: Run, logged_in: str) -> None:
    """Its end stays what it was."""
    protekt("sessions", "revoke", logged_in)

    done = protekt("logout", "--json")

    assert (done.code, done.json["revoked"]) == (0, 0)
    assert session_of(protekt, logged_in)["endReason"] == "revoked"


def test_logout_of_all_ends_the_users_sessions_alone(
    protekt: Run, logged_in: str, alice: str, add_user: AddUser
) -> None:
    """Every one of that user, with the reason that says so."""
    add_user("bob@example.com")
    for email in (alice, "bob@example.com"):
        protekt("token", "issue", email)

    done = protekt("logout", "--all", "--yes", "--json")

    assert done.json["revoked"] == 2
    assert session_of(protekt, logged_in)["endReason"] == "revoked_all"
    left = protekt("sessions", "list", "--json").json
    assert [session["userEmail"] for session in left] == ["bob@example.com"]


def test_logout_of_several_asks_first(protekt: Run, logged_in: str, alice: str) -> None:
    """Where nobody can be asked, --yes is named, and one is still logged in."""
    protekt("token", "issue", alice)

    done = protekt("logout", "--all")

    assert done.code == 2
    assert "--yes" in done.err
    assert protekt("whoami").code == 0


def test_dry_run_of_logout_changes_nothing(protekt: Run, logged_in: str) -> None:
    """It says what would end."""
    done = protekt("logout", "--dry-run", "--json")

    assert done.json == {"revoked": 1, "ids": [logged_in], "notFound": [], "dryRun": True}
    assert protekt("whoami").code == 0
