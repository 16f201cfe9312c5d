"""Sessions: how one begins, what tokens it is given, and how they are listed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from protekt_cli.clock import Instant
from protekt_cli.core import ids, policy, refresh_token
from protekt_cli.engine import devices, events, keys, revocation
from protekt_cli.engine.cut_ids import resolve
from protekt_cli.engine.engine import Engine
from protekt_cli.errors import Conflict, EndReason, InvalidRequest
from protekt_cli.models import Caller, Device, Grant, Session, SessionStatus, User, UserStatus
from protekt_cli.store import sessions as session_table
from protekt_cli.store.database import Transaction, View
from protekt_cli.store.rows import damaged

#: What `client_id` says where no API key asked for the login (RFC 9068 2.2 demands one).
OWN_CLIENT = "protekt"


def start(
    engine: Engine,
    transaction: Transaction,
    user: User,
    device: Device,
    caller: Caller,
    *,
    amr: str,
    actor: str,
    claims: Mapping[str, Any] | None = None,
    sliding: bool = False,
    client_id: str | None = None,
    access_ttl: int | None = None,
) -> Grant:
    """Create a session of *user* on *device* and return its first tokens.

    The least recently active session ends where the user has more than are allowed.

    Args:
        client_id: The API key that asked for it, if any.
    """
    _make_room(engine, transaction, user, actor)
    session = _new(transaction.now, engine.lifetimes, user, device.id, device.name, caller, (amr,))
    session = replace(
        session, claims=claims or {}, sliding=sliding, client_id=client_id or OWN_CLIENT
    )
    return _add(engine, transaction, session, user, caller, actor, access_ttl)


def start_again(
    engine: Engine, transaction: Transaction, user: User, old: Session, caller: Caller
) -> Grant:
    """Create a session in place of one that a new password ended: same device and claims."""
    session = _new(
        transaction.now,
        engine.lifetimes,
        user,
        old.device_id,
        old.device_name,
        caller,
        ("pwd",),
    )
    session = replace(session, claims=old.claims, sliding=old.sliding, client_id=old.client_id)
    return _add(engine, transaction, session, user, caller, user.id)


def _add(
    engine: Engine,
    transaction: Transaction,
    session: Session,
    user: User,
    caller: Caller,
    actor: str,
    access_ttl: int | None = None,
) -> Grant:
    session_table.add(transaction, session)
    events.append_of_session(
        engine, transaction, "session:create", session, actor=actor, ip=caller.ip
    )
    return grant(engine, transaction, session, user, access_ttl=access_ttl)


def _new(
    now: Instant,
    lifetimes: policy.Lifetimes,
    user: User,
    device_id: str,
    device_name: str,
    caller: Caller,
    amr: tuple[str, ...],
) -> Session:
    return Session(
        id=ids.new_id(ids.Prefix.SESSION, now.milliseconds),
        user_id=user.id,
        user_email=user.email,
        device_id=device_id,
        device_name=device_name,
        ip=caller.ip,
        user_agent=caller.user_agent,
        amr=amr,
        claims={},
        client_id=OWN_CLIENT,
        created_at=now.seconds,
        last_active_at=now.seconds,
        refreshed_at=None,
        idle_expires_at=now.seconds + lifetimes.idle,
        refresh_expires_at=now.seconds + lifetimes.refresh,
        absolute_expires_at=now.seconds + lifetimes.absolute,
        sliding=False,
        generation=0,
        rotated_at=None,
        rotated_by=Caller(),
        seen=False,
        lost_answers=0,
        salt=os.urandom(refresh_token.SALT_BYTES),
        ended_at=None,
        end_reason=None,
        end_note=None,
    )


def _make_room(engine: Engine, transaction: Transaction, user: User, actor: str) -> None:
    """End the least recently active sessions, of equals the lower id, for one more."""
    most = engine.settings.sessions.max_per_user
    if not most:
        return
    mine = session_table.Filter(user_id=user.id, status=SessionStatus.ACTIVE)
    living = session_table.list_matching(transaction, mine, order="active")
    for session in living[: max(0, len(living) + 1 - most)]:
        revocation.end(engine, transaction, session, EndReason.SESSION_LIMIT, actor=actor)


def issue(
    engine: Engine,
    transaction: Transaction,
    user: User,
    *,
    claims: Mapping[str, Any],
    access_ttl: int | None,
    device_name: str | None,
    device_id: str | None = None,
    client_id: str | None = None,
    actor: str,
) -> Grant:
    """Create a session for a user at an administrator's word.

    Args:
        device_id: One of the user's own devices; with any other, it gets a new one.
        client_id: The API key that asked for it, if any.

    Raises:
        Conflict: The user is disabled.
        InvalidRequest: A claim is one of the token's own, or the lifetime is not positive.
    """
    from protekt_cli.core.access_token import check_extra_claims

    check_extra_claims(claims)
    if access_ttl is not None and access_ttl <= 0:
        raise InvalidRequest("a token's lifetime is more than zero")
    if user.status is not UserStatus.ACTIVE:
        raise Conflict(f"{user.email} is disabled", hint="enable the user first")
    nobody = Caller(device_id=device_id)
    device = devices.choose(
        engine,
        transaction,
        user,
        nobody,
        name=device_name or "issued by an administrator",
        kind="issued",
        actor=actor,
    )
    return start(
        engine,
        transaction,
        user,
        device,
        nobody,
        amr="admin",
        actor=actor,
        claims=claims,
        client_id=client_id,
        access_ttl=access_ttl,
    )


def grant(
    engine: Engine, view: View, session: Session, user: User, *, access_ttl: int | None = None
) -> Grant:
    """Return a new access token of the session's generation, and its refresh token."""
    from protekt_cli.core import access_token

    now = view.now.seconds
    expires = policy.access_expires_at(session, now, access_ttl or engine.lifetimes.access)
    return Grant(
        session=session,
        user=user,
        access_token=access_token.issue(
            keys.get_active(engine, view), engine.place, session, now, expires
        ),
        access_expires_at=expires,
        refresh_token=refresh_token.derive(
            engine.vault_at(view).refresh_key, session.salt, session.id, session.generation
        ),
        issued_at=now,
    )


def used(session: Session, now: int, lifetimes: policy.Lifetimes) -> Session:
    """Return the session as a use at *now* leaves it: the same one where nothing moves."""
    idle = policy.idle_after_use(session, now, lifetimes)
    if idle is None:
        return session
    return replace(session, last_active_at=now, idle_expires_at=idle)


def get(view: View, text: str) -> Session:
    """Return the session of an id, or of the unambiguous start of one.

    Raises:
        NotFound: There is none.
        AmbiguousId: Several begin so, or *text* is too short to tell.
    """
    session = session_table.find(view, resolve(view, ids.Prefix.SESSION, text))
    if session is None:  # an index that says otherwise is damaged
        raise damaged("session", text)
    return session
