"""The long run of the state machine: `python -m tests.faults.run_state_machine --steps 20000`.

It runs examples until enough steps were compared, and prints how often each was taken and each
row of the refresh table was come by. The first divergence ends it with a small example.
"""

from __future__ import annotations

import argparse
import time

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.faults.installed import ROWS, STEPS, Servers
from tests.faults.state_machine import Sessions

_STEPS_AN_EXAMPLE = 100

#: The refresh table, with every way in which a parent can be a reused one.
_TABLE = (
    *("rotated", "renewed", "concurrent", "lost_answer", "ancestor_reused"),
    *("parent_reused: successor seen", "parent_reused: another context"),
    *("parent_reused: too late", "parent_reused: sixth"),
    *("forged, malformed", "forged, unknown_session", "reuse_detected", "unknown_session"),
)


def run(steps: int, first_seed: int, *, shrinks: bool = True) -> None:
    """Compare at least *steps* steps of real servers with the model."""
    Sessions.servers = Servers()
    phases = [Phase.generate, Phase.shrink] if shrinks else [Phase.generate]
    try:
        number = first_seed
        while STEPS.total() < steps:
            examples = max(1, (steps - STEPS.total()) // _STEPS_AN_EXAMPLE)
            configured = settings(
                max_examples=examples,
                stateful_step_count=_STEPS_AN_EXAMPLE,
                deadline=None,
                database=None,
                phases=phases,
                print_blob=False,
                report_multiple_bugs=False,
                suppress_health_check=list(HealthCheck),
            )
            run_state_machine_as_test(seed(number)(Sessions), settings=configured)
            number += 1
    finally:
        Sessions.servers.stop()


def report() -> str:
    """Return how often each step and each row was come by."""
    lines = [f"{STEPS.total()} steps"]
    for counted in (STEPS, ROWS):
        lines.append("")
        lines.extend(f"{number:7}  {name}" for name, number in sorted(counted.items()))
    lines += ["", *(f"never come by: {row}" for row in _TABLE if not ROWS[f"refresh: {row}"])]
    return "\n".join(lines)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-shrink", action="store_true", help="show the first example as it is")
    arguments = parser.parse_args()
    began = time.monotonic()
    try:
        run(arguments.steps, arguments.seed, shrinks=not arguments.no_shrink)
    finally:
        print(report())
        print(f"\nin {time.monotonic() - began:.0f} seconds, from seed {arguments.seed}")


if __name__ == "__main__":
    main()
