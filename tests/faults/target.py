"""An installation under attack: its keys, which no attacker has, and a session worth stealing.

The keys are opened with the engine, so that tokens can be signed as only the installation can:
what is refused of those is refused for its form alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from protekt_cli.clock import Clock
from protekt_cli.config import load
from protekt_cli.core import signing_key
from protekt_cli.core.access_token import UnsealedKey
from protekt_cli.engine import keys
from protekt_cli.engine.engine import Engine
from protekt_cli.models import KeyStatus
from protekt_cli.store import signing_keys as key_table
from protekt_cli.store.database import View
from tests.core.forging import Json, opened
from tests.faults.running import Installation


@dataclass(frozen=True, slots=True)
class Keys:
    """The signing keys of an installation, one of each status, and one of somebody else's."""

    active: UnsealedKey
    next: UnsealedKey
    retired: UnsealedKey
    revoked: UnsealedKey
    #: Another installation's, under the name of the active one.
    foreign: UnsealedKey


@dataclass(frozen=True, slots=True)
class Forgery:
    """A token that nobody issued, and why it has to be refused; None where it may pass."""

    name: str
    token: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class Target:
    """What is attacked: the keys, and the good access token of a session."""

    keys: Keys
    token: str

    @property
    def header(self) -> Json:
        return opened(self.token)[0]

    @property
    def claims(self) -> Json:
        return opened(self.token)[1]


def turn_keys(installation: Installation) -> Keys:
    """Rotate and revoke until there is a key of each status, and return them all."""
    settings = load(folder=installation.folder, environ=installation.environ, flags={}).settings
    engine = Engine.open(settings, installation.environ, Clock())
    try:
        first = engine.read(lambda view: keys.get_active(engine, view))
        for _ in range(2):
            engine.submit(lambda transaction: keys.rotate(engine, transaction, actor="cli"))
        # Nothing is left of it in the store, and its holder has it still.
        engine.submit(lambda transaction: keys.revoke(engine, transaction, first.kid, actor="cli"))
        active, next_, retired = (
            engine.read(partial(_open, engine, status))
            for status in (KeyStatus.ACTIVE, KeyStatus.NEXT, KeyStatus.RETIRED)
        )
    finally:
        engine.close()
    return Keys(active, next_, retired, first, stranger(active.algorithm, active.kid))


def _open(engine: Engine, status: KeyStatus, view: View) -> UnsealedKey:
    key = key_table.find_by_status(view, status)
    assert key is not None, status
    return engine.keys.open(view, key)


def stranger(algorithm: str, kid: str) -> UnsealedKey:
    """Return a key that is nobody's, under a name of one's choice."""
    secret = signing_key.load(algorithm, signing_key.generate(algorithm))
    return UnsealedKey(kid, algorithm, secret)
