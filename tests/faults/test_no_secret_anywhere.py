"""After a busy life no secret that was typed in or given out is in any file or any output."""

from __future__ import annotations

import asyncio
from base64 import b64encode, urlsafe_b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.running import EMAIL, PASSWORD, Installation, Serving, connected, serving
from tests.parallel import Connection

WRONG, NEW, NEWER = "wrong horse battery", "a new correct staple", "an even newer staple"
BOB = "bob@example.com"


class Shell:
    """The command line, whose every word is kept but those that are to show a token."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self.said = ""

    def run(self, *arguments: str, given: str | None = None) -> str:
        """Run a command, whatever comes of it, and keep what it said on both streams."""
        stdout, stderr = self._end(*arguments, given=given)
        self.said += stdout + stderr
        return stdout

    def obtain(self, *arguments: str, given: str | None = None) -> str:
        """Run a command that shows a token, and return it."""
        stdout, stderr = self._end(*arguments, given=given)
        self.said += stderr
        assert stdout, stderr
        return stdout.strip()

    def _end(self, *arguments: str, given: str | None) -> tuple[str, str]:
        process = self._installation.start(*arguments, given=given)
        return process.communicate(timeout=60)


async def live(server: Serving) -> list[str]:
    """Live from login to every kind of refusal over HTTP; return all tokens that were given out."""
    async with connected(server, 1) as (connection,):
        sessions = [(await connection.log_in(EMAIL, PASSWORD)).body for _ in range(3)]
        for _ in range(3):
            sessions.append((await connection.refresh(sessions[-1]["refreshToken"])).body)
        for session in sessions:
            await connection.validate(session["sessionToken"])
        assert (await connection.refresh(sessions[2]["refreshToken"])).status == 401
        token = sessions[0]["sessionToken"]
        await connection.ask("POST", "/v1/sessions/revoke", token=token)
        for session in sessions:
            await misplace(connection, session)
        for email, password in ((EMAIL, WRONG), (WRONG, PASSWORD), (PASSWORD, WRONG)):
            assert (await connection.log_in(email, password)).status in (400, 401)
    return [text for each in sessions for text in (each["sessionToken"], each["refreshToken"])]


async def misplace(connection: Connection, session: Any) -> None:
    """Present tokens where they do not belong, so that they are refused."""
    access, refresh = session["sessionToken"], session["refreshToken"]
    requests: list[tuple[str, str, Any, str | None]] = [
        ("GET", f"/v1/session?access_token={access}", None, None),
        ("GET", f"/v1/{access}", None, None),
        ("DELETE", f"/v1/sessions/{refresh}", None, access),
        ("POST", f"/v1/sessions/refresh?token={refresh}", {"refreshToken": refresh}, None),
        ("POST", "/v1/sessions/refresh", {"refreshToken": access}, None),
        ("POST", "/v1/sessions/refresh", {"refreshToken": refresh[:-1]}, None),
        ("POST", "/v1/sessions/refresh", {refresh: 1, "refreshToken": refresh}, None),
        ("POST", "/v1/sessions/validate", {"sessionToken": refresh}, None),
        ("POST", "/v1/sessions", {"type": PASSWORD, "email": EMAIL, "password": {WRONG: 1}}, None),
        ("GET", "/v1/session", None, refresh),
        ("GET", "/v1/session", None, access[:-1]),
    ]
    for method, path, body, bearer in requests:
        await connection.ask(method, path, body, bearer)


def keep_house(shell: Shell) -> list[str]:
    """Change passwords and keys, and copy the database, from a shell; return the secrets."""
    shell.run("users", "create", BOB, "--password-stdin", given=NEW)
    shell.run("users", "create", "short@example.com", "--password-stdin", given=NEW[:5])
    tokens = [shell.obtain("token", "issue", EMAIL) for _ in range(2)]
    shell.run("-vv", "login", EMAIL, "--password-stdin", given=WRONG)
    shell.run("login", BOB, "--password-stdin", given=NEW)
    tokens.append(shell.obtain("token", "show"))
    shell.run("-vv", "token", "verify", "-", given=tokens[0][:-1])
    shell.run("explain", "-", given=tokens[1])
    shell.run("token", "revoke", "-", given=tokens[1])
    shell.run("users", "set-password", EMAIL, "--password-stdin", given=NEWER)
    shell.run("keys", "rotate")
    shell.run("db", "backup", "before.db")
    shell.run("db", "rekey", "--yes")
    shell.run("db", "backup", "after.db")
    shell.run("db", "restore", "after.db", "--yes")
    shell.run("db", "vacuum")
    shell.run("keys", "list", "--json")
    shell.run("sessions", "list", "--status", "all", "--json")
    shell.run("events", "list", "--limit", "0", "--json")
    return [*tokens, NEW, NEWER]


def spellings(secret: str | bytes) -> Iterator[bytes]:
    """Yield the forms in which somebody might have written down a secret, or its secret part."""
    if isinstance(secret, str):
        yield secret.encode("utf-16-le")
        yield secret.encode("utf-16-be")
        if secret.startswith("ref_"):
            yield secret[-40:].encode()
            yield urlsafe_b64decode(secret[-40:])
        elif secret.startswith("eyJ"):
            signature = secret.rpartition(".")[2]
            yield signature.encode()
            yield urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
        secret = secret.encode()
    yield secret
    yield secret.hex().encode()
    for lead in range(3):  # wherever it stands in what was encoded
        encoded = b64encode(bytes(lead) + secret + bytes(-(lead + len(secret)) % 3))
        yield encoded[4 : -4 if len(encoded) > 12 else None]


def found(secrets: list[str | bytes], where: dict[str, bytes]) -> list[tuple[str, str | bytes]]:
    """Return where which of the secrets stands, in whichever form."""
    return [
        (name, secret[:12])
        for secret in secrets
        for form in set(spellings(secret))
        for name, content in where.items()
        if form in content
    ]


def master_key(installation: Installation) -> list[str | bytes]:
    text = (installation.folder / "protekt.key").read_text().strip()
    return [text, bytes.fromhex(text)]


def contents(installation: Installation) -> dict[str, bytes]:
    """Return all files that may be lost to a thief: not the master key, nor the stored login."""
    kept = {installation.folder / "protekt.key"}
    files = [path for path in installation.folder.rglob("*") if path.is_file()]
    return {
        path.name: path.read_bytes()
        for path in files
        if path not in kept and "state" not in path.parts
    }


def test_no_secret_is_left_anywhere(tmp_path: Path) -> None:
    """Database, log, backups, kept copies and all that was said hold no password, token or key."""
    installation = Installation(tmp_path)
    shell = Shell(installation)
    secrets: list[str | bytes] = [PASSWORD, WRONG, "$argon2", *master_key(installation)]

    with serving(installation, "--workers", "2") as server:
        secrets += asyncio.run(live(server))
        secrets += keep_house(shell)
        where = {f"{name} beside the server": each for name, each in contents(installation).items()}
        assert server.stop() == 0
    secrets += master_key(installation)
    where |= contents(installation)
    where |= {"commands": shell.said.encode(), "server": server.said.encode()}

    names = set(where)
    assert {"protekt.db", "before.db", "after.db", "server.log"} <= names
    assert {"protekt.db-wal beside the server"} <= names
    assert any(name.startswith("protekt.db.") for name in names), names
    assert len(shell.said) > 1000
    assert len(server.said.splitlines()) > 1
    assert len(set(secrets)) == len(secrets), "the master key is the same"
    assert found(secrets, where) == []
    assert found([EMAIL], where) != []


@pytest.mark.parametrize(
    "secret", [PASSWORD, "ref_" + "s" * 68, "eyJh.eyJz.c2lnbmF0dXJl", b"k" * 32]
)
def test_the_search_finds_a_secret_in_every_form(secret: str | bytes) -> None:
    """A secret is found as it is, in other encodings, and in the middle of what was encoded."""
    raw = secret.encode() if isinstance(secret, str) else secret
    hidden = [raw, raw.hex().encode(), *(b64encode(bytes(n) + raw + b"tail") for n in range(4))]

    for content in hidden:
        assert found([secret], {"file": b"before" + content + b"after"}) != [], content
