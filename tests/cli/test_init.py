"""`protekt init`: everything or nothing, and never over what is there."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from tests.cli.running import Run


def listing(folder: Path) -> dict[str, bytes]:
    """Return every file of the folder, with what is in it."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_init_makes_a_working_installation(protekt: Run, folder: Path) -> None:
    """Configuration, database and key, all private, are named on stdout and work at once."""
    done = protekt("init")

    assert done.out.splitlines() == [
        f"{folder}/protekt.toml written",
        f"{folder}/protekt.key made",
        f"{folder}/protekt.db made",
    ]
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert modes == {"protekt.toml": 0o600, "protekt.key": 0o600, "protekt.db": 0o600}
    assert protekt("users", "list").code == 0


def test_init_says_what_to_do_next_on_stderr(protekt: Run) -> None:
    """The next command is talk, which --quiet silences."""
    done = protekt("init")

    assert "protekt users create" in done.err


def test_quiet_init_says_nothing_but_its_answer(protekt: Run) -> None:
    """--quiet leaves stderr empty."""
    assert protekt("--quiet", "init").err == ""


def test_init_where_there_is_a_configuration_changes_nothing(protekt: Run, folder: Path) -> None:
    """Exit 5, whatever is in the file."""
    (folder / "protekt.toml").write_text("# mine\n")

    done = protekt("init")

    assert (done.code, done.out) == (5, "")
    assert listing(folder) == {"protekt.toml": b"# mine\n"}


def test_init_below_another_installation_makes_its_own(
    protekt: Run, installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the working folder counts, no parent of it."""
    below = installed.parent / "below"
    below.mkdir()
    monkeypatch.chdir(below)

    done = protekt("init")

    assert done.code == 0
    assert set(listing(below)) == {"protekt.toml", "protekt.key", "protekt.db"}


def test_init_adopts_a_database_and_its_key(protekt: Run, alice: str, installed: Path) -> None:
    """Only the configuration is missing: the users stay."""
    installed.with_name("protekt.toml").unlink()

    done = protekt("init")

    assert f"{installed} adopted" in done.out
    assert protekt("users", "show", alice).code == 0


@pytest.mark.parametrize("missing", ["protekt.key", "protekt.db"])
def test_init_with_half_an_installation_leaves_it_alone(
    protekt: Run, installed: Path, missing: str
) -> None:
    """A database without its key, or the other way round, is exit 6, and nothing is written."""
    folder = installed.parent
    for name in ("protekt.toml", missing):
        (folder / name).unlink()
    before = listing(folder)

    done = protekt("init")

    assert (done.code, done.out) == (6, "")
    assert before == listing(folder)


@pytest.mark.parametrize("force", [[], ["--force", "--yes"]])
def test_init_that_fails_leaves_nothing_behind(
    protekt: Run, folder: Path, force: list[str]
) -> None:
    """A database that cannot be made takes the configuration back with it, the old one too."""
    (folder / "file").touch()
    if force:
        (folder / "protekt.toml").write_text("# mine\n")
    before = listing(folder)

    done = protekt("--db", "file/protekt.db", "init", *force)

    assert (done.code, done.out) == (6, "")
    assert before == listing(folder)


def test_init_in_a_folder_that_cannot_be_written_is_exit_6(
    protekt: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is the store that is not available."""
    monkeypatch.chdir("/proc")

    assert protekt("init").code == 6


def test_init_with_an_impossible_setting_writes_nothing(protekt: Run, folder: Path) -> None:
    """What the environment sets is judged before anything is made."""
    done = protekt("init", environ={"PROTEKT_TOKENS_ACCESS_TTL": "0s"})

    assert done.code == 2
    assert listing(folder) == {}


def test_init_with_a_database_writes_it_down(protekt: Run, folder: Path, tmp_path: Path) -> None:
    """`--db` is where the database is made, and what the configuration then says."""
    elsewhere = tmp_path / "data.db"

    protekt("--db", str(elsewhere), "init")

    assert elsewhere.exists()
    assert str(elsewhere) in (folder / "protekt.toml").read_text()
    assert protekt("users", "list").code == 0


def test_init_takes_no_other_configuration(protekt: Run) -> None:
    """It writes protekt.toml, so that --config would be ignored: it is refused."""
    assert protekt("--config", "other.toml", "init").code == 2


def test_force_without_yes_asks_nobody_and_does_nothing(protekt: Run, installed: Path) -> None:
    """Where there is no terminal, the flag is named."""
    before = listing(installed.parent)

    done = protekt("init", "--force")

    assert (done.code, done.out) == (2, "")
    assert "--yes" in done.err
    assert before == listing(installed.parent)


def test_force_keeps_the_old_configuration_and_the_rest(protekt: Run, alice: str) -> None:
    """Only protekt.toml is written anew; each old one gets a name that was free."""
    for content in ("# first\n", "# second\n"):
        Path("protekt.toml").write_text(content)

        assert protekt("init", "--force", "--yes").code == 0

    assert Path("protekt.toml.bak").read_text() == "# first\n"
    assert Path("protekt.toml.bak1").read_text() == "# second\n"
    assert protekt("users", "show", alice).code == 0


@pytest.mark.parametrize("force", [[], ["--force"]])
def test_dry_run_of_init_changes_nothing(protekt: Run, folder: Path, force: list[str]) -> None:
    """It says what would be made, and needs no --yes."""
    if force:
        protekt("init")
    before = listing(folder)

    done = protekt("init", *force, "--dry-run")

    assert done.code == 0
    assert f"dry run: {folder}/protekt.toml written" in done.out
    assert before == listing(folder)


def test_force_writes_through_no_symbolic_link(protekt: Run, folder: Path) -> None:
    """Somebody may have laid it: exit 6."""
    (folder / "real.toml").write_text("# mine\n")
    (folder / "protekt.toml").symlink_to("real.toml")

    done = protekt("init", "--force", "--yes")

    assert done.code == 6
    assert (folder / "real.toml").read_text() == "# mine\n"
