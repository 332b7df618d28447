"""Where dispute tickets lie until they are resolved."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

__all__ = ["Bounds", "Opened", "Tickets"]


class Opened(Enum):
    """What an opening came to."""

    DONE = "done"
    TAKEN = "taken"  # another ticket has this reference: draw a new one
    FULL = "full"  # its holder has as many as may be open, or as may be opened in a day


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many tickets one holder may have: at a time, and new ones in `seconds` from the first of them on."""

    open: int
    new: int
    seconds: int = field(default=86_400)


class Tickets(Protocol):
    """Tickets by case reference (ASCII); opaque bytes. A holder is one life of one number (20 bytes).

    - `open` is one atomic step: the ticket is there and among its holder's open ones, or nothing has changed. Of
      concurrent openings no more are done than the bounds allow.
    - `read` answers a ticket, None where there is none; `of` answers the holder's open ones by reference.
    - `swap` replaces a ticket only if it is still `expected`; it answers whether.
    - `close` does the same, and the ticket leaves its holder's open ones and is forgotten after `seconds`.
    - `drop` removes every ticket of a holder, open or closed, and the count of its day.
    - `references` yields every ticket that is known, closed ones too, in any order.
    - An acknowledged write survives a kill of the client and of the server.
    """

    async def open(self, reference: str, holder: bytes, value: bytes, bounds: Bounds) -> Opened: ...
    async def read(self, reference: str) -> bytes | None: ...
    async def of(self, holder: bytes) -> dict[str, bytes]: ...
    async def swap(self, reference: str, expected: bytes, value: bytes) -> bool: ...
    async def close(
        self, reference: str, holder: bytes, expected: bytes, value: bytes, seconds: int
    ) -> bool: ...
    async def drop(self, holder: bytes) -> None: ...
    def references(self) -> AsyncIterator[str]: ...
