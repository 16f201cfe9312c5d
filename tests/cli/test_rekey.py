"""`protekt db rekey`: where the new key goes, what it says, and not without being asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.running import PASSWORD, Run, Terminal

pytestmark = pytest.mark.usefixtures("alice")


def login_code(protekt: Run, environ: dict[str, str] | None = None) -> int:
    """Return the exit code of a login, which needs the right master key."""
    done = protekt(
        "login", "alice@example.com", "--password-stdin", stdin=PASSWORD, environ=environ or {}
    )
    return done.code


def test_rekey_reports_what_it_did(protekt: Run, folder: Path) -> None:
    """Sessions that ended, hashes that were sealed anew, and the file."""
    login_code(protekt)
    before = (folder / "protekt.key").read_text()

    done = protekt("db", "rekey", "--yes", "--json")

    assert done.json == {
        "keyFile": str(folder / "protekt.key"),
        "sessionsEnded": 1,
        "passwordsSealed": 1,
        "dryRun": False,
    }
    assert (folder / "protekt.key").read_text() != before
    assert login_code(protekt) == 0


def test_rekey_can_be_tried(protekt: Run, folder: Path) -> None:
    """A dry run needs no --yes, reports the same, and changes nothing."""
    before = (folder / "protekt.key").read_text()

    tried = protekt("db", "rekey", "--dry-run", "--json").json
    unchanged = (folder / "protekt.key").read_text()
    done = protekt("db", "rekey", "--yes", "--json").json

    assert unchanged == before
    assert {**tried, "dryRun": False} == done


def test_rekey_asks_first(protekt: Run, folder: Path) -> None:
    """With nobody there it is wrong usage; at a terminal, no is no."""
    before = (folder / "protekt.key").read_text()

    alone = protekt("db", "rekey")
    asked = Terminal("db", "rekey").until("ends 0 sessions. Go on? [y/N] ").type("n\n").end()

    assert (alone.code, "--yes" in alone.err, asked) == (2, True, 1)
    assert (folder / "protekt.key").read_text() == before


def test_a_key_in_the_variable_needs_a_file_for_the_new_one(protekt: Run, folder: Path) -> None:
    """Exit 2 without --key-file; with it the new key is there, and the notes say what is next."""
    by_variable = {"PROTEKT_MASTER_KEY": (folder / "protekt.key").read_text().strip()}
    by_file = {"PROTEKT_MASTER_KEY_FILE": str(folder / "new.key")}

    refused = protekt("db", "rekey", "--yes", environ=by_variable)
    done = protekt("db", "rekey", "--yes", "--key-file", "new.key", environ=by_variable)

    assert (refused.code, "--key-file" in refused.err) == (2, True)
    assert done.code == 0
    assert "unset PROTEKT_MASTER_KEY, set PROTEKT_MASTER_KEY_FILE=new.key" in done.err
    assert [login_code(protekt, each) for each in (by_variable, by_file)] == [6, 0]


def test_a_key_file_that_is_there_already_is_a_conflict(protekt: Run, folder: Path) -> None:
    """In a dry run too; nothing is overwritten."""
    (folder / "new.key").write_text("precious")

    codes = [
        protekt("db", "rekey", "--key-file", "new.key", flag).code
        for flag in ("--dry-run", "--yes")
    ]

    assert codes == [5, 5]
    assert (folder / "new.key").read_text() == "precious"


def test_rekey_without_the_present_key_is_refused(protekt: Run, folder: Path) -> None:
    """Missing or another's: there is nothing to open what has to be sealed anew."""
    key_file = folder / "protekt.key"
    key_file.write_text("ab" * 32)
    other = protekt("db", "rekey", "--yes").code
    key_file.unlink()
    missing = protekt("db", "rekey", "--yes").code

    assert (other, missing, key_file.exists()) == (6, 6, False)


def test_rekey_is_about_the_local_database_whatever_the_environment_says(protekt: Run) -> None:
    """It ignores the variable that names a server."""
    done = protekt("db", "rekey", "--dry-run", environ={"PROTEKT_SERVER": "http://127.0.0.1:1"})

    assert done.code == 0
