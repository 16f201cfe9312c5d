"""Granian, embedded in this process, with the limits that every connection is under.

Embedded, because `Granian.serve` forks a worker that outlives its parent. The socket is handed
in, already listening.
"""

from __future__ import annotations

import os
import resource
import socket

from granian.constants import HTTPModes, Interfaces, SSLProtocols
from granian.http import HTTP1Settings
from granian.net import SocketHolder  # type: ignore[attr-defined]
from granian.server.embed import Server

from protekt_cli.server.answer import ASGIApp
from protekt_cli.server.listening import BACKLOG
from protekt_cli.server.tls import Tls

#: Milliseconds for a request's headers, and for a connection that asks nothing.
_HEADER_DEADLINE = 15_000
_HEADER_BLOCK_BYTES = 16_384
_MAX_FILES = 65_536
#: Files that the process needs beside its connections.
_RESERVED_FILES = 128


class EmbeddedServer(Server):
    """Granian's embedded server on a socket that is already listening."""

    def __init__(self, app: ASGIApp, listening: socket.socket, tls: Tls | None = None) -> None:
        super().__init__(
            app,
            interface=Interfaces.ASGINL,
            http=HTTPModes.http1,
            websockets=False,
            http1_settings=HTTP1Settings(
                header_read_timeout=_HEADER_DEADLINE, max_buffer_size=_HEADER_BLOCK_BYTES
            ),
            # The default of 128 connections lets as many silent clients shut everybody out.
            backpressure=_allow_connections(),
            log_enabled=False,
            ssl_cert=tls.cert if tls else None,
            ssl_key=tls.key if tls else None,
            ssl_protocol_min=SSLProtocols.tls12,
        )
        self._listening = listening

    def _init_shared_socket(self) -> None:
        # Granian closes what it is given.
        descriptor = os.dup(self._listening.fileno())
        self._shd = SocketHolder(descriptor, False, BACKLOG)  # type: ignore[assignment,call-arg]


def _allow_connections() -> int:
    """Let the process open as many files as it may; return how many connections that allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < _MAX_FILES:
        soft = _MAX_FILES if hard == resource.RLIM_INFINITY else min(hard, _MAX_FILES)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return max(soft - _RESERVED_FILES, soft // 2)
