"""The admin API in the words of a test: a path below it, asked with one key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from tests.server.application import Application
from tests.server.talking import Answered

LISTS = ("users", "sessions", "devices", "events")


@dataclass(frozen=True, slots=True)
class Administrator:
    """Somebody with an API key that may do everything."""

    app: Application
    key: str
    #: The key's id: what its events name as the actor.
    id: str

    def ask(self, method: str, path: str, body: object = None, **query: object) -> Answered:
        """Ask for a path below the admin API."""
        target = f"/v1/admin/{path}" + (f"?{urlencode(query)}" if query else "")
        return self.app.ask(method, target, body, key=self.key)

    def get(self, path: str, **query: object) -> Any:
        """Return what a GET answers."""
        answered = self.ask("GET", path, **query)
        assert answered.status == 200, answered
        return answered.json()

    def ids(self, path: str, **query: object) -> list[str]:
        """Return the ids of a page."""
        return [item["id"] for item in self.get(path, **query)["items"]]

    def pages(self, path: str, **query: object) -> list[list[str]]:
        """Return the ids of each page of a list."""
        page = self.get(path, **query)
        found = [[item["id"] for item in page["items"]]]
        while page["nextCursor"] is not None:
            page = self.get(path, **query, cursor=page["nextCursor"])
            found.append([item["id"] for item in page["items"]])
        return found

    def events(self, type_: str) -> list[dict[str, Any]]:
        """Return the events of a type, oldest first."""
        items: list[dict[str, Any]] = self.get("events", type=type_, limit=1000)["items"]
        return items
