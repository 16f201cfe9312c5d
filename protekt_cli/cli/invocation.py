"""One run of the command line: what its global options said, and what they open.

It is the only part of the command line that looks at the environment and the working folder,
and it says on stderr what is no answer. It imports nothing that only some commands need.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from protekt_cli.errors import Failed, Usage

if TYPE_CHECKING:
    import typer

    from protekt_cli.cli.administration.interface import Administration, Holdings
    from protekt_cli.cli.credentials import Credentials
    from protekt_cli.cli.output import Format, Output
    from protekt_cli.cli.own.interface import Own
    from protekt_cli.config import Settings
    from protekt_cli.engine.engine import Engine
    from protekt_cli.store.database import Store


class Invocation:
    """The global options; filled in once, before the command runs."""

    # No dataclass: to make one takes longer than all else that `protekt --version` does here.
    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.config_file: Path | None = None
        self.database: str | None = None
        #: What `--server` said.
        self.server_flag: str | None = None
        self.is_insecure = False
        self.verbosity = 0
        self.is_quiet = False
        self.no_color = False
        #: Settings that the command's own flags set, by their dotted keys.
        self.flags: dict[str, object] = {}
        self._is_local = False
        self._settings: Settings | None = None

    def note(self, text: str) -> None:
        """Say on stderr what is worth knowing and no answer."""
        if not self.is_quiet:
            from protekt_cli.cli.harmless import safe_text

            sys.stderr.write(f"{safe_text(text)}\n")

    def tell(self, text: str) -> None:
        """Say what only those want to know who asked for more with `-v`."""
        if self.verbosity:
            self.note(text)

    def settings(self) -> Settings:
        """Load the settings, once, and say what is unusual about them.

        Raises:
            InvalidConfig: Something in them is not possible.
        """
        if self._settings is None:
            from protekt_cli.config import load

            loaded = load(**self.sources())
            self.warn(loaded.warnings)
            self.tell(f"configuration: {loaded.file or 'none, the built-in defaults'}")
            self.tell(f"database: {loaded.settings.database.path}")
            self._settings = loaded.settings
        return self._settings

    def sources(self) -> dict[str, Any]:
        """Return what settings are loaded from, as `config.load` takes it."""
        if self.database is not None:
            self.flags["database.url"] = self.database
        return {
            "folder": Path.cwd(),
            "environ": self.environ,
            "config_file": self.config_file,
            "flags": self.flags,
        }

    def warn(self, warnings: Iterable[str]) -> None:
        """Say on stderr what is unusual about the settings."""
        for warning in warnings:
            self.note(f"warning: {warning}")

    def server(self) -> str | None:
        """Return the URL of the server that is worked on; None for the database itself.

        Raises:
            Usage: What names it is no URL, or an unsafe one; or a database is named as well.
        """
        flag, variable = self.server_flag, self.environ.get("PROTEKT_SERVER")
        if flag is not None and self.database is not None:
            raise Usage("--db and --server cannot be had at once", hint="leave one of them out")
        if self._is_local or (flag is None and (self.database is not None or not variable)):
            return None
        from protekt_cli.cli.servers import SERVER, parse_url

        name, text = ("--server", flag) if flag is not None else (SERVER, variable or "")
        return parse_url(name, text, is_insecure=self.is_insecure)

    def stay_local(self) -> None:
        """Ignore the variable that names a server, for a command about this machine alone.

        Raises:
            Usage: The flag names one.
        """
        if self.server_flag is not None:
            raise Usage("this command is about this machine alone", hint="leave --server out")
        self._is_local = True
        if self.environ.get("PROTEKT_SERVER"):
            self.note("note: PROTEKT_SERVER is not heeded: this is about this machine's database")

    @contextmanager
    def administration(self) -> Iterator[Administration]:
        """Open what an administrator works on: the database itself, or a server.

        Raises:
            InvalidApiKey: A server is named, and no API key for it.
        """
        server = self.server()
        if server is None:
            from protekt_cli.cli.administration.local import Local

            with Local(self) as local:
                yield local
            return
        from protekt_cli.cli.administration.remote import Remote

        self.tell(f"server: {server}")
        with Remote(self, server) as remote:
            yield remote

    @contextmanager
    def holdings(self) -> Iterator[Holdings]:
        """Open the sessions and devices there are; on a server without an API key one's own.

        Raises:
            InvalidApiKey: A server is named, and neither an API key nor a login is there for it.
        """
        server = self.server()
        if server is None or self._has_api_key() or self.credentials().find_session() is None:
            with self.administration() as administration:
                yield administration
            return
        from protekt_cli.cli.administration.own import Own
        from protekt_cli.cli.renewal import live

        self.tell(f"server: {server}, as who is logged in there")
        with self.own() as own:
            login, _ = live(own, self.credentials())
        with Own(server, login) as holdings:
            yield holdings

    @contextmanager
    def own(self) -> Iterator[Own]:
        """Open what one logs in to: the database itself, or a server."""
        server = self.server()
        if server is None:
            from protekt_cli.cli.own.local import Local

            with self.engine() as engine:
                yield Local(engine)
            return
        from protekt_cli.cli.own.remote import Remote

        with Remote(server, self.environ) as remote:
            yield remote

    def _has_api_key(self) -> bool:
        from protekt_cli.cli.servers import find_api_key

        return find_api_key(self.environ) is not None

    @contextmanager
    def engine(self) -> Iterator[Engine]:
        """Open the engine on the database itself; its first write is preceded by what is due.

        Raises:
            StoreUnavailable: The database is missing or not to be used.
        """
        from protekt_cli.clock import Clock
        from protekt_cli.engine.sweeper import SweepingEngine

        engine = SweepingEngine.open(self.settings(), self.environ, Clock())
        try:
            yield engine
        finally:
            engine.close()

    @contextmanager
    def store(self) -> Iterator[Store]:
        """Open the database for a command that only reads: faster, and needs no master key.

        Raises:
            StoreUnavailable: The database is missing or not to be used.
        """
        from protekt_cli.clock import Clock
        from protekt_cli.store.database import Store

        store = Store.open(self.settings().database.path, Clock())
        try:
            yield store
        finally:
            store.close()

    def credentials(self) -> Credentials:
        """Return what a login to what is worked on left on this machine."""
        from protekt_cli.cli.credentials import Credentials

        server = self.server()
        if server is not None:
            return Credentials.to(server, self.tell)
        return Credentials.of(self.settings().database.path, self.tell)

    def own_session(self) -> str | None:
        """Return the session of the stored login, to mark it among others; without it, no harm."""
        try:
            return self.credentials().find_session()
        except Failed as error:
            self.note(f"note: no session is marked as this machine's: {error.message}")
            return None

    def output(self, format_: Format, now: int) -> Output:
        """Return the way to stdout, in one format, with times seen from *now*."""
        from protekt_cli.cli.output import Output

        return Output.to_stdout(format_, now, self.environ, no_color=self.no_color)


def of(ctx: typer.Context) -> Invocation:
    """Return the invocation that a command belongs to."""
    invocation = ctx.find_object(Invocation)
    if invocation is None:  # `main` hands one to every command
        raise AssertionError("a command without an invocation")
    return invocation
