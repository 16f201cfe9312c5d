"""An installation whose past is known, and what its commands show, with every passing thing still.

What differs from run to run, ids, times and places, is replaced by something as long.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

from protekt_cli.clock import Clock
from protekt_cli.config import load
from protekt_cli.engine import api_keys, authentication, keys, setup, user_changes, users
from protekt_cli.engine.engine import Engine
from protekt_cli.models import Caller, User
from protekt_cli.store.database import Transaction
from tests.cli.running import PASSWORD, Done, Terminal, in_process
from tests.conftest import CHEAPEST, HandClock

HOUR = 3600
#: What a client may call itself: a title, a clearing, a turn, an empty width, a line, and markup.
HOSTILE = "\x1b]0;owned\x07\x1b[2J\u202e\u200b\r\n[red]山田[/]"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

_IDS = re.compile(r"\b(user|sess|dev|key|apikey|evt)_[0-9a-hjkmnp-tv-z]{26}")
_PASSING = [
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"), "2027-01-15T08:00:00Z"),
    (re.compile(r"\b1[789]\d{8}\b"), "1800000000"),
    (re.compile(r"\b0\.[\w-]{16}"), "0.abcdefghijklmnop"),
    (re.compile(r"(?<=databaseBytes)(\s+)\d+"), r"\g<1>100000"),
    (re.compile(r"SQLite [^\t\n]+"), "SQLite 3"),
    (re.compile(r"\bport \d{5}\b"), "port 50000"),
    (re.compile(r"(?<=server\.port)(\s+)\d{5}\b"), r"\g<1>50000"),
]


class Pictured:
    """The installation, and a look at what its commands show."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.environ = {"NO_COLOR": "1", "PROTEKT_SERVER_PORT": str(free.getsockname()[1])}
        self._clock = HandClock(Clock().now().seconds - 5 * HOUR)
        # All is told in hours, so that no test is too slow for what it expects.
        flags = {**CHEAPEST, "tokens.access_ttl": "24h"}
        settings = load(folder=folder, environ={}, flags=flags).settings
        setup.install(settings, {}, self._clock)
        self._engine = Engine.open(settings, {}, self._clock)
        self.token, self.session_id = self._live()
        self._engine.close()

    def _live(self) -> tuple[str, str]:
        """Let four hours pass, and return a token of the last login and its session's id."""
        engine, clock = self._engine, self._clock
        alice = self._add("alice@example.com", "Alice Liddell")
        bob = self._add("bob@example.com", HOSTILE)
        self._add("a.very.long.name.of.somebody@subdomain.department.example.org", None)
        clock.advance(HOUR)
        caller = Caller(ip="203.0.113.9", user_agent=HOSTILE)
        authentication.login(engine, bob.email, PASSWORD, caller, device_name=HOSTILE)
        clock.advance(HOUR)
        # Twice, for the two keys of the beginning are as old, and either may be listed first.
        for _ in range(2):
            self._change(keys.rotate)
        for name, lives in (("web-app", 90 * 24 * HOUR), ("dashboard", None)):
            self._change(api_keys.create, name=name, expires_in=lives)
        clock.advance(HOUR)
        carol = self._add("carol@example.com", "Carol Cooper")
        authentication.login(engine, carol.email, PASSWORD, Caller(ip="198.51.100.7"))
        clock.advance(HOUR)
        self._change(user_changes.disable, carol)
        caller = Caller(ip="2001:db8::7", user_agent=FIREFOX)
        grant = authentication.login(engine, alice.email, PASSWORD, caller)
        return grant.access_token, grant.session.id

    def _add(self, email: str, name: str | None) -> User:
        password_hash = self._engine.passwords.hash(PASSWORD)
        made: User = self._change(
            users.create, email=email, name=name, metadata={}, password_hash=password_hash
        )
        return made

    def _change(self, change: Callable[..., Any], *given: object, **named: object) -> Any:
        def changed(transaction: Transaction) -> Any:
            return change(self._engine, transaction, *given, actor="cli", **named)

        done = self._engine.submit(changed)
        self._clock.advance(1)  # no two things are as old
        return done

    def at_terminal(self, *words: str, columns: int, **environ: str) -> str:
        """Return what a terminal of some width shows of a command that succeeds."""
        terminal = Terminal(*words, environ=self.environ | environ, columns=columns)
        assert terminal.end() == 0, terminal.shown
        return terminal.shown.replace("\r\n", "\n")

    def in_pipe(self, *words: str, **environ: str) -> Done:
        """Return what a pipe is given by a command."""
        return in_process(*words, environ=self.environ | environ)

    def still(self, shown: str) -> str:
        """Return what was shown with every passing thing replaced by something as long."""
        found = dict.fromkeys(match.group() for match in _IDS.finditer(shown))
        for number, id_ in enumerate(found):
            prefix, _, rest = id_.partition("_")
            shown = shown.replace(id_, f"{prefix}_{number:0{len(rest)}}")
        shown = shown.replace(str(self.folder), "/tmp/protekt-00000000")  # noqa: S108
        for pattern, instead in _PASSING:
            shown = pattern.sub(instead, shown)
        return shown
