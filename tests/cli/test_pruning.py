"""`protekt sessions prune` and `protekt events prune`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.running import Run, Terminal


@pytest.fixture
def logged_out(protekt: Run, logged_in: str) -> str:
    """A session that has ended."""
    assert protekt("logout").code == 0
    return logged_in


@pytest.mark.parametrize(("noun", "count"), [("sessions", 1), ("events", 5)])
def test_prune_takes_what_is_older_and_says_how_many(
    protekt: Run, logged_out: str, noun: str, count: int
) -> None:
    """The dry run says the same and changes nothing."""
    prune = (noun, "prune", "--older-than", "0s", "--json")

    planned = protekt(*prune, "--dry-run")
    done = protekt(*prune, "--yes")
    again = protekt(noun, "prune", "--yes", "--json")

    assert {"pruned": count, "dryRun": True} == planned.json
    assert {"pruned": count, "dryRun": False} == done.json
    assert {"pruned": 0, "dryRun": False} == again.json


@pytest.mark.parametrize("noun", ["sessions", "events"])
def test_prune_goes_by_the_retention(protekt: Run, logged_out: str, noun: str) -> None:
    """Nothing here is ninety days old."""
    done = protekt(noun, "prune", "--yes")

    assert (0, f"0 {noun} pruned\n") == (done.code, done.out)


@pytest.mark.parametrize("noun", ["sessions", "events"])
def test_prune_needs_yes_where_nobody_can_be_asked(
    protekt: Run, logged_out: str, noun: str
) -> None:
    """It is a usage error that names the flag, and nothing is deleted."""
    prune = (noun, "prune", "--older-than", "0s")

    refused = protekt(*prune)

    assert (2, "") == (refused.code, refused.out)
    assert "--yes" in refused.err
    assert 0 < protekt(*prune, "--dry-run", "--json").json["pruned"]


def test_prune_asks_at_a_terminal(protekt: Run, logged_out: str) -> None:
    """And keeps everything where the answer is no."""
    terminal = Terminal("sessions", "prune", "--older-than", "0s")

    terminal.until("this deletes 1 session for ever. Go on? [y/N]").type("n\n")

    assert 1 == terminal.end()
    assert 1 == len(protekt("sessions", "list", "--status", "all", "--json").json)


@pytest.mark.parametrize("noun", ["sessions", "events"])
def test_impossible_age_is_refused(protekt: Run, installed: Path, noun: str) -> None:
    """Before anything is deleted."""
    assert 2 == protekt(noun, "prune", "--older-than", "long", "--yes").code


def test_pruned_sessions_are_gone_and_pruned_events_verify(protekt: Run, logged_out: str) -> None:
    """The events of a pruned session stay until they are pruned themselves."""
    head = protekt("events", "verify", "--json").json["head"]
    protekt("sessions", "prune", "--older-than", "0s", "--yes")
    kept = protekt("events", "list", "--session", logged_out, "--json").json
    protekt("events", "prune", "--older-than", "0s", "--yes")

    shown = protekt("sessions", "show", logged_out)
    verified = protekt("events", "verify", "--head", head, "--json")

    assert ["session:create", "login:success", "session:revoke"] == [each["type"] for each in kept]
    assert 3 == shown.code
    assert (0, 1) == (verified.code, verified.json["count"])


def test_prune_ignores_the_variable_of_a_server(protekt: Run, logged_out: str) -> None:
    """It is about the database itself."""
    environ = {"PROTEKT_SERVER": "https://auth.example"}

    assert 0 == protekt("sessions", "prune", "--dry-run", environ=environ).code
    assert 0 == protekt("events", "prune", "--dry-run", environ=environ).code
