"""`protekt token refresh` and `show`: new tokens for the stored login, or for a given one."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import (
    PASSWORD,
    PATIENCE,
    PROTEKT,
    SHORT,
    Run,
    session_of,
    wait_until_expired,
)

#: A rotated token is never taken again, so that a second rotation by mistake ends the session.
STRICT = {"PROTEKT_SESSIONS_REUSE_GRACE": "0s", "PROTEKT_SESSIONS_LOST_ANSWER_WINDOW": "0s"}


def entry(credentials: Path) -> dict[str, Any]:
    """Return what is kept of the stored login."""
    (kept,) = json.loads(credentials.read_text()).values()
    return dict(kept)


def issue(protekt: Run, email: str) -> dict[str, Any]:
    """Make a session that is nobody's stored login."""
    answer: dict[str, Any] = protekt("token", "issue", email, "--json").json
    return answer


def test_refresh_renews_the_stored_login(protekt: Run, logged_in: str, credentials: Path) -> None:
    """The new access token alone is printed, and both new ones are kept."""
    before = entry(credentials)

    done = protekt("token", "refresh")

    after = entry(credentials)
    assert (done.code, done.out) == (0, f"{after['sessionToken']}\n")
    assert after["refreshGeneration"] == before["refreshGeneration"] + 1
    assert after["refreshToken"] not in (before["refreshToken"], done.out)
    assert protekt("token", "verify").code == 0


def test_refresh_as_json_is_the_session_response(
    protekt: Run, logged_in: str, alice: str, credentials: Path
) -> None:
    """The shape that `token issue` has."""
    answer = protekt("token", "refresh", "--json").json

    kept = entry(credentials)
    assert list(answer) == list(issue(protekt, alice))
    assert answer == {**{name: kept[name] for name in answer}, "expiresIn": answer["expiresIn"]}
    assert 0 < answer["expiresIn"] <= 3600
    assert (answer["sessionId"], answer["user"]["email"]) == (logged_in, alice)


def test_refresh_of_a_given_token_prints_its_successor(
    protekt: Run, alice: str, credentials: Path
) -> None:
    """On a second line, for the given one is spent; nothing is kept on this machine."""
    given = issue(protekt, alice)

    done = protekt("token", "refresh", "-", stdin=f" Bearer {given['refreshToken']}\n")

    access, successor = done.out.split()
    again = protekt("token", "refresh", "-", "--json", stdin=successor)
    assert protekt("token", "verify", access).code == 0
    assert (again.code, again.json["refreshGeneration"]) == (0, 2)
    assert not credentials.exists()


def test_refresh_by_the_stored_logins_own_token_keeps_what_it_yields(
    protekt: Run, logged_in: str, credentials: Path
) -> None:
    """Else the stored login would present a rotated token the next time."""
    given = entry(credentials)["refreshToken"]

    protekt("token", "refresh", "-", stdin=given, environ=STRICT)

    assert protekt("token", "refresh", environ=STRICT).code == 0
    assert entry(credentials)["refreshGeneration"] == 2


@pytest.mark.parametrize("given", ["", "garbage", "ref_garbage", "ref_" + "A" * 68])
def test_token_that_is_none_is_refused(protekt: Run, alice: str, given: str) -> None:
    """Exit 4, with the reason by its name."""
    done = protekt("token", "refresh", "-", "--json", stdin=given)

    error = json.loads(done.err)["error"]
    assert (done.code, done.out, error["code"]) == (4, "", "invalid_token")
    assert "(malformed)" in error["message"] or "(unknown_session)" in error["message"]


def test_refused_refresh_says_how_the_session_ended(protekt: Run, logged_in: str) -> None:
    """And what to do."""
    protekt("sessions", "revoke", logged_in)

    done = protekt("token", "refresh")

    assert (done.code, done.out) == (4, "")
    assert "(session_revoked: revoked)" in done.err
    assert "hint: log in again: protekt login" in done.err


def test_reused_token_is_refused_and_ends_the_session(protekt: Run, alice: str) -> None:
    """The refusal is on record though the command fails."""
    given = issue(protekt, alice)
    protekt("token", "refresh", "-", stdin=given["refreshToken"])

    done = protekt("token", "refresh", "-", "--json", stdin=given["refreshToken"], environ=STRICT)

    assert (done.code, json.loads(done.err)["error"]["code"]) == (4, "refresh_reused")
    assert session_of(protekt, given["sessionId"])["endReason"] == "reuse_detected"


def test_refresh_token_is_never_an_argument(protekt: Run, logged_in: str) -> None:
    """Exit 2, and the token that everybody could read is not used."""
    for verb in ("refresh", "revoke"):
        done = protekt("token", verb, "ref_secret")

        assert (done.code, done.out) == (2, "")
        assert f"token {verb} -" in done.err
    assert session_of(protekt, logged_in)["status"] == "active"


@pytest.mark.parametrize("verb", ["refresh", "show", "revoke"])
def test_nobody_logged_in_is_refused(protekt: Run, alice: str, verb: str) -> None:
    """Exit 4: there is no token that could be meant."""
    done = protekt("token", verb)

    assert (done.code, done.out) == (4, "")
    assert "not logged in" in done.err


def test_commands_at_once_refresh_once(protekt: Run, logged_in: str, credentials: Path) -> None:
    """All get the tokens of one rotation: a second one would be no harm, but reuse is.

    They are held up at the lock that they share, and let go together.
    """
    environ = {**os.environ, **STRICT}
    (path,) = credentials.parent.glob("login-*.lock")
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        running = [
            subprocess.Popen(
                [PROTEKT, "token", "refresh", "--json"], env=environ, stdout=subprocess.PIPE
            )
            for _ in range(3)
        ]
        wait_until_blocked([process.pid for process in running])
    answers = [json.loads(process.communicate(timeout=PATIENCE)[0]) for process in running]

    tokens = {answer["refreshToken"] for answer in answers}
    assert tokens == {entry(credentials)["refreshToken"]}
    assert entry(credentials)["refreshGeneration"] == 1
    assert session_of(protekt, logged_in)["status"] == "active"


def test_many_commands_with_an_expired_token_refresh_once(
    protekt: Run, alice: str, credentials: Path
) -> None:
    """All have found it so, and one of them renews for all."""
    login = ["login", alice, "--password-stdin", "--json"]
    session = protekt(*login, stdin=PASSWORD, environ=SHORT).json["session"]["id"]
    wait_until_expired(protekt)
    (path,) = credentials.parent.glob("login-*.lock")
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        running = [
            subprocess.Popen([PROTEKT, "token", "show"], env=os.environ, stdout=subprocess.PIPE)
            for _ in range(20)
        ]
        wait_until_blocked([process.pid for process in running])
    printed = {process.communicate(timeout=PATIENCE)[0] for process in running}

    assert [process.returncode for process in running] == [0] * len(running)
    events = protekt("events", "list", "--type", "session:refresh", "--json").json
    assert [event["sessionId"] for event in events] == [session]
    assert len(printed) == 1


def wait_until_blocked(pids: list[int]) -> None:
    """Wait until each of the processes waits for a lock of a file."""
    deadline = time.monotonic() + PATIENCE
    waiting: set[int] = set()
    while not waiting >= set(pids):
        assert time.monotonic() < deadline
        lines = Path("/proc/locks").read_text().splitlines()
        waiting = {int(line.split()[5]) for line in lines if "->" in line}


def test_show_prints_the_stored_access_token(
    protekt: Run, logged_in: str, credentials: Path
) -> None:
    """As it is, while it is good; with --json its end, too."""
    token = entry(credentials)["sessionToken"]

    plain, as_json = protekt("token", "show"), protekt("token", "show", "--json").json

    assert (plain.code, plain.out) == (0, f"{token}\n")
    assert as_json["sessionToken"] == token
    assert as_json["expiresAt"] == entry(credentials)["expiresAt"]
    assert 0 < as_json["expiresIn"] <= 3600


def test_show_renews_an_expired_token(protekt: Run, alice: str) -> None:
    """What is printed verifies."""
    protekt("login", alice, "--password-stdin", stdin=PASSWORD, environ=SHORT)
    wait_until_expired(protekt)

    done = protekt("token", "show")

    assert done.code == 0
    assert protekt("token", "verify", done.out.strip()).code == 0


@pytest.mark.parametrize("command", [["token", "show"], ["whoami"]])
def test_login_outlives_the_key_that_signed_its_token(
    protekt: Run, logged_in: str, command: list[str]
) -> None:
    """A revoked signing key ends no session: the login is renewed."""
    kid = protekt("token", "decode", "--json").json["header"]["kid"]
    protekt("keys", "rotate")
    protekt("keys", "revoke", kid, "--yes")
    refused = protekt("token", "verify", "--json")

    done = protekt(*command)

    assert (refused.code, refused.json["reason"]) == (4, "unknown_key")
    assert done.code == 0
    assert protekt("token", "verify").code == 0


def test_show_of_an_ended_session_is_refused(protekt: Run, logged_in: str) -> None:
    """A token that nobody takes is not printed."""
    protekt("sessions", "revoke", logged_in)

    done = protekt("token", "show")

    assert (done.code, done.out) == (4, "")
    assert "log in again" in done.err
