"""What a worker counts of its own work."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

import pytest

from protekt_cli.server.measuring import BOUNDS, NO_ROUTE, OTHER, Asked, Measures
from protekt_cli.server.tally import Tally


@dataclass
class Request:
    """As much of a request as is counted."""

    method: str
    route: str


def measures(tally: Tally, place: int = 0) -> Measures:
    made = Measures(tally.share(place))
    made.know(["/v1/users/{id}", "/v1/session"])
    return made


def observe(by: Measures, method: str, route: str, status: int = 200, seconds: float = 0) -> None:
    by.observe(Request(method, route), status, seconds)  # type: ignore[arg-type]


def counted(by: Measures) -> dict[tuple[str, str], dict[str, float]]:
    """Return how often each pair was answered with what, where it ever was."""
    return {
        (each.method, each.route): {name: n for name, n in each.by_status.items() if n}
        for each in by.requests()
    }


def only(by: Measures) -> Asked:
    [found] = by.requests()
    return found


def test_request_is_counted_by_method_route_and_status() -> None:
    """Each combination by itself, and none that was not asked for."""
    own = measures(Tally())

    observe(own, "GET", "/v1/session")
    observe(own, "GET", "/v1/session", 401)
    observe(own, "GET", "/v1/session", 401)
    observe(own, "PUT", "/v1/users/{id}", 204)

    assert {
        ("GET", "/v1/session"): {"200": 1, "401": 2},
        ("PUT", "/v1/users/{id}"): {"204": 1},
    } == counted(own)


@pytest.mark.parametrize("route", ["", "/v1/users/{name}", "/v1/users/alice", "none"])
def test_paths_that_are_not_known_are_one(route: str) -> None:
    """A client that makes up paths makes up no label."""
    own = measures(Tally())

    observe(own, "GET", route, 404)

    assert {("GET", NO_ROUTE): {"404": 1}} == counted(own)


def test_what_a_client_makes_up_is_other() -> None:
    """So are a status that no list has, and a connection that broke off is none."""
    own = measures(Tally())

    observe(own, "BREW", "/v1/session", 501)
    observe(own, "GET", "/v1/session", 418)
    observe(own, "GET", "/v1/session", 0)

    assert {
        (OTHER, "/v1/session"): {"501": 1},
        ("GET", "/v1/session"): {OTHER: 1, "none": 1},
    } == counted(own)


@pytest.mark.parametrize(
    ("seconds", "bucket"),
    [(0.0, 0), (BOUNDS[0], 0), (BOUNDS[0] + 1e-9, 1), (BOUNDS[-1], 13), (BOUNDS[-1] + 1, 14)],
)
def test_duration_is_in_the_bucket_of_its_bound(seconds: float, bucket: int) -> None:
    """A bound belongs to its own bucket, as Prometheus has it."""
    own = measures(Tally())

    observe(own, "GET", "/v1/session", seconds=seconds)
    own.observe_write(seconds)

    for durations in (only(own).durations, own.writes()):
        assert seconds == durations.seconds
        assert [bucket] == [at for at, count in enumerate(durations.counts) if count]


def test_all_places_are_summed() -> None:
    """Whichever worker is asked, it knows of all."""
    tally = Tally(2)
    one, other = measures(tally, 0), measures(tally, 1)

    observe(one, "GET", "/v1/session", seconds=1)
    observe(other, "GET", "/v1/session", seconds=2)
    other.observe_write(3)
    other.streams.set(4)

    for asked in (one, other):
        assert {("GET", "/v1/session"): {"200": 2}} == counted(asked)
        assert 3 == only(asked).durations.seconds
        assert 3 == asked.writes().seconds
        assert (0, 4) == asked.levels()


def test_successor_counts_on_and_has_nothing_open() -> None:
    """What was counted stays; what was open closed with the worker that died."""
    tally = Tally()
    died = measures(tally)
    observe(died, "GET", "/v1/session")
    died.streams.set(3)
    died.hashing.__enter__()

    successor = measures(tally)
    observe(successor, "GET", "/v1/session")

    assert {("GET", "/v1/session"): {"200": 2}} == counted(successor)
    assert (0, 0) == successor.levels()


def test_level_is_as_high_as_there_are_blocks() -> None:
    """Also where one is left by an error."""
    own = measures(Tally())

    with own.hashing:
        with suppress(ValueError), own.hashing:
            within = own.levels()
            raise ValueError
        after = own.levels()

    assert [(2, 0), (1, 0), (0, 0)] == [within, after, own.levels()]
