"""`protekt integrate`: the configuration of a proxy that asks Protekt for each request.

It prints what it made of the settings at hand, and looks at no database.
"""

from __future__ import annotations

import importlib
from enum import StrEnum
from typing import Annotated
from urllib.parse import urlsplit

import typer

from protekt_cli.cli.commands import examples
from protekt_cli.cli.invocation import Invocation, of
from protekt_cli.cli.proxies.place import Place, Upstream, reachable, upstream
from protekt_cli.cli.servers import SERVER
from protekt_cli.errors import Usage


class Proxy(StrEnum):
    NGINX = "nginx"
    CADDY = "caddy"
    TRAEFIK = "traefik"
    ENVOY = "envoy"


@examples(
    "protekt integrate nginx",
    "protekt integrate caddy --app http://127.0.0.1:3000 --listen 8080",
)
def integrate(
    ctx: typer.Context,
    proxy: Annotated[
        Proxy,
        typer.Argument(
            metavar="PROXY", help="What stands before the app: nginx, caddy, traefik or envoy."
        ),
    ],
    app: Annotated[
        str, typer.Option(metavar="URL", help="Where the app is.")
    ] = "http://127.0.0.1:3000",
    listen: Annotated[
        int, typer.Option(metavar="PORT", min=1, max=65535, help="Where the proxy listens.")
    ] = 8080,
) -> None:
    """Print a configuration that lets only logged-in users through to an app.

    It works as printed, in plain http, beside the server that the settings describe, and says in
    comments what to mind. It changes and starts nothing. The app reads X-Auth-User-Id,
    X-Auth-User-Email (percent-encoded) and X-Auth-Session-Id.
    """
    place = Place(_protekt(of(ctx)), _named("--app", app), listen)
    module = importlib.import_module(f"protekt_cli.cli.proxies.{proxy}")
    typer.echo(module.configuration(place), nl=False)


def _protekt(invocation: Invocation) -> Upstream:
    """Return where the proxy reaches Protekt: on its own machine, unless a server is named."""
    named = invocation.server()
    if named is not None:
        return _named(SERVER if invocation.server_flag is None else "--server", named)
    server = invocation.settings().server
    if not server.tls_cert:
        return reachable("http", server.host, server.port)
    # A certificate is for a name, and it is the public URL that has one.
    public = urlsplit(server.public_url)
    if public.hostname is None:
        return reachable("https", server.host, server.port)
    return reachable("https", public.hostname, public.port or 443)


def _named(name: str, url: str) -> Upstream:
    try:
        return upstream(url)
    except ValueError as error:
        raise Usage(f"{name} {url} is not possible", hint=f"give {error}") from None
