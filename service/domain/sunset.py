"""The order to close the service for good: a moment, two persons, a reason.

Rule 1: what may be ordered, and by whom, is decided here.
Rule 2: it closes nothing, and knows neither the log nor a file.
"""

import json
from dataclasses import asdict, dataclass

from service.domain.disputes import Decision, checked

__all__ = ["Order", "SunsetError", "decode_order", "ordered"]


class SunsetError(Exception):
    """Nothing was ordered, or done. The text says what to do instead."""


@dataclass(frozen=True, slots=True)
class Order:
    """From `on` (unix second) on nothing is looked up, recorded or enrolled; then every key may be destroyed."""

    on: int
    proposed_by: str
    approved_by: str
    reason: str
    ticket: str

    def encode(self) -> bytes:
        """The canonical bytes, which its entry commits to."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()

    def due(self, now: float) -> bool:
        """Whether its moment has come."""
        return now >= self.on


def decode_order(data: bytes) -> Order:
    """Raises SunsetError."""
    try:
        fields = json.loads(data)
        return Order(int(fields.pop("on")), **{name: str(value) for name, value in fields.items()})
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise SunsetError("no order to close the service") from None


def ordered(order: Order, now: float) -> Order:
    """An order of two, ahead of time. Raises SunsetError, DisputeError for words that cannot be kept."""
    checked(Decision(order.proposed_by, order.approved_by, order.reason, order.ticket))
    if order.due(now):
        raise SunsetError("the moment has passed: order one that subscribers can still be told of")
    return order
