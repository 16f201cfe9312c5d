"""The way to one server: requests and streams of events, and what failed as an error.

It follows no redirect, which could carry a credential elsewhere, and repeats nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from ipaddress import ip_address
from typing import Any, Self, TypeVar, cast
from urllib.parse import quote

import httpx2

from protekt_cli.sdk.errors import ProtektError, Unavailable, from_problem
from protekt_cli.sdk.frames import OPENED, Frame, frames
from protekt_cli.sdk.shapes import is_like

T = TypeVar("T")

#: Seconds for a connection, and for an answer: to end very many sessions takes a while.
_CONNECT_TIMEOUT = 10.0
_TIMEOUT = 120.0
#: Seconds in which a stream gives a sign of life: servers do so every 15.
_STREAM_TIMEOUT = 40.0

_ERRNO = re.compile(r"^\[errno -?\d+\] ")


class Connection:
    """A pool of connections to one server, with the credentials that go with every request.

    Args:
        url: The server's own URL, such as http://127.0.0.1:8787.
        headers: What goes with every request.

    Raises:
        ProtektError: The URL is none.
    """

    def __init__(self, url: str, headers: Mapping[str, str]) -> None:
        self.url = url.rstrip("/")
        try:
            self._client = httpx2.Client(
                base_url=self.url,
                headers={"User-Agent": "protekt-sdk", **headers},
                timeout=httpx2.Timeout(_TIMEOUT, connect=_CONNECT_TIMEOUT),
                # No proxy of the environment stands between this machine and itself.
                transport=httpx2.HTTPTransport() if is_loopback(self.url) else None,
            )
        except httpx2.InvalidURL as error:
            raise ProtektError(f"{url} is no URL of a server: {error}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of every connection."""
        self._client.close()

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
        form: Mapping[str, str] | None = None,
    ) -> Any:
        """Return the JSON of an answer; None where it has no content.

        Args:
            query: Parameters; those that are None are left out.
            body: What is sent as JSON.
            form: What is sent as a form instead.

        Raises:
            ProtektError: The server refused it, or could not be reached.
        """
        content = None if body is None else json.dumps(body).encode()
        headers = {} if content is None else {"Content-Type": "application/json"}
        with self._reported():
            answer = self._client.request(
                method, path, params=_given(query), content=content, data=form, headers=headers
            )
        if not answer.is_success:
            raise self._refused(answer)
        if not answer.content:
            return None
        try:
            return answer.json()
        except ValueError:
            raise self.stranger(answer.status_code) from None

    def events(
        self, path: str, *, query: Mapping[str, Any] | None = None, after: int | None = None
    ) -> Iterator[Frame]:
        """Yield what a stream says, first that it is open, until the server ends it.

        Args:
            after: The `seq` of the last event that was seen: the next one comes first.

        Raises:
            ProtektError: The server refused it, or was lost.
        """
        headers = {"Accept": "text/event-stream"}
        if after is not None:
            headers["Last-Event-ID"] = str(after)
        asked = self._client.build_request(
            "GET", path, params=_given(query), headers=headers, timeout=_STREAM_TIMEOUT
        )
        with self._reported():
            answer = self._client.send(asked, stream=True)
            try:
                if not answer.is_success:
                    answer.read()
                    raise self._refused(answer)
                if not answer.headers.get("content-type", "").startswith("text/event-stream"):
                    raise self.stranger(answer.status_code)
                yield OPENED
                yield from frames(answer.iter_lines())
            except ValueError:
                raise self.stranger(answer.status_code) from None
            finally:
                answer.close()

    def checked(self, kind: type[T], answer: Any) -> T:
        """Return an answer that has the members of *kind*.

        Raises:
            ProtektError: It has not.
        """
        if not is_like(kind, answer):
            raise self.stranger()
        return cast(T, answer)

    def stranger(self, status: int | None = None) -> ProtektError:
        """Return the error of an answer that no Protekt gives."""
        return ProtektError(
            f"what answers at {self.url} is no Protekt",
            status=status,
            hint="name the server's own URL",
        )

    @contextmanager
    def _reported(self) -> Iterator[None]:
        try:
            yield
        except httpx2.RequestError as error:
            reason = _ERRNO.sub("", str(error).lower().rstrip(".")) or type(error).__name__
            raise Unavailable(f"no answer from {self.url}: {reason}") from error

    def _refused(self, answer: httpx2.Response) -> ProtektError:
        if answer.is_redirect:
            return ProtektError(
                f"{self.url} sends its visitors to {answer.headers.get('location', 'elsewhere')}",
                status=answer.status_code,
                hint="name that server itself",
            )
        error = from_problem(answer.status_code, _problem(answer), answer.headers)
        return error or self.stranger(answer.status_code)


class Client:
    """What every client of a server is: a way to it, let go of at the end."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of every connection."""
        self._connection.close()


def is_loopback(url: str) -> bool:
    """Whether a URL names this machine itself."""
    host = httpx2.URL(url).host
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def segment(text: str) -> str:
    """Return text as one part of a path, whatever it is: `.` and `..` lead nowhere."""
    return quote(text, safe="") if text.strip(".") else "%2E" * len(text)


def _given(query: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name: value for name, value in (query or {}).items() if value is not None}


def _problem(answer: httpx2.Response) -> Mapping[str, Any]:
    try:
        problem = json.loads(answer.content)
    except ValueError:
        return {}
    return problem if isinstance(problem, dict) else {}
