"""Where the worker keeps what it has folded so far."""

from typing import Protocol

__all__ = ["CheckpointError", "Checkpoints"]


class CheckpointError(Exception):
    """The checkpoint could not be read or written; the text says what to do."""


class Checkpoints(Protocol):
    """One checkpoint, whole or not at all.

    - `load` answers what was saved last, None before the first time.
    - A kill during `save` leaves the former checkpoint.
    - What is stored can be opened with the worker's checkpoint key only.
    """

    async def load(self) -> bytes | None: ...
    async def save(self, content: bytes) -> None: ...
