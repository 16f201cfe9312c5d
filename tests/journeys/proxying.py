"""Real proxies with the configuration that the command prints, and an app that says what it got."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.journeys.asking import PATIENCE, Answer
from tests.journeys.installation import Installation, until

#: Where proxies are looked for: beside the tests' own Python too, as they come from PyPI.
PLACES = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"], "/usr/sbin"])
#: What only tests need: to end with them, and to be there twice on one machine.
FLAGS = {
    "nginx": '-g "daemon off; pid nginx.pid; error_log stderr;" -p "$PWD"',
    "caddy": "",
    "traefik": "",
    "envoy": "--disable-hot-restart",
}
RUNS_WITH = re.compile(r"^# Saved as (\S+), it runs with:\n#\n#     (.+)$", re.MULTILINE)


class Echo(BaseHTTPRequestHandler):
    """An app that answers with what it was asked."""

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        seen = {
            "method": self.command,
            "target": self.path,
            "headers": [[name.lower(), value] for name, value in self.headers.items()],
            "body": self.rfile.read(length).decode(),
        }
        answer = json.dumps(seen).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_POST = do_PUT = do_DELETE = do_GET

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy that runs."""

    name: str
    port: int

    def ask(
        self,
        method: str,
        target: str,
        body: bytes | None = None,
        headers: Mapping[str, str] = {},
        *,
        source: str = "127.0.0.1",
    ) -> Answer:
        """Send one request from an address of this machine."""
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.port, timeout=PATIENCE, source_address=(source, 0)
        )
        try:
            connection.request(method, target, body, dict(headers))
            response = connection.getresponse()
            return Answer(response.status, tuple(response.getheaders()), response.read())
        finally:
            connection.close()

    def seen(self, *arguments: Any, **more: Any) -> Any:
        """Return what the app got of a request that was let through."""
        answer = self.ask(*arguments, **more)
        assert answer.status == 200, answer
        return answer.json()


@contextmanager
def app() -> Iterator[int]:
    """Run the app until the end of the block."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def proxy(
    installation: Installation, name: str, *, app_port: int, protekt_port: int
) -> Iterator[Proxy]:
    """Run a proxy as its configuration says, which is printed and kept as it is."""
    port = free_port()
    printed = installation.run(
        *("integrate", name, "--app", f"http://127.0.0.1:{app_port}", "--listen", str(port)),
        environ={"PROTEKT_SERVER_PORT": str(protekt_port)},
    )
    found = RUNS_WITH.search(printed.out)
    assert found is not None, printed
    folder = installation.root / f"{name}-{port}"
    folder.mkdir()
    (folder / found[1]).write_text(printed.out)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            ["bash", "-c", f"exec {found[2]} {FLAGS[name]}"],
            cwd=folder,
            env=environment(folder),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        until(lambda: process.poll() is not None or is_ready(Proxy(name, port)), name)
        assert process.poll() is None, (folder / "log").read_text()
        yield Proxy(name, port)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(PATIENCE)


def environment(folder: Path) -> dict[str, str]:
    return {
        "PATH": PLACES,
        "HOME": str(folder),
        "CADDY_ADMIN": f"127.0.0.1:{free_port()}",
        "LANG": "C.UTF-8",
    }


def is_ready(proxy: Proxy) -> bool:
    """Whether the proxy listens, and has found its configuration: until then it knows no path."""
    try:
        return proxy.ask("GET", "/").status != 404
    except OSError:
        return False


def is_there(name: str) -> bool:
    return shutil.which(name, path=PLACES) is not None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
