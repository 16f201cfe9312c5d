"""No secret that was ever given out or typed in stands in any file or any output."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.installation import EMAIL, PASSWORD, Installation, Server

WRONG, NEW_PASSWORD = "wrong horse battery", "a new correct staple"


@pytest.fixture
def open_umask() -> Iterator[None]:
    """Let every file be made as open as its maker asks for."""
    before = os.umask(0)
    yield
    os.umask(before)


def life(server: Server) -> list[str]:
    """Live sessions from login to every kind of refusal; return all secrets that were in play."""
    sessions = [server.login(EMAIL, PASSWORD)]
    for _ in range(3):
        sessions.append(server.refresh(sessions[-1]["refreshToken"]).json())
    server.validate(sessions[-1]["sessionToken"])
    server.refresh(sessions[0]["refreshToken"])
    server.refresh(sessions[-1]["refreshToken"])
    sessions.append(server.login(EMAIL, PASSWORD))
    server.ask("POST", "/v1/sessions/revoke", token=sessions[-1]["sessionToken"])
    for session in sessions:
        refused(server, session)
    api_key = "pk_" + "k" * 43
    server.ask("GET", "/v1/session", headers={"X-API-Key": api_key})
    return [api_key, WRONG, PASSWORD, *tokens(sessions)]


def refused(server: Server, session: Any) -> None:
    """Have the tokens of a dead session, and what is made of them, refused in many ways."""
    token, refresh = session["sessionToken"], session["refreshToken"]
    body = {"type": "password", "email": EMAIL, "password": WRONG}
    statuses = [
        server.ask("GET", "/v1/session", token=token).status,
        server.ask("GET", f"/v1/session?access_token={token}").status,
        server.ask("DELETE", f"/v1/sessions/{refresh}", token=token).status,
        server.ask("GET", f"/v1/{token}").status,
        server.ask("POST", "/v1/sessions", {**body, token: 1}).status,
        server.ask("POST", "/v1/sessions", body).status,
        server.ask("POST", "/v1/sessions/validate", {"sessionToken": refresh}).status,
        server.refresh(refresh).status,
        server.refresh(token).status,
        server.refresh(refresh[:-1]).status,
    ]
    assert statuses == [401, 400, 401, 404, 400, 401, 200, 401, 401, 401]


def tokens(sessions: Iterable[Any]) -> list[str]:
    return [session[name] for session in sessions for name in ("sessionToken", "refreshToken")]


def shell_life(installation: Installation) -> tuple[list[str], str]:
    """Live sessions from a shell; return the secrets, and what was said on stderr."""
    issued = installation.run("token", "issue", EMAIL, "--json")
    ended = [
        issued,
        installation.run(
            "users", "create", "new@example.com", "--password-stdin", stdin=NEW_PASSWORD
        ),
        installation.run("login", "new@example.com", "--password-stdin", stdin=NEW_PASSWORD),
        installation.run("login", EMAIL, "--password-stdin", stdin=WRONG),
        installation.run("token", "verify", "-", stdin=issued.json()["sessionToken"]),
        installation.run("-vv", "token", "verify", "-", stdin=issued.json()["refreshToken"]),
        installation.run("-vv", "login", EMAIL, "--password-stdin", stdin=WRONG),
        installation.run("-vv", "whoami"),
        installation.run("sessions", "list", "--json", "--status", "all"),
        installation.run("users", "list", "--json"),
    ]
    said = "".join(ran.err for ran in ended) + "".join(ran.out for ran in ended[1:])
    credentials = "".join(
        path.read_text() for path in (installation.home / "state").rglob("*") if path.is_file()
    )
    kept = re.findall(r"eyJ[\w-]+\.[\w-]+\.[\w-]+|ref_[\w-]{43,}", credentials)
    assert len(kept) == 2
    return [NEW_PASSWORD, WRONG, *tokens([issued.json()]), *kept], said


def forms(secret: str) -> set[bytes]:
    """Return what of a secret must not be found: itself, and the part that makes it one."""
    whole = secret.encode("latin-1")
    if secret.startswith("ref_"):
        return {whole, whole[-30:]}
    return {whole, whole.rpartition(b".")[2]}


def found(secrets: Iterable[str], where: dict[str, bytes]) -> list[tuple[str, str]]:
    return [
        (name, secret[:12])
        for secret in secrets
        for name, content in where.items()
        if any(form in content for form in forms(secret))
    ]


@pytest.mark.usefixtures("open_umask")
def test_secrets_stand_in_no_file_and_no_output(installation: Installation) -> None:
    """After lives over HTTP and in a shell no password, token or key is found anywhere."""
    key = (installation.folder / "protekt.key").read_text().strip()
    with installation.serve() as server:
        over_http = life(server)
        in_shell, said = shell_life(installation)
        files = installation.folder.glob("protekt.db*")
        where = {path.name: path.read_bytes() for path in files}
        modes = {path.name: mode(path) for path in installation.folder.glob("protekt.[dk]*")}
        server.stop()
    where |= {"server": server.log.read_bytes(), "commands": said.encode()}
    where |= {"at rest": installation.database.read_bytes()}

    assert {"protekt.db", "protekt.db-wal", "server", "commands", "at rest"} <= where.keys()
    assert found([*over_http, *in_shell, key, bytes.fromhex(key).decode("latin-1")], where) == []
    assert {"0o600"} == set(modes.values()), modes
    assert {"0o600"} == {mode(path) for path in credentials(installation)}


def mode(path: Path) -> str:
    return oct(stat.S_IMODE(path.stat().st_mode))


def credentials(installation: Installation) -> list[Path]:
    return [path for path in (installation.home / "state").rglob("*") if path.is_file()]


def test_search_would_find_what_it_looks_for(installation: Installation) -> None:
    """The search above is no idle one: it finds the e-mail, which is readable."""
    where = {"at rest": installation.database.read_bytes()}

    assert [("at rest", EMAIL[:12])] == found([EMAIL], where)
