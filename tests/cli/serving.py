"""A running server, and `protekt` on it and on the very database that it serves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.cli.running import PASSWORD, Done, Run
from tests.journeys.installation import Installation

_ID = re.compile(r"\b([a-z]+)_[0-9a-z]{26}\b")
_ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_SECONDS = re.compile(r"\b\d{10}\b")
_SECRET = re.compile(r"\b(?:pk_|ref_|eyJ)[A-Za-z0-9_.-]{43,}")
_FIELD = re.compile(r"\b[A-Za-z0-9_-]{43}\b")


@dataclass(frozen=True, slots=True)
class Served:
    """A server with two users and an API key for it."""

    installation: Installation
    url: str
    key: str

    def locally(self, protekt: Run, *arguments: str, stdin: str = "") -> Done:
        """Run a command on the database itself."""
        return protekt("--db", str(self.installation.database), *arguments, stdin=stdin)

    def remotely(
        self, protekt: Run, *arguments: str, stdin: str = "", key: str | None = None
    ) -> Done:
        """Run the same command on the server."""
        environ = {"PROTEKT_API_KEY": key or self.key}
        return protekt("--server", self.url, *arguments, stdin=stdin, environ=environ)


@contextmanager
def served(root: Path) -> Iterator[Served]:
    """Install, and serve until the end of the block."""
    installation = Installation(root)
    assert installation.run("init").code == 0
    for name in ("alice", "bob"):
        email = f"{name}@example.com"
        made = installation.run("users", "create", email, "--password-stdin", stdin=PASSWORD)
        assert made.code == 0, made
    key = installation.run("apikeys", "create", "tests", "--scope", "admin").out.strip()
    with installation.serve() as server:
        yield Served(installation, f"http://127.0.0.1:{server.port}", key)


def masked(text: str) -> str:
    """Return text in which ids are counted, and times and secrets are all the same."""
    ids: dict[str, str] = {}

    def count(match: re.Match[str]) -> str:
        return ids.setdefault(match[0], f"{match[1]}-{len(ids)}")

    text = _SECRET.sub("SECRET", text)
    for pattern, name in ((_ISO, "TIME"), (_SECONDS, "SECONDS"), (_FIELD, "COORDINATE")):
        text = pattern.sub(name, text)
    return _ID.sub(count, text)
