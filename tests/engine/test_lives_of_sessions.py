"""Whatever happens to sessions in whatever order: one successor, final ends, events unbroken."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from protekt_cli.engine import authentication, event_log, renewal, revocation, setup, users
from protekt_cli.engine import validation as validations
from protekt_cli.engine.engine import Engine
from protekt_cli.errors import InvalidToken, RefreshReused
from protekt_cli.models import Caller, Grant, Session
from protekt_cli.store import events as event_table
from protekt_cli.store import sessions as session_table
from tests.conftest import HandClock, configure
from tests.recorded import list_recorded

EMAIL, PASSWORD = "alice@example.com", "wonderland is real"
#: Short lives, so that deadlines strike within a few steps.
LIFETIMES = {"sessions.idle_timeout": "30m", "tokens.refresh_ttl": "2h"}
#: Installations of the same database that differ in what a refresh token deserves.
INSTALLATIONS: dict[str, dict[str, object]] = {
    "plain": {},
    "strict": {"sessions.reuse_grace": 0, "sessions.lost_answer_window": 0},
    "still": {"sessions.rotate_refresh_tokens": False, "sessions.sliding_expiration": True},
}
CALLERS = [Caller(), Caller(device_id="dev_a")]
#: Seconds of a pause, how many generations a token is behind, and from where it comes.
REQUESTS = st.lists(
    st.tuples(
        st.sampled_from([0, 0, 0, 5, 10]),
        st.sampled_from([0, 0, 1, 1, 1, 2]),
        st.sampled_from(CALLERS),
    ),
    min_size=1,
    max_size=12,
)
PLACES = st.integers(min_value=0, max_value=1)
STEPS = [0, 1, 9, 10, 59, 600, 1800, 3600, 7200, -1, -30, -3600]


@dataclass
class Family:
    """What a client of one session knows, and what follows from it."""

    id: str
    absolute: int
    tokens: list[str]  # by generation
    #: With the generation, the beginning and the end of each.
    accesses: list[tuple[str, int, int, int]] = field(default_factory=list)
    rotated_at: int = 0
    rotated_by: Caller = CALLERS[0]
    seen: bool = False
    lost: int = 0
    end: Session | None = None

    @property
    def generation(self) -> int:
        return len(self.tokens) - 1

    def keep(self, grant: Grant) -> None:
        """Keep what a grant yielded; it must fit what was yielded before."""
        if grant.session.generation == len(self.tokens):
            self.tokens.append(grant.refresh_token)
        assert self.tokens[grant.session.generation] == grant.refresh_token
        assert grant.session.generation == self.generation
        self.accesses.append(
            (grant.access_token, self.generation, grant.issued_at, grant.access_expires_at)
        )


class Lives(RuleBasedStateMachine):
    """Sessions of one user, a clock that moves both ways, and clients that repeat themselves."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self._clock = HandClock()
        self._all: list[Family] = []

    @initialize()
    def install(self) -> None:
        """Install once, and open it by each of the settings."""
        folder = Path(self._folder.name)
        setup.install(configure(folder, LIFETIMES), {}, self._clock)
        self._engines = {
            name: Engine.open(configure(folder, {**LIFETIMES, **flags}), {}, self._clock)
            for name, flags in INSTALLATIONS.items()
        }
        self._engine = engine = self._engines["plain"]
        password_hash = engine.passwords.hash(PASSWORD)
        self._user = engine.submit(
            lambda transaction: users.create(
                engine,
                transaction,
                email=EMAIL,
                name=None,
                metadata={},
                password_hash=password_hash,
                actor="cli",
            )
        )

    @rule(seconds=st.sampled_from(STEPS))
    def move_the_clock(self, seconds: int) -> None:
        """Forward, or back."""
        self._clock.advance(seconds)

    @precondition(lambda self: sum(map(self._lives, self._all)) < 2)
    @rule(caller=st.sampled_from(CALLERS))
    def log_in(self, caller: Caller) -> None:
        """Begin a session, where not two live that there is more to do with."""
        grant = authentication.login(self._engine, EMAIL, PASSWORD, caller)
        family = Family(grant.session.id, grant.session.absolute_expires_at, [])
        family.keep(grant)
        self._all.append(family)

    @precondition(lambda self: self._all)
    @rule(place=PLACES, name=st.sampled_from(["plain", "plain", *INSTALLATIONS]), requests=REQUESTS)
    def refresh(self, place: int, name: str, requests: list[tuple[int, int, Caller]]) -> None:
        """Present current and earlier refresh tokens, one after another with pauses between."""
        family = self._all[-1 - place % len(self._all)]
        for pause, back, caller in requests:
            self._clock.advance(pause)
            generation = max(0, family.generation - back)
            expected = self._expected(family, generation, caller, name)

            answered = self._present(family, family.tokens[generation], caller, self._engines[name])

            assert answered == expected
            if answered == "rotated":
                family.rotated_at, family.rotated_by = self._now, caller
                family.seen, family.lost = False, 0
            family.seen |= answered == "renewed"
            family.lost += answered == "lost_answer"
            if not self._lives(family):
                break
        assert self._lives(family) or self._stored(family).ended_at is not None

    @precondition(lambda self: self._all)
    @rule(place=PLACES, back=st.integers(min_value=0, max_value=4))
    def validate(self, place: int, back: int) -> None:
        """Present an access token, old or new."""
        family = self._all[-1 - place % len(self._all)]
        token, generation, begins, ends = family.accesses[-1 - back % len(family.accesses)]
        lives = self._lives(family)

        found = validations.validate(self._engine, token)

        assert found.is_valid == (lives and begins <= self._now < ends)
        family.seen |= lives and generation == family.generation > 0
        stored = self._stored(family)
        assert stored.seen == family.seen if lives else stored.ended_at is not None

    @precondition(lambda self: self._all)
    @rule(place=PLACES, everything=st.booleans())
    def revoke(self, place: int, everything: bool) -> None:
        """End one session, or every one of the user."""
        family = self._all[-1 - place % len(self._all)]
        one, all_ = {"ids": (family.id,)}, {"user_id": self._user.id}
        selection = revocation.Selection(**(all_ if everything else one))
        revocation.revoke(self._engine, selection, actor="cli")
        assert not any(self._lives(each) for each in (self._all if everything else [family]))

    @invariant()
    def each_session_is_as_it_must_be(self) -> None:
        """Its end is final, its absolute deadline fixed, its generation the last that was given."""
        for family in self._all:
            stored = self._stored(family)
            assert family.end in (None, stored)
            assert stored.absolute_expires_at == family.absolute
            assert stored.generation == family.generation
            family.end = stored if stored.ended_at is not None else None

    def teardown(self) -> None:
        """Look at the whole chain of events, and clean up."""
        recorded = self._engine.read(list_recorded)
        ends = [each.event for each in recorded if each.event.type in _ENDS]
        ended = {family.id for family in self._all if family.end}

        assert [each.event.seq for each in recorded] == list(range(1, len(recorded) + 1))
        assert event_log.verify(self._engine).is_ok
        assert len(ends) == len(ended)
        assert {event.session_id for event in ends} == ended
        for engine in self._engines.values():
            engine.close()
        self._folder.cleanup()

    @property
    def _now(self) -> int:
        return self._clock.now().seconds

    def _stored(self, family: Family) -> Session:
        found = self._engine.read(lambda view: session_table.find(view, family.id))
        assert found is not None
        return found

    def _lives(self, family: Family) -> bool:
        stored = self._stored(family)
        deadlines = stored.idle_expires_at, stored.refresh_expires_at, stored.absolute_expires_at
        return stored.ended_at is None and self._now < min(deadlines)

    def _expected(self, family: Family, generation: int, caller: Caller, name: str) -> str:
        """Say what a refresh token deserves, by nothing but what the clients saw."""
        grace, window = (0, 0) if name == "strict" else (10, 3600)
        if not self._lives(family):
            return "refused"
        if generation == family.generation:
            return "renewed" if name == "still" else "rotated"
        if generation < family.generation - 1:
            return "ancestor_reused"
        since = abs(self._now - family.rotated_at)
        if since < grace:
            return "concurrent"
        is_lost = not family.seen and family.lost < 5 and caller == family.rotated_by
        return "lost_answer" if since < window and is_lost else "parent_reused"

    def _present(self, family: Family, token: str, caller: Caller, engine: Engine) -> str:
        """Return the kind of the event that answered a refresh token."""
        claimed = renewal.parse(token)
        before = self._engine.read(event_table.find_last) or (0, b"")
        try:
            grant = engine.submit(lambda t: renewal.refresh(engine, t, claimed, caller))
            family.keep(grant)
        except InvalidToken:
            return "refused"
        except RefreshReused:
            pass
        told = self._engine.read(
            lambda view: event_table.list_page(view, event_table.Filter(), before[0], 9)
        )
        [kind] = [event.data["kind"] for event in told if event.type in _ANSWERS]
        return str(kind)


_ANSWERS = {"session:refresh", "session:reuse"}
_ENDS = {"session:revoke", "session:expired"}

TestLives = Lives.TestCase
TestLives.settings = settings(
    max_examples=40,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
