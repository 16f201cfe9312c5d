"""Back to a copy: beside a running server, with nothing revived that had ended by then."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from protekt_cli.store import sqlite
from tests.journeys.asking import Client
from tests.journeys.installation import (
    EMAIL,
    OTHER_EMAIL,
    OTHER_PASSWORD,
    PASSWORD,
    Installation,
    Server,
    until,
)
from tests.journeys.restoring import back_up, change, restore


@pytest.fixture
def running(installation: Installation) -> Iterator[Server]:
    """A server on the installation."""
    with installation.serve() as server:
        yield server


def why(server: Server, token: str) -> tuple[str | None, str | None]:
    """Return why an access token is refused, if it is."""
    told = server.validate(token)
    return told.get("reason"), told.get("endReason")


@contextmanager
def load(server: Server) -> Iterator[list[int]]:
    """Log in again and again, by several clients, and collect the statuses."""
    statuses: list[int] = []
    stopped = threading.Event()

    def work() -> None:
        body = {"type": "password", "email": OTHER_EMAIL, "password": OTHER_PASSWORD}
        with Client(server.port) as client:
            while not stopped.is_set():
                statuses.append(client.ask("POST", "/v1/sessions", body).status)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        until(lambda: len(statuses) > 20, "some logins")
        yield statuses
        seen = len(statuses)
        until(lambda: len(statuses) > seen + 20, "some more logins")
    finally:
        stopped.set()
        for thread in threads:
            thread.join()


def test_copy_beside_a_busy_server_is_whole(installation: Installation, running: Server) -> None:
    """It holds every session that was answered before, and the server misses nothing."""
    before = running.login(EMAIL, PASSWORD)

    with load(running) as statuses:
        back_up(installation)

    checked = installation.run("--db", "copy.db", "db", "check", "--json").json()
    with closing(sqlite.open_existing(installation.folder / "copy.db")) as copy:
        found = copy.execute("SELECT id FROM sessions").fetchall()
    assert {"ok": True, "problems": []} == checked
    assert (before["sessionId"],) in found
    assert {201} == set(statuses)


def test_server_goes_on_with_the_restored_content(
    installation: Installation, running: Server
) -> None:
    """Under load: the same process answers on, and what came after the copy is gone."""
    early = running.login(EMAIL, PASSWORD)
    back_up(installation)
    late = running.login(EMAIL, PASSWORD)

    with load(running) as statuses:
        report = restore(installation)

    refused = running.refresh(early["refreshToken"]).json()
    verified = installation.run("events", "verify", "--json").json()
    assert ("session_revoked", "revoked") == why(running, early["sessionToken"])
    assert ("invalid_token", "session_revoked") == (refused["code"], refused["reason"])
    assert ("unknown_session", None) == why(running, late["sessionToken"])
    assert {201} <= set(statuses) <= {201, 401}  # 401: a login that was under way
    assert (None, None) == why(running, running.login(EMAIL, PASSWORD)["sessionToken"])
    assert verified["ok"]
    assert 0 == installation.run("db", "check").code
    assert ("readable", 1, 0) == (
        report["replaced"],
        report["sessionsEnded"],
        report["sessionsKept"],
    )


def test_replaced_database_is_kept_whole(installation: Installation, running: Server) -> None:
    """Private, beside the database, with all that was committed, and good to go back to."""
    back_up(installation)
    late = running.login(EMAIL, PASSWORD)

    kept = Path(restore(installation)["kept"])

    again = installation.run("db", "restore", str(kept), "--yes", "--json").json()
    assert (0o600, installation.folder) == (kept.stat().st_mode & 0o777, kept.parent)
    assert 1 == again["sessionsEnded"]
    assert ("session_revoked", "revoked") == why(running, late["sessionToken"])


def test_kept_sessions_verify_and_do_not_refresh(
    installation: Installation, running: Server
) -> None:
    """Access tokens of both sides of a rotation live on; the families are new ones."""
    session = running.login(EMAIL, PASSWORD)
    back_up(installation)
    renewed = running.refresh(session["refreshToken"]).json()
    late = running.login(EMAIL, PASSWORD)

    report = restore(installation, "--keep-sessions")

    assert (0, 1) == (report["sessionsEnded"], report["sessionsKept"])
    for each in (session, renewed):
        refused = running.refresh(each["refreshToken"]).json()
        assert ("invalid_token", "malformed") == (refused["code"], refused["reason"])
        assert (None, None) == why(running, each["sessionToken"])
    assert ("unknown_session", None) == why(running, late["sessionToken"])


def test_ended_session_stays_ended(installation: Installation, running: Server) -> None:
    """For the reason that it had, though the copy knows it as living."""
    gone, kept = running.login(EMAIL, PASSWORD), running.login(EMAIL, PASSWORD)
    back_up(installation)
    assert 0 == installation.run("sessions", "revoke", gone["sessionId"], "--reason", "lost").code
    out = running.ask("POST", "/v1/sessions/revoke", {}, token=kept["sessionToken"])

    report = restore(installation, "--keep-sessions")

    shown = installation.run("sessions", "show", gone["sessionId"], "--json").json()
    assert 200 == out.status
    assert (2, 0) == (report["sessionsEnded"], report["sessionsKept"])
    assert ("revoked", "revoked", "lost") == (
        shown["status"],
        shown["endReason"],
        shown["endNote"],
    )
    assert ("session_revoked", "logout") == why(running, kept["sessionToken"])


def test_revoked_key_stays_revoked(installation: Installation, running: Server) -> None:
    """And the ones in use stay, so that tokens that they signed still verify."""
    signed_by_old = running.login(EMAIL, PASSWORD)
    back_up(installation)
    old = installation.run("keys", "list", "--json").json()
    active = next(key["kid"] for key in old if key["status"] == "active")
    rotated = [installation.run("keys", "rotate", "--json") for _ in range(2)]
    assert [0, 0] == [ran.code for ran in rotated]
    renewed = running.refresh(signed_by_old["refreshToken"]).json()
    assert 0 == installation.run("keys", "revoke", active, "--yes").code
    before = installation.run("keys", "list", "--json").json()

    restore(installation, "--keep-sessions")

    assert before == installation.run("keys", "list", "--json").json()
    assert ("unknown_key", None) == why(running, signed_by_old["sessionToken"])
    assert (None, None) == why(running, renewed["sessionToken"])
    assert 201 == running.ask("POST", "/v1/sessions", credentials(EMAIL, PASSWORD)).status


def test_disabled_user_stays_disabled_and_deleted_one_returns(
    installation: Installation, running: Server
) -> None:
    """Disabled is a decision that lasts; who was deleted is often what the copy is for."""
    ids = {
        email: installation.run("users", "show", email, "--json").json()["id"]
        for email in (EMAIL, OTHER_EMAIL)
    }
    back_up(installation)
    change(
        installation.database,
        "PRAGMA foreign_keys = ON",
        "UPDATE users SET status = 'disabled', revocations = 7 WHERE email LIKE 'user@%'",
        "DELETE FROM users WHERE email LIKE 'other@%'",
    )

    report = restore(installation)

    assert ([ids[EMAIL]], [ids[OTHER_EMAIL]]) == (report["disabledUsers"], report["returnedUsers"])
    assert 401 == running.ask("POST", "/v1/sessions", credentials(EMAIL, PASSWORD)).status
    login = running.ask("POST", "/v1/sessions", credentials(OTHER_EMAIL, OTHER_PASSWORD))
    assert 201 == login.status
    events = installation.rows("SELECT type, user_id FROM events ORDER BY seq")
    assert ("user:disable", ids[EMAIL]) in events
    counters = installation.rows("SELECT revocations FROM users ORDER BY id")
    assert [(7,), (0,)] == counters


def test_revoked_api_key_stays_revoked(installation: Installation) -> None:
    """Also one that the copy has never heard of, so that no later copy revives it."""
    add = "INSERT INTO api_keys VALUES ('{0}', '{0}', 'read', x'{1}', 1, NULL, NULL, {2})"
    change(installation.database, add.format("apikey_old", "01", "NULL"))
    back_up(installation)
    change(
        installation.database,
        "UPDATE api_keys SET revoked_at = 5",
        add.format("apikey_new", "02", "6"),
        add.format("apikey_living", "03", "NULL"),
    )

    report = restore(installation)

    assert ["apikey_old"] == report["revokedApiKeys"]
    rows = installation.rows("SELECT id, revoked_at FROM api_keys ORDER BY id")
    assert [("apikey_new", 6), ("apikey_old", 5)] == rows


def test_removed_device_stays_removed(installation: Installation, running: Server) -> None:
    """Its id is never accepted again, while its user is there."""
    for _ in range(2):
        running.login(EMAIL, PASSWORD)
    back_up(installation)
    change(installation.database, "DELETE FROM devices WHERE id = (SELECT min(id) FROM devices)")
    left = installation.rows("SELECT id FROM devices")

    report = restore(installation)

    assert 1 == report["devicesRemoved"]
    assert left == installation.rows("SELECT id FROM devices")


def credentials(email: str, password: str) -> dict[str, str]:
    return {"type": "password", "email": email, "password": password}
