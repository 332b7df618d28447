"""What an operator, and the serving process itself, may ask of the keys role about epochs."""

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

__all__ = ["Epoch", "EpochKeeping", "EpochState", "Swept"]


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


class EpochKeeping(Protocol):
    """Epochs begin, are emptied, and end (DESIGN, section 3).

    - `epochs` answers those whose key lives, oldest first.
    - `rotate` begins today's epoch if it has not begun; `ahead`: the next one, a day early, if today's has. It answers
      the current one.
    - `sweep` goes on with the pass under way by about `rows` rows, or begins one: what lies under an older epoch is
      sealed anew under the current one, in place. A kill costs the pass, and nothing else: the next one begins anew.
    - `destroy` ends the epochs that are due, and answers which. None is due before its queues have run dry, before a
      whole pass, begun well after its end, has left nothing under it, and while something holds it.
    """

    async def epochs(self) -> list[Epoch]: ...
    async def rotate(self, *, ahead: bool) -> int: ...
    async def sweep(self, rows: int) -> Swept: ...
    async def destroy(self) -> list[int]: ...
