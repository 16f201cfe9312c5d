"""What every example of the state machine has: a server, its model, and ways to choose from them.

Each installation is one server process, kept for the whole run and emptied between examples. It
holds no rule; the choices it makes follow from what Hypothesis drew alone.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize

from tests.faults.auditing import audit
from tests.faults.client import Server
from tests.faults.commanding import Commanding
from tests.faults.context import Context
from tests.faults.driving import UNKNOWN_DEVICE, Driver
from tests.faults.ending import UNKNOWN_SESSION, Ending
from tests.faults.installations import INSTALLATIONS, Settings, toml_of
from tests.faults.model import AccessToken, Session
from tests.faults.reading import Reading
from tests.faults.renewing import Renewing
from tests.faults.span import Span
from tests.faults.world import User, World

#: How often each kind of step, and each row of the refresh table, was come by.
STEPS: Counter[str] = Counter()
ROWS: Counter[str] = Counter()

_MOST_SECONDS_AHEAD = 80 * 86_400  # events are kept for ninety days

WHICH = st.integers(0, 7)
DEVICES = st.sampled_from(["own"] * 5 + ["none", "none", "sibling", "foreign", "unknown"])
ADDRESSES = st.sampled_from(["127.0.0.1"] * 4 + ["127.0.0.9", "127.0.1.1"])
AGENTS = st.sampled_from(["alpha"] * 4 + ["beta"])
SENDERS = st.tuples(DEVICES, ADDRESSES, AGENTS)
TOKENS = st.sampled_from(["newest"] * 4 + ["older", "oldest", "rotated"])

Sender = tuple[str, str, str]


#: Those on which an answer can be lost are drawn twice as often: the table is longest there.
_OFTEN = INSTALLATIONS + tuple(
    each for each in INSTALLATIONS if each.rotate_refresh_tokens and each.lost_answer_window
)


class Servers:
    """The servers of a run, each started when it is first needed."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="protekt-faults-")
        self._running: dict[str, Server] = {}
        self._altered: set[str] = set()

    def get(self, settings: Settings) -> Server:
        """Return the server with these settings, emptied."""
        server = self._running.get(settings.name)
        if server is None:
            folder = Path(tempfile.mkdtemp(dir=self._folder.name))
            server = self._running[settings.name] = Server(folder, toml_of(settings))
        elif settings.name in self._altered:
            server.restart(toml_of(settings), crashes=False)
        self._altered.discard(settings.name)
        server.reset()
        return server

    def alter(self, settings: Settings, *, crashes: bool) -> None:
        """Start a server anew with other settings, until it is needed again."""
        self._altered.add(settings.name)
        self._running[settings.name].restart(toml_of(settings), crashes=crashes)

    def stop(self) -> None:
        """Stop every server, and remove what they stored."""
        for server in self._running.values():
            server.stop()
        self._running.clear()
        self._folder.cleanup()


class Installed(RuleBasedStateMachine):
    """An installation with a user and a session, and what is chosen from it."""

    servers: Servers

    @initialize(settings=st.sampled_from(_OFTEN), is_altered=st.sampled_from([0, 0, 0, 1]))
    def install(self, settings: Settings, is_altered: int) -> None:
        """Begin with an empty installation, one user and one session."""
        self.restarts = is_altered
        self.world = World(settings)
        self.driver = Driver(self.servers.get(settings), self.world, ROWS)
        self.reading = Reading(self.driver)
        self.renewing = Renewing(self.driver)
        self.ending = Ending(self.driver)
        self.commanding = Commanding(self.driver)
        self.names = iter(range(1_000_000))
        user = self.commanding.create_user("first@example.com", self.password())
        self.driver.log_in(user, Context(None, "127.0.0.1", "alpha"))

    def teardown(self) -> None:
        """Compare what is stored with what must be."""
        has_failed = sys.exc_info()[0] is not None
        if hasattr(self, "driver") and not has_failed:
            audit(self.driver.server, self.world)

    def advance(self, seconds: int) -> None:
        """Move the clock, but not so far that events are pruned."""
        server = self.driver.server
        if server.offset + seconds > _MOST_SECONDS_AHEAD:
            return
        self.world.pass_time(server.advance(max(1, seconds)).now)

    def now(self, ahead: int = 0) -> Span:
        """Return the second it is, and as many after it."""
        second = self.driver.server.second()
        return Span(second, second + ahead)

    def password(self) -> str:
        """Return a password that was not used before."""
        return f"correct horse {next(self.names)} battery staple"

    def user(self, which: int) -> User:
        """Choose a user; now and then one who was deleted."""
        present = [user for user in self.world.users if not user.is_deleted]
        return (present if present and which < 7 else self.world.users)[
            which % max(1, len(present))
        ]

    def session(self, which: int) -> Session:
        """Choose a session; mostly one that is alive, which may have to be made first."""
        alive = self.world.may_be_alive(self.world.sessions, self.now())
        if which < 6 and not alive:
            users = [user for user in self.world.users if user.can_log_in]
            for user in users[:1]:
                self.driver.log_in(user, Context(None, "127.0.0.1", "alpha"))
                return self.world.sessions[-1]
        among = alive if alive and which < 6 else self.world.sessions
        return among[-1 - which % len(among)]

    def token(self, session: Session, which: str) -> AccessToken:
        """Choose an access token of a session."""
        if which == "oldest":
            return session.tokens[0]
        if which == "older":
            return session.tokens[max(0, len(session.tokens) - 2)]
        if which == "rotated":  # the last one issued before the last rotation
            before = [each for each in session.tokens if each.generation < session.generation]
            return before[-1] if before else session.tokens[-1]
        return session.tokens[-1]

    def context(self, session: Session, sender: Sender) -> Context:
        """Return where a request comes from, on a device chosen by its kind."""
        device_id = self.device(sender[0], session.user_id, session.device_id)
        return Context(device_id, sender[1], sender[2])

    def device(self, kind: str, user_id: str, own: str | None) -> str | None:
        """Choose a device by its kind, as seen from a session."""
        if kind == "own":
            return own
        if kind == "none":
            return None
        is_sibling = kind == "sibling"
        for device in self.world.devices.values():
            if (device.user_id == user_id) is is_sibling and device.id != own:
                return UNKNOWN_DEVICE if kind == "unknown" else device.id
        return UNKNOWN_DEVICE

    def named_session(self, session: Session, whose: str, which: int) -> str:
        """Choose a session by whose it is, as seen from a session."""
        if whose == "own":
            return session.id
        if whose == "unknown":
            return UNKNOWN_SESSION
        others = [
            other
            for other in self.world.sessions
            if (other.user_id == session.user_id) is (whose == "sibling") and other is not session
        ]
        return others[which % len(others)].id if others else UNKNOWN_SESSION
