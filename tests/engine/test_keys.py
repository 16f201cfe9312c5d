"""Signing keys: rotating them refuses nobody, revoking one refuses its tokens and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jwt
import pytest

from protekt_cli.core import signing_key
from protekt_cli.engine import keys, validation
from protekt_cli.engine.engine import Engine
from protekt_cli.errors import AmbiguousId, Conflict, NotFound, Reason, StoreUnavailable
from protekt_cli.models import Event, Grant, SigningKey
from protekt_cli.store import signing_keys
from tests.conftest import Install, Person

Recorded = Callable[..., list[Event]]
Refresh = Callable[..., Grant]

NEXT, ACTIVE, RETIRED, REVOKED = "next", "active", "retired", "revoked"


def rotate(engine: Engine, algorithm: str | None = None) -> SigningKey:
    return engine.submit(
        lambda transaction: keys.rotate(engine, transaction, actor="cli", algorithm=algorithm)
    )


def revoke(engine: Engine, kid: str) -> SigningKey:
    return engine.submit(lambda transaction: keys.revoke(engine, transaction, kid, actor="cli"))


def by_status(engine: Engine) -> dict[str, list[SigningKey]]:
    """Return the keys, oldest first, by what they are."""
    found: dict[str, list[SigningKey]] = {NEXT: [], ACTIVE: [], RETIRED: [], REVOKED: []}
    for key in engine.read(signing_keys.list_all):
        found[key.status].append(key)
    return found


def only(engine: Engine, status: str) -> SigningKey:
    (key,) = by_status(engine)[status]
    return key


def kid_of(token: str) -> Any:
    return jwt.get_unverified_header(token)["kid"]


def reason_of(engine: Engine, token: str) -> Reason | None:
    return validation.validate(engine, token).reason


def test_a_rotation_lets_the_next_key_sign_and_publishes_another(
    engine: Engine, alice: Person
) -> None:
    """The key that signed is retired and verifies on."""
    before = alice.login()
    active, coming = only(engine, ACTIVE), only(engine, NEXT)

    rotated = rotate(engine)
    after = alice.login()

    assert rotated.kid == only(engine, ACTIVE).kid == coming.kid == kid_of(after.access_token)
    assert only(engine, RETIRED).kid == active.kid == kid_of(before.access_token)
    assert only(engine, NEXT).kid not in (active.kid, coming.kid)
    assert reason_of(engine, before.access_token) is None
    assert reason_of(engine, after.access_token) is None


def test_a_verifier_that_cached_the_jwks_knows_the_key_that_signs_after_a_rotation(
    engine: Engine, alice: Person
) -> None:
    """The next key was published before; its tokens verify by what was fetched then."""
    cached = {key.key_id: key for key in jwt.PyJWKSet.from_dict(engine.read(keys.jwks)).keys}

    rotate(engine)
    token = alice.login().access_token

    claims = jwt.decode(
        token,
        cached[kid_of(token)],
        algorithms=["ES256"],
        audience=engine.place.audience,
        options={"verify_exp": False, "verify_nbf": False, "verify_iat": False},
    )
    assert claims["sub"] == alice.id


@pytest.mark.parametrize("algorithm", signing_key.ALGORITHMS)
def test_a_rotation_to_an_algorithm_makes_both_keys_anew(
    engine: Engine, alice: Person, algorithm: str
) -> None:
    """The old next key is revoked unused, and older tokens verify as before."""
    before, unused = alice.login(), only(engine, NEXT)

    rotate(engine, algorithm)
    after = alice.login()

    assert [only(engine, status).algorithm for status in (ACTIVE, NEXT)] == [algorithm] * 2
    assert only(engine, REVOKED).kid == unused.kid
    assert jwt.get_unverified_header(after.access_token)["alg"] == algorithm
    assert reason_of(engine, before.access_token) is None
    assert reason_of(engine, after.access_token) is None


def test_the_setting_is_what_new_keys_are_made_with_and_the_next_one_signs_whatever_it_is(
    engine: Engine, install: Install
) -> None:
    """A changed `tokens.algorithm` reaches the active key with the second rotation."""
    changed = install({"tokens.algorithm": "EdDSA"})

    first, second = rotate(changed), rotate(changed)

    assert (first.algorithm, second.algorithm) == ("ES256", "EdDSA")
    assert engine.read(keys.jwks) == changed.read(keys.jwks)


def test_a_revoked_key_refuses_its_tokens_and_leaves_their_sessions_alive(
    engine: Engine, alice: Person, refresh: Refresh
) -> None:
    """The token is `unknown_key`, and the session renews it with the key that signs now."""
    grant = alice.login()
    rotate(engine)

    revoke(engine, kid_of(grant.access_token))

    assert reason_of(engine, grant.access_token) is Reason.UNKNOWN_KEY
    renewed = refresh(grant.refresh_token)
    assert reason_of(engine, renewed.access_token) is None
    assert renewed.session.id == grant.session.id


def test_a_key_revoked_by_one_engine_is_refused_by_another_at_once(
    engine: Engine, alice: Person, install: Install
) -> None:
    """What an engine has opened it does not go on believing."""
    running, token = install(), alice.login().access_token
    assert reason_of(running, token) is None

    rotate(engine)
    revoke(engine, kid_of(token))

    assert reason_of(running, token) is Reason.UNKNOWN_KEY


def test_nothing_is_left_of_a_revoked_key_but_its_name(engine: Engine) -> None:
    """It is published no more, and its private half is gone."""
    retired = only(engine, ACTIVE)
    rotate(engine)

    revoke(engine, retired.kid)

    assert only(engine, REVOKED).sealed == b""
    assert retired.kid not in {key["kid"] for key in engine.read(keys.jwks)["keys"]}


def test_the_active_key_cannot_be_revoked(engine: Engine, recorded: Recorded) -> None:
    """Nothing would sign; rotating comes first."""
    with pytest.raises(Conflict, match="is the key that signs"):
        revoke(engine, only(engine, ACTIVE).kid)

    assert recorded() == []


def test_a_damaged_next_key_does_not_become_the_one_that_signs(engine: Engine) -> None:
    """The rotation is refused, and the active key goes on."""
    engine.submit(
        lambda transaction: transaction.run(
            "UPDATE signing_keys SET algorithm = 'HS256' WHERE status = 'next'"
        )
    )
    before = engine.read(signing_keys.list_all)

    with pytest.raises(StoreUnavailable, match="damaged"):
        engine.submit(lambda transaction: keys.rotate(engine, transaction, actor="cli"))

    assert engine.read(signing_keys.list_all) == before


def test_in_place_of_a_revoked_next_key_comes_another(engine: Engine) -> None:
    """There is always one that verifiers know before it signs."""
    unused = only(engine, NEXT)

    revoke(engine, unused.kid)

    assert only(engine, REVOKED).kid == unused.kid
    assert only(engine, NEXT).kid != unused.kid


def test_revoking_a_revoked_key_changes_nothing(engine: Engine, recorded: Recorded) -> None:
    """It can be repeated safely, and is on record once."""
    kid = only(engine, NEXT).kid
    first = revoke(engine, kid)

    again = revoke(engine, kid)

    assert (again.kid, again.status, again.retired_at) == (kid, REVOKED, first.retired_at)
    assert [event.type for event in recorded()] == ["key:revoke"]


def test_a_kid_may_be_cut_to_an_unambiguous_start(engine: Engine) -> None:
    """As other ids may be; both keys of an installation begin alike, being of one moment."""
    kid = only(engine, NEXT).kid

    assert revoke(engine, kid[:-4]).kid == kid
    with pytest.raises(AmbiguousId):
        revoke(engine, kid[:13])
    with pytest.raises(NotFound):
        revoke(engine, "key_00000000")


def test_what_is_done_with_keys_is_on_record(engine: Engine, recorded: Recorded) -> None:
    """Which key signs, which is next, which was revoked: no secret, no user, no session."""
    first = only(engine, ACTIVE)
    rotate(engine)
    revoke(engine, first.kid)
    rotate(engine, "HS256")

    events = [(event.type, event.actor, event.data["kid"]) for event in recorded()]

    signed = [key.kid for key in by_status(engine)[RETIRED]]
    revoked = [key.kid for key in by_status(engine)[REVOKED]]
    assert events == [
        ("key:rotate", "cli", signed[0]),
        ("key:revoke", "cli", first.kid),
        ("key:revoke", "cli", next(kid for kid in revoked if kid != first.kid)),
        ("key:rotate", "cli", only(engine, ACTIVE).kid),
    ]
    assert recorded()[-1].data["next"] == only(engine, NEXT).kid


def test_shared_secrets_are_never_published(install: Install, alice: Person) -> None:
    """A JWK set of HS256 keys is empty."""
    engine = install()
    rotate(engine, "HS256")
    revoke(engine, by_status(engine)[RETIRED][0].kid)

    assert engine.read(keys.jwks) == {"keys": []}
