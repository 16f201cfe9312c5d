"""Sessions that are bound to their device or network: who is refused, and what is recorded."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from protekt_cli.engine import authentication, validation
from protekt_cli.engine.engine import Engine
from protekt_cli.errors import EndReason, InvalidToken, Reason, RefreshReused, StoreUnavailable
from protekt_cli.models import Caller, Event, Grant, Session

if TYPE_CHECKING:
    from tests.conftest import HandClock, HoldLock, Install, Person

Begin = Callable[[str], "tuple[Engine, Grant]"]
Recorded = Callable[..., list[Event]]
Refresh = Callable[..., Grant]
Stored = Callable[[Grant], Session]

DAY = 24 * 3600
OTHER = "dev_01m89p8egtf6krsajn10k33wyy"
HOME, NEXT_DOOR, AWAY = "192.0.2.7", "192.0.2.200", "198.51.100.7"
REASONS = {"device": Reason.BINDING_MISMATCH, "ip": Reason.IP_MISMATCH}
KEYS = {"device": "sessions.device_binding", "ip": "sessions.ip_matching"}


def caller(kind: str, how: str, grant: Grant) -> Caller:
    """Return a caller whose device or address fits, does not, or is missing."""
    device = {"match": grant.session.device_id, "mismatch": OTHER, "missing": None}[how]
    ip = {"match": NEXT_DOOR, "mismatch": AWAY, "missing": None}[how]
    return Caller(device_id=device) if kind == "device" else Caller(ip=ip)


@pytest.fixture(params=["device", "ip"])
def kind(request: pytest.FixtureRequest) -> str:
    """What sessions are bound to."""
    return str(request.param)


@pytest.fixture
def begin(install: Install, alice: Person, kind: str) -> Begin:
    """Log in from home where sessions are bound so."""

    def begin(setting: str) -> tuple[Engine, Grant]:
        engine = install({KEYS[kind]: setting})
        grant = authentication.login(engine, alice.email, alice.password, Caller(ip=HOME))
        return engine, grant

    return begin


@pytest.mark.parametrize(
    ("setting", "how", "is_recorded", "is_refused"),
    [
        ("off", "match", False, False),
        ("off", "mismatch", False, False),
        ("off", "missing", False, False),
        ("log", "match", False, False),
        ("log", "mismatch", True, False),
        ("log", "missing", False, False),
        ("enforce", "match", False, False),
        ("enforce", "mismatch", True, True),
        ("enforce", "missing", True, True),
    ],
)
@pytest.mark.parametrize("by", ["validation", "refresh"])
def test_a_mismatch_has_its_consequence(
    begin: Begin,
    refresh: Refresh,
    recorded: Recorded,
    stored: Stored,
    kind: str,
    by: str,
    setting: str,
    how: str,
    is_recorded: bool,
    is_refused: bool,
) -> None:
    """By either token; it ends nothing."""
    engine, grant = begin(setting)
    request = caller(kind, how, grant)

    if by == "validation":
        reason = validation.validate(engine, grant.access_token, request).reason
    else:
        reason = refusal(refresh, engine, grant, request)

    assert reason == (REASONS[kind] if is_refused else None)
    told = [(event.type, event.data["kind"]) for event in recorded("session:mismatch")]
    assert told == ([("session:mismatch", kind)] if is_recorded else [])
    assert stored(grant).ended_at is None


def refusal(refresh: Refresh, engine: Engine, grant: Grant, request: Caller) -> Reason | None:
    try:
        refresh(grant.refresh_token, request, engine=engine)
    except InvalidToken as error:
        return error.reason
    return None


def test_a_mismatch_is_recorded_in_full(begin: Begin, recorded: Recorded, kind: str) -> None:
    """Whose session it was, and from where the request came."""
    engine, grant = begin("enforce")
    request = Caller(ip=AWAY, device_id=OTHER)

    validation.validate(engine, grant.access_token, request)

    [event] = recorded("session:mismatch")
    session = grant.session
    assert (event.user_id, event.session_id, event.device_id) == (
        session.user_id,
        session.id,
        session.device_id,
    )
    assert (event.ip, event.data) == (AWAY, {"kind": kind, "refused": True})


def test_a_refused_token_touches_nothing(
    begin: Begin, refresh: Refresh, stored: Stored, recorded: Recorded, clock: HandClock, kind: str
) -> None:
    """Neither the current one, nor its parent after the grace, nor an ancestor."""
    engine, first = begin("enforce")
    own = caller(kind, "match", first)
    family = [first]
    for _ in range(2):
        family.append(refresh(family[-1].refresh_token, own, engine=engine))
    clock.advance(600)
    before = stored(first)

    for grant in family:
        reason = refusal(refresh, engine, grant, caller(kind, "mismatch", first))
        assert reason == REASONS[kind]
        found = validation.validate(engine, grant.access_token, caller(kind, "missing", first))
        assert found.reason == REASONS[kind]

    assert stored(first) == before
    assert recorded("session:reuse") == []
    assert refresh(family[-1].refresh_token, own, engine=engine).session.generation == 3


def test_a_mismatch_that_is_only_logged_is_a_use(
    begin: Begin, refresh: Refresh, stored: Stored, clock: HandClock, kind: str
) -> None:
    """It moves the idle deadline, rotates, and is judged for reuse."""
    engine, first = begin("log")
    elsewhere = caller(kind, "mismatch", first)
    clock.advance(600)

    validation.validate(engine, first.access_token, elsewhere)
    used = stored(first)
    second = refresh(first.refresh_token, elsewhere, engine=engine)
    refresh(second.refresh_token, elsewhere, engine=engine)
    with pytest.raises(RefreshReused):
        refresh(first.refresh_token, elsewhere, engine=engine)

    assert used.last_active_at == clock.now().seconds
    assert second.session.generation == 1
    assert stored(first).end_reason == EndReason.REUSE_DETECTED


@pytest.mark.parametrize("how", ["mismatch", "missing"])
def test_an_end_goes_before_a_mismatch(
    begin: Begin, refresh: Refresh, recorded: Recorded, clock: HandClock, kind: str, how: str
) -> None:
    """A session that is over is told so, and a deadline found struck is on record."""
    engine, grant = begin("enforce")
    clock.advance(DAY)

    found = validation.validate(engine, grant.access_token, caller(kind, how, grant))
    reason = refusal(refresh, engine, grant, caller(kind, how, grant))

    assert (found.reason, reason) == (Reason.TOKEN_EXPIRED, Reason.SESSION_EXPIRED)
    assert len(recorded("session:expired")) == 1
    assert recorded("session:mismatch") == []


def test_a_session_without_an_address_fits_every_one(
    install: Install, alice: Person, refresh: Refresh, recorded: Recorded
) -> None:
    """One that was made on the command line is never refused for where it is used."""
    engine = install({"sessions.ip_matching": "enforce"})
    grant = authentication.login(engine, alice.email, alice.password, Caller())

    for ip in (HOME, AWAY, "2001:db8::1", None):
        assert validation.validate(engine, grant.access_token, Caller(ip=ip)).is_valid
        grant = refresh(grant.refresh_token, Caller(ip=ip), engine=engine)

    assert recorded("session:mismatch") == []


def test_of_two_mismatches_the_device_is_told(
    install: Install, alice: Person, recorded: Recorded
) -> None:
    """And both are recorded."""
    engine = install(dict.fromkeys(KEYS.values(), "enforce"))
    grant = authentication.login(engine, alice.email, alice.password, Caller(ip=HOME))

    found = validation.validate(engine, grant.access_token, Caller(AWAY, None, OTHER))

    assert found.reason == Reason.BINDING_MISMATCH
    assert [event.data["kind"] for event in recorded("session:mismatch")] == ["device", "ip"]


def test_where_nobody_says_from_where_nothing_is_judged(begin: Begin, recorded: Recorded) -> None:
    """As for a token that is verified on the command line."""
    engine, grant = begin("enforce")

    assert validation.validate(engine, grant.access_token).is_valid
    assert recorded("session:mismatch") == []


@pytest.mark.usefixtures("no_patience")
def test_a_mismatch_that_cannot_be_recorded_consumes_nothing(
    begin: Begin, refresh: Refresh, stored: Stored, hold_lock: HoldLock, kind: str
) -> None:
    """A busy store gives no answer, and the token is current as before."""
    engine, grant = begin("enforce")
    holder = hold_lock(engine.store.path)

    with pytest.raises(StoreUnavailable):
        validation.validate(engine, grant.access_token, caller(kind, "mismatch", grant))
    holder.release()

    assert stored(grant) == grant.session
    assert refresh(grant.refresh_token, caller(kind, "match", grant), engine=engine)
