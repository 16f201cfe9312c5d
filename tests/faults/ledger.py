"""What clients were told of their sessions, to be held against what is there after a crash.

A request that was never answered may have been done or not. From when a client asked for a
revocation until it was told of it, nothing can be said of the session.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from tests.parallel import Connection

#: How a connection says that there is nobody any more.
GONE = (ConnectionError, asyncio.IncompleteReadError)


@dataclass(slots=True)
class Life:
    """One session, as its client knows it."""

    session: Any
    #: The answer to its last refresh, or to its login.
    tokens: Any
    asked_to_end: bool = False
    ended: bool = False

    @property
    def id(self) -> str:
        return str(self.session["sessionId"])

    @property
    def is_living(self) -> bool:
        return not self.asked_to_end

    async def refresh(self, connection: Connection) -> None:
        """Exchange the refresh token; the successor has to be that of the last known one."""
        answer = await connection.refresh(self.tokens["refreshToken"])
        assert answer.status == 200, answer
        assert answer.body["refreshGeneration"] == self.tokens["refreshGeneration"] + 1
        self.tokens = answer.body

    async def end(self, connection: Connection) -> None:
        """Log out."""
        self.asked_to_end = True
        token = self.tokens["sessionToken"]
        answer = await connection.ask("POST", "/v1/sessions/revoke", token=token)
        assert (answer.status, answer.body) == (200, {"revoked": 1})
        self.ended = True

    async def check(self, connection: Connection) -> None:
        """Find the session as its client was told that it is."""
        validation = (await connection.validate(self.tokens["sessionToken"])).body
        if self.is_living:
            assert validation["valid"], (self, validation)
            await self.refresh(connection)
        elif self.ended or not validation["valid"]:
            await self._check_end(connection, validation)
        else:  # the revocation that was not answered was not done
            await self.refresh(connection)
            self.asked_to_end = False

    async def _check_end(self, connection: Connection, validation: Any) -> None:
        assert validation["reason"] == "session_revoked", (self, validation)
        refused = await connection.refresh(self.tokens["refreshToken"])
        assert (refused.status, refused.body["reason"]) == (401, "session_revoked"), refused
        self.ended = True


@dataclass(slots=True)
class Ledger:
    """All sessions whose login was answered."""

    lives: list[Life] = field(default_factory=list)
    #: Those that something happened to since they were last checked.
    moved: list[Life] = field(default_factory=list)

    def add(self, session: Any) -> Life:
        """Enter a session that was granted."""
        life = Life(session, session)
        self.lives.append(life)
        self.moved.append(life)
        return life

    @property
    def living(self) -> list[Life]:
        return [life for life in self.lives if life.is_living]

    async def check_moved(self, connection: Connection) -> None:
        """Find everything as it was answered since the last look."""
        for life in self.moved:
            await life.check(connection)
        self.moved.clear()

    async def check_all(self, connection: Connection) -> None:
        """Find every session there ever was as its client was told that it is."""
        for life in self.lives:
            await life.check(connection)
