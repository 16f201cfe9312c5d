"""`protekt explain`."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.cli.running import Run, Terminal

MEMBERS = ["subject", "verdict", "rule", "session", "deadlines", "timeline"]


@pytest.fixture
def tokens(logged_in: str, credentials: Path) -> dict[str, str]:
    """What the login of this machine has stored."""
    [entry] = json.loads(credentials.read_text()).values()
    return dict(entry)


def test_explains_the_stored_login_unless_told_otherwise(
    protekt: Run, tokens: dict[str, str]
) -> None:
    """The access token, in the documented shape."""
    done = protekt("explain", "--json")

    assert (0, MEMBERS) == (done.code, list(done.json))
    assert ("access_token", "valid", True) == (
        done.json["subject"],
        done.json["verdict"],
        done.json["session"]["current"],
    )
    assert ["idle", "refresh", "absolute"] == list(done.json["deadlines"])
    assert done.json["deadlines"]["idle"] == done.json["session"]["idleExpiresAt"]
    types = [event["type"] for event in done.json["timeline"]]
    assert ["session:create", "login:success"] == types


def test_takes_a_token_a_session_and_standard_input(protekt: Run, tokens: dict[str, str]) -> None:
    """With what people copy along with it."""
    token, session = tokens["sessionToken"], tokens["sessionId"]
    refresh = tokens["refreshToken"]

    told = [
        protekt("explain", token, "--json"),
        protekt("explain", f"Bearer {token}", "--json"),
        protekt("explain", session, "--json"),
        protekt("explain", session[:20], "--json"),
        protekt("explain", "-", "--json", stdin=f" Bearer {token}\n"),
        protekt("explain", "-", "--json", stdin=session),
        protekt("explain", "-", "--json", stdin=f"{refresh}\n"),
    ]

    subjects = [done.json["subject"] for done in told]
    assert ["access_token"] * 2 + ["session"] * 2 == subjects[:4]
    assert ["access_token", "session", "refresh_token"] == subjects[4:]
    assert ["valid"] * 6 + ["current"] == [done.json["verdict"] for done in told]
    assert all(done.json["session"]["id"] == session for done in told)


def test_refresh_token_is_never_an_argument(protekt: Run, tokens: dict[str, str]) -> None:
    """It is refused, and not repeated."""
    done = protekt("explain", tokens["refreshToken"])

    assert (2, "") == (done.code, done.out)
    assert tokens["refreshToken"] not in done.err


def test_verdict_is_an_answer(protekt: Run, logged_in: str) -> None:
    """Exit code 0 whatever it is, and nulls where nothing is known."""
    done = protekt("explain", "eyJ.no.token", "--json")

    assert (0, "malformed", None, []) == (
        done.code,
        done.json["verdict"],
        done.json["session"],
        done.json["timeline"],
    )
    assert {"idle": None, "refresh": None, "absolute": None} == done.json["deadlines"]


def test_ended_session_says_why(protekt: Run, logged_in: str) -> None:
    """Its reason, with the note of the administrator."""
    protekt("sessions", "revoke", logged_in, "--reason", "lost laptop")

    told = protekt("explain", logged_in, "--json").json

    assert ("session_revoked", "revoked", "lost laptop") == (
        told["verdict"],
        told["session"]["endReason"],
        told["session"]["endNote"],
    )
    assert "session:revoke" == told["timeline"][-1]["type"]


def test_ended_session_says_when_and_what_the_administrator_noted(
    protekt: Run, logged_in: str
) -> None:
    """The note is there for whoever looks after the sessions."""
    protekt("sessions", "revoke", logged_in, "--reason", "lost her phone")

    lines = protekt("explain", logged_in).out.splitlines()

    assert any(line.startswith("session\tended\t") and "revoked" in line for line in lines)
    assert any(line.startswith("session\tnote\tlost her phone") for line in lines)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["sess_00000000000000000000000000"], 3), (["sess_0"], 2), ([], 4)],
)
def test_nothing_to_explain_is_an_error(
    protekt: Run, alice: str, arguments: list[str], code: int
) -> None:
    """An unknown session, a start that is too short, nobody logged in."""
    done = protekt("explain", *arguments)

    assert (code, "") == (done.code, done.out)


def test_session_is_explained_without_the_master_key(
    protekt: Run, logged_in: str, installed: Path
) -> None:
    """Tokens are not."""
    installed.with_name("protekt.key").unlink()

    assert 0 == protekt("explain", logged_in).code
    assert 6 == protekt("explain").code


def test_explain_ignores_the_variable_of_a_server(protekt: Run, logged_in: str) -> None:
    """It is about the database itself."""
    assert 0 == protekt("explain", environ={"PROTEKT_SERVER": "https://auth.example"}).code


def test_explains_in_words_at_a_terminal(protekt: Run, logged_in: str) -> None:
    """With distances in time, and the setting that the rule goes by."""
    terminal = Terminal("explain", environ={"COLUMNS": "400"})

    assert 0 == terminal.end()
    assert "sessions.idle_timeout" in terminal.shown
    assert re.search(r"\(in [67] days\)", terminal.shown)
    assert "by user_" in terminal.shown


def test_explains_in_lines_elsewhere(protekt: Run, logged_in: str) -> None:
    """One header, four columns."""
    lines = protekt("explain", logged_in).lines

    assert ["part", "name", "value", "meaning"] == lines[0]
    assert ["verdict", "session", "valid"] == lines[1][:3]
    assert {"verdict", "session", "deadline", "timeline"} == {line[0] for line in lines[1:]}
