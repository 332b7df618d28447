"""Where the worker keeps what it has folded so far."""

from collections.abc import Iterable, Iterator
from typing import Protocol

__all__ = ["CheckpointError", "Checkpoints"]


class CheckpointError(Exception):
    """The checkpoint could not be read or written; the text says what to do."""


class Checkpoints(Protocol):
    """One checkpoint, whole or not at all.

    - `load` answers what was saved last, in pieces that come as they are read; None before the first time. Pieces
      that were altered, left out, repeated or put into another order are a CheckpointError where they stand.
    - `save` takes the pieces one by one and holds few of them. A kill or a failure during it leaves the former
      checkpoint; once it has returned, the new one survives a kill of the machine.
    - What is stored can be opened with the worker's checkpoint key only, in whichever epoch it was saved.
    """

    async def load(self) -> Iterator[bytes] | None: ...
    async def save(self, pieces: Iterable[bytes | memoryview]) -> None: ...
