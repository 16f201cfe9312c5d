"""What event streams show: which events are whose, what is new, and what ends a stream.

A stream has a place in the chain: the `seq` of the last event that it was shown. Where the chain
no longer goes on from there, because its beginning was pruned or because it was replaced, there
is a gap, and whoever reads the stream is told. Nothing here waits, and nothing is written.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache

from protekt_cli.core import ids
from protekt_cli.engine import api_keys, event_subjects, events
from protekt_cli.engine.event_log import Head
from protekt_cli.models import ApiKey, Event, Session
from protekt_cli.store import api_keys as key_table
from protekt_cli.store import events as event_table
from protekt_cli.store import sessions as session_table
from protekt_cli.store.database import View
from protekt_cli.store.rows import damaged

#: Events that are read at once: about two milliseconds' work.
WINDOW = 250

_OWN_TYPES = ("session:*", "device:*", "login:*")
_ENDS_OF_SESSIONS = frozenset({"session:revoke", "session:expired"})
_LITERALS = str.maketrans({"[": "[[]", "?": "[?]"})


@dataclass(frozen=True, slots=True)
class Interest:
    """Which events a stream shows: all that is given must hold."""

    #: Patterns in which `*` stands for any text: one of them is enough. None at all: any type.
    types: tuple[str, ...] = ()
    user_id: str | None = None
    session_id: str | None = None

    @classmethod
    def of_user(cls, user_id: str) -> Interest:
        """Return what users may see: what happens to their own sessions, devices and logins."""
        return cls(_OWN_TYPES, user_id)

    def includes(self, event: Event) -> bool:
        return (
            self.user_id in (None, event.user_id)
            and self.session_id in (None, event.session_id)
            and (not self.types or any(fits(pattern, event.type) for pattern in self.types))
        )


def interest(view: View, *, type_: str | None, user: str | None, session: str | None) -> Interest:
    """Return the interest that a filter of events stands for.

    Args:
        type_: A type, or a pattern.
        user: An e-mail or an id, which may be cut.
        session: An id, which may be cut.

    Raises:
        NotFound: There is no such user or session, nor any event of one that was.
        AmbiguousId: An id fits several.
    """
    return Interest(
        types=() if type_ is None else (type_,),
        user_id=None if user is None else event_subjects.user_id(view, user),
        session_id=None if session is None else event_subjects.session_id(view, session),
    )


@lru_cache(4096)
def fits(pattern: str, type_: str) -> bool:
    """Whether a type fits a pattern in which only `*` means something."""
    return fnmatchcase(type_, pattern.translate(_LITERALS))


@dataclass(frozen=True, slots=True)
class Credential:
    """By what a stream was opened, and as long as which it lives: a session, or an API key."""

    id: str
    #: When an API key is over by itself; the end of a session is always an event.
    expires_at: int | None = None

    @classmethod
    def of(cls, holder: Session | ApiKey) -> Credential:
        return cls(holder.id, holder.expires_at if isinstance(holder, ApiKey) else None)


def is_good(view: View, credential: Credential) -> bool:
    """Whether a credential is there and its end is not on record.

    A session whose deadline struck is still good here: its end is about to be written.
    """
    if ids.is_id(ids.Prefix.SESSION, credential.id):
        session = session_table.find(view, credential.id)
        return session is not None and session.ended_at is None
    key = key_table.find(view, credential.id)
    return key is not None and not api_keys.has_expired(key, view.now.seconds)


def ended_by(event: Event) -> str | None:
    """Return the id of the session or the API key whose end an event records."""
    if event.type in _ENDS_OF_SESSIONS:
        return event.session_id
    return event.data.get("id") if event.type == "apikey:revoke" else None


@dataclass(frozen=True, slots=True)
class Gap:
    """Events that cannot be shown: behind one `seq`, through another.

    The second is the lower one where the chain was replaced: those events are no longer there.
    """

    after: int
    through: int


@dataclass(frozen=True, slots=True)
class Passage:
    """The next events for a stream, and how far the chain was looked through for them."""

    events: list[Event]
    through: int
    gap: Gap | None


def read(view: View, interest: Interest, after: int, until: int) -> Passage:
    """Return the next events of an interest behind a `seq`, through *until* at most."""
    pruned, _ = events.end_of_pruned(view)
    start = max(after, pruned)
    through = max(start, min(start + WINDOW, until))
    wanted = event_table.Filter(
        type=interest.types[0] if len(interest.types) == 1 else None,
        user_id=interest.user_id,
        session_id=interest.session_id,
    )
    found = event_table.list_between(view, wanted, start, through)
    return Passage(
        [event for event in found if interest.includes(event)],
        through,
        Gap(after, start) if start > after else None,
    )


@dataclass(frozen=True, slots=True)
class News:
    """The next events behind those that were known, whoever may see them."""

    events: list[Event]
    #: They begin behind this `seq`, which is not the known one where there is a gap.
    start: int
    #: The last of them: what is known from now on.
    head: Head
    #: Whether the known events are no longer part of the chain: it was restored, or emptied.
    is_anew: bool


def look(view: View, known: Head) -> News | None:
    """Return what has been written since an event was the newest, or its beginning."""
    newest = head(view)
    if newest == known:
        return None
    start, is_anew = _continuation(view, known)
    through = min(start + WINDOW, newest.seq)
    if through < newest.seq:
        newest = _head_at(view, through)
    found = event_table.list_between(view, event_table.EVERYTHING, start, through)
    return News(found, start, newest, is_anew)


def head(view: View) -> Head:
    """Return the newest event there is, or what the first one is to follow."""
    return Head(*(event_table.find_last(view) or events.end_of_pruned(view)))


def beginning(view: View) -> int:
    """Return the `seq` behind which all is new to whoever knows an event that is not there.

    The chain was replaced by a restore, which says so in its first event, or began from nothing.
    """
    restored, _ = event_table.find_start(view, event_table.Filter(type="db:restore"), 1)
    pruned, _ = events.end_of_pruned(view)
    return max(restored - 1, pruned)


def _continuation(view: View, known: Head) -> tuple[int, bool]:
    """Return the `seq` behind which the chain goes on, and whether it is another chain."""
    if event_table.find_digest(view, known.seq) == known.digest:
        return known.seq, False
    pruned, _ = events.end_of_pruned(view)
    if pruned >= known.seq:
        return pruned, False
    return beginning(view), True


def _head_at(view: View, seq: int) -> Head:
    digest = event_table.find_digest(view, seq)
    if digest is None:  # there are no holes, unless somebody made one
        raise damaged("event", str(seq))
    return Head(seq, digest)
