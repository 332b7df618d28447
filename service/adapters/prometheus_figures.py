"""The figures of an ingestion on a page, in the Prometheus text format.

Rule 1: this file alone knows these metrics' names.
Rule 2: labels are words of this program; there is no way to pass it anything about a person.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from service.ports.figures import Figures

__all__ = ["FiguresCollector", "served"]

_ASIDE = ("unknown_cell", "ahead_of_arrival", "too_late", "before_activation", "no_subscription")
_SUMS = {
    "events": "Events folded or set aside",
    "files": "Files read to their end",
    "entries": "Entries of streams read",
    "dead_letters": "Rows that could not be read, kept in dead-letter files",
    "bad_files": "Files that could not be read, or not to their end",
    "bad_entries": "Entries of streams that hold no events, kept aside",
    "lost_entries": "Entries of streams that were trimmed before they were read",
}
_FAILED = ("source", "store", "checkpoint")
_AMENDED = ("written", "replayed", "unknown", "former", "unreadable")


@contextmanager
def served(
    address: tuple[str, int], figures: Callable[[], Figures], clock: Callable[[], float]
) -> Iterator[int]:
    """Serve /metrics while it lasts; the port. Raises OSError where it is taken."""
    host, port = address
    registry = CollectorRegistry()
    registry.register(FiguresCollector(figures, clock))
    server, thread = start_http_server(port, host, registry)
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class FiguresCollector(Collector):
    """All figures of a worker, each with every label it may have."""

    def __init__(self, figures: Callable[[], Figures], clock: Callable[[], float]) -> None:
        self._figures = figures
        self._clock = clock

    def collect(self) -> Iterator[Metric]:
        """Everything, as of now."""
        found = self._figures()
        for name, what in _SUMS.items():
            yield CounterMetricFamily(f"itinerary_ingest_{name}", what, value=found.sums.get(name, 0))
        aside = CounterMetricFamily("itinerary_ingest_set_aside", "Events not folded", labels=["reason"])
        for reason in _ASIDE:
            aside.add_metric([reason], found.sums.get(reason, 0))
        yield aside
        amended = CounterMetricFamily(
            "itinerary_ingest_amended", "Records amended by this process", labels=["outcome"]
        )
        for outcome in _AMENDED:
            amended.add_metric([outcome], found.process.get(outcome, 0))
        yield amended
        failed = CounterMetricFamily(
            "itinerary_ingest_failures", "What failed and was tried again", labels=["what"]
        )
        for what in _FAILED:
            failed.add_metric([what], found.process.get(f"failed_{what}", 0))
        yield failed
        lag = self._clock() - found.newest if found.newest else 0.0
        for name, what, value in (
            ("lag_seconds", "Age of the newest arrival that was folded", max(0.0, lag)),
            ("waiting_seconds", "Age of the oldest folded event that no record has yet", found.waiting),
            ("pending_changes", "Changes that wait for their records", found.pending),
            ("subscriptions", "Subscriptions whose state is kept", found.subscriptions),
            ("checkpoint_seconds", "How long the last checkpoint took", found.checkpoint),
        ):
            yield GaugeMetricFamily(f"itinerary_ingest_{name}", what, value=value)
