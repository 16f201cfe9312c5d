"""Logging in to a server over HTTP, and staying so."""

from __future__ import annotations

import json
import os
import socket
import stat
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import PASSWORD, PATIENCE, PROTEKT, Run, Terminal
from tests.cli.service import BadWay, Service, served
from tests.journeys.installation import Installation


def entry(credentials: Path, url: str) -> dict[str, Any]:
    """Return what is kept for a server."""
    return dict(json.loads(credentials.read_text())[url])


@pytest.fixture
def way(service: Service) -> Iterator[BadWay]:
    """A way to the server that can be made a bad one."""
    way = BadWay(service.server.port)
    yield way
    way.close()


def test_login_keeps_the_tokens_under_the_servers_url(
    remote: Run, member: str, service: Service, credentials: Path
) -> None:
    """In the private file, and nothing of them is shown."""
    done = remote("login", member, "--password-stdin", stdin=PASSWORD)

    kept = entry(credentials, service.url)
    assert (done.code, done.fields["server"], done.fields["user"]) == (0, service.url, member)
    assert done.fields["session"] == kept["sessionId"]
    assert not any(kept[name] in done.out for name in ("sessionToken", "refreshToken"))
    assert stat.S_IMODE(credentials.stat().st_mode) == 0o600


def test_login_is_on_this_machine_and_from_its_address(
    logged_in_there: str, service: Service
) -> None:
    """The device is called like the host, and the session has the address that asked."""
    session = service.session(logged_in_there)

    assert session["device"]["name"] == socket.gethostname()
    assert session["ip"] == "127.0.0.1"
    assert session["userAgent"].startswith("protekt/")


def test_login_again_is_on_the_same_device(
    remote: Run, logged_in_there: str, member: str, service: Service
) -> None:
    """Also after a logout; with another name it is another device."""
    devices = []
    for name in ([], ["--device", "attic"]):
        remote("logout")
        answer = remote("login", member, "--password-stdin", "--json", *name, stdin=PASSWORD)
        devices.append(answer.json["session"]["device"])

    assert devices[0] == service.session(logged_in_there)["device"]
    assert devices[1]["name"] == "attic"
    assert devices[1]["id"] != devices[0]["id"]


def test_wrong_password_is_refused_and_keeps_nothing(
    remote: Run, member: str, credentials: Path
) -> None:
    """Exit 4, with the code of the database itself."""
    done = remote("login", member, "--password-stdin", "--json", stdin="wrong")

    assert (done.code, done.out) == (4, "")
    assert json.loads(done.err)["error"]["code"] == "invalid_credentials"
    assert not credentials.exists()


def test_whoami_names_the_server(
    remote: Run, logged_in_there: str, member: str, service: Service
) -> None:
    """The same answer as of the database itself, but for that."""
    answer = remote("whoami", "--json").json

    assert list(answer) == ["server", "user", "session", "expiresIn"]
    assert (answer["server"], answer["user"]["email"]) == (service.url, member)
    assert (answer["session"]["id"], answer["session"]["current"]) == (logged_in_there, True)
    assert 0 < answer["expiresIn"] <= 3600


def test_spellings_of_a_url_are_one_server(
    protekt: Run, logged_in_there: str, service: Service
) -> None:
    """By flag or by variable, with a slash behind or in capitals."""
    flag = protekt("--server", f"{service.url}/", "whoami")
    variable = protekt("whoami", environ={"PROTEKT_SERVER": service.url.replace("http", "HTTP")})

    assert (flag.code, variable.code) == (0, 0)


def test_login_to_a_server_is_none_to_the_database(
    protekt: Run, installed: Path, logged_in_there: str
) -> None:
    """Each has an entry of its own."""
    done = protekt("whoami")

    assert (done.code, done.out) == (4, "")
    assert "not logged in" in done.err


def test_not_logged_in_names_the_way_to_it(remote: Run, service: Service) -> None:
    """With the server: without it, the database would be meant."""
    done = remote("whoami")

    assert done.code == 4
    assert done.err == f"protekt: not logged in\nhint: protekt --server {service.url} login\n"


@pytest.mark.parametrize("command", [["whoami"], ["token", "show"], ["sessions", "list"]])
def test_expired_access_token_is_renewed(
    remote: Run, logged_in_there: str, service: Service, command: list[str]
) -> None:
    """Whether it has expired is the server's to say: its clock was moved, and this one's not."""
    service.advance("61m")

    done = remote(*command)

    assert done.code == 0
    assert service.refreshes(logged_in_there) == ["rotated"]


def test_time_left_is_counted_from_when_the_token_came(
    remote: Run, logged_in_there: str, service: Service, credentials: Path
) -> None:
    """A server whose clock goes ahead of this machine's by hours changes nothing."""
    service.advance("61m")

    left = remote("whoami", "--json").json["expiresIn"]
    shown = remote("token", "show", "--json").json

    assert 3590 < left <= 3600
    assert 3590 < shown["expiresIn"] <= 3600
    assert shown["expiresAt"] == entry(credentials, service.url)["expiresAt"]


def test_ended_session_says_so(remote: Run, logged_in_there: str, service: Service) -> None:
    """Exit 4, with the reason and what to do."""
    service.revoke(logged_in_there)

    done = remote("whoami")

    assert (done.code, done.out) == (4, "")
    assert done.err == (
        "protekt: the session has been revoked\n"
        f"hint: log in again: protekt --server {service.url} login\n"
    )


def test_refused_refresh_keeps_the_device(
    remote: Run, logged_in_there: str, member: str, service: Service
) -> None:
    """The next login is on the same one."""
    device = service.session(logged_in_there)["device"]
    service.revoke(logged_in_there)
    refused = remote("token", "refresh")

    again = remote("login", member, "--password-stdin", "--json", stdin=PASSWORD)

    assert refused.code == 4
    assert "hint: log in again" in refused.err
    assert again.json["session"]["device"] == device


def test_lost_answer_logs_nobody_out(
    protekt: Run, member: str, service: Service, credentials: Path, way: BadWay
) -> None:
    """The refresh was committed; the next command presents the same token, and is given the same.

    Even where that is much later than a second tab would come.
    """
    login = ["--server", way.url, "login", member, "--password-stdin", "--json"]
    session = protekt(*login, stdin=PASSWORD).json["session"]["id"]
    before = entry(credentials, way.url)
    service.advance("61m")
    way.loses = "/v1/sessions/refresh"
    lost = protekt("--server", way.url, "whoami")
    way.loses = None
    service.advance("5m")

    done = protekt("--server", way.url, "whoami")

    assert (lost.code, done.code) == (6, 0)
    assert service.refreshes(session) == ["rotated", "lost_answer"]
    assert entry(credentials, way.url)["refreshGeneration"] == before["refreshGeneration"] + 1


def test_server_that_is_not_there_is_exit_6() -> None:
    """Before a password is asked for."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    terminal = Terminal("--server", url, "login", "alice@example.com")

    assert terminal.end() == 6
    assert f"protekt: no answer from {url}" in terminal.shown
    assert "password" not in terminal.shown


def test_many_commands_at_once_refresh_once(
    protekt: Run, member: str, service: Service, way: BadWay
) -> None:
    """All are told that the token has expired; one of them renews for all."""
    login = ["--server", way.url, "login", member, "--password-stdin", "--json"]
    session = protekt(*login, stdin=PASSWORD).json["session"]["id"]
    service.advance("61m")
    commands = [["token", "show"], ["whoami", "--json"]] * 10
    way.gathering = threading.Barrier(len(commands))
    running = [
        subprocess.Popen(
            [PROTEKT, "--server", way.url, *command], env=os.environ, stdout=subprocess.PIPE
        )
        for command in commands
    ]
    printed = [process.communicate(timeout=4 * PATIENCE)[0].decode() for process in running]

    assert [process.returncode for process in running] == [0] * len(commands)
    assert service.refreshes(session) == ["rotated"]
    assert len(set(printed[::2])) == 1
    assert {json.loads(each)["session"]["id"] for each in printed[1::2]} == {session}


def test_api_key_stays_at_home_where_none_is_asked_for(
    remote: Run, member: str, service: Service
) -> None:
    """Whoever shows one is taken for an app's backend, whose address is nobody's."""
    environ = {"PROTEKT_API_KEY": service.key}
    done = remote("login", member, "--password-stdin", "--json", stdin=PASSWORD, environ=environ)

    assert done.json["session"]["ip"] == "127.0.0.1"


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A server that wants an API key at every login, and knows a session's device."""
    settings = {
        "PROTEKT_SERVER_REQUIRE_API_KEY": "true",
        "PROTEKT_SESSIONS_DEVICE_BINDING": "enforce",
        "PROTEKT_SESSIONS_IP_MATCHING": "enforce",
    }
    installation = Installation(tmp_path_factory.mktemp("strict"))
    with served(installation, "--dev", environ=settings) as service:
        yield service


def test_api_key_goes_along_where_nobody_is_let_in_without_one(
    protekt: Run, strict: Service
) -> None:
    """At a login and at a renewal; without it, it is said what is missing."""
    login = ["--server", strict.url, "login", strict.add_user(), "--password-stdin"]
    environ = {"PROTEKT_API_KEY": strict.key}
    refused = protekt(*login, stdin=PASSWORD)
    granted = protekt(*login, stdin=PASSWORD, environ=environ)
    strict.advance("61m")
    renewed = protekt("--server", strict.url, "whoami", environ=environ)

    assert (refused.code, granted.code, renewed.code) == (4, 0, 0)
    assert "hint: set PROTEKT_API_KEY" in refused.err


def test_device_is_named_ever_after(protekt: Run, strict: Service) -> None:
    """A server that binds sessions to their device takes every command of this one."""
    environ = {"PROTEKT_API_KEY": strict.key, "PROTEKT_SERVER": strict.url}
    login = ["login", strict.add_user(), "--password-stdin"]
    protekt(*login, stdin=PASSWORD, environ=environ)

    commands = [["whoami"], ["token", "show"], ["token", "refresh"], ["logout"]]
    assert [protekt(*command, environ=environ).code for command in commands] == [0, 0, 0, 0]


def test_logout_is_not_refused_for_another_device(
    protekt: Run, strict: Service, credentials: Path
) -> None:
    """Everything else is, and a session that lives on is not taken for one that has ended."""
    environ = {"PROTEKT_API_KEY": strict.key, "PROTEKT_SERVER": strict.url}
    protekt("login", strict.add_user(), "--password-stdin", stdin=PASSWORD, environ=environ)
    kept = entry(credentials, strict.url)
    credentials.write_text(json.dumps({strict.url: {**kept, "deviceId": "dev_other"}}))

    refused = protekt("whoami", environ=environ), protekt("logout", "--dry-run", environ=environ)
    done = protekt("logout", environ=environ)

    assert [each.code for each in refused] == [4, 4]
    assert done.code == 0
    assert strict.session(kept["sessionId"])["endReason"] == "logout"
