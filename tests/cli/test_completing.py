"""What a shell offers behind TAB, asked as a shell asks."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.cli.running import PROTEKT, Run


def offered(line: str, **environ: str) -> list[str]:
    """Return what is offered in place of the last word of a line."""
    words = shlex.split(line)
    asked = {
        "_PROTEKT_COMPLETE": "complete_bash",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(words) - 1),
    }
    ran = subprocess.run(
        [PROTEKT], env={**os.environ, **asked, **environ}, capture_output=True, text=True
    )
    assert "" == ran.stderr
    return ran.stdout.split()


@pytest.mark.parametrize(
    "line",
    ["protekt users show al", "protekt sessions list --user al", "protekt token issue alice@"],
)
def test_users_are_offered_by_their_email(alice: str, line: str) -> None:
    """Wherever a user is named."""
    assert [alice] == offered(line)


def test_ids_are_offered_as_they_begin(protekt: Run, logged_in: str) -> None:
    """Sessions and devices of this folder's database."""
    device = protekt("sessions", "show", logged_in, "--json").json["device"]["id"]

    assert [logged_in] == offered("protekt sessions revoke sess_")
    assert [device] == offered("protekt devices show dev_")
    assert [] == offered("protekt sessions show dev_")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("protekt config get tokens.a", "tokens.access_ttl"),
        ("protekt events list --type session:ex", "session:expired"),
        ("protekt events list --type log", "login:*"),
    ],
)
def test_names_are_offered_without_a_database(line: str, expected: str) -> None:
    """Keys of the configuration and types of events are known anyhow."""
    assert expected in offered(line)


@pytest.mark.usefixtures("alice")
def test_nothing_is_offered_where_something_is_wrong(folder: Path) -> None:
    """And nothing is said: the shell would show it in the middle of the line."""
    assert [] == offered("protekt --db nowhere.db users show a")
    assert [] == offered("protekt users show a", PROTEKT_SERVER_PORT="none")
