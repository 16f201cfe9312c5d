"""Which of several values holds, how variables are read, and names that nobody knows."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from protekt_cli.config import Loaded
from protekt_cli.errors import InvalidConfig

Load = Callable[..., Loaded]
Refusal = Callable[..., InvalidConfig]


def test_a_flag_beats_the_environment_which_beats_the_file(loading: Load) -> None:
    """Each source covers the one below it, and says so."""
    text = "[server]\nport = 1001\n"
    environ = {"PROTEKT_SERVER_PORT": "1002"}
    flags = {"server.port": 1003}

    loads = [loading(text), loading(environ=environ), loading(environ=environ, flags=flags)]

    assert [loaded.settings.server.port for loaded in loads] == [1001, 1002, 1003]
    origins = [loaded.origins["server.port"] for loaded in loads]
    assert origins == [f"file {loads[0].file}", "environment PROTEKT_SERVER_PORT", "flag"]


def test_a_value_is_judged_even_where_another_covers_it(refusal: Refusal) -> None:
    """A fault in the file does not wait for the day on which a variable goes away."""
    error = refusal('[tokens]\naccess_ttl = "0s"\n', {"PROTEKT_TOKENS_ACCESS_TTL": "15m"})

    assert error.message.startswith('tokens.access_ttl = "0s" is not possible')
    assert "protekt.toml" in str(error.hint)


def test_a_variable_is_read_as_its_kind(loading: Load) -> None:
    """Text, number, boolean, duration and list have one spelling each."""
    environ = {
        "PROTEKT_TOKENS_ISSUER": "https://issuer.example",
        "PROTEKT_SERVER_PORT": "9000",
        "PROTEKT_SERVER_REQUIRE_API_KEY": "false",
        "PROTEKT_TOKENS_ACCESS_TTL": "15m",
        "PROTEKT_TOKENS_REFRESH_TTL": "864000",
        "PROTEKT_SERVER_ALLOWED_HOSTS": '["a.example", "[::1]"]',
    }

    settings = loading(environ=environ).settings

    assert settings.tokens.issuer == "https://issuer.example"
    assert settings.server.port == 9000
    assert settings.server.require_api_key is False
    assert settings.tokens.access_ttl == 900
    assert settings.tokens.refresh_ttl == 864_000
    assert settings.server.allowed_hosts == ("a.example", "[::1]")


@pytest.mark.parametrize(
    ("variable", "text", "requirement"),
    [
        ("PROTEKT_SERVER_PORT", "8_000", "must be a whole number"),
        ("PROTEKT_SERVER_PORT", "9" * 5000, "must be a whole number"),
        ("PROTEKT_SERVER_PORT", "", "must be a whole number"),
        ("PROTEKT_SERVER_REQUIRE_API_KEY", "no", "must be true or false"),
        ("PROTEKT_TOKENS_ACCESS_TTL", "", "a duration is written as"),
        ("PROTEKT_SERVER_ALLOWED_HOSTS", "a.example", "must be a list as TOML has it"),
        ("PROTEKT_SERVER_ALLOWED_HOSTS", "[]\nother = 1", "must be a list as TOML has it"),
        ("PROTEKT_SERVER_ALLOWED_HOSTS", '"a.example"', "must be a list as TOML has it"),
        ("PROTEKT_SERVER_ALLOWED_HOSTS", "[1]", "must be a text"),
    ],
)
def test_a_variable_that_is_not_its_kind_is_refused(
    refusal: Refusal, variable: str, text: str, requirement: str
) -> None:
    """Nothing is guessed from a text that does not fit."""
    error = refusal(environ={variable: text})

    assert error.message.startswith(variable.split("_")[1].lower())
    assert requirement in error.message
    assert error.hint == f"change {variable} in the environment"


@pytest.mark.parametrize(
    "variable",
    [
        "PROTEKT_TOKENS_ACCES_TTL",
        "PROTEKT_SERVER_URL",
        "PROTEKT_RISK_",
        "PROTEKT_DATABASE_URL_FILE",
    ],
)
def test_a_variable_of_a_section_without_that_key_is_refused(
    refusal: Refusal, variable: str
) -> None:
    """A typing error in the environment is no less grave than one in the file."""
    error = refusal(environ={variable: "x"})

    assert "is not a key that Protekt knows" in error.message
    assert variable in str(error.hint)


def test_variables_that_are_no_settings_are_left_alone(loading: Load) -> None:
    """Protekt's other variables, and other programs', have their own readers."""
    names = ["SERVER", "API_KEY", "API_KEY_FILE", "MASTER_KEY", "MASTER_KEY_FILE", "URL", "ISSUER"]
    environ = {f"PROTEKT_{name}": "x" for name in names} | {"TOKENS_ACCESS_TTL": "x"}

    loaded = loading(environ=environ)

    assert set(loaded.origins.values()) == {"default"}


def test_an_unknown_key_is_refused_with_the_likely_one(refusal: Refusal) -> None:
    """The message names key and value; the hint names what was probably meant, and where."""
    error = refusal('[tokens]\nacces_ttl = "1h"\n')

    assert error.message == 'tokens.acces_ttl = "1h" is not a key that Protekt knows'
    assert "tokens.access_ttl (how long an access token lives)" in str(error.hint)
    assert "protekt.toml" in str(error.hint)


@pytest.mark.parametrize("text", ["[token]\nx = 1", "port = 1", "[server.port]\nx = 1"])
def test_an_unknown_section_or_shape_is_refused(refusal: Refusal, text: str) -> None:
    """Nothing in the file is passed over in silence."""
    error = refusal(text)

    assert error.exit_code == 2


def test_a_section_that_is_no_table_is_refused(refusal: Refusal) -> None:
    """The hint says how a section is written."""
    error = refusal("tokens = 5")

    assert error.message == "tokens = 5 is not possible: it is a section"
    assert "[tokens]" in str(error.hint)


@pytest.mark.parametrize(
    "text",
    [
        '[server]\napi_key = "pk_hidden"',
        '[master]\nkey = "pk_hidden"',
        '[events]\nwebhooks = "pk_hidden"',
        '[[events.webhooks]]\nurl = "https://a.example"\nsecret = "whsec_pk_hidden"',
        '[database]\nurl = "postgresql://user:pk_hidden@host/name"',
        '[database]\nurl = "mysql://user:pk_hid@den@host/name"',
    ],
)
def test_a_refusal_repeats_no_secret(refusal: Refusal, text: str) -> None:
    """An error ends up in logs and screenshots; a credential put in the wrong place does not."""
    error = refusal(text)

    assert "pk_hid" not in error.message
    assert "den@" not in error.message
    assert "pk_hid" not in str(error.hint)
