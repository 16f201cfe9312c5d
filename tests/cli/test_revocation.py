"""`protekt sessions revoke`: which sessions, why, and not without being asked."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from protekt_cli.clock import Clock, Instant
from protekt_cli.config import load
from protekt_cli.engine import authentication
from protekt_cli.engine.engine import Engine
from protekt_cli.models import Caller
from tests.cli.conftest import AddUser
from tests.cli.running import PASSWORD, Run

UNKNOWN = "sess_00000000000000000000000000"

LogInFrom = Callable[..., None]


class SlowClock(Clock):
    """A clock that is late."""

    def __init__(self, seconds: int) -> None:
        self._seconds = seconds

    def now(self) -> Instant:
        return Instant(super().now().milliseconds - 1000 * self._seconds)


@pytest.fixture
def log_in_from(folder: Path) -> LogInFrom:
    """Log somebody in from an address, some seconds ago."""
    settings = load(folder=folder, environ=os.environ).settings

    def log_in_from(email: str, address: str | None, *, ago: int = 0) -> None:
        engine = Engine.open(settings, {}, SlowClock(ago))
        authentication.login(engine, email, PASSWORD, Caller(address))
        engine.close()

    return log_in_from


def issue(protekt: Run, email: str) -> str:
    """Make a session and return its id."""
    session_id: str = protekt("token", "issue", email, "--json").json["sessionId"]
    return session_id


def ends(protekt: Run) -> dict[str, str | None]:
    """Return why each session ended, None for the active ones."""
    answer = protekt("sessions", "list", "--status", "all", "--json").json
    return {session["id"]: session["endReason"] for session in answer}


def test_revoke_by_ids_ends_these(protekt: Run, alice: str) -> None:
    """Whole or cut; the others live on."""
    one, two, three = (issue(protekt, alice) for _ in range(3))

    done = protekt("sessions", "revoke", one, two, "--yes", "--json")

    assert done.json == {"revoked": 2, "ids": [two, one], "notFound": [], "dryRun": False}
    assert ends(protekt) == {one: "revoked", two: "revoked", three: None}


def test_revoke_of_one_session_asks_nobody(protekt: Run, alice: str) -> None:
    """Only more than one needs --yes."""
    session = issue(protekt, alice)

    done = protekt("sessions", "revoke", session)

    assert (done.code, done.out) == (0, "1 session revoked\n")


def test_revoke_of_an_ended_session_is_no_error(protekt: Run, alice: str) -> None:
    """It changes nothing."""
    session = issue(protekt, alice)
    protekt("sessions", "revoke", session)

    done = protekt("sessions", "revoke", session, "--reason", "again", "--json")

    assert (done.code, done.json["revoked"]) == (0, 0)
    assert protekt("sessions", "show", session, "--json").json["endNote"] is None


def test_revoke_of_nothing_in_particular_is_wrong_usage(protekt: Run, alice: str) -> None:
    """No id and no selector is not everything."""
    session = issue(protekt, alice)

    done = protekt("sessions", "revoke", "--yes")

    assert (done.code, done.out) == (2, "")
    assert ends(protekt) == {session: None}


def test_unknown_id_is_reported_and_the_others_end(protekt: Run, alice: str) -> None:
    """Exit 3, with the whole report on stdout."""
    session = issue(protekt, alice)

    done = protekt("sessions", "revoke", UNKNOWN, session, "--json")

    assert done.code == 3
    assert done.json == {"revoked": 1, "ids": [session], "notFound": [UNKNOWN], "dryRun": False}
    assert json.loads(done.err)["error"]["code"] == "not_found"


def test_report_is_printed_where_every_id_is_unknown(protekt: Run, alice: str) -> None:
    """Exit 3 all the same."""
    done = protekt("sessions", "revoke", UNKNOWN)

    assert (done.code, done.out) == (3, f"0 sessions revoked\nnot found: {UNKNOWN}\n")


def test_short_id_ends_nothing(protekt: Run, alice: str) -> None:
    """Exit 2, also for what else was named."""
    session = issue(protekt, alice)

    done = protekt("sessions", "revoke", session, "sess_0")

    assert (done.code, done.out) == (2, "")
    assert ends(protekt) == {session: None}


@pytest.mark.parametrize(
    ("selector", "reason"), [("--user", "revoked_all"), ("--device", "device_revoked")]
)
def test_revoke_by_selector_has_its_reason(
    protekt: Run, alice: str, add_user: AddUser, selector: str, reason: str
) -> None:
    """The end says by what it was selected; the note is kept with it."""
    add_user("bob@example.com")
    other, mine = issue(protekt, "bob@example.com"), issue(protekt, alice)
    device = protekt("sessions", "show", mine, "--json").json["device"]["id"]
    value = {"--user": alice, "--device": device}[selector]

    protekt("sessions", "revoke", selector, value, "--reason", "lost phone")

    shown = protekt("sessions", "show", mine, "--json").json
    assert ends(protekt) == {mine: reason, other: None}
    assert shown["endNote"] == "lost phone"


@pytest.mark.parametrize(
    ("ip", "expected"),
    [
        ("192.0.2.7", ["192.0.2.7"]),
        ("::ffff:192.0.2.7", ["192.0.2.7"]),
        ("192.0.2.0/24", ["192.0.2.7", "192.0.2.8"]),
        ("2001:db8::/32", ["2001:db8::1"]),
        ("198.51.100.1", []),
    ],
)
def test_revoke_by_address_ends_what_began_there(
    protekt: Run, alice: str, log_in_from: LogInFrom, ip: str, expected: list[str]
) -> None:
    """An address or a network; a session without an address is in none."""
    for address in (None, "192.0.2.7", "192.0.2.8", "2001:db8::1"):
        log_in_from(alice, address)

    done = protekt("sessions", "revoke", "--ip", ip, "--yes", "--json")

    ended = protekt("sessions", "list", "--status", "revoked", "--sort", "created", "--json").json
    assert (done.code, done.json["revoked"]) == (0, len(expected))
    assert [session["ip"] for session in ended] == expected
    assert {session["endReason"] for session in ended} <= {"revoked"}


@pytest.mark.parametrize(("idle_for", "expected"), [("0", 2), ("1h", 1), ("2h", 1), ("3h", 0)])
def test_revoke_by_idleness_spares_what_was_used(
    protekt: Run, alice: str, log_in_from: LogInFrom, idle_for: str, expected: int
) -> None:
    """What nobody used for so long, or longer, ends."""
    for ago in (2 * 3600, 0):
        log_in_from(alice, None, ago=ago)

    done = protekt("sessions", "revoke", "--idle-for", idle_for, "--yes", "--json")

    assert (done.code, done.json["revoked"]) == (0, expected)


@pytest.mark.parametrize(
    "options", [["--ip", "nowhere"], ["--ip", "192.0.2.0/33"], ["--idle-for", "soon"]]
)
def test_impossible_selector_ends_nothing(protekt: Run, alice: str, options: list[str]) -> None:
    """Exit 2, whatever else was given."""
    session = issue(protekt, alice)

    done = protekt("sessions", "revoke", session, *options)

    assert (done.code, done.out) == (2, "")
    assert ends(protekt) == {session: None}


def test_revoke_of_all_ends_all(protekt: Run, alice: str, add_user: AddUser) -> None:
    """Of every user."""
    add_user("bob@example.com")
    sessions = [issue(protekt, email) for email in (alice, "bob@example.com")]

    protekt("sessions", "revoke", "--all", "--yes")

    assert ends(protekt) == dict.fromkeys(sessions, "revoked_all")


def test_revoke_of_several_needs_yes_or_a_terminal(protekt: Run, alice: str) -> None:
    """Where nobody can be asked the flag is named, and nothing ends."""
    sessions = [issue(protekt, alice) for _ in range(2)]

    done = protekt("sessions", "revoke", "--user", alice)

    assert (done.code, done.out) == (2, "")
    assert "--yes" in done.err
    assert ends(protekt) == dict.fromkeys(sessions)


def test_dry_run_reports_and_ends_nothing(protekt: Run, alice: str) -> None:
    """The same report, without --yes."""
    sessions = [issue(protekt, alice) for _ in range(2)]

    done = protekt("sessions", "revoke", "--all", "--dry-run", "--json")

    assert done.json == {"revoked": 2, "ids": sessions[::-1], "notFound": [], "dryRun": True}
    assert ends(protekt) == dict.fromkeys(sessions)


def test_current_is_the_stored_login(protekt: Run, logged_in: str, alice: str) -> None:
    """It is a logout."""
    other = issue(protekt, alice)

    protekt("sessions", "revoke", "--current")

    assert ends(protekt) == {logged_in: "logout", other: None}


def test_others_are_those_of_the_stored_logins_user(
    protekt: Run, logged_in: str, alice: str, add_user: AddUser
) -> None:
    """Neither the stored login's own session, nor anybody else's."""
    add_user("bob@example.com")
    bobs, other = issue(protekt, "bob@example.com"), issue(protekt, alice)

    protekt("sessions", "revoke", "--others")

    assert ends(protekt) == {logged_in: None, bobs: None, other: "revoked_all"}


@pytest.mark.parametrize("selector", ["--current", "--others"])
def test_selector_of_ones_own_needs_a_login(protekt: Run, alice: str, selector: str) -> None:
    """Exit 4 where nobody is logged in."""
    session = issue(protekt, alice)

    done = protekt("sessions", "revoke", selector)

    assert (done.code, done.out) == (4, "")
    assert ends(protekt) == {session: None}


@pytest.mark.parametrize(
    "selectors",
    [
        ["{other}", "--user", "bob@example.com"],
        ["{other}", "--current"],
        ["{other}", "--idle-for", "1h"],
        ["{other}", "--ip", "0.0.0.0/0"],
        ["--all", "--idle-for", "1h"],
        ["{mine}", "--others"],
        ["--current", "--others"],
        ["--current", "--user", "bob@example.com"],
        ["--others", "--user", "bob@example.com"],
        ["--all", "--user", "bob@example.com", "{mine}"],
    ],
)
def test_ids_and_selectors_must_all_hold(
    protekt: Run, logged_in: str, alice: str, add_user: AddUser, selectors: list[str]
) -> None:
    """What one of them leaves out lives on."""
    add_user("bob@example.com")
    other = issue(protekt, alice)
    named = [text.format(mine=logged_in, other=other) for text in selectors]

    done = protekt("sessions", "revoke", *named, "--json", "--yes")

    assert done.json["revoked"] == 0
    assert ends(protekt) == {logged_in: None, other: None}


def test_all_with_a_user_is_that_user(protekt: Run, alice: str, add_user: AddUser) -> None:
    """`--all` widens no other selector."""
    add_user("bob@example.com")
    mine, bobs = issue(protekt, alice), issue(protekt, "bob@example.com")

    protekt("sessions", "revoke", "--all", "--user", alice)

    assert ends(protekt) == {mine: "revoked_all", bobs: None}
