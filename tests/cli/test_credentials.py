"""The file that keeps logins: one entry a server, and nothing lost by a slower command."""

from __future__ import annotations

import fcntl
import threading
from pathlib import Path
from typing import Any

import pytest

from protekt_cli.cli.credentials import Credentials, NotLoggedIn
from protekt_cli.cli.credentials_file import CredentialsFile
from protekt_cli.errors import StoreUnavailable


@pytest.fixture
def file(tmp_path: Path) -> CredentialsFile:
    """A file that is not there yet."""
    return CredentialsFile(tmp_path / "state" / "credentials.json")


@pytest.fixture
def kept(file: CredentialsFile) -> Credentials:
    """What is kept for one database."""
    return entry_of(file, "/data/protekt.db")


def entry_of(file: CredentialsFile, server: str) -> Credentials:
    """Return what is kept for a server; nobody wants to know more."""
    return Credentials(file, server, "protekt login", lambda _: None)


def response(session: str, generation: int) -> dict[str, Any]:
    """Return a session response of one generation."""
    return {
        "sessionId": session,
        "sessionToken": f"token {generation}",
        "expiresAt": 1_000_100,
        "expiresIn": 100,
        "refreshToken": f"ref_{generation}",
        "refreshExpiresAt": 1_000_200,
        "refreshGeneration": generation,
        "deviceId": "dev_1",
        "user": {"email": "alice@example.com"},
    }


@pytest.mark.parametrize(
    ("session", "generation", "expected"),
    [("sess_1", 6, "ref_6"), ("sess_1", 4, "ref_5"), ("sess_2", 0, "ref_0")],
)
def test_higher_generation_of_a_session_stays(
    kept: Credentials, session: str, generation: int, expected: str
) -> None:
    """A slower command brings a lower one, whose token has been rotated away by then."""
    kept.keep(response("sess_1", 5), "attic", 0)

    kept.keep(response(session, generation), "attic", 0)

    assert expected == kept.get_login().refresh_token


def test_forgetting_leaves_the_device_and_the_other_servers(
    kept: Credentials, file: CredentialsFile
) -> None:
    """The tokens of one server go."""
    other = entry_of(file, "https://auth.example")
    for credentials in (kept, other):
        credentials.keep(response("sess_1", 0), "attic", 0)

    kept.forget("sess_1")

    assert kept.find_login() is None
    assert kept.find_device(None) == "dev_1"
    assert other.get_login().session_id == "sess_1"


def test_other_device_name_is_another_device(kept: Credentials) -> None:
    """Who names one does not mean the one that is kept."""
    kept.keep(response("sess_1", 0), "attic", 0)

    assert [kept.find_device(name) for name in (None, "attic", "cellar")] == [
        "dev_1",
        "dev_1",
        None,
    ]


def test_tokens_are_not_in_the_repr(kept: Credentials) -> None:
    """A traceback shows none."""
    kept.keep(response("sess_1", 0), "attic", 0)

    assert "ref_0" not in repr(kept.get_login())
    assert "token 0" not in repr(kept.get_login())


def test_no_file_is_no_login(kept: Credentials) -> None:
    """Nobody has logged in yet."""
    assert kept.find_device(None) is None
    with pytest.raises(NotLoggedIn):
        kept.get_login()


def test_lock_keeps_other_commands_waiting(kept: Credentials, file: CredentialsFile) -> None:
    """Nobody else gets it meanwhile, and the next one does after it."""
    attempt = fcntl.LOCK_EX | fcntl.LOCK_NB
    file.prepare()

    with kept.lock.open("w") as other:
        with kept.locked(), pytest.raises(BlockingIOError):
            fcntl.flock(other, attempt)
        fcntl.flock(other, attempt)


def test_lock_of_one_server_keeps_nobody_from_another(
    kept: Credentials, file: CredentialsFile
) -> None:
    """One that does not answer would stop every command."""
    other = entry_of(file, "https://auth.example")

    assert kept.lock != other.lock
    with kept.locked():
        other.keep(response("sess_1", 0), "attic", 0)
    assert other.get_login().session_id == "sess_1"


def test_logins_to_many_servers_at_once_are_all_kept(file: CredentialsFile) -> None:
    """The file is written whole, and by one at a time."""
    servers = [f"https://{number}.example" for number in range(16)]
    threads = [
        threading.Thread(target=entry_of(file, server).keep, args=(response(server, 0), "attic", 0))
        for server in servers
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert servers == [entry_of(file, server).get_login().session_id for server in servers]


def test_lock_is_not_taken_through_a_link(
    kept: Credentials, file: CredentialsFile, tmp_path: Path
) -> None:
    """Whoever laid one there would choose which file is made."""
    file.prepare()
    kept.lock.symlink_to(tmp_path / "elsewhere")

    with pytest.raises(StoreUnavailable), kept.locked():
        pass

    assert not (tmp_path / "elsewhere").exists()


def test_response_is_kept_whole(kept: Credentials) -> None:
    """With what is left of the access token's life, and of it never less than nothing.

    It is counted from when the token came, whatever the server's clock says.
    """
    kept.keep(response("sess_1", 3), "attic", 500)

    answers = [kept.get_login().response_at(now) for now in (540, 600, 1000)]

    assert [answer["expiresIn"] for answer in answers] == [60, 0, 0]
    assert answers[0] == {**response("sess_1", 3), "expiresIn": 60}
