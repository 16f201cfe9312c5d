"""The admin commands on a server: the same as on its database, to the letter."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from tests.cli.running import PASSWORD, Done, Run
from tests.cli.serving import Served, masked, served

UNKNOWN = "00000000000000000000000000"

Both = Callable[..., tuple[Done, Done]]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server for all of this file."""
    with served(tmp_path_factory.mktemp("served")) as server:
        yield server


@pytest.fixture
def both(protekt: Run, server: Served) -> Both:
    """Run one command on the server, and then on its database."""

    def both(*arguments: str, stdin: str = "") -> tuple[Done, Done]:
        remote = server.remotely(protekt, *arguments, stdin=stdin)
        return server.locally(protekt, *arguments, stdin=stdin), remote

    return both


@pytest.fixture
def filled(protekt: Run, server: Served) -> dict[str, str]:
    """Sessions of two users, one of them ended; ids by their kind."""
    for email in ("alice@example.com", "bob@example.com"):
        server.locally(protekt, "token", "issue", email, "--device", "lap\ttop")
    issued = server.locally(protekt, "token", "issue", "alice@example.com", "--json").json
    ended = server.locally(protekt, "token", "issue", "bob@example.com", "--json").json
    server.locally(protekt, "sessions", "revoke", ended["sessionId"], "--reason", "left")
    return {
        "session": issued["sessionId"],
        "device": issued["deviceId"],
        "token": issued["sessionToken"],
        "ended": ended["sessionId"],
        "dead_token": ended["sessionToken"],
    }


@pytest.mark.parametrize(
    "command",
    [
        "users list",
        "users list --json",
        "users list --csv --search ALICE",
        "users list --status disabled",
        "users list --limit 1 --ids",
        "users show alice@example.com",
        "users show ALICE@example.com --json",
        "users show nobody@example.com --json",
        f"users show user_{UNKNOWN} --json",
        "users show user_0 --json",
        "users show zed --json",
        "users show '' --json",
        "users update alice@example.com --email bob@example.com --json",
        "users update alice@example.com --email nonsense --json",
        "users delete bob@example.com --dry-run --json",
        "sessions list",
        "sessions list --json",
        "sessions list --csv --status all --limit 0",
        "sessions list --jsonl --status revoked",
        "sessions list --ids --sort user --user bob@example.com",
        "sessions list --sort active --limit 2",
        "sessions list --sort=-expires --since 1h",
        "sessions list --since 2999-01-01",
        "sessions list --since whenever --json",
        "sessions list --ip 192.0.2.0/24",
        "sessions list --ip nonsense --json",
        "sessions list --device {device} --json",
        "sessions list --device {device:.24} --user alice@example.com --json",
        "sessions list --device dev_0 --json",
        "sessions list --user nobody@example.com --json",
        "sessions show {session}",
        "sessions show {ended} --json",
        "sessions show sess_0 --json",
        f"sessions show sess_{UNKNOWN} --json",
        "sessions show nonsense --json",
        "sessions revoke --all --dry-run",
        "sessions revoke --all --dry-run --json",
        "sessions revoke --all",
        "sessions revoke --user bob@example.com --dry-run",
        "sessions revoke {session} {ended} --dry-run",
        "sessions revoke {session} --user bob@example.com --dry-run --json",
        "sessions revoke --device {device} --idle-for 0s --dry-run",
        "sessions revoke --idle-for 30d --dry-run",
        "sessions revoke --ip nonsense --json",
        f"sessions revoke sess_{UNKNOWN} {{ended}}",
        f"sessions revoke sess_{UNKNOWN} --json",
        "sessions revoke sess_0 --json",
        "sessions revoke --user nobody@example.com --json",
        "devices list",
        "devices list --user alice@example.com --json",
        "devices list --limit 1 --ids",
        "devices show {device} --json",
        "devices show dev_0 --json",
        "devices rename {device} '' --json",
        "devices revoke {device} --dry-run",
        f"devices revoke dev_{UNKNOWN} --json",
        "token verify {token}",
        "token verify {dead_token} --json",
        "token verify nonsense --json",
        "token issue nobody@example.com --json",
        "token issue alice@example.com --ttl 0s --json",
        "token issue alice@example.com --claim sub=me --json",
        "keys list",
        "keys list --json --limit 1",
        "keys jwks",
        "keys revoke {active} --yes --json",
        "keys revoke {next} --dry-run --json",
        f"keys revoke key_{UNKNOWN} --yes --json",
        "keys revoke key_0 --yes --json",
        "apikeys revoke apikey_0 --json",
        f"apikeys revoke apikey_{UNKNOWN} --json",
        "apikeys create '' --json",
        "apikeys create soon --expires 0s --json",
        "events list",
        "events list --json --limit 3",
        "events list --csv --type session:*",
        "events list --ids --user alice@example.com",
        "events list --session {session} --since 1h",
        "events list --session sess_0 --json",
        "events list --user nobody@example.com --json",
        "events list --since whenever --json",
        "events list --limit 0 --ids",
        "events tail",
        "events tail --jsonl",
    ],
)
def test_command_says_the_same_of_a_server_as_of_its_database(
    both: Both, filled: dict[str, str], protekt: Run, server: Served, command: str
) -> None:
    """Answer, exit code and what is refused: scripts need not know where they work."""
    keys = server.locally(protekt, "keys", "list", "--json").json
    names = filled | {key["status"]: key["kid"] for key in keys}

    local, remote = both(*(word.strip("'") for word in command.format_map(names).split()))

    assert (local.code, local.out) == (remote.code, remote.out)
    assert local.err == remote.err


def test_changes_are_the_same_on_a_server(protekt: Run, server: Served) -> None:
    """Each command that changes something, in turn, on two users that are alike."""

    def said(run: Run, name: str) -> list[str]:
        return [masked(out.replace(name, "NAME")) for out in _live(partial(run, protekt), name)]

    assert said(server.locally, "carol") == said(server.remotely, "erics")


def _live(run: Run, name: str) -> Iterator[str]:
    """Let a user live and die; give everything that was said."""
    email = f"{name}@example.com"
    create = ("users", "create", email, "--name", "N", "--metadata", '{"a": [1]}')
    made = run(*create, "--password-stdin", "--json", stdin=PASSWORD)
    user = made.json["id"]
    issue = ("token", "issue", user[:30], "--claim", "role=x", "--device", "phone")
    issued = run(*issue, "--json")
    session, device = issued.json["sessionId"], issued.json["deviceId"]
    yield made.out
    yield issued.out
    yield run("token", "verify", issued.json["sessionToken"], "--json").out
    for command in (
        ("users", "update", user, "--name", "", "--metadata", '{"b": "\\u2028"}', "--json"),
        ("users", "set-password", email, "--password-stdin", "--json"),
        (*issue, "--ttl", "10m"),
        ("devices", "rename", device, "work phone", "--json"),
        ("devices", "trust", device),
        ("devices", "untrust", device, "--json"),
        ("sessions", "revoke", session, "--reason", "lost", "--json"),
        ("sessions", "show", session, "--json"),
        ("devices", "revoke", device),
        issue,
        issue,
        ("sessions", "revoke", "--user", email, "--yes"),
        issue,
        ("users", "disable", email),
        issue,
        ("sessions", "list", "--user", email, "--status", "all", "--json"),
        ("users", "enable", email, "--json"),
        ("users", "delete", email, "--yes"),
    ):
        yield run(*command, stdin="new " + PASSWORD).out
    events = run("events", "list", "--user", user, "--json").json
    # By whose word, and how many before, is not the same.
    yield json.dumps([{**event, "actor": None, "seq": 0} for event in events])


def test_keys_are_the_same_on_a_server(protekt: Run, server: Served) -> None:
    """Signing keys, made and refused, and API keys."""
    said = [list(_turn(partial(run, protekt))) for run in (server.locally, server.remotely)]

    assert said[0] == said[1]


def _turn(run: Run) -> Iterator[str]:
    """Make and revoke keys; give everything that was said."""
    yield masked(run("keys", "rotate", "--algorithm", "ES256").out)
    [retired, *_] = [
        key["kid"] for key in run("keys", "list", "--json").json if key["status"] == "retired"
    ]
    yield masked(run("keys", "revoke", retired, "--dry-run").out)
    yield masked(run("keys", "revoke", retired, "--yes", "--json").out)
    yield masked(run("keys", "rotate", "--json").out)
    made = run("apikeys", "create", "third", "--scope", "read", "--expires", "1h", "--json")
    yield masked(made.out)
    [listed] = [key for key in run("apikeys", "list", "--json").json if key["name"] == "third"]
    yield masked(json.dumps(listed))
    yield masked(run("apikeys", "revoke", made.json["id"][:24], "--json").out)
    yield masked(run("apikeys", "revoke", made.json["id"]).err)


def test_password_set_over_a_server_is_the_one_to_log_in_with(protekt: Run, server: Served) -> None:
    """Byte for byte, as it was typed."""
    password = '  pa"ss\\wörd \u2028 that is long '
    server.remotely(
        protekt, "users", "create", "pat@example.com", "--password-stdin", stdin=password
    )

    codes = [
        server.locally(protekt, "login", "pat@example.com", "--password-stdin", stdin=typed).code
        for typed in (password, password.strip())
    ]

    assert [0, 4] == codes


def test_weak_password_is_refused_by_a_server_too(both: Both) -> None:
    """Exit 2, for the same reason."""
    local, remote = both(
        "users", "create", "weak@example.com", "--password-stdin", "--json", stdin="short"
    )

    assert (2, local.err) == (remote.code, remote.err)


def test_list_is_read_in_pages(protekt: Run, server: Served) -> None:
    """More than a server gives at once; with a limit, what is left out is said."""
    emails = [f'{{"email": "many{number}@example.com"}}' for number in range(1100)]
    file = server.installation.root / "many.jsonl"
    file.write_text("\n".join(emails))
    assert server.locally(protekt, "users", "import", str(file)).code == 0

    whole, cut = (
        server.remotely(protekt, "users", "list", "--search", "many", "--ids", "--limit", limit)
        for limit in ("0", "1050")
    )
    local = server.locally(protekt, "users", "list", "--search", "many", "--ids", "--limit", "0")

    assert (1100, 1050) == (len(whole.out.splitlines()), len(cut.out.splitlines()))
    assert local.out == whole.out
    assert ("", True) == (whole.err, "--limit 0" in cut.err)


def test_more_ids_than_a_request_takes_are_sent_in_several(
    protekt: Run, server: Served, filled: dict[str, str]
) -> None:
    """All are looked at before the first session ends."""
    unknown = [f"sess_{number:026}" for number in range(1001)]

    short = server.remotely(
        protekt, "sessions", "revoke", filled["session"], *unknown, "sess_0", "--yes"
    )
    shown = server.remotely(protekt, "sessions", "show", filled["session"], "--json").json
    done = server.remotely(protekt, "sessions", "revoke", *unknown, filled["session"], "--json")

    assert (2, "active") == (short.code, shown["status"])
    assert 3 == done.code
    assert (1, [filled["session"]], unknown) == tuple(
        done.json[name] for name in ("revoked", "ids", "notFound")
    )


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("users list", 0),
        ("events list", 0),
        ("token verify nonsense", 4),
        ("users create dan@example.com --no-password", 4),
        ("keys rotate", 4),
        ("sessions revoke --all --yes", 4),
        ("sessions revoke --all --dry-run", 4),
        # Where nobody is there to type or to be asked, that would be exit 2.
        ("users create dan@example.com", 4),
        ("users set-password alice@example.com", 4),
        ("users delete alice@example.com", 4),
        ("sessions revoke --all", 4),
        ("keys revoke {retired}", 4),
    ],
)
def test_key_of_scope_read_sees_and_changes_nothing(
    protekt: Run, server: Served, command: str, code: int
) -> None:
    """What it may not do is exit 4, before anything is asked for."""
    made = server.locally(protekt, "apikeys", "create", "reader", "--scope", "read")
    server.locally(protekt, "keys", "rotate")
    keys = server.locally(protekt, "keys", "list", "--json").json
    names = {key["status"]: key["kid"] for key in keys}

    done = server.remotely(protekt, *command.format_map(names).split(), key=made.out.strip())

    assert code == done.code


def test_verbose_says_which_server_is_worked_on(protekt: Run, server: Served) -> None:
    """-v, on stderr, as for a database."""
    environ = {"PROTEKT_SERVER": server.url, "PROTEKT_API_KEY": server.key}

    done = protekt("-v", "users", "show", "alice@example.com", environ=environ)

    assert f"server: {server.url}\n" == done.err


def test_unknown_api_key_is_refused(protekt: Run, server: Served) -> None:
    """Exit 4, and the key is not said again."""
    done = server.remotely(protekt, "users", "list", "--json", key="pk_" + "x" * 43)

    assert (4, "invalid_api_key") == (done.code, json.loads(done.err)["error"]["code"])
    assert "pk_" not in done.err


def test_path_of_dots_is_no_other_path(protekt: Run, server: Served) -> None:
    """A name of a user is never a way to somewhere else."""
    codes = [
        server.remotely(protekt, "users", "delete", name, "--yes").code
        for name in ("..", ".", "../keys", "a@b/../../apikeys", "?x", "#")
    ]

    assert [3] * 6 == codes
