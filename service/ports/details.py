"""Where the details of log entries lie: what an entry commits to, sealed, for its subscription alone."""

from collections.abc import Sequence
from typing import Protocol

__all__ = ["MOST_KEPT", "Details"]

MOST_KEPT = 1000
"""Entries of one subscription whose details are kept; an older one's go when a new one comes. The tree keeps all."""


class Details(Protocol):
    """Sealed details by holder (one life of one number: its index, then the life, 20 bytes) and running number.

    - `put` keeps details only if there are none under that number; it answers whether it did. Of concurrent ones
      with the same number exactly one does. What lies `MOST_KEPT` numbers before goes.
    - `place` replaces what is there, and keeps nothing where nothing is: what was dropped does not come back.
    - `read` answers in the order asked, None where nothing is kept.
    - `drop` removes all of a holder's.
    - Holders don't disturb each other.
    - An acknowledged write survives a kill of the client and of the server.
    - Every failure of the technology is a StoreError without any value in its text.
    """

    async def put(self, holder: bytes, number: int, value: bytes) -> bool: ...
    async def place(self, holder: bytes, number: int, value: bytes) -> None: ...
    async def read(self, holder: bytes, numbers: Sequence[int]) -> list[bytes | None]: ...
    async def drop(self, holder: bytes) -> None: ...
