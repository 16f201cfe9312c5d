"""`protekt help`: topics that say what holds, and the help of any command."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import protekt_cli
from protekt_cli import errors
from protekt_cli.config import reference
from tests.cli.running import Run

TOPICS = ("config", "environment", "exit-codes", "output", "security")
_READ = re.compile(r'"(PROTEKT_[A-Z_]+)"|^[A-Z_]+ = "(PROTEKT_[A-Z_]+)"', re.MULTILINE)


def test_help_alone_names_the_topics(protekt: Run) -> None:
    """They stand at the end of what --help says, too."""
    done = protekt("help")

    assert (0, protekt("--help").out) == (done.code, done.out)
    assert "protekt help TOPIC" in done.out
    assert ", ".join(TOPICS) in " ".join(done.out.split())


@pytest.mark.parametrize("topic", TOPICS)
def test_topic_fits_a_terminal(protekt: Run, topic: str) -> None:
    """No line is longer than a hundred characters."""
    done = protekt("help", topic)

    assert 0 == done.code
    assert [] == [line for line in done.out.splitlines() if len(line) > 100]


def test_config_topic_names_every_key(protekt: Run) -> None:
    """With its meaning."""
    said = protekt("help", "config").out

    assert [] == [key.name for key in reference() if key.meaning not in said]


def test_exit_codes_topic_names_every_code(protekt: Run) -> None:
    """Each that an error of the command line can have."""
    said = protekt("help", "exit-codes").out.split()
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]

    codes = {kind.code for kind in kinds if issubclass(kind, errors.Problem)}

    assert codes <= set(said)


def test_environment_topic_names_every_variable(protekt: Run) -> None:
    """Each that some part of the command line reads by its name."""
    sources = Path(protekt_cli.__file__).parent.rglob("*.py")
    found = {
        name for source in sources for pair in _READ.findall(source.read_text()) for name in pair
    }

    said = protekt("help", "environment").out

    assert [] == [name for name in sorted(found) if name and name not in said]


@pytest.mark.parametrize("command", [("sessions",), ("sessions", "revoke"), ("login",)])
def test_help_of_a_command_is_its_own(protekt: Run, command: tuple[str, ...]) -> None:
    """The same as --help says."""
    assert protekt(*command, "--help").out.strip() == protekt("help", *command).out.strip()


@pytest.mark.parametrize(
    ("asked", "guess"),
    [(("exit-code",), "exit-codes"), (("sesions",), "sessions"), (("users", "lst"), "list")],
)
def test_what_is_no_topic_is_guessed_at(protekt: Run, asked: tuple[str, ...], guess: str) -> None:
    """Exit 2, and what may have been meant."""
    done = protekt("help", *asked)

    assert (2, "", True) == (done.code, done.out, f"did you mean {guess}?" in done.err)
