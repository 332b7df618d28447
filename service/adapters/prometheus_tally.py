"""Counters for operators, in the Prometheus text format.

Rule 1: this file alone knows the names of metrics.
Rule 2: labels are words of this program; nothing about a person can become one, since there is no way to pass it.
"""

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest

__all__ = ["PrometheusTally"]


class PrometheusTally:
    """Implements `ports.tally.Tally` on a registry of its own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._events = Counter(
            "itinerary_events_total", "What happened, and how", ["what", "reason"], registry=self._registry
        )
        self._bound = Gauge(
            "itinerary_link_bound", "1 while the message centre takes our texts", registry=self._registry
        )

    def count(self, what: str, reason: str) -> None:
        """See `ports.tally.Tally`."""
        self._events.labels(what, reason).inc()

    def exposition(self, *, bound: bool) -> bytes:
        """The page that Prometheus reads."""
        self._bound.set(bound)
        return generate_latest(self._registry)
