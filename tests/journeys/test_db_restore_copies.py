"""Which copies can be gone back to, and from what: refused, asked for, lost and damaged ones."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.installation import EMAIL, PASSWORD, PROTEKT, Installation
from tests.journeys.restoring import back_up, change, restore


def test_dry_run_reports_and_changes_nothing(installation: Installation) -> None:
    """The same report as the restore itself, and not a row moved."""
    back_up(installation)
    assert 0 == installation.run("token", "issue", EMAIL).code
    before = installation.state(), installation.listing()

    asked = installation.run("db", "restore", "copy.db", "--dry-run", "--json").json()

    assert before == (installation.state(), installation.listing())
    done = restore(installation)
    assert {**asked, "dryRun": False, "kept": done["kept"]} == done


def test_nobody_to_ask_is_a_usage_error(installation: Installation) -> None:
    """It names the flag, and changes nothing."""
    back_up(installation)
    before = installation.state(), installation.listing()

    refused = installation.run("db", "restore", "copy.db")

    assert 2 == refused.code
    assert "--yes" in refused.err
    assert before == (installation.state(), installation.listing())


def test_mark_of_development_is_not_brought_back(installation: Installation) -> None:
    """A database that anybody may empty must not come of a copy."""
    change(
        installation.database,
        "INSERT INTO meta VALUES ('dev', 1)",
        "INSERT INTO meta VALUES ('clock_offset', 86400000)",
    )
    back_up(installation)
    change(installation.database, "DELETE FROM meta WHERE name IN ('dev', 'clock_offset')")

    restore(installation)

    assert [] == installation.rows("SELECT * FROM meta WHERE name IN ('dev', 'clock_offset')")


def damaged(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def newer(path: Path) -> None:
    change(path, "PRAGMA user_version = 99")


def with_a_trigger(path: Path) -> None:
    change(path, "CREATE TRIGGER back_door AFTER INSERT ON users BEGIN SELECT 1; END")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (damaged, "malformed"),
        (newer, "was made by a newer Protekt"),
        (with_a_trigger, "back_door is none of ours"),
        (Path.unlink, "there is no backup"),
        (lambda path: path.write_bytes(b""), "not a Protekt database"),
        (lambda path: path.write_text("text " * 100), "not a database"),
    ],
    ids=["damaged", "newer", "trigger", "missing", "empty", "text"],
)
def test_bad_copy_is_refused(installation: Installation, spoil: Any, message: str) -> None:
    """With exit 6 and its own name, and nothing is changed."""
    back_up(installation)
    spoil(installation.folder / "copy.db")
    before = installation.state(), installation.listing()

    code, said = installation.run("db", "restore", "copy.db", "--yes").refusal()

    assert (6, True) == (code, message in said), said
    assert "/.protekt" not in said
    assert before == (installation.state(), installation.listing())


def test_copy_of_another_master_key_is_refused(
    installation: Installation, stranger: Installation, tmp_path: Path
) -> None:
    """Nothing in it could be opened."""
    foreign = str(tmp_path / "foreign.db")
    assert 0 == stranger.run("db", "backup", foreign).code

    code, message = installation.run("db", "restore", foreign, "--yes").refusal()

    assert (6, f"the master key is not the one of {foreign}") == (code, message)


def test_copy_made_by_hand_is_read_with_its_log(installation: Installation) -> None:
    """What was committed last stands there alone; and neither file is touched."""
    folder = installation.folder / "by-hand"
    folder.mkdir()
    with installation.serve() as server:
        server.login(EMAIL, PASSWORD)
        server.process.kill()
        server.process.wait(60)
    for log in ("", "-wal"):
        name = f"protekt.db{log}"
        (folder / name).write_bytes((installation.folder / name).read_bytes())
    before = {path: path.read_bytes() for path in folder.iterdir()}

    ran = installation.run("db", "restore", "by-hand/protekt.db", "--yes", "--json")

    assert 1 == ran.json()["sessionsEnded"]
    assert before == {path: path.read_bytes() for path in before}


def test_database_itself_is_no_copy(installation: Installation) -> None:
    """It would be replaced by what it holds."""
    code, _ = installation.run("db", "restore", "protekt.db", "--yes").refusal()

    assert 2 == code


def test_lost_database_is_made_again(installation: Installation) -> None:
    """From the copy and the key alone; nobody is thrown out who need not be."""
    token = installation.run("token", "issue", EMAIL).out.strip()
    back_up(installation)
    installation.database.unlink()

    report = restore(installation, "--keep-sessions")

    assert ("missing", None, 1) == (
        report["replaced"],
        report["kept"],
        report["sessionsKept"],
    )
    assert 0o600 == installation.database.stat().st_mode & 0o777
    assert 0 == installation.run("token", "verify", "-", stdin=token).code
    assert installation.run("events", "verify", "--json").json()["ok"]


@pytest.mark.parametrize(
    "spoil",
    [damaged, lambda path: path.write_bytes(b""), lambda path: path.write_bytes(b"x" * 5000)],
    ids=["half", "empty", "text"],
)
def test_damaged_database_is_moved_aside(installation: Installation, spoil: Any) -> None:
    """What was revoked in it cannot be known, so that no key of then verifies anything."""
    token = installation.run("token", "issue", EMAIL).out.strip()
    old = {key["kid"] for key in installation.run("keys", "list", "--json").json()}
    back_up(installation)
    spoil(installation.database)
    ruin = installation.database.read_bytes()

    report = restore(installation, "--keep-sessions")

    kept = Path(report["kept"])
    keys = installation.run("keys", "list", "--json").json()
    verified = installation.run("token", "verify", "-", "--json", stdin=token)
    assert ("damaged", True) == (report["replaced"], report["signingKeysReplaced"])
    assert (ruin, 0o600) == (kept.read_bytes(), kept.stat().st_mode & 0o777)
    assert {"revoked"} == {key["status"] for key in keys if key["kid"] in old}
    assert {"active", "next"} == {key["status"] for key in keys if key["kid"] not in old}
    assert (4, "unknown_key") == (verified.code, json.loads(verified.out)["reason"])
    assert 0 == installation.run("db", "check").code


def test_log_of_a_damaged_database_goes_with_it(installation: Installation) -> None:
    """A server has it open: SQLite would read its log into the restored one."""
    back_up(installation)
    with installation.serve() as server:
        server.login(EMAIL, PASSWORD)
        installation.database.write_bytes(b"x" * 5000)
        content = (installation.folder / "protekt.db-wal").read_bytes()

        kept = Path(restore(installation)["kept"])

    assert content == kept.with_name(f"{kept.name}-wal").read_bytes()
    assert [] == installation.rows("SELECT id FROM sessions")
    assert 0 == installation.run("db", "check").code


def test_damaged_signing_keys_are_replaced(installation: Installation) -> None:
    """The rest of the database can be read, and what is revoked in it stays so."""
    back_up(installation)
    change(installation.database, "UPDATE signing_keys SET sealed = x'00' WHERE status = 'next'")

    report = restore(installation)

    assert report["signingKeysReplaced"]
    assert 0 == installation.run("token", "issue", EMAIL).code


def test_two_restores_at_once_are_one_after_the_other(installation: Installation) -> None:
    """Both are done, and the database is whole."""
    back_up(installation)
    started = [
        subprocess.Popen(
            [PROTEKT, "db", "restore", "copy.db", "--yes"],
            cwd=installation.folder,
            env=installation.environment(),
            stdout=subprocess.DEVNULL,
        )
        for _ in range(2)
    ]

    codes = [process.wait(60) for process in started]

    assert [0, 0] == codes
    assert 0 == installation.run("db", "check").code
    assert installation.run("events", "verify", "--json").json()["ok"]
    assert [(1,)] == installation.rows("SELECT count(*) FROM events WHERE type = 'db:restore'")
