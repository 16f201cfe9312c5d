"""The pages for people: what runs here, and the API as a document.

They are written by the server, load nothing, and run no script; a policy in their headers holds
a browser to that. They show what the server can do, never who uses it or what it is made of.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import Callable
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.responses import HTMLResponse

from protekt_cli.server import reference
from protekt_cli.server.locating import url_of
from protekt_cli.server.routing import Asked
from protekt_cli.server.services import Services

_TEMPLATES = Path(__file__).with_name("templates")
#: Pages that are kept of those that name the URL they were asked by.
_PAGES = 8


def add_routes(api: FastAPI, services: Services) -> None:
    """Add the pages to *api*."""

    @cache
    def home_page() -> str:
        return _render("home.html.j2")

    @lru_cache(_PAGES)
    def docs_page(url: str) -> str:
        return _render("docs.html.j2", url=url, api=reference.read(api.openapi()))

    @api.get("/", include_in_schema=False)
    async def home() -> HTMLResponse:
        """Say what runs here."""
        return await _answer(home_page)

    @api.get("/docs", include_in_schema=False)
    async def docs(request: Asked) -> HTMLResponse:
        """Show the API, endpoint by endpoint."""
        return await _answer(partial(docs_page, url_of(services.engine.settings, request)))


async def _answer(page: Callable[[], str]) -> HTMLResponse:
    # Made once, in a thread: no request waits for a template to be compiled.
    return HTMLResponse(await asyncio.to_thread(page), headers=_headers())


@cache
def _headers() -> dict[str, str]:
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none';"
        " frame-ancestors 'none'"
    )
    return {"Content-Security-Policy": policy, "Cache-Control": "public, max-age=300"}


@cache
def _style() -> str:
    return (_TEMPLATES / "style.css").read_text()


def _render(name: str, **context: Any) -> str:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # Ours, and to be taken letter for letter: the policy names its digest.
    return environment.get_template(name).render(style=Markup(_style()), **context)  # noqa: S704
