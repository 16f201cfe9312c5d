"""Which server a command works on, and the API key that it shows there."""

from __future__ import annotations

from pathlib import Path

import pytest

from protekt_cli.cli.servers import parse_url
from protekt_cli.errors import Usage
from tests.cli.running import Run

#: Nothing listens there.
NOWHERE = "http://127.0.0.1:9"
LOCAL_ONLY = (
    "init",
    "serve",
    "doctor",
    "explain sess_00000000000000000000000000",
    "config show",
    "config check",
    "db stats",
    "db vacuum",
    "users import users.csv",
    "users export",
    "sessions prune --dry-run",
    "events verify",
    "events prune --dry-run",
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("http://127.0.0.1:8787", "http://127.0.0.1:8787"),
        ("HTTPS://Auth.Example/", "https://auth.example"),
        ("https://auth.example:443/base/", "https://auth.example/base"),
        ("http://localhost:80", "http://localhost"),
        ("http://[::1]:8787", "http://[::1]:8787"),
        ("http://127.9.9.9", "http://127.9.9.9"),
    ],
)
def test_url_has_one_spelling(text: str, expected: str) -> None:
    """What is kept for a server is found again however its URL was typed."""
    assert expected == parse_url("--server", text, is_insecure=False)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "auth.example",
        "ftp://auth.example",
        "https://",
        "https://:8787",
        "https://auth.example:port",
        "https://auth.example:99999",
        "https://[::1",
        "https://auth.example/\x1b[31m",
        "https://user:pk_secret@auth.example",
        "https://auth.example/?key=pk_secret",
        "https://auth.example/#top",
    ],
)
def test_what_is_no_url_of_a_server_is_wrong_usage(protekt: Run, text: str) -> None:
    """By the flag and by the variable, and no secret in it is said again."""
    flag = protekt("--server", text, "users", "list")
    variable = protekt("users", "list", environ={"PROTEKT_SERVER": text or " "})

    assert [(2, ""), (2, "")] == [(flag.code, flag.out), (variable.code, variable.out)]
    assert "--server" in flag.err
    assert "PROTEKT_SERVER" in variable.err
    assert "pk_secret" not in flag.err + variable.err


@pytest.mark.parametrize("host", ["auth.example", "192.0.2.7", "128.0.0.1", "[2001:db8::1]"])
def test_plain_http_to_elsewhere_needs_to_be_wanted(host: str) -> None:
    """Whoever is on the way could read the API key."""
    with pytest.raises(Usage, match="plain http"):
        parse_url("--server", f"http://{host}", is_insecure=False)

    assert f"http://{host}" == parse_url("--server", f"http://{host}", is_insecure=True)


def test_plain_http_to_elsewhere_is_refused_before_anything_is_sent(protekt: Run) -> None:
    """Exit 2, and the hint names the flag."""
    done = protekt("--server", "http://192.0.2.7", "users", "list")

    assert 2 == done.code
    assert "--insecure" in done.err


@pytest.mark.parametrize("command", LOCAL_ONLY)
def test_command_about_this_machine_is_refused_with_a_server(protekt: Run, command: str) -> None:
    """It would do something else than was asked."""
    done = protekt("--server", NOWHERE, *command.split())

    assert (2, "") == (done.code, done.out)
    assert "this machine alone" in done.err


def test_command_about_this_machine_ignores_the_variable(protekt: Run, logged_in: str) -> None:
    """Whoever has set it for all commands can still look after the database."""
    codes = [
        protekt(*command.split(), environ={"PROTEKT_SERVER": NOWHERE}).code
        for command in ("db stats", "sessions prune --dry-run", "users export", "explain")
    ]

    assert [0, 0, 0, 0] == codes


def test_flag_beats_the_variable(protekt: Run) -> None:
    """As everywhere."""
    done = protekt(
        "--server",
        NOWHERE,
        "users",
        "list",
        environ={"PROTEKT_SERVER": "https://auth.example", "PROTEKT_API_KEY": "pk_key"},
    )

    assert 6 == done.code
    assert NOWHERE in done.err


def test_database_flag_beats_the_variable_of_a_server(protekt: Run, installed: Path) -> None:
    """Whoever names a database means it; naming a server as well is wrong usage."""
    named = protekt("--db", str(installed), "users", "list", environ={"PROTEKT_SERVER": NOWHERE})
    both = protekt("--db", str(installed), "--server", NOWHERE, "users", "list")

    assert [0, 2] == [named.code, both.code]


def test_empty_variable_names_no_server(protekt: Run, installed: Path) -> None:
    """It is how a variable is taken back."""
    assert 0 == protekt("users", "list", environ={"PROTEKT_SERVER": ""}).code


def test_server_that_does_not_answer_is_unavailable(protekt: Run) -> None:
    """Exit 6, as where the database is missing."""
    done = protekt(
        "--server", NOWHERE, "users", "list", "--json", environ={"PROTEKT_API_KEY": "pk_key"}
    )

    assert (6, "") == (done.code, done.out)
    assert f"no answer from {NOWHERE}: connection refused" in done.err
    assert '"code":"store_unavailable"' in done.err


@pytest.mark.parametrize(
    "command",
    [
        "users list",
        "users create bob@example.com --no-password",
        "sessions list",
        "sessions revoke --all --yes",
        "devices list",
        "devices trust dev_00000000000000000000000000",
        "token issue alice@example.com",
        "token verify a.b.c",
        "keys list",
        "keys jwks",
        "apikeys list",
        "events list",
        "events tail --follow",
    ],
)
def test_administration_without_an_api_key_is_refused(protekt: Run, command: str) -> None:
    """Exit 4, with what to set; nothing is asked of the server."""
    done = protekt("--server", NOWHERE, *command.split())

    assert (4, "") == (done.code, done.out)
    assert "hint: set PROTEKT_API_KEY or PROTEKT_API_KEY_FILE" in done.err


def test_api_key_comes_from_a_file(protekt: Run, tmp_path: Path) -> None:
    """White space around it is none of it; a missing, an empty or an odd one is said."""
    file = tmp_path / "key"
    environ = {"PROTEKT_SERVER": NOWHERE, "PROTEKT_API_KEY_FILE": str(file)}

    missing = protekt("users", "list", environ=environ)
    file.write_text("\n")
    empty = protekt("users", "list", environ=environ)
    file.write_text("pk_one\npk_two\n")
    odd = protekt("users", "list", environ=environ)
    file.write_text("pk_one\n")
    good = protekt("users", "list", environ=environ)

    assert [2, 2, 4, 6] == [missing.code, empty.code, odd.code, good.code]
    assert str(file) in missing.err
    assert "pk_" not in odd.err


def test_api_key_beats_its_file(protekt: Run) -> None:
    """The file of one that is set is not even looked at."""
    done = protekt(
        "--server",
        NOWHERE,
        "users",
        "list",
        environ={"PROTEKT_API_KEY": "pk_key", "PROTEKT_API_KEY_FILE": "nowhere"},
    )

    assert 6 == done.code


def test_integration_is_with_the_server_that_is_named(protekt: Run) -> None:
    """By the flag, which needs no API key for it."""
    done = protekt("--server", "https://auth.example", "integrate", "traefik")

    assert "address: https://auth.example:443/v1/forward-auth\n" in done.out
