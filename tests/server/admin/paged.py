"""Reading a list of the admin API from its first page to its last."""

from __future__ import annotations

from typing import Any

from tests.server.application import Application


def everything(app: Application, path: str, key: str, *, limit: int = 50) -> list[dict[str, Any]]:
    """Return what all pages hold; each but the last must be full, and none repeats another."""
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = app.ask("GET", f"{path}?limit={limit}{cursor}", key=key).json()
        assert not any(item in found for item in page["items"])
        found += page["items"]
        if page["nextCursor"] is None:
            return found
        assert len(page["items"]) == limit
        cursor = f"&cursor={page['nextCursor']}"
