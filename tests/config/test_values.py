"""What a single value may be, and what is made of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from protekt_cli.config import Loaded
from protekt_cli.errors import InvalidConfig

Load = Callable[..., Loaded]
Refusal = Callable[..., InvalidConfig]


def test_an_impossible_value_is_named_with_its_meaning_and_place(
    refusal: Refusal, folder: Path
) -> None:
    """The whole sentence, once."""
    error = refusal('[tokens]\naccess_ttl = "0s"\n')

    assert error.message == (
        'tokens.access_ttl = "0s" is not possible: how long an access token lives;'
        " must be at least 1s"
    )
    assert error.hint == f"change it in {folder / 'protekt.toml'}"
    assert (error.code, error.exit_code) == ("invalid_config", 2)


@pytest.mark.parametrize(
    ("name", "raw", "requirement"),
    [
        ("tokens.access_ttl", "0", "must be at least 1s"),
        ("tokens.access_ttl", "-5", "never negative"),
        ("tokens.access_ttl", "1.5", "a duration is written as"),
        ("tokens.access_ttl", "true", "a duration is written as"),
        ("tokens.access_ttl", '"2w"', "a duration is written as"),
        ("tokens.access_ttl", "1979-05-27", "a duration is written as"),
        ("tokens.refresh_ttl", '"0s"', "must be at least 1s"),
        ("sessions.idle_timeout", '"0s"', "must be at least 1s"),
        ("sessions.absolute_timeout", '"0s"', "must be at least 1s"),
        ("sessions.absolute_timeout", '"40000d"', "at most 36500d"),
        ("sessions.reuse_grace", '"-1s"', "a duration is written as"),
        ("server.port", "0", "must be at least 1"),
        ("server.port", "65536", "must be at most 65535"),
        ("server.port", '"8787"', "must be a whole number"),
        ("server.port", "true", "must be a whole number"),
        ("server.port", "8787.0", "must be a whole number"),
        ("server.host", '""', "must be an address or a host name"),
        ("server.host", '"a b"', "must be an address or a host name"),
        ("server.host", "5", "must be a text"),
        ("server.public_url", '"auth.example"', "must be http:// or https://"),
        ("server.public_url", '"ftp://auth.example"', "must be http:// or https://"),
        ("server.public_url", '"https://"', "must be http:// or https://"),
        ("server.public_url", '"https://:80"', "must be http:// or https://"),
        ("server.public_url", '"https://a.example:99999"', "must be http:// or https://"),
        ("server.public_url", '"https://[a.example"', "must be http:// or https://"),
        ("server.public_url", '"https://me@a.example"', "must be http:// or https://"),
        ("server.public_url", '"https://bücher.example"', "must be http:// or https://"),
        ("server.public_url", '"https://a.example?x"', "must be http:// or https://"),
        ("server.public_url", '"https://a.example#x"', "must be http:// or https://"),
        ("server.public_url", '"https://a.example "', "must be http:// or https://"),
        ("server.allowed_hosts", '"a.example"', "must be a list"),
        ("server.allowed_hosts", "[5]", "must be a text"),
        ("server.allowed_hosts", '["*"]', "must be host names"),
        ("server.allowed_hosts", '["a.example", "https://b.example"]', "must be host names"),
        ("server.allowed_hosts", '["a.example:80"]', "must be host names"),
        ("server.allowed_hosts", '[""]', "must be host names"),
        ("server.max_body_bytes", "0", "must be at least 1"),
        ("server.require_api_key", '"yes"', "must be true or false"),
        ("server.require_api_key", "0", "must be true or false"),
        ("tokens.algorithm", '"none"', "must be one of ES256, HS256, EdDSA, RS256"),
        ("tokens.algorithm", '"es256"', "must be one of ES256, HS256, EdDSA, RS256"),
        ("tokens.audience", '""', "must be some text"),
        ("tokens.audience", '["a"]', "must be a text"),
        ("tokens.issuer", '"a\\nb"', "must hold no control characters"),
        ("sessions.device_binding", '"on"', "must be one of off, log, enforce"),
        ("passwords.min_length", "0", "must be at least 1"),
        ("passwords.argon2_time_cost", "0", "must be at least 1"),
        ("passwords.argon2_memory_kib", "7", "must be at least 8"),
        ("passwords.argon2_parallelism", "0", "must be at least 1"),
        ("passwords.blocklist", '"deny"', "must be one of off, warn, reject"),
        ("risk.new_device", '"enforce"', "must be one of off, log, revoke"),
        ("events.webhooks", "[5]", "must be tables"),
        ("events.webhooks", '[{url = "https://a.example"}]', "its secret must be"),
        ("events.webhooks", '[{secret = "whsec_a"}]', "its url must be"),
        ("events.webhooks", '[{uri = "https://a.example"}]', "must have no key uri"),
    ],
)
def test_a_value_of_the_wrong_type_or_range_is_refused(
    refusal: Refusal, name: str, raw: str, requirement: str
) -> None:
    """It is never rounded, converted or replaced by the default."""
    section, _, key = name.partition(".")

    error = refusal(f"[{section}]\n{key} = {raw}\n")

    assert error.message.startswith(f"{name} = ")
    assert "is not possible: " in error.message
    assert requirement in error.message


def test_a_duration_may_be_text_or_whole_seconds(loading: Load) -> None:
    """Both spellings of the file come to the same."""
    text = '[tokens]\naccess_ttl = "30m"\nrefresh_ttl = 864000\nleeway = "0s"\n'

    tokens = loading(text).settings.tokens

    assert (tokens.access_ttl, tokens.refresh_ttl, tokens.leeway) == (1800, 864_000, 0)


def test_port_zero_is_for_the_command_line_alone(loading: Load, refusal: Refusal) -> None:
    """A free port can be asked for, but not written down as where clients find the server."""
    loaded = loading(flags={"server.port": 0})
    error = refusal(environ={"PROTEKT_SERVER_PORT": "0"})

    assert loaded.settings.server.port == 0
    assert "must be at least 1" in error.message


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("data/p.db", "data/p.db"),
        ("./p.db", "p.db"),
        ("sqlite:///data/p.db", "data/p.db"),
        ("/srv/p.db", "/srv/p.db"),
        ("sqlite:////srv/p.db", "/srv/p.db"),
        ("what?.db", "what?.db"),
    ],
)
def test_the_database_is_a_path_from_the_folder_of_the_file(
    loading: Load, folder: Path, url: str, path: str
) -> None:
    """A relative path stays beside its file, wherever the command is run."""
    (folder.parent / "protekt.toml").write_text(f'[database]\nurl = "{url}"\n', encoding="utf-8")

    loaded = loading()

    assert loaded.settings.database.path == folder.parent / path


def test_the_database_of_any_other_source_is_a_path_from_the_working_folder(
    loading: Load, folder: Path
) -> None:
    """The shell's own reading of a relative path."""
    (folder.parent / "protekt.toml").write_text("[database]\n", encoding="utf-8")

    by_default = loading()
    by_variable = loading(environ={"PROTEKT_DATABASE_URL": "v.db"})
    by_flag = loading(flags={"database.url": "sqlite:///f.db"})

    loads = (by_default, by_variable, by_flag)
    paths = [loaded.settings.database.path for loaded in loads]
    assert paths == [folder / "protekt.db", folder / "v.db", folder / "f.db"]


@pytest.mark.parametrize(
    "url",
    [
        "",
        ".",
        "data/",
        "..",
        "sqlite:///",
        "sqlite://p.db",
        "sqlite:p.db",
        "file:p.db",
        "mysql://host/p",
        ":memory:",
        "sqlite:///:memory:",
        "sqlite:///p.db?mode=ro",
        "a\0b",
    ],
)
def test_a_database_that_is_no_file_is_refused(refusal: Refusal, url: str) -> None:
    """What SQLite or another program would make of it never becomes the name of a file."""
    error = refusal(flags={"database.url": url})

    assert error.message.startswith("database.url = ")
    assert error.hint == "change the flag"


@pytest.mark.parametrize(
    ("text", "public_url", "issuer"),
    [
        ("", "http://127.0.0.1:8787", "http://127.0.0.1:8787"),
        ("[server]\nport = 9000", "http://127.0.0.1:8787", "http://127.0.0.1:8787"),
        (
            '[server]\npublic_url = "https://a.example/auth/"',
            "https://a.example/auth",
            "https://a.example/auth",
        ),
        (
            '[server]\npublic_url = "https://a.example"\n[tokens]\nissuer = "me/"',
            "https://a.example",
            "me/",
        ),
    ],
)
def test_the_issuer_is_the_public_url_unless_it_is_set(
    loading: Load, text: str, public_url: str, issuer: str
) -> None:
    """One name for the server, without a trailing slash; an issuer of one's own stays as it is."""
    settings = loading(text).settings

    assert (settings.public_url, settings.issuer) == (public_url, issuer)
