"""Keys, databases, folders and ports that are no good: one clear line, and nothing is changed."""

from __future__ import annotations

import os
import socket
import stat
import sys
from collections.abc import Callable, Iterator

import pytest

from tests.journeys.installation import EMAIL, PASSWORD, Installation

#: Runs a command as a user whom file modes bind, also where that is root: without the capabilities
#: to pass over them (PR_CAPBSET_DROP of CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH).
BOUND_BY_MODES = (
    sys.executable,
    "-c",
    "import ctypes, os, sys; libc = ctypes.CDLL(None)\n"
    "for capability in (1, 2): libc.prctl(24, capability, 0, 0, 0)\n"
    "os.execv(sys.argv[1], sys.argv[1:])",
)


def without_key(installation: Installation) -> None:
    (installation.folder / "protekt.key").unlink()


def with_wrong_key(installation: Installation) -> None:
    (installation.folder / "protekt.key").write_text("ab" * 32)


def with_broken_key(installation: Installation) -> None:
    (installation.folder / "protekt.key").write_text("no key\n")


def with_empty_key(installation: Installation) -> None:
    (installation.folder / "protekt.key").write_text("")


def without_database(installation: Installation) -> None:
    installation.database.unlink()


def with_no_database(installation: Installation) -> None:
    installation.database.write_bytes(b"this is a letter, no database\n" * 200)


def with_empty_database(installation: Installation) -> None:
    installation.database.write_bytes(b"")


def with_foreign_database(installation: Installation) -> None:
    installation.database.write_bytes(b"")
    installation.rows("CREATE TABLE letters (body TEXT)")


def with_a_folder_for_database(installation: Installation) -> None:
    installation.database.unlink()
    installation.database.mkdir()


COMMANDS = {
    "serve": ("serve", "--port", "0"),
    "login": ("login", EMAIL, "--password-stdin"),
    "create": ("users", "create", "new@example.com", "--password-stdin"),
    "issue": ("token", "issue", EMAIL),
    "revoke": ("sessions", "revoke", "--all", "--yes"),
    "list": ("users", "list"),
}
Harm = Callable[[Installation], None]
FAULTS: list[tuple[Harm, str]] = [
    *((without_key, name) for name in COMMANDS if name != "list"),
    (with_wrong_key, "serve"),
    (with_wrong_key, "login"),
    (with_wrong_key, "revoke"),
    (with_broken_key, "issue"),
    (with_empty_key, "create"),
    (without_database, "serve"),
    (without_database, "create"),
    (without_database, "list"),
    (with_no_database, "serve"),
    (with_no_database, "list"),
    (with_empty_database, "create"),
    (with_foreign_database, "list"),
    (with_a_folder_for_database, "list"),
]


@pytest.mark.parametrize(
    ("harm", "name"), FAULTS, ids=[f"{harm.__name__}-{name}" for harm, name in FAULTS]
)
def test_command_without_good_key_and_database_is_exit_6(
    installation: Installation, harm: Harm, name: str
) -> None:
    """Key and database are never made up, mended or overwritten by a command that misses them."""
    installation.run("token", "issue", EMAIL)
    harm(installation)
    before = installation.listing()

    ran = installation.run(*COMMANDS[name], stdin=PASSWORD)

    assert (ran.refusal()[0], ran.out) == (6, "")
    assert before == installation.listing()


@pytest.mark.parametrize("harm", [without_key, with_wrong_key])
def test_what_only_reads_needs_no_key(installation: Installation, harm: Harm) -> None:
    """Users and sessions are listed without the master key."""
    harm(installation)

    ended = [installation.run("users", "list", "--ids"), installation.run("sessions", "list")]

    assert [ran.code for ran in ended] == [0, 0]
    assert len(ended[0].out.split()) == 2


def test_wrong_key_in_the_environment_beats_the_file(installation: Installation) -> None:
    """A key that is another installation's is refused, also where the right file is there."""
    ran = installation.run("token", "issue", EMAIL, environ={"PROTEKT_MASTER_KEY": "ab" * 32})

    assert (ran.refusal()[0], ran.out) == (6, "")
    assert "ab" * 32 not in ran.err


@pytest.fixture
def unwritable(installation: Installation) -> Iterator[Installation]:
    """An installation whose folder and database nobody may write."""
    installation.database.chmod(0o444)
    installation.folder.chmod(0o555)
    yield installation
    installation.folder.chmod(0o755)


@pytest.mark.parametrize("name", ["create", "login", "issue", "serve"])
def test_unwritable_folder_is_exit_6(unwritable: Installation, name: str) -> None:
    """What cannot be kept is refused, and says so."""
    before = unwritable.listing()

    ran = unwritable.run(*COMMANDS[name], stdin=PASSWORD, before=BOUND_BY_MODES)

    assert (ran.refusal()[0], ran.out) == (6, "")
    assert before == unwritable.listing()


@pytest.mark.parametrize("present", [[], ["protekt.db"], ["protekt.key"]], ids=str)
def test_init_that_fails_leaves_nothing_behind(
    unwritable: Installation, present: list[str]
) -> None:
    """In a folder that cannot be written nothing is half made."""
    unwritable.folder.chmod(0o755)
    for name in ("protekt.toml", "protekt.db", "protekt.key"):
        if name not in present:
            (unwritable.folder / name).unlink()
    unwritable.folder.chmod(0o555)
    before = unwritable.listing()

    ran = unwritable.run("init", before=BOUND_BY_MODES)

    assert (ran.refusal()[0], ran.out) == (6, "")
    assert before == unwritable.listing()


def test_port_taken_by_a_stranger_is_exit_1(installation: Installation) -> None:
    """One line says which port it is."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])

        ran = installation.run("serve", "--port", port)

    assert (ran.refusal()[0], ran.out) == (1, "")
    assert port in ran.err


def test_port_taken_by_another_protekt_is_exit_1(installation: Installation) -> None:
    """Two servers never share a port, and the first one goes on."""
    with installation.serve() as server:
        ran = installation.run("serve", "--port", str(server.port))
        health = [server.ask("GET", "/healthz").status for _ in range(10)]

    assert (ran.refusal()[0], ran.out) == (1, "")
    assert str(server.port) in ran.err
    assert health == [200] * 10


def test_files_are_private_under_any_umask(installation: Installation) -> None:
    """Database, master key and credentials are 0600 also where the umask lets all in."""
    installation.run("login", EMAIL, "--password-stdin", stdin=PASSWORD)
    before = os.umask(0)
    try:
        fresh = Installation(installation.root / "fresh", installation.environ)
        (installation.root / "fresh").mkdir()
        fresh.run("init")
        fresh.run("users", "create", EMAIL, "--password-stdin", stdin=PASSWORD)
        fresh.run("login", EMAIL, "--password-stdin", stdin=PASSWORD)
    finally:
        os.umask(before)

    files = [path for path in fresh.root.rglob("*") if path.is_file()]
    modes = {path.name: oct(stat.S_IMODE(path.stat().st_mode)) for path in files}

    assert {"protekt.db", "protekt.key", "protekt.toml"} < modes.keys()
    assert {"0o600"} == {mode for name, mode in modes.items() if name != "protekt.toml"}
