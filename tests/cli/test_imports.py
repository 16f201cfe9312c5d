"""What a command does not need it does not import: that is what makes it start quickly."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.running import Run

HEAVY = (
    "argon2",
    "cryptography",
    "fastapi",
    "httpx2",
    "jinja2",
    "jwt",
    "keyring",
    "prometheus_client",
    "pydantic",
    "rich",
    "sqlite_utils",
    "structlog",
    "zxcvbn",
)
CHILD = """
import os, sys
from protekt_cli.cli.main import run
try:
    run(sys.argv[1:])
finally:
    found = {name.partition(".")[0] for name in sys.modules}
    print(*sorted(found.intersection(os.environ["HEAVY"].split())), file=sys.stderr)
"""


def imported(*arguments: str, environ: dict[str, str] | None = None) -> str:
    """Return the heavy packages that a command line imports."""
    ended = subprocess.run(
        [sys.executable, "-c", CHILD, *arguments],
        env={**os.environ, "HEAVY": " ".join(HEAVY), **(environ or {})},
        capture_output=True,
        text=True,
    )
    return ended.stderr.strip()


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["sessions", "--help"], []])
def test_help_and_version_import_nothing_heavy(arguments: list[str]) -> None:
    """To say what there is takes nothing of what does it."""
    assert imported(*arguments) == ""


def test_completion_imports_nothing_heavy() -> None:
    """Each press of the tab key runs the program once."""
    completing = {
        "_PROTEKT_COMPLETE": "complete_bash",
        "COMP_WORDS": "protekt sessions list --",
        "COMP_CWORD": "3",
    }

    assert imported(environ=completing) == ""


def test_decoding_imports_nothing_heavy_and_needs_no_database(protekt: Run, alice: str) -> None:
    """Neither cryptography nor a store is there to look into a token."""
    token = protekt("token", "issue", alice).out.strip()
    for path in Path().iterdir():
        path.unlink()

    assert imported("token", "decode", token) == ""
    assert protekt("token", "decode", token).code == 0


@pytest.mark.parametrize(
    "command",
    [
        "sessions list --limit 20",
        "sessions list --user alice@example.com",
        "users list",
        "users show alice@example.com",
        "devices list --user alice@example.com",
    ],
)
def test_what_only_reads_imports_nothing_heavy(logged_in: str, command: str) -> None:
    """It is read from the store, which needs no cryptography."""
    assert imported(*command.split()) == ""


def test_listing_needs_no_master_key(protekt: Run, logged_in: str) -> None:
    """What only reads works without the key that signs and opens."""
    device = protekt("sessions", "show", logged_in, "--json").json["device"]["id"]
    Path("protekt.key").unlink()

    codes = [
        protekt(*arguments).code
        for arguments in (
            ["sessions", "list"],
            ["sessions", "show", logged_in],
            ["users", "list"],
            ["users", "show", "alice@example.com"],
            ["devices", "list", "--user", "alice@example.com"],
            ["devices", "show", device],
            ["sessions", "revoke", "--all", "--dry-run"],
            ["sessions", "revoke", "--all", "--yes"],
            ["token", "verify"],
        )
    ]

    assert codes == [0, 0, 0, 0, 0, 0, 0, 6, 6]
