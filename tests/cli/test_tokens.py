"""`protekt token`: issue, decode, verify."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from tests.cli.running import PATIENCE, Run, session_of


def test_issue_prints_the_token_alone(protekt: Run, alice: str) -> None:
    """One line, for the next command; it verifies."""
    done = protekt("token", "issue", alice)

    assert (done.code, done.err) == (0, "")
    assert len(done.out.split()) == 1
    assert protekt("token", "verify", done.out.strip()).code == 0


def test_issue_as_json_is_the_session_response(protekt: Run, alice: str) -> None:
    """With both tokens, as a login has it."""
    answer = protekt("token", "issue", alice, "--ttl", "15m", "--json").json

    assert list(answer) == [
        "sessionId",
        "sessionToken",
        "refreshToken",
        "expiresAt",
        "expiresIn",
        "tokenType",
        "user",
        "refreshExpiresAt",
        "deviceId",
        "refreshGeneration",
    ]
    assert (answer["expiresIn"], answer["user"]["email"]) == (900, alice)


def test_claims_are_json_where_they_parse(protekt: Run, alice: str) -> None:
    """Else they are text."""
    pairs = {"n": "1", "list": '["a"]', "text": "deploy", "half": "{", "eq": "a=b", "empty": ""}
    options = [word for name, value in pairs.items() for word in ("--claim", f"{name}={value}")]

    token = protekt("token", "issue", alice, *options).out.strip()

    claims = protekt("token", "decode", token, "--json").json["payload"]
    assert {name: claims[name] for name in pairs} == {
        "n": 1,
        "list": ["a"],
        "text": "deploy",
        "half": "{",
        "eq": "a=b",
        "empty": "",
    }


@pytest.mark.parametrize(
    "options",
    [
        ["--claim", "sub=me"],
        ["--claim", "role"],
        ["--claim", "=x"],
        ["--claim", "a=1", "--claim", "a=2"],
        ["--ttl", "0"],
        ["--ttl", "-5m"],
        ["--ttl", "soon"],
    ],
)
def test_impossible_issue_is_wrong_usage(protekt: Run, alice: str, options: list[str]) -> None:
    """No session is made."""
    done = protekt("token", "issue", alice, *options)

    assert (done.code, done.out) == (2, "")
    assert protekt("sessions", "list", "--json").json == []


def test_lifetime_that_is_cut_is_noted(protekt: Run, alice: str) -> None:
    """On stderr, so that the token stays alone; a note that --quiet silences."""
    cut = protekt("token", "issue", alice, "--ttl", "90d")
    quiet = protekt("--quiet", "token", "issue", alice, "--ttl", "90d")

    assert "lives 7d" in cut.err
    assert len(cut.out.split()) == 1
    assert quiet.err == ""


def test_issue_names_the_device(protekt: Run, alice: str) -> None:
    """--device is what the session's device is called."""
    protekt("token", "issue", alice, "--device", "build farm")

    assert protekt("sessions", "list", "--json").json[0]["device"]["name"] == "build farm"


@pytest.mark.parametrize("form", ["{}", "  {}\n", "Bearer {}", "bearer  {} \r\n"])
def test_token_is_found_in_what_was_copied(protekt: Run, alice: str, form: str) -> None:
    """White space around, and `Bearer `, are taken off, in an argument and on stdin."""
    copied = form.format(protekt("token", "issue", alice).out.strip())

    codes = [
        protekt("token", verb, where, stdin=copied).code
        for verb in ("decode", "verify")
        for where in (copied, "-")
    ]

    assert codes == [0, 0, 0, 0]


def test_stored_login_is_the_token_that_is_meant(protekt: Run, logged_in: str) -> None:
    """Where none is given."""
    decoded = protekt("token", "decode", "--json").json
    verified = protekt("token", "verify", "--json").json

    assert decoded["payload"]["sid"] == logged_in
    assert verified["session"]["id"] == logged_in


def test_decode_says_in_plain_sight_that_nothing_was_verified(protekt: Run, logged_in: str) -> None:
    """First, before any claim; then the key, and times in words."""
    done = protekt("token", "decode")

    kid = protekt("token", "decode", "--json").json["header"]["kid"]
    cells = {(line[0], line[1]): line[2:] for line in done.lines}
    assert done.lines[1][:3] == ["token", "verified", "no"]
    assert "that kid names" in cells["token", "signature"][1]
    assert kid == cells["header", "kid"][0]
    assert cells["token", "expired"][0] == "no"
    assert (
        "in 59 minutes" in cells["payload", "exp"][1] or "in 1 hour" in cells["payload", "exp"][1]
    )


def test_decode_has_the_promised_shape(protekt: Run, logged_in: str) -> None:
    """`verified` is null, for it was not asked."""
    answer = protekt("token", "decode", "--json").json

    assert list(answer) == ["header", "payload", "signature", "expired", "expiresIn", "verified"]
    assert (answer["signature"], answer["expired"], answer["verified"]) == ("present", False, None)
    assert 0 < answer["expiresIn"] <= 3600


def test_verify_is_no_use_of_the_session(protekt: Run, logged_in: str) -> None:
    """Even where every use to the second would be written."""
    exact = {"PROTEKT_SESSIONS_ACTIVITY_RESOLUTION": "0s"}
    before = protekt("sessions", "show", logged_in, "--json").json
    deadline = time.monotonic() + PATIENCE
    while int(time.monotonic()) == int(deadline - PATIENCE):
        assert protekt("token", "verify", environ=exact).code == 0

    protekt("token", "verify", environ=exact)

    after = protekt("sessions", "show", logged_in, "--json").json
    assert before == after


def test_verify_prints_why_it_fails(protekt: Run, logged_in: str) -> None:
    """The finding on stdout, the refusal on stderr, exit 4."""
    protekt("sessions", "revoke", logged_in)

    done = protekt("token", "verify", "--json")

    assert done.code == 4
    assert done.json == {"valid": False, "reason": "session_revoked", "endReason": "revoked"}
    assert json.loads(done.err)["error"]["code"] == "invalid_token"


@pytest.mark.parametrize("token", ["", "garbage", "a.b.c", "Bearer"])
def test_verify_of_what_is_no_token_is_malformed(protekt: Run, alice: str, token: str) -> None:
    """Whatever it is, the answer has the same shape."""
    done = protekt("token", "verify", "-", "--json", stdin=token)

    assert (done.code, done.json["reason"]) == (4, "malformed")


def test_verify_needs_the_master_key(protekt: Run, logged_in: str) -> None:
    """Without it nothing can be said: exit 6, and no finding."""
    Path("protekt.key").unlink()

    done = protekt("token", "verify")

    assert (done.code, done.out) == (6, "")


def test_token_on_stdin_that_is_no_text_is_wrong_usage(protekt: Run, alice: str) -> None:
    """Bytes that are not UTF-8 are no token."""
    assert protekt("token", "verify", "-", stdin=b"\xff\xfe").code == 2


def test_revoke_without_a_token_ends_the_stored_logins_session(
    protekt: Run, logged_in: str
) -> None:
    """As logging out does; a second time is no error and changes nothing."""
    first, second = (protekt("token", "revoke", "--json") for _ in range(2))

    assert first.json == {"revoked": 1, "ids": [logged_in], "notFound": [], "dryRun": False}
    assert (second.code, second.json["revoked"]) == (0, 0)
    assert session_of(protekt, logged_in)["endReason"] == "logout"


@pytest.mark.parametrize("name", ["sessionToken", "refreshToken"])
def test_revoke_takes_both_kinds_of_token_on_stdin(protekt: Run, alice: str, name: str) -> None:
    """Only the session of that token ends."""
    given, other = (protekt("token", "issue", alice, "--json").json for _ in range(2))

    done = protekt("token", "revoke", "-", stdin=f"{given[name]}\n")

    assert (done.code, done.out) == (0, "1 session revoked\n")
    assert session_of(protekt, given["sessionId"])["endReason"] == "logout"
    assert session_of(protekt, other["sessionId"])["status"] == "active"


@pytest.mark.parametrize("token", ["", "garbage", "a.b.c", "ref_garbage", "ref_" + "A" * 68])
def test_revoke_of_what_is_no_token_ends_nothing(protekt: Run, logged_in: str, token: str) -> None:
    """Exit 4, with the reason by its name."""
    done = protekt("token", "revoke", "-", stdin=token)

    assert (done.code, done.out) == (4, "")
    assert "(malformed)" in done.err or "(unknown_session)" in done.err
    assert session_of(protekt, logged_in)["status"] == "active"
