"""Before something destructive a person is asked, and is taken at their word."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from protekt_cli.store import sqlite
from tests.cli.running import PASSWORD, Run, Terminal

CTRL_C, CTRL_D = "\x03", "\x04"


class Question(NamedTuple):
    """A command that asks, what it asks, and what says afterwards that it was done."""

    command: str
    asked: str
    told: str
    prepare: Callable[[Run], object] = lambda protekt: None


def with_ended_session(protekt: Run) -> None:
    """Let there be something to be pruned."""
    protekt("token", "issue", "alice@example.com")
    newest = protekt("sessions", "list", "--ids").out.split()[0]
    assert protekt("sessions", "revoke", newest).code == 0


def with_two_sessions(protekt: Run) -> None:
    """Let this machine have two sessions."""
    assert protekt("login", "alice@example.com", "--password-stdin", stdin=PASSWORD).code == 0


def with_backup(protekt: Run) -> None:
    """Make a copy to go back to."""
    assert protekt("db", "backup", "copy.db").code == 0


QUESTIONS = [
    Question("users delete alice@example.com", "this deletes alice@example.com", "deleted"),
    Question(
        "sessions prune --older-than 0s",
        "this deletes 1 session for ever",
        "1 session pruned",
        with_ended_session,
    ),
    Question("events prune --older-than 0s", "events for ever", "events pruned"),
    Question("db restore copy.db", "by copy.db and ends every session", "restored", with_backup),
    Question("db rekey", "a new master key and ends 1 session", "sessionsEnded"),
    Question("keys revoke {next}", "refuses every token that", "revoked"),
    Question("init --force", "anew, and keeps the old one as protekt.toml.bak", "protekt.toml.bak"),
    Question(
        "sessions revoke --all",
        "this ends 2 sessions of 1 user on 1 device",
        "2 sessions revoked",
        with_two_sessions,
    ),
    Question(
        "devices revoke {device}",
        "removes the device and ends 2 sessions",
        "1 device removed",
        with_two_sessions,
    ),
    Question("logout --all", "this ends 2 sessions", "logged out", with_two_sessions),
]


def everything() -> dict[str, Any]:
    """Return what the database and the files of this user hold, but for the mark of a use."""
    held: dict[str, Any] = {
        str(path): path.read_bytes()
        for top in (Path(), Path.home())
        for path in top.rglob("*")
        if path.is_file() and ".db" not in path.name and path.suffix != ".lock"
    }
    connection = sqlite.open_existing(Path("protekt.db"))
    tables = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
    for (name,) in tables:
        cursor = connection.execute(f"SELECT * FROM {name}")  # noqa: S608
        columns = [column for column, *_ in cursor.description]
        rows = [dict(zip(columns, row, strict=True)) for row in cursor]
        held[name] = sorted((sorted(row.items() - marks_of(row)) for row in rows), key=repr)
    connection.close()
    return held


def marks_of(row: dict[str, Any]) -> set[tuple[str, Any]]:
    """Return what of a row moves with every use of a session."""
    return {(name, row[name]) for name in ("last_active_at", "idle_expires_at") if name in row}


def words_of(protekt: Run, session: str, command: str) -> list[str]:
    keys = protekt("keys", "list", "--json").json
    return shlex.split(
        command.format(
            next=next(key["kid"] for key in keys if key["status"] == "next"),
            device=protekt("sessions", "show", session, "--json").json["device"]["id"],
        )
    )


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.command)
def test_only_yes_is_yes(protekt: Run, logged_in: str, question: Question) -> None:
    """No and whoever goes away change nothing, to the last byte; only then it is done."""
    question.prepare(protekt)
    words = words_of(protekt, logged_in, question.command)
    before = everything()

    for typed, code in (("n\n", 1), ("\n", 1), ("yess\n", 1), (CTRL_C, 130), (CTRL_D, 130)):
        terminal = Terminal(*words).until("Go on? [y/N] ").type(typed)
        assert (code, before) == (terminal.end(), everything())
        assert question.asked in terminal.shown
        assert ("nothing was changed" in terminal.shown) == (code == 1)
        assert terminal.shown.endswith("\n")
    terminal = Terminal(*words).until("Go on? [y/N] ").type("Y\n").until(question.told)

    assert terminal.end() == 0
    assert before != everything()


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.command)
def test_where_nobody_can_be_asked_the_flag_is_named(
    protekt: Run, logged_in: str, question: Question
) -> None:
    """Exit 2, nothing is changed, and the same with what a pipe would answer."""
    question.prepare(protekt)
    words = words_of(protekt, logged_in, question.command)
    before = everything()

    done = protekt(*words, stdin="y\n")

    assert (2, "", before) == (done.code, done.out, everything())
    assert question.asked in done.err
    assert "hint: --yes, or --dry-run" in done.err


@pytest.mark.parametrize(
    "command", ["sessions revoke --all", "devices revoke {device}", "logout --all"]
)
def test_one_session_is_ended_unasked(protekt: Run, logged_in: str, command: str) -> None:
    """Only where more than one would end there is a question."""
    assert protekt(*words_of(protekt, logged_in, command)).code == 0
