"""At a terminal: what is missing is asked for, secrets are hidden, and nobody is held."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from tests.cli.running import PASSWORD, Run, Terminal
from tests.cli.test_questions import CTRL_C, CTRL_D, everything

NEW = "another wonderland"


class Talk(NamedTuple):
    """A command, and what it asks for in turn with what is answered."""

    command: str
    turns: tuple[tuple[str, str], ...]


TALKS = [
    Talk("login", (("e-mail: ", "alice@example.com"), ("password: ", PASSWORD))),
    Talk("login alice@example.com", (("password: ", PASSWORD),)),
    Talk("users create bob@example.com", (("password: ", NEW), ("again: ", NEW))),
    Talk("users set-password alice@example.com", (("password: ", NEW), ("again: ", NEW))),
    Talk(
        "password",
        (("current password: ", PASSWORD), ("new password: ", NEW), ("again: ", NEW)),
    ),
]


def begun(talk: Talk, turns: int) -> Terminal:
    """Begin a command, and answer its first questions."""
    terminal = Terminal(*talk.command.split())
    for question, answer in talk.turns[:turns]:
        terminal.until(question).type(f"{answer}\n")
    return terminal


@pytest.mark.parametrize("talk", TALKS, ids=lambda talk: talk.command)
def test_what_is_missing_is_asked_for(protekt: Run, logged_in: str, talk: Talk) -> None:
    """Secrets are hidden, and taken as they were typed."""
    terminal = begun(talk, len(talk.turns))

    assert terminal.end() == 0
    assert PASSWORD not in terminal.shown
    assert NEW not in terminal.shown
    email = "bob@example.com" if "bob" in talk.command else "alice@example.com"
    assert protekt("login", email, "--password-stdin", stdin=talk.turns[-1][1]).code == 0


@pytest.mark.parametrize("typed", [CTRL_C, CTRL_D], ids=["Ctrl-C", "Ctrl-D"])
@pytest.mark.parametrize("talk", TALKS, ids=lambda talk: talk.command)
def test_who_goes_away_at_a_prompt_changes_nothing(
    protekt: Run, logged_in: str, talk: Talk, typed: str
) -> None:
    """At each of them: exit 130, no traceback, and the shell goes on in a line of its own."""
    before = everything()

    for answered in range(len(talk.turns)):
        terminal = begun(talk, answered).until(talk.turns[answered][0]).type(typed)

        assert (130, before) == (terminal.end(), everything())
        assert "Traceback" not in terminal.shown
        assert terminal.shown.endswith("\n")


@pytest.mark.parametrize("talk", TALKS, ids=lambda talk: talk.command)
def test_where_nobody_can_be_asked_something_else_is_named(
    protekt: Run, logged_in: str, talk: Talk
) -> None:
    """Exit 2, whatever a pipe would answer, and the hint says what to do there."""
    before = everything()

    done = protekt(*talk.command.split(), stdin="\n".join(answer for _, answer in talk.turns))

    assert (2, "", before) == (done.code, done.out, everything())
    assert "there is no terminal to ask for the" in done.err
    assert "hint: " in done.err


@pytest.mark.parametrize("talk", TALKS[2:], ids=lambda talk: talk.command)
def test_two_different_passwords_change_nothing(protekt: Run, logged_in: str, talk: Talk) -> None:
    """A slip is found out: exit 2."""
    before = everything()
    terminal = begun(talk, len(talk.turns) - 1).until("again: ").type("a slip\n")

    assert (2, before) == (terminal.end(), everything())
    assert "the two passwords differ" in terminal.shown


def test_prompts_are_no_answer(protekt: Run, alice: str) -> None:
    """With stdout elsewhere, the question is on the terminal still, and the answer is not."""
    terminal = Terminal("login", alice)
    terminal.until("password: ").type(PASSWORD + "\n").until("field")

    assert terminal.end() == 0
