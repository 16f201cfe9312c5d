"""`protekt keys`: what is listed and published, and what rotating and revoking answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import Done, Run

pytestmark = pytest.mark.usefixtures("installed")

KEY = {"kid", "algorithm", "status", "createdAt", "retiredAt"}


def listed(protekt: Run) -> dict[str, Any]:
    """Return the only key of each status there is."""
    keys = protekt("keys", "list", "--json").json
    found = {key["status"]: key for key in keys}
    assert len(found) == len(keys)
    return found


def code_of(done: Done) -> tuple[int, str, str]:
    """Return the exit code, what is on stdout, and the message of a refusal."""
    return done.code, done.out, done.err.splitlines()[0]


def test_list_names_every_key_the_newest_first(protekt: Run) -> None:
    """As JSON the members of a key, and nothing sealed."""
    protekt("keys", "rotate")

    keys = protekt("keys", "list", "--json").json

    assert [set(key) for key in keys] == [KEY] * 3
    assert [key["kid"] for key in keys] == sorted((key["kid"] for key in keys), reverse=True)
    assert {key["status"] for key in keys} == {"next", "active", "retired"}
    assert [key["status"] for key in keys if key["retiredAt"] is not None] == ["retired"]


def test_list_has_every_form_of_a_list(protekt: Run) -> None:
    """A table, CSV, ids for pipes, and a limit that says that it cut."""
    kids = [key["kid"] for key in protekt("keys", "list", "--json").json]

    table, csv = protekt("keys", "list").lines, protekt("keys", "list", "--csv").out
    ids, cut = protekt("keys", "list", "--ids").out, protekt("keys", "list", "--limit", "1")

    assert table[0] == ["kid", "algorithm", "status", "created", "retired"]
    assert [line[0] for line in table[1:]] == kids
    assert csv.splitlines()[0] == "kid,algorithm,status,createdAt,retiredAt"
    assert ids.split() == kids
    assert (len(cut.lines), "--limit 0 shows all" in cut.err) == (2, True)


def test_jwks_prints_the_public_keys(protekt: Run) -> None:
    """The same JSON with --json and without; both keys that will sign are in it."""
    plain, asked = protekt("keys", "jwks"), protekt("keys", "jwks", "--json")

    assert plain.out == asked.out
    found = listed(protekt)
    assert {key["kid"] for key in plain.json["keys"]} == {key["kid"] for key in found.values()}


def test_reading_needs_no_master_key(protekt: Run, folder: Path) -> None:
    """Listing and publishing; rotating and revoking do."""
    kid = listed(protekt)["next"]["kid"]
    (folder / "protekt.key").unlink()

    codes = [
        protekt("keys", *arguments).code
        for arguments in (["list"], ["jwks"], ["rotate"], ["revoke", kid, "--yes"])
    ]

    assert codes == [0, 0, 6, 6]


def test_rotate_answers_the_key_that_signs_now(protekt: Run) -> None:
    """It was the next one, of whatever algorithm that is."""
    coming = listed(protekt)["next"]

    done = protekt("keys", "rotate", "--json", environ={"PROTEKT_TOKENS_ALGORITHM": "RS256"})

    assert done.json == {**coming, "status": "active"}
    assert listed(protekt)["next"]["algorithm"] == "RS256"


@pytest.mark.parametrize("algorithm", ["ES256", "HS256", "EdDSA", "RS256"])
def test_rotate_to_an_algorithm_signs_with_it_at_once(
    protekt: Run, alice: str, algorithm: str
) -> None:
    """The token says so, and verifies."""
    protekt("keys", "rotate", "--algorithm", algorithm)

    token = protekt("token", "issue", alice).out

    assert protekt("token", "decode", "-", "--json", stdin=token).json["header"]["alg"] == algorithm
    assert protekt("token", "verify", "-", stdin=token).code == 0


def test_rotate_to_an_unknown_algorithm_is_wrong_usage(protekt: Run) -> None:
    """`none` least of all."""
    before = protekt("keys", "list", "--json").json

    codes = {protekt("keys", "rotate", "--algorithm", name).code for name in ("none", "ES512")}

    assert codes == {2}
    assert protekt("keys", "list", "--json").json == before


def test_revoke_refuses_a_keys_tokens(protekt: Run, alice: str) -> None:
    """`token verify` says `unknown_key`, and the session is active still."""
    token = protekt("token", "issue", alice).out
    retired = listed(protekt)["active"]["kid"]
    protekt("keys", "rotate")

    done = protekt("keys", "revoke", retired, "--yes", "--json")

    assert (done.json["kid"], done.json["status"]) == (retired, "revoked")
    verified = protekt("token", "verify", "-", "--json", stdin=token)
    assert (verified.code, verified.json["reason"]) == (4, "unknown_key")
    assert len(protekt("sessions", "list", "--json").json) == 1


def test_revoke_of_the_active_key_is_a_conflict(protekt: Run) -> None:
    """Also in a dry run; it says what comes first."""
    kid = listed(protekt)["active"]["kid"]

    for flag in ("--yes", "--dry-run"):
        done = protekt("keys", "revoke", kid, flag)

        assert code_of(done) == (5, "", f"protekt: {kid} is the key that signs")
        assert "protekt keys rotate" in done.err


def test_revoke_takes_the_start_of_a_kid(protekt: Run) -> None:
    """An unknown one is exit 3, one that is too short 2."""
    kid = listed(protekt)["next"]["kid"]

    assert protekt("keys", "revoke", kid[:-5], "--yes", "--json").json["kid"] == kid
    assert protekt("keys", "revoke", "key_00000000", "--yes").code == 3
    assert protekt("keys", "revoke", "key_0", "--yes").code == 2


def test_revoke_asks_first(protekt: Run) -> None:
    """Where nobody is there to ask it is wrong usage that names the flag."""
    before = protekt("keys", "list", "--json").json

    done = protekt("keys", "revoke", listed(protekt)["next"]["kid"])

    assert done.code == 2
    assert "--yes" in done.err
    assert protekt("keys", "list", "--json").json == before


def test_revoke_can_be_tried(protekt: Run) -> None:
    """A dry run answers what the real one would, and changes nothing."""
    before, kid = protekt("keys", "list", "--json").json, listed(protekt)["next"]["kid"]

    tried = protekt("keys", "revoke", kid, "--dry-run", "--json").json
    unchanged = protekt("keys", "list", "--json").json
    done = protekt("keys", "revoke", kid, "--yes", "--json").json

    assert unchanged == before
    assert {**tried, "retiredAt": 0} == {**done, "retiredAt": 0}
