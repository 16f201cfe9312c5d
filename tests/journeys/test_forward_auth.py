"""Forward-auth over a real connection: what it does not read does not stand in the way."""

from __future__ import annotations

from tests.journeys.asking import Client
from tests.journeys.installation import EMAIL, PASSWORD, Server


def test_connection_goes_on_after_a_body_that_nobody_read(server: Server) -> None:
    """A proxy that sends the app's bodies along, however large, keeps its connection."""
    session = server.login(EMAIL, PASSWORD)
    token, path = session["sessionToken"], "/v1/forward-auth/upload"

    with Client(server.port) as client:
        answers = [
            client.ask(method, path, b"x" * size, token=token)
            for method, size in (("POST", 10), ("PUT", 300_000), ("POST", 10))
        ]

    assert [200, 200, 200] == [answer.status for answer in answers]
    assert [b"", b"", b""] == [answer.body for answer in answers]
    assert {session["sessionId"]} == {answer.header("X-Auth-Session-Id") for answer in answers}
