"""On which days the network's records came at all: what tells a silent phone from a silent feed."""

from collections.abc import Iterable
from typing import Protocol

__all__ = ["KEPT_DAYS", "FeedDays"]

KEPT_DAYS = 40
"""Days that are remembered behind the newest one: the longest window, and some for a feed that is late."""


class FeedDays(Protocol):
    """Shanghai day ordinals; nothing about anybody.

    - `add` keeps days, in any order, any number of times; days more than `KEPT_DAYS` behind the newest are forgotten.
    - `read` answers all that are kept.
    - An acknowledged write survives a kill of the client and of the server.
    """

    async def add(self, days: Iterable[int]) -> None: ...
    async def read(self) -> frozenset[int]: ...
