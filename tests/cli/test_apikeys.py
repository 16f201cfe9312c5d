"""`protekt apikeys`: the key is printed once, and nothing that is printed later holds it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import Run

pytestmark = pytest.mark.usefixtures("installed")

KEY = r"pk_[A-Za-z0-9_-]{43}"
FIELDS = {"id", "name", "scope", "createdAt", "expiresAt"}


def made(protekt: Run, *arguments: str) -> dict[str, Any]:
    """Create a key and return its JSON."""
    key: dict[str, Any] = protekt("apikeys", "create", *arguments, "--json").json
    return key


def listed(protekt: Run) -> list[dict[str, Any]]:
    keys: list[dict[str, Any]] = protekt("apikeys", "list", "--json").json
    return keys


def test_create_prints_the_key_alone(protekt: Run) -> None:
    """So that a shell can take it into a variable; what it is called is said on stderr."""
    done = protekt("apikeys", "create", "web")

    assert re.fullmatch(KEY + "\n", done.out)
    assert listed(protekt)[0]["id"] in done.err
    assert done.out.strip() not in done.err


def test_create_as_json_has_the_key_and_all_else(protekt: Run) -> None:
    """A client key that never expires, unless something else is said."""
    key = made(protekt, "web")

    assert set(key) == FIELDS | {"key"}
    assert (key["name"], key["scope"], key["expiresAt"]) == ("web", "client", None)
    assert re.fullmatch(KEY, key["key"])


@pytest.mark.parametrize("scope", ["client", "read", "admin"])
def test_create_gives_the_scope_and_the_expiry_that_were_asked_for(
    protekt: Run, scope: str
) -> None:
    """The expiry is a duration from now."""
    key = made(protekt, "web", "--scope", scope, "--expires", "1h30m")

    assert (key["scope"], key["expiresAt"] - key["createdAt"]) == (scope, 5400)


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        [""],
        ["n" * 201],
        ["web", "--scope", "root"],
        ["web", "--expires", "soon"],
        ["web", "--expires", "0"],
        ["web", "--expires", "-1"],
    ],
)
def test_create_refuses_what_is_no_key(protekt: Run, arguments: list[str]) -> None:
    """It is wrong usage, nothing is on stdout, and none is made."""
    done = protekt("apikeys", "create", *arguments)

    assert (done.code, done.out) == (2, "")
    assert listed(protekt) == []


def test_list_shows_no_key(protekt: Run) -> None:
    """As JSON the members of a key and when it was last used, the newest first."""
    keys = [made(protekt, name) for name in ("one", "two")]

    done = protekt("apikeys", "list", "--json")

    assert [set(key) for key in done.json] == [FIELDS | {"lastUsedAt"}] * 2
    assert [key["id"] for key in done.json] == sorted((key["id"] for key in keys), reverse=True)
    assert [key["lastUsedAt"] for key in done.json] == [None, None]
    assert "pk_" not in done.out


def test_list_has_every_form_of_a_list(protekt: Run) -> None:
    """A table, lines of JSON, CSV, ids for pipes, and a limit that says that it cut."""
    for name in ("one", "=two"):
        made(protekt, name)
    keys = listed(protekt)

    table, csv = protekt("apikeys", "list").lines, protekt("apikeys", "list", "--csv").out
    lines = protekt("apikeys", "list", "--jsonl").out.splitlines()
    ids, cut = protekt("apikeys", "list", "--ids").out, protekt("apikeys", "list", "--limit", "1")

    assert table[0] == ["id", "name", "scope", "created", "expires", "last used"]
    assert [line[0] for line in table[1:]] == ids.split() == [key["id"] for key in keys]
    assert csv.splitlines()[0] == "id,name,scope,createdAt,expiresAt,lastUsedAt"
    assert ",'=two,client," in csv
    assert len(lines) == 2
    assert (len(cut.lines), "--limit 0 shows all" in cut.err) == (2, True)


def test_revoked_key_is_unknown_afterwards(protekt: Run) -> None:
    """It is listed no more, and revoking it again is exit 3."""
    key, other = made(protekt, "web"), made(protekt, "ci")

    done = protekt("apikeys", "revoke", key["id"], "--json")
    again = protekt("apikeys", "revoke", key["id"])

    assert done.json == {**{name: key[name] for name in FIELDS}, "lastUsedAt": None}
    assert [each["id"] for each in listed(protekt)] == [other["id"]]
    assert (again.code, again.out) == (3, "")
    assert again.err.startswith(f"protekt: there is no API key {key['id']}\n")


def test_revoke_takes_the_start_of_an_id(protekt: Run) -> None:
    """An unknown one is exit 3, one that is too short 2."""
    key = made(protekt, "web")

    assert protekt("apikeys", "revoke", "apikey_0").code == 2
    assert protekt("apikeys", "revoke", "apikey_00000000").code == 3
    assert protekt("apikeys", "revoke", key["id"][:-5]).fields["name"] == "web"


def test_reading_needs_no_master_key(protekt: Run, folder: Path) -> None:
    """Listing; creating and revoking do."""
    key = made(protekt, "web")
    (folder / "protekt.key").unlink()

    codes = [
        protekt("apikeys", *arguments).code
        for arguments in (["list"], ["create", "ci"], ["revoke", key["id"]])
    ]

    assert codes == [0, 6, 6]
    assert [each["id"] for each in listed(protekt)] == [key["id"]]


def test_what_is_done_with_keys_is_in_the_events(protekt: Run) -> None:
    """Done by the command line, and without the key."""
    key = made(protekt, "web")
    protekt("apikeys", "revoke", key["id"])

    done = protekt("events", "list", "--type", "apikey:*", "--json")

    assert [(event["type"], event["actor"], event["data"]["id"]) for event in done.json] == [
        ("apikey:create", "cli", key["id"]),
        ("apikey:revoke", "cli", key["id"]),
    ]
    assert key["key"] not in done.out
