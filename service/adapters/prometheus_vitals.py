"""How a process is, in the Prometheus text format.

Rule 1: this file alone knows the names of these metrics.
Rule 2: labels are names of this program's parts; values are numbers that say nothing about anybody.
"""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from service.ports.vitals import BindVital, KeysVital, LogVital, OutboxVital, StoreVital, Vitals

__all__ = ["vitals_page"]

_SPACES = ("keys", "data")


def vitals_page(vitals: Vitals) -> bytes:
    """All of it. What the process does not run is not there."""
    registry = CollectorRegistry()
    registry.register(_Collector(vitals))
    return generate_latest(registry)


class _Collector(Collector):
    def __init__(self, vitals: Vitals) -> None:
        self._vitals = vitals

    def collect(self) -> Iterator[Metric]:
        """One family after the other."""
        found = self._vitals
        yield from _stores({name: found.stores[name] for name in _SPACES if name in found.stores})
        if found.keys is not None:
            yield from _keys(found.keys)
        if found.log is not None:
            yield from _log(found.log)
        if found.outbox is not None:
            yield from _outbox(found.outbox)
        if found.binds is not None:
            yield from _binds(found.binds)
        if found.link is not None:
            yield _gauge("link_answers", "1 while the link role answers this web process", found.link)


def _stores(stores: dict[str, StoreVital]) -> Iterator[Metric]:
    up = GaugeMetricFamily("itinerary_store_up", "1 while the store answers", labels=["space"])
    seconds = GaugeMetricFamily("itinerary_store_seconds", "How long its answer took", labels=["space"])
    failures = CounterMetricFamily(
        "itinerary_store_failures", "Commands that got no answer, or an error", labels=["space"]
    )
    alone = CounterMetricFamily(
        "itinerary_store_unreplicated",
        "Batches of writes that no replica has, since none was connected",
        labels=["space"],
    )
    for name, store in stores.items():
        alone.add_metric([name], store.unreplicated)
        up.add_metric([name], store.answers)
        seconds.add_metric([name], store.seconds)
        failures.add_metric([name], store.failures)
    yield from (up, seconds, failures, alone)


def _keys(keys: KeysVital) -> Iterator[Metric]:
    yield _gauge("keys_up", "1 while the keys role answers", keys.answers)
    epochs = GaugeMetricFamily(
        "itinerary_keys_epoch", "Key epochs, as days since 1970-01-01, UTC+8", labels=["which"]
    )
    epochs.add_metric(["current"], keys.current)
    epochs.add_metric(["oldest"], keys.oldest)
    yield epochs


def _log(log: LogVital) -> Iterator[Metric]:
    yield _gauge("log_up", "1 while the transparency log takes entries", log.takes_entries)
    yield _gauge("log_writes", "1 where this process is the one that writes it", log.writes)
    if log.writes:
        yield _gauge("log_entries", "Entries of the log", log.entries)
        yield _gauge("log_waiting_entries", "Durable entries that no checkpoint holds yet", log.waiting)
        yield _gauge("log_checkpoint_age_seconds", "Age of the last checkpoint", log.checkpoint)


def _outbox(outbox: OutboxVital) -> Iterator[Metric]:
    yield _gauge("outbox_texts", "Texts that this process has to send", outbox.texts)
    yield _gauge("outbox_oldest_seconds", "How long the oldest could have been sent", outbox.oldest)


def _binds(binds: BindVital) -> Iterator[Metric]:
    yield _gauge("link_binds_wanted", "Binds to message centres that are configured", binds.wanted)
    yield _gauge("link_binds_up", "Binds over which texts go now", binds.up)


def _gauge(name: str, what: str, value: float) -> Metric:
    return GaugeMetricFamily(f"itinerary_{name}", what, value=float(value))
