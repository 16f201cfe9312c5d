"""A shell beside the running server: one database, and each sees the other's changes at once."""

from __future__ import annotations

import re

import pytest

from tests.journeys.installation import (
    EMAIL,
    OTHER_EMAIL,
    OTHER_PASSWORD,
    PASSWORD,
    SESSION,
    Installation,
    Server,
)


@pytest.mark.parametrize(
    ("selector", "reason"),
    [("id", "revoked"), ("--user", "revoked_all"), ("--device", "device_revoked")],
)
def test_command_revokes_what_the_running_server_then_refuses(
    shared: Installation, server: Server, selector: str, reason: str
) -> None:
    """What a shell revoked is refused at the very next request, with the reason."""
    session = server.login(OTHER_EMAIL, OTHER_PASSWORD)
    arguments = {
        "id": [session["sessionId"]],
        "--user": ["--user", OTHER_EMAIL],
        "--device": ["--device", session["deviceId"]],
    }[selector]
    assert server.validate(session["sessionToken"])["valid"]

    ran = shared.run("sessions", "revoke", *arguments, "--yes", "--json")

    assert ("session_revoked", reason) == server.why_ended(session["sessionToken"])
    assert ran.json().keys() == {"revoked", "ids", "notFound", "dryRun"}
    assert (
        session["sessionId"] in ran.json()["ids"],
        ran.json()["notFound"],
        ran.json()["dryRun"],
    ) == (True, [], False)
    assert ran.json()["revoked"] == len(ran.json()["ids"])


def test_http_login_is_listed_by_the_command_at_once(shared: Installation, server: Server) -> None:
    """The command line and the server tell the same of one session."""
    session = server.login(EMAIL, PASSWORD, device={"name": "Laptop"})

    listed = shared.run("sessions", "list", "--user", EMAIL, "--json").json()

    found = next(one for one in listed if one["id"] == session["sessionId"])
    assert found.keys() == SESSION
    assert (
        found["status"],
        found["userEmail"],
        found["ip"],
        found["current"],
    ) == ("active", EMAIL, "127.0.0.1", False)
    assert {"id": session["deviceId"], "name": "Laptop"} == found["device"]


def test_command_login_is_valid_over_http_at_once(shared: Installation, server: Server) -> None:
    """The token that the command line keeps is as good as any; revoked by HTTP, it is not."""
    ran = shared.run("login", OTHER_EMAIL, "--password-stdin", stdin=OTHER_PASSWORD)
    state = "".join(path.read_text() for path in (shared.home / "state").rglob("*.*"))
    token = re.findall(r"eyJ[\w-]+\.[\w-]+\.[\w-]+", state)[0]

    told = server.validate(token)
    server.ask("POST", "/v1/sessions/revoke", token=token)
    who = shared.run("whoami")

    assert ran.code == 0
    assert (told["valid"], told["user"]["email"]) == (True, OTHER_EMAIL)
    assert (who.code, who.out) == (4, "")


def test_issued_token_is_valid_over_http_at_once(shared: Installation, server: Server) -> None:
    """`token issue` prints an access token alone, made by an administrator."""
    ran = shared.run("token", "issue", EMAIL, "--ttl", "15m")

    told = server.validate(ran.out.strip())

    assert (ran.code, told["valid"], told["session"]["amr"]) == (0, True, ["admin"])
    assert 890 < told["expiresIn"] <= 900
