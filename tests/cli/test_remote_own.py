"""`sessions` and `devices` on a server without an API key: one's own, and nobody else's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.running import PASSWORD, Done, Run
from tests.cli.serving import Served, served

ALICE, BOB = "alice@example.com", "bob@example.com"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server for all of this file."""
    with served(tmp_path_factory.mktemp("served")) as server:
        yield server


@pytest.fixture
def mine(protekt: Run, server: Served) -> Run:
    """Run a command on the server as alice, who has logged in there, with no other session."""
    for email in (ALICE, BOB):
        server.locally(protekt, "sessions", "revoke", "--user", email, "--yes")

    def mine(*arguments: str, stdin: str = "") -> Done:
        return protekt("--server", server.url, *arguments, stdin=stdin)

    assert 0 == mine("login", ALICE, "--password-stdin", stdin=PASSWORD).code
    return mine


@pytest.fixture
def current(mine: Run) -> str:
    """The session of alice's login."""
    session_id: str = mine("whoami", "--json").json["session"]["id"]
    return session_id


def issue(protekt: Run, server: Served, email: str, *more: str) -> dict[str, str]:
    """Make another session; return what a login answers."""
    answer: dict[str, str] = server.locally(protekt, "token", "issue", email, "--json", *more).json
    return answer


def ends(protekt: Run, server: Served, *ids: str) -> list[str | None]:
    """Return why each session ended, None for the active ones."""
    return [
        server.locally(protekt, "sessions", "show", id_, "--json").json["endReason"] for id_ in ids
    ]


def test_list_shows_ones_own_and_marks_the_current(
    protekt: Run, server: Served, mine: Run, current: str
) -> None:
    """Active ones, the newest first; nobody else's."""
    other = issue(protekt, server, ALICE)["sessionId"]
    issue(protekt, server, BOB)

    listed = mine("sessions", "list", "--json").json

    assert [(other, False), (current, True)] == [(each["id"], each["current"]) for each in listed]


def test_filters_and_orders_are_those_of_every_list(
    protekt: Run, server: Served, mine: Run, current: str
) -> None:
    """What the server does not know how to choose is chosen here."""
    other = issue(protekt, server, ALICE)
    gone = issue(protekt, server, ALICE)["sessionId"]
    server.locally(protekt, "sessions", "revoke", gone)

    def listed(*arguments: str) -> list[str]:
        return mine("sessions", "list", "--ids", *arguments).out.split()

    assert gone in listed("--status", "revoked", "--limit", "1")
    assert [current, other["sessionId"]] == listed("--sort", "created")
    # A use in a later second moves the deadline of the session that asks.
    assert {current, other["sessionId"]} == set(listed("--sort", "expires"))
    assert [other["sessionId"]] == listed("--device", other["deviceId"][:24])
    assert [current] == listed("--ip", "127.0.0.0/8")
    assert [] == listed("--since", "2999-01-01")
    assert {current, other["sessionId"], gone} <= set(listed("--status", "all", "--limit", "0"))


def test_cut_list_says_so(protekt: Run, server: Served, mine: Run) -> None:
    """As every list does."""
    issue(protekt, server, ALICE)

    done = mine("sessions", "list", "--limit", "1", "--ids")

    assert 1 == len(done.out.splitlines())
    assert "--limit 0" in done.err


def test_session_is_shown_by_the_start_of_its_id(
    protekt: Run, server: Served, mine: Run, current: str
) -> None:
    """Somebody else's is not there."""
    others = issue(protekt, server, BOB)["sessionId"]

    assert current == mine("sessions", "show", current[:28], "--json").json["id"]
    assert [3, 2] == [mine("sessions", "show", id_).code for id_ in (others, "sess_0")]


@pytest.mark.parametrize(
    "command",
    [
        "sessions list --user alice@example.com",
        "devices list --user alice@example.com",
        "sessions revoke --user alice@example.com",
        "sessions revoke --current --reason why",
    ],
)
def test_what_is_an_administrators_is_wrong_usage(
    protekt: Run, server: Served, mine: Run, current: str, command: str
) -> None:
    """Exit 2, and nothing has ended."""
    done = mine(*command.split())

    assert (2, "") == (done.code, done.out)
    assert "PROTEKT_API_KEY" in done.err
    assert [None] == ends(protekt, server, current)


@pytest.mark.parametrize("command", ["users list", "keys list", "token issue alice@example.com"])
def test_other_commands_need_an_api_key(mine: Run, command: str) -> None:
    """Being logged in does not make an administrator: exit 4."""
    assert 4 == mine(*command.split()).code


def test_api_key_makes_an_administrator_of_who_is_logged_in(
    protekt: Run, server: Served, mine: Run, current: str
) -> None:
    """Everybody's sessions are listed, and one's own is marked."""
    others = issue(protekt, server, BOB)["sessionId"]

    listed = server.remotely(protekt, "sessions", "list", "--json").json

    assert {(others, False), (current, True)} == {(each["id"], each["current"]) for each in listed}


def test_revoke_of_all_asks_and_ends_all_of_ones_own(
    protekt: Run, server: Served, mine: Run, current: str
) -> None:
    """As everywhere where that is more than one session."""
    other, others = (issue(protekt, server, email)["sessionId"] for email in (ALICE, BOB))

    dry = mine("sessions", "revoke", "--all", "--dry-run")
    asked = mine("sessions", "revoke", "--all")
    done = mine("sessions", "revoke", "--all", "--yes", "--json")

    assert "2 sessions of 1 user on 2 devices would be revoked\n" == dry.out
    assert (2, "") == (asked.code, asked.out)
    assert {"revoked": 2, "ids": [other, current], "notFound": [], "dryRun": False} == done.json
    assert ["revoked_all", "revoked_all", None] == ends(protekt, server, other, current, others)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["{other}"], ["revoked", None]),
        (["{other:.28}", "{current}"], ["revoked", "logout"]),
        (["--others"], ["revoked_all", None]),
        (["--current"], [None, "logout"]),
        (["--device", "{device}"], ["device_revoked", None]),
        (["--device", "{device}", "--idle-for", "0s"], ["revoked", None]),
        (["--ip", "127.0.0.1"], [None, "logout"]),
        (["--idle-for", "30d"], [None, None]),
        (["{other}", "--current"], [None, None]),
    ],
)
def test_selectors_are_resolved_over_ones_own(
    protekt: Run,
    server: Served,
    mine: Run,
    current: str,
    arguments: list[str],
    expected: list[str | None],
) -> None:
    """All that is given must hold; one's own session is the last to end."""
    other = issue(protekt, server, ALICE)
    names = {"other": other["sessionId"], "current": current, "device": other["deviceId"]}

    done = mine("sessions", "revoke", *(each.format_map(names) for each in arguments), "--yes")

    count = len([reason for reason in expected if reason])
    assert f"{count} session{'' if count == 1 else 's'} revoked\n" == done.out
    assert expected == ends(protekt, server, other["sessionId"], current)


def test_revoke_of_somebody_elses_is_not_found(
    protekt: Run, server: Served, mine: Run, current: str
) -> None:
    """Exit 3, with the report; what is one's own in the same call ends."""
    other, others = (issue(protekt, server, email)["sessionId"] for email in (ALICE, BOB))

    done = mine("sessions", "revoke", others, other, "--yes", "--json")

    assert (3, [other], [others]) == (done.code, done.json["ids"], done.json["notFound"])
    assert ["revoked", None] == ends(protekt, server, other, others)


def test_devices_are_ones_own(protekt: Run, server: Served, mine: Run) -> None:
    """Listed, shown and taken away; another's is not there."""
    phone = issue(protekt, server, ALICE, "--device", "phone")
    others = issue(protekt, server, BOB)["deviceId"]

    listed = mine("devices", "list", "--ids").out.split()
    shown = mine("devices", "show", phone["deviceId"][:24], "--json").json
    dry = mine("devices", "revoke", phone["deviceId"], "--dry-run")
    gone = mine("devices", "revoke", phone["deviceId"], "--json")

    assert phone["deviceId"] in listed
    assert others not in listed
    assert ("phone", 1) == (shown["name"], shown["activeSessions"])
    assert "1 device would be removed\n" in dry.out
    assert (0, [phone["sessionId"]]) == (gone.code, gone.json["ids"])
    assert ["device_revoked"] == ends(protekt, server, phone["sessionId"])
    assert [3, 3] == [
        mine("devices", verb, id_).code
        for verb, id_ in (("show", phone["deviceId"]), ("revoke", others))
    ]


def test_administrators_current_session_is_logged_out(
    protekt: Run, server: Served, mine: Run, current: str
) -> None:
    """`--current` is a logout, with an API key as well; the others are ended by somebody's word."""
    other = issue(protekt, server, ALICE)["sessionId"]

    others = server.remotely(protekt, "sessions", "revoke", "--others")
    done = server.remotely(protekt, "sessions", "revoke", "--current", "--json")
    again = server.remotely(protekt, "sessions", "revoke", "--current", "--json")

    assert (0, "1 session revoked\n") == (others.code, others.out)
    assert (0, [current]) == (done.code, done.json["ids"])
    assert (0, 0) == (again.code, again.json["revoked"])
    assert ["revoked_all", "logout"] == ends(protekt, server, other, current)


def test_ended_login_is_refused_with_a_hint(
    protekt: Run, server: Served, mine: Run, current: str
) -> None:
    """Exit 4: log in again."""
    server.locally(protekt, "sessions", "revoke", current)

    done = mine("sessions", "list")

    assert (4, "") == (done.code, done.out)
    assert f"protekt --server {server.url} login" in done.err


def test_login_elsewhere_is_none_here(protekt: Run, mine: Run, tmp_path: Path) -> None:
    """Credentials are a server's own: they are never sent to another."""
    with served(tmp_path) as other:
        done = protekt("--server", other.url, "sessions", "list")

    assert (4, "") == (done.code, done.out)
    assert "no API key" in done.err
