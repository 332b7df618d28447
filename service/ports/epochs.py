"""What an operator, and the serving process itself, may ask of the keys role about epochs."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

__all__ = [
    "CopiedRow",
    "CopyCounts",
    "Epoch",
    "EpochKeeping",
    "EpochState",
    "Swept",
    "VerifiedCopies",
    "VerifiedCopy",
]


class EpochState(Enum):
    """What becomes of an epoch."""

    CURRENT = "current"  # seals
    TAIL = "tail"  # what was sealed under it may still be waited for: queues live a day
    SWEEP = "sweep"  # no pass has shown yet that nothing is left under it
    HELD = "held"  # something still needs it; see why
    DUE = "due"  # to be destroyed


@dataclass(frozen=True, slots=True)
class Epoch:
    """One epoch whose key lives."""

    number: int  # the Shanghai day that it was made for
    state: EpochState
    until: int  # unix second from which it may be destroyed; 0 for the current one
    empty: bool  # a pass has shown that nothing is left under it
    why: str  # what holds it


@dataclass(frozen=True, slots=True)
class Swept:
    """How far a pass over both key spaces is."""

    seen: int  # rows of this pass
    moved: int  # of them sealed anew under the current epoch
    orphans: int  # rows of a former life or without keys: they open nowhere
    unreadable: int  # altered rows: they open nowhere either
    done: bool


@dataclass(frozen=True, slots=True)
class CopiedRow:
    """A row of a copy: a key record by itself, or an itinerary with its subscription's key record (None: it has none)."""

    index: bytes
    key: bytes | None = field(repr=False)
    record: bytes | None = field(repr=False, default=None)


@dataclass(frozen=True, slots=True)
class CopyCounts:
    """What a copy of both key spaces holds, as far as it has been looked at."""

    keys: int = 0  # key records, erased ones among them
    data: int = 0  # itineraries that open
    oldest: int = 0  # epoch under which anything of it lies; 0: nothing does
    newest: int = 0
    orphans: int = 0  # itineraries of a former life or without keys: they open nowhere, here or in the store
    unreadable: int = 0  # rows that should open and do not


@dataclass(frozen=True, slots=True)
class VerifiedCopy:
    """The newest copy that was found whole."""

    at: int  # unix second
    counts: CopyCounts


class VerifiedCopies(Protocol):
    """Remembers the newest copy that was found whole, across the process's life.

    - `last` answers what `remember` was given last; None where it never was.
    - Both raise KeysError where it cannot be kept.
    """

    def last(self) -> VerifiedCopy | None: ...
    def remember(self, copy: VerifiedCopy) -> None: ...


class EpochKeeping(Protocol):
    """Epochs begin, are emptied, and end (DESIGN, section 3).

    - `epochs` answers those whose key lives, oldest first.
    - `foreseen` answers which epoch `rotate` would make the current one, and begins none.
    - `rotate` begins today's epoch if it has not begun; `ahead`: the next one, a day early, if today's has. It answers
      the current one.
    - `sweep` goes on with the pass under way by about `rows` rows, or begins one: what lies under an older epoch is
      sealed anew under the current one, in place. A kill costs the pass, and nothing else: the next one begins anew.
    - `destroy` ends the epochs that are due, and answers which. None is due before its queues have run dry, before a
      whole pass, begun well after its end, has left nothing under it, and while something holds it: the worker's
      checkpoint, a replica that lags, and where backups are kept, that none has been verified which does without it.
    - `begin_copy` begins to look at a copy of both spaces, and answers its number; `check_copy` takes rows of it, in any
      order, says how much has been seen, and nothing of what is in them; `accept_copy` remembers it as verified
      (unless it is only to be judged), or raises KeysError with why it does not count.
    """

    async def epochs(self) -> list[Epoch]: ...
    async def foreseen(self, *, ahead: bool) -> int: ...
    async def rotate(self, *, ahead: bool) -> int: ...
    async def sweep(self, rows: int) -> Swept: ...
    async def destroy(self) -> list[int]: ...
    async def begin_copy(self) -> int: ...
    async def check_copy(self, number: int, rows: Sequence[CopiedRow]) -> CopyCounts: ...
    async def accept_copy(self, number: int, *, remember: bool) -> CopyCounts: ...
