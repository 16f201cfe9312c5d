"""Which sessions are to end: by id, and by what they have in common."""

from __future__ import annotations

from dataclasses import dataclass, replace

from protekt_cli.core import ids
from protekt_cli.core.networks import Network
from protekt_cli.engine.cut_ids import resolve
from protekt_cli.errors import EndReason, NotFound
from protekt_cli.store import sessions as session_table
from protekt_cli.store.database import View
from protekt_cli.store.session_filter import Filter


@dataclass(frozen=True, slots=True)
class Selection:
    """Which sessions to end: all that is given must hold."""

    ids: tuple[str, ...] | None = None
    #: Whole ids of sessions that live on, whatever else holds.
    except_ids: tuple[str, ...] = ()
    user_id: str | None = None
    device_id: str | None = None
    all: bool = False
    #: The id of the caller's own session, to end that one.
    current: str | None = None
    #: The id of the caller's own session, to end the others of its user.
    others_than: str | None = None
    #: Begun from an address of this network.
    network: Network | None = None
    #: Not used for this many seconds.
    idle_for: int | None = None

    @property
    def reason(self) -> EndReason:
        """Why the selected sessions end: a device goes before a user, a user before an id."""
        if self.current is not None:
            return EndReason.LOGOUT
        if self.device_id is not None:
            return EndReason.DEVICE_REVOKED
        if self.user_id is not None or self.all or self.others_than is not None:
            return EndReason.REVOKED_ALL
        return EndReason.REVOKED


def filter_of(view: View, selection: Selection) -> tuple[Filter, tuple[str, ...]]:
    """Return the filter of a selection, and the ids of it that nothing has.

    Raises:
        AmbiguousId: An id fits several sessions, or is too short to tell.
    """
    wanted, not_found = _resolve_all(view, selection.ids)
    filter_ = Filter(
        user_id=selection.user_id,
        device_id=selection.device_id,
        ids=wanted,
        except_ids=selection.except_ids,
        network=selection.network,
        not_since=None if selection.idle_for is None else view.now.seconds - selection.idle_for,
    )
    return _narrowed(view, filter_, selection), not_found


def _narrowed(view: View, wanted: Filter, selection: Selection) -> Filter:
    """Return the filter with what is said about the caller's own session."""
    if selection.current is not None:
        named = wanted.ids is None or selection.current in wanted.ids
        wanted = replace(wanted, ids=(selection.current,) if named else ())
    if selection.others_than is not None:
        own = session_table.find(view, selection.others_than)
        if own is None or wanted.user_id not in (None, own.user_id):
            return replace(wanted, ids=())
        except_ids = (*wanted.except_ids, own.id)
        wanted = replace(wanted, user_id=own.user_id, except_ids=except_ids)
    return wanted


def _resolve_all(
    view: View, texts: tuple[str, ...] | None
) -> tuple[tuple[str, ...] | None, tuple[str, ...]]:
    if texts is None:
        return None, ()
    found, missing = [], []
    for text in texts:
        try:
            found.append(resolve(view, ids.Prefix.SESSION, text))
        except NotFound:
            missing.append(text)
    return tuple(found), tuple(missing)
