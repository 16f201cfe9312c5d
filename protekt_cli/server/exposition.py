"""The metrics as Prometheus reads them: their names, what they mean, and the text itself.

Imported when somebody first asks for it. Nothing is registered with the library by itself, so
that nothing of the process, or of what it runs on, is ever shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import accumulate

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from protekt_cli.server.history import History
from protekt_cli.server.measuring import BOUNDS, Asked, Durations, Measures

#: The version is that of the text format, which the library has written since it is there.
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

#: Open for as long as a reader likes: how long says nothing of the server.
_STREAMS = frozenset({"/v1/events", "/v1/admin/events/stream"})
_LOGIN = ("POST", "/v1/sessions")
_THROTTLED = "429"
_BOUND_NAMES = (*(str(bound) for bound in BOUNDS), "+Inf")


class Exposition(Collector):
    """Everything that is measured, at one moment."""

    def __init__(self, measures: Measures, history: History, active_sessions: int | None) -> None:
        """
        Args:
            active_sessions: None where the store could not be read.
        """
        self._measures, self._history = measures, history
        self._active_sessions = active_sessions

    def text(self) -> bytes:
        """Return the page."""
        registry = CollectorRegistry(auto_describe=False)
        registry.register(self)
        return generate_latest(registry)

    def collect(self) -> Iterable[Metric]:
        """Return every metric."""
        asked = list(self._measures.requests())
        yield from _of_requests(asked)
        yield from self._of_history(asked)
        yield from self._of_store()
        waiting, streams = self._measures.levels()
        yield GaugeMetricFamily(
            "protekt_password_checks_pending", "Passwords that are checked or wait for it.", waiting
        )
        yield GaugeMetricFamily(
            "protekt_event_streams_open", "Event streams that clients hold open.", streams
        )

    def _of_history(self, asked: Iterable[Asked]) -> Iterable[Metric]:
        throttled = sum(
            each.by_status[_THROTTLED] for each in asked if (each.method, each.route) == _LOGIN
        )
        logins = {**self._history.counts("login"), "throttled": throttled}
        yield _counter("protekt_logins", "Logins by what became of them.", "outcome", logins)
        yield _counter(
            "protekt_refreshes",
            "Genuine refresh tokens that were presented, by what they were to their session.",
            "kind",
            self._history.counts("refresh"),
        )
        yield _counter(
            "protekt_sessions_ended",
            "Sessions that were revoked or expired, by the reason.",
            "reason",
            self._history.counts("end"),
        )

    def _of_store(self) -> Iterable[Metric]:
        active = self._active_sessions
        yield GaugeMetricFamily(
            "protekt_store_up", "Whether the store can be read.", float(active is not None)
        )
        if active is not None:
            yield GaugeMetricFamily("protekt_sessions_active", "Sessions that are active.", active)
        writes = HistogramMetricFamily(
            "protekt_store_write_duration_seconds",
            "From handing in a change of the store to having it on disk.",
            labels=(),
        )
        _add_durations(writes, (), self._measures.writes())
        yield writes


def _of_requests(asked: Iterable[Asked]) -> Iterable[Metric]:
    requests = CounterMetricFamily(
        "protekt_http_requests",
        "Requests by their answer; status none: it broke off before there was one.",
        labels=("method", "route", "status"),
    )
    durations = HistogramMetricFamily(
        "protekt_http_request_duration_seconds",
        "From the end of a request's headers to the end of its answer, event streams left out.",
        labels=("method", "route"),
    )
    for each in asked:
        for status, count in each.by_status.items():
            if count:
                requests.add_metric((each.method, each.route, status), count)
        if each.route not in _STREAMS:
            _add_durations(durations, (each.method, each.route), each.durations)
    return requests, durations


def _counter(name: str, meaning: str, label: str, counts: Mapping[str, float]) -> Metric:
    family = CounterMetricFamily(name, meaning, labels=(label,))
    for value, count in counts.items():
        family.add_metric((value,), count)
    return family


def _add_durations(
    family: HistogramMetricFamily, labels: tuple[str, ...], durations: Durations
) -> None:
    buckets = list(zip(_BOUND_NAMES, accumulate(durations.counts), strict=True))
    family.add_metric(labels, buckets, durations.seconds)
