"""At a terminal: hidden prompts, questions, and a table that acts on nothing."""

from __future__ import annotations

from tests.cli.running import PASSWORD, Run, Terminal


def test_new_password_is_asked_for_twice_and_hidden(protekt: Run, alice: str) -> None:
    """What is typed is not shown, and is the password."""
    terminal = Terminal("users", "create", "bob@example.com")
    terminal.until("password: ").type(PASSWORD + "\n").until("again: ").type(PASSWORD + "\n")

    assert terminal.end() == 0
    assert PASSWORD not in terminal.shown
    assert protekt("login", "bob@example.com", "--password-stdin", stdin=PASSWORD).code == 0


def test_two_different_passwords_create_nobody(protekt: Run, alice: str) -> None:
    """A slip is found out: exit 2."""
    terminal = Terminal("users", "create", "bob@example.com")
    terminal.until("password: ").type(PASSWORD + "\n").until("again: ").type("another one\n")

    assert terminal.end() == 2
    assert "the two passwords differ" in terminal.shown
    assert protekt("users", "show", "bob@example.com").code == 3


def test_login_asks_for_what_is_missing(protekt: Run, alice: str) -> None:
    """E-mail and password, the latter once and hidden."""
    terminal = Terminal("login")
    terminal.until("e-mail: ").type(alice + "\n").until("password: ").type(PASSWORD + "\n")

    assert terminal.end() == 0
    assert PASSWORD not in terminal.shown
    assert protekt("whoami", "--json").json["user"]["email"] == alice


def test_ctrl_c_at_a_prompt_is_exit_130(protekt: Run, alice: str) -> None:
    """No traceback, and nothing is done."""
    terminal = Terminal("login", alice)
    terminal.until("password: ").type("\x03")

    assert terminal.end() == 130
    assert "Traceback" not in terminal.shown
    assert protekt("sessions", "list", "--json").json == []


def test_ctrl_d_at_a_prompt_is_exit_130(protekt: Run, alice: str) -> None:
    """Whoever says nothing has not answered."""
    terminal = Terminal("login")
    terminal.until("e-mail: ").type("\x04")

    assert terminal.end() == 130


def test_prompts_are_no_answer(protekt: Run, alice: str) -> None:
    """With stdout elsewhere, the question is on the terminal still, and the answer is not."""
    terminal = Terminal("login", alice)
    terminal.until("password: ").type(PASSWORD + "\n").until("field")

    assert terminal.end() == 0


def test_yes_at_the_question_ends_the_sessions(protekt: Run, alice: str) -> None:
    """The question says how many it would be."""
    for _ in range(2):
        protekt("token", "issue", alice)
    terminal = Terminal("sessions", "revoke", "--all")
    terminal.until("this ends 2 sessions. Go on? [y/N] ").type("y\n").until("2 sessions revoked")

    assert terminal.end() == 0
    assert protekt("sessions", "list", "--json").json == []


def test_anything_else_at_the_question_ends_nothing(protekt: Run, alice: str) -> None:
    """An empty answer is no: exit 1."""
    for _ in range(2):
        protekt("token", "issue", alice)
    terminal = Terminal("sessions", "revoke", "--all")
    terminal.until("[y/N] ").type("\n").until("nothing was changed")

    assert terminal.end() == 1
    assert len(protekt("sessions", "list", "--json").json) == 2


def test_table_at_a_terminal_is_drawn_in_colour(protekt: Run, logged_in: str) -> None:
    """Ids are whole, the status is green; NO_COLOR takes the colour and leaves the table."""
    coloured, plain = (
        Terminal("sessions", "list"),
        Terminal("sessions", "list", environ={"NO_COLOR": "1", "FORCE_COLOR": "1"}),
    )

    assert [coloured.end(), plain.end()] == [0, 0]
    assert logged_in in coloured.shown
    assert "\x1b[32m" in coloured.shown
    assert logged_in in plain.shown
    assert "\x1b" not in plain.shown


def test_table_at_a_terminal_makes_names_harmless(protekt: Run, alice: str) -> None:
    """An escape sequence that a client sent is shown, and not sent on to the terminal."""
    name = "\x1b]0;owned\x07[red]bob"
    protekt("users", "create", "bob@example.com", "--no-password", "--name", name)
    terminal = Terminal("users", "show", "bob@example.com", environ={"NO_COLOR": "1"})

    assert terminal.end() == 0
    assert r"\x1b]0;owned\x07[red]bob" in terminal.shown
    assert "\x1b" not in terminal.shown
