"""Commands that are wrong: one clear line, the right exit code, empty stdout, nothing changed."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest

from tests.journeys.installation import EMAIL, OTHER_EMAIL, PASSWORD, Installation

UNKNOWN = "sess_00000000000000000000000000"


@dataclass(frozen=True)
class Bad:
    """A command, the exit code it deserves, and what its refusal has to name."""

    code: int
    command: str
    naming: str = ""
    stdin: str = ""


TABLE = [
    Bad(2, "nonsense", "nonsense"),
    Bad(2, "sessions"),
    Bad(2, "sessions list --nonsense", "--nonsense"),
    Bad(2, "sessions list --status dead", "dead"),
    Bad(2, "sessions list --limit many", "many"),
    Bad(2, "sessions list --limit -1", "-1"),
    Bad(2, "sessions list --since whenever", "whenever"),
    Bad(2, "sessions list --ip nowhere", "nowhere"),
    Bad(2, "sessions list --sort colour", "colour"),
    Bad(3, f"sessions show {UNKNOWN}", UNKNOWN),
    Bad(2, "sessions show sess_0000000"),
    Bad(2, "sessions revoke"),
    Bad(2, "sessions revoke --user user@example.com", "--yes"),
    Bad(2, "sessions revoke --all", "--yes"),
    Bad(3, "sessions revoke --user nobody@example.com --yes", "nobody@example.com"),
    Bad(4, "sessions revoke --current --yes"),
    Bad(4, "sessions revoke --others --yes"),
    Bad(3, "users show nobody@example.com", "nobody@example.com"),
    Bad(3, "users show user_00000000000000000000000000"),
    Bad(5, "users create USER@Example.COM --no-password"),
    Bad(2, "users create nobody --no-password", "nobody"),
    Bad(2, "users create new@example.com"),
    Bad(2, "users create new@example.com --password-stdin --no-password", stdin=PASSWORD),
    Bad(2, "users create new@example.com --password-stdin", "8", stdin="tiny"),
    Bad(2, "users create new@example.com --password-stdin", stdin="x" * 1025),
    Bad(2, "users create new@example.com --password-stdin", stdin=""),
    Bad(2, "users create new@example.com --no-password --metadata [1]"),
    Bad(2, "users create new@example.com --no-password --metadata {"),
    Bad(4, "login user@example.com --password-stdin", stdin="wrong horse"),
    Bad(4, "login nobody@example.com --password-stdin", stdin=PASSWORD),
    Bad(4, "login user@example.com --password-stdin", stdin=f" {PASSWORD}"),
    Bad(4, "login user@example.com --password-stdin", stdin=f"{PASSWORD}\n\n"),
    Bad(2, "login user@example.com"),
    Bad(4, "whoami"),
    Bad(4, "logout"),
    Bad(3, "token issue nobody@example.com", "nobody@example.com"),
    Bad(2, "token issue user@example.com --ttl 0s"),
    Bad(2, "token issue user@example.com --ttl soon", "soon"),
    Bad(2, "token issue user@example.com --claim sub=me", "sub"),
    Bad(2, "token issue user@example.com --claim sub"),
    Bad(4, "token decode garbage"),
    Bad(4, "token decode -"),
    Bad(4, "token decode"),
    Bad(5, "init", "protekt.toml"),
    Bad(2, "serve --port 70000", "70000"),
    Bad(2, "serve --port high", "high"),
    Bad(1, "serve --host 192.0.2.1 --port 0", "192.0.2.1"),
    Bad(2, "--server http://192.0.2.1 users list"),
]


@pytest.mark.parametrize("bad", TABLE, ids=lambda bad: f"{bad.command} {bad.stdin[:12]!r}")
def test_bad_command_is_refused(shared: Installation, bad: Bad) -> None:
    """Exit code and one line for this fault, no secret in it, and nothing is changed by it."""
    with_two_sessions(shared)
    before = shared.state(), shared.listing()

    ran = shared.run(*bad.command.split(), stdin=bad.stdin)

    code, _ = ran.refusal()
    assert (bad.code, "") == (code, ran.out)
    assert bad.naming in ran.err
    assert not bad.stdin.strip() or bad.stdin.strip() not in ran.err
    assert before == (shared.state(), shared.listing())


def with_two_sessions(shared: Installation) -> None:
    """Make sure that there is something to be lost."""
    for _ in range(2 - len(shared.rows("SELECT id FROM sessions"))):
        assert shared.run("token", "issue", EMAIL).code == 0


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (f"sessions show {UNKNOWN} --json", "not_found"),
        ("sessions revoke --json", "usage"),
        ("sessions revoke --all --json", "usage"),
        ("whoami --json", "invalid_token"),
        ("token decode garbage --json", "invalid_token"),
        ("users create user@example.com --no-password --json", "conflict"),
        ("token issue user@example.com --ttl 0s --json", "invalid_request"),
    ],
)
def test_refusal_is_json_where_that_was_asked_for(
    shared: Installation, command: str, code: str
) -> None:
    """A program finds a stable code in an object on stderr."""
    with_two_sessions(shared)

    ran = shared.run(*command.split())

    error = json.loads(ran.err)["error"]
    assert ("", {"code", "message", "hint"}) == (ran.out, error.keys())
    assert code == error["code"]


def test_refused_login_does_not_tell_whether_there_is_such_a_user(shared: Installation) -> None:
    """An unknown e-mail and a wrong password get the same line."""
    ended = [
        shared.run("login", email, "--password-stdin", stdin="wrong horse")
        for email in (EMAIL, "nobody@example.com")
    ]

    assert len({(ran.code, ran.out, ran.err) for ran in ended}) == 1


@pytest.mark.parametrize("form", ["table", "json"])
def test_verify_prints_its_finding_though_it_fails(shared: Installation, form: str) -> None:
    """Why a token is refused is an answer, on stdout, with exit code 4."""
    flags = ["--json"] if form == "json" else []

    ran = shared.run("token", "verify", "-", *flags, stdin="garbage")

    assert ran.code == 4
    assert "malformed" in ran.out
    if form == "json":
        assert json.loads(ran.out) == {"valid": False, "reason": "malformed", "endReason": None}


def test_revoke_with_unknown_ids_ends_the_others(installation: Installation) -> None:
    """Known ids in the same call are revoked, the report is printed, and the exit code is 3."""
    known = installation.run("token", "issue", EMAIL, "--json").json()["sessionId"]

    ran = installation.run("sessions", "revoke", UNKNOWN, known, "--json", "--yes")

    report = json.loads(ran.out)
    assert (3, 1, [known], [UNKNOWN]) == (
        ran.code,
        report["revoked"],
        report["ids"],
        report["notFound"],
    )
    assert "revoked" in installation.run("sessions", "show", known).out


def test_dry_run_reports_and_ends_nothing(shared: Installation) -> None:
    """The same report, without `--yes`, and every session lives on."""
    with_two_sessions(shared)
    before = shared.state()

    report = shared.run("sessions", "revoke", "--user", EMAIL, "--dry-run", "--json").json()

    assert (report["revoked"], report["dryRun"]) == (2, True)
    assert before == shared.state()


def test_ids_and_selectors_must_all_hold(installation: Installation) -> None:
    """A session that the user selector leaves out is not ended by its id."""
    mine = installation.run("token", "issue", EMAIL, "--json").json()["sessionId"]
    before = installation.state()

    ran = installation.run("sessions", "revoke", mine, "--user", OTHER_EMAIL, "--json", "--yes")

    assert json.loads(ran.out)["revoked"] == 0
    assert before == installation.state()
