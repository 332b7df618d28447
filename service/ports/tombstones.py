"""What is remembered of erasures, apart from every store: a store that is restored is held against it."""

from dataclasses import dataclass, field
from typing import Protocol

__all__ = ["Tombstone", "Tombstones", "TombstonesError"]


class TombstonesError(Exception):
    """An erasure could not be remembered, so it may not begin; or what is remembered could not be read."""


@dataclass(frozen=True, slots=True)
class Tombstone:
    """One life of one number that was erased, and where in the log its entry stands."""

    index: bytes = field(repr=False)
    generation: int
    position: int
    at: int  # unix second


class Tombstones(Protocol):
    """Erasures, oldest first.

    - `append` answers when the tombstone is durable; several processes may append.
    - `all` answers every one that was appended, by whichever process; a torn last one was never acknowledged and is not among them.
    - Every failure is a TombstonesError that names no subscription.
    """

    async def append(self, tombstone: Tombstone) -> None: ...
    async def all(self) -> list[Tombstone]: ...
