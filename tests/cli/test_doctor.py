"""`protekt doctor`: each fault is found, and said with its remedy."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from protekt_cli.store import sqlite
from tests.cli.running import Done, Run

IDS = [
    "config",
    "sqlite",
    "modes",
    "folders",
    "leftovers",
    "database",
    "integrity",
    "master_key",
    "signing_keys",
    "clock",
    "port",
]


@pytest.fixture(autouse=True)
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """A port that nobody else has, for as long as the socket is not listening."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        monkeypatch.setenv("PROTEKT_SERVER_PORT", str(bound.getsockname()[1]))
        yield bound


def checks(done: Done) -> dict[str, dict[str, Any]]:
    return {check["id"]: check for check in done.json["checks"]}


def change(database: Path, statement: str) -> None:
    connection = sqlite.open_existing(database)
    connection.execute(statement)
    connection.close()


@pytest.mark.usefixtures("installed")
def test_sound_installation_has_nothing_wrong(protekt: Run) -> None:
    """Every check is named, and none of them fails or warns."""
    done = protekt("doctor", "--json")

    assert (0, True, "") == (done.code, done.json["ok"], done.err)
    assert IDS == [check["id"] for check in done.json["checks"]]
    assert {("ok", None)} == {(c["status"], c["remedy"]) for c in done.json["checks"]}


FAULTS = {
    "config": ("PROTEKT_SERVER_PRT=1", "", "config", "fail"),
    "advice": ("PROTEKT_TOKENS_ACCESS_TTL=2h", "", "config", "warn"),
    "no database": ("", "rm protekt.db*", "database", "fail"),
    "no database of ours": ("", "echo nonsense > protekt.db", "database", "fail"),
    "no key": ("", "rm protekt.key", "master_key", "fail"),
    "another key": ("", "printf %064d 0 > protekt.key", "master_key", "fail"),
    "two keys": ("", "printf %064d 0 >> protekt.key", "master_key", "warn"),
    "loose database": ("", "chmod 644 protekt.db", "modes", "warn"),
    "loose key": ("", "chmod 640 protekt.key", "modes", "warn"),
    "open folder": ("", "chmod 777 .", "folders", "warn"),
    "left behind": ("", "touch -d 2020-01-01 .protekt.db.0123abcd", "leftovers", "warn"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_fault_is_named_with_its_remedy(protekt: Run, installed: Path, name: str) -> None:
    """Exit 1 where a check fails; a warning alone is no failure."""
    variable, command, check, status = FAULTS[name]
    environ = dict([variable.split("=")]) if variable else {}
    assert os.system(command or "true") == 0  # noqa: S605

    done = protekt("doctor", "--json", environ=environ)

    found = checks(done)[check]
    assert (int(status == "fail"), status) == (done.code, found["status"])
    assert found["remedy"]


def test_moved_clock_is_named(protekt: Run, installed: Path) -> None:
    """A server that is not for development refuses to start with it."""
    change(installed, "INSERT INTO meta VALUES ('dev', 1), ('clock_offset', 3600000)")

    done = protekt("doctor", "--json")

    assert (1, "fail") == (done.code, checks(done)["clock"]["status"])
    assert "1h ahead" in checks(done)["clock"]["detail"]


def test_clock_that_was_set_back_is_named(protekt: Run, installed: Path, alice: str) -> None:
    """The newest event says from when it is."""
    change(installed, "UPDATE events SET at = at + 7200")

    assert "warn" == checks(protekt("doctor", "--json"))["clock"]["status"]


def test_damage_is_named(protekt: Run, installed: Path, alice: str) -> None:
    """What `db check` finds, it finds too, and goes on."""
    change(installed, "PRAGMA ignore_check_constraints = ON")
    change(installed, "UPDATE users SET metadata = 'no JSON'")

    done = protekt("doctor", "--json")

    assert (1, "fail") == (done.code, checks(done)["integrity"]["status"])
    assert "port" in checks(done)


def test_damaged_signing_key_is_named(protekt: Run, installed: Path) -> None:
    """It would make every login fail."""
    change(installed, "UPDATE signing_keys SET sealed = x'00' WHERE status = 'active'")

    found = checks(protekt("doctor", "--json"))["signing_keys"]

    assert ("fail", "run: protekt keys rotate") == (found["status"], found["remedy"])


@pytest.mark.usefixtures("installed")
def test_port_of_another_program_is_named(protekt: Run, port: socket.socket) -> None:
    """A server could not be started there."""
    port.listen()

    done = protekt("doctor", "--json")

    assert (1, "fail") == (done.code, checks(done)["port"]["status"])


def test_fix_does_what_is_safe_and_nothing_else(protekt: Run, installed: Path) -> None:
    """Modes and files left behind; a missing key it cannot make good."""
    scratch = installed.with_name(".protekt.key.0123abcd")
    scratch.touch()
    os.utime(scratch, (0, 0))
    young = installed.with_name(".protekt.db.0123abcd")
    young.touch()
    installed.chmod(0o666)
    installed.with_name("protekt.key").rename("kept.key")

    done = protekt("doctor", "--fix", "--json")

    assert (1, "fail") == (done.code, checks(done)["master_key"]["status"])
    assert ["ok", "ok"] == [checks(done)[check]["status"] for check in ("modes", "leftovers")]
    assert (0o600, False, True) == (
        installed.stat().st_mode & 0o777,
        scratch.exists(),
        young.exists(),
    )
