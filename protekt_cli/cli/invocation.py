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

    from protekt_cli.cli.credentials import Credentials
    from protekt_cli.cli.output import Format, Output
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
        self.verbosity = 0
        self.is_quiet = False
        self.no_color = False
        #: Settings that the command's own flags set, by their dotted keys.
        self.flags: dict[str, object] = {}
        self._settings: Settings | None = None

    def note(self, text: str) -> None:
        """Say on stderr what is worth knowing and no answer."""
        if not self.is_quiet:
            from protekt_cli.cli.output import safe_text

            sys.stderr.write(f"{safe_text(text)}\n")

    def settings(self) -> Settings:
        """Load the settings, once, and say what is unusual about them.

        Raises:
            InvalidConfig: Something in them is not possible.
        """
        if self._settings is None:
            from protekt_cli.config import load

            loaded = load(**self.sources())
            self.warn(loaded.warnings)
            if self.verbosity:
                self.note(f"configuration: {loaded.file or 'none, the built-in defaults'}")
                self.note(f"database: {loaded.settings.database.path}")
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

    @contextmanager
    def engine(self, *, heeds_server: bool = True) -> Iterator[Engine]:
        """Open the engine on the database itself; its first write is preceded by what is due.

        Args:
            heeds_server: Whether the command is one that could work with a server instead.

        Raises:
            Usage: A server is named, which this version cannot work with.
            StoreUnavailable: The database is missing or not to be used.
        """
        from protekt_cli.clock import Clock
        from protekt_cli.engine.sweeper import SweepingEngine

        if heeds_server:
            self._refuse_server()
        engine = SweepingEngine.open(self.settings(), self.environ, Clock())
        try:
            yield engine
        finally:
            engine.close()

    @contextmanager
    def store(self, *, heeds_server: bool = True) -> Iterator[Store]:
        """Open the database for a command that only reads: faster, and needs no master key.

        Args:
            heeds_server: Whether the command is one that could work with a server instead.

        Raises:
            Usage: A server is named, which this version cannot work with.
            StoreUnavailable: The database is missing or not to be used.
        """
        from protekt_cli.clock import Clock
        from protekt_cli.store.database import Store

        if heeds_server:
            self._refuse_server()
        store = Store.open(self.settings().database.path, Clock())
        try:
            yield store
        finally:
            store.close()

    def credentials(self, *, heeds_server: bool = True) -> Credentials:
        """Return what a login to this database left on this machine.

        Args:
            heeds_server: Whether the command is one that could work with a server instead.

        Raises:
            Usage: A server is named, which this version cannot work with.
        """
        from protekt_cli.cli.credentials import Credentials

        if heeds_server:
            self._refuse_server()
        return Credentials.of(self.settings().database.path)

    def own_session(self, *, heeds_server: bool = True) -> str | None:
        """Return the session of the stored login, to mark it among others; without it, no harm."""
        try:
            login = self.credentials(heeds_server=heeds_server).find_login()
        except Failed as error:
            self.note(f"note: no session is marked as this machine's: {error.message}")
            return None
        return login.session_id if login else None

    def output(self, format_: Format, now: int) -> Output:
        """Return the way to stdout, in one format, with times seen from *now*."""
        from protekt_cli.cli.output import Output

        return Output.to_stdout(format_, now, self.environ, no_color=self.no_color)

    def _refuse_server(self) -> None:
        if self.environ.get("PROTEKT_SERVER"):
            raise Usage("remote mode is not in this version", hint="unset PROTEKT_SERVER")


def of(ctx: typer.Context) -> Invocation:
    """Return the invocation that a command belongs to."""
    invocation = ctx.find_object(Invocation)
    if invocation is None:  # `main` hands one to every command
        raise AssertionError("a command without an invocation")
    return invocation
