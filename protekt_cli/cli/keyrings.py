"""The system keyring, as a place for the tokens of a login.

It is imported only where a login is kept there or may be: that takes as long as many commands run.
What goes wrong in a backend is told to the caller, who knows another place, or none.
"""

from __future__ import annotations

from typing import Any

#: What the items are filed under; each beside it by the server whose tokens it holds.
_SERVICE = "protekt"


class Unusable(Exception):
    """There is no keyring, or it does not give, take or drop what it should; `reason` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def put(server: str, secret: str) -> None:
    """Keep the secret of a server.

    Raises:
        Unusable: It was not kept.
    """
    _ask("set_password", server, secret)


def find(server: str) -> str | None:
    """Return the secret of a server, if there is one.

    Raises:
        Unusable: It cannot be told.
    """
    found = _ask("get_password", server)
    return None if found is None else str(found)


def remove(server: str) -> None:
    """Drop the secret of a server, if there is one.

    Raises:
        Unusable: It is still there.
    """
    if find(server) is not None:
        _ask("delete_password", server)


def _ask(verb: str, server: str, *more: str) -> Any:
    try:
        return getattr(_backend(), verb)(_SERVICE, server, *more)
    except Unusable:
        raise
    except Exception as error:  # backends are other people's, and raise what they like
        raise Unusable(f"{type(error).__name__}: {error}".rstrip(": ")) from error


def _backend() -> Any:
    try:
        import keyring
        from keyring.backends import fail, null
    except ImportError:
        raise Unusable("the extra is not installed: protekt-cli[keyring]") from None
    backend = keyring.get_keyring()
    if isinstance(backend, fail.Keyring | null.Keyring):
        raise Unusable("this machine has none")
    return backend
