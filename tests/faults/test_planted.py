"""The planted bugs are up to date: each fits the source, and every fault test has one to catch."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.faults.planted.patches import ROOT, Patch, read_all

PATCHES = read_all()
#: Tests of the reference model itself, in which no bug of the product can show.
OF_THE_MODEL = "test_refreshing.py"
#: Those that test what the others work with.
OF_THE_TOOLS = {"test_the_search_finds_a_secret_in_every_form"}


def named_in(file: Path) -> set[str]:
    return set(re.findall(r"^def (test_\w+)\(", file.read_text(), re.MULTILINE))


@pytest.mark.skipif(shutil.which("git") is None, reason="there is no git here")
@pytest.mark.parametrize("patch", PATCHES, ids=lambda patch: patch.name)
def test_a_planted_bug_fits_the_source(patch: Patch) -> None:
    """Each patch applies; else it has to be written anew for the source as it is now."""
    objection = patch.apply(ROOT, "--check")

    assert objection is None, objection


@pytest.mark.parametrize("patch", PATCHES, ids=lambda patch: patch.name)
def test_a_planted_bug_names_a_test(patch: Patch) -> None:
    """The test that is to catch it is there."""
    file, _, test = patch.caught_by.partition("::")

    assert test.partition("[")[0] in named_in(ROOT / file)


def test_every_fault_test_has_a_bug_to_catch() -> None:
    """No test here is known to be green only."""
    files = Path(__file__).parent.glob("test_*.py")
    everything = {
        f"tests/faults/{file.name}::{test}"
        for file in files
        if file != Path(__file__) and file.name != OF_THE_MODEL
        for test in named_in(file) - OF_THE_TOOLS
    }

    caught = {patch.caught_by.partition("[")[0] for patch in PATCHES}

    assert everything - caught == set()
