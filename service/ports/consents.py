"""Where consent records lie, sealed, for their subscription alone."""

from typing import Protocol

__all__ = ["MOST_CONSENTS", "Consents"]

MOST_CONSENTS = 200
"""Consents of one subscription that are kept; one more lets the oldest go. What they were about is in the log's record."""


class Consents(Protocol):
    """Sealed consents by holder (one life of one number: its index, then the life, 20 bytes) and id (16 bytes, which ascend with time).

    - `put` keeps a consent; of more than `MOST_CONSENTS` the one with the lowest id goes.
    - `swap` replaces one that is still `expected`; it answers whether. What is not there does not come back.
    - `all` answers a holder's consents by id, in their order.
    - `drop` removes all of a holder's.
    - An acknowledged write survives a kill of the client and of the server.
    - Every failure of the technology is a StoreError without any value in its text.
    """

    async def put(self, holder: bytes, ident: bytes, value: bytes) -> None: ...
    async def swap(self, holder: bytes, ident: bytes, expected: bytes, value: bytes) -> bool: ...
    async def all(self, holder: bytes) -> dict[bytes, bytes]: ...
    async def drop(self, holder: bytes) -> None: ...
