"""Cells that several processes count in."""

from __future__ import annotations

import subprocess
import sys

from protekt_cli.server.tally import Tally

#: Four children count at two places, one after the other at each; one is killed while alone.
FORKING = """
import os, signal
from protekt_cli.server.tally import Tally

tally = Tally(2)

def child(place, work):
    pid = os.fork()
    if pid == 0:
        work(tally.share(place))
        os._exit(0)
    os.waitpid(pid, 0)

def count(share):
    share.own[7] += 5

def die_alone(share):
    with tally.alone():
        share.common[0] += 1
        os.kill(os.getpid(), signal.SIGKILL)

child(0, count)
child(1, count)
child(0, die_alone)
child(0, count)
with tally.alone():
    print(tally.total(7), tally.share().common[0])
"""


def test_what_children_counted_is_there_after_their_end() -> None:
    """A successor counts on in its place, and one that was killed holds nothing up."""
    ended = subprocess.run(
        [sys.executable, "-c", FORKING], capture_output=True, text=True, timeout=20
    )

    assert ("15.0 1.0\n", "") == (ended.stdout, ended.stderr)


def test_places_do_not_touch() -> None:
    """Each one's cells are its own, and so are those in common."""
    tally = Tally(3)
    shares = [tally.share(place) for place in range(3)]

    shares[1].own[0] += 2
    shares[2].own[-1] += 3

    assert [0, 2, 0] == [share.own[0] for share in shares]
    assert (2, 3) == (tally.total(0), tally.total(len(shares[0].own) - 1))
    assert {0} == {*shares[0].common}
