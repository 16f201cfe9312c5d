"""Passwords at the command line: too many wrong ones, and new ones that are easily guessed."""

from __future__ import annotations

import json

import pytest

from tests.cli.running import PASSWORD, Run

WEAK = "liddell99"


@pytest.mark.parametrize("email", ["alice@example.com", "nobody@example.com"])
def test_login_is_refused_after_too_many_failures(protekt: Run, alice: str, email: str) -> None:
    """In one process after the other; the hint says for how long."""
    failures = {protekt("login", email, "--password-stdin", stdin="wrong").code for _ in range(10)}

    refused = protekt("login", email, "--password-stdin", "--json", stdin=PASSWORD)

    assert failures == {4}
    error = json.loads(refused.err)["error"]
    assert (refused.code, refused.out, error["code"]) == (4, "", "rate_limited")
    assert error["message"] == "too many tries with a wrong password"
    assert error["hint"].startswith("try again in 1")


def test_login_is_let_in_after_a_new_password(protekt: Run, alice: str) -> None:
    """An administrator's; nobody has to wait for it."""
    for _ in range(11):
        protekt("login", alice, "--password-stdin", stdin="wrong")

    protekt("users", "set-password", alice, "--password-stdin", stdin="a stone of flint")

    assert protekt("login", alice, "--password-stdin", stdin="a stone of flint").code == 0


@pytest.mark.parametrize("command", ["create", "set-password"])
def test_weak_password_is_accepted_with_a_note(
    protekt: Run, installed: object, command: str
) -> None:
    """On stderr in one line, that holds nothing of it; `-q` says nothing."""
    protekt("users", "create", "alice@example.com", "--name", "Edith Liddell", "--no-password")
    user = ["bob@example.com", "--name", "Edith Liddell"]
    arguments = user if command == "create" else ["alice@example.com"]

    done = protekt("users", command, *arguments, "--password-stdin", stdin=WEAK)
    quiet = protekt(
        "-q", "users", "set-password", "alice@example.com", "--password-stdin", stdin=WEAK
    )

    assert done.code == 0
    assert done.err == (
        "warning: the password is easily guessed:"
        " it is made of the e-mail or the name of its user\n"
    )
    assert (quiet.code, quiet.err) == (0, "")


def test_weak_password_is_refused_where_that_is_set(protekt: Run, installed: object) -> None:
    """With exit code 2, and there is no user."""
    done = protekt(
        "users",
        "create",
        "alice@example.com",
        "--password-stdin",
        stdin="password",
        environ={"PROTEKT_PASSWORDS_BLOCKLIST": "reject"},
    )

    assert (done.code, done.out) == (2, "")
    assert "too easily guessed: this is a top-10 common password" in done.err
    assert protekt("users", "list", "--ids").out == ""
