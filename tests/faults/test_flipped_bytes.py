"""A damaged database: it is said to be damaged, and nothing forged is let in by it."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from protekt_cli.store import sqlite
from tests.faults.running import (
    EMAIL,
    PASSWORD,
    DidNotStart,
    Installation,
    Serving,
    connected,
    serving,
    times,
)
from tests.parallel import Answered, Connection

#: What a command may end with: done, failed, not found, refused, the store's fault.
CODES = {0, 1, 3, 4, 6}
COMMANDS = (
    ("sessions", "list", "--status", "all"),
    ("users", "list"),
    ("devices", "list"),
    ("events", "list", "--limit", "0"),
    ("events", "verify"),
    ("keys", "list"),
    ("token", "issue", EMAIL),
    ("users", "disable", EMAIL),
    ("db", "stats"),
)


@dataclass(frozen=True, slots=True)
class Tokens:
    """Some that are good, and some that nobody ever gave out."""

    access: list[str]
    refresh: list[str]
    forged_access: list[str]
    forged_refresh: list[str]


def other(letter: str) -> str:
    return "A" if letter != "A" else "B"


def spoilt(token: str, at: int) -> str:
    """Return the token with one letter changed."""
    return token[:at] + other(token[at]) + token[at:][1:]


def forge(sessions: list[Any]) -> Tokens:
    """Return the tokens of sessions, and what can be made of them without a key."""
    access = [session["sessionToken"] for session in sessions]
    refresh = [session["refreshToken"] for session in sessions]
    head, body, signature = access[0].split(".")
    return Tokens(
        access,
        refresh,
        [
            spoilt(access[0], len(access[0]) - 20),
            ".".join((head, access[1].split(".")[1], signature)),
            ".".join(("eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0", body, "")),
        ],
        [spoilt(refresh[0], 60), refresh[0][:40] + refresh[1][40:], spoilt(refresh[1], 30)],
    )


def live(installation: Installation) -> Tokens:
    """Have two users with sessions of every kind, and return tokens of those that live."""
    installation.add_user("bob@example.com")

    async def run(server: Serving) -> list[Any]:
        async with connected(server, 1) as (connection,):
            for email in (EMAIL, "bob@example.com"):
                ended = (await connection.log_in(email, PASSWORD)).body
                token = ended["sessionToken"]
                await connection.ask("POST", "/v1/sessions/revoke", token=token)
                assert (await connection.log_in(email, "wrong horse")).status == 401
            sessions = [(await connection.log_in(EMAIL, PASSWORD)).body for _ in range(3)]
            for _ in range(3):
                answer = await connection.refresh(sessions[0]["refreshToken"])
                sessions[0] = answer.body
            return sessions

    with serving(installation) as server:
        sessions = asyncio.run(run(server))
        assert server.stop() == 0
    installation.run("keys", "rotate")
    return forge(sessions)


def put(installation: Installation, content: bytes) -> None:
    """Put a database where the old one was, without the logs of that."""
    for log in sqlite.LOGS:
        installation.database.with_name(installation.database.name + log).unlink(missing_ok=True)
    installation.database.write_bytes(content)


def is_damaged(database: Path) -> bool:
    """Whether SQLite itself finds anything wrong with a file."""
    connection = sqlite.open_still(database)
    try:
        return bool(connection.execute("PRAGMA integrity_check(1)").fetchone() != ("ok",))
    except (sqlite.Error, UnicodeDecodeError):  # a damaged name is no text
        return True
    finally:
        connection.close()


def assert_is_no_bug(answer: Answered) -> None:
    """Find an answer, or the store's fault."""
    assert answer.status < 500 or answer.body["code"] == "store_unavailable", answer


async def ask_everything(server: Serving, tokens: Tokens) -> None:
    """Present what is good and what is forged to a server on a damaged database."""
    async with connected(server, 1) as (connection,):
        for token in tokens.forged_access:
            answer = await connection.validate(token)
            assert_is_no_bug(answer)
            assert answer.body.get("valid") is not True, token
        for token in tokens.forged_refresh:
            answer = await connection.refresh(token)
            assert_is_no_bug(answer)
            assert answer.status >= 400, token
        answer = await connection.log_in(EMAIL, "wrong horse")
        assert_is_no_bug(answer)
        assert answer.status >= 400
        await ask_honestly(connection, tokens)


async def ask_honestly(connection: Connection, tokens: Tokens) -> None:
    for token in tokens.access:
        assert_is_no_bug(await connection.validate(token))
        assert_is_no_bug(await connection.ask("GET", "/v1/sessions?status=all", token=token))
    for token in tokens.refresh:
        assert_is_no_bug(await connection.refresh(token))
    assert_is_no_bug(await connection.log_in(EMAIL, PASSWORD))
    assert_is_no_bug(
        await connection.ask("POST", "/v1/sessions/revoke", {"all": True}, tokens.access[1])
    )
    for path in ("/readyz", "/.well-known/jwks.json"):
        assert_is_no_bug(await connection.ask("GET", path))


def serve_damaged(installation: Installation, tokens: Tokens) -> None:
    """Ask a server on a damaged database for everything, or find that it says why it is none."""
    log = installation.folder / "server.log"
    log.unlink(missing_ok=True)
    refused = None
    try:
        with serving(installation) as server:
            asyncio.run(ask_everything(server, tokens))
    except DidNotStart as error:
        refused = error
    assert refused is None or (refused.code == 6 and "protekt: " in refused.said), refused
    assert "Traceback" not in log.read_text(), log.read_text()


def run_damaged(installation: Installation, *arguments: str) -> tuple[int, str]:
    """Run a command on a damaged database; it may fail, but not break."""
    process = installation.start(*arguments)
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode in CODES, (arguments, process.returncode, stderr)
    assert "this is a bug" not in stderr, (arguments, stderr)
    assert "Traceback" not in stderr, (arguments, stderr)
    return process.returncode, stdout


def test_a_flipped_byte_is_damage_and_never_a_way_in(tmp_path: Path) -> None:
    """Whatever byte of the database is another, forged tokens stay forged and nothing breaks."""
    flips = times(500, everyday=2)
    installation = Installation(tmp_path)
    tokens, dice = live(installation), random.Random(500)
    whole = installation.database.read_bytes()
    written = [at for at, byte in enumerate(whole) if byte]  # what is empty says nothing
    found = 0

    for flip in range(flips):
        at, mask = dice.choice(written), dice.randrange(1, 256)
        print(f"\nbyte {at} ^ {mask}", end="")
        damaged = bytearray(whole)
        damaged[at] ^= mask
        put(installation, bytes(damaged))
        code, _ = run_damaged(installation, "db", "check")
        if is_damaged(installation.database):
            found += 1
            assert code in (1, 6), (at, mask)
        put(installation, bytes(damaged))
        run_damaged(installation, *COMMANDS[flip % len(COMMANDS)], "--json")
        put(installation, bytes(damaged))
        serve_damaged(installation, tokens)

    print(f"\n{flips} flipped bytes, {found} that SQLite finds")
