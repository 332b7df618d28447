"""Counting what happens and how long it took, without saying to whom."""

from typing import Protocol

__all__ = ["Tally"]


class Tally(Protocol):
    """Counters for operators.

    - `count` adds one to the counter `what`, apart by `reason`; both are words of this program, never data.
    - `took` notes that one `what` took so many seconds.
    - Neither ever fails, and neither waits.
    """

    def count(self, what: str, reason: str) -> None: ...
    def took(self, what: str, seconds: float) -> None: ...
