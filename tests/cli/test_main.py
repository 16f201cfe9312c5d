"""The one door through which every error leaves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from protekt_cli import __version__
from protekt_cli.cli import login
from tests.cli.running import Run, in_process


def test_version_is_an_answer(protekt: Run) -> None:
    """`--version` prints name and version on stdout."""
    done = protekt("--version")

    assert (0, f"protekt {__version__}\n", "") == (done.code, done.out, done.err)


def test_nothing_but_the_name_shows_the_help(protekt: Run) -> None:
    """Somebody who types `protekt` for the first time is told what there is."""
    done = protekt()

    assert done.code == 0
    assert protekt("--help").out == done.out


def test_problem_is_one_line_and_a_hint_on_stderr(protekt: Run, installed: Path) -> None:
    """stdout stays empty; the exit code is that of the error's class."""
    done = protekt("users", "show", "nobody@example.com")

    assert (done.code, done.out) == (3, "")
    assert done.err.splitlines() == [
        "protekt: there is no user nobody@example.com",
        "hint: list them with: protekt users list",
    ]


def test_problem_is_json_with_json(protekt: Run, installed: Path) -> None:
    """Programs get the stable code, in one object on stderr."""
    done = protekt("users", "show", "nobody@example.com", "--json")

    assert (done.code, done.out) == (3, "")
    assert json.loads(done.err) == {
        "error": {
            "code": "not_found",
            "message": "there is no user nobody@example.com",
            "hint": "list them with: protekt users list",
        }
    }


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        (["nonsense"], "no such command 'nonsense'", "see: protekt --help"),
        (["sessions"], "missing command", "see: protekt sessions --help"),
        (["sessions", "show"], "missing argument 'ID'", "see: protekt sessions show --help"),
        (
            ["sessions", "list", "--limit", "many"],
            "invalid value for '--limit': 'many' is not a valid int range",
            "see: protekt sessions list --help",
        ),
        (
            ["whoami", "--nonsense"],
            "no such option: --nonsense",
            "see: protekt whoami --help",
        ),
        (
            ["users", "show", "x", "--db", "y"],
            "no such option: --db",
            "--db goes before the command: protekt --db … users show",
        ),
    ],
)
def test_wrong_usage_goes_through_the_same_door(
    protekt: Run, arguments: list[str], message: str, hint: str
) -> None:
    """What Typer finds wrong is said in our own form, with the way to the help."""
    done = protekt(*arguments)

    assert (done.code, done.out) == (2, "")
    assert [f"protekt: {message}", f"hint: {hint}"] == done.err.splitlines()


def test_wrong_usage_is_json_with_json(protekt: Run) -> None:
    """The code of wrong usage is `usage`."""
    done = protekt("whoami", "--json", "--nonsense")

    assert json.loads(done.err)["error"]["code"] == "usage"


def test_json_behind_two_dashes_is_no_option(protekt: Run) -> None:
    """What is behind `--` is an argument, which asks for nothing."""
    done = protekt("token", "decode", "--", "--json")

    assert done.err.startswith("protekt: this is no JWT")


def test_error_text_of_others_is_harmless(protekt: Run, installed: Path) -> None:
    """An argument that is shown again cannot act on the terminal."""
    done = protekt("users", "show", "\x1b[31m@example.com")

    assert r"\x1b[31m@example.com" in done.err
    assert "\x1b" not in done.err


def test_traceback_is_shown_with_two_v_alone(protekt: Run, installed: Path) -> None:
    """-vv is for whoever mends it; nobody else sees a traceback."""
    quiet, loud = (protekt(flag, "users", "show", "a@b") for flag in ("-v", "-vv"))

    assert "Traceback" not in quiet.err
    assert "Traceback" in loud.err
    assert 3 == quiet.code == loud.code


def test_bug_names_its_place_and_not_its_values(
    protekt: Run, logged_in: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What nobody expected is exit 1 and one line, without what may be a secret."""

    def broken(*_: object) -> None:
        raise RuntimeError("ref_secret")

    monkeypatch.setattr(login, "answer_of", broken)

    done = protekt("whoami")

    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("protekt: this is a bug: RuntimeError in broken, line ")
    assert "ref_secret" not in done.err


def test_interrupt_is_exit_130(
    protekt: Run, logged_in: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C is no failure that would need a word."""

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(login, "answer_of", interrupted)

    done = protekt("whoami")

    assert (done.code, done.out, done.err) == (130, "", "")


def test_answer_goes_out_where_the_locale_knows_ascii_alone(protekt: Run, installed: Path) -> None:
    """A character that cannot be shown is escaped, not a failure."""
    protekt("users", "create", "zoe@example.com", "--name", "Zoë", "--no-password")

    done = in_process("users", "show", "zoe@example.com", environ={"PYTHONIOENCODING": "ascii"})

    assert done.fields["name"] == "Zo\\xeb"


def test_argument_that_is_no_text_is_wrong_usage(protekt: Run) -> None:
    """Bytes that are not UTF-8 are refused before anything is done with them."""
    done = protekt("users", "show", "\udcff@example.com")

    assert (done.code, done.err.splitlines()[0]) == (2, "protekt: an argument is not UTF-8 text")


def test_local_command_ignores_the_server_variable(protekt: Run) -> None:
    """`init` is about this machine whatever PROTEKT_SERVER says."""
    done = protekt("init", environ={"PROTEKT_SERVER": "https://auth.example"})

    assert done.code == 0


def test_config_warnings_are_said_once_and_silenced_by_quiet(protekt: Run, alice: str) -> None:
    """One line for each unusual value; `--quiet` is for scripts that know."""
    unusual = {"PROTEKT_TOKENS_ACCESS_TTL": "5m"}

    said = protekt("users", "list", environ=unusual)
    silent = protekt("--quiet", "users", "list", environ=unusual)

    assert len(said.err.splitlines()) == 1
    assert said.err.startswith("warning: tokens.access_ttl")
    assert (silent.code, silent.err) == (0, "")


def test_verbose_says_what_is_worked_on(protekt: Run, alice: str, installed: Path) -> None:
    """-v names the configuration and the database, on stderr."""
    done = protekt("-v", "users", "list")

    assert [
        f"configuration: {installed.with_name('protekt.toml')}",
        f"database: {installed}",
    ] == done.err.splitlines()


def test_database_flag_beats_the_configuration(protekt: Run, alice: str, tmp_path: Path) -> None:
    """`--db` says which database, whatever the file says."""
    done = protekt("--db", str(tmp_path / "other.db"), "users", "list")

    assert done.code == 6
    assert str(tmp_path / "other.db") in done.err


def test_missing_configuration_file_is_wrong_usage(protekt: Run, alice: str) -> None:
    """A `--config` that is not there is an error, never ignored."""
    done = protekt("--config", "nowhere.toml", "users", "list")

    assert done.code == 2
