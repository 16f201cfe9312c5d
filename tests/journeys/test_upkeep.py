"""What a running server does though nobody asks, seen from a shell beside it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from protekt_cli.clock import Clock
from tests.journeys.asking import PATIENCE
from tests.journeys.installation import EMAIL, PASSWORD, PROTEKT, Installation, Server, until

#: Sessions that are soon over.
BRIEF = {
    "PROTEKT_TOKENS_ACCESS_TTL": "2s",
    "PROTEKT_SESSIONS_IDLE_TIMEOUT": "3s",
    "PROTEKT_SESSIONS_ACTIVITY_RESOLUTION": "0s",
    "PROTEKT_EVENTS_EXPIRE_WARNING": "1s",
}


def events(installation: Installation, *arguments: str) -> list[Any]:
    """Return what `events list` shows, which itself writes nothing."""
    listed: list[Any] = installation.run("events", "list", *arguments, "--json").json()
    return listed


def course(installation: Installation, session_id: str) -> list[str]:
    """Return the types of a session's events."""
    return [event["type"] for event in events(installation, "--session", session_id)]


def test_server_announces_and_writes_ends_on_time(installation: Installation) -> None:
    """Nobody asks, and nothing is written before its time."""
    with installation.serve(environ=BRIEF) as server:
        session = server.login(EMAIL, PASSWORD)["sessionId"]
        until(lambda: "session:expired" in course(installation, session), "the end")
        written = events(installation, "--session", session)

    assert ["session:create", "login:success", "session:expire", "session:expired"] == [
        event["type"] for event in written
    ]
    announced, ended = written[2:]
    deadline = announced["data"]["deadline"]
    assert deadline == ended["data"]["deadline"] == written[0]["at"] + 3
    assert deadline - 1 <= announced["at"] <= ended["at"]
    assert deadline <= ended["at"]
    assert "idle_timeout" == ended["reason"]


def test_server_goes_on_after_the_store_was_busy(
    installation: Installation, hold_lock: Any
) -> None:
    """What could not be written is written at a later look, and the server stops as ever."""
    with installation.serve(environ=BRIEF) as server:
        session = server.login(EMAIL, PASSWORD)["sessionId"]
        holder = hold_lock(installation.database)
        until(lambda: "what is due was not written" in server.log.read_text(), "the failure")
        holder.release()
        until(lambda: "session:expired" in course(installation, session), "the end")

        assert 0 == server.stop()


def test_shell_follows_what_the_server_writes(installation: Installation) -> None:
    """Each event once and in order, while the server runs, and then it verifies."""
    head = installation.run("events", "verify", "--json").json()["head"]
    follower = subprocess.Popen(
        [PROTEKT, "events", "tail", "--follow", "--jsonl"],
        cwd=installation.folder,
        env=installation.environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        with installation.serve() as server:
            session = server.login(EMAIL, PASSWORD)
            server.refresh(session["refreshToken"])
            assert follower.stdout is not None
            seen: list[Any] = []
            while not seen or seen[-1]["type"] != "session:refresh":
                seen.append(json.loads(follower.stdout.readline()))
            verified = installation.run("events", "verify", "--head", head, "--json").json()
    finally:
        follower.kill()
        follower.communicate(timeout=PATIENCE)

    assert list(range(1, len(seen) + 1)) == [event["seq"] for event in seen]
    assert {"type": "session:refresh", "kind": "rotated"} == {
        "type": seen[-1]["type"],
        "kind": seen[-1]["data"]["kind"],
    }
    assert (True, len(seen)) == (verified["ok"], verified["count"])


def test_explain_beside_the_server_is_no_use(installation: Installation) -> None:
    """The shell tells of a lost answer, and the server still gives it."""
    environ = {"PROTEKT_SESSIONS_REUSE_GRACE": "0s"}
    with installation.serve(environ=environ) as server:
        session = server.login(EMAIL, PASSWORD)
        successor = server.refresh(session["refreshToken"]).json()
        for token in (successor["sessionToken"], successor["refreshToken"]):
            installation.run("explain", "-", stdin=token, environ=environ)
        told = installation.run(
            "explain", "-", "--json", stdin=session["refreshToken"], environ=environ
        ).json()
        again = server.refresh(session["refreshToken"])

    assert ("refresh_token", "lost_answer") == (told["subject"], told["verdict"])
    assert (200, successor["refreshToken"]) == (again.status, again.json()["refreshToken"])


def test_changed_settings_are_an_event_of_the_next_start(installation: Installation) -> None:
    """With the names of the keys alone; the same settings are none."""
    changed = {"PROTEKT_TOKENS_ACCESS_TTL": "17m", "PROTEKT_TOKENS_AUDIENCE": "hush"}
    for environ in ({}, {}, changed, changed):
        with installation.serve(environ=environ) as server:
            assert 0 == server.stop()

    [event] = events(installation, "--type", "config:*")

    assert {"keys": ["tokens.audience", "tokens.access_ttl"]} == event["data"]
    assert "system" == event["actor"]


@pytest.fixture
def movable(tmp_path: Path) -> Iterator[tuple[Installation, Server]]:
    """A server whose clock can be moved, with a user."""
    made = Installation(tmp_path)
    assert 0 == made.run("init").code
    with made.serve("--dev") as server:
        created = made.run("users", "create", EMAIL, "--password-stdin", stdin=PASSWORD)
        assert 0 == created.code
        yield made, server


def advance(server: Server, length: str) -> None:
    """Move the clock."""
    assert 200 == server.ask("POST", "/dev/clock", {"advance": length}).status


def test_moved_clock_brings_about_what_falls_due(movable: tuple[Installation, Server]) -> None:
    """Before the answer, both events in order, where the clock passed both."""
    installation, server = movable
    session = server.login(EMAIL, PASSWORD)["sessionId"]

    advance(server, "2d")

    expected = ["session:create", "login:success", "session:expire", "session:expired"]
    assert expected == course(installation, session)


def test_moved_clock_prunes_what_is_old_enough(movable: tuple[Installation, Server]) -> None:
    """Sessions and events ninety days after, and what remains verifies with an older head."""
    installation, server = movable
    session = server.login(EMAIL, PASSWORD)["sessionId"]
    head = installation.run("events", "verify", "--json").json()["head"]
    advance(server, "2d")
    advance(server, "87d")
    kept = installation.run("sessions", "show", session).code

    advance(server, "2d")

    assert (0, 3) == (kept, installation.run("sessions", "show", session).code)
    assert "events:prune" in [event["type"] for event in events(installation)]
    assert "login:success" not in [event["type"] for event in events(installation)]
    assert 0 == installation.run("events", "verify", "--head", head).code


def test_server_prunes_once_a_day_by_itself(installation: Installation) -> None:
    """At its first start that is due, without anybody asking."""
    environ = {"PROTEKT_SESSIONS_RETENTION": "1s"}
    installation.run("login", EMAIL, "--password-stdin", stdin=PASSWORD)
    installation.run("logout")
    ended = installation.run("sessions", "list", "--status", "all", "--json").json()

    def remaining() -> list[Any]:
        listed = installation.run("sessions", "list", "--status", "all", "--json")
        return list(listed.json())

    until(lambda: Clock().now().seconds > ended[0]["endedAt"], "a second to pass")
    with installation.serve(environ=environ):
        until(lambda: not remaining(), "the pruning")

    assert 1 == len(ended)
