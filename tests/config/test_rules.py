"""How settings have to fit one another, this version, and what is recommended."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from protekt_cli.config import Key, Kind, Loaded, reference
from protekt_cli.errors import InvalidConfig

Load = Callable[..., Loaded]
Refusal = Callable[..., InvalidConfig]

OTHER_VALUES: dict[Kind, Callable[[Key], object]] = {
    Kind.INTEGER: lambda key: int(str(key.default)) + 1,
    Kind.BOOLEAN: lambda key: not key.default,
    Kind.DURATION: lambda key: int(str(key.default)) + 1,
    Kind.LIST: lambda key: ["https://a.example"],
    Kind.PATH: lambda key: "file",
    Kind.TEXT: lambda key: next((c for c in key.choices if c != key.default), "other"),
    Kind.TABLES: lambda key: [{"url": "https://a.example", "secret": "whsec_a"}],
}
NOT_YET = [key for key in reference() if key.later]


def named(key: Key) -> str:
    """Name a test by its key."""
    return key.name


@pytest.mark.parametrize(
    ("flags", "left", "right"),
    [
        ({"tokens.access_ttl": "7d"}, "tokens.access_ttl", "tokens.refresh_ttl"),
        ({"tokens.refresh_ttl": "1h"}, "tokens.access_ttl", "tokens.refresh_ttl"),
        ({"tokens.refresh_ttl": 2_592_001}, "tokens.refresh_ttl", "sessions.absolute_timeout"),
        (
            {"sessions.idle_timeout": 2_592_001},
            "sessions.idle_timeout",
            "sessions.absolute_timeout",
        ),
        (
            {"sessions.absolute_timeout": 604_799},
            "tokens.refresh_ttl",
            "sessions.absolute_timeout",
        ),
        (
            {"sessions.activity_resolution": "24h"},
            "sessions.activity_resolution",
            "sessions.idle_timeout",
        ),
        ({"passwords.min_length": 1025}, "passwords.min_length", "passwords.max_bytes"),
        (
            {"passwords.argon2_memory_kib": 31, "passwords.argon2_parallelism": 4},
            "passwords.argon2_memory_kib",
            "passwords.argon2_parallelism",
        ),
        ({"server.tls_cert": "c.pem"}, "server.tls_cert", "server.tls_key"),
        ({"server.tls_key": "k.pem"}, "server.tls_cert", "server.tls_key"),
        (
            {"cookies.session_name": "__Host-s", "cookies.domain": "a.example"},
            "cookies.session_name",
            "cookies.domain",
        ),
        (
            {"cookies.session_name": "__host-s", "cookies.path": "/app"},
            "cookies.session_name",
            "cookies.path",
        ),
        (
            {"cookies.device_name": "__Host-d", "cookies.secure": False},
            "cookies.device_name",
            "cookies.secure",
        ),
    ],
)
def test_two_values_that_cannot_stand_together_are_refused(
    refusal: Refusal, flags: dict[str, object], left: str, right: str
) -> None:
    """Both are named with value and meaning; the hint says where each comes from."""
    keys = {key.name: key for key in reference()}

    error = refusal(flags=flags)

    assert error.message.startswith(f"{left} = ")
    assert f" {right} = " in error.message
    assert keys[left].meaning in error.message
    assert keys[right].meaning in error.message
    assert error.hint is not None
    assert f"{next(iter(flags))}: flag" in error.hint
    assert (f"{left}: default" in error.hint) == (left not in flags)
    assert (f"{right}: default" in error.hint) == (right not in flags)


def test_a_refresh_cookie_with_the_host_prefix_is_refused(refusal: Refusal) -> None:
    """Its path is the renewal's own, and browsers drop such a cookie."""
    error = refusal(flags={"cookies.refresh_name": "__Host-r"})

    assert "cookies.refresh_name" in error.message
    assert "must not begin with __Host-" in error.message


@pytest.mark.parametrize(
    "flags",
    [
        {"tokens.access_ttl": 604_799},
        {"tokens.refresh_ttl": "30d", "sessions.idle_timeout": "30d"},
        {"sessions.activity_resolution": 86_399},
        {"sessions.activity_resolution": 0, "sessions.reuse_grace": 0},
        {"sessions.lost_answer_window": "0s"},
        {"passwords.min_length": 1024},
        {"passwords.argon2_memory_kib": 32, "passwords.argon2_parallelism": 4},
        {"tokens.algorithm": "HS256"},
    ],
)
def test_values_at_the_very_edge_are_taken(loading: Load, flags: dict[str, object]) -> None:
    """What is possible is not refused for being unusual."""
    loaded = loading(flags=flags)

    assert {name for name, origin in loaded.origins.items() if origin == "flag"} == set(flags)


@pytest.mark.parametrize("key", NOT_YET, ids=named)
def test_a_key_that_this_version_lacks_takes_its_default_alone(
    loading: Load, refusal: Refusal, key: Key
) -> None:
    """Protection that was asked for and is not there is an error, never a silence."""
    pair = {"server.tls_cert": "server.tls_key", "server.tls_key": "server.tls_cert"}
    flags: dict[str, object] = {key.name: OTHER_VALUES[key.kind](key)}
    if key.name in pair:
        flags[pair[key.name]] = "file"

    loaded = loading(flags={key.name: key.default})
    error = refusal(flags=flags)

    assert loaded.origins[key.name] == "flag"
    assert "is not in this version: " in error.message
    assert error.exit_code == 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("database.url", "postgresql://host/name"),
        ("database.url", "postgres://host/name"),
    ],
)
def test_a_value_that_this_version_lacks_is_refused(
    refusal: Refusal, name: str, value: str
) -> None:
    """The key works, and what it cannot do yet is said."""
    error = refusal(flags={name: value})

    assert error.message.startswith(f'{name} = "{value}" is not in this version: ')


def test_only_the_value_that_holds_has_to_be_in_this_version(loading: Load) -> None:
    """A file for a later version can be used with what it asks for turned off."""
    loaded = loading(
        "[server]\nrequire_api_key = true\n", {"PROTEKT_SERVER_REQUIRE_API_KEY": "false"}
    )

    assert loaded.settings.server.require_api_key is False


@pytest.mark.parametrize(
    ("flags", "warning"),
    [
        (
            {"tokens.access_ttl": "2h"},
            'tokens.access_ttl = "2h" is outside the recommended 15m to 1h:'
            " how long an access token lives",
        ),
        (
            {"tokens.access_ttl": 899},
            'tokens.access_ttl = "14m59s" is outside the recommended 15m to 1h:'
            " how long an access token lives",
        ),
        (
            {"sessions.idle_timeout": "8d"},
            'sessions.idle_timeout = "8d" is outside the recommended 1d to 7d:'
            " how long a session lives without being used",
        ),
        (
            {"tokens.refresh_ttl": "6d"},
            'tokens.refresh_ttl = "6d" is outside the recommended 7d to 30d:'
            " how long a refresh token lives, counted from the login",
        ),
        (
            {"sessions.absolute_timeout": "60d"},
            'sessions.absolute_timeout = "60d" is outside the recommended 7d to 30d:'
            " how long a session lives at most",
        ),
    ],
)
def test_a_value_outside_the_recommended_range_is_a_warning(
    loading: Load, flags: dict[str, object], warning: str
) -> None:
    """One line each, and the value holds."""
    loaded = loading(flags=flags)

    assert loaded.warnings == (warning,)


@pytest.mark.parametrize("access_ttl", ["15m", "1h"])
def test_the_ends_of_the_recommended_range_are_within_it(loading: Load, access_ttl: str) -> None:
    """No warning for what is recommended."""
    loaded = loading(flags={"tokens.access_ttl": access_ttl})

    assert loaded.warnings == ()
