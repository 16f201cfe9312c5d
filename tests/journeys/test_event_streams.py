"""Event streams of a running server, while commands and other workers write beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest

from tests.event_streams import ALL, OWN, Listening, Shown
from tests.journeys.installation import EMAIL, PASSWORD, Installation, Server
from tests.journeys.restoring import back_up, restore

Open = Callable[..., Listening]


@pytest.fixture
def server(installation: Installation) -> Iterator[Server]:
    """A server on an installation of its own."""
    with installation.serve() as server:
        yield server


@pytest.fixture
def listen(server: Server) -> Iterator[Open]:
    """Open streams of the server; they are closed at the end."""
    opened: list[Listening] = []

    def listen(path: str, **more: Any) -> Listening:
        opened.append(Listening(server.port, path, **more))
        return opened[-1]

    yield listen
    for stream in opened:
        stream.close()


def add_key(installation: Installation, scope: str = "read") -> Any:
    return installation.run("apikeys", "create", "a key", "--scope", scope, "--json").json()


def has(type_: str) -> Callable[[list[Shown]], bool]:
    return lambda shown: type_ in [event.type for event in shown]


def last(shown: list[Shown]) -> tuple[str, str | None, str | None]:
    event = shown[-1]
    return event.type, event.data["sessionId"], event.data["reason"]


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (("sessions", "revoke", "--user", EMAIL, "--yes"), "revoked_all"),
        (("users", "disable", EMAIL), "user_disabled"),
        (("users", "delete", EMAIL, "--yes"), "user_disabled"),
    ],
)
def test_command_that_ends_a_session_ends_its_stream(
    installation: Installation,
    server: Server,
    listen: Open,
    command: tuple[str, ...],
    reason: str,
) -> None:
    """The end is the last that is shown, and the answer is whole."""
    session = server.login(EMAIL, PASSWORD)
    stream = listen(OWN, token=session["sessionToken"])

    ran = installation.run(*command)
    shown = stream.wait_for_end()

    assert 0 == ran.code
    assert ("session:revoke", session["sessionId"], reason) == last(shown)
    assert stream.is_whole


def test_command_that_revokes_a_key_ends_its_stream(
    installation: Installation, listen: Open
) -> None:
    """An administrator's other streams go on."""
    key, other = add_key(installation), add_key(installation)
    stream, going_on = (listen(ALL, key=each["key"]) for each in (key, other))

    installation.run("apikeys", "revoke", key["id"])
    shown = stream.wait_for_end()
    going_on.wait_for(has("apikey:revoke"))

    assert [("apikey:revoke", {"id": key["id"]})] == [
        (event.type, event.data["data"]) for event in shown
    ]
    assert going_on.is_whole is None


def test_pruned_events_are_a_gap(installation: Installation, server: Server, listen: Open) -> None:
    """Whoever comes back too late is told before anything else."""
    key = add_key(installation)["key"]
    server.login(EMAIL, PASSWORD)

    pruned = installation.run("events", "prune", "--older-than", "0s", "--yes", "--json").json()
    stream = listen(ALL, key=key, after=1)
    shown = stream.wait_for(has("events:prune"))

    assert ["gap", "events:prune"] == [event.type for event in shown]
    assert (pruned["pruned"], pruned["pruned"] + 1) == (shown[0].id, shown[1].id)


def test_restore_ends_the_streams_of_sessions(
    installation: Installation, server: Server, listen: Open
) -> None:
    """One that the copy knows hears why; one that it does not know hears of a gap."""
    known = server.login(EMAIL, PASSWORD)
    back_up(installation)
    unknown = server.login(EMAIL, PASSWORD)
    streams = [listen(OWN, token=session["sessionToken"]) for session in (known, unknown)]

    restore(installation)
    shown, unaware = (stream.wait_for_end() for stream in streams)

    assert "gap" == shown[0].type
    assert ("session:revoke", known["sessionId"], "revoked") == last(shown)
    assert ["gap", "session:revoke"] == [event.type for event in unaware]
    assert [True, True] == [stream.is_whole for stream in streams]


def test_stream_goes_on_with_the_restored_events(
    installation: Installation, server: Server, listen: Open
) -> None:
    """After a gap come the events behind the copy's, from the restore on."""
    key = add_key(installation)["key"]
    back_up(installation)
    stream = listen(ALL, key=key)
    for _ in range(3):
        server.login(EMAIL, PASSWORD)
    before = stream.wait_for(lambda shown: len(shown) >= 9)

    restore(installation)
    server.login(EMAIL, PASSWORD)
    shown = stream.wait_for(
        lambda shown: "login:success" in [event.type for event in shown[len(before) :]]
    )[len(before) :]

    assert {"type": "gap", "after": before[-1].id, "through": before[0].id - 1} == shown[0].data
    assert "db:restore" == shown[1].type
    assert list(range(before[0].id - 1, shown[-1].id + 1)) == [event.id for event in shown]


def test_sigterm_ends_streams_at_once(
    installation: Installation, server: Server, listen: Open
) -> None:
    """No other request is waited for, so the server has ended long before its grace is over."""
    key = add_key(installation)["key"]
    streams = [listen(ALL, key=key) for _ in range(30)]

    server.process.terminate()
    code = server.process.wait(5)

    assert 0 == code
    assert [[]] * 30 == [stream.wait_for_end() for stream in streams]
    assert all(stream.is_whole for stream in streams)


def test_all_workers_show_what_anybody_wrote(installation: Installation) -> None:
    """A command, and each of the workers."""
    key = add_key(installation)["key"]
    with installation.serve("--workers", "2") as server:
        streams: list[Listening] = []
        while len({stream.worker for stream in streams}) < 2:
            assert len(streams) < 100
            streams.append(Listening(server.port, ALL, key=key))
        for _ in range(8):
            server.login(EMAIL, PASSWORD)
        installation.run("keys", "rotate")
        shown = [stream.wait_for(has("key:rotate")) for stream in streams]
        for stream in streams:
            stream.close()

    assert [8] * len(streams) == [
        sum(event.type == "login:success" for event in each) for each in shown
    ]


def test_no_event_is_lost_or_repeated_over_reconnects(
    installation: Installation, server: Server
) -> None:
    """However often a reader comes back, while commands write beside the server."""
    key = add_key(installation)["key"]
    begin = installation.rows("SELECT max(seq) FROM events")[0][0]
    seen, after = [], begin
    for number in range(6):
        ran = installation.run("users", "create", f"{number}@example.com", "--no-password")
        assert 0 == ran.code
        server.login(EMAIL, PASSWORD)
        with closing(Listening(server.port, ALL, key=key, after=after)) as stream:
            stream.wait_for(bool)
        seen += stream.events
        after = seen[-1].id

    with closing(Listening(server.port, ALL, key=key, after=after)) as stream:
        server.login(EMAIL, PASSWORD)
        newest = installation.rows("SELECT max(seq) FROM events")[0][0]
        stream.wait_for(lambda shown: shown and shown[-1].id == newest)
    seen += stream.events
    assert list(range(begin + 1, newest + 1)) == [event.id for event in seen]
