"""The page that Prometheus reads, of a whole application."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from protekt_cli.engine import authentication
from protekt_cli.models import Caller
from protekt_cli.server.metrics import Shared
from tests.journeys.asking import MADE_WITH
from tests.server.application import PASSWORD, Application
from tests.server.conftest import Start
from tests.server.talking import Answered

EMAIL = "alice@example.com"
LOGIN: dict[str, Any] = {"type": "password", "email": EMAIL, "password": PASSWORD}
ASKED = "protekt_http_requests_total"


class Scraped:
    """Every sample of the page, as a scraper reads it."""

    def __init__(self, answered: Answered) -> None:
        assert 200 == answered.status
        self.text = answered.body.decode()
        self.values = {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(self.text)
            for sample in family.samples
        }

    def value(self, name: str, **labels: str) -> float | None:
        return self.values.get((name, frozenset(labels.items())))

    def routes(self) -> set[str]:
        return {dict(labels)["route"] for name, labels in self.values if name == ASKED}


def scrape(app: Application) -> Scraped:
    return Scraped(app.ask("GET", "/metrics"))


def test_page_is_what_prometheus_reads(start: Start) -> None:
    """Its type is that of the text format, and a parser reads it whole."""
    answered = start().ask("GET", "/metrics")

    assert b"text/plain; version=0.0.4; charset=utf-8" == answered.header(b"content-type")
    assert 1 == Scraped(answered).value("protekt_store_up")


def test_requests_are_counted_by_template(start: Start) -> None:
    """Also those that an endpoint refuses, and no path that somebody made up makes a label."""
    app = start()
    app.add_user(EMAIL)
    token = app.ask("POST", "/v1/sessions", LOGIN).json()["sessionToken"]
    app.ask("POST", "/v1/sessions", {**LOGIN, "password": "wrong"})
    for _ in range(3):
        app.ask("GET", "/v1/session", bearer=token)
    app.ask("DELETE", "/v1/sessions/sess_unknown", bearer=token)
    app.ask("GET", "/made/up")
    app.ask("GET", "/made/up/too")

    found = scrape(app)

    assert 1 == found.value(ASKED, method="POST", route="/v1/sessions", status="201")
    assert 1 == found.value(ASKED, method="POST", route="/v1/sessions", status="401")
    assert 3 == found.value(ASKED, method="GET", route="/v1/session", status="200")
    assert 2 == found.value(ASKED, method="GET", route="none", status="404")
    assert {"/v1/sessions", "/v1/session", "/v1/sessions/{session_id}", "none"} == found.routes()


def test_durations_are_a_histogram(start: Start) -> None:
    """Buckets grow to the count of all, and there is a sum."""
    app = start()
    for _ in range(3):
        app.ask("GET", "/healthz")

    found, name = scrape(app), "protekt_http_request_duration_seconds"

    labels = {"method": "GET", "route": "/healthz"}
    assert 3 == found.value(f"{name}_count", **labels)
    assert 3 == found.value(f"{name}_bucket", le="+Inf", **labels)
    assert 3 == found.value(f"{name}_bucket", le="10.0", **labels)
    assert 0 < (found.value(f"{name}_sum", **labels) or 0)


def test_what_happened_elsewhere_is_counted_too(start: Start) -> None:
    """A login on the command line, at once; and the sessions that are active."""
    app = start()
    app.add_user(EMAIL)
    before = scrape(app)
    authentication.login(app.engine, EMAIL, PASSWORD, Caller())
    token = app.ask("POST", "/v1/sessions", LOGIN).json()["sessionToken"]
    app.ask("POST", "/v1/sessions", LOGIN)
    app.ask("POST", "/v1/sessions/revoke", bearer=token)

    after = scrape(app)

    success, ended = "protekt_logins_total", "protekt_sessions_ended_total"
    assert (0, 3) == tuple(each.value(success, outcome="success") for each in (before, after))
    assert (0, 1) == tuple(each.value(ended, reason="logout") for each in (before, after))
    assert (0, 2) == tuple(each.value("protekt_sessions_active") for each in (before, after))


def test_throttled_logins_are_counted(start: Start) -> None:
    """Each that was refused before its password was looked at."""
    app = start({"throttle.account_attempts": 1})
    app.add_user(EMAIL)
    for _ in range(3):
        app.ask("POST", "/v1/sessions", {**LOGIN, "password": "wrong"})

    found = scrape(app)

    assert 1 == found.value("protekt_logins_total", outcome="failure")
    assert 2 == found.value("protekt_logins_total", outcome="throttled")


def test_page_names_nobody_and_no_product(start: Start) -> None:
    """No id, no e-mail, nothing of the process or of what it is built on."""
    app = start()
    user = app.add_user(EMAIL)
    session = app.ask("POST", "/v1/sessions", LOGIN).json()
    app.ask("GET", f"/v1/admin/users/{EMAIL}", key=app.add_key())
    app.ask("GET", f"/v1/sessions/{session['sessionId']}", bearer=session["sessionToken"])

    text = scrape(app).text.lower()

    told = (*MADE_WITH, "process_", EMAIL, "alice", user.id, session["sessionId"], "user_")
    assert [] == [word for word in told if word in text.replace("user_disabled", "")]
    assert {"protekt"} == {
        line.split("_")[0] for line in text.splitlines() if not line.startswith("#")
    }


def test_page_is_there_while_the_store_is_not(start: Start) -> None:
    """It says so, and goes on to tell what the server counted."""
    app = start()
    path = app.engine.store.path
    away = path.with_name("away.db")
    path.rename(away)
    try:
        found = scrape(app)
    finally:
        away.rename(path)

    assert 0 == found.value("protekt_store_up")
    assert None is found.value("protekt_sessions_active")
    assert 0 == found.value("protekt_logins_total", outcome="success")
    assert 1 == scrape(app).value("protekt_store_up")


def test_page_asks_for_nothing(start: Start) -> None:
    """Not even that a key which comes along is a good one."""
    answered = start().ask("GET", "/metrics", headers=[(b"x-api-key", b"pk_unknown")])

    assert 200 == answered.status


def test_one_page_is_made_for_all_who_ask_meanwhile() -> None:
    """And each gets one that was begun after they asked."""
    begun, going = threading.Semaphore(0), threading.Semaphore(0)
    made: list[bytes] = []

    def make() -> bytes:
        begun.release()
        assert going.acquire(timeout=10)
        made.append(b"%d" % len(made))
        return made[-1]

    async def ask() -> list[bytes]:
        shared = Shared(make)
        first = asyncio.create_task(shared.get())
        await asyncio.to_thread(begun.acquire)
        others = [asyncio.create_task(shared.get()) for _ in range(20)]
        await asyncio.sleep(0)
        going.release(2)
        return [await each for each in (first, *others)]

    got = asyncio.run(ask())

    assert [b"0", *[b"1"] * 20] == got
    assert [b"0", b"1"] == made
