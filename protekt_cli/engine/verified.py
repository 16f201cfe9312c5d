"""Access tokens whose signature was verified, so that it need not be verified again.

Kept is only what can never change: which key of ours signed a token for this place, and what the
token claims. Whether that key is still there, the same, and not revoked is read from the store
each time; so are, by whoever judges the claims, the session and its user.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from typing import TYPE_CHECKING, NamedTuple

from protekt_cli.core import access_token
from protekt_cli.core.access_token import Claims, UnsealedKey
from protekt_cli.engine import keys

if TYPE_CHECKING:
    from protekt_cli.engine.engine import Engine
    from protekt_cli.store.database import View

#: Tokens that are kept, in about 600 bytes each.
ROOM = 32_000


class _Verified(NamedTuple):
    #: The very key: one that was replaced, or sealed anew, is opened as another.
    key: UnsealedKey
    claims: Claims


class VerifiedTokens:
    """The tokens that one engine verified, by their SHA-256: the tokens themselves are not kept.

    Of more than there is *room* for, the least recently presented leaves. Threads may share it:
    each step on the map is one that Python takes as a whole.
    """

    def __init__(self, room: int = ROOM) -> None:
        self._room = room
        self._kept: OrderedDict[bytes, _Verified] = OrderedDict()

    def __contains__(self, token: str) -> bool:
        return _digest(token) in self._kept

    def __len__(self) -> int:
        return len(self._kept)

    def verify(self, engine: Engine, view: View, token: str) -> Claims:
        """Return the claims of a token that one of our keys signed, for this place.

        Raises:
            Refused: With the first reason that holds, in the order of `Reason`.
        """
        digest = _digest(token)
        known = self._kept.pop(digest, None)
        if known is None or keys.find_verifying(engine, view, known.key.kid) is not known.key:
            known = _verify(engine, view, token)
        # A bad token never gets here, so that nobody can drive the good ones out with such.
        self._kept[digest] = known
        if len(self._kept) > self._room:
            self._kept.popitem(last=False)
        return known.claims


def _verify(engine: Engine, view: View, token: str) -> _Verified:
    found: list[UnsealedKey] = []

    def find_key(kid: str) -> UnsealedKey | None:
        key = keys.find_verifying(engine, view, kid)
        if key is not None:
            found.append(key)
        return key

    claims = access_token.verify(token, find_key, engine.place)
    return _Verified(found[0], claims)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
