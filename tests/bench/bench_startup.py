"""How long `protekt` takes to start, in CPU time, beside a trivial program of two commands.

Run it by hand, in a quiet moment, in a folder of no importance: python tests/bench/bench_startup.py
It prints each ratio and its budget, and exits with 1 where one is exceeded.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

PROTEKT = str(Path(sys.executable).with_name("protekt"))
ROUNDS = 30
TRIVIAL = """
import typer

app = typer.Typer()


@app.command()
def one() -> None:
    print("one")


@app.command()
def two() -> None:
    print("two")


app()
"""


def cpu(command: Sequence[str], environ: dict[str, str]) -> float:
    """Run a command to its end, and return the milliseconds of CPU that it took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, env=environ, stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        # As users have it: compiled once, written in blocks.
        environ = {name: value for name, value in os.environ.items() if "PYTHON" not in name}
        environ |= {"HOME": folder, "XDG_STATE_HOME": folder}
        Path("trivial.py").write_text(TRIVIAL)
        return compare(environ)


def compare(environ: dict[str, str]) -> int:
    """Run everything in turn, so that a noisy moment falls on all, and compare the medians."""
    for setup in (["init"], ["users", "create", "a@example.com", "--no-password"]):
        command = [PROTEKT, "--quiet", *setup]
        subprocess.run(command, env=environ, stdout=subprocess.DEVNULL, check=True)
    issue = [PROTEKT, "token", "issue", "a@example.com"]
    token = subprocess.run(issue, env=environ, check=True, capture_output=True, text=True).stdout
    yardstick = [sys.executable, "trivial.py", "one"]
    subjects = {
        ("--version",): 1.15,
        ("--help",): 1.15,
        ("token", "decode", token.strip()): 1.4,
        ("sessions", "list", "--limit", "20"): 1.8,
    }
    times: dict[tuple[str, ...], list[float]] = {arguments: [] for arguments in ((), *subjects)}
    for _ in range(ROUNDS):
        times[()].append(cpu(yardstick, environ))
        for arguments in subjects:
            times[arguments].append(cpu([PROTEKT, *arguments], environ))
    base = statistics.median(times[()])
    print(f"{base:6.1f} ms  a trivial program")
    exceeded = 0
    for arguments, budget in subjects.items():
        took = statistics.median(times[arguments])
        exceeded += took > budget * base
        name = " ".join(arguments[:2])
        print(f"{took:6.1f} ms  {took / base:.2f} of {budget}  protekt {name}")
    return min(exceeded, 1)


if __name__ == "__main__":
    sys.exit(main())
