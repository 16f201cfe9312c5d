"""The server itself, on the installation in the folder that is named."""

from __future__ import annotations

import sys
from pathlib import Path

from protekt_cli import config
from protekt_cli.clock import Clock
from protekt_cli.engine.engine import Engine
from protekt_cli.server.app import create_app
from protekt_cli.server.runner import serve

settings = config.load(folder=Path(sys.argv[1]), environ={}).settings
engine = Engine.open(settings, {}, Clock()).unlock()
serve(
    lambda *_: create_app(engine),
    host="127.0.0.1",
    port=0,
    announce=lambda url: print(url, flush=True),
)
