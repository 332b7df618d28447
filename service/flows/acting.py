"""An act of an operator that is about no subscription: its words, its entry, then whatever it is.

Rule 1: whoever holds what `entered` returned has an entry on disk, with name, ticket and reason committed to.
Rule 2: it does not do what the entry is for.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from service.audit.entries import Kind, leaf
from service.domain.acts import Act
from service.domain.disputes import DisputeError, worded
from service.flows.entries import LogUnavailableError
from service.ports.log import Draft, Log, LogError

__all__ = ["Acting", "spoken"]

_NOBODY = bytes(16)  # an entry that is about no subscription
_RANDOM = 16


@dataclass(frozen=True, slots=True)
class Acting:
    """What it needs; `wiring` fills it. `names_a_place` judges an operator's reason."""

    log: Log
    names_a_place: Callable[[str], bool]
    entropy: Callable[[int], bytes] = field(repr=False)
    clock: Callable[[], float]

    async def entered(self, kind: Kind, what: str, act: Act) -> int:
        """Where the entry of an act stands. Raises DisputeError for words that can't be kept, LogUnavailableError."""
        spoken(act, self.names_a_place)
        details = f"{kind.value}|{act.about(what)}".encode()
        entry = leaf(kind, int(self.clock()), self.entropy(_RANDOM), self.entropy(_RANDOM), details)
        try:
            [receipt] = await self.log.append([Draft(entry, _NOBODY, 0)])
        except LogError:
            raise LogUnavailableError("the log takes no entries, so nothing was done") from None
        return receipt.position


def spoken(act: Act, names_a_place: Callable[[str], bool]) -> None:
    """Whether an act has words that can be kept. Raises DisputeError."""
    if names_a_place(act.reason):
        raise DisputeError("a reason names no place: it is shown to people who may not see one")
    worded(act.reason, act.ticket)
