"""The few figures that a run is judged by, times and sizes in the whole run alone."""

from __future__ import annotations

from collections.abc import Sequence

from tests.faults.running import times


def is_whole_run() -> bool:
    """Whether the machine is thought to do nothing else, so that a time means something."""
    return bool(times(1, everyday=0))


def percentile(percent: int, values: Sequence[float]) -> float:
    """Return the value that so many percent of the others do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]
