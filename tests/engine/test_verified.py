"""Tokens that were verified before: they are believed for their signature, and for nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from protekt_cli.core import signing_key
from protekt_cli.core.access_token import UnsealedKey
from protekt_cli.engine import keys, revocation, validation
from protekt_cli.engine.engine import Engine
from protekt_cli.engine.verified import VerifiedTokens
from protekt_cli.errors import EndReason, InvalidToken, Reason, RefreshReused, StoreUnavailable
from protekt_cli.models import Caller, Grant, KeyStatus, Validation
from protekt_cli.store import signing_keys
from tests.core.forging import PAYLOAD, Json
from tests.core.signing import signed

if TYPE_CHECKING:
    from tests.conftest import HandClock, Person

Refresh = Callable[..., Grant]
Revoke = Callable[..., revocation.Report]

HOUR, DAY = 3600, 24 * 3600
NOWHERE = Caller()


@pytest.fixture
def server(engine: Engine) -> Iterator[Engine]:
    """Another process on the same installation, which remembers what it verified."""
    server = engine.reopen()
    yield server
    server.close()


def look(engine: Engine, token: str) -> Validation:
    return validation.look_up(engine, token, NOWHERE).validation


def remember(engine: Engine, *grants: Grant) -> None:
    """Let an engine verify the tokens of all grants, in this order."""
    for grant in grants:
        assert look(engine, grant.access_token).is_valid
        assert grant.access_token in engine.verified


def signing(engine: Engine) -> UnsealedKey:
    return engine.read(lambda view: keys.get_active(engine, view))


def rotate(engine: Engine) -> None:
    engine.submit(lambda transaction: keys.rotate(engine, transaction, actor="cli"))


def revoke_retired(engine: Engine) -> None:
    for key in engine.read(signing_keys.list_all):
        if key.status is KeyStatus.RETIRED:
            kid = key.kid
            engine.submit(lambda transaction: keys.revoke(engine, transaction, kid, actor="cli"))  # noqa: B023 - at once


def seal(engine: Engine, kid: str, plain: bytes) -> None:
    """Put a private key in the place of one that there is, under the same name."""
    engine.submit(
        lambda transaction: transaction.run(
            "UPDATE signing_keys SET sealed = :sealed WHERE kid = :kid",
            {
                "kid": kid,
                "sealed": engine.vault_at(transaction).seal(plain, "signing_keys", kid, "ES256"),
            },
        )
    )


def test_a_token_of_a_key_that_was_revoked_meanwhile_is_refused(
    engine: Engine, server: Engine, alice: Person
) -> None:
    """At once, though another process revoked it; until then a retired key was no matter."""
    grant = alice.login()
    remember(server, grant)

    rotate(engine)
    retired = look(server, grant.access_token)
    revoke_retired(engine)

    assert retired.is_valid
    assert look(server, grant.access_token) == Validation(Reason.UNKNOWN_KEY)
    assert grant.access_token not in server.verified


def test_a_token_of_a_key_that_was_replaced_under_its_name_is_refused(
    engine: Engine, server: Engine, alice: Person
) -> None:
    """It is the other key that would have to have signed it."""
    grant = alice.login()
    remember(server, grant)

    seal(engine, signing(engine).kid, signing_key.generate("ES256"))

    assert look(server, grant.access_token) == Validation(Reason.BAD_SIGNATURE)


def test_a_token_of_a_key_that_cannot_be_opened_any_more_is_no_verdict(
    engine: Engine, server: Engine, alice: Person
) -> None:
    """What was opened before does not stand for what is there now."""
    grant = alice.login()
    remember(server, grant)

    engine.submit(lambda transaction: transaction.run("UPDATE signing_keys SET sealed = x'00'"))

    with pytest.raises(StoreUnavailable, match="damaged"):
        look(server, grant.access_token)


def test_a_token_expires_though_it_was_verified(
    server: Engine, alice: Person, clock: HandClock
) -> None:
    """Its times are judged each time, at either end."""
    grant = alice.login()
    remember(server, grant)

    clock.advance(HOUR - 1)
    last = look(server, grant.access_token)
    clock.advance(1)
    over = look(server, grant.access_token)
    clock.advance(-HOUR - 1)
    early = look(server, grant.access_token)

    assert (last.reason, last.expires_in) == (None, 1)
    assert (over.reason, early.reason) == (Reason.TOKEN_EXPIRED, Reason.NOT_YET_VALID)


def test_a_token_dies_with_its_session_though_it_was_verified(
    server: Engine, alice: Person, revoke: Revoke
) -> None:
    """In the first look after another process's word."""
    grant = alice.login()
    remember(server, grant)

    revoke(grant.session.id)

    assert look(server, grant.access_token) == Validation(Reason.SESSION_REVOKED, EndReason.REVOKED)


def test_the_least_recently_presented_token_is_forgotten(engine: Engine, alice: Person) -> None:
    """Where there is no room for one more; it verifies again like any other."""
    engine.verified = VerifiedTokens(room=3)
    grants = [alice.login() for _ in range(4)]
    remember(engine, *grants[:3])

    remember(engine, grants[0], grants[3])

    assert [grant.access_token in engine.verified for grant in grants] == [True, False, True, True]
    assert len(engine.verified) == 3
    remember(engine, grants[1])


@pytest.mark.parametrize(
    ("header", "payload"),
    [
        ({"kid": "key_of_nobody"}, {}),
        ({"typ": "JWT"}, {}),
        ({}, {"iss": "https://elsewhere.example"}),
        ({}, {"aud": "others"}),
        ({}, {"sid": "no session"}),
    ],
)
def test_a_token_that_is_not_good_is_not_remembered(
    engine: Engine, alice: Person, header: Json, payload: Json
) -> None:
    """Though our own key signed it: there is nothing of use to anybody to keep."""
    engine.verified = VerifiedTokens(room=1)
    grant, key, place = alice.login(), signing(engine), engine.place
    remember(engine, grant)
    good = {"alg": "ES256", "kid": key.kid, "typ": "at+jwt"}
    ours = {**PAYLOAD, "iss": place.issuer, "aud": place.audience}

    refused = look(engine, signed(key, good | header, ours | payload))

    assert not refused.is_valid
    assert len(engine.verified) == 1
    assert grant.access_token in engine.verified


@pytest.mark.parametrize("suffix", ["", "A", "=", ".", " ", "\ud800"])
def test_no_other_spelling_of_a_token_is_taken_for_it(
    engine: Engine, alice: Person, suffix: str
) -> None:
    """Nor one with half of its signature, nor any garbage."""
    grant = alice.login()
    remember(engine, grant)
    cut = len(grant.access_token) - (0 if suffix else 40)

    refused = look(engine, grant.access_token[:cut] + suffix)

    assert refused.reason in {Reason.MALFORMED, Reason.BAD_SIGNATURE}
    assert len(engine.verified) == 1


Step = tuple[str, int]
STEPS = st.tuples(
    st.sampled_from(["log in", "refresh", "revoke", "rotate", "revoke keys", "wait", "go back"]),
    st.integers(0, 5),
)


class Life:
    """An installation in which anything happens, and the tokens that were ever given out."""

    def __init__(self, engine: Engine, person: Person, clock: HandClock, refresh: Refresh) -> None:
        self.engine, self._person, self._clock, self._refresh = engine, person, clock, refresh
        self._grants: list[Grant] = []
        self.tokens = ["", "garbage"]

    def take(self, step: Step) -> None:
        what, which = step
        match what:
            case "log in":
                self._give(self._person.login())
            case "refresh" | "revoke" if self._grants:
                self._change(what, self._grants[which % len(self._grants)])
            case "rotate":
                rotate(self.engine)
            case "revoke keys":
                revoke_retired(self.engine)
            case "wait":
                self._clock.advance(which * 700)
            case "go back":
                self._clock.advance(-which)

    def _change(self, what: str, grant: Grant) -> None:
        if what == "revoke":
            selection = revocation.Selection(ids=(grant.session.id,))
            revocation.revoke(self.engine, selection, actor="cli")
            return
        with suppress(InvalidToken, RefreshReused):
            self._give(self._refresh(grant.refresh_token))

    def _give(self, grant: Grant) -> None:
        self._grants.append(grant)
        self.tokens += [grant.access_token, f"{grant.access_token[:-9]}AAAAAAAAA"]


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(STEPS, min_size=5, max_size=25))
def test_what_is_remembered_changes_no_verdict(
    engine: Engine,
    server: Engine,
    alice: Person,
    clock: HandClock,
    refresh: Refresh,
    steps: list[Step],
) -> None:
    """An engine that forgets each token at once says the same of all of them, at any time."""
    engine.verified, server.verified = VerifiedTokens(room=0), VerifiedTokens(room=4)
    life = Life(engine, alice, clock, refresh)

    for step in [("log in", 0), *steps]:
        life.take(step)

        for token in life.tokens:
            assert look(engine, token) == look(server, token)
    assert len(engine.verified) == 0
