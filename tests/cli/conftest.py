"""A working folder, a home and an environment of one's own, and `protekt` to run there."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from protekt_cli.cli import main
from tests.cli.running import PASSWORD, Done, Run
from tests.cli.service import Service, served
from tests.journeys.installation import Installation

AddUser = Callable[..., str]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder; nothing of this machine's user is read or written."""
    for name in [name for name in os.environ if name.startswith(("PROTEKT_", "XDG_"))]:
        monkeypatch.delenv(name)
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "PYTHONUNBUFFERED"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home" / "state"))
    # Nothing is kept in the keyring of whoever runs the tests.
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    monkeypatch.setenv("PROTEKT_PASSWORDS_ARGON2_TIME_COST", "1")
    monkeypatch.setenv("PROTEKT_PASSWORDS_ARGON2_MEMORY_KIB", "8")
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def credentials(tmp_path: Path) -> Path:
    """Where the credentials are kept."""
    return tmp_path / "home" / "state" / "protekt" / "credentials.json"


@pytest.fixture
def protekt(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run one command line in this process; its stdin is no terminal."""

    def protekt(*arguments: str, stdin: str | bytes = "", environ: Mapping[str, str] = {}) -> Done:
        raw = stdin.encode() if isinstance(stdin, str) else stdin
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        capfd.readouterr()
        code = main.run(arguments)
        sys.stderr.flush()
        for name in environ:
            monkeypatch.delenv(name)
        return Done(code, *capfd.readouterr())

    return protekt


@pytest.fixture
def installed(protekt: Run, folder: Path) -> Path:
    """An installation in the working folder; its database."""
    assert protekt("init").code == 0
    return folder / "protekt.db"


@pytest.fixture
def add_user(protekt: Run, installed: Path) -> AddUser:
    """Create a user with the password, and return the id."""

    def add_user(email: str) -> str:
        made = protekt("users", "create", email, "--password-stdin", "--json", stdin=PASSWORD)
        user_id: str = made.json["id"]
        return user_id

    return add_user


@pytest.fixture
def alice(add_user: AddUser) -> str:
    """The e-mail of a user."""
    add_user("alice@example.com")
    return "alice@example.com"


@pytest.fixture
def logged_in(protekt: Run, alice: str) -> str:
    """The session of a user who has logged in on this machine."""
    answer = protekt("login", alice, "--password-stdin", "--json", stdin=PASSWORD)
    session_id: str = answer.json["session"]["id"]
    return session_id


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A server with a clock to turn, for all tests: each has users of its own."""
    with served(Installation(tmp_path_factory.mktemp("service")), "--dev") as service:
        yield service


@pytest.fixture
def remote(protekt: Run, service: Service) -> Run:
    """Run one command line in this process, on the server; there is no database here."""

    def remote(*arguments: str, **more: Any) -> Done:
        return protekt("--server", service.url, *arguments, **more)

    return remote


@pytest.fixture
def member(service: Service) -> str:
    """The e-mail of a user of the server."""
    return service.add_user()


@pytest.fixture
def logged_in_there(remote: Run, member: str) -> str:
    """The session of a user who has logged in to the server from this machine."""
    answer = remote("login", member, "--password-stdin", "--json", stdin=PASSWORD)
    session_id: str = answer.json["session"]["id"]
    return session_id
