"""Users: who can log in."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any

from protekt_cli.core import ids
from protekt_cli.core.vault import Damaged
from protekt_cli.engine import events, throttle
from protekt_cli.engine.cut_ids import resolve
from protekt_cli.engine.engine import Engine
from protekt_cli.errors import Conflict, InvalidRequest, NotFound, StoreUnavailable
from protekt_cli.models import User, UserStatus
from protekt_cli.store import users as user_table
from protekt_cli.store.database import Transaction, View

#: Bytes of an e-mail address (RFC 5321 4.5.3.1.3, less the brackets).
MAX_EMAIL = 254


def normalise_email(text: str) -> str:
    """Return an e-mail as it is stored: trimmed and NFC.

    Raises:
        InvalidRequest: It is none.
    """
    email = _spelled(text)
    before, at, after = email.partition("@")
    odd = any(character.isspace() or unicodedata.category(character) in _ODD for character in email)
    if not before or not at or not after or "@" in after or odd:
        raise InvalidRequest(
            f"{text.strip()[:80]!a} is no e-mail address",
            hint="it has one @, text on both sides, and no white space",
        )
    if len(email.encode()) > MAX_EMAIL or len(text.strip()) > _LONGEST:
        raise InvalidRequest(f"the e-mail address is longer than {MAX_EMAIL} bytes")
    return email


def email_key(email: str) -> str:
    """Return what two spellings of one e-mail have in common.

    Half of a surrogate pair, which no database holds, becomes a character that no e-mail has.
    """
    return _HALVES.sub("\0", unicodedata.normalize("NFC", email.casefold()))


def key_of(text: str) -> str:
    """Return the key of an e-mail as somebody typed it, be it one or not.

    What is too long to be one keeps a key of its own, which no e-mail has.
    """
    trimmed = text.strip()
    if len(trimmed) > _LONGEST:
        return f"\0{sha256(trimmed.encode('utf-8', 'surrogatepass')).hexdigest()}"
    return email_key(_spelled(trimmed))


def create(
    engine: Engine,
    transaction: Transaction,
    *,
    email: str,
    name: str | None,
    metadata: Mapping[str, Any],
    password_hash: str | None,
    actor: str,
) -> User:
    """Create a user; without a password hash, one who cannot log in by password.

    Raises:
        Conflict: The e-mail is another user's.
        InvalidRequest: It is no e-mail.
    """
    email = normalise_email(email)
    if user_table.find_by_email(transaction, email_key(email)):
        raise Conflict("there is a user with this e-mail already", hint="protekt users show EMAIL")
    now = transaction.now
    user = User(
        id=ids.new_id(ids.Prefix.USER, now.milliseconds),
        email=email,
        name=name,
        status=UserStatus.ACTIVE,
        metadata=metadata,
        created_at=now.seconds,
        updated_at=now.seconds,
        last_login_at=None,
        sealed_password=None,
        revocations=0,
    )
    if password_hash is not None:
        user = replace(
            user, sealed_password=seal_password(engine, transaction, user.id, password_hash)
        )
        forgive(engine, transaction, email)
    user_table.add(transaction, user, email_key(email))
    events.append(engine, transaction, "user:create", actor=actor, user_id=user.id)
    return user


def get(view: View, named: str) -> User:
    """Return the user of an e-mail, an id, or the unambiguous start of an id.

    Raises:
        NotFound: There is none.
        AmbiguousId: The start fits several, or is too short.
    """
    if "@" in named:
        user = find_by_email(view, named)
    else:
        user = user_table.find(view, resolve(view, ids.Prefix.USER, named))
    if user is None:
        raise NotFound(f"there is no user {named}", hint="list them with: protekt users list")
    return user


def find_by_email(view: View, text: str) -> User | None:
    """Return the user whose e-mail this is, in whatever case and form it was typed."""
    return user_table.find_by_email(view, key_of(text))


def forgive(engine: Engine, transaction: Transaction, email: str) -> None:
    """Forget what tries failed for this e-mail: an administrator has given it a new password."""
    digest = engine.vault_at(transaction).email_digest(email_key(email))
    throttle.forgive(transaction, digest)


def seal_password(engine: Engine, view: View, user_id: str, password_hash: str) -> bytes:
    """Return a password hash sealed for this user."""
    vault = engine.vault_at(view)
    return vault.seal(password_hash.encode(), "users", user_id, "password")


def open_password(engine: Engine, view: View, user: User) -> str | None:
    """Return the user's password hash, or None where there is none.

    Raises:
        StoreUnavailable: The sealed value is damaged.
    """
    if user.sealed_password is None:
        return None
    try:
        vault = engine.vault_at(view)
        return vault.open(user.sealed_password, "users", user.id, "password").decode()
    except Damaged:
        raise StoreUnavailable(f"the password hash of {user.id} is damaged") from None


def _spelled(text: str) -> str:
    """Return a text trimmed and NFC, cut where it is too long to be an e-mail in any spelling.

    To normalise a long run of combining marks takes for ever, and anybody may send one.
    """
    return unicodedata.normalize("NFC", text.strip()[:_LONGEST])


#: Characters of an e-mail in its longest spelling, decomposed.
_LONGEST = 4 * MAX_EMAIL
_ODD = frozenset({"Cc", "Cs"})  # control characters, and halves of surrogate pairs
_HALVES = re.compile("[\ud800-\udfff]")
