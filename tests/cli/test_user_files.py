"""`protekt users import` and `export`: all rows or none, and what went out comes in again."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.cli.running import PASSWORD, PROTEKT, Run

pytestmark = pytest.mark.usefixtures("installed")

ID = "user_01jz3b6mzjfq2s6g2n7v8w9x0y"


def write(folder: Path, *rows: object, name: str = "users.jsonl") -> str:
    file = folder / name
    file.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return str(file)


def emails(protekt: Run) -> list[str]:
    return [user["email"] for user in protekt("users", "list", "--json").json]


def test_import_takes_what_a_row_says(protekt: Run, folder: Path) -> None:
    """A pinned id, a status, an own object and a date stay as they are."""
    row = {
        "email": "alice@example.com",
        "id": ID,
        "name": "Alice",
        "status": "disabled",
        "metadata": {"team": "blue"},
        "createdAt": 1_700_000_000,
    }

    done = protekt("users", "import", write(folder, row), "--json")

    assert {"imported": 1, "skipped": 0, "dryRun": False, "errors": []} == done.json
    [user] = protekt("users", "list", "--json").json
    assert row == {name: user[name] for name in row}


def test_import_reads_csv_as_spreadsheets_write_it(protekt: Run, folder: Path) -> None:
    """With a byte-order mark, quotes and empty cells."""
    text = (
        '\ufeffemail,name,metadata\r\na@example.com,"Li, ""A""","{""a"": 1}"\r\nb@example.com,,\r\n'
    )
    (folder / "users.csv").write_text(text, newline="")

    done = protekt("users", "import", "users.csv")

    assert "2 users imported\n" == done.out
    users = {user["email"]: user for user in protekt("users", "list", "--json").json}
    assert ('Li, "A"', {"a": 1}) == tuple(users["a@example.com"][k] for k in ("name", "metadata"))
    assert (None, {}) == tuple(users["b@example.com"][k] for k in ("name", "metadata"))


BAD: dict[str, list[object]] = {
    "no object": [3],
    "no e-mail": [{"name": "A"}],
    "not an e-mail": [{"email": "a"}],
    "unknown member": [{"email": "a@example.com", "mail": "x"}],
    "an id of something else": [{"email": "a@example.com", "id": ID.replace("user", "sess")}],
    "an impossible status": [{"email": "a@example.com", "status": "gone"}],
    "metadata that is a list": [{"email": "a@example.com", "metadata": []}],
    "a date that is a text": [{"email": "a@example.com", "createdAt": "2020-01-01"}],
    "an unknown hash": [{"email": "a@example.com", "passwordHash": "md5$a"}],
    "a hash that takes for ever": [
        {"email": "a@example.com", "passwordHash": "pbkdf2_sha256$10000001$s$" + "A" * 43 + "="}
    ],
    "an e-mail twice": [{"email": "a@example.com"}, {"email": "A@Example.com"}],
    "an id twice": [{"email": "a@example.com", "id": ID}, {"email": "b@example.com", "id": ID}],
    "an e-mail that is taken": [{"email": "Taken@example.com"}],
}


@pytest.mark.parametrize("name", BAD)
def test_one_bad_row_and_nothing_is_imported(protekt: Run, folder: Path, name: str) -> None:
    """Exit 1 and the report on stdout, in a dry run too; the good rows with --skip-bad."""
    protekt("users", "create", "taken@example.com", "--no-password")
    file = write(folder, {"email": "good@example.com"}, *BAD[name])

    plain, dry = protekt("users", "import", file), protekt("users", "import", file, "--dry-run")
    before = emails(protekt)
    skipping = protekt("users", "import", file, "--skip-bad", "--json")

    bad_row = 1 + len(BAD[name])
    assert (1, 1) == (plain.code, dry.code)
    assert f"row {bad_row}" in plain.out
    assert f"row {bad_row}" in dry.out
    assert ["taken@example.com"] == before
    assert (0, [bad_row]) == (skipping.code, [e["row"] for e in skipping.json["errors"]])
    assert "good@example.com" in emails(protekt)


def test_report_names_each_bad_row(protekt: Run, folder: Path) -> None:
    """Its number, its e-mail if it has one, and what is wrong; never a hash."""
    secret = "md5$5ebe2294ecd0e0f08eab7690d2a6ee69"
    file = write(folder, {"email": "a@example.com", "passwordHash": secret}, {"email": 3})

    done = protekt("users", "import", file, "--json")

    assert {"imported": 0, "skipped": 2, "dryRun": False} == {
        name: done.json[name] for name in ("imported", "skipped", "dryRun")
    }
    assert [(1, "a@example.com"), (2, None)] == [
        (e["row"], e["email"]) for e in done.json["errors"]
    ]
    assert secret not in done.out


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("users.txt", "", 2),
        ("missing.csv", None, 3),
        ("users.csv", "name\nA\n", 2),
        ("users.csv", "email,email\na@example.com,b@example.com\n", 2),
        ("users.csv", 'email\n"a', 2),
    ],
)
def test_file_that_is_none_of_users_is_refused(
    protekt: Run, folder: Path, name: str, content: str | None, code: int
) -> None:
    """By its name, or by what its first line says."""
    if content is not None:
        (folder / name).write_text(content)

    done = protekt("users", "import", name)

    assert (code, "") == (done.code, done.out)


def test_foreign_hash_lets_its_user_log_in(protekt: Run, folder: Path) -> None:
    """Django's; the first login makes it ours, and the second works with that."""
    derived = hashlib.pbkdf2_hmac("sha256", PASSWORD.encode(), b"salt", 1000)
    hashed = f"pbkdf2_sha256$1000$salt${base64.b64encode(derived).decode()}"
    protekt("users", "import", write(folder, {"email": "a@example.com", "passwordHash": hashed}))

    login = ("login", "a@example.com", "--password-stdin")
    codes = [protekt(*login, stdin=PASSWORD).code for _ in range(2)]
    protekt("users", "export", "after.jsonl", "--with-hashes")

    assert [0, 0] == codes
    assert "$argon2id$" in json.loads((folder / "after.jsonl").read_text())["passwordHash"]


@pytest.mark.parametrize("ending", ["jsonl", "csv"])
def test_what_was_exported_can_be_imported(
    protekt: Run, folder: Path, alice: str, ending: str
) -> None:
    """With hashes the same users can log in with the same passwords elsewhere."""
    name = f"users.{ending}"
    protekt("users", "update", alice, "--name", '=A,"\n', "--metadata", '{"é": [1, "\\n"]}')
    [before] = protekt("users", "list", "--json").json
    assert protekt("users", "export", name, "--with-hashes").code == 0
    protekt("users", "delete", alice, "--yes")

    done = protekt("users", "import", name)

    [after] = protekt("users", "list", "--json").json
    kept = ("id", "email", "name", "status", "metadata", "createdAt")
    assert 0 == done.code
    assert [before[key] for key in kept] == [after[key] for key in kept]
    assert 0 == protekt("login", alice, "--password-stdin", stdin=PASSWORD).code


def test_export_is_private_and_overwrites_nothing(protekt: Run, folder: Path, alice: str) -> None:
    """0600; a second one to the same file is a conflict, a link is not written through."""
    (folder / "link.jsonl").symlink_to("elsewhere.jsonl")

    first, second = (protekt("users", "export", "users.jsonl") for _ in range(2))
    linked = protekt("users", "export", "link.jsonl")

    assert (0, 5) == (first.code, second.code)
    assert linked.code in (5, 6)
    assert not (folder / "elsewhere.jsonl").exists()
    assert 0o600 == (folder / "users.jsonl").stat().st_mode & 0o777
    assert "passwordHash" not in (folder / "users.jsonl").read_text()


def test_export_without_hashes_needs_no_master_key(protekt: Run, folder: Path, alice: str) -> None:
    """Listing needs none; hashes are sealed by it."""
    (folder / "protekt.key").unlink()

    plain, sealed = protekt("users", "export"), protekt("users", "export", "--with-hashes")

    assert (0, alice) == (plain.code, json.loads(plain.out)["email"])
    assert (6, "") == (sealed.code, sealed.out)


def test_interrupted_import_changes_nothing(protekt: Run, folder: Path) -> None:
    """Killed in the midst of it, at a moment of its own: no user is there, nor later by halves."""
    rows = [{"email": f"u{number}@example.com"} for number in range(30_000)]
    file = write(folder, *rows)
    process = subprocess.Popen(
        [PROTEKT, "users", "import", file], cwd=folder, env={**os.environ}, start_new_session=True
    )
    journal = folder / "protekt.db-wal"
    while process.poll() is None and not (journal.exists() and journal.stat().st_size > 500_000):
        pass

    os.killpg(process.pid, signal.SIGKILL)
    process.wait()

    assert [] == emails(protekt)
    assert 0 == protekt("db", "check").code
