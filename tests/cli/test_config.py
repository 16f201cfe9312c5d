"""`protekt config`: what holds and why, and changes of the file that keep the rest of it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from protekt_cli.config import reference
from tests.cli.running import PROTEKT, Run

COMMENTED = """\
# what we agreed on
[tokens]
access_ttl = "30m"   # half an hour
issuer = "https://a.example"

[server]
port = 9000
"""


@pytest.fixture
def file(folder: Path) -> Path:
    file = folder / "protekt.toml"
    file.write_text(COMMENTED)
    return file


def test_show_names_every_key_and_its_origin(protekt: Run, file: Path) -> None:
    """What the file, a variable and nobody sets; features that are missing are shown too."""
    variable = {"PROTEKT_SERVER_WORKERS": "2"}

    shown = protekt("config", "show", "--origin", "--json", environ=variable).json

    assert {key.name for key in reference()} == set(shown)
    assert {"value": "30m", "origin": f"file {file}"} == shown["tokens.access_ttl"]
    assert {"value": 2, "origin": "environment PROTEKT_SERVER_WORKERS"} == shown["server.workers"]
    assert {"value": "7d", "origin": "default"} == shown["tokens.refresh_ttl"]


def test_show_prints_a_table_to_a_pipe(protekt: Run, file: Path) -> None:
    """One line a key under one header, with the origin where it is asked for."""
    plain, with_origin = protekt("config", "show"), protekt("config", "show", "--origin")

    assert ["key", "value"] == plain.lines[0]
    assert "9000" == plain.fields["server.port"]
    assert ["key", "value", "origin"] == with_origin.lines[0]


@pytest.mark.parametrize(
    ("key", "plain", "as_json"),
    [
        ("tokens.access_ttl", "30m", "30m"),
        ("server.port", "9000", 9000),
        ("server.cors_origins", "[]", []),
        ("cookies.secure", "true", True),
        ("tokens.issuer", "https://a.example", "https://a.example"),
    ],
)
def test_get_prints_the_value_alone(
    protekt: Run, file: Path, key: str, plain: str, as_json: object
) -> None:
    """Texts without quotes, for scripts; with --json as JSON."""
    assert f"{plain}\n" == protekt("config", "get", key).out
    assert as_json == protekt("config", "get", key, "--json").json


def test_set_changes_one_value_and_keeps_the_rest(protekt: Run, file: Path) -> None:
    """Comments, order and blank lines stay as somebody wrote them."""
    done = protekt("config", "set", "tokens.access_ttl", "15m")

    assert (0, "") == (done.code, done.out)
    assert COMMENTED.replace('"30m"', '"15m"') == file.read_text()


@pytest.mark.parametrize(
    ("key", "value", "line"),
    [
        ("server.workers", "2", "workers = 2"),
        ("server.require_api_key", "true", "require_api_key = true"),
        ("server.cors_origins", '["https://b.example"]', 'cors_origins = ["https://b.example"]'),
        ("tokens.leeway", "5", "leeway = 5"),
        ("sessions.idle_timeout", "2d", '[sessions]\nidle_timeout = "2d"'),
    ],
)
def test_set_writes_each_kind_as_the_file_has_it(
    protekt: Run, file: Path, key: str, value: str, line: str
) -> None:
    """A number, a truth, a list, a duration; a section that is not there is added."""
    done = protekt("config", "set", key, value)

    assert (0, True) == (done.code, line in file.read_text())


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("tokens.access_ttl", "8d", "must be shorter than tokens.refresh_ttl"),
        ("tokens.access_ttl", "soon", "is not possible"),
        ("server.port", "many", "must be a whole number"),
        ("server.cors_origins", "https://a.example", "must be a list as TOML has it"),
        ("cookies.refresh_name", "__Host-r", "must not begin with __Host-"),
        ("risk.new_device", "revoke", "not in this version"),
        ("events.webhooks", "[]", "is a list of tables"),
        ("tokens.acess_ttl", "15m", "did you mean tokens.access_ttl?"),
    ],
)
def test_set_refuses_what_would_not_be_good(
    protekt: Run, file: Path, key: str, value: str, said: str
) -> None:
    """The whole result is checked, and the file is as it was."""
    done = protekt("config", "set", key, value)

    assert (2, "", True) == (done.code, done.out, said in done.err)
    assert COMMENTED == file.read_text()


def test_set_says_what_decides_instead(protekt: Run, file: Path) -> None:
    """A variable beats the file: without a word the change would seem to be lost."""
    variable = {"PROTEKT_TOKENS_ACCESS_TTL": "20m"}

    done = protekt("config", "set", "tokens.access_ttl", "15m", environ=variable)

    assert "environment PROTEKT_TOKENS_ACCESS_TTL" in done.err


def test_set_mends_a_file_that_is_not_good(protekt: Run, file: Path) -> None:
    """A value that stops every command can be changed by the command that is for it."""
    file.write_text('[tokens]\naccess_ttl = "8d"\n')

    done = protekt("config", "set", "tokens.access_ttl", "15m")

    assert (0, '[tokens]\naccess_ttl = "15m"\n') == (done.code, file.read_text())


@pytest.mark.parametrize("content", ["[tokens", "tokens = 3\n"])
def test_set_says_where_a_file_cannot_be_read(protekt: Run, file: Path, content: str) -> None:
    """What is no TOML, or no section, is not guessed at."""
    file.write_text(content)

    done = protekt("config", "set", "tokens.access_ttl", "15m")

    assert (2, content) == (done.code, file.read_text())


def test_set_keeps_the_mode_and_no_link(protekt: Run, file: Path, folder: Path) -> None:
    """A file that a service's group reads stays so; a link is not written through."""
    file.chmod(0o640)
    protekt("config", "set", "server.port", "9001")
    mode = file.stat().st_mode & 0o777
    file.rename(folder / "real.toml")
    file.symlink_to("real.toml")

    done = protekt("config", "set", "server.port", "9002")

    assert (0o640, 6) == (mode, done.code)
    assert "9001" in (folder / "real.toml").read_text()


def test_unset_lets_the_default_hold_again(protekt: Run, file: Path) -> None:
    """What is not set cannot be unset, and says so."""
    done, again = (protekt("config", "unset", "server.port") for _ in range(2))

    assert (0, 3) == (done.code, again.code)
    assert COMMENTED.replace("port = 9000\n", "") == file.read_text()


def test_changes_at_the_same_time_are_all_kept(file: Path) -> None:
    """Each holds the file while it reads and replaces it."""
    keys = [f"argon2_{name}" for name in ("time_cost", "parallelism")] + ["min_length"]
    environ = {**os.environ}
    for name in ("PROTEKT_PASSWORDS_ARGON2_TIME_COST", "PROTEKT_PASSWORDS_ARGON2_MEMORY_KIB"):
        environ.pop(name, None)

    running = [
        subprocess.Popen(
            [PROTEKT, "config", "set", f"passwords.{key}", "9"], cwd=file.parent, env=environ
        )
        for key in keys
    ]

    assert [0, 0, 0] == [process.wait(30) for process in running]
    assert all(f"{key} = 9" in file.read_text() for key in keys)


def test_path_names_the_file_in_use(protekt: Run, file: Path) -> None:
    """Without a file the defaults hold, which is no path."""
    found = protekt("config", "path")
    file.unlink()

    missing = protekt("config", "path")

    assert (f"{file}\n", 3, "") == (found.out, missing.code, missing.out)


def test_check_says_everything_that_is_wrong(protekt: Run, file: Path) -> None:
    """Not only the first fault, whichever source it is in."""
    file.write_text('colour = "red"\n[tokens]\nalgorithm = "none"\nacess_ttl = "1h"\n')

    done = protekt("config", "check", "--json", environ={"PROTEKT_SERVER_PORT": "0"})

    assert (2, False, []) == (done.code, done.json["ok"], done.json["warnings"])
    problems = done.json["problems"]
    named = ["colour", "tokens.algorithm", "tokens.acess_ttl", "server.port"]
    assert all(any(name in problem for problem in problems) for name in named)
    assert len(named) == len(problems)


def test_check_fails_on_warnings_when_strict(protekt: Run, file: Path) -> None:
    """What is possible but unwise passes, unless nothing unwise is wanted."""
    file.write_text('[tokens]\naccess_ttl = "2h"\n')

    plain, strict = protekt("config", "check"), protekt("config", "check", "--strict", "--json")

    assert (0, 2) == (plain.code, strict.code)
    assert (False, [], 1) == (
        strict.json["ok"],
        strict.json["problems"],
        len(strict.json["warnings"]),
    )
