"""Counting what happens, without saying to whom."""

from typing import Protocol

__all__ = ["Tally"]


class Tally(Protocol):
    """Counters for operators.

    - `count` adds one to the counter `what`, apart by `reason`; both are words of this program, never data.
    - It never fails and never waits.
    """

    def count(self, what: str, reason: str) -> None: ...
