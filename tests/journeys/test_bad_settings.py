"""Settings that are wrong: one clear line, the right exit code, nothing changed."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest

from tests.journeys.installation import Installation


@dataclass(frozen=True)
class Setting:
    """What stands in protekt.toml, and what its refusal has to name."""

    text: str
    naming: tuple[str, ...]


SETTINGS = {
    "broken TOML": Setting("[server\nport = 1\n", ("protekt.toml",)),
    "not UTF-8": Setting("[server]\nhost = '\udcff'\n", ("protekt.toml",)),
    "unknown key": Setting("[sessions]\nidle_timout = '1h'\n", ("sessions.idle_timout",)),
    "unknown section": Setting("[session]\nidle_timeout = '1h'\n", ("session",)),
    "wrong type": Setting("[server]\nport = 'high'\n", ("server.port", "high")),
    "impossible port": Setting("[server]\nport = 70000\n", ("server.port", "70000")),
    "no duration": Setting("[tokens]\naccess_ttl = 'soon'\n", ("tokens.access_ttl", "soon")),
    "zero": Setting("[tokens]\naccess_ttl = '0s'\n", ("tokens.access_ttl", "0s")),
    "less than zero": Setting("[sessions]\nidle_timeout = -1\n", ("sessions.idle_timeout", "-1")),
    "access as refresh": Setting("[tokens]\naccess_ttl = '7d'\n", ("tokens.access_ttl", "7d")),
    "idle over absolute": Setting("[sessions]\nidle_timeout = '31d'\n", ("idle_timeout", "31d")),
    "refresh over absolute": Setting("[tokens]\nrefresh_ttl = '31d'\n", ("refresh_ttl", "31d")),
    "resolution as idle": Setting(
        "[sessions]\nactivity_resolution = '2d'\n", ("activity_resolution", "2d")
    ),
    "workers": Setting("[server]\nworkers = 0\n", ("server.workers", "0")),
    "throttle": Setting("[throttle]\nip_attempts = 0\n", ("throttle.ip_attempts", "at least 1")),
    "risk": Setting("[risk]\nnew_device = 'revoke'\n", ("risk.new_device", "not in this version")),
    "PostgreSQL": Setting(
        "[database]\nurl = 'postgresql://db/p'\n", ("database.url", "not in this version")
    ),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_bad_setting_is_refused_by_name(installation: Installation, name: str) -> None:
    """A file that cannot mean what it says stops every command, and says which key it is."""
    setting = SETTINGS[name]
    file = installation.folder / "protekt.toml"
    file.write_text(setting.text, errors="surrogateescape")
    before = installation.listing()

    ran = installation.run("sessions", "list")

    code, message = ran.refusal()
    assert (code, ran.out) == (2, "")
    assert [word for word in setting.naming if word not in ran.err] == [], message
    assert before == installation.listing()


def test_bad_setting_is_json_where_that_was_asked_for(installation: Installation) -> None:
    """A program gets code, message and hint on stderr, and nothing on stdout."""
    ran = installation.run(
        "sessions", "list", "--json", environ={"PROTEKT_TOKENS_ACCESS_TTL": "soon"}
    )

    error = json.loads(ran.err)["error"]
    assert (ran.code, ran.out) == (2, "")
    assert {"code", "message", "hint"} == error.keys()
    assert error["code"] == "invalid_config"
    assert "tokens.access_ttl" in error["message"]


def test_setting_outside_the_recommended_range_is_one_warning(installation: Installation) -> None:
    """It works, and one line on stderr says so."""
    ran = installation.run("sessions", "list", environ={"PROTEKT_TOKENS_ACCESS_TTL": "2h"})

    assert ran.code == 0
    assert len(ran.err.splitlines()) == 1
    assert "tokens.access_ttl" in ran.err


@pytest.mark.parametrize("variable", ["flag", "environment"])
def test_missing_configuration_file_is_exit_2(installation: Installation, variable: str) -> None:
    """A file that was named and is not there is an error, never passed over."""
    flags = ("--config", "nowhere.toml") if variable == "flag" else ()
    environ = {"PROTEKT_CONFIG": "nowhere.toml"} if variable == "environment" else {}

    ran = installation.run(*flags, "sessions", "list", environ=environ)

    assert (ran.refusal()[0], ran.out) == (2, "")
    assert "nowhere.toml" in ran.err
