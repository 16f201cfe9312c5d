"""The URL that clients reach this server by: the configured one, or the one that they asked."""

from __future__ import annotations

from protekt_cli.config import Settings
from protekt_cli.server.request import Request


def url_of(settings: Settings, request: Request) -> str:
    """Return the server's URL for whoever asks, without a trailing slash.

    Where none is configured it is the one of the request: the gate has judged its `Host`.
    """
    server = settings.server
    if server.public_url:
        return server.public_url.rstrip("/")
    scheme = "https" if server.tls_cert else "http"
    return f"{scheme}://{request.fields[b'host'].decode('latin-1')}"
