"""The pages for people: whole, of the server alone, and quiet about what it is made of."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from protekt_cli import __version__
from protekt_cli.server.app import create_app
from tests.conftest import Install
from tests.journeys.asking import MADE_WITH
from tests.server.application import Application
from tests.server.conftest import Start
from tests.server.talking import ask

#: Elements without an end (HTML, 13.1.2).
VOID = {"meta", "br", "hr", "img", "input", "link"}


class Page(HTMLParser):
    """A page, read strictly: every element that begins ends in its place."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.style = ""
        self.text = ""
        self.feed(text)
        self.close()
        assert [] == self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.add(tag)
        self.attributes |= given.keys()
        self.ids += [given["id"] or ""] if "id" in given else []
        self.links += [given["href"] or ""] if "href" in given else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert tag == self.open.pop()

    def handle_data(self, data: str) -> None:
        if self.open[-1:] == ["style"]:
            self.style += data
        else:
            self.text += data


@pytest.fixture
def app(start: Start) -> Application:
    return start()


@pytest.fixture(params=["/", "/docs"])
def path(request: pytest.FixtureRequest) -> str:
    shown: str = request.param
    return shown


def page(app: Application, path: str) -> Page:
    return Page(app.ask("GET", path).body.decode())


@pytest.mark.parametrize(
    ("flags", "url"),
    [
        ({}, "http://localhost:9123"),
        ({"server.public_url": "https://auth.example/"}, "https://auth.example"),
    ],
    ids=["asked", "configured"],
)
def test_docs_name_the_url_that_reaches_this_server(
    start: Start, flags: dict[str, object], url: str
) -> None:
    """The one that they were asked by, unless the settings know one for everybody."""
    answered = ask(start(flags).app, "GET", "/docs", host=[(b"host", b"localhost:9123")])

    assert f"<code>URL={url}</code>" in answered.body.decode()


def test_page_is_html_that_may_do_nothing(app: Application, path: str) -> None:
    """Its own style is all that its policy allows, by its digest; no script, no frame, no form."""
    answered = app.ask("GET", path)

    digest = hashlib.sha256(page(app, path).style.encode()).digest()
    policy = (answered.header(b"content-security-policy") or b"").decode().split("; ")
    assert (200, b"text/html; charset=utf-8") == (
        answered.status,
        answered.header(b"content-type"),
    )
    assert {
        "default-src 'none'",
        f"style-src 'sha256-{base64.b64encode(digest).decode()}'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    } == set(policy)
    assert b"DENY" == answered.header(b"x-frame-options")
    assert b"no-referrer" == answered.header(b"referrer-policy")


def test_page_loads_nothing(app: Application, path: str) -> None:
    """From no host at all; its links stay within the server."""
    found = page(app, path)

    assert set() == found.tags & {"script", "link", "img", "iframe", "object", "form", "base"}
    assert set() == found.attributes & {"src", "style", "onclick", "onload", "srcset"}
    assert [] == [link for link in found.links if not re.match(r"/[^/]|#", link)]
    assert "url(" not in found.style
    assert "@import" not in found.style


def test_page_names_no_product_and_no_version(app: Application, path: str) -> None:
    """Nor how much there is of anything."""
    app.add_user("alice@example.com")
    body = app.ask("GET", path).body.decode()

    assert [] == [word for word in (*MADE_WITH, "alice") if word in body.lower()]
    assert "version" not in body.lower()
    assert __version__ not in body.replace("127.0.0.1", "")


def test_links_lead_somewhere(app: Application, path: str) -> None:
    """Each within the page to a place there is, each other one to an answer."""
    found = page(app, path)

    missing = {
        link
        for link in found.links
        if (link[1:] not in found.ids if link[0] == "#" else app.ask("GET", link).status != 200)
    }
    assert set() == missing
    assert len(found.ids) == len({*found.ids})


def test_every_endpoint_and_every_shape_is_shown(app: Application) -> None:
    """With its method, its path, what it says of itself, and the members of its bodies."""
    document: dict[str, Any] = app.ask("GET", "/openapi.json").json()
    found = page(app, "/docs")

    operations = [
        (method.upper(), path, operation["operationId"])
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    shapes = document["components"]["schemas"]
    assert len(operations) > 20
    assert {name for _, _, name in operations} <= {*found.ids}
    assert [] == [path for method, path, _ in operations if f"{method} {path}" not in found.text]
    assert {f"shape-{name}" for name in shapes} <= {*found.ids}
    members = {name for shape in shapes.values() for name in shape.get("properties", {})}
    assert [] == [name for name in members if name not in found.text]


def test_login_is_shown_as_a_line_to_paste(app: Application) -> None:
    """With the members that have to be there."""
    assert (
        'curl -X POST "$URL/v1/sessions" \\\n'
        "  -H 'Content-Type: application/json' \\\n"
        '  -d \'{"type": "password", "email": "user@example.com", "password": "secret123"}\''
    ) in page(app, "/docs").text


def test_endpoints_of_a_development_server_are_shown_there_alone(
    install: Install, app: Application
) -> None:
    """A page shows what its server has."""
    dev = Application(install(), lambda engine: create_app(engine, is_dev=True))
    try:
        shown = page(dev, "/docs").text
    finally:
        dev.close()

    assert "/dev/clock" in shown
    assert "/dev/clock" not in page(app, "/docs").text


def test_head_of_a_page_has_no_body(app: Application, path: str) -> None:
    """And the same length."""
    head, whole = app.ask("HEAD", path), app.ask("GET", path)

    assert (200, b"") == (head.status, head.body)
    assert head.header(b"content-length") == whole.header(b"content-length")
