"""A server for development: its clock is everybody's, and only a store made for it is served."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from protekt_cli.store.sqlite import open_existing
from tests.journeys.installation import EMAIL, PASSWORD, Installation, Server

HOUR = 3600
DAY = 24 * HOUR
LIFETIMES = {
    "PROTEKT_SESSIONS_IDLE_TIMEOUT": "4d",
    "PROTEKT_TOKENS_REFRESH_TTL": "4d",
    "PROTEKT_SESSIONS_ABSOLUTE_TIMEOUT": "4d",
}


@pytest.fixture
def empty(tmp_path: Path) -> Installation:
    """An installation without users, made for development."""
    made = Installation(tmp_path)
    assert made.run("init", "--dev").code == 0
    return made


@pytest.fixture
def dev(empty: Installation) -> Iterator[Server]:
    """A server on `empty`, with one user."""
    with empty.serve("--dev") as server:
        add_user(empty)
        yield server


def add_user(installation: Installation) -> Any:
    return installation.run(
        "users", "create", EMAIL, "--password-stdin", "--json", stdin=PASSWORD
    ).json()


def now(server: Server) -> int:
    answer = server.ask("GET", "/dev/clock")
    assert answer.status == 200, answer
    return int(answer.json()["now"])


def move(server: Server, **how: object) -> int:
    answer = server.ask("POST", "/dev/clock", how)
    assert answer.status == 200, answer
    return int(answer.json()["now"])


def move_to(server: Server, second: int) -> None:
    move(server, advance=second - now(server))


def test_store_with_users_is_not_served_for_development(installation: Installation) -> None:
    """What was not made for it, and holds users, is nobody's to empty."""
    before = installation.state()

    served = installation.run("serve", "--dev", "--port", "0")
    (installation.folder / "protekt.toml").unlink()
    made = installation.run("init", "--dev")

    assert served.refusal()[0] == 2
    assert made.refusal()[0] == 2
    assert not (installation.folder / "protekt.toml").exists()
    assert (before, []) == (
        installation.state(),
        installation.rows("SELECT * FROM meta WHERE name = 'dev'"),
    )


def test_store_without_users_becomes_one_for_development(tmp_path: Path) -> None:
    """`serve --dev` marks a store that holds nobody yet, and serves it ever after."""
    installation = Installation(tmp_path)
    installation.run("init")
    with installation.serve("--dev") as first:
        add_user(installation)
        first.stop()

    with installation.serve("--dev") as second:
        session = second.login(EMAIL, PASSWORD)

    assert session["user"]["email"] == EMAIL


@pytest.mark.parametrize(
    ("flags", "environ"),
    [
        (("--host", "0.0.0.0"), {}),  # noqa: S104 # refused, not bound
        (("--host", "::"), {}),
        (("--host", "192.0.2.7"), {}),
        (("--host", "localhost.example.com"), {}),
        ((), {"PROTEKT_SERVER_PUBLIC_URL": "https://auth.example.com"}),
        ((), {"PROTEKT_SERVER_TRUSTED_PROXIES": '["127.0.0.1"]'}),
        (("--workers", "2"), {}),
        (("--demo", "--host", "0.0.0.0"), {}),  # noqa: S104
        (("--demo", "--workers", "2"), {}),
    ],
)
def test_server_that_others_reach_is_not_for_development(
    empty: Installation, flags: tuple[str, ...], environ: dict[str, str]
) -> None:
    """Whatever lets another machine or a proxy in, and a second worker, is refused at once."""
    ran = empty.run("serve", "--dev", "--port", "0", *flags, environ=environ)

    assert ran.refusal()[0] == 2
    assert ran.out == ""


def test_server_for_development_is_one_process(empty: Installation) -> None:
    """It has no workers, whatever the file says."""
    with empty.serve("--dev", environ={"PROTEKT_SERVER_WORKERS": "2"}) as server:
        children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")

        assert now(server) > 0
        assert not children.exists() or children.read_text() == ""


def test_demonstration_can_be_one_for_development(tmp_path: Path) -> None:
    """The throw-away database is made for it."""
    bare = Installation(tmp_path)
    bare.environment()

    with bare.serve("--demo", "--dev") as server:
        before = now(server)
        after = move(server, advance="8d")

    assert 8 * DAY <= after - before <= 8 * DAY + 60


def test_command_beside_goes_by_the_moved_clock(empty: Installation, dev: Server) -> None:
    """What a shell writes and shows beside the server is of the server's time."""
    dev.login(EMAIL, PASSWORD)
    moved = move(dev, advance="12h")

    created = empty.run("users", "create", "late@example.com", "--no-password", "--json").json()
    still = empty.run("sessions", "list", "--json").json()
    move(dev, advance="12h")
    over = empty.run("sessions", "list", "--json").json()
    all_ = empty.run("sessions", "list", "--status", "all", "--json").json()

    assert moved <= created["createdAt"] <= now(dev)
    assert (1, 0) == (len(still), len(over))
    assert ["expired"] == [session["status"] for session in all_]


def test_moved_clock_outlives_the_server(empty: Installation) -> None:
    """A restart goes on at the moved time; a server that is not for development refuses it."""
    with empty.serve("--dev") as first:
        moved = move(first, advance=400 * DAY)
        first.process.kill()
    refused = empty.run("serve", "--port", "0")
    with empty.serve("--dev") as second:
        later = now(second)
        real = move(second, real=True)
        second.stop()

    with empty.serve() as plain:
        absent = plain.ask("GET", "/dev/clock").status

    assert refused.refusal()[0] == 2
    assert moved <= later <= moved + 60
    assert 400 * DAY <= later - real <= 400 * DAY + 60
    assert absent == 404


@pytest.mark.parametrize(
    ("shorter", "column", "end_reason"),
    [
        ("PROTEKT_SESSIONS_IDLE_TIMEOUT", "idle_expires_at", "idle_timeout"),
        ("PROTEKT_TOKENS_REFRESH_TTL", "refresh_expires_at", "refresh_expired"),
        # Equal to the others, it is the one that is named.
        ("PROTEKT_SESSIONS_ABSOLUTE_TIMEOUT", "absolute_expires_at", "absolute_timeout"),
    ],
)
def test_session_ends_at_its_deadline_to_the_second(
    empty: Installation, shorter: str, column: str, end_reason: str
) -> None:
    """In the last second it lives, and at the deadline itself it is over."""
    lifetime = "4d" if "ABSOLUTE" in shorter else "2d"
    with empty.serve("--dev", environ=LIFETIMES | {shorter: lifetime}) as server:
        add_user(empty)
        living, over = (server.login(EMAIL, PASSWORD) for _ in range(2))
        struck = value(empty, over["sessionId"], column)
        move_to(server, struck - 1)

        in_time = server.refresh(living["refreshToken"])
        was_in_time = now(server) < struck
        move_to(server, struck)
        too_late = server.refresh(over["refreshToken"])

    assert was_in_time, "the machine was too slow to tell"
    assert in_time.status == 200
    assert (401, "invalid_token", "session_expired") == too_late.problem()
    assert end_reason == too_late.json()["endReason"]
    assert struck == value(empty, over["sessionId"], "ended_at")


def value(installation: Installation, session_id: str, column: str) -> int:
    """Return what the database holds of a session."""
    query = f"SELECT {column} FROM sessions WHERE id = '{session_id}'"  # noqa: S608
    return int(installation.rows(query)[0][0])


def test_access_token_expires_to_the_second(dev: Server) -> None:
    """In the last second it is good, and at its expiry it is not."""
    session = dev.login(EMAIL, PASSWORD)
    move_to(dev, session["expiresAt"] - 1)

    in_time = dev.validate(session["sessionToken"])
    was_in_time = now(dev) < session["expiresAt"]
    move_to(dev, session["expiresAt"])
    too_late = dev.validate(session["sessionToken"])

    assert was_in_time, "the machine was too slow to tell"
    assert (True, 1) == (in_time["valid"], in_time["expiresIn"])
    assert {"valid": False, "reason": "token_expired", "endReason": None} == too_late


def test_what_falls_due_has_happened_when_the_move_is_answered(
    empty: Installation, dev: Server
) -> None:
    """A clock moved past warning and deadline has written both, in order, before the answer."""
    session_id = dev.login(EMAIL, PASSWORD)["sessionId"]

    move(dev, advance="8d")

    written = empty.rows(
        "SELECT type, data FROM events WHERE type LIKE 'session:expire%' ORDER BY seq"
    )
    struck = value(empty, session_id, "idle_expires_at")
    assert ["session:expire", "session:expired"] == [type_ for type_, _ in written]
    assert [{"deadline": struck}] * 2 == [json.loads(data) for _, data in written]


def test_reset_empties_the_store_and_keeps_the_keys(empty: Installation, dev: Server) -> None:
    """Users, sessions, devices, events and counters are gone, the clock is real, keys stay."""
    session = dev.login(EMAIL, PASSWORD)
    body = {"type": "password", "email": EMAIL, "password": "a wrong one"}
    dev.ask("POST", "/v1/sessions", body)
    keys = dev.ask("GET", "/.well-known/jwks.json").json()
    real = now(dev)
    move(dev, advance="1d")

    answer = dev.ask("POST", "/dev/reset")

    tables = ("users", "sessions", "devices", "events", "throttle")
    left = [empty.rows(f"SELECT count(*) FROM {table}") for table in tables]  # noqa: S608
    assert (204, b"") == (answer.status, answer.body)
    assert [[(0,)]] * len(tables) == left
    assert real <= now(dev) < real + HOUR
    assert keys == dev.ask("GET", "/.well-known/jwks.json").json()
    assert "unknown_session" == dev.validate(session["sessionToken"])["reason"]
    add_user(empty)
    assert [(1, "user:create")] == empty.rows("SELECT seq, type FROM events")
    assert 201 == dev.ask("POST", "/v1/sessions", body | {"password": PASSWORD}).status


def test_reset_takes_counters_and_deliveries_and_keeps_api_keys(
    empty: Installation, dev: Server
) -> None:
    """What counts or waits is gone; what lets a program call this server does so afterwards."""
    with closing(open_existing(empty.database)) as connection:
        connection.execute(
            "INSERT INTO api_keys (id, name, scope, digest, created_at)"
            " VALUES ('apikey_1', 'ci', 'client', x'00', 0)"
        )
        connection.execute(
            "INSERT INTO throttle (kind, subject, began_at, attempts) VALUES ('ip', x'00', 0, 9)"
        )
        connection.execute(
            "INSERT INTO webhook_deliveries (event_seq, event_id, url, status)"
            " VALUES (1, 'evt_1', 'https://hooks.example', 'pending')"
        )

    dev.ask("POST", "/dev/reset")

    assert [("apikey_1",)] == empty.rows("SELECT id FROM api_keys")
    assert [] == empty.rows("SELECT kind FROM throttle")
    assert [] == empty.rows("SELECT id FROM webhook_deliveries")


def test_events_begin_anew_after_a_reset(empty: Installation, dev: Server) -> None:
    """What stood for pruned events is gone too: the chain begins at 1 and verifies."""
    dev.login(EMAIL, PASSWORD)
    move(dev, advance="100d")
    pruned = empty.rows("SELECT value FROM meta WHERE name = 'checkpoint_seq'")

    dev.ask("POST", "/dev/reset")
    add_user(empty)

    assert pruned
    assert [(1,)] == empty.rows("SELECT seq FROM events")
    assert {"ok": True, "count": 1} == {
        name: value
        for name, value in empty.run("events", "verify", "--json").json().items()
        if name in ("ok", "count")
    }


def test_server_for_development_stops_like_any_other(dev: Server) -> None:
    """SIGTERM ends it with 0."""
    assert 0 == dev.stop(signal.SIGTERM)
