"""`protekt doctor`: everything about an installation that may be wrong, each with its remedy."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from protekt_cli.cli.commands import examples
from protekt_cli.cli.invocation import Invocation, of
from protekt_cli.cli.options import AsJson, one_format
from protekt_cli.cli.output import Format, Output, Status
from protekt_cli.errors import Failed

if TYPE_CHECKING:
    from protekt_cli.config import Settings
    from protekt_cli.engine.diagnosis import Check

#: Seconds that whoever has the port may take to say who that is.
_PATIENCE = 2.0


@examples("protekt doctor", "protekt doctor --fix", "protekt doctor --json")
def doctor(
    ctx: typer.Context,
    fix: Annotated[
        bool, typer.Option("--fix", help="Do what is safe: file modes, files left behind.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Look for what is wrong with an installation, and say the remedy.

    It looks at the configuration, the database, its files and their modes, the keys, the clock
    and the port. It needs no master key, and says what is wrong with that. Exit code 1 says that
    a check failed; a warning does not.
    """
    from protekt_cli.engine.diagnosis import Verdict

    invocation = of(ctx)
    output = invocation.output(one_format(as_json), 0)
    checks = list(_checks(invocation))
    fixes = [check for check in checks if check.fix is not None] if fix else []
    for check in fixes:
        if check.fix is not None:
            check.fix()
            invocation.note(f"fixed: {check.detail}")
    if fixes:
        checks = list(_checks(invocation))
    has_failed = any(check.status is Verdict.FAIL for check in checks)
    _show(output, checks, is_ok=not has_failed)
    if has_failed:
        raise typer.Exit(Failed.exit_code)


def _checks(invocation: Invocation) -> Iterator[Check]:
    from protekt_cli.cli.credentials_file import CredentialsFile
    from protekt_cli.cli.long_work import progress_of
    from protekt_cli.clock import Clock
    from protekt_cli.config import find_faults, load
    from protekt_cli.engine.diagnosis import Check, Verdict, examine

    sources = invocation.sources()
    faults = find_faults(**sources)
    for fault in faults:
        yield Check("config", Verdict.FAIL, fault.message, fault.hint)
    if faults:  # nobody knows where anything else is
        return
    loaded = load(**sources)
    for warning in loaded.warnings:
        yield Check("config", Verdict.WARN, warning, "see: protekt config show --origin")
    if not loaded.warnings:
        yield Check("config", Verdict.OK, str(loaded.file or "none: the built-in defaults"))
    settings = loaded.settings
    credentials = CredentialsFile.of_user().path
    with progress_of(invocation, "checking") as progress:
        yield from examine(settings, invocation.environ, Clock(), [credentials], progress)
    yield _port(settings)


def _port(settings: Settings) -> Check:
    """Look who has the port: nobody, a Protekt, or somebody who keeps one from starting."""
    from protekt_cli.engine.diagnosis import Check, Verdict

    host, port = settings.server.host, settings.server.port
    try:
        with socket.create_connection((host, port), _PATIENCE):
            pass
    except ConnectionRefusedError:
        return Check("port", Verdict.OK, f"port {port} on {host} is free")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        remedy = "set server.host to an address of this machine, such as 127.0.0.1"
        return Check("port", Verdict.WARN, f"port {port} on {host}: {reason}", remedy)
    if _is_protekt(host, port, is_secure=bool(settings.server.tls_cert)):
        return Check("port", Verdict.OK, f"a Protekt serves port {port} on {host}")
    remedy = "stop what listens there, or set server.port to another"
    return Check("port", Verdict.FAIL, f"another program has port {port} on {host}", remedy)


def _is_protekt(host: str, port: int, *, is_secure: bool) -> bool:
    if is_secure:
        import ssl

        # Who it is is asked for, nothing is told: the certificate's name need not be this one.
        context = ssl._create_unverified_context()  # noqa: S323
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(
            host, port, timeout=_PATIENCE, context=context
        )
    else:
        connection = http.client.HTTPConnection(host, port, timeout=_PATIENCE)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().getheader("Server") == "protekt"
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _show(output: Output, checks: list[Check], *, is_ok: bool) -> None:
    if output.format is Format.JSON:
        shown = [
            {"id": c.id, "status": c.status, "detail": c.detail, "remedy": c.remedy} for c in checks
        ]
        output.record({"ok": is_ok, "checks": shown})
        return
    rows = ((Status(c.status), c.id, c.detail, c.remedy) for c in checks)
    output.table(("status", "check", "detail", "remedy"), rows)
