"""Requests that the server's own description allows, and some that it forbids, made from it."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.core.result import Ok

from tests.faults.doors import api_key
from tests.faults.figures import is_whole_run
from tests.faults.running import EMAIL, PASSWORD, Installation, Serving, connected, serving, times

#: Methods that nobody knows, and a server that has too much to do.
DOCUMENTED = {501, 503}
#: With a credential their answers do not end.
STREAMS = ("/v1/events", "/v1/admin/events/stream")


def log_in(server: Serving) -> Any:
    async def ask() -> Any:
        async with connected(server, 1) as (connection,):
            return (await connection.log_in(EMAIL, PASSWORD)).body

    return asyncio.run(ask())


def credentials(server: Serving, path: str, key: str) -> dict[str, str]:
    """Return what opens a path: a new session each time, since some end theirs."""
    if path in STREAMS:
        return {}
    token = log_in(server)["sessionToken"]
    return {"Authorization": f"Bearer {token}", "X-API-Key": key}


def try_out(
    operation: APIOperation[Any, Any, Any, Any],
    mode: GenerationMode,
    headers: dict[str, str],
    statuses: Counter[str],
) -> None:
    """Send requests for one operation, and find no fault of the server's own."""

    @seed(4)
    @settings(
        max_examples=times(40, everyday=2),
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Case[Any]) -> None:
        response = case.call(headers=headers, timeout=30)
        statuses[str(response.status_code)] += 1
        assert response.status_code < 500 or response.status_code in DOCUMENTED, (
            case.as_curl_command(),
            response.text,
        )

    ask()


def test_described_requests_break_nothing(tmp_path: Path) -> None:
    """What the description allows is answered, what it forbids is refused; neither is a fault."""
    installation = Installation(tmp_path)
    statuses: Counter[str] = Counter()

    with serving(installation) as server:
        key = api_key(installation, "admin")
        schema = schemathesis.openapi.from_url(f"http://127.0.0.1:{server.port}/openapi.json")
        operations = [each.ok() for each in schema.get_all_operations() if isinstance(each, Ok)]
        with_body = [each for each in operations if len(each.body)]
        tried = operations if is_whole_run() else random.Random(1).sample(with_body, 4)
        for operation in tried:
            headers = credentials(server, operation.path, key)
            try_out(operation, GenerationMode.POSITIVE, headers, statuses)
            with suppress(Unsatisfiable):  # nothing can be wrong where nothing is asked for
                try_out(operation, GenerationMode.NEGATIVE, headers, statuses)
        assert server.stop() == 0

    log = (installation.folder / "server.log").read_text()
    print(f"\n{len(tried)} of {len(operations)} operations: {dict(sorted(statuses.items()))}")
    assert "Traceback" not in log, log
