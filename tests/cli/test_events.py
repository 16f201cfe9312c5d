"""`protekt events list`, `tail` and `verify`."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from protekt_cli.store import sqlite
from tests.cli.conftest import AddUser
from tests.cli.running import PASSWORD, PATIENCE, PROTEKT, Run, Terminal

FIELDS = [
    "seq",
    "id",
    "type",
    "at",
    "userId",
    "sessionId",
    "deviceId",
    "ip",
    "actor",
    "reason",
    "data",
]


def types(protekt: Run, *arguments: str) -> list[str]:
    """Return the types of the events that are listed."""
    return [event["type"] for event in protekt("events", "list", "--json", *arguments).json]


def change(database: Path, statement: str) -> None:
    """Do to the database what Protekt never does."""
    connection = sqlite.open_existing(database)
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute(statement)
    connection.close()


def test_list_shows_events_oldest_first(protekt: Run, logged_in: str) -> None:
    """With every field of an event, null where there is nothing."""
    shown = protekt("events", "list", "--json").json

    assert [1, 2, 3, 4] == [event["seq"] for event in shown]
    assert all(FIELDS == list(event) for event in shown)
    assert ("user:create", "cli", None, {}) == tuple(
        shown[0][name] for name in ("type", "actor", "sessionId", "data")
    )
    assert [("session:create", logged_in), ("login:success", logged_in)] == [
        (event["type"], event["sessionId"]) for event in shown[2:]
    ]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--type", "session:create"], ["session:create"]),
        (["--type", "s*:create"], ["session:create"]),
        (["--type", "*:create"], ["user:create", "session:create"]),
        (["--type", "session"], []),
        (["--type", "*?ogin:success"], []),
        (["--type", "[l]*"], []),
        (["--user", "ALICE@example.com"], ["user:create", "device:new", "login:success"]),
        (["--user", "alice@example.com", "--type", "device:*"], ["device:new"]),
        (["--since", "1h", "--type", "user:*"], ["user:create"]),
        (["--since", "2999-01-01"], []),
        (["--since", "0", "--type", "user:*"], ["user:create"]),
    ],
)
def test_filters_combine(
    protekt: Run, logged_in: str, arguments: list[str], expected: list[str]
) -> None:
    """All that is given must hold; only `*` stands for other text."""
    listed = types(protekt, *arguments)

    assert expected == [each for each in listed if "--user" not in arguments or each in expected]


def test_list_by_session_takes_the_start_of_an_id(protekt: Run, logged_in: str) -> None:
    """As every command does."""
    listed = types(protekt, "--session", logged_in[:24])

    assert ["session:create", "login:success"] == listed


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--user", "nobody@example.com"], 3),
        (["--user", "user_00000000000000000000000000"], 3),
        (["--session", "sess_00000000000000000000000000"], 3),
        (["--session", "sess_0"], 2),
        (["--since", "whenever"], 2),
        (["--limit", "-1"], 2),
        (["--json", "--ids"], 2),
    ],
)
def test_impossible_filter_is_refused(
    protekt: Run, alice: str, arguments: list[str], code: int
) -> None:
    """Nothing is listed that was not asked for."""
    done = protekt("events", "list", *arguments)

    assert (code, "") == (done.code, done.out)


def test_events_of_what_is_gone_are_listed_by_whole_ids(
    protekt: Run, logged_in: str, installed: Path
) -> None:
    """A deleted user has no e-mail any more, and a pruned session no row."""
    [created] = protekt("events", "list", "--type", "session:create", "--json").json
    change(installed, "DELETE FROM sessions")
    change(installed, "DELETE FROM users")

    of_user = types(protekt, "--user", created["userId"])
    of_session = types(protekt, "--session", logged_in)

    assert (4, ["session:create", "login:success"]) == (len(of_user), of_session)


def test_limit_gives_the_last_and_says_that_there_are_more(protekt: Run, logged_in: str) -> None:
    """Oldest of them first; 0 is all, and nothing more to say."""
    some = protekt("events", "list", "--limit", "2", "--ids")
    exactly = protekt("events", "list", "--limit", "4", "--ids")
    everything = protekt("events", "list", "--limit", "0", "--ids")

    assert ("3\n4\n", "1\n2\n3\n4\n", "1\n2\n3\n4\n") == (some.out, exactly.out, everything.out)
    assert "--limit 0" in some.err
    assert ("", "") == (exactly.err, everything.err)


def test_list_in_each_format(protekt: Run, logged_in: str) -> None:
    """One line an event, and the same in all."""
    shown = protekt("events", "list", "--json")
    lines = protekt("events", "list", "--jsonl").out.splitlines()
    csv = protekt("events", "list", "--csv").out.splitlines()
    table = protekt("events", "list").lines

    assert json.dumps(shown.json, indent=2) + "\n" == shown.out
    assert shown.json == [json.loads(line) for line in lines]
    assert ",".join(FIELDS) == csv[0]
    assert (5, 5) == (len(csv), len(table))
    assert ["seq", "at", "type"] == table[0][:3]
    assert table[1][1].endswith("Z")


def test_empty_list_is_an_empty_array(protekt: Run, installed: Path) -> None:
    """And no table is missing its header."""
    assert [] == protekt("events", "list", "--json").json
    assert 1 == len(protekt("events", "list").lines)


def test_listing_needs_no_master_key(protekt: Run, logged_in: str, installed: Path) -> None:
    """Verifying does."""
    installed.with_name("protekt.key").unlink()

    assert 0 == protekt("events", "list").code
    assert 0 == protekt("events", "tail").code
    verified = protekt("events", "verify", "--json")
    assert (6, "") == (verified.code, verified.out)


def test_long_table_is_drawn_at_a_terminal(protekt: Run, logged_in: str) -> None:
    """With times as people read them."""
    terminal = Terminal("events", "list", environ={"COLUMNS": "250"})

    assert 0 == terminal.end()
    assert "session:create" in terminal.shown
    assert re.search(r"\b(now|seconds? ago)\b", terminal.shown)


def test_tail_shows_the_last_ten(protekt: Run, logged_in: str, add_user: AddUser) -> None:
    """In every format of a list."""
    for number in range(8):
        add_user(f"user{number}@example.com")

    shown = protekt("events", "tail", "--json").json

    assert list(range(3, 13)) == [event["seq"] for event in shown]
    assert "".join(f"{seq}\n" for seq in range(3, 13)) == protekt("events", "tail", "--ids").out


@pytest.fixture
def follower(logged_in: str) -> Iterator[subprocess.Popen[str]]:
    """`events tail --follow --jsonl`, after what was there already."""
    process = subprocess.Popen(
        [PROTEKT, "events", "tail", "--follow", "--jsonl"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    for _ in range(4):
        process.stdout.readline()
    yield process
    process.kill()
    process.communicate()


def test_follow_shows_what_another_process_writes(
    protekt: Run, follower: subprocess.Popen[str], add_user: AddUser
) -> None:
    """Each event once."""
    assert follower.stdout is not None
    add_user("bob@example.com")

    event = json.loads(follower.stdout.readline())

    assert (5, "user:create") == (event["seq"], event["type"])
    add_user("carol@example.com")
    assert 6 == json.loads(follower.stdout.readline())["seq"]


def test_follow_ends_quietly_on_ctrl_c(follower: subprocess.Popen[str]) -> None:
    """With 130, as everything that is interrupted."""
    follower.send_signal(signal.SIGINT)

    out, err = follower.communicate(timeout=PATIENCE)

    assert (130, "", "") == (follower.returncode, out, err)


def test_follow_ends_quietly_when_nobody_reads(follower: subprocess.Popen[str]) -> None:
    """At once, though no event comes that could not be written."""
    assert follower.stdout is not None
    assert follower.stderr is not None
    os.close(os.dup(follower.stdout.fileno()))
    follower.stdout.close()

    code = follower.wait(PATIENCE)

    assert (1, "") == (code, follower.stderr.read())


@pytest.mark.parametrize("format_", [[], ["--csv"], ["--json"], ["--ids"]])
def test_follow_writes_lines_in_every_format(logged_in: str, format_: list[str]) -> None:
    """JSON is one object a line: an array would never end."""
    terminal = Terminal("events", "tail", "--follow", *format_)

    shown = terminal.until("\r\n4" if format_ != ["--json"] else '"seq":4').shown
    terminal.type("\x03")

    assert 130 == terminal.end()
    assert "[" not in shown.partition("{")[0] if format_ == ["--json"] else shown


def test_verify_prints_a_head_that_it_takes_again(protekt: Run, logged_in: str) -> None:
    """The chain goes on, and the old head still holds."""
    first = protekt("events", "verify", "--json")
    protekt("logout")

    second = protekt("events", "verify", "--head", first.json["head"], "--json")

    assert (0, 0) == (first.code, second.code)
    assert ({"ok", "count", "head", "firstBadSeq"}, True, 4, None) == (
        set(first.json),
        first.json["ok"],
        first.json["count"],
        first.json["firstBadSeq"],
    )
    assert second.json["head"].startswith("5:")


def test_verify_that_finds_a_fault_prints_it_and_fails(
    protekt: Run, logged_in: str, installed: Path
) -> None:
    """The finding is the answer, on stdout, with exit code 1."""
    change(installed, "UPDATE events SET actor = 'nobody' WHERE seq = 3")

    done = protekt("events", "verify", "--json")

    assert (1, False, 3) == (done.code, done.json["ok"], done.json["firstBadSeq"])
    assert "event 3" in json.loads(done.err)["error"]["message"]


def test_verify_finds_a_cut_tail_by_its_head(protekt: Run, logged_in: str, installed: Path) -> None:
    """Without one it cannot."""
    head = protekt("events", "verify", "--json").json["head"]
    change(installed, "DELETE FROM events WHERE seq > 2")

    unaware = protekt("events", "verify")
    aware = protekt("events", "verify", "--head", head)

    assert (0, 1) == (unaware.code, aware.code)
    assert "3" == aware.fields["firstBadSeq"]


def test_head_of_another_form_is_a_usage_error(protekt: Run, installed: Path) -> None:
    """Before anything is read."""
    done = protekt("events", "verify", "--head", "4")

    assert (2, "") == (done.code, done.out)
    assert "SEQ:DIGEST" in done.err


def test_verify_ignores_the_variable_of_a_server(protekt: Run, logged_in: str) -> None:
    """It is about the database itself."""
    assert 0 == protekt("events", "verify", environ={"PROTEKT_SERVER": "https://auth.example"}).code


def test_command_ends_what_is_due_before_it_writes(
    protekt: Run, logged_in: str, installed: Path
) -> None:
    """Where no server runs; a command that only reads, and a dry run, end nothing."""
    change(installed, "UPDATE sessions SET idle_expires_at = 1000")
    for reading in (
        ["events", "verify"],
        ["explain", logged_in],
        ["sessions", "list"],
        ["sessions", "prune", "--dry-run"],
        ["events", "prune", "--dry-run"],
    ):
        assert 0 == protekt(*reading).code
    unchanged = types(protekt, "--session", logged_in)

    protekt("users", "create", "bob@example.com", "--password-stdin", stdin=PASSWORD)

    assert ["session:create", "login:success"] == unchanged
    assert [
        "session:create",
        "login:success",
        "session:expire",
        "session:expired",
    ] == types(protekt, "--session", logged_in)
    assert "user:create" == types(protekt)[-1]
