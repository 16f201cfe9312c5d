"""Logging in on this machine, and who one is then."""

from __future__ import annotations

import json
import socket
import stat
from pathlib import Path

import pytest

from tests.cli.running import PASSWORD, SHORT, Run, session_of, wait_until_expired


def test_login_names_the_session_and_keeps_its_tokens(
    protekt: Run, alice: str, credentials: Path
) -> None:
    """Tokens go to a private file, and nothing of them to the terminal."""
    done = protekt("login", alice, "--password-stdin", stdin=PASSWORD)

    kept = credentials.read_text()
    entry = json.loads(kept)[str(Path("protekt.db").resolve())]
    assert done.fields["user"] == alice
    assert done.fields["session"] == entry["sessionId"]
    assert not any(entry[name] in done.out for name in ("sessionToken", "refreshToken"))
    assert [stat.S_IMODE(path.stat().st_mode) for path in (credentials, credentials.parent)] == [
        0o600,
        0o700,
    ]


def test_login_is_on_this_machine(protekt: Run, logged_in: str) -> None:
    """Its device is called like the host, and it has no address."""
    session = session_of(protekt, logged_in)

    device = session["device"]
    assert isinstance(device, dict)
    assert device["name"] == socket.gethostname()
    assert session["ip"] is None
    assert str(session["userAgent"]).startswith("protekt/")


def test_login_again_is_on_the_same_device(protekt: Run, logged_in: str, alice: str) -> None:
    """Also after a logout; with another name it is another device."""
    devices = []
    for name in ([], ["--device", "attic"], ["--device", "attic"]):
        protekt("logout")
        answer = protekt("login", alice, "--password-stdin", "--json", *name, stdin=PASSWORD)
        devices.append(answer.json["session"]["device"])

    first = session_of(protekt, logged_in)["device"]
    assert devices[0] == first
    assert devices[1]["name"] == "attic"
    assert devices[1] != first
    assert devices[1] == devices[2]


def test_wrong_password_is_refused_and_keeps_nothing(
    protekt: Run, alice: str, credentials: Path
) -> None:
    """Exit 4, and no file."""
    done = protekt("login", alice, "--password-stdin", stdin="wrong")

    assert (done.code, done.out) == (4, "")
    assert not credentials.exists()


def test_login_without_a_terminal_names_what_is_missing(protekt: Run, alice: str) -> None:
    """No e-mail, no password, and nobody to ask."""
    no_password = protekt("login", alice)
    no_email = protekt("login", "--password-stdin", stdin=PASSWORD)

    assert [no_password.code, no_email.code] == [2, 2]
    assert "--password-stdin" in no_password.err
    assert "EMAIL" in no_email.err


def test_whoami_shows_user_session_and_time_left(protekt: Run, logged_in: str, alice: str) -> None:
    """For people and for programs, without a token."""
    shown, answer = protekt("whoami"), protekt("whoami", "--json").json

    assert (shown.fields["user"], shown.fields["session"]) == (alice, logged_in)
    assert list(answer) == ["server", "user", "session", "expiresIn"]
    assert (answer["server"], answer["user"]["email"]) == (None, alice)
    assert (answer["session"]["id"], answer["session"]["current"]) == (logged_in, True)
    assert 0 < answer["expiresIn"] <= 3600


@pytest.mark.parametrize(
    "command", [["whoami"], ["logout"], ["token", "verify"], ["token", "decode"]]
)
def test_not_logged_in_is_exit_4(protekt: Run, alice: str, command: list[str]) -> None:
    """With the code of a missing token, and the way to one."""
    done = protekt(*command, "--json")

    assert (done.code, done.out) == (4, "")
    assert json.loads(done.err)["error"] == {
        "code": "invalid_token",
        "message": "not logged in",
        "hint": "protekt login",
    }


def test_whoami_renews_an_expired_access_token(protekt: Run, alice: str, credentials: Path) -> None:
    """The session goes on with its successor tokens, which are kept."""
    protekt("login", alice, "--password-stdin", stdin=PASSWORD, environ=SHORT)
    before = json.loads(credentials.read_text())
    wait_until_expired(protekt)

    answer = protekt("whoami", "--json")

    after = json.loads(credentials.read_text())
    generations = [next(iter(entries.values()))["refreshGeneration"] for entries in (before, after)]
    assert answer.json["expiresIn"] > 1
    assert generations == [0, 1]
    assert protekt("token", "verify").code == 0


def test_whoami_of_a_revoked_session_says_so(protekt: Run, logged_in: str) -> None:
    """Exit 4, with the reason and what to do."""
    protekt("sessions", "revoke", logged_in)

    done = protekt("whoami")

    assert (done.code, done.out) == (4, "")
    assert done.err == "protekt: the session has been revoked\nhint: log in again: protekt login\n"


def test_expired_login_of_an_ended_session_cannot_be_renewed(
    protekt: Run, alice: str, credentials: Path
) -> None:
    """The refresh is refused: log in again."""
    protekt("login", alice, "--password-stdin", stdin=PASSWORD, environ=SHORT)
    wait_until_expired(protekt)
    protekt("sessions", "revoke", "--all")

    done = protekt("whoami")

    assert done.code == 4
    assert "hint: log in again" in done.err


def test_logins_to_two_databases_are_two(
    protekt: Run, logged_in: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One machine may be logged in to several."""
    other = tmp_path / "other"
    other.mkdir()
    monkeypatch.chdir(other)
    protekt("init")

    assert protekt("whoami").code == 4
    monkeypatch.chdir(tmp_path / "work")
    assert protekt("whoami").code == 0


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[" * 100_000,
        "[]",
        '{"DATABASE": []}',
        '{"DATABASE": {"sessionToken": "x"}}',
        '{"DATABASE": {"sessionId": 5}}',
    ],
    ids=["no JSON", "too deep", "no object", "no entry", "no tokens", "no text"],
)
def test_damaged_credentials_are_said(
    protekt: Run, logged_in: str, credentials: Path, content: str
) -> None:
    """No bug, but a file that can be removed."""
    credentials.write_text(content.replace("DATABASE", str(Path("protekt.db").resolve())))

    done = protekt("whoami")

    assert done.code == 1
    assert f"{credentials} is damaged" in done.err


def test_damaged_credentials_keep_nobody_from_the_sessions(
    protekt: Run, logged_in: str, credentials: Path
) -> None:
    """Only the mark on this machine's own session needs them."""
    credentials.write_text("{")

    done = protekt("sessions", "list", "--json")

    assert done.code == 0
    assert [session["current"] for session in done.json] == [False]
    assert f"note: no session is marked as this machine's: {credentials} is damaged" in done.err


def test_login_whose_file_is_a_link_creates_no_session(
    protekt: Run, alice: str, credentials: Path, tmp_path: Path
) -> None:
    """The link is found before the password counts."""
    credentials.parent.mkdir(parents=True)
    credentials.symlink_to(tmp_path / "elsewhere")

    done = protekt("login", alice, "--password-stdin", stdin=PASSWORD)

    assert done.code == 6
    assert "is a symbolic link" in done.err
    credentials.unlink()
    assert protekt("sessions", "list", "--json").json == []


def test_login_where_nothing_can_be_kept_creates_no_session(
    protekt: Run, alice: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is found out before the password counts."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))

    done = protekt("login", alice, "--password-stdin", stdin=PASSWORD)

    assert done.code == 6
    monkeypatch.delenv("XDG_STATE_HOME")
    assert protekt("sessions", "list", "--json").json == []
