"""Where the worker leaves word that a region of somebody newly counts."""

from typing import Protocol

__all__ = ["RegionMarks"]


class RegionMarks(Protocol):
    """Marks for the role that sends; whoever leaves one cannot read it, nor send.

    - `leave` leaves a mark for a life of a number, once a day before its record was written and once after it, however
      often it is called; it says no region.
    """

    async def leave(self, index: bytes, generation: int, *, written: bool) -> None: ...
