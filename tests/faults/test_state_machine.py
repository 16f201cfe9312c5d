"""The everyday short cut of the state machine; its whole is a command of its own."""

from __future__ import annotations

from tests.faults.installed import ROWS, STEPS
from tests.faults.run_state_machine import report, run


def test_servers_agree_with_the_reference_model() -> None:
    """Whatever users, thieves and administrators do, the answers are what the model allows."""
    run(400, first_seed=1)

    print(report())
    assert STEPS.total() >= 400
    assert ROWS["refresh: rotated"] > 0
